# %% [markdown]
# # 11. Why PEFT: what training holds in memory
#
# **The course says:** full fine-tuning costs as much memory as pre-training. PEFT trains few of the weights (often only 15 to
# 25 %), or adds few new ones. Memory can fall to 12 to 20 % of full fine-tuning's, so that one GPU may do.
#
# **The question:** what does a training step hold in memory, and which part of it does PEFT save?
#
# Read beside it: tinyllm/memory.py, tinyllm/peft/selective.py

# %%
from lesson import Lesson

lesson = Lesson("11_why_peft", minutes=0.2)

import copy
from collections import Counter

import torch
from ledger import CLOSE
from measure import percent

from tinyllm import TrainConfig, Trainer, Transformer
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, Packed, instructions, load_corpus, load_task, render_all
from tinyllm.memory import REAL_MODELS, LiveTensors, lora_parameters, measured_peak, memory_of, without_activations
from tinyllm.peft import SoftPrompt, add_adapters, add_lora, bitfit, last_layers, trainable_parameters

MB, GB = 1e6, 1e9
base, tokenizer = load_model(WORLD / "base", device=lesson.device)
FULL, LORA = "full tuning", "LoRA q, v (r = 8)"
METHODS = {  # each takes a copy of the base model and returns it with the right weights trainable
    FULL: lambda model: model,
    "last layer": lambda model: last_layers(model, 1),
    "biases (BitFit)": bitfit,
    LORA: lambda model: add_lora(model, 8, 16),
    "adapters (M = 16)": lambda model: add_adapters(model, 16),
    "soft prompt (P = 20)": lambda model: SoftPrompt(model, 20),
}

# %% [markdown]
# ## Full tuning beside pre-training
#
# Pre-training and full tuning make the same kind of step: all weights get a gradient, and the optimizer keeps two more numbers
# for each. So there is a reason to expect the same memory. We measure it: two steps of each, with batches of the same shape.
# Tuning reads dialogues and their summaries. Pre-training reads windows of packed text and starts from random weights. The peak
# is the most bytes of tensors at any moment. One thing differs: pre-training has a target at every token, and tuning in the
# summary alone. Logits are computed only where there is a target, so tuning is measured a second time, with a target everywhere.

# %%
lesson.section()
guess = lesson.predict("How many times the memory of pre-training does full tuning take?")
task, n_texts = load_task("dialogue_summary"), 8
rendered = render_all(tokenizer, instructions(task.train[:500], task.templates, seed=1))
tokens = Counter(len(ids) for ids, _ in rendered).most_common(1)[0][0]  # of one length, so that nothing is padded
texts = [example for example in rendered if len(example[0]) == tokens][:2 * n_texts]
windows = Packed(tokenizer, load_corpus()[:100], tokens)


def peak_of_training(model, examples) -> int:
    """The most bytes of tensors at any moment of two steps of the trainer, the weights included."""
    config = TrainConfig(batch_size=n_texts, learning_rate=1e-4, precision="float32", device=lesson.options.device)
    trainer = Trainer(model, config)  # it moves the model to the device
    with LiveTensors(trainer.model) as live:
        trainer.fit(examples)
    return live.peak


torch.manual_seed(0)
tuning = peak_of_training(copy.deepcopy(base), texts)
all_targets = peak_of_training(copy.deepcopy(base), [(ids, ids) for ids, _ in texts])
pretraining = peak_of_training(Transformer(base.config), [windows[i] for i in range(len(texts))])
guess.compare(tuning / pretraining)
lesson.claim("full-memory", "peak of a step that tunes all weights / peak of a step of pre-training, a target at every token",
             [[all_targets / pretraining]], above=1 - CLOSE, below=1 + CLOSE, exact=True)
lesson.saw(f"With a target at every token full tuning peaks at {all_targets / MB:.1f} MB and pre-training at "
           f"{pretraining / MB:.1f} MB ({n_texts} texts of {tokens} tokens). With targets in the summary alone tuning takes "
           f"{tuning / MB:.1f} MB.")

