"""The rules of the house: which module may know which, and that what is written in documents really runs."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / "tinyllm").rglob("*.py"))
MAKERS = sorted((ROOT / "data" / "make").rglob("*.py"))
LESSONS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))


def imports(path):
    """The tinyllm modules that a file imports when it runs (not those under TYPE_CHECKING)."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def layer(path):
    """The module or package that a file of the library belongs to."""
    return path.stem if path.parent.name == "tinyllm" else path.parent.name


def test_the_library_imports_down_only():
    order = ["check", "jsonl", "chat", "tokenizer", "device", "cache", "config", "model", "generate", "prompting", "batches",
             "data", "progress", "checkpoint", "pretrained", "metrics", "forgetting", "distributed", "resume", "trainer", "peft",
             "memory", "benchmarks"]
    for path in LIBRARY:
        used = {name.split(".")[1] for name in imports(path) if name.startswith("tinyllm.")}
        assert not {name for name in imports(path) if name.split(".")[0] in ("lessons", "tests")}
        if path.parent.name != "tinyllm" or path.stem != "__init__":
            later = used & set(order[order.index(layer(path)):]) - {layer(path)}
            assert not later, f"{path.name} imports {later}, which stand above it"


def test_no_file_of_a_package_imports_in_a_circle():
    for package in ("metrics", "peft", "benchmarks", "pretrained"):
        needs = {path.stem: {name.split(".")[2] for name in imports(path) if name.startswith(f"tinyllm.{package}.")}
                 for path in LIBRARY if path.parent.name == package and path.stem != "__init__"}
        while needs:
            free = [name for name, used in needs.items() if not used & set(needs)]
            assert free, f"these import each other in a circle: {sorted(needs)}"
            for name in free:
                del needs[name]


def test_importing_tinyllm_loads_nothing_that_most_readers_do_not_need():
    """A reader would wait for them, and for most of what the library does they are not needed."""
    slow = ["torch.distributed.tensor", "torch._dynamo", "sympy", "matplotlib", "transformers", "peft", "gguf", "safetensors"]
    names = ", ".join(f"tinyllm.{layer}" for layer in ("peft", "memory", "benchmarks", "pretrained", "trainer"))
    code = f"import sys, tinyllm, {names}; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


WITH_EXAMPLES = [path for path in LIBRARY if ">>>" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda p: p.stem)
def test_the_examples_in_docstrings_are_true(path, make_model, tokenizer, tmp_path, monkeypatch):
    """They may use what any reader has at hand by then: a model, a tokenizer, prompts, pairs, a saved adapter."""
    from tinyllm import generate
    from tinyllm.data import render_all
    from tinyllm.peft import add_lora, save_adapter
    monkeypatch.chdir(tmp_path)
    shape = {"vocab_size": tokenizer.vocab_size, "n_layers": 1}
    save_adapter(add_lora(make_model(**shape), 4, 8), "results/summary.pt")
    pairs = [("Where does Anna live?", " Norden"), ("Is it cold?", " very")]
    at_hand = {"torch": torch, "generate": generate, "render_all": render_all, "tokenizer": tokenizer,
               "model": make_model(**shape), "pairs": pairs, "prompts": [[1, 2, 3]], "validation": [tokenizer.render(*pairs[0])]}
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = doctest.testmod(module, extraglobs=at_hand)
    assert found.attempted and not found.failed


def test_the_model_knows_nothing_of_training_and_the_trainer_nothing_of_the_model():
    assert imports(ROOT / "tinyllm" / "model.py") & {"tinyllm.trainer", "tinyllm.data", "tinyllm.peft"} == set()
    assert "tinyllm.model" not in imports(ROOT / "tinyllm" / "trainer.py")


