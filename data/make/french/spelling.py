"""Elision and contraction: the spelling of little words before other words.

Patterns write French with the full little words: "de le oiseau", "je ai", "à les enfants". `polish` turns
them into what people write: "de l'oiseau", "j'ai", "aux enfants". No pattern has to think about elision, so
none can forget it.
"""
import re

# A vowel or a silent h. The h of hibou and haricot counts as a consonant (it is called "aspirated"), and so
# do the beginnings of onze and huit. A capital H begins a name, and such names elide nothing: "de Hugo".
VOWEL = r"(?!hibou|haricot|onze|huit)[aeiouhâàéèêîôûœAEIOU]|y (?=a)"
STARTS_WITH_VOWEL = re.compile(VOWEL)

# le, la, de, je, ne and que lose their vowel before another vowel.
ELISION = re.compile(rf"(?<![\w'-])([Ll](?=[ea])|(?:[Dd]|[Jj]|[Nn]|[Qq]u)(?=e)). (?={VOWEL})")
CONTRACTION = re.compile(r"(?<![\w'-])([Dd]e|à|À) (le|les) ")
CONTRACTED = {"de le": "du ", "de les": "des ", "à le": "au ", "à les": "aux "}


def starts_with_vowel(word):
    """Whether the little word before this one is elided: true for oiseau and homme, false for hibou."""
    return STARTS_WITH_VOWEL.match(word) is not None


def polish(words):
    """The words as people write them: "de le oiseau de la amie" -> "De l'oiseau de l'amie".

    Elision comes first, because "de l'oiseau" must not become "du oiseau".
    """
    elided = ELISION.sub(r"\1'", words)
    text = CONTRACTION.sub(lambda found: CONTRACTED[found[0].strip().lower()], elided)
    return text[0].upper() + text[1:]
