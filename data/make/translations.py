"""English sentences with their French that agree with the facts of the valley.

    "Otto is not tired today."   -> "Otto n'est pas fatigué aujourd'hui."
"""
import re

import french
from world import DAYS, PEOPLE, PETS, TOWNS

NAMES = [(person.name, person.sex) for person in PEOPLE.values()]
MARKET = re.compile(rf"market in ({'|'.join(TOWNS)})")
ABOUT_SOMEONE = re.compile(r"(\w+) (lives|has|does not have|likes|does not like) (.*)")


def contradicts_the_facts(english):
    """Whether a sentence gives a market another day, or someone another home, pet or taste."""
    market = MARKET.search(english)
    if market and any(day in english for day in DAYS) and TOWNS[market[1]].market_day not in english:
        return True
    about = ABOUT_SOMEONE.match(english)
    if not about or about[1] not in PEOPLE:
        return False
    name, verb, rest = about.groups()
    person = PEOPLE[name]
    if verb == "lives":
        return person.town not in rest
    if "like" in verb:
        return person.food.rstrip("s") in rest and "not" in english
    return any(pet in rest for pet in PETS)


def pair(rng):
    """An English sentence with its French translations, a `french.Pair`, that contradicts no fact."""
    while True:
        drawn = french.sentence(rng, NAMES, list(TOWNS))
        if not contradicts_the_facts(drawn.english):
            return drawn
