"""Lists and glossaries: one relation, one layout, 5 to 12 rows, sometimes a heading.

    Ada -> Hollin        summer = winter        lamp, rope, cup | cup, rope, lamp
    Otto -> Brindle      wet = dry              saw, hat | hat, saw

The same left-hand word occurs under several relations (dog: animal, chien, dogs, puppy, d), so only the rows
above tell what comes next. That is what a language model can learn to do in context.
"""
from itertools import pairwise
from typing import NamedTuple

import french
from claims import LABELS, claim
from readings import ASK, reading
from reviews import review
from surface import fresh, vary
from topics import TOPICS, topic_text
from vocabulary import (
    CATEGORIES,
    HOMES,
    NOUNS,
    NUMBERS,
    OPPOSITES,
    PAST,
    TYPICAL_COLOURS,
    UNCOUNTED,
    YOUNG,
    plural,
)
from world import DAYS, MONTHS, PEOPLE, TOWNS

LAYOUTS = ["{} -> {}", "{}: {}", "{} - {}", "{} = {}", "{}\t{}", "({}, {})", "{} ({})", "{} | {}",
           "| {} | {} |", "{} => {}", "* {}: {}", "- {} / {}", "{}; {}", "[{}] {}", "{} ... {}", "{} > {}",
           "<{}> {}", "{} ~ {}", "{}\n  {}", "{}\n{}\n", "{}? {}!", "{} :: {}", "* {} -> {}",
           "in: {} out: {}", "{} {{{}}}", "Q: {}\nA: {}", "Q: {} A: {}", "In: {}\nOut: {}\n", "{} so {}",
           "{}, {}"]
NUMBERED = 0.15  # lists whose rows carry a number
HEADED = 0.35  # lists with a heading

TRUTHS = {"yes": "true", "no": "false", "maybe": "unknown"}
SENTENCES_WITH = {
    "name": ["{name} (is late|came home|sang|was ill|(bought|sold) a (hat|boat|lamp))(| today| again)."],
    "day": ["(We met|It rained|The race is|They came|I called) on {day}(| again)."],
    "place": ["(The bus goes|The road goes|A train goes) to {place}(| today).",
              "(We live|They met|It rained) in {place}(| today)."],
}


class Relation(NamedTuple):
    """How often it is drawn, a function that makes rows from (rng, held_out, count), and its headings."""

    weight: int
    rows: object
    headings: tuple[str, ...]


# --- two kinds of relations -----------------------------------------------------------------------------

def table(weight, pairs, *headings):
    """A relation that is given by a table of pairs."""
    pairs = list(pairs)

    def rows(rng, held_out, count):
        return rng.sample(pairs, min(count, len(pairs)))
    return Relation(weight, rows, headings)


def drawn(weight, row, *headings, most=6):
    """A relation whose rows are drawn one by one by `row(rng, held_out)`, at most `most` of them."""
    def rows(rng, held_out, count):
        return [row(rng, held_out) for _ in range(min(count, most))]
    return Relation(weight, rows, headings)


# --- rows that are drawn --------------------------------------------------------------------------------

def remark(good, bad):
    """A short review, and the word for its verdict."""
    def row(rng, held_out):
        piece = fresh(lambda: review(rng, most=2), held_out, lambda drawn: drawn.text)
        return piece.text, good if piece.positive else bad
    return row


def topic(rng, held_out):
    """A text and its topic."""
    name = rng.choice(TOPICS)
    return fresh(lambda: topic_text(rng, name), held_out), name


def found(kind):
    """A text with a question for a name, a day or a place, and the answer."""
    def row(rng, held_out):
        piece = fresh(lambda: reading(rng, kind), held_out, lambda drawn: drawn.text)
        return f"{piece.text} {piece.question}", piece.answer
    return row


def sentence_with(kind):
    """A short sentence, and the one name, day or place that stands in it."""
    def row(rng, held_out):
        slots = {"name": rng.choice(list(PEOPLE)), "day": rng.choice(DAYS), "place": rng.choice(list(TOWNS))}
        pattern = rng.choice(SENTENCES_WITH[kind])
        return vary(rng, pattern, **slots), slots[kind]
    return row


def truth(rng, held_out):
    """A premise with a hypothesis, and whether that is true, false or unknown."""
    piece = fresh(lambda: claim(rng, rng.choice(LABELS)), held_out,
                  lambda drawn: f"{drawn.premise}\n{drawn.hypothesis}")
    return f"{piece.premise} {piece.hypothesis}", TRUTHS[piece.label]


def row_of_words(change):
    """A list of 2 to 5 words, and what `change` makes of it."""
    def row(rng, held_out):
        words = fresh(lambda: rng.sample(NOUNS, rng.randint(2, 5)), held_out, ", ".join)
        return ", ".join(words), change(words)
    return row


def word_after(rng, held_out):
    """A list with one of its words, and the word that comes after that one."""
    words = fresh(lambda: rng.sample(NOUNS, rng.randint(3, 6)), held_out, ", ".join)
    position = rng.randrange(len(words) - 1)
    return f"{', '.join(words)}: {words[position]}", words[position + 1]


def same(rng, held_out):
    """Two words, and whether they are the same."""
    first, second = rng.sample(NOUNS, 2)
    return (f"{first}, {first}", "same") if rng.random() < 0.5 else (f"{first}, {second}", "different")


