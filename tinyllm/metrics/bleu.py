"""BLEU: how much of a translation occurs in the reference translations (Papineni et al. 2002).

    BLEU = 100 * BP * (p_1 * p_2 * p_3 * p_4) ** (1/4)

    p_n   the share of the prediction's n-grams that the references have, clipped as in ROUGE (in the code
          from 0 to 100)
    BP    the brevity penalty: exp(1 - r / c) if the c tokens of the predictions are fewer than the r tokens
          of the references, else 1. Without it a prediction of four sure words would have the best score.

For "It is very cold outside" with the reference "It is cold outside":

    p_1 = 4/5, p_2 = 2/4, p_3 = 0/3, p_4 = 0/2, BP = 1

"exp" smoothing puts 1/2 and 1/4 of a match in the place of the zeros, so that BLEU is
(80 * 50 * 16.7 * 12.5) ** (1/4) = 30.2.

BLEU belongs to a corpus: the matches of all sentences are added up, and so are the n-grams, before they are
divided. Because the p_n are multiplied, a single p_n of zero makes the whole score zero. Smoothing puts a
small number in its place. That changes little for a corpus and much for a single sentence.

All scores are the same numbers as those of the sacreBLEU package.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tinyllm.check import InputError, require
from tinyllm.metrics.accuracy import check_pairs, check_texts, valid_answers
from tinyllm.metrics.rouge import clipped_matches, ngrams

SMOOTHINGS = "none", "exp", "floor", "add-k"
# The order of the replacements matters: "&amp;lt;" becomes "&lt;", and then "<".
ENTITIES = ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")
PUNCTUATION = re.compile(r"([!-&(-+/:-@\[-`{-~])")  # all that ASCII has, but not . , - and the apostrophe
POINT_BEHIND_TEXT = re.compile(r"([^0-9])([.,])")  # a point between two digits is no punctuation: 3.14
POINT_BEFORE_TEXT = re.compile(r"([.,])([^0-9])")
DASH_BEHIND_DIGIT = re.compile(r"(?<=[0-9])(-)")  # splits 1990-2000, but not well-known


@dataclass(frozen=True)
class Bleu:
    """A score and the numbers that it was made of, so that it can be worked out by hand."""

    score: float  # from 0 to 100
    precisions: tuple[float, ...]  # p_1, p_2, ...; each from 0 to 100, and smoothed
    brevity_penalty: float  # from 0 to 1
    matches: tuple[int, ...]  # clipped; of 1-grams, 2-grams, ...
    totals: tuple[int, ...]  # n-grams in the predictions
    prediction_length: int  # tokens
    reference_length: int  # tokens of those references that are closest in length


def bleu(predictions: Sequence[str], references: Sequence[str | Sequence[str]], max_order: int = 4,
         smoothing: str = "exp", tokenize: str = "13a", effective_order: bool = False) -> Bleu:
    """BLEU of a corpus. It is not the mean of the sentences' BLEUs.

    references       for each prediction one text, or a list of several
    max_order        the longest n-grams that count
    smoothing        what stands in for a p_n without a match: see `smoothed_precisions`
    tokenize         "13a", or "none" for texts in which white space already separates all tokens
    effective_order  leave out those n for which the predictions are too short to have n-grams

    Raises InputError for lists of different lengths, for empty lists, and for what is not text.

        >>> round(bleu(["It is very cold outside"], ["It is cold outside"]).score, 3)
        30.214
    """
    check_arguments(predictions, references, max_order, smoothing, tokenize)
    split = tokenize_13a if tokenize == "13a" else str.split
    predicted = [split(text) for text in predictions]
    wanted = [[split(text) for text in valid_answers(reference)] for reference in references]
    pairs = list(zip(predicted, wanted, strict=True))
    orders = range(1, max_order + 1)
    matches = [sum(matches_with_any(tokens, valid, n) for tokens, valid in pairs) for n in orders]
    totals = [sum(max(len(tokens) - n + 1, 0) for tokens in predicted) for n in orders]
    predicted_length = sum(map(len, predicted))
    reference_length = sum(closest_length(len(tokens), map(len, valid)) for tokens, valid in pairs)
    if not any(matches):
        smoothing = "none"  # where nothing matches at all, the score is 0 under every smoothing
    precisions = smoothed_precisions(matches, totals, smoothing)
    if effective_order and smoothing != "add-k":  # with add-k every n has n-grams
        orders = [n for n in orders if totals[n - 1] > 0]
    penalty = brevity_penalty(predicted_length, reference_length)
    score = penalty * geometric_mean([precisions[n - 1] for n in orders])
    return Bleu(score, tuple(precisions), penalty, tuple(matches), tuple(totals), predicted_length,
                reference_length)


def sentence_bleu(prediction: str, reference: str | Sequence[str], max_order: int = 4,
                  smoothing: str = "exp", tokenize: str = "13a") -> Bleu:
    """BLEU of one prediction, with the effective order.

    A sentence of three tokens has no 4-grams to judge it by, so only p_1, p_2 and p_3 count for it. Raises
    InputError as `bleu` does.
    """
    return bleu([prediction], [reference], max_order, smoothing, tokenize, effective_order=True)


def tokenize_13a(text: str) -> list[str]:
    """The tokens of a text, by the rules of mteval-v13a, which the WMT translation contests use.

    Punctuation becomes tokens of its own. Numbers stay whole, and capitals stay.

        >>> tokenize_13a("It's 3.5 degrees, isn't it?")
        ["It's", '3.5', 'degrees', ',', "isn't", 'it', '?']
    """
    text = text.rstrip().replace("<skipped>", "")  # mteval's mark of a text that was left out
    text = text.replace("-\n", "").replace("\n", " ")
    if "&" in text:  # asking first is faster, as most texts have none
        for entity, character in ENTITIES:
            text = text.replace(entity, character)
    text = " ".join(PUNCTUATION.split(f" {text} "))  # a group in a pattern keeps what it splits at
    if "." in text or "," in text:
        text = POINT_BEHIND_TEXT.sub(lambda found: f"{found[1]} {found[2]} ", text)  # r"\1 \2 " is slower
        text = POINT_BEFORE_TEXT.sub(lambda found: f" {found[1]} {found[2]}", text)
    if "-" in text:
        text = " ".join(DASH_BEHIND_DIGIT.split(text))
    return text.split()


def matches_with_any(tokens: Sequence[str], references: Sequence[Sequence[str]], n: int) -> int:
    """How many n-grams of a prediction find a partner in its references: the numerator of p_n."""
    most = most_of_any([Counter(ngrams(valid, n)) for valid in references])
    return clipped_matches(ngrams(tokens, n), most)


def most_of_any(counts: Sequence[Counter]) -> Counter:
    """How often each n-gram occurs in that reference which has it most often. No more of them can match."""
    most = counts[0]
    for other in counts[1:]:
        most = most | other
    return most


def closest_length(length: int, reference_lengths: Iterable[int]) -> int:
    """The reference length closest to the prediction's; the shorter one of two that are equally close."""
    return min(reference_lengths, key=lambda other: (abs(other - length), other))


