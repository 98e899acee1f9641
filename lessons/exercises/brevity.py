"""Exercise: the brevity penalty.

BLEU is made of precisions, so a translation of two sure words would be perfect. Lesson 9 shows the penalty that stops this.
Here you write it, and the choice of the reference length that it needs. About 6 lines in all. What you have not written yet is
taken from the library.
"""

import math
from collections.abc import Iterable

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "A prediction has half as many tokens as the reference: by what is its score multiplied (a number from 0 to 1)?": None,
    "A prediction has twice as many tokens as the reference: by what is its score multiplied (a number from 0 to 1)?": None,
    "A prediction of 5 tokens has references of 1, 6 and 12 tokens: which of these lengths counts (a number)?": None,
}


def closest_length(length: int, reference_lengths: Iterable[int]) -> int:
    """The reference length closest to the prediction's; the shorter one of two that are equally close.

    length is the prediction's. The references may be given in any order.

        >>> closest_length(5, [1, 4, 9]), closest_length(5, [6, 4])
        (4, 4)
    """
    raise NotImplementedError


def brevity_penalty(predicted: int, reference: int) -> float:
    """exp(1 - r / c) where the c predicted tokens are fewer than the r of the reference, else 1.

    A prediction without any token has a penalty of 0, to which exp(1 - r / c) comes the closer the fewer tokens there are.

        >>> brevity_penalty(predicted=8, reference=4), round(brevity_penalty(predicted=4, reference=8), 3)
        (1.0, 0.368)
    """
    raise NotImplementedError
