"""Lists and glossaries: one relation, one layout, 5 to 12 rows, sometimes a heading.

    Ada -> Hollin        summer = winter        lamp, rope, cup | cup, rope, lamp
    Otto -> Brindle      wet = dry              saw, hat | hat, saw

The same left-hand word occurs under several relations (dog: animal, chien, dogs, puppy, d), so that only the rows
above tell what comes next. That is what a language model can learn to do in context.
"""

from itertools import pairwise

import french
from passages import ASK, LABELS, TOPICS, claim, reading, topic_text
from reviews import review
from surface import fresh, vary
from world import (
    CATEGORIES,
    DAYS,
    HOMES,
    MONTHS,
    NOUNS,
    NUMBERS,
    OPPOSITES,
    PAST,
    PEOPLE,
    TOWNS,
    TYPICAL_COLOURS,
    UNCOUNTED,
    YOUNG,
    plural,
)

LAYOUTS = ["{} -> {}", "{}: {}", "{} - {}", "{} = {}", "{}\t{}", "({}, {})", "{} ({})", "{} | {}", "| {} | {} |",
           "{} => {}", "* {}: {}", "- {} / {}",
           "{}; {}", "[{}] {}", "{} ... {}", "{} > {}", "<{}> {}", "{} ~ {}", "{}\n  {}", "{}\n{}\n", "{}? {}!",
           "{} :: {}", "* {} -> {}", "in: {} out: {}", "{} {{{}}}",
           "Q: {}\nA: {}", "Q: {} A: {}", "In: {}\nOut: {}\n", "{} so {}", "{}, {}"]
NUMBERED = 0.15    # lists whose rows carry a number
HEADED = 0.35      # lists with a heading

TRUTHS = dict(zip(LABELS, ("true", "false", "unknown"), strict=True))


def _words(pairs, *headings):
    """A relation given by a table of pairs."""
    pairs = list(pairs)
    return lambda rng, held_out, count: rng.sample(pairs, min(count, len(pairs))), headings


def _made(make, *headings, most=6):
    """A relation whose rows are drawn by `make(rng, held_out)`."""
    return lambda rng, held_out, count: [make(rng, held_out) for _ in range(min(count, most))], headings


def _remark(words):
    def row(rng, held_out):
        piece = fresh(lambda: review(rng, most=2), held_out, lambda r: r.text)
        return piece.text, words[not piece.positive]
    return row


def _topic(rng, held_out):
    topic = rng.choice(TOPICS)
    return fresh(lambda: topic_text(rng, topic), held_out), topic


def _found(kind):
    def row(rng, held_out):
        piece = fresh(lambda: reading(rng, kind), held_out, lambda r: r.text)
        return f"{piece.text} {piece.question}", piece.answer
    return row


def _sentence_with(kind):
    """A short sentence and the one name, day or place that stands in it."""
    def row(rng, held_out):
        slots = {"name": rng.choice(list(PEOPLE)), "day": rng.choice(DAYS), "place": rng.choice(list(TOWNS))}
        who, day, place = (slots["name"], slots["day"], slots["place"])
        patterns = {"name": "{who} (is late|came home|sang|was ill|(bought|sold) a (hat|boat|lamp))(| today| again).",
                    "day": "(We met|It rained|The race is|They came|I called) on {day}(| again).",
                    "place": "(The bus goes|The road goes|A train goes) to {place}(| today).|(We live|They met|It "
                             "rained) in {place}(| today)."}
        return vary(rng, rng.choice(patterns[kind].split(".|")).rstrip(".") + ".", who=who, day=day,
                    place=place), slots[kind]
    return row


def _truth(rng, held_out):
    piece = fresh(lambda: claim(rng, rng.choice(LABELS)), held_out, lambda c: c.premise)
    return f"{piece.premise} {piece.hypothesis}", TRUTHS[piece.label]


def _row_of_words(change):
    """A list of 3 to 5 words and what `change` makes of it."""
    def row(rng, held_out):
        words = fresh(lambda: rng.sample(NOUNS, rng.randint(2, 5)), held_out, ", ".join)
        return ", ".join(words), change(words)
    return row


def _after(rng, held_out):
    """A list, one of its words, and the word that comes after that one."""
    words = fresh(lambda: rng.sample(NOUNS, rng.randint(3, 6)), held_out, ", ".join)
    place = rng.randrange(len(words) - 1)
    return f"{', '.join(words)}: {words[place]}", words[place + 1]


def _same(rng, held_out):
    first, second = rng.sample(NOUNS, 2)
    return (f"{first}, {first}", "same") if rng.random() < 0.5 else (f"{first}, {second}", "different")


def _glossary(category):
    return list(french.GLOSSARY[category])


def _people(attribute):
    return [(p.name, getattr(p, attribute)) for p in PEOPLE.values() if getattr(p, attribute)]


def _towns(attribute):
    return [(t.name, str(getattr(t, attribute))) for t in TOWNS.values()]


