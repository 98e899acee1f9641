# %% [markdown]
# # 5. Instruction tuning: from a base model to one that answers
#
# **The course says:** Instruction data is built with templates and split; the completions are compared with the
# labels by cross-entropy; the result is an instruct model. For one task, 500 to 1,000 examples can be enough.
#
# The base model continues text; asked something, it goes on asking. Here it is shown labelled examples of eight tasks,
# put into words by templates (split -> train -> validate -> test), until it answers: an instruct model. Then one task
# alone is learnt from 10 to 1,000 examples, to see how many are enough.
#
# Read beside it: tinyllm/data.py, tinyllm/trainer.py, tinyllm/metrics/accuracy.py

# %%
from lesson import Lesson

lesson = Lesson("05_instruction_tuning", minutes=3.5, data="your own JSONL with prompt and completion on each line")

import random
from collections import Counter

from ledger import CLOSE
from measure import METRICS, against, mean_of, means, spread

from tinyllm import TrainConfig, Trainer
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import (
    WORLD,
    drop_too_long,
    instructions,
    load_pairs,
    load_task,
    render_all,
    split_pairs,
    task_names,
)
from tinyllm.generate import complete
from tinyllm.metrics import exact_match
from tinyllm.tokenizer import IGNORE

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
context = base.config.context

# %% [markdown]
# ## The data: templates and splits
# Each example becomes a (prompt, completion) pair under one of its task's templates. Two of the ten templates are held
# out: training never shows them. With `--data FILE` your own pairs take the place of the eight tasks.


# %%
lesson.section()
class Suite:
    """Pairs to learn from and questions to be tested with. tests: task -> (prompts, accepted answers, metric)."""

    def __init__(self):
        self.train, self.validation, self.tests, self.held_out, self.too_long = [], [], {}, {}, 0

    def add(self, name, train, validation, test, metric, references, held_out=None):
        for pairs, where in ((train, self.train), (validation, self.validation)):
            fitting, left_out = drop_too_long(tokenizer, pairs, context)
            where += fitting
            self.too_long += left_out
        fits = [i for i, pair in enumerate(test) if not drop_too_long(tokenizer, [pair], context)[1]]
        self.too_long += len(test) - len(fits)
        answers = [references[i] for i in fits]
        self.tests[name] = ([test[i][0] for i in fits], answers, metric)
        if held_out:
            self.held_out[name] = ([held_out[i][0] for i in fits], answers, metric)


def the_eight_tasks(n_train: int, n_validation: int, n_test: int) -> Suite:
    suite = Suite()
    for task in map(load_task, task_names()):
        test = task.test[:n_test]
        suite.add(task.name, instructions(task.train[:n_train], task.templates, seed=1),
                  instructions(task.validation[:n_validation], task.templates, seed=2),
                  instructions(test, task.templates, seed=3), task.metric, [list(e.references) for e in test],
                  held_out=instructions(test, task.held_out_templates, seed=3))
    return suite


def your_own(path: str) -> Suite:
    suite = Suite()
    train, validation, test = split_pairs(load_pairs(path))
    suite.add("your data", train, validation, test[:100], "token_f1", [answer for _, answer in test[:100]])
    return suite


n_test = 12 if lesson.fast else 200
if lesson.options.data:
    suite = your_own(lesson.options.data)
else:
    suite = the_eight_tasks(n_train=24 if lesson.fast else 1000, n_validation=10 if lesson.fast else 50, n_test=n_test)
if not suite.train or not suite.validation or not all(prompts for prompts, _, _ in suite.tests.values()):
    from tinyllm import InputError
    raise InputError(f"Of your examples {suite.too_long} are longer than the context of {context} tokens, and too few remain "
                     "to train, validate and test; shorten them.")
lesson.say(f"{len(suite.train):,} pairs to train on, {len(suite.validation):,} to validate, "
           f"{sum(len(prompts) for prompts, _, _ in suite.tests.values()):,} to test. Longer than the context of "
           f"{context} tokens and therefore left out: {suite.too_long}.")
prompt, completion = random.Random(0).choice(suite.train)
print("\nOne of them, the loss being computed on what is green:\n")
print(tokenizer.show(*tokenizer.render(prompt, f" {completion}")))

# %% [markdown]
# ## Before: the base model, asked


# %%
lesson.section()
every_answer = [answer for _, references, _ in suite.tests.values() for answers in references
                for answer in ([answers] if isinstance(answers, str) else answers)]
longest_answer = 2 + max(len(tokenizer.encode(answer)) for answer in every_answer)  # with the space before and END


def answers_of(model, tests) -> dict:
    return {name: complete(model, tokenizer, prompts, max_new_tokens=longest_answer, batch_size=100)
            for name, (prompts, _, _) in tests.items()}


def points_of(answers, tests) -> dict[str, list[float]]:
    """The score of each answer, from 0 to 1, by its task's metric."""
    return {name: [float(METRICS[metric](*pair)) for pair in zip(answers[name], references, strict=True)]
            for name, (_, references, metric) in tests.items()}


