"""Patterns: what people and animals do, did and will do.

A pattern draws from a `World`. It returns an English sentence and a list of French ones, without capital and
point. A question ends with " ?". Some patterns draw more than they use. Leaving such a draw out would change
all draws after it, and so the committed corpus.
"""
from french.people import named, object_of, own, somebody
from french.phrases import any_number, noun_phrase, some_adjectives
from french.places import (
    FUTURE,
    NOW,
    NOWHERE,
    OFTEN,
    PAST,
    bed_place,
    goal,
    in_town,
    location,
    moment,
    place,
)
from french.sense import FOLK, KIN, PETS, chosen
from french.verbs import (
    agreed,
    be,
    denies,
    genders,
    habit,
    in_perfect,
    ongoing,
    present,
    questions,
    says,
    simple_future,
    timed,
    under_way,
)
from french.words import NOUNS, VERBS

DOING = ["eat", "drink", "wash", "read", "write", "look for", "open", "close", "buy", "sell"]
DONE = ["eat", "drink", "wash", "read", "write", "open", "close", "buy", "buy", "sell", "find", "lose",
        "see"]
PLANNED = ["eat", "drink", "wash", "read", "write", "buy", "buy", "sell", "see", "wear"]
ALONE = ["sing", "sleep", "work", "play", "dance", "read"]
ANIMALS = [*PETS, "horse", "cow", "sheep", "pig", "fox", "bear", "donkey", "owl"]
GIFTS = chosen("clothes* book letter flower key bag apple cake bicycle cup lamp "
               "-shoe -sock -glove -dress -skirt")


def is_doing(w):
    """Anna is eating an apple in the garden."""
    subject, verb = somebody(w), w.rng.choice(DOING)
    thing = object_of(w, verb, subject)
    has_place = verb in ("eat", "drink", "read", "write", "look for") and w.rng.random() < 0.6
    where, lieu = place(w) if has_place else NOWHERE
    rest = f"{thing.french} {lieu}"
    french = [*says(subject, verb, rest), under_way(subject, verb, rest)]
    return ongoing(subject, verb, f"{thing.english} {where}"), french


def does_often(w):
    """My sister drinks hot milk every morning."""
    subject = somebody(w)
    verb = w.rng.choice(["eat", "eat", "drink", "buy", "read", "wash", "write", "sell"])
    determiner = "own" if verb == "wash" else "a"
    kinds = ["food"] if verb in ("buy", "sell") else None
    thing = object_of(w, verb, subject, [determiner], kinds)
    french = says(subject, verb, thing.french)
    return timed(w, habit(subject, verb, thing.english), french, w.rng.choice(OFTEN))


def did(w):
    """Yesterday, Anna lost her key at the market."""
    subject, verb = somebody(w), w.rng.choice(DONE)
    thing = object_of(w, verb, subject)
    has_place = verb in ("buy", "find", "lose", "see", "eat", "read") and w.rng.random() < 0.3
    where, lieu = place(w) if has_place else NOWHERE
    english = f"{subject.english} {VERBS[verb].past} {thing.english} {where}"
    french = in_perfect(subject, verb, f"{thing.french} {lieu}")
    return timed(w, english, french, moment(w, PAST, verb))


def did_not(w):
    """He did not find his key."""
    subject, verb = somebody(w), w.rng.choice(DONE)
    determiners = ["any", "the"] if verb in ("eat", "drink", "see", "buy") else ["the", "own"]
    thing = object_of(w, verb, subject, determiners)
    english = f"{subject.english} did not {verb} {thing.english}"
    french = denies(subject, "have", f"{VERBS[verb].participle} {thing.french}")
    return timed(w, english, french, moment(w, PAST, verb)) if w.rng.random() < 0.4 else (english, french)


def will_do(w):
    """Tomorrow, we are going to sell our old car. We will sell ..."""
    subject, verb = somebody(w), w.rng.choice(PLANNED)
    thing = object_of(w, verb, subject)
    near = f"{subject.french} {present(subject, 'go')} {VERBS[verb].french} {thing.french}"
    simple = f"{subject.french} {simple_future(subject, verb)} {thing.french}"
    if w.rng.random() < 0.5:
        english, french = f"{subject.english} {be(subject)} going to", [near, simple]
    else:
        english, french = f"{subject.english} will", [simple, near]
    return timed(w, f"{english} {verb} {thing.english}", french, moment(w, FUTURE, verb))


