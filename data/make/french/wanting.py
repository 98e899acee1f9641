"""Patterns: what somebody likes, wants or says, and why. What a pattern returns is said in doing.py."""
from french.being import MOODS, NEEDS
from french.doing import ALONE
from french.people import asked_about, object_of, somebody, third_party
from french.phrases import HE, THEY, Phrase, generic, inflect, noun_phrase, some_adjectives
from french.places import bed_place, place
from french.sense import chosen
from french.verbs import (
    PRONOUNS,
    be,
    denies,
    does,
    french_pronoun,
    habit,
    negated,
    now_english,
    ongoing,
    present,
    says,
)
from french.words import NOUNS, VERBS

LIKED = chosen("food* animals* flower book")
WANTED = ["eat", "drink", "buy", "buy", "sell", "read", "write", "wash", "see", "look for", "find"]
POSSIBLE = ["eat", "buy", "see", "read", "open", "close", "sell"]
BECAUSE = [("eat", "hungry"), ("drink", "thirsty"), ("close", "cold"), ("open", "hot")]


def likes(w):
    """Anna likes cheese, but not milk."""
    subject = somebody(w)
    first, second = (generic(noun) for noun in w.rng.sample(LIKED, 2))
    draw = w.rng.random()
    if draw < 0.35:
        french = says(subject, "like", f"{first.french} et {second.french}")
        return habit(subject, "like", f"{first.english} and {second.english}"), french
    if draw < 0.7:
        aime = present(subject, "like")
        likes_first = f"{subject.french} {aime} {first.french}"
        likes_no_second = negated(aime, second.french)
        french = [f"{likes_first}, mais pas {second.french}", f"{likes_first} mais {likes_no_second}"]
        return habit(subject, "like", f"{first.english}, but not {second.english}"), french
    english = f"{subject.english} {does(subject)} not like {first.english}"
    return english, denies(subject, "like", first.french)


def likes_to(w):
    """My brother likes to read in the garden."""
    subject, verb = somebody(w), w.rng.choice(ALONE)
    where, lieu = bed_place(w) if verb == "sleep" else place(w)
    french = says(subject, "like", f"{VERBS[verb].french} {lieu}")
    return habit(subject, "like", f"to {verb} {where}"), french


def wants(w):
    """My brother wants to buy a blue bicycle. They must not wash the plates."""
    subject, modal = somebody(w), w.rng.choice(["want", "must", "can"])
    verb = w.rng.choice(WANTED)
    if modal == "can":
        verb = w.rng.choice(POSSIBLE)
    thing = object_of(w, verb, subject)
    if w.rng.random() < 0.3:
        thing = object_of(w, verb, subject, ["the", "own"])
        refuses = {"want": f"{does(subject)} not want to", "must": "must not", "can": "cannot"}[modal]
        english = f"{subject.english} {refuses} {verb} {thing.english}"
        return english, denies(subject, modal, f"{VERBS[verb].french} {thing.french}")
    agrees = f"{now_english(subject, 'want')} to" if modal == "want" else modal
    english = f"{subject.english} {agrees} {verb} {thing.english}"
    return english, says(subject, modal, f"{VERBS[verb].french} {thing.french}")


def says_that(w):
    """Anna says that Otto is sick. French has no "on" here, because "on dit" means that people say it."""
    speaker, subject, mood = asked_about(w), third_party(w), w.rng.choice(MOODS)
    form = inflect(mood, subject.feminine, subject.who == THEY)
    english = f"that {subject.english} {be(subject)} {mood.english}"
    french = f"que {subject.french} {present(subject, 'be')} {form}"
    return habit(speaker, "say", english), [f"{speaker.french} {present(speaker, 'say')} {french}"]


def because(w):
    """The cat is eating a fish because it is hungry. French says il or elle for "it", as the noun is."""
    verb, need = w.rng.choice(BECAUSE)
    if verb in ("eat", "drink") and w.rng.random() < 0.35:
        subject, it, thing = needy_animal(w, verb)
    else:
        subject, it, thing = needy_person(w, verb)
    does_it = f"{subject.french} {present(subject, verb)} {thing.french}"
    has_need = f"{french_pronoun(subject)} {present(subject, 'have')} {NEEDS[need]}"
    english = f"{ongoing(subject, verb, thing.english)} because {it} {be(subject)} {need}"
    return english, [f"{does_it} parce que {has_need}", f"{does_it} car {has_need}"]


def needy_animal(w, verb):
    """An animal that eats or drinks, its English pronoun, and what it drinks."""
    animal = NOUNS[w.rng.choice(["cat", "dog", "horse", "cow", "hen", "pig", "rabbit", "bird", "donkey"])]
    subject = noun_phrase("the", animal, False, some_adjectives(w.rng, animal))
    return subject, "it", Phrase("water", "de la eau", HE) if verb == "drink" else Phrase("", "", HE)


def needy_person(w, verb):
    """A person who eats, drinks, opens or closes something, the English pronoun, and that thing."""
    subject = somebody(w)
    it = "she" if subject.feminine else "he"
    if subject.who == THEY:
        it = "they"
    if subject in PRONOUNS:
        it = subject.english
    thing = noun_phrase("the", NOUNS[w.rng.choice(["door", "window"])])
    if verb in ("eat", "drink"):
        thing = object_of(w, verb, subject, ["a"])
    return subject, it, thing
