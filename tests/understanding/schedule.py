"""The learning rate: a straight line up, then half a wave of a cosine down."""

import itertools
import math

from understanding.exercise import Exercise, Prediction


def rates(at, steps=16, learning_rate=2.0, warmup=0.25, final_rate=0.1):
    """The rates of these steps."""
    from tinyllm import trainer
    config = trainer.TrainConfig(learning_rate=learning_rate, warmup=warmup, final_rate=final_rate)
    return [trainer.learning_rate(step, steps, config) for step in at]


EXERCISE = Exercise(
    "schedule", lesson=3, order=1, read="From random weights", module="tinyllm.trainer",
    title="the learning rate: warm-up, then a cosine",
    hints=("There are two cases: a step before the end of the warm-up, and one after it. Find the number of warm-up steps first.",
           "The warm-up is config.learning_rate * (step + 1) / warmup: counted from 0, the first step is step 0, and its rate "
           "should not be 0.",
           "progress = (step - warmup) / (steps - warmup). See that neither division can be by 0: max(1, ..) around what may be "
           "0 does that."),
    predictions=(
        Prediction("The highest rate is 1, the warm-up takes 4 steps. What is the rate of the first step?",
                   lambda: rates([0], learning_rate=1.0)[0]),
        Prediction("The highest rate is 1 and the final share is 0.2. What is the rate half way down the cosine?",
                   lambda: rates([10], learning_rate=1.0, final_rate=0.2)[0]),
        Prediction("And what is it a quarter of the way down the cosine?",
                   lambda: round(rates([7], learning_rate=1.0, final_rate=0.2)[0], 4))))


@EXERCISE.asks("In a warm-up of 4 steps the rates are 1/4, 2/4, 3/4 and 4/4 of the highest, which is 2.")
def the_warm_up():
    return rates([0, 1, 2, 3]), [0.5, 1.0, 1.5, 2.0]


@EXERCISE.asks("The step after the warm-up has the highest rate: the cosine begins there.")
def where_the_cosine_begins():
    return rates([4]), [2.0]


@EXERCISE.asks("A third, half and two thirds of the way down the rates are 1.55, 1.1 and 0.65, at the steps 8, 10 and 12.")
def along_the_cosine():
    return rates([8, 10, 12]), [1.55, 1.1, 0.65]


@EXERCISE.asks("At the end a share of final_rate is left, 0.1 of 2.")
def the_end():
    return rates([16]), [0.2]


@EXERCISE.asks("With a final_rate of 0 the rate ends at 0, and with a final_rate of 1 it never falls.")
def other_ends():
    return [rates([10, 16], final_rate=0.0), rates([10, 16], final_rate=1.0)], [[1.0, 0.0], [2.0, 2.0]]


@EXERCISE.asks("The warm-up is a share of the steps: of 32 steps a quarter is 8.")
def a_longer_run():
    return rates([0, 3, 7, 8, 20, 32], steps=32), [0.25, 1.0, 2.0, 2.0, 1.1, 0.2]


@EXERCISE.asks("From step to step the rate falls, down to the end, and is never above the highest.")
def it_only_falls():
    found = rates(range(4, 17))
    return [all(a > b for a, b in itertools.pairwise(found)), max(found) <= 2.0], [True, True]


@EXERCISE.asks("Without a warm-up the first step has the highest rate.")
def no_warm_up():
    return rates([0, 16], warmup=0.0), [2.0, 0.2]


@EXERCISE.asks("A run of nothing but warm-up rises to the end; for the step behind it, which is never taken, there is some rate.")
def nothing_but_warm_up():
    *found, behind = rates([0, 1, 2, 3, 4], steps=4, warmup=1.0)
    return [*found, 0 < behind <= 2.0], [0.5, 1.0, 1.5, 2.0, True]


WARMUP = "warmup = max(1, round(config.warmup * steps))"
RISING = "return config.learning_rate * (step + 1) / warmup"
PROGRESS = "progress = (step - warmup) / max(1, steps - warmup)  # from 0 to 1"
SHARE = "share = config.final_rate + (1 - config.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))"
FALLING = "return config.learning_rate * share"


def share_is(formula):
    """The change that lets the rate fall in another way; `final` and `progress` are at hand."""
    return SHARE, f"final = config.final_rate; share = {formula}"


EXERCISE.wrong("the warm-up begins at 0, step / warmup and not (step + 1) / warmup, so the first step does nothing",
               (RISING, "return config.learning_rate * step / warmup"))
EXERCISE.wrong("there is no warm-up: the first steps have the highest rate", (RISING, "return config.learning_rate"))
EXERCISE.wrong("the warm-up rises from the final rate, and not from 0",
               (RISING, "return config.learning_rate * (config.final_rate + (1 - config.final_rate) * (step + 1) / warmup)"))
EXERCISE.wrong("the warm-up falls, and does not rise", (RISING, "return config.learning_rate * (warmup - step) / warmup"))
EXERCISE.wrong("the warm-up is divided by the number of all steps, and not by that of its own",
               (RISING, "return config.learning_rate * (step + 1) / steps"))