def brevity_penalty(predicted: int, reference: int) -> float:
    """exp(1 - r / c) where the c predicted tokens are fewer than the r of the reference, else 1.

    From section 2.3 of Papineni et al. 2002. A prediction of half the reference's length keeps 37 % of its
    score.

        >>> brevity_penalty(predicted=8, reference=4), round(brevity_penalty(predicted=4, reference=8), 3)
        (1.0, 0.368)
    """
    if predicted >= reference:
        return 1.0
    return math.exp(1 - reference / predicted) if predicted else 0.0


def smoothed_precisions(matches: Sequence[int], totals: Sequence[int], smoothing: str) -> list[float]:
    """p_n = 100 * matches / total; where nothing matches, another number (Chen and Cherry 2014):

    none    0, which makes the score 0
    floor   as if there were 0.1 matches
    exp     as if there were 1/2 match for the first such n, 1/4 match for the second, 1/8 for the third
    add-k   for each n above 1, whether it has matches or not, one more match and one more n-gram

        >>> smoothed_precisions(matches=[4, 2, 0, 0], totals=[5, 4, 3, 2], smoothing="exp")
        [80.0, 50.0, 16.666666666666668, 12.5]
    """
    precisions, halvings = [], 0
    for n, (match, total) in enumerate(zip(matches, totals, strict=True), start=1):
        if smoothing == "add-k" and n > 1:
            match, total = match + 1, total + 1
        if total and not match and smoothing == "exp":
            halvings += 1
            match = 0.5 ** halvings
        elif total and not match and smoothing == "floor":
            match = 0.1
        precisions.append(100 * match / total if total else 0.0)
    return precisions


def geometric_mean(values: Sequence[float]) -> float:
    """The n-th root of the product of n values, as exp(mean(log v)). It is 0 if one is 0, or there is none.

        >>> round(geometric_mean([80, 20]), 6)
        40.0
    """
    if not values or not all(values):
        return 0.0
    return math.exp(sum(map(math.log, values)) / len(values))


def check_arguments(predictions, references, max_order, smoothing, tokenize):
    """Raise InputError for what BLEU cannot be computed of."""
    check_pairs(predictions, references)
    for i, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        check_texts(f"Pair {i}: BLEU", (prediction, *valid_answers(reference)))
    if smoothing not in SMOOTHINGS or tokenize not in ("13a", "none"):  # not `require`: the message is slow
        raise InputError(f"smoothing can be {', '.join(SMOOTHINGS)}, and tokenize 13a or none; "
                         f"not {smoothing} and {tokenize}.")
    is_order = isinstance(max_order, int) and max_order >= 1
    require(is_order, f"max_order is {max_order!r}, but it must be a whole number of at least 1.")
