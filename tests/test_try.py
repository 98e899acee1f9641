"""Does lessons/try.py answer from the command line and from a prompt, and refuse in one sentence?"""

import subprocess
import sys
from pathlib import Path

import pytest

TRY = Path(__file__).resolve().parent.parent / "lessons" / "try.py"


def run(*arguments, typed=""):
    return subprocess.run([sys.executable, str(TRY), *map(str, arguments)], input=typed, capture_output=True, text=True)


def test_a_question_on_the_command_line_is_answered_and_a_seed_repeats_a_sample():
    settings = "Ben:", "--temperature", "1.5", "--top-k", "50", "--top-p", "0.95", "--seed", "3", "--max-new-tokens", "12"
    first, again, other = run(*settings), run(*settings), run(*settings, "--seed", "4")
    assert first.returncode == 0 and "base:" in first.stdout, first.stderr
    assert first.stdout == again.stdout, "the same seed must draw the same answer"
    assert first.stdout != other.stdout, "another seed must draw another one"


def test_questions_are_read_until_an_empty_line_and_one_that_is_too_long_loses_nothing():
    done = run("--max-new-tokens", "4", typed=f"Ben lives in\n{'word ' * 600}\nAda lives in\n\nnot read\n")
    assert done.returncode == 0 and done.stdout.count("base:") == 2, done.stdout + done.stderr
    assert "context" in done.stdout


def test_an_adapter_answers_beside_its_base(tmp_path):
    from tinyllm.checkpoint import load_model
    from tinyllm.data import WORLD
    from tinyllm.peft import add_lora, save_adapter
    save_adapter(add_lora(load_model(WORLD / "base")[0], 2, 4), tmp_path / "new.pt")  # B is zero, so it answers as its base
    done = run("Ben lives in", "--adapter", tmp_path / "new.pt", "--max-new-tokens", "5")
    lines = [line.split(":", 1) for line in done.stdout.splitlines() if line.startswith("  ")]
    answers = {name.strip(): answer.strip() for name, answer in lines}
    assert answers["base"] == answers["new"], done.stdout + done.stderr


@pytest.mark.parametrize(("arguments", "word"), [
    (["x", "--temperature", "-1"], "temperature"), ([""], "empty"), (["x", "--adapter", "none.pt"], "none.pt")])
def test_what_cannot_be_answered_is_refused_in_one_sentence(arguments, word):
    done = run(*arguments)
    assert done.returncode == 2 and word in done.stderr and "Traceback" not in done.stderr
