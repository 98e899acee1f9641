"""Fact sheets: all that is true of one person or one town, told in many ways, and the questions that can be asked.

    prose       Ada lives in Hollin. She works as a potter there. On Friday she does not work. She likes soup best. …
    card        Name: Ada / Home: Hollin / Trade: potter / Pet: goat / Food: soup / Free: Friday
    interview   What is your trade, Ada? I am a potter. …
    two people  Ada lives in Hollin, but Otto lives in Kelby. …

Every person and every town comes up equally often, and each fact in many wordings and orders: a small model can only
answer questions about what it has met in more than one form.
"""
from surface import vary
from world import PEOPLE, TOWNS

# attribute: (prose, questions, answers, card labels); {v} is the value, {p} the name or pronoun, {n} the name
PERSON_FACTS = {
    "town": (["{p} lives in {v}.", "{p} (has a house|has a flat|is at home) in {v}.", "{p} (comes from|is from) {v}.",
              "{v} is where {p} lives.", "{n}'s (home town|town) is {v}.", "The home of {n} is in {v}."],
             ["Where does {n} live?", "In which town does {n} live?", "Where is {n} from?", "What is {n}'s home town?",
              "Which town is {n}'s home?", "Where is {n} at home?"],
             ["{v}.", "In {v}.", "{n} lives in {v}."], "Home|Town|Lives in|From"),
    "trade": (["{p} is a {v}.", "{p} works as a {v}.", "{p} is the {v} who {o.does}.",
               "{p} {o.does}, for {o.he} is a {v}.", "{n}'s (trade|work|job) is that of a {v}.",
               "The {v} {n} {o.does}."],
              ["What is {n}'s trade?", "What does {n} work as?", "What is {n}'s job?", "What trade does {n} have?",
               "Which trade has {n} learned?", "What does {n} do for a living?"],
              ["{v}.", "A {v}.", "{n} is a {v}."], "Trade|Work|Job|Works as"),
    "pet": (["{p} (has|keeps) a {v}.", "{n}'s pet is a {v}.", "{p} (has|keeps) a {v} (at home|in the house|as a pet).",
             "A {v} lives with {n}.", "{p} (often walks|goes) out with {o.his} {v}."],
            ["Which pet does {n} have?", "What pet does {n} keep?", "What is {n}'s pet?",
             "Which animal lives with {n}?", "What animal does {n} keep?", "Which animal does {n} have?"],
            ["{v}.", "A {v}.", "{n} has a {v}."], "Pet|Animal|Keeps"),
    "instrument": (["{p} plays the {v}.", "{n}'s instrument is the {v}.", "In the evening {p} plays the {v}.",
                    "{p} has learned (to play the {v}|the {v}).", "The {v} is what {p} plays."],
                   ["Which instrument does {n} play?", "What does {n} play?", "What is {n}'s instrument?",
                    "What instrument does {n} play?", "Which instrument has {n} learned?", "What can {n} play?"],
                   ["{v}.", "The {v}.", "{n} plays the {v}."], "Instrument|Plays|Music"),
    "food": (["{p} likes {v} (best|most of all).", "{n}'s favourite food is {v}.",
              "{p} loves {v} more than anything.",
              "{p} would eat {v} every day.",
              "There is nothing that {n} likes more than {v}.", "What {p} likes to eat is {v}."],
             ["What is {n}'s favourite food?", "What does {n} like to eat?", "Which food does {n} like best?",
              "What does {n} like best?", "What food does {n} love?", "What would {n} eat every day?"],
             ["{v}.", "{n} likes {v} best.", "{n} loves {v}."], "Favourite food|Food|Likes|Likes best"),
    "day_off": (["{p} has {v} off.", "{n}'s day off is {v}.", "{p} does not work on {v}.",
                 "On {v} {p} (is free|stays at home|has no work).",
                 "{v} is {n}'s (free day|day off)."],
                ["When is {n}'s day off?", "On which day is {n} free?", "Which day does {n} have off?",
                 "When does {n} not work?", "On which day does {n} not work?", "What is {n}'s free day?"],
                ["{v}.", "On {v}.", "{n} is free on {v}."], "Day off|Free|Free day"),
}
TOWN_FACTS = {
    "landmark": (["{n} is {o.by}.", "{n} (lies|stands) {o.by}.", "(Near {n}|At {n}) you see {l}.",
                  "The {o.kind} at {n} is {l}."],
                 ["Which {o.kind} is at {n}?", "What is the {o.kind} at {n} called?",
                  "What is the name of the {o.kind} near {n}?", "Which {o.kind} can you see from {n}?"],
                 ["{v}.", "{l}."], "Landmark|Near|River or hill"),
    "market_day": (["The market in {n} is on {v}.", "{n} has its market on {v}.", "{v} is market day in {n}.",
                    "On {v} the farmers go to the market in {n}.", "Every {v} there is a market in {n}."],
                   ["When is the market in {n}?", "On which day is the market in {n}?",
                    "Which day is market day in {n}?", "When is market day in {n}?",
                    "On which day does {n} have its market?"],
                   ["{v}.", "On {v}.", "Every {v}."], "Market|Market day|Market on"),
    "known_for": (["{n} is known for its {v}.", "The people of {n} make {v}.",
                   "(The best|Good) {v} (come|comes) from {n}.", "{n} is the town of {v}.",
                   "If you want {v}, go to {n}."],
                  ["What is {n} known for?", "What do the people of {n} make?", "What is made in {n}?",
                   "What comes from {n}?", "For what is {n} known?"],
                  ["{v}.", "Its {v}.", "{n} is known for its {v}."], "Known for|Makes|Goods"),
    "festival": (["The festival of {n} is in {v}.", "{n} holds its festival in {v}.", "In {v} {n} has its festival.",
                  "Every {v} there is a festival in {n}."],
                 ["When is the festival of {n}?", "In which month is the festival of {n}?",
                  "Which month is the festival of {n} in?", "When does {n} have its festival?",
                  "In which month does {n} have its festival?"],
                 ["{v}.", "In {v}.", "Every {v}."], "Festival|Festival month|Festival in"),
    "mayor": (["The mayor of {n} is {v}.", "{v} is the mayor of {n}.", "{n} has a mayor called {v}.",
               "{n}'s mayor is {v}.", "The people of {n} made {v} their mayor."],
              ["Who is the mayor of {n}?", "What is the mayor of {n} called?", "Which person is the mayor of {n}?",
               "Who is mayor in {n}?", "What is the name of {n}'s mayor?"],
              ["{v}.", "{v} is the mayor.", "The mayor is {v}."], "Mayor|The mayor|Mayor now"),
}


