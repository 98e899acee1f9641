# %% [markdown]
# # 13. LoRA: two thin matrices beside a frozen weight
#
# **The course says:** LoRA freezes W and trains B A of rank r: for W of 512 x 64 and r = 8 that is 4,608
# numbers in place of 32,768, 86 % fewer. Ranks 4 to 32 are usual, gains flatten beyond. To serve, B A is added
# to W, so no latency is left.
#
#     h = W x + (alpha / r) B A x        W (out, in) frozen, A (r, in) and B (out, r) trained
#
# First one layer, checked by arithmetic, then a whole model; then which rank it takes, two variants, which projections, why a
# low rank can be enough, a task for which it is not, whether LoRA trains faster, and what is left of it when the model is
# served.
#
# Read beside it: tinyllm/peft/parts.py, tinyllm/peft/lora.py (there R stands for r), tinyllm/peft/variants.py

# %%
from lesson import Lesson

lesson = Lesson("13_lora", minutes=2)

import copy
import statistics
import time

import torch
import torch.nn.functional as F
from ledger import CLOSE
from measure import Questions, against, decoding_seconds, mean_of, paired, ratios, spread, tune
from torch import nn

from tinyllm import TrainConfig
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, collate, instructions, load_task, render_all
from tinyllm.peft import (
    LoRALinear,
    add_dora,
    add_lora,
    merge_lora,
    parameter_table,
    rank_stabilized,
    trainable_parameters,
    unmerge_lora,
)
from tinyllm.peft.lora import linear_layers
from tinyllm.trainer import make_optimizer, masked_cross_entropy

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total, full_rank = sum(parameter.numel() for parameter in base.parameters()), base.config.width

# %% [markdown]
# ## One layer: 512 x 64
# The course's example, every number of it asserted. The last assertion's oracle is the dense W + (alpha / r) B A.

# %%
lesson.section()
torch.manual_seed(0)
linear, x = nn.Linear(64, 512), torch.randn(5, 64)
layer = LoRALinear(linear, rank=8, alpha=16)
W, A, B = linear.weight, layer.A, layer.B
assert W.numel() == 512 * 64 == 32_768
assert A.shape == (8, 64) and B.shape == (512, 8)
assert A.numel() + B.numel() == 512 + 4_096 == 4_608
assert round(100 * (1 - 4_608 / 32_768)) == 86
assert torch.equal(layer(x), linear(x)), "B starts at zero, so a new layer changes nothing"
nn.init.normal_(B)  # as if it had been trained
assert torch.allclose(layer(x), F.linear(x, W + 16 / 8 * B @ A, linear.bias), atol=1e-5)
lesson.say(f"W {tuple(W.shape)} holds {W.numel():,} numbers, A {tuple(A.shape)} and B {tuple(B.shape)} together "
           f"{A.numel() + B.numel():,}: {1 - (A.numel() + B.numel()) / W.numel():.0%} fewer.")
own = A.numel() + B.numel()
lesson.claim("lora-86", "numbers in A and B of a LoRALinear, beside those in W", figure=f"{own:,} of {W.numel():,}, "
             f"{1 - own / W.numel():.1%} fewer", true=own == 4_608 and round(100 * (1 - own / W.numel())) == 86)

# %% [markdown]
# ## A whole model
# `add_lora` puts such a layer around each projection named, here q and v of every block, and freezes everything else.

# %%
lesson.section()
guess = lesson.predict("LoRA r = 8 for q and v of every block: how many numbers are trained, as a share of the base's (0 to 1)?")
model = add_lora(copy.deepcopy(base), 8, 16, ("q", "v"))
lines = parameter_table(model).splitlines()
print("\n".join([*lines[:4], f"... and {len(lines) - 5} like these", lines[-1]]))
guess.compare(sum(trainable_parameters(model).values()) / total)

