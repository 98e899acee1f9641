"""What training holds in memory. For a step of AdamW in float32 that is, in bytes:

    weights        4 a parameter             trained or frozen
    gradients      4 a trained parameter     frozen ones have none
    optimizer      8 a trained parameter     AdamW's means of the gradients and of their squares
    activations    grow with the batch       what the forward pass keeps for the backward pass
    logits         grow with the batch       the scores of all tokens, and the gradient of these

So full tuning takes 16 bytes a parameter, and PEFT takes 4 for each frozen one (2 if the base is bfloat16).
Even with nothing to train a quarter of the 16 bytes is left, or an eighth with a bfloat16 base. Activations
come on top. PEFT saves few of them, since gradients still flow through every layer above the first trained
one.

The parts do not add up to the peak, the most that is there at one moment, because they are never all there
together. Where the backward pass starts there are all activations and the logits, but no gradients of the
weights yet. From there on gradients come while activations go.

    >>> print(Memory(weights=8_000_000, gradients=8_000_000, optimizer=16_000_000, activations=40_000_000,
    ...              logits=16_000_000).table())
    weights          8.0 MB
    gradients        8.0 MB
    optimizer       16.0 MB
    activations     40.0 MB
    logits          16.0 MB
    peak            80.0 MB
"""

import weakref
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tinyllm.trainer import TrainConfig, make_optimizer, masked_cross_entropy

FLOAT = 4  # bytes of a float32

# Shapes of real models, (parameters, layers, width): OPT (Zhang et al. 2022, table 1), and Llama 2 70B.
REAL_MODELS = {"125 M": (125e6, 12, 768), "350 M": (350e6, 24, 1024), "1.3 B": (1.3e9, 24, 2048),
               "6.7 B": (6.7e9, 32, 4096), "13 B": (13e9, 40, 5120), "30 B": (30e9, 48, 7168),
               "70 B": (70e9, 80, 8192)}


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
        """The most at one moment: where the backward pass starts, or with a tiny batch where it ends."""
        return self.weights + self.optimizer + max(self.activations + self.logits, self.gradients)

    def table(self) -> str:
        """A line for each part, and one for the peak. A megabyte is 10^6 bytes."""
        sizes = {**asdict(self), "peak": self.peak}
        return "\n".join(f"{name:12}{size / 1e6:8.1f} MB" for name, size in sizes.items())


def memory_of(model: nn.Module, batch: int, length: int) -> Memory:
    """What a step on `batch` texts of `length` tokens holds, whichever method has made the model ready.

    Weights, gradients, moments and logits are counted. Activations are measured in one forward pass.
    """
    weights = sum(bytes_of(p) for p in model.parameters())
    trained = sum(bytes_of(p) for p in model.parameters() if p.requires_grad)
    logits = FLOAT * batch * length * model.config.vocab_size
    return Memory(weights=weights, gradients=trained, optimizer=2 * trained,
                  activations=measured_activations(model, batch, length), logits=2 * logits)


def measured_activations(model: nn.Module, batch: int, length: int) -> int:
    """The bytes that a forward pass on random token ids keeps for the backward pass.

    An operation keeps what its gradients are made of. A linear layer, for example, keeps its input if its
    weight is trained. PyTorch shows each tensor that is kept to the function `note`. Views of one tensor
    share a storage, which counts once, and the model's own weights do not count. In full tuning of our
    decoder these are, for each token and layer, so many numbers:

        attention_norm       2 D + 1   its input, the normed input, and one factor for each token
        q, k, v              D         their common input
        attention            4 D + H   q, k, v, the output, and one number a head for the softmax
        o                    D         its input
        feed_forward_norm    2 D + 1
        gate, up             D         their common input
        silu, product        3 hidden  gate(x), silu(gate(x)), up(x)
        down                 hidden    its input

    and at the end 3 D + 1 for the last norm and the head, and V for the softmax of the loss.
    """
    own = own_storages(model)
    kept: dict[int, int] = {}  # where each storage is -> its bytes

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # with its graph it would keep itself alive for ever, when all else is done

    ids = random_ids(model, batch, length)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = masked_cross_entropy(model(ids), ids)
    del loss  # it has held all that was kept until here, so that no storage took the place of another
    return sum(kept.values())


