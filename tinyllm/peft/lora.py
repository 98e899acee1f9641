"""LoRA: a layer's weight stays as it is, and what training adds to it is a product of two thin matrices (Hu et al. 2021).

    h = W x + (alpha / R) B A x        W (out, in) frozen,  A (R, in) and B (out, R) trained

W of 512 x 64 holds 32,768 numbers. With R = 8, A holds 8 * 64 = 512 and B 512 * 8 = 4,096: 4,608 in all, 86 % fewer.

A starts random and B at zero, so the model starts as exactly the base model; were both zero, neither would ever get a
gradient. To serve it, B A is multiplied out and added to W once (`merge_lora`): what computes then is a plain model of
the base's shape and speed.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import is_whole, require
from tinyllm.peft.parts import check_plain, current_parts, merged_parts, put, take_off

LARGEST = 1e30  # for alpha: anything near what a float32 holds is a mistake


class LoRALinear(nn.Module):
    """A linear layer with a trainable update of rank R beside its frozen weight: (.., in) -> (.., out).

    Raises InputError for a rank below 1 or above min(in, out), the highest that a weight can have, and for a base that is
    no Linear.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, dropout: float = 0.0):
        super().__init__()
        check_layer(base, rank, alpha, dropout)
        self.base = base.requires_grad_(False)
        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.A = nn.Parameter(base.weight.new_empty(rank, base.in_features))
        self.B = nn.Parameter(base.weight.new_zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))  # uniform up to 1 / sqrt(in), as in the paper's own code
        self.dropout = nn.Dropout(dropout)
        self.unmerged_weight: Tensor | None = None  # W as it was, while B A is merged into it

    def forward(self, x: Tensor) -> Tensor:
        if self.unmerged_weight is not None:
            return self.base(x)
        return self.base(x) + F.linear(F.linear(self.dropout(x), self.A) * self.scale, self.B)  # scaled where it is R wide

    def update(self) -> Tensor:
        """(alpha / R) B A, the whole change of the weight, (out, in)."""
        return self.scale * self.B @ self.A

    def merged_weight(self) -> Tensor:
        """W + (alpha / R) B A. Raises InputError if it holds a number that is not finite."""
        merged = (self.base.weight + self.update()).detach()
        check_finite(merged)
        return merged

    @torch.no_grad()
    def merge(self):
        """Add the update to W. Merging twice adds it once. Raises InputError, and changes nothing, if W were not finite."""
        if self.unmerged_weight is None:
            merged = self.merged_weight()
            self.unmerged_weight = self.base.weight.detach().clone()
            self.base.weight.copy_(merged)

    @torch.no_grad()
    def unmerge(self):
        """Give W back bit for bit, from a copy: subtracting the update again would leave rounding errors."""
        if self.unmerged_weight is not None:
            self.base.weight.copy_(self.unmerged_weight)
            self.unmerged_weight = None


class DoRALinear(nn.Module):
    """LoRA that learns a length and a direction for each row of the weight apart (Liu et al. 2024, eq. 5).

    W' = m * V / |V|, V = W + (alpha / R) B A. The lengths m (out) start as those of W's rows, so W' starts as W. (The paper
    says columns; a Linear keeps for each output a row.)
    """

    def __init__(self, lora: LoRALinear):
        super().__init__()
        self.lora = lora
        self.m = nn.Parameter(lora.base.weight.norm(dim=1))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight(), self.lora.base.bias)

    def weight(self) -> Tensor:
        """W' (out, in). The length of V counts as a constant in the gradient, as in the paper (section 4.3)."""
        direction = self.lora.base.weight + self.lora.update()
        return (self.m / direction.detach().norm(dim=1))[:, None] * direction


def linear_layers(model: nn.Module, targets: str | Sequence[str]) -> dict[str, nn.Linear]:
    """The Linear layers with these names, by path. targets: such as ("q", "v"); "all" means every one but the head.

    Raises InputError for a name that no layer has, and for a layer whose weight is another's too: the tied head, which
    could not be merged without changing the embeddings.
    """
    check_without_lora(model)
    linears = {path: module for path, module in model.named_modules() if isinstance(module, nn.Linear)}
    names = {path.rpartition(".")[2] for path in linears}
    wanted = {targets} if isinstance(targets, str) else set(targets or ())
    if wanted == {"all"}:
        wanted = names - {"head"}
    check_names(wanted, names)
    found = {path: layer for path, layer in linears.items() if path.rpartition(".")[2] in wanted}
    check_unshared(model, found)
    return found


def add_lora(model: nn.Module, rank: int, alpha: float, targets: str | Sequence[str] = ("q", "v"),
             dropout: float = 0.0) -> nn.Module:
    """Put a LoRALinear around each target layer, freeze all else, and return the model, which still gives what it gave.

    targets as in `linear_layers`. Raises InputError, and leaves the model as it was, if that cannot be done or if there
    is LoRA already. Do this before you make an optimizer.
    """
    check_plain(model)
    layers = linear_layers(model, targets)
    for layer in layers.values():  # all before the first is wrapped
        check_layer(layer, rank, alpha, dropout)
    put(model, {path: LoRALinear(layer, rank, alpha, dropout) for path, layer in layers.items()})
    return model


