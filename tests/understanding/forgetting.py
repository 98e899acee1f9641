"""Forgetting: the gain on the new task, the loss on the old ones, and scores in between two outcomes."""

from dataclasses import dataclass

import torch

from understanding.exercise import Exercise, Prediction


def mean_of(scores):
    """The mean score."""
    from tinyllm.forgetting import mean_score
    return mean_score(scores)


def outcome(new, old):
    """An Outcome."""
    from tinyllm.forgetting import Outcome
    return Outcome(new=new, old=old)


def between(low, high, share):
    """What interpolated gives."""
    from tinyllm.forgetting import interpolated
    return interpolated(low, high, share)


EXERCISE = Exercise(
    "forgetting", lesson=6, module="tinyllm.forgetting", title="what is gained, what is lost, and scores in between",
    hints=("mean_score takes a mean twice: first inside each seed's list, then of what came out. One flat list of all scores "
           "would give a seed with more questions more weight.",
           "gain is after minus before, on the new task. lost is before minus after, on the old tasks: both are positive when "
           "tuning does what one expects.",
           "A score a in low and its partner b in high give a + share * (b - a). Use two loops, over the seeds and over the "
           "questions, and zip."),
    predictions=(
        Prediction("What is mean_score([[1, 1, 1, 1], [0]]) (a number)?", lambda: mean_of([[1, 1, 1, 1], [0]])),
        Prediction("The old tasks score [[1, 0]] before tuning and [[1, 0], [0, 0]] after it. What is lost (a number)?",
                   lambda: outcome([[0]], [[1, 0], [0, 0]]).lost(outcome([[0]], [[1, 0]]))),
        Prediction("What does interpolated([[0.2]], [[0.6]], share=0.75) hold (a number)?",
                   lambda: round(between([[0.2]], [[0.6]], 0.75)[0][0], 6))))


@EXERCISE.asks("With one seed it is the mean over the questions.", read="The model before")
def the_mean_of_one_seed():
    return mean_of([[1.0, 0.5, 0.0, 1.0]]), 2.5 / 4


@EXERCISE.asks("All seeds are in the mean.", read="Watch it forget")
def the_mean_of_several_seeds():
    return mean_of([[0.5, 0.5], [0.0, 0.5], [0.0, 0.0]]), 0.25


@EXERCISE.asks("All seeds count alike, however many questions they have.", read="Watch it forget")
def seeds_count_alike():
    return mean_of([[1.0, 1.0, 1.0], [0.0]]), 0.5


@EXERCISE.asks("The gain is the new task's mean score after tuning, minus the one before.",
               read="The plane: what is gained, and what is lost")
def the_gain():
    before, after = outcome([[0.0, 0.5]], [[1.0]]), outcome([[1.0, 0.5]], [[0.9]])
    return after.gain(before), 0.5


@EXERCISE.asks("A model that got worse at the new task has a gain below 0.", read="The plane: what is gained, and what is lost")
def a_gain_below_zero():
    before, after = outcome([[0.5, 0.5]], [[1.0]]), outcome([[0.5, 0.0]], [[0.9]])
    return after.gain(before), -0.25


@EXERCISE.asks("Lost is the old tasks' mean score before tuning, minus the one after.",
               read="The plane: what is gained, and what is lost")
def what_is_lost():
    before, after = outcome([[0.0]], [[1.0, 0.6]]), outcome([[0.5]], [[0.5, 0.5]])
    return after.lost(before), 0.3


@EXERCISE.asks("Where the old tasks have got better, less than nothing is lost: the number is below 0.",
               read="The plane: what is gained, and what is lost")
def less_than_nothing_lost():
    before, after = outcome([[0.0]], [[0.5, 0.6]]), outcome([[0.5]], [[0.5, 0.8]])
    return after.lost(before), -0.1


@EXERCISE.asks("The model before is one, and the models after it are several: their means are compared.",
               read="The plane: what is gained, and what is lost")
def one_before_and_several_after():
    before, after = outcome([[0.0, 0.2]], [[1.0, 0.6]]), outcome([[0.5, 0.5], [1.0, 0.8]], [[0.4, 0.4], [0.0, 0.0]])
    return [after.gain(before), after.lost(before)], [0.6, 0.6]


@EXERCISE.asks("A share of 0 gives the low scores, and a share of 1 the high ones.",
               read="The plane: what is gained, and what is lost")
def the_ends():
    low, high = [[0.5, 1.0], [0.25, 0.5]], [[1.0, 0.0], [0.75, 1.0]]
    return [between(low, high, 0.0), between(low, high, 1.0)], [low, high]


@EXERCISE.asks("A share of 0.25 goes a quarter of the way from low to high, for each question of each seed.",
               read="The plane: what is gained, and what is lost")
def a_quarter_of_the_way():
    return between([[0.0, 1.0], [0.5, 0.25]], [[1.0, 0.0], [0.5, 0.75]], 0.25), [[0.25, 0.75], [0.5, 0.375]]


@EXERCISE.asks("The scores that are given in are not changed.", read="The plane: what is gained, and what is lost")
def the_scores_stay():
    low, high = [[0.0, 1.0]], [[1.0, 0.0]]
    between(low, high, 0.25)
    return [low, high], [[[0.0, 1.0]], [[1.0, 0.0]]]


MEAN = "return mean(mean(of_one_seed) for of_one_seed in scores)"
GAIN = "return mean_score(self.new) - mean_score(before.new)"
LOST = "return mean_score(before.old) - mean_score(self.old)"
BETWEEN = "[(1 - share) * a + share * b for a, b in zip(low_scores, high_scores, strict=True)]"
RETURN = f"""    return [{BETWEEN}
            for low_scores, high_scores in zip(low, high, strict=True)]"""

