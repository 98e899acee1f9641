# %% [markdown]
# # 15. Soft prompts: tuning what stands before the text
#
# **The course says:** prompt tuning puts 20 to 100 trainable vectors in front of the input's embeddings. It is neither prompt
# engineering nor the tuning of hyperparameters. It comes close to full fine-tuning only for large models, and the neighbours of
# the learned vectors form groups of words of like meaning.
#
# **The question:** how near does a soft prompt come to full tuning, and does that depend on the model?
#
# A written prompt is made of words. A soft prompt is made of vectors, put where the embeddings of words would stand, and found
# by gradient descent. The model stays frozen, so a soft prompt can only call up what the model is able to do already.
#
# Read beside it: tinyllm/peft/soft_prompt.py

# %%
from lesson import Lesson

lesson = Lesson("15_soft_prompts", minutes=0.8)

import copy
from dataclasses import replace
from functools import cache
from statistics import mean

import torch
import torch.nn.functional as F
from ledger import CLOSE, error_of
from measure import Questions, against, corpus_loss, mean_of, means, percent, plus_minus, spread, tune

from tinyllm import TrainConfig, Trainer, Transformer
from tinyllm.benchmarks.suite import choice_probabilities
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, Packed, instructions, load_corpus, load_task
from tinyllm.peft import SoftPrompt, nearest_tokens

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_train, n_test, n_valid, n_documents = (8, 6, 2, 16) if lesson.fast else (400, 100, 12, 1000)
TOPIC, SUMMARY = "topic", "dialogue_summary"
tasks, BARE = {name: load_task(name) for name in (TOPIC, SUMMARY)}, {TOPIC: ("{text}\n",), SUMMARY: ("{dialogue}\n",)}

# %% [markdown]
# ## Two tasks, and nothing that names them
#
# The model gets a bare text and a new line, and no word of what it has to do. All that can say it are the vectors in front. For
# a text it shall give the topic, one of six: the label that the model finds the likeliest is its answer, so that guessing gets 1
# in 6 right. For a dialogue it shall write a summary, which is scored by token F1.


# %%
lesson.section()
def scores(model, name: str, templates=None, examples=None) -> list[float]:
    """The model's score on each test example, or on others, with the bare text or another template."""
    examples = examples or tasks[name].test[:n_test]
    questions = Questions.of(tokenizer, tasks[name], examples, templates or BARE[name])
    if name == SUMMARY:  # the first line that it writes
        return questions.score([answer.strip().split("\n")[0] for answer in questions.answers(model)])
    shares = choice_probabilities(model, tokenizer, questions.prompts, [example.choices for example in examples])
    return [float(e.choices[own.index(max(own))] in e.references) for e, own in zip(examples, shares, strict=True)]


Questions.of(tokenizer, tasks[SUMMARY], tasks[SUMMARY].test[:n_test], BARE[SUMMARY]).show({"the base model": base})
bare = {name: [scores(base, name)] for name in tasks}
lesson.saw(f"Without any prompt the base model scores {mean_of(bare[TOPIC]):.2f} on topics and {mean_of(bare[SUMMARY]):.2f} on "
           "summaries.")

# %% [markdown]
# ## How many vectors?
#
# A soft prompt trains P x D numbers, and takes P of the places in the context at every use. The vectors start as those of tokens
# drawn from the vocabulary. Their learning rate is 0.1; a third of it and three times as much did about as well on validation
# examples. (Lester et al. 2021 used 0.3.) Full tuning's is 5e-4. Compare one vector with many.

# %%
lesson.section()
LENGTHS, SOFT_RATE, FULL_RATE, LENGTH = (1, 5, 20, 100), 0.1, 5e-4, 20


@cache
def tuned(name: str, length: int | None, start, model, seed: int = 0):
    """A copy of the model after one pass over the examples: behind a soft prompt, or tuned in full if length is None."""
    torch.manual_seed(seed)  # for a start at random
    model = copy.deepcopy(model).requires_grad_(True)
    model, rate = (model, FULL_RATE) if length is None else (SoftPrompt(model, length, start), SOFT_RATE)
    return tune(lesson, model, tokenizer, instructions(tasks[name].train[:n_train], BARE[name], seed=1), rate, seed, batch_size=4)


