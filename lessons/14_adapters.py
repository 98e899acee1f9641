# %% [markdown]
# # 14. Adapters: small new layers in a frozen model
#
# **The course says:** Adapters are an additive method: new trainable layers go inside the blocks, and all
# original weights stay frozen. Among the trade-offs of PEFT is what it costs at inference.
#
# LoRA works beside the weights, an adapter behind them: two thin layers with a bend between, put into every block
# after attention and after the feed-forward part. Only they are trained. How small may they be, what does it take to
# start well, and what do they cost when the model is used?
#
# Read beside it: tinyllm/peft/adapter.py, tinyllm/peft/parts.py

# %%
from lesson import Lesson

lesson = Lesson("14_adapters", minutes=0.6)

import statistics

import torch
import torch.nn.functional as F
from measure import Questions, against, decoding_seconds, paired, percent, ratios, spread, tune

from tinyllm import TrainConfig, Trainer
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, collate, instructions, load_task, render_all
from tinyllm.peft import BottleneckAdapter, add_adapters, add_lora, merge_lora, remove_adapters, trainable_parameters


def fresh():
    return load_model(WORLD / "base", device=lesson.device)[0]


base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total = sum(parameter.numel() for parameter in base.parameters())
task = load_task("translation")
n_train, n_test = (16, 6) if lesson.fast else (500, 100)
pairs, questions = instructions(task.train[:n_train], task.templates, seed=1), Questions.of(tokenizer, task, task.test[:n_test])
train = render_all(tokenizer, pairs)

# %% [markdown]
# ## How many numbers an adapter is
# y = h + up(gelu(down(h))), with down (m, d) and up (d, m), a bias each: m d + m and d m + d, so 2 m d + d + m.

# %%
lesson.section()
d, places = base.config.width, 2 * base.config.n_layers  # behind attention and feed-forward of every block
SIZES = (2, 8, 24, 64)  # 24 takes nearly the 3.6 % of the paper
counts = {}
for m in SIZES:
    counts[m] = sum(trainable_parameters(add_adapters(fresh(), m)).values())
    assert counts[m] == places * (2 * m * d + d + m)
lesson.table("sizes", ["bottleneck m", "2 m d + d + m", "adapters", "in all", "% of the base"], [
    [str(m), f"{2 * m * d + d + m:,}", places, f"{counts[m]:,}", 100 * counts[m] / total] for m in SIZES])

# %% [markdown]
# ## The start decides
# `up` starts at zero, so a new adapter adds nothing, and training begins at the base model. Two ways to get it wrong: `up`
# drawn at random, and no `h +` around it, so that nothing of what attention and feed-forward found gets past.


# %%
lesson.section()
def adapters_of(model) -> list[BottleneckAdapter]:
    return [module for module in model.modules() if isinstance(module, BottleneckAdapter)]


mistakes = {"`up` drawn at random.": "h + up(..), up random", "No `h +` around it.": "up(..) alone, zero"}
worse = lesson.predict("Which mistake makes the loss before training worse?", list(mistakes))
torch.manual_seed(0)
models = {"base, no adapters": base, "h + up(..), up zero": add_adapters(fresh(), 32),
          "h + up(..), up random": add_adapters(fresh(), 32), "up(..) alone, zero": add_adapters(fresh(), 32)}
for adapter in adapters_of(models["h + up(..), up random"]):
    adapter.up.reset_parameters()  # as PyTorch starts any linear layer
for adapter in adapters_of(models["up(..) alone, zero"]):
    adapter.forward = lambda h, own=adapter: own.up(F.gelu(own.down(h)))
ids = collate(train[:8])[0].to(lesson.device)
with torch.inference_mode():
    change = {name: (model(ids) - base(ids)).abs().max().item() for name, model in models.items()}
loss = {name: Trainer(model, TrainConfig(device=lesson.options.device)).evaluate(train[:100])[0]
        for name, model in models.items()}
lesson.table("start", ["what stands in the model", "largest change of a score (logit)", "loss before training"],
             [[name, change[name], loss[name]] for name in models])
