# %% [markdown]
# # 6. Catastrophic forgetting: what does a new task cost the old ones?
#
# **The course says:** tuning on one task raises the score on that task and can wreck others. If only the one task matters,
# nothing has to be done. Otherwise there are two remedies: tune on many tasks at once, or train few weights (PEFT).
#
# **The question:** if two ways of tuning learn the new task equally well, which of them keeps more of the old ones?
#
# An instruct model that knows seven tasks learns an eighth. The same weights hold all that it knows, so what changes them for the
# new task changes the old answers too. Read beside it: tinyllm/forgetting.py

# %%
from lesson import Lesson

lesson = Lesson("06_catastrophic_forgetting", minutes=2, more="draw the line of every method, not only of full tuning and LoRA")

import copy
import random

import torch
from ledger import CLOSE, error_of
from measure import Questions, against, corpus_loss, instruct_model_without, mean_of, means, pairs_of, spread, tune

from tinyllm.data import load_task, task_names
from tinyllm.forgetting import Outcome, matched_gain, old_scores_at
from tinyllm.peft import SoftPrompt, add_adapters, add_lora, remove_adapters, remove_lora

NEW = "topic"
OLD = [name for name in task_names() if name != NEW]
n_train, n_old, n_new = (16, 3, 6) if lesson.fast else (700, 60, 200)

# %% [markdown]
# ## The model before
#
# We tune the base model on all tasks but one. Look at what it answers to the one that it has never seen. It always answers
# something, and guessing alone gets some of it right.

# %%
lesson.section()
instruct, tokenizer = instruct_model_without(lesson, NEW)
tests = {name: Questions.of(tokenizer, load_task(name), load_task(name).test[:n_new if name == NEW else n_old])
         for name in (NEW, *OLD)}


def asked(models: list) -> Outcome:
    """How the models, one for each seed, answer the new task's questions and those of all old tasks."""
    answers = [{name: test.scores(model) for name, test in tests.items()} for model in models]
    return Outcome([own[NEW] for own in answers], [[score for name in OLD for score in own[name]] for own in answers])


before, loss_before = asked([instruct]), corpus_loss(lesson, instruct, tokenizer)
labels = load_task(NEW).train[0].choices
tests[NEW].show({"the model": instruct})
lesson.saw(f"Before, the new task ({NEW}) is at {mean_of(before.new):.2f}, where guessing gets {1 / len(labels):.2f}, and the "
           f"{len(OLD)} old ones are at {mean_of(before.old):.2f} on average.")

# %% [markdown]
# ## Watch it forget
#
# Every weight is trained on the new task alone, at a learning rate that learns it fast. We ask all tasks after a few steps, and
# again. Look at which column moves first, and at the loss on ordinary text, which rises when the model loses its language.

# %%
lesson.section()
new_pairs = pairs_of([NEW], n_train)
guess = lesson.predict(f"The old tasks are at {mean_of(before.old):.2f}. Where will they be when the new one is learnt (0 to 1)?")


def tuned(ready, rate, seed, extra=(), model=None, after_step=None):
    """The instruct model (a copy, if none is given), made ready by a method, and tuned on the new pairs and some extra ones."""
    torch.manual_seed(seed)  # LoRA, adapters and soft prompts start at random
    model = ready(model or copy.deepcopy(instruct))
    return tune(lesson, model, tokenizer, [*new_pairs, *extra], rate, seed, after_step=after_step)


