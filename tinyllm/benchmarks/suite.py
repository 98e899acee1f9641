r"""Evaluating a model on a benchmark: ask every item, score the answers, and say how sure each score is.

An item of MMLU with one shot, which is one solved example, as a model meets it:

    heading   "The following are multiple choice questions (with answers) about  astronomy.\n\n"
    shots     ("What is the Sun?\nA. A star\nB. A planet\nC. A moon\nD. A comet\nAnswer: A\n\n",)
    prompt    "Which planet is the largest?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth\nAnswer:"
    choices   ("A", "B", "C", "D")       what it may answer; empty where it answers freely
    targets   ("B",)                     the right answers

There are two ways to ask. By likelihood the model chooses: its answer is the choice that it finds most
probable after the prompt. By generation it writes: its answer is the first line that it writes. See
asking.py for both.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tinyllm.benchmarks.asking import choice_probabilities, first_lines
from tinyllm.check import require
from tinyllm.data import Example, Task, instructions
from tinyllm.metrics import accuracy
from tinyllm.model import Transformer
from tinyllm.tokenizer import Tokenizer

NORMAL_95 = 1.96  # 95 % of a normal distribution lie within so many standard deviations of its mean


@dataclass(frozen=True)
class Item:
    """One question."""

    prompt: str
    targets: tuple[str, ...]  # the right answers
    choices: tuple[str, ...] = ()  # what can be answered; empty where the answer is free
    group: str = ""  # the same for items that belong together, such as those of one subject
    heading: str = ""
    shots: tuple[str, ...] = ()  # solved examples

    def text(self, n_shots: int) -> str:
        """What the model reads: the heading, the first n_shots solved examples, and the prompt."""
        return self.heading + "".join(self.shots[:n_shots]) + self.prompt


Metric = Callable[[Sequence[str], Sequence[Item]], float]  # (predictions, items) -> score


def exact_match(predictions: Sequence[str], items: Sequence[Item]) -> float:
    """The share of items whose answer is a target. Case and white space around it do not matter."""
    targets = [[target.lower() for target in item.targets] for item in items]
    return accuracy([prediction.lower() for prediction in predictions], targets)


@dataclass(frozen=True)
class Benchmark:
    """Items, and the metrics that score the answers to them. Raises InputError if there are no items."""

    name: str
    items: tuple[Item, ...] = field(repr=False)
    metrics: Mapping[str, Metric] = field(default_factory=lambda: {"accuracy": exact_match}, repr=False)

    def __post_init__(self):
        check_items(self)


@dataclass(frozen=True)
class Estimate:
    """A score, and the 95 % interval in which the score on very many such items is expected."""

    value: float
    low: float
    high: float
    count: int  # items

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}..{self.high:.3f}, n={self.count})"


@dataclass(frozen=True)
class Report:
    """How a model did on a benchmark."""

    benchmark: str
    scores: Mapping[str, Estimate]
    items: tuple[Item, ...] = field(repr=False)  # those that were asked
    predictions: tuple[str, ...] = field(repr=False)
    probabilities: tuple[tuple[float, ...], ...] = field(repr=False)  # of the choices; () if it wrote
    left_out: int  # items that are longer than the model's context even without shots
    mean_shots: float  # solved examples in front of an item, on average


def evaluate(model: Transformer, tokenizer: Tokenizer, benchmark: Benchmark, by: str = "likelihood",
             normalize: bool = True, max_new_tokens: int = 32) -> Report:
    """Ask a model every item of a benchmark, and score its answers by the benchmark's metrics.

    by              "likelihood", for which all items need choices, or "generation"
    normalize       compare choices by their mean log probability per token; the sum would favour short ones
    max_new_tokens  the longest answer that is generated

    An item that is too long for the model's context is asked with fewer shots. If it does not fit without
    any, it is left out and counted. Raises InputError if no item is left.
    """
    check_way(benchmark, by)
    context = model.config.context
    reserved = max_new_tokens if by == "generation" else None  # else the longest choice decides
    possible = [(item, most_shots(tokenizer, item, context, reserved)) for item in benchmark.items]
    fitting = [(item, n_shots) for item, n_shots in possible if n_shots is not None]
    check_fitting(fitting, benchmark, context)
    items, texts = [item for item, _ in fitting], [item.text(n_shots) for item, n_shots in fitting]
    if by == "likelihood":
        choices = [item.choices for item in items]
        probabilities = choice_probabilities(model, tokenizer, texts, choices, normalize)
        answers = [item.choices[p.index(max(p))] for item, p in zip(items, probabilities, strict=True)]
    else:
        probabilities = [() for _ in items]
        answers = first_lines(model, tokenizer, texts, max_new_tokens)
    scores = {name: estimate(metric, answers, items) for name, metric in benchmark.metrics.items()}
    return Report(benchmark.name, scores, tuple(items), tuple(answers), tuple(probabilities),
                  left_out=len(benchmark.items) - len(items),
                  mean_shots=sum(n_shots for _, n_shots in fitting) / len(fitting))


def most_shots(tokenizer: Tokenizer, item: Item, context: int, reserved: int | None = None) -> int | None:
    """With how many of its shots an item fits into the context; None if it does not even fit without.

    `reserved` tokens are left free for the answer. If none are given, they are those of the longest choice.
    """
    if reserved is None:
        reserved = max(len(tokenizer.encode(f" {choice}")) for choice in item.choices)
    for n_shots in range(len(item.shots), -1, -1):
        [prompt] = tokenizer.encode_prompts([item.text(n_shots)])
        if len(prompt) <= context - reserved:
            return n_shots
    return None


def estimate(metric: Metric, predictions: Sequence[str], items: Sequence[Item],
             samples: int = 200) -> Estimate:
    """A metric's value and its 95 % interval: Wilson's for accuracy, the bootstrap's for all else.

    Wilson's takes the items as independent; it does not know groups.
    """
    value = metric(predictions, items)
    if metric is exact_match:
        low, high = wilson_interval(value, len(items))
    else:
        low, high = bootstrap_interval(metric, predictions, items, samples)
    return Estimate(value, low, high, len(items))


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share s of n answers that are right (Wilson 1927), with z = 1.96:

        (s + z^2 / (2n) +- z sqrt(s (1 - s) / n + z^2 / (4n^2))) / (1 + z^2 / n)

    The usual s +- z sqrt(s (1 - s) / n) has no width at s = 0 and s = 1, as if the share were known
    exactly. Wilson's interval has a width there: of 10 answers that are all right, it says that the share
    is between 0.72 and 1.

        >>> [round(end, 2) for end in wilson_interval(1.0, 10)]
        [0.72, 1.0]
    """
    z2 = NORMAL_95**2
    centre = share + z2 / (2 * count)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, (centre - half) / (1 + z2 / count)), min(1.0, (centre + half) / (1 + z2 / count))


