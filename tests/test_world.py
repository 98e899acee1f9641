"""The small world in data/: what its tasks and its corpus promise."""
import collections
import functools
import gzip
import itertools
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import forms  # this and the next five stand in data/make, which conftest.py makes importable
import pytest
import tasks
import vocabulary
import world
import write
from surface import normalise

DATA = Path(__file__).parent.parent / "data"
TASKS = sorted(tasks.TASKS)
CLOSED = ["sentiment", "topic", "entailment"]


@functools.cache
def rows(task):
    """All examples of a task, as its file has them."""
    return [json.loads(line) for line in (DATA / "tasks" / f"{task}.jsonl").read_text(encoding="utf-8").splitlines()]


def split(task, name):
    """The examples of one split."""
    return [row for row in rows(task) if row["split"] == name]


@functools.cache
def card(task):
    """The templates of a task, with its cluster and metric."""
    return json.loads((DATA / "tasks" / f"{task}.templates.json").read_text(encoding="utf-8"))


@functools.cache
def corpus():
    """The documents of the corpus."""
    return gzip.decompress((DATA / "corpus.txt.gz").read_bytes()).decode("utf-8").split(forms.SEPARATOR)


def input_of(row):
    """All that the model is given, as plain words."""
    return normalise(" ".join(row["prompt_fields"].values()))


def words_in(row):
    """The length of the input in words."""
    return len(input_of(row).split())


def majority_baseline(task, feature):
    """Test accuracy of answering with the commonest training label among examples of the same `feature`."""
    labels = collections.defaultdict(collections.Counter)
    for row in split(task, "train"):
        labels[feature(row)][row["completion"]] += 1
        labels[None][row["completion"]] += 1
    guesses = [labels.get(feature(row), labels[None]).most_common(1)[0][0] == row["completion"]
               for row in split(task, "test")]
    return statistics.mean(guesses)


# ---- shape -------------------------------------------------------------------------------------------------------

def test_there_are_eight_tasks_in_at_least_four_clusters():
    assert len(TASKS) == 8, f"{len(TASKS)} tasks are made, not eight"
    assert len({card(task)["cluster"] for task in TASKS}) >= 4, "the tasks fall into fewer than four clusters"


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_1000_examples_to_train_200_to_validate_and_200_to_test(task):
    counts = collections.Counter(row["split"] for row in rows(task))
    assert counts == {"train": 1000, "validation": 200, "test": 200}, f"{task} is split as {dict(counts)}"


@pytest.mark.parametrize("task", TASKS)
def test_a_completion_is_one_line_without_blanks_around_it(task):
    for row in rows(task):
        answer = row["completion"]
        assert answer, f"{task}: a completion is empty"
        assert answer == answer.strip() and "\n" not in answer, f"{task}: {answer!r} is padded or broken"
        assert row.get("references",
                       [answer])[0] == answer, f"{task}: the completion {answer!r} is not the first reference"
        assert answer in row.get("choices", [answer]), f"{task}: the answer {answer!r} is not among its choices"


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_twenty_templates_and_two_held_out_all_different(task):
    train, held_out = card(task)["train"], card(task)["held_out"]
    assert (len(train), len(held_out)) == (20, 2), f"{task} has {len(train)} + {len(held_out)} templates, not 20 + 2"
    assert len({normalise(template) for template in train + held_out}) == 22, f"{task} has the same template twice"


@pytest.mark.parametrize("task", TASKS)
def test_a_template_uses_each_field_of_its_examples_once_and_ends_without_a_blank(task):
    fields = sorted(rows(task)[0]["prompt_fields"])
    for template in card(task)["train"] + card(task)["held_out"]:
        assert sorted(re.findall(r"\{(\w+)\}",
                                 template)) == fields, f"{task}: {template!r} does not use {fields} once each"
        assert template == template.rstrip(), f"{task}: {template!r} ends with white space"


@pytest.mark.parametrize("task", CLOSED)
def test_every_template_of_a_task_with_labels_names_all_of_them(task):
    for template in card(task)["train"] + card(task)["held_out"]:
        missing = [label for label in rows(task)[0]["choices"] if label not in normalise(template).split()]
        assert not missing, f"{task}: {template!r} does not say that {missing} may be answered"


# ---- nothing leaks -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("task", TASKS)
def test_no_input_of_validation_or_test_is_an_input_of_train(task):
    inputs = {name: {input_of(row) for row in split(task, name)} for name in tasks.SPLITS}
    shared = inputs["train"] & (inputs["test"] | inputs["validation"]) | inputs["validation"] & inputs["test"]
    assert not shared, f"{task}: two splits share {len(shared)} inputs, such as {sorted(shared)[0]!r}"


