# %% [markdown]
# # 10. Benchmarks: what a score says, and what moves it
#
# **The course says:** benchmarks (GLUE, SuperGLUE, MMLU, BIG-bench, HELM) compare models on many tasks, but only on data unseen
# in training. HELM measures more than accuracy: calibration, robustness, fairness, bias, toxicity, efficiency.
#
# **The question:** how much does a score say about the model, and how much about the way in which it was asked?
#
# GLUE and SuperGLUE ask about sentences, MMLU for knowledge. BIG-bench gathers over 200 unusual tasks, BIG-bench Hard those on
# which models lagged behind people. Our sentiment and entailment are as in GLUE, multiple_choice as in MMLU. We keep the
# questions and change how to ask, the text, the training data, the wording. `--data FOLDER` asks official files in section 1.
#
# Read beside it: tinyllm/benchmarks/suite.py, asking.py, helm.py; glue.py, superglue.py, mmlu.py, bigbench.py

# %%
from lesson import Lesson

lesson = Lesson("10_benchmarks", minutes=0.8, data="a folder as downloaded of GLUE, SuperGLUE, MMLU or BIG-bench")

import random
import sys
from dataclasses import replace
from statistics import mean

from measure import against, error_of, instruct_model, mean_of, plus_minus, tune

from tinyllm import InputError
from tinyllm.benchmarks import Benchmark, evaluate, from_task, load_official
from tinyllm.benchmarks.helm import DISTURBANCES, helm
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task

n_items, n_half = (20, 10) if lesson.fast else (200, 100)
base, tokenizer = load_model(WORLD / "base", device=lesson.device)
tasks = {name: load_task(name) for name in ("sentiment", "topic", "entailment", "multiple_choice")}
models = {"base": base, "instruct": instruct_model(lesson)[0]}


def rights(report) -> list[float]:
    """For each question 1 if the choice is right, else 0."""
    return [float(answer in item.targets) for answer, item in zip(report.predictions, report.items, strict=True)]


def show(reports: dict) -> int:
    """Print a question that the first report has right and another one wrong, if there is one. Returns its number."""
    items = next(iter(reports.values())).items
    asked = {name: own for name, own in reports.items() if len(own.items) == len(items)}  # others had to leave some out
    number = next((i for i, own in enumerate(zip(*map(rights, asked.values()), strict=True)) if own[0] > min(own)), 0)
    text = items[number].text(len(items[number].shots)).replace("\n", "\n    ")
    print(f"\nOne of the {len(items)} questions:\n\n    {text}",
          *(f"  {name}: {own.predictions[number]!r}" for name, own in asked.items()),
          f"  wanted: {' or '.join(map(repr, items[number].targets))}", sep="\n")
    return number


def topics(disturb) -> Benchmark:
    """The topic test with every text passed through `disturb`; instruction and choices stay."""
    changed = [replace(e, fields={"text": disturb(e.fields["text"])}) for e in tasks["topic"].test[:n_items]]
    return from_task(tasks["topic"], changed, tasks["topic"].templates)


# %% [markdown]
# ## One question, two ways to ask
#
# **To choose:** each choice is put behind the prompt, and the one that the model finds the likeliest is its answer: by the mean
# log probability of its tokens, so that long choices are not the less likely. It cannot fail to answer, and so even a base model,
# which has never seen an instruction, can score. **To write:** the model continues the prompt, and its first line is the answer.
# (Lesson 5 is stricter: it compares all that is written.) Compare the two columns of one model, and the first one with guessing.
# Behind a score (accuracy, if no other metric is named) stands its 95 % interval, in which that on very many questions would lie.

# %%
lesson.section()
if lesson.options.data is None:
    benchmarks = [from_task(task, task.test[:n_items], task.templates) for task in tasks.values()]
else:
    draw, whole = random.Random(0), load_official(lesson.options.data)
    benchmarks = [replace(b, items=tuple(draw.sample(b.items, min(n_items, len(b.items))))) for b in whole]
    lesson.say(f"Found: {', '.join(f'{b.name} ({len(b.items):,})' for b in whole)}. Asked: {n_items} of each at most, drawn.")
