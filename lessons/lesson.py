"""What the lessons share: the command line, sections, tables, plots, claims and the summary.

A lesson makes one `Lesson` before it imports anything slow, so that its first words are on the screen at once. The prose
stands once, in the lesson's own markdown cells: `Lesson` prints the first of them, `section` the next ones as the lesson
reaches them. `finish` prints what was seen, the claims and the quiz, and writes results/<lesson>/summary.json with every
number that the lesson has shown.
"""

import argparse
import inspect
import os
import re
import signal
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import ask
from ledger import RULE, TOY, Claim, together
from screen import fill, heading, print_table, width, write_json, write_whole

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
# Colours of Okabe and Ito, which people with any of the usual kinds of colour blindness can tell apart.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000"]


class Lesson:
    """One run of a lesson.

    name: that of its file. minutes: how long it takes at normal size on two cores. data, more, model: what --data and
    --model take and what --more adds, if the lesson offers them. full: whether it offers --full.
    """

    def __init__(self, name: str, minutes: float, data: str | None = None, more: str | None = None, full: bool = False,
                 model: str | None = None):
        caller = inspect.currentframe().f_back
        self.name, self.start, self.numbers, self.seen, self.claims = name, time.perf_counter(), {}, [], []
        self.options = _options(caller.f_code.co_filename, data, more, full, model)
        self.fast = self.options.fast
        self.folder = RESULTS / "fast" / name if self.fast else RESULTS / name
        self.seeds = list(range(self.options.seeds))
        self.asks = ask.at_a_terminal() and not self.options.no_ask
        end_in_one_sentence()
        self._printed = 0  # lines of the lesson's file whose prose is on the screen
        self._print_prose(caller)
        if self.fast:
            self.say("This takes a few seconds, as --fast runs it at toy size, where no result means anything.")
        else:
            self.say(f"{'Without your options this' if self._does_more() else 'This'} takes about {minutes:g} min.")
        if self.options.device is not None:
            _ = self.device  # one that is not there is refused now, not after the first minute

    def _does_more(self) -> bool:
        """Whether an option was given with which the lesson takes another time than its usual one."""
        options = vars(self.options)
        return options["seeds"] > 1 or any(options.get(name) for name in ("data", "model", "more", "full"))

    @property
    def device(self):
        """The torch.device asked for or found."""
        from tinyllm.trainer import pick_device
        return pick_device(self.options.device)

    def section(self):
        """Print the markdown cells above this line that are not on the screen yet."""
        self._print_prose(inspect.currentframe().f_back)

    def _print_prose(self, frame):
        if in_notebook():
            return  # it shows the cells itself
        for paragraph in markdown_cells(Path(frame.f_code.co_filename), self._printed, frame.f_lineno):
            print(f"\n{paragraph}", flush=True)
        self._printed = frame.f_lineno

    def say(self, text: str):
        """Print a paragraph."""
        print(f"\n{fill(text)}", flush=True)

    def saw(self, sentence: str):
        """Print what was just seen, in one sentence with its number. The last three end the lesson."""
        self.seen.append(sentence)
        print(f"\n{fill('> ' + sentence, '  ')}", flush=True)

    def predict(self, question: str, choices: list[str] | None = None) -> ask.Prediction:
        """Ask for a guess, a number or one of the choices, before the outcome is known."""
        return ask.Prediction(question, choices, self.asks)

    def record(self, **numbers):
        """Put numbers into the summary."""
        self.numbers.update(numbers)

    def claim(self, id: str, measured: str, values: list[list[float]] | None = None, **limits):
        """Put a measurement beside a row of the ledger; see `ledger.Claim`. The same id again is one more condition."""
        self.claims.append(Claim(id, measured, values, **limits))

    def table(self, name: str, columns: list[str], rows: list[list]):
        """Print a table and put it into the summary under its name."""
        self.numbers[name] = [dict(zip(columns, row, strict=True)) for row in rows]
        print_table(columns, rows)

    @contextmanager
    def plot(self, name: str, finding: str, **figure):
        """A matplotlib figure and axes to draw in, saved as results/<lesson>/<name>.png. finding: what it shows, as its title."""
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
        style = {"axes.prop_cycle": pyplot.cycler(color=COLOURS), "font.size": 14, "lines.linewidth": 2.5, "lines.markersize": 9,
                 "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False}
        with pyplot.rc_context(style):
            fig, axes = pyplot.subplots(layout="constrained", **figure)
            try:
                yield fig, axes
                fig.suptitle(textwrap.fill(finding, int(7 * fig.get_figwidth())), fontsize=16, fontweight="bold")
                path = self.folder / f"{name}.png"
                write_whole(path, lambda temporary: fig.savefig(temporary, dpi=110, format="png"))
                if in_notebook():
                    from IPython.display import Image, display
                    display(Image(filename=str(path)))
            finally:
                pyplot.close(fig)
        print(f"\nPlot: {path.relative_to(RESULTS.parent)}", flush=True)

    def finish(self, test: str):
        """Print the claims and what was seen, write the summary, say what to break, and ask this lesson's part of the quiz."""
        self._print_prose(inspect.currentframe().f_back)
        if self.claims:
            heading("What is said, and what was measured")
            print_table(["what is said", "measured here (the claim holds if it is ...)", "mean", "error", "n", "verdict"],
                        self._rows_of_claims())
            if self.fast:
                self.say("This was a run at toy size, which says nothing: there are no verdicts.")
            elif any(claim.values for claim in self.claims):
                self.say(RULE if self.name.startswith("04") else "Seen, or not seen: the whole interval of mean and error lies "
                         "on that side of the limit. The rule in full stands in lesson 4 and in results/report.md.")
        heading("In short")
        for sentence in self.seen[-3:]:
            print(fill(f"- {sentence}", "  "))
        seconds = round(time.perf_counter() - self.start, 1)
        write_json(self.folder / "summary.json", {
            "lesson": self.name, "fast": self.fast, "seeds": self.seeds, "seen": self.seen,
            "claims": [claim.as_data() | ({"verdict": TOY} if self.fast else {}) for claim in self.claims],
            "numbers": self.numbers, "seconds": seconds})
        print(f"\nEvery number of this run: {(self.folder / 'summary.json').relative_to(RESULTS.parent)} ({seconds:.0f} s)")
        print(f"Check your understanding: python -m pytest {test}")
        break_it(int(self.name[:2]))
        write_it(int(self.name[:2]))
        ask.quiz_of_lesson(int(self.name[:2]), self.asks)

    def _rows_of_claims(self) -> list[list[str]]:
        """The table's rows: what is said only once for several conditions, their verdict together below them, and no verdict at
        toy size."""
        rows = []
        for id in dict.fromkeys(claim.id for claim in self.claims):
            own = [claim for claim in self.claims if claim.id == id]
            for i, claim in enumerate(own):
                says, *rest, verdict = claim.as_row()
                rows.append(["" if i else says, *rest, TOY if self.fast else verdict])
            if len(own) > 1 and not self.fast:
                rows.append(["", "all of these together", "", "", "", together([claim.verdict for claim in own])])
        return rows


def break_it(lesson: int):
    """Print the mistakes that a learner can make on purpose after this lesson; they stand in tests/mistakes.py."""
    sys.path.append(str(ROOT / "tests"))
    from mistakes import MISTAKES
    heading("Break it")
    print(fill("Make one of these changes, answer the question, and run the test. Then put the line back (in a clone of the "
               "repository `git checkout tinyllm` does it)."))
    for number, mistake in enumerate((mistake for mistake in MISTAKES if mistake.lesson == lesson), start=1):
        print(f"\n{number}. In {mistake.file} change\n\n{_as_block(mistake.old)}\n\n   to\n")
        print((_as_block(mistake.new) or "       (nothing: delete it)") + "\n")
        print(fill(f"   Predict: {mistake.predict}", "   "))
        print(fill(f"   Run: {mistake.command}", "   "))
        print(fill(f"   It then says: {mistake.message}", "   "))
    print(f"\n`python tests/mistakes.py NAME` does it in a copy; the names are: "
          f"{', '.join(mistake.name for mistake in MISTAKES if mistake.lesson == lesson)}.", flush=True)


def write_it(lesson: int):
    """Print which exercises belong to this lesson."""
    from understanding.catalogue import exercises  # of tests/, where break_it has looked too
    own = [exercise for exercise in exercises() if exercise.lesson == lesson]
    if own:
        heading("Write it yourself")
    for exercise in own:
        print(fill(f"- {exercise.title}: python lessons/check.py --start {exercise.name}", "  "), flush=True)


def _as_block(code: str) -> str:
    """Lines of code, indented below a numbered item."""
    return textwrap.indent(textwrap.dedent(code).strip("\n"), "       ")


def markdown_cells(file: Path, first: int, last: int) -> list[str]:
    """The paragraphs of the markdown cells between two lines of a percent-format script, laid out for the screen."""
    paragraphs, in_text = [""], False
    for line in file.read_text(encoding="utf-8").splitlines()[first:last]:
        if line.startswith("# %%"):
            in_text = "[markdown]" in line
            paragraphs.append("")
        elif in_text and line.startswith("#"):
            text = line[2:]
            if not text:
                paragraphs.append("")
            else:
                paragraphs[-1] += text + "\n"
                if text.startswith("#"):
                    paragraphs.append("")
    return [_lay_out(paragraph.rstrip("\n")) for paragraph in paragraphs if paragraph]


def _lay_out(paragraph: str) -> str:
    """A heading underlined; indented lines and tables as they are; the items of a list, and all else, filled."""
    paragraph = paragraph.replace("**", "")
    if paragraph.startswith("#"):
        title, mark = paragraph.lstrip("# "), "=" if paragraph.startswith("# ") else "-"
        return f"{title}\n{mark * min(len(title), width())}"
    if paragraph.startswith(("    ", "|")):
        return paragraph
    items = re.split(r"\n(?=- |\d+\. )", paragraph)
    return "\n".join(fill(item, "  " if len(items) > 1 or item.startswith("- ") else "") for item in items)


def in_notebook() -> bool:
    """Whether this runs as cells, where sys.argv belongs to the notebook's server."""
    return "ipykernel" in sys.modules


def _options(file: str, data: str | None, more: str | None, full: bool, model: str | None) -> argparse.Namespace:
    title = Path(file).read_text(encoding="utf-8").splitlines()[1].removeprefix("# # ") if not in_notebook() else ""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--fast", action="store_true", help="the same code at toy size, in seconds")
    parser.add_argument("--seeds", type=_at_least_one, default=1, metavar="N", help="repeat with N seeds and give the spread")
    parser.add_argument("--no-ask", action="store_true", help="do not wait for predictions")
    parser.add_argument("--device", help="cpu, cuda or mps; the best there is if not given")
    if data:
        parser.add_argument("--data", metavar="PATH", help=data)
    if model:
        parser.add_argument("--model", metavar="MODEL", help=model)
    if more:
        parser.add_argument("--more", action="store_true", help=more)
    if full:
        parser.add_argument("--full", action="store_true", help="make the shipped base model again")
        parser.add_argument("--compile", action="store_true", help="compile the model: faster steps after a slow start")
    if not in_notebook():
        return parser.parse_args()
    return parser.parse_args(["--fast"] if os.environ.get("TINYLLM_FAST") == "1" else [])  # a notebook has no arguments


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 100 is needed, not {text!r}")
    return int(text)


def end_in_one_sentence():
    """Whatever a user can put right, or does (Ctrl-C, a closed terminal), ends in one sentence, and files stay whole."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console may not know every character that a model can write
            stream.reconfigure(encoding="utf-8", errors="replace")
    for name in ("SIGHUP", "SIGTERM"):  # not on every system
        if hasattr(signal, name) and not in_notebook():
            signal.signal(getattr(signal, name), _interrupt)
    sys.excepthook = _excepthook


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _excepthook(kind, error, trace):
    """One sentence for bad input (exit code 2) and for a stop (130). A bug of ours keeps its traceback."""
    try:
        if issubclass(kind, KeyboardInterrupt):
            print("\nStopped. What was written until now is whole and kept; run the same command again.", file=sys.stderr)
            raise SystemExit(130)
        if issubclass(kind, BrokenPipeError):  # whoever read our output has gone, and Python would complain once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(141)
        from tinyllm import InputError
        if issubclass(kind, InputError):
            print(f"\n{error}", file=sys.stderr)
            raise SystemExit(2)
    except OSError:  # the terminal itself is closed
        raise SystemExit(130) from None
    sys.__excepthook__(kind, error, trace)
