# %% [markdown]
# # 12. Selective methods: train some of the weights that are there
#
# **The course says:** selective methods train a chosen subset of the model's own weights: some layers, some components, or one
# kind of parameter. With PEFT often only 15 to 25 % of the weights are trained.
#
# **The question:** if only some of the weights may be trained, what counts more: how many they are, or which?
#
# Nothing is added to the model, so the tuned model has the base's shape and speed. A well-known choice is a very small one:
# BitFit (Ben Zaken et al. 2021) trains the biases alone. With 0.1 M of RoBERTa-base's 125 M weights it scored 85.2 on GLUE,
# where full tuning scored 86.4.
#
# Read beside it: tinyllm/peft/selective.py

# %%
from lesson import Lesson

lesson = Lesson("12_selective", minutes=0.2)

import torch
from ledger import CLOSE, error_of
from measure import Questions, against, mean_of, means, percent, plus_minus, spread, tune

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task
from tinyllm.peft import bitfit, freeze, last_layers, trainable_parameters

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total = sum(parameter.numel() for parameter in base.parameters())

# %% [markdown]
# ## What can be chosen
#
# A weight is frozen by `requires_grad = False`: it then gets no gradient, and the optimizer does not touch it. The norms are the
# vectors that scale each layer's input. The biases are the vectors that are added after each linear layer. The embeddings are one
# tensor at two places in our model: they read the tokens in, and, as the output layer, they score the next token (the two are
# tied). Look at the column of shares: which choices fall between the course's 15 and 25 %?
#
# The fewer weights are trained, the larger each of their steps must be. So each choice has a learning rate of its own. It is the
# best of two to five on 100 validation examples; they were tried when this lesson was written, with a base model that had read
# less than today's.

# %%
lesson.section()
NORMS, BIASES, EMBEDDINGS, LAST, LAST_TWO, ALL = ("norms", "biases (BitFit)", "embeddings", "last layer", "last two layers",
                                                  "everything")
CHOICES = {  # name -> (how to choose, learning rate)
    NORMS: (lambda model: freeze(model, "*norm.weight"), 3e-2),
    BIASES: (bitfit, 1e-2),
    EMBEDDINGS: (lambda model: freeze(model, "embedding.weight"), 2e-3),
    LAST: (lambda model: last_layers(model, 1), 2e-3),
    LAST_TWO: (lambda model: last_layers(model, 2), 1e-3),
    ALL: (lambda model: model.requires_grad_(True), 2.5e-4),
}
chosen = {name: trainable_parameters(choose(base)) for name, (choose, _) in CHOICES.items()}
share = {name: sum(counts.values()) / total for name, counts in chosen.items()}
lesson.table("chosen", ["trained", "tensors", "weights", "share of all", "learning rate"], [
    [name, len(counts), f"{sum(counts.values()):,}", percent(share[name]), f"{CHOICES[name][1]:g}"]
    for name, counts in chosen.items()])
within = [name for name in CHOICES if 0.15 <= share[name] <= 0.25]
lesson.saw(f"{len(within)} of the {len(CHOICES) - 1} choices {'lies' if len(within) == 1 else 'lie'} between 15 and 25 %; the "
           f"biases are {percent(share[BIASES])} of the weights.")

# %% [markdown]
# ## Exactly the chosen weights have changed
#
# Every choice now learns to translate into French. Each starts from the base model and sees the same examples once, in the same
# order. The mistake to fear in a selective method makes no noise: a frozen weight that moved after all, or a chosen one that did
# not. The scores would hardly show it. So after training every tensor is compared with the base's, bit for bit.

# %%
lesson.section()
task = load_task("translation")
n_train, n_test = (32, 10) if lesson.fast else (500, 100)
pairs, questions = instructions(task.train[:n_train], task.templates, seed=1), Questions.of(tokenizer, task, task.test[:n_test])
start = {name: parameter.detach().clone() for name, parameter in base.named_parameters()}


def tuned(name: str, seed: int) -> tuple[list[str], set[str]]:
    """The answers of the base model with one choice trained, and the names of the tensors that changed."""
    choose, rate = CHOICES[name]
    model = tune(lesson, choose(load_model(WORLD / "base", device=lesson.device)[0]), tokenizer, pairs, rate, seed)
    changed = {path for path, weight in model.named_parameters() if not torch.equal(weight, start[path])}
    return questions.answers(model), changed


