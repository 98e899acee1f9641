# %% [markdown]
# # 16. Switching tasks: one base, one small file for each
#
# **The course says:** With PEFT each task stores only its own small weights, which are swapped in at inference;
# forgetting is much less than with full fine-tuning. The trade-offs are quality, inference cost, training
# speed, memory and parameters.
#
# Three LoRA adapters are trained on one base model and saved, a small file each. Requests for all three tasks come in
# mixed and are answered by the one base. Then the table that the course never shows, every method of these lessons beside the
# others: share trained, file size, training memory and time, scores on the new task and on others, decoding time.
#
# Read beside it: tinyllm/peft/saved.py, tinyllm/peft/parts.py

# %%
from lesson import Lesson

lesson = Lesson("16_switching_tasks", minutes=1.1)

import copy
import random
import time
from statistics import mean, median

import torch
from measure import Questions, decoding_seconds, instruct_model, paired, ratios, spread, tune

from tinyllm import peft
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, instructions, load_task, render_all
from tinyllm.generate import complete
from tinyllm.memory import measured_peak
from tinyllm.peft.saved import fingerprint

base, tokenizer = load_model(WORLD / "base", device=lesson.device)
n_few, n_train, n_test = (16, 16, 8) if lesson.fast else (500, 700, 50)
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
        scores.append(mean(tests[task].scores(base)))
    adapters.switch(None)
assert fingerprint(base) == untouched, "the base has changed"
lesson.table("matrix", ["switched on", *(f"asked: {task}" for task in TASKS)],
             [[on or "none: the base", *(spread(matrix[on, task]) for task in TASKS)] for on in (None, *TASKS)])
guess_wrong.compare(mean(matrix["translation", "sentiment"]))
base_bytes, sizes = (WORLD / "base" / "weights.pt").stat().st_size, {name: path.stat().st_size for name, path in files.items()}
lesson.table("disk", ["file", "bytes", "share of the base"], [["weights of the base", base_bytes, 1.0], *(
    [f"adapter: {name}", size, size / base_bytes] for name, size in sizes.items())])
guess_size.compare(mean(sizes.values()) / base_bytes)

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

# %% [markdown]
# ## Every method: what it costs, learns and forgets
# The instruct model of lesson 5 learns something new: French into English. Other tasks are the mean over three that it
# knows, and English into French, asked while the method is switched on. Each method's learning rate comes from a trial on
# 100 validation questions of the new task: of two or three rates the lowest that came within 0.03 of the best. (A higher one
# learns a little more, and forgets more.) Full tuning is also shown at a gentler rate. Peak memory is that of a training step
# on 8 texts as long as the longest example, all tensors counted.

# %%
lesson.section()
instruct, _ = instruct_model(lesson)
METHODS = {  # name -> (what makes a model ready, learning rate)
    "full tuning": (lambda model: model, 1e-3), "gentle full": (lambda model: model, 3e-4),
    "last layer": (lambda model: peft.last_layers(model, 1), 1e-2), "biases": (peft.bitfit, 5e-3),
    "adapters": (lambda model: peft.add_adapters(model, 16), 1e-2),
    "LoRA q, v": (lambda model: peft.add_lora(model, 8, 16), 1e-2),
    "LoRA all": (lambda model: peft.add_lora(model, 8, 16, "all"), 5e-3),
    "soft prompt": (lambda model: peft.SoftPrompt(model, 20, "vocabulary"), 1e-2)}
FULL, GENTLE, *PEFT = METHODS
french = load_task("translation")
pairs, new_test = ([(f"Translate into English: {e.completion}\nEnglish:", e.fields["english"]) for e in examples]
                   for examples in (french.train[:n_train], french.test[:2 * n_test]))
new_test = Questions(tokenizer, [prompt for prompt, _ in new_test], [[answer] for _, answer in new_test], "token_f1")
other_tests = [test_of(name) for name in ("sentiment", "topic", "multiple_choice", "translation")]
longest = max(len(ids) for ids, _ in render_all(tokenizer, pairs))
probe = torch.tensor([tokenizer.encode(pairs[0][0])], device=lesson.device)


def on_others(model) -> list[float]:
    return [score for test in other_tests for score in test.scores(model)]


guess = lesson.predict("Does full tuning (not the gentler one) forget more of the other tasks than every PEFT method?",
                       ["Yes, more than every one.", "No, some PEFT method forgets as much or more."])
