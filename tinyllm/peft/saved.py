"""Saving what was trained, and nothing else.

From here on an adapter is whatever a method trained; the bottleneck layers of adapter.py are one kind. A
saved adapter is one small file. It holds the recipe by which its parts are made, the weights of these
parts, and the fingerprint of the base model that they belong to:

    {"recipe":  {"method": "lora", "rank": 8, "alpha": 16.0, "targets": ["blocks.0.attention.q", ...], ...},
     "weights": {"blocks.0.attention.q.A": (8, 192), "blocks.0.attention.q.B": (192, 8), ...},
     "base":    "5e0c..."}

The recipe is the call that made the parts at first, here add_lora(model, rank=8, alpha=16.0, ...). To load
the file is to make this call again, and then to fill in the weights. The fingerprint is a hash of the
base's config and of every weight that the file does not hold. An update of one model makes no sense on
another. Names and shapes may be the same there, so that only the fingerprint shows that it is another.
"""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

import torch
from torch import Tensor, nn

from tinyllm.check import require
from tinyllm.checkpoint import load_tensors, save_tensors
from tinyllm.config import Config
from tinyllm.model import Transformer
from tinyllm.peft.adapter import WithAdapter, add_adapters
from tinyllm.peft.lora import LoRALinear, add_lora
from tinyllm.peft.parts import base_only, check_inside, check_plain, check_unmerged, parts_of, take_off
from tinyllm.peft.selective import freeze, trainable_parameters
from tinyllm.peft.soft_prompt import SoftPrompt
from tinyllm.peft.variants import DoRALinear, add_dora

METHODS = {"lora": add_lora, "dora": add_dora, "bottleneck": add_adapters, "soft_prompt": SoftPrompt}


def save_adapter(model: nn.Module, path: str | Path):
    """Write what was trained to one file, whole or not at all.

    That is LoRA, DoRA, bottleneck adapters, a soft prompt, or the weights that a selective method has
    chosen. Raises InputError if nothing is trainable, or everything (write that by save_model); while LoRA
    is merged; and if something beside the method's own weights is trainable, as the file would not hold it.
    """
    check_unmerged(model)
    recipe = recipe_of(model)
    base = model.base if isinstance(model, SoftPrompt) else model
    check_saving(model, recipe, base.config)
    parameters = dict(model.named_parameters())
    weights = {name: parameters[name].detach().cpu() for name in shapes_by(recipe, base.config)}
    save_tensors(path, {"recipe": recipe, "weights": weights, "base": fingerprint(base, without=weights)})


def load_adapter(model: nn.Module, path: str | Path) -> nn.Module:
    """Put a saved adapter onto its base model. Returns the model, or the SoftPrompt around it.

    Weights that a selective method has chosen are written over the model's own. Raises InputError, and
    leaves the model as it was, for a file that is missing, damaged or no adapter, and for a model that is
    not the base that the adapter was trained on, or that has parts on.
    """
    recipe, weights = read_adapter(model, path)
    model = follow(recipe, model)
    fill(model, weights)
    return model


def unload_adapter(model: nn.Module) -> nn.Module:
    """Take off the parts that `load_adapter` put into the model: LoRA, DoRA or bottleneck adapters.

    The base is left as it was, and frozen. Of a soft prompt the base is its .base, and what a selective
    method has changed cannot be taken off. Raises InputError if no part is on, or while LoRA is merged.
    """
    check_adapted(model)
    take_off(model)
    return model


def read_adapter(model: nn.Module, path: str | Path) -> tuple[dict, dict[str, Tensor]]:
    """The recipe and the weights in a file. Raises InputError as `load_adapter` does."""
    check_plain(model)
    content = load_tensors(path)
    check_file(model, content, path)
    return content["recipe"], content["weights"]


def recipe_of(model: nn.Module) -> dict:
    """The call that puts the model's parts on its base: the method and its arguments.

    Without parts it is a selective method, which trains weights of the base itself.
    """
    parts = parts_of(model)
    recipes = [recipe_of_part(part) for part in parts.values()]
    check_alike(recipes)
    if not parts:
        return {"method": "selective", "names": list(trainable_parameters(model))}
    recipe = recipes[0]
    return {**recipe, "targets": list(parts)} if recipe["method"] in ("lora", "dora") else recipe


def recipe_of_part(part: nn.Module) -> dict:
    """The recipe of a single part, without the places."""
    match part:
        case SoftPrompt():  # if the part is a SoftPrompt; none is made
            return {"method": "soft_prompt", "length": len(part.prompt)}
        case WithAdapter():
            return {"method": "bottleneck", "bottleneck": part.adapter.down.out_features}
        case DoRALinear():
            return {"method": "dora", "rank": part.lora.rank, "alpha": float(part.lora.alpha)}
        case LoRALinear():
            dropout = part.dropout.p
            return {"method": "lora", "rank": part.rank, "alpha": float(part.alpha), "dropout": dropout}
    return {"method": type(part).__name__}  # a part that is none of ours


