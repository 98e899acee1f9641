"""The ledger: what is said about this week of the course, by whom, and which lesson measures it.

Every row is a statement that somebody published. A lesson puts its measurements beside a row by `Lesson.claim`, and
`report.py` prints all rows. No verdict is written by hand: it follows from the numbers, by `RULE`.
"""

import math
import statistics
from dataclasses import dataclass, replace

RULE = ("The rule: a seed is one repetition with other random choices. Each question's score is averaged over the seeds; "
        "the error is 2 sqrt(variance over questions / number of questions + variance over seeds / number of seeds), of "
        "the questions alone where only one seed was run. A claim is 'seen' if the whole interval of mean and error lies "
        "on the claimed side of its limit, 'not seen' if it lies wholly on the other side, and otherwise we cannot tell "
        "at this size. A claim with several conditions is seen only if all of them are. 'Close' and 'the same' mean "
        "within .03.")
SEEN, NOT_SEEN, UNCLEAR, NOT_RUN = "seen", "not seen", "cannot tell at this size", "not run"
TOY = "none (--fast)"  # a run at toy size yields no verdict
CLOSE = 0.03  # what "close" and "the same" mean, on a scale from 0 to 1


@dataclass(frozen=True)
class Row:
    """One statement: what is said, by whom, how it can be checked, and the numbers of the lessons that do."""

    id: str
    says: str
    source: str
    kind: str  # "difference": an interval and a limit; "computed": true or false; "description": a figure, no verdict
    lessons: tuple[int, ...]
    option: str = ""  # what a lesson has to be given to measure it, if a normal run does not


