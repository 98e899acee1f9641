# %% [markdown]
# # 16. Switching tasks: one base, one small file for each
#
# **The course says:** with PEFT each task stores only its own small weights, which are swapped in when the model is used. PEFT
# methods differ in how many weights they train, in memory, in training speed, in quality, and in what they cost at inference.
#
# **The question:** can one model in memory serve several tasks, and what does one more task then cost?
#
# Read beside it: tinyllm/peft/saved.py, tinyllm/peft/switching.py

# %%
from lesson import Lesson

lesson = Lesson("16_switching_tasks", minutes=0.3)

import copy
import random
import time
from statistics import median

import torch
from ledger import error_of
from measure import Questions, against, decoding_seconds, mean_of, means, percent, ratios, spread, training_seconds, tune

from tinyllm import peft
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, collate, instructions, load_task, render_all
from tinyllm.generate import complete
from tinyllm.memory import measured_peak
from tinyllm.peft.saved import fingerprint, read_adapter

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_train, n_test, BATCH = (16, 8, 8) if lesson.fast else (500, 50, 8)
base_bytes = (WORLD / "base" / "weights.pt").stat().st_size

# %% [markdown]
# ## Three LoRA files on one base
#
# One model learns three tasks, one after the other. For each, LoRA (r = 4 on all projections) is put in, trained, saved, and
# taken off again. So no task's parts know of the others, and the base is the same before and after, bit for bit. Then the parts
# of each task are switched on in turn and asked about all three tasks. Look at the diagonal of the table, where a task meets its
# own parts, and at what foreign parts do. They can help, since they all teach the model to give a short answer and to stop, which
# the base does not know. They can hurt where their own answers have another form than those asked for. Each score is a mean over
# the task's questions. With more than one seed the lowest and the highest seed stand behind it.

# %%
lesson.section()
TASKS = "sentiment", "topic", "translation"
tasks, files = {name: load_task(name) for name in TASKS}, {name: lesson.folder / f"{name}.pt" for name in TASKS}
tests = {name: Questions.of(tokenizer, task, task.test[:n_test]) for name, task in tasks.items()}
size_guess = lesson.predict("How large is a task's file, as a share of the base model's (0 to 1)?")
wrong_guess = lesson.predict("Reviews are asked with the translation task's parts on. What share of them does it label right "
                             "(0 to 1)? Only the bare label counts.")
untouched, scores, written = fingerprint(base), {(on, task): [] for on in (None, *TASKS) for task in TASKS}, {}
for seed in lesson.seeds:
    for name, task in tasks.items():
        torch.manual_seed(seed)  # LoRA's A starts at random
        peft.add_lora(base, 4, 8, "all")
        tune(lesson, base, tokenizer, instructions(task.train[:n_train], task.templates, seed=1), 5e-3, seed, BATCH)
        peft.save_adapter(base, files[name])
        peft.remove_lora(base)
    adapters = peft.Adapters(base)
    for name, path in files.items():
        adapters.add(name, path)
    for on, task in scores:
        adapters.switch(on)
        written[on, task] = tests[task].answers(base)
        scores[on, task].append(tests[task].score(written[on, task]))
    adapters.switch(None)
assert fingerprint(base) == untouched, "the base has changed"
number = tests["sentiment"].telling(written["translation", "sentiment"])
tests["sentiment"].show({"base": written[None, "sentiment"], "with its own LoRA file it": written["sentiment", "sentiment"],
                         "with the translation file it": written["translation", "sentiment"]}, number)
METRICS = {"exact_match": "accuracy", "token_f1": "token F1"}
lesson.table("scores", ["switched on", *(f"{name} ({METRICS[task.metric]})" for name, task in tasks.items())], [
    [on or "none: the base", *(spread(means(scores[on, task])) for task in TASKS)] for on in (None, *TASKS)])
sizes = {name: path.stat().st_size for name, path in files.items()}
wrong_guess.compare(mean_of(scores["translation", "sentiment"]))
size_guess.compare(max(sizes.values()) / base_bytes)
lesson.claim("peft-store", "bytes of a task's file / bytes of a whole model's file, one for each task",
             [[size / base_bytes for size in sizes.values()]], below=0.1, exact=True)