def test_no_text_of_validation_or_test_stands_in_the_corpus():
    held_out = collections.defaultdict(list)
    for task, field in tasks.TEXT_FIELD.items():
        for row in split(task, "validation") + split(task, "test"):
            words = normalise(row["prompt_fields"][field]).split()
            held_out[tuple(words[:3])].append(words)
    # No text of the tasks has an empty line in it, so what goes on across one is two texts that happen to be neighbours.
    for document in itertools.chain.from_iterable(document.split("\n\n") for document in corpus()):
        spans = list(re.finditer(r"\w+", document))
        words = [span[0].lower() for span in spans]
        for at, start in enumerate(zip(words, words[1:], words[2:], strict=False)):
            for text in held_out.get(start, ()):
                if words[at:at + len(text)] == text:
                    around = document[:spans[at].start()][-2:], document[spans[at + len(text) - 1].end():][:2]
                    whole = not any(re.fullmatch(r"\w | \w", side) for side in around)   # no part of a longer sentence
                    assert not whole, f"{' '.join(text)!r} is held out, but stands in the corpus"


def test_no_question_of_a_test_is_asked_in_training_and_its_fact_is_told_in_the_corpus():
    import random
    asked = {name: {row["prompt_fields"]["question"] for row in split("multiple_choice", name)} for name in tasks.SPLITS}
    assert not asked["train"] & asked["test"], "a question is asked in training and in test"
    assert not asked["train"] & asked["validation"], "a question is asked in training and in validation"
    facts = {q[:2] for q in tasks.deal_questions(random.Random(f"{write.SEED}/multiple_choice"))["test"]}
    together = collections.Counter()
    for document in corpus():
        found = set(re.findall(r"\w+", document))
        together.update(fact for fact in facts if fact[0] in found and value_of(fact) <= found)
    rare = [fact for fact in facts if together[fact] < 20]
    assert not rare, f"the corpus hardly tells {rare[:3]}"


def value_of(fact):
    """The words of the value of a fact (name, attribute)."""
    name, attribute = fact
    entity = world.PEOPLE.get(name) or world.TOWNS[name]
    return set(str(getattr(entity, attribute)).split())


def test_the_corpus_holds_no_instruction():
    whole = "\n".join(corpus())
    for task in TASKS:
        for template in card(task)["train"] + card(task)["held_out"]:
            for piece in re.split(r"\{\w+\}|\n", template):
                piece = piece.strip()
                assert len(piece.split()) < 3 or piece not in whole, f"{task}: the corpus holds {piece!r} of a template"


# ---- nothing can be guessed --------------------------------------------------------------------------------------

@pytest.mark.parametrize("task", CLOSED)
@pytest.mark.parametrize("name", list(tasks.SPLITS))
def test_labels_come_in_equal_numbers(task, name):
    counts = collections.Counter(row["completion"] for row in split(task, name)).values()
    assert max(counts) - min(counts) <= 1, f"{task}: the labels of {name} come {sorted(counts)} times"


