"""Evaluating a model on a benchmark: ask every item, score the answers, and say how sure each score is.

An item as a model meets it, here of MMLU with one shot:

    heading   "The following are multiple choice questions (with answers) about  astronomy.\\n\\n"
    shots     ("What is the Sun?\\nA. A star\\nB. A planet\\nC. A moon\\nD. A comet\\nAnswer: A\\n\\n",)
    prompt    "Which planet is the largest?\\nA. Mars\\nB. Jupiter\\nC. Venus\\nD. Earth\\nAnswer:"
    choices   ("A", "B", "C", "D")       what it may answer; empty where it answers freely
    targets   ("B",)                     the right answers

There are two ways to ask. By generation the model writes, and the first line that it writes is its answer. By likelihood
it writes nothing: each choice is put behind the prompt, and its answer is the choice that it finds the most probable.
"""

import math
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from tqdm import tqdm

from tinyllm.check import require
from tinyllm.data import Example, Task, collate, instructions
from tinyllm.generate import complete
from tinyllm.metrics import accuracy
from tinyllm.model import Transformer
from tinyllm.tokenizer import IGNORE, Tokenizer

NORMAL_95 = 1.96  # 95 % of a normal distribution lie within so many deviations of its mean


@dataclass(frozen=True)
class Item:
    """One question. group: what belongs together, such as a subject, or the options of one question."""

    prompt: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] = ()
    group: str = ""
    heading: str = ""
    shots: tuple[str, ...] = ()

    def text(self, n_shots: int) -> str:
        """What the model reads: heading, the first n_shots solved examples, prompt."""
        return self.heading + "".join(self.shots[:n_shots]) + self.prompt


Metric = Callable[[Sequence[str], Sequence[Item]], float]


def exact_match(predictions: Sequence[str], items: Sequence[Item]) -> float:
    """The share of items whose answer is one of its targets. Case and white space around it do not count."""
    return accuracy([p.lower() for p in predictions], [[t.lower() for t in item.targets] for item in items])


@dataclass(frozen=True)
class Benchmark:
    """Items and the metrics that they are scored by. Raises InputError if there is no item."""

    name: str
    items: tuple[Item, ...] = field(repr=False)
    metrics: Mapping[str, Metric] = field(default_factory=lambda: {"accuracy": exact_match}, repr=False)

    def __post_init__(self):
        check_items(self)


