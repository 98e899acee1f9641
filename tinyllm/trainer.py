"""Training: cross-entropy on the targets, AdamW, a learning rate that warms up and decays, and a run that can be resumed.

The trainer knows neither the model's insides nor which method of tuning it serves. It calls `model(ids) -> logits` and
trains whatever has `requires_grad`. Examples are (ids, targets) pairs; where a target is IGNORE, no loss is computed.

Every random choice of a run is a function of the seed and of the step's number. So a run that was killed and goes on
from its last saved state takes exactly the steps that it would have taken, and ends with the same weights: bit for bit on
the same CPU. (Some of a GPU's sums are made in an order that changes from run to run.)
"""

import ctypes
import hashlib
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from tinyllm.check import require
from tinyllm.checkpoint import load_tensors, save_tensors
from tinyllm.data import batch_indices, collate
from tinyllm.tokenizer import IGNORE


@dataclass
class TrainConfig:
    """How to train. Raises InputError for a number that makes no sense."""

    epochs: float = 1.0  # times that each example is seen; a fraction ends in the middle of an epoch
    batch_size: int = 32  # examples that a step learns from
    accumulate: int = 1  # parts that a batch is worked off in, to save memory; the step stays the same
    learning_rate: float = 1e-3  # the highest
    warmup: float = 0.05  # share of the steps in which the rate rises from 0
    final_rate: float = 0.1  # share of the highest rate that the cosine ends at (Loshchilov and Hutter 2017, eq. 5)
    weight_decay: float = 0.1  # on weight matrices only
    clip: float = 1.0  # longest gradient allowed
    evaluations: int = 4  # validations in a run, evenly spread, the last at its end
    seed: int = 0
    device: str | None = None  # "cpu", "cuda" or "mps"; if None, the best that the machine has
    precision: str | None = None  # "float32" or "bf16"; if None, bf16 where the device computes in it
    out: str | Path | None = None  # folder for the state to resume from
    save_every: int = 100  # steps between states
    resume: bool = False  # go on from the state in `out`, or start if there is none

    def __post_init__(self):
        check_train_config(self)


@dataclass
class History:
    """What happened in a run: the loss of every step, and what each validation found."""

    train_loss: list[float] = field(default_factory=list)  # one a step: mean over its target tokens
    learning_rate: list[float] = field(default_factory=list)  # one a step
    steps: list[int] = field(default_factory=list)  # steps done at each validation
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)  # share of target tokens that rank first
    best_step: int = 0  # where the validation loss was lowest: the weights that the model ends with


def pick_device(name: str | None = None) -> torch.device:
    """The device asked for, or the best there is: CUDA, Apple's, CPU. Raises InputError for one that is not there."""
    name = None if name is None else str(name)
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name is None:
        return torch.device(next(kind for kind in there if there[kind]))
    check_device(name, there)
    return torch.device(name)


def pick_precision(device: torch.device, name: str | None = None) -> str:
    """The precision asked for, or "bf16" where the device multiplies in it, else "float32"."""
    if name is not None:
        return name
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    cpu = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return "bf16" if cpu.get("amx_bf16") or cpu.get("avx512_bf16") else "float32"


