"""A run of training that can be killed at any moment and goes on later as if nothing had happened.

All that changes while training is kept in one place, a Run, and its state is written whole or not at all.
Random numbers need not be kept: they all follow from the seed and the number of the step. So a run that was
killed and goes on from its last state takes exactly the steps that it would have taken, and ends with the
same weights. On one CPU they are the same bit for bit. (A GPU makes some sums in an order that changes.)

A run goes on only from a state of its own. Its identity says which run it is: the settings, and hashes of
the data and of the weights that the run started from.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from tinyllm.check import require
from tinyllm.checkpoint import load_tensors, save_tensors
from tinyllm.distributed import Team, parted, whole


@dataclass
class History:
    """What happened in a run: the loss of every step, and what each validation found."""

    train_loss: list[float] = field(default_factory=list)  # one a step: the mean over its target tokens
    learning_rate: list[float] = field(default_factory=list)  # one a step
    steps: list[int] = field(default_factory=list)  # steps done at each validation
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)  # share of target tokens that rank first
    best_step: int = 0  # where the validation loss was lowest: the model ends with the weights of this step


class Run:
    """The state of a run: its trainable weights, its optimizer, its history, and its best weights so far."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, identity: dict):
        self.trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.optimizer = optimizer
        self.identity = identity
        self.history = History()
        self.best: dict[str, Tensor] | None = None

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.history.train_loss)

    def note_step(self, loss: float):
        """Add a step to the history, with the rate that it was taken at."""
        self.history.train_loss.append(loss)
        self.history.learning_rate.append(self.optimizer.param_groups[0]["lr"])

    def note_validation(self, loss: float, accuracy: float):
        """Add a validation to the history, and keep a copy of the weights if it is the best so far."""
        if loss < min(self.history.validation_loss, default=math.inf):
            self.best = {name: whole(p.detach()).cpu().clone() for name, p in self.trainable.items()}
            self.history.best_step = self.step
        self.history.steps.append(self.step)
        self.history.validation_loss.append(loss)
        self.history.validation_accuracy.append(accuracy)

    def restore_best(self):
        """Put the best weights into the model, if there was a validation."""
        if self.best is not None:
            self.fill(self.best)

    def save(self, path: Path, team: Team):
        """Write the state, whole or not at all. Of several ranks the first writes it for all."""
        state = whole({"weights": self.trainable, "optimizer": self.optimizer.state_dict()})
        if team.is_first:
            save_tensors(path, {"identity": self.identity, "history": asdict(self.history),
                                "best": self.best, **state})
        team.wait()

    def load(self, path: Path):
        """Go on from a state that `save` wrote.

        Raises InputError, and changes nothing, if it is damaged or belongs to another run.
        """
        state = load_tensors(path)
        check_state(state, self.identity, path)
        self.fill(state["weights"])
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        for number, own in state["optimizer"]["state"].items():
            own.update({name: parted(value, parameters[number]) for name, value in own.items()})
        self.optimizer.load_state_dict(state["optimizer"])
        self.history = History(**state["history"])
        self.best = state["best"]

    @torch.no_grad()
    def fill(self, weights: dict[str, Tensor]):
        """Copy weights into the model."""
        for name, parameter in self.trainable.items():
            parameter.copy_(parted(weights[name], parameter))


def identity_of(settings: dict, model: nn.Module, train: Sequence[tuple],
                validation: Sequence[tuple] | None) -> dict:
    """What a run is known by: its settings (but those that change nothing in it), its data, its start."""
    left_out = "out", "resume", "save_every", "device", "compile", "keep_less", "together", "multiple"
    identity = {name: value for name, value in settings.items() if name not in left_out}
    identity["training data"] = hash_of_examples(train)
    if validation is not None:
        identity["validation data"] = hash_of_examples(validation)
    identity["starting weights"] = hash_of_model(model)
    return identity


def hash_of_examples(examples: Sequence[tuple]) -> str:
    """A hash of all ids and targets, in their order."""
    digest = hashlib.sha256()
    for i in range(len(examples)):
        for side in examples[i]:
            digest.update(torch.as_tensor(side).numpy().tobytes())
    return digest.hexdigest()


def hash_of_model(model: nn.Module) -> str:
    """A hash of the names of what is trainable, and of all weights.

    The frozen weights count too: to train the same adapter on another base is another run.
    """
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    digest = hashlib.sha256(json.dumps(trainable).encode())
    for tensor in whole(model.state_dict()).values():
        digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def check_state(state: object, identity: dict, path: Path):
    """Raise InputError for a file that is no state, or the state of another run."""
    is_state = isinstance(state, dict) and "identity" in state
    require(is_state, f"{path} is not the state of a training run; delete it to start anew.")
    for name in {**identity, **state["identity"]}:  # a state with validation data is of another run, too
        is_same = state["identity"].get(name) == identity.get(name)
        require(is_same, f"{path} is of another run: its {name} differs. Use the same settings, data, model "
                "and torch.manual_seed to go on with it, or delete the file to start anew.")