# %% [markdown]
# ## Which rank?
# The task is to translate, learnt from few examples so that ranks can differ. alpha is 16 at every rank, as the paper
# keeps its alpha. (With GPT-3 on WikiSQL, q and v, it found 73.4, 73.3, 73.7, 73.8 and 73.5 for r = 1, 2, 4, 8 and 64.)
# Learning rates, here and below, are those that did best on 200 validation examples, of three or four tried for full tuning
# and for LoRA of rank 8. (Full tuning's rate for translation did best with 250 examples and with 800.) Other ranks take over
# the rate, although alpha / r falls from 16 to 0.08 along the sweep.

# %%
lesson.section()
few, many, n_test = (8, 16, 4) if lesson.fast else (250, 800, 200)
RATES = {"translation": (2.5e-4, 3e-3), "dialogue_summary": (2e-3, 7e-3)}  # task -> (full tuning's rate, LoRA's)
tasks = {name: load_task(name) for name in RATES}
questions = {name: Questions.of(tokenizer, task, task.test[:n_test]) for name, task in tasks.items()}


def tuned(name, n_train, rank=None, targets="all", alpha=16, rate=None, add=add_lora):
    """Tune copies of the base, one a seed, by LoRA of this rank, or every weight.

    Returns the models, the numbers trained, and for each seed the scores of all questions. LoRA is merged before it is
    asked, as it would be served."""
    models, scores = [], []
    pairs = instructions(tasks[name].train[:n_train], tasks[name].templates, seed=1)
    for seed in lesson.seeds:
        torch.manual_seed(seed)  # A is random
        model = copy.deepcopy(base) if rank is None else add(copy.deepcopy(base), rank, alpha, targets)
        trained = sum(trainable_parameters(model).values())
        tune(lesson, model, tokenizer, pairs, rate or RATES[name][0 if rank is None else 1], seed)
        models.append(merge_lora(model) if rank is not None and add is add_lora else model)
        scores.append(questions[name].scores(model))
    return models, trained, scores


def means(scores) -> list[float]:
    return [statistics.mean(own) for own in scores]


ranks = (2, 8, 32, full_rank) if lesson.fast else (1, 2, 4, 8, 16, 32, full_rank)
guess = lesson.predict(f"Ranks from {ranks[0]} to {full_rank}, full rank: how far apart are the best and the worst score?")
sweep = {rank: tuned("translation", few, rank) for rank in (*ranks, None)}
questions["translation"].show({"base": base, "with LoRA of rank 8 it": sweep[8][0][0], "tuned in full it": sweep[None][0][0]})
lesson.table("ranks", ["tuned", "numbers trained / the base's", "token F1"], [
    ["every weight" if rank is None else f"LoRA r = {rank}", trained / total, spread(means(scores))]
    for rank, (_, trained, scores) in sweep.items()])
print("At full rank A and B together hold more numbers than W.")
by_rank = {rank: mean_of(scores) for rank, (*_, scores) in sweep.items()}
full_few = by_rank.pop(None)
guess.compare(max(by_rank.values()) - min(by_rank.values()))
lesson.claim("lora-ranks", f"translation from {few} examples: token F1 at rank {full_rank} minus that at rank 32",
             against(sweep[full_rank][2], sweep[32][2]), below=CLOSE)
lesson.claim("lora-ranks", "... where rank 32 has learnt: its token F1 minus the base's",
             against(sweep[32][2], [questions["translation"].scores(base)]), above=0)
lesson.saw(f"From rank {min(by_rank)} to 8 the score changes by {by_rank[8] - by_rank[min(by_rank)]:+.3f}, from rank 8 to "
           f"{full_rank} by {by_rank[full_rank] - by_rank[8]:+.3f}.")

# %% [markdown]
# ## Two variants, a few lines each
# rsLoRA scales by alpha / sqrt(r), so that a high rank does not make the update small; its alpha is chosen so that both scales
# are the same at r = 8. DoRA learns the length of each row of the weight apart from its direction. The rest is as in the sweep.
# What follows +- here and below is twice the standard error of the mean difference on the same questions: within it they
# cannot tell two models apart.

# %%
lesson.section()
rate, alpha = RATES["translation"][1], rank_stabilized(16 / 8**0.5, full_rank)
guess = lesson.predict(f"At r = {full_rank} the scale is {16 / full_rank:.2f} for LoRA and {alpha / full_rank:.2f} for rsLoRA. "
                       "How much higher does rsLoRA score, at the same rate (such as 0.01)?")
