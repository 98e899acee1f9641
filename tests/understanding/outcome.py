"""What came out of a question: whether it is what should have come out, and if not, in what it differs."""

import _thread
import math
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Number
from pathlib import Path

from torch import Tensor

SECONDS = 5  # for one question; the library takes well under one


@dataclass(frozen=True)
class Outcome:
    """computed and wanted are numbers, texts, tensors, or lists of these. error: what was raised instead, in words."""

    computed: object = None
    wanted: object = None
    error: str | None = None
    place: str = ""  # where it was raised, in the learner's own lines

    @property
    def is_right(self) -> bool:
        return self.error is None and same(self.computed, self.wanted)

    @property
    def is_endless(self) -> bool:
        return self.error is not None and self.error.startswith("TimeoutError")

    def equals(self, other: "Outcome") -> bool:
        """Whether the same came out, be it right or wrong."""
        if self.error is not None and other.error is not None:
            return kind_of(self.error) == kind_of(other.error)
        if self.error is not None or other.error is not None:
            return False
        return same(self.computed, other.computed)

    def __str__(self) -> str:
        if self.error is not None:
            return f"{self.place}    {self.error}"
        return (f"    computed   {shown(self.computed)}\n    should be  {shown(self.wanted)}"
                + "".join(f"\n    {words}" for words in how_far(self.computed, self.wanted)))


def outcome_of(ask: Callable[[], tuple], own: Path | None = None) -> Outcome:
    """Ask, and note what comes out. own: the learner's file, whose lines are shown if an error is raised."""
    try:
        with time_limit(SECONDS):
            return Outcome(*ask())
    except NotImplementedError as error:
        return Outcome(error=f"This is not written yet. {error}".strip(), place=place_of(error, own))
    except KeyboardInterrupt as error:
        raise error from None
    except Exception as error:
        return Outcome(error=in_words(error), place=place_of(error, own))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside the `with` after so many seconds. A loop written in Python can always be ended so."""
    is_over = threading.Event()

    def end():
        is_over.set()
        _thread.interrupt_main()
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except KeyboardInterrupt as error:
        if not is_over.is_set():
            raise
        raise TimeoutError(f"It was still running after {seconds:g} seconds: is there a loop without an end?") \
            .with_traceback(error.__traceback__) from None
    finally:
        timer.cancel()


def kind_of(error: str) -> str:
    """The type of an error. What stands behind it depends on how a line was written: `a + b` and `b + a` differ."""
    return error.split(":")[0]


def in_words(error: Exception) -> str:
    """An error as one sentence, with what it mostly means."""
    said = str(error).strip().split("\n")[0]
    meanings = {"mat1 and mat2": "Two matrices do not fit together: the last size of the first must be the first size of the "
                                 "second. Is one of them the wrong way round?",
                "must match the size of tensor": "Two tensors of different shapes were added or multiplied element by element.",
                "does not require grad": "Nothing that was computed can be trained: a parameter is frozen, or was detached.",
                "has no attribute": "Something is looked up that was never set; the stub's docstring says what others rely on.",
                "NoneType": "A function has returned nothing; is its `return` missing?"}
    meaning = next((meaning for part, meaning in meanings.items() if part in said), "")
    return f"{type(error).__name__}: {said} {meaning}".strip()


def place_of(error: BaseException, own: Path | None) -> str:
    """The learner's own lines on the way to the error, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    own_frames = [frame for frame in frames if own and Path(frame.filename) == own]
    return "".join(f"    {own.name}, line {frame.lineno}, in {frame.name}:  {frame.line}\n" for frame in own_frames)


def same(a: object, b: object) -> bool:
    """Whether two results are equal but for rounding."""
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        a, b = (x.detach().tolist() if isinstance(x, Tensor) else x for x in (a, b))
    if isinstance(a, Number) and isinstance(b, Number):
        return (a == b or (math.isnan(a) and math.isnan(b))
                or (math.isclose(a, b, rel_tol=2e-4, abs_tol=2e-6) and not isinstance(a, bool)))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def shown(value: object) -> str:
    """A result on one line, of at most about 100 characters."""
    text = repr(rounded(value))
    return text if len(text) <= 100 else f"{text[:97]}..."


def rounded(value: object) -> object:
    """With four significant digits, which is what one compares by eye."""
    if isinstance(value, Tensor):
        value = value.detach().tolist()
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return value


def how_far(computed: object, wanted: object) -> Iterator[str]:
    """In what two results differ: their shapes, or by how much."""
    if isinstance(computed, Tensor) and isinstance(wanted, Tensor) and computed.shape != wanted.shape:
        yield f"the shape is {tuple(computed.shape)} and should be {tuple(wanted.shape)}"
        return
    own, right = list(numbers_in(computed)), list(numbers_in(wanted))
    if len(own) != len(right) or not own:
        return
    if isinstance(computed, bool):
        return
    off = max((abs(a - b) for a, b in zip(own, right, strict=True)), default=0)
    ratios = [a / b for a, b in zip(own, right, strict=True) if b]
    yield f"off by {off:.4g}" + (" at most" if len(own) > 1 else "")
    if len(ratios) > 1 and max(ratios) - min(ratios) < 1e-3 * abs(ratios[0]) and abs(ratios[0] - 1) > 1e-3:
        yield f"every number is {ratios[0]:.4g} times what it should be"


def numbers_in(value: object) -> Iterator[float]:
    """All numbers of a result, in order."""
    if isinstance(value, Tensor):
        value = value.detach().tolist()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, Number):
        yield float(value)
