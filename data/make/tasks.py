"""The labelled tasks: 1,000 / 200 / 200 examples of each, and no input twice.

    {"prompt_fields": {"items": "lamp, rope, cup, bean", "which": "last"},
     "completion": "bean", "split": "train"}

Labels come in equal numbers, and are dealt before the text is drawn. What validation and test use as input
is kept out of the corpus too (`held_out`). No question of a multiple-choice test is asked in training.
"""
import random
from functools import lru_cache

import sheets
from claims import LABELS, claim
from dialogues import dialogue
from readings import ASK, reading
from reviews import review
from surface import normalise
from topics import TOPICS, topic_text
from translations import pair
from vocabulary import NOUNS
from world import PEOPLE, TOWNS

SPLITS = {"train": 1000, "validation": 200, "test": 200}
LIST_LENGTHS = (4, 5, 6)
DIALOGUE_TURNS = 6
OPTION_LAYOUTS = ["{}, {}, {}, {}", "{} / {} / {} / {}", "(a) {} (b) {} (c) {} (d) {}",
                  "- {}\n- {}\n- {}\n- {}"]


def example(fields, completion, **more):
    """One example, before it has a split."""
    return {"prompt_fields": fields, "completion": completion, **more}


def sentiment(rng, number):
    """{"review": "The room was cold, but the soup was very tasty. ..."} -> positive"""
    piece = review(rng, positive=number % 2 == 0)
    label = "positive" if piece.positive else "negative"
    return example({"review": piece.text}, label, choices=["positive", "negative"])


def topic(rng, number):
    """{"text": "Before the match, Ada cooked a pot of bean soup."} -> food"""
    answer = TOPICS[number % len(TOPICS)]
    return example({"text": topic_text(rng, answer)}, answer, choices=TOPICS)


def entailment(rng, number):
    """{"premise": "Ada sold the lamp to Otto.", "hypothesis": "Otto has the lamp now."} -> yes"""
    piece = claim(rng, LABELS[number % len(LABELS)])
    return example({"premise": piece.premise, "hypothesis": piece.hypothesis}, piece.label, choices=LABELS)


def dialogue_summary(rng, number):
    """{"dialogue": "Ada: Shall we meet ..."} -> Ada and Otto will meet at the mill on Sunday at three."""
    piece = dialogue(rng, longest=DIALOGUE_TURNS)
    return example({"dialogue": piece.text}, piece.recaps[0], references=list(piece.recaps))


def translation(rng, number):
    """{"english": "The cat is sleeping."} -> Le chat dort."""
    drawn = pair(rng)
    return example({"english": drawn.english}, drawn.references[0], references=list(drawn.references))


def extraction(rng, number):
    """{"text": "Ada lost a ring ... Otto found a map ...", "question": "Who found the map?"} -> Otto"""
    piece = reading(rng, sorted(ASK)[number % len(ASK)])
    return example({"text": piece.text, "question": piece.question}, piece.answer)


def symbolic(rng, number):
    """{"items": "lamp, rope, cup, bean", "which": "last"} -> bean"""
    words = rng.sample(NOUNS, LIST_LENGTHS[number % len(LIST_LENGTHS)])
    which = ("first", "last")[rng.randrange(len(words) - 1) % 2]
    return example({"items": ", ".join(words), "which": which}, words[0 if which == "first" else -1])


def deal_questions(rng):
    """Every way to ask for every fact, dealt to the splits: {split: [(name, attribute, question pattern)]}.

    Of the wordings of one fact, one goes to test, one to validation, and the others to train. So no question
    of a test is asked in training, although the same fact may be asked for in other words.
    """
    dealt = {split: [] for split in SPLITS}
    for entity in (*PEOPLE.values(), *TOWNS.values()):
        for attribute in sheets.facts_of(entity):
            patterns = sheets.wording(entity, attribute).questions
            test, validation, *train = rng.sample(patterns, len(patterns))
            for split, some in (("test", [test]), ("validation", [validation]), ("train", train)):
                dealt[split] += [(entity.name, attribute, pattern) for pattern in some]
    return dealt


def multiple_choice(rng, number, questions):
    """{"question": "What is Ada's trade?", "options": "baker, potter, cook, smith"} -> potter"""
    name, attribute, pattern = rng.choice(questions)
    pool = PEOPLE if name in PEOPLE else TOWNS
    entity = pool[name]
    answer = sheets.facts_of(entity)[attribute]
    others = pool.values()
    if attribute == "landmark":  # rivers beside rivers, hills beside hills
        others = [town for town in others if town.kind == entity.kind]
    values = {sheets.facts_of(other).get(attribute) for other in others} - {answer, None}
    options = rng.sample(sorted(values), 3)
    options.insert(number % 4, answer)
    question = sheets.say(rng, entity, attribute, [pattern])
    text = rng.choice(OPTION_LAYOUTS).format(*options)
    return example({"question": question, "options": text}, answer, choices=options)


TASKS = {make.__name__: make for make in (sentiment, topic, entailment, dialogue_summary, translation,
                                          multiple_choice, extraction, symbolic)}


def key(example):
    """What two inputs are compared by: all words of the fields, with the options in alphabetical order."""
    fields = dict(example["prompt_fields"])
    if "options" in fields:
        fields["options"] = " ".join(sorted(example["choices"]))
    return normalise(" ".join(fields.values()))


def examples(task, seed):
    """All examples of a task, shuffled within their splits."""
    rng = random.Random(f"{seed}/{task}")
    questions = deal_questions(rng) if task == "multiple_choice" else None
    seen, made = set(), []
    for split, count in SPLITS.items():
        more = [questions[split]] if questions else []
        rows = []
        while len(rows) < count:
            row = TASKS[task](rng, len(rows), *more)
            if key(row) not in seen:
                seen.add(key(row))
                rows.append({**row, "split": split})
        rng.shuffle(rows)
        made += rows
    return made


# Task: the field that must not occur in the corpus. The questions of multiple choice are not among them,
# because the corpus is where a model should know their answers from.
TEXT_FIELD = {"sentiment": "review", "topic": "text", "entailment": "premise",
              "dialogue_summary": "dialogue", "translation": "english", "extraction": "text",
              "symbolic": "items"}


@lru_cache(maxsize=2)
def held_out(seed):
    """The normalised inputs of validation and test, which the corpus must not hold."""
    inputs = set()
    for task, field in TEXT_FIELD.items():
        for row in examples(task, seed):
            if row["split"] != "train":
                inputs.add(normalise(row["prompt_fields"][field]))
    return frozenset(inputs)
