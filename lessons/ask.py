"""Asking the learner: predictions before an experiment, and the quiz after it.

The quiz's questions are data: questions.toml, in course order. An answer is kept in results/quiz.json as soon as it is
given. Every wrong choice has an explanation of its own; where a lesson has measured a number for it, the number is shown.
"""

import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ledger import LEDGER
from screen import fill, write_json

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
LETTERS = "abcdefgh"


def at_a_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin is not None and sys.stdin.isatty()


class Prediction:
    """A guess made before the experiment, compared with its outcome afterwards."""

    def __init__(self, question: str, choices: list[str] | None, asks: bool):
        print(f"\n{fill(f'Predict: {question}', '  ')}")
        for i, choice in enumerate(choices or [], start=1):
            print(fill(f"  {i}. {choice}", "     "))
        self.choices = choices
        self.guess = self._read() if asks else None
        sys.stdout.flush()

    def _read(self) -> str | float | None:
        while True:
            typed = read_line("Your guess (Enter to pass): ")
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
            print(f"\nYou said: {self.guess} That is {'right' if self.guess == outcome else f'not it; it was: {outcome}'}.")
        else:
            print(f"\nYou said {self.guess:g}; measured: {outcome:.3g} ({self.guess - outcome:+.3g} off).")


def read_line(prompt: str) -> str:
    """What is typed, without the white space around it; nothing where the input has ended."""
    try:
        return input(prompt).strip()
    except EOFError:
        print()
        return ""


@dataclass(frozen=True)
class Question:
    """A question of the quiz. wrong: for each wrong choice why it is wrong. claim: the row of the ledger that bears on it."""

    number: int
    id: str
    lesson: int
    asks: str
    choices: tuple[str, ...]
    right: int
    why: str
    wrong: dict[int, str]
    test: str
    claim: str | None
    course: bool  # one of the course's ten, in our words

    @classmethod
    def of(cls, number: int, data: dict) -> "Question":
        """From a [[question]] of questions.toml: the right choice is put where `place` says."""
        says, place = [wrong["says"] for wrong in data["wrong"]], data["place"] - 1
        choices = [*says[:place], data["right"], *says[place:]]
        wrong = {choices.index(one["says"]): one["because"] for one in data["wrong"]}
        return cls(number, data["id"], data["lesson"], data["asks"], tuple(choices), place, data["why"], wrong,
                   data["test"], data.get("claim"), data.get("course", False))

    def show(self, of: int | None = None):
        """Print the question and its choices."""
        source = ", one of the course's ten" if self.course else ""
        print(f"\nQuestion {self.number}{f' of {of}' if of else ''} (lesson {self.lesson}{source})")
        print(fill(self.asks))
        for letter, choice in zip(LETTERS, self.choices, strict=False):
            print(fill(f"  {letter}. {choice}", "     "))

    def respond(self, choice: int | None):
        """Say whether the choice (None: nobody answered) is right, why, what was measured, and where to look."""
        answer = f"{LETTERS[self.right]}. {self.choices[self.right]}"
        if choice is None:
            print(fill(f"  Answer: {answer} {self.why}", "  "))
        elif choice == self.right:
            print(fill(f"  Right. {self.why}", "  "))
        else:
            print(fill(f"  Not {LETTERS[choice]}: {self.wrong[choice]}", "  "))
            print(fill(f"  It is {answer} {self.why}", "  "))
        if choice != self.right:
            if self.claim:
                print(fill("  " + measured(self.claim, self.lesson), "  "))
            if choice is not None:
                print(fill(f"  Go to: python {script(self.lesson)}; python -m pytest {self.test}", "  "))


def load_questions() -> list[Question]:
    """All questions, in course order."""
    with open(HERE / "questions.toml", "rb") as file:
        data = tomllib.load(file)["question"]
    return [Question.of(number, one) for number, one in enumerate(data, start=1)]


def script(lesson: int) -> str:
    """The path of a lesson's file, as one types it."""
    return f"lessons/{next(HERE.glob(f'{lesson:02}_*.py')).name}"


