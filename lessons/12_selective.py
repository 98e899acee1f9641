# %% [markdown]
# # 12. Selective methods: train some of the weights that are there
#
# **The course says:** Selective methods train a chosen subset of the model's own weights: some layers,
# components or kinds of parameter. With PEFT often only 15 to 25 % of the weights are trained.
#
# The simplest way to train few weights: choose some of the model's own, and freeze the rest. Nothing is added, so the
# tuned model has the base's shape and speed. What to choose is the question: some layers, some components, or one kind
# of parameter, such as the biases (BitFit). The same examples and steps for each choice, and the scores side by side.
#
# Read beside it: tinyllm/peft/selective.py

# %%
from lesson import Lesson

lesson = Lesson("12_selective", minutes=0.4)

import math
import statistics

import torch
from ledger import CLOSE
from measure import Questions, against, paired, percent, spread, tune

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task
from tinyllm.peft import bitfit, freeze, last_layers, parameter_table, trainable_parameters

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total = sum(parameter.numel() for parameter in base.parameters())

# %% [markdown]
# ## What can be chosen
# `freeze(model, *patterns)` leaves trainable what fits a pattern. Each choice has a learning rate of its own: of two to five
# tried, the one that did best on 100 validation examples.

# %%
lesson.section()
CHOICES = {  # name -> (how to choose, learning rate)
    "norms": (lambda model: freeze(model, "*norm.weight"), 3e-2),
    "biases (BitFit)": (bitfit, 1e-2),
    "embeddings": (lambda model: freeze(model, "embedding.weight"), 2e-3),
    "last layer": (lambda model: last_layers(model, 1), 2e-3),
    "last two layers": (lambda model: last_layers(model, 2), 1e-3),
    "everything": (lambda model: model.requires_grad_(True), 2.5e-4),
}
chosen = {name: trainable_parameters(choose(base)) for name, (choose, _) in CHOICES.items()}
share = {name: sum(counts.values()) / total for name, counts in chosen.items()}
lesson.table("chosen", ["trained", "tensors", "weights", "share of all, %", "learning rate"], [
    [name, len(counts), f"{sum(counts.values()):,}", 100 * share[name], f"{CHOICES[name][1]:g}"]
    for name, counts in chosen.items()])
print(f"The norms, one by one:\n\n{parameter_table(CHOICES['norms'][0](base))}\n")
assert base.head.weight is base.embedding.weight
lesson.say("The output layer is the embedding table itself (tied), so to train the embeddings is to train both ends of the "
           "model.")

# %% [markdown]
# ## The same task for each
# Translation into French: each choice starts from the base model and sees the same examples once, in the same order.

# %%
lesson.section()
task = load_task("translation")
n_train, n_test = (32, 10) if lesson.fast else (500, 100)
pairs, questions = instructions(task.train[:n_train], task.templates, seed=1), Questions.of(tokenizer, task, task.test[:n_test])
start = {name: parameter.detach().clone() for name, parameter in base.named_parameters()}


def tuned(name: str, seed: int):
    """The base model with one choice trained: (its answers, names of the tensors that changed)."""
    choose, rate = CHOICES[name]
    model = tune(lesson, choose(load_model(WORLD / "base", device=lesson.device)[0]), tokenizer, pairs, rate, seed)
    changed = {path for path, weight in model.named_parameters() if not torch.equal(weight, start[path])}
    return questions.answers(model), changed


base_answers = questions.answers(base)
base_score = statistics.mean(questions.score(base_answers))
print(f"Untouched, the base model scores {base_score:.3f} (token F1, {n_test} questions).")
guess = lesson.predict(f"The norms are {percent(share['norms'])} of the weights. Which score do they reach, trained "
                       "alone (0 to 1)?")
biases, last = "biases (BitFit)", "last layer"
sides = [f"The biases, {percent(share[biases])} of the weights.", f"The last layer, {percent(share[last])} of them."]
which = lesson.predict("Which scores higher, trained alone?", sides)
runs = {name: [tuned(name, seed) for seed in lesson.seeds] for name in CHOICES}
scores = {name: [questions.score(answers) for answers, _ in own] for name, own in runs.items()}
means = {name: [statistics.mean(one) for one in own] for name, own in scores.items()}
score = {name: statistics.mean(values) for name, values in means.items()}

# %% [markdown]
# ## Exactly the chosen weights have changed
# The mistake to fear in a selective method makes no noise: a frozen weight that moved after all, or a chosen one that
# did not. So every tensor is compared with the base's, bit for bit.

# %%
lesson.section()
for name, own in runs.items():
    for _, changed in own:
        assert changed == set(chosen[name]), f"{name}: {sorted(changed ^ set(chosen[name]))}"
lesson.table("changed", ["trained", "tensors chosen", "changed", "frozen", "frozen and equal bit for bit"], [
    [name, len(chosen[name]), len(own[0][1]), len(start) - len(chosen[name]), len(start) - len(own[0][1])]
    for name, own in runs.items()])
