"""How a model computes: on which device, in which precision, whether dropout acts, and what it keeps."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from tinyllm.check import require

MALLOC_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def pick_device(name: str | None = None) -> torch.device:
    """The device asked for, or else the best that the machine has: CUDA, Apple's, the CPU.

    Raises InputError for a device that is not there.
    """
    there = devices()
    if name is None:
        return torch.device(there[0])
    check_device(str(name), there)
    return torch.device(name)


def devices() -> list[str]:
    """The kinds of device that this machine has, the best one first."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, is_there in found.items() if is_there]


def pick_precision(device: torch.device, name: str | None = None) -> str:
    """The precision asked for, or else "bf16" on a GPU that multiplies in it, and "float32" elsewhere.

    bfloat16 keeps about 3 digits of a number, float32 about 7. Some devices multiply faster in it. A CPU
    does too, but has to prepare for each new length of a batch, and keeps what it prepared. Fine-tuning the
    base model took 1.26 times as long as in float32, and 3 times the memory. So a CPU must be asked for it.
    """
    if name is not None:
        return name
    return "bf16" if device.type == "cuda" and has_bf16_units(device) else "float32"


def has_bf16_units(device: torch.device) -> bool:
    """Whether the device has instructions that multiply matrices in bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    units = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(units.get("amx_bf16") or units.get("avx512_bf16"))


@contextmanager
def in_mode(model: nn.Module, training: bool) -> Iterator[nn.Module]:
    """Inside the `with` dropout (as LoRA layers may have) acts or not. After it the mode is as before."""
    before = model.training
    model.train(training)
    try:
        yield model
    finally:
        model.train(before)


@contextmanager
def keeping_less(model: nn.Module, is_wanted: bool) -> Iterator[None]:
    """Inside the `with`, if it is wanted, each layer keeps only its input for the backward pass.

    The backward pass computes the rest of a layer again when it comes to it (Chen et al. 2016). So the
    activations of one layer are in memory at a time, and a step takes one more forward pass. Memory that was
    freed goes back to the system before the two moments at which a step takes most of it: the backward pass
    of the head, which comes first, and that of the embedding, which follows the first layer's.
    """
    if not is_wanted:
        yield
        return
    layers = [layer for stack in model.modules() if isinstance(stack, nn.ModuleList) for layer in stack]
    at_the_end = model.register_forward_hook(lambda *_: hand_back())
    try:
        for i, layer in enumerate(layers):
            forward = partial(after_handing_back, layer.forward) if i == 0 else layer.forward
            layer.forward = partial(checkpoint, forward, use_reentrant=False)
        yield
    finally:
        at_the_end.remove()
        for layer in layers:
            vars(layer).pop("forward", None)  # the class's own is back


def after_handing_back(forward: Callable, *inputs, **options) -> Any:
    """What forward gives, after freed memory went back to the system."""
    hand_back()
    return forward(*inputs, **options)


def hand_back():
    """Give memory that was freed back to the system, if the C library can (glibc can, and only on Linux).

    A process keeps what it freed, to use it again. But freed activations lie between gradients that stay. So
    the free memory is in pieces, and what is needed next may fit into none of them. With this, full tuning
    of lesson 17's real model takes 3.0 GB, and without it 3.2; its steps take 8 % longer. A compiled model
    does without it.
    """
    if MALLOC_TRIM is not None and not torch.compiler.is_compiling():
        MALLOC_TRIM(0)


def check_device(name: str, there: list[str]):
    """Raise InputError for a device that this machine does not have, such as a fifth GPU."""
    kind, _, number = name.partition(":")
    count = max(1, torch.cuda.device_count())
    is_there = kind in there and (number == "" or (number.isdigit() and int(number) < count))
    require(is_there, f"There is no device '{name}' here; there are: {', '.join(there)}.")