def scores_of(points) -> dict[str, float]:
    """The mean score of each task."""
    return dict(zip(points, means(points.values()), strict=True))


guess = lesson.predict("Which share of the test questions does the base model get right, zero-shot, on average?")
base_answers = answers_of(base, suite.tests)
base_points = points_of(base_answers, suite.tests)
base_scores = scores_of(base_points)
base_mean = sum(base_scores.values()) / len(base_scores)
guess.compare(base_mean)
lesson.saw(f"Zero-shot the base model scores {base_mean:.2f} on average.")

# %% [markdown]
# ## Training
# Every weight is trained. The loss is the mean over the completions' tokens; the weights that did best on the validation
# pairs are kept.


# %%
lesson.section()
def next_tokens(examples):
    """The same ids, but the prompt's tokens are targets too: at each place the next id, at the last one END."""
    return [(ids, [*ids[1:], tokenizer.end_id]) for ids, _ in examples]


def tune(pairs, validation, epochs, rate, batch_size=32, seed=0, evaluations=4, targets_of=list):
    """A fresh copy of the base model, tuned on pairs. targets_of: what becomes of their (ids, targets) first."""
    model, _ = load_model(WORLD / "base", device=lesson.device)
    config = TrainConfig(epochs=epochs, learning_rate=rate, batch_size=batch_size, seed=seed, evaluations=evaluations,
                         device=lesson.options.device)
    train = targets_of(render_all(tokenizer, pairs))
    return model, Trainer(model, config).fit(train, render_all(tokenizer, validation))


runs = []
for seed in lesson.seeds:
    model, history = tune(suite.train, suite.validation, epochs=1.5, rate=4e-4, batch_size=8, seed=seed)
    answers = answers_of(model, suite.tests)
    runs.append((model, history, answers, points_of(answers, suite.tests),
                 points_of(answers_of(model, suite.held_out), suite.held_out)))
instruct, history, instruct_answers, points, held_out_points = runs[0]
scores = scores_of(points)
if not lesson.options.data:  # lessons 8 and 10 go on with it
    save_model(lesson.folder / "instruct", instruct, tokenizer)
lesson.table("training", ["step", "validation loss", "target tokens right"], [list(row) for row in zip(
    history.steps, history.validation_loss, history.validation_accuracy, strict=True)])
lesson.saw(f"The best validation loss came at step {history.best_step} of {len(history.train_loss)}.")

# %% [markdown]
# ## After: base and instruct on the same prompts

# %%
lesson.section()
for name, (prompts, references, _) in suite.tests.items():
    print(f"\n[{name}]\n{prompts[0]}")
    for who, given in (("base", base_answers), ("instruct", instruct_answers)):
        print(f"  {who:9}-> {given[name][0][:100]!r}")
    wanted = references[0]
    print(f"  wanted   -> {(wanted if isinstance(wanted, str) else ' | '.join(wanted))!r}")
columns = ["task", "metric", "base", "instruct", *(["held-out template"] if suite.held_out else [])]
lesson.table("scores", columns, [
    [name, metric, base_scores[name], spread(means([run[3][name] for run in runs])),
     *([spread(means([run[4][name] for run in runs]))] if suite.held_out else [])]
    for name, (_, _, metric) in suite.tests.items()])
mean = sum(scores.values()) / len(scores)
good = sum(score >= 0.8 for score in scores.values())
lesson.saw(f"The instruct model scores {mean:.2f} on average, and at least 0.80 on {good} of {len(scores)}.")


def pooled(points) -> list[float]:
    """The scores of all tasks' questions in one list."""
    return [score for own in points.values() for score in own]


if suite.held_out:
    seen, unseen = ([pooled(run[k]) for run in runs] for k in (3, 4))
    lesson.claim("instruct", "score, instruct - base, all eight tasks", against(seen, [pooled(base_points)]), above=0)
    lesson.claim("template", "score under held-out templates - under those of training", against(unseen, seen), above=-CLOSE)
    held_out_mean = mean_of(list(held_out_points.values()))
    lesson.saw(f"Under templates that training never showed it scores {held_out_mean:.2f}, {abs(mean - held_out_mean):.2f} "
               f"{'less' if held_out_mean < mean else 'more'}.")

# %% [markdown]
# ## How many examples does one task need?
# One task alone, the same number of steps each time, so that only the number of different examples changes.