variants = {"rsLoRA": (full_rank, rate, tuned("translation", few, full_rank, alpha=alpha)),
            "rsLoRA, a third of the rate": (full_rank, rate / 3,
                                tuned("translation", few, full_rank, alpha=alpha, rate=rate / 3)),
            "DoRA": (8, rate, tuned("translation", few, 8, add=add_dora))}
gains = {name: paired(run[2][0], sweep[rank][2][0]) for name, (rank, _, run) in variants.items()}
lesson.table("variants", ["variant", "r", "rate", "trained / the base's", "token F1", "LoRA of that rank", "difference"], [
    [name, rank, f"{own:g}", run[1] / total, spread(means(run[2])), by_rank[rank], "{:+.3f} +- {:.3f}".format(*gains[name])]
    for name, (rank, own, run) in variants.items()])
print("+-: twice the standard error of the difference; within it these questions cannot tell two models apart.")
guess.compare(gains["rsLoRA"][0])
lesson.claim("rslora", f"token F1 of rsLoRA minus that of LoRA, rank {full_rank}, same rate",
             against(variants["rsLoRA"][2][2], sweep[full_rank][2]), above=0)
lesson.saw(f"At rank {full_rank} rsLoRA scores {mean_of(variants['rsLoRA'][2][2]):.3f} and LoRA {by_rank[full_rank]:.3f}.")

# %% [markdown]
# ## Rank 8 against full tuning, with more examples
# On two tasks, both ways with the same examples, each seen once.

# %%
lesson.section()
proper = {(name, rank): tuned(name, many, rank) for name in tasks for rank in (None, 8)}
scores, share = {key: means(run[2]) for key, run in proper.items()}, proper["translation", 8][1] / total
ahead = {name: statistics.mean(scores[name, None]) - statistics.mean(scores[name, 8]) for name in tasks}
questions["dialogue_summary"].show({"base": base, "with LoRA of rank 8 it": proper["dialogue_summary", 8][0][0],
                                    "tuned in full it": proper["dialogue_summary", None][0][0]})
lesson.table("proper", ["task", "metric", "full", "LoRA r = 8", "full is ahead by", "share trained", "rates: full, LoRA"], [
    [name, task.metric, spread(scores[name, None]), spread(scores[name, 8]), ahead[name], share,
     ", ".join(f"{rate:g}" for rate in RATES[name])] for name, task in tasks.items()])
lesson.saw(f"LoRA of rank 8 on all projections trains {share:.1%} of the weights; full tuning is ahead by "
           f"{' and '.join(f'{gap:+.3f} ({name})' for name, gap in ahead.items())}.")

# %% [markdown]
# ## Which projections, if the budget is the same?
# As many trained numbers as q and v take at rank 8, spent in four ways (all seven at the nearest whole rank), with alpha / r
# = 2 each time and a rate that was tuned for each, as above. Beside them stands what the paper found with GPT-3 on WikiSQL,
# at 18 M trained numbers each.

# %%
lesson.section()
groups = {"q": ("q",), "q, v": ("q", "v"), "q, k, v, o": ("q", "k", "v", "o"), "all seven": "all"}
rates = {"q": 1e-2, "q, v": 5e-3, "q, k, v, o": 1e-2, "all seven": 5e-3}
paper = {"q": "r = 8: 70.4", "q, v": "r = 4: 73.7", "q, k, v, o": "r = 2: 73.7", "all seven": "-"}
per_rank = {name: sum(layer.in_features + layer.out_features for layer in linear_layers(base, targets).values())
            for name, targets in groups.items()}
guess = lesson.predict("With the same number of trained numbers, adapting which projections is best?", list(groups))
rows, by_group = [], {}
for name, targets in groups.items():
    rank = round(8 * per_rank["q, v"] / per_rank[name])
    _, trained, by_group[name] = tuned("translation", few, rank, targets, 2 * rank, rates[name])
    rows.append([name, rank, f"{trained:,}", f"{rates[name]:g}", spread(means(by_group[name])), paper[name]])
