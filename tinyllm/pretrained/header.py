"""The header of a GGUF file: what it says about its model, and where its tensors are.

    magic and version      4 bytes "GGUF", and a number
    counts                 how many tensors there are, and how many facts
    facts                  a name, a type and a value for each: numbers, texts, and lists of them
    tensors                a name, a shape, a type and a place for each
    the tensors' numbers   from the next byte that the alignment divides

Each text and each list is preceded by its length. If a length was damaged, or was written to do harm, a
reader that believes it waits for data that never comes, or fills the memory. So we refuse a length that is
more than what is left of the file, before we read on.
"""

import math
import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tinyllm.check import InputError, is_whole, require

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, LIST = 8, 9  # the types that are no numbers; those of numbers have their letter of the module struct
VERSIONS = 2, 3  # version 1 had shorter lengths
MOST = 2 ** 24  # facts, tensors, values of a list: far more than any model has


class Stored(NamedTuple):
    """A tensor in a file."""

    shape: tuple[int, ...]  # of its numbers, the last one the length of a row, as in PyTorch
    kind: int  # how the numbers are stored: GGML's number of a quantization
    place: int  # its first byte in the file


def read_header(path: Path) -> tuple[dict[str, Any], dict[str, Stored]]:
    """The facts and the tensors that a GGUF file says it holds, by their names.

    Raises InputError unless it is a GGUF file whose header is whole. Whether the tensors' numbers are there
    is another question.
    """
    with path.open("rb") as file:
        require(file.read(4) == b"GGUF", f"{path} is no GGUF file.")
        walk = Walk(file, path)
        version = walk.number("I")
        require(version in VERSIONS, f"{path} is of GGUF's version {version}; tinyllm reads 2 and 3.")
        n_tensors, n_facts = walk.count(), walk.count()
        facts = dict(walk.fact() for _ in range(n_facts))
        tensors = dict(walk.tensor() for _ in range(n_tensors))
        walk.must(len(facts) == n_facts and len(tensors) == n_tensors, "it names something twice")
        alignment = facts.get("general.alignment", 32)
        walk.must(is_whole(alignment), f"its alignment is {alignment!r}")
        start = math.ceil(file.tell() / alignment) * alignment
    return facts, {name: tensor._replace(place=start + tensor.place) for name, tensor in tensors.items()}


class Walk:
    """A walk through a header, from length to length. Raises InputError where it is damaged."""

    def __init__(self, file: BinaryIO, path: Path):
        self.file, self.path, self.size = file, path, path.stat().st_size

    def take(self, count: int) -> bytes:
        """The next bytes, so many."""
        self.must(count <= self.size - self.file.tell(), "it says that it holds more than it does")
        return self.file.read(count)

    def number(self, letter: str) -> Any:
        """The next number, of the type that has this letter in the module struct."""
        return self.numbers(letter, 1)[0]

    def count(self, letter: str = "Q") -> int:
        """How many things follow. A list of them takes more memory than the file, so there is a limit."""
        count = self.number(letter)
        self.must(count <= MOST, "it says that it holds more than it does")
        return count

    def numbers(self, letter: str, count: int) -> list:
        """The next numbers, so many of one type."""
        return list(struct.unpack(f"<{count}{letter}", self.take(count * struct.calcsize(f"<{letter}"))))

    def text(self) -> str:
        """The next text: its length, and so many bytes."""
        try:
            return self.take(self.number("Q")).decode()
        except UnicodeDecodeError:
            raise InputError(f"{self.path} is damaged: a text is not UTF-8; copy it again.") from None

    def fact(self) -> tuple[str, Any]:
        """The next fact: its name, and its value after the type of it."""
        name, kind = self.text(), self.number("I")
        if kind == LIST:
            return name, self.values(kind=self.number("I"), count=self.count())
        return name, self.values(kind, 1)[0]

    def values(self, kind: int, count: int) -> list:
        """The next values, so many of one type. There are no lists of lists."""
        if kind == TEXT:  # each takes some bytes, so that the file ends before a wrong count does
            return [self.text() for _ in range(count)]
        self.must(kind in NUMBERS, f"there is no type {kind}")
        return self.numbers(NUMBERS[kind], count)

    def tensor(self) -> tuple[str, Stored]:
        """The next tensor's name, and what it is. Its place still counts from where all numbers begin."""
        name = self.text()
        sizes = self.numbers("Q", self.count("I"))  # the length of a row comes first
        return name, Stored(tuple(reversed(sizes)), kind=self.number("I"), place=self.number("Q"))

    def must(self, is_so: bool, trouble: str):
        """Raise InputError with the trouble unless it is so."""
        require(is_so, f"{self.path} is damaged: {trouble}; copy it again.")