def bootstrap_interval(metric: Metric, predictions: Sequence[str], items: Sequence[Item],
                       samples: int) -> tuple[float, float]:
    """The 95 % interval of any metric, by drawing the items again and again with replacement (Efron 1979).

    The metric is computed on each draw, and the middle 95 % of its values are the interval. Whole groups
    are drawn, because items of one group are not independent. A group that is drawn twice must count as
    two, so each drawn group gets a name of its own.
    """
    groups = defaultdict(list)
    for i, item in enumerate(items):
        groups[item.group or i].append(i)  # an item without a group is one by itself
    members, draw, values = list(groups.values()), random.Random(0), []
    for _ in range(samples):
        drawn_predictions, drawn_items = [], []
        for name, group in enumerate(draw.choices(members, k=len(members))):
            drawn_predictions += [predictions[i] for i in group]
            drawn_items += [replace(items[i], group=str(name)) for i in group]
        values.append(metric(drawn_predictions, drawn_items))
    values.sort()
    return values[round(0.025 * (samples - 1))], values[round(0.975 * (samples - 1))]


def from_task(task: Task, examples: Sequence[Example], templates: Sequence[str], seed: int = 3) -> Benchmark:
    """A benchmark of examples of the small world, each under a template that is drawn at random."""
    pairs = zip(instructions(examples, templates, seed), examples, strict=True)
    return Benchmark(task.name, tuple(Item(prompt, example.references, example.choices)
                                      for (prompt, _), example in pairs))


def check_items(benchmark: Benchmark):
    """Raise InputError for a benchmark without items."""
    require(len(benchmark.items) > 0, f"{benchmark.name} has no examples, so there is nothing to report.")


def check_way(benchmark: Benchmark, by: str):
    """Raise InputError for an unknown way to ask, and for one in which this benchmark cannot be asked."""
    is_known = by in ("likelihood", "generation")
    require(is_known, f"A model is asked by 'likelihood' or by 'generation', not by {by!r}.")
    is_possible = by == "generation" or all(item.choices for item in benchmark.items)
    require(is_possible, f"{benchmark.name} has items without choices, so it can be asked by generation "
                         "alone.")


def check_fitting(fitting: Sequence, benchmark: Benchmark, context: int):
    """Raise InputError if no item is short enough for the model."""
    require(len(fitting) > 0, f"No item of {benchmark.name} fits into the context of {context} tokens, so "
                              "there is nothing to report; use a model with a longer one.")
