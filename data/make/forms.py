"""The corpus: document number `index` of a seed, in one of six natural forms.

    story       On Friday, Ada lost her umbrella. She had it at the mill that morning, but now it was gone. …
    dialogue    Otto: Can I borrow your saw?  …  Recap: Otto borrows Ada's saw and will bring it back on Monday.
    review      The bed was hard, but the soup was very tasty. I would gladly come back. 4/5.
    bilingual   The cat is sleeping. = Le chat dort.
    facts       Name: Ada / Town: Hollin / Trade: potter …
    list        summer -> winter, wet -> dry …

The corpus holds no instructions: those are what the labelled tasks add.
"""
import random

import sheets
from dialogues import dialogue
from lists import listing
from passages import pair
from reviews import rated, review
from stories import story
from surface import fresh

SEPARATOR = "\n<|end|>\n"
RECAP_SHARE = 0.5
RATED_SHARE = 0.6

RECAP_LAYOUTS = ["{}\nRecap: {}", "{}\n\n{}", "{}\nIn short: {}", "{}\nSo: {}", "{}\n-> {}", "{}\n({})",
                 "{}\nAll in all: {}", "{}\n--\n{}", "{}\nWhat happened: {}", "{}\nNote: {}",
                 "Recap: {1}\n{0}", "{1}\n\n{0}"]
PAIR_LAYOUTS = ["{}\n{}", "EN: {}\nFR: {}", "{} = {}", "{} — {}", "{} ({})", "{} | {}", "English: {}\nFrench: {}",
                "{} -> {}", "{}\n  {}", "- {}\n- {}", "{} / {}", "\"{}\" \"{}\"",
                "en> {}\nfr> {}", "{} : {}", "{} In French: {}", "{}\n{}\n"]


def _dialogue(rng, held_out):
    """A dialogue, half of them with a recap."""
    piece = fresh(lambda: dialogue(rng), held_out, lambda d: d.text)
    if rng.random() > RECAP_SHARE:
        return piece.text
    return rng.choice(RECAP_LAYOUTS).format(piece.text, rng.choice(piece.recaps[:1] + piece.recaps))


def _review(rng, held_out):
    """One to three reviews, most with a rating."""
    pieces = [fresh(lambda: review(rng, most=4), held_out, lambda r: r.text) for _ in range(rng.randint(1, 3))]
    layout = rng.random() < RATED_SHARE
    return "\n\n".join(rated(rng, piece) if layout else piece.text for piece in pieces)


def _bilingual(rng, held_out):
    """Two to five English sentences with their French, in one layout."""
    drawn = [fresh(lambda: pair(rng), held_out, lambda p: p.english) for _ in range(rng.randint(2, 5))]
    pairs = [(one.english, rng.choice(one.references)) for one in drawn]
    style = rng.random()
    if style < 0.12:   # all of the English, then all of the French
        return "\n".join(f"{n}. {text}" for side in zip(*pairs, strict=True) for n, text in enumerate(side, 1))
    if style < 0.2:
        return "\n\n".join(" ".join(side) for side in zip(*pairs, strict=True))
    layout = rng.choice(PAIR_LAYOUTS)
    return "\n".join(layout.format(*pair) for pair in pairs).strip()


# form: (share of the documents, how one is made)
FORMS = {
    "story": (0.14, story),
    "dialogue": (0.22, _dialogue),
    "review": (0.13, _review),
    "bilingual": (0.18, _bilingual),
    "facts": (0.13, sheets.facts),
    "list": (0.20, listing),
}


def form_of(index, seed):
    """The form of document `index`."""
    rng = random.Random(f"{seed}/{index}/form")
    return rng.choices(list(FORMS), [share for share, _ in FORMS.values()])[0]


def document(index, seed, held_out=frozenset()):
    """Document `index`: a function of the seed and the held-out inputs alone, so that any part can be made again."""
    rng = random.Random(f"{seed}/{index}")
    return FORMS[form_of(index, seed)][1](rng, held_out)
