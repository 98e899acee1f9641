# %% [markdown]
# # 11. Why PEFT: what training holds in memory
#
# **The course says:** PEFT trains few of the weights (often only 15 to 25 %), or adds few new ones. Memory can
# fall to 12 to 20 % of full fine-tuning's, so that one GPU may do.
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

import torch
from measure import spread

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD
from tinyllm.memory import (
    REAL_MODELS,
    computed_memory,
    lora_parameters,
    measured_memory,
    measured_peak,
    without_activations,
)
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


def listed(names):
    return ", ".join(names) or "none"


# %% [markdown]
# ## The base model: computed, and measured
# A step of AdamW in float32. Computed is what follows from the shapes: the parts, and the peak, where the backward pass
# starts. There the gradients of the weights are not there yet, but the logits and their gradient are. Measured is the most
# that the tensors of a real step take at any moment, and, part by part, what PyTorch keeps. MB are 10^6 bytes.

# %%
lesson.section()
batch, length = (2, 32) if lesson.fast else (8, 128)
MB, GB = 1e6, 1e9
guess = lesson.predict(f"{LORA} on our base model, batch {batch} x {length} tokens: which share of full tuning's memory, "
                       "activations included (0 to 1)?")
computed, parts, peaks, share_trained = {}, {}, {}, {}
for name, ready in METHODS.items():
    torch.manual_seed(0)
    model = ready(copy.deepcopy(base))
    computed[name], parts[name] = computed_memory(model, batch, length), measured_memory(model, batch, length)
    peaks[name] = []
    for seed in lesson.seeds:  # of the random token ids, on which no byte depends
        torch.manual_seed(seed)
        peaks[name].append(measured_peak(model, batch, length))
    share_trained[name] = sum(trainable_parameters(model).values()) / sum(p.numel() for p in model.parameters())
shares = {name: peaks[name][0] / peaks[FULL][0] for name in METHODS}
lesson.table("memory", ["MB", "trained", "weights", "gradients", "optimizer", "activations", "logits", "peak", "measured",
                        "of full"],
             [[name, f"{share_trained[name]:.2%}", m.weights / MB, m.gradients / MB, m.optimizer / MB, m.activations / MB,
               m.logits / MB, m.peak / MB, spread([peak / MB for peak in peaks[name]]), f"{shares[name]:.1%}"]
              for name, m in computed.items()])
guess.compare(shares[LORA])
furthest = {"part": max(abs(getattr(parts[name], part) / (getattr(m, part) or 1) - 1) for name, m in computed.items()
                        for part in ("weights", "gradients", "optimizer", "activations", "logits")),
            "peak": max(abs(peak / computed[name].peak - 1) for name, own in peaks.items() for peak in own)}
lesson.record(furthest_off=furthest)
lesson.say(f"Measured and computed differ by at most {furthest['part']:.2%} in a part, and {furthest['peak']:.2%} in the peak.")

# %% [markdown]
# ## The batch matters too
# Weights, gradients and optimizer state do not depend on the batch; activations grow with it. So what a method saves in
# memory is no property of the method alone.

# %%
lesson.section()
batches = (1, 4, 16) if lesson.fast else (1, 2, 4, 8, 16, 32, 64)
by_batch = {name: [] for name in METHODS if name != FULL}
for texts in batches:
    whole = computed_memory(copy.deepcopy(base), texts, length).peak
    for name, values in by_batch.items():
        values.append(computed_memory(METHODS[name](copy.deepcopy(base)), texts, length).peak / whole)
lesson.record(share_of_full_by_batch={"batch": list(batches), **by_batch})

with lesson.plot("memory", ncols=2, figsize=(12.5, 4.8)) as (_, (left, right)):
    names, floor = list(METHODS), [0.0] * len(METHODS)
    colours = {"weights": "tab:blue", "optimizer": "tab:red", "activations": "silver", "logits": "dimgrey"}
    for part, colour in colours.items():
        sizes = [getattr(computed[name], part) / MB for name in names]
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
SIZES = list(REAL_MODELS.values())  # (parameters, layers, width)
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

