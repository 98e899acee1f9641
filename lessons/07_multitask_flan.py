# %% [markdown]
# # 7. Multitask tuning and FLAN: does a model learn to follow instructions that it has never seen?
#
# **The course says:** multitask tuning mixes examples of many tasks. It avoids forgetting (see lesson 6), but needs many
# examples. FLAN is a set of models tuned in this way, on many tasks with many instruction templates for each.
#
# **The question:** what does tuning on many tasks give to a task that was *not* among them, and to a wording that was not?
#
# FLAN (Wei et al. 2021) groups its 62 data sets in clusters, such as translation or sentiment, and holds a whole cluster out:
# to hold out one data set is not enough, as another of the same kind would teach the model the same thing. We do as they did.
# Their model has 137 billion weights. Models of 8 billion and less, they found, get worse on held-out clusters. Ours has two
# million.
#
# Read beside it: `instructions` in tinyllm/data.py, tinyllm/prompting.py

# %%
from lesson import Lesson

lesson = Lesson("07_multitask_flan", minutes=1, more="also tune on 1, 2, 4 and 8 tasks, and by the task's name or by nothing")

import random

from ledger import CLOSE
from measure import Questions, against, mean_of, means, plus_minus, spread, tune

from tinyllm.benchmarks.suite import choice_probabilities
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task, task_names

HELD_OUT = "sentiment", "topic", "entailment"  # one task each of three clusters, all answered by one of a few labels
tasks = {name: load_task(name) for name in task_names()}
POOL = [name for name in tasks if name not in HELD_OUT]
n_train, n_few, n_test, n_each = (8, 4, 6, 4) if lesson.fast else (200, 50, 100, 40)
base, tokenizer = load_model(WORLD / "base", device=lesson.device)


def pairs_of(name, n=n_train, templates=None):
    return instructions(tasks[name].train[:n], templates or tasks[name].templates, seed=1)


def tuned(pairs, seed, n_seen=None):
    """The base model tuned on pairs: on each once, or, if n_seen is given, until it has seen that many."""
    model, _ = load_model(WORLD / "base", device=lesson.device)
    return tune(lesson, model, tokenizer, pairs, 4e-4, seed, epochs=n_seen / len(pairs) if n_seen else 1.0)


# %% [markdown]
# ## A cluster held out
#
# The model is tuned on one cluster, on two, three and five, and is then asked about three other clusters, by instructions that
# list the labels. Each time it takes the same number of steps, so that only the variety grows. There are two ways to score.
# **By choice**, as FLAN did: which of the labels does the model find the likeliest? Guessing gets 1/2, 1/6 and 1/3 right, so 1/3
# on average. **As written**: is the answer that it writes one of the labels, and the right one? FLAN's numbers stand beside ours.
# Its held-out clusters are others, and harder, so compare the slopes and not the heights.

# %%
lesson.section()
held_out = {name: Questions.of(tokenizer, tasks[name], tasks[name].test[:n_test]) for name in HELD_OUT}


def by_choice(model) -> list[float]:
    """The score of each question on the held-out clusters: 1 if the likeliest label is the right one."""
    scores = []
    for name, questions in held_out.items():
        examples = tasks[name].test[:n_test]
        shares = choice_probabilities(model, tokenizer, questions.prompts, [example.choices for example in examples])
        scores += [float(e.choices[own.index(max(own))] in e.references) for e, own in zip(examples, shares, strict=True)]
    return scores


def as_written(model) -> list[float]:
    return [score for questions in held_out.values() for score in questions.scores(model)]


lesson.say(f"Held out: {', '.join(HELD_OUT)}. Tuned on some or all of: {', '.join(POOL)}.")
guess = lesson.predict("Tuned on five clusters, will the model choose the labels of the others better than the base model does?",
                       ["Better.", "No better, or worse."])
sizes = (1, 2, 3, len(POOL))
choice, written, widest = {0: [by_choice(base)]}, {0: [as_written(base)]}, None
for k in sizes:
    choice[k], written[k] = [], []
    for seed in lesson.seeds:
        order = random.Random(seed).sample(POOL, len(POOL))  # which clusters come first is drawn anew for each seed
        widest = tuned([pair for name in order[:k] for pair in pairs_of(name)], seed, n_seen=len(POOL) * n_train)
        choice[k].append(by_choice(widest))
        written[k].append(as_written(widest))
