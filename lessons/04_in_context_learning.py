# %% [markdown]
# # 4. In-context learning: what do examples in the prompt teach?
#
# **The course says:** solved examples in the prompt can stand in for training. Zero-shot means no example, one-shot one,
# few-shot several. But smaller models often fail even with five or six examples, and examples use up the context window.
#
# **The question:** if examples raise the score of a small model, have they taught it the task, or only the words to answer
# with? To see that, we look at what the model writes before we score it, and then score it in two ways.
#
# Nothing is trained here: the model's weights stay as they are. Read beside it: tinyllm/prompting.py, tinyllm/generate.py

# %%
from lesson import Lesson

lesson = Lesson("04_in_context_learning", minutes=0.3)

import random
from collections import Counter, defaultdict

from ledger import CLOSE, error_of
from measure import Questions, against, mean_of, means, spread

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, load_corpus, load_task
from tinyllm.generate import complete
from tinyllm.metrics import exact_match
from tinyllm.prompting import few_shot, fill

model, tokenizer = load_model(WORLD / "base", device=lesson.device)
SHOTS = (0, 1, 2, 4, 8)
INPUTS = {"sentiment": "{review}", "topic": "{text}", "entailment": "{premise} {hypothesis}"}
tasks = {name: load_task(name) for name in INPUTS}
n_questions = 10 if lesson.fast else 100

# %% [markdown]
# ## One prompt
#
# There is no instruction. The examples are all that says what to do, each on a line of its own as `text -> label`. The
# question stands last, is never one of the examples, and stops where its answer should begin.

# %%
lesson.section()


def prompt_for(task, query, n_shots, draw, label_draw=None):
    """Examples drawn from the training split, then the question. With label_draw their labels are random."""
    shots = draw.sample(task.train, n_shots)
    labels = [label_draw.choice(shot.choices) if label_draw else shot.completion for shot in shots]
    texts = [fill(INPUTS[task.name], shot.fields) for shot in shots]
    return few_shot(list(zip(texts, labels, strict=True)), fill(INPUTS[task.name], query.fields))


def ask(name, questions, n_shots, seed, random_labels=False):
    """(what the model writes up to the end of the line, mean length of the prompts in tokens)"""
    draw = random.Random(f"{seed} {name} {n_shots}")
    label_draw = random.Random(seed) if random_labels else None  # of its own, so that the examples stay the same
    prompts = [prompt_for(tasks[name], query, n_shots, draw, label_draw) for query in questions]
    answers = [text.split("\n")[0].strip() for text in complete(model, tokenizer, prompts, max_new_tokens=20)]
    return answers, sum(map(len, tokenizer.encode_many(prompts))) / len(prompts)


first = tasks["sentiment"].test[0]
prompt = prompt_for(tasks["sentiment"], first, 2, random.Random(0))
print(f"\n{prompt}")
answer = complete(model, tokenizer, [prompt], 20)[0].split("\n")[0].strip()
lesson.saw(f"Behind two examples the model writes “{answer}”, and “{first.completion}” is right.")

# %% [markdown]
# ## What the model writes
#
# Look at the words, not yet at the score. The labels that we want are positive and negative, six topics, and yes, no and
# maybe. Without an example the model cannot know that we want exactly these words, unless the text that it was pre-trained
# on has shown it this form.

# %%
lesson.section()
guess = lesson.predict("Sentiment without an example: which share of the answers is exactly the right label?")
written, lengths = {}, {}  # (task, number of examples, random labels?) -> the answers of each seed
for name, random_labels in (("sentiment", False), ("sentiment", True), ("topic", False), ("entailment", False)):
    for n_shots in SHOTS:
        runs = [ask(name, tasks[name].test[:n_questions], n_shots, seed, random_labels) for seed in lesson.seeds]
        written[name, n_shots, random_labels] = [answers for answers, _ in runs]
        lengths[name, n_shots] = runs[0][1]


def most_written(answers, k=5):
    return ", ".join(f"{word or 'nothing'} {count}" for word, count in Counter(answers).most_common(k))


lesson.table("written", ["task", "examples", f"most written, of {n_questions} answers"], [
    [name, n_shots, most_written(written[name, n_shots, False][0])] for name in tasks for n_shots in (0, 8)])
known = {name: set(task.train[0].choices) for name, task in tasks.items()}
labelled = {(name, n): sum(word in known[name] for word in written[name, n, False][0]) / n_questions
            for name in tasks for n in (0, 8)}
lesson.saw("With eight examples instead of none, answers that are one of our labels go from "
           + ", ".join(f"{labelled[name, 0]:.2f} to {labelled[name, 8]:.2f} ({name})" for name in tasks) + ".")

# %% [markdown]
# ## Read each word as the label that it stands for
#
# Somebody who answers "awful" has understood the review, but has not used our word. So we ask validation questions, see beside
# which label each word stands most often, and read the word as that label from then on. A word that is a label itself keeps its
# meaning. The reading is fitted to answers with no example and with eight, on other questions than those of the test. It still
# favours the score, because even a guess is read as the likeliest label. So compare it with chance: one half for two labels, a
# third for three.

# %%
lesson.section()
reading = {}
for name, task in tasks.items():
    seen, asked = defaultdict(Counter), task.validation[:n_questions]
    for n_shots in (0, 8):
        for word, example in zip(ask(name, asked, n_shots, seed=99)[0], asked, strict=True):
            seen[word][example.completion] += 1
    reading[name] = {word: labels.most_common(1)[0][0] for word, labels in seen.items() if word not in known[name]}
    often = [f"“{word}” stands for {label}" for word, label in reading[name].items() if seen[word].total() > 2]
    print(f"\n  {name}: " + (", ".join(often) or "hardly a word that is no label"), end="")
