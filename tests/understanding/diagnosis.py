"""From what came out to the mistake that was made."""

from functools import cache
from pathlib import Path

from understanding.exercise import Exercise, Variant
from understanding.outcome import Outcome, outcome_of
from understanding.overlay import Namespace, laid_over

NOT_ASKED = Outcome(error="This was not asked, because a question before it never ended.")


def outcomes(exercise: Exercise, names: Namespace, own: Path | None = None) -> list[Outcome]:
    """What comes out of each question of the exercise with these functions and classes in the library's place.

    own: the learner's file, whose lines are shown where an error is raised."""
    found: list[Outcome] = []
    with laid_over(exercise.original, names):
        for question in exercise.questions:
            endless = any(outcome.is_endless for outcome in found)
            found.append(NOT_ASKED if endless else outcome_of(question.ask, own))
    return found


@cache
def outcomes_of_wrong(exercise: Exercise, number: int) -> list[Outcome]:
    """The outcomes of the exercise's wrong implementation with this number."""
    return outcomes(exercise, exercise.wrongs[number].names())


def known_mistake(exercise: Exercise, own: list[Outcome], number: int) -> Variant | None:
    """The wrong implementation that gives what the learner's own gives, at this question and at as many others as possible.

    None if there is none that gives the same here.
    """
    best, most = None, 0
    for i, wrong in enumerate(exercise.wrongs):
        theirs = outcomes_of_wrong(exercise, i)
        if own[number].equals(theirs[number]) and not theirs[number].is_right:
            alike = sum(a.equals(b) for a, b in zip(own, theirs, strict=True))
            if alike > most:
                best, most = wrong, alike
    return best


def complaint(exercise: Exercise, own: list[Outcome], number: int) -> str | None:
    """What is to be said of a question: the claim, what came out, the mistake if it is known, and where to read.

    None if what came out is right."""
    question, outcome = exercise.questions[number], own[number]
    if outcome.is_right:
        return None
    mistake = known_mistake(exercise, own, number)
    named = f"    This is exactly what comes out when {mistake.says}.\n" if mistake else ""
    return (f"{exercise.name}: {question.claim}\n{outcome}\n{named}"
            f"    Read {question.read}. A hint: python lessons/check.py --hints {exercise.name}")