held_out["sentiment"].show({"the base model": base, f"tuned on {len(POOL)} clusters": widest})
FLAN = [49.9, 55.0, 59.3, 59.2, 60.8, 61.9, 63.5]  # Wei et al. 2021: held-out average after 1, 2, ... 7 training clusters
lesson.table("clusters", ["training clusters", "by choice", "as written", "FLAN 137 B, its own, harder clusters"], [
    [k or "none (base)", spread(means(choice[k])), spread(means(written[k])), f"{FLAN[k - 1] / 100:.3f}" if k else ""]
    for k in choice])
gain = mean_of(choice[sizes[-1]]) - mean_of(choice[0])
guess.compare("Better." if gain > 0 else "No better, or worse.")
added = plus_minus(against(choice[sizes[-1]], choice[0]))
lesson.saw(f"By choice the base is at {mean_of(choice[0]):.2f} before any tuning, where guessing gets {1 / 3:.2f}, and tuning on "
           f"{sizes[-1]} other clusters adds {added}. As written, that goes from {mean_of(written[0]):.2f} to "
           f"{mean_of(written[sizes[-1]]):.2f}.")

# %% [markdown]
# ## More templates, and more examples
#
# Now all eight tasks are in the training, and the wording is what is new: each task has two templates that no training shows.
# The model is tuned with one template for each task, with three, and with all twenty, on the same examples. Then with twenty
# templates and fewer examples, each read more often, so that the number of steps stays the same. Look at what variety costs under
# a known wording, and what it brings under a new one. (Lesson 5 also asks for new wordings, with more examples and questions.)

# %%
lesson.section()
RUNS = {"1 template": (n_train, 1), "3 templates": (n_train, 3), "20 templates": (n_train, 20), "20, fewer examples": (n_few, 20)}


def all_tasks(model, pick) -> list[float]:
    """The score of each question of all tasks, asked under the templates that `pick` takes from a task."""
    return [score for task in tasks.values()
            for score in Questions.of(tokenizer, task, task.test[:n_each], pick(task)).scores(model)]


guess = lesson.predict("With one template for each task: what will the mean score be under a wording that is new (0 to 1)?")
seen, unseen, first = {}, {}, {}
for what, (n, k) in RUNS.items():
    pairs = [pair for name, task in tasks.items() for pair in pairs_of(name, n, task.templates[:k])]
    models = [tuned(pairs, seed, n_seen=len(tasks) * n_train) for seed in lesson.seeds]  # the same number of steps
    seen[what] = [all_tasks(model, lambda task, k=k: task.templates[:k]) for model in models]
    unseen[what] = [all_tasks(model, lambda task: task.held_out_templates) for model in models]
    first[what] = models[0]
asked = Questions.of(tokenizer, tasks["topic"], tasks["topic"].test[:n_each], tasks["topic"].held_out_templates)
asked.show({f"tuned with {what}": first[what] for what in list(RUNS)[:3]})
lesson.table("templates", ["tuned with", "examples a task", "wording as in training", "wording that is new"], [
    [what, n, spread(means(seen[what])), spread(means(unseen[what]))] for what, (n, _) in RUNS.items()])
one, _, twenty, few = RUNS
guess.compare(mean_of(unseen[one]))
lesson.saw(f"Under a new wording the mean score is {mean_of(unseen[one]):.2f} with one template and "
           f"{mean_of(unseen[twenty]):.2f} with twenty; under a known one {mean_of(seen[one]):.2f} and "
           f"{mean_of(seen[twenty]):.2f}.")
lesson.saw(f"With {n_few} examples of each task instead of {n_train}, in as many steps, a known wording gets "
           f"{mean_of(seen[few]):.2f} instead of {mean_of(seen[twenty]):.2f}.")

