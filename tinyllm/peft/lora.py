"""LoRA: a weight stays as it is, and what training adds to it is a product of two thin matrices.

    h = W x + (alpha / R) B A x        W (out, in) frozen,  A (R, in) and B (out, R) trained

(Hu et al. 2021, section 4.1.) W of 512 x 64 holds 32,768 numbers. With rank R = 8, A holds 8 * 64 = 512
and B holds 512 * 8 = 4,096. That is 4,608 in all, 86 % fewer.

B A can push the output in R directions only. alpha sets how loudly the update speaks: at alpha = R it is
B A as it is, and at alpha = 2 R it is twice that. Dividing by R is meant to keep this comparable when R
changes; variants.py shows where that falls short.

A LoRALinear stands in the place of a Linear and keeps it as its `base`, so each step can be taken back:

    Linear  --add_lora-->    LoRALinear(base=Linear)  --merge_lora-->    MergedLinear(base=LoRALinear)
            <--remove_lora--                          <--unmerge_lora--
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import is_whole, require
from tinyllm.peft.parts import check_plain, parts_of, place, take_off

Targets = str | Sequence[str]  # names of linear layers, such as "q", or whole paths


class LoRALinear(nn.Module):
    """A linear layer with a trainable update of rank R beside its frozen weight: (.., in) -> (.., out).

        >>> layer = LoRALinear(nn.Linear(64, 512), rank=8, alpha=16)
        >>> layer.A.shape, layer.B.shape, layer.scale
        (torch.Size([8, 64]), torch.Size([512, 8]), 2.0)

    A starts random and B at zero, so the layer starts as exactly its base. (If both were zero, neither
    would ever get a gradient.) Raises InputError for a base that is no Linear, and for a rank that is
    not from 1 to min(in, out), the highest rank that a weight can have.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, dropout: float = 0.0):
        super().__init__()
        check_layer(base, rank, alpha, dropout)
        self.base = base.requires_grad_(False)
        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.dropout = nn.Dropout(dropout)
        # W may be kept in bfloat16 to save memory. A and B are trained, so they need all digits of float32.
        kind = torch.promote_types(base.weight.dtype, torch.float32)
        self.A = nn.Parameter(base.weight.new_empty(rank, base.in_features, dtype=kind))  # (R, in)
        self.B = nn.Parameter(base.weight.new_zeros(base.out_features, rank, dtype=kind))  # (out, R)
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))  # from -1 / sqrt(in) to 1 / sqrt(in)
        self.register_buffer("original", None)  # while merged, a copy of W

    def forward(self, x: Tensor) -> Tensor:
        h = self.base(x)
        if self.is_merged:  # W holds the update already
            return h
        if self.base.weight.dtype != self.A.dtype:
            x = x.to(self.A.dtype)
        thin = F.linear(self.dropout(x), self.A) * self.scale  # (.., R): cheaper to scale than (.., out)
        return h + F.linear(thin, self.B).to(h.dtype)

    def update(self) -> Tensor:
        """(alpha / R) B A, the whole change of the weight, (out, in)."""
        return self.scale * self.B @ self.A

    @property
    def is_merged(self) -> bool:
        """Whether the update is added to W. Then a saved state of the layer holds the original W too."""
        return self.original is not None

    @torch.no_grad()
    def merge(self):
        """Add the update to W. To merge twice adds it once.

        Raises InputError, and changes nothing, if a number of the sum is not finite.
        """
        if not self.is_merged:
            check_finite(self)
            self.original = self.base.weight.clone()
            self.base.weight.add_(self.update())

    @torch.no_grad()
    def unmerge(self):
        """Copy the original W back, bit for bit. To subtract the update would leave rounding errors."""
        if self.is_merged:
            self.base.weight.copy_(self.original)
            self.original = None


def linear_layers(model: nn.Module, targets: Targets) -> dict[str, nn.Linear]:
    """The linear layers with these names, by path. "all" means every one but the head."""
    wanted = [targets] if isinstance(targets, str) else targets
    layers = {}
    for path, module in model.named_modules():
        name = path.split(".")[-1]  # "q" for the path blocks.0.attention.q
        is_wanted = name in wanted or path in wanted or ("all" in wanted and name != "head")
        if isinstance(module, nn.Linear) and is_wanted:
            layers[path] = module
    return layers


def add_lora(model: nn.Module, rank: int, alpha: float, targets: Targets = ("q", "v"),
             dropout: float = 0.0) -> nn.Module:
    """Put a LoRALinear in the place of each target layer, freeze all else, and return the model.

    The model still computes what it did, as every B is zero. Make the optimizer after this call, or it
    will not know A and B. Raises InputError, and leaves the model as it was, for targets that are missing
    or share a weight.
    """
    check_add(model, rank, alpha, targets, dropout)
    model.requires_grad_(False)
    layers = linear_layers(model, targets)
    place(model, {path: LoRALinear(layer, rank, alpha, dropout) for path, layer in layers.items()})
    return model