worse.compare(max(mistakes, key=lambda name: loss[mistakes[name]]))
assert change["h + up(..), up zero"] == 0, "a new adapter must change nothing, bit for bit"
lesson.saw(f"A new adapter changes no logit; with `up` at random the loss before training is {loss['h + up(..), up random']:.2f} "
           f"instead of {loss['h + up(..), up zero']:.2f}, without `h +` {loss['up(..) alone, zero']:.2f}.")

# %% [markdown]
# ## Sizes against full tuning
# Every run sees the same examples once. The rates are those that did best on 100 validation examples: 1e-2 for adapters
# (tried with m = 2, 8 and 64), 2.5e-4 for full tuning.

# %%
lesson.section()
start = {name: parameter.detach().clone() for name, parameter in base.named_parameters()}


def tuned(m: int | None, seed: int) -> list[str]:
    """The answers after tuning with adapters of bottleneck m, or in full if m is None."""
    torch.manual_seed(seed)  # `down` starts at random
    model = fresh() if m is None else add_adapters(fresh(), m)
    answers = questions.answers(tune(lesson, model, tokenizer, pairs, 2.5e-4 if m is None else 1e-2, seed))
    if m is not None:
        remove_adapters(model)
        assert all(torch.equal(weight, start[name]) for name, weight in model.named_parameters()), "the base has changed"
    return answers


base_answers = questions.answers(base)
base_score = statistics.mean(questions.score(base_answers))
guess = lesson.predict(f"The base model scores {base_score:.2f}. Which score do adapters of bottleneck {SIZES[0]} reach, "
                       f"with {percent(counts[SIZES[0]] / total)} as many weights (0 to 1)?")
written = {m: [tuned(m, seed) for seed in lesson.seeds] for m in (*SIZES, None)}
questions.show({"base": base_answers, f"with adapters of bottleneck {SIZES[0]} it": written[SIZES[0]][0],
                "tuned in full it": written[None][0]})
runs = {m: [questions.score(answers) for answers in own] for m, own in written.items()}
means = {m: [statistics.mean(scores) for scores in own] for m, own in runs.items()}
score = {m: statistics.mean(values) for m, values in means.items()}
against_full = {m: paired(runs[m][0], runs[None][0]) for m in SIZES}
lesson.table("scores", ["bottleneck", "trained, % of the base", "token F1", "against full tuning"], [
    ["none (base)", 0.0, f"{base_score:.3f}", ""],
    *([str(m), 100 * counts[m] / total, spread(means[m]), "{:+.3f} +- {:.3f}".format(*against_full[m])] for m in SIZES),
    ["full tuning", 100.0, spread(means[None]), ""]])
print("+-: twice the standard error of the difference; within it these questions cannot tell two models apart.\n")
guess.compare(score[SIZES[0]])
near = min(SIZES, key=lambda m: abs(counts[m] / total - 0.036))
share = percent(counts[near] / total)
lesson.claim("adapter", f"translation: token F1 of adapters with {share} of the weights (m = {near}) minus that of full tuning",
             against(runs[near], runs[None]), above=-0.005)
lesson.claim("adapter", "... where full tuning has learnt: its token F1 minus the base's",
             against(runs[None], [questions.score(base_answers)]), above=0)
lesson.saw(f"Adapters with {share} of the weights score {score[near]:.2f}, full tuning {score[None]:.2f}, the base "
           f"{base_score:.2f}.")

# %% [markdown]
# ## What they cost in use
# An update of LoRA is a matrix like the one beside it and can be added to it. An adapter has a bend (gelu) in it: there is
# no matrix to add, so it stays. The models write in turns; LoRA stands at all 28 projections, adapters at 8 places; "base
# again" shows how far chance goes.

# %%
lesson.section()
sides = ["As fast as the base model.", "Slower than the base model."]
which = lesson.predict("A model with adapters writes:", sides)
n_rounds, n_tokens = (2, 8) if lesson.fast else (6, 32)
timed = {"base": base, "base again": base,
         "adapters, m = 8": add_adapters(fresh(), 8), "adapters, m = 64": add_adapters(fresh(), 64),
         "LoRA on all, not merged": add_lora(fresh(), 8, 16, "all"),
         "LoRA on all, merged": merge_lora(add_lora(fresh(), 8, 16, "all"))}
