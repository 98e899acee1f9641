"""BIG-bench: tasks from many authors, each one JSON file (Srivastava et al. 2022), and BIG-bench Hard (Suzgun et al. 2022).

A task.json and what its example becomes:

    {"name": "colours", "metrics": ["multiple_choice_grade"], "task_prefix": "Answer with a colour.\\n",
     "examples": [{"input": "What colour is snow?", "target_scores": {"white": 1, "black": 0}}]}

    heading  "Answer with a colour.\\n"
    prompt   "\\nQ: What colour is snow?\\n  choice: white\\n  choice: black\\nA:"
    choices  ("white", "black")
    targets  ("white",)

Prompts are those of the reference json_task with two differences. The reference shuffles the choices, so that their place
gives nothing away; so do we, in an order of our own. And exactly one space precedes an answer whatever the file's output
prefix ends with, as everywhere in `suite`.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyllm.benchmarks.files import Row, check_text, check_value, find, read_text, value
from tinyllm.benchmarks.suite import Benchmark, Item, exact_match
from tinyllm.check import InputError, require

DEFAULTS = {"task_prefix": "", "example_input_prefix": "\nQ: ", "example_output_prefix": "\nA: ",
            "choice_prefix": "\n  choice: ", "append_choices_to_input": True, "preferred_score": "", "name": ""}
HARD = {"metrics": ["exact_str_match"], "example_input_prefix": "Q: "}  # files of BIG-bench Hard hold examples only


@dataclass(frozen=True)
class GradedItem(Item):
    """An item with a grade for each of its choices, as a choice may be half right."""

    grades: tuple[float, ...] = ()


def multiple_choice_grade(predictions: Sequence[str], items: Sequence[GradedItem]) -> float:
    """The mean grade of the chosen answers. An answer that is none of the choices, letter for letter, is graded 0."""
    grades = [dict(zip(item.choices, item.grades, strict=True)).get(p, 0.0) for p, item in zip(predictions, items, strict=True)]
    return sum(grades) / len(grades)


METRICS = {"exact_str_match": exact_match, "multiple_choice_grade": multiple_choice_grade}


def load_bigbench(path: str | Path) -> Benchmark:
    """The task of a BIG-bench task.json, of the folder that holds one, or of a file of BIG-bench Hard.

    Its metrics are those the file names, `preferred_score` first, as far as they are among METRICS; others (bleu, rouge,
    the authors' own programs) are left out. multiple_choice_grade needs `target_scores` in every example. exact_str_match
    is more lenient than the reference in one point: capitals do not count. Raises InputError if no metric is left, and
    one that names file and line, or file and example, for what cannot be read.
    """
    path = Path(path)
    path = find(path, "task.json") if path.is_dir() else find(path.parent, path.name)
    data = parse(read_text(path), path)
    check_data(data, path)
    task = {**DEFAULTS, **({} if "metrics" in data else HARD), **data}
    check_settings(task, path)
    order = random.Random(0)
    items = tuple(_item(task, example, f"{path}, example {number}", order)
                  for number, example in enumerate(value(task, "examples", list, f"{path}"), start=1))
    name = task["name"] or (path.parent.name if path.name == "task.json" else path.stem)
    return Benchmark(f"BIG-bench {name}", items, {metric: METRICS[metric] for metric in _supported(task, items, path)})


def _supported(task: Row, items: Sequence[Item], path: Path) -> list[str]:
    """The metrics of the file that we can compute, the preferred one first."""
    named = [task["preferred_score"], *value(task, "metrics", list, f"{path}")]
    usable = {"exact_str_match"} | ({"multiple_choice_grade"} if all(item.choices for item in items) else set())
    supported = list(dict.fromkeys(metric for metric in named if isinstance(metric, str) and metric in usable))
    check_metrics(supported, task["metrics"], path)
    return supported


def _item(task: Row, example: Row, where: str, order: random.Random) -> GradedItem:
    check_example(example, where)
    scores = _scores(example, where)
    choices = tuple(order.sample(sorted(scores), len(scores)))  # authors often write the right one first
    listed = [task["choice_prefix"] + choice for choice in choices] if task["append_choices_to_input"] else []
    prompt = "".join([task["example_input_prefix"], value(example, "input", str, where), *listed, task["example_output_prefix"]])
    return GradedItem(prompt.removesuffix(" "), _targets(example, scores, where), choices, heading=task["task_prefix"],
                      grades=tuple(scores[choice] for choice in choices))


def _scores(example: Row, where: str) -> Mapping[str, float]:
    """The grade of each choice; none where the answer is free."""
    if "target_scores" not in example:
        return {}
    scores = value(example, "target_scores", dict, where)
    check_scores(scores, where)
    return scores


def _targets(example: Row, scores: Mapping[str, float], where: str) -> tuple[str, ...]:
    """The right answers: `target`, one or a list, or else the choices with the highest score."""
    if "target" not in example and scores:
        return tuple(choice for choice in scores if scores[choice] == max(scores.values()))
    targets = example.get("target") if isinstance(example.get("target"), list) else [value(example, "target", str, where)]
    check_targets(targets, where)
    return tuple(targets)


def parse(text: str, path: Path) -> object:
    """What the JSON of a file holds. Raises InputError, with the line if it is known, for invalid JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not valid JSON ({error.msg}).") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, thousands of brackets
        raise InputError(f"{path}: not valid JSON ({error}).") from None


def check_data(data: object, path: Path):
    """Raise InputError for JSON that is no object with examples."""
    is_object = isinstance(data, dict)
    require(is_object, f"{path}: a JSON object with \"examples\" is needed, not {type(data).__name__}.")
    has_examples = "examples" in data
    require(has_examples, f"{path}: there are no \"examples\", so this is no file of BIG-bench; "
                          f"it has {sorted(data)[:5]}.")


def check_settings(task: Row, path: Path):
    """Raise InputError for a setting that is not of the same type as its default."""
    for name, default in DEFAULTS.items():
        check_value(task, name, type(default), f"{path}")


def check_metrics(supported: Sequence[str], named: Sequence, path: Path):
    """Raise InputError if none of the metrics that the file names can be computed."""
    require(len(supported) > 0, f"{path}: its metrics {named} cannot be computed here; exact_str_match can, "
                                "and multiple_choice_grade if every example has 'target_scores'.")


def check_example(example: object, where: str):
    """Raise InputError for an example that has no fields."""
    is_object = isinstance(example, dict)
    require(is_object, f"{where}: an example must be a JSON object, not {type(example).__name__}.")


def check_scores(scores: Mapping, where: str):
    """Raise InputError for no choices, for half a character in one, and for a grade that is no number."""
    for choice in scores:
        check_text(choice, f"{where}: a choice")
    are_graded = len(scores) > 0 and all(isinstance(score, int | float) and abs(score) < 1e9
                                         for score in scores.values())
    require(are_graded, f"{where}: 'target_scores' must give a number for each choice, not {scores}.")


def check_targets(targets: Sequence, where: str):
    """Raise InputError for no right answer, and for one that is no text or has half a character in it."""
    are_texts = len(targets) > 0 and all(isinstance(target, str) for target in targets)
    require(are_texts, f"{where}: 'target' must be a text or a list of texts, not {targets}.")
    for target in targets:
        check_text(target, f"{where}: 'target'")
