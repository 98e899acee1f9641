"""One meaning, many wordings: the small pattern language in which this folder's sentences are written.

    vary(rng, "(On|Last) {day}, {who} (bought|sold) a (|new|old) {thing}.", day="Friday", who="Ada", thing="umbrella")
    -> "Last Friday, Ada bought an umbrella."
"""
import re

_CHOICE = re.compile(r"\(([^()]*)\)")
_SPACES = re.compile(r" {2,}")
_SPACE_BEFORE_POINT = re.compile(r" +(?=[,.;?!])")
_COMMA_BEFORE_POINT = re.compile(r",(?=[,.;?!])")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeioAEIO]|u[mn])(?!one\b|uni)")
_CLAUSE_END = re.compile(r"(?<=[.?!,;]) |\n")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.?!] ))[a-z]")


def phrase(rng, pattern, **slots):
    """`pattern` with one alternative of each (a|b) chosen, an empty one meaning nothing, and each {slot} filled in."""
    while "(" in pattern:
        pattern = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), pattern)
    text = _SPACES.sub(" ", pattern.format_map(slots)).strip()
    text = _COMMA_BEFORE_POINT.sub("", _SPACE_BEFORE_POINT.sub("", text))
    return _ARTICLE.sub(r"\1n ", text)


def vary(rng, pattern, **slots):
    """`phrase` as running text: every sentence begins with a capital letter."""
    return _SENTENCE_START.sub(lambda match: match[0].upper(), phrase(rng, pattern, **slots))


def words(text):
    """A table of words, written as text."""
    return text.split()


def normalise(text):
    """`text` as two pieces are compared: lower case, words only. "Oh, Ada!" -> "oh ada"."""
    return " ".join(re.findall(r"\w+", text.lower()))


def holds(text, held_out):
    """Whether any run of clauses of `text` is, once normalised, one of the held-out inputs of the tasks."""
    clauses = [normalise(clause) for clause in _CLAUSE_END.split(text)]
    return any(" ".join(clauses[start:end]) in held_out
               for start in range(len(clauses)) for end in range(start + 1, len(clauses) + 1))


def fresh(make, held_out, text=str):
    """The first of the pieces that `make()` draws whose `text` holds none of the held-out inputs of the tasks."""
    while True:
        piece = make()
        if not held_out or not holds(text(piece), held_out):
            return piece
