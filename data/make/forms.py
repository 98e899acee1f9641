"""The corpus: document number `index` of a seed, in one of seven forms.

    story       On Friday, Ada lost her umbrella. She had it at the mill that morning, but ...
    dialogue    Otto: Can I borrow your saw? ...  Recap: Otto borrows Ada's saw and will ...
    review      The bed was hard, but the soup was very tasty. I would gladly come back. 4/5.
    bilingual   The cat is sleeping. = Le chat dort.
    facts       Name: Ada / Town: Hollin / Trade: potter ...
    list        summer -> winter, wet -> dry ...
    exercise    Otto bought a lamp in Kelby. Who bought the lamp? Otto ...

Exercises have orders and answers, but none of the instructions of the labelled tasks: those are what the
tasks add.
"""
import random

from dialogues import dialogue
from exercises import exercises
from lists import listing
from reviews import rated, review
from sheets import facts
from stories import story
from surface import fresh
from translations import pair

SEPARATOR = "\n<|end|>\n"
RECAP_SHARE = 0.5  # dialogues with a recap
RATED_SHARE = 0.6  # documents whose reviews carry a rating

RECAP_LAYOUTS = ["{}\nRecap: {}", "{}\n\n{}", "{}\nIn short: {}", "{}\nSo: {}", "{}\n-> {}", "{}\n({})",
                 "{}\nAll in all: {}", "{}\n--\n{}", "{}\nWhat happened: {}", "{}\nNote: {}",
                 "Recap: {1}\n{0}", "{1}\n\n{0}"]
PAIR_LAYOUTS = ["{}\n{}", "EN: {}\nFR: {}", "{} = {}", "{} — {}", "{} ({})", "{} | {}",
                "English: {}\nFrench: {}", "{} -> {}", "{}\n  {}", "- {}\n- {}", "{} / {}", "\"{}\" \"{}\"",
                "en> {}\nfr> {}", "{} : {}", "{} In French: {}", "{}\n{}\n"]


def dialogue_document(rng, held_out):
    """A dialogue, half of them with a recap."""
    piece = fresh(lambda: dialogue(rng), held_out, lambda drawn: drawn.text)
    if rng.random() > RECAP_SHARE:
        return piece.text
    layout = rng.choice(RECAP_LAYOUTS)
    recap = rng.choice([piece.recaps[0], *piece.recaps])  # the commonest wording twice as often
    return layout.format(piece.text, recap)


def review_document(rng, held_out):
    """One to three reviews, most with a rating."""
    count = rng.randint(1, 3)
    pieces = [fresh(lambda: review(rng, most=4), held_out, lambda drawn: drawn.text) for _ in range(count)]
    with_rating = rng.random() < RATED_SHARE
    return "\n\n".join(rated(rng, piece) if with_rating else piece.text for piece in pieces)


def bilingual_document(rng, held_out):
    """Two to five English sentences with their French, in one layout."""
    count = rng.randint(2, 5)
    drawn = [fresh(lambda: pair(rng), held_out, lambda one: one.english) for _ in range(count)]
    pairs = [(one.english, rng.choice(one.references)) for one in drawn]
    style = rng.random()
    if style < 0.12:  # all of the English, then all of the French, with numbers
        sides = zip(*pairs, strict=True)
        return "\n".join(f"{number}. {text}" for side in sides for number, text in enumerate(side, 1))
    if style < 0.2:  # the same as running text
        return "\n\n".join(" ".join(side) for side in zip(*pairs, strict=True))
    layout = rng.choice(PAIR_LAYOUTS)
    return "\n".join(layout.format(*pair) for pair in pairs).strip()


# Form: its share of the documents, and the function that makes one.
FORMS = {
    "story": (0.10, story),
    "dialogue": (0.15, dialogue_document),
    "review": (0.10, review_document),
    "bilingual": (0.13, bilingual_document),
    "facts": (0.11, facts),
    "list": (0.11, listing),
    "exercise": (0.30, exercises),
}


def form_of(index, seed):
    """The form of document `index`."""
    rng = random.Random(f"{seed}/{index}/form")
    return rng.choices(list(FORMS), [share for share, _ in FORMS.values()])[0]


def document(index, seed, held_out=frozenset()):
    """Document `index`.

    It depends on the seed and the held-out inputs alone, so any document can be made again by itself.
    """
    rng = random.Random(f"{seed}/{index}")
    _, make = FORMS[form_of(index, seed)]
    return make(rng, held_out)
