"""MMLU: multiple-choice questions of 57 school and university subjects (Hendrycks et al. 2021).

The files test/{subject}_test.csv (also dev and val) have no header and six cells a record:

    Which planet is the largest?,Mars,Jupiter,Venus,Earth,B

Prompts are letter for letter those of the reference evaluate.py, two spaces before the subject included; `suite` shows
one. Only the cells differ: all are text here, where the reference reads "None" and "NA" as missing and prints "nan".
"""

from pathlib import Path

from tinyllm.benchmarks.files import find, read_csv
from tinyllm.benchmarks.suite import Benchmark, Item
from tinyllm.check import require

LETTERS = "A", "B", "C", "D"
SPLITS = "dev", "val", "test"


def load_mmlu(folder: str | Path, subject: str | None = None, split: str = "test", shots: int = 5) -> Benchmark:
    """The questions of one subject, or of all, from the folder that holds dev, val and test.

    Each item's shots are the first questions of its subject's dev file with their answers, and its group is the subject.
    Raises InputError for a missing file, for more shots than dev has, for shots in front of dev itself, which would give
    the answers away, and one that names file and line for a record that is no question.
    """
    check_split(split, shots)
    subjects = [subject] if subject is not None else _subjects(Path(folder) / split, split)
    items = tuple(item for name in subjects for item in _items(folder, name, split, shots))
    return Benchmark(f"MMLU {subject or 'all subjects'} {split}", items)


def _subjects(folder: Path, split: str) -> list[str]:
    """The subjects of which the folder has a file, in alphabetical order."""
    ending = f"_{split}.csv"
    subjects = sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))
    check_subjects(subjects, folder / f"*{ending}")
    return subjects


def _items(folder: str | Path, subject: str, split: str, shots: int) -> list[Item]:
    heading = f"The following are multiple choice questions (with answers) about  {subject.replace('_', ' ')}.\n\n"
    solved = _questions(folder, subject, "dev") if shots else []
    check_shots(shots, len(solved), subject)
    examples = tuple(f"{prompt} {letter}\n\n" for prompt, letter in solved[:shots])
    return [Item(prompt, (letter,), LETTERS, subject, heading, examples)
            for prompt, letter in _questions(folder, subject, split)]


def _questions(folder: str | Path, subject: str, split: str) -> list[tuple[str, str]]:
    """(prompt up to "Answer:", right letter) of each record."""
    found = []
    for where, cells in read_csv(find(Path(folder) / split, f"{subject}_{split}.csv")):
        check_question(cells, where)
        question, *answers, letter = cells
        lines = [f"{name}. {answer}" for name, answer in zip(LETTERS, answers, strict=True)]
        found.append(("\n".join([question, *lines, "Answer:"]), letter))
    return found


def check_split(split: str, shots: int):
    """Raise InputError for an unknown split, and for shots that are the questions themselves."""
    require(split in SPLITS, f"MMLU has no split '{split}'; there are: {', '.join(SPLITS)}.")
    gives_away = shots and split == "dev"
    require(not gives_away, "The questions of dev are the solved examples themselves; use test or val, or "
                            "shots=0.")


def check_subjects(subjects: list[str], pattern: Path):
    """Raise InputError for a folder that has no file of any subject."""
    require(len(subjects) > 0, f"There is no file {pattern}; unpack the official download so that they lie "
                               "there.")


def check_shots(shots: int, n_solved: int, subject: str):
    """Raise InputError for more shots than there are solved examples, or fewer than none."""
    is_possible = 0 <= shots <= n_solved
    require(is_possible, f"There are {n_solved} solved examples of {subject}, so shots cannot be {shots}.")


def check_question(cells: list[str], where: str):
    """Raise InputError for a record that is no question with four answers and the letter of one of them."""
    has_all = len(cells) == 6
    require(has_all, f"{where}: a question has 6 cells (question, four answers, letter), not {len(cells)}.")
    letter = cells[-1]
    require(letter in LETTERS, f"{where}: the last cell must be one of {', '.join(LETTERS)}, not {letter!r}.")
