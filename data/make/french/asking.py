"""Patterns: questions. What a pattern returns is said in doing.py."""
from french.doing import DOING, DONE
from french.people import asked_about, object_of, third_party
from french.phrases import OWN, THEY, any_number, generic, noun_phrase, some_adjectives
from french.sense import MASS, OBJECTS, SMALL_THINGS
from french.verbs import asked, be, does, present, questions
from french.wanting import LIKED
from french.words import NOUNS, VERBS

SOUGHT = [*SMALL_THINGS, "shoe", "sock", "coat", "scarf", "cat", "dog", "bicycle", "car"]


def asks(w):
    """Does Anna like apples? Is she looking for her hat?"""
    subject = asked_about(w)
    if w.rng.random() < 0.4:
        liked = generic(w.rng.choice(LIKED))
        english = f"{does(subject)} {subject.english} like {liked.english} ?"
        return english, questions(subject, present(subject, "like"), f"{liked.french} ?")
    verb = w.rng.choice(DOING)
    thing = object_of(w, verb, subject)
    english = f"{be(subject)} {subject.english} {VERBS[verb].ing} {thing.english} ?"
    return english, questions(subject, present(subject, verb), f"{thing.french} ?")


def asks_past(w):
    """Did the boy find his key?"""
    subject, verb = asked_about(w), w.rng.choice(DONE)
    thing = object_of(w, verb, subject)
    english = f"did {subject.english} {verb} {thing.english} ?"
    found_it = f"{VERBS[verb].participle} {thing.french}"
    return english, questions(subject, present(subject, "have"), f"{found_it} ?")


def asks_where(w):
    """Where are my black shoes?"""
    noun, determiner = NOUNS[w.rng.choice(SOUGHT)], w.rng.choice([*OWN, "the"])
    thing = noun_phrase(determiner, noun, any_number(w.rng, noun, 0.3), some_adjectives(w.rng, noun))
    est = present(thing, "be")
    trouve = "se trouvent" if thing.who == THEY else "se trouve"
    french = [f"où {est} {thing.french} ?", f"{thing.french} {est} où ?", f"où {trouve} {thing.french} ?"]
    return f"where {be(thing)} {thing.english} ?", french


def how_many(w):
    """How many apples does Anna buy?"""
    subject, verb = third_party(w), w.rng.choice(["buy", "sell", "want"])
    nouns, _ = OBJECTS["sell" if verb == "sell" else "buy"]
    noun = w.rng.choice([noun for noun in nouns if noun.english not in MASS])
    english = f"how many {noun.plural} {does(subject)} {subject.english} {verb} ?"
    things, buys = f"combien de {noun.pluriel}", present(subject, verb)
    inverted = asked(subject, buys, "?")
    return english, [f"{things} {inverted}", f"{things} est-ce que {subject.french} {buys} ?",
                     f"{subject.french} {buys} {things} ?"]
