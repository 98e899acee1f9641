r"""BIG-bench (Srivastava et al. 2022) and BIG-bench Hard (Suzgun et al. 2022): each task is a JSON file.

A task.json and the item that its example becomes:

    {"name": "colours", "metrics": ["multiple_choice_grade"], "task_prefix": "Answer with a colour.\n",
     "examples": [{"input": "What colour is snow?", "target_scores": {"white": 1, "black": 0}}]}

    heading  "Answer with a colour.\n"
    prompt   "\nQ: What colour is snow?\n  choice: white\n  choice: black\nA:"
    choices  ("white", "black")
    targets  ("white",)

The prompts are those of the authors' own program, json_task, with two differences. Both shuffle the
choices, because authors often write the right one first, but the random orders differ. And here exactly one
space stands before an answer, as everywhere in `suite`, whatever the file's output prefix ends with.
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
            "choice_prefix": "\n  choice: ", "append_choices_to_input": True, "preferred_score": "",
            "name": ""}
HARD = {"metrics": ["exact_str_match"], "example_input_prefix": "Q: "}  # BIG-bench Hard gives examples only


@dataclass(frozen=True)
class GradedItem(Item):
    """An item with a grade for each of its choices, as a choice can be half right."""

    grades: tuple[float, ...] = ()


def multiple_choice_grade(predictions: Sequence[str], items: Sequence[GradedItem]) -> float:
    """The mean grade of the chosen answers. The grade of an answer that is no choice is 0."""
    grades = [dict(zip(item.choices, item.grades, strict=True)).get(answer, 0.0)
              for answer, item in zip(predictions, items, strict=True)]
    return sum(grades) / len(grades)


METRICS = {"exact_str_match": exact_match, "multiple_choice_grade": multiple_choice_grade}


def load_bigbench(path: str | Path) -> Benchmark:
    """The task in a BIG-bench task.json, in the folder of one, or in a file of BIG-bench Hard.

    Of the metrics that the file names, those in METRICS are used, the file's preferred_score first. Others
    (bleu, rouge, programs of the authors) are left out. multiple_choice_grade needs target_scores in every
    example. exact_str_match is more lenient here than in the original: case does not matter.

    Raises InputError if no metric is left. For what cannot be read it names the file and the line, or the
    example.
    """
    path = Path(path)
    path = find(path, "task.json") if path.is_dir() else find(path.parent, path.name)
    data = parse(read_text(path), path)
    check_data(data, path)
    task = {**DEFAULTS, **({} if "metrics" in data else HARD), **data}  # BIG-bench Hard names no metrics
    check_settings(task, path)
    draw = random.Random(0)
    items = [to_item(task, example, f"{path}, example {number}", draw)
             for number, example in enumerate(value(task, "examples", list, f"{path}"), start=1)]
    name = task["name"] or (path.parent.name if path.name == "task.json" else path.stem)
    metrics = {metric: METRICS[metric] for metric in usable_metrics(task, items, path)}
    return Benchmark(f"BIG-bench {name}", tuple(items), metrics)


def usable_metrics(task: Row, items: Sequence[Item], path: Path) -> list[str]:
    """The file's metrics that can be computed here, the preferred one first. Raises InputError for none."""
    named = [task["preferred_score"], *value(task, "metrics", list, f"{path}")]
    usable = ["exact_str_match"]
    if all(item.choices for item in items):
        usable.append("multiple_choice_grade")
    found = list(dict.fromkeys(metric for metric in named if isinstance(metric, str) and metric in usable))
    check_metrics(found, task["metrics"], path)
    return found


def to_item(task: Row, example: Row, where: str, draw: random.Random) -> GradedItem:
    """The item of one example, with its choices in random order. Raises InputError if it cannot be used."""
    check_example(example, where)
    grades = grades_of(example, where)
    choices = tuple(draw.sample(sorted(grades), len(grades)))  # a sample of all is a shuffle
    prompt = task["example_input_prefix"] + value(example, "input", str, where)
    if task["append_choices_to_input"]:
        prompt += "".join(task["choice_prefix"] + choice for choice in choices)
    prompt += task["example_output_prefix"]
    return GradedItem(prompt.removesuffix(" "), right_answers(example, grades, where), choices,
                      heading=task["task_prefix"], grades=tuple(grades[choice] for choice in choices))


def grades_of(example: Row, where: str) -> Mapping[str, float]:
    """The grade of each choice; empty where the answer is free. Raises InputError for what is no number."""
    if "target_scores" not in example:
        return {}
    grades = value(example, "target_scores", dict, where)
    check_scores(grades, where)
    return grades


def right_answers(example: Row, grades: Mapping[str, float], where: str) -> tuple[str, ...]:
    """The example's `target`, which is one text or a list, or else the choices with the highest grade.

    Raises InputError for a target that is not text.
    """
    if "target" not in example and grades:
        highest = max(grades.values())
        return tuple(choice for choice in grades if grades[choice] == highest)
    is_list = isinstance(example.get("target"), list)
    targets = example["target"] if is_list else [value(example, "target", str, where)]
    check_targets(targets, where)
    return tuple(targets)


def parse(text: str, path: Path) -> object:
    """What the JSON of a file says. Raises InputError for invalid JSON, if possible with the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not valid JSON ({error.msg}).") from None
    except (ValueError, RecursionError) as error:  # too many digits, or too many brackets in each other
        raise InputError(f"{path}: not valid JSON ({error}).") from None


def check_data(data: object, path: Path):
    """Raise InputError for JSON that is not an object with examples."""
    is_object = isinstance(data, dict)
    require(is_object, f"{path}: a JSON object with \"examples\" is needed, not {type(data).__name__}.")
    has_examples = "examples" in data
    require(has_examples, f"{path}: there are no \"examples\", so this is no file of BIG-bench; "
                          f"it has {sorted(data)[:5]}.")


def check_settings(task: Row, path: Path):
    """Raise InputError for a setting that is not of the same type as its default."""
    for name, default in DEFAULTS.items():
        check_value(task, name, type(default), f"{path}")


def check_metrics(usable: Sequence[str], named: Sequence, path: Path):
    """Raise InputError if none of the metrics that the file names can be computed."""
    require(len(usable) > 0, f"{path}: its metrics {named} cannot be computed here; exact_str_match can, "
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
    require(are_graded, f"{where}: 'target_scores' must give a number for each choice (below a billion), "
                        f"not {scores}.")


def check_targets(targets: Sequence, where: str):
    """Raise InputError for no right answer, for one that is not text, and for half a character in one."""
    are_texts = len(targets) > 0 and all(isinstance(target, str) for target in targets)
    require(are_texts, f"{where}: 'target' must be a text or a list of texts, not {targets}.")
    for target in targets:
        check_text(target, f"{where}: 'target'")
