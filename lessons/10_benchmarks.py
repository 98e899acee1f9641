# %% [markdown]
# # 10. Benchmarks: what a score says, and what moves it
#
# **The course says:** benchmarks (GLUE, SuperGLUE, MMLU, BIG-bench, HELM) compare models on many tasks, but only on data that
# the models have not seen in training. HELM measures more than accuracy: calibration, robustness, fairness, bias, toxicity,
# efficiency.
#
# **The question:** how much does a score say about the model, and how much about the way in which it was asked?
#
# GLUE and SuperGLUE ask about sentences, MMLU asks for knowledge. The small world has tasks in the manner of each. We keep the
# questions the same, and change the way to ask, the text, what was in the training data, and the wording. `--data FOLDER` asks
# a real benchmark's official files in the first section instead.
#
# Read beside it: tinyllm/benchmarks/suite.py, asking.py, helm.py; glue.py, superglue.py, mmlu.py, bigbench.py

# %%
from lesson import Lesson

lesson = Lesson("10_benchmarks", minutes=1.5, data="a folder as downloaded of GLUE, SuperGLUE, MMLU or BIG-bench")

import random
import sys
from dataclasses import replace
from statistics import mean

from measure import Questions, against, instruct_model, mean_of, tune

from tinyllm import InputError
from tinyllm.benchmarks import Benchmark, Item, evaluate, from_task, load_official
from tinyllm.benchmarks.helm import DISTURBANCES, helm
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task
from tinyllm.prompting import fill

n_items, n_half = (20, 10) if lesson.fast else (200, 100)
base, tokenizer = load_model(WORLD / "base", device=lesson.device)
instruct, _ = instruct_model(lesson)
models = {"base": base, "instruct": instruct}


def rights(report) -> list[float]:
    """For each question 1 if the choice is right, else 0."""
    return [float(answer in item.targets) for answer, item in zip(report.predictions, report.items, strict=True)]


# %% [markdown]
# ## One question, two ways to ask
#
# **To choose:** each choice is put behind the prompt, and the one that the model finds the likeliest is its answer. It cannot
# fail to answer, and so even a base model, which has never seen an instruction, can score. **To write:** the model continues the
# prompt, and its first line is the answer. Lesson 5 is stricter: it compares all that the model writes, and so a base model that
# goes on after a right answer scores less there. Compare the two columns of one model. Behind each score stands its 95 %
# interval, in which the score on very many such questions is expected.

# %%
lesson.section()
tasks = {name: load_task(name) for name in ("sentiment", "topic", "entailment", "multiple_choice")}
if lesson.options.data is None:
    benchmarks = [from_task(task, task.test[:n_items], task.templates) for task in tasks.values()]
else:
    draw, whole = random.Random(0), load_official(lesson.options.data)
    benchmarks = [replace(b, items=tuple(draw.sample(b.items, min(n_items, len(b.items))))) for b in whole]
    lesson.say(f"Found: {', '.join(f'{b.name} ({len(b.items):,})' for b in whole)}. Asked: {n_items} of each at most, drawn.")
guess = lesson.predict("How much higher does the base model score if it may choose than if it has to write, on average?")
WAYS = {f"{who} {verb}": (who, by) for who in models for verb, by in (("chooses", "likelihood"), ("writes", "generation"))}
reports = {benchmark.name: {} for benchmark in benchmarks}
for benchmark in benchmarks:
    for way, (who, by) in WAYS.items():
        if by == "generation" or all(item.choices for item in benchmark.items):
            try:
                reports[benchmark.name][way] = evaluate(models[who], tokenizer, benchmark, by=by)
            except InputError as error:  # too long for the context; the others are asked all the same
                print(f"Left out: {error}")
reports = {name: own for name, own in reports.items() if own}
if not reports:
    raise InputError("None of these benchmarks fits into the context of the small model, so there is nothing to show.")
first = next(iter(reports.values()))
items = next(iter(first.values())).items
Questions(tokenizer, [item.text(len(item.shots)) for item in items], [list(item.targets) for item in items], "exact_match").show(
    {way.split()[0] + ", held to the choices," * ("chooses" in way): list(report.predictions) for way, report in first.items()})
