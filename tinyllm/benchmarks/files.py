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
from tinyllm.check import InputError, require

Row = Mapping[str, Any]
Words = Mapping[str | int, str]  # label in the file -> the word by which a model answers


def find(folder: str | Path, *names: str) -> Path:
    """The first of these files that the folder has. Raises InputError that says what was looked for if it has none."""
    paths = [Path(folder) / name for name in names]
    found = [path for path in paths if path.is_file()]
    check_found(found, paths[0], names[1:])
    return found[0]


def read_text(path: Path) -> str:
    """A UTF-8 file with \\n line ends, whatever it had, and without a byte order mark."""
    return decode(path.read_bytes(), path).replace("\r\n", "\n")


def read_tsv(path: Path, wanted: Sequence[str], header: Sequence[str] = ()) -> Iterator[tuple[str, Row]]:
    """(where, row) of each line: cells by column name, from the first line unless a header is given.

    Quotes are ordinary characters, and only a line feed ends a line: sentences hold unbalanced quotes and the Unicode
    line separators at which `str.splitlines` would cut. Raises InputError for a line with too few or too many cells.
    """
    text = read_text(path)
    lines = text.removesuffix("\n").split("\n") if text else []
    names = list(header) or (lines[0].split("\t") if lines else [])
    check_columns(wanted, names, path)
    for number, line in enumerate(lines, start=1):
        where, cells = f"{path}, line {number}", line.split("\t")
        if number == 1 and not header:
            continue
        check_cells(cells, names, where)
        yield where, dict(zip(names, cells, strict=True))


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
    check_value(row, name, kind, where)
    return row[name]


def slots(template: str) -> list[str]:
    """The fields that a template names: "{question} or {#1 String}?" -> ["question", "#1 String"]."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def fill(template: str, row: Row, where: str) -> str:
    """The template with each {field} replaced by the row's text. Empty texts are allowed: the official files hold some."""
    return template.format_map({name: value(row, name, str, where) for name in slots(template)})


def labelled_item(template: str, words: Words, row: Row, where: str, label: str = "label", group: str = "") -> Item:
    """The item that asks by the template and is answered by the word of the row's label. Raises InputError without one."""
    found = row.get(label)
    check_label(found, words, label, where)
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


def check_found(found: Sequence[Path], first: Path, others: Sequence[str]):
    """Raise InputError if neither the first file was found nor one of the others, which would do as well."""
    nor = f" (nor {', '.join(others)})" if others else ""
    require(len(found) > 0, f"There is no file {first}{nor}; unpack the official download so that it lies "
                            "there.")


def decode(data: bytes, path: Path) -> str:
    """The text of a file's bytes. Raises InputError that names the line for bytes that are not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None


def check_columns(wanted: Sequence[str], names: Sequence[str], path: Path):
    """Raise InputError for a file without a column that is asked for."""
    for name in wanted:
        require(name in names, f"{path}, line 1: there is no column '{name}'; the columns are {names}.")


def check_cells(cells: Sequence[str], names: Sequence[str], where: str):
    """Raise InputError for a line that does not have one cell for each column."""
    is_full = len(cells) == len(names)
    require(is_full, f"{where}: {len(names)} cells are needed, not {len(cells)}; mend or remove the line.")


def check_value(row: Row, name: str, kind: type, where: str):
    """Raise InputError for a field that is missing or not of this kind. True is no int here."""
    is_object = isinstance(row, Mapping)
    require(is_object, f"{where}: an object with a field '{name}' is needed, not {type(row).__name__}.")
    if name not in row:  # not `require`: it would sort the names of every row, for nothing
        raise InputError(f"{where}: field '{name}' is missing; there are {sorted(row)}.")
    found = row[name]
    is_kind = isinstance(found, kind) and not (kind is int and isinstance(found, bool))
    require(is_kind, f"{where}: field '{name}' must be of type {kind.__name__}, not {type(found).__name__}.")
    if kind is str:
        check_text(found, f"{where}: field '{name}'")


def check_text(text: str, what: str):
    """Raise InputError for a text with half a character in it. JSON can spell that; no tokenizer takes it."""
    is_sound = not any("\ud800" <= character <= "\udfff" for character in text)
    require(is_sound, f"{what} holds half a character (a lone surrogate); mend the text.")


def check_label(found: Any, words: Words, label: str, where: str):
    """Raise InputError for a label that is missing, or that no word answers for."""
    is_there = found is not None and found != ""
    require(is_there, f"{where}: there is no '{label}'. Labels of test splits are not public; "
                      "use one that has labels.")
    has_word = isinstance(found, str | int) and found in words
    require(has_word, f"{where}: '{label}' must be one of {list(words)}, not {found!r}.")
