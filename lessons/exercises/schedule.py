"""Exercise: the learning rate of each step, which warms up and then falls along a cosine.

At the start of a run the weights are random, or meet a new task. Their gradients are large and point in all directions, so the
first steps should be short: the rate rises in a straight line. Later, shorter and shorter steps let the model settle: the rate
falls along half a wave of a cosine, slowly at first, fast in the middle and slowly at the end. About 5 lines.
"""

import math

from tinyllm import TrainConfig

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "The highest rate is 1, the warm-up takes 4 steps. What is the rate of the first step?": None,
    "The highest rate is 1 and the final share is 0.2. What is the rate half way down the cosine?": None,
    "And what is it a quarter of the way down the cosine?": None,
}


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """The rate of a step, counted from 0, in a run of so many steps.

    The first config.warmup of all steps, a share such as 0.05, are the warm-up: with W such steps the rates are 1/W, 2/W, .. and
    at last W/W of the highest rate, which is config.learning_rate. (W is rounded to a whole number.) Then, with progress going
    from 0 at step W to 1 at step `steps`, the highest rate is multiplied by

        final + (1 - final) * (1 + cos(pi * progress)) / 2        final = config.final_rate

    (Loshchilov and Hutter 2017, eq. 5, without restarts). So config.final_rate is the share of the highest rate that is left at
    the end. With 16 steps, a warm-up of 0.25, a highest rate of 2 and a final share of 0.1:

        step      0     1     2     3     4     8      10     12     16
        rate      0.5   1.0   1.5   2.0   2.0   1.55   1.1    0.65   0.2

    Step 16 would be the 17th: the trainer asks for its rate when the last step is done, and does not use it. No run is too short:
    one without a warm-up begins at the highest rate, and one of a single step, or of nothing but warm-up, has rates as well.
    """
    raise NotImplementedError
