"""The questions that check the exercises. `python -m pytest` asks them of the library, `python -m pytest tests --yours` of what
you have written in lessons/exercises/mine, and `python -m pytest tests --impl=FILE` of one file anywhere."""

import pytest
from understanding.catalogue import exercises

QUESTIONS = [pytest.param(exercise, number, id=f"{exercise.name}-{question.name}")
             for exercise in exercises() for number, question in enumerate(exercise.questions)]


@pytest.mark.parametrize(("exercise", "number"), QUESTIONS)
def test_understanding(exercise, number, said):
    """What is written does what the question claims of it."""
    sentence = said(exercise, number)
    if sentence is not None:
        pytest.fail(sentence, pytrace=False)
