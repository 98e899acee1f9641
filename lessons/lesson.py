"""What the lessons share: the command line, predictions, tables, plots and the summary.

A lesson makes one `Lesson` before it imports anything slow, so that its first words are on the screen at once, and
ends with `finish`, which writes results/<lesson>/summary.json with every number that the lesson has shown.
"""

import argparse
import json
import math
import statistics
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "results"


class Lesson:
    """One run of a lesson.

    name: that of its file. claim: what the course says, printed first. minutes: how long it takes at normal size on two
    cores. data: what --data takes, if the lesson offers it. full: whether it offers --full.
    """

    def __init__(self, name: str, claim: str, minutes: float, data: str | None = None, full: bool = False):
        self.name, self.start, self.numbers = name, time.perf_counter(), {}
        self.options = self._options(claim, data, full)
        self.fast, self.folder = self.options.fast, RESULTS / name
        self.seeds = list(range(self.options.seeds))
        self.asks = sys.stdin is not None and sys.stdin.isatty() and not self.options.no_ask
        if hasattr(sys.stdout, "reconfigure"):  # a Windows console may not know every character a model can write
            sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        sys.excepthook = _one_sentence_for_input_errors
        print(f"\n=== {name.replace('_', ' ')} ===\n")
        self.say(f"The course: {claim}")
        print(f"This takes {'a few seconds (--fast: toy size, toy results)' if self.fast else f'about {minutes:g} min'}.")
        sys.stdout.flush()
        if self.options.device is not None:
            _ = self.device  # one that is not there is refused now, not after the first minute

    def _options(self, claim: str, data: str | None, full: bool) -> argparse.Namespace:
        parser = argparse.ArgumentParser(description=claim)
        parser.add_argument("--fast", action="store_true", help="the same code at toy size, in seconds")
        parser.add_argument("--seeds", type=_at_least_one, default=1, metavar="N",
                            help="repeat with N seeds and give the spread")
        parser.add_argument("--no-ask", action="store_true", help="do not wait for predictions")
        parser.add_argument("--device", help="cpu, cuda or mps; the best there is if not given")
        if data:
            parser.add_argument("--data", metavar="PATH", help=data)
        if full:
            parser.add_argument("--full", action="store_true", help="make the shipped base model again")
        in_notebook = "ipykernel" in sys.modules  # there sys.argv belongs to the notebook's server
        return parser.parse_args([] if in_notebook else None)

    @property
    def device(self):
        """The torch.device asked for or found."""
        from tinyllm.trainer import pick_device
        return pick_device(self.options.device)

    def instruct_model(self):
        """(model, tokenizer) that lesson 5 saved; if it has not run here, a model tuned on fewer examples, which is said."""
        from tinyllm import TrainConfig, Trainer
        from tinyllm.checkpoint import load_model
        from tinyllm.data import WORLD, instructions, load_task, render_all, task_names
        folder = RESULTS / "05_instruction_tuning" / instruct_folder(self.fast)
        self.record(instruct_model="lesson 5's" if folder.is_dir() else "a shorter run's")
        if folder.is_dir():
            return load_model(folder, device=self.device)
        n_train = 10 if self.fast else 200
        self.say(f"Lesson 5 has not run here, so its instruct model is not there. One is tuned now on {n_train} examples of each "
                 "task instead of 1,000, and will be weaker.")
        model, tokenizer = load_model(WORLD / "base", device=self.device)
        pairs = [pair for task in map(load_task, task_names())
                 for pair in instructions(task.train[:n_train], task.templates, seed=1)]
        config = TrainConfig(learning_rate=3e-4, batch_size=8, device=self.options.device)
        Trainer(model, config).fit(render_all(tokenizer, pairs))
        return model, tokenizer

    def tune(self, model, tokenizer, pairs, rate: float, seed: int = 0, batch_size: int = 8):
        """The model after one epoch over (prompt, completion) pairs: whatever is trainable in it is trained."""
        from tinyllm import TrainConfig, Trainer
        from tinyllm.data import render_all
        config = TrainConfig(learning_rate=rate, batch_size=batch_size, weight_decay=0.0, seed=seed, device=self.options.device)
        Trainer(model, config).fit(render_all(tokenizer, pairs))
        return model

    def say(self, text: str):
        """Print a paragraph."""
        print(textwrap.fill(text, width=110), flush=True)

    def predict(self, question: str, choices: list[str] | None = None) -> "Prediction":
        """Ask for a guess, a number or one of the choices, before the outcome is known."""
        return Prediction(question, choices, self.asks)

    def record(self, **numbers):
        """Put numbers into the summary."""
        self.numbers.update(numbers)

    def table(self, name: str, columns: list[str], rows: list[list]):
        """Print a table and put it into the summary under its name."""
        self.numbers[name] = [dict(zip(columns, row, strict=True)) for row in rows]
        shown = [columns, *[[f"{x:.3f}" if isinstance(x, float) else str(x) for x in row] for row in rows]]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        print()
        for i, row in enumerate(shown):
            print("  " + "  ".join(x.ljust(w) if j == 0 else x.rjust(w)
                                   for j, (x, w) in enumerate(zip(row, widths, strict=True))))
            if i == 0:
                print("  " + "  ".join("-" * w for w in widths))
        print(flush=True)

    @contextmanager
    def plot(self, name: str, **figure):
        """A matplotlib figure and axes to draw in, saved as results/<lesson>/<name>.png."""
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
        fig, axes = pyplot.subplots(layout="constrained", **figure)
        yield fig, axes
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        fig.savefig(path, dpi=120)
        pyplot.close(fig)
        print(f"Plot: {path.relative_to(RESULTS.parent)}")

    def quiz(self, question: str, choices: list[str], right: int, why: str):
        """The course's quiz question, answered only after you tried; with no terminal the answer follows at once."""
        print("\nQuiz")
        Prediction(question, choices, self.asks).compare(choices[right])
        self.say(f"Answer: {choices[right]} {why}")

    def finish(self, found: str, test: str):
        """Print what was found and how to check yourself, and write the summary."""
        from tinyllm.checkpoint import write_whole
        summary = {"lesson": self.name, "fast": self.fast, "seeds": self.seeds, "found": found,
                   "numbers": self.numbers, "seconds": round(time.perf_counter() - self.start, 1)}
        text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
        write_whole(self.folder / "summary.json", lambda path: path.write_text(text, encoding="utf-8"))
        print()
        self.say(f"Found: {found}")
        print(f"Check your understanding: python -m pytest {test}")
        print(f"Every number of this run: results/{self.name}/summary.json ({summary['seconds']:.0f} s)", flush=True)


