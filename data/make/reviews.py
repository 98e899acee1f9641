"""Short reviews of inns, pies, boots and concerts, whose verdict is positive or negative.

    We went to the concert in Elmford on Friday. The music was not boring at all, and the seats were soft.   -> positive
    The view was lovely, but the boat was dirty. Ada liked it, but I did not.                                -> negative

The writer's own last word decides: what follows "but", not what comes before it, and not what others thought. Every
kind of sentence exists for both verdicts, so that neither the length nor a form gives the verdict away.
"""
from typing import NamedTuple

from surface import vary, words
from world import DAYS, PEOPLE, TOWNS

HARD_SHARE = 0.6   # reviews with a negation, a concession or an opinion of someone else's


class Review(NamedTuple):
    """A text and its verdict."""

    text: str
    positive: bool


# kind: (how it begins, what one would do once more, {aspect: good words | bad words})
THINGS = {
    "inn": ("{I} (stayed|slept) at the inn in {town}( on {day}| last {month}|).", "come back", {
        "bed": "soft clean|hard dirty", "room": "warm quiet|cold loud", "owner": "kind friendly|rude unfriendly",
        "soup": "hot tasty|cold thin", "breakfast": "fresh tasty|poor late", "windows": "clean big|dirty small"}),
    "pie": ("{I} (tried|had|bought) the (apple|cherry|mushroom|plum) pie "
            "(in {town}|at the market|from {name})( on {day}|).", "buy it again", {
        "crust": "crisp light|hard burnt", "filling": "sweet rich|sour thin", "price": "fair low|high unfair",
        "smell": "lovely fresh|strange awful"}),
    "boots": ("{I} (bought|got|ordered) (these|new) boots (in {town}|from {name}|at the market)( on {day}| last "
              "{month}|).", "buy them again", {
        "leather": "soft strong|hard thin", "soles": "thick strong|thin weak", "colour": "lovely nice|ugly strange",
        "laces": "long strong|short weak"}),
    "concert": ("{I} (went to|heard) the concert in {town}( on {day}| last {month}|).", "go again", {
        "music": "lively beautiful|boring loud", "singer": "wonderful lively|tired weak", "seats": "soft good|hard bad",
        "hall": "warm lovely|cold dark"}),
    "boat trip": ("{I} (took|went on) a boat trip (in {town}|on the lake|with {name})( on {day}|).", "take it again", {
        "view": "lovely wonderful|poor boring", "captain": "kind funny|rude angry", "boat": "clean safe|dirty old",
        "weather": "calm pleasant|cold awful", "seats": "soft dry|hard wet"}),
    "bakery": ("{I} (went to|tried) the (new|old) bakery in {town}( on {day}| last {month}|).", "come back", {
        "bread": "fresh warm|old dry", "cakes": "sweet light|dry heavy", "coffee": "hot strong|cold weak",
        "baker": "friendly quick|slow rude"}),
    "bike": ("{I} (bought|hired|got) (this|a) bike (in {town}|from {name}|at the market)( on {day}| last {month}|).",
             "ride it again", {
        "brakes": "strong safe|weak bad", "wheels": "light good|heavy bent", "bell": "loud clear|broken weak",
        "saddle": "soft comfortable|hard uncomfortable"}),
    "book": ("{I} (read|finished|bought) the book (by {name}|about {town})( on {day}| last {month}|).", "read it again",
             {
        "story": "exciting funny|boring slow", "pictures": "beautiful clear|ugly dark",
                 "ending": "clever happy|silly sad",
        "paper": "thick strong|thin cheap"}),
    "play": ("{I} (saw|went to) the play (in {town}|by {name})( on {day}| last {month}|).", "see it again", {
        "actors": "wonderful lively|weak bad", "story": "clever exciting|silly boring",
        "songs": "lovely funny|boring loud",
        "costumes": "beautiful bright|ugly cheap"}),
    "coat": ("{I} (bought|ordered|got) (this|a) coat (in {town}|from {name}|at the market)( on {day}| last {month}|).",
             "buy it again", {
        "cloth": "warm soft|thin rough", "buttons": "strong pretty|loose cheap", "pockets": "deep useful|small useless",
        "sleeves": "long comfortable|short tight"}),
    "market": ("{I} (went to|visited) the market in {town}( last {month}|).", "go again", {
        "fruit": "fresh sweet|old sour", "prices": "low fair|high unfair",
        "people": "friendly cheerful|rude unfriendly",
        "stalls": "clean pretty|dirty empty"}),
    "bus trip": ("{I} (took|caught) the (early|late|last) bus to {town}( on {day}|).", "take it again", {
        "driver": "polite careful|rude careless", "seats": "clean soft|dirty hard",
        "trip": "quick pleasant|slow uncomfortable",
        "ticket": "cheap|expensive"}),
    "lamp": ("{I} (bought|ordered|got) (this|a) lamp (in {town}|from {name}|at the market)( on {day}| last {month}|).",
             "buy it again", {
        "light": "bright warm|weak cold", "glass": "clear strong|thin dirty", "handle": "strong comfortable|loose weak",
        "price": "fair low|high unfair"}),
    "tour": ("{I} (joined|took) the (tour|walking tour) of {town}( on {day}| last {month}|).", "take it again", {
        "guide": "clever funny|boring rude", "streets": "pretty clean|dirty loud",
        "museum": "interesting big|boring small",
        "lunch": "tasty fresh|cold poor"}),
}
PLURALS = set(words("""
    people windows soles laces seats cakes brakes wheels pictures actors songs costumes buttons pockets sleeves prices
    stalls streets"""))