lesson.saw(f"Each of the {len(CHOICES)} choices changed exactly its own tensors; with the biases alone "
           f"{len(start) - len(chosen[biases])} of {len(start)} stayed equal bit for bit.")

# %% [markdown]
# ## The scores
# So few questions leave some chance in a score. The last column is the mean difference from full tuning on the same
# questions, with twice its standard error (first seed): within it, these questions cannot tell the two apart.

# %%
lesson.section()
questions.show({"base": base_answers, "with the biases tuned it": runs[biases][0][0],
                "with everything tuned it": runs["everything"][0][0]})
against_full = {name: paired(own[0], scores["everything"][0]) for name, own in scores.items()}
rows = [["nothing (base)", 0.0, base_score, ""]]
for name in CHOICES:
    gap, error = against_full[name]
    rows.append([name, 100 * share[name], spread(means[name]), "" if name == "everything" else f"{gap:+.3f} +- {error:.3f}"])
lesson.table("scores", ["trained", "share, %", "token F1", "against full tuning"], rows)
print("+-: twice the standard error of the difference; within it these questions cannot tell two models apart.\n")
guess.compare(score["norms"])
which.compare(sides[0] if score[biases] > score[last] else sides[1])
lesson.claim("bitfit", "token F1 of the biases alone minus that of full tuning, translation",
             against(scores[biases], scores["everything"]), above=-CLOSE)
lesson.claim("bitfit", "... where full tuning has learnt: its token F1 minus the base's",
             against(scores["everything"], [questions.score(base_answers)]), above=0)
lesson.saw(f"The biases, {percent(share[biases])} of the weights, reach a token F1 of {score[biases]:.2f}, full tuning "
           f"{score['everything']:.2f}, the base {base_score:.2f}.")
lesson.saw(f"The last layer alone, {percent(share[last])} of the weights, reaches {score[last]:.2f}.")

with lesson.plot("share", figsize=(8, 4.8)) as (_, axes):
    axes.axvspan(15, 25, color="tab:orange", alpha=0.2, label="15 to 25 %, as the course says")
    axes.axhline(base_score, color="grey", linestyle=":", label="base, nothing trained")
    axes.axhline(score["everything"], color="grey", linestyle="--", label="everything trained")
    for name in CHOICES:
        values = means[name]
        axes.errorbar(100 * share[name], score[name], yerr=[[score[name] - min(values)], [max(values) - score[name]]],
                      marker="o", color="tab:blue", capsize=3)
        left = name in ("embeddings", "last layer", "everything")
        axes.annotate(name, (100 * share[name], score[name]), xytext=(-6 if left else 6, -13), textcoords="offset points",
                      ha="right" if left else "left", fontsize=9)
    axes.set(xscale="log", xlim=(0.05, 150), ylim=(0, 1), xlabel="weights trained, % of all (log scale)",
             ylabel=f"{task.name}: token F1", title="What is chosen, and what it reaches")
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.legend(loc="center left", fontsize=9)

# %% [markdown]
# ## What was seen

# %%
lesson.section()
parts = [name for name in CHOICES if name != "everything"]
inside = [f"{name} ({percent(share[name])}, {score[name]:.2f})" for name in parts if 0.15 <= share[name] <= 0.25]
below = [f"{name} ({percent(share[name])}, {score[name]:.2f})" for name in parts if share[name] < 0.15]
lesson.say(f"Between the course's 15 and 25 % lie: {', '.join(inside) or 'none of these'}. Below: "
           f"{', '.join(below) or 'none of these'}.")
crossed = [(a, b) for a in parts for b in parts if share[a] < share[b] and score[a] > score[b]]
if crossed:
    small, large = max(crossed, key=lambda ab: (score[ab[0]] - score[ab[1]]) * math.log(share[ab[1]] / share[ab[0]]))
    lesson.say(f"More weights are not always better: {small} ({percent(share[small])}) scored {score[small]:.2f}, and {large} "
               f"({percent(share[large])}) {score[large]:.2f}, after {math.ceil(n_train / 8)} steps. What is chosen counts, not "
               "only how much.")
else:
    lesson.say("Here each larger choice scored at least as high as every smaller one.")
level = [name for name in parts if sum(against_full[name]) >= 0]
lesson.say(f"Not clearly below full tuning on these questions: {', '.join(level)}." if level else
           "Every choice is clearly below full tuning on these questions.")
if score["everything"] > base_score:
    lesson.say(f"BitFit's paper (Ben Zaken et al. 2021): RoBERTa-base reaches 85.2 with 0.1 M of its 125 M weights trained "
               f"and 86.4 in full, so {percent(85.2 / 86.4)} of it. Here the biases reach "
               f"{percent(score[biases] / score['everything'])} of full tuning's score with {percent(share[biases])} of "
               "the weights.")
else:
    lesson.say("Full tuning has not risen above the base model in this run, so it says nothing beside the paper's figures.")
lesson.say("This is one task and one small model: the order of the choices may differ elsewhere.")
lesson.record(base=base_score, shares=share, means=score, level_with_full=level, questions=n_test, examples=n_train)
lesson.finish("tests/test_selective.py")