NEXT = [(a, b) for row in (NUMBERS, DAYS, MONTHS) for a,
        b in pairwise(row)] + [(str(n), str(n + 1)) for n in range(1, 60)]
CATEGORY = [(word, category) for category, words in CATEGORIES.items() for word in words]
FRENCH = [pair for category in french.GLOSSARY for pair in _glossary(category)]

# relation: (weight, how rows are made)
RELATIONS = [
    (6, _words(FRENCH, "English and French", "Some French words", "Words to learn", "Vocabulary")),
    *[(1, _words(_glossary(category), f"French words ({category})",
                 f"Words: {category}")) for category in french.GLOSSARY],
    (2, _words([(b, a) for a, b in FRENCH], "French and English", "From French", "Words")),
    (2, _words(_people("town"), "Who lives where", "People and their towns", "Homes", "Addresses")),
    (2, _words(_people("trade"), "Who does what", "People and their trades", "Work", "Trades")),
    (2, _words(_people("food"), "Favourite food", "Who likes what", "What they like to eat")),
    (2, _words(_people("day_off"), "Days off", "Who is free when", "Free days")),
    (2, _words(_people("pet"), "Pets", "Who has which animal", "Animals of the valley")),
    (2, _words(_people("instrument"), "Players", "Who plays what", "The band")),
    (1, _words(_towns("market_day"), "Market days", "Markets", "When the markets are")),
    (1, _words(_towns("known_for"), "What the towns make", "Made in the valley", "Towns and goods")),
    (1, _words(_towns("festival"), "Festivals", "When the festivals are", "Festival months")),
    (1, _words(_towns("mayor"), "Mayors", "The mayors of the valley", "Who is the mayor")),
    (1, _words(_towns("landmark"), "Rivers and hills", "What is near", "Landmarks")),
    (3, _words([(n, plural(n)) for n in NOUNS if n not in UNCOUNTED], "One and many", "Plurals",
               "Singular and plural")),
    (2, _words(YOUNG.items(), "Animals and their young", "Young animals")),
    (2, _words(HOMES.items(), "Where animals live", "Animals and their homes")),
    (3, _words([*OPPOSITES.items(), *((b, a) for a, b in OPPOSITES.items())], "Opposites",
               "Words and their opposites")),
    (3, _words(PAST.items(), "Now and then", "Verbs", "Present and past", "Past tense")),
    (2, _words([(b, a) for a, b in PAST.items()], "Verbs", "From the past")),
    (3, _words([(n, n[0]) for n in NOUNS + list(PEOPLE)], "First letters", "Letters", "Alphabet")),
    (3, _words(CATEGORY, "Kinds of things", "Sorted", "What it is")),
    (1, _words(TYPICAL_COLOURS.items(), "Colours", "Things and colours")),
    (2, _words(NEXT, "What comes next", "One more", "Next")),
    (5, _made(_remark(("good", "bad")), "Remarks", "Guest book", "Opinions")),
    (5, _made(_remark(("positive", "negative")), "Reviews", "Opinions", "What people say")),
    (8, _made(_topic, "Subjects", "Notes and subjects", "Topics")),
    (14, _made(_found("name"), "People in short texts", "Who", most=5)),
    (14, _made(_found("day"), "Days in short texts", "When", most=5)),
    (14, _made(_found("place"), "Places in short texts", "Where", most=5)),
    *[(1, _made(_sentence_with(kind), f"The {kind}", "Found in the sentence", most=9)) for kind in ASK],
    (20, _made(_truth, "True or false", "What follows", "Can we know", most=6)),
    (2, _made(_row_of_words(lambda words: words[0]), "The first", "First of the row", most=9)),
    (2, _made(_row_of_words(lambda words: words[-1]), "The last", "Last of the row", most=9)),
    (8, _made(_after, "The next in the row", "What follows", most=8)),
    (8, _made(_row_of_words(lambda words: ", ".join(reversed(words))), "Backwards", "The other way round",
              "Turned round", most=9)),
    (2, _made(_row_of_words(lambda words: ", ".join(words)), "Twice", "Copied", most=9)),
    (2, _made(_same, "Same or different", "Pairs", most=12)),
]
WEIGHTS = [weight for weight, _ in RELATIONS]


def listing(rng, held_out):
    """A list of one relation in one layout, each left-hand side once."""
    rows_of, headings = rng.choices([relation for _, relation in RELATIONS], WEIGHTS)[0]
    rows = dict(rows_of(rng, held_out, rng.randint(5, 12)))
    layout = rng.choice(LAYOUTS)
    if rng.random() < NUMBERED:
        lines = [f"{number}. {layout.format(*row)}" for number, row in enumerate(rows.items(), 1)]
    else:
        lines = [layout.format(*row) for row in rows.items()]
    if rng.random() < HEADED:
        lines.insert(0, rng.choice(headings) + rng.choice(["", ":", "\n"]))
    return "\n".join(lines).strip()