EXERCISE.wrong("the warm-up follows the cosine, and is no straight line",
               (RISING, "return config.learning_rate * 0.5 * (1 - math.cos(math.pi * (step + 1) / warmup))"))
EXERCISE.wrong("config.warmup is taken for a number of steps, and not for a share of them", (WARMUP, "warmup = config.warmup"))
EXERCISE.wrong("the highest rate is not multiplied in the warm-up, which rises to 1", (RISING, "return (step + 1) / warmup"))
EXERCISE.wrong("the warm-up lasts one step longer, step <= warmup, and exceeds the highest rate",
               ("if step < warmup:", "if step <= warmup:"))
EXERCISE.wrong("progress counts from the first step of all, and not from the end of the warm-up",
               (PROGRESS, "progress = step / steps"))
EXERCISE.wrong("progress is divided by the number of all steps, and not by that of the steps after the warm-up",
               (PROGRESS, "progress = (step - warmup) / steps"))
EXERCISE.wrong("progress is one step ahead, step + 1", (PROGRESS, "progress = (step + 1 - warmup) / max(1, steps - warmup)"))
EXERCISE.wrong("progress reaches 1 one step too early, because it is divided by steps - warmup - 1",
               (PROGRESS, "progress = (step - warmup) / max(1, steps - warmup - 1)"))
EXERCISE.wrong("the highest rate is not multiplied after the warm-up", (FALLING, "return share"))
EXERCISE.wrong("the rate stays the highest after the warm-up, and does not fall", share_is("1"))
EXERCISE.wrong("the rate falls in a straight line, and not along a cosine", share_is("final + (1 - final) * (1 - progress)"))
EXERCISE.wrong("pi is missing in the cosine", share_is("final + (1 - final) * 0.5 * (1 + math.cos(progress))"))
EXERCISE.wrong("the cosine runs a whole wave (2 pi), so the rate rises again",
               share_is("final + (1 - final) * 0.5 * (1 + math.cos(2 * math.pi * progress))"))
EXERCISE.wrong("the cosine runs a quarter of a wave, cos(pi / 2 * progress), which falls slowly at first and fast at the end",
               share_is("final + (1 - final) * math.cos(math.pi / 2 * progress)"))
EXERCISE.wrong("pi is taken as 180, as if math.cos wanted degrees",
               share_is("final + (1 - final) * 0.5 * (1 + math.cos(180 * progress))"))
EXERCISE.wrong("the cosine has a minus, so the rate starts low and rises",
               share_is("final + (1 - final) * 0.5 * (1 - math.cos(math.pi * progress))"))
EXERCISE.wrong("the cosine is not lifted by 1, so it becomes negative",
               share_is("final + (1 - final) * math.cos(math.pi * progress)"))
EXERCISE.wrong("1 + cos is not halved", share_is("final + (1 - final) * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("final_rate is left out, so the rate falls to 0", share_is("0.5 * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("final_rate is added to the whole cosine, without the factor 1 - final_rate",
               share_is("final + 0.5 * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("the cosine is multiplied by 1 - final_rate, but final_rate is not added",
               share_is("(1 - final) * 0.5 * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("final_rate is only the least that the share may be: the cosine falls to 0, and is cut off there",
               share_is("max(final, 0.5 * (1 + math.cos(math.pi * progress)))"))
EXERCISE.wrong("final_rate is taken for a rate, and not for a share of the highest rate",
               (FALLING, "return config.final_rate + (config.learning_rate - config.final_rate) "
                         "* 0.5 * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("the final share is always 0.1, whatever the config says",
               (SHARE, "share = 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * progress))"))
EXERCISE.wrong("the warm-up is always 4 steps long, and not a share of all", (WARMUP, "warmup = 4"))
EXERCISE.wrong("where there is no warm-up its length is 0, and it is divided by that",
               (WARMUP, "warmup = round(config.warmup * steps)"),
               ("if step < warmup:", "if step < warmup or step / warmup < 1:"))
EXERCISE.wrong("where there is nothing but warm-up no steps are left for the cosine, and it is divided by 0",
               (PROGRESS, "progress = (step - warmup) / (steps - warmup)"))


@EXERCISE.right("the cosine is written as the square of half its angle, and the rate goes from the highest to the final one")
class _:
    def learning_rate(step, steps, config):
        rising = int(config.warmup * steps + 0.5)
        if step < rising:
            return (step + 1) / rising * config.learning_rate
        way = (step - rising) / (steps - rising) if steps > rising else 1.0
        lowest = config.learning_rate * config.final_rate
        return lowest + (config.learning_rate - lowest) * math.cos(math.pi / 2 * way) ** 2


@EXERCISE.right("all rates are put into a list, and that of the step is taken from it")
class _:
    def learning_rate(step, steps, config):
        W = round(steps * config.warmup)
        up = [(i + 1) / W for i in range(W)]
        down = [config.final_rate + (1 - config.final_rate) * (1 + math.cos(math.pi * i / (steps - W))) / 2
                for i in range(steps - W)] + [config.final_rate]
        return config.learning_rate * (up + down)[step]
