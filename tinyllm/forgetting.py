"""Catastrophic forgetting: what a model could do before it was tuned on a new task, and cannot do after.

To ask whether one method forgets less than another, it is not enough to compare one run of each: a higher learning rate
learns more of the new task and forgets more of the old ones, whatever the method. So each method is a line of outcomes, one
for each learning rate, and two methods are compared where both have gained the same on the new task.

    gain on the new task    0     .40    .70    .80          at a gain of .55, halfway between the second and the third
    score on old tasks     .65    .63    .57    .20          outcome, this method keeps .60 of the old tasks
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from tinyllm.check import require

Scores = Sequence[Sequence[float]]  # a list for each seed, holding the score of each question


@dataclass(frozen=True)
class Outcome:
    """How a model answers questions of the new task and of the old ones, before tuning or after it."""

    new: Scores
    old: Scores

    def gain(self, before: "Outcome") -> float:
        """How much higher the mean score on the new task is than before."""
        return _mean(self.new) - _mean(before.new)

    def lost(self, before: "Outcome") -> float:
        """How much lower the mean score on the old tasks is than before."""
        return _mean(before.old) - _mean(self.old)


def matched_gain(lines: Sequence[Sequence[Outcome]], before: Outcome, share: float = 0.9) -> float:
    """A gain at which the methods can be compared: a share of the best gain that every line reaches, at least 0."""
    best = [max(outcome.gain(before) for outcome in line) for line in lines]
    return share * max(0.0, min(best))


def old_scores_at(gain: float, line: Sequence[Outcome], before: Outcome) -> list[list[float]]:
    """The scores on the old tasks where a method reaches a gain: a list for each seed, with the score of each question.

    line: the method's outcomes in order of learning rate; it starts at `before`, which has gained and lost nothing. Between
    two outcomes scores are interpolated in proportion to the gain, on the gentlest side on which the gain is reached.
    Raises InputError if the line never reaches it.
    """
    n_seeds = len(line[0].old) if line else 0
    start = Outcome(before.new, list(before.old) * n_seeds if len(before.old) == 1 else before.old)
    if gain <= 0:
        return [list(own) for own in start.old]
    sides = next(((low, high) for low, high in pairwise([start, *line])
                  if low.gain(before) < gain <= high.gain(before)), None)
    check_reached(sides, gain)
    low, high = sides
    share = (gain - low.gain(before)) / (high.gain(before) - low.gain(before))
    return [[(1 - share) * a + share * b for a, b in zip(*seed, strict=True)]
            for seed in zip(low.old, high.old, strict=True)]


def _mean(scores: Scores) -> float:
    return mean(mean(own) for own in scores)


def check_reached(sides: tuple[Outcome, Outcome] | None, gain: float):
    """Raise InputError where no two outcomes have the gain between them."""
    message = f"The method never gains {gain:.3f} on the new task; try other learning rates."
    require(sides is not None, message)