start, models, paths = (mean(new_test.scores(instruct)), mean(on_others(instruct))), {}, {}
seconds, new, others = ({name: [] for name in METHODS} for _ in range(3))
for seed in lesson.seeds:
    for name, (ready, rate) in METHODS.items():
        torch.manual_seed(seed)
        models[name] = model = ready(copy.deepcopy(instruct))
        seconds[name].append(timed(lambda model=model, rate=rate, seed=seed: tune(lesson, 
            model, tokenizer, pairs, rate, seed, BATCH)))
        new[name].append(new_test.scores(model))
        others[name].append(on_others(model))
        paths[name] = lesson.folder / name.replace(", ", "_").replace(" ", "_") / "weights.pt"
        if name in PEFT:
            peft.save_adapter(model, paths[name])
        else:
            save_model(paths[name].parent, model, tokenizer)
for name in PEFT:  # from its file onto a fresh base: switched off, the model is what it was, bit for bit
    fresh = copy.deepcopy(instruct)
    peft.load_adapter(fresh, paths[name])
    with torch.inference_mode(), peft.base_only(fresh):
        assert torch.equal(fresh(probe), instruct(probe)), f"{name}: the base has changed"

# Decoding: what was trained in place has the shape from before, so only what was added is timed, in turn with the model before.
served = {name: models[name] for name in PEFT if name not in ("last layer", "biases")} | {
    f"{name}, merged": peft.merge_lora(peft.load_adapter(copy.deepcopy(instruct), paths[name]))
    for name in ("LoRA q, v", "LoRA all")}
prompts = torch.randint(0, len(instruct.embedding.weight), (8, 32), generator=torch.Generator().manual_seed(0)).tolist()
times = decoding_seconds({"before": instruct, "before again": instruct, **served}, prompts, 32, rounds=1 if lesson.fast else 5)
slower = {name: median(ratios(times, name, to="before")) for name in times}
total = sum(parameter.numel() for parameter in instruct.parameters())
share = {name: sum(peft.trainable_parameters(model).values()) / total for name, model in models.items()}
stored = {name: path.stat().st_size for name, path in paths.items()}
memory = {name: measured_peak(model, BATCH, longest) for name, model in models.items()}
lesson.table("methods", ["method", "rate", "trained", "stored, KB", "peak, MB", "train seconds", "new task", "other tasks",
                         "decoding seconds / before", "merged, seconds / before"],
             [["before", "", "", "", "", "", *start, 1.0, ""], *(
                 [name, f"{METHODS[name][1]:g}", f"{share[name]:.2%}", f"{stored[name] / 1e3:,.0f}", f"{memory[name] / 1e6:.1f}",
                  mean(seconds[name]), spread([mean(own) for own in new[name]]), spread([mean(own) for own in others[name]]),
                  slower.get(name, "as before"), slower.get(f"{name}, merged", "")] for name in METHODS)])
each_new, each_other = ({name: values[0] for name, values in found.items()} for found in (new, others))  # of the first seed
new, others = ({name: mean(map(mean, values)) for name, values in found.items()} for found in (new, others))
as_claimed = others[FULL] < min(others[name] for name in PEFT)
print("Decoding: above 1 is slower than the model before. What is trained in place has its shape, so it is not timed.")
guess.compare("Yes, more than every one." if as_claimed else "No, some PEFT method forgets as much or more.")

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
n_asked = sum(len(test.prompts) for test in other_tests)
chance = (start[1] * (1 - start[1]) / n_asked) ** 0.5  # one standard error
with lesson.plot("methods", ncols=2, figsize=(13, 5)) as (fig, panels):
    for axes, x in zip(panels, (share, others), strict=True):
        axes.scatter(list(x.values()), list(new.values()), s=60, edgecolor="black", zorder=3)
        for name in METHODS:
            below = name in ("adapters", "biases")
            axes.annotate(name, (x[name], new[name]), xytext=(0, -15 if below else 8), textcoords="offset points", ha="center",
                          fontsize=9)
        axes.margins(x=0.12)
        axes.axhline(start[0], color="grey", linestyle=":", label="before")
        axes.set(ylim=(0, 1.2 * max(new.values())), ylabel="French into English, token F1")
    panels[1].axvline(start[1], color="grey", linestyle=":")
    panels[0].set(xscale="log", xlabel="share of the weights that is trained", title="Learnt, for how many weights")
    panels[1].set(xlabel="score on four other tasks, method on", title="Learnt, and forgotten")
    panels[1].axvspan(start[1] - 2 * chance, start[1] + 2 * chance, color="grey", alpha=0.15, label="before, two errors")
    panels[1].legend(loc="lower left")
    panels[0].legend(loc="lower right")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
