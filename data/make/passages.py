"""Short passages with something to tell about them: their topic, an answer that stands in them, what follows from them,
their French.

    topic     "After the match Ada had a bowl of bean soup with a slice of bread."                       -> food
    reading   "Otto bought a lamp in Kelby. Ada found a ring at the mill."  "Who found the ring?"  -> Ada
    pair      "Otto is not tired today."  "Otto n'est pas fatigué aujourd'hui."
    claim     "Otto went to the library and is still there."  "Otto is at the library."                  -> yes
"""
import re
from typing import NamedTuple

import french
from surface import phrase, vary, words
from world import (
    COLOURS,
    DAYS,
    FOODS,
    INSTRUMENTS,
    NUMBERS,
    PEOPLE,
    PETS,
    PLACES,
    THINGS,
    TIMES,
    TOWNS,
    people,
    plural,
    two,
    two_days,
)

# ---- topic ---------------------------------------------------------------------------------------------------------

ASIDE_SHARE = 0.5     # topic texts with a mention of another topic
CLAUSE_SHARE = 0.35   # topic texts with a whole subordinate clause about another topic: the main clause decides

SOUPS = words("bean fish mushroom cheese potato carrot onion cherry")

CORES = {
    "food": ["{a} (cooked|made|tried) a (big|small|fine) pot of {food} soup with (onions|carrots|butter)",
             "the {meal} was {foods} with (fresh bread|rice|salad|butter) and a glass of milk",
             "{a} (baked|bought|shared) a (plum|cherry|cheese|mushroom) (cake|pie) and {b} ate (two slices|most of it)",
             "{a} needed (flour and eggs|butter and milk|salt and onions) for {meal}",
             "the cook at the inn added (honey|salt|butter|cheese) to the {foods}",
             "{a} and {b} ate {foods} (with their hands|from one bowl|until nothing was left)",
             "the {foods} at the {place} (tasted|smelled) (sweet|good|better than before)"],
    "weather": ["(dark|grey|thick) clouds came over {town} and it began to (rain|snow)",
                "the (wind|storm) (in|near) {town} was (strong|cold) and the sky was (black|grey) all day",
                "(the sun|a warm sun) (was shining|was out) (in|over) {town} and there was no cloud to see",
                "it (rained|snowed) in {town} from {day} to {day2}",
                "there was (fog|ice|snow) on the roads (near|around) {town} and it was (very|bitterly) cold",
                "it was (warm and dry|cold and wet|cloudy and cool) in {town} on {day}",
                "the (rain|snow|fog) (came early|stayed for days|would not stop) that (month|year|spring)"],
    "music": ["{a} (played|practised) the {instrument} and {b} sang (a song|two songs|along)",
              "the (band|choir) gave a concert (in {town}|in the {hall}) on {day}",
              "{a} learned a new (song|tune) on the {instrument}",
              "{a} and {b} played the {instrument} and the {instrument2} in a (band|small band)",
              "the (song|tune) was (slow|soft|loud) and everyone (listened|sang)",
              "{a} tuned the {instrument} and (began|started) to play (softly|a tune)",
              "{b} sang in the choir (of|in) {town} with a (clear|strong|low) voice"],
    "sport": ["{a} (won|lost) the (race|match) against {b} (by a little|on {day}|in {town})",
              "the team from {town} (scored|made) {number} goals (in the match|on {day})",
              "{a} (ran|swam) (around|across) the (lake|harbour) (every {day}|each morning)",
              "{a} kicked the ball (to {b}|into the goal|over the wall)",
              "{a} and {b} (trained|practised) for the big (race|game) in {town}",
              "the (match|game) between {town} and {town2} (ended without a goal|was close)",
              "{b} was the fastest (runner|swimmer) in the team and won (the cup|a medal)"],
    "travel": ["{a} took the (train|bus) (to {town}|from {town} to {town2}) on {day}",
               "{a} packed (a bag|two bags) for the (trip|journey) to {town}",
               "the (bus|train|boat) to {town} left at {time} and (was full|was late|was nearly empty)",
               "{a} and {b} (walked|rode) along the road to {town} (with a map|for two days)",
               "{a} bought a ticket to {town} (at the station|for {day})",
               "the journey (to|from) {town} took {number} hours by (train|bus|boat)",
               "{a} (slept|spent the night) at an inn (on the way|half way) to {town}"],
    "health": ["{a} had a (cold|fever|cough) and (had to stay|was|stayed) in bed",
               "the doctor (looked at|bandaged) {a}'s (foot|hand|arm|knee)",
               "{a} took (the|some) medicine (for|against) {a.his} (cough|fever|headache)",
               "{a} went to the (clinic|hospital) with a (sore|bad) (back|tooth|throat|knee)",
               "the nurse told {a} to (rest|sleep more|drink tea) for {number} days",
               "{a} felt (ill|weak) and had a (headache|sore throat|fever)",
               "{b} broke {b.his} (arm|leg|foot) and (could not work|needed rest) for {number} weeks"],
}
ASIDES = {
    "food": ["after (lunch|dinner|breakfast)", "before (lunch|dinner|breakfast)", "after a (plate|bowl) of {foods}"],
    "weather": ["in spite of the (rain|wind|snow)", "before the (rain|storm)", "after the (storm|snow)"],
    "music": ["after the (concert|song)", "before the concert", "before the (choir|band) practice"],
    "sport": ["after the (race|match|game)", "before the (race|match|game)", "during the (match|race)"],
    "travel": ["before the (journey|trip) to {town}", "after the (long journey|bus trip|train trip)"],
    "health": ["after a visit to the (doctor|nurse|clinic)", "before a visit to the (doctor|hospital)"],
}
LINKS = ["before", "after", "just before", "soon after", "on the day when"]
TOPICS = list(CORES)


