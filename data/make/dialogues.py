"""Dialogues of two people who want something of each other, with a recap that follows from what they say.

    Marta: Hello, Otto. Can we meet at the mill on Friday?
    Otto: Friday is bad for me. How about Sunday?
    Marta: Sunday is fine. At three?
    Otto: Good, see you at three.
    -> "Marta and Otto will meet at the mill on Sunday at three."

What is said last counts: a changed day, place or price replaces the first one in the recap.
"""
from itertools import cycle
from typing import NamedTuple

from scenes import SCENES
from surface import phrase, vary, words
from vocabulary import CLOTH, COLOURS, PLACES, THINGS, TIMES, two, two_prices
from world import TOWNS, people, two_days


class Dialogue(NamedTuple):
    """The lines ("Marta: ...") and the recaps that are true of it, the commonest wording first."""

    lines: tuple[str, ...]
    recaps: tuple[str, ...]

    @property
    def text(self):
        """The whole dialogue, one turn a line."""
        return "\n".join(self.lines)


GREETINGS = [["(Hello|Good morning|Good day|Hi), {b}.",
              "(Hello|Good morning|Good day|Hi), {a}.(| How are you?| What can I do for you?)"],
             ["(Hello, {b}|Hi, {b}|{b}), how are (you|things)?",
              "(Fine|Very well|Not bad), (thank you|thanks).(| And you?| What is it?)"]]
CHORES = ["feed the hens", "water the flowers", "clean the windows", "paint the fence", "repair the roof",
          "cut the grass", "look after the shop", "carry the boxes", "bake a cake", "post a letter",
          "buy some bread", "wash the curtains", "fetch the milk", "water the garden", "repair the door"]
EVENTS = ["the concert", "the dance", "the picnic", "the race", "the party", "the match", "the wedding",
          "lunch", "dinner", "the play", "the boat trip", "the fair"]
EXCUSES = ["have to work", "am away", "have to see the doctor", "have guests", "have a lesson",
           "have to look after the children"]
FLAWS = words("big small old heavy dear ugly")
FAULTS = ["dirty", "damaged", "bent", "too small", "too heavy", "{ruined}", "{ruined}"]
GIFTS = ["some apples", "a cake", "some cheese", "a pie", "some flowers", "some honey", "some eggs"]

# Pairs of what one says and what the recap says about it: how someone makes up for a fault, how someone pays
# for what they broke, and why someone cannot come.
AMENDS = [("repair it", "repair it"), ("give you a new one", "give {a.him} a new one"),
          ("give you your money back", "give the money back")]
PAYS = [("repair it", "repair it"), ("pay for it", "pay for it"), ("buy you a new one", "buy a new one")]
TROUBLES = [("I am ill", "{a.he} is ill"), ("It will rain", "it will rain"),
            ("My mother is coming", "{a.his} mother is coming"), ("I have to work", "{a.he} has to work"),
            ("My foot hurts", "{a.his} foot hurts"), ("The road is closed", "the road is closed"),
            ("I will be away", "{a.he} will be away"), ("My child is ill", "{a.his} child is ill")]


def draw_slots(rng):
    """One draw of everything that a scene may mention, such that what belongs together agrees."""
    a, b, c = people(rng, 3)
    day, day2 = two_days(rng)
    place, place2 = two(rng, PLACES)
    price, price2 = two_prices(rng)
    excuse = rng.choice(EXCUSES)
    reason = excuse.replace("have", "has", 1).replace("am ", "is ", 1)
    amends, amends2 = rng.choice(AMENDS)
    pay, pay2 = rng.choice(PAYS)
    trouble, because = rng.choice(TROUBLES)
    thing = rng.choice(THINGS)
    ruined = "torn" if thing in CLOTH else "broken"
    return dict(
        a=a, b=b, c=c, day=day, day2=day2, place=place, place2=place2, price=price, price2=price2,
        time=rng.choice(TIMES), thing=thing, colour=rng.choice(COLOURS),
        town=rng.choice([town for town in TOWNS if town not in (a.town, b.town)]),
        chore=rng.choice(CHORES), event=rng.choice(EVENTS), flaw=rng.choice(FLAWS), gift=rng.choice(GIFTS),
        ruined=ruined, fault=rng.choice(FAULTS).format(ruined=ruined),
        excuse=f"I {excuse}", reason=f"{b.he} {reason}",
        amends=amends, amends2=amends2.format(a=a), pay=pay, pay2=pay2,
        whya=trouble, becausea=because.format(a=a))


def dialogue(rng, longest=8):
    """A dialogue of at least four turns and at most `longest`, with its recaps."""
    scene, slots = rng.choice(SCENES), draw_slots(rng)
    turns = list(scene.turns)
    if len(turns) + 2 <= longest and rng.random() < 0.5:
        turns += scene.closing[:rng.choice((1, 2))]
    if len(turns) + 2 <= longest and rng.random() < 0.4:
        turns = rng.choice(GREETINGS) + turns
    elif rng.random() < 0.5:
        turns[0] = "(Hello|Good morning|Hi|Oh|Listen|Excuse me), {b}. " + turns[0]
    lines = []
    for speaker, turn in zip(cycle((slots["a"], slots["b"])), turns, strict=False):
        said = called_once(vary(rng, turn, **slots), str(slots["b"]))
        lines.append(f"{speaker}: {said}")
    recaps = [phrase(rng, recap, **slots) for recap in scene.recaps]
    return Dialogue(tuple(lines), tuple(recaps))


def called_once(turn, name):
    """The turn with the name called only once: "Hi, Ada. Can I borrow it, Ada?" loses the second."""
    before, found, after = turn.partition(name)
    return before + found + after.replace(f", {name}", "")
