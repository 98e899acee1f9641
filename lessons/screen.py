"""The screen and the disk: paragraphs and tables in the width of the terminal, and files that are there whole or not at all."""

import json
import os
import re
import shutil
import sys
import textwrap
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path


def width() -> int:
    """Columns to print in: those of the terminal, at most 110, which is as long a line as is easily read."""
    return max(20, min(110, shutil.get_terminal_size((110, 24)).columns))


def fill(text: str, indent: str = "") -> str:
    """The text as one paragraph in the terminal's width, its second and later lines indented."""
    first = text[:len(text) - len(text.lstrip(" "))]
    return textwrap.fill(" ".join(text.split()), width(), initial_indent=first, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def heading(text: str):
    """Print a heading that no markdown cell holds."""
    print(f"\n{text}\n{'-' * min(len(text), width())}", flush=True)


def in_colour(text: str) -> str:
    """A text with the colours of Tokenizer.show, for a terminal or a notebook. Elsewhere, as in a file, their codes would only
    be seen as signs, so what is green stands in [brackets] there."""
    if sys.stdout.isatty() or "ipykernel" in sys.modules:
        return text
    return re.sub(r"\x1b\[[\d;]*m", "", re.sub(r"\x1b\[30;42m(.*?)\x1b\[0m", r"[\1]", text, flags=re.DOTALL))


def print_table(columns: list[str], rows: list[list]):
    """Print rows under their column names. Where the terminal is too narrow, the widest columns of text are broken into
    lines, and if that is not enough each row becomes a list."""
    shown = [[f"{x:.3f}" if isinstance(x, float) else str(x) for x in row] for row in (columns, *rows)]
    widths = [max(1, *map(len, column)) for column in zip(*shown, strict=True)]
    room = width() - 2 * len(widths)
    while sum(widths) > room and max(widths) > 14:
        widths[widths.index(max(widths))] -= 1
    print()
    if sum(widths) > room:
        for row in shown[1:]:
            for name, cell in zip(shown[0], row, strict=True):
                print(fill(f"{name}: {cell}", "    "))
            print("-" * 10)
        return
    to_the_right = [j > 0 and all(_is_number(row[j]) or not row[j] for row in shown[1:]) for j in range(len(widths))]
    broken = [[textwrap.wrap(cell, w) or [""] for cell, w in zip(row, widths, strict=True)] for row in shown]
    apart = any(len(cell) > 1 for row in broken[1:] for cell in row)  # an empty line between rows of several lines
    for i, row in enumerate(broken):
        for cells in zip_longest(*row, fillvalue=""):
            placed = [cell.rjust(w) if right else cell.ljust(w)
                      for cell, w, right in zip(cells, widths, to_the_right, strict=True)]
            print("  " + "  ".join(placed).rstrip())
        if i == 0:
            print("  " + "  ".join("-" * w for w in widths))
        elif apart and i < len(broken) - 1:
            print()
    sys.stdout.flush()


def _is_number(text: str) -> bool:
    return text[:1] in set("+-.0123456789±") and sum(letter.isalpha() for letter in text) < 3


def write_whole(path: Path, write):
    """Let `write` fill a file beside path, then put it in path's place in one step: a stop leaves the old file or the new one.

    As tinyllm.checkpoint.write_whole, but without PyTorch, for which somebody who answers the quiz should not have to wait."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        print(f"\n{path} cannot be written ({error}); make room, or change the permissions of its folder.", file=sys.stderr)
        raise SystemExit(2) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_json(path: Path, content):
    """Write a JSON file, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