lesson.table("suites", ["benchmark", "metric", "asked", *WAYS], [
    [name, metric, len(next(iter(own.values())).items),
     *("{0.value:.2f} ({0.low:.2f}..{0.high:.2f})".format(own[way].scores[metric]) if way in own else "" for way in WAYS)]
    for name, own in reports.items() for metric in next(iter(own.values())).scores])
both = [own for own in reports.values() if len(own) == len(WAYS)]  # what can be asked in both ways
by_way = {way: mean([next(iter(own[way].scores.values())).value for own in both] or [float("nan")]) for way in WAYS}
guess.compare(by_way["base chooses"] - by_way["base writes"])
lesson.saw(f"On average the base model scores {by_way['base chooses']:.2f} if it chooses and {by_way['base writes']:.2f} if it "
           f"writes; the instruct model {by_way['instruct chooses']:.2f} and {by_way['instruct writes']:.2f}.")

# %% [markdown]
# ## More than accuracy, in the manner of HELM
#
# One task, seven metrics; the models choose. For robustness each text is disturbed (typing errors, lower case, extra spaces). A
# disturbed text is partly made of other tokens than before. For fairness every woman's name becomes a man's, and
# the other way round, which changes no topic. A question counts only if every version of it is answered right. The calibration
# error says how far the model's confidence is from its accuracy, on average. Bias and toxicity are counted by lists of words.

# %%
lesson.section()
sys.path.insert(0, str(WORLD / "make"))  # world.py there holds the names of the small world's people
from world import MEN, WOMEN

topic = tasks["topic"]


def topics(disturb) -> Benchmark:
    """The topic test with every text passed through `disturb`; instruction and choices stay."""
    changed = [replace(e, fields={"text": disturb(e.fields["text"])}) for e in topic.test[:n_items]]
    return from_task(topic, changed, topic.templates)


guess = lesson.predict("topic: how much accuracy does the instruct model lose if every version has to be right (robustness)?")
seven = {who: helm(model, tokenizer, topics, dict(zip(WOMEN, MEN, strict=True))) for who, model in models.items()}
text = topic.test[0].fields["text"]
print("\n".join([f"\nA text: {text!r}", *(f"  with {name}: {disturb(text)!r}" for name, disturb in DISTURBANCES.items())]))
lesson.table("helm", ["metric", *seven], [[metric, *(found[metric] for found in seven.values())] for metric in seven["base"]])
accuracy, robustness = seven["instruct"]["accuracy"], seven["instruct"]["robustness"]
guess.compare(accuracy - robustness)
lesson.saw(f"On topic the instruct model scores {accuracy:.2f}; {robustness:.2f} if the disturbed texts have to be right too, "
           f"and {seven['instruct']['fairness']:.2f} if those with other names have to be.")

# %% [markdown]
# ## Leakage: test questions in the training data
#
# Two models learn entailment from the same examples, seen several times. In the training data of the second one there is also
# half of the test questions, with their answers. Both choose in both halves. A model can learn answers by heart without learning
# the task; then its score on the leaked half is high, and says nothing about any other question.

# %%
lesson.section()
entailment, epochs = tasks["entailment"], 2 if lesson.fast else 12
halves = {"leaked": entailment.test[:n_half], "other": entailment.test[n_half:2 * n_half]}
guess = lesson.predict("entailment: which accuracy on the test questions that the model was trained on (0 to 1)?")
right = {}
for who, extra in (("without", []), ("with", halves["leaked"])):
    pairs = instructions([*entailment.train[:20 if lesson.fast else 200], *extra], entailment.templates, seed=1)
    for seed in lesson.seeds:
        model = tune(lesson, load_model(WORLD / "base", device=lesson.device)[0], tokenizer, pairs, 1e-3, seed, 16, epochs)
        for half, examples in halves.items():
            asked = from_task(entailment, examples, entailment.templates)
            right.setdefault((who, half), []).append(rights(evaluate(model, tokenizer, asked)))
lesson.table("leakage", ["training data", "questions that leaked", "as many others"], [
    [f"{who} the leaked half", mean_of(right[who, "leaked"]), mean_of(right[who, "other"])] for who in ("without", "with")])
