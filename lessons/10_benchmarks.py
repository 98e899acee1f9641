# %% [markdown]
# # 10. Benchmarks: what a score says, and what moves it
#
# **The course says:** Benchmarks (GLUE, SuperGLUE, MMLU, BIG-bench, HELM) compare models on many tasks, but
# only on data that they have not seen in training; HELM measures more than accuracy: calibration, robustness,
# fairness, bias, toxicity, efficiency.
#
# GLUE and SuperGLUE ask about sentences, MMLU asks for knowledge, HELM asks for more than accuracy. The small world has
# a suite in the manner of each. Then two things that a table of scores does not show: test questions that leaked into
# the training data, and the wording of the prompt. `--data FOLDER` runs a real benchmark's official files instead.
#
# Read beside it: tinyllm/benchmarks/suite.py, asking.py, helm.py; glue.py, superglue.py, mmlu.py, bigbench.py

# %%
from lesson import Lesson

lesson = Lesson("10_benchmarks", minutes=1.5, data="a folder as downloaded of GLUE, SuperGLUE, MMLU or BIG-bench")

import random
import sys
from dataclasses import replace

from measure import Questions, against, instruct_model

from tinyllm import InputError, TrainConfig, Trainer
from tinyllm.benchmarks import Benchmark, Item, evaluate, from_task, load_official
from tinyllm.benchmarks.helm import DISTURBANCES, helm
from tinyllm.benchmarks.suite import exact_match
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task, render_all
from tinyllm.prompting import fill

n_items = 20 if lesson.fast else 200


def show(item, answers):
    """Print one question: what is asked, what each model answers, and what is wanted."""
    print("\nOne of the questions:\n")
    print("\n".join(f"    {line}" for line in item.text(len(item.shots)).split("\n")))
    print("\n".join(f"  {who}: {answer[:100]!r}" for who, answer in answers.items()))
    print(f"  wanted: {' or '.join(map(repr, item.targets))}", flush=True)


def rights(report) -> list[float]:
    """For each question 1 if the answer is right, else 0."""
    return [float(exact_match([answer], [item])) for answer, item in zip(report.predictions, report.items, strict=True)]


# %% [markdown]
# ## One item, two ways to ask
# By likelihood the choices are put behind the prompt, one at a time, and the model's favourite is its answer. It cannot
# fail to answer; a base model that has never seen an instruction can still score. By generation it has to write.

# %%
lesson.section()
tasks = {"GLUE-like": ["sentiment", "topic", "entailment"], "MMLU-like": ["multiple_choice"]}
if lesson.options.data is not None:
    whole = load_official(lesson.options.data)
    draw = random.Random(0)
    suites = {"your folder": [replace(b, items=tuple(draw.sample(b.items, min(n_items, len(b.items))))) for b in whole]}
    lesson.say(f"Found: {', '.join(f'{b.name} ({len(b.items):,})' for b in whole)}. Asked: {n_items} of each at most, drawn.")
else:
    loaded = {name: load_task(name) for names in tasks.values() for name in names}
    suites = {suite: [from_task(loaded[name], loaded[name].test[:n_items], loaded[name].templates) for name in names]
              for suite, names in tasks.items()}
base, tokenizer = load_model(WORLD / "base", device=lesson.device)
instruct, _ = instruct_model(lesson)
models = {"base": base, "instruct": instruct}
first = next(iter(suites.values()))[0].items[0]

rows, reports = [], {}
for suite, benchmarks in suites.items():
    for benchmark in benchmarks:
        ways = ["likelihood", "generation"] if all(item.choices for item in benchmark.items) else ["generation"]
        for by in ways:
            for who, model in models.items():
                try:
                    report = reports[benchmark.name, by, who] = evaluate(model, tokenizer, benchmark, by=by)
                except InputError as error:  # too long for the context; the others are asked all the same
                    print(f"Left out: {error}")
                    continue
                for metric, score in report.scores.items():
                    rows.append([suite, benchmark.name, metric, by, who, score.value, f"{score.low:.2f}..{score.high:.2f}",
                                 score.count, report.left_out, report.mean_shots])
if not rows:
    raise InputError("None of these benchmarks fits into the context of the small model, so there is nothing to show.")
own = next(iter(suites.values()))[0].name
show(first, {f"{who}, by {by}": report.predictions[0] for (name, by, who), report in reports.items()
             if name == own and report.items[0] == first})
print(f"  choices: {', '.join(first.choices) or 'none'}")
guess = lesson.predict(f"The base model on {own}, chosen by likelihood: which score?")
lesson.table("suites", ["suite", "benchmark", "metric", "asked by", "model", "score", "95 % interval", "items", "too long",
                        "shots"], rows)
