"""Scores for labels and for numbers that say more than accuracy does where the classes are not equally frequent.

A model that answers "acceptable" to everything is right for 69 % of the sentences of CoLA's dev split, but its Matthews
correlation is 0.
All take (predictions, references) in that order and return a float; perfect predictions give 1.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from tinyllm.metrics.accuracy import check_pairs


def matthews(predictions: Sequence[Hashable], references: Sequence[Hashable], positive: Hashable) -> float:
    """The Matthews correlation of two lists of two classes, from -1 to 1; guessing gives 0 (Matthews 1975).

        (TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))

    TP: predicted `positive` and it is; FP: predicted `positive` and it is not; TN and FN: the same with "not positive"
    predicted. If one side holds a single class the quotient is 0 / 0 and counts as 0, as in scikit-learn. Raises
    InputError for lists of different lengths, and for empty ones.

        >>> matthews(["y", "y", "n", "n", "n"], ["y", "n", "n", "n", "y"], positive="y")  # (1*2 - 1*1) / sqrt(2*2*3*3)
        0.16666666666666666
    """
    tp, fp, fn, tn = _table(predictions, references, positive)
    root = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / root if root else 0.0


def f1(predictions: Sequence[Hashable], references: Sequence[Hashable], positive: Hashable) -> float:
    """The harmonic mean of precision TP / (TP + FP) and recall TP / (TP + FN), which is 2 TP / (2 TP + FP + FN).

    Items that neither side calls `positive` do not count. Without any that both do it is 0, as in scikit-learn (also
    where neither side has one, so that the quotient is 0 / 0). Raises InputError as `matthews` does.
    """
    tp, fp, fn, _ = _table(predictions, references, positive)
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def macro_f1(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> float:
    """The plain mean of every class's `f1`, however rare the class is. Classes are those that occur on either side."""
    check_pairs(predictions, references)
    classes = dict.fromkeys([*references, *predictions])  # in a fixed order, so that sums round alike in every run
    return sum(f1(predictions, references, c) for c in classes) / len(classes)


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The correlation of two lists of numbers, from -1 to 1: how well a straight line describes the one by the other.

        sum (x - mean x) (y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2)

    A list in which all numbers are equal has no direction: the quotient is 0 / 0 and counts as 0 (SciPy gives NaN), as
    it does for numbers that are infinite or NaN. Raises InputError as `matthews` does.
    """
    check_pairs(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:  # asked of the list, as rounded differences from its mean are not exactly 0
        return 0.0
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    shared = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = math.sqrt(sum((x - mean_x) * (x - mean_x) for x in xs) * sum((y - mean_y) * (y - mean_y) for y in ys))
    return max(-1.0, min(1.0, shared / spread)) if 0 < spread < math.inf else 0.0


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The `pearson` correlation of the ranks: 1 if the larger x always has the larger y, straight line or not.

    Equal numbers share the mean of their ranks. Raises InputError as `matthews` does (Spearman 1904).

        >>> spearman([1, 2, 3], [1, 10, 1000])
        1.0
    """
    check_pairs(xs, ys)
    return pearson(_ranks(xs), _ranks(ys))


def _table(predictions: Sequence, references: Sequence, positive: Hashable) -> tuple[int, int, int, int]:
    """How many are (true positive, false positive, false negative, true negative)."""
    check_pairs(predictions, references)
    count = Counter((p == positive, r == positive) for p, r in zip(predictions, references, strict=True))
    return count[True, True], count[True, False], count[False, True], count[False, False]


def _ranks(numbers: Sequence[float]) -> list[float]:
    """The rank of each number: [30, 10, 30] -> [2.5, 1.0, 2.5], as the two 30 share ranks 2 and 3."""
    counts, below, rank = Counter(numbers), 0, {}
    for number in sorted(counts):
        rank[number] = below + (counts[number] + 1) / 2
        below += counts[number]
    return [rank[number] for number in numbers]
