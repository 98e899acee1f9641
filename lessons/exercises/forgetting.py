"""Exercise: what a new task gains, and what it costs the old ones.

Lesson 6 compares two methods where both have gained the same on the new task. Here you write the numbers that this needs: a
mean over questions and seeds, the gain and the loss, and scores in between two learning rates. About 8 lines in all. What you
have not written yet is taken from the library.
"""

from dataclasses import dataclass
from statistics import mean

from tinyllm.forgetting import Scores

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "What is mean_score([[1, 1, 1, 1], [0]]) (a number)?": None,
    "The old tasks score [[1, 0]] before tuning and [[1, 0], [0, 0]] after it. What is lost (a number)?": None,
    "What does interpolated([[0.2]], [[0.6]], share=0.75) hold (a number)?": None,
}


def mean_score(scores: Scores) -> float:
    """The mean over the questions of each seed, then the mean of these over the seeds. A seed is one repetition of a run.

    scores: for each seed a list with the score of each question. All seeds count alike, however many questions they have.

        >>> mean_score([[1, 0], [1, 1]])
        0.75
    """
    raise NotImplementedError


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
        """How much higher the mean score on the new task is than before tuning. Below 0 if it is lower."""
        raise NotImplementedError

    def lost(self, before: "Outcome") -> float:
        """How much lower the mean score on the old tasks is than before tuning. Below 0 if it is higher."""
        raise NotImplementedError


def interpolated(low: Scores, high: Scores, share: float) -> list[list[float]]:
    """Each score this share of the way from `low` to `high`: share 0 gives low, 1 gives high.

    low and high have the same seeds and questions, and so has the result: each question keeps a score of its own. low and
    high stay as they are.

        >>> interpolated([[0.0, 1.0]], [[1.0, 1.0]], share=0.25)
        [[0.25, 1.0]]
    """
    raise NotImplementedError
