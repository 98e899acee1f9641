"""The other way round: the learner writes the test, and right and wrong implementations take it."""

import traceback
from collections.abc import Callable
from pathlib import Path

from understanding.exercise import Exercise, Variant
from understanding.outcome import in_words, place_of, time_limit
from understanding.overlay import laid_over, run_source

STARTER = '''"""Your test of {name}: {title}.

Write functions called test_... with assertions that hold for every right implementation and fail for wrong ones. Work the
numbers out by hand: a test that computes them in the same way as the code makes the same mistakes. Import what is tested
inside the function, because another implementation stands in its place each time.
"""

# What is tested: {names}.
from torch import nn, tensor


def test_something():
    from {module} import {names}
    raise NotImplementedError
'''


def starter(exercise: Exercise) -> str:
    """The file that the learner begins with."""
    names = ", ".join(sorted(exercise.names))
    return STARTER.format(name=exercise.name, title=exercise.title, names=names, module=exercise.module)


def judge(exercise: Exercise, path: Path) -> list[str]:
    """What the learner's test says of the right and of the wrong implementations, in lines."""
    try:
        made = run_source(path.read_text(encoding="utf-8"), f"turned_{exercise.name}", str(path))
    except Exception as error:
        return [f"{path.name} cannot be run: {''.join(traceback.format_exception_only(error)).strip()}"]
    tests = [value for name, value in made.items() if name.startswith("test_") and callable(value)]
    library = Variant("the library's own", dict)
    for right in (library, *exercise.rights):
        failure = failure_of(exercise, right, tests, path)
        if failure is not None:
            return [f"Your test fails a right implementation ({right.says}): {failure}"]
    passed = [wrong for wrong in exercise.wrongs if failure_of(exercise, wrong, tests, path) is None]
    caught = len(exercise.wrongs) - len(passed)
    lines = [f"Your test passes all {len(exercise.rights) + 1} right implementations, and catches {caught} of "
             f"{len(exercise.wrongs)} wrong ones."]
    return lines + [f"- It lets through that {wrong.says}." for wrong in passed]


def failure_of(exercise: Exercise, variant: Variant, tests: list[Callable], path: Path) -> str | None:
    """The first failure of these tests with another implementation in the library's place; None if all pass."""
    with laid_over(exercise.original, variant.names()):
        for test in tests:
            try:
                with time_limit(5):
                    test()
            except NotImplementedError:
                return f"{test.__name__} is not written yet."
            except Exception as error:
                return f"{test.__name__}: {place_of(error, path).strip()} {in_words(error)}"
    return None