NARRATORS = [{"I": "I", "was": "was", "my": "my"}, {"I": "we", "was": "were", "my": "our"}]

# {good} is a word of the verdict, {bad} one of the opposite, {x} and {y} two aspects
PLAIN = ["The {x} {wasx} (very|really|) {good}, and the {y} {wasy} (very|really|quite|) {goody}.",
         "The {x} {wasx} (very|really|quite) {good}.",
         "{I} found the {x} (very|really|quite|) {good}.",
         "The {x} {wasx} {good} and the {y} {wasy} {goody} too.",
         "{I} remember the {x}, which {wasx} (very|really|) {good}."]
HARD = ["The {x} {wasx} {bad}, but the {y} {wasy} (very|really|) {goody}(| and that is what counts| and that decided "
        "it).",
        "(Although|Even if) the {x} {wasx} {bad}, (all in all|in the end|on the whole) {I} {liked} {it}.",
        "The {x} {wasx} {bad}, (but|and yet) {I} {liked} {it} (all the same|in the end).",
        "The {x} {wasx} not {bad} at all, and the {y} {wasy} (really|very|) {goody}.",
        "The {x} {wasx} (never|not|not really|anything but) {bad}.",
        "{I} would not call the {x} {bad}.",
        "({my} sister|{my} brother|{my} friend|{name}) {disliked} {it}, but {I} {liked} {it}.",
        "({my} sister|{my} brother|{my} friend|{name}) {hated} {it}; {I} did not.",
        "(Some people|Many guests|Others) say that {theyare} {awful}, but {I} (do not agree|cannot agree|think they "
        "are wrong)."]
LIKED = {True: ["liked", "loved"], False: ["hated", "disliked", "did not like"]}
OVERALL = {True: words("good fine great lovely wonderful nice"), False: words("bad poor terrible weak strange awful")}
VERDICTS = {
    True: ["{I} (would gladly|would surely|will|want to) {again}.", "{It_was} worth every coin.",
           "{I} {was} not disappointed.", "{I} could not ask for more.", "{I} {was} (very|really|) happy with {it}.",
           "{I} would tell all {my} friends about it(| gladly).", "{I} have nothing to complain about.",
           "{It_was} even better than {I} (hoped|thought)."],
    False: ["{I} (would never|would not|will never|will not) {again}.", "{It_was} not worth the money.",
            "{I} {was} (very|really|quite) disappointed.", "{I} (hoped for|expected) (more|something better).",
            "{I} {was} not (very|really|) happy with {it}.", "{I} would tell all {my} friends to stay away.",
            "{I} have a lot to complain about.", "{It_was} even worse than {I} (feared|thought).",
            ],
}


