# %% [markdown]
# # 14. Adapters: how small may the new layers be?
#
# **The course says:** adapters are an additive method. New trainable layers go inside the blocks, and all original weights stay
# frozen. Among the trade-offs of PEFT is what it costs at inference.
#
# **The question:** how few weights must a new layer have to do what full tuning does, and what does it cost when it is used?
#
# LoRA works beside the weights. An adapter works behind them: two thin layers with a bend between them, put into every block
# after attention and after the feed-forward part. Only the adapters are trained. Houlsby et al. (2019) came within half a point
# of full tuning on GLUE (80.0 against 80.4) with 3.6 % of the weights; they trained the layer norms too.
#
# Read beside it: tinyllm/peft/adapter.py, tinyllm/peft/parts.py

# %%
from lesson import Lesson

lesson = Lesson("14_adapters", minutes=0.3)

import torch
import torch.nn.functional as F
from ledger import error_of
from measure import Questions, against, decoding_seconds, mean_of, means, percent, plus_minus, ratios, spread, tune

from tinyllm import TrainConfig, Trainer
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, collate, instructions, load_task, render_all
from tinyllm.peft import BottleneckAdapter, add_adapters, add_lora, merge_lora, remove_adapters, trainable_parameters


def fresh():
    """The base model, read anew."""
    return load_model(WORLD / "base", device=lesson.device)[0]


base, tokenizer = load_model(WORLD / "base", device=lesson.device)
total = sum(parameter.numel() for parameter in base.parameters())
task = load_task("translation")
n_train, n_test = (16, 6) if lesson.fast else (500, 100)
pairs, questions = instructions(task.train[:n_train], task.templates, seed=1), Questions.of(tokenizer, task, task.test[:n_test])
train = render_all(tokenizer, pairs)

# %% [markdown]
# ## The start decides
#
# An adapter computes h + up(gelu(down(h))). `down` makes the D numbers of a token few, M of them: that is the bottleneck. `up`
# makes them D again. `up` starts at zero, so a new adapter adds nothing, and training begins at the base model. There are two
# ways to get this wrong. `up` may start at random. Or the `h +` may be missing: then nothing of what attention and feed-forward
# have found gets past. Look at the loss before any training.


# %%
lesson.section()
ZERO, RANDOM, ALONE = "h + up(..), up at zero", "h + up(..), up at random", "up(..) alone, up at zero"
worse = lesson.predict("Which mistake makes the loss before training worse?", [RANDOM, ALONE])
torch.manual_seed(0)
models = {"base, no adapters": base, **{name: add_adapters(fresh(), 32) for name in (ZERO, RANDOM, ALONE)}}
for name in (RANDOM, ALONE):
    for adapter in models[name].modules():
        if isinstance(adapter, BottleneckAdapter):
            if name == RANDOM:
                adapter.up.reset_parameters()  # as PyTorch starts any linear layer
            else:
                adapter.forward = lambda h, own=adapter: own.up(F.gelu(own.down(h)))
ids = collate(train[:8])[0].to(lesson.device)
with torch.inference_mode():
    change = {name: (model(ids) - base(ids)).abs().max().item() for name, model in models.items()}
loss = {name: Trainer(model, TrainConfig(device=lesson.options.device)).evaluate(train[:100])[0]
        for name, model in models.items()}
lesson.table("start", ["what stands in the model", "largest change of a logit", "loss before training"],
             [[name, change[name], loss[name]] for name in models])
worse.compare(max((RANDOM, ALONE), key=loss.get))
lesson.saw(f"Before training the loss is {loss[ZERO]:.2f} with a new adapter, {loss[RANDOM]:.2f} with `up` at random and "
           f"{loss[ALONE]:.2f} without `h +`.")

# %% [markdown]
# ## Sizes against full tuning
#
# An adapter has 2 M D + D + M numbers: two matrices and two biases. There are two adapters in each block. Every run sees the same
# examples once. The learning rates, 1e-2 for adapters and 2.5e-4 for full tuning, did best on 100 validation examples when this
# lesson was written, with a base model that had read less than today's. The last column compares question by question. What
# lies within its ± these questions cannot tell apart.

# %%
lesson.section()
SIZES = (2, 8, 24, 64)  # 24 takes nearly the 3.6 % of the paper
D, places = base.config.width, 2 * base.config.n_layers
counts = {m: sum(trainable_parameters(add_adapters(fresh(), m)).values()) for m in SIZES}
assert all(count == places * (2 * m * D + D + m) for m, count in counts.items())
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
before = [questions.score(base_answers)]
guess = lesson.predict(f"The base model scores {mean_of(before):.2f}. Which score do adapters of bottleneck {SIZES[0]} reach, "
                       f"with {percent(counts[SIZES[0]] / total)} as many weights (0 to 1)?")