score = {pair: mean_of(own) for pair, own in scores.items()}
gains = {(on, task): against(scores[on, task], scores[None, task]) for on, task in scores if on not in (None, task)}
helped = sum(mean_of(gain) > error_of(gain) for gain in gains.values())
hurt = sum(mean_of(gain) < -error_of(gain) for gain in gains.values())
lesson.saw("With its own LoRA file each task goes " + ", ".join(
    f"from {score[None, task]:.2f} to {score[task, task]:.2f} ({task})" for task in TASKS)
    + f". Of {len(gains)} foreign ones {helped} clearly help and {hurt} clearly hurt: by more than their error.")

best = sum(max(scores, key=lambda pair, task=task: score[pair] * (pair[1] == task))[0] == task for task in TASKS)
finding = f"{best} of {len(TASKS)} tasks score best with their own file; of {len(gains)} foreign ones {helped} help, {hurt} hurt"
with lesson.plot("switching", finding, figsize=(8.5, 6)) as (fig, axes):
    grid = [[score[on, task] for task in TASKS] for on in (None, *TASKS)]
    shown = axes.imshow(grid, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for y, row in enumerate(grid):
        for x, value in enumerate(row):
            axes.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=18, color="white" if value > 0.6 else "black")
    axes.set_xticks(range(len(TASKS)), TASKS)
    axes.set_yticks(range(len(grid)), ["none", *TASKS])
    axes.set(xlabel="asked", ylabel="LoRA file switched on")
    fig.colorbar(shown, label="score")

# %% [markdown]
# ## Mixed requests
#
# Requests of all three tasks come in, mixed, and each says what task it is of. If they are grouped by task, a task needs one
# switch, and its requests are answered in one batch. The parts of all tasks are small enough to stay in memory, and to switch is
# to put other layers in place. Without PEFT one has to keep a whole model for each task in memory, or read one for each switch.
# A LoRA file takes longer to read than its size suggests, because it is checked first: does it belong to this base (a hash of
# all the base's weights), and does it fit (for which an outline of the model with its parts is built)?


# %%
lesson.section()
def serve(requests: list[tuple[str, str]]) -> list[str]:
    """The answers to (task, prompt) requests in their order, each with its own task's parts on."""
    answers = [""] * len(requests)
    for name in dict.fromkeys(task for task, _ in requests):
        adapters.switch(name)
        rows = [i for i, (task, _) in enumerate(requests) if task == name]
        for i, answer in zip(rows, complete(base, tokenizer, [requests[i][1] for i in rows], 30), strict=True):
            answers[i] = answer
    return answers


def milliseconds(*works) -> float:
    """The median time that these take."""
    seconds = []
    for work in works:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)


guess = lesson.predict("How many milliseconds does it take to switch to another task's parts?")
requests = [(name, prompt) for name in TASKS for prompt in tests[name].prompts[:2 if lesson.fast else 8]]
random.Random(0).shuffle(requests)
switch = milliseconds(*[lambda name=name: adapters.switch(name) for _ in range(20) for name in TASKS])
times = {f"answering {len(requests)} requests, grouped by task": milliseconds(lambda: serve(requests)),
         "answering them one by one": milliseconds(lambda: [serve([request]) for request in requests]),
         "switching to another task's parts": switch}
adapters.switch(None)
plain, _ = load_model(WORLD / "base", device=lesson.device)
times["reading a LoRA file onto the base"] = load = milliseconds(
    *[lambda path=path: peft.remove_lora(peft.load_adapter(plain, path)) for path in files.values()])
times["of this, opening and checking it"] = check = milliseconds(*[lambda p=p: read_adapter(plain, p) for p in files.values()])
times["reading a whole model's file"] = read = milliseconds(*[lambda: load_model(WORLD / "base", device=lesson.device)] * 3)
lesson.table("times", ["what", "milliseconds"], [[what, value] for what, value in times.items()])
guess.compare(switch)
size, which = max(sizes.values()) / 1e6, "faster" if load < read else "no faster"
lesson.saw(f"Switching in memory takes {switch:.1f} ms. From disk a LoRA file ({load:.0f} ms, of which {check:.0f} for opening "
           f"and checking it) is {which} than a whole model ({read:.0f} ms). What is saved is room: {size:.2g} MB a task "
           f"instead of {base_bytes / 1e6:.1f} MB.")