# %% [markdown]
# ## Six ways of tuning, part by part
#
# Every part has its own reason to be there:
#
# - The weights, trained or frozen: each input goes through all of them.
# - A gradient for each trained weight, and two moments of AdamW (the optimizer). Frozen weights have neither, so PEFT saves them.
# - The activations, which the forward pass keeps for the backward pass. PEFT saves a part of them: a linear layer keeps its input
#   only if its own weight is trained. The rest stays, because a gradient flows down through every layer above the lowest trained
#   weight, frozen or not.
# - The logits, a score for each token of the vocabulary at each position, and their gradient.
#
# **The parts add up to more than the peak**, because they are never all there at one moment. In the forward pass activations pile
# up, and there are no gradients of weights yet. In the backward pass the activations go again, layer by layer, and the gradients
# come. Here the peak is where the backward pass begins: everything but the gradients. "Peak" is worked out like that, and
# "measured" is the most that the tensors of a real step took. MB are 10^6 bytes.

# %%
lesson.section()
batch, length = (2, 32) if lesson.fast else (8, 128)
guess = lesson.predict(f"{LORA}, batch {batch} x {length} tokens: which share of full tuning's memory is its peak (0 to 1)?")
parts, peak, trained = {}, {}, {}
for name, make_ready in METHODS.items():
    torch.manual_seed(0)  # for what is new in the model, and for the token ids; no byte depends on them
    model = make_ready(copy.deepcopy(base))
    parts[name], peak[name] = memory_of(model, batch, length), measured_peak(model, batch, length)
    trained[name] = sum(trainable_parameters(model).values()) / sum(p.numel() for p in base.parameters())
share = {name: peak[name] / peak[FULL] for name in METHODS}
COLUMNS = ["weights", "gradients", "optimizer", "activations", "logits", "peak"]
lesson.table("memory", ["MB", "trained", *COLUMNS, "measured", "of full"], [
    [name, percent(trained[name]), *(f"{getattr(own, column) / MB:.1f}" for column in COLUMNS), f"{peak[name] / MB:.1f}",
     f"{100 * share[name]:.0f} %"] for name, own in parts.items()])
guess.compare(share[LORA])
peft = [name for name in METHODS if name != FULL]
full, lora = parts[FULL], parts[LORA]
shares = [trained[name] for name in peft]
lesson.claim("peft-share", f"share of the weights that each of the {len(peft)} PEFT methods here trains", figure=(
    f"{percent(min(shares))} to {percent(max(shares))}; {sum(0.15 <= x <= 0.25 for x in shares)} of them in that range"))
frozen = lora.weights - lora.gradients  # a gradient is as large as the weight it belongs to
lesson.claim("peft-gpu", "a step of LoRA holds no frozen weights", true=frozen == 0, figure=(
    f"held: {frozen / MB:.2f} MB frozen and {lora.gradients / MB:.2f} MB trained weights, {lora.gradients / MB:.2f} MB "
    f"gradients, {lora.optimizer / MB:.2f} MB optimizer, {lora.activations / MB:.2f} MB activations"))
lesson.saw(f"LoRA trains {percent(trained[LORA])} of the weights and peaks at {100 * share[LORA]:.0f} % of full tuning's memory. "
           f"At the peak it saves {(full.optimizer - lora.optimizer) / MB:.1f} MB of the optimizer's and "
           f"{(full.activations - lora.activations) / MB:.1f} MB of activations, of which "
           f"{100 * lora.activations / full.activations:.0f} % stay.")

finding = (f"LoRA takes {100 * share[LORA]:.0f} % of full tuning's memory; "
           f"{100 * lora.activations / peak[LORA]:.0f} % of what it takes are activations")
with lesson.plot("memory", finding, figsize=(10.5, 7.5)) as (_, axes):
    names, left = list(METHODS), [0.0] * len(METHODS)
    for part, hatch in (("weights", ""), ("optimizer", "//"), ("activations", ".."), ("logits", "\\\\"), ("gradients", "")):
        sizes, later = [getattr(parts[name], part) / MB for name in names], part == "gradients"
        axes.barh(names, sizes, left=left, hatch=hatch, height=0.6, edgecolor="black", linewidth=0.8,
                  color="white" if later else None, linestyle="--" if later else "-",
                  label="gradients, not there yet at the peak" if later else part)
        left = [a + b for a, b in zip(left, sizes, strict=True)]
    axes.plot([peak[name] / MB for name in names], names, "kd", label="measured peak")
    axes.invert_yaxis()
    axes.set(xlabel=f"MB, in a step on {batch} texts of {length} tokens")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.12), ncols=2)

