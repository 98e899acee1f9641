"""Short stories with a plot and a state that holds: who has what, and who went where, when and why.

    On Friday, Ada lost her umbrella. She had it at the mill that morning, but now it was gone. Ada looked at
    the inn, but it was not there. Then she asked Otto, a cook from Kelby. Otto had found it at the bridge.

Some stories are followed by short questions with their answers, as in a school reader.
"""
from plots import PLOTS
from readings import reading
from surface import fresh, vary, words
from vocabulary import COLOURS, PLACES, THINGS, TIMES, two_prices
from world import FOODS, INSTRUMENTS, PEOPLE, TOWNS, two_days

OPTIONAL_SHARE = 0.55  # of the sentences that may be left out, this many are told
QUESTIONS_SHARE = 0.35  # stories that are followed by questions
READER_SHARE = 0.35  # of these, pages of a school reader that stand in place of the story
DOCTORS = [person for person in PEOPLE.values() if person.trade == "doctor"]


def introduced(rng, person):
    """A person as a story introduces them: "Marta, a baker from Brindle," or just "Marta"."""
    p = person
    with_trade = f"{p}, the {p.trade}," if p.trade != "doctor" else p.name
    return rng.choice([p.name, p.name, p.name, p.name, f"{p} from {p.town}", f"{p} the {p.trade}",
                       f"{p}, a {p.trade} from {p.town},", f"{p}, who {p.does} in {p.town},", with_trade])


def draw_slots(rng, cast):
    """One draw of everything that a plot may mention, such that what belongs together agrees."""
    a = rng.choice([person for person in PEOPLE.values() if cast == "anyone" or getattr(person, cast)])
    b, c = rng.sample([person for person in PEOPLE.values() if person is not a], 2)
    day, later = two_days(rng)
    place, place2, place3 = rng.sample(PLACES, 3)
    price, more = two_prices(rng)
    market = rng.choice([town for town in TOWNS.values() if town.name != a.town])
    festival = rng.choice(list(TOWNS.values()))
    return dict(
        a=a, b=b, c=c, A=introduced(rng, a), B=introduced(rng, b), day=day, weekday="day", later=later,
        place=place, place2=place2, place3=place3, price=price, more=more,
        thing=rng.choice(THINGS), colour=rng.choice(COLOURS),
        sky=rng.choice(words("sunny rainy cold warm cloudy windy grey")), time=rng.choice(TIMES),
        gift=rng.choice(["some apples", "a cake", "some cheese", "a pie", "some flowers"]),
        shop=rng.choice(words("market bakery farm inn")), bench=rng.choice(words("bench tree table")),
        food=rng.choice(FOODS), instrument=rng.choice(INSTRUMENTS),
        town=rng.choice([town for town in TOWNS if town not in (a.town, b.town)]),
        market_town=market, market_day=market.market_day, goods=market.known_for,
        festival_town=festival, festival=festival.festival, festival_mayor=festival.mayor,
        doctor=rng.choice([person for person in DOCTORS if person not in (a, b)]))


def story(rng, held_out):
    """A story of four to ten sentences, now and then with questions, or a page of a school reader."""
    plot = rng.choice(PLOTS)
    ending, ending_questions = rng.choice(plot.endings)
    slots = draw_slots(rng, plot.cast)
    told = []
    for sentence in plot.sentences + ending:
        if not sentence.startswith("?") or rng.random() < OPTIONAL_SHARE:
            told.append(sentence.removeprefix("?"))
    text = " ".join(vary(rng, sentence, **slots) for sentence in told)
    if rng.random() > QUESTIONS_SHARE:
        return text
    if rng.random() < READER_SHARE:
        return reader(rng, held_out)
    asked = [tuple(vary(rng, part, **slots) for part in pair) for pair in plot.questions + ending_questions]
    return text + "\n" + questions(rng, rng.sample(asked, rng.randint(1, min(3, len(asked)))))


def questions(rng, asked):
    """Questions with their answers in one of several layouts."""
    layout = rng.choice(["{} {}", "Q: {}\nA: {}", "{}\n{}", "- {} {}", "{} - {}"])
    return "\n".join(layout.format(*pair) for pair in asked)


def reader(rng, held_out):
    """Two to four short texts of a school reader, each with its question and answer."""
    count = rng.randint(2, 4)
    pieces = [fresh(lambda: reading(rng), held_out, lambda piece: piece.text) for _ in range(count)]
    layout = rng.choice(["{}\n{} {}", "{}\nQ: {}\nA: {}", "{} {} {}.", "{}\n- {}\n- {}"])
    return "\n\n".join(layout.format(piece.text, piece.question, piece.answer) for piece in pieces)
