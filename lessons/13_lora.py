# %% [markdown]
# # 13. LoRA: two thin matrices beside a frozen weight
#
# **The course says:** LoRA freezes a weight W and trains two thin matrices beside it, whose product B A has rank r. For W of
# 512 x 64 and r = 8 that is 4,608 numbers in place of 32,768: 86 % fewer. Ranks 4 to 32 are usual, and gains flatten beyond. To
# serve the model, B A is added to W, so no latency is left.
#
#     h = W x + (alpha / r) B A x        W (out, in) frozen, A (r, in) and B (out, r) trained
#
# **The question:** how high must the rank be, for LoRA to do what full tuning does?
#
# Read beside it: tinyllm/peft/lora.py (there R stands for r), tinyllm/peft/parts.py; with --more also tinyllm/peft/variants.py

# %%
from lesson import Lesson

lesson = Lesson("13_lora", minutes=0.8, more="also compare the projections, rsLoRA and DoRA")

import copy

import torch
from ledger import CLOSE, error_of
from measure import Questions, against, decoding_seconds, mean_of, percent, plus_minus, ratios, training_seconds, tune
from torch import nn

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, collate, instructions, load_task, render_all
from tinyllm.peft import LoRALinear, add_dora, add_lora, merge_lora, rank_stabilized, trainable_parameters
from tinyllm.peft.lora import linear_layers

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total, full_rank = sum(parameter.numel() for parameter in base.parameters()), base.config.width

# %% [markdown]
# ## One layer: 512 x 64
#
# The course's example, with our layer. B starts at zero, so a new layer changes nothing: training begins at the frozen weight.
# A starts at random, since with both at zero neither would ever get a gradient. Once B is not zero, the layer computes the same
# as one dense matrix, W + (alpha / r) B A. Both are asserted.

# %%
lesson.section()
linear, x = nn.Linear(64, 512), torch.randn(5, 64)
layer = LoRALinear(linear, rank=8, alpha=16)
W, A, B = linear.weight, layer.A, layer.B  # (512, 64), (8, 64), (512, 8)
assert torch.equal(layer(x), linear(x)), "B starts at zero, so a new layer changes nothing"
nn.init.normal_(B)  # as if it had been trained
assert torch.allclose(layer(x), x @ (W + 16 / 8 * B @ A).T + linear.bias, atol=1e-5)
own, fewer = A.numel() + B.numel(), 1 - (A.numel() + B.numel()) / W.numel()
lesson.claim("lora-86", "numbers in A and B", figure=f"{own:,} of {W.numel():,}", true=own == 4_608 and round(100 * fewer) == 86)
lesson.saw(f"W holds {W.numel():,} numbers, A and B together {own:,}: {percent(fewer)} fewer.")

# %% [markdown]
# ## Which rank?
#
# Now LoRA stands beside all seven matrices of every block: q, k, v, o, gate, up, down. The task is to translate, from 250
# examples only, since with many all ranks might do equally well. alpha stays 16 at every rank, as in the paper (Hu et al. 2021),
# so alpha / r falls as the rank grows, and another learning rate may suit. So each row, full tuning's too, keeps the best of
# three rates on validation examples. The last column is the difference from full tuning, question by question, with twice its
# standard error: what lies within it these questions cannot tell apart. At full rank A and B together hold more numbers than W.

# %%
lesson.section()
RANKS = (1, 8, 32, full_rank) if lesson.fast else (1, 2, 4, 8, 32, full_rank)
LORA_RATES, FULL_RATES = ((3e-3,), (2.5e-4,)) if lesson.fast else ((6e-4, 1.5e-3, 4e-3), (4e-5, 1e-4, 2.5e-4))
task, (n_train, n_valid, n_test) = load_task("translation"), (8, 4, 4) if lesson.fast else (250, 60, 200)
pairs = instructions(task.train[:n_train], task.templates, seed=1)
validation, questions = (Questions.of(tokenizer, task, own) for own in (task.validation[:n_valid], task.test[:n_test]))


def tuned(rank: int | None, rate: float, seed: int = 0, targets="all", alpha: float = 16, add=add_lora):
    """A copy of the base, tuned by LoRA of this rank, or in full if rank is None."""
    torch.manual_seed(seed)  # A is random
    model = copy.deepcopy(base) if rank is None else add(copy.deepcopy(base), rank, alpha, targets)
    return tune(lesson, model, tokenizer, pairs, rate, seed)


def best(rank: int | None, **options) -> tuple[float, list]:
    """(the learning rate that does best on validation examples, one model for each seed tuned with it)."""
    tried = {rate: tuned(rank, rate, **options) for rate in (FULL_RATES if rank is None else LORA_RATES)}
    rate = max(tried, key=lambda rate: mean_of([validation.scores(tried[rate])]))
    return rate, [tried[rate], *(tuned(rank, rate, seed, **options) for seed in lesson.seeds[1:])]


