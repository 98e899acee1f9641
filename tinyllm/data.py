"""Labelled examples from files, and what they become on their way to the model.

A labelled example is one line of a JSONL file: what goes into a prompt template, and what should come out.

    {"prompt_fields": {"review": "The soup was cold."}, "completion": "negative", "split": "train"}

It changes its form three times:

    Example               what the line says
      | instructions      put its fields into a template
    (prompt, completion)  ("Is this review positive or negative?\\nThe soup was cold.\\nAnswer:", "negative")
      | render_all        cut both into tokens
    (ids, targets)        two lists of numbers: what the model reads, and what it must predict there
      | collate           put many of them into one tensor (see batches.py)
    ids, targets          two tensors (B, T): B examples in the batch, T tokens in the longest
"""

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinyllm.batches import Packed, batch_indices, collate  # noqa: F401 - part of what data.py offers
from tinyllm.check import InputError, require
from tinyllm.jsonl import check_text, parse_object, read_jsonl, read_utf8
from tinyllm.prompting import fill
from tinyllm.tokenizer import END, Tokenizer

WORLD = Path(__file__).resolve().parent.parent / "data"  # the small invented world that comes with tinyllm
SPLITS = "train", "validation", "test"
FIELD_NAMES = (  # what the fields of your own file may be called: what is asked, and what should come out
    ("prompt", "completion"), ("instruction", "output"), ("dialogue", "summary"), ("question", "answer"))

Pair = tuple[str, str]  # (prompt, completion)


@dataclass(frozen=True)
class Example:
    """What is asked, and how it should be answered.

        Example({"review": "The soup was cold."}, "negative", ("negative",), ("positive", "negative"))
    """

    fields: dict[str, str]
    completion: str
    references: tuple[str, ...]  # all valid answers; `completion` is the first of them
    choices: tuple[str, ...] = ()  # the possible answers, if these are a closed set


@dataclass(frozen=True)
class Task:
    """A labelled task: its examples, already split, and the instruction templates that they are asked by."""

    name: str
    cluster: str  # the kind of task; FLAN tests a model on kinds that it was not trained on
    metric: str  # how answers are scored: "exact_match" or "token_f1"
    templates: tuple[str, ...]
    held_out_templates: tuple[str, ...]  # never used in training: they test how a new wording is understood
    train: tuple[Example, ...] = field(repr=False)
    validation: tuple[Example, ...] = field(repr=False)
    test: tuple[Example, ...] = field(repr=False)


def load_task(name: str, folder: str | Path = WORLD / "tasks") -> Task:
    """A task of the small world, or of another folder that holds NAME.jsonl and NAME.templates.json.

    Raises InputError for an unknown task, and lists those that there are. For a file that is not as it
    should be, it names the file and the line.
    """
    folder = Path(folder)
    check_task_name(name, task_names(folder))
    path, templates_path = folder / f"{name}.jsonl", folder / f"{name}.templates.json"
    rows = read_jsonl(path)
    check_example_rows(rows, path)
    check_has_templates(templates_path)
    examples = {split: tuple(example_of(row) for row in rows if row["split"] == split) for split in SPLITS}
    about = parse_object(read_utf8(templates_path), str(templates_path))
    check_about(about, templates_path)
    return Task(name, about["cluster"], about["metric"],
                tuple(about["train"]), tuple(about["held_out"]), **examples)


def example_of(row: dict) -> Example:
    """The Example of a line in a task's file. If no references are given, the completion is the only one."""
    references = row.get("references", [row["completion"]])
    choices = row.get("choices", ())
    return Example(row["prompt_fields"], row["completion"], tuple(references), tuple(choices))


def task_names(folder: str | Path = WORLD / "tasks") -> list[str]:
    """The names of the tasks in a folder, in alphabetical order."""
    return sorted(path.stem for path in Path(folder).glob("*.jsonl"))


def load_pairs(path: str | Path) -> list[Pair]:
    """(prompt, completion) pairs from a JSONL file of your own, in its order.

    The two fields are called as one of FIELD_NAMES says. The first line decides which, by having one of the
    two names, and all lines must follow it. Other fields are ignored.
    Raises InputError that names the file, the line and the field.
    """
    rows = read_jsonl(path)
    candidates = [names for names in FIELD_NAMES if set(names) & set(rows[0])]
    check_field_names(candidates, rows[0], path)
    prompt, completion = candidates[0]
    check_pair_rows(rows, candidates[0], path)
    return [(row[prompt], row[completion]) for row in rows]


def split_pairs(pairs: Sequence, validation: float = 0.1, test: float = 0.1,
                seed: int = 0) -> tuple[list, list, list]:
    """Shuffle pairs and cut them into train, validation and test.

    validation and test are shares of the whole. Each split gets at least one pair, so there must be three:
    raises InputError for fewer.
    """
    check_can_split(pairs)
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    validation_end = max(1, int(len(pairs) * validation))
    test_end = validation_end + max(1, int(len(pairs) * test))
    check_leaves_some(len(pairs) - test_end)
    return shuffled[test_end:], shuffled[:validation_end], shuffled[validation_end:test_end]


