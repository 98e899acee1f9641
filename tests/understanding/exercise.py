"""An exercise, its questions, and its wrong and right implementations."""

import ast
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType

from understanding.overlay import Namespace, fill_in, run_source, unwritten

ROOT = Path(__file__).resolve().parent.parent.parent
STUBS = ROOT / "lessons" / "exercises"
MINE = STUBS / "mine"


@dataclass(frozen=True)
class Question:
    """claim: what must hold, in words. ask: returns (what was computed, what should have been). read: where it is explained."""

    claim: str
    ask: Callable[[], tuple]
    read: str

    @property
    def name(self) -> str:
        return self.ask.__name__


@dataclass(frozen=True)
class Variant:
    """Another implementation. says: what is wrong with it, or what is different in it. names: what it puts in their place."""

    says: str
    names: Callable[[], Namespace]


@dataclass(frozen=True)
class Prediction:
    """What does this give? asks: the call, in words. answer: computes it with the library."""

    asks: str
    answer: Callable[[], object]


@dataclass(eq=False)
class Exercise:
    """module: the library's, which shows one way to write it. title: what is to be written, in a few words."""

    name: str
    lesson: int
    module: str
    title: str
    order: int = 0  # among the exercises of one lesson
    read: str = ""  # the part of the lesson that explains it, for questions that name no other
    hints: tuple[str, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    questions: list[Question] = field(default_factory=list)
    wrongs: list[Variant] = field(default_factory=list)
    rights: list[Variant] = field(default_factory=list)

    @property
    def stub(self) -> Path:
        return STUBS / f"{self.name}.py"

    @property
    def mine(self) -> Path:
        """Where the learner's own stands, once it is started."""
        return MINE / f"{self.name}.py"

    @cached_property
    def to_write(self) -> tuple[str, ...]:
        """What the stub leaves to write, as "rotate" or "LoRALinear.merge"."""
        return tuple(unwritten(ast.parse(self.stub.read_text(encoding="utf-8"))))

    @property
    def original(self) -> ModuleType:
        """The library's module."""
        return importlib.import_module(self.module)

    @property
    def names(self) -> set[str]:
        """The functions and classes that it is about."""
        return {path.split(".")[0] for path in self.to_write}

    def asks(self, claim: str, read: str = "") -> Callable:
        """Makes a question of a function. read: the part of the lesson that explains it."""
        def add(ask):
            self.questions.append(Question(claim, ask, f'lesson {self.lesson}, "{read or self.read}"'))
            return ask
        return add

    def wrong(self, says: str, *changes: tuple[str, str]) -> Callable:
        """A wrong implementation: the library's with pieces (old, new) of its source changed, or a class that holds another."""
        return self.variant(self.wrongs, says, changes)

    def right(self, says: str, *changes: tuple[str, str]) -> Callable:
        """Another right implementation, given in the same way."""
        return self.variant(self.rights, says, changes)

    def variant(self, where: list[Variant], says: str, changes: tuple[tuple[str, str], ...]) -> Callable:
        def add(holder):
            where.append(Variant(says, lambda: self.completed(vars(holder))))
            return holder
        if changes:
            where.append(Variant(says, lambda: self.changed(changes)))
        return add

    def completed(self, made: Namespace, lacking: Sequence[str] = ()) -> Namespace:
        """What it is about, of all that was made. What is lacking, as "rotate" or "LoRALinear.merge", the library fills in."""
        names = {name: made[name] for name in sorted(self.names) if name in made and name not in lacking}
        for name, value in names.items():
            if isinstance(value, type):
                methods = {path.partition(".")[2] for path in lacking if path.startswith(f"{name}.")}
                fill_in(value, getattr(self.original, name), methods)
        return names

    def changed(self, changes: tuple[tuple[str, str], ...]) -> Namespace:
        """The library's implementation with some of its source changed. Each old piece must stand there exactly once."""
        path = Path(self.original.__file__)
        source = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert source.count(old) == 1, f"{path.name} must hold this exactly once: {old!r}"
            source = source.replace(old, new)
        made = run_source(source, self.module, str(path))
        # A class that the exercise is not about is the library's, so that isinstance knows it.
        made.update({name: value for name, value in vars(self.original).items()
                     if isinstance(value, type) and name not in self.names})
        return {name: made[name] for name in self.names}