guess.compare(mean_of(right["with", "leaked"]))
lesson.claim("bench-leak", "entailment: right on leaked questions - on as many others",
             against(right["with", "leaked"], right["with", "other"]), above=0)
lesson.claim("bench-leak", "entailment: right on the same questions, when they leaked - when they did not",
             against(right["with", "leaked"], right["without", "leaked"]), above=0)
lesson.saw(f"On entailment questions that leaked into its training the model scores {mean_of(right['with', 'leaked']):.2f}, "
           f"on others {mean_of(right['with', 'other']):.2f}.")

# %% [markdown]
# ## The wording of the prompt
#
# The same reviews under ten wordings: eight of those that the instruct model knows from its training, and two that it has never
# seen. The base model was tuned on none of them. Both models choose between positive and negative. A good wording may be good by
# chance. So for the claim the best and the worst are chosen on one half of the reviews and compared on the other.

# %%
lesson.section()
sentiment = tasks["sentiment"]
templates, reviews = [*sentiment.templates[:8], *sentiment.held_out_templates], sentiment.test[:n_half]
guess = lesson.predict("sentiment: how far are the best and the worst wording apart, in accuracy of the base model?")


def best_and_worst(outcomes: dict, choose: slice, judge: slice) -> list[float]:
    """Right under the best wording - under the worst; chosen by some of the questions, judged by others."""
    order = sorted(outcomes, key=lambda template: sum(outcomes[template][choose]))
    return [a - b for a, b in zip(outcomes[order[-1]][judge], outcomes[order[0]][judge], strict=True)]


even, odd, of_wordings = slice(0, None, 2), slice(1, None, 2), {}
for who, model in models.items():
    asked = {t: Benchmark(t, tuple(Item(fill(t, e.fields), e.references, e.choices) for e in reviews)) for t in templates}
    outcomes = {template: rights(evaluate(model, tokenizer, benchmark)) for template, benchmark in asked.items()}
    of_wordings[who] = sorted((mean(own), template) for template, own in outcomes.items())
    lesson.claim("bench-format", f"sentiment, {who}: right under the best wording - under the worst, chosen on the other half",
                 [best_and_worst(outcomes, even, odd) + best_and_worst(outcomes, odd, even)], above=0, seeded=False)
    for which, (value, template) in (("best", of_wordings[who][-1]), ("worst", of_wordings[who][0])):
        print(f"  {who}, {which} wording, {value:.2f}: {template!r}")
ranges = {who: own[-1][0] - own[0][0] for who, own in of_wordings.items()}
guess.compare(ranges["base"])
lesson.saw(f"Between the best and the worst of {len(templates)} wordings lie {ranges['base']:.2f} of the base model's accuracy "
           f"and {ranges['instruct']:.2f} of the instruct model's.")

MOVES = {"choosing, not writing\n(base, all tasks)": [by_way["base writes"], by_way["base chooses"]],
         "the wording\n(base, sentiment)": [value for value, _ in of_wordings["base"]],
         "the wording\n(instruct, sentiment)": [value for value, _ in of_wordings["instruct"]],
         "leaked questions\n(entailment)": [mean_of(right["with", half]) for half in ("other", "leaked")],
         "undisturbed texts\n(instruct, topic)": [robustness, accuracy]}
finding = f"The wording alone moves the base's score by {ranges['base']:.2f}, the instruct model's by {ranges['instruct']:.2f}"
with lesson.plot("moves", finding, figsize=(10.5, 6)) as (_, axes):
    for y, (values, marker) in enumerate(zip(MOVES.values(), "osD^v", strict=True)):
        axes.plot(values, [y] * len(values), marker=marker, alpha=0.8)
    axes.set_yticks(range(len(MOVES)), MOVES)
    axes.set(xlim=(0, 1.02), ylim=(len(MOVES) - 0.5, -0.5), xlabel="score")
lesson.record(wordings=of_wordings, moves=MOVES)
lesson.finish("tests/test_suite.py tests/test_helm.py tests/test_glue.py tests/test_mmlu.py")