# --- the relations --------------------------------------------------------------------------------------

def of_people(attribute):
    """The pairs of a name and the value of this attribute, for those who have one."""
    values = [(name, getattr(person, attribute)) for name, person in PEOPLE.items()]
    return [(name, value) for name, value in values if value]


def of_towns(attribute):
    """The pairs of a town and the value of this attribute."""
    return [(name, str(getattr(town, attribute))) for name, town in TOWNS.items()]


def turned(pairs):
    """The pairs with left and right exchanged."""
    return [(right, left) for left, right in pairs]


NEXT = [pair for row in (NUMBERS, DAYS, MONTHS) for pair in pairwise(row)]
NEXT += [(str(number), str(number + 1)) for number in range(1, 60)]
CATEGORY = [(word, category) for category, words in CATEGORIES.items() for word in words]
FRENCH = [pair for glossary in french.GLOSSARY.values() for pair in glossary]
PLURALS = [(noun, plural(noun)) for noun in NOUNS if noun not in UNCOUNTED]
FIRST_LETTERS = [(word, word[0]) for word in NOUNS + list(PEOPLE)]

RELATIONS = [
    table(6, FRENCH, "English and French", "Some French words", "Words to learn", "Vocabulary"),
    *[table(1, glossary, f"French words ({category})", f"Words: {category}")
      for category, glossary in french.GLOSSARY.items()],
    table(2, turned(FRENCH), "French and English", "From French", "Words"),
    table(2, of_people("town"), "Who lives where", "People and their towns", "Homes", "Addresses"),
    table(2, of_people("trade"), "Who does what", "People and their trades", "Work", "Trades"),
    table(2, of_people("food"), "Favourite food", "Who likes what", "What they like to eat"),
    table(2, of_people("day_off"), "Days off", "Who is free when", "Free days"),
    table(2, of_people("pet"), "Pets", "Who has which animal", "Animals of the valley"),
    table(2, of_people("instrument"), "Players", "Who plays what", "The band"),
    table(1, of_towns("market_day"), "Market days", "Markets", "When the markets are"),
    table(1, of_towns("known_for"), "What the towns make", "Made in the valley", "Towns and goods"),
    table(1, of_towns("festival"), "Festivals", "When the festivals are", "Festival months"),
    table(1, of_towns("mayor"), "Mayors", "The mayors of the valley", "Who is the mayor"),
    table(1, of_towns("landmark"), "Rivers and hills", "What is near", "Landmarks"),
    table(3, PLURALS, "One and many", "Plurals", "Singular and plural"),
    table(2, YOUNG.items(), "Animals and their young", "Young animals"),
    table(2, HOMES.items(), "Where animals live", "Animals and their homes"),
    table(3, [*OPPOSITES.items(), *turned(OPPOSITES.items())], "Opposites", "Words and their opposites"),
    table(3, PAST.items(), "Now and then", "Verbs", "Present and past", "Past tense"),
    table(2, turned(PAST.items()), "Verbs", "From the past"),
    table(3, FIRST_LETTERS, "First letters", "Letters", "Alphabet"),
    table(3, CATEGORY, "Kinds of things", "Sorted", "What it is"),
    table(1, TYPICAL_COLOURS.items(), "Colours", "Things and colours"),
    table(2, NEXT, "What comes next", "One more", "Next"),
    drawn(5, remark("good", "bad"), "Remarks", "Guest book", "Opinions"),
    drawn(5, remark("positive", "negative"), "Reviews", "Opinions", "What people say"),
    drawn(8, topic, "Subjects", "Notes and subjects", "Topics"),
    drawn(14, found("name"), "People in short texts", "Who", most=5),
    drawn(14, found("day"), "Days in short texts", "When", most=5),
    drawn(14, found("place"), "Places in short texts", "Where", most=5),
    *[drawn(1, sentence_with(kind), f"The {kind}", "Found in the sentence", most=9) for kind in ASK],
    drawn(20, truth, "True or false", "What follows", "Can we know"),
    drawn(2, row_of_words(lambda words: words[0]), "The first", "First of the row", most=9),
    drawn(2, row_of_words(lambda words: words[-1]), "The last", "Last of the row", most=9),
    drawn(8, word_after, "The next in the row", "What follows", most=8),
    drawn(8, row_of_words(lambda words: ", ".join(reversed(words))), "Backwards", "The other way round",
          "Turned round", most=9),
    drawn(2, row_of_words(", ".join), "Twice", "Copied", most=9),
    drawn(2, same, "Same or different", "Pairs", most=12),
]
WEIGHTS = [relation.weight for relation in RELATIONS]


def listing(rng, held_out):
    """A list of one relation in one layout, with each left-hand side once."""
    relation = rng.choices(RELATIONS, WEIGHTS)[0]
    rows = dict(relation.rows(rng, held_out, rng.randint(5, 12)))
    layout = rng.choice(LAYOUTS)
    lines = [layout.format(*row) for row in rows.items()]
    if rng.random() < NUMBERED:
        lines = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    if rng.random() < HEADED:
        lines.insert(0, rng.choice(relation.headings) + rng.choice(["", ":", "\n"]))
    return "\n".join(lines).strip()