guess.compare(rows[0][5])
names = list(dict.fromkeys((row[1], row[2]) for row in rows))
with lesson.plot("suites", figsize=(9, 1.5 + 0.9 * len(names))) as (_, axes):
    offsets = {("likelihood", "base"): 0.3, ("generation", "base"): 0.1, ("likelihood", "instruct"): -0.1,
               ("generation", "instruct"): -0.3}
    colours = {("likelihood", "base"): "silver", ("generation", "base"): "dimgrey", ("likelihood", "instruct"): "tab:blue",
               ("generation", "instruct"): "navy"}
    for way, offset in offsets.items():
        shown = [(names.index((row[1], row[2])) - offset, row) for row in rows if (row[3], row[4]) == way]
        scores = [reports[row[1], row[3], row[4]].scores[row[2]] for _, row in shown]
        axes.barh([y for y, _ in shown], [s.value for s in scores], height=0.18, color=colours[way],
                  label=f"{way[1]}, by {way[0]}",
                  xerr=[[max(0, s.value - s.low) for s in scores], [max(0, s.high - s.value) for s in scores]], ecolor="black")
    axes.set_yticks(range(len(names)), [f"{benchmark}\n{metric}".replace("$", r"\$") for benchmark, metric in names])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="score, with its 95 % interval", title="The same questions, asked in two ways")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4, fontsize=8)
estimates = {key: next(iter(report.scores.values())) for key, report in reports.items()}
scores = {key: estimate.value for key, estimate in estimates.items()}
likely = [name for name, by, who in scores if by == "likelihood" and who == "base"
          and (name, "generation", "base") in scores]
if likely:
    chosen, written = (sum(scores[name, by, "base"] for name in likely) / len(likely) for by in ("likelihood", "generation"))
    lesson.saw(f"The base model scores {chosen:.2f} on average if it has to choose and {written:.2f} if it has to write.")

# %% [markdown]
# ## More than accuracy, in the manner of HELM
# One scenario, seven metrics. For robustness the text is disturbed (typing errors, lower case, extra spaces), for
# fairness every woman's name in it becomes a man's and the other way round, which changes no topic. An item counts only
# if every version of it is answered right.

# %%
lesson.section()
sys.path.insert(0, str(WORLD / "make"))  # world.py there holds the names of the small world's people
from world import MEN, WOMEN

topic = load_task("topic")


def topics(disturb):
    """The topic test with every text passed through `disturb`; instruction and choices stay."""
    changed = [replace(e, fields={"text": disturb(e.fields["text"])}) for e in topic.test[:n_items]]
    return from_task(topic, changed, topic.templates)


guess = lesson.predict("topic: how much accuracy does the instruct model lose if every version has to be right (robustness)?")
seven = {who: helm(model, tokenizer, topics, dict(zip(WOMEN, MEN, strict=True))) for who, model in models.items()}
Questions.of(tokenizer, topic, topic.test[:n_items]).show(models)
text = topic.test[0].fields["text"]
print("\n".join(f"  with {name}: {disturb(text)!r}" for name, disturb in DISTURBANCES.items()))
lesson.table("helm", ["metric", *seven], [[metric, *(found[metric] for found in seven.values())] for metric in seven["base"]])
base_helm, instruct_helm = seven["base"], seven["instruct"]
guess.compare(instruct_helm["accuracy"] - instruct_helm["robustness"])
lost, unfair = (instruct_helm["accuracy"] - instruct_helm[name] for name in ("robustness", "fairness"))
lesson.saw(f"Disturbed texts cost the instruct model {lost:.2f} of its {instruct_helm['accuracy']:.2f}, other names "
           f"{unfair:.2f}.")

# %% [markdown]
# ## Leakage: test questions in the training data
# Two models learn entailment from the same training examples; the second's training data also holds half of the test
# questions, with their answers. Each is then asked both halves.

# %%
lesson.section()
entailment = load_task("entailment")
n_leaked = 10 if lesson.fast else 100
leaked, clean = entailment.test[:n_leaked], entailment.test[n_leaked:2 * n_leaked]
guess = lesson.predict("entailment: which accuracy on the test questions that it was trained on?")
leak, right, answers = {}, {}, {}
for name, extra in (("without leakage", ()), ("with leakage", leaked)):
    model, _ = load_model(WORLD / "base", device=lesson.device)
    pairs = instructions([*entailment.train[:20 if lesson.fast else 200], *extra], entailment.templates, seed=1)
    config = TrainConfig(epochs=2 if lesson.fast else 12, learning_rate=1e-3, batch_size=16, device=lesson.options.device)
    Trainer(model, config).fit(render_all(tokenizer, pairs))
    halves = [evaluate(model, tokenizer, from_task(entailment, half, entailment.templates)) for half in (leaked, clean)]
    leak[name], right[name] = [half.scores["accuracy"] for half in halves], [rights(half) for half in halves]
    answers[name] = halves[0].predictions[0]
