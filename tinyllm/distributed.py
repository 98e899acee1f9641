"""Several processes that train one model together, started by PyTorch's torchrun.

    torchrun --nproc-per-node=2 lessons/train.py ...

Each process, called a rank, reads its share of every batch. The gradients of all ranks are averaged before
the step, so that every rank takes the same step: the one that a single process would have taken.

    "ddp"     each rank holds the whole model (DistributedDataParallel; Li et al. 2020)
    "fsdp"    each rank holds a part of every weight, gradient and moment, and gathers a layer's weights when
              it computes with them (FSDP2, `fully_shard`; Zhao et al. 2023): for models that do not fit

Without torchrun there is one rank, and nothing here does anything.
"""

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from tinyllm.check import InputError, require
from tinyllm.tokenizer import IGNORE

KINDS = "ddp", "fsdp"
SECONDS = 60  # after which a rank that does not come, or does not answer, ends the run


class Team:
    """The ranks that train together. kind: "ddp" or "fsdp". device: where this rank computes.

    Raises InputError if torchrun has started several processes and one of them cannot be reached.
    """

    def __init__(self, kind: str, device: torch.device):
        check_kind(kind)
        self.kind, self.device = kind, device
        self.size, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        if self.size > 1 and not dist.is_initialized():
            join(device)

    @property
    def is_first(self) -> bool:
        """Whether this rank is the one that shows progress and writes files."""
        return self.rank == 0

    def together(self, model: nn.Module) -> nn.Module:
        """The model, so that the ranks' gradients are averaged in its backward pass."""
        if self.size == 1:
            return model
        if self.kind == "ddp":
            return nn.parallel.DistributedDataParallel(model, broadcast_buffers=False)
        return shard(model)

    def share(self, batch: Sequence[tuple]) -> list[tuple]:
        """This rank's share of a batch of (ids, targets) pairs: every size-th example.

        All ranks must read equally many, because they wait for each other. Where the batch does not come out
        even, some read its first example once more without a target, which adds nothing to the loss.
        """
        ids, targets = batch[0]
        nothing = (ids, torch.full_like(torch.as_tensor(targets), IGNORE))
        own, count = list(batch[self.rank::self.size]), math.ceil(len(batch) / self.size)
        return own + [nothing] * (count - len(own))

    def mean(self, number: float) -> float:
        """The mean of the ranks' numbers."""
        if self.size == 1:
            return number
        total = torch.tensor(number, device=self.device)
        dist.all_reduce(total)
        return total.item() / self.size

    def wait(self):
        """Go on when all ranks have come to here."""
        if self.size > 1:
            dist.barrier()


def shard(model: nn.Module) -> nn.Module:
    """The model with every weight in parts, one on each rank. It is the same module afterwards."""
    from torch.distributed.fsdp import fully_shard
    for module in list(model.modules()):
        if isinstance(module, nn.ModuleList):
            for layer in module:
                fully_shard(layer)
    return fully_shard(model)


def whole(content: Any) -> Any:
    """The tensors in a tree of lists and dicts, gathered from all ranks where they are in parts."""
    return tree_map(lambda x: x.full_tensor().cpu() if is_parted(x) else x, content)


def parted(tensor: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, in parts as another one is, if that is in parts."""
    if not is_parted(like) or tensor.ndim == 0:
        return tensor
    from torch.distributed.tensor import distribute_tensor
    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)


def is_parted(x: Any) -> bool:
    """Whether x is a tensor in parts, a DTensor.

    It is known by its method, because to import its class would take half a second, also where nothing is in
    parts.
    """
    return hasattr(x, "full_tensor")


def join(device: torch.device):
    """Meet the other ranks. Raises InputError if they do not all come in time."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    try:
        dist.init_process_group(backend, timeout=timedelta(seconds=SECONDS))
        dist.barrier()
    except (RuntimeError, ValueError) as error:
        leave()
        reason = str(error).strip().split("\n")[0]
        size = os.environ.get("WORLD_SIZE")
        raise InputError(f"The {size} processes did not meet within {SECONDS} seconds ({reason}); check "
                         "that torchrun starts them all and that the port is free.") from None


def leave():
    """End the connection to the other ranks, if there is one."""
    with suppress(Exception):
        dist.destroy_process_group()


def own_device(device: torch.device) -> torch.device:
    """The device of this rank: on a machine with several GPUs, the one with the rank's number there."""
    if device.type == "cuda" and device.index is None and "LOCAL_RANK" in os.environ:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device


def check_kind(kind: str):
    """Raise InputError for a way of working together that there is not."""
    there = ", ".join(KINDS)
    require(kind in KINDS, f"There is no way to train together called {kind!r}; there are: {there}.")