own = mean(mean(matrix[task, task]) for task in TASKS)
foreign = mean(mean(matrix[on, task]) for on in TASKS for task in TASKS if on != task)
alone = mean(mean(matrix[None, task]) for task in TASKS)
best_own = all(mean(matrix[task, task]) > mean(matrix[on, task]) for on in (None, *TASKS) for task in TASKS if on != task)
adapter = mean(sizes.values())
lesson.say(f"On its own task an adapter scores {own:.2f} on average, on the other two {foreign:.2f}; the base alone scores "
           f"{alone:.2f}. {'Each' if best_own else 'Not each'} task is answered best by its own adapter. A file is "
           f"{adapter / 1e3:,.0f} KB, so {base_bytes / adapter:.0f} of them take the room of one more base; the base itself is "
           f"bit for bit what it was. A switch took {1000 * switch:.1f} milliseconds, reading an adapter's file "
           f"{1000 * load:.0f} (of them {1000 * check:.0f} to check the base), a whole model's {1000 * read:.0f}; "
           f"mixed requests took {'less' if batch < single else 'no less'} time grouped by task than one by one.")
best, least = max(PEFT, key=new.get), max(PEFT, key=others.get)
lesson.say(f"The new task was learnt best by {max(METHODS, key=new.get)} ({max(new.values()):.2f}, before {start[0]:.2f}), of "
           f"the PEFT methods by {best} ({new[best]:.2f}). Of these, with the method on, {least} kept most of the other tasks "
           f"({others[least]:.2f}, before {start[1]:.2f}), and scores {new[least]:.2f} on the new one. Each PEFT file, loaded on "
           "a fresh base and switched off again, leaves it bit for bit as it was; what is tuned whole cannot be switched off.")
ahead = {name: paired(each_other[name], each_other[FULL]) for name in PEFT}
unclear = [name for name, (gap, error) in ahead.items() if gap <= error]
lost = {name: start[1] - kept for name, kept in others.items()}
lesson.say(f'"Forgetting is much less": of {start[1]:.2f} on the other tasks full tuning loses {lost[FULL]:.2f}, the PEFT '
           f"methods {min(lost[n] for n in PEFT):.2f} to {max(lost[n] for n in PEFT):.2f}. "
           + (f"Not clearly better than full tuning: {', '.join(unclear)}." if unclear else "Every one clearly forgets less.")
           + f" (Asked were {n_asked} questions, so such a score is uncertain by {2 * chance:.2f}.) Of the new task "
           f"they learnt {min(new[n] for n in PEFT):.2f} to {max(new[n] for n in PEFT):.2f}, full tuning {new[FULL]:.2f}.")
learns, keeps = paired(each_new[GENTLE], each_new[best]), paired(each_other[GENTLE], each_other[best])
as_much, kept_too, kept_more = learns[0] >= -learns[1], abs(keeps[0]) <= keeps[1], keeps[0] > keeps[1]
lesson.say(f"With a lower rate full tuning itself loses {lost[GENTLE]:.2f} instead of {lost[FULL]:.2f}, and scores "
           f"{new[GENTLE]:.2f} on the new task instead of {new[FULL]:.2f}. Beside {best} that is {learns[0]:+.2f} +- "
           f"{learns[1]:.2f} on the new task and {keeps[0]:+.2f} +- {keeps[1]:.2f} on the others (+-: two standard errors). " + (
               f"So where it learns as much as {best}, it forgets less: here the rate decides, not that few weights are trained."
               if as_much and kept_more else
               "These questions cannot tell the two apart: here forgetting depends on the rate as much as on the method."
               if as_much and kept_too else f"So a lower rate alone does not do what {best} does."))
front = [n for n in METHODS if not any(new[m] >= new[n] and others[m] >= others[n] and (new[m], others[m]) != (new[n], others[n])
                                       for m in METHODS)]
lesson.say(f"Not beaten on both counts by another, their uncertainty ignored: {', '.join(front)}. On disk the PEFT files take "
           f"{min(stored[n] for n in PEFT) / 1e3:,.0f} to {max(stored[n] for n in PEFT) / 1e3:,.0f} KB, a whole model "
           f"{stored[FULL] / 1e3:,.0f} KB. Decoding takes {slower['LoRA all']:.2f} times as long with LoRA on all layers, "
           f"{slower['adapters']:.2f} with adapters; merged, LoRA takes {slower['LoRA all, merged']:.2f}, but is a whole model "
           f"again. (The model before, a second time: {slower['before again']:.2f}; what that is off 1 is chance.)")
lesson.record(own_task=own, foreign_task=foreign, before_new=start[0], before_others=start[1], not_beaten=front,
              every_peft_forgets_less=as_claimed, gentle_against_best=[learns, keeps])
lesson.saw(f"adapter files {adapter / base_bytes:.1%} of the base; own task {own:.2f}, others {foreign:.2f}; new task "
                    f"and other tasks: full tuning {new[FULL]:.2f}, {others[FULL]:.2f}; gentler {new[GENTLE]:.2f}, "
                    f"{others[GENTLE]:.2f}; {best} {new[best]:.2f}, {others[best]:.2f}")
lesson.finish("tests/test_saved.py")