@pytest.mark.parametrize("task", CLOSED)
def test_the_length_of_the_input_does_not_give_the_label(task):
    chance = 1 / len(rows(task)[0]["choices"])
    found = majority_baseline(task, lambda row: min(words_in(row), 40) // 3)
    assert found <= chance + 0.1, f"{task}: length alone gives {found:.2f}, chance {chance:.2f}"


def test_no_length_parts_positive_from_negative_reviews():
    train, test = split("sentiment", "train"), split("sentiment", "test")

    def accuracy(examples, threshold, longer):
        return statistics.mean((words_in(row) > threshold) == (row["completion"] == longer) for row in examples)

    best = max(((t, label) for t in range(5, 50) for label in ("positive", "negative")),
               key=lambda rule: accuracy(train, *rule))
    found = accuracy(test, *best)
    assert found <= 0.6, f"reviews longer than {best[0]} words are {best[1]} in {found:.2f} of the cases"


@pytest.mark.parametrize("pick", ["first", "second", "third", "fourth", "longest", "shortest"])
def test_the_right_option_is_at_no_fixed_place_and_of_no_fixed_length(pick):
    rules = {"longest": lambda options: max(options, key=len), "shortest": lambda options: min(options, key=len)}
    rules |= {name: (lambda options, i=i: options[i]) for i, name in enumerate(["first", "second", "third", "fourth"])}
    found = statistics.mean(rules[pick](row["choices"]) == row["completion"] for row in split("multiple_choice",
                                                                                              "test"))
    assert found <= 0.35, f"taking the {pick} option is right in {found:.2f} of the cases"


def test_the_question_alone_does_not_give_the_right_option():
    found = majority_baseline("multiple_choice", lambda row: row["prompt_fields"]["question"].split()[:3].__str__())
    assert found <= 0.35, f"the first words of the question give {found:.2f} of the answers"


@pytest.mark.parametrize("field", ["hypothesis", "premise"])
def test_one_sentence_alone_does_not_tell_what_follows(field):
    """A bag of the words that are no names, under a naive Bayes model: what hypothesis-only baselines pick up."""
    found = naive_bayes("entailment", lambda row: row["prompt_fields"][field])
    limit = 0.42 if field == "hypothesis" else 0.62
    assert found <= limit, f"the words of the {field} alone give {found:.2f} of the labels, chance 0.33"


def naive_bayes(task, text):
    """Test accuracy of naive Bayes on words and pairs of words, fitted on train."""
    import math

    def features(row):
        words = ["<name>" if w.capitalize() in world.PEOPLE else w for w in normalise(text(row)).split()]
        return words + [" ".join(pair) for pair in itertools.pairwise(words)]

    counts, total = collections.defaultdict(collections.Counter), collections.Counter()
    for row in split(task, "train"):
        counts[row["completion"]].update(features(row))
    for label in counts:
        total[label] = counts[label].total() + 5000

    def score(row, label):
        return sum(math.log((counts[label][f] + 0.5) / total[label]) for f in features(row))

    return statistics.mean(max(counts, key=lambda label: score(row, label)) == row["completion"]
                           for row in split(task, "test"))


def test_the_answer_of_a_reading_question_is_at_no_fixed_place():
    """Neither the first nor the last name (day, place) of a text is mostly the answer where a name is asked for."""
    for place in (0, -1):
        found = statistics.mean(candidates(row)[place] == row["completion"] for row in split("extraction", "test"))
        assert found <= 0.6, f"the candidate at {place} is the answer in {found:.2f} of the cases"


def candidates(row):
    """What could answer the question: all spans of the kind of the answer, in the order of the text."""
    text, answer = row["prompt_fields"]["text"], row["completion"]
    kinds = [list(world.PEOPLE), world.DAYS, list(world.TOWNS) + [f"the {place}" for place in vocabulary.PLACES]]
    kind = next(kind for kind in kinds if answer in kind)
    return re.findall("|".join(rf"\b{span}\b" for span in kind), text)


def test_a_reading_text_has_two_candidates_and_holds_the_answer():
    for row in rows("extraction"):
        found = candidates(row)
        assert row["completion"] in row["prompt_fields"]["text"], f"the answer is not a span of the text: {row}"
        assert len(set(found)) >= 2, f"only {set(found)} could be the answer: {row}"


# ---- the world ---------------------------------------------------------------------------------------------------

def test_no_value_of_an_attribute_dominates():
    for attribute in ("town", "trade", "pet", "instrument", "food", "day_off"):
        values = [getattr(person, attribute) for person in world.PEOPLE.values()]
        counts = collections.Counter(value for value in values if value).values()
        assert max(counts) - min(counts) <= 1, f"the values of {attribute} come {sorted(counts)} times"


def test_no_two_names_are_easily_confused():
    names = sorted([*world.PEOPLE, *world.TOWNS])
    for first, second in itertools.pairwise(names):
        assert first[:3] != second[:3], f"{first} and {second} begin alike"
    assert len(world.PEOPLE) == 80 and len(world.TOWNS) == 12, "there are not 80 people and 12 towns"


def test_the_first_documents_and_all_tasks_are_made_again_exactly():
    held_out = tasks.held_out(write.SEED)
    for index in range(300):
        assert forms.document(index, write.SEED, held_out) == corpus()[index], f"document {index} comes out differently"
    for task in TASKS:
        assert tasks.examples(task, write.SEED) == rows(task), f"the examples of {task} come out differently"


def test_the_command_writes_the_same_tasks_and_documents_into_another_folder(tmp_path):
    command = [sys.executable, str(DATA / "make"), "--out", str(tmp_path), "--documents", "50"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for file in sorted((DATA / "tasks").iterdir()):
        assert (tmp_path / "tasks" / file.name).read_bytes() == file.read_bytes(), f"{file.name} comes out differently"
    made = gzip.decompress((tmp_path / "corpus.txt.gz").read_bytes()).decode("utf-8").split(forms.SEPARATOR)
    assert made == corpus()[:50], "the documents come out differently"


def test_the_corpus_has_all_seven_forms_in_fair_shares():
    counts = collections.Counter(forms.form_of(index, write.SEED) for index in range(len(corpus())))
    for form in forms.FORMS:
        share = counts[form] / len(corpus())
        assert 0.08 <= share <= 0.3, f"{form} makes up {share:.2f} of the documents"


def test_dialogue_recaps_follow_from_the_dialogue():
    for row in rows("dialogue_summary"):
        lines = row["prompt_fields"]["dialogue"].split("\n")
        speakers = {line.split(":")[0] for line in lines}
        assert 4 <= len(lines) <= 6 and len(speakers) == 2, f"not a dialogue of two in 4 to 6 turns: {lines}"
        told = re.findall(r"\w+", row["prompt_fields"]["dialogue"])
        for word in re.findall(r"[A-Z]\w+", row["completion"]):
            assert word in told, f"the recap names {word}, which the dialogue does not: {row}"


def test_the_answer_to_a_list_is_its_first_or_last_word_as_asked():
    for row in rows("symbolic"):
        words = row["prompt_fields"]["items"].split(", ")
        assert row["completion"] == words[{"first": 0, "last": -1}[row["prompt_fields"]["which"]]], f"wrong word: {row}"
        assert len(set(words)) == len(words), f"a word stands twice, so that the answer is not clear: {row}"
