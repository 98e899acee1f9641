# %% [markdown]
# # 16. Switching tasks: one base, one small file for each
#
# **The course says:** With PEFT each task stores only its own small weights, which are swapped in at inference. The
# trade-offs are quality, inference cost, training speed, memory and parameters.
#
# Three LoRA adapters are trained on one base model and saved, a small file each. Requests for all three tasks come in
# mixed and are answered by the one base. Then the table that the course never shows, what every method of these lessons
# costs: share trained, file size, training memory and time, decoding time.
#
# Read beside it: tinyllm/peft/saved.py, tinyllm/peft/switching.py, tinyllm/peft/parts.py

# %%
from lesson import Lesson

lesson = Lesson("16_switching_tasks", minutes=0.5)

import copy
import math
import random
import time
from statistics import mean, median

import torch
from measure import Questions, decoding_seconds, ratios, spread, tune

from tinyllm import peft
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, instructions, load_task, render_all
from tinyllm.generate import complete
from tinyllm.memory import measured_peak
from tinyllm.peft.saved import fingerprint

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_few, n_cost, n_test = (16, 16, 8) if lesson.fast else (500, 104, 50)
BATCH = 8


def test_of(name: str) -> Questions:
    task = load_task(name)
    return Questions.of(tokenizer, task, task.test[:n_test])


# %% [markdown]
# ## Three adapters on one base
# LoRA with r = 4 on all projections. After each training it is saved and taken off again: the base stays as it was.

# %%
lesson.section()
TASKS = "sentiment", "topic", "translation"
tests, files = {name: test_of(name) for name in TASKS}, {name: lesson.folder / f"{name}.pt" for name in TASKS}
guess_size = lesson.predict("How large is one task's adapter file, as a share of the base model's weights file (0 to 1)?")
guess_wrong = lesson.predict("Reviews are asked with the translation adapter on: which share of the answers is right, where any "
                             "but the label itself is wrong (0 to 1)?")
untouched, matrix = fingerprint(base), {(on, task): [] for on in (None, *TASKS) for task in TASKS}
written = {}
for seed in lesson.seeds:
    for name in TASKS:
        torch.manual_seed(seed)
        task = load_task(name)
        peft.add_lora(base, 4, 8, "all")
        tune(lesson, base, tokenizer, instructions(task.train[:n_few], task.templates, seed=1), 5e-3, seed, BATCH)
        peft.save_adapter(base, files[name])
        peft.remove_lora(base)
    adapters = peft.Adapters(base)
    for name, path in files.items():
        adapters.add(name, path)
    for (on, task), scores in matrix.items():
        adapters.switch(on)
        written[on, task] = tests[task].answers(base)
        scores.append(mean(tests[task].score(written[on, task])))
    adapters.switch(None)
assert fingerprint(base) == untouched, "the base has changed"
tests["sentiment"].show({"base": written[None, "sentiment"]} | {
    f"with the {on} adapter it": written[on, "sentiment"] for on in ("sentiment", "translation")})
lesson.table("matrix", ["switched on", *(f"asked: {task}" for task in TASKS)],
             [[on or "none: the base", *(spread(matrix[on, task]) for task in TASKS)] for on in (None, *TASKS)])
guess_wrong.compare(mean(matrix["translation", "sentiment"]))
base_bytes, sizes = (WORLD / "base" / "weights.pt").stat().st_size, {name: path.stat().st_size for name, path in files.items()}
lesson.table("disk", ["file", "bytes", "share of the base"], [["weights of the base", base_bytes, 1.0], *(
    [f"adapter: {name}", size, size / base_bytes] for name, size in sizes.items())])
guess_size.compare(mean(sizes.values()) / base_bytes)
lesson.claim("peft-store", "bytes of a task's file / bytes of a whole model's file, one for each task",
             [[size / base_bytes for size in sizes.values()]], below=1, exact=True)
own = mean(mean(matrix[task, task]) for task in TASKS)
foreign = mean(mean(matrix[on, task]) for on in TASKS for task in TASKS if on != task)
lesson.saw(f"An adapter's file is {mean(sizes.values()) / base_bytes:.1%} of the base's; it scores {own:.2f} on its own task and "
           f"{foreign:.2f} on the other two.")

# %% [markdown]
# ## Mixed requests
# Each says what task it is of. Grouped by task they need one switch a task, and the requests of a task share a batch.


