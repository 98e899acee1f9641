"""Nouns, adjectives and verbs with the forms that a sentence needs, read from the tables of lexicon.py.

    NOUNS["mouse"]            -> Noun("mouse", "mice", "souris", "souris", feminine=True, kind="animals")
    ADJECTIVES["beautiful"]   -> Adjective("beautiful", "beau", "belle", "bel", before=True)
    VERBS["eat"].present      -> ("mange", "mange", "mangeons", "mangent")
"""
from typing import NamedTuple

from french.lexicon import (
    AFTER,
    BEFORE,
    COLOURS,
    MONTHS_IN,
    NOUNS_IN,
    NUMBERS_IN,
    TIMES_IN,
    VERBS_IN,
    WEEKDAYS_IN,
)


class Noun(NamedTuple):
    """A noun: Noun("mouse", "mice", "souris", "souris", feminine=True, kind="animals")."""

    english: str
    plural: str
    french: str
    pluriel: str
    feminine: bool
    kind: str


class Adjective(NamedTuple):
    """An adjective: Adjective("beautiful", "beau", "belle", "bel", before=True).

    `liaison` is the masculine before a vowel. `before` says that it stands before the noun in French.
    """

    english: str
    masculine: str
    feminine: str
    liaison: str
    before: bool


class Verb(NamedTuple):
    """A verb: Verb("eat", "eats", "ate", "eating", "manger", ("mange", ...), "mangé", "manger").

    `present` is for je, il, nous and ils. `future` is the stem that takes -ai, -a, -ons and -ont.
    """

    english: str
    third: str
    past: str
    ing: str
    french: str
    present: tuple[str, ...]
    participle: str
    future: str


# --- regular forms --------------------------------------------------------------------------------------

def english_plural(word):
    """The regular plural: cherry -> cherries, box -> boxes, tomato -> tomatoes, knife -> knives."""
    if word.endswith("fe"):
        return word[:-2] + "ves"
    if word.endswith("y") and word[-2] not in "aeou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh", "tato", "mato")) else "s")


def french_plural(word):
    """The plural: chat -> chats, oiseau -> oiseaux, cheval -> chevaux, souris -> souris."""
    if word.startswith("grand-"):
        return "grands-" + french_plural(word[6:])
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith("eau") or word == "hibou" else "s")


def third_person(verb):
    """The form with he and she: go -> goes, wash -> washes, look for -> looks for."""
    if verb in ("be", "have", "must", "can"):
        return {"be": "is", "have": "has"}.get(verb, verb)
    head, *rest = verb.split()
    ending = "es" if head.endswith(("o", "sh", "ch", "ss")) else "s"
    return " ".join([head + ending, *rest])


def ing_form(verb):
    """The form that ends in -ing: eat -> eating, write -> writing, look for -> looking for."""
    head, *rest = verb.split()
    stem = head[:-1] if head.endswith("e") and head not in ("be", "see") else head
    return " ".join([stem + "ing", *rest])


# --- reading the tables ---------------------------------------------------------------------------------

def read_nouns(kind, row):
    """The nouns of one kind: "mouse/mice souris f, cat chat m" -> [Noun("mouse", "mice", ...), ...]."""
    nouns = []
    for entry in row.split(","):
        english, french, gender = entry.split()
        single, _, plural = english.partition("/")
        plural = plural or english_plural(single)
        nouns.append(Noun(single, plural, french, french_plural(french), gender == "f", kind))
    return nouns


def read_adjectives(row, before):
    """The adjectives of a row: "old vieux vieille vieil, ..." -> [Adjective("old", "vieux", ...), ...]."""
    adjectives = []
    for entry in row.split(","):
        english, masculine, feminine, *more = entry.split()
        liaison = more[0] if more else masculine
        adjectives.append(Adjective(english, masculine, feminine, liaison, before))
    return adjectives


def read_verb(line):
    """The verb of a line: "sell sold | vendre vends vend ..." -> Verb("sell", "sells", "sold", ...)."""
    english, french = (part.split() for part in line.split(" | "))
    verb, past = (word.replace("_", " ") for word in english)
    infinitive, *present, participle = french[:6]
    future = french[6] if len(french) > 6 else infinitive.removesuffix("e")
    third, ing = third_person(verb), ing_form(verb)
    return Verb(verb, third, past, ing, infinitive, tuple(present), participle, future)


def read_pairs(row):
    """Pairs of one word each: "one un, two deux" -> [("one", "un"), ("two", "deux")]."""
    return [tuple(entry.split()) for entry in row.split(",")]


NOUNS = {noun.english: noun for kind, row in NOUNS_IN.items() for noun in read_nouns(kind, row)}
COLOUR_WORDS = read_adjectives(COLOURS, before=False)
OTHER_ADJECTIVES = read_adjectives(BEFORE, before=True) + read_adjectives(AFTER, before=False)
ADJECTIVES = {adjective.english: adjective for adjective in OTHER_ADJECTIVES + COLOUR_WORDS}
VERBS = {verb.english: verb for verb in map(read_verb, VERBS_IN.strip().split("\n"))}
NUMBERS = read_pairs(NUMBERS_IN)
WEEKDAYS = read_pairs(WEEKDAYS_IN)
MONTHS = read_pairs(MONTHS_IN)

# Category: pairs of an English word and its French, without articles, for the lists of the corpus.
GLOSSARY = {
    **{kind: [(noun.english, noun.french) for noun in read_nouns(kind, NOUNS_IN[kind])]
       for kind in NOUNS_IN},
    "adjectives": [(adjective.english, adjective.masculine) for adjective in OTHER_ADJECTIVES],
    "colours": [(adjective.english, adjective.masculine) for adjective in COLOUR_WORDS],
    "verbs": [
        *[(f"to {name}", verb.french) for name, verb in VERBS.items() if name not in ("must", "can")],
        ("to have to", "devoir"), ("to be able to", "pouvoir"), ("to rain", "pleuvoir"),
        ("to snow", "neiger"),
    ],
    "weekdays": WEEKDAYS,
    "months": MONTHS,
    "numbers": NUMBERS,
    "times": read_pairs(TIMES_IN),
}