def _topic_slots(rng):
    """One draw of everything that a sentence about a topic may mention."""
    a, b = people(rng, 2)
    day, day2 = two_days(rng)
    town, town2 = two(rng, list(TOWNS))
    instrument, instrument2 = two(rng, INSTRUMENTS)
    return dict(a=a, b=b, day=day, day2=day2, town=town, town2=town2, place=rng.choice(PLACES),
                instrument=instrument, instrument2=instrument2, food=rng.choice(SOUPS), foods=rng.choice(FOODS),
                meal=rng.choice(words("lunch dinner breakfast")), hall=rng.choice(["church", "school", "park"]),
                time=rng.choice(TIMES), number=rng.choice(NUMBERS[1:10]))


def topic_text(rng, topic):
    """One or two sentences about `topic`, most with a mention of another one that is not the point."""
    cores = [phrase(rng, core, **_topic_slots(rng)) for core in rng.sample(CORES[topic], rng.choice((1, 1, 2)))]
    other, at, chance = rng.choice([t for t in TOPICS if t != topic]), rng.randrange(len(cores)), rng.random()
    clause = f"({'|'.join(LINKS)}) {rng.choice(CORES[other])}"
    aside = clause if chance < CLAUSE_SHARE else rng.choice(ASIDES[other])
    if chance < CLAUSE_SHARE + ASIDE_SHARE:
        aside = phrase(rng, aside, **_topic_slots(rng))
        cores[at] = f"{aside}, {cores[at]}" if rng.random() < 0.5 else f"{cores[at]} {aside}"
    return vary(rng, " ".join(core + "." for core in cores))


# ---- reading -------------------------------------------------------------------------------------------------------

SAME_PERSON_SHARE = 0.1   # passages in which one person does both things, so that the thing decides
ACTS = {"bought": "buy", "sold": "sell", "found": "find", "lost": "lose", "painted": "paint", "repaired": "repair",
        "cleaned": "clean",
        "left": "leave", "borrowed": "borrow", "broke": "break", "hid": "hide", "saw": "see", "drew": "draw",
        "dropped": "drop"}
