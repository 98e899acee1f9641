"""Short reviews of inns, pies, boots and concerts, whose verdict is positive or negative.

    We went to the concert on Friday. The music was not boring at all, and the seats were soft.   -> positive
    The view was lovely, but the boat was dirty. Ada liked it, but I did not.                     -> negative

The writer's own last word decides: what follows "but" counts. What comes before it does not, and neither
does what others thought. Every kind of sentence exists for both verdicts, so length and form tell nothing.
"""
from typing import NamedTuple

from surface import vary, words
from world import DAYS, PEOPLE, TOWNS

HARD_SHARE = 0.6  # reviews with a negation, a concession or someone else's opinion
OPENING_SHARE = 0.75  # reviews that first say what was bought or visited


class Review(NamedTuple):
    """A text and its verdict."""

    text: str
    positive: bool


class Kind(NamedTuple):
    """How such a review begins, what one would do once more, and {aspect: "good words|bad words"}."""

    opening: str
    again: str
    aspects: dict[str, str]


KINDS = {
    "inn": Kind(
        "{I} (stayed|slept) at the inn in {town}( on {day}| last {month}|).",
        "come back",
        {"bed": "soft clean|hard dirty", "room": "warm quiet|cold loud",
         "owner": "kind friendly|rude unfriendly", "soup": "hot tasty|cold thin",
         "breakfast": "fresh tasty|poor late", "windows": "clean big|dirty small"}),
    "pie": Kind(
        "{I} (tried|had|bought) the (apple|cherry|mushroom|plum) pie (in {town}|at the market|from {name})( "
        "on {day}|).",
        "buy it again",
        {"crust": "crisp light|hard burnt", "filling": "sweet rich|sour thin",
         "price": "fair low|high unfair", "smell": "lovely fresh|strange awful"}),
    "boots": Kind(
        "{I} (bought|got|ordered) (these|new) boots (in {town}|from {name}|at the market)( on {day}| last "
        "{month}|).",
        "buy them again",
        {"leather": "soft strong|hard thin", "soles": "thick strong|thin weak",
         "colour": "lovely nice|ugly strange", "laces": "long strong|short weak"}),
    "concert": Kind(
        "{I} (went to|heard) the concert in {town}( on {day}| last {month}|).",
        "go again",
        {"music": "lively beautiful|boring loud", "singer": "wonderful lively|tired weak",
         "seats": "soft good|hard bad", "hall": "warm lovely|cold dark"}),
    "boat trip": Kind(
        "{I} (took|went on) a boat trip (in {town}|on the lake|with {name})( on {day}|).",
        "take it again",
        {"view": "lovely wonderful|poor boring", "captain": "kind funny|rude angry",
         "boat": "clean safe|dirty old", "weather": "calm pleasant|cold awful",
         "seats": "soft dry|hard wet"}),
    "bakery": Kind(
        "{I} (went to|tried) the (new|old) bakery in {town}( on {day}| last {month}|).",
        "come back",
        {"bread": "fresh warm|old dry", "cakes": "sweet light|dry heavy", "coffee": "hot strong|cold weak",
         "baker": "friendly quick|slow rude"}),
    "bike": Kind(
        "{I} (bought|hired|got) (this|a) bike (in {town}|from {name}|at the market)( on {day}| last "
        "{month}|).",
        "ride it again",
        {"brakes": "strong safe|weak bad", "wheels": "light good|heavy bent",
         "bell": "loud clear|broken weak", "saddle": "soft comfortable|hard uncomfortable"}),
    "book": Kind(
        "{I} (read|finished|bought) the book (by {name}|about {town})( on {day}| last {month}|).",
        "read it again",
        {"story": "exciting funny|boring slow", "pictures": "beautiful clear|ugly dark",
         "ending": "clever happy|silly sad", "paper": "thick strong|thin cheap"}),
    "play": Kind(
        "{I} (saw|went to) the play (in {town}|by {name})( on {day}| last {month}|).",
        "see it again",
        {"actors": "wonderful lively|weak bad", "story": "clever exciting|silly boring",
         "songs": "lovely funny|boring loud", "costumes": "beautiful bright|ugly cheap"}),
    "coat": Kind(
        "{I} (bought|ordered|got) (this|a) coat (in {town}|from {name}|at the market)( on {day}| last "
        "{month}|).",
        "buy it again",
        {"cloth": "warm soft|thin rough", "buttons": "strong pretty|loose cheap",
         "pockets": "deep useful|small useless", "sleeves": "long comfortable|short tight"}),
    "market": Kind(
        "{I} (went to|visited) the market in {town}( last {month}|).",
        "go again",
        {"fruit": "fresh sweet|old sour", "prices": "low fair|high unfair",
         "people": "friendly cheerful|rude unfriendly", "stalls": "clean pretty|dirty empty"}),
    "bus trip": Kind(
        "{I} (took|caught) the (early|late|last) bus to {town}( on {day}|).",
        "take it again",
        {"driver": "polite careful|rude careless", "seats": "clean soft|dirty hard",
         "trip": "quick pleasant|slow uncomfortable", "ticket": "cheap|expensive"}),
    "lamp": Kind(
        "{I} (bought|ordered|got) (this|a) lamp (in {town}|from {name}|at the market)( on {day}| last "
        "{month}|).",
        "buy it again",
        {"light": "bright warm|weak cold", "glass": "clear strong|thin dirty",
         "handle": "strong comfortable|loose weak", "price": "fair low|high unfair"}),
    "tour": Kind(
        "{I} (joined|took) the (tour|walking tour) of {town}( on {day}| last {month}|).",
        "take it again",
        {"guide": "clever funny|boring rude", "streets": "pretty clean|dirty loud",
         "museum": "interesting big|boring small", "lunch": "tasty fresh|cold poor"}),
}
PLURALS = set(words("""
    actors brakes buttons cakes costumes laces people pictures pockets prices seats sleeves soles songs
    stalls streets wheels windows"""))
