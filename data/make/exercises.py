"""Exercises: a text, orders or questions on it, and the answers, as a school book has them.

    Otto bought a lamp in Kelby. Ada found a ring at the mill.
    Who found the ring? Ada
    Where was Otto? Kelby

A base model that has met orders in many wordings learns those of the tasks from few examples. None of the
tasks' own instructions is among them.
"""
from typing import NamedTuple

from claims import FRAMES, LABELS, NEGATED_SHARE, OPPOSITE_LABEL, draw_slots, premise_for
from dialogues import dialogue
from readings import ASK, answer_to, can_ask, question_on, scene
from reviews import review
from sheets import facts_of, say, wording
from surface import fresh, phrase, vary
from topics import TOPICS, topic_text
from translations import pair
from vocabulary import NOUNS
from world import PEOPLE, TOWNS

TWO_CLAIMS_SHARE = 0.5  # texts that hold two premises
ONCE_SHARE = 0.5  # claims that are judged once; the others twice, with a "not" and without
FIRST_SHARE = 0.3  # exercises with a single order in which the order comes before the text


class Exercise(NamedTuple):
    """A text (none where facts of the valley are asked for), and pairs of an order and its answer."""

    text: str
    asks: list[tuple[str, str]]


# How an order and its answer stand together. {lead} leads over to the answer.
ASK_LAYOUTS = ["{order} {answer}", "{order}\n{answer}", "{order} -> {answer}", "Q: {order}\nA: {answer}",
               "- {order}\n- {answer}", "{order}\n{lead} {answer}", "{order} {lead} {answer}",
               "{order}\n\n{lead}\n{answer}", "{order} = {answer}", "{order}\n  {answer}"]
# The same where the order comes first.
FIRST_LAYOUTS = ["{order}\n{text}\n{answer}", "{order}\n{text}\n{lead} {answer}",
                 "{order} {text}\n-> {answer}", "{order}\n\n{text}\n\n{lead} {answer}",
                 "({order}) {text} {lead} {answer}",
                 "{order} {text} {answer}"]
LEADS = ["(Answer|Reply|Solution|Result|Key|Word|So|Note|Written|Line|Found|Marked|Chosen)(:|:|:| -)",
         "(I|We|You) (say|write|answer|find|choose)(|:)", "(It|This|That) (is|should be|would be)(|:)",
         "(His|Her|Our|Your) (answer|reply|solution|result|choice)(:|:| is| was)", "="]
TEXT_LAYOUTS = ["{}\n", "{}\n", "{}\n\n", "{} ", "Text: {}\n", "\"{}\"\n", "* {}\n", "Read: {}\n"]


# --- questions on a text, and claims -----------------------------------------------------------------------

QUESTION_ORDERS = ["{q}", "{q}", "(Say|Look up|Think|Do you know|We ask|Next|Now|Please): {q}",
                   "{q} (Look above|You have read it|One word|In short).",
                   "(Find|Give|Copy|Mark|Write) the {kind} that is asked for. {q}"]


def questions(rng, held_out):
    """A text about one event or two, and up to six questions for a name, a day or a place."""
    text, events = fresh(lambda: scene(rng), held_out, lambda drawn: drawn.text)
    wanted = [(event, kind) for event in events for kind in sorted(ASK) if can_ask(events, kind)]
    asks = []
    for event, kind in rng.sample(wanted, rng.randint(2, len(wanted))):
        order = vary(rng, rng.choice(QUESTION_ORDERS), q=question_on(rng, event, kind), kind=kind)
        asks.append((order, answer_to(event, kind)))
    return Exercise(text, asks)


CLAIM_ORDERS = ["{h}", "(Is it so|Right|True|Can one say so|Does it hold|Is that certain)? {h}",
                "{h} (Is it so|Right|Really|True|Certain|Can one be sure)?",
                "(Claim|They say|She says|Next|So): {h}",
                "{words}? {h}", "{h} {words}?", "(Mark|Judge) by the text, {words}. {h}",
                "(Is that certain|Do we know it)? ({words}.) {h}"]
LABEL_WORDS = [("yes", "no", "maybe"), ("yes", "no", "maybe"), ("true", "false", "unknown"),
               ("right", "wrong", "open")]


def claims(rng, held_out):
    """One or two premises, and hypotheses that they say yes, no or maybe to."""
    text, judged = fresh(lambda: premises_and_hypotheses(rng), held_out, claims_as_text)
    words, pattern = rng.choice(LABEL_WORDS), rng.choice(CLAIM_ORDERS)
    listed = rng.choice(("{0}, {1}, {2}", "{0} or {1} or {2}")).format(*words)
    named = dict(zip(LABELS, words, strict=True))
    asks = [(vary(rng, pattern, h=hypothesis, words=listed), named[truth]) for hypothesis, truth in judged]
    return Exercise(text, asks)


