"""Subjects and objects: who does something, and to what.

Each function draws from a `World`, so the same state of its random numbers gives the same phrase.
"""
from typing import NamedTuple

from french.phrases import HE, THEY, WE, I, Phrase, any_number, noun_phrase, some_adjectives
from french.sense import ALWAYS_PLURAL, FOLK, HIS, KIN, OBJECTS, UNFIT
from french.verbs import PRONOUNS
from french.words import NOUNS


class World(NamedTuple):
    """What a pattern draws from: the random numbers, the people as (name, "m" or "f"), and the towns."""

    rng: object
    people: list
    towns: list


def named(w):
    """Someone by name: Anna."""
    name, gender = w.rng.choice(w.people)
    return Phrase(name, name, HE, gender == "f")


def relative(w, owners=("my", "our")):
    """A relative of the speaker or of someone by name: my sister, our uncles, Anna's sister."""
    noun = NOUNS[w.rng.choice(KIN)]
    if w.rng.random() < 0.6:
        owner = w.rng.choice(owners)
        plural = noun.english in ("sister", "brother", "son", "daughter") and w.rng.random() < 0.3
        return noun_phrase(owner, noun, plural)
    owner, kin = named(w), noun_phrase("the", noun)
    return Phrase(f"{owner.english}'s {noun.english}", f"{kin.french} de {owner.french}", HE, noun.feminine)


def couple(w):
    """Two people: Anna and Otto. French takes the masculine as soon as one of them is a man."""
    first, second = named(w), named(w)
    if first.english == second.english:
        return first
    english, french = f"{first.english} and {second.english}", f"{first.french} et {second.french}"
    return Phrase(english, french, THEY, feminine=first.feminine and second.feminine)


def folk(w):
    """People without a name: the old man, the girls."""
    noun = NOUNS[w.rng.choice(FOLK)]
    plural = noun.english not in ("king", "queen", "doctor") and w.rng.random() < 0.35
    return noun_phrase("the", noun, plural, some_adjectives(w.rng, noun, 0.4))


def friend(w):
    """A friend by name: my friend Anna, mon amie Anna ("mon" because amie begins with a vowel)"""
    name = named(w)
    ami = "amie" if name.feminine else "ami"
    return Phrase(f"my friend {name.english}", f"mon {ami} {name.french}", HE, name.feminine)


def somebody(w):
    """Any subject that is a person, also a pronoun."""
    draw = w.rng.random()
    if draw < 0.34:
        return named(w)
    if draw < 0.60:
        return w.rng.choice(PRONOUNS)
    return w.rng.choice((relative, relative, couple, folk, folk, friend))(w)


def asked_about(w):
    """A subject for a question, but not "I": nobody asks "Do I like cheese?"."""
    subject = somebody(w)
    return named(w) if subject.who == I else subject


def third_party(w):
    """One or several people, but no pronoun, where a pronoun would leave open who is meant."""
    return w.rng.choice((named, named, relative, couple, folk, friend))(w)


def one_person(w, *ways):
    """A person drawn in one of these ways. Someone by name takes the place of several people."""
    drawn = w.rng.choice(ways)(w)
    return named(w) if drawn.who == THEY else drawn


def own(subject):
    """The possessive for what belongs to the subject: my, our, their, her or his."""
    plain = "her" if subject.feminine else "his"
    return {I: "my", WE: "our", THEY: "their"}.get(subject.who, plain)


def fitting(noun, owner):
    """The noun, or what a man has instead: his coat, not his dress."""
    return noun if owner.feminine else HIS.get(noun.english, noun)


def object_of(w, verb, subject, determiners=None, kinds=None):
    """Something that the verb can have as its object: eat -> some bread, lose -> his key.

    `determiners` and `kinds`, if given, say which words may stand before it and of which kinds it may be.
    """
    nouns, usual = OBJECTS[verb]
    noun = w.rng.choice([noun for noun in nouns if kinds is None or noun.kind in kinds])
    determiner = w.rng.choice(determiners or usual)
    if verb == "wear" or determiner == "own":
        noun = fitting(noun, subject)
    plural = any_number(w.rng, noun)
    if verb == "wear":  # each wears one: she wears a hat, they wear hats
        plural = noun.english in ALWAYS_PLURAL or subject.who in (WE, THEY)
    adjectives = some_adjectives(w.rng, noun)
    if any(word.english in UNFIT.get(verb, "").split() for word in adjectives):
        adjectives = []
    return noun_phrase(own(subject) if determiner == "own" else determiner, noun, plural, adjectives)