lesson.table("projections", ["projections", "r", "trained", "rate", "token F1", "the paper's"], rows)
best_group = max(by_group, key=lambda name: statistics.mean(means(by_group[name])))
lead = {name: paired(by_group[best_group][0], by_group[name][0]) for name in groups}
guess.compare(best_group)
close = [f"'{name}'" for name in groups if name != best_group and lead[name][0] <= lead[name][1]]
print(f"Best: '{best_group}'. Not clearly behind it: {' and '.join(close) or 'none'}.")
lesson.claim("lora-where", "token F1 of LoRA on q, k, v, o minus that on q alone, the same number of trained numbers",
             against(by_group["q, k, v, o"], by_group["q"]), above=0)
lesson.saw(f"With as many trained numbers q alone scores {mean_of(by_group['q']):.3f}, and q, k, v, o "
           f"{mean_of(by_group['q, k, v, o']):.3f}.")

# %% [markdown]
# ## Is full tuning's update of low rank?
# W_full - W_base is what full tuning has added to a projection. The nearest matrix of rank 8 keeps its 8 largest singular
# values; their squares say how much that is. Then the model is cut down in earnest: base + the updates of the
# projections, cut to rank r. (Norms, biases and embeddings stay the base's: rank 0 is the base model.)

# %%
lesson.section()
guess = lesson.predict("How much of full tuning's update (sum of squares) do the first 8 singular values hold (0 to 1)?")


def held(matrix, rank=8) -> float:
    squares = torch.linalg.svdvals(matrix).square()
    return (squares[:rank].sum() / squares.sum()).item()


def updates_of(tuned_model) -> dict[str, torch.Tensor]:
    """W_full - W_base of every projection."""
    whole, before = linear_layers(tuned_model, "all"), linear_layers(base, "all")
    return {path: (whole[path].weight - layer.weight).detach().cpu() for path, layer in before.items()}


def cut_to_rank(factors, rank):
    """The base model and every update's part of this rank."""
    model = copy.deepcopy(base)
    for path, layer in linear_layers(model, "all").items():
        U, S, Vh = factors[path]
        layer.weight.data += ((U[:, :rank] * S[:rank]) @ Vh[:rank]).to(layer.weight)
    return model


tuned_in_full = proper["dialogue_summary", None][0]
updates = updates_of(tuned_in_full[0])
torch.manual_seed(0)
noise = {path: torch.randn_like(update) for path, update in updates.items()}
shown = [f"blocks.{i}.{name}" for i in (0, base.config.n_layers - 1)
         for name in ("attention.q", "attention.v", "feed_forward.down")]
mean_held, mean_noise = (statistics.mean(map(held, matrices.values())) for matrices in (updates, noise))
lesson.table("singular_values", ["update of", "held by the first 8", "in a random matrix"], [
    *[[path, held(updates[path]), held(noise[path])] for path in shown], [f"mean of all {len(updates)}", mean_held, mean_noise]])
guess.compare(mean_held)
factors = [{path: torch.linalg.svd(update, full_matrices=False) for path, update in updates_of(model).items()}
           for model in tuned_in_full]
cut = {rank: [questions["dialogue_summary"].scores(cut_to_rank(own, rank)) for own in factors]
       for rank in (0, 1, 8, 32, full_rank)}
by_cut = {rank: mean_of(scores) for rank, scores in cut.items()}
lesson.table("cut", ["full tuning's updates, cut to rank", "token F1"], [
    [{0: "0 (the base)", full_rank: f"{full_rank} (whole)"}.get(rank, str(rank)), spread(means(scores))]
    for rank, scores in cut.items()])
lesson.claim("lora-low", "dialogue summary: token F1 of full tuning's updates cut to rank 8 minus that of the whole updates",
             against(cut[8], cut[full_rank]), above=-CLOSE)
lesson.claim("lora-low", "... where the whole updates do something: their token F1 minus the base's",
             against(cut[full_rank], cut[0]), above=0)
lesson.saw(f"Cut to rank 8 full tuning's updates score {by_cut[8]:.3f}, whole {by_cut[full_rank]:.3f}.")

