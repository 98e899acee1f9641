"""Sentences about one of six topics, most with a mention of another topic that is not the point.

    "After the match Ada had a bowl of bean soup with a slice of bread."    -> food
"""
from surface import phrase, vary, words
from vocabulary import NUMBERS, PLACES, TIMES, two
from world import FOODS, INSTRUMENTS, TOWNS, people, two_days

CLAUSE_SHARE = 0.35  # texts with a whole subordinate clause about another topic: the main clause decides
ASIDE_SHARE = 0.5  # texts with a shorter mention of another topic, such as "after the match"
MIXED_SHARE = 0.3  # texts of three sentences, of which one is about another topic: most of them decide

# Topic: main clauses about it.
CORES = {
    "food": ["{a} (cooked|made|tried) a (big|small|fine) pot of {food} soup with (onions|carrots|butter)",
             "the {meal} was {foods} with (fresh bread|rice|salad|butter) and a glass of milk",
             "{a} (baked|bought|shared) a (plum|cherry|cheese|mushroom) (cake|pie) and {b} ate (two "
             "slices|most of it)",
             "{a} needed (flour and eggs|butter and milk|salt and onions) for {meal}",
             "the cook at the inn added (honey|salt|butter|cheese) to the {foods}",
             "{a} and {b} ate {foods} (with their hands|from one bowl|until nothing was left)",
             "the {foods} at the {place} (tasted|smelled) (sweet|good|better than before)"],
    "weather": ["(dark|grey|thick) clouds came over {town} and it began to (rain|snow)",
                "the (wind|storm) (in|near) {town} was (strong|cold) and the sky was (black|grey) all day",
                "(the sun|a warm sun) (was shining|was out) (in|over) {town} and there was no cloud to see",
                "it (rained|snowed) in {town} from {day} to {day2}",
                "there was (fog|ice|snow) on the roads (near|around) {town} and it was (very|bitterly) cold",
                "it was (warm and dry|cold and wet|cloudy and cool) in {town} on {day}",
                "the (rain|snow|fog) (came early|stayed for days|would not stop) that (month|year|spring)"],
    "music": ["{a} (played|practised) the {instrument} and {b} sang (a song|two songs|along)",
              "the (band|choir) gave a concert (in {town}|in the {hall}) on {day}",
              "{a} learned a new (song|tune) on the {instrument}",
              "{a} and {b} played the {instrument} and the {instrument2} in a (band|small band)",
              "the (song|tune) was (slow|soft|loud) and everyone (listened|sang)",
              "{a} tuned the {instrument} and (began|started) to play (softly|a tune)",
              "{b} sang in the choir (of|in) {town} with a (clear|strong|low) voice"],
    "sport": ["{a} (won|lost) the (race|match) against {b} (by a little|on {day}|in {town})",
              "the team from {town} (scored|made) {number} goals (in the match|on {day})",
              "{a} (ran|swam) (around|across) the (lake|harbour) (every {day}|each morning)",
              "{a} kicked the ball (to {b}|into the goal|over the wall)",
              "{a} and {b} (trained|practised) for the big (race|game) in {town}",
              "the (match|game) between {town} and {town2} (ended without a goal|was close)",
              "{b} was the fastest (runner|swimmer) in the team and won (the cup|a medal)"],
    "travel": ["{a} took the (train|bus) (to {town}|from {town} to {town2}) on {day}",
               "{a} packed (a bag|two bags) for the (trip|journey) to {town}",
               "the (bus|train|boat) to {town} left at {time} and (was full|was late|was nearly empty)",
               "{a} and {b} (walked|rode) along the road to {town} (with a map|for two days)",
               "{a} bought a ticket to {town} (at the station|for {day})",
               "the journey (to|from) {town} took {number} hours by (train|bus|boat)",
               "{a} (slept|spent the night) at an inn (on the way|half way) to {town}"],
    "health": ["{a} had a (cold|fever|cough) and (had to stay|was|stayed) in bed",
               "the doctor (looked at|bandaged) {a}'s (foot|hand|arm|knee)",
               "{a} took (the|some) medicine (for|against) {a.his} (cough|fever|headache)",
               "{a} went to the (clinic|hospital) with a (sore|bad) (back|tooth|throat|knee)",
               "the nurse told {a} to (rest|sleep more|drink tea) for {number} days",
               "{a} felt (ill|weak) and had a (headache|sore throat|fever)",
               "{b} broke {b.his} (arm|leg|foot) and (could not work|needed rest) for {number} weeks"],
}
# Topic: short mentions of it.
ASIDES = {
    "food": ["after (lunch|dinner|breakfast)", "before (lunch|dinner|breakfast)",
             "after a (plate|bowl) of {foods}"],
    "weather": ["in spite of the (rain|wind|snow)", "before the (rain|storm)", "after the (storm|snow)"],
    "music": ["after the (concert|song)", "before the concert", "before the (choir|band) practice"],
    "sport": ["after the (race|match|game)", "before the (race|match|game)", "during the (match|race)"],
    "travel": ["before the (journey|trip) to {town}", "after the (long journey|bus trip|train trip)"],
    "health": ["after a visit to the (doctor|nurse|clinic)", "before a visit to the (doctor|hospital)"],
}
LINKS = ["before", "after", "just before", "soon after", "on the day when"]
SOUPS = words("bean fish mushroom cheese potato carrot onion cherry")
TOPICS = list(CORES)


def draw_slots(rng):
    """One draw of everything that a sentence about a topic may mention."""
    a, b = people(rng, 2)
    day, day2 = two_days(rng)
    town, town2 = two(rng, list(TOWNS))
    instrument, instrument2 = two(rng, INSTRUMENTS)
    return dict(
        a=a, b=b, day=day, day2=day2, town=town, town2=town2, place=rng.choice(PLACES),
        instrument=instrument, instrument2=instrument2, food=rng.choice(SOUPS), foods=rng.choice(FOODS),
        meal=rng.choice(words("lunch dinner breakfast")), hall=rng.choice(words("church school park")),
        time=rng.choice(TIMES), number=rng.choice(NUMBERS[1:10]))


def topic_text(rng, topic):
    """One to three sentences about `topic`, most with a mention of another topic."""
    other = rng.choice([name for name in TOPICS if name != topic])
    if rng.random() < MIXED_SHARE:
        return mixed_text(rng, topic, other)
    cores = rng.sample(CORES[topic], rng.choice((1, 1, 2)))
    sentences = [phrase(rng, core, **draw_slots(rng)) for core in cores]
    position, chance = rng.randrange(len(sentences)), rng.random()
    aside = f"({'|'.join(LINKS)}) {rng.choice(CORES[other])}"
    if chance >= CLAUSE_SHARE:
        aside = rng.choice(ASIDES[other])
    if chance < CLAUSE_SHARE + ASIDE_SHARE:
        aside, core = phrase(rng, aside, **draw_slots(rng)), sentences[position]
        sentences[position] = f"{aside}, {core}" if rng.random() < 0.5 else f"{core} {aside}"
    return vary(rng, " ".join(sentence + "." for sentence in sentences))


def mixed_text(rng, topic, other):
    """Two sentences about `topic` and one about another, in any order."""
    cores = [*rng.sample(CORES[topic], 2), rng.choice(CORES[other])]
    rng.shuffle(cores)
    return vary(rng, " ".join(phrase(rng, core, **draw_slots(rng)) + "." for core in cores))
