"""All exercises, in course order."""

import importlib
from pathlib import Path

from understanding.exercise import Exercise

HELPERS = "__init__", "catalogue", "diagnosis", "exercise", "outcome", "overlay", "own", "plugin", "turned"
FILES = [path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in HELPERS]


def exercises() -> list[Exercise]:
    """Every exercise, in the order of the lessons, and within a lesson in that of ORDER."""
    made = [importlib.import_module(f"understanding.{name}").EXERCISE for name in FILES]
    return sorted(made, key=lambda exercise: (exercise.lesson, exercise.order, exercise.name))


def exercise(name: str) -> Exercise:
    """The exercise with this name. Raises KeyError, which names all, if there is none."""
    if name not in FILES:
        raise KeyError(f"There is no exercise called {name}; there are: {', '.join(one.name for one in exercises())}.")
    return importlib.import_module(f"understanding.{name}").EXERCISE
