"""Is a lesson's prose seen where it is run, and does every way of stopping it end in one sentence?"""

import importlib
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROSE = '''# %% [markdown]
# # 9. A title
#
# A paragraph that
# goes **on**.
#
#     h = W x      kept as it is
#
# - one
# - two, which
#   has a second line

# %%
code = "is not printed"
# a comment is not printed
'''


def copy_of_the_lessons(folder):
    """The lessons in another folder, with the mistakes that they end with; what they write lands there too."""
    shutil.copytree(ROOT / "lessons", folder / "lessons", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "mistakes.py", folder / "tests")
    shutil.copytree(ROOT / "tests" / "understanding", folder / "tests" / "understanding")
    return folder / "lessons"


@pytest.fixture
def lesson(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "lessons")
    return importlib.import_module("lesson")


def test_markdown_cells_are_printed_and_code_is_not(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "09_a.py"
    file.write_text(PROSE)
    assert lesson.markdown_cells(file, 0, 14) == ["9. A title\n==========", "A paragraph that goes on.",
                                                  "    h = W x      kept as it is", "- one\n- two, which has a second line"]
    assert lesson.markdown_cells(file, 3, 6) == [], "what stands above the first line is on the screen already"


@pytest.mark.parametrize("notebook", [False, True])
def test_a_script_prints_its_cells_and_a_notebook_shows_them_itself(lesson, tmp_path, monkeypatch, capsys, notebook):
    if notebook:
        monkeypatch.setitem(sys.modules, "ipykernel", lesson)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["09_a.py"])
    monkeypatch.setattr(lesson.signal, "signal", lambda *_: None)
    file = tmp_path / "09_a.py"
    file.write_text(PROSE + "from lesson import Lesson\nown = Lesson('09_a', minutes=1)\n"
                    "# %% [markdown]\n# ## A section\n#\n# Its text.\n\n# %%\nown.section()\n")
    runpy.run_path(str(file))
    shown = capsys.readouterr().out
    assert "This takes about 1 min" in shown
    for prose in ("A paragraph that goes on.", "A section", "Its text."):
        assert (prose in shown) != notebook


@pytest.mark.parametrize(("options", "wanted"), [
    ([], "This takes about 1 min"), (["--fast"], "This takes a few seconds"),
    (["--seeds", "3"], "Without your options this takes about 1 min"),
    *((given, "Without your options this takes about 1 min") for given in (["--model", "x"], ["--data", "x"], ["--more"]))])
def test_how_long_a_lesson_takes_is_said_for_what_was_measured(lesson, tmp_path, monkeypatch, capsys, options, wanted):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["09_a.py", *options])
    monkeypatch.setattr(lesson.signal, "signal", lambda *_: None)
    file = tmp_path / "09_a.py"
    file.write_text(PROSE + "from lesson import Lesson\nown = Lesson('09_a', minutes=1, model='x', data='x', more='x')\n")
    runpy.run_path(str(file))
    assert wanted in capsys.readouterr().out


def test_the_peak_of_a_step_is_that_of_its_settings_and_leaves_the_model_alone(lesson, make_model, monkeypatch):
    from tinyllm import device
    real, model = importlib.import_module("real"), make_model(n_layers=4)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    monkeypatch.setattr(device, "devices", lambda: ["meta", "cpu"])  # there is a better device, which nobody asked for
    own = SimpleNamespace(options=SimpleNamespace(device="cpu", model=None))
    kept, less = (real.peak_of(own, model, [(30, 4), (20, 9)], {"keep_less": keep_less}) for keep_less in (False, True))
    assert less < 0.9 * kept
    own.options.model = "smollm2"
    assert real.peak_of(own, model, [(30, 4), (20, 9)], {}) < 0.9 * kept, "of a real model's texts one is read at once"
    for name, weight in model.state_dict().items():
        assert weight.device.type == "cpu" and weight.equal(before[name])


def test_a_kept_instruct_model_is_made_anew_when_the_base_has_changed(lesson, tmp_path, monkeypatch):
    measure, made = importlib.import_module("measure"), []
    base = tmp_path / "base" / "weights.pt"
    base.parent.mkdir()
    monkeypatch.setattr(measure, "WORLD", tmp_path)
    monkeypatch.setattr(measure, "load_model", lambda folder, device: ("model", "tokenizer"))
    monkeypatch.setattr(measure, "tune", lambda *_, **__: made.append(1))
    monkeypatch.setattr(measure, "save_model", lambda folder, *_: lesson.write_whole(
        folder / "weights.pt", lambda path: path.write_text("kept")))
    own = SimpleNamespace(folder=tmp_path / "results", device="cpu", fast=True)
    for content, runs in ((b"one", 1), (b"one", 1), (b"two", 2)):
        base.write_bytes(content)
        measure.instruct_model_without(own, "topic")
        assert len(made) == runs


