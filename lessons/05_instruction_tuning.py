# %% [markdown]
# # 5. Instruction tuning: from a base model to one that answers
#
# **The course says:** instruction data is built with templates and split; the completions are compared with the labels by
# cross-entropy; the result is an instruct model. For one task, 500 to 1,000 examples can be enough.
#
# **The question:** what does a model learn when it is shown questions with their answers, and how many does it need?
#
# The base model continues text. Asked something, it may answer, or go on asking. Here it is shown labelled examples of eight
# tasks, put into words by templates, until it answers. We ask it before and after, in wordings that it was trained on and in
# wordings that it was not. Then one task alone is learnt from few examples and from many.
# Read beside it: tinyllm/data.py, tinyllm/trainer.py, tinyllm/metrics/accuracy.py

# %%
from lesson import Lesson

lesson = Lesson("05_instruction_tuning", minutes=3.5, data="your own JSONL with prompt and completion on each line")

import random
from collections import Counter
from statistics import mean

from ledger import CLOSE
from measure import Questions, against, mean_of, means, spread

from tinyllm import InputError, TrainConfig, Trainer
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, drop_too_long, instructions, load_pairs, load_task, render_all, split_pairs, task_names

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_train, n_validation, n_test = (24, 10, 12) if lesson.fast else (1000, 50, 200)

# %% [markdown]
# ## The data: templates and splits
#
# An example is a few fields, such as a review, and the answer. A template puts the fields into words: that is the prompt. The
# answer is the completion. Each task has 22 templates. Training uses 20 of them, and two are held out for the test. The
# examples are split as well: nothing that is asked in the test is seen in training.


# %%
lesson.section()
def the_eight_tasks():
    """Pairs to train on and to validate with; for each task its test, and the same test under held-out templates."""
    train, validation, tests, held_out = [], [], {}, {}
    for name, task in ((name, load_task(name)) for name in task_names()):
        train += instructions(task.train[:n_train], task.templates, seed=1)
        validation += instructions(task.validation[:n_validation], task.templates, seed=2)
        tests[name] = Questions.of(tokenizer, task, task.test[:n_test])
        held_out[name] = Questions.of(tokenizer, task, task.test[:n_test], task.held_out_templates)
    return train, validation, tests, held_out


def your_own(path: str):
    """The same of one file. There are no templates, so none are held out."""
    pairs, too_long = drop_too_long(tokenizer, load_pairs(path), base.config.context)
    lesson.say(f"Of your examples {too_long} are longer than the context of {base.config.context} tokens and left out.")
    if len(pairs) < 10:
        raise InputError(f"{len(pairs)} examples remain, and 10 are needed to train, validate and test; add shorter ones.")
    train, validation, test = split_pairs(pairs)
    prompts, answers = [prompt for prompt, _ in test[:n_test]], [[answer] for _, answer in test[:n_test]]
    return train, validation, {"your data": Questions(tokenizer, prompts, answers, "token_f1")}, {}


train, validation, tests, held_out = your_own(lesson.options.data) if lesson.options.data else the_eight_tasks()
prompt, completion = random.Random(0).choice(train)
print("\nOne pair. The model reads all of it, and the loss is computed on what is green:\n")
print(tokenizer.show(*tokenizer.render(prompt, f" {completion}")))
lesson.saw(f"{len(train):,} pairs to train on, {len(validation):,} to validate, {sum(len(t.prompts) for t in tests.values()):,} "
           "to test.")

# %% [markdown]
# ## Before and after
#
# Every weight is trained. The loss is the mean over the completions' tokens. After every quarter of the steps the validation
# pairs are tried, and the weights that did best on them are kept.
#
# Read the answers first. Then compare the columns. **Guessing** is the score of a model that has understood which answers are
# offered, and no more: 1/2 where there are two labels. A score near it is no success, however high it looks. (In extraction no
# labels are offered, but each text tells of two events, so half of them can be guessed.) By token F1 common words earn a little.


# %%
lesson.section()
def scored(models, tests) -> dict[str, list[list[float]]]:
    """For each task and each model the score of every question."""
    return {name: [questions.scores(model) for model in models] for name, questions in tests.items()}


def tuned(pairs, checked, seed, targets_of=list, **settings):
    """A fresh copy of the base model, tuned on pairs, and its history. targets_of: what is done to the examples first."""
    model, _ = load_model(WORLD / "base", device=lesson.device)
    config = TrainConfig(seed=seed, device=lesson.options.device, **settings)
    history = Trainer(model, config).fit(targets_of(render_all(tokenizer, pairs)), render_all(tokenizer, checked))
    return model, history


guess = lesson.predict("Before tuning: on the tasks with one right answer, which share does the base model get right (0 to 1)?")
before = scored([base], tests)
exact = [name for name, questions in tests.items() if questions.metric == "exact_match"] or list(tests)
guess.compare(mean(mean_of(before[name]) for name in exact))
runs = [tuned(train, validation, seed, epochs=1.5, learning_rate=4e-4, batch_size=8) for seed in lesson.seeds]
models = [model for model, _ in runs]
if not lesson.options.data:  # later lessons go on with it
    save_model(lesson.folder / "instruct", models[0], tokenizer)
after, unseen = scored(models, tests), scored(models, held_out)
for name in list(tests)[:3]:
    tests[name].show({"the base model": base, "the instruct model": models[0]})


def guessing(name) -> float | str:
    """The score of guessing among the labels that a question offers; nothing where no labels are offered."""
    choices = [] if lesson.options.data else load_task(name).test[0].choices
    return 1 / len(choices) if choices else ""


lesson.table("scores", ["task", "metric", "guessing", "base", "instruct", *(["held-out template"] if held_out else [])], [
    [name, questions.metric, guessing(name), mean_of(before[name]), spread(means(after[name])),
     *([spread(means(unseen[name]))] if held_out else [])] for name, questions in tests.items()])