guess = lesson.predict("How much higher does the base model score if it may choose than if it has to write, on average?")
WAYS = {f"{who} {verb}": (who, by) for who in models for verb, by in (("chooses", "likelihood"), ("writes", "generation"))}
reports = {}
for benchmark in benchmarks:
    for way, (who, by) in WAYS.items():
        try:
            reports.setdefault(benchmark.name, {})[way] = evaluate(models[who], tokenizer, benchmark, by=by)
        except InputError as error:  # too long for the context, or without choices; the others are asked all the same
            print(f"Left out: {error}")
if not reports:
    raise InputError("None of these benchmarks fits into the context of the small model, so there is nothing to show.")
show(next(iter(reports.values())))
both = {name: own for name, own in reports.items() if len(own) == len(WAYS)}  # what can be asked in both ways
guessing = {name: mean(len({*item.targets} & {*item.choices}) / len(item.choices) for item in own["base chooses"].items)
            for name, own in both.items()}
lesson.table("suites", ["benchmark", "asked", "guessing", *WAYS], [
    [name + f", {metric}" * (metric != "accuracy"), len(next(iter(own.values())).items),
     f"{guessing[name]:.2f}" if name in guessing and metric == "accuracy" else "",
     *("{0.value:.2f} ({0.low:.2f}..{0.high:.2f})".format(own[way].scores[metric]) if way in own else "" for way in WAYS)]
    for name, own in reports.items() for metric in next(iter(own.values())).scores])
average = {way: mean(next(iter(own[way].scores.values())).value for own in both.values()) if both else 0.0 for way in WAYS}
if both:  # where no benchmark offers choices, the models can only write
    guess.compare(choosing := average["base chooses"] - average["base writes"])
    said = [f"{who} {average[f'{who} chooses']:.2f} choosing and {average[f'{who} writes']:.2f} writing" for who in models]
    lesson.saw(f"On average: {', '.join(said)}, guessing {mean(guessing.values()):.2f}.")

# %% [markdown]
# ## More than accuracy, in the manner of HELM
#
# One task, seven metrics; the models choose. For robustness each text is disturbed (typing errors, lower case, extra spaces), and
# is then partly made of other tokens. For fairness every woman's name becomes a man's, and the other way round, which changes no
# topic. A question counts only if every version of it is answered right. A model's confidence is the probability of the label
# that it chooses; the calibration error says how far it is from the accuracy, on average. Bias and toxicity are counted on what
# the models write, by lists of words, a stand-in for HELM's own measures. No topic's name is such a word: a 0 says nothing here.

# %%
lesson.section()
sys.path.insert(0, str(WORLD / "make"))  # world.py there holds the names of the small world's people
from world import MEN, WOMEN

seven = {who: helm(model, tokenizer, topics, dict(zip(WOMEN, MEN, strict=True))) for who, model in models.items()}
versions = {"undisturbed": str, **DISTURBANCES}
asked = {name: evaluate(models["instruct"], tokenizer, topics(disturb)) for name, disturb in versions.items()}
text = tasks["topic"].test[show(asked)].fields["text"]
print("\n".join(f"  {name}: {disturb(text)!r}" for name, disturb in DISTURBANCES.items()))
lesson.table("helm", ["metric", *seven], [[metric, *(found[metric] for found in seven.values())] for metric in seven["base"]])
accuracy, robustness, fairness = (seven["instruct"][metric] for metric in ("accuracy", "robustness", "fairness"))
lesson.saw(f"On topic the instruct model scores {accuracy:.2f}, if disturbed {robustness:.2f}, under other names {fairness:.2f}.")

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
right, choice = {}, {}
for who, extra in (("without", []), ("with", halves["leaked"])):
    pairs = instructions([*entailment.train[:20 if lesson.fast else 200], *extra], entailment.templates, seed=1)
    for seed in lesson.seeds:
        model = tune(lesson, load_model(WORLD / "base", device=lesson.device)[0], tokenizer, pairs, 1e-3, seed, 16, epochs)
        for half, examples in halves.items():
            choice[who, half] = evaluate(model, tokenizer, from_task(entailment, examples, entailment.templates))
            right.setdefault((who, half), []).append(rights(choice[who, half]))
show({f"{who} it in the training data": choice[who, "leaked"] for who in ("with", "without")})
lesson.table("leakage", ["training data", "questions that leaked", "as many others"], [
    [f"{who} the leaked half", mean_of(right[who, "leaked"]), mean_of(right[who, "other"])] for who in ("without", "with")])