# %% [markdown]
# ## Where a low rank is not enough
# A made-up task: y = (W + change) x for random x, with W 64 x 64. LoRA has to find the change. No matrix of rank r comes
# nearer to it than the change itself cut to its r largest singular values (Eckart and Young 1936).


# %%
lesson.section()
def not_found(change, rank, steps=30 if lesson.fast else 300) -> float:
    """The share of the change (sum of squares) that LoRA of this rank has not found."""
    torch.manual_seed(0)
    layer = LoRALinear(nn.Linear(64, 64), rank, alpha=rank)
    optimizer = torch.optim.AdamW([layer.A, layer.B], lr=0.03, weight_decay=0.0)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, steps)
    for _ in range(steps):
        x = torch.randn(256, 64)
        loss = (layer(x) - (layer.base(x) + x @ change.T)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        decay.step()
    return ((layer.update() - change).square().sum() / change.square().sum()).item()


changes = {"rank 4": torch.randn(64, 4) @ torch.randn(4, 64) / 16, "full rank": torch.randn(64, 64) / 8}
made_up_ranks = (1, 8, 64) if lesson.fast else (1, 2, 4, 8, 16, 32, 64)
guess = lesson.predict("The change is random and of full rank: which share of it does LoRA of rank 8 leave unfound (0 to 1)?")
left = {(name, rank): (not_found(change, rank), max(0.0, 1 - held(change, rank)))
        for name, change in changes.items() for rank in made_up_ranks}
lesson.table("made_up", ["the change has", "r", "not found", "least possible"], [[*key, *pair] for key, pair in left.items()])
guess.compare(left["full rank", 8][0])
lesson.saw(f"LoRA of rank 8 leaves {left['full rank', 8][0]:.2f} of a random change of full rank unfound; the least possible is "
           f"{left['full rank', 8][1]:.2f}.")

# %% [markdown]
# ## Does LoRA train faster?
# It has fewer numbers to update. But the gradient still flows through the whole model, and the thin products come on top.
# The same batch for each, in float32, one step at a time in turns. Full tuning stands there twice, to show how far chance goes.


# %%
lesson.section()
def step_seconds(model, optimizer, ids, targets) -> float:
    """The seconds of one training step."""
    start = time.perf_counter()
    optimizer.zero_grad()
    masked_cross_entropy(model(ids), targets).backward()
    optimizer.step()
    optimizer.param_groups[0]["params"][0].sum().item()  # wait until a GPU has done it
    return time.perf_counter() - start


pairs = instructions(tasks["dialogue_summary"].train[:8], tasks["dialogue_summary"].templates, seed=1)
ids, targets = (side.to(lesson.device) for side in collate(render_all(tokenizer, pairs)))
guess = lesson.predict("How many times as long as a step of full tuning does a step of LoRA on q and v take?")
learners = {"full tuning": copy.deepcopy(base).requires_grad_(True),
            "full tuning again": copy.deepcopy(base).requires_grad_(True),
            "LoRA q, v": add_lora(copy.deepcopy(base), 8, 16), "LoRA all seven": add_lora(copy.deepcopy(base), 8, 16, "all")}
optimizers = {name: make_optimizer(model, TrainConfig(learning_rate=1e-4)) for name, model in learners.items()}
step_times = {name: [] for name in learners}
for turn in range(4 if lesson.fast else 13):
    for name, model in learners.items():
        seconds = step_seconds(model, optimizers[name], ids, targets)
        if turn > 0:  # the first one makes the optimizer's state
            step_times[name].append(seconds)
steps_by_round = {name: ratios(step_times, name, to="full tuning") for name in learners}
lesson.table("step_times", [f"a step on {len(ids)} x {ids.shape[1]} tokens", "milliseconds", "as long as full tuning's"], [
    [name, 1000 * statistics.median(own), statistics.median(steps_by_round[name])] for name, own in step_times.items()])
guess.compare(statistics.median(steps_by_round["LoRA q, v"]))
for name in ("LoRA q, v", "LoRA all seven"):
    lesson.claim("peft-speed", f"seconds of a step of full tuning / those of {name}, minus 1, step by step in turns",
                 [[ratio - 1 for ratio in ratios(step_times, "full tuning", to=name)]], above=0, seeded=False)
lesson.saw(f"A step of LoRA on q and v takes {statistics.median(steps_by_round['LoRA q, v']):.2f} times as long as one of full "
           f"tuning, a step of LoRA on all seven projections {statistics.median(steps_by_round['LoRA all seven']):.2f} times.")

# %% [markdown]
# ## To serve: merged and unmerged
# The same model with its updates merged and beside the weights: how far the logits differ, how many answers, and how long
# both take to write, in turns with the base. The base stands there twice, to show how far chance goes. In bfloat16 a weight
# keeps 8 bits of a number, so that adding a small update to it loses part of the update. (Few are asked in bfloat16: many
# CPUs are slow at it.)

# %%
lesson.section()
merged = proper["dialogue_summary", 8][0][0]
prompts = tokenizer.encode_many(questions["dialogue_summary"].prompts[:8])
unmerged = unmerge_lora(copy.deepcopy(merged))
ids = torch.tensor([prompt[:min(map(len, prompts))] for prompt in prompts], device=lesson.device)
rows = []
for name, kind, n_asked in (("float32", torch.float32, n_test), ("bf16", torch.bfloat16, min(40, n_test))):
    asked = Questions.of(tokenizer, tasks["dialogue_summary"], tasks["dialogue_summary"].test[:n_asked])
    apart = copy.deepcopy(unmerged).to(kind)
    joined = merge_lora(copy.deepcopy(apart))
    assert [isinstance(model.blocks[0].attention.q, nn.Linear) for model in (apart, joined)] == [False, True]
    with torch.no_grad():
        logits, difference = joined(ids).abs().max().item(), (joined(ids) - apart(ids)).abs().max().item()
    changed = [float(a != b) for a, b in zip(asked.answers(joined), asked.answers(apart), strict=True)]
    rows.append([name, f"{difference:.1g}", f"{logits:.3g}", f"{sum(changed):.0f} of {len(changed)}"])
    lesson.claim("lora-same", f"{name}: share of answers that merging changed (logits differ by up to {difference:.1g}, the "
                 f"largest is {logits:.3g})", [changed], above=-CLOSE, below=CLOSE, seeded=False)
lesson.table("merging", ["numbers", "largest difference of a logit", "largest logit", "answers changed"], rows)
lesson.saw(f"Merging changed {rows[0][-1]} answers in float32 and {rows[1][-1]} in bf16.")
times = decoding_seconds({"base": base, "base again": base, "merged": merged, "unmerged": unmerged}, prompts,
                         8 if lesson.fast else 48, rounds=3 if lesson.fast else 7)
by_round = {name: ratios(times, name, to="base") for name in times}
slower = {name: statistics.median(own) for name, own in by_round.items()}
lesson.table("serving", ["model", "seconds", "seconds / base's"], [
    [name, statistics.median(times[name]), slower[name]] for name in times])
lesson.claim("lora-latency", "seconds that the merged model takes to write / those of the base, minus 1, round by round",
             [[ratio - 1 for ratio in by_round["merged"]]], above=-CLOSE, below=CLOSE, seeded=False)
lesson.saw(f"Merged, the model takes {slower['merged']:.2f} times as long as the base to write, unmerged "
           f"{slower['unmerged']:.2f} times.")
with lesson.plot("lora", ncols=3, figsize=(14, 4.2)) as (_, (first, second, third)):
    first.plot(list(by_rank), list(by_rank.values()), marker="o", label="LoRA, all projections")
    first.axhline(full_few, color="black", linestyle="--", label="full tuning")
    gaps = [paired(sweep[rank][2][0], sweep[None][2][0])[1] for rank in by_rank]
    first.fill_between(list(by_rank), [s - e for s, e in zip(by_rank.values(), gaps, strict=True)],
                       [s + e for s, e in zip(by_rank.values(), gaps, strict=True)], alpha=0.2, label="chance (two errors)")
    first.set(ylabel="token F1", title=f"Translation, {few} examples")
    for path in shown[:3]:
        values = torch.linalg.svdvals(updates[path])
        second.plot(range(1, len(values) + 1), values / values[0], label=path.rpartition(".")[2])
    values = torch.linalg.svdvals(noise[shown[0]])
    second.plot(range(1, len(values) + 1), values / values[0], color="grey", linestyle=":", label="random matrix")
    second.axvline(8, color="black", linewidth=0.8, linestyle="--", label="rank 8")
    second.set(xlabel="i-th singular value", ylim=(0, None),
               title="Singular values of full tuning's update\n(first block, largest = 1)")
    for name in changes:
        third.plot(made_up_ranks, [left[name, r][0] for r in made_up_ranks], "o", label=f"LoRA, change of {name}")
        third.plot(made_up_ranks, [left[name, r][1] for r in made_up_ranks], color="black", linewidth=0.8, zorder=0,
                   label="least possible" if name == "full rank" else None)
    third.set(ylabel="share not found", title="A made-up task")
    for axes, ticks in ((first, ranks), (third, made_up_ranks)):
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, ticks)
        axes.set_xlabel("rank")
    for axes in (first, second, third):
        axes.legend(fontsize=8)