lowest = min(exact, key=lambda name: mean_of(after[name]))
whole = {"base": mean(map(mean_of, before.values())), "instruct": mean(map(mean_of, after.values()))}
lesson.saw(f"From before to after the mean score goes from {whole['base']:.2f} to {whole['instruct']:.2f}. The lowest of the "
           f"exact tasks is {lowest} with {mean_of(after[lowest]):.2f}.")
if held_out:
    base_all, seen_all, unseen_all = ([[x for own in of_task.values() for x in own[min(seed, len(own) - 1)]]
                                       for seed in range(len(models))] for of_task in (before, after, unseen))
    lesson.claim("instruct", "score of all eight tasks: instruct minus base", against(seen_all, base_all), above=0)
    lesson.claim("template", "score under held-out templates minus under those of training", against(unseen_all, seen_all),
                 above=-CLOSE)
    whole["held-out"] = mean_of(unseen_all)
    lesson.saw(f"Under templates that training never showed the mean is {whole['held-out']:.2f}.")

# %% [markdown]
# ## How many examples does one task need?
#
# One task alone, always for the same number of steps, so that only the number of different examples changes. Compare two
# columns: the loss on the examples that the model trains on, and the loss on others. Where the first goes to zero and the second
# stays high, the model has learnt its few examples by heart instead of the task. This is called **overfitting**.
# The last row answers another question: should the prompt be learnt too? There each token of the prompt has a target as well,
# the next token, as in pre-training. Most of the loss then goes into imitating questions.


# %%
lesson.section()
def next_tokens(examples):
    """The same ids, but the prompt's tokens are targets too: at each place the next id, at the last one END."""
    return [(ids, [*ids[1:], tokenizer.end_id]) for ids, _ in examples]


if not lesson.options.data:
    one, sizes = load_task("topic"), (10, 100) if lesson.fast else (10, 30, 100, 500, 1000)
    steps, batch_size = (6, 8) if lesson.fast else (80, 16)
    checked, test = instructions(one.validation[:50], one.templates, seed=2), {one.name: tests[one.name]}
    guess = lesson.predict(f"{one.name}: which accuracy does the model reach with 100 examples (0 to 1)?")
    some, most = sizes[-2:]
    scores, rows = {}, []  # (number of examples, what the loss is on) -> for each seed the score of each question
    for size, loss_on in (*((size, "completion") for size in sizes), (some, "prompt too")):
        pairs = instructions(one.train[:size], one.templates, seed=1)
        results = [tuned(pairs, checked, seed, list if loss_on == "completion" else next_tokens, learning_rate=1e-3,
                         epochs=steps / -(-size // batch_size), batch_size=batch_size) for seed in lesson.seeds]
        scores[size, loss_on] = scored([model for model, _ in results], test)[one.name]
        rows.append([size, loss_on, spread(means(scores[size, loss_on])), mean(h.train_loss[-1] for _, h in results),
                     mean(min(h.validation_loss) for _, h in results)])
    lesson.table("examples", ["examples", "loss on", "accuracy", "training loss", "validation loss"], rows)
    curve = {size: mean_of(scores[size, "completion"]) for size in sizes}
    guess.compare(curve[100])
    usual = Counter(example.completion for example in one.train).most_common(1)[0][0]  # an answer that needs no reading
    unread, masked, learnt = [tests[one.name].score([usual] * n_test)], scores[some, "completion"], scores[some, "prompt too"]
    lesson.claim("few-enough", f"{one.name}: score with {some:,} examples minus .95 x with {most:,}",
                 against(masked, scores[most, "completion"], share=0.95), above=0)
    lesson.claim("few-enough", f"{one.name}: score with {some:,} examples minus of always writing “{usual}”",
                 against(masked, unread), above=0)
    lesson.claim("loss-prompt", f"{one.name}, {some:,} examples: score with the loss on the completion minus on the prompt too",
                 against(masked, learnt), above=0)
    lesson.saw(f"{one.name} alone gets {curve[sizes[0]]:.2f} with {sizes[0]} examples and {curve[some]:.2f} with {some}, or "
               f"{mean_of(learnt):.2f} where the prompt is learnt too.")

finding = f"From {whole['base']:.2f} to {whole['instruct']:.2f} on average; lowest of the exact tasks: {lowest}"
with lesson.plot("instruction_tuning", finding, ncols=1 if lesson.options.data else 2, figsize=(13, 6.5)) as (_, axes):
    left, *others = [axes] if lesson.options.data else axes
    for own, marker, label in ((before, "o", "base"), (after, "s", "instruct"), (unseen, "^", "instruct, held-out template")):
        left.plot([mean_of(scores) for scores in own.values()], list(own), marker, label=label)
    left.plot([guessing(name) or None for name in tests], list(tests), "|", color="grey", markersize=18, label="guessing")
    left.set(xlim=(-0.05, 1.05), xlabel="test score")
    left.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2)
    for right in others:
        right.plot(list(curve), list(curve.values()), marker="o")
        right.set(xscale="log", xlabel=f"training examples of {one.name} alone", ylabel="accuracy", ylim=(0, 1.05))

# %% [markdown]
# ## Why it comes out like this
#
# Instruction tuning teaches two things at once: that an answer is wanted, and how these tasks are done. The first is learnt
# from a few examples. The second depends on the task: what the base model has met in its text needs little more, and what it
# has never had to do needs many examples, or a larger model.

# %%
lesson.record(means=whole, best_step=[h.best_step for _, h in runs], validation_loss=[h.validation_loss for _, h in runs])
lesson.finish("tests/test_trainer.py tests/test_accuracy.py")
