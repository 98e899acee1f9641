"""MMLU: multiple-choice questions of 57 school and university subjects (Hendrycks et al. 2021).

The files are test/{subject}_test.csv, and the same with dev and val. They have no header. A record has six
cells: the question, four answers, and the letter of the right one.

    Which planet is the largest?,Mars,Jupiter,Venus,Earth,B

The prompts are letter for letter those of the authors' evaluate.py, even to the two spaces before the
subject; the docstring of suite.py shows one. One thing differs: their way of reading takes the answers
"None" and "NA" for missing cells, and prints them as "nan". Here every cell is text.
"""

from pathlib import Path

from tinyllm.benchmarks.files import find, read_csv
from tinyllm.benchmarks.suite import Benchmark, Item
from tinyllm.check import require

LETTERS = "A", "B", "C", "D"
SPLITS = "dev", "val", "test"


def load_mmlu(folder: str | Path, subject: str | None = None, split: str = "test",
              shots: int = 5) -> Benchmark:
    """The questions of one subject, or of all subjects. The folder has the folders dev, val and test in it.

    The shots of an item are the first questions of its subject's dev file, with their answers. Its group is
    its subject. Raises InputError for a missing file, and for more shots than dev has questions. It also
    refuses shots for the split "dev", whose questions are the shots. For a record that is no question it
    names the file and the line.
    """
    check_split(split, shots)
    subjects = [subject] if subject is not None else all_subjects(Path(folder) / split, split)
    items = [item for name in subjects for item in subject_items(folder, name, split, shots)]
    return Benchmark(f"MMLU {subject or 'all subjects'} {split}", tuple(items))


def all_subjects(folder: Path, split: str) -> list[str]:
    """The subjects that the folder has a file of, in alphabetical order. Raises InputError for none."""
    ending = f"_{split}.csv"
    subjects = sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))
    check_subjects(subjects, folder / f"*{ending}")
    return subjects


def subject_items(folder: str | Path, subject: str, split: str, shots: int) -> list[Item]:
    """The questions of one subject, each after so many solved ones."""
    topic = subject.replace("_", " ")
    heading = f"The following are multiple choice questions (with answers) about  {topic}.\n\n"
    solved = questions(folder, subject, "dev") if shots else []
    check_shots(shots, len(solved), subject)
    examples = tuple(f"{prompt} {letter}\n\n" for prompt, letter in solved[:shots])
    return [Item(prompt, (letter,), LETTERS, subject, heading, examples)
            for prompt, letter in questions(folder, subject, split)]


def questions(folder: str | Path, subject: str, split: str) -> list[tuple[str, str]]:
    """(the prompt up to "Answer:", the right letter) of each record of a file."""
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
    require(letter in LETTERS, f"{where}: the last cell must be one of {', '.join(LETTERS)}, not "
                               f"{letter!r}.")