# %% [markdown]
# ## What each method costs
#
# The methods of these lessons side by side, on examples of translation. The weights trained (of the base's), the bytes stored and
# the peak of memory are the same in every run. These texts are shorter than lesson 11's, so activations count less, and LoRA's
# share of the peak is lower than there. The times are measured in turns, and full tuning stands there twice: how far its second
# row is from 1 shows what chance alone does. Bottleneck adapters and LoRA add layers that run behind or beside the others, and a
# soft prompt adds tokens. LoRA alone can be merged (lesson 13); the model then has the base's layers again, and serves one task
# only. The last layer and the biases are the base's own weights. They cost nothing extra, but before another task the old values
# must be put back.

# %%
lesson.section()
METHODS = {"full tuning": lambda model: model.requires_grad_(True),
           "last layer": lambda model: peft.last_layers(model, 1), "biases": peft.bitfit,
           "bottleneck adapters (M = 16)": lambda model: peft.add_adapters(model, 16),
           "LoRA q, v": lambda model: peft.add_lora(model, 8, 16),
           "LoRA all": lambda model: peft.add_lora(model, 8, 16, "all"), "soft prompt": lambda model: peft.SoftPrompt(model, 20)}
FULL, LORA = "full tuning", "LoRA q, v"
guess = lesson.predict(f"Which share of full tuning's stored file is that of {LORA} (0 to 1)?")
rendered = render_all(tokenizer, instructions(tasks["translation"].train[:BATCH], tasks["translation"].templates, seed=1))
ids, targets = (side.to(lesson.device) for side in collate(rendered))
models = {name: make_ready(copy.deepcopy(plain)) for name, make_ready in METHODS.items()}
stored, n_rounds = {}, 2 if lesson.fast else 5
for name, model in models.items():
    path = lesson.folder / name.replace(", ", "_").replace(" ", "_") / "weights.pt"
    save_model(path.parent, model, tokenizer) if name == FULL else peft.save_adapter(model, path)
    stored[name] = path.stat().st_size
peak = {name: measured_peak(model, *ids.shape) for name, model in models.items()}
trained = {name: sum(peft.trainable_parameters(model).values()) for name, model in models.items()}
steps = training_seconds({**models, "again": copy.deepcopy(plain).requires_grad_(True)}, ids, targets, n_rounds)
decoding = decoding_seconds({**models, "again": plain}, tokenizer.encode_many(tests["translation"].prompts[:8]), 32, n_rounds)
step, writing = ({name: median(ratios(seconds, name, to=FULL)) for name in seconds} for seconds in (steps, decoding))
lesson.table("methods", ["method", "trained", "stored, KB", "peak / full's", "step / full's", "writing / full's"], [
    *([name, percent(trained[name] / trained[FULL]), f"{stored[name] / 1e3:,.0f}", peak[name] / peak[FULL], step[name],
       writing[name]] for name in METHODS), ["full tuning, again", "", "", "", step["again"], writing["again"]]])
guess.compare(stored[LORA] / stored[FULL])
lesson.saw(f"{LORA} stores {stored[LORA] / 1e3:,.0f} KB where full tuning stores {stored[FULL] / 1e3:,.0f}. A step peaks at "
           f"{peak[LORA] / peak[FULL]:.2f} of full tuning's memory and takes {step[LORA]:.2f} of its time.")
gained = sum(mean_of(gain) > error_of(gain) for gain in (against(scores[task, task], scores[None, task]) for task in TASKS))
lesson.saw(f"Can one model serve several tasks? {gained} of {len(TASKS)} gain clearly with their own LoRA file. One more costs "
           f"{size:.2g} MB, {switch:.1f} ms a switch, and unmerged (r = 8) {writing['LoRA all']:.2f} times the time to write.")
lesson.record(clearly_helped=helped, clearly_hurt=hurt, bytes_of_a_file=sizes, questions=n_test, examples=n_train)
lesson.finish("tests/test_saved.py")
