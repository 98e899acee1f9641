"""Does a learner who writes an exercise hear what is right, what is wrong and why, and what is still to write?"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCALE = "self.rank, self.alpha, self.scale = rank, alpha, alpha / rank"
WRITTEN = {
    "__init__": f"""        super().__init__()
        self.base = base.requires_grad_(False)
        {SCALE}
        self.dropout, self.original = nn.Dropout(dropout), None
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / rank)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))""",
    "forward": """        if self.original is not None:
            return self.base(x)
        return self.base(x) + self.scale * (self.dropout(x) @ self.A.T @ self.B.T)""",
    "update": "        return self.scale * self.B @ self.A",
    "merge": """        with torch.no_grad():
            if self.original is None:
                self.original = self.base.weight.clone()
                self.base.weight += self.update()""",
    "unmerge": """        with torch.no_grad():
            if self.original is not None:
                self.base.weight.copy_(self.original)
                self.original = None"""}


@pytest.fixture
def check(monkeypatch, tmp_path):
    """lessons/check.py, with a folder of the learner's own that is empty."""
    import understanding.exercise
    monkeypatch.syspath_prepend(ROOT / "lessons")
    monkeypatch.setattr(understanding.exercise, "MINE", tmp_path / "mine")
    import check
    monkeypatch.setattr(check, "at_a_terminal", lambda: False)
    return check


def write(check, names=WRITTEN, *changes):
    """Start the exercise on LoRA and write these of its methods, with changes (old, new) in them."""
    exercise = check.called("lora")
    if not exercise.mine.exists():
        check.start(exercise)
    text = exercise.stub.read_text(encoding="utf-8")
    for name in names:
        start = text.index("        raise NotImplementedError", text.index(f"def {name}("))
        text = text[:start] + WRITTEN[name] + text[start + len("        raise NotImplementedError"):]
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    exercise.mine.write_text(text, encoding="utf-8")
    return exercise


def test_a_stub_is_to_write_and_what_is_there_is_not_overwritten(check, capsys):
    exercise = check.called("lora")
    assert check.state_of(exercise) == (check.NOT_STARTED, [])
    check.start(exercise)
    assert exercise.mine.read_text() == exercise.stub.read_text() and check.state_of(exercise) == (check.TODO, [])
    exercise.mine.write_text("mine")
    check.start(exercise)
    assert exercise.mine.read_text() == "mine" and "is there already" in capsys.readouterr().out


def test_one_method_can_be_written_at_a_time_and_the_library_fills_in_the_rest(check, capsys):
    for names in (["update"], ["__init__"], ["forward", "merge"]):
        exercise = write(check, names)
        assert check.state_of(exercise) == (check.TODO, []), "what is written is right, and something is still to write"
    check.show(exercise)
    assert "LoRALinear.unmerge" in capsys.readouterr().out
    assert check.state_of(write(check)) == (check.RIGHT, [])


@pytest.mark.parametrize(("old", "new", "named"), [
    (SCALE, "self.rank, self.alpha, self.scale = rank, alpha, alpha", "multiplied by alpha alone"),
    ("torch.randn(rank, base.in_features) / rank", "torch.zeros(rank, base.in_features)", "A and B both start at zero"),
    ("base.requires_grad_(False)", "base", "the base's weight is left trainable"),
    ("        if self.original is not None:\n            return self.base(x)\n", "", "still adds its update beside W"),
    ("            if self.original is None:\n                self.original = self.base.weight.clone()",
     "            if True:\n                self.original = self.base.weight.clone()", "merging twice adds the update twice")])
def test_the_five_commonest_mistakes_are_named_first(check, old, new, named):
    state, said = check.state_of(write(check, WRITTEN, (old, new)))
    assert state == check.WRONG and named in said[0], said[0]


def test_an_error_shows_the_learners_own_line_and_what_it_mostly_means(check):
    _, said = check.state_of(write(check, WRITTEN, ("@ self.A.T @ self.B.T", "@ self.A @ self.B")))
    assert "lora.py, line" in said[0] and "in forward" in said[0] and "the wrong way round" in said[0]


