"""The valley: 12 towns, 80 people, what is true of them, and the words that the generator uses.

The facts are fixed. They do not depend on the seed of the corpus, and every document that mentions one agrees with it:

    PEOPLE["Marta"].trade, PEOPLE["Marta"].town      -> ("baker", "Brindle"), say
    TOWNS["Brindle"].market_day                      -> "Friday", say
"""
import random
from dataclasses import dataclass

from surface import words

WOMEN = words("""
    Ada Alice Amira Bella Carla Celia Dora Edith Elena Emma Eva Fatima Flora Greta Hannah Heidi Inga Iris Julia Karin
    Leila Lucy Mabel Marta Mina Nadia Olga Paula Priya Rosa Ruth Sally Selma Sonia Tess Uma Vera Wanda Yara Zoe""")
MEN = words("""
    Adrian Anton Ben Boris Bruno Cyril David Dmitri Edgar Emil Erik Felix Frank Gustav Hamid Henry Hugo Igor Ivan Jakob
    Jonas Kofi Lars Leo Luis Nils Noah Omar Otto Pablo Quentin Rafi Samir Simon Stefan Theo Udo Victor Walter Yusuf""")

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June",
          "July", "August", "September", "October", "November", "December"]

# trade: (what one does, the same without the s, where)
TRADES = {
    "baker": ("bakes bread", "bake bread", "bakery"),
    "carpenter": ("makes tables", "make tables", "workshop"),
    "cook": ("cooks for the guests", "cook for the guests", "inn"),
    "doctor": ("looks after the sick", "look after the sick", "clinic"),
    "driver": ("drives the bus", "drive the bus", "bus stop"),
    "farmer": ("works in the fields", "work in the fields", "farm"),
    "fisher": ("catches fish", "catch fish", "lake"),
    "gardener": ("grows roses", "grow roses", "garden"),
    "miller": ("makes flour", "make flour", "mill"),
    "nurse": ("helps the doctor", "help the doctor", "hospital"),
    "painter": ("paints houses", "paint houses", "square"),
    "potter": ("makes cups and bowls", "make cups and bowls", "pottery"),
    "smith": ("makes iron gates", "make iron gates", "forge"),
    "tailor": ("sews coats", "sew coats", "tailor shop"),
    "teacher": ("teaches the children", "teach the children", "school"),
    "weaver": ("makes cloth", "make cloth", "weaving room"),
}
MAKERS = ["baker", "carpenter", "potter", "smith", "tailor", "weaver"]
PETS = ["cat", "dog", "goat", "rabbit", "parrot", "duck", "pony", "turtle"]
INSTRUMENTS = ["guitar", "piano", "violin", "flute", "drum", "trumpet", "harp", "cello"]
FOODS = ["soup", "cheese", "pancakes", "rice", "fish", "honey", "apples", "cherries",
         "mushrooms", "pie", "noodles", "beans", "eggs", "salad", "potatoes", "chocolate"]

