# %% [markdown]
# # 11. Why PEFT: what training holds in memory
#
# **The course says:** Full fine-tuning costs as much memory as pre-training. PEFT trains few of the weights (often only
# 15 to 25 %), or adds few new ones. Memory can fall to 12 to 20 % of full fine-tuning's, so that one GPU may do.
#
# Training needs memory for the weights, for a gradient and two optimizer moments of each trained weight, and for the
# activations that the backward pass uses. Here all of it is worked out for six ways of tuning the base model, beside the
# peak of a real step; then for real sizes, from 125 million to 70 billion parameters.
#
# Read beside it: tinyllm/memory.py, tinyllm/peft/selective.py

# %%
from lesson import Lesson

lesson = Lesson("11_why_peft", minutes=0.2)

import copy
from collections import Counter

import torch
from ledger import CLOSE
from measure import spread

from tinyllm import TrainConfig, Trainer, Transformer
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, Packed, instructions, load_corpus, load_task, render_all
from tinyllm.memory import REAL_MODELS, LiveTensors, lora_parameters, measured_peak, memory_of, without_activations
from tinyllm.peft import SoftPrompt, add_adapters, add_lora, bitfit, last_layers, trainable_parameters

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
METHODS = {  # each takes a copy of the base model and returns it with the right weights trainable
    "full tuning": lambda model: model,
    "last layer": lambda model: last_layers(model, 1),
    "biases (BitFit)": bitfit,
    "LoRA q, v (r = 8)": lambda model: add_lora(model, 8, 16),
    "adapters (m = 16)": lambda model: add_adapters(model, 16),
    "soft prompt (P = 20)": lambda model: SoftPrompt(model, 20),
}
FULL, LORA = "full tuning", "LoRA q, v (r = 8)"


def bytes_of_weights(model, trained: bool) -> int:
    """The bytes of all weights that are trained, or of those that are not, on the device where the steps run."""
    return sum(p.numel() * p.element_size() for p in model.parameters()
               if p.requires_grad == trained and p.device.type == lesson.device.type)


def listed(names):
    return ", ".join(names) or "none"


# %% [markdown]
# ## Full tuning beside pre-training
# Two steps of each, by the same trainer, with batches of the same shape: full tuning on dialogues and their summaries, and
# pre-training, from random weights, on windows of packed text. Peak is the most bytes of tensors at any moment.

# %%
lesson.section()
MB, GB, n_texts = 1e6, 1e9, 8
guess = lesson.predict("How many times the memory of pre-training does full tuning take?")
task = load_task("dialogue_summary")
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
steps = {"full tuning": peak_of_training(copy.deepcopy(base), texts),
         "pre-training": peak_of_training(Transformer(base.config), [windows[i] for i in range(len(texts))])}
lesson.table("pretraining", ["two steps of", "batch", "peak, MB"], [
    [what, f"{n_texts} x {tokens} tokens", peak / MB] for what, peak in steps.items()])
as_much = steps["full tuning"] / steps["pre-training"]
guess.compare(as_much)
lesson.saw(f"Full tuning takes {as_much:.3f} times the memory of pre-training.")
lesson.claim("full-memory", "peak of a step that tunes all weights / peak of a step of pre-training, same shape of batch",
             [[as_much]], above=1 - CLOSE, below=1 + CLOSE, exact=True)

# %% [markdown]
# ## The base model: part by part, and at the peak
# A step of AdamW in float32. The parts do not add up to the peak, which is where the backward pass starts: there the
# gradients of the weights are not there yet, but the logits and their gradient are. "Peak" is worked out from the parts.
# "Measured" is the most that the tensors of a real step take at any moment. MB are 10^6 bytes.

# %%
lesson.section()
batch, length = (2, 32) if lesson.fast else (8, 128)
guess = lesson.predict(f"{LORA} on our base model, batch {batch} x {length} tokens: which share of full tuning's memory, "
                       "activations included (0 to 1)?")
parts, peaks, share_trained, held = {}, {}, {}, {}
for name, ready in METHODS.items():
    torch.manual_seed(0)
    model = ready(copy.deepcopy(base))
    parts[name], peaks[name] = memory_of(model, batch, length), []
    for seed in lesson.seeds:  # of the random token ids, on which no byte depends
        torch.manual_seed(seed)
        peaks[name].append(measured_peak(model, batch, length))
    share_trained[name] = sum(trainable_parameters(model).values()) / sum(p.numel() for p in model.parameters())
    held[name] = {"trained": bytes_of_weights(model, True), "frozen": bytes_of_weights(model, False)}
shares = {name: peaks[name][0] / peaks[FULL][0] for name in METHODS}
lesson.table("memory", ["MB", "trained", "weights", "gradients", "optimizer", "activations", "logits", "peak", "measured",
                        "of full"],
             [[name, f"{share_trained[name]:.2%}", m.weights / MB, m.gradients / MB, m.optimizer / MB, m.activations / MB,
               m.logits / MB, m.peak / MB, spread([peak / MB for peak in peaks[name]]), f"{shares[name]:.1%}"]
              for name, m in parts.items()])
