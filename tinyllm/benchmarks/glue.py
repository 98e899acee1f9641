r"""GLUE: nine tasks of understanding English sentences, alone and in pairs (Wang et al. 2018).

A task is a template, which names columns of the official file, and a word with which a model answers for
each label. A line of RTE and the item that it becomes:

    0 <tab> Dana Reeve has died. <tab> Dana Reeve is alive. <tab> not_entailment

    prompt   "Premise: Dana Reeve has died.\nHypothesis: Dana Reeve is alive.\nDoes the ...\nAnswer:"
    choices  ("yes", "no")
    targets  ("no",)
"""

import re
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
    fill,
    find,
    labelled_item,
    read_tsv,
    slots,
)
from tinyllm.benchmarks.suite import Benchmark, Item, Metric
from tinyllm.check import require
from tinyllm.metrics.classification import f1, matthews, pearson, spearman

NUMBER = re.compile(r"-?\d+(\.\d+)?")
SCALE = tuple("012345")  # what a model can choose where the answer is a degree of similarity


def first_number(text: str) -> float:
    """The first number in an answer, or 0 if it has none.

        >>> first_number("about 4.5 of 5")
        4.5
    """
    found = NUMBER.search(text)
    return float(found[0]) if found else 0.0


def by_number(metric: Callable[[Sequence[float], Sequence[float]], float]) -> Metric:
    """A metric for items whose answers are numbers, made of a correlation of `metrics.classification`."""
    def score(predictions: Sequence[str], items: Sequence[Item]) -> float:
        predicted = [first_number(prediction) for prediction in predictions]
        return metric(predicted, [first_number(item.targets[0]) for item in items])
    return score


@dataclass(frozen=True)
class Task:
    """How to ask about a line, and how to score the answers."""

    template: str
    words: Words  # empty where the label itself, a number on SCALE, is the answer
    metrics: Mapping[str, Metric]
    label: str = "label"  # the column of the labels
    header: tuple[str, ...] = ()  # the names of the columns, for files that do not have them


F1_AND_ACCURACY = {"f1": by_class(f1, positive="yes"), **ACCURACY}
MATTHEWS = {"matthews": by_class(matthews, positive="acceptable")}
CORRELATIONS = {"pearson": by_number(pearson), "spearman": by_number(spearman)}
YES_NO = {"1": "yes", "0": "no"}
SENTENCES = "First sentence: {sentence1}\nSecond sentence: {sentence2}\n"
FOLLOWS = ("Premise: {sentence1}\nHypothesis: {sentence2}\n"
           "Does the premise say that the hypothesis is true, %s?\nAnswer:")

TASKS = {
    "CoLA": Task("Sentence: {sentence}\nIs this sentence acceptable or unacceptable English?\nAnswer:",
                 {"1": "acceptable", "0": "unacceptable"}, MATTHEWS,
                 header=("source", "label", "mark", "sentence")),
    "SST-2": Task("Review: {sentence}\nIs this review positive or negative?\nAnswer:",
                  {"1": "positive", "0": "negative"}, ACCURACY),
    "MRPC": Task("First sentence: {#1 String}\nSecond sentence: {#2 String}\n"
                 "Do both say the same, yes or no?\nAnswer:", YES_NO, F1_AND_ACCURACY, label="Quality"),
    "QQP": Task("First question: {question1}\nSecond question: {question2}\n"
                "Do both ask the same, yes or no?\nAnswer:", YES_NO, F1_AND_ACCURACY, label="is_duplicate"),
    "STS-B": Task(f"{SENTENCES}How similar is their meaning, from 0 (not at all) to 5 (the same)?\nAnswer:",
                  {}, CORRELATIONS, label="score"),
    "MNLI": Task(FOLLOWS % "yes, no or maybe", THREE_WAYS, ACCURACY, label="gold_label"),
    "QNLI": Task("Question: {question}\nSentence: {sentence}\n"
                 "Does the sentence answer the question, yes or no?\nAnswer:", TWO_WAYS, ACCURACY),
    "RTE": Task(FOLLOWS % "yes or no", TWO_WAYS, ACCURACY),
    "WNLI": Task(FOLLOWS % "yes or no", YES_NO, ACCURACY),
}
# The files of those splits that are not in {split}.tsv. The later name is used if the first file is missing:
# Microsoft's own download of MRPC has no dev part, so there its labelled test part serves as dev.
FILES = {
    ("MNLI", "dev"): ("dev_matched.tsv",),
    ("MRPC", "train"): ("train.tsv", "msr_paraphrase_train.txt"),
    ("MRPC", "dev"): ("dev.tsv", "msr_paraphrase_test.txt"),
}


def load_glue(folder: str | Path, task: str, split: str = "dev") -> Benchmark:
    """A task of GLUE. The folder is the official download, with CoLA/dev.tsv and so on in it.

    split is "train" or "dev". MNLI also has "dev_matched", which "dev" means too, and "dev_mismatched".
    Raises InputError for an unknown task or split. For a line that cannot be used, it names the file and
    the line.
    """
    check_names(task, split)
    asked = TASKS[task]
    path = find(Path(folder) / task, *FILES.get((task, split), (f"{split}.tsv",)))
    rows = read_tsv(path, [*slots(asked.template), asked.label], asked.header)
    items = tuple(to_item(asked, row, where) for where, row in rows)
    return Benchmark(f"GLUE {task} {split}", items, asked.metrics)


def to_item(task: Task, row: Row, where: str) -> Item:
    """The item that a line becomes. Raises InputError, which says where it stands, if it cannot be used."""
    if task.words:
        return labelled_item(task.template, task.words, row, where, task.label)
    score = row[task.label]
    check_score(score, task.label, where)
    return Item(fill(task.template, row, where), (score,), SCALE)


def check_names(task: str, split: str):
    """Raise InputError for an unknown task, and for a split that the task lacks or that has no labels."""
    require(task in TASKS, f"GLUE has no task '{task}'; there are: {', '.join(TASKS)}.")
    is_public = not split.startswith("test")
    require(is_public, "The labels of GLUE's test splits are not public, so there is nothing to compare "
                       "with; use dev.")
    splits = "train", "dev", *(("dev_matched", "dev_mismatched") if task == "MNLI" else ())
    require(split in splits, f"{task} has no split '{split}'; there are: {', '.join(splits)}.")


def check_score(score: str, label: str, where: str):
    """Raise InputError for a similarity that does not lie on the scale."""
    is_on_scale = NUMBER.fullmatch(score) is not None and 0 <= float(score) <= 5
    require(is_on_scale, f"{where}: '{label}' must be a number from 0 to 5, not {score!r}.")
