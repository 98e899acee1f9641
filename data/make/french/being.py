"""Patterns: how somebody or something is. What a pattern returns is said in doing.py."""
from french.people import fitting, friend, named, one_person, relative, somebody, third_party
from french.phrases import THEY, WE, inflect, noun_phrase
from french.places import FUTURE, NOW, ON_WEEKDAYS, in_town
from french.sense import ALWAYS_PLURAL, SUITABLE, chosen
from french.verbs import be, denies, genders, negated, present, says, timed
from french.words import ADJECTIVES, COLOUR_WORDS, NUMBERS

MOODS = [ADJECTIVES[word] for word in ("tired", "happy", "sad", "sick")]
NEEDS = {"hungry": "faim", "thirsty": "soif", "cold": "froid", "hot": "chaud", "afraid": "peur"}
SAID_BEFORE_THE_NOUN = ("good", "pretty", "young", "new")
OWNED = chosen("clothes* house bicycle car boat bag book dog cat horse")
RIVALS = chosen("dog horse cow goat donkey bear pig sheep rabbit")
BELONGINGS = chosen("clothes* bag book box car boat bicycle lamp -shoe -sock -glove")
COMPARED = {"strong": "stronger", "fast": "faster", "slow": "slower", "rich": "richer", "old": "older",
            "young": "younger", "happy": "happier", "clever": "more clever", "tired": "more tired",
            "heavy": "heavier", "expensive": "more expensive", "light": "lighter"}
OPEN_AT_TIMES = chosen("shop market school church station hospital")
WEATHER = [("it is cold", "il fait froid"), ("it is hot", "il fait chaud"), ("it is raining", "il pleut"),
           ("it is snowing", "il neige"), ("the weather is beautiful", "il fait beau")]


def feels(w):
    """My aunt is tired today. French shows the gender that English hides: je suis fatigué, fatiguée."""
    subject, mood = somebody(w), w.rng.choice(MOODS)
    forms = [(one, inflect(mood, one.feminine, one.who in (WE, THEY))) for one in genders(subject)]
    if w.rng.random() < 0.3:
        french = [f"{one.french} {negated(present(one, 'be'), form)}" for one, form in forms]
        english = f"{subject.english} {be(subject)} not {mood.english}"
        return timed(w, english, french, ("today", "aujourd'hui"))
    french = [f"{one.french} {present(one, 'be')} {form}" for one, form in forms]
    return timed(w, f"{subject.english} {be(subject)} {mood.english}", french, w.rng.choice(NOW[1:]))


def looks(w):
    """Anna's new hat is red. My father's car is not clean."""
    noun = w.rng.choice(OWNED)
    owner = one_person(w, named, relative)
    noun = fitting(noun, owner)
    suitable = SUITABLE[noun.english]
    quality = w.rng.choice([word for word in suitable if word.english not in SAID_BEFORE_THE_NOUN])
    new = ADJECTIVES["new"]
    is_new = quality in COLOUR_WORDS and new in suitable and w.rng.random() < 0.5
    plural = noun.english in ALWAYS_PLURAL
    thing = noun_phrase("the", noun, plural, [new] if is_new else [])
    form = inflect(quality, noun.feminine, plural)
    english = f"{owner.english}'s {thing.english.removeprefix('the ')} {be(thing)}"
    french, est = f"{thing.french} de {owner.french}", present(thing, "be")
    if w.rng.random() < 0.25:
        return f"{english} not {quality.english}", [f"{french} {negated(est, form)}"]
    return f"{english} {quality.english}", [f"{french} {est} {form}"]


def compares(w):
    """My brother is stronger than Anna. The adjective agrees with the first: plus fort que Anna."""
    first, second, qualities = two_to_compare(w)
    quality = w.rng.choice(qualities.split())
    form = inflect(ADJECTIVES[quality], first.feminine, first.who == THEY)
    return (f"{first.english} {be(first)} {COMPARED[quality]} than {second.english}",
            [f"{first.french} {present(first, 'be')} plus {form} que {second.french}"])


def two_to_compare(w):
    """Two people, two animals or two things, and the adjectives by which they can be compared."""
    draw = w.rng.random()
    if draw < 0.4:
        first, second = third_party(w), third_party(w)
        both_named = " " not in first.english + second.english
        return first, second, "strong happy clever tired" + (" old young rich" if both_named else "")
    if draw < 0.6:
        one, other = w.rng.sample(RIVALS, 2)
        return noun_phrase("the", one), noun_phrase("the", other), "strong fast slow old young"
    one, other = w.rng.sample(BELONGINGS, 2)
    first = noun_phrase(w.rng.choice(["the", "my", "our", "this"]), one)
    second = noun_phrase(w.rng.choice(["the", "my"]), other)
    both_clothes = one.kind == other.kind == "clothes"
    return first, second, "old expensive light heavy" if both_clothes else "old expensive"


def age(w):
    """Otto is twelve years old: in French he has twelve years."""
    subject, (number, nombre) = w.rng.choice((named, named, relative, friend))(w), w.rng.choice(NUMBERS[2:])
    too_old = any(kin in subject.english for kin in ("mother", "father", "uncle", "aunt"))
    if too_old or subject.who == THEY:
        subject = named(w)
    if w.rng.random() < 0.4:
        english, french = f"{subject.english} will be", f"{subject.french} aura {nombre} ans"
        return timed(w, f"{english} {number} years old", [french], w.rng.choice(FUTURE))
    return f"{subject.english} is {number} years old", [f"{subject.french} a {nombre} ans"]


def needs(w):
    """The children are hungry this morning: in French they have hunger."""
    subject, (hungry, faim) = somebody(w), w.rng.choice(list(NEEDS.items()))
    if w.rng.random() < 0.3:
        english, french = f"{subject.english} {be(subject)} not {hungry}", denies(subject, "have", faim)
    else:
        english, french = f"{subject.english} {be(subject)} {hungry}", says(subject, "have", faim)
    return timed(w, english, french, w.rng.choice(NOW))


def is_open(w):
    """The shop in Ostrel is closed on Sundays."""
    town = w.rng.choice(w.towns)
    english, french, _, feminine = noun_phrase("the", w.rng.choice(OPEN_AT_TIMES))
    word = ADJECTIVES[w.rng.choice(["open", "closed"])]
    if w.rng.random() < 0.7:
        english, french = f"{english} in {town}", f"{french} de {town}"
    form = inflect(word, feminine, plural=False)
    when = w.rng.choice(ON_WEEKDAYS + NOW[:2])
    if w.rng.random() < 0.3:
        return timed(w, f"{english} is not {word.english}", [f"{french} {negated('est', form)}"], when)
    return timed(w, f"{english} is {word.english}", [f"{french} est {form}"], when)


def weather(w):
    """It is cold in Ostrel today."""
    english, french = w.rng.choice(WEATHER)
    places = [("in the forest", "dans la forêt"), ("on the beach", "sur la plage"), *[in_town(w)] * 5]
    where, lieu = w.rng.choice(places)
    return timed(w, f"{english} {where}", [f"{french} {lieu}"], w.rng.choice(NOW))