base_answers = questions.answers(base)
before = [questions.score(base_answers)]
sides = [f"The biases, {percent(share[BIASES])} of the weights.", f"The last layer, {percent(share[LAST])} of them."]
guess = lesson.predict(f"The base model scores {mean_of(before):.2f}. Which score do the norms reach, trained alone, with "
                       f"{percent(share[NORMS])} of the weights (0 to 1)?")
which = lesson.predict("Which scores higher, trained alone?", sides)
runs = {name: [tuned(name, seed) for seed in lesson.seeds] for name in CHOICES}
for name, own in runs.items():
    for _, changed in own:
        assert changed == set(chosen[name]), f"{name}: {sorted(changed ^ set(chosen[name]))}"
kept = len(start) - len(chosen[BIASES])
lesson.saw(f"Each choice changed exactly its own tensors: with the biases alone {kept} of {len(start)} stayed equal bit for bit.")

# %% [markdown]
# ## The scores
#
# Compare a small choice with a larger one. If only the number of weights counted, the score would rise from each row to the next.
# The biases are few, but they stand in every layer, so that all layers can change what they do. The last layer has many weights,
# but it has to work with what the layers below have always given it. The embeddings are about as many as the last layer's, and
# stand at both ends: what every layer reads changes with them.
#
# The last column is the difference from full tuning, question by question, with twice its standard error (the ±). What lies
# within it these questions cannot tell apart. It is one task and one small model: elsewhere the order may be another.

# %%
lesson.section()
questions.show({"the base model": base_answers, "with the biases tuned it": runs[BIASES][0][0],
                "with everything tuned it": runs[ALL][0][0]}, questions.telling(base_answers))
scores = {name: [questions.score(answers) for answers, _ in own] for name, own in runs.items()}
score = {name: mean_of(own) for name, own in scores.items()}
apart = {name: against(own, scores[ALL]) for name, own in scores.items()}
lesson.table("scores", ["trained", "share of all", "token F1", "minus full tuning"], [
    ["nothing (base)", "0 %", f"{mean_of(before):.3f}", plus_minus(against(before, scores[ALL]))],
    *([name, percent(share[name]), spread(means(scores[name])),
       "" if name == ALL else plus_minus(apart[name])] for name in CHOICES)])
guess.compare(score[NORMS])
which.compare(sides[0] if score[BIASES] > score[LAST] else sides[1])
lesson.claim("bitfit", "token F1 of the biases alone minus that of full tuning, translation", apart[BIASES], above=-CLOSE)
lesson.claim("bitfit", "... where full tuning has learnt: its token F1 minus the base's", against(scores[ALL], before), above=0)
lesson.saw(f"The biases ({percent(share[BIASES])} of the weights) score {score[BIASES]:.2f}, the last layer "
           f"({percent(share[LAST])}) {score[LAST]:.2f}, the embeddings ({percent(share[EMBEDDINGS])}) {score[EMBEDDINGS]:.2f}, "
           f"full tuning {score[ALL]:.2f}. The biases minus the last layer: {plus_minus(against(scores[BIASES], scores[LAST]))}.")

finding = (f"{percent(share[BIASES])} of the weights, the biases, score {score[BIASES]:.2f}; "
           f"{percent(share[LAST])}, the last layer, {score[LAST]:.2f}")
with lesson.plot("share", finding, figsize=(10, 6)) as (_, axes):
    axes.axvspan(15, 25, color="#E69F00", alpha=0.25, label="the course's 15 to 25 %")
    axes.axhline(mean_of(before), color="grey", linestyle=":", label="base, nothing trained")
    for name, marker in zip(CHOICES, "osD^vP", strict=True):
        axes.errorbar(100 * share[name], score[name], yerr=error_of(scores[name]), marker=marker, markersize=11, capsize=5,
                      elinewidth=1.5, linestyle="none", label=name)
    axes.set(xscale="log", xlim=(0.05, 200), ylim=(0, 1.05), xlabel="weights trained, % of all (log scale)",
             ylabel="token F1 (bar: twice the standard error)")
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.legend(loc="lower left", fontsize=12)
lesson.record(base=mean_of(before), shares=share, means=score, questions=n_test, examples=n_train)
lesson.finish("tests/test_selective.py")
