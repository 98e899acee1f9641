"""SuperGLUE: eight tasks of understanding English, harder than GLUE's (Wang et al. 2019).

A task is a function from a row of its JSONL file to items, and metrics. For five of the eight the function is a template
and the word that answers for each label. A line of BoolQ and the item that it becomes:

    {"passage": "A beaver is a large rodent.", "question": "is a beaver a fish", "idx": 0, "label": false}

    prompt   "A beaver is a large rodent.\\nQuestion: is a beaver a fish?\\nAnswer yes or no:"
    choices  ("yes", "no")
    targets  ("no",)
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyllm.benchmarks.files import Row, Words, by_class, find, labelled_item, value
from tinyllm.benchmarks.suite import Benchmark, Item, Metric, exact_match
from tinyllm.check import require
from tinyllm.data import read_jsonl
from tinyllm.metrics.classification import f1, macro_f1

Ask = Callable[[Row, str], list[Item]]
YES_NO = {True: "yes", False: "no"}  # finds 1 and 0 as well, which equal True and False
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def group_exact_match(predictions: Sequence[str], items: Sequence[Item]) -> float:
    """The share of groups in which every item is right: MultiRC's questions with all their options."""
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


def _best_of_targets(score: Callable[[str, str], float]) -> Metric:
    """The mean over items of the score against whichever target comes closest, both sides normalised."""
    def metric(predictions: Sequence[str], items: Sequence[Item]) -> float:
        best = [max(score(normalised(p), normalised(target)) for target in item.targets)
                for p, item in zip(predictions, items, strict=True)]
        return sum(best) / len(best)
    return metric


def _word_f1(prediction: str, target: str) -> float:
    predicted, wanted = prediction.split(), target.split()
    shared = (Counter(predicted) & Counter(wanted)).total()
    return 2 * shared / (len(predicted) + len(wanted)) if shared else 0.0


def _by_template(template: str, words: Words) -> Ask:
    return lambda row, where: [labelled_item(template, words, row, where)]


def _copa(row: Row, where: str) -> list[Item]:
    """One item; its choices are two sentences, of which `label` counts the right one from 0."""
    check_relation(row.get("question"), where)
    sentences = {i: value(row, f"choice{i + 1}", str, where) for i in range(2)}
    return [labelled_item("{premise}\nWhat is the {question} of this?\nAnswer:", sentences, row, where)]


def _multirc(row: Row, where: str) -> list[Item]:
    """One item for each option of each question, as several may be right; the items of a question are a group."""
    template = "{passage}\nQuestion: {question}\nProposed answer: {option}\nIs it correct, yes or no?\nAnswer:"
    passage, items = value(row, "passage", dict, where), []
    for number, question in enumerate(value(passage, "questions", list, where)):
        for option in value(question, "answers", list, where):
            fields = {"passage": value(passage, "text", str, where), "question": value(question, "question", str, where),
                      "option": value(option, "text", str, where), "label": option.get("label")}
            group = f"{row.get('idx', where)}/{question.get('idx', number)}"
            items.append(labelled_item(template, YES_NO, fields, where, group=group))
    return items


def _record(row: Row, where: str) -> list[Item]:
    """One item for each query; its choices are the names in the passage, from `start` to `end`, `end` included."""
    passage, items = value(row, "passage", dict, where), []
    text = value(passage, "text", str, where)
    spans = [(value(e, "start", int, where), value(e, "end", int, where)) for e in value(passage, "entities", list, where)]
    check_spans(spans, len(text), where)
    names = dict.fromkeys(text[start:end + 1] for start, end in spans)  # a dict keeps their order and drops repetitions
    readable = text.replace("@highlight\n", "- ")  # the mark before each of the article's summary points
    for query in value(row, "qas", list, where):
        prompt = (f"{readable}\nIn this sentence a name is missing: {value(query, 'query', str, where)}\n"
                  "Which name does @placeholder stand for?\nAnswer:")
        check_answers(query.get("answers"), where)
        answers = dict.fromkeys(value(answer, "text", str, where) for answer in value(query, "answers", list, where))
        items.append(Item(prompt, tuple(answers), tuple(names), group=str(row.get("idx", where))))
    return items


