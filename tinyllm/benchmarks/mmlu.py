"""MMLU: multiple-choice questions of 57 school and university subjects (Hendrycks et al. 2021).

The files test/{subject}_test.csv (also dev and val) have no header and six cells a record:

    Which planet is the largest?,Mars,Jupiter,Venus,Earth,B

Prompts are letter for letter those of the reference evaluate.py, two spaces before the subject included; `suite` shows
one. Only the cells differ: all are text here, where the reference reads "None" and "NA" as missing and prints "nan".
"""

from pathlib import Path

from tinyllm.benchmarks.files import find, read_csv
from tinyllm.benchmarks.suite import Benchmark, Item
from tinyllm.errors import InputError

LETTERS = "A", "B", "C", "D"
SPLITS = "dev", "val", "test"


def load_mmlu(folder: str | Path, subject: str | None = None, split: str = "test", shots: int = 5) -> Benchmark:
    """The questions of one subject, or of all, from the folder that holds dev, val and test.

    Each item's shots are the first questions of its subject's dev file with their answers, and its group is the subject.
    Raises InputError for a missing file, for more shots than dev has, for shots in front of dev itself, which would give
    the answers away, and one that names file and line for a record that is no question.
    """
    if split not in SPLITS:
        raise InputError(f"MMLU has no split '{split}'; there are: {', '.join(SPLITS)}.")
    if shots and split == "dev":
        raise InputError("The questions of dev are the solved examples themselves; use test or val, or shots=0.")
    subjects = [subject] if subject is not None else _subjects(Path(folder) / split, split)
    items = tuple(item for name in subjects for item in _items(folder, name, split, shots))
    return Benchmark(f"MMLU {subject or 'all subjects'} {split}", items)


def _subjects(folder: Path, split: str) -> list[str]:
    """The subjects of which the folder has a file, in alphabetical order."""
    ending = f"_{split}.csv"
    subjects = sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))
    if not subjects:
        raise InputError(f"There is no file {folder / ('*' + ending)}; unpack the official download so that they lie there.")
    return subjects


def _items(folder: str | Path, subject: str, split: str, shots: int) -> list[Item]:
    heading = f"The following are multiple choice questions (with answers) about  {subject.replace('_', ' ')}.\n\n"
    solved = _questions(folder, subject, "dev") if shots else []
    if not 0 <= shots <= len(solved):
        raise InputError(f"There are {len(solved)} solved examples of {subject}, so shots cannot be {shots}.")
    examples = tuple(f"{prompt} {letter}\n\n" for prompt, letter in solved[:shots])
    return [Item(prompt, (letter,), LETTERS, subject, heading, examples)
            for prompt, letter in _questions(folder, subject, split)]


def _questions(folder: str | Path, subject: str, split: str) -> list[tuple[str, str]]:
    """(prompt up to "Answer:", right letter) of each record."""
    found = []
    for where, cells in read_csv(find(Path(folder) / split, f"{subject}_{split}.csv")):
        if len(cells) != 6:
            raise InputError(f"{where}: a question has 6 cells (question, four answers, letter), not {len(cells)}.")
        question, *answers, letter = cells
        if letter not in LETTERS:
            raise InputError(f"{where}: the last cell must be one of {', '.join(LETTERS)}, not {letter!r}.")
        lines = [f"{name}. {answer}" for name, answer in zip(LETTERS, answers, strict=True)]
        found.append(("\n".join([question, *lines, "Answer:"]), letter))
    return found
