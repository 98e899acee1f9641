"""GLUE: nine tasks of understanding English sentences, alone and in pairs (Wang et al. 2018).

A task is a record of how to ask: a template that names columns of the official file, and the word that answers for each
label. A line of RTE and the item that it becomes:

    0 <tab> Dana Reeve has died. <tab> Dana Reeve is alive. <tab> not_entailment

    prompt   "Premise: Dana Reeve has died.\\nHypothesis: Dana Reeve is alive.\\nDoes the premise say that ...\\nAnswer:"
    choices  ("yes", "no")
    targets  ("no",)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyllm.benchmarks.files import Row, Words, by_class, fill, find, labelled_item, read_tsv, slots
from tinyllm.benchmarks.suite import Benchmark, Item, Metric, exact_match
from tinyllm.check import require
from tinyllm.metrics.classification import f1, matthews, pearson, spearman

NUMBER = re.compile(r"-?\d+(\.\d+)?")
SCALE = tuple("012345")
ACCURACY = {"accuracy": exact_match}
F1_AND_ACCURACY = {"f1": by_class(f1, positive="yes"), **ACCURACY}
YES_NO = {"1": "yes", "0": "no"}
ENTAILS = {"entailment": "yes", "not_entailment": "no"}
DOES_IT_FOLLOW = ("Premise: {sentence1}\nHypothesis: {sentence2}\n"
                  "Does the premise say that the hypothesis is true, %s?\nAnswer:")


def _correlation(metric) -> Metric:
    """A metric for items whose answers are numbers: the first number in the text, or 0 if there is none."""
    def number(text: str) -> float:
        found = NUMBER.search(text)
        return float(found[0]) if found else 0.0

    def score(predictions: Sequence[str], items: Sequence[Item]) -> float:
        return metric([number(p) for p in predictions], [number(item.targets[0]) for item in items])
    return score


@dataclass(frozen=True)
class Task:
    """How to ask about a line, and how to score. No words: the label is a number on SCALE and is the answer itself."""

    template: str
    words: Words
    metrics: Mapping[str, Metric]
    label: str = "label"
    header: tuple[str, ...] = ()  # for files that have none


TASKS = {
    "CoLA": Task("Sentence: {sentence}\nIs this sentence acceptable or unacceptable English?\nAnswer:",
                 {"1": "acceptable", "0": "unacceptable"}, {"matthews": by_class(matthews, positive="acceptable")},
                 header=("source", "label", "mark", "sentence")),
    "SST-2": Task("Review: {sentence}\nIs this review positive or negative?\nAnswer:",
                  {"1": "positive", "0": "negative"}, ACCURACY),
    "MRPC": Task("First sentence: {#1 String}\nSecond sentence: {#2 String}\nDo both say the same, yes or no?\nAnswer:",
                 YES_NO, F1_AND_ACCURACY, label="Quality"),
    "QQP": Task("First question: {question1}\nSecond question: {question2}\nDo both ask the same, yes or no?\nAnswer:",
                YES_NO, F1_AND_ACCURACY, label="is_duplicate"),
    "STS-B": Task("First sentence: {sentence1}\nSecond sentence: {sentence2}\n"
                  "How similar is their meaning, from 0 (not at all) to 5 (the same)?\nAnswer:",
                  {}, {"pearson": _correlation(pearson), "spearman": _correlation(spearman)}, label="score"),
    "MNLI": Task(DOES_IT_FOLLOW % "yes, no or maybe", {"entailment": "yes", "contradiction": "no", "neutral": "maybe"},
                 ACCURACY, label="gold_label"),
    "QNLI": Task("Question: {question}\nSentence: {sentence}\nDoes the sentence answer the question, yes or no?\nAnswer:",
                 ENTAILS, ACCURACY),
    "RTE": Task(DOES_IT_FOLLOW % "yes or no", ENTAILS, ACCURACY),
    "WNLI": Task(DOES_IT_FOLLOW % "yes or no", YES_NO, ACCURACY),
}
FILES = {  # where a split is not simply {split}.tsv; the later names are taken if the first is not there
    ("MNLI", "dev"): ("dev_matched.tsv",),
    ("MRPC", "train"): ("train.tsv", "msr_paraphrase_train.txt"),
    ("MRPC", "dev"): ("dev.tsv", "msr_paraphrase_test.txt"),  # Microsoft's own download has labels, but no dev part
}


def load_glue(folder: str | Path, task: str, split: str = "dev") -> Benchmark:
    """A task of GLUE from the folder of the official download, which has CoLA/dev.tsv, MNLI/dev_matched.tsv and so on.

    split: "train" or "dev"; for MNLI also "dev_matched" (which "dev" means) and "dev_mismatched". Raises InputError for
    an unknown task or split, and one that names file and line for a line that cannot be used.
    """
    check_names(task, split)
    record = TASKS[task]
    path = find(Path(folder) / task, *FILES.get((task, split), (f"{split}.tsv",)))
    rows = read_tsv(path, [*slots(record.template), record.label], record.header)
    return Benchmark(f"GLUE {task} {split}", tuple(_item(record, row, where) for where, row in rows), record.metrics)


def _item(task: Task, row: Row, where: str) -> Item:
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