# %% [markdown]
# ## What was seen

# %%
lesson.section()
peft = [name for name in METHODS if name != FULL]
in_range = [f"{name} ({share_trained[name]:.0%})" for name in peft if 0.15 <= share_trained[name] <= 0.25]
below = [name for name in peft if share_trained[name] < 0.15]
lesson.say(f'"Often only 15 to 25 % of the weights train": of the {len(peft)} methods here that holds for {len(in_range)}: '
           f"{listed(in_range)}. {len(below)} train less: {listed(f'{name} {share_trained[name]:.1%}' for name in below)}. For "
           f"LoRA on real sizes it is {max(trains):.2%} down to {min(trains):.2%}.")
fp32, bf16 = (without_activations(1, 0, frozen_bytes=size) / without_activations(0, 1) for size in (4, 2))
inside = {way: sum(0.12 <= share <= 0.20 for share in values) for way, values in of_full.items()}
lesson.say(f'"Memory can fall to 12 to 20 %": without activations the floor, with nothing trained at all, is {fp32:.1%} with '
           f"an fp32 base and {bf16:.1%} with a bf16 one. " + " ".join(
               f"{way}: {min(of_full[way]):.1%} to {max(of_full[way]):.1%} of full tuning, within the course's range for "
               f"{count} of {len(trains)} sizes." for way, count in inside.items()))
here = [name for name in peft if 0.12 <= shares[name] <= 0.20]
full, lora = computed[FULL], computed[LORA]
saved = (full.optimizer - lora.optimizer) / (full.peak - lora.peak)
reach = f"{listed(here)} reach it" if here else "no method reaches it"
lesson.say(f"On the tiny model, activations included, {reach}: the peaks go from {min(shares[n] for n in peft):.0%} to "
           f"{max(shares[n] for n in peft):.0%} of full tuning's. Activations are {full.activations / full.peak:.0%} of it, "
           f"and LoRA still holds {lora.activations / full.activations:.0%} of them: gradients flow through every layer above "
           f"the first trained one. {saved:.0%} of what it saves at the peak is optimizer state, the rest activations. Over "
           f"batches of {batches[0]} to {batches[-1]} its share of full tuning goes from {by_batch[LORA][0]:.0%} to "
           f"{by_batch[LORA][-1]:.0%}.")
lesson.say(f"One 80 GB GPU, activations not counted, holds full tuning up to {fits['full'][-1]}, LoRA up to "
           f"{fits['LoRA fp32'][-1]} with an fp32 base and {fits['LoRA bf16'][-1]} with a bf16 one.")
per_parameter, paper_share = 1200 * GB / parameters, 350 / 1200
lesson.say(f"The paper's 350 GB for LoRA on GPT-3 is what we compute for 2 bytes a weight ({gpt3['training, LoRA'][2]:.1f} GB), "
           f"without activations. Its 1.2 TB for full tuning is {per_parameter:.1f} bytes a parameter; ours, 16 bytes, is "
           f"{gpt3['training, full'][1] / 1200:.2f} times as much, so its run held less than float32 AdamW does. By the paper's "
           f"own figures LoRA took {paper_share:.0%} of full tuning's memory, "
           f"{'within' if 0.12 <= paper_share <= 0.20 else 'not within'} 12 to 20 %.")
lesson.record(floor_fp32=fp32, floor_bf16=bf16, sizes_within_12_to_20_percent=inside, fits_on_80_gb=fits,
              lora_keeps_of_activations=lora.activations / full.activations, paper_bytes_a_parameter=per_parameter)
lesson.saw(f"with LoRA {shares[LORA]:.0%} of full tuning's peak here, activations included; without them at 70 B "
                    f"{of_full['LoRA bf16'][-1]:.1%} with a bf16 base, {of_full['LoRA fp32'][-1]:.1%} with an fp32 one")
lesson.finish("tests/test_memory.py")