@pytest.mark.parametrize("path", [*LIBRARY, *MAKERS, ROOT / "lessons" / "induction.py"], ids=lambda p: p.stem)
def test_functions_are_short_and_public_names_explained(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{path.name}: {node.name} is too long to read at a glance"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


@pytest.mark.parametrize("path", [*LIBRARY, *MAKERS], ids=lambda p: p.stem)
def test_lines_and_files_are_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 250, f"{path.name} has {len(lines)} lines; it may hold two ideas"
    too_long = [i for i, line in enumerate(lines, start=1) if len(line) >= 110]
    assert not too_long, f"{path.name}: lines of 110 characters or more: {too_long}"


def test_what_a_module_refuses_is_refused_by_require():
    """Nothing but the idea stands between the lines that teach; only another exception is turned into ours by `raise`."""
    for path in LIBRARY:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith(("check_", "refuse_", "require")):
                raised = [n for n in ast.walk(node) if isinstance(n, ast.Raise) and n.cause is None
                          and "InputError" in ast.dump(n)]
                assert not raised, f"{path.name}: {node.name} raises InputError itself, where require would do"


def test_the_snippets_of_the_readme_run():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "garden" in done.stdout or "0.8" in done.stdout, done.stdout


def test_every_file_and_option_that_the_readme_names_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([\w/.]+)\)", readme):
        assert (ROOT / link).exists(), f"README links {link}"
    sources = "".join((ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
                      for name in ("lesson", "run", "quiz", "check", "train") if (ROOT / "lessons" / f"{name}.py").exists())
    for option in set(re.findall(r"lessons/[^\n`]*? (--[a-z-]+)", readme)):
        assert f'"{option}"' in sources, f"README uses {option}"


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_is_cells_and_has_all_its_parts(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# %% [markdown]\n# # "), "a lesson opens with a heading cell"
    for part in ("**The course says:**", "lesson.section()", "lesson.predict(", "lesson.table(", "lesson.plot(", "lesson.saw(",
                 "lesson.finish("):
        assert part in text, f"{path.name} lacks {part}"
    assert text.index("lesson.predict(") < text.index(".compare("), "the prediction comes before the outcome"


def test_a_lesson_ends_with_one_sentence_and_code_2_on_bad_input(tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": "a", "completion": "b"}\n{"prompt": "a"}\n')
    lesson = str(ROOT / "lessons" / "05_instruction_tuning.py")
    for arguments, word in ((["--data", str(bad)], "bad.jsonl, line 2: field 'completion' is missing"),
                            (["--data", str(tmp_path / "none.jsonl")], "There is no file"),
                            (["--device", "tpu"], "There is no device 'tpu'")):
        done = subprocess.run([sys.executable, lesson, "--fast", *arguments], capture_output=True, text=True)
        assert done.returncode == 2, done.stdout + done.stderr
        assert word in done.stderr and "Traceback" not in done.stderr


def test_the_runner_lists_lessons_and_refuses_unknown_ones():
    run = [sys.executable, str(ROOT / "lessons" / "run.py")]
    listed = subprocess.run([*run, "--list"], capture_output=True, text=True).stdout.splitlines()
    assert len(listed) == len(LESSONS)
    done = subprocess.run([*run, "99"], capture_output=True, text=True)
    assert done.returncode == 2 and "There is no lesson '99'" in done.stderr


def test_the_lessons_error_of_a_difference_is_that_of_paired_questions(monkeypatch):
    """What they print after +- decides what they say; the errors of two separate samples would be larger."""
    monkeypatch.syspath_prepend(ROOT / "lessons")
    paired = importlib.import_module("measure").paired
    own, other = [1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0]  # differences 1 0 0 1: mean 1/2, deviation sqrt(1/3)
    assert paired(own, other) == pytest.approx((0.5, 2 * (1 / 3) ** 0.5 / 4**0.5))
    assert paired(other, own)[0] == -0.5
    assert paired(own, own) == (0.0, 0.0)


def test_what_the_lessons_share_does_not_import_in_a_circle():
    shared = ("screen", "ledger", "ask", "lesson", "measure", "report")  # each may import those before it
    for i, name in enumerate(shared):
        text = (ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
        used = set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE))
        assert not used & set(shared[i:]), f"{name}.py imports {used & set(shared[i:])}, which stand above it"