print()


def scores(key, by_meaning):
    """For each seed the score of each question: the word as it stands, or read as the label that it stands for."""
    name, questions = key[0], tasks[key[0]].test[:n_questions]
    return [[float(exact_match(reading[name].get(word, word) if by_meaning else word, list(e.references)))
             for word, e in zip(answers, questions, strict=True)] for answers in written[key]]


exact, read = ({key: scores(key, by_meaning) for key in written} for by_meaning in (False, True))
rows = [(name, n, random_labels) for name, n, random_labels in written if n == 8 or (n == 0 and not random_labels)]
lesson.table("scores", ["task", "examples", "right as written", "right as meant", "chance"], [
    [name + (", random labels" if random_labels else ""), n, spread(means(exact[name, n, random_labels])),
     spread(means(read[name, n, random_labels])), f"1 of {len(known[name])}"] for name, n, random_labels in rows])
guess.compare(mean_of(exact["sentiment", 0, False]))
gain = {name: [against(kind[name, 8, False], kind[name, 0, False]) for kind in (exact, read)] for name in tasks}
moved = {name: [f"{mean_of(own):+.2f} ± {error_of(own):.2f}" for own in both] for name, both in gain.items()}
best = max(tasks, key=lambda name: mean_of(gain[name][0]))
taught = [name for name in tasks if mean_of(gain[name][1]) > error_of(gain[name][1])]
as_written, as_meant = (", ".join(f"{own[i]} ({name})" for name, own in moved.items()) for i in (0, 1))
lesson.saw(f"As written, eight examples moved the score by {as_written}. As meant, they moved it by {as_meant}. As meant it rose "
           f"by more than its error in {' and '.join(taught) or 'no task: no sign that examples taught a task'}.")

# %% [markdown]
# ## Random labels, and why one task is different
#
# If the examples taught the task, random labels, about half of them wrong here, would ruin it. If they only show which words
# are wanted, random labels show that just as well. (Min et al. 2022 found in large models that they cost 0 to 5 points.)
#
# Topic is special. The corpus that this model was pre-trained on holds lists with rows of the form `text -> topic`, so the
# prompt is text as the model knows it. Lesson 5 asks for the topic by instructions, none of which the corpus holds.
# Both scores are printed below, and both read an answer up to the end of its line: what a model can do depends on the form in
# which it is asked. And where it needs no example to be right, examples have little to add.
#
# Below, two of the claims ask whether examples help a small model. The first looks at the scores as meant, the last at the score
# as written. They can differ: examples that only show the words raise the second score and leave the first as it is.

# %%
lesson.section()
topics = tuple(f"-> {label}" for label in known["topic"])
documents = load_corpus()
in_corpus = sum(any(line.endswith(topics) for line in text.split("\n")) for text in documents)
questions = Questions.of(tokenizer, tasks["topic"], tasks["topic"].test[:n_questions])
instructed = questions.score([answer.strip().split("\n")[0] for answer in questions.answers(model)])
share = lengths["sentiment", 8] / model.config.context
lesson.say(f"Rows `text -> topic` stand in {in_corpus:,} of the corpus's {len(documents):,} documents. In that form topic is "
           f"right {mean_of(exact['topic', 0, False]):.2f} of the time without an example; asked for by an instruction, as in "
           f"lesson 5, {mean_of([instructed]):.2f}.")
lesson.say(f"A prompt with eight examples of sentiment is {lengths['sentiment', 8]:.0f} tokens long, {share:.0%} of the context.")
cost = against(exact["sentiment", 8, False], exact["sentiment", 8, True])
lesson.saw(f"Random labels in the eight examples of sentiment cost {mean_of(cost):.2f} as written. They changed the score of "
           f"{sum(x != 0 for own in cost for x in own)} of the {n_questions * len(cost)} answers.")

with lesson.plot("shots", f"Eight examples move {best} by {moved[best][0]} as written, {moved[best][1]} as meant",
                 ncols=2, sharey=True, figsize=(12, 6)) as (figure, panels):
    for axes, kind, title in zip(panels, (exact, read), ("right as written", "right as meant"), strict=True):
        for marker, name in zip("os^", tasks, strict=True):
            axes.plot(SHOTS, [mean_of(kind[name, n, False]) for n in SHOTS], marker=marker, label=name)
        axes.plot(SHOTS, [mean_of(kind["sentiment", n, True]) for n in SHOTS], "--", marker="o", mfc="white", color="#0072B2",
                  label="sentiment, random labels")
        axes.set(xlabel="examples in the prompt", ylim=(-0.03, 1.03), title=title)
    panels[0].set_ylabel("share of the answers")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=12)

for name in tasks:
    lesson.claim("icl-small", f"{name}, as meant: with eight examples minus with none",
                 against(read[name, 8, False], read[name, 0, False]), below=CLOSE)
lesson.claim("icl-context", "tokens of a prompt with eight examples of sentiment, of the context",
             figure=f"{lengths['sentiment', 8]:.0f} of {model.config.context}, {share:.0%}")
lesson.claim("icl-labels", "sentiment, as written, eight examples: random labels minus right ones",
             against(exact["sentiment", 8, True], exact["sentiment", 8, False]), above=-0.05)
millions = sum(p.numel() for p in model.parameters()) / 1e6
lesson.claim("icl-emerges", f"sentiment, as written, a model of {millions:.0f} M weights: with eight examples minus with none",
             against(exact["sentiment", 8, False], exact["sentiment", 0, False]), below=CLOSE)
lesson.record(questions=n_questions, reading=reading, lengths={f"{name} {n}": x for (name, n), x in lengths.items()})

# %%
lesson.finish("tests/test_prompting.py")
