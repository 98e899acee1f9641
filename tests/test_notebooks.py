"""Does every lesson run as a notebook, with its prose as cells and not printed a second time?"""

import json
import re
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
jupytext = pytest.importorskip("jupytext")
LESSONS = sorted((Path(__file__).resolve().parent.parent / "lessons").glob("[0-9][0-9]_*.py"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_as_a_notebook_from_top_to_bottom(path, monkeypatch):
    monkeypatch.setenv("TINYLLM_FAST", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = jupytext.read(path)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    printed = " ".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert prose[0].startswith("# ") and "In short" in printed, "the first cell is the title, and the last one closes the lesson"
    pictures = [output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    assert pictures, "the plot is shown below its cell"
    numbers = json.loads((path.parent.parent / "results" / "fast" / path.stem / "summary.json").read_text())["numbers"]
    rows = [len(value) for value in numbers.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    assert len(rows) <= 3 and max(rows) <= 8, "a lesson shows three tables of eight rows at most; the rest is in the summary"
    for cell in prose:
        for sentence in re.findall(r"^\w[^.*`“]{60,}\.", cell, re.MULTILINE)[:1]:
            assert " ".join(sentence.split()) not in " ".join(printed.split()), "what a markdown cell shows is printed again"
