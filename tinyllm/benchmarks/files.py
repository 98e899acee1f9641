"""What the loaders of benchmarks share: finding a file, reading it, and making an item of one of its rows.

A row is a dict of the fields of one line. With it goes `where` it stands, such as "glue/CoLA/dev.tsv, line
3", so that an error can say which line is broken.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from tinyllm.benchmarks.suite import Item, Metric, exact_match
from tinyllm.check import InputError, require

Row = Mapping[str, Any]
Words = Mapping[str | int, str]  # for each label in the file, the word with which a model answers
TWO_WAYS: Words = {"entailment": "yes", "not_entailment": "no"}  # does one sentence follow from another?
THREE_WAYS: Words = {"entailment": "yes", "contradiction": "no", "neutral": "maybe"}
ACCURACY: Mapping[str, Metric] = {"accuracy": exact_match}


def find(folder: str | Path, *names: str) -> Path:
    """The first of these files that the folder has. Raises InputError if it has none of them."""
    paths = [Path(folder) / name for name in names]
    found = [path for path in paths if path.is_file()]
    check_found(found, paths[0], names[1:])
    return found[0]


def read_text(path: Path) -> str:
    r"""The text of a UTF-8 file, without a byte order mark, and with \n for the \r\n of Windows."""
    return decode(path.read_bytes(), path).replace("\r\n", "\n")


def read_tsv(path: Path, wanted: Sequence[str], header: Sequence[str] = ()) -> Iterator[tuple[str, Row]]:
    r"""(where, row) of each line of a file whose cells are separated by tabs.

    The first line names the columns, unless a header is given for a file that lacks one. Quotes are
    ordinary characters here, as sentences have unbalanced ones. Only \n ends a line: sentences also have
    the Unicode line separators at which `str.splitlines` would cut. Raises InputError if a wanted column is
    missing, and for a line with too few or too many cells.
    """
    text = read_text(path)
    lines = text.removesuffix("\n").split("\n") if text else []
    names = list(header) or (lines[0].split("\t") if lines else [])
    check_columns(wanted, names, path)
    first = 0 if header else 1
    for number, line in enumerate(lines[first:], start=first + 1):
        where, cells = f"{path}, line {number}", line.split("\t")
        check_cells(cells, names, where)
        yield where, dict(zip(names, cells, strict=True))


def read_csv(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(where, cells) of each record of a CSV file.

    A quoted cell may have line breaks in it, so a record can take several lines: `where` names its last
    one. Raises InputError for a file that is not valid CSV.
    """
    records = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        for cells in records:
            if cells:  # an empty line is no record
                yield f"{path}, line {records.line_num}", cells
    except csv.Error as error:
        raise InputError(f"{path}, line {records.line_num}: this is not valid CSV ({error}).") from None


def value(row: Row, name: str, kind: type, where: str) -> Any:
    """row[name]. Raises InputError if the field is missing or of another type (True is no int here)."""
    check_value(row, name, kind, where)
    return row[name]


def slots(template: str) -> list[str]:
    """The fields that a template names.

        >>> slots("{question} or {#1 String}?")
        ['question', '#1 String']
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def fill(template: str, row: Row, where: str) -> str:
    """The template with the row's text in place of each {field}.

    An empty text is allowed, because the official files have some.

    (`prompting.fill` reads a template of the small world; columns of GLUE are named "#1 String" and the
    like.)
    """
    return template.format_map({name: value(row, name, str, where) for name in slots(template)})


def labelled_item(template: str, words: Words, row: Row, where: str, label: str = "label",
                  group: str = "") -> Item:
    r"""The item that asks by a template. Its right answer is the word that stands for the row's label.

    With the template "Review: {sentence}\nAnswer:" and the words {"1": "positive", "0": "negative"}, the
    row {"sentence": "fine film", "label": "1"} becomes the item

        prompt "Review: fine film\nAnswer:"     targets ("positive",)     choices ("positive", "negative")

    Raises InputError if the row has no label, or one that no word stands for.
    """
    found = row.get(label)
    check_label(found, words, label, where)
    return Item(fill(template, row, where), (words[found],), tuple(words.values()), group)


def by_class(metric: Callable[..., float], **options: Any) -> Metric:
    """A metric for items, made of a metric of `metrics.classification`. The classes are the items' choices.

    An answer that is none of the choices counts as a wrong choice. Otherwise it would count as "not
    positive", and a model that writes nonsense would be right wherever "not positive" is the right class.
    """
    def score(predictions: Sequence[str], items: Sequence[Item]) -> float:
        chosen = [chosen_class(answer, item) for answer, item in zip(predictions, items, strict=True)]
        return metric(chosen, [item.targets[0].lower() for item in items], **options)
    return score


def chosen_class(prediction: str, item: Item) -> str:
    """The choice that an answer names, in lower case; a wrong choice if it names none."""
    prediction = prediction.strip().lower()
    choices = [choice.lower() for choice in item.choices]
    if prediction in choices:
        return prediction
    return next(choice for choice in choices if choice != item.targets[0].lower())


def check_found(found: Sequence[Path], first: Path, others: Sequence[str]):
    """Raise InputError if none of the files was found."""
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
    """Raise InputError for a file that lacks one of the wanted columns."""
    for name in wanted:
        require(name in names, f"{path}, line 1: there is no column '{name}'; the columns are {names}.")


def check_cells(cells: Sequence[str], names: Sequence[str], where: str):
    """Raise InputError for a line that does not have one cell for each column."""
    is_full = len(cells) == len(names)
    require(is_full, f"{where}: {len(names)} cells are needed, not {len(cells)}; mend or remove the line.")


def check_value(row: Row, name: str, kind: type, where: str):
    """Raise InputError for a field that is missing or not of this type. True is no int here."""
    is_object = isinstance(row, Mapping)
    require(is_object, f"{where}: an object with a field '{name}' is needed, not {type(row).__name__}.")
    if name not in row:  # not `require`: it would sort the names of every row for nothing
        raise InputError(f"{where}: field '{name}' is missing; there are {sorted(row)}.")
    found = row[name]
    is_kind = isinstance(found, kind) and not (kind is int and isinstance(found, bool))
    require(is_kind, f"{where}: field '{name}' must be of type {kind.__name__}, not {type(found).__name__}.")
    if kind is str:
        check_text(found, f"{where}: field '{name}'")


def check_text(text: str, what: str):
    """Raise InputError for a text with half a character in it.

    Characters beyond the first 65,536 can be written in JSON as two halves (a surrogate pair). If one half
    is missing, no tokenizer can read the text.
    """
    is_sound = not any("\ud800" <= character <= "\udfff" for character in text)
    require(is_sound, f"{what} holds half a character (a lone surrogate); mend the text.")


def check_label(found: Any, words: Words, label: str, where: str):
    """Raise InputError for a label that is missing, or that no word stands for."""
    is_there = found is not None and found != ""
    require(is_there, f"{where}: there is no '{label}'. Labels of test splits are not public; "
                      "use one that has labels.")
    has_word = isinstance(found, str | int) and found in words
    require(has_word, f"{where}: '{label}' must be one of {list(words)}, not {found!r}.")