before = [questions.scores(base)]
guess = lesson.predict(f"The base scores {mean_of(before):.2f}. How much higher than rank 1 will full rank, {full_rank}, score?")
sweep = {rank: best(rank) for rank in (*RANKS, None)}
scores = {rank: [questions.scores(model) for model in models] for rank, (_, models) in sweep.items()}
score = {rank: mean_of(own) for rank, own in scores.items()}
share = {rank: sum(trainable_parameters(models[0]).values()) / total for rank, (_, models) in sweep.items()}
questions.show({"the base model": base, "with LoRA of rank 8 it": sweep[8][1][0], "tuned in full it": sweep[None][1][0]},
               questions.telling(questions.answers(base)))
less = {rank: against(scores[rank], scores[None]) for rank in RANKS}
lesson.table("ranks", ["tuned", "numbers trained / the base's", "rate", "token F1", "minus full tuning"], [
    ["nothing (base)", "0 %", "", f"{mean_of(before):.3f}", ""],
    *([f"LoRA, r = {rank}", percent(share[rank]), f"{sweep[rank][0]:g}", f"{score[rank]:.3f}",
       plus_minus(less[rank])] for rank in RANKS),
    ["every weight", "100 %", f"{sweep[None][0]:g}", f"{score[None]:.3f}", ""]])
guess.compare(score[full_rank] - score[1])
lesson.claim("lora-ranks", f"translation from {n_train} examples: token F1 at rank {full_rank} minus that at rank 32",
             against(scores[full_rank], scores[32]), below=CLOSE)
lesson.claim("lora-ranks", "... where rank 32 has learnt: its score minus the base's", against(scores[32], before), above=0)
enough = next((rank for rank in RANKS if mean_of(less[rank]) + error_of(less[rank]) >= 0), "none")
lesson.saw(f"Rank 1 scores {score[1]:.2f}, rank 8 {score[8]:.2f}, rank {full_rank} {score[full_rank]:.2f} and full tuning "
           f"{score[None]:.2f}. The lowest rank that these questions do not show to be below full tuning: {enough}.")

# %% [markdown]
# ## Why can a low rank be enough?
#
# The paper's answer: what full tuning adds to a weight, W_full - W_base, is of low rank itself. We can look. The nearest matrix
# of rank r keeps the r largest singular values. So we add full tuning's updates, cut to rank r, to the base's weights, and ask
# the questions again. If the answer is right, little is lost at a low rank. If much is lost, then LoRA, where it does well, has
# found another update than full tuning has.

# %%
lesson.section()


def cut_to_rank(model, rank: int):
    """The base model and, of every update that full tuning has made to a projection, the part of this rank."""
    tuned_layers, result = linear_layers(model, "all"), copy.deepcopy(base)
    for path, layer in linear_layers(result, "all").items():
        U, S, Vh = torch.linalg.svd(tuned_layers[path].weight.detach() - layer.weight.detach(), full_matrices=False)
        layer.weight.data += (U[:, :rank] * S[:rank]) @ Vh[:rank]
    return result


cut = {rank: [questions.scores(cut_to_rank(model, rank)) for model in sweep[None][1]] for rank in RANKS}
lesson.claim("lora-low", "translation: token F1 of full tuning's updates cut to rank 8 minus that of the whole updates",
             against(cut[8], cut[full_rank]), above=-CLOSE)
lesson.claim("lora-low", "... where the whole updates help: their gain on the base", against(cut[full_rank], before), above=0)
lesson.saw(f"Cut to rank 8 full tuning's updates score {mean_of(cut[8]):.2f}, whole {mean_of(cut[full_rank]):.2f}, and LoRA of "
           f"rank 8 {score[8]:.2f}.")

finding = f"LoRA of rank 1 scores {score[1]:.2f}, of rank 8 {score[8]:.2f}, full tuning {score[None]:.2f}"
with lesson.plot("ranks", finding, figsize=(10, 6)) as (_, axes):
    axes.errorbar(RANKS, [score[rank] for rank in RANKS], yerr=[error_of(scores[rank]) for rank in RANKS], marker="o", capsize=5,
                  elinewidth=1.5, label="LoRA of rank r (bar: twice the standard error)")
    axes.plot(RANKS, [mean_of(cut[rank]) for rank in RANKS], "s--", label="full tuning's updates, cut to rank r")
    axes.axhline(score[None], color="black", linestyle="--", linewidth=1.5, label="full tuning")
    axes.axhline(mean_of(before), color="grey", linestyle=":", label="base")
    axes.set_xscale("log", base=2)
    axes.set(ylim=(0, 1.05), xlabel="rank r", ylabel=f"token F1, {task.name} from {n_train} examples")
    axes.set_xticks(RANKS, RANKS)
    axes.legend(loc="lower right")

