# %% [markdown]
# # 4. In-context learning: solved examples in the prompt
#
# **The course says:** Solved examples in the prompt can replace training; but smaller models often fail even
# with five or six of them, and examples use up the context window.
#
# The base model has learnt no task. But a prompt may show it some solved examples, and it may catch on, without any
# change of its weights. Zero-shot shows none, one-shot one, few-shot several.
#
# Read beside it: tinyllm/prompting.py, tinyllm/generate.py

# %%
from lesson import Lesson

lesson = Lesson("04_in_context_learning", minutes=1)

import random

from measure import spread

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, load_task
from tinyllm.generate import complete
from tinyllm.metrics import accuracy
from tinyllm.prompting import few_shot, fill

model, tokenizer = load_model(WORLD / "base", device=lesson.device)
SHOTS = (0, 1, 2, 4, 8)
INPUTS = {"sentiment": "{review}", "topic": "{text}", "entailment": "{premise} {hypothesis}"}
n_questions = 10 if lesson.fast else 100

# %% [markdown]
# ## One prompt
# No instruction: the examples are all that says what to do. The query stands last, and is never one of the examples.


# %%
lesson.section()
def prompt_for(task, query, n_shots, draw, label_draw=None):
    """The examples, drawn from the training split, and then the query. With label_draw their labels are random."""
    shots = draw.sample(task.train, n_shots)
    answers = [label_draw.choice(example.choices) if label_draw else example.completion for example in shots]
    inputs = [fill(INPUTS[task.name], example.fields) for example in shots]
    return few_shot(list(zip(inputs, answers, strict=True)), fill(INPUTS[task.name], query.fields))


tasks = {name: load_task(name) for name in INPUTS}
print("\nTwo-shot, the task being to say whether a review is positive or negative:\n")
print(prompt_for(tasks["sentiment"], tasks["sentiment"].test[0], 2, random.Random(0)))

# %% [markdown]
# ## Accuracy and context against the number of examples
# The answer is what the model writes up to the end of the line.


# %%
lesson.section()
def measure(task, n_shots, seed, random_labels=False):
    """(accuracy, mean prompt length in tokens) over the test questions."""
    draw = random.Random(f"{seed} {task.name} {n_shots}")
    label_draw = random.Random(seed) if random_labels else None  # of its own, so that the examples stay the same
    questions = task.test[:n_questions]
    prompts = [prompt_for(task, query, n_shots, draw, label_draw) for query in questions]
    answers = [text.split("\n")[0] for text in complete(model, tokenizer, prompts, max_new_tokens=20)]
    lengths = [len(tokenizer.encode(prompt)) for prompt in prompts]
    return accuracy(answers, [list(query.references) for query in questions]), sum(lengths) / len(lengths)


guess = lesson.predict("sentiment: which accuracy with eight examples?")
rows, curves, lengths = [], {}, {}
for name, random_labels in (("sentiment", False), ("sentiment", True), ("topic", False), ("entailment", False)):
    label = f"{name}, random labels" if random_labels else name
    for n_shots in SHOTS:
        results = [measure(tasks[name], n_shots, seed, random_labels) for seed in lesson.seeds]
        curves.setdefault(label, []).append(sum(score for score, _ in results) / len(results))
        lengths.setdefault(label, []).append(sum(length for _, length in results) / len(results))
        rows.append([label, n_shots, spread([score for score, _ in results]), lengths[label][-1],
                     lengths[label][-1] / model.config.context])
lesson.table("shots", ["task", "examples", "accuracy", "prompt tokens", "share of the context"], rows)
guess.compare(curves["sentiment"][-1])

with lesson.plot("shots", ncols=2, figsize=(11, 4.5)) as (_, (left, right)):
    for label, scores in curves.items():
        left.plot(SHOTS, scores, marker="o", label=label, linestyle="--" if "random" in label else "-")
    left.set(xlabel="examples in the prompt", ylabel="accuracy", ylim=(-0.02, 1), title="The base model, never tuned")
    left.legend()
    for label in tasks:
        right.plot(SHOTS, lengths[label], marker="o", label=label)
    right.axhline(model.config.context, color="grey", linestyle=":", label="context window")
    right.set(xlabel="examples in the prompt", ylabel="tokens", title="What the examples cost")
    right.legend()

# %% [markdown]
# ## What was seen

# %%
lesson.section()
chance_range = 1 / n_questions**0.5


def gain(label):
    return max(curves[label][1:]) - curves[label][0]


for label in tasks:
    helped = gain(label) > chance_range
    lesson.say(f"{label}: {curves[label][0]:.2f} with no example, at best {max(curves[label]):.2f} with some: examples "
               f"{'helped' if helped else 'did not clearly help'}. Eight of them take {lengths[label][-1]:.0f} tokens, "
               f"{lengths[label][-1] / model.config.context:.0%} of the context.")
right_labels, wrong_labels = curves["sentiment"][-1], curves["sentiment, random labels"][-1]
chance = 1 / len(tasks["sentiment"].train[0].choices)
lesson.say(f"With random labels the eight examples of sentiment give {wrong_labels:.2f} instead of {right_labels:.2f} "
           f"(chance {chance:.2f}). Large models lose little this way (Min et al. 2022): they take from the examples what kind "
           f"of answer is wanted more than which is right. For this model random labels cost {right_labels - wrong_labels:.2f}.")
failed = [label for label in tasks if max(curves[label]) < 0.5]
lesson.say(f"The course says that small models often fail even with five or six examples. Below one half even at best: "
           f"{', '.join(failed) if failed else 'none of these tasks'}. Each accuracy is of {n_questions} questions, so "
           f"differences under {chance_range:.2f} may be chance.")
lesson.record(questions=n_questions, gain={label: gain(label) for label in curves}, failed=failed)
lesson.saw("; ".join(f"{label} {curves[label][0]:.2f} -> {max(curves[label]):.2f}" for label in tasks)
              + f" (0 shots -> best); sentiment with random labels {wrong_labels:.2f}")
lesson.finish("tests/test_prompting.py")
