"""Exercise: LoRA as a layer.

Lesson 13 shows one layer by hand. Here you write it: a linear layer whose weight W stays as it is, and beside it two thin
matrices A and B that are trained. About 20 lines in all. Write one method at a time; what you have not written yet is
taken from the library.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "How many numbers does LoRALinear(nn.Linear(64, 512, bias=False), rank=8, alpha=16) train?": None,
    "What is the scale, by which B A x is multiplied, at rank 8 and alpha 16?": None,
    "A new layer has not been trained: how far is its output from its base's, at most?": None,
}


class LoRALinear(nn.Module):
    """A linear layer with a trainable update of rank R beside its frozen weight: (.., in) -> (.., out).

        h = W x + (alpha / R) B A x        W (out, in) frozen,  A (R, in) and B (out, R) trained

    Others rely on these attributes: base, rank, alpha, scale, dropout (an nn.Dropout), A, B, and original, which is None
    unless the layer is merged.

        >>> layer = LoRALinear(nn.Linear(64, 512), rank=8, alpha=16)
        >>> layer.A.shape, layer.B.shape, layer.scale
        (torch.Size([8, 64]), torch.Size([512, 8]), 2.0)
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, dropout: float = 0.0):
        """Keep and freeze the base, and make A and B such that the new layer computes what its base does, and can learn."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x (.., in) -> (.., out), with the update, which goes through the dropout first. When merged, W holds it already.

        With W = [[1, 0], [0, 1]], A = [[1, 1]], B = [[1], [2]] and a scale of 3, x = [1, 1] gives [7, 13].
        """
        raise NotImplementedError

    def update(self) -> Tensor:
        """(alpha / R) B A, the whole change of the weight, (out, in)."""
        raise NotImplementedError

    def merge(self):
        """Add the update to the base's weight, and keep a copy of what it was in `original`. To merge twice adds it once.

        No gradient is to be computed for this: decorate it with @torch.no_grad().
        """
        raise NotImplementedError

    def unmerge(self):
        """Put the original weight back, bit for bit, if the layer is merged."""
        raise NotImplementedError
