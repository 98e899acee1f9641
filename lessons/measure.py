"""What several lessons measure in the same way: tune a model, ask it a task's questions, time it, and give the spread.

Lesson 5 shows in full how a model is tuned and asked; the later lessons use what stands here.
"""

import math
import re
import statistics
import time
from collections.abc import Sequence

from ledger import error_of
from lesson import Lesson
from screen import fill

from tinyllm import TrainConfig, Trainer, generate
from tinyllm.checkpoint import load_model, save_model, sha256
from tinyllm.data import WORLD, Packed, instructions, load_corpus, load_task, render_all, task_names
from tinyllm.generate import complete
from tinyllm.metrics.accuracy import exact_match, token_f1
from tinyllm.metrics.rouge import KINDS, rouge
from tinyllm.trainer import make_optimizer, masked_cross_entropy

METRICS = {"exact_match": exact_match, "token_f1": token_f1}


class Questions:
    """Questions and the answers that are right. metric: "exact_match" or "token_f1", by which each answer gets 0 to 1."""

    def __init__(self, tokenizer, prompts: list[str], references: list[list[str]], metric: str):
        self.tokenizer, self.prompts, self.references, self.metric = tokenizer, prompts, references, metric

    @classmethod
    def of(cls, tokenizer, task, examples, templates=None):
        """A task's examples, each under one of its templates, or of others, drawn at random."""
        prompts = [prompt for prompt, _ in instructions(examples, templates or task.templates, seed=3)]
        return cls(tokenizer, prompts, [list(example.references) for example in examples], task.metric)

    def answers(self, model) -> list[str]:
        """What the model writes to each question, with room for the longest right answer."""
        return complete(model, self.tokenizer, self.prompts, room_for(self.tokenizer, self.references), batch_size=100)

    def score(self, answers: Sequence[str]) -> list[float]:
        """The score of each answer, from 0 to 1."""
        metric = METRICS[self.metric]
        return [float(metric(answer, valid)) for answer, valid in zip(answers, self.references, strict=True)]

    def scores(self, model) -> list[float]:
        """The model's score on each question."""
        return self.score(self.answers(model))

    def telling(self, answers: Sequence[str]) -> int:
        """The first question whose answer does not even hold what is wanted, so that not the form alone is wrong."""
        return next((i for i, (answer, valid) in enumerate(zip(answers, self.references, strict=True))
                     if not any(text.strip() in answer for text in valid)), 0)

    def show(self, models: dict, number: int = 0):
        """Print one question: what is asked, what each model (or a list of answers) writes, and what is wanted."""
        print(f"\nOne of the {len(self.prompts)} questions:\n")
        print("\n".join(f"    {line}" for line in self.prompts[number].split("\n")))
        one = Questions(self.tokenizer, [self.prompts[number]], [self.references[number]], self.metric)
        for name, model in models.items():
            answer = model[number] if isinstance(model, list) else one.answers(model)[0]
            print(fill(f"  {name} writes: {answer!r}", "      "))
        print(fill(f"  wanted: {' or '.join(map(repr, self.references[number]))}", "      "), flush=True)


def room_for(tokenizer, references: Sequence[Sequence[str]]) -> int:
    """How many tokens the longest right answer takes, with a space before it and END behind it."""
    return 2 + max(len(tokenizer.encode(text)) for valid in references for text in valid)


def tune(lesson: Lesson, model, tokenizer, pairs, rate: float, seed: int = 0, batch_size: int = 8, epochs: float = 1.0,
         after_step=None, settings: dict | None = None):
    """The model after some epochs over (prompt, completion) pairs: whatever is trainable in it is trained.

    after_step: called with the number of steps done after each of them. settings: more of TrainConfig's."""
    config = TrainConfig(epochs=epochs, learning_rate=rate, batch_size=batch_size, weight_decay=0.0, seed=seed,
                         device=lesson.options.device, **(settings or {}))
    Trainer(model, config).fit(render_all(tokenizer, pairs), after_step=after_step)
    return model


def corpus_loss(lesson: Lesson, model, tokenizer) -> float:
    """The loss on ordinary text, held back from pre-training: it rises when a model forgets its language."""
    text = Packed(tokenizer, load_corpus()[:10 if lesson.fast else 100], 256)
    return Trainer(model, TrainConfig(batch_size=16, device=lesson.options.device)).evaluate(text)[0]


def pairs_of(names: Sequence[str], n_train: int, seed: int = 1) -> list[tuple[str, str]]:
    """The first training examples of each of these tasks, under its templates."""
    tasks = map(load_task, names)
    return [pair for task in tasks for pair in instructions(task.train[:n_train], task.templates, seed=seed)]


def instruct_model(lesson: Lesson):
    """(model, tokenizer) that lesson 5 saved; if it has not run here, a model tuned on fewer examples, which is said."""
    folder = lesson.folder.parent / "05_instruction_tuning" / "instruct"
    lesson.record(instruct_model="lesson 5's" if folder.is_dir() else "a shorter run's")
    if folder.is_dir():
        return load_model(folder, device=lesson.device)
    n_train = 10 if lesson.fast else 200
    lesson.say(f"Lesson 5 has not run here, so its instruct model is not there. One is tuned now on {n_train} examples of each "
               "task instead of 1,000, and will be weaker.")
    model, tokenizer = load_model(WORLD / "base", device=lesson.device)
    return tune(lesson, model, tokenizer, pairs_of(task_names(), n_train), rate=3e-4), tokenizer