def _evaluation(rng, kind, positive, pattern, names, narrator):
    """`pattern` about a thing of `kind` with the verdict `positive`; it takes the aspects that it needs off `names`."""
    aspects = THINGS[kind][2]
    x, y = [names.pop() if slot in pattern else next(iter(aspects)) for slot in ("{x}", "{y}")]
    good, bad = aspects[x].split("|")[::1 if positive else -1]
    goody = aspects[y].split("|")[not positive]
    return vary(rng, pattern, x=x, y=y, wasx="were" if x in PLURALS else "was", wasy="were" if y in PLURALS else "was",
                good=rng.choice(good.split()), goody=rng.choice(goody.split()), bad=rng.choice(bad.split()),
                liked=rng.choice(LIKED[positive]), disliked=rng.choice(LIKED[not positive]),
                hated=rng.choice(LIKED[not positive][:2]),
                awful=rng.choice(OVERALL[not positive]), name=rng.choice(list(PEOPLE)),
                it="them" if kind == "boots" else "it", theyare="they are" if kind == "boots" else "it is",
                It_was="They were" if kind == "boots" else "It was", again=THINGS[kind][1], **narrator)


def review(rng, positive=None, most=3):
    """A review of two to `most` sentences; `positive` fixes the verdict."""
    positive = rng.random() < 0.5 if positive is None else positive
    kind, narrator, hard = rng.choice(sorted(THINGS)), rng.choice(NARRATORS), rng.random() < HARD_SHARE
    sentences = []
    if rng.random() < 0.75:
        sentences.append(vary(rng, THINGS[kind][0], town=rng.choice(list(TOWNS)), day=rng.choice(DAYS),
                              month=rng.choice(words("week month year spring winter")), name=rng.choice(list(PEOPLE)),
                              **narrator))
    count = rng.randint(2, most) - len(sentences)
    names = rng.sample(sorted(THINGS[kind][2]), 4)
    while True:
        patterns = rng.sample(PLAIN + rng.sample(VERDICTS[positive], 5), count)
        if hard:
            patterns[rng.randrange(count)] = rng.choice(HARD)
        if sum(pattern.count("{x}") + pattern.count("{y}") for pattern in patterns) <= 4:
            break
    if not sentences:   # a review must first say what it is about
        patterns.sort(key=lambda pattern: "{x}" not in pattern)
    sentences += [_evaluation(rng, kind, positive, pattern, names, narrator) for pattern in patterns]
    return Review(" ".join(sentences), positive)


def rated(rng, review):
    """`review` with a rating in one of many notations, which agrees with its verdict."""
    points = rng.choice((4, 5) if review.positive else (1, 2))
    good = review.positive
    stars, word = "*" * points, "good" if good else "bad"
    layouts = ["{stars}\n{text}", "{points}/5\n{text}", "{points} out of 5. {text}", "{stars} {text}",
               "{Word}.\n{text}",
               "{text} {stars}", "{text}\nRating: {points} out of 5", "{text} {points}/5.",
               "{text}\nWould go again: {yes}",
               "{text}\n{stars}", "{text}\n({liked})", "{text}\nVerdict: {word}", "{text}\nStars: {points}",
               "{text}\n-> {recommended}"]
    return rng.choice(layouts).format(text=review.text, stars=stars, points=points, word=word, Word=word.capitalize(),
                                      yes="yes" if good else "no", liked="liked it" if good else "did not like it",
                                      recommended="recommended" if good else "not recommended")
