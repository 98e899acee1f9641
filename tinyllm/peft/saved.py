"""Saving what was trained and nothing else, and many tasks on one base model.

A saved adapter is one small file: a description, and the weights that the method added or changed.

    {"description": {"method": "lora", "rank": 8, "alpha": 16.0, "dropout": 0.0, "paths": [...], "base": "5e0c..."},
     "weights": {"blocks.0.attention.q.A": (8, 192), "blocks.0.attention.q.B": (192, 8), ...}}

"base" is a fingerprint of every weight that the file does not hold: an update of one model makes no sense on another.
"""

import hashlib
import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from tinyllm.check import InputError, require
from tinyllm.checkpoint import load_tensors, save_tensors
from tinyllm.peft.adapter import BottleneckAdapter, WithAdapter
from tinyllm.peft.lora import DoRALinear, LoRALinear
from tinyllm.peft.parts import (
    Parts,
    base_only,
    base_parts,
    check_plain,
    check_unmerged,
    current_parts,
    put,
    same_trainable,
    take_off,
)
from tinyllm.peft.selective import trainable_parameters
from tinyllm.peft.soft_prompt import SoftPrompt


def save_adapter(model: nn.Module, path: str | Path):
    """Write what was trained to one file, whole or not at all: of LoRA, adapters, a soft prompt, or chosen weights.

    Raises InputError if nothing is trainable, if everything is (that is a model: save_model), while LoRA is merged, and
    if a weight is trainable beside the parts that a method has added, which the file would not hold.
    """
    if isinstance(model, SoftPrompt):
        base = model.base
        description, weights = {"method": "soft_prompt", "length": len(model.prompt)}, {"prompt": model.prompt}
    else:
        base = model
        description, weights = _describe(model, current_parts(model))
    check_saving(model, base, description["method"], weights)
    description["base"] = fingerprint(base, without=weights)
    save_tensors(path, {"description": description, "weights": {name: w.detach().cpu() for name, w in weights.items()}})


def load_adapter(model: nn.Module, path: str | Path) -> nn.Module:
    """Put a saved adapter onto its base model, and return the model; of a soft prompt the SoftPrompt around it.

    Raises InputError, and leaves the model as it was, for a file that is missing, damaged or no adapter, and for a model
    that is not the base that it was trained on, or that has an adapter on.
    """
    check_plain(model)
    description, weights = _read(model, path)
    if description["method"] == "soft_prompt":
        with same_trainable(model):
            soft_prompt = SoftPrompt(model, description.get("length"))
            _fill({"prompt": soft_prompt.prompt}, weights, path)
        model.requires_grad_(False)
        return soft_prompt
    with same_trainable(model):
        parts = _make(model, description, weights, path)
    put(model, parts)
    return model


def unload_adapter(model: nn.Module) -> nn.Module:
    """Take off what `load_adapter` put on, of whatever method: the base's weights are as they were, and frozen.

    Raises InputError if nothing is on, or while LoRA is merged. (Of a soft prompt the base is its .base.)
    """
    check_adapted(model)
    take_off(model)
    return model


class Adapters:
    """Several saved adapters on one base model, at most one of them switched on.

        >>> adapters = Adapters(model)
        >>> adapters.add("summary", "results/summary.pt")
        >>> adapters.switch("summary")

    They hold their own small weights and share the base's, so switching moves names and copies nothing. (A soft prompt
    needs none of this: any number of SoftPrompt objects can stand around one model.)
    """

    def __init__(self, model: nn.Module):
        check_plain(model)
        self.model, self.parts, self.active = model, {}, None

    def add(self, name: str, path: str | Path):
        """Load an adapter under a name. Raises InputError as `load_adapter` does, and for a name that is taken."""
        check_free(self, name)
        with base_only(self.model), same_trainable(self.model):
            description, weights = _read(self.model, path)
            check_has_parts(description, path)
            self.parts[name] = _make(self.model, description, weights, path)

    def switch(self, name: str | None):
        """Switch one on in place of what was on; None leaves the base model. Raises InputError for an unknown name."""
        check_switch(self, name)
        take_off(self.model)
        self.active = None
        if name is not None:
            put(self.model, self.parts[name])
            self.active = name

    def remove(self, name: str):
        """Forget an adapter; if it was on, the base model is left."""
        check_known(self, name)
        if self.active == name:
            self.switch(None)
        del self.parts[name]