# %%
lesson.section()
def serve(requests: list[tuple[str, str]]) -> list[str]:
    """The answers to (task, prompt) requests in their order, each by the adapter of its task."""
    answers = [""] * len(requests)
    for name in dict.fromkeys(task for task, _ in requests):
        adapters.switch(name)
        rows = [i for i, (task, _) in enumerate(requests) if task == name]
        for i, answer in zip(rows, complete(base, tokenizer, [requests[i][1] for i in rows], 30), strict=True):
            answers[i] = answer
    return answers


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


requests = [(name, prompt) for name in TASKS for prompt in tests[name].prompts[:2 if lesson.fast else 8]]
random.Random(0).shuffle(requests)
right = {(name, prompt): valid for name, test in tests.items()
         for prompt, valid in zip(test.prompts, test.references, strict=True)}
lesson.table("requests", ["task", "request (its end)", "answer", "right"],
             [[request[0], "..." + request[1].replace("\n", " / ")[-60:], answer, "yes" if answer in right[request] else "no"]
              for request, answer in zip(requests[:6], serve(requests), strict=False)])
batch, single = timed(lambda: serve(requests)), timed(lambda: [serve([request]) for request in requests])
switch = median(timed(lambda name=name: adapters.switch(name)) for _ in range(20 if lesson.fast else 100) for name in TASKS)
adapters.switch(None)
read = median(timed(lambda: load_model(WORLD / "base", device=lesson.device)) for _ in range(3))
plain = copy.deepcopy(base)
load = median(timed(lambda name=name: peft.remove_lora(peft.load_adapter(plain, files[name]))) for name in TASKS)
check = median(timed(lambda: fingerprint(plain)) for _ in TASKS)
lesson.table("times", ["what", "milliseconds"], [
    [f"{len(requests)} requests, grouped by task", 1000 * batch], ["the same, one by one", 1000 * single],
    ["switching to another adapter in memory", 1000 * switch], ["reading an adapter's file", 1000 * load],
    ["of that, checking that the base is the right one", 1000 * check],
    ["reading a whole model's file", 1000 * read]])
lesson.saw(f"Switching to another adapter takes {1000 * switch:.1f} milliseconds, reading a whole model {1000 * read:.0f}.")

# %% [markdown]
# ## Every method: what it costs
# Each method trains on the same few examples of translation, one after the other. (What the methods learn and forget is
# lesson 6's.) Peak memory is that of a training step on 8 texts as long as the longest example, all tensors counted. What is
# saved is the trained weights alone; with full tuning that is a whole model.

# %%
lesson.section()
plain, _ = load_model(WORLD / "base", device=lesson.device)
METHODS = {  # name -> what makes a model ready
    "full tuning": lambda model: model, "last layer": lambda model: peft.last_layers(model, 1), "biases": peft.bitfit,
    "adapters": lambda model: peft.add_adapters(model, 16), "LoRA q, v": lambda model: peft.add_lora(model, 8, 16),
    "LoRA all": lambda model: peft.add_lora(model, 8, 16, "all"),
    "soft prompt": lambda model: peft.SoftPrompt(model, 20, "vocabulary")}
FULL, *PEFT = METHODS
french = load_task("translation")
pairs = instructions(french.train[:n_cost], french.templates, seed=1)
longest = max(len(ids) for ids, _ in render_all(tokenizer, pairs))
probe = torch.tensor([tokenizer.encode(pairs[0][0])], device=lesson.device)
guess = lesson.predict("LoRA on q and v: which share of full tuning's peak memory does a training step take (0 to 1)?")
models, paths, seconds = {}, {}, {name: [] for name in METHODS}
for seed in lesson.seeds:
    for name, ready in METHODS.items():
        torch.manual_seed(seed)
        models[name] = model = ready(copy.deepcopy(plain))
        seconds[name].append(timed(lambda model=model, seed=seed: tune(lesson, model, tokenizer, pairs, 1e-3, seed, BATCH)))
        paths[name] = lesson.folder / name.replace(", ", "_").replace(" ", "_") / "weights.pt"
        if name in PEFT:
            peft.save_adapter(model, paths[name])
        else:
            save_model(paths[name].parent, model, tokenizer)
for name in PEFT:  # from its file onto a fresh base: taken off, the model is what it was, bit for bit
    fresh = copy.deepcopy(plain)
    adapted = peft.load_adapter(fresh, paths[name])
    with torch.inference_mode():
        assert not torch.equal(adapted(probe), plain(probe)), f"{name}: the adapter does nothing"
        if name in ("last layer", "biases"):  # these have no parts to take off: they change the base itself
            continue
        with peft.base_only(fresh):
            assert torch.equal(fresh(probe), plain(probe)), f"{name}: the base has changed"

