"""A premise and a hypothesis: does the one follow from the other?

    "Otto went to the library and is still there."   "Otto is at the library."   -> yes
"""
from typing import NamedTuple

from readings import ACTS
from surface import vary, words
from vocabulary import COLOURS, PLACES, THINGS, TIMES, plural
from world import DAYS, FOODS, people

NEGATED_SHARE = 0.5  # hypotheses with a "not", which swap yes and no
ASIDE_SHARE = 0.4  # premises with a sentence beside the point


class Frame(NamedTuple):
    """A hypothesis and its negation, with the premises under which it is true, is false, or may be either.

    What the premises mention is drawn before the label is known, so the hypothesis alone says nothing.
    """

    hypothesis: str
    negation: str
    true: list[str]
    false: list[str]
    open: list[str]


FRAMES = [
    Frame("{a} has a {thing}.",
          "{a} does not have a {thing}.",
          ["{a} (bought|found|got|made) a (|new|small|big) {thing} and kept it(| {at}).",
           "{a}'s {thing} is {col}.", "{a} and {b} both have a {thing}."],
          ["{a} (sold|lost|broke|gave away) {a.his} only {thing}(| {at}| on {day}).",
           "{a} never had a {thing}.", "{b} has a {thing}, but {a} has none."],
          ["{a} (wants|needs|looked for|asked for) a (|new|small|big) {thing}(| {at}| on {day}).",
           "{b} has a (|{col}|new|big) {thing}.",
           "{a} will (buy|make|borrow) a {thing} or a {thing2} on {day}."]),
    Frame("{a} is {at}.",
          "{a} is not {at}.",
          ["{a} (went|has gone|came) to {spot} and is still there.", "{a} has not left {spot} yet.",
           "{a} is waiting for {b} {at}."],
          ["{a} (left|has left) {spot} and has not come back.", "{a} has gone from {spot} to {spot2}.",
           "{a} is on {a.his} way to {spot}, but not there yet."],
          ["{a} (often goes|goes|wants to go) to {spot} on {day}.", "{a} is not {at2} now.",
           "{b} is waiting for {a} {at}."]),
    Frame("{b} has the {thing} now.",
          "{b} does not have the {thing} now.",
          ["{a} (gave|sold) the {thing} to {b}.", "{b} (took|got|bought) the {thing} from {a}.",
           "{b} (found|has found) the {thing} again."],
          ["{a} (took|got|bought) the {thing} from {b}.", "{b} (gave|sold) the {thing} to {a}.",
           "{b} (lost|has lost) the {thing}(| {at}| on {day})."],
          ["{a} wants to (give|sell|send) the {thing} to {b} or to {c}.",
           "{b} (asked|wrote to) {a} (about|because of) the {thing}.",
           "{a} (gave|sold) the {thing} to {b} or to {c}."]),
    Frame("{a} {did} the {thing}.",
          "{a} did not {do} the {thing}.",
          ["It was {a} who {did} the {thing}.", "{a} {did} the {thing} and the {thing2}(| on {day}).",
           "{a} and {b} both {did} the {thing}."],
          ["{a} never {did} the {thing}.", "{a} (did not|forgot to|refused to) {do} the {thing}.",
           "{a} {did} the {thing2}, but not the {thing}."],
          ["{a} (wanted|had|promised|planned) to {do} the {thing}(| on {day}).",
           "{a} or {b} {did} the {thing}.", "{b} {did} the {thing2} and asked {a} to {do} the {thing}."]),
    Frame("{a} is {more} than {b}.",
          "{a} is not {more} than {b}.",
          ["{a} is (much|a little|) {more} than {b}.", "{b} is (much|a little|) {less} than {a}.",
           "{a} is still {more} than {b}."],
          ["{a} is (much|a little|) {less} than {b}.", "{b} is (much|a little|) {more} than {a}.",
           "{a} was once {more} than {b}, but that is over."],
          ["{a} wants to be {more} than {b}.", "{a} and {b} are both {more} than {c}.",
           "{c} is {more} than {a} and {more} than {b}."]),
    Frame("The {event} is on {day}.",
          "The {event} is not on {day}.",
          ["The {event} (was moved|has been moved) to {day}.", "{a} will see {b} at the {event} on {day}.",
           "The {event} (begins|starts) at {time} on {day}."],
          ["The {event} (was moved|has been moved) from {day} to {day2}.",
           "The {event} on {day} is (off|called off).", "The {event} is on {day2} and not on {day}."],
          ["{a} and {b} will go to the {event} (together|this week).",
           "The {event} is on {day} or on {day2}.", "{a} (asked|wrote to) {b} about the {event} on {day}."]),
    Frame("All the {things} {at} are {col}.",
          "Not all the {things} {at} are {col}.",
          ["Every {thing} {at} is {col}.", "{a} painted every {thing} {at} {col}.",
           "There are only {col} {things} {at}."],
          ["One {thing} {at} is {col2}.", "There are {col} and {col2} {things} {at}.",
           "No {thing} {at} is {col}."],
          ["Some of the {things} {at} are {col}(| and big).", "There is a {col} {thing} {at}.",
           "All the {things} {at2} are {col}."]),
    Frame("{a} likes {food}.",
          "{a} does not like {food}.",
          ["{a} (enjoys|loves) {food} and {food2}.", "{a} is (very|really|) fond of {food}.",
           "{a} and {b} both love {food}."],
          ["{a} (hates|cannot stand) {food}.",
           "{a} never eats {food} because {a.he} cannot stand the taste.",
           "{b} loves {food}, which {a} hates."],
          ["{a} (cooked|bought|brought) {food} for {b}.", "{b} is (very|really|) fond of {food}.",
           "{a} has never (tried|eaten) {food}."]),
]
DEEDS = words("bought sold painted repaired cleaned borrowed hid drew")  # what one may want to do
MORE = [("older", "younger"), ("taller", "shorter"), ("faster", "slower"), ("richer", "poorer"),
        ("stronger", "weaker")]
