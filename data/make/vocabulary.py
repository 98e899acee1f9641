"""The words that stories, dialogues and lists are about, and the pairs of words that lists are made of."""
from surface import pairs, words
from world import INSTRUMENTS

PLACES = words("""
    market mill bridge school library station inn park square lake church bakery harbour farm castle
    museum""")
TIMES = words("noon one two three four five six seven eight nine ten")
NUMBERS = words("""
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""")
PRICES = NUMBERS[1:12]
COLOURS = words("red blue green yellow black white brown grey")

# Things that people lend, lose, buy and sell.
THINGS = words("""
    lamp ladder coat hat basket book map umbrella hammer saw pot kettle knife tent rope bag box scarf
    blanket chair table mirror clock radio bike cart net bucket brush spade axe boat cup bowl ring watch
    candle pen""")
CLOTH = words("coat hat map umbrella tent bag scarf blanket net rope")  # these may be torn, not broken

# Category: its words, for lists.
CATEGORIES = {
    "food": words("""
        bread soup cheese rice fish honey pie salad butter jam cake egg apple cherry plum pear onion
        carrot potato bean mushroom nut milk"""),
    "tool": words("hammer saw knife spade axe brush ladder needle rope bucket broom net"),
    "animal": words("""
        cat dog goat rabbit parrot duck pony turtle horse cow sheep pig hen bird bear wolf fox mouse bee
        frog"""),
    "clothes": words("coat hat scarf shirt skirt boot glove sock dress belt cap shoe"),
    "furniture": words("chair table bed shelf lamp mirror desk bench clock sofa"),
    "instrument": INSTRUMENTS,
}
OTHER_NOUNS = words("""
    river hill town road garden house door window tree flower rose leaf stone bus train ball game song
    letter key wall roof king friend child street field star moon sun rain snow wind""")
CATEGORY_NOUNS = [word for category in CATEGORIES.values() for word in category]
NOUNS = sorted({*CATEGORY_NOUNS, *THINGS, *PLACES, *OTHER_NOUNS})

IRREGULAR_PLURALS = pairs("""
    knife knives, leaf leaves, child children, mouse mice, sheep sheep, wolf wolves, fish fish,
    shelf shelves, potato potatoes, cello cellos, piano pianos, radio radios, sofa sofas""")
UNCOUNTED = set(words("""
    bread butter cheese furniture honey jam king milk moon rain rice salad snow soup sun wind"""))


def plural(noun):
    """The plural of a noun: box -> boxes, cherry -> cherries, knife -> knives."""
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    if noun.endswith("y") and noun[-2] not in "aeou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


YOUNG = pairs("""
    cat kitten, dog puppy, goat kid, duck duckling, horse foal, cow calf, sheep lamb, pig piglet,
    hen chick, bear cub, wolf pup, goose gosling, frog tadpole""")
HOMES = pairs("""
    bird nest, bee hive, dog kennel, horse stable, pig sty, bear cave, fox den, rabbit burrow,
    fish pond, cow barn, mouse hole, sheep fold, hen coop""")
OPPOSITES = pairs("""
    big small, hot cold, new old, fast slow, clean dirty, good bad, happy sad, light dark, high low,
    long short, full empty, open closed, rich poor, strong weak, soft hard, early late, wet dry,
    loud quiet, sweet sour, near far, first last, up down, in out, day night, summer winter, yes no,
    warm cool, thick thin, young aged, right wrong, black white, buy sell, win lose, give take,
    friend enemy, north south, east west, before after""")
PAST = pairs("""
    go went, see saw, buy bought, sell sold, find found, lose lost, give gave, take took, make made,
    come came, eat ate, drink drank, run ran, sing sang, write wrote, read read, speak spoke,
    sleep slept, swim swam, win won, walk walked, play played, paint painted, cook cooked, open opened,
    help helped, carry carried, cry cried, stop stopped, ask asked, leave left, bring brought,
    break broke, hide hid, sit sat, tell told, think thought, know knew""")
TYPICAL_COLOURS = pairs("""
    snow white, grass green, sun yellow, milk white, night black, leaf green, cherry red, lemon yellow,
    sky blue, crow black, stone grey, bear brown, frog green, rose red, butter yellow, bread brown,
    mouse grey, chocolate brown""")


def two(rng, items):
    """Two different items."""
    return rng.sample(items, 2)


def two_prices(rng):
    """Two different prices, the lower one first."""
    low, high = sorted(rng.sample(range(len(PRICES)), 2))
    return PRICES[low], PRICES[high]
