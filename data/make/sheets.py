"""Fact sheets: all that is true of one person or town, told in many ways, and the questions one can ask.

    prose       Ada lives in Hollin. She works as a potter there. On Friday she does not work. ...
    card        Name: Ada / Home: Hollin / Trade: potter / Pet: goat / Food: soup / Free: Friday
    interview   What is your trade, Ada? I am a potter. ...
    two people  Ada lives in Hollin, but Otto lives in Kelby. ...

Every person and every town comes up equally often, and each fact in many wordings and orders. A small model
can answer a question only about what it has met in more than one form.
"""
from typing import NamedTuple

from surface import vary
from world import PEOPLE, TOWNS


class Wording(NamedTuple):
    """How a fact is told, asked for and answered, and the labels of a card ("Home|Town|Lives in|From").

    {v} is the value, {n} the name, {p} the name or a pronoun, {o} the person or town, {l} "the River Lune".
    """

    prose: list[str]
    questions: list[str]
    answers: list[str]
    labels: str


# Attribute: its wordings.
PERSON_FACTS = {
    "town": Wording(
        ["{p} lives in {v}.", "{p} (has a house|has a flat|is at home) in {v}.",
         "{p} (comes from|is from) {v}.", "{v} is where {p} lives.", "{n}'s (home town|town) is {v}.",
         "The home of {n} is in {v}."],
        ["Where does {n} live?", "In which town does {n} live?", "Where is {n} from?",
         "What is {n}'s home town?", "Which town is {n}'s home?", "Where is {n} at home?"],
        ["{v}.", "In {v}.", "{n} lives in {v}."],
        "Home|Town|Lives in|From"),
    "trade": Wording(
        ["{p} is a {v}.", "{p} works as a {v}.", "{p} is the {v} who {o.does}.",
         "{p} {o.does}, for {o.he} is a {v}.", "{n}'s (trade|work|job) is that of a {v}.",
         "The {v} {n} {o.does}."],
        ["What is {n}'s trade?", "What does {n} work as?", "What is {n}'s job?", "What trade does {n} have?",
         "Which trade has {n} learned?", "What does {n} do for a living?"],
        ["{v}.", "A {v}.", "{n} is a {v}."],
        "Trade|Work|Job|Works as"),
    "pet": Wording(
        ["{p} (has|keeps) a {v}.", "{n}'s pet is a {v}.",
         "{p} (has|keeps) a {v} (at home|in the house|as a pet).", "A {v} lives with {n}.",
         "{p} (often walks|goes) out with {o.his} {v}."],
        ["Which pet does {n} have?", "What pet does {n} keep?", "What is {n}'s pet?",
         "Which animal lives with {n}?", "What animal does {n} keep?", "Which animal does {n} have?"],
        ["{v}.", "A {v}.", "{n} has a {v}."],
        "Pet|Animal|Keeps"),
    "instrument": Wording(
        ["{p} plays the {v}.", "{n}'s instrument is the {v}.", "In the evening {p} plays the {v}.",
         "{p} has learned (to play the {v}|the {v}).", "The {v} is what {p} plays."],
        ["Which instrument does {n} play?", "What does {n} play?", "What is {n}'s instrument?",
         "What instrument does {n} play?", "Which instrument has {n} learned?", "What can {n} play?"],
        ["{v}.", "The {v}.", "{n} plays the {v}."],
        "Instrument|Plays|Music"),
    "food": Wording(
        ["{p} likes {v} (best|most of all).", "{n}'s favourite food is {v}.",
         "{p} loves {v} more than anything.", "{p} would eat {v} every day.",
         "There is nothing that {n} likes more than {v}.", "What {p} likes to eat is {v}."],
        ["What is {n}'s favourite food?", "What does {n} like to eat?", "Which food does {n} like best?",
         "What does {n} like best?", "What food does {n} love?", "What would {n} eat every day?"],
        ["{v}.", "{n} likes {v} best.", "{n} loves {v}."],
        "Favourite food|Food|Likes|Likes best"),
    "day_off": Wording(
        ["{p} has {v} off.", "{n}'s day off is {v}.", "{p} does not work on {v}.",
         "On {v} {p} (is free|stays at home|has no work).", "{v} is {n}'s (free day|day off)."],
        ["When is {n}'s day off?", "On which day is {n} free?", "Which day does {n} have off?",
         "When does {n} not work?", "On which day does {n} not work?", "What is {n}'s free day?"],
        ["{v}.", "On {v}.", "{n} is free on {v}."],
        "Day off|Free|Free day"),
}
TOWN_FACTS = {
    "landmark": Wording(
        ["{n} is {o.by}.", "{n} (lies|stands) {o.by}.", "(Near {n}|At {n}) you see {l}.",
         "The {o.kind} at {n} is {l}."],
        ["Which {o.kind} is at {n}?", "What is the {o.kind} at {n} called?",
         "What is the name of the {o.kind} near {n}?", "Which {o.kind} can you see from {n}?"],
        ["{v}.", "{l}."],
        "Landmark|Near|River or hill"),
    "market_day": Wording(
        ["The market in {n} is on {v}.", "{n} has its market on {v}.", "{v} is market day in {n}.",
         "On {v} the farmers go to the market in {n}.", "Every {v} there is a market in {n}."],
        ["When is the market in {n}?", "On which day is the market in {n}?",
         "Which day is market day in {n}?", "When is market day in {n}?",
         "On which day does {n} have its market?"],
        ["{v}.", "On {v}.", "Every {v}."],
        "Market|Market day|Market on"),
    "known_for": Wording(
        ["{n} is known for its {v}.", "The people of {n} make {v}.",
         "(The best|Good) {v} (come|comes) from {n}.", "{n} is the town of {v}.",
         "If you want {v}, go to {n}."],
        ["What is {n} known for?", "What do the people of {n} make?", "What is made in {n}?",
         "What comes from {n}?", "For what is {n} known?"],
        ["{v}.", "Its {v}.", "{n} is known for its {v}."],
        "Known for|Makes|Goods"),
    "festival": Wording(
        ["The festival of {n} is in {v}.", "{n} holds its festival in {v}.", "In {v} {n} has its festival.",
         "Every {v} there is a festival in {n}."],
        ["When is the festival of {n}?", "In which month is the festival of {n}?",
         "Which month is the festival of {n} in?", "When does {n} have its festival?",
         "In which month does {n} have its festival?"],
        ["{v}.", "In {v}.", "Every {v}."],
        "Festival|Festival month|Festival in"),
    "mayor": Wording(
        ["The mayor of {n} is {v}.", "{v} is the mayor of {n}.", "{n} has a mayor called {v}.",
         "{n}'s mayor is {v}.", "The people of {n} made {v} their mayor."],
        ["Who is the mayor of {n}?", "What is the mayor of {n} called?", "Which person is the mayor of {n}?",
         "Who is mayor in {n}?", "What is the name of {n}'s mayor?"],
        ["{v}.", "{v} is the mayor.", "The mayor is {v}."],
        "Mayor|The mayor|Mayor now"),
}


