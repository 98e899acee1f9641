"""One of all patterns makes a sentence: it is drawn, checked, spelled, and given a capital and a point."""
import re
from typing import NamedTuple

from french.asking import asks, asks_past, asks_where, how_many
from french.being import age, compares, feels, is_open, looks, needs, weather
from french.doing import (
    animal_does,
    did,
    did_not,
    does_often,
    gives,
    goes,
    is_doing,
    stays_somewhere,
    wears,
    went,
    will_do,
)
from french.having import has, is_somewhere, lives, there_is, this_is
from french.people import World
from french.spelling import polish
from french.wanting import because, likes, likes_to, says_that, wants


class Pair(NamedTuple):
    """An English sentence and its valid French translations, the most natural first."""

    english: str
    references: tuple[str, ...]


PATTERNS = [is_doing, does_often, did, did_not, will_do, stays_somewhere, went, goes, likes, likes_to, asks,
            asks_past, asks_where, how_many, there_is, is_somewhere, feels, looks, compares, age, needs,
            because, says_that, wants, lives, weather, gives, this_is, has, wears, animal_does, is_open]
RARE = {age, weather, is_open, how_many, likes, compares}  # few different sentences, so drawn half as often
WEIGHTED = [pattern for pattern in PATTERNS for _ in range(1 if pattern in RARE else 2)]

# These may stand twice in a sentence. Any other word that does means something like "Anna at Anna's house".
SMALL_WORDS = {"the", "a", "an", "some", "any", "my", "his", "her", "our", "their", "to", "is", "are", "am",
               "in", "of", "and", "not", "does", "do", "i", "he", "she", "we", "they", "it", "that"}


def sane(english):
    """Whether a sentence has 4 to 11 words, and nobody and nothing occurs twice."""
    words = re.findall(r"[a-z]+", english.lower().replace("'s", ""))
    large_words = [word for word in words if word not in SMALL_WORDS]
    length = len(english.replace(" ?", "").split())
    return 4 <= length <= 11 and len(set(large_words)) == len(large_words)


def sentence(rng, people, towns):
    """An English sentence with up to four French translations. The same state of rng gives the same pair."""
    world = World(rng, people, towns)
    while True:
        english, french = rng.choice(WEIGHTED)(world)
        if rng.random() < 0.5:
            english = english.replace(" some ", " ")  # English can do without "some", French cannot
        if sane(english):
            break
    english = " ".join(english.split())
    point = "" if english.endswith("?") else "."
    spelled = [polish(" ".join(words.split())) + point for words in french]
    references = tuple(dict.fromkeys(spelled))  # without repetitions, in the same order
    return Pair(english[0].upper() + english[1:].replace(" ?", "?") + point, references[:4])
