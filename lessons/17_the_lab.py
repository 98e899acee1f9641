# %% [markdown]
# # 17. The lab: one model, three ways to summarize a dialogue
#
# **The course says:** in its lab a dialogue-summarization model is compared in three states: the original, fully fine-tuned,
# and tuned by PEFT. The measure is ROUGE-1, -2, -L and -Lsum, and the outputs are read beside the summaries that people wrote.
#
# **The question:** how much of full fine-tuning's gain does PEFT reach here, at which cost, and do the numbers agree with what
# one sees when one reads?
#
# The lab itself takes a model of 250 million weights and real dialogues. Ours has two million and invented dialogues, so only one
# thing can be compared: how near to each other the two ways of tuning come. With `--data FILE` the lab runs on dialogues of your
# own, and with `--model smollm2` on a real model of 135 million weights (see the README). That takes 8 to 9 minutes and 3 GB.
#
# Read beside it: tinyllm/peft/lora.py, tinyllm/metrics/rouge.py, tinyllm/pretrained

# %%
from lesson import Lesson

lesson = Lesson("17_the_lab", minutes=0.8, data="your own JSONL with dialogue and summary on each line",
                more="also one and three solved dialogues in the prompt, and a soft prompt",
                model="smollm2, a GGUF file or a Hugging Face folder: a real model in the place of ours")

import textwrap
import time
from statistics import mean
from typing import NamedTuple

import torch
from measure import against, instruct_model_without, mean_of, names_not_in, percent, plus_minus, room_for, rouge_f1, spread, tune
from real import general_answers, load_real, other_ways, peak_of, prose_loss, thrifty

from tinyllm.check import require
from tinyllm.checkpoint import save_model
from tinyllm.data import drop_too_long, instructions, load_pairs, load_task, render_all, split_pairs
from tinyllm.generate import complete
from tinyllm.metrics import exact_match, rouge
from tinyllm.metrics.rouge import KINDS
from tinyllm.peft import add_lora, save_adapter, trainable_parameters
from tinyllm.prompting import fill
from tinyllm.tokenizer import IGNORE

ORIGINAL, FULL, PEFT = "original", "full fine-tuning", "PEFT (LoRA, r = 8)"
real = lesson.options.model is not None
RATES = {FULL: 2e-5, PEFT: 1e-3} if real else {FULL: 5e-4, PEFT: 5e-3}  # the real model's did best on validation dialogues
n_train, n_test, n_shown = (16, 6, 2) if lesson.fast else (200, 75, 5) if real else (800, 100, 10)

# %% [markdown]
# ## The model and the dialogues
#
# The original is an instruct model. Ours is the base model tuned on seven tasks, of which summarizing is none, so it knows that
# an instruction wants an answer, but not what a summary is. (The lab's original, and a real one, know summaries already.)

# %%
lesson.section()


def fresh():
    """(model, tokenizer) before any tuning. It is loaded anew for each way, so that only one model is in memory at a time."""
    return load_real(lesson.options.model, lesson.device) if real else instruct_model_without(lesson, "dialogue_summary")


original, tokenizer = fresh()
task = load_task("dialogue_summary")
if lesson.options.data:
    pairs = [(fill(task.templates[0], {"dialogue": dialogue}), summary) for dialogue, summary in load_pairs(lesson.options.data)]
    pairs, too_long = drop_too_long(tokenizer, pairs, min(512, original.config.context))
    lesson.say(f"{len(pairs)} dialogues are used; {too_long} are longer than 512 tokens or the context, and left out.")
    require(len(pairs) >= 10, f"{lesson.options.data} leaves {len(pairs)} dialogues; 10 are needed to train and to test.")
    train, _, test = split_pairs(pairs, test=0.25)
    train, test = train[:n_train], [(prompt, [summary]) for prompt, summary in test[:n_test]]
else:
    train = instructions(task.train[:n_train], task.templates, seed=1)
    prompts = [prompt for prompt, _ in instructions(task.test[:n_test], task.templates, seed=3)]
    test = [(prompt, list(example.references)) for prompt, example in zip(prompts, task.test, strict=False)]
print(f"\n{len(train)} dialogues to train on, {len(test)} to test. The first:\n\n{textwrap.indent(test[0][0], '    ')}")
print(f"  the original writes: {complete(original, tokenizer, [test[0][0]], 30)[0]!r}\n  the reference: {test[0][1][0]!r}")