EVENT = ["{who} {did} (a|the) {thing} {where} on {day}.", "On {day}(,|) {who} {did} (a|the) {thing} {where}.",
         "On {day}(,|) {who} was {where} and {did} (a|the) {thing}.",
         "{who} was {where} on {day} and {did} (a|the) {thing} there.", "{where} {who} {did} (a|the) {thing} on {day}.",
         "On {day} it was {who} who {did} (a|the) {thing} {where}."]
FILLERS = ["{c} was not there.", "{c} (came|arrived) too late.", "{c} helped a little.",
           "{c} heard of it (on {day3}|later).", "It was a (long|busy|good) week.", "Nobody else was there.",
           "{c} laughed about it.", "On {day3} they told {c}."]
ASK = {"name": ["Who {did} (a|the) {thing}?", "Which person {did} (a|the) {thing}?",
                "(a|the) {thing} was {done} by whom?"],
       "day": ["When did {who} {do} (a|the) {thing}?", "On which day did {who} {do} (a|the) {thing}?",
               "On what day was {who} {where}?"],
       "place": ["Where did {who} {do} (a|the) {thing}?", "In which place did {who} {do} (a|the) {thing}?",
                 "Where was {who} on {day}?"]}
DONE = {"saw": "seen", "broke": "broken", "hid": "hidden", "drew": "drawn"}


class Reading(NamedTuple):
    """A text, a question on it, the answer as it stands in the text, and the number of the event it is about."""

    text: str
    question: str
    answer: str
    event: int


def _events(rng):
    """Two events that share no day, place, act or thing, and often no person."""
    whos = people(rng, 2)
    if rng.random() < SAME_PERSON_SHARE:
        whos[1] = whos[0]
    columns = (rng.sample(sorted(ACTS), 2), rng.sample(THINGS, 2), rng.sample(list(TOWNS) + PLACES, 2),
               rng.sample(DAYS, 2))
    for who, did, thing, spot, day in zip(whos, *columns, strict=True):
        yield dict(who=who, did=did, do=ACTS[did], done=DONE.get(did, did), thing=thing, day=day,
                   spot=spot if spot in TOWNS else f"the {spot}",
                   where=f"in {spot}" if spot in TOWNS else f"at the {spot}")


def reading(rng, kind=None):
    """A passage about two events with a question for a name, a day or a place (`kind`)."""
    kind = kind or rng.choice(sorted(ASK))
    first, second = events = list(_events(rng))
    same = first["who"] == second["who"]
    if same and kind == "name":
        return reading(rng, kind)
    asked = rng.randrange(2)
    c = rng.choice([p for p in people(rng, 3) if p not in (first["who"], second["who"])])
    day3 = rng.choice([d for d in DAYS if d not in (first["day"], second["day"])])
    sentences = [vary(rng, rng.choice(EVENT), **event) for event in events]
    if rng.random() < 0.4:
        sentences.insert(rng.choice((1, 2)), vary(rng, rng.choice(FILLERS), c=c, day3=day3))
    asks = ASK[kind][:2] if same and kind == "day" else ASK[kind]
    question = vary(rng, rng.choice(asks).replace("(a|the)", "the"), **events[asked])
    answer = str(events[asked][{"name": "who", "day": "day", "place": "spot"}[kind]])
    return Reading(" ".join(sentences), question, answer, asked)


# ---- claims --------------------------------------------------------------------------------------------------------

NEGATED_SHARE = 0.25      # hypotheses with a "not", which swap yes and no