guess.compare(shares[LORA])
furthest = max(abs(peak / parts[name].peak - 1) for name, own in peaks.items() for peak in own)
lesson.record(furthest_off=furthest, bytes_of_weights_held=held)
lesson.say(f"The peak that is worked out and the one that is measured differ by at most {furthest:.2%}.")
lesson.saw(f"LoRA on q and v peaks at {shares[LORA]:.0%} of full tuning's memory here, activations included.")
peft = [name for name in METHODS if name != FULL]
lesson.claim("peft-share", f"share of the weights that each of the {len(peft)} PEFT methods here trains",
             [[share_trained[name] for name in peft]], above=0.15, below=0.25, seeded=False)
lesson.claim("peft-gpu", "a step of LoRA holds no frozen weights", true=held[LORA]["frozen"] == 0, figure=(
    f"held: {held[LORA]['trained'] / MB:.2f} MB trained, {held[LORA]['frozen'] / MB:.2f} MB frozen weights; "
    f"{parts[LORA].gradients / MB:.2f} MB gradients, {parts[LORA].optimizer / MB:.2f} MB optimizer, "
    f"{parts[LORA].activations / MB:.2f} MB activations"))
lesson.claim("peft-memory", "this model, activations included: LoRA's measured peak / full tuning's", [[shares[LORA]]],
             below=0.20, exact=True)

# %% [markdown]
# ## The batch matters too
# Weights, gradients and optimizer state do not depend on the batch; activations grow with it. So what a method saves in
# memory is no property of the method alone.

# %%
lesson.section()
batches = (1, 4, 16) if lesson.fast else (1, 2, 4, 8, 16, 32, 64)
by_batch = {name: [] for name in METHODS if name != FULL}
for texts in batches:
    whole = memory_of(copy.deepcopy(base), texts, length).peak
    for name, values in by_batch.items():
        values.append(memory_of(METHODS[name](copy.deepcopy(base)), texts, length).peak / whole)
lesson.record(share_of_full_by_batch={"batch": list(batches), **by_batch})
lesson.saw(f"With batches of {batches[0]} to {batches[-1]} texts LoRA's share of full tuning's memory goes from "
           f"{by_batch[LORA][0]:.0%} to {by_batch[LORA][-1]:.0%}.")

with lesson.plot("memory", ncols=2, figsize=(12.5, 4.8)) as (_, (left, right)):
    names, floor = list(METHODS), [0.0] * len(METHODS)
    colours = {"weights": "tab:blue", "optimizer": "tab:red", "activations": "silver", "logits": "dimgrey"}
    for part, colour in colours.items():
        sizes = [getattr(parts[name], part) / MB for name in names]
        left.barh(names, sizes, left=floor, color=colour, label=part, height=0.6)
        floor = [a + b for a, b in zip(floor, sizes, strict=True)]
    left.plot([own[0] / MB for own in peaks.values()], names, "kd", label="measured peak")
    left.invert_yaxis()
    left.set(xlabel="MB", xlim=(0, 1.3 * max(floor)), title=f"The peak of a training step, batch {batch} x {length} tokens")
    left.legend(loc="lower right", fontsize=9)
    for name, values in by_batch.items():
        right.plot(batches, values, marker="o", label=name)
    right.axhspan(0.12, 0.20, color="tab:green", alpha=0.2, label="the course: 12 to 20 %")
    right.set(xscale="log", xlabel=f"batch (texts of {length} tokens)", ylabel="share of full tuning's memory", ylim=(0, 1),
              title="What PEFT saves depends on the batch")
    right.set_xticks(batches, batches)
    right.minorticks_off()
    right.legend(fontsize=8)

# %% [markdown]
# ## Real sizes
# LoRA with r = 8 on q and v, the base in float32 or in bfloat16 (2 bytes a weight). Full tuning is 16 bytes a parameter
# either way: mixed precision keeps a float32 copy of the weights, 2 + 2 + 4 + 8. GB are 10^9 bytes, and activations are
# not in it: they come on top. (70 B counts v as wide as q, which is a little too much: its heads share keys and values.)

# %%
lesson.section()
SIZES, SIZE_NAMES = list(REAL_MODELS.values()), list(REAL_MODELS)  # (parameters, layers, width)
WAYS = {"full": lambda parameters, trained: without_activations(0, parameters),
        "LoRA fp32": lambda parameters, trained: without_activations(parameters, trained),
        "LoRA bf16": lambda parameters, trained: without_activations(parameters, trained, frozen_bytes=2)}
guess = lesson.predict(f"Of the {len(REAL_MODELS)} sizes from 125 M to 70 B, how many fit on one 80 GB GPU with full tuning, "
                       "activations not counted?")
trains = [lora_parameters(layers, width, rank=8) / parameters for parameters, layers, width in SIZES]
needs = {way: [need(parameters, share * parameters) / GB for share, (parameters, _, _) in zip(trains, SIZES, strict=True)]
         for way, need in WAYS.items()}
