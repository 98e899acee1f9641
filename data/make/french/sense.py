"""Which words make sense together: what an adjective describes, and what one does to what.

The tables are rows of nouns. A star stands for a whole kind, and a minus takes a noun out again:

    chosen("clothes* book -shoe")    -> all clothes and the book, without the shoe
"""
from french.words import ADJECTIVES, NOUNS

# Adjective: the nouns that it can describe without being odd.
SUITS = {
    "small": "animals* clothes* house* things* apple pear cake carrot boy girl child",
    "big": "house garden kitchen dog horse cow bear tree car boat hat coat",
    "old": "animals* clothes* house* book letter tree car boat bicycle man woman king queen doctor",
    "young": "animals* man woman king queen doctor -fish",
    "beautiful": "bird horse cat owl house garden room lamp flower tree boat car dress hat queen",
    "good": "food* book knife doctor -egg -bean -water",
    "new": "clothes* house book car boat bicycle",
    "pretty": "dress skirt scarf flower house garden lamp cup",
    "fat": "cat pig rabbit hen duck frog",
    "hot": "soup water milk tea coffee",
    "cold": "soup water milk meat",
    "fresh": "bread cheese milk butter fish",
    "dry": "clothes*",
    "clean": "clothes* plate cup knife bottle window",
    "dirty": "clothes* plate cup knife bottle window bag car",
    "heavy": "box bag book table",
    "round": "table box plate",
    "empty": "box bag bottle cup",
    "light": "bag coat jacket bicycle",
    "broken": "chair window plate cup lamp",
    "expensive": "clothes* house car boat bicycle lamp table",
    "funny": "book letter hat",
    "rich": "man woman king",
    "poor": "man woman",
    "fast": "horse car boat bicycle",
    "clever": "dog fox",
    "red": "clothes* apple car bicycle boat flower bag box door chair cup",
    "blue": "clothes* car bicycle boat flower bag box door chair cup",
    "green": "clothes* apple car bicycle boat frog bag box door bottle",
    "yellow": "clothes* car flower bird lamp bag box door pear",
    "black": "clothes* cat dog horse cow bird rabbit hen goat bear car bag table",
    "white": "clothes* cat dog horse cow bird rabbit hen goat bear car table plate flower house",
    "brown": "clothes* cat dog horse cow bird rabbit hen bear bag",
    "grey": "clothes* cat mouse rabbit donkey horse car bag owl",
    "pink": "dress skirt scarf shirt flower pig hat coat",
}

# Verb: the nouns that it can have as its object, and the words that can stand before them. "own" stands for
# the possessive of the subject. A word that stands twice is drawn twice as often.
OBJECTS_IN = {
    "eat": ("food* -water -milk -tea -coffee -honey -butter", "a the"),
    "drink": ("water milk tea coffee", "a"),
    "buy": ("food* clothes* things* house dog horse cow hen goat -tree -letter -water", "a a the"),
    "sell": ("clothes* things* house horse cow hen goat apple cherry honey cheese -tree -letter",
             "a own own the"),
    "look for": ("clothes* book letter key bag knife cup box cat dog", "a the own own"),
    "find": ("clothes* book letter key bag knife bottle flower cat dog egg", "a a the own"),
    "lose": ("key bag book letter hat coat scarf glove knife", "a the own own"),
    "see": ("animals* boat house doctor king queen", "a a the"),
    "wash": ("clothes* plate cup knife car bicycle bottle window dog -shoe", "the own own"),
    "read": ("book letter", "a the own"),
    "write": ("letter", "a a"),
    "open": ("door window box bag letter bottle", "the own"),
    "close": ("door window box bag", "the own"),
    "wear": ("clothes*", "a own"),
}

# Verb: the adjectives that its object cannot have.
UNFIT = {
    "write": "old heavy big expensive",
    "buy": "dirty broken empty old",
    "sell": "dirty broken empty",
    "eat": "hot cold",
    "wash": "clean",
    "wear": "heavy small",
}

# What is not counted.
MASS = {"bread", "cheese", "soup", "meat", "honey", "salad", "rice", "butter", "water", "milk", "tea",
        "coffee"}
ALWAYS_PLURAL = {"bean", "cherry", "shoe", "sock", "glove"}  # nobody eats one bean or wears one sock
HIS = {"dress": NOUNS["coat"], "skirt": NOUNS["shirt"]}  # what the men of these sentences have instead

PETS = ["cat", "dog", "mouse", "rabbit", "bird", "frog", "hen", "duck"]
SMALL_THINGS = ["book", "letter", "key", "cup", "plate", "hat", "bag", "box", "knife", "bottle", "lamp"]
KIN = ["mother", "father", "sister", "brother", "uncle", "aunt", "son", "daughter", "grandmother",
       "grandfather"]
FOLK = ["boy", "girl", "woman", "man", "king", "queen", "doctor", "child"]


def chosen(row):
    """The nouns of a row, in the order of the lexicon: "clothes* book -shoe" -> [book, hat, coat, ...]."""
    wanted = row.split()
    nouns = [noun for noun in NOUNS.values() if noun.english in wanted or noun.kind + "*" in wanted]
    return [noun for noun in nouns if "-" + noun.english not in wanted]


def adjectives_by_noun():
    """SUITS read the other way round: {"hat": [Adjective("small", ...), ...], ...}."""
    table = {name: [] for name in NOUNS}
    for adjective, row in SUITS.items():
        for noun in chosen(row):
            table[noun.english].append(ADJECTIVES[adjective])
    return table


SUITABLE = adjectives_by_noun()
OBJECTS = {verb: (chosen(row), determiners.split()) for verb, (row, determiners) in OBJECTS_IN.items()}