# A frame: a hypothesis, its negation, and the premises under which it holds, does not hold, or may hold. Whatever the
# premises mention is drawn before the label is known, so the hypothesis alone says nothing.
FRAMES = [
    ("{a}'s {thing} is {col}.", "{a}'s {thing} is not {col}.",
     ["{a} (bought|found|got|made) a {col} {thing}(| {at}| on {day}).", "{a} has a {col} {thing}."],
     ["{a} (bought|found|got|made) a {col2} {thing}(| {at}| on {day}).", "{a} has a {col2} {thing}."],
     ["{a} (bought|found|got|made) a (new|small|big|old|cheap) {thing}(| {at}| on {day}).",
      "{b} (bought|has|found|got) a {col} {thing}, and {a} has a (small|new|big|cheap) {thing}."]),
    ("{a} is {at}.", "{a} is not {at}.",
     ["{a} (went|has gone|came) to {spot} and is still there.", "{a} left {spot2} and is {at} now.",
      "{a} is waiting for {b} {at}."],
     ["{a} left {spot} and is {at2} now.", "{a} has gone from {spot} to {spot2}.", "{a} is waiting for {b} {at2}."],
     ["{a} (often goes|goes|wants to go) to {spot} on {day}.", "{a} is not {at2} now.",
      "{b} is waiting for {a} {at}."]),
    ("{b} has the {thing} now.", "{b} does not have the {thing} now.",
     ["{a} (gave|sold) the {thing} to {b}.", "{b} (took|got|bought) the {thing} from {a}.",
      "{a} (sent|brought) {b} the {thing}(|, and {b} kept it)."],
     ["{b} (gave|sold) the {thing} to {a}.", "{a} (took|got|bought) the {thing} from {b}.",
      "{b} (sent|brought) {a} the {thing}(|, and {a} kept it)."],
     ["{a} wants to (give|sell|send) the {thing} to {b} or to {c}.",
      "{b} (asked|wrote to) {a} (about|because of) the {thing}.", "{a} (gave|sold) the {thing} to {b} or to {c}."]),
    ("{a} {did} the {thing}.", "{a} did not {do} the {thing}.",
     ["It was {a} who {did} the {thing}.", "{a} {did} the {thing} and the {thing2}(| on {day}).",
      "{a} and {b} both {did} the {thing}."],
     ["{a} never {did} the {thing}.", "{a} (did not|forgot to|refused to) {do} the {thing}.",
      "{a} {did} the {thing2}, but not the {thing}."],
     ["{a} (wanted|had|promised|planned) to {do} the {thing}(| on {day}).", "{a} or {b} {did} the {thing}.",
      "{b} {did} the {thing2} and asked {a} to {do} the {thing}."]),
    ("{a} is {more} than {b}.", "{a} is not {more} than {b}.",
     ["{a} is (much|a little|) {more} than {b}.", "{b} is (much|a little|) {less} than {a}.",
      "{a} is {more} than {c}, and {c} is {more} than {b}."],
     ["{b} is (much|a little|) {more} than {a}.", "{a} is (much|a little|) {less} than {b}.",
      "{b} is {more} than {c}, and {c} is {more} than {a}."],
     ["{a} is (much|a little|) {more} than {c}.", "{a} and {b} are both {more} than {c}.",
      "{c} is {more} than {a} and {more} than {b}."]),
    ("The {event} is on {day}.", "The {event} is not on {day}.",
     ["The {event} (was moved|has been moved) from {day2} to {day}.", "{a} will see {b} at the {event} on {day}.",
      "The {event} (begins|starts) at {time} on {day}."],
     ["The {event} (was moved|has been moved) from {day} to {day2}.", "{a} will see {b} at the {event} on {day2}.",
      "The {event} (begins|starts) at {time} on {day2}."],
     ["{a} and {b} will go to the {event} (together|this week).", "The {event} is on {day} or on {day2}.",
      "{a} (asked|wrote to) {b} about the {event} on {day}."]),
    ("All the {things} {at} are {col}.", "Not all the {things} {at} are {col}.",
     ["Every {thing} {at} is {col}.", "{a} painted every {thing} {at} {col}.", "There are only {col} {things} {at}."],
     ["One {thing} {at} is {col2}.", "There are {col} and {col2} {things} {at}.",
      "{a} painted the {things} {at} {col2}."],
     ["Some of the {things} {at} are {col}(| and big).", "There is a {col} {thing} {at}.",
      "All the {things} {at2} are {col}."]),
    ("{a} likes {food}.", "{a} does not like {food}.",
     ["{a} (enjoys|loves) {food} and {food2}.", "{a} is (very|really|) fond of {food}.",
      "{a} and {b} both love {food}."],
     ["{a} (hates|cannot stand) {food}.", "{a} never eats {food} because {a.he} hates it.",
      "{b} loves {food}, but {a} hates it."],
     ["{a} (cooked|bought|brought) {food} for {b}.", "{b} is (very|really|) fond of {food}.",
      "{a} has never (tried|eaten) {food}."]),
]
DEEDS = ["bought", "sold", "painted", "repaired", "cleaned", "borrowed", "hid", "drew"]   # what one may want to do
MORE = [("older", "younger"), ("taller", "shorter"), ("faster", "slower"), ("richer", "poorer"), ("stronger", "weaker")]
ASIDE = ["It (was raining|had rained|was snowing).", "{d} was {at3}.", "{d} (sang|slept|laughed) {at3}.",
         "It was a (fine|cold|warm|long) day.",
         "{d} has a (|{col3}|new|big) {thing3}.", "{d} came at {time}."]
