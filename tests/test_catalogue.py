"""Are the diagnoses right? Every wrong implementation must fail and be named, and no right one may fail."""

import ast
import re

import pytest
from understanding.catalogue import exercises
from understanding.diagnosis import complaint, known_mistake, outcomes, outcomes_of_wrong
from understanding.own import read_own

EXERCISES = [pytest.param(exercise, id=exercise.name) for exercise in exercises()]
WRONGS = [pytest.param(exercise, i, id=f"{exercise.name}-{i}") for exercise in exercises() for i in range(len(exercise.wrongs))]
RIGHTS = [pytest.param(exercise, right, id=f"{exercise.name}-{i}")
          for exercise in exercises() for i, right in enumerate(exercise.rights)]


@pytest.mark.parametrize(("exercise", "number"), WRONGS)
def test_a_wrong_implementation_fails_and_the_first_failure_names_its_mistake(exercise, number):
    wrong, found = exercise.wrongs[number], outcomes_of_wrong(exercise, number)
    failed = [i for i, outcome in enumerate(found) if not outcome.is_right]
    assert failed, f"nothing notices that {wrong.says}"
    named = known_mistake(exercise, found, failed[0])
    assert named is wrong, f"where {wrong.says}, it is said that {named.says}: no question tells the two apart"
    assert wrong.says in complaint(exercise, found, failed[0])


@pytest.mark.parametrize(("exercise", "right"), RIGHTS)
def test_a_right_implementation_fails_no_question(exercise, right):
    found = outcomes(exercise, right.names())
    wrong = [f"{question.claim}\n{outcome}" for question, outcome in zip(exercise.questions, found, strict=True)
             if not outcome.is_right]
    assert not wrong, f"this is right ({right.says}), and a question says that it is not:\n" + "\n".join(wrong)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_is_whole(exercise):
    stub = exercise.stub.read_text(encoding="utf-8")
    own = read_own(exercise, exercise.stub)
    assert own.error is None and own.lacking == exercise.to_write != (), "the stub has something to write, and nothing is written"
    assert tuple(own.predictions) == tuple(prediction.asks for prediction in exercise.predictions)
    assert set(own.predictions.values()) == {None}, "the stub gives no prediction away"
    assert 2 <= len(exercise.predictions) <= 3 and exercise.hints and len(exercise.rights) >= 2 and len(exercise.wrongs) >= 3
    for node in ast.walk(ast.parse(stub)):
        assert not isinstance(node, ast.FunctionDef | ast.ClassDef) or ast.get_docstring(node), f"{node.name} has no docstring"
    lesson = next(exercise.stub.parent.parent.glob(f"{exercise.lesson:02}_*.py")).read_text(encoding="utf-8")
    for question in exercise.questions:
        [heading] = re.findall(r'"(.*)"', question.read)
        assert f"# ## {heading}\n" in lesson, f"lesson {exercise.lesson} has no part called {heading}"


def test_no_two_wrong_implementations_of_an_exercise_are_called_the_same():
    named = [(exercise.name, wrong.says) for exercise in exercises() for wrong in exercise.wrongs]
    assert len(named) == len(set(named))