written = {m: [tuned(m, seed) for seed in lesson.seeds] for m in (*SIZES, None)}
questions.show({"the base model": base_answers, f"with adapters of bottleneck {SIZES[0]} it": written[SIZES[0]][0],
                "tuned in full it": written[None][0]}, questions.telling(base_answers))
scores = {m: [questions.score(answers) for answers in own] for m, own in written.items()}
apart = {m: against(scores[m], scores[None]) for m in SIZES}
lesson.table("scores", ["tuned by", "weights", "% of the base", "token F1", "minus full tuning"], [
    ["nothing (base)", "0", 0.0, f"{mean_of(before):.3f}", ""],
    *([f"adapters, M = {m}", f"{counts[m]:,}", 100 * counts[m] / total, spread(means(scores[m])),
       plus_minus(apart[m])] for m in SIZES),
    ["full tuning", f"{total:,}", 100.0, spread(means(scores[None])), ""]])
guess.compare(mean_of(scores[SIZES[0]]))
near = min(SIZES, key=lambda m: abs(counts[m] / total - 0.036))
share = percent(counts[near] / total)
lesson.claim("adapter", f"translation: token F1 of adapters with {share} of the weights (M = {near}) minus that of full tuning",
             apart[near], above=-0.005)
lesson.claim("adapter", "... where full tuning has learnt: its token F1 minus the base's", against(scores[None], before), above=0)
lesson.saw(f"Adapters with {share} of the weights score {mean_of(scores[near]):.2f}, full tuning {mean_of(scores[None]):.2f} and "
           f"the base {mean_of(before):.2f}. With {percent(counts[SIZES[0]] / total)} of the weights (M = {SIZES[0]}) the "
           f"difference from full tuning is {plus_minus(apart[SIZES[0]])}.")
finding = (f"{percent(counts[SIZES[0]] / total)} of the weights: {mean_of(scores[SIZES[0]]):.2f}; {share}: "
           f"{mean_of(scores[near]):.2f}; all: {mean_of(scores[None]):.2f}")
with lesson.plot("adapters", finding, figsize=(10, 6)) as (_, axes):
    axes.errorbar(SIZES, [mean_of(scores[m]) for m in SIZES], yerr=[error_of(scores[m]) for m in SIZES], marker="o", capsize=5,
                  elinewidth=1.5, label="adapters (bar: twice the standard error)")
    axes.axhline(mean_of(scores[None]), color="black", linestyle="--", label="full tuning")
    axes.axhline(mean_of(before), color="grey", linestyle=":", label="base")
    axes.set(xscale="log", ylim=(0, 1.05), xlabel="bottleneck M, and its share of the base's weights", ylabel="token F1")
    axes.set_xticks(SIZES, [f"{m}\n({percent(counts[m] / total)})" for m in SIZES])
    axes.set_xticks([], minor=True)
    axes.legend(loc="lower right")

# %% [markdown]
# ## What they cost in use
#
# An update of LoRA is a matrix like the one beside it, and can be added to it. An adapter has gelu in it, which is not linear. So
# there is no matrix to add, and the adapter stays. The models write in turns. "Base again" is the same model once more: how far
# it is from 1 shows what chance alone does. Compare also the two columns with each other. In a model as small as ours it is not
# the multiplications that take the time, but the number of layers that run one after another.

# %%
lesson.section()
SAME, SLOWER = "As fast as the base model.", "Slower than the base model."
which = lesson.predict("A model with adapters writes:", [SAME, SLOWER])
n_rounds, n_tokens = (2, 8) if lesson.fast else (6, 32)
timed = {"base": base, "base again": base,
         "adapters, M = 8": add_adapters(fresh(), 8), "adapters, M = 64": add_adapters(fresh(), 64),
         "LoRA on all, not merged": add_lora(fresh(), 8, 16, "all"),
         "LoRA on all, merged": merge_lora(add_lora(fresh(), 8, 16, "all"))}
seconds = decoding_seconds(timed, tokenizer.encode_many(questions.prompts[:8]), n_tokens, n_rounds)
times = {name: sorted(ratios(seconds, name, to="base"))[n_rounds // 2] for name in timed}
matrices = {name: sum(p.numel() for p in model.parameters() if p.ndim == 2) for name, model in timed.items()}
lesson.table("decoding", ["model", "extra multiplications a token, %", "seconds / the base's"], [
    [name, 100 * (matrices[name] / matrices["base"] - 1), times[name]] for name in timed])
which.compare(SLOWER if times["adapters, M = 8"] > 1 + 2 * abs(times["base again"] - 1) else SAME)
lesson.saw(f"Writing takes {times['adapters, M = 8']:.2f} times as long as the base's with adapters of M = 8, and "
           f"{times['LoRA on all, merged']:.2f} times with LoRA merged; the base again takes {times['base again']:.2f}.")
lesson.record(base=mean_of(before), means={str(m): mean_of(own) for m, own in scores.items()}, seconds=seconds,
              questions=n_test, examples=n_train)
lesson.finish("tests/test_adapter.py")
