# %% [markdown]
# # 5. Instruction tuning: from a base model to one that answers
#
# **The course says:** instruction data is built with templates and split; the completions are compared with the labels by
# cross-entropy; the result is an instruct model. For one task, 500 to 1,000 examples can be enough.
#
# **The question:** what does a model learn when it is shown questions with their answers, and how many does it need?
#
# A base model that is asked something may answer or go on asking. Here it is shown examples of eight tasks in many wordings. We
# ask it before and after, in these wordings and in others. Then it learns one task alone, from few examples and from many.
#
# Read beside it: tinyllm/data.py, tinyllm/trainer.py, tinyllm/metrics/accuracy.py

# %%
from lesson import Lesson

lesson = Lesson("05_instruction_tuning", minutes=2, data="your own JSONL with prompt and completion on each line")

import random
from collections import Counter
from statistics import mean

from ledger import CLOSE, error_of
from measure import Questions, against, mean_of, means, spread
from screen import in_colour

from tinyllm import InputError, TrainConfig, Trainer
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, drop_too_long, instructions, load_pairs, load_task, render_all, split_pairs, task_names

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_train, n_validation, n_test = (24, 10, 12) if lesson.fast else (1000, 50, 200)

# %% [markdown]
# ## The data: templates and splits
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
    prompts, wanted = [prompt for prompt, _ in test[:n_test]], [[answer] for _, answer in test[:n_test]]
    return train, validation, {"your data": Questions(tokenizer, prompts, wanted, "token_f1")}, {}


train, validation, tests, held_out = your_own(lesson.options.data) if lesson.options.data else the_eight_tasks()
prompt, completion = random.Random(0).choice(train)
print("\nOne pair. The model reads all of it. The loss is computed on what is green (without colours: in brackets):\n")
print(in_colour(tokenizer.show(*tokenizer.render(prompt, f" {completion}"))))
n_asked = sum(len(questions.prompts) for questions in tests.values())
lesson.saw(f"There are {len(train):,} pairs to train on, {len(validation):,} to validate, and {n_asked:,} to test.")

# %% [markdown]
# ## Before and after
# Every weight is trained. After every quarter of the steps the validation pairs are tried, and the best weights are kept.
#
# Read the answers first. By exact match an answer counts only if it is right and nothing follows it, so a part of the gain may be
# learning to stop. The column **base, first line** cuts the base model's answers at the end of their first line. **Guessing** is
# the score of a model that knows which answers are offered, and no more: 1/2 for two labels, and for extraction, where each text
# holds two names, days and places. A score near it is no success. Token F1 is as ROUGE-1 in lesson 8, but punctuation marks count
# as words. Common words earn a little by it, and a cut can cost some. The mean over all tasks mixes it with exact match.

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
answers = {name: questions.answers(base) for name, questions in tests.items()}
before, first_lines = ({name: [tests[name].score([cut(answer) for answer in answers[name]])] for name in tests}
                       for cut in (str, lambda answer: answer.strip().split("\n")[0]))
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
    """The score of guessing among the answers that a question offers; nothing where none are offered."""
    choices = [] if lesson.options.data else load_task(name).test[0].choices
    return 1 / len(choices) if choices else 0.5 if name == "extraction" else ""


columns = {"base": before, "base, first line": first_lines, "instruct": after}
columns |= {"held-out template": unseen} if held_out else {}
lesson.table("scores", ["task", "metric", "guessing", *columns], [
    [name, questions.metric, guessing(name), *(spread(means(own[name])) for own in columns.values())]
    for name, questions in tests.items()])
whole = {column: mean(map(mean_of, own.values())) for column, own in columns.items()}
no_more = [name for name in exact if guessing(name) and mean_of(after[name]) - error_of(after[name]) <= guessing(name)]
lesson.saw(f"The mean score goes from {whole['base']:.2f} ({whole['base, first line']:.2f} on the first line alone) to "
           f"{whole['instruct']:.2f}. Tasks with a guessing score that are not above it: {', '.join(no_more) or 'none'}.")
if held_out:
    base_all, seen_all, unseen_all = ([[x for own in of_task.values() for x in own[min(seed, len(own) - 1)]]
                                       for seed in range(len(models))] for of_task in (before, after, unseen))
    lesson.claim("instruct", "score of all eight tasks: instruct minus base", against(seen_all, base_all), above=0)
    lesson.claim("template", "score under held-out templates minus under those of training", against(unseen_all, seen_all),
                 above=-CLOSE)
    lesson.saw(f"Under templates that training never showed the mean is {whole['held-out template']:.2f}.")

# %% [markdown]
# ## How many examples does one task need?
# One task alone, always for the same number of steps, so that only the number of different examples changes. Compare two
# columns: the last loss on the examples that the model trains on, and the lowest loss on others. Where the first goes to zero and
# the second stays high, the model has learnt its few examples by heart instead of the task. This is called **overfitting**.
# The last row answers another question: should the prompt be learnt too? There each token of the prompt has a target as well, as
# in pre-training. Most of its training loss is that of the prompt, while its validation loss is that of the answers alone.

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
    lesson.table("examples", ["examples", "loss on", "accuracy", "last training loss", "lowest validation loss"], rows)
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
    untuned, cut = (mean_of(own[one.name]) for own in (before, first_lines))
    lesson.saw(f"In {one.name} the base model gets {untuned:.2f} ({cut:.2f} on the first line alone). Tuned on {one.name} alone "
               f"it gets {curve[sizes[0]]:.2f} with {sizes[0]} examples, {curve[some]:.2f} with {some}, and "
               f"{mean_of(learnt):.2f} where the prompt is learnt too.")

finding = f"All tasks: from {whole['base']:.2f} to {whole['instruct']:.2f} on average" + ("" if lesson.options.data else (
    f". {one.name.capitalize()} alone: {curve[sizes[0]]:.2f} with {sizes[0]} examples, {curve[some]:.2f} with {some}"))
with lesson.plot("instruction_tuning", finding, ncols=1 if lesson.options.data else 2, figsize=(13, 6.5)) as (_, axes):
    left, *others = [axes] if lesson.options.data else axes
    for marker, (label, own) in zip("oxs^", columns.items(), strict=False):
        left.plot([mean_of(scores) for scores in own.values()], list(own), marker, label=label.replace("held", "instruct, held"))
    left.plot([guessing(name) or None for name in tests], list(tests), "|", color="grey", markersize=18, label="guessing")
    left.set(xlim=(-0.05, 1.05), xlabel="test score")
    left.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2)
    for right in others:
        right.plot(list(curve), list(curve.values()), marker="o")
        right.set(xscale="log", xlabel=f"training examples of {one.name} alone", ylabel="accuracy", ylim=(0, 1.05))

# %% [markdown]
# ## Why it comes out like this
# Instruction tuning teaches two things at once: to give an answer and then to stop, and how these tasks are done. What the base
# model gains by the cut belongs to the first. How many examples the second takes was measured for one task alone, and can differ.

# %%
lesson.record(means=whole, best_step=[h.best_step for _, h in runs], validation_loss=[h.validation_loss for _, h in runs])
lesson.finish("tests/test_trainer.py tests/test_accuracy.py")