D, C, F = "difference", "computed", "description"
NOTES = "course notes"
ROWS = [
    Row("icl-small", "Smaller models fail to learn in context even with five or six examples", NOTES, D, (4,)),
    Row("icl-context", "Examples use up the context window", NOTES, F, (4,)),
    Row("icl-labels", "Random labels in the examples cost only 0 to 5 points", "Min et al. 2022", D, (4,)),
    Row("icl-emerges", "In-context learning emerges only with some billions of parameters",
        "nanoGPT's author, issue 252", D, (4,)),
    Row("pre-self", "Pre-training needs no labels: the targets are the text itself", NOTES, C, (3,)),
    Row("instruct", "Instruction tuning turns a base model into one that follows instructions", NOTES, D, (5,)),
    Row("template", "The tuned model has learnt the tasks, not the wording", f"{NOTES}, FLAN", D, (5, 7)),
    Row("few-enough", "500 to 1,000 examples can be enough for one task", NOTES, D, (5,)),
    Row("loss-prompt", "The loss should leave the instruction's tokens out", f"{NOTES}; doubted by learners", D, (5,)),
    Row("full-memory", "Full fine-tuning costs as much memory as pre-training", NOTES, D, (11,)),
    Row("forget", "Tuning on one task can wreck others", NOTES, D, (6,)),
    Row("forget-rate", "At the same gain on the new task, a gentler rate forgets less", "our measurement", D, (6,)),
    Row("forget-mix", "Multitask tuning avoids forgetting", NOTES, D, (6,)),
    Row("forget-replay", "A few per cent of old examples are enough", "papers on replay", D, (6,)),
    Row("forget-peft", "PEFT is less prone to forgetting (at the same gain)", NOTES, D, (6,)),
    Row("forget-worry", "With PEFT there is no need to worry about forgetting", "README of huggingface/peft", D, (6,)),
    Row("forget-off", "Switching the adapter off gives the base back exactly", "Hu et al. 2021", C, (6,)),
    Row("learns-less", "LoRA learns less and forgets less", "Biderman et al. 2024", D, (6,)),
    Row("flan-tasks", "More training clusters, better on a held-out cluster", "FLAN (Wei et al. 2021)", D, (7,)),
    Row("flan-small", "Models below 8 B get worse on held-out clusters", "FLAN (Wei et al. 2021)", D, (7,)),
    Row("flan-templates", "More templates for each task help with unseen wording", "FLAN (at 137 B hardly)", D, (7,)),
    Row("flan-names", "Tuning with instructions beats tuning with the task's name, which beats neither",
        "FLAN (Wei et al. 2021)", D, (7,), "--more"),
    Row("multi-data", "Multitask tuning needs many examples", NOTES, D, (7,)),
    Row("accuracy-text", "Accuracy fits deterministic answers, not free text", NOTES, F, (8,)),
    Row("r1-order", "“outside cold it is” scores ROUGE-1 1.0", NOTES, C, (8,)),
    Row("r1-clip", "“cold cold cold cold” has precision 1.0 unclipped, .25 clipped", NOTES, C, (8,)),
    Row("r2-lower", "ROUGE-2 is below ROUGE-1", NOTES, D, (8,)),
    Row("r2-long", "... and the more so the longer the sentence", NOTES, D, (8,)),
    Row("rL-copies", "ROUGE-L of the course's example is P .4, R .5, F .44", "copies of the lecture", C, (8,)),
    Row("bleu-mean", "BLEU is the plain mean of its n-gram precisions", f"{NOTES}, as often read", C, (9,)),
    Row("bleu-zero", "A sentence without a common 4-gram scores 0", "NLTK's default", F, (9,)),
    Row("bench-leak", "Test items in the training data inflate a score", "HELM", D, (10,)),
    Row("bench-format", "The wording of a prompt moves a score", "HELM", D, (10,)),
    Row("peft-share", "Often only 15 to 25 % of the weights are trained", NOTES, F, (11,)),
    Row("peft-memory", "Memory can fall to 12 to 20 % of full fine-tuning", NOTES, D, (11,)),
    Row("peft-gpu", "Only adapter parameters are stored in GPU memory", "Hugging Face's course, chapter 11", C, (11,)),
    Row("peft-speed", "LoRA trains faster", "Hu et al. 2021; denied by users", D, (13,)),
    Row("peft-store", "Each task stores only its own small weights", NOTES, D, (16,)),
    Row("bitfit", "Biases alone come near full tuning", "Ben Zaken et al. 2021", D, (12,)),
    Row("lora-86", "512 x 64 at r = 8: 4,608 weights, 86 % fewer", NOTES, C, (13,)),
    Row("lora-ranks", "Ranks 4 to 32 are usual, gains flatten beyond", f"{NOTES}, Hu et al. 2021", D, (13,)),
    Row("lora-latency", "Merged, no latency is left", f"{NOTES}, Hu et al. 2021", D, (13,)),
    Row("lora-same", "Merging changes nothing", "Hu et al. 2021; doubted by users", D, (13,)),
    Row("lora-where", "At one budget, better spread over more projections", "Hu et al. 2021", D, (13,), "--more"),
    Row("lora-low", "The update of full tuning is of low rank", "Hu et al. 2021", D, (13,)),
    Row("rslora", "alpha / sqrt(R) lets high ranks learn", "Kalajdzievski 2023", D, (13,), "--more"),
    Row("adapter", "3.6 % of the weights come within half a point of full tuning", "Houlsby et al. 2019", D, (14,)),
    Row("soft-large", "Prompt tuning comes close to full tuning only in large models", f"{NOTES}, Lester et al. 2021", D, (15,)),
    Row("soft-length", "There is little gain beyond 20 vectors", "Lester et al. 2021", D, (15,)),
    Row("soft-init", "Class-label init is best, random worst", "Lester et al. 2021", D, (15,)),
    Row("soft-words", "Neighbours of the learned vectors form word groups", NOTES, F, (15,)),
    Row("soft-engineer", "A soft prompt is not prompt engineering", NOTES, F, (15,)),
    Row("lab", "Original, fully fine-tuned and PEFT: .233, .422, .408 ROUGE-1", "the course's lab", F, (17,)),
]
LEDGER = {row.id: row for row in ROWS}


def by_question(values: list[list[float]]) -> list[float]:
    """The value of each question, averaged over the seeds."""
    return [statistics.mean(own) for own in zip(*values, strict=True)]


def error_of(values: list[list[float]]) -> float:
    """2 sqrt(variance over questions / n + variance over seeds / s): the true mean is this near about 95 times in 100.

    values: a list for each seed, with the value of each question."""
    questions, seeds = by_question(values), [statistics.mean(own) for own in values]
    if len(questions) == 1 and len(seeds) == 1:
        return math.inf  # one value does not say how far chance goes
    variance = statistics.variance(questions) / len(questions) if len(questions) > 1 else 0.0
    variance += statistics.variance(seeds) / len(seeds) if len(seeds) > 1 else 0.0
    return 2 * math.sqrt(variance)


