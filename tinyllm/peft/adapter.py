"""Adapters: small new layers inside the blocks, trained while every original weight is frozen.

    y = h + up(gelu(down(h)))        down (M, D), up (D, M), each with a bias: 2 M D + D + M new numbers

(Houlsby et al. 2019, section 2.1.) h is what attention or the feed-forward layer gives. M is the
bottleneck, much smaller than the width D. With D = 192 and M = 8 one adapter holds 3,272 numbers.

An adapter is not linear, so unlike LoRA's update it cannot be merged into a weight: it costs a little time
at every token. (Houlsby et al. train the layer norms too. Here they stay frozen, so that the base is left
as it was when the adapters are taken off.)
"""

import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import is_whole, require
from tinyllm.peft.parts import check_plain, parts_of, place, take_off


class BottleneckAdapter(nn.Module):
    """h (.., D) -> (.., D). It starts as the identity, because `up` starts at zero.

    Raises InputError for a bottleneck below 1.
    """

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
    """Attention or feed-forward, the `base`, with an adapter behind it.

    What comes out of the adapter is what the block adds to x.
    """

    def __init__(self, base: nn.Module, adapter: BottleneckAdapter):
        super().__init__()
        self.base, self.adapter = base, adapter

    def forward(self, *inputs) -> Tensor:
        return self.adapter(self.base(*inputs))


def add_adapters(model: nn.Module, bottleneck: int) -> nn.Module:
    """Put an adapter behind attention and feed-forward of every block, freeze all else; return the model.

    Raises InputError, and leaves the model as it was, for a bottleneck below 1 or a model with parts on.
    """
    check_plain(model)
    check_bottleneck(bottleneck)
    model.requires_grad_(False)
    weight = model.embedding.weight  # new layers take its type and its device
    for block in model.blocks:
        for name in ("attention", "feed_forward"):
            adapter = BottleneckAdapter(model.config.width, bottleneck).to(weight)
            place(block, {name: WithAdapter(block.get_submodule(name), adapter)})
    return model


def remove_adapters(model: nn.Module) -> nn.Module:
    """Take the adapters off. The base's weights are what they were, bit for bit, and frozen."""
    check_has_adapters(model)
    take_off(model, WithAdapter)
    return model


def check_bottleneck(bottleneck: int):
    """Raise InputError for a bottleneck that is no whole number of at least 1."""
    message = f"The bottleneck is {bottleneck!r}, but it must be a whole number of at least 1."
    require(is_whole(bottleneck), message)


def check_has_adapters(model: nn.Module):
    """Raise InputError for a model without adapters."""
    has_adapters = len(parts_of(model, WithAdapter)) > 0
    require(has_adapters, "The model has no adapters; add them with add_adapters.")