# Decoding: what was trained in place has the shape from before, so only what was added is timed, in turn with the base.
served = {name: models[name] for name in PEFT if name not in ("last layer", "biases")} | {
    f"{name}, merged": peft.merge_lora(peft.load_adapter(copy.deepcopy(plain), paths[name]))
    for name in ("LoRA q, v", "LoRA all")}
prompts = torch.randint(0, len(plain.embedding.weight), (8, 32), generator=torch.Generator().manual_seed(0)).tolist()
times = decoding_seconds({"base": plain, "base again": plain, **served}, prompts, 32, rounds=1 if lesson.fast else 5)
slower = {name: median(ratios(times, name, to="base")) for name in times}
total = sum(parameter.numel() for parameter in plain.parameters())
share = {name: sum(peft.trainable_parameters(model).values()) / total for name, model in models.items()}
stored = {name: path.stat().st_size for name, path in paths.items()}
memory = {name: measured_peak(model, BATCH, longest) for name, model in models.items()}
lesson.table("methods", ["method", "trained", "stored, KB", "peak, MB", f"seconds to train {math.ceil(n_cost / BATCH)} steps",
                         "decoding, base = 1", "merged"],
             [[name, f"{share[name]:.2%}", f"{stored[name] / 1e3:,.0f}", f"{memory[name] / 1e6:.1f}", mean(seconds[name]),
               slower.get(name, "as the base"), slower.get(f"{name}, merged", "")] for name in METHODS])
print("Decoding: seconds to write the same tokens, the base's being 1. (The base a second time: "
      f"{slower['base again']:.2f}; what that is off 1 is chance.)")
guess.compare(memory["LoRA q, v"] / memory[FULL])
lesson.saw(f"LoRA on q and v peaks at {memory['LoRA q, v'] / memory[FULL]:.0%} of full tuning's memory, and stores "
           f"{stored['LoRA q, v'] / 1e3:,.0f} KB instead of {stored[FULL] / 1e3:,.0f}.")

with lesson.plot("switching", figsize=(6.5, 4.2)) as (fig, axes):
    grid = [[mean(matrix[on, task]) for task in TASKS] for on in (None, *TASKS)]
    shown = axes.imshow(grid, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for y, row in enumerate(grid):
        for x, value in enumerate(row):
            axes.text(x, y, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.6 else "black")
    axes.set_xticks(range(len(TASKS)), TASKS)
    axes.set_yticks(range(len(grid)), ["none: the base", *TASKS])
    axes.set(xlabel="asked", ylabel="adapter switched on", title="One base, three adapters: score on each task")
    fig.colorbar(shown)
with lesson.plot("methods", figsize=(7, 4.5)) as (_, axes):
    for name in METHODS:
        axes.plot(share[name], memory[name] / 1e6, "o", color="tab:blue", markersize=8)
        left, below = name in (FULL, "last layer"), name == "LoRA q, v"
        axes.annotate(name, (share[name], memory[name] / 1e6), xytext=(-7 if left else 7, -13 if below else 6),
                      textcoords="offset points", ha="right" if left else "left", fontsize=9)
    axes.set(xscale="log", ylim=(0, 1.15 * max(memory.values()) / 1e6), xlabel="share of the weights that is trained",
             ylabel="peak of a training step, MB", title="Memory, for how many weights")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
alone = mean(mean(matrix[None, task]) for task in TASKS)
best_own = all(mean(matrix[task, task]) > mean(matrix[on, task]) for on in (None, *TASKS) for task in TASKS if on != task)
adapter = mean(sizes.values())
lesson.say(f"The base alone scores {alone:.2f}. {'Each' if best_own else 'Not each'} task is answered best by its own adapter. A "
           f"file is {adapter / 1e3:,.0f} KB, so {base_bytes / adapter:.0f} of them take the room of one more base; the base "
           "itself is bit for bit what it was.")
lesson.say(f"Reading an adapter's file took {1000 * load:.0f} milliseconds, of them {1000 * check:.0f} to check the base. Mixed "
           f"requests took {'less' if batch < single else 'no less'} time grouped by task than one by one.")
lesson.say("LoRA, adapters and the soft prompt, loaded on a fresh base and taken off again, leave it bit for bit as it was. "
           "Weights that were trained in place cannot be taken off.")
lesson.say(f"Decoding takes {slower['LoRA all']:.2f} times as long with LoRA on all layers, {slower['adapters']:.2f} with "
           f"adapters; merged, LoRA takes {slower['LoRA all, merged']:.2f}, but is a whole model again.")
lesson.record(own_task=own, foreign_task=foreign)
lesson.finish("tests/test_saved.py")