def measured_peak(model: nn.Module, batch: int, length: int, n_targets: int | None = None) -> int:
    """The most bytes of tensors at any moment of two steps on random token ids. The weights are not changed.

    n_targets: how many tokens at the end of each text have a target, for a model that takes `at`; if None,
    all. There are two steps, because the first starts without the optimizer's moments, and their rate is 0.
    What an operation needs inside itself is not seen.
    """
    ids = random_ids(model, batch, length)
    at = torch.arange(length, device=ids.device).expand_as(ids) >= length - (n_targets or length)
    options = {} if n_targets is None else {"at": at}
    with LiveTensors(model) as live:
        optimizer = make_optimizer(model, TrainConfig(weight_decay=0.0))
        for group in optimizer.param_groups:
            group["lr"] = 0.0
        for _ in range(2):
            optimizer.zero_grad()
            masked_cross_entropy(model(ids, **options), ids[at]).backward()
            optimizer.step()
        optimizer.zero_grad()
    return live.peak


class LiveTensors(TorchDispatchMode):
    """The bytes of a model's weights and of all tensors made inside the `with`: `now`, and at the `peak`.

    PyTorch hands every operation inside the `with` to __torch_dispatch__. We let the operation work and look
    at the tensors that it made. Each has its numbers in a storage. Their bytes count from now on, and Python
    calls `gone` as soon as nobody holds the storage any more.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.now = self.peak = sum(bytes_of(p) for p in model.parameters())
        self.known = own_storages(model)

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        made = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                self.note(tensor.untyped_storage())
        return made

    def note(self, storage: torch.UntypedStorage):
        """Count a storage, unless it is counted already, as when an operation gives a view."""
        place, size = storage.data_ptr(), storage.nbytes()
        if place not in self.known:
            self.known.add(place)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self.gone, place, size)

    def gone(self, place: int, size: int):
        """A storage is freed. Its place may be given to another one."""
        self.known.discard(place)
        self.now -= size


def random_ids(model: nn.Module, batch: int, length: int) -> Tensor:
    """Token ids (batch, length) for a model to read, where only their number matters."""
    device = next(model.parameters()).device
    return torch.randint(0, model.config.vocab_size, (batch, length), device=device)


def without_activations(frozen: float, trained: float, frozen_bytes: int = FLOAT) -> float:
    """Bytes for weights, gradients and optimizer state of so many frozen and so many trained parameters."""
    return frozen_bytes * frozen + 4 * FLOAT * trained


def lora_parameters(layers: int, width: int, rank: int, matrices: int = 2) -> int:
    """What LoRA trains on so many width x width matrices of each layer: 2 R D for each."""
    return layers * matrices * 2 * rank * width


def sent_in_a_step(numbers: float, ranks: int, together: str = "ddp") -> float:
    """Bytes that each of several ranks sends in a step.

    numbers: those that are trained ("ddp") or all of the model's ("fsdp"), 4 bytes each. ddp adds the
    gradients up in a ring, which sends 2 (N - 1) / N of them. fsdp gathers every weight in the forward pass
    and again in the backward pass, and then deals the gradients out: 3 (N - 1) / N (Rajbhandari et al. 2020,
    section 7).
    """
    rounds = 3 if together == "fsdp" else 2
    return rounds * (ranks - 1) / ranks * FLOAT * numbers


def own_storages(model: nn.Module) -> set[int]:
    """Where the numbers of the model's own weights and tables stand."""
    return {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}


def bytes_of(tensor: Tensor) -> int:
    """How many bytes the numbers of a tensor take."""
    return tensor.numel() * tensor.element_size()