def fingerprint(model: nn.Module, without=()) -> str:
    """A hash of the base model's config and of all its weights but those named in `without`."""
    digest = hashlib.sha256(json.dumps(asdict(model.config)).encode())
    with base_only(model):
        for name, parameter in model.named_parameters():
            if name not in without:
                digest.update(name.encode() + parameter.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _describe(model: nn.Module, parts: Parts) -> tuple[dict, dict[str, Tensor]]:
    """What method is on the model, and the weights of its own: those of its parts that are not the base's."""
    kinds = {LoRALinear: "lora", DoRALinear: "dora", WithAdapter: "bottleneck"}
    method = next((kinds.get(type(part), "selective") for part in parts.values()), "selective")
    if method == "selective":  # chosen weights of the base itself, or loaded ones in their place
        return {"method": method}, {name: p for name, p in model.named_parameters() if p.requires_grad or name in parts}
    weights = {f"{path}.{name}": parameter for path, part in parts.items() for name, parameter in part.named_parameters()
               if "base." not in name}
    description: dict = {"method": method, "paths": list(parts)}
    first = next(iter(parts.values()))
    if method == "bottleneck":
        description["bottleneck"] = first.adapter.down.out_features
    else:
        lora = first if method == "lora" else first.lora
        description.update(rank=lora.rank, alpha=float(lora.alpha), dropout=lora.dropout.p)
    return description, weights


def _read(model: nn.Module, path: str | Path) -> tuple[dict, dict[str, Tensor]]:
    """Description and weights of a file, if they belong to this base."""
    content = load_tensors(path)
    with check_form(path):
        content = content if isinstance(content, dict) else {}
        description, weights = dict(content["description"]), dict(content["weights"])
        method, base = str(description["method"]), description["base"]
    check_content(model, method, weights, base, path)
    return description, weights


def _make(model: nn.Module, description: dict, weights: dict[str, Tensor], path: str | Path) -> Parts:
    """The parts that a file describes, around the base model's own, filled with its weights."""
    method, like = description["method"], next(model.parameters())
    every = dict(model.named_parameters(remove_duplicate=False))
    with check_fit(path):
        if method == "selective":
            _fill({name: nn.Parameter(torch.empty_like(every[name])) for name in weights}, weights, path)
            loaded = {id(every[name]): nn.Parameter(weight.to(like)) for name, weight in weights.items()}
            return {name: loaded[id(own)] for name, own in every.items() if id(own) in loaded}  # a tied one at both places
        bases = {where: model.get_submodule(where) for where in description["paths"]}
        if method == "bottleneck":
            parts = {where: WithAdapter(base, BottleneckAdapter(model.config.width, description["bottleneck"]).to(like))
                     for where, base in bases.items()}
        else:
            parts = {where: LoRALinear(base, description["rank"], description["alpha"], description["dropout"])
                     for where, base in bases.items()}
            if method == "dora":
                parts = {where: DoRALinear(part) for where, part in parts.items()}
    _fill({f"{where}.{name}": parameter for where, part in parts.items() for name, parameter in part.named_parameters()
           if "base." not in name}, weights, path)
    return parts


@torch.no_grad()
def _fill(parameters: dict[str, nn.Parameter], weights: dict[str, Tensor], path: str | Path):
    """Copy weights into parameters of the same names. Raises InputError unless names and shapes all agree."""
    check_shapes(parameters, weights, path)
    for name, parameter in parameters.items():
        parameter.copy_(weights[name])


def check_saving(model: nn.Module, base: nn.Module, method: str, weights: dict[str, Tensor]):
    """Raise InputError for weights that a file could not hold, or not give back."""
    check_unmerged(base)
    for name in trainable_parameters(model):
        require(name in weights,
                f"{name} is trainable, but is no part of what the {method} file holds; freeze it.")
    is_whole_model = len(weights) == len(dict(base.named_parameters()))
    require(not is_whole_model,
            "Every weight is trainable, so this is a whole model: write it by save_model.")
    require(len(weights) > 0, "Nothing is trainable, so there is nothing to save.")
    are_finite = all(weight.isfinite().all() for weight in weights.values())
    require(are_finite,
            "The trained weights hold numbers that are not finite; train again with a lower learning rate.")


def check_adapted(model: nn.Module):
    """Raise InputError for a model that has nothing on to take off, or has LoRA merged into its weights."""
    check_unmerged(model)
    require(len(base_parts(model)) > 0, "There is no adapter on this model, so none can be taken off.")


def check_free(adapters: Adapters, name: str):
    """Raise InputError for a name that is taken."""
    require(name not in adapters.parts,
            f"There is an adapter '{name}' already; remove it first, or choose another name.")


def check_known(adapters: Adapters, name: str):
    """Raise InputError for a name under which nothing was added."""
    known = ", ".join(map(str, adapters.parts)) or "none"
    require(name in adapters.parts, f"There is no adapter '{name}'; there are: {known}.")


def check_has_parts(description: dict, path: str | Path):
    """Raise InputError for a soft prompt, which is no part that could be put into the model."""
    require(description["method"] != "soft_prompt",
            f"{path} is a soft prompt, which stands around the model; get it by load_adapter.")


def check_switch(adapters: Adapters, name: str | None):
    """Raise InputError for an unknown name, and for a model that has on what no `switch` has put there."""
    if name is not None:
        check_known(adapters, name)
    check_unmerged(adapters.model)
    on, ours = current_parts(adapters.model), adapters.parts.get(adapters.active, {})
    require(not on or list(map(id, on.values())) == list(map(id, ours.values())),
            "The model has parts on that are none of these adapters; save them and take them off first.")


@contextmanager
def check_form(path: str | Path):
    """Raise InputError if a file's content cannot be taken apart inside the `with`: it is no adapter."""
    try:
        yield
    except (TypeError, KeyError, ValueError):
        raise InputError(f"{path} is not an adapter; give a file that save_adapter wrote.") from None


def check_content(model: nn.Module, method: str, weights: dict[str, Tensor], base: str, path: str | Path):
    """Raise InputError for a method that is unknown, weights that are none, and a base that is another."""
    require(method in ("lora", "dora", "bottleneck", "selective", "soft_prompt"),
            f"{path} holds an adapter of the kind '{method}', which this version does not know.")
    are_plain = all(isinstance(name, str) and _is_plain(weight) for name, weight in weights.items())
    require(len(weights) > 0 and are_plain,
            f"{path} holds weights that are no finite numbers; "
            "it is damaged, so copy it again or train it again.")
    require(fingerprint(model, without=weights) == base,
            f"{path} was trained on another base model; "
            "load that one, or train the adapter again on this one.")


def _is_plain(weight) -> bool:
    """Whether this is an ordinary tensor of finite floating-point numbers."""
    return (isinstance(weight, Tensor) and weight.layout == torch.strided and weight.device.type == "cpu"
            and weight.is_floating_point() and bool(weight.isfinite().all()))


@contextmanager
def check_fit(path: str | Path):
    """Raise InputError if what a file describes cannot be made inside the `with`."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, RuntimeError, OverflowError) as error:
        raise InputError(f"{path} does not fit this model ({error}); "
                         "it was changed after it was saved, or is damaged.") from None


def check_shapes(parameters: dict[str, nn.Parameter], weights: dict[str, Tensor], path: str | Path):
    """Raise InputError unless the names and shapes of the weights are those of the parameters."""
    have = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    given = {name: tuple(weight.shape) for name, weight in weights.items()}
    for name in (*have, *given):
        require(have.get(name) == given.get(name),
                f"{path} does not fit this model: {name} is {given.get(name, 'absent')} in the file "
                f"and should be {have.get(name, 'absent')}.")
