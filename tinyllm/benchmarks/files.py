"""What the loaders of benchmarks share: finding and reading files, and making an item of a row and its label.

A row is a dict. It comes with `where` it stands, such as "glue/CoLA/dev.tsv, line 3", for the message if it is broken.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from tinyllm.benchmarks.suite import Item, Metric
from tinyllm.errors import InputError

Row = Mapping[str, Any]
Words = Mapping[str | int, str]  # label in the file -> the word by which a model answers


def find(folder: str | Path, *names: str) -> Path:
    """The first of these files that the folder has. Raises InputError that says what was looked for if it has none."""
    paths = [Path(folder) / name for name in names]
    for path in paths:
        if path.is_file():
            return path
    others = f" (nor {', '.join(names[1:])})" if len(names) > 1 else ""
    raise InputError(f"There is no file {paths[0]}{others}; unpack the official download so that it lies there.")


def read_text(path: Path) -> str:
    """A UTF-8 file with \\n line ends, whatever it had, and without a byte order mark."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None


def read_tsv(path: Path, wanted: Sequence[str], header: Sequence[str] = ()) -> Iterator[tuple[str, Row]]:
    """(where, row) of each line: cells by column name, from the first line unless a header is given.

    Quotes are ordinary characters, and only a line feed ends a line: sentences hold unbalanced quotes and the Unicode
    line separators at which `str.splitlines` would cut. Raises InputError for a line with too few or too many cells.
    """
    text = read_text(path)
    lines = text.removesuffix("\n").split("\n") if text else []
    names = list(header) or (lines[0].split("\t") if lines else [])
    for name in wanted:
        if name not in names:
            raise InputError(f"{path}, line 1: there is no column '{name}'; the columns are {names}.")
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if number == 1 and not header:
            continue
        if len(cells) != len(names):
            raise InputError(f"{path}, line {number}: {len(names)} cells are needed, not {len(cells)}; mend or remove the line.")
        yield f"{path}, line {number}", dict(zip(names, cells, strict=True))


def read_csv(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(where, cells) of each record. Quoted cells may hold line breaks: `where` names the line in which the record ends."""
    records = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        for cells in records:
            if cells:  # an empty line is no record
                yield f"{path}, line {records.line_num}", cells
    except csv.Error as error:
        raise InputError(f"{path}, line {records.line_num}: this is not valid CSV ({error}).") from None


def value(row: Row, name: str, kind: type, where: str) -> Any:
    """row[name], or an InputError that names file, line and field if it is missing or not of this kind (true is no int)."""
    if not isinstance(row, Mapping):
        raise InputError(f"{where}: an object with a field '{name}' is needed, not {type(row).__name__}.")
    if name not in row:
        raise InputError(f"{where}: field '{name}' is missing; there are {sorted(row)}.")
    found = row[name]
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise InputError(f"{where}: field '{name}' must be of type {kind.__name__}, not {type(found).__name__}.")
    if kind is str:
        check_text(found, f"{where}: field '{name}'")
    return found


def check_text(text: str, what: str):
    """Raise InputError for a text with half a character in it, which JSON can spell and no tokenizer takes."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{what} holds half a character (a lone surrogate); mend the text.")


def slots(template: str) -> list[str]:
    """The fields that a template names: "{question} or {#1 String}?" -> ["question", "#1 String"]."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def fill(template: str, row: Row, where: str) -> str:
    """The template with each {field} replaced by the row's text. Empty texts are allowed: the official files hold some."""
    return template.format_map({name: value(row, name, str, where) for name in slots(template)})


def labelled_item(template: str, words: Words, row: Row, where: str, label: str = "label", group: str = "") -> Item:
    """The item that asks by the template and is answered by the word of the row's label. Raises InputError without one."""
    found = row.get(label)
    if found is None or found == "":
        raise InputError(f"{where}: there is no '{label}'. Labels of test splits are not public; use one that has labels.")
    if not isinstance(found, str | int) or found not in words:
        raise InputError(f"{where}: '{label}' must be one of {list(words)}, not {found!r}.")
    return Item(fill(template, row, where), (words[found],), tuple(words.values()), group)


def by_class(metric: Callable[..., float], **options: Any) -> Metric:
    """A metric of `tinyllm.metrics.classification` for items, where the chosen word is the class.

    An answer that is none of the choices counts as a wrong choice. Without that rule it would count as "not positive",
    and a model that writes nothing sensible would be right wherever that is the answer.
    """
    def choice(prediction: str, item: Item) -> str:
        prediction = prediction.strip().lower()
        choices = [c.lower() for c in item.choices]
        return prediction if prediction in choices else next(c for c in choices if c != item.targets[0].lower())

    def score(predictions: Sequence[str], items: Sequence[Item]) -> float:
        chosen = [choice(p, item) for p, item in zip(predictions, items, strict=True)]
        return metric(chosen, [item.targets[0].lower() for item in items], **options)
    return score
