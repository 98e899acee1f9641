r"""SuperGLUE: eight tasks of understanding English, harder than those of GLUE (Wang et al. 2019).

A task is its metrics and a function from a row of its JSONL file to items. Four of the eight functions come
from `by_template`: they fill a template and look up the label's word. A line of BoolQ and the item that it
becomes:

    {"passage": "A beaver is a large rodent.", "question": "is a beaver a fish", "idx": 0, "label": false}

    prompt   "A beaver is a large rodent.\nQuestion: is a beaver a fish?\nAnswer yes or no:"
    choices  ("yes", "no")
    targets  ("no",)
"""

import operator
import re
import string
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyllm.benchmarks.files import (
    ACCURACY,
    THREE_WAYS,
    TWO_WAYS,
    Row,
    Words,
    by_class,
    find,
    labelled_item,
    value,
)
from tinyllm.benchmarks.suite import Benchmark, Item, Metric, exact_match
from tinyllm.check import require
from tinyllm.data import read_jsonl
from tinyllm.metrics.accuracy import shared_f1
from tinyllm.metrics.classification import f1, macro_f1

Ask = Callable[[Row, str], list[Item]]  # (row, where) -> the items that ask about it
YES_NO = {True: "yes", False: "no"}  # finds MultiRC's labels 1 and 0 as well, which equal True and False
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def group_exact_match(predictions: Sequence[str], items: Sequence[Item]) -> float:
    """The share of groups in which every item is right. A group of MultiRC is a question's options."""
    right = defaultdict(list)
    for prediction, item in zip(predictions, items, strict=True):
        right[item.group].append(exact_match([prediction], [item]))
    return sum(all(answers) for answers in right.values()) / len(right)


