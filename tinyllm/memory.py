"""What training holds in memory: weights, gradients, optimizer state, activations; computed, and measured.

Per parameter in float32 with AdamW: 4 bytes for the weight, 4 for its gradient, 8 for the optimizer's two moments.
A frozen parameter costs its weight alone, so PEFT saves gradients and optimizer state of all that it does not train:

    full tuning      16 bytes a parameter
    PEFT             4 bytes a frozen parameter (2 if the base is bfloat16), 16 bytes a trained one (kept in float32)

So even with nothing to train, a quarter is left of 16 bytes, or an eighth with a bfloat16 base. Activations, what the
forward pass keeps for the backward pass, come on top. They shrink far less, since gradients still flow through every layer
above the first trained one.

These are never all there at one moment: gradients come while activations go. Where the backward pass starts there are no
gradients yet, but all activations, and the logits and their gradient, which nothing keeps for long. That is the peak.
"""

import weakref
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tinyllm.check import require
from tinyllm.model import Config
from tinyllm.peft import BottleneckAdapter, DoRALinear, LoRALinear, SoftPrompt
from tinyllm.trainer import TrainConfig, make_optimizer, masked_cross_entropy

FLOAT = 4  # bytes

# Published shapes of real models: name -> (parameters, layers, width). OPT (Zhang et al. 2022, table 1) and Llama 2 70B.
REAL_MODELS = {"125 M": (125e6, 12, 768), "350 M": (350e6, 24, 1024), "1.3 B": (1.3e9, 24, 2048), "6.7 B": (6.7e9, 32, 4096),
               "13 B": (13e9, 40, 5120), "30 B": (30e9, 48, 7168), "70 B": (70e9, 80, 8192)}


@dataclass(frozen=True)
class Memory:
    """Bytes, by what they are for."""

    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int  # and their gradient

    @property
    def peak(self) -> int:
        """The most at one moment: where the backward pass starts, or for a very small batch where it ends."""
        return self.weights + self.optimizer + max(self.activations + self.logits, self.gradients)


def computed_memory(model: nn.Module, batch: int, length: int) -> Memory:
    """What a float32 AdamW step on (batch, length) token ids needs, worked out from the shapes alone."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    everything = sum(p.numel() for p in model.parameters())
    return Memory(FLOAT * everything, FLOAT * trainable, 2 * FLOAT * trainable, FLOAT * activations(model, batch, length),
                  2 * FLOAT * batch * length * model.config.vocab_size)


def activations(model: nn.Module, batch: int, length: int) -> int:
    """How many numbers the forward pass keeps for the backward pass.

    An operation keeps what its gradients need: its input, if its weight is trained, and whatever its own derivative is
    made of. Below the first trained parameter nothing is kept. For each token and layer of full tuning:

        attention_norm     2 D + 2   its input, two numbers of the mean square, the normed input for its own weight
        q, k, v            D         their common input, which each needs for its weight's gradient
        attention          4 D + H   q, k, v, its output (the input of o too), and one number a head of the softmax
        feed_forward_norm  2 D + 2
        gate, up           D         their common input
        silu, product      3 hidden  gate(x), silu(gate(x)), up(x)
        down               hidden    its input

    and once V for the softmax of the loss.
    """
    P, base = (len(model.prompt), model.base) if isinstance(model, SoftPrompt) else (0, model)
    check_worked_out(base)
    reached = P > 0 or base.embedding.weight.requires_grad  # does the gradient have to flow as far down as here?
    count, config = 0, base.config
    for block in base.blocks:
        for norm, part in ((block.attention_norm, block.attention), (block.feed_forward_norm, block.feed_forward)):
            kept, reached = _norm(norm, config.width, reached)
            count += kept
            kept, reached = _part(part, config, reached)
            count += kept
    count += _norm(base.norm, config.width, reached)[0]
    count += config.width if base.head.weight.requires_grad else 0
    return batch * ((length + P) * count + length * config.vocab_size) + (length + P) ** 2  # at last the mask, (T, T)


def _norm(norm: nn.Module, width: int, reached: bool) -> tuple[int, bool]:
    """(numbers kept for each token, does the gradient flow into what comes after). `reached`: does it for what came before?"""
    own = norm.weight.requires_grad
    for_the_input = width + 2 if reached else 1 if own else 0
    return for_the_input + (width if own else 0), reached or own


def _part(part: nn.Module, config: Config, reached: bool) -> tuple[int, bool]:
    """The same for attention or feed-forward, with whatever a method has put in or behind it."""
    linears = {path.rpartition(".")[2]: module for path, module in part.named_modules()
               if isinstance(module, nn.Linear | LoRALinear) and not path.endswith(".base") and "adapter" not in path}
    first, last, middle = (("q", "k", "v"), "o", config.width) if "q" in linears else (("gate", "up"), "down", config.hidden)
    core = reached or any(_learns(linears[name]) for name in first)
    count = sum(layer.rank for layer in linears.values() if isinstance(layer, LoRALinear))
    count += config.width if any(_needs_input(linears[name]) for name in first) else 0
    if core:  # q, k, v and attention's output with one number a head; gate before and after silu, and up
        count += 4 * config.width + config.n_heads if last == "o" else 3 * config.hidden
    if _needs_input(linears[last]) and not (core and last == "o"):  # o's input is attention's output, which is kept already
        count += middle
    adapter = next((module for module in part.modules() if isinstance(module, BottleneckAdapter)), None)
    if adapter is not None:
        count += config.width + 2 * adapter.down.out_features
    return count, core or _learns(linears[last]) or adapter is not None


def _learns(layer: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in layer.parameters())


def _needs_input(layer: nn.Module) -> bool:
    """A weight's gradient is made of the layer's input; a bias's is not."""
    return isinstance(layer, LoRALinear) or layer.weight.requires_grad


