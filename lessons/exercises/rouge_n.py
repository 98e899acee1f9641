"""Exercise: ROUGE-N.

Lesson 8 compares a summary with a reference by the n-grams that they have in common. Here you write this in three small
functions: the n-grams of a text, the three scores of a number of matches, and ROUGE-N, which uses both. About 10 lines in all.
What you have not written yet is taken from the library.
"""

from collections import Counter
from collections.abc import Sequence

from tinyllm.metrics.rouge import Score, clipped_matches

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "How many 3-grams has a text of 10 words (a number)?": None,
    "A prediction has a precision of 1.0 and a recall of 0.25: what is its F1 (a number from 0 to 1)?": None,
    'What is the F1 of ROUGE-2 for "outside cold it is" with the reference "it is cold outside" (a number from 0 to 1)?': None,
}


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of n neighbouring tokens as tuples, in their order. A run that occurs twice is in the list twice.

    The runs overlap: the next one starts one token later. A text of fewer than n tokens has none.

        >>> ngrams(["it", "is", "cold"], 2)
        [('it', 'is'), ('is', 'cold')]
        >>> ngrams(["it", "is", "cold"], 1)
        [('it',), ('is',), ('cold',)]
    """
    raise NotImplementedError


def score(matches: int, in_prediction: int, in_reference: int) -> Score:
    """Precision, recall and F1 of a number of matches, in this order.

    in_prediction and in_reference are the numbers of n-grams in the prediction and in the reference. Precision is the share
    of the prediction's n-grams that match, recall is the share of the reference's, and F1 is the harmonic mean of the two,
    2 P R / (P + R). Without a match all three are 0, also where a text has no n-grams at all.

        >>> score(matches=2, in_prediction=4, in_reference=3)
        Score(precision=0.5, recall=0.6666666666666666, f1=0.5714285714285715)
    """
    raise NotImplementedError


def rouge_n(predicted: Sequence[str], wanted: Sequence[str], n: int) -> Score:
    """ROUGE-N: the score of the n-grams that two lists of words have in common, with clipped matches.

    The numbers of n-grams are counted with all repetitions. clipped_matches(prediction, reference) takes a list of n-grams
    and a Counter of the reference's n-grams.

        >>> rouge_n("it is very cold outside".split(), "it is cold outside".split(), n=2)  # 2 of 4, 2 of 3
        Score(precision=0.5, recall=0.6666666666666666, f1=0.5714285714285715)
    """
    raise NotImplementedError