def follow(recipe: dict, model: nn.Module) -> nn.Module:
    """Make the call that a recipe describes. Returns the model with the parts on."""
    arguments = {name: value for name, value in recipe.items() if name != "method"}
    if recipe["method"] == "selective":
        return freeze(model, *arguments["names"])
    return METHODS[recipe["method"]](model, **arguments)


@torch.no_grad()
def fill(model: nn.Module, weights: dict[str, Tensor]):
    """Copy weights into the model's parameters of the same names."""
    parameters = dict(model.named_parameters())
    for name, weight in weights.items():
        parameters[name].copy_(weight)


def fingerprint(model: nn.Module, without: Collection[str] = ()) -> str:
    """A hash of the base model's config and of all its weights but those named in `without`."""
    digest = hashlib.sha256(json.dumps(model.config.as_dict()).encode())
    with base_only(model):
        for name, parameter in model.named_parameters():
            if name not in without:
                numbers = parameter.detach().cpu().float().contiguous().numpy()
                digest.update(name.encode() + numbers.tobytes())
    return digest.hexdigest()


def outline(recipe: dict, config: Config) -> nn.Module:
    """The model that a recipe makes, with shapes alone: a tensor on the "meta" device has no numbers."""
    with torch.device("meta"):
        return follow(recipe, Transformer(config))


def shapes_by(recipe: dict, config: Config) -> dict[str, tuple]:
    """The name and shape of every weight that a recipe makes trainable."""
    parameters = outline(recipe, config).named_parameters()
    return {name: tuple(parameter.shape) for name, parameter in parameters if parameter.requires_grad}


def check_alike(recipes: list[dict]):
    """Raise InputError for parts that no single call could have made."""
    are_alike = all(recipe == recipes[0] for recipe in recipes)
    require(are_alike, "The model has parts of different kinds or sizes, "
            "which one file cannot describe; keep one kind on it.")


def check_saving(model: nn.Module, recipe: dict, config: Config):
    """Raise InputError for weights that a file could not hold, or not give back."""
    method, parameters = recipe["method"], dict(model.named_parameters())
    is_known = method in METHODS or method == "selective"
    require(is_known, f"A {method} is no part that save_adapter knows.")
    is_whole_model = method == "selective" and len(recipe["names"]) == len(parameters)
    require(not is_whole_model, "Every weight is trainable, so this is a whole model: "
            "write it by save_model.")
    is_nothing = recipe == {"method": "selective", "names": []}
    require(not is_nothing, "Nothing is trainable, so there is nothing to save.")
    shapes = shapes_by(recipe, config)
    for name in trainable_parameters(model):
        require(name in shapes, f"{name} is trainable, but is no part of what the {method} file holds; "
                "freeze it.")
    for name in shapes:
        require(name in parameters, f"The {method} file must hold {name}, which the model does not have; "
                "put all parts on by one call.")
    are_finite = all(parameters[name].isfinite().all() for name in shapes)
    require(are_finite, "The trained weights hold numbers that are not finite; "
            "train again with a lower learning rate.")


def check_adapted(model: nn.Module):
    """Raise InputError for a model that has no part on to take off, or has LoRA merged into its weights."""
    check_inside(model)
    check_unmerged(model)
    require(len(parts_of(model)) > 0, "There is no adapter on this model, so none can be taken off.")


def check_file(model: nn.Module, content: object, path: str | Path):
    """Raise InputError for a file that is no adapter, or none of this base."""
    keys = set(content) if isinstance(content, dict) else set()
    is_adapter = {"recipe", "weights", "base"} <= keys and isinstance(content["weights"], dict)
    require(is_adapter, f"{path} is not an adapter; give a file that save_adapter wrote.")
    weights = content["weights"]
    are_plain = len(weights) > 0 and all(map(is_plain, weights.values()))
    require(are_plain, f"{path} holds weights that are no finite numbers; "
            "it is damaged, so copy it again or train it again.")
    is_our_base = fingerprint(model, without=weights) == content["base"]
    require(is_our_base, f"{path} was trained on another base model; "
            "load that one, or train the adapter again on this one.")
    require(fits(content["recipe"], weights, model.config),
            f"{path} does not fit this model; it was changed after it was saved, or is damaged.")


def fits(recipe: dict, weights: dict[str, Tensor], config: Config) -> bool:
    """Whether the recipe can be followed, is complete, and makes exactly these weights."""
    try:  # a recipe with a missing or a strange argument is read back in another form
        is_complete = recipe_of(outline(recipe, config)) == recipe
        shapes = shapes_by(recipe, config)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError):  # it cannot be followed
        return False
    return is_complete and shapes == {name: tuple(weight.shape) for name, weight in weights.items()}


def is_plain(weight: object) -> bool:
    """Whether this is an ordinary tensor of finite floating-point numbers."""
    return (isinstance(weight, Tensor) and weight.layout == torch.strided and weight.device.type == "cpu"
            and weight.is_floating_point() and bool(weight.isfinite().all()))