@dataclass
class Claim:
    """What one lesson measured beside a row of the ledger, or beside one condition of it.

    A difference has `values`, a list for each seed with the value of each question, and holds if their mean lies
    between `above` and `below`. exact: there is no chance in it, such as a number of bytes. seeded: another seed of
    training could have given other values. A computed row has `true`; a description has its figure in words alone.
    """

    id: str
    measured: str  # the quantity in words; for a description the figure too
    values: list[list[float]] | None = None
    above: float = -math.inf
    below: float = math.inf
    exact: bool = False
    seeded: bool = True
    true: bool | None = None
    figure: str = ""

    def __post_init__(self):
        kind = LEDGER[self.id].kind
        assert (self.values is not None) == (kind == D), f"{self.id} is a {kind}"
        assert (self.true is not None) == (kind == C), f"{self.id} is a {kind}"
        assert kind != D or math.isfinite(self.above) or math.isfinite(self.below), f"{self.id} needs a limit"

    @property
    def mean(self) -> float:
        return statistics.mean(by_question(self.values))

    @property
    def error(self) -> float:
        """Half the width of the interval; 0 for a quantity without chance."""
        return 0.0 if self.exact else error_of(self.values)

    @property
    def verdict(self) -> str:
        """The verdict of this condition, by RULE."""
        if self.values is None:
            return "" if self.true is None else "true" if self.true else "false"
        low, high = self.mean - self.error, self.mean + self.error
        one_seed = " (one seed)" if self.seeded and not self.exact and len(self.values) == 1 else ""
        if self.above < low and high < self.below:
            return SEEN + one_seed
        return (NOT_SEEN if high < self.above or low > self.below else UNCLEAR) + one_seed

    def limit(self) -> str:
        """The claimed side in words: "above 0", "-0.03 to 0.03"."""
        if math.isfinite(self.above) and math.isfinite(self.below):
            return f"{self.above:g} to {self.below:g}"
        return f"above {self.above:g}" if math.isfinite(self.above) else f"below {self.below:g}"

    def as_data(self) -> dict:
        """What summary.json holds of it: enough for `of_data`, and what a reader wants to see."""
        data = {"id": self.id, "says": LEDGER[self.id].says, "measured": self.measured, "verdict": self.verdict}
        if self.values is None:
            return data | {"true": self.true, "figure": self.figure}
        finite = {name: x for name, x in (("mean", self.mean), ("error", self.error), ("above", self.above),
                                          ("below", self.below)) if math.isfinite(x)}
        return data | finite | {"limit": self.limit(), "exact": self.exact, "seeded": self.seeded, "seeds": len(self.values),
                                "questions": len(self.values[0]), "values": self.values}

    @classmethod
    def of_data(cls, data: dict) -> "Claim":
        """The claim that `as_data` has written."""
        return cls(data["id"], data["measured"], data.get("values"), data.get("above", -math.inf), data.get("below", math.inf),
                   data.get("exact", False), data.get("seeded", True), data.get("true"), data.get("figure", ""))

    def of_seed(self, seed: int) -> "Claim":
        """What this one seed alone would have shown."""
        return replace(self, values=[self.values[seed]])

    def as_row(self) -> list[str]:
        """What a table of claims shows of it."""
        if self.values is None:
            return [LEDGER[self.id].says, f"{self.measured}: {self.figure}", "", "", "", self.verdict or "a figure, no verdict"]
        error = "exact" if self.exact else f"± {self.error:.3f}"
        n = f"{len(self.values[0])} x {len(self.values)}" if len(self.values) > 1 else str(len(self.values[0]))
        return [LEDGER[self.id].says, f"{self.measured} ({self.limit()})", f"{self.mean:+.3f}", error, n, self.verdict]


def together(verdicts: list[str]) -> str:
    """The verdict of a row from those of its conditions: seen only if all are, not seen if one is not."""
    if not verdicts:
        return NOT_RUN
    one_seed = " (one seed)" if any("(one seed)" in verdict for verdict in verdicts) else ""
    plain = [verdict.removesuffix(" (one seed)") for verdict in verdicts]
    for worst in (TOY, NOT_SEEN, "false", UNCLEAR):
        if worst in plain:
            return worst + one_seed
    return plain[0] + one_seed
