"""The header of a GGUF file, checked before anybody believes it.

    magic and version      4 bytes "GGUF", and a number
    counts                 how many tensors there are, and how many facts
    facts                  a name, a type and a value for each: numbers, texts, and lists of them
    tensors                a name, a shape, a type and a place for each
    the tensors' numbers

Each text and each list is preceded by its length. If a length was damaged, or was written to do harm, a
reader that believes it waits for data that never comes, or fills the memory. So we walk through the header
first, and refuse a length that is more than what is left of the file.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from tinyllm.check import require

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of each type of number
TEXT, LIST = 8, 9


def check_header(path: Path):
    """Raise InputError unless this is a GGUF file whose header holds what it says."""
    with path.open("rb") as file:
        walk = Walk(file, path)
        require(file.read(4) == b"GGUF", f"{path} is no GGUF file.")
        walk.number("<I")  # the version
        n_tensors, n_facts = walk.number("<Q"), walk.number("<Q")
        for _ in range(n_facts):
            walk.text()
            walk.value(walk.number("<I"))
        for _ in range(n_tensors):
            walk.text()
            n_dimensions = walk.number("<I")
            walk.skip(8 * n_dimensions + 4 + 8)  # the shape, the type, the place


class Walk:
    """A walk through a file, from length to length."""

    def __init__(self, file: BinaryIO, path: Path):
        self.file, self.path, self.size = file, path, path.stat().st_size

    def skip(self, count: int):
        """Go on by so many bytes. Raises InputError if there are fewer."""
        is_there = count <= self.size - self.file.tell()
        require(is_there, f"{self.path} is damaged: it says that it holds more than it does; copy it again.")
        self.file.seek(count, 1)

    def number(self, form: str) -> int:
        """Read a number, in a form of the module struct."""
        self.skip(struct.calcsize(form))
        self.file.seek(-struct.calcsize(form), 1)
        return struct.unpack(form, self.file.read(struct.calcsize(form)))[0]

    def text(self):
        """Go over a text: its length, and so many bytes."""
        self.skip(self.number("<Q"))

    def value(self, kind: int):
        """Go over the value of a fact, of this type."""
        if kind == TEXT:
            self.text()
        elif kind == LIST:
            self.values(kind=self.number("<I"), count=self.number("<Q"))
        else:
            self.skip(self.size_of(kind))

    def values(self, kind: int, count: int):
        """Go over a list of so many values of one type."""
        if kind == TEXT:
            for _ in range(count):  # each takes some bytes, so that the file ends before a wrong count does
                self.text()
        else:  # of numbers: lists of lists are refused by size_of
            self.skip(count * self.size_of(kind))

    def size_of(self, kind: int) -> int:
        """The bytes of a number of this type."""
        require(kind in SIZES, f"{self.path} is damaged: there is no type {kind}; copy it again.")
        return SIZES[kind]