def instructions(examples: Sequence[Example], templates: Sequence[str], seed: int = 0) -> list[Pair]:
    """(prompt, completion) of each example, under a template that is drawn at random for it.

    With many wordings a model learns the task, with one perhaps that wording alone (FLAN: Wei et al. 2021,
    section 2.1).
    Raises InputError for a template with a slot that the example has no field for.
    """
    draw = random.Random(seed)
    return [(fill(draw.choice(templates), example.fields), example.completion) for example in examples]


def render_all(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[tuple[list[int], list[int]]]:
    """(ids, targets) of each pair, as `Tokenizer.render` gives them.

    Exactly one space is put in front of the completion, as in front of any word of a text: " negative" is
    one token, and "negative" would be others. Raises InputError for an empty prompt.
    """
    return [tokenizer.render(prompt, f" {completion.lstrip()}") for prompt, completion in pairs]


def drop_too_long(tokenizer: Tokenizer, pairs: Sequence[Pair], context: int) -> tuple[list[Pair], int]:
    """The pairs that fit into the context, and how many did not.

    No pair is cut to make it fit, because that would cut off its answer. So say how many are missing.
    """
    rendered = render_all(tokenizer, pairs)
    fitting = [pair for pair, (ids, _) in zip(pairs, rendered, strict=True) if len(ids) <= context]
    return fitting, len(pairs) - len(fitting)


def load_corpus(path: str | Path = WORLD / "corpus.txt.gz") -> list[str]:
    """The documents of an unlabelled corpus, for pre-training.

    The file is a compressed text. Between two documents stands a line that says <|end|>.
    Raises InputError if the file is missing or damaged.
    """
    return read_gzip(Path(path)).split(f"\n{END}\n")


def read_gzip(path: Path) -> str:
    """The text of a compressed corpus. Raises InputError if it is missing or damaged."""
    require(path.is_file(), f"There is no corpus at {path}; make it with: python data/make")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        problem = f"{path} is no gzip file of UTF-8 text, or is cut short ({error})"
        raise InputError(f"{problem}; copy it again or make it with: python data/make") from None


def check_task_name(name: str, names: list[str]):
    """Raise InputError for a task that is not there."""
    require(name in names, f"There is no task '{name}'; there are: {', '.join(names) or 'none'}.")


def check_example_rows(rows: list[dict], path: Path):
    """Raise InputError for a line of a task's file that makes no Example."""
    for number, row in enumerate(rows, start=1):
        where = f"{path}, line {number}"
        fields = row.get("prompt_fields")
        require(isinstance(fields, dict), f"{where}: field 'prompt_fields' must be an object of texts.")
        for name in fields:
            check_text(fields, name, where)
        check_text(row, "completion", where)
        for name in ("references", "choices"):
            require(isinstance(row.get(name, []), list), f"{where}: field '{name}' must be a list of texts.")
        is_first = row.get("references", [row["completion"]])[:1] == [row["completion"]]
        require(is_first, f"{where}: the first of the 'references' must be the completion.")
        require(row.get("split") in SPLITS, f"{where}: field 'split' must be one of {', '.join(SPLITS)}.")


def check_has_templates(path: Path):
    """Raise InputError for a task without templates."""
    require(path.is_file(), f"There is no file {path}; it must stand beside the task's JSONL file.")


def check_about(about: dict, path: Path):
    """Raise InputError for a file of templates that does not say all that a Task holds."""
    missing = {"cluster", "metric", "train", "held_out"} - set(about)
    require(not missing, f"{path}: {', '.join(sorted(missing))} missing; see the other tasks' templates.")


def check_field_names(candidates: list[tuple[str, str]], row: dict, path: str | Path):
    """Raise InputError for a file whose first line has none of the FIELD_NAMES."""
    others = ", or ".join(" and ".join(names) for names in FIELD_NAMES[1:])
    advice = f"call them prompt and completion (or {others})."
    require(len(candidates) > 0, f"{path}, line 1: the fields are {sorted(row)}; {advice}")


def check_pair_rows(rows: list[dict], names: tuple[str, str], path: str | Path):
    """Raise InputError for a line that does not have both fields."""
    for number, row in enumerate(rows, start=1):
        for name in names:
            check_text(row, name, f"{path}, line {number}")


def check_leaves_some(n_train: int):
    """Raise InputError for shares that leave nothing to train on."""
    require(n_train > 0, "validation and test leave no pair to train on; make their shares smaller.")


def check_can_split(pairs: Sequence):
    """Raise InputError for fewer examples than splits."""
    n = len(pairs)
    require(n >= 3, f"{n} examples cannot be split into train, validation and test; at least 3 are needed.")
