"""Patterns: what there is, whose it is, and where. What a pattern returns is said in doing.py."""
from french.people import fitting, folk, named, one_person, relative, somebody
from french.phrases import OWN, any_number, described, noun_phrase, some_adjectives
from french.places import location
from french.sense import SMALL_THINGS, chosen
from french.verbs import be, denies, does, habit, negated, present, says
from french.words import NOUNS, NUMBERS

LOCATED = [*chosen("animals* clothes*"), *chosen(" ".join(SMALL_THINGS)),
           *chosen("car bicycle boat apple egg cake bread milk cheese honey")]
OWNED = chosen("clothes* house bicycle car boat bag book dog cat horse") + chosen("key letter cup lamp")
COUNTED = [chosen("cat dog horse cow rabbit hen sheep goat pig"), chosen("brother sister uncle aunt"),
           chosen("hat coat bag book lamp bicycle"), chosen("house car boat bicycle")]
LANDMARKS = [("in the forest", "dans la forêt"), ("near the river", "près de la rivière"),
             ("near the church", "près de la église"), ("near the market", "près de le marché"),
             ("near the station", "près de la gare"), ("near the hospital", "près de le hôpital")]


def there_is(w):
    """There is a small red box on the table. There are not any cats ..."""
    noun = w.rng.choice(LOCATED)
    missing = w.rng.random() < 0.25
    plural = any_number(w.rng, noun, 0.8 if missing else 0.35)
    adjectives = some_adjectives(w.rng, noun, 0.3 if missing else 0.6)
    thing = noun_phrase("any" if missing else "a", noun, plural, adjectives)
    where, lieu = location(w, noun)
    there, il_y_a = ("are" if plural else "is"), "il y a"
    if missing:
        there, il_y_a = f"{there} not", "il ne y a pas"
    french = [f"{il_y_a} {thing.french} {lieu}", f"{lieu}, {il_y_a} {thing.french}"]
    return f"there {there} {thing.english} {where}", french


def is_somewhere(w):
    """The old boat is behind the house."""
    noun = w.rng.choice(LOCATED)
    plural = any_number(w.rng, noun)
    can_be_owned = noun.kind not in ("animals", "food")
    determiner = w.rng.choice(["the", "the", *OWN]) if can_be_owned else "the"
    thing = noun_phrase(determiner, noun, plural, some_adjectives(w.rng, noun))
    where, lieu = location(w, noun)
    est = present(thing, "be")
    if w.rng.random() < 0.3:
        return f"{thing.english} {be(thing)} not {where}", [f"{thing.french} {negated(est, lieu)}"]
    trouve = "se trouvent" if plural else "se trouve"
    french = [f"{thing.french} {est} {lieu}", f"{thing.french} {trouve} {lieu}"]
    return f"{thing.english} {be(thing)} {where}", french


def this_is(w):
    """This is Anna's new coat. These are my shoes."""
    noun = w.rng.choice(OWNED)
    owner = one_person(w, named, named, relative, folk)
    noun = fitting(noun, owner)
    plural = any_number(w.rng, noun)
    thing = noun_phrase("the", noun, plural, some_adjectives(w.rng, noun))
    english = f"{owner.english}'s {thing.english.removeprefix('the ')}"
    french = f"{thing.french} de {owner.french}"
    if w.rng.random() < 0.3:
        determiner = w.rng.choice(OWN)
        english, french, *_ = noun_phrase(determiner, noun, plural, some_adjectives(w.rng, noun, 1))
    this, ce_est, ce_ne_est_pas = "this is", "c'est", "ce ne est pas"
    if plural:
        this, ce_est, ce_ne_est_pas = "these are", "ce sont", "ce ne sont pas"
    if w.rng.random() < 0.25:
        return f"{this} not {english}", [f"{ce_ne_est_pas} {french}"]
    return f"{this} {english}", [f"{ce_est} {french}", f"voici {french}"]


def has(w):
    """We have two black cats and a dog. Anna does not have a bicycle."""
    subject = somebody(w)
    noun, other = w.rng.sample(w.rng.choice(COUNTED), 2)
    if w.rng.random() < 0.35:
        plural = w.rng.random() < 0.3
        thing = noun_phrase("any", noun, plural, some_adjectives(w.rng, noun, 0.3))
        english = f"{subject.english} {does(subject)} not have {thing.english}"
        return english, denies(subject, "have", thing.french)
    number, nombre = w.rng.choice(NUMBERS[1:7])
    cats, chats = described(noun, True, some_adjectives(w.rng, noun, 0.5))
    first, premier = f"{number} {cats}", f"{nombre} {chats}"
    second = noun_phrase("a", other, False, some_adjectives(w.rng, other, 0.4))
    if w.rng.random() < 0.3:
        first, premier, *_ = noun_phrase("a", noun, False, some_adjectives(w.rng, noun))
    english = habit(subject, "have", f"{first} and {second.english}")
    return english, says(subject, "have", f"{premier} et {second.french}")


def lives(w):
    """Anna lives in a small house near the river. French has two verbs for it: habiter and vivre."""
    subject, house = somebody(w), NOUNS["house"]
    home = noun_phrase("a", house, False, some_adjectives(w.rng, house, 0.8))
    town = w.rng.choice(w.towns)
    places = [(f"in {town}", f"à {town}"), *LANDMARKS, (f"near {town}", f"près de {town}")]
    where, lieu = w.rng.choice(places)
    vit = ("vis", "vit", "vivons", "vivent")[subject.who]
    if w.rng.random() < 0.3:
        french = [*says(subject, "live", lieu), f"{subject.french} {vit} {lieu}"]
        return habit(subject, "live", where), french
    in_it = f"dans {home.french} {lieu}"
    french = [f"{subject.french} {present(subject, 'live')} {in_it}", f"{subject.french} {vit} {in_it}"]
    return habit(subject, "live", f"in {home.english} {where}"), french