show(halves[0].items[0], answers)
lesson.table("leakage", ["training data", "questions that leaked", "95 % interval", "questions that did not", "95 % interval "],
             [[name, a.value, f"{a.low:.2f}..{a.high:.2f}", b.value, f"{b.low:.2f}..{b.high:.2f}"]
              for name, (a, b) in leak.items()])
guess.compare(leak["with leakage"][0].value)
on_leaked, on_clean = right["with leakage"]
lesson.claim("bench-leak", "entailment: right on leaked questions - on as many others", against([on_leaked], [on_clean]), above=0)
lesson.claim("bench-leak", "entailment: right on the same questions, when they leaked - when they did not",
             against([on_leaked], [right["without leakage"][0]]), above=0)
inflated = leak["with leakage"][0].value - leak["with leakage"][1].value
lesson.saw(f"On questions that leaked into its training the model scores {leak['with leakage'][0].value:.2f}, on others "
           f"{leak['with leakage'][1].value:.2f}.")

# %% [markdown]
# ## The wording of the prompt
# The same reviews under each of the ten templates, eight of which the instruct model knows from its training.

# %%
lesson.section()
sentiment = load_task("sentiment")
guess = lesson.predict("sentiment: how far are the best and the worst wording apart, in accuracy of the instruct model?")
wordings, outcomes = [], {}
for kind, templates in (("in training", sentiment.templates), ("held out", sentiment.held_out_templates)):
    for template in templates:
        items = tuple(Item(fill(template, e.fields), e.references, e.choices) for e in sentiment.test[:n_items // 2])
        report = evaluate(instruct, tokenizer, Benchmark(template, items))
        if not outcomes:
            show(items[0], {"instruct, by likelihood": report.predictions[0]})
        outcomes[template] = rights(report)
        wordings.append([template.replace("\n", " / "), kind, report.scores["accuracy"].value])
wordings.sort(key=lambda row: -row[2])
lesson.table("wordings", ["template", "seen", "accuracy"], wordings)
guess.compare(wordings[0][2] - wordings[-1][2])


def best_and_worst(choose: slice, judge: slice) -> list[float]:
    """Right under the best wording - under the worst; chosen by some of the questions, judged by others."""
    ranked = sorted(outcomes, key=lambda template: sum(outcomes[template][choose]))
    return [a - b for a, b in zip(outcomes[ranked[-1]][judge], outcomes[ranked[0]][judge], strict=True)]


even, odd = slice(0, None, 2), slice(1, None, 2)
lesson.claim("bench-format", "sentiment: right under the best wording - under the worst, chosen on the other half",
             [best_and_worst(even, odd) + best_and_worst(odd, even)], above=0, seeded=False)
apart = wordings[0][2] - wordings[-1][2]
lesson.saw(f"Between the best and the worst wording of one and the same question lie {apart:.2f} of accuracy.")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
better = [f"{name} {scores[name, 'likelihood', 'base']:.2f} -> {scores[name, 'likelihood', 'instruct']:.2f}" for name in likely
          if scores[name, "likelihood", "instruct"] > scores[name, "likelihood", "base"]]
surely = [name for name in likely if estimates[name, "likelihood", "instruct"].low > estimates[name, "likelihood", "base"].high]
if likely:
    lesson.say(f"By likelihood the instruct model is above the base model on {len(better)} of {len(likely)}"
               f"{': ' + ', '.join(better) if better else ''}; the intervals lie apart on {', '.join(surely) or 'none'}.")
    lesson.say("What a benchmark finds in a model depends on how it asks.")
lesson.say(f"The instruct model's confidence is off by {instruct_helm['calibration error']:.2f} on average, the base model's by "
           f"{base_helm['calibration error']:.2f}. Bias and toxicity are counted by word lists, stand-ins for HELM's measures; "
           "on this world's harmless texts they say little.")
lesson.say("A score belongs to a model and a prompt, and both should be reported.")
lesson.record(leakage_inflation=inflated, wording_range=apart)
lesson.finish("tests/test_suite.py tests/test_helm.py tests/test_glue.py tests/test_mmlu.py")