# %% [markdown]
# ## What was seen

# %%
lesson.section()
within = [name for name, gap in ahead.items() if gap <= CLOSE]
lesson.say(f"LoRA of rank 8 is within {CLOSE} of full tuning, or above it, on {len(within)} of {len(ahead)} tasks.")
early, late = (paired(sweep[high][2][0], sweep[low][2][0]) for low, high in ((min(by_rank), 8), (8, full_rank)))
lesson.say("Beside LoRA of the same rank: " + "; ".join(
    f"{name} (r = {variants[name][0]}) {gain:+.3f} +- {error:.3f}, "
    + ("clearly better" if gain > error else "clearly worse" if gain < -error else "not to be told apart")
    for name, (gain, error) in gains.items()) + "." + (
        " The larger scale wanted a lower rate here: the two have to be tuned together."
        if gains["rsLoRA, a third of the rate"][0] > gains["rsLoRA"][0] else ""))
q_behind = lead["q"][0] > lead["q"][1]
lesson.say(f"At equal budget {best_group} is best ({statistics.mean(means(by_group[best_group])):.3f}); q alone gets "
           f"{statistics.mean(means(by_group['q'])):.3f}, {lead['q'][0]:.3f} +- {lead['q'][1]:.3f} less. "
           + ("Spreading the budget over several projections does better than a high rank for q alone, as in the paper."
              if q_behind else "The paper's finding, that q alone does worse than q and v, is not clearly seen here."))