def instruct_model_without(lesson: Lesson, left_out: str):
    """(model, tokenizer): the base model tuned on all tasks but one, which it has never seen. It is kept for the next run, as
    long as the base is the same."""
    base = sha256((WORLD / "base" / "weights.pt").read_bytes())
    folder = lesson.folder / f"all_but_{left_out}_of_base_{base[:8]}"
    if (folder / "weights.pt").is_file():
        return load_model(folder, device=lesson.device)
    names = [name for name in task_names() if name != left_out]
    n_train = 10 if lesson.fast else 800
    print(f"\nTuning the base model on {n_train} examples of each of these {len(names)} tasks: {', '.join(names)}.", flush=True)
    model, tokenizer = load_model(WORLD / "base", device=lesson.device)
    tune(lesson, model, tokenizer, pairs_of(names, n_train), rate=4e-4)
    save_model(folder, model, tokenizer)
    return model, tokenizer


def decoding_seconds(models: dict, prompts: list[list[int]], n_tokens: int, rounds: int) -> dict[str, list[float]]:
    """For each model the seconds of each round in which it writes n_tokens to every prompt.

    The models take turns, so that a busy moment of the machine meets all of them alike: compare them round by round. To
    see how far chance goes, give one model twice, under two names.
    """
    seconds = {name: [] for name in models}
    for _ in range(rounds):
        for name, model in models.items():
            start = time.perf_counter()
            generate(model, prompts, n_tokens)
            seconds[name].append(time.perf_counter() - start)
    return seconds


def training_seconds(models: dict, ids, targets, rounds: int) -> dict[str, list[float]]:
    """For each model the seconds of each round's training step on one batch. The models take turns, as in `decoding_seconds`."""
    optimizers = {name: make_optimizer(model, TrainConfig(learning_rate=1e-4)) for name, model in models.items()}
    seconds = {name: [] for name in models}
    for turn in range(rounds + 1):
        for name, model in models.items():
            start = time.perf_counter()
            optimizers[name].zero_grad()
            masked_cross_entropy(model(ids), targets).backward()
            optimizers[name].step()
            optimizers[name].param_groups[0]["params"][0].sum().item()  # wait until a GPU has done it
            if turn > 0:  # the first step makes the optimizer's state
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratios(seconds: dict[str, list[float]], name: str, to: str) -> list[float]:
    """Round by round, how many times as long one took as another."""
    return [own / other for own, other in zip(seconds[name], seconds[to], strict=True)]


def against(own: list[list[float]], other: list[list[float]], share: float = 1.0) -> list[list[float]]:
    """own - share * other, question by question, a list for each seed: the values of a claim.

    Where one side has a single list (a model that was not trained, say) it stands for every seed.
    """
    n_seeds = max(len(own), len(other))
    own, other = (side * n_seeds if len(side) == 1 else side for side in (own, other))
    return [[a - share * b for a, b in zip(*seed, strict=True)] for seed in zip(own, other, strict=True)]


def mean_of(runs: list[list[float]]) -> float:
    """The mean over all questions and seeds."""
    return statistics.mean(statistics.mean(own) for own in runs)


def means(runs: list[list[float]]) -> list[float]:
    """The mean score of each seed."""
    return [statistics.mean(own) for own in runs]


def spread(values: list[float]) -> str:
    """One value as it is, several as mean and range."""
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{statistics.mean(values):.3f} ({min(values):.3f}..{max(values):.3f})"


def plus_minus(values: list[list[float]]) -> str:
    """Mean and error of the values of a claim, as "+0.012 ± 0.034". What lies within the error may be chance."""
    return f"{mean_of(values):+.3f} ± {error_of(values):.3f}"


def paired(own: list[float], other: list[float]) -> tuple[float, float]:
    """The mean difference of two models' scores on the same questions, and twice its standard error.

    Within it the two cannot be told apart by these questions. (Another seed of training may move them further.)
    """
    differences = [a - b for a, b in zip(own, other, strict=True)]
    return statistics.mean(differences), 2 * statistics.stdev(differences) / math.sqrt(len(differences))


def rouge_f1(texts: Sequence[str], references: Sequence) -> dict[str, list[float]]:
    """For each kind of ROUGE the F1 of each text."""
    each = [rouge(text, valid) for text, valid in zip(texts, references, strict=True)]
    return {kind: [scores[kind].f1 for scores in each] for kind in KINDS}


def names_not_in(prompt: str, text: str) -> set[str]:
    """Words of the text that begin with a capital and are not in the prompt: mostly names."""
    return {word.lower() for word in re.findall(r"\b[A-Z]\w+", text)} - set(re.findall(r"\w+", prompt.lower()))


def percent(share: float) -> str:
    """0.0854 %, 0.367 %, 19.4 %: three digits, wherever they begin."""
    return f"{100 * share:.3g} %"