finding = (f"Held-out clusters: {gain:+.2f} by choice after {sizes[-1]} clusters. New wording: "
           f"{mean_of(unseen[twenty]) - mean_of(unseen[one]):+.2f} from 1 template to 20")
with lesson.plot("flan", finding, ncols=2, figsize=(12, 5.8)) as (_, (left, right)):
    left.plot(list(choice), [mean_of(own) for own in choice.values()], marker="o", label="ours, by choice")
    left.plot(list(written), [mean_of(own) for own in written.values()], marker="s", label="ours, as written")
    left.plot(range(1, 8), [x / 100 for x in FLAN], "--", marker="^", label="FLAN 137 B, on its own, harder clusters")
    left.axhline(1 / 3, color="grey", linestyle=":", linewidth=1.5, label="guessing")
    left.set(xlabel="training clusters", ylabel="score on held-out clusters", ylim=(0, 1))
    for marker, scores, label in (("o", seen, "wording as in training"), ("s", unseen, "wording that is new")):
        right.plot((1, 3, 20), [mean_of(scores[what]) for what in list(RUNS)[:3]], marker=marker, label=label)
    right.set(xlabel="templates for each task", ylabel="score on all tasks", ylim=(0, 1), xticks=(1, 3, 20))
    for axes in (left, right):
        axes.legend(fontsize=12, loc="lower right")

lesson.claim("flan-tasks", f"held-out clusters by choice: {sizes[-1]} training clusters minus 1",
             against(choice[sizes[-1]], choice[1]), above=0)
lesson.claim("flan-small", f"held-out clusters by choice: {sizes[-1]} training clusters minus none",
             against(choice[sizes[-1]], choice[0]), below=0)
lesson.claim("flan-templates", "new wording: 20 templates minus 1", against(unseen[twenty], unseen[one]), above=0)
lesson.claim("template", "20 templates: new wording minus known wording", against(unseen[twenty], seen[twenty]), above=-CLOSE)
lesson.claim("multi-data", f"known wording: {n_train} examples of each task minus {n_few}, in as many steps",
             against(seen[twenty], seen[few]), above=0)

# %% [markdown]
# ## Why it comes out like this
#
# The two ways to score ask for two things. As written, the model must answer in the right *form*: shortly, with a word that the
# prompt offers. Other tasks can teach some of that. By choice the form is given. The base has met such texts in pre-training,
# reviews among them, and that is what it chooses by before any tuning. Tuning on other clusters could add that the model now
# follows the instruction. FLAN's authors give a reason why small models do not get there: the tasks that they are trained on use
# up what room they have. New wordings of known tasks are easier: with several templates the model cannot rely on one fixed
# string, and has to look at what they have in common.

# %%
lesson.section()
if lesson.options.more:
    bare = {name: "\n".join("{" + field + "}" for field in tasks[name].train[0].fields) for name in POOL}
    forms = {"nothing": bare, "the task's name": {name: f"[{name}] {fields}" for name, fields in bare.items()}}
    names = {way: [by_choice(tuned([pair for name in POOL for pair in pairs_of(name, templates=(form[name],))], seed))
                   for seed in lesson.seeds] for way, form in forms.items()}
    names["instructions"] = choice[len(POOL)]
    lesson.table("names", ["tuned by", "held-out clusters by choice"], [[way, spread(means(own))] for way, own in names.items()])
    for more, less in (("instructions", "the task's name"), ("the task's name", "nothing")):
        lesson.claim("flan-names", f"held-out clusters by choice: tuned by {more} minus by {less}",
                     against(names[more], names[less]), above=0)
    order, rows = list(tasks), []
    for k in (1, 2, 4, 8):
        model = tuned([pair for name in order[:k] for pair in pairs_of(name)], 0)
        first, *others = [Questions.of(tokenizer, tasks[name], tasks[name].test[:n_each]).scores(model) for name in order]
        rows.append([k, mean_of([first]), mean_of(others[:k - 1]) if k > 1 else "", mean_of(others[k - 1:]) if k < 8 else ""])
    lesson.table("tasks", ["tasks in the mix", order[0], "the others in the mix", "those outside"], rows)

# %%
lesson.finish("tests/test_data.py tests/test_prompting.py")