def tuned_scores(name: str, length: int | None = LENGTH, start="vocabulary", model=base) -> list[list[float]]:
    """For each seed the test scores of the model tuned in this way."""
    return [scores(tuned(name, length, start, model, seed), name) for seed in lesson.seeds]


guess = lesson.predict(f"topic: which accuracy does a soft prompt of {LENGTH} vectors reach (0 to 1)?")
runs, full = {length: tuned_scores(TOPIC, length) for length in LENGTHS}, tuned_scores(TOPIC, None)
total, width, context = sum(p.numel() for p in base.parameters()), base.config.width, base.config.context
lesson.table("lengths", ["trained", "numbers", "of the model's", "of the context", "topic"], [
    ["nothing", "0", "0 %", "0 %", spread(means(bare[TOPIC]))],
    *([f"P = {length}", f"{length * width:,}", percent(length * width / total), percent(length / context),
       f"{spread(means(own))} ± {error_of(own):.3f}"] for length, own in runs.items()),
    ["the whole model", f"{total:,}", "100 %", "0 %", spread(means(full))]])
guess.compare(mean_of(runs[LENGTH]))
lesson.claim("soft-length", "topic: accuracy of 100 vectors minus that of 20", against(runs[100], runs[20]), below=CLOSE)
lesson.claim("soft-length", "... where 20 have learnt: their accuracy minus the base's", against(runs[20], bare[TOPIC]), above=0)
lesson.saw(f"1 vector scores {mean_of(runs[1]):.2f}, 20 vectors {mean_of(runs[20]):.2f}, 100 vectors {mean_of(runs[100]):.2f} "
           f"and full tuning {mean_of(full):.2f}.")

# %% [markdown]
# ## What to start from, and what the vectors become
#
# Four starts: random vectors, tokens drawn from the vocabulary, the first 20 tokens of an instruction, or the labels' own words,
# repeated. (Lester et al. found the labels best and random vectors worst; the gap closed with size.) Below the table are some of
# the vectors that started as an instruction, and the five tokens nearest to each, before training and after. We measure how like
# each other the five are, by the mean cosine between their embeddings, beside the neighbours of a real token and of a random
# vector.

# %%
lesson.section()
words = tuple(tokenizer.encode(tasks[TOPIC].templates[0].split("{")[0].strip())[:LENGTH])
labels = tuple(tokenizer.encode("".join(f" {label}" for label in tasks[TOPIC].train[0].choices)))  # SoftPrompt repeats them
inits = {"random": tuned_scores(TOPIC, start=None), "vocabulary": runs[LENGTH], "instruction": tuned_scores(TOPIC, start=words),
         "labels": tuned_scores(TOPIC, start=labels)}
lesson.table("starts", ["start", "topic", "minus random"], [
    [name, spread(means(own)), "" if name == "random" else plus_minus(against(own, inits["random"]))]
    for name, own in inits.items()])
best = max(("random", "vocabulary", "instruction"), key=lambda name: mean_of(inits[name]))
for own, other, words_for in (("labels", best, f"the best other start, {best}"), ("vocabulary", "random", "random vectors")):
    lesson.claim("soft-init", f"topic: a start from the {own} minus {words_for}", against(inits[own], inits[other]), above=0)


def alike(groups) -> float:
    """The mean cosine between any two tokens of a group."""
    vectors = F.normalize(base.embedding.weight.detach()[torch.tensor(groups, device=lesson.device)], dim=-1)  # (groups, 5, D)
    return ((vectors @ vectors.mT).sum(dim=(1, 2)) - 5).mean().item() / 20


was, now = nearest_tokens(SoftPrompt(base, LENGTH, words), 5), nearest_tokens(tuned(TOPIC, LENGTH, words, base), 5)
for place in range(0, LENGTH, 5):
    print("  before and after: " + " | ".join(", ".join(map(tokenizer.piece, own[place])) for own in (was, now)))
torch.manual_seed(0)
similar = {"before training": alike(was), "after": alike(now), "random vectors": alike(nearest_tokens(SoftPrompt(base, 200), 5))}
lesson.claim("soft-words", "how alike the 5 tokens nearest to a vector are to each other (mean cosine of their embeddings)",
             figure=", ".join(f"{name} {value:.2f}" for name, value in similar.items()))