# %% [markdown]
# ## The batch matters too
#
# Weights, gradients and optimizer do not depend on the batch. Activations and logits grow with it. So what PEFT saves is no
# property of the method alone. Look at what becomes of LoRA's share as the batch grows.

# %%
lesson.section()
batches = (1, 4, 16) if lesson.fast else (1, 2, 4, 8, 16, 32, 64)
by_batch = {n: memory_of(METHODS[LORA](copy.deepcopy(base)), n, length).peak / memory_of(copy.deepcopy(base), n, length).peak
            for n in batches}
lesson.table("batch", ["texts in a batch", "LoRA's peak, of full tuning's"], [[n, f"{100 * by_batch[n]:.0f} %"] for n in batches])
lesson.saw(f"With {batches[0]} text in a batch LoRA takes {100 * by_batch[batches[0]]:.0f} % of full tuning's memory, with "
           f"{batches[-1]} texts {100 * by_batch[batches[-1]]:.0f} %.")

# %% [markdown]
# ## Real sizes
#
# Without activations a step is arithmetic. Full tuning in float32 takes 16 bytes a parameter: 4 each for weight and gradient, 8
# for AdamW. (In mixed precision it is 16 too: 2 for the weight, 2 for its gradient, 4 for a float32 copy, 8 for AdamW.) LoRA with
# r = 8 on q and v takes 4 bytes for each frozen weight (fp32), or 2 if the base is kept in bfloat16 (bf16). So with such a base
# no PEFT method comes below 4/16 or 2/16 of full tuning. (QLoRA keeps the base in 4 bits a weight, and goes lower.) GB are 10^9
# bytes, and activations come on top. For GPT-3 the LoRA paper (Hu et al. 2021) says 350 GB for LoRA, which is our row for
# bfloat16, and 1,200 GB for full tuning, which is about 7 bytes a parameter: it counts less than our 16.

# %%
lesson.section()
SIZES = {**REAL_MODELS, "GPT-3, 175 B": (175e9, 96, 12288)}  # (parameters, layers, width)
WAYS = {"full": lambda parameters, new: without_activations(0, parameters),
        "LoRA fp32": lambda parameters, new: without_activations(parameters, new),
        "LoRA bf16": lambda parameters, new: without_activations(parameters, new, frozen_bytes=2)}
guess = lesson.predict(f"Of these {len(SIZES)} sizes from 125 M to 175 B, how many fit on one GPU of 80 GB with full tuning, "
                       "activations not counted?")
new = {size: lora_parameters(layers, width, rank=8) for size, (_, layers, width) in SIZES.items()}
need = {way: {size: of(SIZES[size][0], new[size]) / GB for size in SIZES} for way, of in WAYS.items()}
fits = {way: [size for size, gb in sizes.items() if gb <= 80] for way, sizes in need.items()}
of_full = {way: [need[way][size] / need["full"][size] for size in SIZES] for way in WAYS if way != "full"}
lesson.table("real_sizes", ["GB", "LoRA trains", *WAYS, "fits on 80 GB"], [
    [size, percent(new[size] / SIZES[size][0]),
     *(f"{gb[size]:,.1f} ({100 * gb[size] / need['full'][size]:.0f} %)" for gb in need.values()),
     ", ".join(way for way in WAYS if size in fits[way]) or "none"] for size in SIZES])
guess.compare(len(fits["full"]))
least = {way: f"{100 * min(values):.0f} %" for way, values in of_full.items()}
lesson.claim("peft-memory", "LoRA / full tuning, 125 M to 175 B, bfloat16 base, no activations (float32 base: "
             f"{least['LoRA fp32']}; our model with activations: {100 * share[LORA]:.0f} %)", [of_full["LoRA bf16"]], below=0.20,
             exact=True)
lesson.saw(f"80 GB hold full tuning of at most {80 / 16:g} B parameters, LoRA of nearly {80 / 4:g} B with a float32 base and of "
           f"nearly {80 / 2:g} B with a bfloat16 one, activations not counted. Of the sizes above these are {fits['full'][-1]}, "
           f"{fits['LoRA fp32'][-1]} and {fits['LoRA bf16'][-1]}.")
lesson.record(share_of_full=share, share_of_full_by_batch=by_batch, megabytes={"pre-training": pretraining / MB,
                                                                               "full tuning": tuning / MB})
lesson.finish("tests/test_memory.py")