def masked_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The sum of -log p(target) over all targets that are not IGNORE. logits (B, T, V), targets (B, T).

    A sum, since a mean over each part of a batch would weigh the targets of a short part more than those of a long one.
    """
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=IGNORE, reduction="sum")


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """The rate at a step, counted from 0: a straight line up, then half a cosine wave down."""
    warmup = max(1, round(config.warmup * steps))
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    share = config.final_rate + (1 - config.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * share


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) on what is trainable; no decay on norms and biases, which have one dimension."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    check_trainable(trainable)
    groups = [{"params": [p for p in trainable if p.ndim >= 2], "weight_decay": config.weight_decay},
              {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=config.learning_rate,
                             betas=(0.9, 0.95), fused=True)


class Trainer:
    """Trains a model on (ids, targets) pairs.

        >>> examples = [tokenizer.render(prompt, completion) for prompt, completion in pairs]
        >>> history = Trainer(model, TrainConfig(epochs=3)).fit(examples, validation)
    """

    def __init__(self, model: nn.Module, config: TrainConfig):
        self.config = config
        self.device = pick_device(config.device)
        self.precision = pick_precision(self.device, config.precision)
        self.model = model.to(self.device)

    def fit(self, train: Sequence[tuple], validation: Sequence[tuple] | None = None,
            after_step: Callable[[int], None] | None = None) -> History:
        """Train for config.epochs. With validation examples the model ends with the weights that did best on them.

        after_step is called after each step with the number of steps done, to look at the model while it learns.
        Raises InputError if there are no examples, if one has no target, or if the state to resume is of another run.
        """
        data = {"training data": _fingerprint(train, "training")}
        if validation is not None:
            data["validation data"] = _fingerprint(validation, "validation")
        run = _Run(self.model, self.config, data)
        batches_per_epoch = math.ceil(len(train) / self.config.batch_size)
        steps = max(1, round(self.config.epochs * batches_per_epoch))
        evaluate_at = {round(steps * (i + 1) / self.config.evaluations) for i in range(self.config.evaluations)}
        lengths = [len(ids) for ids, _ in train]
        was_training, plan = self.model.training, {}
        if self.device.type == "cpu":
            _keep_freed_memory()
        self.model.train()
        with _progress(run.step, steps) as bar, torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            while run.step < steps:
                epoch, place = divmod(run.step, batches_per_epoch)
                if epoch not in plan:
                    plan = {epoch: batch_indices(lengths, self.config.batch_size, seed=self.config.seed + 7919 * epoch)}
                loss = self._step(run, [train[i] for i in plan[epoch][place]], learning_rate(run.step, steps, self.config))
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                bar.update()
                if after_step is not None:
                    after_step(run.step)
                if validation is not None and run.step in evaluate_at:
                    run.keep_if_best(*self.evaluate(validation))
                if self.config.out and (run.step % self.config.save_every == 0 or run.step == steps):
                    run.save()
        run.restore_best()
        self.model.train(was_training)
        return run.history

    def _step(self, run: "_Run", examples: list[tuple], rate: float) -> float:
        """One update of the weights. The batch is worked off in parts, but every target token in it weighs the same."""
        torch.manual_seed(self.config.seed + 104729 * run.step)  # for dropout: each step draws the same, resumed or not
        for group in run.optimizer.param_groups:
            group["lr"] = rate
        run.optimizer.zero_grad()  # here, not after the step: a run that was interrupted may have left gradients behind
        part_size = math.ceil(len(examples) / self.config.accumulate)
        n_targets = sum(int((torch.as_tensor(targets) != IGNORE).sum()) for _, targets in examples)
        total = 0.0
        for i in range(0, len(examples), part_size):
            ids, targets = (t.to(self.device) for t in collate(examples[i:i + part_size]))
            with self._autocast():
                loss = masked_cross_entropy(self.model(ids), targets) / n_targets
            loss.backward()
            total += loss.item()
        check_loss(total, run.step)
        torch.nn.utils.clip_grad_norm_(run.trainable.values(), self.config.clip)
        run.optimizer.step()
        run.step += 1
        run.history.train_loss.append(total)
        run.history.learning_rate.append(rate)
        return total

    @torch.no_grad()
    def evaluate(self, examples: Sequence[tuple]) -> tuple[float, float]:
        """(mean loss of the target tokens, share of them that rank first), whatever batches they come in."""
        check_can_evaluate(examples)
        was_training = self.model.training
        self.model.eval()
        loss, right, count = 0.0, 0, 0
        for batch in batch_indices([len(ids) for ids, _ in examples], self.config.batch_size, seed=0):
            ids, targets = (t.to(self.device) for t in collate([examples[i] for i in batch]))
            with self._autocast():
                logits = self.model(ids)
            loss += masked_cross_entropy(logits, targets).item()
            right += int((logits.argmax(dim=-1) == targets).sum())  # no logit has the number IGNORE
            count += int((targets != IGNORE).sum())
        self.model.train(was_training)
        return loss / count, right / count

    def _autocast(self):
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


class _Run:
    """What changes while training, kept in one place so that it can be saved and read back whole."""

    def __init__(self, model: nn.Module, config: TrainConfig, data: dict):
        self.trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.optimizer = make_optimizer(model, config)
        self.history, self.step, self.best = History(), 0, None
        about = {k: v for k, v in asdict(config).items() if k not in ("out", "resume", "save_every", "device")}
        digest = hashlib.sha256(json.dumps(list(self.trainable)).encode())
        for tensor in model.state_dict().values():  # the frozen weights too: another base is another run
            digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
        self.identity = {**about, **data, "starting weights": digest.hexdigest()}
        self.path = config.out and Path(config.out) / "training_state.pt"
        if config.resume and self.path.exists():
            self._load()

    def keep_if_best(self, loss: float, accuracy: float):
        """Note a validation, and keep a copy of the weights if it is the best so far."""
        history = self.history
        if loss < min(history.validation_loss, default=math.inf):
            self.best = {name: p.detach().cpu().clone() for name, p in self.trainable.items()}
            history.best_step = self.step
        history.steps.append(self.step)
        history.validation_loss.append(loss)
        history.validation_accuracy.append(accuracy)

    def restore_best(self):
        """Put the best weights into the model, if there was a validation."""
        if self.best is not None:
            self._put(self.best)

    def save(self):
        """Write the state, whole or not at all."""
        save_tensors(self.path, {"identity": self.identity, "step": self.step, "history": asdict(self.history),
                                 "weights": dict(self.trainable), "best": self.best,
                                 "optimizer": self.optimizer.state_dict()})

    def _load(self):
        state = load_tensors(self.path)
        check_state(state, self.identity, self.path)
        self._put(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.history, self.step, self.best = History(**state["history"]), state["step"], state["best"]

    @torch.no_grad()
    def _put(self, weights: dict[str, Tensor]):
        for name, parameter in self.trainable.items():
            parameter.copy_(weights[name])


def _keep_freed_memory():
    """Ask glibc to keep freed memory for the next step, instead of handing it back and having every page zeroed again.

    The tensors of one step are as large as those of the last. The setting lasts as long as the program.
    Where the C library has no such switch nothing happens.
    """
    trim_threshold, mmap_threshold = -1, -3  # the numbers of these settings in malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(mmap_threshold, 1 << 30)
        mallopt(trim_threshold, (1 << 31) - 1)


def _fingerprint(examples: Sequence[tuple], name: str) -> str:
    """A hash of all ids and targets. Raises InputError for no examples, and for one that nothing can be learnt from."""
    check_has_examples(examples, name)
    digest = hashlib.sha256()
    for i in range(len(examples)):
        check_is_no_text(examples[i], i, name)
        ids, targets = (torch.as_tensor(side) for side in examples[i])
        check_can_learn(ids, targets, i, name)
        digest.update(ids.numpy().tobytes() + targets.numpy().tobytes())
    return digest.hexdigest()


def _progress(done: int, steps: int) -> tqdm:
    """A bar that moves every second at a terminal, and every ten seconds in a log."""
    return tqdm(initial=done, total=steps, desc="training", unit="step", leave=False,
                mininterval=1 if sys.stderr.isatty() else 10)


def check_train_config(config: TrainConfig):
    """Raise InputError for settings that make no sense."""
    for name in ("epochs", "batch_size", "accumulate", "learning_rate", "clip", "evaluations", "save_every"):
        value = getattr(config, name)
        require(value > 0, f"TrainConfig.{name} is {value!r}, but it must be above 0.")
    for name in ("batch_size", "accumulate", "evaluations", "save_every"):
        value = getattr(config, name)
        require(isinstance(value, int), f"TrainConfig.{name} is {value!r}, but it must be a whole number.")
    are_shares = 0 <= config.warmup <= 1 and 0 <= config.final_rate <= 1
    message = "warmup and final_rate must be between 0 and 1, and weight_decay not negative."
    require(are_shares and not config.weight_decay < 0, message)
    is_known = config.precision in (None, "float32", "bf16")
    require(is_known, f"precision is {config.precision!r}; it can be 'float32', 'bf16' or None.")
    has_folder = config.out is not None
    require(has_folder or not config.resume, "resume needs `out`, the folder that the state is in.")


def check_device(name: str, there: dict[str, bool]):
    """Raise InputError for a device that this machine does not have; `there` says which kinds it has."""
    kind, _, number = name.partition(":")
    is_there = there.get(kind, False)
    if number:
        is_there = is_there and number.isdigit() and int(number) < max(1, torch.cuda.device_count())
    kinds = ", ".join(kind for kind in there if there[kind])
    require(is_there, f"There is no device '{name}' here; there are: {kinds}.")


def check_trainable(parameters: list[nn.Parameter]):
    """Raise InputError for a model of which nothing is trainable."""
    message = "Nothing in the model is trainable; model.requires_grad_(True) makes all of it so."
    require(len(parameters) > 0, message)


def check_has_examples(examples: Sequence[tuple], name: str):
    """Raise InputError where there is nothing to learn from; name: "training" or "validation"."""
    require(len(examples) > 0, f"There are no {name} examples.")


def check_is_no_text(example: tuple, i: int, name: str):
    """Raise InputError for an example that was not made into ids."""
    message = f"Example {i} of the {name} data is text; make ids and targets of it with Tokenizer.render."
    require(not isinstance(example[0], str), message)


def check_can_learn(ids: Tensor, targets: Tensor, i: int, name: str):
    """Raise InputError for an example that nothing can be learnt from."""
    can_learn = len(ids) == len(targets) and bool((targets != IGNORE).any())
    message = f"Example {i} of the {name} data must have as many targets as ids, and at least one to learn."
    require(can_learn, message)


def check_can_evaluate(examples: Sequence[tuple]):
    """Raise InputError where there is nothing to take a mean of."""
    require(len(examples) > 0, "There are no examples to evaluate on.")


def check_loss(loss: float, step: int):
    """Raise InputError for a loss that is infinite or no number."""
    require(math.isfinite(loss), f"The loss is {loss} at step {step}; use a lower learning rate.")


def check_state(state: object, identity: dict, path: Path):
    """Raise InputError for a file that is no state, or the state of another run."""
    is_state = isinstance(state, dict) and "identity" in state
    require(is_state, f"{path} is not the state of a training run; delete it to start anew.")
    for name, value in identity.items():
        is_same = state["identity"].get(name) == value
        require(is_same, f"{path} is of another run: its {name} differs. Use the same settings, data, model "
                "and torch.manual_seed to go on with it, or delete the file to start anew.")