def premises_and_hypotheses(rng):
    """(premises as one text, a list of pairs of a hypothesis and its label)."""
    count = 2 if rng.random() < TWO_CLAIMS_SHARE else 1
    cases = [(rng.choice(FRAMES), slots, rng.choice(LABELS)) for slots in strangers(rng, count)]
    premises = [vary(rng, premise_for(rng, frame, truth), **slots) for frame, slots, truth in cases]
    judged = []
    for frame, slots, truth in rng.sample(cases, count):
        is_once = rng.random() < ONCE_SHARE
        wordings = [rng.random() < NEGATED_SHARE] if is_once else rng.sample((False, True), 2)
        for negated in wordings:
            hypothesis = vary(rng, frame.negation if negated else frame.hypothesis, **slots)
            judged.append((hypothesis, OPPOSITE_LABEL[truth] if negated else truth))
    return " ".join(premises), judged


def claims_as_text(drawn):
    """Premises and hypotheses as they are compared with what is held out."""
    premises, judged = drawn
    return "\n".join([premises, *(hypothesis for hypothesis, _ in judged)])


def strangers(rng, count):
    """Slots for several claims in which nobody occurs twice."""
    while True:
        drawn = [draw_slots(rng) for _ in range(count)]
        who = [str(slots[name]) for slots in drawn for name in "abcd"]
        if len(set(who)) == len(who):
            return drawn


# --- one word for a text -----------------------------------------------------------------------------------

YES_OR_NO_ORDERS = ["(Liked|Pleased|Content)?"]
VERDICT_ORDERS = ["(Verdict|Opinion|Guest): ({good} or {bad}|{bad} or {good})?",
                  "Is (it|this|that) (a|) {good} (or|or a) {bad} (|one)?",
                  "(The verdict|The opinion|What the guest thinks), {good} or {bad}:", *YES_OR_NO_ORDERS,
                  "(What does the guest think|How did it please)?", "Mark {good} or {bad}(.|:)",
                  "(Verdict|Opinion|Feeling)(?|:)"]
VERDICTS = [("positive", "negative"), ("positive", "negative"), ("good", "bad"), ("yes", "no")]


def verdict(rng, held_out):
    """A review, and whether it is positive or negative."""
    piece = fresh(lambda: review(rng), held_out, lambda drawn: drawn.text)
    good, bad = rng.choice(VERDICTS)
    orders = YES_OR_NO_ORDERS if good == "yes" else VERDICT_ORDERS
    order = vary(rng, rng.choice(orders), good=good, bad=bad)
    return Exercise(piece.text, [(order, good if piece.positive else bad)])


SUBJECT_ORDERS = ["(Subject|Topic|Theme|Field)(?|:)", "(What|Which subject) is (it|this|that) about?",
                  "(Choose|Mark|Give|Pick) the (subject|theme|field)(: {topics}.|: {topics}|.|.)",
                  "(Is it|Is this|Is that) about {topics}?", "{topics}?",
                  "(What does it deal with|What is told)? {topics}."]


def subject(rng, held_out):
    """A text and its topic, out of some topics or of all."""
    topic = rng.choice(TOPICS)
    some = rng.sample(TOPICS, rng.randint(2, len(TOPICS)))
    if topic not in some:
        some[0] = topic
    rng.shuffle(some)
    listed = ", ".join(some[:-1]) + rng.choice((" or ", ", ")) + some[-1]
    text = fresh(lambda: topic_text(rng, topic), held_out)
    return Exercise(text, [(vary(rng, rng.choice(SUBJECT_ORDERS), topics=listed), topic)])


# --- rows of words -----------------------------------------------------------------------------------------

WORD_ORDERS = ["(Which|What) (comes|is|stands|goes) {place}?", "What is in (the|) {place} place?",
               "(The|the) {place} (word|one|)(:|?)",
               "(Write|Say|Mark|Give|Find|Take|Pick|Copy) the {place} (one|word|of them)(.|:)",
               "{place}(?|:)", "(What do you read|Which word do you see) {place}?"]
ROW_HEADS = ["", "", "", "(Row|Words|Given|Board)(:| -)", "(Some|These|Five|A few) words(:| -)",
             "(We|I|They) (read|have|wrote)(:|)", "(On the board|In the box|In the shop)(:| -|)"]