LABELS = ["yes", "no", "maybe"]


class Claim(NamedTuple):
    """A premise, a hypothesis, and whether the one says yes, no or maybe to the other."""

    premise: str
    hypothesis: str
    label: str


def _where(place):
    return (f"in {place}", place) if place in TOWNS else (f"at the {place}", f"the {place}")


def claim(rng, label):
    """A premise and a hypothesis with `label`; the hypothesis is drawn without regard to it."""
    a, b, c, d = people(rng, 4)
    spots = [_where(place) for place in rng.sample(PLACES, 3)]
    col, col2, col3 = rng.sample(COLOURS, 3)
    thing, thing2, thing3 = rng.sample(THINGS, 3)
    day, day2 = rng.sample(DAYS, 2)
    did = rng.choice(DEEDS)
    more, less = rng.choice(MORE)[::rng.choice((1, -1))]
    food, food2 = rng.sample([food for food in FOODS if food not in (a.food, b.food)], 2)
    slots = dict(a=a, b=b, c=c, d=d, col=col, col2=col2, col3=col3, thing=thing, thing2=thing2, thing3=thing3,
                 things=plural(thing), day=day, day2=day2,
                 did=did, do=ACTS[did], more=more, less=less, food=food, food2=food2, time=rng.choice(TIMES),
                 event=rng.choice(["race", "concert", "dance", "match", "party", "play", "fair"]), at=spots[0][0],
                 spot=spots[0][1],
                 at2=spots[1][0], spot2=spots[1][1], at3=spots[2][0])
    positive, negative, holds, fails, open_ = rng.choice(FRAMES)
    negated = rng.random() < NEGATED_SHARE
    truth = {"yes": "no", "no": "yes", "maybe": "maybe"}[label] if negated else label
    premise = [rng.choice({"yes": holds, "no": fails, "maybe": open_}[truth])]
    if rng.random() < 0.4:
        premise.insert(rng.randrange(2), rng.choice(ASIDE))
    return Claim(vary(rng, " ".join(premise), **slots), vary(rng, negative if negated else positive, **slots), label)


# ---- translation ---------------------------------------------------------------------------------------------------

_PERSONS = [(p.name, p.sex) for p in PEOPLE.values()]
_MARKET = re.compile(rf"market in ({'|'.join(TOWNS)})")
_ABOUT = re.compile(r"(\w+) (lives|has|does not have|likes|does not like) (.*)")


def _contradicts_the_facts(english):
    """Whether a sentence gives a market another day, or someone another home or pet, or no taste for their food."""
    market = _MARKET.search(english)
    if market and any(day in english for day in DAYS) and TOWNS[market[1]].market_day not in english:
        return True
    match = _ABOUT.match(english)
    if not match or match[1] not in PEOPLE:
        return False
    person, verb, rest = PEOPLE[match[1]], match[2], match[3]
    if verb == "lives":
        return person.town not in rest
    if "like" in verb:
        return person.food.rstrip("s") in rest and "not" in english
    return any(pet in rest for pet in PETS)


def pair(rng):
    """An English sentence with its French (`french.Pair`) that agrees with the facts of the valley."""
    while True:
        drawn = french.sentence(rng, _PERSONS, list(TOWNS))
        if not _contradicts_the_facts(drawn.english):
            return drawn
