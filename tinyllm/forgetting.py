"""Catastrophic forgetting: a model is tuned on a new task, and can no longer do what it could do before.

Does one method forget less than another? One run of each cannot tell. With a higher learning rate a model
learns more of the new task and forgets more of the old ones, whatever the method. So each method is run at
several learning rates, and two methods are compared where they have gained the same on the new task.

    learning rate            before   low    middle   high
    gain on the new task     0        .40    .70      .80
    score on the old tasks   .65      .63    .57      .20

Say the methods are compared at a gain of .55. That is halfway between the low and the middle learning rate,
so this method keeps a score of .60 on the old tasks, halfway between .63 and .57.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from tinyllm.check import require

Scores = Sequence[Sequence[float]]  # for each seed (each repetition of a run), the score of each question


@dataclass(frozen=True)
class Outcome:
    """A model's scores on the questions of the new task and of the old tasks, before or after tuning.

        >>> before, after = Outcome(new=[[0, 0]], old=[[1, .5]]), Outcome(new=[[1, 0]], old=[[.5, .5]])
        >>> after.gain(before), after.lost(before)
        (0.5, 0.25)
    """

    new: Scores
    old: Scores

    def gain(self, before: "Outcome") -> float:
        """How much higher the mean score on the new task is than before tuning."""
        return mean_score(self.new) - mean_score(before.new)

    def lost(self, before: "Outcome") -> float:
        """How much lower the mean score on the old tasks is than before tuning."""
        return mean_score(before.old) - mean_score(self.old)


def mean_score(scores: Scores) -> float:
    """The mean over the questions of each seed, then over the seeds."""
    return mean(mean(of_one_seed) for of_one_seed in scores)


def matched_gain(lines: Sequence[Sequence[Outcome]], before: Outcome, share: float = 0.9) -> float:
    """A gain at which methods can be compared, because each of them reaches it.

    lines: for each method, its outcomes. The best gain of each method is found, and the lowest of these is
    what all methods reach. The result is a little below it, a share of it, so that chance does not decide
    who reaches it; and it is at least 0.
    """
    best_gains = [max(outcome.gain(before) for outcome in line) for line in lines]
    return share * max(0.0, min(best_gains))


def old_scores_at(gain: float, line: Sequence[Outcome], before: Outcome) -> list[list[float]]:
    """The scores on the old tasks where a method reaches a gain: for each seed, the score of each question.

    line: the method's outcomes, in the order of their learning rates. We put `before` in front of them,
    where nothing is gained yet and nothing is lost. We take the first outcome that reaches the gain,
    because the lowest learning rate that is enough forgets least. Between it and the outcome before it,
    each score is interpolated in proportion to the gain. Raises InputError if no outcome reaches the
    gain.
    """
    start = repeated_for_seeds(before, line)
    if gain <= 0:  # reached before any tuning
        return [list(of_one_seed) for of_one_seed in start.old]
    points = [start, *line]
    gains = [outcome.gain(before) for outcome in points]
    check_reached(gain, gains)
    i = next(i for i, reached in enumerate(gains) if reached >= gain)  # the first that reaches it
    share = (gain - gains[i - 1]) / (gains[i] - gains[i - 1])
    return interpolated(points[i - 1].old, points[i].old, share)


def repeated_for_seeds(before: Outcome, line: Sequence[Outcome]) -> Outcome:
    """`before`, with as many lists of old scores as the line has seeds.

    All seeds start from the same model, so its one list is repeated for each of them.
    """
    n_seeds = len(line[0].old) if line else 0
    old = list(before.old) * n_seeds if len(before.old) == 1 else before.old
    return Outcome(before.new, old)


def interpolated(low: Scores, high: Scores, share: float) -> list[list[float]]:
    """Each score this share of the way from `low` to `high`.

        >>> interpolated([[0.0, 1.0]], [[1.0, 1.0]], share=0.25)
        [[0.25, 1.0]]
    """
    return [[(1 - share) * a + share * b for a, b in zip(low_scores, high_scores, strict=True)]
            for low_scores, high_scores in zip(low, high, strict=True)]


def check_reached(gain: float, gains: Sequence[float]):
    """Raise InputError for a gain that is higher than all that were reached."""
    message = f"The method never gains {gain:.3f} on the new task; try other learning rates."
    require(gain <= max(gains), message)
