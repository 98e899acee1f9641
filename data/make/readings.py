"""Short texts about an event, with a question whose answer stands in the text.

    "Otto bought a lamp in Kelby on Monday. On Friday Ada heard of it at the mill."
    "Who bought the lamp?"   -> Otto

Every text holds two names, two days and two places. Mostly the second ones stand in a remark, so who knows
which sentence tells of a deed can answer. In some texts they belong to a second event. Then only what the
question says of its event can decide.
"""
from typing import NamedTuple

from surface import pairs, vary
from vocabulary import PLACES, THINGS
from world import DAYS, TOWNS, people

TWO_EVENTS_SHARE = 0.2  # texts about two events
SAME_PERSON_SHARE = 0.1  # those of them in which one person does both things, so that the thing decides
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
REMARKS = ["{who} (will be|wants to be) {where} on {day}.", "{who} hopes to be {where} by {day}.",
           "{where} {who} waits for a letter every {day}.", "{who} will come to {spot} on {day}, too.",
           "(All {day}|Every {day}) {who} sits {where}.",
           "{who} does not like it {where}, not even on {day}."]
# These say "it" of the event, so they stand behind it.
REMARKS_AFTER = ["{who} heard of it {where} on {day}.", "On {day} {who} told everybody about it {where}.",
                 "{where} {who} laughed about it on {day}.", "{who} knew nothing of it {where} until {day}.",
                 "On {day}(,|) {where}, {who} did not believe it."]
ASK = {
    "name": ["Who {did} (a|the) {thing}?", "Which person {did} (a|the) {thing}?",
             "(a|the) {thing} was {done} by whom?"],
    "day": ["When did {who} {do} (a|the) {thing}?", "On which day did {who} {do} (a|the) {thing}?",
            "On what day was {who} {where}?"],
    "place": ["Where did {who} {do} (a|the) {thing}?", "In which place did {who} {do} (a|the) {thing}?",
              "Where was {who} on {day}?"],
}
ANSWERS = {"name": "who", "day": "day", "place": "spot"}  # the slot of an event that holds the answer


class Scene(NamedTuple):
    """A text, and the slots of the one or two events in it that can be asked about."""

    text: str
    events: list[dict]


class Reading(NamedTuple):
    """A text, a question on it, and the answer as it stands in the text."""

    text: str
    question: str
    answer: str


def slots_of(who, did, thing, spot, day):
    """All that the sentences and the questions about one event, or a remark, may mention."""
    where, spot = (f"in {spot}", spot) if spot in TOWNS else (f"at the {spot}", f"the {spot}")
    return dict(who=who, did=did, do=ACTS[did], done=DONE.get(did, did), thing=thing, day=day, spot=spot,
                where=where)


def scene(rng):
    """An event beside a remark or, in some texts, beside another event. They share no day and no place."""
    has_two = rng.random() < TWO_EVENTS_SHARE
    whos = people(rng, 2)
    if has_two and rng.random() < SAME_PERSON_SHARE:
        whos[1] = whos[0]
    drawn = [whos, rng.sample(sorted(ACTS), 2), rng.sample(THINGS, 2), rng.sample(list(TOWNS) + PLACES, 2),
             rng.sample(DAYS, 2)]
    first, second = (slots_of(*slots) for slots in zip(*drawn, strict=True))
    event, position = vary(rng, rng.choice(EVENT), **first), rng.randrange(2)
    patterns = EVENT if has_two else REMARKS if position == 0 else REMARKS + REMARKS_AFTER
    sentences = [event]
    sentences.insert(position, vary(rng, rng.choice(patterns), **second))
    return Scene(" ".join(sentences), [first, second] if has_two else [first])


def can_ask(events, kind):
    """Whether the text holds two names, days or places (`kind`) to choose from."""
    return kind != "name" or len({event["who"] for event in events}) == len(events)


def question_on(rng, event, kind):
    """A question for the name, the day or the place of an event."""
    return vary(rng, rng.choice(ASK[kind]).replace("(a|the)", "the"), **event)


def answer_to(event, kind):
    """The name, the day or the place, as it stands in the text."""
    return str(event[ANSWERS[kind]])


def reading(rng, kind=None):
    """A text with a question for a name, a day or a place (`kind`)."""
    kind = kind or rng.choice(sorted(ASK))
    text, events = scene(rng)
    if not can_ask(events, kind):
        return reading(rng, kind)
    event = rng.choice(events)
    return Reading(text, question_on(rng, event, kind), answer_to(event, kind))