def test_a_file_is_written_whole_or_not_at_all(lesson, tmp_path, capsys):
    path = tmp_path / "results" / "a.json"
    lesson.write_json(path, {"a": 0})
    with path.open() as old:  # whoever reads the old file goes on reading it, as the new one is put in its place
        lesson.write_json(path, {"a": 1})
        assert json.load(old) == {"a": 0}

    def fails_halfway(temporary):
        temporary.write_text("half")
        raise OSError("the disk is full")
    with pytest.raises(SystemExit):
        lesson.write_whole(path, fails_halfway)
    assert json.loads(path.read_text()) == {"a": 1} and list(path.parent.iterdir()) == [path]
    with pytest.raises(SystemExit):
        lesson.write_json(path / "below a file.json", {})
    assert capsys.readouterr().err.count("cannot be written") == 2


@pytest.mark.parametrize("columns", [24, 40, 60, 200])
def test_a_table_fits_the_terminal_and_loses_no_word(lesson, monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lesson.print_table(["what is said", "mean", "verdict"], [
        ["tuning on one task can wreck others", -0.512, "seen (one seed)"], ["short", "", "cannot tell at this size"]])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= max(columns, 20)
    for word in ("tuning", "wreck", "others", "-0.512", "seed", "cannot", "size", "short"):
        assert word in shown.replace("\n", " "), f"{word} is missing at a width of {columns}"


def test_a_toy_run_shows_all_prose_and_touches_no_real_result(tmp_path):
    copy = copy_of_the_lessons(tmp_path)
    real = tmp_path / "results" / "02_transformer" / "summary.json"
    real.parent.mkdir(parents=True)
    real.write_text("{}")
    done = subprocess.run([sys.executable, str(copy / "02_transformer.py"), "--fast"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    text = (copy / "02_transformer.py").read_text(encoding="utf-8")
    cells = re.findall(r"^# %% \[markdown\]\n((?:#.*\n)+)", text, re.MULTILINE)
    assert len(cells) > 3
    for cell in cells:
        for word in re.sub(r"[#*]", " ", cell).split():
            assert word in shown, f"the word {word!r} of the prose is not on the screen"
    assert real.read_text() == "{}"
    summary = json.loads((tmp_path / "results" / "fast" / "02_transformer" / "summary.json").read_text())
    assert summary["fast"] and summary["seen"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_stopped_lesson_ends_in_one_sentence_and_leaves_whole_files(tmp_path, number):
    copy = copy_of_the_lessons(tmp_path)
    # A shell lets what it runs in the background ignore Ctrl-C, and children inherit that; here it must count.
    running = subprocess.Popen([sys.executable, "-u", str(copy / "03_pretraining.py"), "--fast"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                               preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    while "The text, packed" not in running.stdout.readline():
        pass
    running.send_signal(number)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130 and "Stopped." in errors and "Traceback" not in errors, errors
    assert not list(tmp_path.rglob(".*.tmp"))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_output_that_nobody_reads_any_more_ends_without_a_traceback(tmp_path):
    copy = copy_of_the_lessons(tmp_path)
    running = subprocess.Popen([sys.executable, str(copy / "01_tokenizer.py"), "--fast"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    running.stdout.readline()
    running.stdout.close()
    errors = running.stderr.read()
    assert running.wait() == 141 and "Traceback" not in errors, errors


@pytest.mark.parametrize("path", sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py")), ids=lambda path: path.stem)
def test_a_lesson_has_one_question_and_one_plot_and_is_short(path):
    text = path.read_text(encoding="utf-8")
    first_cell = text.split("# %%\n")[0]
    assert first_cell.count("**The course says:**") == 1 and first_cell.count("**The question:**") == 1
    assert text.count("with lesson.plot(") == 1, "one plot, whose title is the finding"
    assert len(text.splitlines()) < 200, "a lesson that is longer hides two experiments"
    assert text.count("lesson.section()") <= text.count("lesson.saw("), "each section ends with what was seen"


def test_colours_become_brackets_where_they_cannot_be_seen(monkeypatch, tokenizer):
    monkeypatch.syspath_prepend(ROOT / "lessons")
    from screen import in_colour
    shown = tokenizer.show(*tokenizer.render("Is it cold?", " yes"))
    plain = in_colour(shown)
    assert "\x1b" in shown and "\x1b" not in plain, "codes of colours would stand in a file as signs"
    assert plain.count("[") == shown.count("\x1b[30;42m") >= 2, "each token with a loss can still be told"