NARRATORS = [{"I": "I", "was": "was", "my": "my"}, {"I": "we", "was": "were", "my": "our"}]

# {good} is a word of the verdict, {bad} one of the opposite verdict, {x} and {y} are two aspects.
PLAIN = ["The {x} {wasx} (very|really|) {good}, and the {y} {wasy} (very|really|quite|) {goody}.",
         "The {x} {wasx} (very|really|quite) {good}.", "{I} found the {x} (very|really|quite|) {good}.",
         "The {x} {wasx} {good} and the {y} {wasy} {goody} too.",
         "{I} remember the {x}, which {wasx} (very|really|) {good}."]
HARD = ["The {x} {wasx} {bad}, but the {y} {wasy} (very|really|) {goody}(| and that is what counts| and "
        "that decided it).",
        "(Although|Even if) the {x} {wasx} {bad}, (all in all|in the end|on the whole) {I} {liked} {it}.",
        "The {x} {wasx} {bad}, (but|and yet) {I} {liked} {it} (all the same|in the end).",
        "The {x} {wasx} not {bad} at all, and the {y} {wasy} (really|very|) {goody}.",
        "The {x} {wasx} (never|not|not really|anything but) {bad}.",
        "{I} would not call the {x} {bad}.",
        "({my} sister|{my} brother|{my} friend|{name}) {disliked} {it}, but {I} {liked} {it}.",
        "({my} sister|{my} brother|{my} friend|{name}) {hated} {it}; {I} did not.",
        "(Some people|Many guests|Others) say that {theyare} {awful}, but {I} (do not agree|cannot "
        "agree|think they are wrong)."]
LIKED = {True: ["liked", "loved"], False: ["hated", "disliked", "did not like"]}
OVERALL = {True: words("good fine great lovely wonderful nice"),
           False: words("bad poor terrible weak strange awful")}
VERDICTS = {
    True: ["{I} (would gladly|would surely|will|want to) {again}.", "{It_was} worth every coin.",
           "{I} {was} not disappointed.", "{I} could not ask for more.",
           "{I} {was} (very|really|) happy with {it}.",
           "{I} would tell all {my} friends about it(| gladly).", "{I} have nothing to complain about.",
           "{It_was} even better than {I} (hoped|thought)."],
    False: ["{I} (would never|would not|will never|will not) {again}.", "{It_was} not worth the money.",
            "{I} {was} (very|really|quite) disappointed.",
            "{I} (hoped for|expected) (more|something better).",
            "{I} {was} not (very|really|) happy with {it}.", "{I} would tell all {my} friends to stay away.",
            "{I} have a lot to complain about.", "{It_was} even worse than {I} (feared|thought)."],
}


