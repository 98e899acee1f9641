"""The labelled tasks: 1,000 / 200 / 200 examples of each, no input twice.

    {"prompt_fields": {"items": "lamp, rope, cup, bean", "which": "last"}, "completion": "bean", "split": "train"}

Labels come in equal numbers and are dealt before the text is drawn. What validation and test use as input is kept out
of the corpus too (`held_out`), and no fact that their multiple-choice questions ask for is asked in training.
"""
import random
from functools import lru_cache

import sheets
from dialogues import dialogue
from passages import ASK, LABELS, TOPICS, claim, pair, reading, topic_text
from reviews import review
from surface import normalise
from world import NOUNS, PEOPLE, TOWNS

SPLITS = {"train": 1000, "validation": 200, "test": 200}
LIST_LENGTHS = (4, 5, 6)
DIALOGUE_TURNS = 6
OPTION_LAYOUTS = ["{}, {}, {}, {}", "{} / {} / {} / {}", "(a) {} (b) {} (c) {} (d) {}", "- {}\n- {}\n- {}\n- {}"]


def example(fields, completion, **more):
    """One example, before it has a split."""
    return {"prompt_fields": fields, "completion": completion, **more}


def sentiment(rng, number):
    """{"review": "The room was cold, but the soup was very tasty. …"} -> positive"""
    piece = review(rng, positive=number % 2 == 0)
    return example({"review": piece.text}, "positive" if piece.positive else "negative",
                   choices=["positive", "negative"])


def topic(rng, number):
    """{"text": "Before the match, Ada cooked a pot of bean soup."} -> food"""
    answer = TOPICS[number % len(TOPICS)]
    return example({"text": topic_text(rng, answer)}, answer, choices=TOPICS)


def entailment(rng, number):
    """{"premise": "Ada sold the lamp to Otto.", "hypothesis": "Otto has the lamp now."} -> yes"""
    piece = claim(rng, LABELS[number % len(LABELS)])
    return example({"premise": piece.premise, "hypothesis": piece.hypothesis}, piece.label, choices=LABELS)


def dialogue_summary(rng, number):
    """{"dialogue": "Ada: Shall we meet …"} -> Ada and Otto will meet at the mill on Sunday at three."""
    piece = dialogue(rng, longest=DIALOGUE_TURNS)
    return example({"dialogue": piece.text}, piece.recaps[0], references=list(piece.recaps))


def translation(rng, number):
    """{"english": "The cat is sleeping."} -> Le chat dort."""
    drawn = pair(rng)
    return example({"english": drawn.english}, drawn.references[0], references=list(drawn.references))


def extraction(rng, number):
    """{"text": "Ada lost a ring … Otto found a map …", "question": "Who found the map?"} -> Otto"""
    piece = reading(rng, sorted(ASK)[number % len(ASK)])
    return example({"text": piece.text, "question": piece.question}, piece.answer)


def symbolic(rng, number):
    """{"items": "lamp, rope, cup, bean", "which": "last"} -> bean"""
    words = rng.sample(NOUNS, LIST_LENGTHS[number % len(LIST_LENGTHS)])
    which = ("first", "last")[rng.randrange(len(words) - 1) % 2]
    return example({"items": ", ".join(words), "which": which}, words[0 if which == "first" else -1])


def deal_questions(rng):
    """Every way to ask for every fact, dealt to the splits: {split: [(name, attribute, question pattern)]}.

    Of the wordings of one fact, one goes to test, one to validation and the others to train, so that no question of a test
    is asked in training, though the same fact may be, in other words.
    """
    dealt = {split: [] for split in SPLITS}
    for entity in (*PEOPLE.values(), *TOWNS.values()):
        for attribute in sheets.facts_of(entity):
            patterns = sheets.wording(entity, attribute)[1]
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
    kin = [e for e in pool.values() if attribute != "landmark" or e.kind == entity.kind]   # rivers beside rivers
    values = {sheets.facts_of(e).get(attribute) for e in kin} - {answer, None}
    options = rng.sample(sorted(values), 3)
    options.insert(number % 4, answer)
    question = sheets.say(rng, entity, attribute, [pattern])
    return example({"question": question, "options": rng.choice(OPTION_LAYOUTS).format(*options)}, answer,
                   choices=options)


TASKS = {make.__name__: make for make in (sentiment, topic, entailment, dialogue_summary, translation, multiple_choice,
                                          extraction, symbolic)}


def _key(example):
    """What makes two inputs the same: the words of the text, without the options or the question."""
    fields = dict(example["prompt_fields"])
    if "options" in fields:
        fields["options"] = " ".join(sorted(example["choices"]))
    return normalise(" ".join(fields.values()))


def examples(task, seed):
    """All examples of a task, shuffled within their splits."""
    rng = random.Random(f"{seed}/{task}")
    questions = deal_questions(rng) if task == "multiple_choice" else {}
    seen, made = set(), []
    for split, count in SPLITS.items():
        more = (questions[split],) if questions else ()
        rows = []
        while len(rows) < count:
            row = TASKS[task](rng, len(rows), *more)
            if _key(row) not in seen:
                seen.add(_key(row))
                rows.append({**row, "split": split})
        rng.shuffle(rows)
        made += rows
    return made


# the field that must not occur in the corpus; a multiple-choice question asks for what the corpus does tell
TEXT_FIELD = {"sentiment": "review", "topic": "text", "entailment": "premise", "dialogue_summary": "dialogue",
              "translation": "english",
              "extraction": "text", "symbolic": "items"}


@lru_cache(maxsize=2)
def held_out(seed):
    """The normalised inputs of validation and test, which the corpus must not hold."""
    return frozenset(normalise(row["prompt_fields"][field]) for task, field in TEXT_FIELD.items()
                     for row in examples(task, seed) if row["split"] != "train")