def summaries(lesson: int, folder: Path = RESULTS) -> dict:
    """What a lesson's last run at normal size has left in its summary.json; nothing if it has not run, or if it is damaged."""
    try:
        return json.loads(next(folder.glob(f"{lesson:02}_*/summary.json")).read_text(encoding="utf-8"))
    except (StopIteration, ValueError, OSError):
        return {}


def measured(claim: str, lesson: int) -> str:
    """What a lesson measured beside a row of the ledger, in one sentence; or how to measure it."""
    row = LEDGER[claim]
    found = [(number, one) for number in row.lessons for one in summaries(number).get("claims", []) if one["id"] == claim]
    if not found:
        return f"Not measured here yet: python {script(row.lessons[0])} {row.option}".rstrip()
    number, one = found[0]
    if "mean" in one:
        error = f" ± {one['error']:.3f}" if one.get("error") else ""
        return (f"Measured in lesson {number}: {one['measured']}: {one['mean']:+.3f}{error}. “{row.says}”: {one['verdict']}.")
    ruled = f" is {one['verdict']}" if one["verdict"] else ""
    return f"Measured in lesson {number}: “{row.says}”{ruled}. {one['measured']}: {one.get('figure', '')}".rstrip(" :") + "."


class Score:
    """The answers given so far: the first and the last one to each question, kept in results/quiz.json."""

    def __init__(self):
        self.path, self.answers = RESULTS / "quiz.json", {}
        try:
            self.answers = {id: own for id, own in json.loads(self.path.read_text(encoding="utf-8")).items()
                            if isinstance(own, dict) and {"first", "last"} <= set(own)}
        except FileNotFoundError:
            pass
        except (ValueError, AttributeError):
            print(f"{self.path} is damaged, so the quiz starts anew; the file is kept as {self.path.name}.old.")
            self.path.replace(self.path.with_suffix(".json.old"))

    def note(self, question: Question, choice: int):
        """Keep an answer, at once and whole."""
        right = choice == question.right
        self.answers[question.id] = {"first": self.answers.get(question.id, {}).get("first", right), "last": right}
        write_json(self.path, self.answers)

    def right_at_first(self, questions: list[Question]) -> int:
        return sum(self.answers.get(question.id, {}).get("first", False) for question in questions)

    def open(self, questions: list[Question]) -> list[Question]:
        """What has not been answered, and after that what was answered wrong."""
        new = [question for question in questions if question.id not in self.answers]
        return new + [question for question in questions if self.answers.get(question.id, {}).get("last") is False]


def ask_question(question: Question, score: Score, of: int | None = None) -> bool:
    """Show a question, read an answer, respond and keep it. False if nothing was typed."""
    question.show(of)
    while True:
        typed = read_line("Your answer (a letter; Enter to stop): ").lower().rstrip(".")
        if not typed:
            return False
        if len(typed) == 1 and typed in LETTERS[:len(question.choices)]:
            break
        print(f"One letter from a to {LETTERS[len(question.choices) - 1]}, please.")
    choice = LETTERS.index(typed)
    score.note(question, choice)
    question.respond(choice)
    return True


def quiz_of_lesson(lesson: int, asks: bool):
    """A lesson's own part of the quiz. With nobody to answer, one question with its answer, and where the others are."""
    questions = [question for question in load_questions() if question.lesson == lesson]
    if not questions:
        return
    print(f"\nThe quiz on this lesson: {len(questions)} question{'s' * (len(questions) > 1)}")
    if not asks:
        questions[0].show()
        questions[0].respond(None)
        print(f"\nAnswer them all: python lessons/quiz.py --lesson {lesson}", flush=True)
        return
    score = Score()
    for question in questions:
        if not ask_question(question, score):
            break
    print(f"\nRight at the first try: {score.right_at_first(questions)} of {len(questions)}. All of the course: "
          "python lessons/quiz.py", flush=True)