def watch(step):
    if step in (n_steps // 16, n_steps // 8, n_steps // 4, n_steps // 2, n_steps):
        now = asked([watched])
        rows.append([step, mean_of(now.new), mean_of(now.old), corpus_loss(lesson, watched, tokenizer)])


everything = torch.nn.Module.requires_grad_  # full tuning: nothing is frozen
HIGH, watched = 1e-3, copy.deepcopy(instruct)
n_steps, rows = -(-n_train // 8), [[0, mean_of(before.new), mean_of(before.old), loss_before]]
tuned(everything, HIGH, seed=0, model=watched, after_step=watch)
lesson.table("steps", ["step", f"new task: {NEW}", "old tasks", "loss on text"], rows)
guess.compare(rows[-1][2])
print("\nQuestions of old tasks that were answered right before:")
turned, shown = 0, 0
for test in map(tests.get, OLD):
    was, now = test.answers(instruct), test.answers(watched)
    turned += sum(answer in labels for answer in now)
    lost = next((i for i, score in enumerate(test.score(was)) if score == 1 and now[i] in labels), None)
    if lost is not None and shown < 3:
        print(f"  ...{test.prompts[lost][-70:]!r}\n      before: {was[lost]!r}, after: {now[lost]!r}")
        shown += 1
lesson.saw(f"After {n_steps} steps the new task is at {rows[-1][1]:.2f} and the old ones at {rows[-1][2]:.2f}; {turned} of "
           f"{len(OLD) * n_old} old questions are answered with a label of the new task.")

# %% [markdown]
# ## The plane: what is gained, and what is lost
#
# One run of each method would compare learning rates: a high one learns more and forgets more, whatever is trained. So full
# tuning and LoRA each get several rates, which makes a line. We take a gain that both reach (90 % of the lower best) and read the
# old tasks' score there, on a straight line between the two nearest rates. These are not runs but estimates. Then we do it again
# at the highest gain that both reach. There forgetting may set in between two rates that lie far apart: this compares rates as
# much as methods, and no claim rests on it. The remedies are tuned at rate 0.0005: **replay** adds 3 or 10 old examples to each
# 100 new ones, **the mix** adds 100. Compare them with full tuning at this rate. The PEFT methods stand in the table at the rate
# that learnt the new task best. In the plot thin lines are errors, and the dotted line is the first gain.

# %%
lesson.section()
LORA, FULL, MIDDLE, more = "LoRA, r = 8", "full tuning", 5e-4, lesson.options.more
old_pairs = random.Random(0).sample(pairs_of(OLD, n_train, seed=5), n_train)
REPLAY = {"3 % replay": old_pairs[:max(1, n_train * 3 // 100)], "10 % replay": old_pairs[:n_train // 10], "mix": old_pairs}
METHODS = {  # name -> (what makes a model ready, learning rates, old examples beside the new ones)
    FULL: (everything, (1e-4, 2e-4, MIDDLE, HIGH), ()),
    LORA: (lambda model: add_lora(model, 8, 16, "all"), (1e-3, 2e-3, 5e-3, 1e-2), ()),
    "adapters": (lambda model: add_adapters(model, 16), (1e-3, 3e-3, 1e-2) if more else (3e-3,), ()),
    "soft prompt": (lambda model: SoftPrompt(model, 20, "vocabulary"), (1e-2, 3e-2, 1e-1) if more else (3e-2,), ()),
    **{name: (everything, (2e-4, MIDDLE, HIGH) if more else (MIDDLE,), extra) for name, extra in REPLAY.items()}}
which = lesson.predict("At the same gain, which keeps more of the old tasks?", [FULL, LORA, "No difference to see."])
lines, losses, last = {name: {} for name in METHODS}, {}, {}
for name, (ready, rates, extra) in METHODS.items():
    for rate in rates:
        models = [tuned(ready, rate, seed, extra) for seed in lesson.seeds]
        lines[name][rate] = asked(models)
        losses[name, rate] = corpus_loss(lesson, models[0], tokenizer)
        last[name] = models[0]
best = {name: max(line.items(), key=lambda item: item[1].gain(before)) for name, line in lines.items()}  # (rate, outcome)
rows = [(FULL, HIGH), *((name, MIDDLE if name in (FULL, *REPLAY) else best[name][0]) for name in METHODS)]
lesson.table("methods", ["tuned by", "rate", f"new task ({mean_of(before.new):.2f} before)",
                         f"old tasks ({mean_of(before.old):.2f} before)", f"loss on text ({loss_before:.2f} before)"], [
    [name, f"{rate:g}", spread(means(lines[name][rate].new)), spread(means(lines[name][rate].old)), losses[name, rate]]
    for name, rate in rows])
lesson.say(f"At rate {MIDDLE:g} the old tasks are at {mean_of(lines[FULL][MIDDLE].old):.2f} by full tuning alone, and with "
           + ", ".join(f"{name} at {mean_of(lines[name][MIDDLE].old):.2f}" for name in REPLAY) + ".")
pair = {name: list(lines[name].values()) for name in (FULL, LORA)}
gain, top = (matched_gain(list(pair.values()), before, share) for share in (0.9, 1.0))
old = {at: {name: old_scores_at(at, line, before) for name, line in pair.items()} for at in (gain, top)}
lost = {at: [max(0.0, mean_of(before.old) - mean_of(own)) for own in of.values()] for at, of in old.items()}
both = {at: f"full tuning has lost {full:.2f} and LoRA {lora:.2f}" for at, (full, lora) in lost.items()}
none = f"neither has lost more than {max(lost[gain]) + 0.005:.2f}"
at_gain = f"At a gain of {gain:.2f} {none if max(lost[gain]) < CLOSE else both[gain]} of the old tasks"
apart = against(old[gain][LORA], old[gain][FULL])
lesson.claim("forget-peft", f"old tasks at a gain of {gain:.2f}: LoRA minus full tuning", apart, above=0)
which.compare("No difference to see." if abs(mean_of(apart)) <= error_of(apart) else LORA if mean_of(apart) > 0 else FULL)
lesson.saw(f"{at_gain}. At {top:.2f}, the most that both reach, {both[top]}.")
finding = (f"{at_gain}; each at its highest rate, full tuning has lost {pair[FULL][-1].lost(before):.2f} and LoRA "
           f"{pair[LORA][-1].lost(before):.2f}")
with lesson.plot("plane", finding, figsize=(11.5, 6.8)) as (_, axes):
    for i, (marker, (name, line)) in enumerate(zip("os^vDPX", lines.items(), strict=True)):
        tried = list(line.values())
        drawn = axes.errorbar([o.gain(before) for o in tried], [o.lost(before) for o in tried], marker=marker, elinewidth=1,
                              xerr=[error_of(against(o.new, before.new)) for o in tried], label=name, ecolor=(f"C{i}", 0.4),
                              yerr=[error_of(against(o.old, before.old)) for o in tried], linestyle="-" if tried[1:] else "")
        if name in (FULL, LORA):
            side, offset = ("left", (8, -20)) if name == FULL else ("right", (-10, 8))
            axes.annotate(f"rate {max(line):g}", (line[max(line)].gain(before), line[max(line)].lost(before)), offset, ha=side,
                          textcoords="offset points", fontsize=13, color=drawn[0].get_color())
    axes.axvline(gain, color="grey", linestyle=":")
    axes.set(xlabel="gained on the new task", ylabel="lost on the old tasks")
    axes.legend(fontsize=13, loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# ## Switch it off
#
# Why is it not enough to train few weights? What is forgotten depends on how far the *outputs* move, and few weights can move
# them far. Small steps move them little, and old examples hold them in place. And what was added can be taken away: the frozen
# weights below are still the model from before. Full tuning has no such switch.

# %%
lesson.section()
OFF = {LORA: remove_lora, "adapters": remove_adapters, "soft prompt": lambda model: model.base}
start, n_same = instruct.state_dict(), 0
for name, take_off in OFF.items():
    plain = take_off(last[name]).state_dict()
    n_same += plain.keys() == start.keys() and all(torch.equal(weight, start[key]) for key, weight in plain.items())
lesson.saw(f"Taken off after tuning, {n_same} of {len(OFF)} added parts leave a model equal to the one before in every bit.")

high, gentle = lines[FULL][HIGH], lines[FULL][2e-4]
goal = [[b + 0.9 * (h - b) for h, b in zip(own, before.new[0], strict=True)] for own in high.new]
claim = lesson.claim
claim("forget", f"old tasks, full tuning at {HIGH:g}: after minus before", against(high.old, before.old), below=0)
claim("forget-rate", "old tasks, full tuning: rate 0.0002 minus 0.001", against(gentle.old, high.old), above=0)
claim("forget-rate", "new task: whether rate 0.0002 reaches 90 % of the gain of 0.001", against(gentle.new, goal), above=0)
remedies = [("forget-mix", "the mix", lines["mix"][MIDDLE]), ("forget-replay", "3 % replay", lines["3 % replay"][MIDDLE])]
for id, what, outcome in (*remedies,
                          *(("forget-worry", f"{name} at its best rate for the new one", best[name][1]) for name in OFF)):
    claim(id, f"old tasks, {what}: after minus before", against(outcome.old, before.old), above=-CLOSE)
claim("forget-off", "kinds of parts that leave every bit as before", true=n_same == len(OFF), figure=f"{n_same} of {len(OFF)}")
claim("learns-less", "new task, each at its best rate: full minus LoRA", against(best[FULL][1].new, best[LORA][1].new), above=0)
claim("learns-less", "old tasks at these two rates: LoRA minus full", against(best[LORA][1].old, best[FULL][1].old), above=0)
lesson.record(before=vars(before), gain=gain, top_gain=top, plane={name: {f"{rate:g}": {
    "gain": o.gain(before), "lost": o.lost(before), "new_of_each_seed": means(o.new), "old_of_each_seed": means(o.old),
    "loss_on_text": losses[name, rate]} for rate, o in line.items()} for name, line in lines.items()})

# %%
lesson.finish("tests/test_forgetting.py tests/test_lora.py")
