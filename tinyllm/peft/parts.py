"""How a PEFT method gets into a model and out again: it takes a place, and keeps what stood there.

A method adds a few new modules, its parts. Each part stands where a module of the base model stood, and
keeps that module as its `base`:

    path                    base model    with LoRA                  with adapters
    blocks.0.attention.q    Linear        LoRALinear(base=Linear)    Linear
    blocks.0.attention      Attention     Attention                  WithAdapter(base=Attention)

Nothing is noted anywhere else. Whoever prints the model sees what is on it, and a copy of the model has
its own parts with their own bases. To take a part off is to put its base back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import nn

from tinyllm.check import require


def parts_of(model: nn.Module, kind: type = nn.Module) -> dict[str, nn.Module]:
    """The parts of one kind that are on the model, by path. A part is a module that has a `base`.

    A part may hold another one, as DoRA's holds a LoRALinear. Only the outer one is a part of the model.
    """
    parts: dict[str, nn.Module] = {}
    for path, module in model.named_modules():  # an outer module comes before those inside it
        is_inside = any(outer == "" or path.startswith(f"{outer}.") for outer in parts)
        if hasattr(module, "base") and not is_inside:
            parts[path] = module
    return {path: part for path, part in parts.items() if isinstance(part, kind)}


def place(model: nn.Module, parts: Mapping[str, nn.Module]):
    """Put each part at its path. It takes the mode that the model is in: whether dropout acts."""
    for path, part in parts.items():
        model.set_submodule(path, part.train(model.training))


def take_off(model: nn.Module, kind: type = nn.Module):
    """Put the base of every part of one kind back in its place."""
    place(model, {path: part.base for path, part in parts_of(model, kind).items()})


@contextmanager
def base_only(model: nn.Module) -> Iterator[nn.Module]:
    """The model is its base inside the `with`, and has its parts on again after it.

        >>> with base_only(model):
        ...     answers = generate(model, prompts, 20)

    Raises InputError for a soft prompt, and while LoRA is merged: the base's own weights are not in the
    model then.
    """
    check_inside(model)
    check_unmerged(model)
    parts = parts_of(model)
    take_off(model)
    try:
        yield model
    finally:
        place(model, parts)


def check_plain(model: nn.Module):
    """Raise InputError unless the model is a base alone: only one method can be on it at a time."""
    check_inside(model)
    check_unmerged(model)
    kinds = ", ".join(sorted({type(part).__name__ for part in parts_of(model).values()}))
    require(kinds == "", f"There are parts on the model already ({kinds}); "
            "take them off before adding others.")


def check_unmerged(model: nn.Module):
    """Raise InputError if LoRA is merged into the model's weights, by merge_lora or layer by layer."""
    is_merged = any(getattr(part, "is_merged", False) for part in parts_of(model).values())
    require(not is_merged, "LoRA is merged into the model's weights; "
            "unmerge_lora first, or save the model and load it as a base.")


def check_inside(model: nn.Module):
    """Raise InputError for a soft prompt, which stands around its model and not inside it."""
    is_around = "" in parts_of(model)  # "" is the path of the whole model
    require(not is_around, "This is a soft prompt around a model; the model itself is its .base.")