# %% [markdown]
# ## Three ways
#
# The same dialogues, once over, in the same order. Full fine-tuning changes every weight and needs, beside each, its gradient
# and two numbers of the optimizer. LoRA trains two thin matrices beside weight matrices of the blocks (ours r = 8 at all seven of
# each block, the lab's r = 32 at q and v) and leaves the rest as it is. ROUGE-Lsum reads line by line; for summaries of one line
# it is ROUGE-L. A real model is also asked what it forgets: general questions, and the loss on other text.


# %%
class Way(NamedTuple):
    """What one way of tuning gave (a summary of each test dialogue), and what it took."""
    summaries: list[str]
    trained: float  # share of the weights
    seconds: float
    peak_bytes: int  # in a training step
    stored_bytes: int
    kept: tuple  # of a real model: the loss on ordinary text, and which general questions it answers right


def lab(train, test, seed: int) -> dict[str, Way]:
    """The lab: summaries by the original model, by full tuning, and by LoRA."""
    room = min(80, room_for(tokenizer, [valid for _, valid in test]))
    lengths = [(len(ids), sum(target != IGNORE for target in targets)) for ids, targets in render_all(tokenizer, train)]
    ways = {}
    for name in (FULL, PEFT, ORIGINAL):  # full tuning first, while the memory is in one piece
        model = fresh()[0]
        n_weights = sum(parameter.numel() for parameter in model.parameters())
        torch.manual_seed(seed)  # LoRA's A starts at random
        if name == PEFT:
            add_lora(model, 8, 16, "all")
        trained = sum(trainable_parameters(model).values())
        peak = stored = seconds = 0
        if name != ORIGINAL:
            settings = thrifty(model, lesson.device) if real else {}
            peak = peak_of(lesson, model, lengths, settings)
            start = time.perf_counter()
            tune(lesson, model, tokenizer, train, RATES[name], seed, settings=settings)
            seconds = time.perf_counter() - start
        texts = complete(model, tokenizer, [prompt for prompt, _ in test], max_new_tokens=room, batch_size=5 if real else 25)
        kept = (prose_loss(model, tokenizer, lesson.options.device), general_answers(model, tokenizer)) if real else ()
        if name != ORIGINAL:
            path = lesson.folder / ("lora.pt" if name == PEFT else "model/weights.pt")
            save_adapter(model, path) if name == PEFT else save_model(path.parent, model, tokenizer)
            stored = path.stat().st_size
        del model  # before the next one is loaded
        ways[name] = Way(texts, trained / n_weights, seconds, peak, stored, kept)
    return {name: ways[name] for name in (ORIGINAL, FULL, PEFT)}


lesson.section()
guess = lesson.predict("Of the ROUGE-1 that full fine-tuning gains over the original, which share does LoRA gain (0 to 1)?")
del original
runs = [lab(train, test, seed) for seed in lesson.seeds]
first, references = runs[0], [valid for _, valid in test]
LAB = {ORIGINAL: (.2334, .0760, .2015, .2015), FULL: (.4216, .1804, .3384, .3384), PEFT: (.4081, .1633, .3251, .3249)}
scores = {name: [rouge_f1(run[name].summaries, references) for run in runs] for name in LAB}  # for each seed
names = ["ROUGE-1", "ROUGE-2", "ROUGE-L", "ROUGE-Lsum"]
lesson.table("rouge", ["model", *names], [
    *([name, *(spread([mean(seed[kind]) for seed in own]) for kind in KINDS)] for name, own in scores.items()),
    *([f"the lab's: {name.replace('8', '32')}", *(f"{x:.3f}" for x in figures)] for name, figures in LAB.items())])
ones = {name: [seed["rouge1"] for seed in own] for name, own in scores.items()}
one = {name: mean_of(own) for name, own in ones.items()}
share = (one[PEFT] - one[ORIGINAL]) / (one[FULL] - one[ORIGINAL]) if one[FULL] != one[ORIGINAL] else 0.0
guess.compare(share)
lesson.saw(f"ROUGE-1 is {one[ORIGINAL]:.3f} for the original. Full fine-tuning changes it by "
           f"{plus_minus(against(ones[FULL], ones[ORIGINAL]))} and LoRA by {plus_minus(against(ones[PEFT], ones[ORIGINAL]))}; "
           f"LoRA minus full fine-tuning is {plus_minus(against(ones[PEFT], ones[FULL]))}.")