requests = tokenizer.encode_many(questions.prompts[:8])
seconds = decoding_seconds(timed, requests, n_tokens, n_rounds)
times = {name: statistics.median(ratios(seconds, name, to="base")) for name in timed}
matrices = sum(p.numel() for p in base.parameters() if p.ndim == 2)  # the embedding table is the output layer too
extra = {name: sum(p.numel() for p in model.parameters() if p.ndim == 2) / matrices - 1 for name, model in timed.items()}
lesson.table("decoding", ["model", "extra multiplications a token, %", f"seconds for {len(requests)} x {n_tokens} tokens",
                          "seconds / base's"],
             [[name, 100 * extra[name], statistics.median(seconds[name]), times[name]] for name in timed])
noise = max(0.02, abs(times["base again"] - 1))
slower = [name for name in timed if times[name] > 1 + noise]
which.compare(sides["adapters, m = 8" in slower])
lesson.saw(f"Decoding takes {times['adapters, m = 8']:.2f} times as long as the base's with adapters of m = 8, and "
           f"{times['LoRA on all, merged']:.2f} times with LoRA merged.")

with lesson.plot("adapters", ncols=2, figsize=(11, 4.5)) as (_, (left, right)):
    left.errorbar(SIZES, [score[m] for m in SIZES], yerr=[[score[m] - min(means[m]) for m in SIZES],
                  [max(means[m]) - score[m] for m in SIZES]], marker="o", capsize=3, label="adapters")
    left.axhline(score[None], color="grey", linestyle="--", label="full tuning")
    left.axhline(base_score, color="grey", linestyle=":", label="base")
    left.set(xscale="log", ylim=(0, 1), xlabel="bottleneck m (share of the base's weights)", ylabel=f"{task.name}: token F1",
             title="How small may they be?")
    left.set_xticks(SIZES, [f"{m}\n({percent(counts[m] / total)})" for m in SIZES])
    left.set_xticks([], minor=True)
    left.legend(loc="center right")
    names = list(timed)[1:]
    right.barh(names, [times[name] for name in names], color=["silver", "tab:blue", "tab:blue", "tab:orange", "tab:orange"])
    right.axvline(1, color="black", linewidth=0.8)
    right.invert_yaxis()
    right.set(xlabel="time to write the same tokens, times the base", title="What they cost in use")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
level = [m for m in SIZES if sum(against_full[m]) >= 0]
ordered = sorted(SIZES, key=score.get)
widest, typical = paired(runs[ordered[-1]][0], runs[ordered[0]][0])
lesson.say("Not clearly below full tuning on these questions: "
           f"{', '.join(f'm = {m}' for m in level) or 'none'}; the best and the worst size lie {widest:.3f} +- "
           f"{typical:.3f} apart{', so they cannot be told apart' if widest <= typical else ''}. After training the base's "
           "own weights were equal bit for bit.")
gap = score[None] - score[near]
lesson.say(f"The paper (Houlsby et al. 2019): 80.0 on GLUE with 3.6 % of the parameters trained for each task, 80.4 in full, so "
           f"{80.4 - 80.0:.1f} points less. The nearest size here, m = {near} with {share}, scores "
           f"{100 * abs(gap):.1f} points of 100 {'less' if gap > 0 else 'more'} than full tuning. (The paper trains the layer "
           "norms too.)")
small, unmerged, merged = "adapters, m = 8", "LoRA on all, not merged", "LoRA on all, merged"
as_said = small in slower and unmerged in slower and merged not in slower
lesson.say(f"Twice the same base model differed by {100 * abs(times['base again'] - 1):.1f} %, so what lies within "
           f"{100 * noise:.0f} % counts as equally fast. " + (
               "Merging takes LoRA's cost away; for adapters there is no such step." if as_said
               else "This run does not clearly show a cost that merging takes away."))
wide = "adapters, m = 64"
if small in slower and times[wide] - 1 < 4 * (times[small] - 1):
    lesson.say(f"Adapters of m = 8 add {percent(extra[small])} of multiplications, those of m = 64 {percent(extra[wide])}, and "
               f"they take {times[small]:.2f} and {times[wide]:.2f} times as long: in a model as small as this the number of "
               "layers one after another costs more than their size.")
lesson.record(base=base_score, means={str(m): score[m] for m in score}, level_with_full=level, seconds_by_base=times,
              questions=n_test, examples=n_train)
lesson.finish("tests/test_adapter.py")
