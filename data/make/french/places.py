"""When and where: each is a pair of English and French, such as ("in the garden", "dans le jardin")."""
from french.people import named, one_person, relative
from french.phrases import noun_phrase, some_adjectives
from french.sense import PETS, SMALL_THINGS, chosen
from french.words import MONTHS, WEEKDAYS

# --- when -----------------------------------------------------------------------------------------------

ON_DAYS = [(f"on {english}", french) for english, french in WEEKDAYS]
IN_MONTHS = [(f"in {english}", f"en {french}") for english, french in MONTHS]
PAST = [("yesterday", "hier"), ("this morning", "ce matin"), ("last week", "la semaine dernière"),
        ("yesterday evening", "hier soir"), *ON_DAYS,
        *[(f"last {english}", f"{french} dernier") for english, french in WEEKDAYS], *IN_MONTHS]
FUTURE = [("tomorrow", "demain"), ("this evening", "ce soir"), ("next week", "la semaine prochaine"),
          ("tomorrow morning", "demain matin"), *ON_DAYS,
          *[(f"next {english}", f"{french} prochain") for english, french in WEEKDAYS], *IN_MONTHS]
ON_WEEKDAYS = [(f"on {english}s", f"le {french}") for english, french in WEEKDAYS]
OFTEN = [("every day", "tous les jours"), ("every morning", "tous les matins"),
         ("every evening", "tous les soirs"), *ON_WEEKDAYS, ("in summer", "en été"),
         ("in winter", "en hiver")]
NOW = [("now", "maintenant"), ("today", "aujourd'hui"), ("this morning", "ce matin"),
       ("this evening", "ce soir")]


def moment(w, times, verb):
    """A time that suits the verb: one sells a house in May, but drinks a cup of tea on Monday."""
    if verb not in ("buy", "sell", "find", "lose"):
        times = [time for time in times if time not in IN_MONTHS]
    return w.rng.choice(times)


# --- where ----------------------------------------------------------------------------------------------

NOWHERE = ("", "")
SPOTS = [("in the garden", "dans le jardin"), ("in the kitchen", "dans la cuisine"),
         ("at school", "à la école"),
         ("in the street", "dans la rue"), ("in the forest", "dans la forêt"),
         ("on the beach", "sur la plage"), ("at the station", "à la gare"),
         ("under the tree", "sous le arbre"), ("in front of the house", "devant la maison"),
         ("behind the church", "derrière la église"),
         ("at the hospital", "à le hôpital"), ("in the car", "dans la voiture")]
RESTING_PLACES = ("in the garden", "in the forest", "on the beach", "under the tree", "in the car")
GOALS = [("to the market", "à le marché"), ("to school", "à la école"), ("to the station", "à la gare"),
         ("to the shop", "à le magasin"), ("to the church", "à la église"), ("to the beach", "à la plage"),
         ("to the hospital", "à le hôpital"), ("to the river", "à la rivière")]


def home_of(w, before="at"):
    """Someone's home: at Otto's house, chez Otto."""
    host = one_person(w, named, named, relative)
    return f"{before} {host.english}'s house", f"chez {host.french}"


def in_town(w, before="in"):
    """A town: in Ostrel, à Ostrel."""
    town = w.rng.choice(w.towns)
    return f"{before} {town}", f"à {town}"


def bed_place(w):
    """Where one sleeps: under the tree or at a friend's house, but not in the street."""
    outside = w.rng.choice([spot for spot in SPOTS if spot[0] in RESTING_PLACES])
    return w.rng.choice([outside, home_of(w)])


def place(w):
    """Where something happens: in the garden, in Ostrel, or at Otto's house."""
    draw = w.rng.random()
    if draw < 0.4:
        return w.rng.choice(SPOTS)
    return in_town(w) if draw < 0.7 else home_of(w)


def goal(w):
    """Where someone goes: to the market, to Ostrel, or to Otto's house."""
    draw = w.rng.random()
    if draw < 0.5:
        return w.rng.choice(GOALS)
    return in_town(w, "to") if draw < 0.8 else home_of(w, "to")


# --- where things are -----------------------------------------------------------------------------------

# Small things are on, under or in something. Larger ones are in front of it or behind it.

FURNITURE = chosen("table chair bed")
BUILDINGS = chosen("house church tree hospital school shop")
ON = ("on", "sur", FURNITURE)
UNDER = ("under", "sous", FURNITURE)
IN_SOMETHING = ("in", "dans", chosen("box bag kitchen garden room house car"))
PET_PLACES = [("under", "sous", FURNITURE + chosen("tree")),
              ("behind", "derrière", BUILDINGS + chosen("door")),
              ("in front of", "devant", BUILDINGS + chosen("door window")),
              ("in", "dans", chosen("garden street forest"))]
IN_NATURE = ("in", "dans", chosen("garden forest"))
LARGE_PLACES = [("behind", "derrière", BUILDINGS), ("in front of", "devant", BUILDINGS), IN_NATURE]
NOT_FOR_FOOD = ("bed", "chair", "room", "garden")


def places_for(noun):
    """The places where this noun can be: [("on", "sur", [table, chair, bed]), ...]"""
    if noun.kind == "food":
        return [ON, IN_SOMETHING]
    if noun.english in SMALL_THINGS or noun.kind == "clothes":
        return [ON, UNDER, IN_SOMETHING]
    if noun.english in PETS:
        return PET_PLACES
    return [IN_NATURE] if noun.english in ("bear", "fox", "owl") else LARGE_PLACES


def location(w, noun):
    """Somewhere this noun can be: on the table, sur la table."""
    if noun.english in ("fish", "boat"):
        return "in the river", "dans la rivière"
    on, sur, spots = w.rng.choice(places_for(noun))
    if noun.kind == "food":
        spots = [spot for spot in spots if spot.english not in NOT_FOR_FOOD]
    spot = w.rng.choice(spots)
    thing = noun_phrase("the", spot, False, some_adjectives(w.rng, spot, 0.35))
    return f"{on} {thing.english}", f"{sur} {thing.french}"
