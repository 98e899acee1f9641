"""The learner's own files: what is written in them, and whether it can be run at all."""

import ast
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from understanding.exercise import Exercise
from understanding.outcome import in_words, place_of, time_limit
from understanding.overlay import Namespace, run_source, unwritten


@dataclass
class Own:
    """names: what is written, with the library's in the place of what is not. lacking: what is not written. error: why the
    file cannot be run, in words."""

    exercise: Exercise
    path: Path
    names: Namespace = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    predictions: dict[str, object] = field(default_factory=dict)
    error: str | None = None

    @property
    def is_started(self) -> bool:
        """Whether anything is written."""
        return self.error is not None or len(self.lacking) < len(self.exercise.to_write)

    @property
    def is_complete(self) -> bool:
        return self.error is None and not self.lacking


def read_own(exercise: Exercise, path: Path) -> Own:
    """Run the learner's file and see what it defines."""
    try:
        source = path.read_text(encoding="utf-8")
        lacking = list(unwritten(ast.parse(source, str(path))))
    except (SyntaxError, UnicodeDecodeError, OSError) as error:
        return Own(exercise, path, error="".join(traceback.format_exception_only(error)).replace(str(path), path.name).strip())
    try:
        with time_limit(10):
            made = run_source(source, f"mine_{exercise.name}", str(path))
    except Exception as error:
        return Own(exercise, path, error=f"{place_of(error, path)}{in_words(error)}".strip())
    missing = [name for name in exercise.to_write if not is_there(made, name)]
    lacking = [name for name in lacking if name in exercise.to_write]
    for name in lacking:
        if "." not in name:
            made[name] = getattr(exercise.original, name)  # for the learner's other functions, which call it
    lacking = tuple(dict.fromkeys([*lacking, *missing]))
    return Own(exercise, path, exercise.completed(made, lacking), lacking, made.get("PREDICTIONS", {}))


def is_there(made: Namespace, path: str) -> bool:
    """Whether a function, or a class with a method, was made."""
    name, _, method = path.partition(".")
    return name in made and (not method or hasattr(made[name], method))


def predictions_of(own: Own) -> list[str]:
    """A line for each prediction of the exercise: what was answered, and what it is. What is not answered is not given away."""
    lines = []
    for prediction in own.exercise.predictions:
        answer = own.predictions.get(prediction.asks)
        if answer is None:
            lines.append(f"? {prediction.asks}  (not answered yet)")
        elif agrees(answer, prediction.answer()):
            lines.append(f"+ {prediction.asks}  You said {answer!r}, and so it is.")
        else:
            lines.append(f"- {prediction.asks}  You said {answer!r}; it is {prediction.answer()!r}.")
    return lines


def agrees(answer: object, right: object) -> bool:
    """Whether a prediction is right: a number within one percent, anything else exactly."""
    if isinstance(answer, int | float) and isinstance(right, int | float):
        return abs(answer - right) <= 0.01 * abs(right)
    return answer == right