class MergedLinear(nn.Linear):
    """A plain linear layer with the weight W + (alpha / R) B A. Its `base` is the LoRALinear it replaces.

    To compute, a merged LoRALinear would be enough. But with this class the model has plain layers only, so
    that it is saved and loaded like any Transformer.
    """

    is_merged = True

    def __init__(self, lora: LoRALinear):
        super().__init__(lora.base.in_features, lora.base.out_features, device="meta")  # without numbers
        self.weight, self.bias = lora.base.weight, lora.base.bias
        self.replaced = (lora,)  # a tuple hides it from PyTorch, so that a saved model is a plain model

    @property
    def base(self) -> LoRALinear:
        return self.replaced[0]


def merge_lora(model: nn.Module) -> nn.Module:
    """Add every update to its weight, and return the model, which is now as fast as its base.

    The LoRALinears and the original weights are kept for `unmerge_lora`, but a saved model holds none of
    them. To merge twice merges once. Raises InputError, and changes nothing, if a weight would not be
    finite, or if there is no LoRA.
    """
    check_merge(model)
    for path, layer in parts_of(model, LoRALinear).items():
        layer.merge()
        place(model, {path: MergedLinear(layer)})
    return model


def unmerge_lora(model: nn.Module) -> nn.Module:
    """Undo `merge_lora`: every weight is what it was, bit for bit, and the LoRALinears are back."""
    for path, merged in parts_of(model, MergedLinear).items():
        place(model, {path: merged.base.to(merged.weight.device)})  # the model may have moved without it
    for layer in parts_of(model, LoRALinear).values():
        layer.unmerge()
    return model


def remove_lora(model: nn.Module) -> nn.Module:
    """Put the base's own layers back. Their weights are what they were, bit for bit, and frozen."""
    check_has_lora(model)
    unmerge_lora(model)
    take_off(model, LoRALinear)
    return model


def check_layer(layer: nn.Module, rank: int, alpha: float, dropout: float):
    """Raise InputError for what a LoRALinear cannot be made of."""
    require(isinstance(layer, nn.Linear), f"LoRA wraps an nn.Linear, not a {type(layer).__name__}.")
    shape, largest = f"{layer.out_features} x {layer.in_features}", min(layer.weight.shape)
    is_rank = is_whole(rank) and rank <= largest
    require(is_rank, f"The rank is {rank!r}, but for a layer of {shape} "
            f"it must be a whole number from 1 to {largest}.")
    is_scale = isinstance(alpha, int | float) and 0 < alpha < 1e30  # far below what float32 holds, 3e38
    require(is_scale, f"alpha is {alpha!r}, but it must be a number above 0 and below 1e30.")
    is_share = isinstance(dropout, int | float) and 0 <= dropout < 1
    require(is_share, f"dropout is {dropout!r}, but it must be a number of at least 0 and below 1.")


def check_add(model: nn.Module, rank: int, alpha: float, targets: Targets, dropout: float):
    """Raise InputError for a model with parts on, and for targets that it has not or that share a weight."""
    check_plain(model)
    paths = [path for path, module in model.named_modules() if isinstance(module, nn.Linear)]
    names = sorted({path.split(".")[-1] for path in paths})
    wanted = [targets] if isinstance(targets, str) else list(targets or ["nothing"])
    unknown = [str(target) for target in wanted if target not in (*names, *paths, "all")]
    require(not unknown, f"There is no linear layer called {' or '.join(unknown)}; "
            f"there are: {', '.join(names)}.")
    owners = [id(weight) for module in model.modules() for weight in module.parameters(recurse=False)]
    for path, layer in linear_layers(model, targets).items():
        check_layer(layer, rank, alpha, dropout)
        is_shared = owners.count(id(layer.weight)) > 1  # as a tied head's, which is the embedding table
        require(not is_shared, f"The weight of {path} is shared with another layer, "
                "so it cannot have an update of its own.")


def check_has_lora(model: nn.Module):
    """Raise InputError for a model without LoRA."""
    has_lora = len(parts_of(model, LoRALinear | MergedLinear)) > 0
    require(has_lora, "The model has no LoRA layers; add them with add_lora.")


def check_merge(model: nn.Module):
    """Raise InputError, before the first weight is changed, if one of them could not be merged."""
    check_has_lora(model)
    for layer in parts_of(model, LoRALinear).values():
        check_finite(layer)


def check_finite(layer: LoRALinear):
    """Raise InputError if the merged weight would hold numbers that are not finite."""
    merged = layer.base.weight if layer.is_merged else layer.base.weight + layer.update()
    require(bool(merged.isfinite().all()), "The merged weight would hold numbers that are not finite, "
            "so nothing was merged; train again with a lower learning rate.")