fits = {way: [size for size, need in zip(REAL_MODELS, values, strict=True) if need <= 80] for way, values in needs.items()}
of_full = {way: [need / full for need, full in zip(needs[way], needs["full"], strict=True)] for way in ("LoRA fp32", "LoRA bf16")}
lesson.table("real_sizes", ["GB", "LoRA trains", *WAYS, *(f"{way} / full" for way in of_full), "fits on 80 GB"],
             [[size, f"{trains[i]:.3%}", *(f"{values[i]:,.1f}" for values in needs.values()),
               *(f"{values[i]:.1%}" for values in of_full.values()), listed(way for way in WAYS if size in fits[way])]
              for i, size in enumerate(REAL_MODELS)])
guess.compare(len(fits["full"]))
from_to = {way: f"{min(values):.1%} to {max(values):.1%}" for way, values in of_full.items()}
lesson.saw(f"At real sizes, without activations, LoRA takes {from_to['LoRA bf16']} of full tuning's memory with a bf16 base, and "
           f"{from_to['LoRA fp32']} with an fp32 one.")
for way, values in of_full.items():
    lesson.claim("peft-memory", f"{SIZE_NAMES[0]} to {SIZE_NAMES[-1]}, without activations: {way} / full tuning", [values],
                 below=0.20, exact=True)

# %% [markdown]
# ## GPT-3, beside the LoRA paper's figures
# 175 billion parameters, 96 layers of width 12,288; Hu et al. 2021 adapt q and v, for the 35 MB with r = 4.

# %%
lesson.section()
parameters, trained = 175e9, lora_parameters(96, 12288, rank=4)
gpt3 = {"training, full": (1200, *[WAYS["full"](parameters, 0) / GB] * 2),  # the paper's GB, ours with fp32 and with bf16
        "training, LoRA": (350, *(WAYS[way](parameters, trained) / GB for way in of_full)),
        "stored, full": (350, 4 * parameters / GB, 2 * parameters / GB),
        "stored, LoRA": (0.035, 4 * trained / GB, 2 * trained / GB)}
lesson.table("gpt3", ["GPT-3 175B, GB", "paper", "fp32 base", "bf16 base", "bf16 / paper"],
             [[what, *(f"{value:,.4g}" for value in values), f"{values[2] / values[0]:.2f}"] for what, values in gpt3.items()])
lesson.saw(f"For LoRA on GPT-3 we compute {gpt3['training, LoRA'][2]:.0f} GB with a bf16 base, without activations; its paper "
           f"says {gpt3['training, LoRA'][0]}.")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
in_range = [f"{name} ({share_trained[name]:.0%})" for name in peft if 0.15 <= share_trained[name] <= 0.25]
below = [name for name in peft if share_trained[name] < 0.15]
lesson.say(f'"Often only 15 to 25 % of the weights train": of the {len(peft)} methods here that holds for {len(in_range)}: '
           f"{listed(in_range)}. {len(below)} train less: {listed(f'{name} {share_trained[name]:.1%}' for name in below)}. For "
           f"LoRA on real sizes it is {max(trains):.2%} down to {min(trains):.2%}.")
fp32, bf16 = (without_activations(1, 0, frozen_bytes=size) / without_activations(0, 1) for size in (4, 2))
inside = {way: sum(0.12 <= share <= 0.20 for share in values) for way, values in of_full.items()}
lesson.say(f'"Memory can fall to 12 to 20 %": without activations the floor, with nothing trained at all, is {fp32:.1%} with '
           f"an fp32 base and {bf16:.1%} with a bf16 one.")
here = [name for name in peft if 0.12 <= shares[name] <= 0.20]
full, lora = parts[FULL], parts[LORA]
saved = (full.optimizer - lora.optimizer) / (full.peak - lora.peak)
reach = f"{listed(here)} reach it" if here else "no method reaches it"
lesson.say(f"On the tiny model, activations included, {reach}: the peaks go from {min(shares[n] for n in peft):.0%} to "
           f"{max(shares[n] for n in peft):.0%} of full tuning's. Activations are {full.activations / full.peak:.0%} of it, "
           f"and LoRA still holds {lora.activations / full.activations:.0%} of them: gradients flow through every layer above "
           f"the first trained one. {saved:.0%} of what it saves at the peak is optimizer state, the rest activations.")
lesson.say(f"One 80 GB GPU, activations not counted, holds full tuning up to {fits['full'][-1]}, LoRA up to "
           f"{fits['LoRA fp32'][-1]} with an fp32 base and {fits['LoRA bf16'][-1]} with a bf16 one.")
per_parameter = 1200 * GB / parameters
lesson.say(f"The paper's 1.2 TB for full tuning of GPT-3 is {per_parameter:.1f} bytes a parameter; ours, 16 bytes, is "
           f"{gpt3['training, full'][1] / 1200:.2f} times as much, so its run held less than float32 AdamW does.")
lesson.record(floor_fp32=fp32, floor_bf16=bf16, sizes_within_12_to_20_percent=inside, fits_on_80_gb=fits,
              lora_keeps_of_activations=lora.activations / full.activations, paper_bytes_a_parameter=per_parameter)
lesson.finish("tests/test_memory.py")