def test_a_file_that_cannot_be_run_is_told_once(check):
    for broken, says in (("def f(:", "SyntaxError"), ("import nothing_of_this_name", "ModuleNotFoundError")):
        exercise = write(check, WRITTEN, ("import math\n", f"{broken}\n"))
        state, said = check.state_of(exercise)
        assert state == check.WRONG and len(said) == 1 and says in said[0]


def test_an_endless_loop_is_told_and_ends_the_questions(check, monkeypatch):
    import understanding.outcome
    monkeypatch.setattr(understanding.outcome, "SECONDS", 0.5)
    endless = ("        return self.scale * self.B @ self.A", "        while True:\n            pass")
    state, said = check.state_of(write(check, WRITTEN, endless))
    assert state == check.WRONG and sum("is there a loop without an end?" in sentence for sentence in said) == 1
    assert all("was not asked" in sentence for sentence in said[1:])


def test_predictions_are_compared_and_an_open_one_is_not_given_away(check, capsys):
    exercise = write(check, ["update"], ("at rank 8 and alpha 16?\": None", "at rank 8 and alpha 16?\": 16.0"))
    check.show(exercise)
    out = " ".join(capsys.readouterr().out.split())
    assert "You said 16.0; it is 2.0." in out and "not answered yet" in out and "4608" not in out


def test_all_exercises_have_a_line_and_the_next_one_is_named(check, capsys):
    check.show_all()
    out = capsys.readouterr().out
    assert out.count("not started") == len(list((ROOT / "lessons" / "exercises").glob("*.py"))) and "The next: " in out


def test_reset_asks_and_keeps_what_was_written(check, monkeypatch, capsys):
    exercise = write(check)
    check.reset(exercise)
    assert "nobody to ask" in capsys.readouterr().out and "raise NotImplementedError" not in exercise.mine.read_text()
    monkeypatch.setattr(check, "at_a_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "y")
    check.reset(exercise)
    assert exercise.mine.read_text() == exercise.stub.read_text() and exercise.mine.with_suffix(".py.old").is_file()


def test_hints_come_one_at_a_time(check, capsys):
    check.give_hints(check.called("lora"))
    assert "Hint 1 of 3" in (out := capsys.readouterr().out) and "Hint 2" not in out


def test_the_learners_own_test_is_judged_by_right_and_wrong_implementations(check, capsys):
    exercise = check.called("lora")
    check.turn(exercise)
    path = exercise.mine.with_name("test_lora.py")
    assert path.exists() and "Write your test in" in capsys.readouterr().out
    check.turn(exercise)
    assert "is not written yet" in " ".join(capsys.readouterr().out.split())
    start = "from torch import nn, tensor\n\n\ndef test_scale():\n    from tinyllm.peft import LoRALinear\n"
    path.write_text(start + "    assert LoRALinear(nn.Linear(6, 5), 4, 8).scale == 2\n")
    check.turn(exercise)
    out = " ".join(capsys.readouterr().out.split())
    caught, total = map(int, re.search(r"catches (\d+) of (\d+)", out).groups())
    assert 3 <= caught < total and "It lets through that merging twice adds the update twice." in out
    path.write_text(start + "    assert LoRALinear(nn.Linear(6, 5), 4, 8).B.abs().max() == 0\n")
    check.turn(exercise)
    assert "fails a right implementation (A starts at zero" in " ".join(capsys.readouterr().out.split())


def test_pytest_asks_one_file_anywhere_and_nothing_else(check, tmp_path):
    exercise = write(check, ["update", "merge"], ("return self.scale * self.B @ self.A", "return self.B @ self.A"))
    command = [sys.executable, "-m", "pytest", "tests", "-p", "no:cacheprovider", f"--impl={exercise.mine}"]
    alone = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 1 and "update() leaves out the scale" in done.stdout
    assert "TODO lora: LoRALinear.forward" in done.stdout and "Traceback" not in done.stdout
    assert set(re.findall(r"FAILED tests/(\w+)", done.stdout)) == {"test_understanding"}
    other = tmp_path / "other.py"
    other.write_text("")
    done = subprocess.run([*command[:-1], f"--impl={other}"], cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 4 and "There is no exercise called other" in done.stdout + done.stderr


def test_every_exercise_is_in_the_readmes_map():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "lessons" / "exercises").glob("*.py"):
        assert f"(lessons/exercises/{path.name})" in readme, f"the course map lacks {path.stem}"