# town: (kind of landmark, its name, market day, known for, festival month)
_TOWN_TABLE = {
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
    """Someone of the valley; a pattern may say {a}, {a.trade}, {a.he}, {a.His} …"""

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
        return TRADES[self.trade][0]

    @property
    def do(self):
        return TRADES[self.trade][1]

    @property
    def makes(self):
        """Whether people order things from this person."""
        return self.trade in MAKERS

    @property
    def workplace(self):
        return TRADES[self.trade][2]


@dataclass(frozen=True)
class Town:
    """A town of the valley; `landmark` is the name of its river or its hill, as `kind` says."""

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
        return f"on the River {self.landmark}" if self.kind == "river" else f"at the foot of {self.landmark}"


def _dealt(values, count, rng):
    """`count` values, each of `values` as often as the others (give or take one), in random order."""
    values = list(values)
    hand = values * (count // len(values)) + rng.sample(values, count % len(values))
    rng.shuffle(hand)
    return hand


def _settle():
    """The people of the valley by name, with every attribute dealt out evenly."""
    rng = random.Random("the valley")
    names = sorted(WOMEN + MEN)
    count = len(names)
    columns = [_dealt(values, count, rng) for values in (_TOWN_TABLE, TRADES, PETS + INSTRUMENTS, FOODS, DAYS)]
    people = {}
    for name, (town, trade, companion, food, day_off) in zip(names, zip(*columns, strict=True), strict=True):
        pet, instrument = (companion, None) if companion in PETS else (None, companion)
        people[name] = Person(name, "f" if name in WOMEN else "m", town, trade, pet, instrument, food, day_off)
    return people


PEOPLE = _settle()
TOWNS = {name: Town(name, *row, mayor=next(p for p in PEOPLE.values() if p.town == name))
         for name, row in _TOWN_TABLE.items()}


# ---- words -------------------------------------------------------------------------------------------------------

PLACES = ["market", "mill", "bridge", "school", "library", "station", "inn", "park", "square", "lake", "church",
          "bakery", "harbour", "farm", "castle", "museum"]
TIMES = ["noon", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
           "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
PRICES = NUMBERS[1:12]
COLOURS = ["red", "blue", "green", "yellow", "black", "white", "brown", "grey"]

# things that people lend, lose, buy and sell
THINGS = ["lamp", "ladder", "coat", "hat", "basket", "book", "map", "umbrella", "hammer", "saw", "pot", "kettle",
          "knife",
          "tent", "rope", "bag", "box", "scarf", "blanket", "chair", "table", "mirror", "clock", "radio", "bike",
          "cart",
          "net", "bucket", "brush", "spade", "axe", "boat", "cup", "bowl", "ring", "watch", "candle", "pen"]
# what may be torn, not broken
CLOTH = ["coat", "hat", "map", "umbrella", "tent", "bag", "scarf", "blanket", "net", "rope"]

# word: its category, for lists; every noun of the world that is one word
CATEGORIES = {
    "food": words("bread soup cheese rice fish honey pie salad butter jam cake egg apple cherry plum pear onion carrot "
            "potato "
            "bean mushroom nut milk"),
    "tool": words("hammer saw knife spade axe brush ladder needle rope bucket broom net"),
    "animal": words("cat dog goat rabbit parrot duck pony turtle horse cow sheep pig hen bird bear wolf fox mouse bee "
              "frog"),
    "clothes": words("coat hat scarf shirt skirt boot glove sock dress belt cap shoe"),
    "furniture": words("chair table bed shelf lamp mirror desk bench clock sofa"),
    "instrument": INSTRUMENTS,
}
OTHER_NOUNS = words("""
    river hill town road garden house door window tree flower rose leaf stone bus train ball game song letter key wall
    roof king friend child street field star moon sun rain snow wind""")
NOUNS = sorted({word for kind in CATEGORIES.values() for word in kind} | {*THINGS, *PLACES, *OTHER_NOUNS})

IRREGULAR_PLURALS = {"knife": "knives", "leaf": "leaves", "child": "children", "mouse": "mice", "sheep": "sheep",
                     "wolf": "wolves", "fish": "fish", "shelf": "shelves", "potato": "potatoes", "cello": "cellos",
                     "piano": "pianos", "radio": "radios", "sofa": "sofas"}
UNCOUNTED = {"bread", "soup", "cheese", "rice", "honey", "butter", "jam", "milk", "rain", "snow", "wind", "sun", "moon",
             "salad", "furniture", "king"}


def plural(noun):
    """The plural of a noun: box -> boxes, cherry -> cherries, knife -> knives."""
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    if noun.endswith("y") and noun[-2] not in "aeou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


YOUNG = {"cat": "kitten", "dog": "puppy", "goat": "kid", "duck": "duckling", "horse": "foal", "cow": "calf",
         "sheep": "lamb", "pig": "piglet", "hen": "chick", "bear": "cub", "wolf": "pup", "goose": "gosling",
         "frog": "tadpole"}
HOMES = {"bird": "nest", "bee": "hive", "dog": "kennel", "horse": "stable", "pig": "sty", "bear": "cave", "fox": "den",
         "rabbit": "burrow", "fish": "pond", "cow": "barn", "mouse": "hole", "sheep": "fold", "hen": "coop"}
OPPOSITES = {"big": "small", "hot": "cold", "new": "old", "fast": "slow", "clean": "dirty", "good": "bad",
             "happy": "sad",
             "light": "dark", "high": "low", "long": "short", "full": "empty", "open": "closed", "rich": "poor",
             "strong": "weak", "soft": "hard", "early": "late", "wet": "dry", "loud": "quiet", "sweet": "sour",
             "near": "far", "first": "last", "up": "down", "in": "out", "day": "night", "summer": "winter", "yes": "no",
             "warm": "cool", "thick": "thin", "young": "aged", "right": "wrong", "black": "white", "buy": "sell",
             "win": "lose", "give": "take", "friend": "enemy", "north": "south", "east": "west", "before": "after"}
PAST = {"go": "went", "see": "saw", "buy": "bought", "sell": "sold", "find": "found", "lose": "lost", "give": "gave",
        "take": "took", "make": "made", "come": "came", "eat": "ate", "drink": "drank", "run": "ran", "sing": "sang",
        "write": "wrote", "read": "read", "speak": "spoke", "sleep": "slept", "swim": "swam", "win": "won",
        "walk": "walked", "play": "played", "paint": "painted", "cook": "cooked", "open": "opened", "help": "helped",
        "carry": "carried", "cry": "cried", "stop": "stopped", "ask": "asked", "leave": "left", "bring": "brought",
        "break": "broke", "hide": "hid", "sit": "sat", "tell": "told", "think": "thought", "know": "knew"}
TYPICAL_COLOURS = {"snow": "white", "grass": "green", "sun": "yellow", "milk": "white", "night": "black",
                   "leaf": "green",
                   "cherry": "red", "lemon": "yellow", "sky": "blue", "crow": "black", "stone": "grey", "bear": "brown",
                   "frog": "green", "rose": "red", "butter": "yellow", "bread": "brown", "mouse": "grey",
                   "chocolate": "brown"}


def two(rng, items):
    """Two different items."""
    return rng.sample(items, 2)


def people(rng, count):
    """`count` different people."""
    return rng.sample(list(PEOPLE.values()), count)


def two_days(rng):
    """Two different days in the order of the week, so that the second is the later one."""
    first, second = sorted(rng.sample(range(7), 2))
    return DAYS[first], DAYS[second]
