"""Examples from files, and batches for training.

A labelled example is one line of a JSONL file: what goes into a prompt template, and what should come out.

    {"prompt_fields": {"review": "The soup was cold."}, "completion": "negative", "split": "train"}

The trainer takes any sequence of (ids, targets) pairs: a list of what `Tokenizer.render` gives, or a `Packed` corpus.
"""

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from tinyllm.check import InputError, require
from tinyllm.prompting import fill
from tinyllm.tokenizer import END, IGNORE, Tokenizer

WORLD = Path(__file__).resolve().parent.parent / "data"  # the small world that comes with tinyllm
SPLITS = "train", "validation", "test"
FIELD_NAMES = ("prompt", "completion"), ("instruction", "output"), ("dialogue", "summary"), ("question", "answer")


@dataclass(frozen=True)
class Example:
    """Something asked and what should be answered. references: all valid answers, of which `completion` is the first."""

    fields: dict[str, str]
    completion: str
    references: tuple[str, ...]
    choices: tuple[str, ...] = ()  # the possible answers, where they are a closed set


@dataclass(frozen=True)
class Task:
    """A labelled task: its examples by split, and the instruction templates, two of which training never sees."""

    name: str
    cluster: str
    metric: str  # "exact_match" or "token_f1"
    templates: tuple[str, ...]
    held_out_templates: tuple[str, ...]
    train: tuple[Example, ...] = field(repr=False)
    validation: tuple[Example, ...] = field(repr=False)
    test: tuple[Example, ...] = field(repr=False)


def read_jsonl(path: str | Path) -> list[dict]:
    """The objects of a JSONL file. Raises InputError that names file and line for a line that is not a JSON object."""
    path = Path(path)
    lines = read_utf8(path).split("\n")  # not splitlines: JSON text may hold other line breaks
    if not lines[-1].strip():  # the file ends with a line break
        lines.pop()
    rows = [parse_object(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]
    check_has_rows(rows, path)
    return rows


def load_task(name: str, folder: str | Path = WORLD / "tasks") -> Task:
    """A task of the small world (or of another folder of the same form). Raises InputError for one it does not have."""
    folder = Path(folder)
    check_task_name(name, task_names(folder))
    path = folder / f"{name}.jsonl"
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for number, row in enumerate(read_jsonl(path), start=1):
        check_example_row(row, f"{path}, line {number}")
        references, choices = row.get("references", [row["completion"]]), row.get("choices", ())
        splits[row["split"]].append(
            Example(row["prompt_fields"], row["completion"], tuple(references), tuple(choices)))
    about = read_about(folder / f"{name}.templates.json")
    return Task(name, about["cluster"], about["metric"], tuple(about["train"]), tuple(about["held_out"]),
                **{split: tuple(examples) for split, examples in splits.items()})


def task_names(folder: str | Path = WORLD / "tasks") -> list[str]:
    """The tasks in a folder, in alphabetical order."""
    return sorted(path.stem for path in Path(folder).glob("*.jsonl"))


def load_pairs(path: str | Path) -> list[tuple[str, str]]:
    """(prompt, completion) pairs from your own JSONL file, in its order.

    The two fields may be called as in FIELD_NAMES: the first pair of which the first line has a name holds for the file.
    Raises InputError that names file, line and field.
    """
    rows = read_jsonl(path)
    names = next((names for names in FIELD_NAMES if set(names) & set(rows[0])), None)
    check_field_names(names, rows[0], path)
    for number, row in enumerate(rows, start=1):
        for name in names:
            check_text(row, name, f"{path}, line {number}")
    return [(row[names[0]], row[names[1]]) for row in rows]


def instructions(examples: Sequence[Example], templates: Sequence[str], seed: int = 0) -> list[tuple[str, str]]:
    """(prompt, completion) pairs, each example under a template drawn at random (FLAN: Wei et al. 2021, section 2.1)."""
    draw = random.Random(seed)
    return [(fill(draw.choice(templates), example.fields), example.completion) for example in examples]


def render_all(tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
    """(ids, targets) of each pair. A completion follows its prompt after exactly one space, as words do in text."""
    return [tokenizer.render(prompt, f" {completion.lstrip()}") for prompt, completion in pairs]


def drop_too_long(tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]], context: int) -> tuple[list, int]:
    """The pairs that fit into the context whole, and how many did not: nothing is cut, so say how many are missing."""
    fitting = [pair for pair, (ids, _) in zip(pairs, render_all(tokenizer, pairs), strict=True) if len(ids) <= context]
    return fitting, len(pairs) - len(fitting)


def split_pairs(pairs: Sequence, validation: float = 0.1, test: float = 0.1, seed: int = 0) -> tuple[list, list, list]:
    """Shuffle and cut into train, validation and test; at least one each. Raises InputError for fewer than three."""
    check_can_split(pairs)
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    n_validation, n_test = max(1, int(len(pairs) * validation)), max(1, int(len(pairs) * test))
    return shuffled[n_validation + n_test:], shuffled[:n_validation], shuffled[n_validation:n_validation + n_test]


def load_corpus(path: str | Path = WORLD / "corpus.txt.gz") -> list[str]:
    """The documents of an unlabelled corpus, a text in which lines with nothing but <|end|> separate them."""
    return read_gzip(Path(path)).split(f"\n{END}\n")


