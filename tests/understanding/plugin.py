"""What makes pytest ask the learner's own code: --yours and --impl."""

from functools import cache
from pathlib import Path

import pytest

from understanding.catalogue import exercise as exercise_called
from understanding.catalogue import exercises
from understanding.diagnosis import complaint, outcomes
from understanding.exercise import MINE
from understanding.own import Own, predictions_of, read_own


def add_options(parser):
    group = parser.getgroup("exercises")
    group.addoption("--yours", action="store_true", help="test what you have written in lessons/exercises/mine, and nothing else")
    group.addoption("--impl", metavar="FILE", help="test one file, which has the name of its exercise, such as lora.py")


def owns(config) -> list[Own] | None:
    """What the learner has written, as far as it is started; None if the library is to be tested."""
    if not config.getoption("--yours") and config.getoption("--impl") is None:
        return None
    if not hasattr(config, "owns"):
        path = config.getoption("--impl")
        paths = [Path(path).resolve()] if path else [one.mine for one in exercises() if one.mine.exists()]
        try:
            config.owns = [read_own(exercise_called(path.stem), path) for path in paths]
        except KeyError as error:
            raise pytest.UsageError(error.args[0]) from None
        if not config.owns:
            raise pytest.UsageError(f"There is nothing in {MINE.relative_to(MINE.parents[2])} yet; "
                                    "start an exercise by `python lessons/check.py --start lora`.")
    return config.owns


def is_of_no_use(path: Path, config) -> bool | None:
    """Whether a file of tests need not be read, because only the questions are asked: that saves seconds."""
    if owns(config) is not None and path.suffix == ".py" and path.name != "test_understanding.py":
        return True
    return None  # let pytest decide


def choose_items(config, items):
    """Leave only the questions of what the learner has begun to write; of a file that cannot be run, only one."""
    written = owns(config)
    if written is None:
        return
    started = {own.exercise.name: own for own in written if own.is_started}
    chosen, seen = [], set()
    for item in items:
        exercise = getattr(item, "callspec", None) and item.callspec.params.get("exercise")
        own = started.get(getattr(exercise, "name", None))
        is_question = getattr(item, "originalname", None) == "test_understanding"
        if own is not None and is_question and not (own.error and own.exercise.name in seen):
            seen.add(own.exercise.name)
            chosen.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def speaker(config):
    """A function of an exercise and the number of a question: what is to be said of it, None if it came out right."""
    written = {own.exercise.name: own for own in owns(config) or []}

    @cache
    def asked(name):
        own = written.get(name)
        return outcomes(exercise_called(name), own.names if own else {}, own.path if own else None)

    def said(exercise, number):
        own = written.get(exercise.name)
        if own is not None and own.error:
            return f"{own.path.name} cannot be run, so nothing in it is tested:\n{own.error}"
        return complaint(exercise, asked(exercise.name), number)
    return said


def summarize(config, write_line):
    """After the tests: what is still to be written, and how the predictions came out."""
    written = owns(config)
    for own in written or []:
        write_line("")
        for line in predictions_of(own):
            write_line(line)
        for name in own.lacking:
            write_line(f"TODO {own.exercise.name}: {name} (the library's own was used)")
    not_started = [one.name for one in exercises() if not one.mine.exists()]
    if written and config.getoption("--yours") and not_started:
        write_line(f"TODO, not started: {', '.join(not_started)}")
