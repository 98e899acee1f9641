"""Selective methods: train a chosen few of the weights that the model has, and add none.

    freeze(model, "*.bias")                     BitFit: the biases only (Ben Zaken et al. 2021)
    freeze(model, "blocks.3.*", "norm.weight")  the last of four layers, and the norm behind it
    freeze(model, "*norm.weight")               the norms only
"""

from fnmatch import fnmatchcase

from torch import nn

from tinyllm.check import is_whole, require


def freeze(model: nn.Module, *trainable: str) -> nn.Module:
    """Freeze every parameter but those whose names fit one of the patterns. Returns the model.

    In a pattern * stands for anything. With no pattern everything is frozen. Raises InputError, and
    leaves the model as it was, for a pattern that fits nothing.
    """
    check_patterns(model, trainable)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = any(fnmatchcase(name, pattern) for pattern in trainable)
    return model


def bitfit(model: nn.Module) -> nn.Module:
    """Train the biases alone (Ben Zaken et al. 2021). Returns the model.

    Raises InputError if the model has none; Config(bias=True) gives it some.
    """
    check_has_biases(model)
    return freeze(model, "*.bias")


def last_layers(model: nn.Module, count: int) -> nn.Module:
    """Train the last `count` blocks and the norm behind them. Returns the model.

    Raises InputError if the model does not have so many blocks.
    """
    check_count(model, count)
    n_layers = len(model.blocks)
    blocks = [f"blocks.{i}.*" for i in range(n_layers - count, n_layers)]
    return freeze(model, *blocks, "norm.weight")


def trainable_parameters(model: nn.Module) -> dict[str, int]:
    """The name of every trainable parameter and how many numbers it holds. A shared one counts once."""
    return {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}


def parameter_table(model: nn.Module) -> str:
    """The trainable parameters as a table of name, shape and count. Its last line is their share of all."""
    trainable = trainable_parameters(model)
    shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    width = max(map(len, trainable), default=0)
    lines = [f"{name:{width}}  {shapes[name]!s:>14}  {count:>10,}" for name, count in trainable.items()]
    count = sum(trainable.values())
    total = sum(parameter.numel() for parameter in model.parameters())
    return "\n".join([*lines, f"{count:,} of {total:,} parameters are trainable: {count / total:.2%}"])


def check_patterns(model: nn.Module, patterns: tuple[str, ...]):
    """Raise InputError for a pattern that is no text, or that fits no parameter."""
    are_texts = all(isinstance(pattern, str) for pattern in patterns)
    require(are_texts, 'Give each pattern as a text of its own: freeze(model, "*.bias", "norm.weight").')
    names = [name for name, _ in model.named_parameters()]
    for pattern in patterns:
        fits = any(fnmatchcase(name, pattern) for name in names)
        require(fits, f"No parameter fits '{pattern}'; "
                f"there are, for example, {', '.join(names[:3])} and {names[-1]}.")


def check_has_biases(model: nn.Module):
    """Raise InputError for a model without biases."""
    has_biases = any(name.endswith(".bias") for name, _ in model.named_parameters())
    require(has_biases, "The model has no biases to train; make it with Config(bias=True).")


def check_count(model: nn.Module, count: int):
    """Raise InputError for no layer, or for more than the model has."""
    n_layers = len(model.blocks)
    is_possible = is_whole(count) and count <= n_layers
    require(is_possible, f"The model has {n_layers} layers, so the last {count} cannot be trained; "
            f"give 1 to {n_layers}.")