def measured_memory(model: nn.Module, batch: int, length: int) -> Memory:
    """The same, from a step on random token ids: the bytes of the tensors that are really there. The weights are not changed."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    ids = _random_ids(model, batch, length)
    with _unchanged(model) as optimizer:
        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            logits = model(ids)
            loss = masked_cross_entropy(logits, ids)
        loss.backward()
        optimizer.step()
        gradients = sum(_bytes(p.grad) for p in model.parameters() if p.grad is not None)
        moments = sum(_bytes(value) for state in optimizer.state.values() for name, value in state.items() if name != "step")
    return Memory(sum(map(_bytes, model.parameters())), gradients, moments, sum(kept.values()), 2 * _bytes(logits))


def measured_peak(model: nn.Module, batch: int, length: int) -> int:
    """The most bytes of tensors that are there at any moment of two steps on random token ids. The weights are not changed.

    Two, because the first starts without the optimizer's moments. What a kernel needs inside itself is not seen.
    """
    ids = _random_ids(model, batch, length)
    with _unchanged(model) as optimizer, _LiveTensors([*model.parameters(), *model.buffers()]) as live:
        for _ in range(2):
            optimizer.zero_grad()
            masked_cross_entropy(model(ids), ids).backward()
            optimizer.step()
    return sum(map(_bytes, model.parameters())) + live.peak


class _LiveTensors(TorchDispatchMode):
    """Inside the `with` every operation passes through here, so that the bytes of what it makes can be followed.

    A tensor's bytes count from when it is made until its storage is gone; views share a storage, which counts once.
    """

    def __init__(self, ignored: list[Tensor]):
        super().__init__()
        self.now = self.peak = 0
        self.known = {tensor.untyped_storage().data_ptr() for tensor in ignored}

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self._note(tensor.untyped_storage())
        return result

    def _note(self, storage: torch.UntypedStorage):
        place, size = storage.data_ptr(), storage.nbytes()
        if place not in self.known:
            self.known.add(place)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._gone, place, size)

    def _gone(self, place: int, size: int):
        self.known.discard(place)
        self.now -= size


@contextmanager
def _unchanged(model: nn.Module):
    """An optimizer to make steps with; after the `with` the weights are what they were, and no gradients are left."""
    before = {p: p.detach().clone() for p in model.parameters()}
    try:
        yield make_optimizer(model, TrainConfig(weight_decay=0.0))
    finally:
        with torch.no_grad():
            for parameter, weight in before.items():
                parameter.copy_(weight)
                parameter.grad = None


def _random_ids(model: nn.Module, batch: int, length: int) -> Tensor:
    return torch.randint(0, model.config.vocab_size, (batch, length), device=next(model.parameters()).device)


def without_activations(frozen: float, trained: float, frozen_bytes: int = FLOAT) -> float:
    """Bytes for weights, gradients and optimizer state of so many frozen and so many trained parameters (float32)."""
    return frozen_bytes * frozen + 16 * trained


def lora_parameters(layers: int, width: int, rank: int, matrices: int = 2) -> int:
    """What LoRA trains on so many width x width matrices of each layer: 2 R D for each."""
    return layers * matrices * 2 * rank * width


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def check_worked_out(base: nn.Module):
    """Raise InputError for a model whose activations `activations` cannot count."""
    has_dora = any(isinstance(module, DoRALinear) for module in base.modules())
    require(not isinstance(base.head, LoRALinear) and not has_dora,
            "The activations of DoRA and of LoRA on the head are not worked out; use measured_memory.")