def judging_words(kind, aspect, positive):
    """The words that praise or blame an aspect: ("inn", "bed", True) -> ["soft", "clean"]."""
    praise, blame = KINDS[kind].aspects[aspect].split("|")
    return words(praise if positive else blame)


def evaluation(rng, kind, positive, pattern, aspects, narrator):
    """A sentence with this verdict about a thing of this kind.

    It takes the aspects that it needs off the list, so that no aspect is judged twice.
    """
    any_aspect = next(iter(KINDS[kind].aspects))
    x = aspects.pop() if "{x}" in pattern else any_aspect
    y = aspects.pop() if "{y}" in pattern else any_aspect
    many = kind == "boots"
    return vary(
        rng, pattern, x=x, y=y,
        wasx="were" if x in PLURALS else "was", wasy="were" if y in PLURALS else "was",
        good=rng.choice(judging_words(kind, x, positive)),
        goody=rng.choice(judging_words(kind, y, positive)),
        bad=rng.choice(judging_words(kind, x, not positive)),
        liked=rng.choice(LIKED[positive]), disliked=rng.choice(LIKED[not positive]),
        hated=rng.choice(LIKED[not positive][:2]), awful=rng.choice(OVERALL[not positive]),
        name=rng.choice(list(PEOPLE)), it="them" if many else "it", theyare="they are" if many else "it is",
        It_was="They were" if many else "It was", again=KINDS[kind].again, **narrator)


def opening(rng, kind, narrator):
    """The first sentence, which says what was bought or visited."""
    town, day = rng.choice(list(TOWNS)), rng.choice(DAYS)
    month, name = rng.choice(words("week month year spring winter")), rng.choice(list(PEOPLE))
    return vary(rng, KINDS[kind].opening, town=town, day=day, month=month, name=name, **narrator)


def draw_patterns(rng, positive, count, hard):
    """Patterns for `count` sentences, of which one is hard if that is asked for.

    Together they need no more aspects than the four that a thing has at least.
    """
    while True:
        patterns = rng.sample(PLAIN + rng.sample(VERDICTS[positive], 5), count)
        if hard:
            patterns[rng.randrange(count)] = rng.choice(HARD)
        if sum(pattern.count("{x}") + pattern.count("{y}") for pattern in patterns) <= 4:
            return patterns


def review(rng, positive=None, most=3):
    """A review of two to `most` sentences. `positive` fixes the verdict, which is drawn otherwise."""
    if positive is None:
        positive = rng.random() < 0.5
    kind, narrator, hard = rng.choice(sorted(KINDS)), rng.choice(NARRATORS), rng.random() < HARD_SHARE
    sentences = []
    if rng.random() < OPENING_SHARE:
        sentences.append(opening(rng, kind, narrator))
    count = rng.randint(2, most) - len(sentences)
    aspects = rng.sample(sorted(KINDS[kind].aspects), 4)
    patterns = draw_patterns(rng, positive, count, hard)
    if not sentences:  # a review must first say what it is about
        patterns.sort(key=lambda pattern: "{x}" not in pattern)
    sentences += [evaluation(rng, kind, positive, pattern, aspects, narrator) for pattern in patterns]
    return Review(" ".join(sentences), positive)


RATINGS = ["{stars}\n{text}", "{points}/5\n{text}", "{points} out of 5. {text}", "{stars} {text}",
           "{Word}.\n{text}", "{text} {stars}", "{text}\nRating: {points} out of 5", "{text} {points}/5.",
           "{text}\nWould go again: {yes}", "{text}\n{stars}", "{text}\n({liked})",
           "{text}\nVerdict: {word}", "{text}\nStars: {points}", "{text}\n-> {recommended}"]


def rated(rng, review):
    """The review with a rating that agrees with its verdict, in one of many notations."""
    good = review.positive
    points = rng.choice((4, 5) if good else (1, 2))
    word = "good" if good else "bad"
    return rng.choice(RATINGS).format(
        text=review.text, stars="*" * points, points=points, word=word, Word=word.capitalize(),
        yes="yes" if good else "no", liked="liked it" if good else "did not like it",
        recommended="recommended" if good else "not recommended")
