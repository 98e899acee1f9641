"""Noun phrases: article, adjectives and noun agree in gender and number, and stand in the right order.

    noun_phrase("a", NOUNS["cat"], True, [ADJECTIVES["small"]])
    -> Phrase("some small cats", "de petits chats", THEY)
"""
from typing import NamedTuple

from french.sense import ALWAYS_PLURAL, MASS, SUITABLE
from french.spelling import starts_with_vowel
from french.words import COLOUR_WORDS, french_plural

I, HE, WE, THEY = range(4)  # noqa: E741 - the pronoun


class Phrase(NamedTuple):
    """A noun phrase in both languages: Phrase("my sisters", "mes sœurs", THEY, feminine=True).

    `who` (I, HE, WE or THEY) picks the verb form in both languages. The French is not elided: "le oiseau".
    """

    english: str
    french: str
    who: int
    feminine: bool = False


# Masculine, masculine before a vowel, feminine, feminine before a vowel, plural: "ce chat", "cet oiseau".
# Elision comes later, so le and la stay as they are. "mon amie" is right and "ma amie" is not.
DETERMINERS = {
    "the": "le le la la les",
    "this": "ce cet cette cette ces",
    "my": "mon mon ma mon mes",
    "his": "son son sa son ses",
    "her": "son son sa son ses",
    "our": "notre notre notre notre nos",
    "their": "leur leur leur leur leurs",
}
OWN = ["my", "his", "her", "our", "their"]


def inflect(adjective, feminine, plural, before_vowel=False):
    """The form that agrees: beautiful -> beau, belle, beaux or belles, or bel before a masculine vowel."""
    if feminine:
        return adjective.feminine + ("s" if plural else "")
    if plural:
        return french_plural(adjective.masculine)
    return adjective.liaison if before_vowel else adjective.masculine


def described(noun, plural, adjectives):
    """A noun with its adjectives in both languages: ("small red cats", "petits chats rouges")."""
    french = noun.pluriel if plural else noun.french
    vowel = starts_with_vowel(french)
    front = [inflect(word, noun.feminine, plural, vowel) for word in adjectives if word.before]
    back = [inflect(word, noun.feminine, plural) for word in adjectives if not word.before]
    english = [word.english for word in adjectives] + [noun.plural if plural else noun.english]
    return " ".join(english), " ".join([*front, french, *back])


def french_article(determiner, noun, plural, words, adjectives):
    """The French for "the", "a", "any", "this" or "my" before these words: les, un, de, cet or mon."""
    if determiner == "a":
        return indefinite_article(noun, plural, adjectives)
    if determiner == "any":
        return "de"
    masculine, masculine_vowel, feminine, feminine_vowel, many = DETERMINERS[determiner].split()
    if plural:
        return many
    if noun.feminine:
        return feminine_vowel if starts_with_vowel(words) else feminine
    return masculine_vowel if starts_with_vowel(words) else masculine


def indefinite_article(noun, plural, adjectives):
    """The French for "a" and "some": un chat, une pomme, du pain, des chats noirs, de petits chats."""
    if plural:
        return "de" if any(word.before for word in adjectives) else "des"
    if noun.english in MASS:
        return "de la" if noun.feminine else "de le"
    return "une" if noun.feminine else "un"


def english_article(determiner, noun, plural, words):
    """The English word before these words: a cat, an owl, some bread, some cats, any bread, these cats."""
    if determiner == "this":
        return "these" if plural else "this"
    if determiner not in ("a", "any"):
        return determiner
    if plural or noun.english in MASS:
        return "some" if determiner == "a" else "any"
    return "an" if words[0] in "aeiou" else "a"


def noun_phrase(determiner, noun, plural=False, adjectives=()):
    """A noun with its determiner and adjectives: Phrase("some small cats", "de petits chats", THEY)."""
    english, french = described(noun, plural, adjectives)
    the = english_article(determiner, noun, plural, english)
    le = french_article(determiner, noun, plural, french, adjectives)
    return Phrase(f"{the} {english}", f"{le} {french}", THEY if plural else HE, noun.feminine)


def generic(noun):
    """Things in general, where French needs the article: cheese, le fromage; apples, les pommes."""
    whole = noun_phrase("the", noun, plural=noun.english not in MASS)
    return whole._replace(english=whole.english.removeprefix("the "))


def some_adjectives(rng, noun, chance=0.6):
    """No adjective, or one, or two that stand around the noun in French: un petit chapeau rouge."""
    suitable = SUITABLE[noun.english]
    if not suitable or rng.random() > chance:
        return []
    first, second = rng.choice(suitable), rng.choice(suitable)
    if first.english in ("small", "big", "old", "new") and second in COLOUR_WORDS:
        return [first, second]
    return [first]


def any_number(rng, noun, chance=0.25):
    """Whether to use the plural: always for socks, never for bread, else by chance."""
    return noun.english in ALWAYS_PLURAL or (noun.english not in MASS and rng.random() < chance)
