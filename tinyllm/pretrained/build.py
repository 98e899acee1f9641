"""From a config and tensors with our names to a model, whichever file they come from."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from tinyllm.check import InputError, require
from tinyllm.checkpoint import check_weights
from tinyllm.config import Config
from tinyllm.model import Transformer, rope_tables

LARGEST_CONTEXT = 2 ** 17  # that of Llama 3.1; a longer one is cut, as its table of angles would be large


def build(config: Config, weights: dict[str, Tensor], path: Path) -> Transformer:
    """The model of this config that has these weights. Raises InputError unless they fit each other.

    The model is first made without numbers (on the "meta" device), and then takes the tensors as they are.
    So a config that claims a size which the file does not hold takes no memory.
    """
    check_size(config, weights, path)
    if config.tied:
        weights = {**weights, "head.weight": weights["embedding.weight"]}
    with torch.device("meta"):
        model = Transformer(config)
    check_weights(model, weights, path)
    model.load_state_dict(weights, assign=True)
    if config.tied:
        model.head.weight = model.embedding.weight
    model.cos, model.sin = rope_tables(config)
    return model


def needed(package: str, purpose: str) -> ModuleType:
    """A package that only real models need. Raises InputError if it is not installed."""
    try:
        return importlib.import_module(package)
    except ImportError:
        raise InputError(f"The package {package} is needed {purpose}; install it by "
                         "`python -m pip install -r lessons/requirements.txt`.") from None


def one_line(error: Exception) -> str:
    """What a library says about an error, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def check_size(config: Config, weights: dict[str, Tensor], path: Path):
    """Raise InputError if the config claims other sizes than the weights have, before a model is made."""
    layers = {layer[1] for layer in (re.match(r"blocks\.(\d+)\.", name) for name in weights) if layer}
    require(len(layers) == config.n_layers,
            f"{path} says that there are {config.n_layers} layers, but it holds {len(layers)}.")
    sizes = {"embedding.weight": (config.vocab_size, config.width),
             "blocks.0.feed_forward.up.weight": (config.hidden, config.width)}
    for name, size in sizes.items():
        found = tuple(weights[name].shape) if name in weights else "absent"
        require(found == size,
                f"{path} does not fit together: {name} is {found}, and by the config it is {size}.")