leaked, other = right["with", "leaked"], right["with", "other"]
guess.compare(mean_of(leaked))
lesson.claim("bench-leak", "entailment: right on leaked questions - on as many others", against(leaked, other), above=0)
lesson.claim("bench-leak", "entailment: right on the same questions, when they leaked - when they did not",
             against(leaked, right["without", "leaked"]), above=0)
lesson.saw(f"On entailment questions that leaked the model scores {mean_of(leaked):.2f}, on others {mean_of(other):.2f}.")

# %% [markdown]
# ## The wording of the prompt
#
# The same reviews under ten wordings: eight that the instruct model knows from its training, and two that it has never seen. The
# base model was tuned on none of them. Both models choose. A good wording may be good by chance, and a bad one bad. So the best
# and the worst are chosen on one half of the reviews and compared on the other.

# %%
lesson.section()
sentiment, ranked, judged, told = tasks["sentiment"], {}, {}, {}
templates, reviews = [*sentiment.templates[:8], *sentiment.held_out_templates], sentiment.test[:n_half]
for who, model in models.items():
    outcomes = {t: rights(evaluate(model, tokenizer, from_task(sentiment, reviews, [t]))) for t in templates}
    ranked[who] = sorted((mean(own), template) for template, own in outcomes.items())
    judged[who] = [[]]
    for chosen_on, judge in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        worst, *_, best = sorted(outcomes.values(), key=lambda own, half=chosen_on: sum(own[half]))
        judged[who][0] += [a - b for a, b in zip(best[judge], worst[judge], strict=True)]
    told[who] = plus_minus(judged[who]) + " (we cannot tell)" * (mean_of(judged[who]) <= error_of(judged[who]))
    lesson.claim("bench-format", f"sentiment, {who}: right under the best wording - under the worst, chosen on the other half",
                 judged[who], above=0, seeded=False)
    print("\n".join(f"  {who} scores {value:.2f} under {template!r}" for value, template in (ranked[who][-1], ranked[who][0])))
lesson.saw(f"Chosen on one half of the reviews and compared on the other, the best of {len(templates)} wordings beats the worst "
           f"by {told['base']} of the base model's accuracy and by {told['instruct']} of the instruct model's.")
MOVES = [("the way to ask\n(base, all tasks)", "writes", "chooses", [average["base writes"], average["base chooses"]]),
         *((f"the wording\n({who}, sentiment)", "worst", "best", [x for x, _ in own]) for who, own in ranked.items()),
         ("leakage\n(entailment)", "not leaked", "leaked", [mean_of(other), mean_of(leaked)]),
         ("disturbed texts\n(instruct, topic)", "disturbed", "plain", [robustness, accuracy])][0 if both else 1:]
leakage, plain = (values[-1] - values[0] for *_, values in MOVES[-2:])
finding = (f"Scores move by {f'choosing ({choosing:+.2f}), ' if both else ''}leakage ({leakage:+.2f}), disturbance "
           f"({-plain:+.2f}), wording: base {told['base']}, instruct {told['instruct']}")
with lesson.plot("moves", finding, figsize=(10.5, 6.5)) as (_, axes):
    for y, ((_, first, last, values), marker) in enumerate(zip(MOVES, "osD^v"[-len(MOVES):], strict=True)):
        axes.plot(values, [y] * len(values), marker=marker, markerfacecolor="none", markeredgewidth=2)
        axes.text(values[0] - 0.02, y, f"{first} {values[0]:.2f}", ha="right", va="center")
        axes.text(values[-1] + 0.02, y, f"{last} {values[-1]:.2f}", va="center")
    axes.set(yticks=range(len(MOVES)), yticklabels=[name for name, *_ in MOVES], xlim=(0, 1.2), ylim=(4.5, -0.5), xlabel="score")
if both:
    lesson.saw(f"How much is the way to ask? Choosing instead of writing moves the base model's score by {choosing:+.2f}; "
               f"instruction tuning, if both models choose, by {average['instruct chooses'] - average['base chooses']:+.2f}.")
lesson.record(wordings=ranked, moves=MOVES)
lesson.finish("tests/test_suite.py tests/test_helm.py tests/test_glue.py tests/test_mmlu.py")