def facts_of(entity):
    """{attribute: value} of a person or a town, without those that do not apply."""
    table = PERSON_FACTS if entity.name in PEOPLE else TOWN_FACTS
    return {attribute: str(getattr(entity, attribute)) for attribute in table if getattr(entity, attribute)}


def wording(entity, attribute):
    """(prose, questions, answers, labels) for an attribute of an entity."""
    return (PERSON_FACTS if entity.name in PEOPLE else TOWN_FACTS)[attribute]


def say(rng, entity, attribute, patterns, name=None):
    """One of `patterns` about a fact: say(rng, ada, "town", ["{p} lives in {v}."]) -> "Ada lives in Hollin."."""
    value = str(getattr(entity, attribute))
    landmark = f"the River {value}" if getattr(entity, "kind", "") == "river" else value
    return vary(rng, rng.choice(patterns), n=entity.name, p=name or entity.name, o=entity, v=value, l=landmark)


def _shuffled(rng, entity):
    attributes = list(facts_of(entity))
    rng.shuffle(attributes)
    return attributes


def _prose(rng, entity):
    """Running text: the name first, then name or pronoun."""
    pronoun = getattr(entity, "he", None)
    sentences = []
    for attribute in _shuffled(rng, entity):
        name = pronoun if sentences and pronoun and rng.random() < 0.5 else entity.name
        sentences.append(say(rng, entity, attribute, wording(entity, attribute)[0], name))
    return " ".join(sentences)


def _card(rng, entity):
    """A card: one labelled line a fact."""
    layout, joint = rng.choice(["{}: {}", "{} - {}", "{} = {}", "* {}: {}", "{}\t{}",
                                "{} | {}"]), rng.choice(["\n"] * 4 + ["; ", " / "])
    lines = [layout.format(rng.choice(wording(entity, a)[3].split("|")), getattr(entity, a)) for a in _shuffled(rng,
                                                                                                                entity)]
    head = rng.choice([layout.format("Name", entity.name), entity.name, entity.name.upper(), f"== {entity.name} =="])
    return joint.join([head, *lines])


def _asked(rng, entity):
    """Questions with answers, as in an interview or a school book."""
    layout = rng.choice(["{} {}", "{}\n{}", "Q: {}\nA: {}", "- {}\n- {}", "A: {}\nB: {}"])
    pairs = [(say(rng, entity, a, wording(entity, a)[1]),
              say(rng, entity, a, wording(entity, a)[2])) for a in _shuffled(rng, entity)]
    return "\n".join(layout.format(*pair) for pair in pairs)


def _compared(rng, entity):
    """Two of a kind side by side."""
    pool = PEOPLE if entity.name in PEOPLE else TOWNS
    other = rng.choice([e for e in pool.values() if e is not entity])
    shared = [a for a in _shuffled(rng, entity) if getattr(other, a)]
    sentences = []
    for attribute in shared:
        prose = wording(entity, attribute)[0]
        first, second = (say(rng, e, attribute, prose[:2]).rstrip(".") for e in (entity, other))
        if facts_of(entity)[attribute] == facts_of(other)[attribute]:
            second = second + " too"
        joint = rng.choice([", and ", ", but ", "; ", ". "]) if not second.endswith(" too") else rng.choice([", and ",
                                                                                                             ". "])
        if second.startswith("The ") and joint != ". ":
            second = "t" + second[1:]
        sentences.append(f"{first}{joint}{second}.")
    return " ".join(sentences)


def facts(rng, held_out):
    """A fact sheet of one person or town, or two different ones about the same."""
    entity = rng.choice([*PEOPLE.values(), *TOWNS.values()])
    makes = rng.choices([_prose, _card, _asked, _compared], (5, 2, 4, 2), k=rng.choice((1, 2)))
    return "\n\n".join(make(rng, entity) for make in dict.fromkeys(makes))