class Packed(Sequence):
    """Documents joined end to end and cut into windows: pre-training reads everything and pads nothing.

    Item i is (ids, targets), both (T,) with targets one token later, so that every token is predicted once. Documents
    of one window see each other; END between them says that something new begins. What is left after the last whole
    window, fewer than T tokens, is not used.
    """

    def __init__(self, tokenizer: Tokenizer, documents: Sequence[str], length: int):
        stream = [i for ids in tokenizer.encode_many(documents) for i in (*ids, tokenizer.end_id)]
        self.stream, self.length = torch.tensor(stream), length

    def __len__(self) -> int:
        return (len(self.stream) - 1) // self.length

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        if not 0 <= i < len(self):
            raise IndexError(i)
        start = i * self.length
        return self.stream[start:start + self.length], self.stream[start + 1:start + self.length + 1]


def batch_indices(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """One epoch's batches as lists of indices: every example once, in random order, like lengths together.

    Pools of 16 batches are drawn at random and sorted by length inside, so that little padding is needed and the
    batches still differ from epoch to epoch.
    """
    draw = random.Random(seed)
    order = draw.sample(range(len(lengths)), len(lengths))
    pools = [order[i:i + 16 * batch_size] for i in range(0, len(order), 16 * batch_size)]
    batches = [sorted_pool[i:i + batch_size] for pool in pools for sorted_pool in [sorted(pool, key=lengths.__getitem__)]
               for i in range(0, len(pool), batch_size)]
    draw.shuffle(batches)
    return batches


def collate(examples: Sequence[tuple]) -> tuple[Tensor, Tensor]:
    """(ids, targets) pairs of different lengths -> two (B, T) tensors, padded on the right.

    The padding needs no mask: a token looks only back, so no real token sees it, and its targets are IGNORE.
    """
    longest = max(len(ids) for ids, _ in examples)
    all_ids = torch.zeros(len(examples), longest, dtype=torch.long)
    all_targets = torch.full((len(examples), longest), IGNORE)
    for row, (ids, targets) in enumerate(examples):
        all_ids[row, :len(ids)] = torch.as_tensor(ids)
        all_targets[row, :len(targets)] = torch.as_tensor(targets)
    return all_ids, all_targets


def read_utf8(path: Path) -> str:
    """The text of a file; raises InputError if it is missing or not UTF-8."""
    require(path.is_file(), f"There is no file {path}; check the name.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{error.reason} at byte {error.start}"
        raise InputError(f"{path} is not UTF-8 text ({place}); save it as UTF-8.") from None


def read_gzip(path: Path) -> str:
    """The text of a compressed corpus; raises InputError if it is missing or damaged."""
    require(path.is_file(), f"There is no corpus at {path}; make it with: python data/make")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no gzip file of UTF-8 text, or is cut short ({error}); copy it again or "
                         "make it with: python data/make") from None


def parse_object(line: str, where: str) -> dict:
    """The JSON object on a line; raises InputError that starts with `where` if there is none."""
    require(line.strip() != "", f"{where}: the line is empty; remove it.")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not valid JSON ({error}).") from None
    require(isinstance(row, dict), f"{where}: a JSON object is needed, not {type(row).__name__}.")
    return row


def check_has_rows(rows: list[dict], path: Path):
    """Raise InputError for a file without a line."""
    require(len(rows) > 0, f"{path} holds no examples; give it one JSON object a line.")


def check_task_name(name: str, names: list[str]):
    """Raise InputError for a task that is not there."""
    require(name in names, f"There is no task '{name}'; there are: {', '.join(names)}.")


def check_example_row(row: dict, where: str):
    """Raise InputError for a line of a task that makes no Example."""
    fields = row.get("prompt_fields")
    require(isinstance(fields, dict), f"{where}: field 'prompt_fields' must be an object of texts.")
    for name in fields:
        check_text(fields, name, where)
    check_text(row, "completion", where)
    require(row.get("split") in SPLITS, f"{where}: field 'split' must be one of {', '.join(SPLITS)}.")


def check_text(row: dict, name: str, where: str):
    """Raise InputError that names file, line and field unless row[name] is a text that can be used."""
    if name not in row:  # not `require`: the names would be sorted for each line
        raise InputError(f"{where}: field '{name}' is missing; there are {sorted(row)}.")
    value = row[name]
    require(isinstance(value, str), f"{where}: field '{name}' must be text, not {type(value).__name__}.")
    require(value.strip() != "", f"{where}: field '{name}' is empty.")
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{where}: field '{name}' holds half a character (a lone surrogate); mend the text."
        raise InputError(message) from None


def read_about(path: Path) -> dict:
    """A task's templates, cluster and metric; raises InputError that names the file if they are not there."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        missing = {"cluster", "metric", "train", "held_out"} - set(about)
    except (OSError, ValueError, TypeError) as error:
        advice = "it must stand beside the task's JSONL file."
        raise InputError(f"{path} cannot be read ({error}); {advice}") from None
    require(not missing, f"{path}: {', '.join(sorted(missing))} missing; see the other tasks' templates.")
    return about


def check_field_names(names: tuple[str, str] | None, row: dict, path: str | Path):
    """Raise InputError for a file whose first line has none of the FIELD_NAMES."""
    others = ", or ".join(" and ".join(pair) for pair in FIELD_NAMES[1:])
    require(names is not None, f"{path}, line 1: the fields are {sorted(row)}; call them prompt and "
            f"completion (or {others}).")


def check_can_split(pairs: Sequence):
    """Raise InputError for fewer examples than splits."""
    n = len(pairs)
    require(n >= 3, f"{n} examples cannot be split into train, validation and test; at least 3 are needed.")