lesson.saw("From each start: " + ", ".join(f"{name} {mean_of(own):.2f}" for name, own in inits.items()) + ". Neighbours "
           "are alike by " + ", ".join(f"{value:.2f} ({name})" for name, value in similar.items()) + ".")

# %% [markdown]
# ## Two models, and prompts written by hand
#
# The second model is the first two of the base model's four layers, trained for a short time on ordinary text, so that they work
# by themselves. It is smaller, and it has lost much: where it does no better than guessing by any written prompt (0.17 on topic),
# the table shows what a soft prompt cannot add, and not what size alone does. Both get the bare text, the best of the task's
# written instructions, a soft prompt, and full tuning. Both are small beside the models of the claim, so it says that a gap is to
# be seen in both. Look at the last two columns.

# %%
lesson.section()
torch.manual_seed(0)
small = Transformer(replace(base.config, n_layers=2)).to(lesson.device)
small.load_state_dict({name: weight for name, weight in base.state_dict().items() if name in small.state_dict()})
Trainer(small, TrainConfig(learning_rate=1e-3, batch_size=16, device=lesson.options.device)).fit(
    Packed(tokenizer, load_corpus()[100:100 + n_documents], 128))
loss = {who: corpus_loss(lesson, model, tokenizer) for who, model in (("base", base), ("small", small))}


def by_hand(model, name: str) -> list[list[float]]:
    """The test scores of the written instruction that does best on validation examples."""
    valid = tasks[name].validation[:n_valid]
    best = max(tasks[name].templates, key=lambda template: mean(scores(model, name, (template,), valid)))
    return [scores(model, name, (best,))]


MODELS, COLUMNS = {"base": base, "small": small}, ["bare text", "best by hand", f"soft prompt of {LENGTH}", "full tuning"]
found = {(who, name): dict(zip(COLUMNS, ([scores(model, name)], by_hand(model, name), tuned_scores(name, model=model),
                                         tuned_scores(name, None, model=model)), strict=True))
         for who, model in MODELS.items() for name in tasks}
_, HAND, SOFT, FULL = COLUMNS
weights = {who: f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M" for who, model in MODELS.items()}
lesson.table("sizes", ["model", "weights", "loss on text", "task", *COLUMNS], [
    [who, weights[who], loss[who], name, *(spread(means(own)) for own in row.values())] for (who, name), row in found.items()])
average = {(who, column): mean(mean_of(found[who, name][column]) for name in tasks) for who in MODELS for column in COLUMNS}
for (who, name), row in found.items():
    lesson.claim("soft-large", f"{name}, {weights[who]} weights: full tuning minus the soft prompt",
                 against(row[FULL], row[SOFT]), above=CLOSE)
lesson.claim("soft-engineer", "scores of a soft prompt and of the best prompt by hand", figure="; ".join(
    f"{name}, {weights[who]}: {mean_of(row[SOFT]):.2f} and {mean_of(row[HAND]):.2f}" for (who, name), row in found.items()))
lesson.saw("On average of both tasks " + "; ".join(
    f"{weights[who]} weights score {average[who, HAND]:.2f} by hand, {average[who, SOFT]:.2f} with a soft prompt and "
    f"{average[who, FULL]:.2f} in full" for who in MODELS) + ".")

finding = "Full tuning is ahead of a soft prompt by " + " and ".join(
    f"{average[who, FULL] - average[who, SOFT]:.2f} with {weights[who]} weights" for who in MODELS)
with lesson.plot("soft_prompts", finding, figsize=(11, 6)) as (_, axes):
    for k, (column, hatch) in enumerate(zip(COLUMNS, ("", "//", "..", "\\\\"), strict=True)):
        axes.bar([x + 0.2 * k for x in range(len(found))], [mean_of(row[column]) for row in found.values()], 0.19,
                 label=column, hatch=hatch, edgecolor="white")
    axes.set_xticks([x + 0.3 for x in range(len(found))], [f"{name}\n{weights[who]} weights" for who, name in found])
    axes.hlines([1 / 6] * 2, [-0.1, 1.9], [0.7, 2.7], "black", "--", label="guessing (topic)")
    axes.set(ylim=(0, 1.25), ylabel="score")
    axes.legend(loc="upper center", ncols=2)
lesson.finish("tests/test_soft_prompt.py")