def _wsc(row: Row, where: str) -> list[Item]:
    """One item; the name stands in [brackets] and the pronoun between *stars*. Their indices count words from 0."""
    target, text = value(row, "target", dict, where), value(row, "text", str, where)
    spans = {}
    for name, mark in (("span1", "[{}]"), ("span2", "*{}*")):
        index, span = value(target, f"{name}_index", int, where), value(target, f"{name}_text", str, where)
        starts = [word.start() for word in re.finditer(r"\S+", text)]
        check_index(index, f"{name}_index", len(starts), where)
        found = re.compile(re.escape(span), re.IGNORECASE).search(text, starts[index])
        spans[name] = (found.span() if found else None, mark.format(span))
    places = sorted(((place, marked) for place, marked in spans.values() if place), reverse=True)
    for (start, end), marked in places:  # from the back, so that the earlier place still holds
        text = text[:start] + marked + text[end:]
    fields = {"text": text, "pronoun": spans["span2"][1], "name": spans["span1"][1], "label": row.get("label")}
    return [labelled_item("{text}\nDoes {pronoun} stand for {name}, yes or no?\nAnswer:", YES_NO, fields, where)]


@dataclass(frozen=True)
class Task:
    """How to ask about a row, and how to score."""

    ask: Ask
    metrics: Mapping[str, Metric]


ACCURACY = {"accuracy": exact_match}
FOLLOWS = "Premise: {premise}\nHypothesis: {hypothesis}\nDoes the premise say that the hypothesis is true, %s?\nAnswer:"
SAME_SENSE = ("First sentence: {sentence1}\nSecond sentence: {sentence2}\n"
              'Does "{word}" have the same meaning in both, yes or no?\nAnswer:')
TASKS = {
    "BoolQ": Task(_by_template("{passage}\nQuestion: {question}?\nAnswer yes or no:", YES_NO), ACCURACY),
    "CB": Task(_by_template(FOLLOWS % "yes, no or maybe", {"entailment": "yes", "contradiction": "no", "neutral": "maybe"}),
               {**ACCURACY, "macro_f1": by_class(macro_f1)}),
    "COPA": Task(_copa, ACCURACY),
    "MultiRC": Task(_multirc, {"f1a": by_class(f1, positive="yes"), "exact_match": group_exact_match}),
    "ReCoRD": Task(_record, {"f1": _best_of_targets(_word_f1), "exact_match": _best_of_targets(str.__eq__)}),
    "RTE": Task(_by_template(FOLLOWS % "yes or no", {"entailment": "yes", "not_entailment": "no"}), ACCURACY),
    "WiC": Task(_by_template(SAME_SENSE, YES_NO), ACCURACY),
    "WSC": Task(_wsc, ACCURACY),
}


def load_superglue(folder: str | Path, task: str, split: str = "val") -> Benchmark:
    """A task of SuperGLUE from the folder of the official download, which has BoolQ/val.jsonl and so on.

    split: "train" or "val", the files that have labels. Raises InputError for an unknown task, and one that names file
    and line for a row that cannot be used or has no label, as those of test.jsonl.
    """
    check_task(task)
    path = find(Path(folder) / task, f"{split}.jsonl")
    items = [item for number, row in enumerate(read_jsonl(path), start=1)
             for item in TASKS[task].ask(row, f"{path}, line {number}")]
    return Benchmark(f"SuperGLUE {task} {split}", tuple(items), TASKS[task].metrics)


def check_task(task: str):
    """Raise InputError for an unknown task."""
    require(task in TASKS, f"SuperGLUE has no task '{task}'; there are: {', '.join(TASKS)}.")


def check_relation(question: object, where: str):
    """Raise InputError for a row of COPA that asks for something else than a cause or an effect."""
    is_known = question in ("cause", "effect")
    require(is_known, f"{where}: field 'question' must be \"cause\" or \"effect\", not {question!r}.")


def check_spans(spans: Sequence[tuple[int, int]], length: int, where: str):
    """Raise InputError for a name in a row of ReCoRD that does not lie in the passage."""
    are_inside = all(0 <= start <= end < length for start, end in spans)
    require(are_inside, f"{where}: an entity lies outside its passage, which has {length} characters.")


def check_answers(answers: object, where: str):
    """Raise InputError for a query of ReCoRD that nobody has answered."""
    require(bool(answers), f"{where}: there are no 'answers'. Those of the test split are not public; "
                           "use val.")


def check_index(index: int, field: str, n_words: int, where: str):
    """Raise InputError for a row of WSC that points behind the last word of its text, or before the first."""
    require(0 <= index < n_words, f"{where}: {field} is {index}, but the text has {n_words} words.")