lora_score, whole = statistics.mean(scores["dialogue_summary", 8]), by_cut[full_rank]
lesson.say(f"The first 8 singular values hold {mean_held:.2f} of full tuning's update, {mean_held / mean_noise:.1f} times as "
           f"much as in a random matrix. LoRA trained at rank 8 scores {lora_score:.3f}. " + (
               "Most of what full tuning's update does is done by a part of low rank." if whole - by_cut[8] <= CLOSE else
               "So full tuning's own update is not of low rank. But it is not the only one that works: LoRA finds "
               "another, of rank 8, that does nearly as well." if lora_score >= whole - CLOSE else
               "So rank 8 holds too little of it, and LoRA of rank 8 stays behind too."))
error, bound = left["full rank", 8]
lesson.say("Where the change itself is random and of full rank, " + (
    "LoRA comes as near as its rank allows; only a higher rank helps." if error - bound < 0.02 else
    "more steps would bring LoRA nearer."))
noise = max(0.02, abs(slower["base again"] - 1))
lesson.say(f"The base itself took {slower['base again']:.2f} times as long a second time" + (
    ": merging takes LoRA's cost away." if slower["merged"] <= 1 + noise < slower["unmerged"] else
    "; such short times vary with what else the machine does."))
lesson.record(within_003=len(within), low_ranks_gain=early, high_ranks_gain=late, total=total)
lesson.finish("tests/test_lora.py")
