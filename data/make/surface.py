"""The small pattern language of this folder: one meaning, many wordings.

    vary(rng, "(On|Last) {day}, {who} (bought|sold) a (|new|old) {thing}.",
         day="Friday", who="Ada", thing="umbrella")
    -> "Last Friday, Ada bought an umbrella."

Of each (a|b) one alternative is drawn, and an empty one means nothing. A {slot} is filled in. Blanks,
commas, "a" and "an", and capital letters are then put right.

The second half compares texts: it keeps what the tasks ask in validation and test out of the corpus.
"""
import re

CHOICE = re.compile(r"\(([^()]*)\)")
SPACES = re.compile(r" {2,}")
SPACE_BEFORE_POINT = re.compile(r" +(?=[,.;?!])")
COMMA_BEFORE_POINT = re.compile(r",(?=[,.;?!])")
A_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeioAEIO]|u[mn])(?!one\b|uni)")
SENTENCE_START = re.compile(r"(?:^|(?<=[.?!] ))[a-z]")
CLAUSE_END = re.compile(r"(?<=[.?!,;]) |\n")


def phrase(rng, pattern, **slots):
    """The pattern with its alternatives drawn and its slots filled in, as a part of a sentence."""
    while "(" in pattern:  # the innermost alternatives are drawn first
        pattern = CHOICE.sub(lambda match: rng.choice(match[1].split("|")), pattern)
    text = SPACES.sub(" ", pattern.format_map(slots)).strip()
    text = SPACE_BEFORE_POINT.sub("", text)
    text = COMMA_BEFORE_POINT.sub("", text)
    return A_BEFORE_VOWEL.sub(r"\1n ", text)


def vary(rng, pattern, **slots):
    """The same as whole sentences, each of which begins with a capital letter."""
    return SENTENCE_START.sub(lambda match: match[0].upper(), phrase(rng, pattern, **slots))


def words(text):
    """A list of words, written as text: "cat dog" -> ["cat", "dog"]."""
    return text.split()


def pairs(text):
    """A table of pairs, written as text: "big small, hot cold" -> {"big": "small", "hot": "cold"}."""
    return dict(entry.split() for entry in text.split(","))


def normalise(text):
    """The text as two texts are compared, in lower case and words only: "Oh, Ada!" -> "oh ada"."""
    return " ".join(re.findall(r"\w+", text.lower()))


def holds(text, held_out):
    """Whether the text contains one of the held-out inputs of the tasks, which are normalised texts.

    Every run of clauses is compared, so an input is also found inside a longer text.
    """
    clauses = [normalise(clause) for clause in CLAUSE_END.split(text)]
    count = len(clauses)
    runs = (" ".join(clauses[start:end]) for start in range(count) for end in range(start + 1, count + 1))
    return any(run in held_out for run in runs)


def fresh(make, held_out, text=str):
    """A piece drawn by `make()` that contains no held-out input. `text(piece)` is what is compared."""
    while True:
        piece = make()
        if not held_out or not holds(text(piece), held_out):
            return piece