# %% [markdown]
# ## What it costs: to train, and to serve
#
# LoRA has fewer numbers to update. But the gradient still flows through the whole model, and the thin products come on top. So
# the steps are timed: the same batch for each, one step at a time in turns. Then the models write in turns, with the updates
# beside the weights, and merged: added to the weights. In each comparison one model stands twice: how far its second row is from
# 1 shows what chance alone does. Merging rounds once more, so we also count the answers that it changes: in float32, and on 40
# questions in bfloat16, where rounding is coarser.

# %%
lesson.section()
guess = lesson.predict("How many times as long as a step of full tuning does a step of LoRA on q and v take?")
FULL, QV, ALL = "a step of full tuning", "a step of LoRA on q, v", "a step of LoRA on all seven"
BASE, BESIDE, MERGED = "writing: base", "writing: LoRA on all seven, beside the weights", "writing: LoRA on all seven, merged"
ids, targets = (side.to(lesson.device) for side in collate(render_all(tokenizer, pairs[:8])))
steps = training_seconds({FULL: copy.deepcopy(base), f"{FULL}, again": copy.deepcopy(base),
                          QV: add_lora(copy.deepcopy(base), 8, 16), ALL: add_lora(copy.deepcopy(base), 8, 16, "all")},
                         ids, targets, rounds=3 if lesson.fast else 12)
learnt = sweep[8][1][0]
written = decoding_seconds({BASE: base, f"{BASE}, again": base, BESIDE: learnt, MERGED: merge_lora(copy.deepcopy(learnt))},
                           tokenizer.encode_many(questions.prompts[:8]), 8 if lesson.fast else 48, rounds=3 if lesson.fast else 7)
times = {name: mean_of([ratios(own, name, to=first)]) for own, first in ((steps, FULL), (written, BASE)) for name in own}
lesson.table("times", ["what", "times as long"], [[name, ratio] for name, ratio in times.items()])
guess.compare(times[QV])
for name in (QV, ALL):
    lesson.claim("peft-speed", f"seconds of {name} / of {FULL}, step by step in turns", [ratios(steps, name, to=FULL)], below=1,
                 seeded=False)
lesson.claim("lora-latency", "seconds that the merged model takes to write / those of the base, round by round",
             [ratios(written, MERGED, to=BASE)], above=1 - CLOSE, below=1 + CLOSE, seeded=False)
for kind, n_asked in ((torch.float32, n_test), (torch.bfloat16, min(40, n_test))):  # many CPUs are slow at bfloat16
    asked, beside = Questions.of(tokenizer, task, task.test[:n_asked]), copy.deepcopy(learnt).to(kind)
    changed = [float(a != b) for a, b in zip(asked.answers(beside), asked.answers(merge_lora(beside)), strict=True)]
    lesson.claim("lora-same", f"{str(kind).removeprefix('torch.')}: share of answers that merging changed", [changed],
                 above=-CLOSE, below=CLOSE, seeded=False)
lesson.saw(f"LoRA on q and v takes {times[QV]:.2f} of full tuning's time for a step. LoRA beside the weights writes in "
           f"{times[BESIDE]:.2f} times the base's time, merged in {times[MERGED]:.2f}, base again {times[f'{BASE}, again']:.2f}.")

# %%
if lesson.options.more:  # each with the best of the three rates, as above
    Q, ALL_FOUR, RS = "q alone, r = 8", "q, k, v, o, r = 2", f"rsLoRA, r = {full_rank}"
    tried = {Q: (8, {"targets": ("q",)}), "q, v, r = 4": (4, {"targets": ("q", "v"), "alpha": 8}),
             ALL_FOUR: (2, {"targets": ("q", "k", "v", "o"), "alpha": 4}), "DoRA, r = 8": (8, {"add": add_dora}),
             RS: (full_rank, {"alpha": rank_stabilized(16 / 8**0.5, full_rank)})}  # the same scale as LoRA's at r = 8
    found = {name: best(rank, **options) for name, (rank, options) in tried.items()}
    of = {name: [questions.scores(model) for model in models] for name, (_, models) in found.items()}
    lesson.table("more", ["LoRA elsewhere, and variants", "rate", "token F1"], [
        [name, f"{found[name][0]:g}", f"{mean_of(own):.3f}"] for name, own in of.items()])
    lesson.claim("lora-where", "token F1 of LoRA on q, k, v, o minus that on q alone, as many trained numbers, alpha = 2 r",
                 against(of[ALL_FOUR], of[Q]), above=0)
    lesson.claim("rslora", f"token F1 of rsLoRA minus that of LoRA, rank {full_rank}, the best rate for each",
                 against(of[RS], scores[full_rank]), above=0)
lesson.record(means=score, shares=share, cut={rank: mean_of(own) for rank, own in cut.items()})
lesson.finish("tests/test_lora.py")
