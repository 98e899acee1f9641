"""Exercise: a bottleneck adapter.

An adapter is a small new layer behind a part of the model that is frozen. Lesson 14 shows what goes wrong if it starts in the
wrong way. Here you write it: two linear layers, a bend between them, and a way past them. About 8 lines in all. What you have
not written yet is taken from the library.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "How many numbers does BottleneckAdapter(width=192, bottleneck=8) train?": None,
    "A new adapter gets h = [1, -2, 3]. What does it return? (A list of three numbers.)": None,
    "Twice the bottleneck: about how many times as many numbers? (A whole number.)": None,
}


class BottleneckAdapter(nn.Module):
    """h (.., D) -> (.., D), where D is the width and M, the bottleneck, is much smaller.

        y = h + up(gelu(down(h)))        (Houlsby et al. 2019, section 2.1)

    `down` makes the D numbers of a token M numbers, and `up` makes them D again. Both are nn.Linear and have a bias. Others
    rely on these two attributes. gelu is F.gelu.

        >>> adapter = BottleneckAdapter(width=192, bottleneck=8)
        >>> adapter.down.weight.shape, adapter.up.weight.shape  # a Linear's weight is (out, in)
        (torch.Size([8, 192]), torch.Size([192, 8]))
    """

    def __init__(self, width: int, bottleneck: int):
        """Make `down` and `up`, such that a new adapter returns exactly the h that it gets, and yet can learn."""
        raise NotImplementedError

    def forward(self, h: Tensor) -> Tensor:
        """h (.., D) -> h + up(gelu(down(h))), (.., D). h itself stays as it is.

        With D = 2 and M = 1: if down has the weight [[1, 1]] and the bias [-4], then h = [1, 2] becomes -1 on the way. gelu(-1)
        is -0.1587. If up has the weight [[10], [0]] and the bias [0, 5], then up gives [-1.587, 5], and the result is
        [-0.587, 7].
        """
        raise NotImplementedError