lesson.table("cost", ["tuned by", "trained", "seconds", "peak memory, MB", "stored, KB"], [
    [name, percent(way.trained), spread([run[name].seconds for run in runs]), way.peak_bytes / 1e6,
     f"{way.stored_bytes / 1e3:,.0f}"] for name, way in first.items() if name != ORIGINAL])
memory, disk = (getattr(first[PEFT], what) / getattr(first[FULL], what) for what in ("peak_bytes", "stored_bytes"))
lesson.saw(f"LoRA trains {percent(first[PEFT].trained)} of the weights, takes {memory:.0%} of the memory (longest text) "
           f"and {first[PEFT].seconds / first[FULL].seconds:.2f} times the time, and stores {disk:.1%} of the bytes."
           f"{' Full fine-tuning computes activations twice; LoRA has room to keep them.' if real else ''}")
if real:
    lesson.table("forgotten", ["model", "loss on ordinary text", "general questions, of 20"], [
        [name, mean(run[name].kept[0] for run in runs), f"{mean(sum(run[name].kept[1]) for run in runs):.1f}"] for name in first])

if lesson.options.more:
    others = {name: rouge_f1(texts, references) for name, texts in other_ways(lesson, fresh, tokenizer, train, test).items()}
    lesson.table("more", ["original, otherwise asked", *names], [
        [name, *map(mean, own.values())] for name, own in others.items()])

# %% [markdown]
# ## Read the outputs
#
# Before you believe a score, read. For each dialogue ask: **who** did what, and is it the right person? **What** was agreed, and
# is it what this dialogue says? Is anything **left out** that a reader needs, or **made up**? ROUGE sees none of this: a wrong
# name lowers it by one word only, and a right summary in other words scores low. Beside each summary stands its ROUGE-1.

# %%
lesson.section()
for i in range(min(n_shown, len(test))):
    print(f"\nDialogue {i + 1}\n{textwrap.indent(test[i][0], '    ')}\n    reference:  {test[i][1][0]}")
    for name, way in first.items():
        print(f"    {rouge(way.summaries[i], references[i])['rouge1'].f1:.2f} {name.split(' (')[0]}:  {way.summaries[i][:200]}")

strange = {name: [i for i, text in enumerate(way.summaries) if names_not_in(test[i][0], text)] for name, way in first.items()}
lesson.say(f"{len(strange[FULL])} of {len(test)} summaries by full fine-tuning and {len(strange[PEFT])} by LoRA name somebody "
           "who is not in the dialogue. This check is blind to a right name in the wrong place.")
exact = {name: [exact_match(text, valid) for text, valid in zip(first[name].summaries, references, strict=True)] for name in LAB}
rest = [score for score, right in zip(ones[FULL][0], exact[FULL], strict=True) if not right]
lesson.saw(f"{sum(exact[FULL])} of {len(test)} summaries by full fine-tuning and {sum(exact[PEFT])} by LoRA are word for word a "
           f"reference; the others by full fine-tuning still have a mean ROUGE-1 of {mean(rest) if rest else 1:.2f}.")

finding = f"LoRA reaches {share:.0%} of full fine-tuning's gain in ROUGE-1 with {percent(first[PEFT].trained)} of the weights"
with lesson.plot("lab", finding, figsize=(10, 6)) as (_, axes):
    for k, (name, own) in enumerate(scores.items()):
        heights = [mean(mean(seed[kind]) for seed in own) for kind in KINDS]
        axes.bar([x + (k - 1) * 0.27 for x in range(len(KINDS))], heights, width=0.25, label=f"{name}, ours")
        axes.plot([x + (k - 1) * 0.27 for x in range(len(KINDS))], LAB[name], "kD", markersize=7,
                  label="the lab's figures" if k == 0 else None)
    axes.set(ylim=(0, 1.15), ylabel="F1", xticks=range(len(KINDS)), xticklabels=names)
    axes.legend(fontsize=12, ncols=2, loc="upper right")
lesson.claim("lab", "ROUGE-1 of original, full, LoRA", figure=", ".join(f"{x:.3f}" for x in one.values()))
lesson.record(summaries={name: way.summaries for name, way in first.items()}, references=references, share_of_gain=share)

# %%
lesson.finish("tests/test_rouge.py tests/test_lora.py")