def normalised(text: str) -> str:
    """Lower case, without ASCII punctuation, articles and extra white space, as SQuAD compares answers.

        >>> normalised("The  U.S. Senate!")
        'us senate'
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def best_of_targets(score: Callable[[Sequence[str], Sequence[str]], float]) -> Metric:
    """A metric for items with several right answers: the mean score for each item's closest target.

    `score` compares two lists of words, those of the answer and those of the target, both normalised.
    """
    def metric(predictions: Sequence[str], items: Sequence[Item]) -> float:
        best = []
        for prediction, item in zip(predictions, items, strict=True):
            predicted = normalised(prediction).split()
            best.append(max(score(predicted, normalised(target).split()) for target in item.targets))
        return sum(best) / len(best)
    return metric


def by_template(template: str, words: Words) -> Ask:
    """For tasks whose rows become one item each: fill the template, and look up the word of the label."""
    return lambda row, where: [labelled_item(template, words, row, where)]


def copa(row: Row, where: str) -> list[Item]:
    """One item. Its choices are two sentences; label 0 says that the first is right, 1 the second."""
    check_relation(row.get("question"), where)
    sentences = {i: value(row, f"choice{i + 1}", str, where) for i in range(2)}
    return [labelled_item("{premise}\nWhat is the {question} of this?\nAnswer:", sentences, row, where)]


def multirc(row: Row, where: str) -> list[Item]:
    """One item for each option of each question, as several can be right. A question is a group."""
    template = ("{passage}\nQuestion: {question}\nProposed answer: {option}\n"
                "Is it correct, yes or no?\nAnswer:")
    passage, items = value(row, "passage", dict, where), []
    for number, question in enumerate(value(passage, "questions", list, where)):
        for option in value(question, "answers", list, where):
            fields = {"passage": value(passage, "text", str, where),
                      "question": value(question, "question", str, where),
                      "option": value(option, "text", str, where), "label": option.get("label")}
            group = f"{row.get('idx', where)}/{question.get('idx', number)}"
            items.append(labelled_item(template, YES_NO, fields, where, group=group))
    return items


def record(row: Row, where: str) -> list[Item]:
    """One item for each query. Its choices are the names in the passage; several can be right."""
    passage, items = value(row, "passage", dict, where), []
    text = value(passage, "text", str, where)
    spans = [(value(entity, "start", int, where), value(entity, "end", int, where))
             for entity in value(passage, "entities", list, where)]
    check_spans(spans, len(text), where)
    names = dict.fromkeys(text[start:end + 1] for start, end in spans)  # `end` is the last character
    readable = text.replace("@highlight\n", "- ")  # the file's mark before each summary point of the article
    for query in value(row, "qas", list, where):
        prompt = (f"{readable}\nIn this sentence a name is missing: {value(query, 'query', str, where)}\n"
                  "Which name does @placeholder stand for?\nAnswer:")
        check_answers(query.get("answers"), where)
        answers = [value(answer, "text", str, where) for answer in value(query, "answers", list, where)]
        targets = tuple(dict.fromkeys(answers))
        items.append(Item(prompt, targets, tuple(names), group=str(row.get("idx", where))))
    return items


def wsc(row: Row, where: str) -> list[Item]:
    r"""One item, which asks whether a pronoun stands for a name. The text marks both:

        "Mark told Pete about [Mark]; *he* lied.\nDoes *he* stand for [Mark], yes or no?\nAnswer:"
    """
    target, text = value(row, "target", dict, where), value(row, "text", str, where)
    name, name_place = find_span(target, "span1", text, where)
    pronoun, pronoun_place = find_span(target, "span2", text, where)
    marks = [(name_place, f"[{name}]"), (pronoun_place, f"*{pronoun}*")]
    found = [(place, marked) for place, marked in marks if place is not None]
    for (start, end), marked in sorted(found, reverse=True):  # the later one first
        text = text[:start] + marked + text[end:]
    fields = {"text": text, "pronoun": pronoun, "name": name, "label": row.get("label")}
    template = "{text}\nDoes *{pronoun}* stand for [{name}], yes or no?\nAnswer:"
    return [labelled_item(template, YES_NO, fields, where)]


def find_span(target: Row, name: str, text: str, where: str) -> tuple[str, tuple[int, int] | None]:
    """What a span of WSC says, and from where to where it stands in the text; None if it is not there.

    The file gives the number of the span's first word, counted from 0. The span can begin behind a
    quotation mark.
    """
    index = value(target, f"{name}_index", int, where)
    span = value(target, f"{name}_text", str, where)
    starts = [word.start() for word in re.finditer(r"\S+", text)]
    check_index(index, f"{name}_index", len(starts), where)
    found = re.compile(re.escape(span), re.IGNORECASE).search(text, starts[index])
    return span, found.span() if found else None


@dataclass(frozen=True)
class Task:
    """How to ask about a row, and how to score the answers."""

    ask: Ask
    metrics: Mapping[str, Metric]


FOLLOWS = ("Premise: {premise}\nHypothesis: {hypothesis}\n"
           "Does the premise say that the hypothesis is true, %s?\nAnswer:")
SAME_SENSE = ("First sentence: {sentence1}\nSecond sentence: {sentence2}\n"
              'Does "{word}" have the same meaning in both, yes or no?\nAnswer:')
TASKS = {
    "BoolQ": Task(by_template("{passage}\nQuestion: {question}?\nAnswer yes or no:", YES_NO), ACCURACY),
    "CB": Task(by_template(FOLLOWS % "yes, no or maybe", THREE_WAYS),
               {**ACCURACY, "macro_f1": by_class(macro_f1)}),
    "COPA": Task(copa, ACCURACY),
    "MultiRC": Task(multirc, {"f1a": by_class(f1, positive="yes"),  # of all options of all questions
                              "exact_match": group_exact_match}),
    "ReCoRD": Task(record, {"f1": best_of_targets(shared_f1), "exact_match": best_of_targets(operator.eq)}),
    "RTE": Task(by_template(FOLLOWS % "yes or no", TWO_WAYS), ACCURACY),
    "WiC": Task(by_template(SAME_SENSE, YES_NO), ACCURACY),
    "WSC": Task(wsc, ACCURACY),
}


def load_superglue(folder: str | Path, task: str, split: str = "val") -> Benchmark:
    """A task of SuperGLUE. The folder is the official download, with BoolQ/val.jsonl and so on in it.

    split is "train" or "val", whose files have labels. Raises InputError for an unknown task. For a row that
    cannot be used or has no label, as those of test.jsonl, it names the file and the line.
    """
    check_task(task)
    path = find(Path(folder) / task, f"{split}.jsonl")
    items = []
    for number, row in enumerate(read_jsonl(path), start=1):
        items += TASKS[task].ask(row, f"{path}, line {number}")
    return Benchmark(f"SuperGLUE {task} {split}", tuple(items), TASKS[task].metrics)


def check_task(task: str):
    """Raise InputError for an unknown task."""
    require(task in TASKS, f"SuperGLUE has no task '{task}'; there are: {', '.join(TASKS)}.")


def check_relation(question: object, where: str):
    """Raise InputError for a row of COPA that asks for anything but a cause or an effect."""
    is_known = question in ("cause", "effect")
    require(is_known, f"{where}: field 'question' must be \"cause\" or \"effect\", not {question!r}.")


def check_spans(spans: Sequence[tuple[int, int]], length: int, where: str):
    """Raise InputError for a name of ReCoRD that does not lie in the passage."""
    are_inside = all(0 <= start <= end < length for start, end in spans)
    require(are_inside, f"{where}: an entity lies outside its passage, which has {length} characters.")


def check_answers(answers: object, where: str):
    """Raise InputError for a query of ReCoRD without answers."""
    require(bool(answers), f"{where}: there are no 'answers'. Those of the test split are not public; "
                           "use val.")


def check_index(index: int, field: str, n_words: int, where: str):
    """Raise InputError for a row of WSC that points to a word which its text does not have."""
    require(0 <= index < n_words, f"{where}: {field} is {index}, but the text has {n_words} words.")
