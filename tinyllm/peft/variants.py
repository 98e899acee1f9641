"""Two variants of LoRA: rsLoRA has another scale, and DoRA learns direction and length separately.

    rsLoRA    h = W x + (alpha / sqrt(R)) B A x                                (Kalajdzievski 2023)
    DoRA      h = W' x,   W' = m * V / |V|,   V = W + (alpha / R) B A          (Liu et al. 2024, eq. 5)

In DoRA B A changes the direction of each row of W, and m (out) holds a trained length for each row. m
starts as the lengths of W's rows, so that W' starts as W. |V| (out) holds the lengths of V's rows. (The
paper speaks of columns, because it writes the weight the other way round: a Linear keeps one row for each
output.)
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import require
from tinyllm.peft.lora import LoRALinear, Targets, add_lora
from tinyllm.peft.parts import parts_of, place, take_off


def rank_stabilized(alpha: float, rank: int) -> float:
    """The alpha that makes LoRA's scale alpha / sqrt(R) in place of alpha / R.

    Kalajdzievski finds that the update shrinks as R grows if it is divided by R, so that high ranks learn
    slowly.

        >>> LoRALinear(nn.Linear(64, 64), rank=16, alpha=rank_stabilized(8, 16)).scale
        2.0
    """
    return alpha * math.sqrt(rank)


class DoRALinear(nn.Module):
    """A LoRALinear whose weight's rows have trained lengths m: (.., in) -> (.., out)."""

    def __init__(self, lora: LoRALinear):
        super().__init__()
        self.lora = lora
        self.m = nn.Parameter(lora.base.weight.norm(dim=1))  # (out)

    @property
    def base(self) -> nn.Linear:
        return self.lora.base

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.new_weight(), self.base.bias)

    def new_weight(self) -> Tensor:
        """W' (out, in). No gradient flows through the length |V|, which saves memory (section 4.3)."""
        V = self.base.weight + self.lora.update()
        length = V.detach().norm(dim=1)  # (out)
        return (self.m / length)[:, None] * V


def add_dora(model: nn.Module, rank: int, alpha: float, targets: Targets = ("q", "v")) -> nn.Module:
    """`add_lora`, but with a DoRALinear around each LoRALinear. To merge them is not offered."""
    add_lora(model, rank, alpha, targets)
    place(model, {path: DoRALinear(layer) for path, layer in parts_of(model, LoRALinear).items()})
    return model


def remove_dora(model: nn.Module) -> nn.Module:
    """Put the base's own layers back. Their weights are what they were, bit for bit, and frozen."""
    check_has_dora(model)
    take_off(model, DoRALinear)
    return model


def check_has_dora(model: nn.Module):
    """Raise InputError for a model without DoRA."""
    has_dora = len(parts_of(model, DoRALinear)) > 0
    require(has_dora, "The model has no DoRA layers; add them with add_dora.")
