"""Is the quiz complete, does each wrong answer get its own explanation, and is nothing lost that was answered?"""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def ask(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "lessons")
    module = importlib.import_module("ask")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    return module


@pytest.fixture
def lessons(tmp_path):
    """A copy of the lessons' small modules, so that the quiz does not touch the answers of whoever runs the tests."""
    shutil.copytree(ROOT / "lessons", tmp_path / "lessons", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "lessons"


def test_there_are_ten_questions_of_the_course_and_thirty_of_our_own_or_more_on_every_lesson(ask):
    questions = ask.load_questions()
    course = [question for question in questions if question.course]
    assert len(course) == 10 and len(questions) - len(course) >= 30
    assert {question.lesson for question in questions} == set(range(1, 18))
    assert [question.lesson for question in questions] == sorted(question.lesson for question in questions), "in course order"
    assert len({question.id for question in questions}) == len(questions)


def test_every_wrong_choice_has_an_explanation_of_its_own(ask):
    seen = set()
    for question in ask.load_questions():
        assert len(question.wrong) == len(question.choices) - 1 >= 2, question.id
        assert question.right not in question.wrong and len(set(question.choices)) == len(question.choices), question.id
        for because in question.wrong.values():
            assert because not in seen and len(because) > 20, question.id
            seen.add(because)


def test_every_question_names_a_test_that_exists_and_a_claim_of_the_ledger(ask):
    from ledger import LEDGER
    for question in ask.load_questions():
        file, _, name = question.test.partition("::")
        assert f"def {name.split('[')[0]}" in (ROOT / file).read_text(encoding="utf-8"), f"{question.id}: {question.test}"
        if question.claim:
            assert question.claim in LEDGER, question.id


def test_the_right_choice_is_neither_always_the_longest_nor_always_at_one_place(ask):
    questions = ask.load_questions()
    longest = sum(len(q.choices[q.right]) == max(map(len, q.choices)) for q in questions)
    assert longest <= 0.6 * len(questions)
    for place in range(3):
        assert sum(q.right == place for q in questions) <= 0.5 * len(questions)


def test_answers_are_kept_and_the_first_one_counts(ask):
    first, second, third = ask.load_questions()[:3]
    score = ask.Score()
    score.note(first, next(iter(first.wrong)))
    score.note(first, first.right)
    score.note(second, next(iter(second.wrong)))
    again = ask.Score()
    assert again.right_at_first([first, second, third]) == 0
    assert again.answers[first.id] == {"first": False, "last": True}
    assert again.open([first, second, third]) == [third, second], "unanswered ones first, then what was wrong"


def test_a_damaged_file_of_answers_is_kept_aside(ask, capsys):
    (ask.RESULTS / "quiz.json").write_text("{ cut")
    assert ask.Score().answers == {}
    assert (ask.RESULTS / "quiz.json.old").read_text() == "{ cut" and "damaged" in capsys.readouterr().out


def test_a_wrong_answer_shows_what_a_lesson_measured_or_how_to_measure_it(ask, monkeypatch, capsys):
    monkeypatch.setattr(ask, "summaries", lambda lesson: {})  # whatever has been run here
    question = next(q for q in ask.load_questions() if q.claim == "forget-peft")
    choice, because = next(iter(question.wrong.items()))
    question.respond(choice)
    shown = " ".join(capsys.readouterr().out.split())
    assert " ".join(because.split()) in shown and "Not measured here yet" in shown
    assert "lessons/06_catastrophic_forgetting.py" in shown and question.test in shown
    claim = {"id": "forget-peft", "measured": "LoRA minus full", "mean": 0.25, "error": 0.125, "verdict": "seen (one seed)"}
    monkeypatch.setattr(ask, "summaries", lambda lesson: {"claims": [claim]})
    question.respond(choice)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Measured in lesson 6: LoRA minus full: +0.250 ± 0.125." in shown and "seen (one seed)" in shown


def type_in(monkeypatch, *lines):
    """Let these lines be typed, one for each question, and then the end of the input."""
    waiting = iter(lines)

    def typed(prompt):
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None
    monkeypatch.setattr("builtins.input", typed)


def test_a_lesson_ends_with_its_own_questions_and_keeps_what_was_answered(ask, monkeypatch, capsys):
    own = [question for question in ask.load_questions() if question.lesson == 6]
    type_in(monkeypatch, "abcdefgh"[own[0].right], "", "a")
    ask.quiz_of_lesson(6, asks=True)
    shown = capsys.readouterr().out
    assert own[1].asks.split()[0] in shown and "Right at the first try: 1 of" in shown
    assert set(ask.Score().answers) == {own[0].id}, "an empty line stops, and counts for nothing"


def test_with_nobody_to_answer_one_question_is_shown_with_its_answer(ask, capsys):
    ask.quiz_of_lesson(6, asks=False)
    shown = capsys.readouterr().out
    assert "Answer:" in shown and "quiz.py --lesson 6" in shown and not ask.Score().answers


@pytest.mark.parametrize(("typed", "guess"), [("0,4", 0.4), ("40%", 0.4), ("", None)])
def test_a_guess_may_be_a_share_a_percentage_or_nothing(ask, monkeypatch, capsys, typed, guess):
    type_in(monkeypatch, "what?", typed)
    prediction = ask.Prediction("Which share?", None, asks=True)
    assert prediction.guess == guess and "A number, please." in capsys.readouterr().out
    prediction.compare(0.5)
    assert ("-0.1 off" in capsys.readouterr().out) == (guess is not None)


def run(lessons, *arguments):
    return subprocess.run([sys.executable, str(lessons / "quiz.py"), *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, cwd=lessons.parent)


def test_a_script_answers_in_one_line(lessons):
    done = run(lessons, "--answers", "1:a,2:b")
    assert done.returncode == 0 and "2 of " in done.stdout, done.stderr
    assert len(json.loads((lessons.parent / "results" / "quiz.json").read_text())) == 2


@pytest.mark.parametrize(("answers", "word"), [("99:a", "no question '99'"), ("1:z", "choices a to"), ("", "no question ''"),
                                               ("1", "choices a to")])
def test_an_answer_to_nothing_is_one_sentence_and_keeps_nothing(lessons, answers, word):
    done = run(lessons, "--answers", answers)
    assert done.returncode == 2 and word in done.stderr and "Traceback" not in done.stderr
    assert not (lessons.parent / "results" / "quiz.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_keeps_what_was_answered(lessons):
    import os
    import pty
    import signal
    process, terminal = pty.fork()
    if process == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell lets its background jobs ignore
        os.execv(sys.executable, [sys.executable, str(lessons / "quiz.py")])
    os.write(terminal, b"z\na\n")
    seen = b""
    while b"Question 2" not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    try:
        while chunk := os.read(terminal, 4096):
            seen += chunk
    except OSError:  # the other side is closed
        pass
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"One letter from a to" in seen and b"Stopped." in seen and b"Traceback" not in seen
    assert len(json.loads((lessons.parent / "results" / "quiz.json").read_text())) == 1
    assert not list((lessons.parent / "results").glob(".*.tmp"))
