"""Exercise: RMSNorm, which makes every token's vector equally long.

In a decoder each block adds to the vector of a token, which grows from block to block. So every block reads a copy of it that
was brought to one length before. Here you write that step, about 3 lines. RMS is the root of the mean of the squares.
"""

import torch
from torch import Tensor, nn

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "What does a new RMSNorm with eps = 0 make of [3, 3, 3, 3]? (A list of four numbers.)": None,
    "How many numbers does a RMSNorm of width 192 train?": None,
    "With eps = 0, x is made 1000 times as large. How many times as large is the output?": None,
}


class RMSNorm(nn.Module):
    """y = x / sqrt(mean(x^2) + eps) * weight, for each token on its own.

    Unlike in a layer norm no mean is subtracted, and no bias is added (Zhang and Sennrich 2019, eq. 4).
    """

    def __init__(self, width: int, eps: float):
        """weight (D) is trained, and starts at 1. eps is a small number."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """x (.., D) -> (.., D): the mean is that of the D numbers of a token, and no token changes another.

        With eps = 0 and a weight of ones, x = [1, 5, 5, 7] gives [0.2, 1, 1, 1.4]: the squares are 1, 25, 25 and 49, their mean
        is 25, and its root is 5. eps stands under the root, so a vector of zeros gives zeros, and nothing is divided by 0.

        x may be of a short number type such as float16, in which the square of 300 is already infinite. So compute in float32
        (x.float() makes it so), and give the result back in the type of x. x itself stays as it is: others still read it.
        """
        raise NotImplementedError
