"""Training: cross-entropy on the targets, AdamW, and a learning rate that warms up and decays.

The trainer knows neither the model's insides nor which method of tuning it serves. It calls `model(ids) ->
logits` and trains whatever has `requires_grad`. Its examples are (ids, targets) pairs, as `Tokenizer.render`
makes them. Where a target is IGNORE (-), no loss is computed:

    ids       [Where, does, Anna, live,   ?   , Norden]
    targets   [  -  ,  -  ,  -  ,  -  , Norden, END   ]
"""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.batches import batch_indices, batches_from, collate, cut, round_up
from tinyllm.check import require
from tinyllm.config import TrainConfig
from tinyllm.device import in_mode, keeping_less, pick_device, pick_precision
from tinyllm.distributed import Team, own_device
from tinyllm.progress import TrainingBar
from tinyllm.resume import History, Run, identity_of
from tinyllm.tokenizer import IGNORE

Examples = Sequence[tuple]  # (ids, targets) pairs
STEP_SEED = 104729  # step n draws with seed + 104729 n, so that runs with other seeds draw other numbers


def masked_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The sum of -log p(target) over all targets that are not IGNORE. logits (.., V), targets (..).

    It is a sum and no mean, because the pieces of a batch have different numbers of targets. A mean over
    each piece would let the targets of a short piece count more than those of a long one.
    """
    logits = logits.flatten(0, -2).float()  # (B T, V)
    return F.cross_entropy(logits, targets.flatten(), ignore_index=IGNORE, reduction="sum")


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """The rate of a step, counted from 0: a straight line up, then half a cosine wave down.

    (Loshchilov and Hutter 2017, eq. 5, without restarts.)
    """
    warmup = max(1, round(config.warmup * steps))
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)  # from 0 to 1
    share = config.final_rate + (1 - config.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * share


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) on all that is trainable.

    Weight decay pulls weight matrices towards zero. Norms and biases, which have one dimension, have none.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    require(len(trainable) > 0, "Nothing in the model is trainable; use model.requires_grad_(True).")
    matrices = {"params": [p for p in trainable if p.ndim >= 2], "weight_decay": config.weight_decay}
    vectors = {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0}
    groups = [group for group in (matrices, vectors) if group["params"]]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.95), fused=True)


class Trainer:
    """Trains a model on (ids, targets) pairs.

        >>> examples = render_all(tokenizer, pairs)  # of data.py
        >>> history = Trainer(model, TrainConfig(epochs=3)).fit(examples, validation)
    """

    def __init__(self, model: nn.Module, config: TrainConfig):
        self.config = config
        self.device = own_device(pick_device(config.device))
        self.team = Team(config.together, self.device)  # of one, unless torchrun has started several
        self.precision = pick_precision(self.device, config.precision)
        self.model = model.to(self.device)
        self.state_file = Path(config.out or ".") / "training_state.pt"
        self.takes_at = "at" in inspect.signature(model.forward).parameters
        shared = self.team.together(self.model)
        self.compiled = torch.compile(shared) if config.compile else shared

    def fit(self, train: Examples, validation: Examples | None = None,
            after_step: Callable[[int], None] | None = None) -> History:
        """Train for config.epochs. With validation examples the model ends with its best weights on them.

        after_step is called after each step with the number of steps done, to look at the model while it
        learns. Raises InputError if there are no examples, if one has no target, or if the state to resume
        is of another run.
        """
        run = self.start(train, validation)
        steps = max(1, round(self.config.epochs * math.ceil(len(train) / self.config.batch_size)))
        batches = batches_from(run.step, train, self.config.batch_size, self.config.seed)
        self.schedule(run, steps)  # for the first step
        with self.training(), TrainingBar(run.step, steps, self.device, self.team.is_first) as bar:
            for step, batch in zip(range(run.step, steps), batches, strict=False):
                torch.manual_seed(self.config.seed + STEP_SEED * step + self.team.rank)  # for dropout
                pieces, n_targets = self.split(batch)
                run.optimizer.zero_grad()  # also those that an interrupted run left
                total = 0.0
                for ids, targets in pieces:
                    with self.autocast():
                        # The logits get no name, which would keep them in memory during the backward pass.
                        loss = masked_cross_entropy(*self.predict(self.compiled, ids, targets)) / n_targets
                    loss.backward()
                    total += loss.item()
                total = self.team.mean(total)
                check_loss(total, step)
                nn.utils.clip_grad_norm_(run.trainable.values(), self.config.clip)
                run.optimizer.step()
                run.note_step(total)
                self.schedule(run, steps)  # for the next step
                self.look_back(run, steps, validation, after_step)
                bar.step(total, tokens=self.team.size * sum(ids.numel() for ids, _ in pieces))
        run.restore_best()
        return run.history

    @contextmanager
    def training(self) -> Iterator[None]:
        """Inside the `with` dropout and keep_less act. After it mode and random numbers go on as before."""
        with (in_mode(self.model, training=True), keeping_less(self.model, self.config.keep_less),
              torch.random.fork_rng([self.device] if self.device.type == "cuda" else [])):
            yield

    def split(self, batch: list[tuple]) -> tuple[list[tuple[Tensor, Tensor]], float]:
        """The batch in pieces of (ids, targets), and its number of targets.

        A piece has at most config.piece_tokens tokens, padding included, but at least one text. With several
        ranks, each gets the pieces of its own share, and the number of targets divided by that of the ranks:
        the mean of the ranks' gradients is then the gradient of the whole batch. The ranks wait for each
        other after each piece, so all must cut alike: by the longest text of the whole batch.
        """
        own = self.team.share(batch)
        longest = round_up(max(len(ids) for ids, _ in batch), self.config.multiple)
        size = self.config.piece_tokens
        n_texts = max(1, size // longest) if size else len(own)
        pieces = [self.on_device(piece) for piece in cut(own, n_texts)]
        n_targets = sum(int((torch.as_tensor(targets) != IGNORE).sum()) for _, targets in batch)
        return pieces, n_targets / self.team.size

    def schedule(self, run: Run, steps: int):
        """Set the rate at which the next step of the run will be taken."""
        for group in run.optimizer.param_groups:
            group["lr"] = learning_rate(run.step, steps, self.config)

    def look_back(self, run: Run, steps: int, validation: Examples | None, after_step: Callable | None):
        """What follows a step: let the caller look at the model, validate, and save the state."""
        if after_step is not None:
            after_step(run.step)
        count = self.config.evaluations
        evaluate_at = [round(steps * (i + 1) / count) for i in range(count)]
        if validation is not None and run.step in evaluate_at:
            run.note_validation(*self.evaluate(validation))
        if self.config.out and (run.step % self.config.save_every == 0 or run.step == steps):
            run.save(self.state_file, self.team)

    def start(self, train: Examples, validation: Examples | None) -> Run:
        """A new run, or the one whose state config.out holds, if it is to be resumed."""
        check_examples(train, "training")
        if validation is not None:
            check_examples(validation, "validation")
        identity = identity_of(asdict(self.config), self.model, train, validation)
        run = Run(self.model, make_optimizer(self.model, self.config), identity)
        if self.config.resume and self.state_file.exists():
            run.load(self.state_file)
        return run

    @torch.no_grad()
    def evaluate(self, examples: Examples) -> tuple[float, float]:
        """(mean loss of the target tokens, share that is predicted), whatever batches they come in."""
        require(len(examples) > 0, "There are no examples to evaluate on.")
        loss, right, count = 0.0, 0, 0
        with in_mode(self.model, training=False):
            for indices in batch_indices([len(ids) for ids, _ in examples], self.config.batch_size, seed=0):
                ids, targets = self.on_device([examples[i] for i in indices])
                with self.autocast():
                    logits, targets = self.predict(self.model, ids, targets)
                loss += masked_cross_entropy(logits, targets).item()
                right += int((logits.argmax(dim=-1) == targets).sum())  # argmax is never IGNORE
                count += int((targets != IGNORE).sum())
        require(count > 0, "None of the examples has a target to evaluate on.")
        return loss / count, right / count

    def predict(self, model: nn.Module, ids: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The logits and the targets. If the model takes `at`, only at the positions that have a target.

        A few positions without a target fill their number up to a multiple of config.multiple. A compiled
        model is asked for all positions: it would be compiled anew for each number of them.
        """
        at = targets != IGNORE
        if self.config.compile or not self.takes_at or bool(at.all()):
            return model(ids), targets
        missing = -int(at.sum()) % self.config.multiple
        at.view(-1)[(~at).view(-1).nonzero()[:missing]] = True  # the first positions without a target
        return model(ids, at=at), targets[at]

    def on_device(self, examples: list[tuple]) -> tuple[Tensor, Tensor]:
        """The examples as ids and targets, (B, T) each."""
        return tuple(side.to(self.device) for side in collate(examples, self.config.multiple))

    def autocast(self) -> torch.autocast:
        """Inside the `with` matrices are multiplied in bfloat16, if that is the precision.

        A weight is used once in a pass, so its bfloat16 copy need not be kept for a second use.
        """
        is_wanted = self.precision == "bf16"
        return torch.autocast(self.device.type, torch.bfloat16, is_wanted, cache_enabled=False)


def check_examples(examples: Examples, name: str):
    """Raise InputError for no examples, and for one that nothing can be learnt from."""
    require(len(examples) > 0, f"There are no {name} examples.")
    for i in range(len(examples)):
        ids, targets = examples[i]
        require(not isinstance(ids, str), f"Example {i} of the {name} data is text; "
                "make ids and targets of it with Tokenizer.render.")
        can_learn = len(ids) == len(targets) and bool((torch.as_tensor(targets) != IGNORE).any())
        require(can_learn, f"Example {i} ({name}) must have as many targets as ids, at least one to learn.")


def check_loss(loss: float, step: int):
    """Raise InputError for a loss that is infinite or no number."""
    require(math.isfinite(loss), f"The loss is {loss} at step {step}; use a lower learning rate.")