# %%
lesson.section()
curve, of_size = [], {}  # for each number of examples: the score of each question
if not lesson.options.data:
    one = load_task("topic")
    sizes = (10, 100) if lesson.fast else (10, 30, 100, 300, 1000)
    steps, batch_size = (6, 8) if lesson.fast else (80, 16)
    guess = lesson.predict(f"{one.name}: which accuracy does the model reach with 100 examples?")
    validation = instructions(one.validation[:50], one.templates, seed=2)
    for size in sizes:
        pairs = instructions(one.train[:size], one.templates, seed=1)
        per_epoch = -(-size // batch_size)
        model, log = tune(pairs, validation, epochs=steps / per_epoch, rate=1e-3, batch_size=batch_size)
        test = {one.name: suite.tests[one.name]}
        of_size[size] = points_of(answers_of(model, test), test)[one.name]
        curve.append([size, mean_of([of_size[size]]), min(log.validation_loss), log.train_loss[-1]])
    lesson.table("examples", ["examples", "accuracy", "validation loss", "training loss"], curve)
    guess.compare(next(row[1] for row in curve if row[0] == 100))
    best, enough = max(row[1] for row in curve), next(row[0] for row in curve if row[1] >= 0.95 * max(r[1] for r in curve))
    lesson.record(examples_for_95_percent_of_best=enough)
    lesson.saw(f"On {one.name} alone, {enough:,} of {sizes[-1]:,} examples reach 95 % of the best accuracy, {best:.2f}.")
    some, most = sizes[-2:]
    usual = Counter(example.completion for example in one.train).most_common(1)[0][0]  # an answer that needs no reading
    without_reading = [float(exact_match(usual, valid)) for valid in suite.tests[one.name][1]]
    lesson.claim("few-enough", f"{one.name}: score with {some:,} examples - .95 x with {most:,}",
                 against([of_size[some]], [of_size[most]], share=0.95), above=0)
    lesson.claim("few-enough", f"{one.name}: score with {some:,} examples - of always writing “{usual}”",
                 against([of_size[some]], [without_reading]), above=0)

with lesson.plot("instruction_tuning", ncols=2, figsize=(11, 4.5)) as (_, (left, right)):
    names = list(suite.tests)
    left.barh([i + 0.2 for i in range(len(names))], [base_scores[n] for n in names], height=0.35, label="base", color="silver")
    left.barh([i - 0.2 for i in range(len(names))], [scores[n] for n in names], height=0.35, label="instruct")
    left.set_yticks(range(len(names)), names)
    left.set(xlim=(0, 1), xlabel="test score (accuracy or token F1)", title="Before and after instruction tuning")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    if curve:
        right.plot([row[0] for row in curve], [row[1] for row in curve], marker="o", label="test accuracy")
        right.plot([row[0] for row in curve], [row[2] for row in curve], marker="s", label="validation loss")
        right.set(xscale="log", xlabel="training examples", title=f"One task alone: {one.name}", ylim=(0, None))
        right.legend()
    else:
        right.plot(range(1, len(history.train_loss) + 1), history.train_loss, alpha=0.5, label="training")
        right.plot(history.steps, history.validation_loss, marker="o", label="validation")
        right.set(xlabel="step", title="Loss")
        right.legend()

# %% [markdown]
# ## Should the prompt be learnt too?
# So far the prompt's tokens had no target. Give them one, the next token as in pre-training, and most of the loss goes to
# imitating questions. The same examples and the same steps; both are validated and asked alike.

# %%
lesson.section()
if curve:
    pairs = instructions(one.train[:some], one.templates, seed=1)
    examples = render_all(tokenizer, pairs)
    n_masked, n_all = (sum(target != IGNORE for _, targets in own for target in targets)
                       for own in (examples, next_tokens(examples)))
    model, log = tune(pairs, validation, epochs=steps / -(-some // batch_size), rate=1e-3, batch_size=batch_size,
                      targets_of=next_tokens)
    unmasked = points_of(answers_of(model, test), test)[one.name]
    masked_row = next(row for row in curve if row[0] == some)
    lesson.table("prompt_learnt", ["loss on", "target tokens", "accuracy", "validation loss"], [
        ["the completion", n_masked, masked_row[1], masked_row[2]],
        ["prompt and completion", n_all, mean_of([unmasked]), min(log.validation_loss)]])
    lesson.claim("loss-prompt", f"{one.name}, {some:,} examples: score with the prompt masked - with the prompt learnt",
                 against([of_size[some]], [unmasked]), above=0)
    lesson.saw(f"With the prompt masked {one.name} reaches {masked_row[1]:.2f}, with the prompt learnt too "
               f"{mean_of([unmasked]):.2f}.")
else:
    lesson.say("This is left out where your own data take the place of the tasks.")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
lesson.record(base_mean=base_mean, instruct_mean=mean, at_least_080=good, left_out_too_long=suite.too_long,
              best_step=history.best_step, train_pairs=len(suite.train))
if suite.held_out:
    lesson.record(held_out_mean=held_out_mean)
    if mean - held_out_mean > 0.05:
        lesson.say("It has learnt these instructions more than instructions as such.")
if curve:
    lesson.say(f"With {curve[0][0]} examples {one.name} reached {curve[0][1]:.2f}. The course says that 500 to 1,000 can be "
               "enough.")

lesson.finish("tests/test_trainer.py tests/test_accuracy.py")
