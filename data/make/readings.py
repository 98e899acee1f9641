"""Short texts about two events, with a question whose answer stands in the text.

    "Otto bought a lamp in Kelby. Ada found a ring at the mill."   "Who found the ring?"   -> Ada
"""
from typing import NamedTuple

from surface import pairs, vary
from vocabulary import PLACES, THINGS
from world import DAYS, TOWNS, people

SAME_PERSON_SHARE = 0.1  # texts in which one person does both things, so that the thing decides
FILLER_SHARE = 0.4  # texts with a sentence that answers nothing
ACTS = pairs("""
    bought buy, sold sell, found find, lost lose, painted paint, repaired repair, cleaned clean,
    left leave, borrowed borrow, broke break, hid hide, saw see, drew draw, dropped drop""")
DONE = pairs("saw seen, broke broken, hid hidden, drew drawn")
EVENT = ["{who} {did} (a|the) {thing} {where} on {day}.",
         "On {day}(,|) {who} {did} (a|the) {thing} {where}.",
         "On {day}(,|) {who} was {where} and {did} (a|the) {thing}.",
         "{who} was {where} on {day} and {did} (a|the) {thing} there.",
         "{where} {who} {did} (a|the) {thing} on {day}.",
         "On {day} it was {who} who {did} (a|the) {thing} {where}."]
FILLERS = ["{c} was not there.", "{c} (came|arrived) too late.", "{c} helped a little.",
           "{c} heard of it (on {day3}|later).", "It was a (long|busy|good) week.", "Nobody else was there.",
           "{c} laughed about it.", "On {day3} they told {c}."]
ASK = {
    "name": ["Who {did} (a|the) {thing}?", "Which person {did} (a|the) {thing}?",
             "(a|the) {thing} was {done} by whom?"],
    "day": ["When did {who} {do} (a|the) {thing}?", "On which day did {who} {do} (a|the) {thing}?",
            "On what day was {who} {where}?"],
    "place": ["Where did {who} {do} (a|the) {thing}?", "In which place did {who} {do} (a|the) {thing}?",
              "Where was {who} on {day}?"],
}
ANSWERS = {"name": "who", "day": "day", "place": "spot"}  # the slot of an event that holds the answer


class Reading(NamedTuple):
    """A text, a question on it, the answer as it stands in the text, and which of two events it is about."""

    text: str
    question: str
    answer: str
    event: int


def two_events(rng):
    """The slots of two events that share no day, place, act or thing, and seldom a person."""
    whos = people(rng, 2)
    if rng.random() < SAME_PERSON_SHARE:
        whos[1] = whos[0]
    acts, things = rng.sample(sorted(ACTS), 2), rng.sample(THINGS, 2)
    spots, days = rng.sample(list(TOWNS) + PLACES, 2), rng.sample(DAYS, 2)
    events = []
    for who, did, thing, spot, day in zip(whos, acts, things, spots, days, strict=True):
        where, spot = (f"in {spot}", spot) if spot in TOWNS else (f"at the {spot}", f"the {spot}")
        events.append(dict(who=who, did=did, do=ACTS[did], done=DONE.get(did, did), thing=thing, day=day,
                           spot=spot, where=where))
    return events


def can_ask(events, kind):
    """Whether the text holds two names, days or places (`kind`) to choose from."""
    return kind != "name" or events[0]["who"] != events[1]["who"]


def text_of(rng, events):
    """A sentence for each of two events, and often one that answers nothing."""
    whos, days = [event["who"] for event in events], [event["day"] for event in events]
    c = rng.choice([person for person in people(rng, 3) if person not in whos])
    day3 = rng.choice([day for day in DAYS if day not in days])
    sentences = [vary(rng, rng.choice(EVENT), **event) for event in events]
    if rng.random() < FILLER_SHARE:
        sentences.insert(rng.choice((1, 2)), vary(rng, rng.choice(FILLERS), c=c, day3=day3))
    return " ".join(sentences)


def question_on(rng, events, asked, kind):
    """A question for the name, the day or the place of one of two events."""
    asks = ASK[kind]
    if kind == "day" and not can_ask(events, "name"):
        asks = asks[:2]  # the third does not say which thing is meant
    return vary(rng, rng.choice(asks).replace("(a|the)", "the"), **events[asked])


def answer_to(event, kind):
    """The name, the day or the place, as it stands in the text."""
    return str(event[ANSWERS[kind]])


def reading(rng, kind=None):
    """A text about two events, with a question for a name, a day or a place (`kind`)."""
    kind = kind or rng.choice(sorted(ASK))
    events = two_events(rng)
    if not can_ask(events, kind):
        return reading(rng, kind)
    asked = rng.randrange(2)
    text = text_of(rng, events)
    return Reading(text, question_on(rng, events, asked, kind), answer_to(events[asked], kind), asked)
