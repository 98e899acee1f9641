"""Finding out which benchmarks a folder has, by the names that the files have in the official downloads."""

from pathlib import Path

from tinyllm.benchmarks import bigbench, glue, mmlu, superglue
from tinyllm.benchmarks.suite import Benchmark
from tinyllm.check import require


def load_official(path: str | Path) -> list[Benchmark]:
    """All benchmarks with labels in a folder, or in a single file of BIG-bench.

    GLUE is known by CoLA/dev.tsv and the like, SuperGLUE by BoolQ/val.jsonl and the like, MMLU by
    test/*_test.csv, and BIG-bench by *.json. Raises InputError if there is none of them.
    """
    path = Path(path)
    if path.is_file():
        return [bigbench.load_bigbench(path)]
    # *.t[sx][vt] finds dev.tsv, and msr_paraphrase_test.txt of Microsoft's own download
    found = [glue.load_glue(path, task) for task in glue.TASKS if list((path / task).glob("*.t[sx][vt]"))]
    if (path / "MNLI" / "dev_mismatched.tsv").is_file():
        found.append(glue.load_glue(path, "MNLI", "dev_mismatched"))
    found += [superglue.load_superglue(path, task) for task in superglue.TASKS
              if (path / task / "val.jsonl").is_file()]
    if list((path / "test").glob("*_test.csv")):
        found.append(mmlu.load_mmlu(path))
    found += [bigbench.load_bigbench(file) for file in sorted(path.glob("[!.]*.json"))]
    check_found(found, path)
    return found


def check_found(found: list[Benchmark], path: Path):
    """Raise InputError for a folder that has no benchmark."""
    require(len(found) > 0, f"There is no benchmark in {path}; looked for CoLA/dev.tsv and its like (GLUE), "
                            "BoolQ/val.jsonl and its like (SuperGLUE), test/*_test.csv (MMLU) and *.json "
                            "(BIG-bench).")