def add_dora(model: nn.Module, rank: int, alpha: float, targets: str | Sequence[str] = ("q", "v")) -> nn.Module:
    """`add_lora`, but with DoRALinear layers. They are taken off by `remove_lora`; merging them is not offered."""
    add_lora(model, rank, alpha, targets)
    put(model, {path: DoRALinear(layer) for path, layer in take_off(model).items()})
    return model


def rank_stabilized(alpha: float, rank: int) -> float:
    """The alpha that makes LoRA's scale alpha / sqrt(R) in place of alpha / R (rsLoRA, Kalajdzievski 2023).

    With alpha / R, he finds, the update shrinks as R grows, and high ranks learn slowly.
    """
    return alpha * math.sqrt(rank)


def merge_lora(model: nn.Module) -> nn.Module:
    """Merge every update into its weight and put the plain layers back in place: no latency is left.

    The LoRA layers, and a copy of each weight as it was, are kept for `unmerge_lora`; save_model writes none of them.
    Merging twice merges once. Raises InputError, and changes nothing, if a weight would not be finite, or without LoRA.
    """
    if merged_parts(model):
        return model
    check_merge(model)  # all layers before the first is changed
    for layer in _layers(model, LoRALinear).values():
        layer.merge()
    merged_parts(model).update(take_off(model))
    return model


def unmerge_lora(model: nn.Module) -> nn.Module:
    """Undo `merge_lora`: W is what it was, bit for bit, and the LoRA layers are back. Nothing happens if nothing is merged."""
    layers = dict(merged_parts(model))
    merged_parts(model).clear()
    for layer in current_parts(model).values():  # those merged one by one
        if isinstance(layer, LoRALinear):
            layer.unmerge()
    for layer in layers.values():
        layer.unmerge()
        layer.to(layer.base.weight.device)
    if layers:
        put(model, layers)
    return model


def remove_lora(model: nn.Module) -> nn.Module:
    """Take LoRA (or DoRA) off: the base's weights are as they were, bit for bit, and frozen. What is merged is unmerged."""
    unmerge_lora(model)
    check_has_layers(model, LoRALinear | DoRALinear)
    take_off(model)
    return model


def _layers(model: nn.Module, kind: type) -> dict[str, nn.Module]:
    """The layers of this kind that were put into the model."""
    return {path: part for path, part in current_parts(model).items() if isinstance(part, kind)}


def check_layer(layer: nn.Module, rank: int, alpha: float, dropout: float):
    """Raise InputError for what LoRALinear cannot be made of."""
    require(isinstance(layer, nn.Linear),
            f"LoRA wraps an nn.Linear, not a {type(layer).__name__}; "
            "take off what is there before adding it.")
    shape, largest = f"{layer.out_features} x {layer.in_features}", min(layer.in_features, layer.out_features)
    require(is_whole(rank) and rank <= largest,
            f"The rank is {rank!r}, but for a layer of {shape} "
            f"it must be a whole number from 1 to {largest}.")
    numbers = all(isinstance(value, int | float) for value in (alpha, dropout))
    require(numbers and 0 <= dropout < 1 and 0 < alpha < LARGEST,
            f"alpha must be above 0 and dropout at least 0 and below 1, not {alpha!r} and {dropout!r}.")


def check_without_lora(model: nn.Module):
    """Raise InputError for a model that has LoRA or DoRA layers, however they came in."""
    has_lora = any(isinstance(module, LoRALinear | DoRALinear) for module in model.modules())
    require(not has_lora, "The model has LoRA layers already; take them off before adding others.")


def check_names(wanted: set[str], names: set[str]):
    """Raise InputError if no layer is wanted, or one by a name that none of them has."""
    unknown = " or ".join(sorted(wanted - names)) or "nothing"
    require(len(wanted) > 0 and wanted <= names,
            f"There is no linear layer called {unknown}; there are: {', '.join(sorted(names))}.")


def check_unshared(model: nn.Module, layers: dict[str, nn.Linear]):
    """Raise InputError for a layer whose weight is another's too, as a tied head's is the embedding table."""
    owners = [id(weight) for module in model.modules() for weight in module.parameters(recurse=False)]
    for path, layer in layers.items():
        require(owners.count(id(layer.weight)) <= 1,
                f"The weight of {path} is shared with another layer, so it cannot have an update of its own.")


def check_has_layers(model: nn.Module, kind: type):
    """Raise InputError for a model that no layers of this kind were put into."""
    require(len(_layers(model, kind)) > 0,
            "The model has no LoRA layers for this (DoRA is taken off, never merged); "
            "add them with add_lora.")


def check_merge(model: nn.Module):
    """Raise InputError for a model without LoRA, and if one of its merged weights would not be finite."""
    check_has_layers(model, LoRALinear)
    for layer in _layers(model, LoRALinear).values():
        layer.merged_weight()  # which checks itself


def check_finite(merged: Tensor):
    """Raise InputError if a merged weight holds numbers that are not finite."""
    require(bool(merged.isfinite().all()),
            "The merged weight would hold numbers that are infinite or no numbers, so nothing was merged; "
            "train again with a lower learning rate.")
