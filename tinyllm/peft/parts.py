"""How a PEFT method gets into a model and out again.

A method is a few new parts: modules, or parameters, each with a path. They are put in the place of the base model's own
parts, which they use and do not change, and which are kept, so that the base can be had back at any moment.

    path                   the base's own part       the part in its place
    blocks.0.attention.q   Linear(192, 192)          with LoRA: a LoRALinear around that same Linear
    norm.weight            Parameter(192)            with weights trained by a selective method and loaded: another Parameter

Switching is therefore a matter of names: no weight is copied.
"""

from collections.abc import Mapping
from contextlib import contextmanager

from torch import nn

from tinyllm.check import require

Parts = Mapping[str, nn.Module | nn.Parameter]


def put(model: nn.Module, parts: Parts):
    """Put parts in place and freeze all else. Raises InputError if there are parts of a method already."""
    check_plain(model)
    base = {path: _at(model, path) for path in parts}
    model.requires_grad_(False)
    _place(model, parts)
    base_parts(model).update(base)


def take_off(model: nn.Module) -> Parts:
    """Put the base's own parts back, and return those that were in their place."""
    base, parts = base_parts(model), current_parts(model)
    _place(model, base)
    base.clear()
    return parts


@contextmanager
def base_only(model: nn.Module):
    """The base model inside the `with`, the adapted one again after it. Raises InputError while LoRA is merged into it.

        >>> with base_only(model):
        ...     answer = generate(model, prompts, 20)
    """
    check_inside(model)
    check_unmerged(model)
    parts, like = current_parts(model), next(model.parameters()).dtype
    _place(model, base_parts(model))
    try:
        yield model
    finally:
        _place(model, parts, cast=next(model.parameters()).dtype != like)  # unless the base's type changed, theirs is theirs


def base_parts(model: nn.Module) -> dict:
    """What the base has at the paths where a method has put something. A plain dict: no part of the model's state."""
    return model.__dict__.setdefault("_base_parts", {})


def current_parts(model: nn.Module) -> Parts:
    """What a method has put into the model, by path."""
    return {path: _at(model, path) for path in base_parts(model)}


def merged_parts(model: nn.Module) -> dict:
    """The LoRA layers whose updates are merged into the model's weights."""
    return model.__dict__.setdefault("_merged_parts", {})


def _place(model: nn.Module, parts: Parts, cast: bool = True):
    """Put parts in place, in the model's own mode, device and (with cast) type: it may have changed while they were away."""
    like = next(model.parameters())
    like = like if cast else like.device
    for path, part in parts.items():
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, part)
        if isinstance(part, nn.Module):
            part.to(like).train(model.training)
        else:
            part.data = part.data.to(like)


@contextmanager
def same_trainable(model: nn.Module):
    """What is trainable after the `with` is what was before it."""
    before = {parameter: parameter.requires_grad for parameter in model.parameters()}
    try:
        yield
    finally:
        for parameter, requires_grad in before.items():
            parameter.requires_grad = requires_grad


def _at(model: nn.Module, path: str) -> nn.Module | nn.Parameter:
    parent, _, name = path.rpartition(".")
    return getattr(model.get_submodule(parent), name)


def check_plain(model: nn.Module):
    """Raise InputError if the model is not the plain base model: it has parts of a method, or merged ones."""
    require(not base_parts(model),
            "The model has LoRA layers, adapters or loaded weights already; "
            "take them off before adding others.")
    require(not hasattr(model, "prompt"),
            "This is a soft prompt around a model; give the model itself, its .base.")
    check_unmerged(model)


def check_unmerged(model: nn.Module):
    """Raise InputError if LoRA is merged into the model's weights, by merge_lora or layer by layer."""
    merged = merged_parts(model) or any(getattr(part, "unmerged_weight", None) is not None
                                        for part in current_parts(model).values())
    require(not merged,
            "LoRA is merged into the model's weights; "
            "unmerge_lora first, or save the model and load it as a base.")


def check_inside(model: nn.Module):
    """Raise InputError for a soft prompt, which stands around its model."""
    require(not hasattr(model, "prompt"),
            "A soft prompt stands around its model and is no part of it; the base alone is its .base.")
