"""Exercise: rotary position embedding (RoPE), which tells attention where a token stands.

A query and a key of K numbers are taken as K/2 pairs. Each pair (a, b) is a point in a plane, and is turned about the origin by
an angle that grows with the token's position. The product of two turned vectors depends on the difference of their angles
alone. So the score of one token for another depends on how far apart they stand, and not on where. The pairs turn at different
speeds: the first ones fast, to tell neighbours apart, and the last ones slowly, to tell far from near. About 10 lines in all.
"""

import torch
from torch import Tensor

from tinyllm import Config

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "By what angle, in radians, does the first pair of the token at position 3 turn?": None,
    "With K = 4 and theta = 10000, by what angle does the last pair of the token at position 100 turn?": None,
    "How many numbers of RoPE are trained?": None,
}


def rope_tables(config: Config) -> tuple[Tensor, Tensor]:
    """The cos and the sin of all angles, (context, K/2) each: row p is position p, and column i is pair i, both from 0.

        angle = p * theta^(-2i / K)        (Su et al. 2021, section 3.2.2)

    K is config.head_width, theta is config.rope_theta, and config.context is the number of positions. (config.rope_scaling, which
    only Llama 3.1 sets, need not be looked at.)

    With K = 4 and theta = 100 there are two pairs. Pair 0 turns by 0, 1, 2, .. radians at the positions 0, 1, 2, .. and pair 1
    by 0, 0.1, 0.2, .. radians, because 100^(-2/4) = 0.1.
    """
    raise NotImplementedError


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (a, b) of x by its angle: it becomes (a cos - b sin, b cos + a sin).

    x (B, H, T, K), queries or keys of B texts, H heads and T tokens. cos and sin (T, K/2): token t turns by row t, in every
    head. With a cache each text has positions of its own, and they are (B, 1, T, K/2). The result has the shape and the number
    type of x, and x itself stays as it is.

    As in Llama pair i is made of the numbers i and i + K/2: with K = 4 of the numbers 0 and 2, and 1 and 3. If pair 0 is turned
    by a right angle (cos 0, sin 1) and pair 1 is not turned (cos 1, sin 0), then [1, 2, 3, 4] becomes [-3, 2, 1, 4].
    """
    raise NotImplementedError
