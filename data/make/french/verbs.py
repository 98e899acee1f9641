"""Verb forms and word order: agreement, tenses, negation and questions.

A function that takes `rest` puts it after the verb. Blanks too many do no harm: `sentence` removes them.
"""
from french.phrases import HE, THEY, WE, I, Phrase
from french.words import VERBS

PRONOUNS = [Phrase("he", "il", HE), Phrase("she", "elle", HE, True), Phrase("we", "nous", WE),
            Phrase("they", "ils", THEY), Phrase("I", "je", I)]
ON = Phrase("we", "on", HE)  # what people say for nous, with the verb form of il

# --- English --------------------------------------------------------------------------------------------


def be(subject):
    """The form of "to be" that goes with the subject: am, is or are."""
    return ("am", "is", "are", "are")[subject.who]


def does(subject):
    """The form of "to do" that goes with the subject: do or does."""
    return "does" if subject.who == HE else "do"


def now_english(subject, verb):
    """The simple present: eats with Anna, eat with the boys."""
    return VERBS[verb].third if subject.who == HE else verb


def habit(subject, verb, rest):
    """A sentence in the simple present: Anna eats an apple."""
    return f"{subject.english} {now_english(subject, verb)} {rest}"


def ongoing(subject, verb, rest):
    """A sentence in the progressive: Anna is eating an apple."""
    return f"{subject.english} {be(subject)} {VERBS[verb].ing} {rest}"


# --- French ---------------------------------------------------------------------------------------------


def present(subject, verb):
    """The present tense: mange with je, mangeons with nous."""
    return VERBS[verb].present[subject.who]


def simple_future(subject, verb):
    """The simple future: mangerai, mangera, mangerons, mangeront."""
    return VERBS[verb].future + ("ai", "a", "ons", "ont")[subject.who]


def agreed(subject, word):
    """A participle that agrees with the subject: allé, allée, allés, allées."""
    plural = subject.who in (WE, THEY) and not word.endswith("s")
    return word + ("e" if subject.feminine else "") + ("s" if plural else "")


def voices(subject):
    """The subjects that French can use here: both nous and on where English says "we"."""
    return [subject, ON] if subject.who == WE else [subject]


def genders(subject):
    """Both genders where English hides them and French shows them: je suis allé, je suis allée."""
    if subject.who in (I, WE):
        return [subject, subject._replace(feminine=True)]
    return [subject]


def negated(verb, rest=""):
    """The verb between ne and pas: "ne aime pas le pain", which `polish` turns into "n'aime pas le pain"."""
    return f"ne {verb} pas {rest}"


def says(subject, verb, rest):
    """A sentence in the present, once for each voice: nous mangeons du pain, on mange du pain."""
    return [f"{one.french} {present(one, verb)} {rest}" for one in voices(subject)]


def denies(subject, verb, rest):
    """The same with a negation: nous ne mangeons pas de pain, on ne mange pas de pain."""
    return [f"{one.french} {negated(present(one, verb), rest)}" for one in voices(subject)]


def in_perfect(subject, verb, rest):
    """The perfect with avoir, once for each voice: nous avons mangé du pain, on a mangé du pain."""
    return says(subject, "have", f"{VERBS[verb].participle} {rest}")


def under_way(subject, verb, rest):
    """What someone is busy with: Anna est en train de manger du pain."""
    return f"{subject.french} {present(subject, 'be')} en train de {VERBS[verb].french} {rest}"


def timed(w, english, french, time):
    """A sentence with a time, which comes first or last: "hier, ..." or "... hier".

    English has the order that is drawn. French has that order first, and then the other.
    """
    when, quand = time
    time_first = w.rng.random() < 0.4
    orders = []
    for core in french:
        first, last = f"{quand}, {core}", f"{core} {quand}"
        orders += [first, last] if time_first else [last, first]
    return (f"{when}, {english}" if time_first else f"{english} {when}"), orders


# --- questions ------------------------------------------------------------------------------------------


def french_pronoun(subject):
    """The pronoun that stands for the subject: il, elle, nous, ils, elles or je."""
    if subject.who in (I, WE):
        return "je" if subject.who == I else "nous"
    return ("elle" if subject.feminine else "il") + ("s" if subject.who == THEY else "")


def asked(subject, verb, rest):
    """A question by inversion, not for je. A t stands between two vowels: aime-t-elle, Anna aime-t-elle."""
    between_vowels = verb[-1] in "aeé" and subject.who == HE
    hyphen = "-t-" if between_vowels else "-"
    inverted = f"{verb}{hyphen}{french_pronoun(subject)}"
    return f"{inverted} {rest}" if subject in PRONOUNS else f"{subject.french} {inverted} {rest}"


def questions(subject, verb, rest):
    """Up to three ways to ask: est-ce que Anna aime ..., Anna aime ..., Anna aime-t-elle ..."""
    forms = [f"est-ce que {subject.french} {verb} {rest}", f"{subject.french} {verb} {rest}"]
    return forms if subject.who == I else [*forms, asked(subject, verb, rest)]
