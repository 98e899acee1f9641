"""JSONL files: one JSON object a line. Each error names the file, the line and the field.

    {"prompt": "Is it cold outside?", "completion": "yes"}
    {"prompt": "Is it dark outside?"}                          line 2: field 'completion' is missing
"""

import json
from pathlib import Path

from tinyllm.check import InputError, require


def read_jsonl(path: str | Path) -> list[dict]:
    """The objects of a JSONL file, in its order.

    Raises InputError for a file that is missing, empty or not UTF-8, and for a line that is no JSON object.
    """
    path = Path(path)
    lines = read_utf8(path).split("\n")  # str.splitlines would also cut at line breaks inside a JSON text
    if not lines[-1].strip():  # the file ends with a line break, and nothing comes after it
        lines.pop()
    check_has_lines(lines, path)
    return [parse_object(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def read_utf8(path: Path) -> str:
    """The text of a file. Raises InputError if the file is missing or not UTF-8."""
    require(path.is_file(), f"There is no file {path}; check the name.")
    try:
        # Some editors put a byte order mark in front of a text; "-sig" leaves it out.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{error.reason} at byte {error.start}"
        raise InputError(f"{path} is not UTF-8 text ({place}); save it as UTF-8.") from None


def parse_object(text: str, where: str) -> dict:
    """The JSON object that a text describes. Raises InputError that starts with `where` if there is none.

        >>> parse_object('{"prompt": "Is it cold outside?"}', "mine.jsonl, line 1")
        {'prompt': 'Is it cold outside?'}
    """
    require(text.strip() != "", f"{where} is empty; put a JSON object there, or remove it.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:  # RecursionError: too many brackets inside each other
        raise InputError(f"{where}: not valid JSON ({error}).") from None
    require(isinstance(found, dict), f"{where}: a JSON object is needed, not {type(found).__name__}.")
    return found


def check_has_lines(lines: list[str], path: Path):
    """Raise InputError for a file without a line."""
    require(len(lines) > 0, f"{path} holds no examples; give it one JSON object a line.")


def check_text(row: dict, name: str, where: str):
    """Raise InputError that starts with `where`, unless the field row[name] is a text that can be used."""
    require(name in row, f"{where}: field '{name}' is missing; there are {sorted(row)}.")
    text = row[name]
    require(isinstance(text, str), f"{where}: field '{name}' must be text, not {type(text).__name__}.")
    require(text.strip() != "", f"{where}: field '{name}' is empty.")
    is_sound = text.encode(errors="ignore").decode() == text  # "ignore" leaves out what UTF-8 cannot write
    require(is_sound, f"{where}: field '{name}' holds half a character (a lone surrogate); mend the text.")