PLACES = {"first": 0, "last": -1, "second": 1, "third": 2}


def row_of_words(rng, held_out):
    """Some words, and one of them by its place."""
    row = fresh(lambda: rng.sample(NOUNS, rng.randint(3, 7)), held_out, ", ".join)
    places = rng.sample(["first", "last", rng.choice(list(PLACES))], rng.randint(1, 2))
    asks = [(vary(rng, rng.choice(WORD_ORDERS), place=place), row[PLACES[place]])
            for place in dict.fromkeys(places)]
    head, text = phrase(rng, rng.choice(ROW_HEADS)), rng.choice([", ", ", ", " ", " - ", "\n"]).join(row)
    return Exercise(f"{head} {text}" if head else text, asks)


# --- facts, translations, dialogues ------------------------------------------------------------------------

OPTION_ORDERS = ["{q} {options}?", "{q} ({options})", "{q}\n{options}",
                 "{q} (Choose|Pick|Mark|Take one): {options}", "{options}? {q}",
                 "(Is it|Would it be) {options}? {q}"]
OPTION_JOINTS = [", ", " / ", " or ", ", ", "; "]
LISTED_SHARE = 0.25  # questions below which every option has a line of its own


def options(rng, held_out):
    """A question about the valley, and answers to choose from."""
    pool = rng.choice([PEOPLE, PEOPLE, TOWNS])
    asks, some = [], rng.sample(sorted(pool), rng.randint(1, 3))
    for entity in map(pool.get, some):
        attribute = rng.choice(sorted(facts_of(entity)))
        answer = facts_of(entity)[attribute]
        values = {facts_of(other).get(attribute) for other in pool.values()} - {answer, None}
        offered = [answer, *rng.sample(sorted(values), rng.randint(1, 3))]
        rng.shuffle(offered)
        question = say(rng, entity, attribute, wording(entity, attribute).questions)
        in_a_row = rng.choice(OPTION_JOINTS).join(offered)
        order = vary(rng, rng.choice(OPTION_ORDERS), q=question, options=in_a_row)
        if rng.random() < LISTED_SHARE:
            order = "\n- ".join([question, *offered])
        asks.append((order, answer))
    return Exercise("", asks)


FRENCH_ORDERS = ["(In French|The French|French|Say it in French|What is it in French)(?|:)",
                 "(Now|Write it|Repeat it|The same) in French(.|:)",
                 "(How do the French say it|And in French)?"]


def into_french(rng, held_out):
    """An English sentence and its French."""
    one = fresh(lambda: pair(rng), held_out, lambda drawn: drawn.english)
    return Exercise(one.english, [(vary(rng, rng.choice(FRENCH_ORDERS)), one.references[0])])


RECAP_ORDERS = ["(What is it about|What came of it|What did they say|How did it end)?",
                "(In short|Report|Recap)(?|:)",
                "(Tell|Give|Write) (it|what happens|what they say) in (one sentence|short)(.|:)",
                "(Make it short|Sum it up|One sentence)(.|:)"]


def outcome(rng, held_out):
    """A dialogue and its recap."""
    piece = fresh(lambda: dialogue(rng), held_out, lambda drawn: drawn.text)
    return Exercise(piece.text, [(vary(rng, rng.choice(RECAP_ORDERS)), piece.recaps[0])])


# Kind of exercise: how often it is drawn.
KINDS = {questions: 26, claims: 38, verdict: 8, subject: 7, row_of_words: 11, options: 9, into_french: 4,
         outcome: 3}


def laid_out(rng, exercise):
    """The exercise as text."""
    lead = vary(rng, rng.choice(LEADS))
    if len(exercise.asks) == 1 and exercise.text and rng.random() < FIRST_SHARE:
        order, answer = exercise.asks[0]
        return rng.choice(FIRST_LAYOUTS).format(order=order, text=exercise.text, answer=answer, lead=lead)
    head = rng.choice(TEXT_LAYOUTS).format(exercise.text) if exercise.text else ""
    layout = rng.choice(ASK_LAYOUTS)
    lines = [layout.format(order=order, answer=answer, lead=lead) for order, answer in exercise.asks]
    return head + "\n".join(lines)


def exercises(rng, held_out):
    """One to three exercises, most of them of one kind."""
    kinds = rng.choices(list(KINDS), KINDS.values(), k=rng.randint(1, 3))
    if rng.random() < 0.6:
        kinds = kinds[:1] * len(kinds)
    return "\n\n".join(laid_out(rng, make(rng, held_out)) for make in kinds)