def stays_somewhere(w):
    """The boy is singing in the garden this morning."""
    subject, verb = somebody(w), w.rng.choice(ALONE)
    where, lieu = bed_place(w) if verb == "sleep" else place(w)
    french = says(subject, verb, lieu)
    if w.rng.random() < 0.5:
        return timed(w, ongoing(subject, verb, where), french, w.rng.choice(NOW))
    return timed(w, habit(subject, verb, where), french, w.rng.choice(OFTEN))


def went(w):
    """Last week, Anna went to Ostrel. The verb takes être, so the participle agrees: Anna est allée."""
    subject, verb = somebody(w), w.rng.choice(["go", "go", "arrive", "stay", "leave"])
    if verb == "go":
        where, lieu = goal(w)
    elif verb == "leave":
        town = w.rng.choice(w.towns)
        where, lieu = f"for {town}", f"pour {town}"
    else:
        where, lieu = in_town(w)
        if verb == "stay":
            where, lieu = place(w)
    allé = VERBS[verb].participle
    french = [f"{one.french} {present(one, 'be')} {agreed(one, allé)} {lieu}" for one in genders(subject)]
    return timed(w, f"{subject.english} {VERBS[verb].past} {where}", french, w.rng.choice(PAST))


def goes(w):
    """On Mondays, the children go to the market."""
    subject, (where, lieu) = somebody(w), goal(w)
    if w.rng.random() < 0.5:
        return timed(w, habit(subject, "go", where), says(subject, "go", lieu), w.rng.choice(OFTEN))
    french = [f"{subject.french} {simple_future(subject, 'go')} {lieu}",
              f"{subject.french} {present(subject, 'go')} aller {lieu}"]
    return timed(w, f"{subject.english} will go {where}", french, w.rng.choice(FUTURE))


def gives(w):
    """Anna gave a red flower to her mother yesterday."""
    subject, verb = somebody(w), w.rng.choice(["give", "give", "show"])
    noun = w.rng.choice(GIFTS)
    plural = noun.kind != "clothes" and noun.english != "bicycle" and any_number(w.rng, noun)
    gift = noun_phrase(own(subject) if verb == "show" else "a", noun, plural, some_adjectives(w.rng, noun))
    receivers = [named(w), noun_phrase(own(subject), NOUNS[w.rng.choice(KIN)]),
                 noun_phrase("the", NOUNS[w.rng.choice(FOLK)])]
    receiver = w.rng.choice(receivers)
    whom, qui = f"{gift.english} to {receiver.english}", f"{gift.french} à {receiver.french}"
    if w.rng.random() < 0.6:
        english = f"{subject.english} {VERBS[verb].past} {whom}"
        return timed(w, english, in_perfect(subject, verb, qui), w.rng.choice(PAST[:4]))
    return ongoing(subject, verb, whom), says(subject, verb, qui)


def wears(w):
    """Today, the queen is wearing a beautiful white dress."""
    subject = somebody(w)
    thing = object_of(w, "wear", subject)
    french = says(subject, "wear", thing.french)
    return timed(w, ongoing(subject, "wear", thing.english), french, w.rng.choice(NOW[1:]))


def animal_does(w):
    """The old dog is sleeping under the table."""
    animal = NOUNS[w.rng.choice(ANIMALS)]
    at_home = animal.english in ("cat", "dog", "horse", "cow")
    determiner = w.rng.choice(["the", "my", "our"]) if at_home else "the"
    plural = w.rng.random() < 0.3
    subject = noun_phrase(determiner, animal, plural, some_adjectives(w.rng, animal))
    where, lieu = location(w, animal)
    verbs = ["sleep", "sleep", "eat"]
    verbs += {"bird": ["sing"], "cat": ["play"], "dog": ["play"]}.get(animal.english, [])
    verb = w.rng.choice(verbs)
    if w.rng.random() < 0.3:
        english = f"{be(subject)} {subject.english} {VERBS[verb].ing} {where} ?"
        return english, questions(subject, present(subject, verb), f"{lieu} ?")
    french = [f"{subject.french} {present(subject, verb)} {lieu}", under_way(subject, verb, lieu)]
    return ongoing(subject, verb, where), french