@dataclass(frozen=True)
class Estimate:
    """A score, the 95 % interval in which the score over ever more such items would be expected, and their number."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}..{self.high:.3f}, n={self.count})"


@dataclass(frozen=True)
class Report:
    """What a model made of a benchmark."""

    benchmark: str
    scores: Mapping[str, Estimate]
    items: tuple[Item, ...] = field(repr=False)  # those that were asked
    predictions: tuple[str, ...] = field(repr=False)
    probabilities: tuple[tuple[float, ...], ...] = field(repr=False)  # of each item's choices; empty by generation
    left_out: int  # items longer than the model's context even without any shot
    mean_shots: float  # solved examples in front of an item, as many as there was room for


def evaluate(model: Transformer, tokenizer: Tokenizer, benchmark: Benchmark, by: str = "likelihood", normalize: bool = True,
             max_new_tokens: int = 32) -> Report:
    """Ask a model every item of a benchmark, and score its answers by the benchmark's metrics.

    by: "likelihood", which needs items with choices, or "generation". normalize: compare the choices by their mean log
    probability a token; if False by the sum, which favours short choices. max_new_tokens: of a generated answer. An item
    that is too long is asked with fewer shots; one that does not fit without any is left out, and counted. Raises
    InputError if none is left.
    """
    check_way(benchmark, by)
    fitting = [(item, n_shots) for item in benchmark.items
               if (n_shots := _most_shots(model, tokenizer, item, by, max_new_tokens)) is not None]
    check_fitting(fitting, benchmark, model.config.context)
    items, texts = [item for item, _ in fitting], [item.text(n_shots) for item, n_shots in fitting]
    if by == "likelihood":
        probabilities = choice_probabilities(model, tokenizer, texts, [item.choices for item in items], normalize)
        answers = [item.choices[shares.index(max(shares))] for item, shares in zip(items, probabilities, strict=True)]
    else:
        probabilities, answers = [() for _ in items], _first_lines(model, tokenizer, texts, max_new_tokens)
    return Report(benchmark.name, {name: estimate(metric, answers, items) for name, metric in benchmark.metrics.items()},
                  tuple(items), tuple(answers), tuple(probabilities), len(benchmark.items) - len(items),
                  sum(n_shots for _, n_shots in fitting) / len(fitting))


@torch.inference_mode()
def choice_probabilities(model: Transformer, tokenizer: Tokenizer, texts: Sequence[str], choices: Sequence[Sequence[str]],
                         normalize: bool = True, batch_size: int = 32) -> list[tuple[float, ...]]:
    """For each text the softmax over its choices' log probabilities, each a sum over tokens or, normalized, their mean.

    A choice follows its text after one space, as in training. Choices that are long have more tokens to lose probability
    on, which the mean makes up for (Brown et al. 2020, section 2.4).
    """
    # Without the last column: it would ask for the end of the text, and the question is which choice, not how long.
    rows = [[ids[:-1] for ids in tokenizer.render(text, f" {choice}")] for i, text in enumerate(texts) for choice in choices[i]]
    same_input: dict[tuple, list[int]] = {}  # choices of one token are all predicted in one place: they share a pass
    for k, (ids, _) in enumerate(rows):
        same_input.setdefault(tuple(ids), []).append(k)
    inputs = sorted(same_input, key=len)  # like lengths together: little padding
    scores, device = [0.0] * len(rows), next(model.parameters()).device
    was_training = model.training
    model.eval()
    with _progress(len(rows), "choice") as bar:
        for start in range(0, len(inputs), batch_size):
            batch = inputs[start:start + batch_size]
            asked = [(i, k) for i, ids in enumerate(batch) for k in same_input[ids]]  # N choices of B inputs
            targets = collate([rows[k] for _, k in asked])[1].to(device)  # (N, T)
            ids = collate([rows[same_input[ids][0]] for ids in batch])[0].to(device)  # (B, T)
            log_p = model(ids).float().log_softmax(dim=-1)  # (B, T, V)
            which, place = torch.tensor([[i] for i, _ in asked]), torch.arange(ids.shape[1])  # (N, 1), (T)
            totals = log_p[which, place, targets.clamp(min=0)].where(targets != IGNORE, 0).sum(dim=1)
            for (_, k), total in zip(asked, totals / (targets != IGNORE).sum(dim=1) if normalize else totals, strict=True):
                scores[k] = total.item()
            bar.update(len(asked))
    model.train(was_training)
    found = iter(scores)
    return [tuple(torch.tensor([next(found) for _ in own]).softmax(dim=0).tolist()) for own in choices]


def estimate(metric: Metric, predictions: Sequence[str], items: Sequence[Item], samples: int = 200) -> Estimate:
    """A metric's value and its 95 % interval.

    For right-or-wrong answers the interval is Wilson's, which is sound also at 0 and 1. For other metrics it is that of
    the bootstrap (Efron 1979): the metric over `samples` random draws of the items, with replacement, whole groups at a time.
    """
    value, count = metric(predictions, items), len(items)
    if metric is exact_match:
        centre, z2 = value + NORMAL_95**2 / (2 * count), NORMAL_95**2
        half = NORMAL_95 * math.sqrt(value * (1 - value) / count + z2 / (4 * count**2))
        return Estimate(value, max(0.0, (centre - half) / (1 + z2 / count)), min(1.0, (centre + half) / (1 + z2 / count)), count)
    groups: dict = {}
    for i, item in enumerate(items):
        groups.setdefault(item.group or i, []).append(i)
    members, draw, values = list(groups.values()), random.Random(0), []
    for _ in range(samples):
        drawn = [(i, f"{k}") for k, group in enumerate(draw.choices(members, k=len(members))) for i in group]
        values.append(metric([predictions[i] for i, _ in drawn], [replace(items[i], group=k) for i, k in drawn]))
    values.sort()
    return Estimate(value, values[round(0.025 * (samples - 1))], values[round(0.975 * (samples - 1))], count)


def from_task(task: Task, examples: Sequence[Example], templates: Sequence[str], seed: int = 3) -> Benchmark:
    """A benchmark of a task of the small world, each example under a template drawn at random."""
    prompts = [prompt for prompt, _ in instructions(examples, templates, seed)]
    return Benchmark(task.name, tuple(Item(prompt, example.references, example.choices)
                                      for prompt, example in zip(prompts, examples, strict=True)))


def _most_shots(model: Transformer, tokenizer: Tokenizer, item: Item, by: str, max_new_tokens: int) -> int | None:
    """How many of the item's shots leave room for an answer; None if it does not even fit without."""
    answers = [len(tokenizer.encode(f" {choice}")) for choice in item.choices]
    room = model.config.context - (max(answers) if by == "likelihood" else max_new_tokens)
    return next((n for n in range(len(item.shots), -1, -1) if len(tokenizer.encode(item.text(n))) <= room), None)


def _first_lines(model: Transformer, tokenizer: Tokenizer, texts: Sequence[str], max_new_tokens: int) -> list[str]:
    answers = []
    with _progress(len(texts), "question") as bar:
        for start in range(0, len(texts), 128):
            answers += complete(model, tokenizer, texts[start:start + 128], max_new_tokens)
            bar.update(len(answers) - start)
    return [answer.split("\n")[0].strip() for answer in answers]


def _progress(count: int, unit: str) -> tqdm:
    """A bar that goes away when it is done, and shows nothing for what takes less than two seconds."""
    return tqdm(total=count, desc="asking", unit=unit, leave=False, delay=2, mininterval=1 if sys.stderr.isatty() else 10)


def check_items(benchmark: Benchmark):
    """Raise InputError for a benchmark of no items."""
    require(len(benchmark.items) > 0, f"{benchmark.name} has no examples, so there is nothing to report.")


def check_way(benchmark: Benchmark, by: str):
    """Raise InputError for an unknown way to ask, and for one that this benchmark cannot be asked by."""
    is_known = by in ("likelihood", "generation")
    require(is_known, f"A model is asked by 'likelihood' or by 'generation', not by {by!r}.")
    is_possible = by == "generation" or all(item.choices for item in benchmark.items)
    require(is_possible, f"{benchmark.name} has items without choices, so it can be asked by generation "
                         "alone.")


def check_fitting(fitting: Sequence, benchmark: Benchmark, context: int):
    """Raise InputError if no item is short enough for the model."""
    require(len(fitting) > 0, f"No item of {benchmark.name} fits into the context of {context} tokens, so "
                              "there is nothing to report; use a model with a longer one.")
