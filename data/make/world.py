"""The valley: its 80 people and 12 towns, and what is true of them.

The facts do not depend on the seed of the corpus, and every document that mentions one agrees with it:

    PEOPLE["Marta"].trade, PEOPLE["Marta"].town      -> ("baker", "Brindle"), say
    TOWNS["Brindle"].market_day                      -> "Friday", say
"""
import random
from dataclasses import dataclass

from surface import words

WOMEN = words("""
    Ada Alice Amira Bella Carla Celia Dora Edith Elena Emma Eva Fatima Flora Greta Hannah Heidi Inga
    Iris Julia Karin Leila Lucy Mabel Marta Mina Nadia Olga Paula Priya Rosa Ruth Sally Selma Sonia Tess
    Uma Vera Wanda Yara Zoe""")
MEN = words("""
    Adrian Anton Ben Boris Bruno Cyril David Dmitri Edgar Emil Erik Felix Frank Gustav Hamid Henry Hugo
    Igor Ivan Jakob Jonas Kofi Lars Leo Luis Nils Noah Omar Otto Pablo Quentin Rafi Samir Simon Stefan
    Theo Udo Victor Walter Yusuf""")

DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = words("January February March April May June July August September October November December")

# Trade: what such a person does.
TRADES = {
    "baker": "bakes bread",
    "carpenter": "makes tables",
    "cook": "cooks for the guests",
    "doctor": "looks after the sick",
    "driver": "drives the bus",
    "farmer": "works in the fields",
    "fisher": "catches fish",
    "gardener": "grows roses",
    "miller": "makes flour",
    "nurse": "helps the doctor",
    "painter": "paints houses",
    "potter": "makes cups and bowls",
    "smith": "makes iron gates",
    "tailor": "sews coats",
    "teacher": "teaches the children",
    "weaver": "makes cloth",
}
MAKERS = words("baker carpenter potter smith tailor weaver")
PETS = words("cat dog goat rabbit parrot duck pony turtle")
INSTRUMENTS = words("guitar piano violin flute drum trumpet harp cello")
FOODS = words("""
    soup cheese pancakes rice fish honey apples cherries mushrooms pie noodles beans eggs salad potatoes
    chocolate""")

# Town: the kind of its landmark, the landmark's name, market day, what it is known for, festival month.
TOWNS_IN = {
    "Ashmere": ("river", "Lune", "Tuesday", "cheese", "March"),
    "Brindle": ("hill", "Crow Hill", "Friday", "boots", "September"),
    "Corwick": ("river", "Tamble", "Monday", "candles", "June"),
    "Dunmoor": ("hill", "Bell Hill", "Saturday", "honey", "October"),
    "Elmford": ("river", "Wend", "Wednesday", "boats", "July"),
    "Garrow": ("hill", "Fox Hill", "Thursday", "clocks", "January"),
    "Hollin": ("river", "Isk", "Friday", "hats", "April"),
    "Kelby": ("hill", "Goat Hill", "Monday", "bells", "December"),
    "Norden": ("river", "Oria", "Thursday", "blankets", "February"),
    "Quarley": ("hill", "Stone Hill", "Wednesday", "baskets", "May"),
    "Stowell": ("river", "Darrow", "Saturday", "soap", "November"),
    "Wexley": ("hill", "Windy Hill", "Tuesday", "paper", "August"),
}


@dataclass(frozen=True)
class Person:
    """Someone of the valley. A pattern can say {a}, {a.trade}, {a.he}, {a.His} and so on."""

    name: str
    sex: str
    town: str
    trade: str
    pet: str | None
    instrument: str | None
    food: str
    day_off: str

    def __str__(self):
        return self.name

    @property
    def he(self):
        return "he" if self.sex == "m" else "she"

    @property
    def him(self):
        return "him" if self.sex == "m" else "her"

    @property
    def his(self):
        return "his" if self.sex == "m" else "her"

    @property
    def He(self):
        return self.he.capitalize()

    @property
    def His(self):
        return self.his.capitalize()

    @property
    def does(self):
        """What this person's work is: "Marta bakes bread"."""
        return TRADES[self.trade]

    @property
    def makes(self):
        """Whether people order things from this person."""
        return self.trade in MAKERS


@dataclass(frozen=True)
class Town:
    """A town of the valley. Its landmark is a river or a hill, as `kind` says."""

    name: str
    kind: str
    landmark: str
    market_day: str
    known_for: str
    festival: str
    mayor: Person

    def __str__(self):
        return self.name

    @property
    def by(self):
        """Where the town lies: "on the River Lune"."""
        return f"on the River {self.landmark}" if self.kind == "river" else f"at the foot of {self.landmark}"


def dealt(values, count, rng):
    """`count` values in random order, where each of `values` occurs equally often (give or take one)."""
    values = list(values)
    hand = values * (count // len(values)) + rng.sample(values, count % len(values))
    rng.shuffle(hand)
    return hand


def settle():
    """The people of the valley by name, with every attribute dealt out evenly."""
    rng = random.Random("the valley")
    names = sorted(WOMEN + MEN)
    attributes = (TOWNS_IN, TRADES, PETS + INSTRUMENTS, FOODS, DAYS)
    columns = [dealt(values, len(names), rng) for values in attributes]
    people = {}
    for name, town, trade, companion, food, day_off in zip(names, *columns, strict=True):
        sex = "f" if name in WOMEN else "m"
        pet = companion if companion in PETS else None
        instrument = companion if companion in INSTRUMENTS else None
        people[name] = Person(name, sex, town, trade, pet, instrument, food, day_off)
    return people


def mayor_of(town):
    """The first of the town's people in the order of the alphabet."""
    return next(person for person in PEOPLE.values() if person.town == town)


PEOPLE = settle()
TOWNS = {name: Town(name, *row, mayor=mayor_of(name)) for name, row in TOWNS_IN.items()}


def people(rng, count):
    """Several people, all different."""
    return rng.sample(list(PEOPLE.values()), count)


def two_days(rng):
    """Two different days in the order of the week, so that the second is the later one."""
    first, second = sorted(rng.sample(range(7), 2))
    return DAYS[first], DAYS[second]
