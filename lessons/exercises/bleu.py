"""Exercise: BLEU.

Lesson 9 puts BLEU together from clipped precisions, their geometric mean, and the brevity penalty. Here you do the same for a
whole corpus: first the mean, then the score. About 20 lines in all. The parts from the two exercises before it can be imported
as the library's: you need not have written them. What you have not written yet is taken from the library.
"""

import math
from collections.abc import Sequence

from tinyllm.metrics.accuracy import valid_answers
from tinyllm.metrics.bleu import Bleu, brevity_penalty, closest_length, matches_with_any, smoothed_precisions, tokenize_13a

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "What is the geometric mean of 90 and 40 (a number)?": None,
    'A corpus has "a b c d", which equals its reference, and "x" for "y": what is its p_1 in percent (a number)?': None,
    'What is the BLEU of "It is very cold outside" for "It is cold outside", without smoothing (a number from 0 to 100)?': None,
}


def geometric_mean(values: Sequence[float]) -> float:
    """The n-th root of the product of n values. It is 0 if one of them is 0.

    There is at least one value, and none is negative.

        >>> round(geometric_mean([80, 20]), 6), geometric_mean([80, 0])
        (40.0, 0.0)
    """
    raise NotImplementedError


def bleu(predictions: Sequence[str], references: Sequence[str | Sequence[str]], max_order: int = 4,
         smoothing: str = "exp", tokenize: str = "13a", effective_order: bool = False) -> Bleu:
    """BLEU of a corpus, from 0 to 100: the brevity penalty times the geometric mean of p_1, ..., p_max_order.

    references has one text for each prediction, or a list of several; valid_answers(reference) makes a list of either. Split
    every text with tokenize_13a. The corpus is scored as a whole, so for each n the matches of all predictions are added up,
    and so are their n-grams, before one is divided by the other. A text of fewer than n tokens has no n-grams. The lengths are
    added up too: the tokens of the predictions, and for each prediction the tokens of that reference which closest_length
    chooses. There is one penalty for the whole corpus.

    These do the rest:
        matches_with_any(tokens, references, n)           the n-grams of one prediction that match, clipped
        closest_length(length, reference_lengths)         the reference length that counts for one prediction
        smoothed_precisions(matches, totals, smoothing)   p_1, p_2, ... from 0 to 100, from a list of each n's matches and one
                                                          of each n's n-grams in the predictions
        brevity_penalty(predicted, reference)             from the two lengths

    Handle max_order and smoothing. tokenize and effective_order stay in the signature for others who call this, and you may
    leave them alone. The result is Bleu(score, precisions, brevity_penalty, matches, totals, prediction_length,
    reference_length), where precisions, matches and totals have an entry for each n.

        >>> parts = bleu(["It is very cold outside"], ["It is cold outside"])
        >>> parts.matches, parts.totals, parts.prediction_length, parts.reference_length
        ((4, 2, 0, 0), (5, 4, 3, 2), 5, 4)
        >>> [round(p, 1) for p in parts.precisions], parts.brevity_penalty, round(parts.score, 3)
        ([80.0, 50.0, 16.7, 12.5], 1.0, 30.214)
    """
    raise NotImplementedError