class Prediction:
    """A guess made before the experiment, compared with its outcome afterwards."""

    def __init__(self, question: str, choices: list[str] | None, asks: bool):
        print(f"\nPredict: {question}")
        for i, choice in enumerate(choices or [], start=1):
            print(f"  {i}. {choice}")
        self.choices = choices
        self.guess = self._read() if asks else None
        sys.stdout.flush()

    def _read(self) -> str | float | None:
        while True:
            try:
                typed = input("Your guess (Enter to pass): ").strip()
            except EOFError:
                return None
            if not typed:
                return None
            try:
                number = float(typed.replace(",", ".").removesuffix("%")) / (100 if typed.endswith("%") else 1)
            except ValueError:
                print("A number, please.")
                continue
            if self.choices is None:
                return number
            if number in range(1, len(self.choices) + 1):
                return self.choices[int(number) - 1]
            print(f"A number from 1 to {len(self.choices)}, please.")

    def compare(self, outcome: str | float):
        """Say how the guess compares with what was measured."""
        if self.guess is None:
            return
        if isinstance(outcome, str):
            print(f"You said: {self.guess} That is {'right' if self.guess == outcome else f'not it; it was: {outcome}'}.")
        else:
            print(f"You said {self.guess:g}; measured: {outcome:.3g} ({self.guess - outcome:+.3g} off).")


class Questions:
    """Questions and the answers that are right. metric: "exact_match" or "token_f1", by which each answer gets 0 to 1."""

    def __init__(self, tokenizer, prompts: list[str], references: list[list[str]], metric: str):
        self.tokenizer, self.prompts, self.references, self.metric = tokenizer, prompts, references, metric

    @classmethod
    def of(cls, tokenizer, task, examples, templates=None):
        """A task's examples, each under one of its templates, or of others, drawn at random."""
        from tinyllm.data import instructions
        prompts = [prompt for prompt, _ in instructions(examples, templates or task.templates, seed=3)]
        return cls(tokenizer, prompts, [list(example.references) for example in examples], task.metric)

    def answers(self, model) -> list[str]:
        """What the model writes to each question, with room for the longest right answer."""
        from tinyllm.generate import complete
        longest = 2 + max(len(self.tokenizer.encode(text)) for valid in self.references for text in valid)  # a space, END
        return complete(model, self.tokenizer, self.prompts, max_new_tokens=longest, batch_size=100)

    def scores(self, model) -> list[float]:
        """The model's score on each question."""
        from tinyllm.metrics.accuracy import exact_match, token_f1
        metric = {"exact_match": exact_match, "token_f1": token_f1}[self.metric]
        return [float(metric(answer, valid)) for answer, valid in zip(self.answers(model), self.references, strict=True)]


def decoding_seconds(models: dict, prompts: list[list[int]], n_tokens: int, rounds: int) -> dict[str, tuple[float, float]]:
    """For each model the seconds it takes to write n_tokens to each prompt, and that divided by the first model's.

    The models take turns, and medians are taken, so that a pause of the machine does not count. To see how far chance goes,
    give the first model twice, under two names.
    """
    from tinyllm import generate
    seconds = {name: [] for name in models}
    for _ in range(rounds):
        for name, model in models.items():
            start = time.perf_counter()
            generate(model, prompts, n_tokens)
            seconds[name].append(time.perf_counter() - start)
    first = next(iter(seconds.values()))
    return {name: (statistics.median(own), statistics.median(a / b for a, b in zip(own, first, strict=True)))
            for name, own in seconds.items()}


def instruct_folder(fast: bool) -> str:
    """Where lesson 5 saves its model: a toy one must not take the place of the real one."""
    return "instruct-fast" if fast else "instruct"


def spread(values: list[float]) -> str:
    """One value as it is, several as mean and range."""
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{statistics.mean(values):.3f} ({min(values):.3f}..{max(values):.3f})"


def paired(own: list[float], other: list[float]) -> tuple[float, float]:
    """The mean difference of two models' scores on the same questions, and twice its standard error.

    Within it the two cannot be told apart by these questions. (Another seed of training may move them further.)
    """
    differences = [a - b for a, b in zip(own, other, strict=True)]
    return statistics.mean(differences), 2 * statistics.stdev(differences) / math.sqrt(len(differences))


def percent(share: float) -> str:
    """0.0854 %, 0.367 %, 19.4 %: three digits, wherever they begin."""
    return f"{100 * share:.3g} %"


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 100 is needed, not {text!r}")
    return int(text)


def _one_sentence_for_input_errors(kind, error, trace):
    """For what the user can put right: one sentence and exit code 2. A bug of ours keeps its traceback."""
    from tinyllm import InputError
    if issubclass(kind, InputError):
        print(f"\n{error}", file=sys.stderr)
        raise SystemExit(2)
    sys.__excepthook__(kind, error, trace)
