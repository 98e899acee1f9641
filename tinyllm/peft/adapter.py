"""Adapters: small new layers inside the blocks, trained while every original weight is frozen (Houlsby et al. 2019).

    y = h + up(gelu(down(h)))        down (M, D), up (D, M), each with a bias: 2 M D + D + M new numbers

h is what attention or feed-forward gives; M is the bottleneck, much smaller than the width D. Unlike LoRA's update an adapter
is not linear, so it cannot be merged into what is there: it costs a little time at every token for ever. (Houlsby et al. also
train the layer norms. Here they stay frozen, so that taking the adapters off leaves the base as it was.)
"""

import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import require
from tinyllm.peft.parts import check_plain, current_parts, put, take_off


class BottleneckAdapter(nn.Module):
    """h (.., D) -> (.., D), at the start the identity: `up` is zero. Raises InputError for a bottleneck below 1."""

    def __init__(self, width: int, bottleneck: int):
        super().__init__()
        check_bottleneck(bottleneck)
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, h: Tensor) -> Tensor:
        return h + self.up(F.gelu(self.down(h)))


class WithAdapter(nn.Module):
    """A frozen part of a block with an adapter behind it: the adapter's output, not the part's, is what the block adds to x."""

    def __init__(self, base: nn.Module, adapter: BottleneckAdapter):
        super().__init__()
        self.base, self.adapter = base, adapter

    def forward(self, *inputs) -> Tensor:
        return self.adapter(self.base(*inputs))


def add_adapters(model: nn.Module, bottleneck: int) -> nn.Module:
    """Put an adapter behind attention and feed-forward of every block, freeze all else, and return the model."""
    check_plain(model)
    like, width = next(model.parameters()), model.config.width
    put(model, {f"blocks.{i}.{name}": WithAdapter(getattr(block, name), BottleneckAdapter(width, bottleneck).to(like))
                for i, block in enumerate(model.blocks) for name in ("attention", "feed_forward")})
    return model


def remove_adapters(model: nn.Module) -> nn.Module:
    """Take the adapters off: the base's weights are as they were, bit for bit, and frozen."""
    check_has_adapters(model)
    take_off(model)
    return model


def check_bottleneck(bottleneck: int):
    """Raise InputError for a bottleneck that is no whole number of at least 1."""
    fits = isinstance(bottleneck, int) and bottleneck >= 1
    require(fits, f"The bottleneck is {bottleneck!r}, but it must be a whole number of at least 1.")


def check_has_adapters(model: nn.Module):
    """Raise InputError for a model without adapters."""
    has_adapters = any(isinstance(part, WithAdapter) for part in current_parts(model).values())
    require(has_adapters, "The model has no adapters; add them with add_adapters.")
