"""Scores for labels and for numbers. They say more than accuracy where some labels are far more frequent.

CoLA, a task of GLUE, asks whether a sentence is acceptable English. 69 % of its dev split are. A model that
calls everything acceptable has an accuracy of 0.69 there, but a Matthews correlation of 0.

The scores take (predictions, references) in this order and return a float. Perfect predictions give 1,
unless a list has one class only.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from tinyllm.metrics.accuracy import check_pairs


def confusion(predictions: Sequence, references: Sequence, positive: Hashable) -> tuple[int, int, int, int]:
    """How many are true positives, false positives, false negatives and true negatives: (TP, FP, FN, TN).

    A true positive is predicted `positive` and is; a false positive is predicted `positive` and is not.
    Negative is every other label. Raises InputError for lists of different lengths, and for empty lists.
    """
    check_pairs(predictions, references)
    count = Counter((p == positive, r == positive) for p, r in zip(predictions, references, strict=True))
    return count[True, True], count[True, False], count[False, True], count[False, False]


def matthews(predictions: Sequence[Hashable], references: Sequence[Hashable], positive: Hashable) -> float:
    """The Matthews correlation of two lists of two classes, from -1 to 1; guessing gives 0 (Matthews 1975).

        (TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))

    If one of the lists has a single class, this is 0 / 0; it then counts as 0, as in scikit-learn. Raises
    InputError as `confusion` does.

        >>> round(matthews(["y", "y", "n", "n", "n"], ["y", "n", "n", "n", "y"], positive="y"), 4)
        0.1667

    Here TP = 1, FP = 1, FN = 1 and TN = 2, which gives (1*2 - 1*1) / sqrt(2*2*3*3) = 1/6.
    """
    tp, fp, fn, tn = confusion(predictions, references, positive)
    root = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / root if root else 0.0


def f1(predictions: Sequence[Hashable], references: Sequence[Hashable], positive: Hashable) -> float:
    """The harmonic mean of precision TP / (TP + FP) and recall TP / (TP + FN): 2 TP / (2 TP + FP + FN).

    True negatives do not count. Without any true positive it is 0, as in scikit-learn, also where the
    formula gives 0 / 0. Raises InputError as `confusion` does.
    """
    tp, fp, fn, _ = confusion(predictions, references, positive)
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def macro_f1(predictions: Sequence[Hashable], references: Sequence[Hashable]) -> float:
    """The plain mean of the `f1` of every class, so that a rare class weighs as much as a frequent one.

    The classes are those that occur in either list. Raises InputError as `confusion` does.
    """
    check_pairs(predictions, references)
    classes = dict.fromkeys([*references, *predictions])  # a set has no fixed order: rounding would vary
    return sum(f1(predictions, references, one) for one in classes) / len(classes)


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The correlation of two lists of numbers, from -1 to 1. It is 1 for points on a rising straight line.

        sum (x - mean x) (y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2)

    If all numbers of a list are equal, this is 0 / 0; it then counts as 0, where SciPy gives NaN. Lists
    with infinite numbers or NaN count as 0 as well. Raises InputError as `confusion` does.
    """
    check_pairs(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:  # rounding can make the spread slightly more than 0
        return 0.0
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    from_x, from_y = [x - mean_x for x in xs], [y - mean_y for y in ys]
    shared = sum(dx * dy for dx, dy in zip(from_x, from_y, strict=True))
    spread = math.sqrt(sum(dx * dx for dx in from_x) * sum(dy * dy for dy in from_y))
    if not 0 < spread < math.inf:
        return 0.0
    return max(-1.0, min(1.0, shared / spread))  # rounding can take the quotient a little beyond 1


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The `pearson` correlation of the numbers' ranks (Spearman 1904).

    It is 1 if the larger x always has the larger y, on a straight line or not. Raises InputError as
    `confusion` does.

        >>> spearman([1, 2, 3], [1, 10, 1000])
        1.0
    """
    check_pairs(xs, ys)
    return pearson(ranks(xs), ranks(ys))


def ranks(numbers: Sequence[float]) -> list[float]:
    """The place of each number in the sorted list, from 1. Equal numbers share the mean of their places.

        >>> ranks([30, 10, 30])
        [2.5, 1.0, 2.5]
    """
    counts, below, rank = Counter(numbers), 0, {}
    for number in sorted(counts):
        rank[number] = below + (counts[number] + 1) / 2
        below += counts[number]
    return [rank[number] for number in numbers]
