"""The header of a GGUF file: what it says about its model, and where its tensors are.

    magic and version      4 bytes "GGUF", and a number
    counts                 how many tensors there are, and how many facts
    facts                  a name, a type and a value for each: numbers, texts, and lists of them
    tensors                a name, a shape, a type and a place for each
    the tensors' numbers   from the next byte that the alignment divides

Each text and each list is preceded by its length. A length may be damaged, or written to do harm. A reader
that believes it may loop almost without end, or fill the memory. So we refuse any length that is more than
what is left of the file.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tinyllm.batches import round_up
from tinyllm.check import InputError, is_whole, require

# GGUF's numbers for types, and the letter that the module struct has for each type of number.
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, LIST = 8, 9  # the two types that are not numbers
VERSIONS = 2, 3  # version 1 had shorter lengths
MOST = 2 ** 24  # facts, tensors, or values in one list: far more than any model has
DIMENSIONS = 4  # of a tensor: GGML has no more


class Stored(NamedTuple):
    """A tensor in a file."""

    shape: tuple[int, ...]  # its sizes, as in PyTorch: the last one is the length of a row
    kind: int  # how the numbers are stored: GGML's number of a quantization
    place: int  # where its first byte is, counted from the start of the file


def read_header(path: Path) -> tuple[dict[str, Any], dict[str, Stored]]:
    """The facts and the tensors that a GGUF file says it holds, by their names.

    Raises InputError unless it is a GGUF file whose header is whole. Whether the tensors' numbers are there
    is another question.
    """
    with path.open("rb") as file:
        require(file.read(4) == b"GGUF", f"{path} is no GGUF file.")
        walk = Walk(file, path)
        version = walk.number("I")
        is_big_endian = version > 0 and version % 2 ** 16 == 0  # its bytes are the other way round
        require(not is_big_endian, f"{path} is for big-endian computers, which tinyllm does not read.")
        require(version in VERSIONS, f"{path} is of GGUF's version {version}; tinyllm reads 2 and 3.")
        n_tensors, n_facts = walk.count(), walk.count()
        facts = dict(walk.fact() for _ in range(n_facts))
        tensors = dict(walk.tensor() for _ in range(n_tensors))
        walk.must(len(facts) == n_facts and len(tensors) == n_tensors, "it names something twice")
        alignment = facts.get("general.alignment", 32)
        walk.must(is_whole(alignment), f"its alignment is {alignment!r}")
        start = round_up(file.tell(), alignment)
    return facts, {name: tensor._replace(place=start + tensor.place) for name, tensor in tensors.items()}


def facts_about(subject: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts about one subject, such as "llama" or "tokenizer.ggml", by the rest of their names."""
    start = f"{subject}."
    return {name.removeprefix(start): value for name, value in facts.items() if name.startswith(start)}


class Walk:
    """A walk through a header, from length to length. Raises InputError where it is damaged."""

    def __init__(self, file: BinaryIO, path: Path):
        self.file, self.path, self.size = file, path, path.stat().st_size

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        self.must(count <= self.size - self.file.tell(), "it says that it holds more than it does")
        return self.file.read(count)

    def number(self, letter: str) -> Any:
        """The next number, of the type that has this letter in the module struct."""
        return self.numbers(letter, 1)[0]

    def count(self, letter: str = "Q", most: int = MOST) -> int:
        """How many things follow. In memory a list takes more room than in the file, so there is a limit."""
        count = self.number(letter)
        self.must(count <= most, f"it says that {count:,} things follow, where there can be {most:,}")
        return count

    def numbers(self, letter: str, count: int) -> list:
        """The next `count` numbers, all of one type."""
        return list(struct.unpack(f"<{count}{letter}", self.take(count * struct.calcsize(f"<{letter}"))))

    def text(self) -> str:
        """The next text: first its length in bytes, then the bytes."""
        try:
            return self.take(self.number("Q")).decode()
        except UnicodeDecodeError:
            raise InputError(f"{self.path} is damaged: a text is not UTF-8; copy it again.") from None

    def fact(self) -> tuple[str, Any]:
        """The next fact: its name, the type of its value, and the value."""
        name, kind = self.text(), self.number("I")
        if kind == LIST:
            return name, self.values(kind=self.number("I"), count=self.count())
        return name, self.values(kind, 1)[0]

    def values(self, kind: int, count: int) -> list:
        """The next `count` values, all of one type. There are no lists of lists."""
        if kind == TEXT:  # each takes at least 8 bytes, so a wrong count meets the end of the file
            return [self.text() for _ in range(count)]
        self.must(kind in NUMBERS, f"there is no type {kind}")
        return self.numbers(NUMBERS[kind], count)

    def tensor(self) -> tuple[str, Stored]:
        """The next tensor. Its place is still counted from where the tensors' numbers begin."""
        name = self.text()
        sizes = self.numbers("Q", self.count("I", DIMENSIONS))  # the length of a row comes first
        return name, Stored(tuple(reversed(sizes)), kind=self.number("I"), place=self.number("Q"))

    def must(self, is_so: bool, trouble: str):
        """Raise InputError, with this trouble in its message, unless it is so."""
        require(is_so, f"{self.path} is damaged: {trouble}; copy it again.")