ASIDES = ["It (was raining|had rained|was snowing).", "{d} was {at3}.", "{d} (sang|slept|laughed) {at3}.",
          "It was a (fine|cold|warm|long) day.", "{d} has a (|{col3}|new|big) {thing3}.",
          "{d} came at {time}."]
LABELS = ["yes", "no", "maybe"]
OPPOSITE_LABEL = {"yes": "no", "no": "yes", "maybe": "maybe"}


class Claim(NamedTuple):
    """A premise, a hypothesis, and the label: does the premise say yes, no or maybe to the hypothesis?"""

    premise: str
    hypothesis: str
    label: str


def draw_slots(rng):
    """One draw of everything that a frame may mention."""
    a, b, c, d = people(rng, 4)
    spot, spot2, spot3 = rng.sample(PLACES, 3)
    col, col2, col3 = rng.sample(COLOURS, 3)
    thing, thing2, thing3 = rng.sample(THINGS, 3)
    day, day2 = rng.sample(DAYS, 2)
    did = rng.choice(DEEDS)
    comparatives = rng.choice(MORE)
    more, less = comparatives[::rng.choice((1, -1))]
    food, food2 = rng.sample([food for food in FOODS if food not in (a.food, b.food)], 2)
    return dict(
        a=a, b=b, c=c, d=d, col=col, col2=col2, col3=col3, day=day, day2=day2, did=did, do=ACTS[did],
        thing=thing, thing2=thing2, thing3=thing3, things=plural(thing), more=more, less=less,
        food=food, food2=food2, time=rng.choice(TIMES),
        event=rng.choice(words("race concert dance match party play fair")),
        at=f"at the {spot}", at2=f"at the {spot2}", at3=f"at the {spot3}",
        spot=f"the {spot}", spot2=f"the {spot2}")


def premise_for(rng, frame, truth):
    """The pattern of a premise that says yes, no or maybe to the frame's hypothesis."""
    return rng.choice({"yes": frame.true, "no": frame.false, "maybe": frame.open}[truth])


def claim(rng, label):
    """A premise and a hypothesis with this label. The hypothesis is drawn without regard to the label."""
    slots = draw_slots(rng)
    frame = rng.choice(FRAMES)
    negated = rng.random() < NEGATED_SHARE
    hypothesis = frame.negation if negated else frame.hypothesis
    truth = OPPOSITE_LABEL[label] if negated else label  # of the hypothesis without its "not"
    premise = [premise_for(rng, frame, truth)]
    if rng.random() < ASIDE_SHARE:
        premise.insert(rng.randrange(2), rng.choice(ASIDES))
    premise = vary(rng, " ".join(premise), **slots)
    return Claim(premise, vary(rng, hypothesis, **slots), label)