def facts_of(entity):
    """{attribute: value} of a person or a town, without those that do not apply."""
    attributes = PERSON_FACTS if entity.name in PEOPLE else TOWN_FACTS
    values = {attribute: getattr(entity, attribute) for attribute in attributes}
    return {attribute: str(value) for attribute, value in values.items() if value}


def wording(entity, attribute):
    """The wordings of an attribute of a person or a town."""
    return (PERSON_FACTS if entity.name in PEOPLE else TOWN_FACTS)[attribute]


def say(rng, entity, attribute, patterns, name=None):
    """A fact in one of these patterns.

    say(rng, ada, "town", ["{p} lives in {v}."]) -> "Ada lives in Hollin."
    """
    value = str(getattr(entity, attribute))
    landmark = f"the River {value}" if getattr(entity, "kind", "") == "river" else value
    pattern = rng.choice(patterns)
    return vary(rng, pattern, n=entity.name, p=name or entity.name, o=entity, v=value, l=landmark)


def shuffled(rng, entity):
    """The attributes of a person or town in random order."""
    attributes = list(facts_of(entity))
    rng.shuffle(attributes)
    return attributes


def prose(rng, entity):
    """Running text that begins with the name and goes on with name or pronoun."""
    pronoun = getattr(entity, "he", None)
    sentences = []
    for attribute in shuffled(rng, entity):
        use_pronoun = sentences and pronoun and rng.random() < 0.5
        name = pronoun if use_pronoun else entity.name
        sentences.append(say(rng, entity, attribute, wording(entity, attribute).prose, name))
    return " ".join(sentences)


def card(rng, entity):
    """A card with one labelled line for each fact."""
    layout = rng.choice(["{}: {}", "{} - {}", "{} = {}", "* {}: {}", "{}\t{}", "{} | {}"])
    joint = rng.choice(["\n", "\n", "\n", "\n", "; ", " / "])
    lines = []
    for attribute in shuffled(rng, entity):
        label = rng.choice(wording(entity, attribute).labels.split("|"))
        lines.append(layout.format(label, getattr(entity, attribute)))
    name = entity.name
    head = rng.choice([layout.format("Name", name), name, name.upper(), f"== {name} =="])
    return joint.join([head, *lines])


def interview(rng, entity):
    """Questions with answers, as in an interview or a school book."""
    layout = rng.choice(["{} {}", "{}\n{}", "Q: {}\nA: {}", "- {}\n- {}", "A: {}\nB: {}"])
    lines = []
    for attribute in shuffled(rng, entity):
        question = say(rng, entity, attribute, wording(entity, attribute).questions)
        answer = say(rng, entity, attribute, wording(entity, attribute).answers)
        lines.append(layout.format(question, answer))
    return "\n".join(lines)


def comparison(rng, entity):
    """Two people or two towns side by side."""
    pool = PEOPLE if entity.name in PEOPLE else TOWNS
    other = rng.choice([one for one in pool.values() if one is not entity])
    shared = [attribute for attribute in shuffled(rng, entity) if getattr(other, attribute)]
    return " ".join(compared(rng, entity, other, attribute) for attribute in shared)


def compared(rng, entity, other, attribute):
    """One fact of both: "Ada lives in Hollin, but Otto lives in Kelby."."""
    patterns = wording(entity, attribute).prose[:2]
    first, second = [say(rng, one, attribute, patterns).rstrip(".") for one in (entity, other)]
    if facts_of(entity)[attribute] == facts_of(other)[attribute]:
        joint, end = rng.choice([", and ", ". "]), " too."
    else:
        joint, end = rng.choice([", and ", ", but ", "; ", ". "]), "."
    if second.startswith("The ") and joint != ". ":
        second = "t" + second[1:]
    return f"{first}{joint}{second}{end}"


def facts(rng, held_out):
    """A fact sheet of one person or town, or two different ones about the same."""
    entity = rng.choice([*PEOPLE.values(), *TOWNS.values()])
    makers = rng.choices([prose, card, interview, comparison], (5, 2, 4, 2), k=rng.choice((1, 2)))
    return "\n\n".join(make(rng, entity) for make in dict.fromkeys(makers))  # the same one not twice