EXERCISE.wrong("mean_score adds the scores of a seed up and does not divide by the questions",
               (MEAN, "return mean(sum(of_one_seed) for of_one_seed in scores)"))
EXERCISE.wrong("mean_score adds the seeds' means up and does not divide by the seeds",
               (MEAN, "return sum(mean(of_one_seed) for of_one_seed in scores)"))
EXERCISE.wrong("mean_score looks at the first seed only", (MEAN, "return mean(scores[0])"))
EXERCISE.wrong("mean_score takes the best seed, which makes luck look like skill",
               (MEAN, "return max(mean(of_one_seed) for of_one_seed in scores)"))
EXERCISE.wrong("mean_score takes one mean over all scores, so a seed with more questions has more weight",
               (MEAN, "return mean(score for of_one_seed in scores for score in of_one_seed)"))
EXERCISE.wrong("gain is before minus after, so what was learnt is negative",
               (GAIN, "return mean_score(before.new) - mean_score(self.new)"))
EXERCISE.wrong("gain is measured on the old tasks", (GAIN, "return mean_score(self.old) - mean_score(before.old)"))
EXERCISE.wrong("gain is the score after tuning, and nothing is subtracted", (GAIN, "return mean_score(self.new)"))
EXERCISE.wrong("gain is divided by the score before", (GAIN, "return (mean_score(self.new) - mean_score(before.new)) "
                                                             "/ mean_score(before.new)"))
EXERCISE.wrong("gain is cut off at 0, so a model that got worse seems to have stayed the same",
               (GAIN, "return max(0, mean_score(self.new) - mean_score(before.new))"))
EXERCISE.wrong("lost is after minus before, so what was forgotten is negative",
               (LOST, "return mean_score(self.old) - mean_score(before.old)"))
EXERCISE.wrong("lost is measured on the new task", (LOST, "return mean_score(before.new) - mean_score(self.new)"))
EXERCISE.wrong("lost is the score that is left, and is not subtracted from the one before", (LOST, "return mean_score(self.old)"))
EXERCISE.wrong("lost is divided by the score before", (LOST, "return (mean_score(before.old) - mean_score(self.old)) "
                                                             "/ mean_score(before.old)"))
EXERCISE.wrong("lost is cut off at 0, so what the old tasks have gained is not seen",
               (LOST, "return max(0, mean_score(before.old) - mean_score(self.old))"))
EXERCISE.wrong("lost is without a sign (abs), so gained and lost look the same",
               (LOST, "return abs(mean_score(before.old) - mean_score(self.old))"))
EXERCISE.wrong("the share is on the wrong side: 0 gives high, and 1 gives low",
               (BETWEEN, BETWEEN.replace("(1 - share) * a + share * b", "share * a + (1 - share) * b")))
EXERCISE.wrong("the middle of low and high is taken, whatever the share",
               (BETWEEN, BETWEEN.replace("(1 - share) * a + share * b", "(a + b) / 2")))
EXERCISE.wrong("a share of high is added to all of low", (BETWEEN, BETWEEN.replace("(1 - share) * a", "a")))
EXERCISE.wrong("the way begins at 0 and not at low: it is share times high",
               (BETWEEN, BETWEEN.replace("(1 - share) * a + ", "")))
EXERCISE.wrong("it is the way itself, share times (high - low), without low where it begins",
               (BETWEEN, BETWEEN.replace("(1 - share) * a + share * b", "share * (b - a)")))
EXERCISE.wrong("low or high is taken as a whole, whichever is nearer, and nothing lies in between",
               (BETWEEN, BETWEEN.replace("(1 - share) * a + share * b", "b if share > 0.5 else a")))
EXERCISE.wrong("each seed gets the mean of its questions, and not a score for each question",
               (BETWEEN, f"[mean({BETWEEN})] * len(low_scores)"))
EXERCISE.wrong("all seeds get the scores of the first", (RETURN, RETURN.replace("zip(low, high, strict=True)",
                                                                               "[(low[0], high[0])] * len(low)")))
EXERCISE.wrong("the new scores are written into low, which is changed by that",
               (RETURN, f"    for low_scores, high_scores in zip(low, high):\n        low_scores[:] = {BETWEEN}\n    return low"))


@EXERCISE.right("sums, counts, and a + share (b - a)")
class _:
    def mean_score(scores):
        total = 0.0
        for of_one_seed in scores:
            total += sum(of_one_seed) / len(of_one_seed)
        return total / len(scores)

    class Outcome:
        def gain(self, before):
            from tinyllm.forgetting import mean_score
            return -(mean_score(before.new) - mean_score(self.new))

        def lost(self, before):
            from tinyllm.forgetting import mean_score
            return -(mean_score(self.old) - mean_score(before.old))

    def interpolated(low, high, share):
        result = []
        for i in range(len(low)):
            result.append([])
            for j in range(len(low[i])):
                result[i].append(low[i][j] + share * (high[i][j] - low[i][j]))
        return result


@EXERCISE.right("tensors, and a dataclass with two methods")
class _:
    def mean_score(scores):
        return torch.stack([torch.tensor(of_one_seed, dtype=torch.float64).mean() for of_one_seed in scores]).mean().item()

    @dataclass(frozen=True)
    class Outcome:
        new: list
        old: list

        def gain(self, before):
            return self.mean(self.new) - self.mean(before.new)

        def lost(self, before):
            return self.mean(before.old) - self.mean(self.old)

        @staticmethod
        def mean(scores):
            return float(torch.tensor([float(torch.tensor(row).mean()) for row in scores]).mean())

    def interpolated(low, high, share):
        return [torch.lerp(torch.tensor(a), torch.tensor(b), share).tolist() for a, b in zip(low, high, strict=True)]
