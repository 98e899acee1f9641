# %% [markdown]
# # 8. ROUGE: how much of a reference summary is there
#
# **The course says:** ROUGE-N divides matching n-grams by those of the reference (recall) and by those of the
# output (precision). “cold cold cold cold” for “It is cold outside” has a precision of 4/4, and of 1/4 once it
# is clipped; “outside cold it is” still gets 1.0, so look at bigrams. ROUGE-2 is lower than ROUGE-1, more so on
# longer sentences. ROUGE-L uses the longest common subsequence.
#
# A summary can be right in many wordings, so accuracy does not suit it. ROUGE counts what a summary shares with a
# reference that a person wrote. The score is grown here step by step on one sentence of the course, each step mending
# what fooled the one before; then it judges our models, and at last we try to fool it.
#
# Read beside it: tinyllm/metrics/rouge.py, tinyllm/metrics/accuracy.py

# %%
from lesson import Lesson

lesson = Lesson("08_rouge", minutes=0.2)

import random
import re
from collections import Counter
from statistics import fmean, median

from measure import Questions, instruct_model, spread
from screen import fill

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task
from tinyllm.generate import complete
from tinyllm.metrics import accuracy, exact_match, mean_token_f1, rouge, rouge_corpus
from tinyllm.metrics.rouge import clipped_matches, lcs_places, lcs_table, ngrams, score, unclipped_matches, words

REFERENCE, VERY, COLD, OUTSIDE = "It is cold outside", "It is very cold outside", "cold cold cold cold", "outside cold it is"
NOT = "It is not cold outside"

# %% [markdown]
# ## Recall, precision, F1
# Recall: which share of the reference's words does the prediction have? Alone it likes any text that is long enough.
# Precision: which share of the prediction's words does the reference have? Alone it likes one sure word. F1, their
# harmonic mean, is high only if both are.


# %%
lesson.section()
def worked(prediction, n=1, count=clipped_matches):
    """Recall and precision as fractions, and F1."""
    grams, wanted = ngrams(words(prediction), n), Counter(ngrams(words(REFERENCE), n))
    matches = count(grams, wanted)
    return [f"{matches}/{wanted.total()}", f"{matches}/{len(grams)}", score(matches, len(grams), wanted.total()).f1]


print(f"\nReference: {REFERENCE}")
lesson.table("recall_precision_f1", ["prediction", "recall", "precision", "F1"], [
    [text, *worked(text)] for text in (REFERENCE, "cold", "My dog says it is cold outside and wet inside", VERY, NOT)])
if worked(VERY) == worked(NOT):
    lesson.say("The last two score the same, and mean the opposite: one extra word is one extra word.")
lesson.saw(f"“{VERY}” has an F1 of {worked(VERY)[-1]:.2f} and “{NOT}” one of {worked(NOT)[-1]:.2f}.")

# %% [markdown]
# ## Two traps: repetition and order
# If a word counts whenever the reference has it, saying it often is rewarded. Clipped, each match uses up one word.
# And single words have no order. Pairs of neighbours (bigrams) have one, and so has the longest common subsequence
# (LCS): words that occur in both texts in the same order, with gaps allowed.

# %%
lesson.section()
lesson.table("clipping", ["prediction", "matches", "recall", "precision", "F1"], [
    [text, how, *worked(text, count=count)] for text in (COLD, VERY)
    for how, count in (("unclipped", unclipped_matches), ("clipped", clipped_matches))])

guess = lesson.predict(f"With bigrams, which F1 from 0 to 1 does “{OUTSIDE}” get?")
kinds = {"ROUGE-1": "rouge1", "ROUGE-2": "rouge2", "ROUGE-L": "rougeL"}
lesson.table("order", ["prediction", *kinds], [
    [text, *(rouge(text, REFERENCE)[kind].f1 for kind in kinds.values())] for text in (REFERENCE, VERY, COLD, OUTSIDE)])
guess.compare(worked(OUTSIDE, n=2)[-1])
said, wanted = words(COLD), Counter(words(REFERENCE))
unclipped, clipped = (score(count(said, wanted), len(said), wanted.total()).precision
                      for count in (unclipped_matches, clipped_matches))
lesson.claim("r1-clip", f"precision of “{COLD}”, unclipped and clipped", figure=f"{unclipped:.2f}, {clipped:.2f}",
             true=(unclipped, clipped) == (1.0, 0.25))
one_word = rouge(OUTSIDE, REFERENCE)["rouge1"]
lesson.claim("r1-order", f"ROUGE-1 of “{OUTSIDE}”: precision, recall, F1", true=set(one_word) == {1.0},
             figure=", ".join(f"{part:.2f}" for part in one_word))
lesson.saw(f"Of “{OUTSIDE}” the reference has {worked(OUTSIDE)[1]} words, but {worked(OUTSIDE, n=2)[1]} bigrams.")

# %% [markdown]
# ## The longest common subsequence
# Each entry of the table is the length for the words so far: if row and column have the same word, one more than the
# entry diagonally before; else the larger of those above and to the left. The [path] shows where the words were found.

# %%
lesson.section()
wanted, predicted = words(REFERENCE), words(VERY)
table = lcs_table(wanted, predicted)
places = zip(lcs_places(wanted, predicted)[::-1], lcs_places(predicted, wanted)[::-1], strict=True)
path = [corner for i, j in places for corner in ((i, j), (i + 1, j + 1))]
lesson.table("subsequence", ["reference", "-", *predicted], [
    [word, *(f"[{n}]" if (i, j) in path else f"{n} " for j, n in enumerate(table[i]))] for i, word in enumerate(["-", *wanted])])
with lesson.plot("subsequence", figsize=(6.5, 5)) as (_, ax):
    ax.imshow(table, cmap="Blues", vmin=0, vmax=2 * len(wanted))
    ax.plot([j for _, j in path], [i for i, _ in path], color="tab:orange", linewidth=3)
    circle = {"boxstyle": "circle", "facecolor": "white", "edgecolor": "tab:orange"}
    for i, j in ((i, j) for i in range(len(table)) for j in range(len(table[0]))):
        ax.text(j, i, table[i][j], ha="center", va="center", fontsize=13, bbox=circle if (i, j) in path else None)
    ax.set_xticks(range(len(table[0])), ["-", *predicted])
    ax.set_yticks(range(len(table)), ["-", *wanted])
    ax.set(xlabel="prediction", ylabel="reference", title="LCS: each diagonal step of the path is a shared word")

run = max(n for n in range(1, len(wanted) + 1) if clipped_matches(ngrams(predicted, n), Counter(ngrams(wanted, n))))
lesson.table("published_error", ["read as", "length", "precision", "recall", "F1"], [
    [how, length, *score(length, len(predicted), len(wanted))]
    for how, length in (("subsequence, gaps allowed", table[-1][-1]), ("neighbours only", run))])
longest = rouge(VERY, REFERENCE)["rougeL"]
lesson.claim("rL-copies", f"ROUGE-L of “{VERY}”: precision, recall, F1", figure=", ".join(f"{part:.2f}" for part in longest),
             true=[round(part, 2) for part in longest] == [0.4, 0.5, 0.44])
lesson.say("Some copies of the lecture print precision 0.4, recall 0.5 and F1 0.44 here: neighbours only, an error.")
lesson.saw(f"ROUGE-L of “{VERY}” is {longest.f1:.3f}; for neighbours only it would be "
           f"{score(run, len(predicted), len(wanted)).f1:.3f}.")

# %% [markdown]
# ## Several lines, several references, word forms
# ROUGE-L reads a text as one line; ROUGE-Lsum goes line by line, so the order of lines does not matter. Of several
# references each kind takes the best. Word forms differ unless the caller passes a `stem` function, such as Porter's.

# %%
lesson.section()
swapped = rouge(f"The wind is strong\n{REFERENCE}", f"{REFERENCE}\nThe wind is strong")
second, forms = "Outside it is very cold", ("Dogs barked", "The dog barks")
crude = rouge(*forms, stem=lambda word: word.removesuffix("s").removesuffix("ed"))
lesson.say(f"Two lines swapped: ROUGE-L {swapped['rougeL'].f1:.3f}, ROUGE-Lsum {swapped['rougeLsum'].f1:.3f}. “{forms[0]}” for "
           f"“{forms[1]}”: ROUGE-1 {rouge(*forms)['rouge1'].f1:.3f}, and {crude['rouge1'].f1:.3f} with a crude stem that cuts "
           "off -s and -ed.")
lesson.saw(f"With “{second}” as a second reference, ROUGE-2 of “{VERY}” goes from "
           f"{rouge(VERY, REFERENCE)['rouge2'].f1:.3f} to {rouge(VERY, [REFERENCE, second])['rouge2'].f1:.3f}.")

# %% [markdown]
# ## ROUGE-2 is lower, and more so on longer texts?
# Each dialogue has two reference summaries, both right. The second is scored against the first: the shortest and the
# longest quarter sentence by sentence, and all of them with several joined into one text.


# %%
lesson.section()
def distance(label, groups):
    """Words in a first reference, ROUGE-1, ROUGE-2, and how much lower ROUGE-2 is. A group's sentences are joined."""
    first, second = ([" ".join(e.references[k] for e in group) for group in groups] for k in (0, 1))
    one, two = (rouge_corpus(second, first)[kind].f1 for kind in ("rouge1", "rouge2"))
    return [label, fmean(len(words(text)) for text in first), one, two, one - two]


task = load_task("dialogue_summary")
alone = [[e] for e in sorted(task.test, key=lambda e: len(words(e.completion)))]
quarter = len(alone) // 4
rows = [distance("shortest quarter", alone[:quarter]), distance("longest quarter", alone[-quarter:]),
        *[distance(f"all, {k} joined", [task.test[i:i + k] for i in range(0, len(alone) - k + 1, k)]) for k in (1, 4, 16)]]
lesson.table("length", ["texts", "words", "ROUGE-1", "ROUGE-2", "lower by"], rows)
odd = rouge("cold it cold", "it cold it")
apart = [parts["rouge1"].f1 - parts["rouge2"].f1 for (e,) in alone for parts in [rouge(e.references[1], e.references[0])]]
lesson.claim("r2-lower", "ROUGE-1 - ROUGE-2, the second reference against the first", [apart], above=0, seeded=False)
lesson.claim("r2-long", "that distance, longest - shortest quarter of the sentences, in order of length",
             [[long - short for short, long in zip(apart[:quarter], apart[-quarter:], strict=True)]], above=0, seeded=False)
lesson.say(f"As sentences are joined the distance goes from {rows[2][-1]:.2f} to {rows[-1][-1]:.2f}.")
lesson.say(f"ROUGE-2 need not be lower: “cold it cold” for “it cold it” has {odd['rouge1'].f1:.2f} and {odd['rouge2'].f1:.2f}.")
lesson.saw(f"ROUGE-2 is lower than ROUGE-1 by {rows[0][-1]:.2f} on the shortest sentences and by {rows[1][-1]:.2f} on the "
           "longest.")

# %% [markdown]
# ## The summaries of our models
# The base model and lesson 5's instruct model summarize dialogues of the test set. Both references count.

# %%
lesson.section()
COLUMNS = ["ROUGE-1", "ROUGE-2", "ROUGE-L", "ROUGE-Lsum", "token F1", "exact match"]


def all_scores(texts, references):
    """Each ROUGE as the plain mean of F1 over pairs, and the two scores of metrics/accuracy.py."""
    means = [part.f1 for part in rouge_corpus(texts, references).values()]
    return [*means, mean_token_f1(texts, references), accuracy(texts, references)]


test = task.test[:10 if lesson.fast else 100]
references = [list(e.references) for e in test]
prompts = [prompt for prompt, _ in instructions(test, task.templates, seed=3)]
models, written = {"base": load_model(WORLD / "base", device=lesson.device), "instruct": instruct_model(lesson)}, {}
for who, (model, tokenizer) in models.items():
    longest = 2 + max(len(tokenizer.encode(text)) for texts in references for text in texts)
    written[who] = complete(model, tokenizer, prompts, max_new_tokens=longest, batch_size=100)
Questions(tokenizer, prompts, references, task.metric).show(written)
guess = lesson.predict("Which ROUGE-1 from 0 to 1 do the summaries of the instruct model get?")
of_models = {who: all_scores(texts, references) for who, texts in written.items()}
lesson.table("models", ["model", *COLUMNS], [[who, *numbers] for who, numbers in of_models.items()])
guess.compare(of_models["instruct"][0])

NAMES = sorted({line.split(":")[0] for e in task.train for line in e.fields["dialogue"].split("\n")})  # who speaks


def people(text):
    return [word for word in re.findall(r"\w+", text) if word in NAMES]


ones = [rouge(*pair)["rouge1"].f1 for pair in zip(written["instruct"], references, strict=True)]
inexact = [k for k, text in enumerate(written["instruct"]) if not exact_match(text, references[k])]
misnamed = [k for k in inexact if set(people(written["instruct"][k])) not in [set(people(text)) for text in references[k]]]
for which, k in (("highest", max(inexact, key=ones.__getitem__, default=None)),
                 ("lowest", min(inexact, key=ones.__getitem__, default=None))):
    if k is not None:
        print(f"\nThe {which} ROUGE-1 of the instruct model without being a reference (ROUGE-1, -2, -L):")
        print("\n".join(f"  reference                {text!r}" for text in references[k]))
        for who, text in ((who, texts[k]) for who, texts in written.items()):
            parts = rouge(text, references[k])
            print(f"  {who:8}  {' '.join(f'{parts[kind].f1:.2f}' for kind in kinds.values())} {text[:80]!r}")
base, instruct = of_models["base"], of_models["instruct"]
lesson.saw(f"ROUGE-1 is {base[0]:.3f} for the base model's summaries and {instruct[0]:.3f} for the instruct model's.")

# %% [markdown]
# ## Where each score is fooled
# The first reference of each test dialogue is changed in five ways and scored against what it was. The second reference
# is right in other words; the other four are spoilt. The wrong name is the next of the valley's in the alphabet.

# %%
lesson.section()
CHANGES = {"right, other words": "green", "shuffled words": "blue", "every word twice": "orange", "first half": "purple",
           "a wrong name": "red"}
guess = lesson.predict("Which of these keeps the highest ROUGE-1?", list(CHANGES))


def changed(example, draw):
    """The five texts in the order of CHANGES."""
    text = example.references[0]
    said, name = text.split(), people(text)[0]
    return [example.references[1], " ".join(draw.sample(said, len(said))), " ".join(w for word in said for w in (word, word)),
            " ".join(said[:len(said) // 2]), re.sub(rf"\b{name}\b", NAMES[(NAMES.index(name) + 1) % len(NAMES)], text)]


runs, originals = [], [e.references[0] for e in test]
for draw in map(random.Random, lesson.seeds):  # only the shuffling, number 1, differs
    columns = zip(*(changed(e, draw) for e in test), strict=True)
    runs.append([all_scores(texts, originals) for texts in columns])
print(f"\nThe first of the {len(test)}:\n\n    {originals[0]}")
for change, text in zip(CHANGES, changed(test[0], random.Random(0)), strict=True):
    print(fill(f"  {change}: {text}", "      "))
shown = [m for m, column in enumerate(COLUMNS) if column != "ROUGE-Lsum"]  # on one line the same as ROUGE-L
lesson.table("fooled", ["change", *(COLUMNS[m] for m in shown)], [
    [change, *(spread([run[k][m] for run in (runs if k == 1 else runs[:1])]) for m in shown)]
    for k, change in enumerate(CHANGES)])
left = dict(zip(CHANGES, runs[0], strict=True))
guess.compare(max(left, key=lambda change: left[change][0]))
with lesson.plot("fooled", figsize=(11, 4.5)) as (_, ax):
    for k, (change, color) in enumerate(CHANGES.items()):
        bars = ax.bar([x + (k - 2) * 0.17 for x in range(len(shown))], [left[change][m] for m in shown], width=0.16,
                      label=change, color=f"tab:{color}")
        ax.bar_label(bars, fmt="%.2f", fontsize=7)
    ax.set_xticks(range(len(shown)), [COLUMNS[m] for m in shown])
    ax.set(ylim=(0, 1.08), ylabel="score", title="What is left of the score when the reference is changed")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=5)
others = all_scores([e.references[1] for e in task.test], [e.references[0] for e in task.test])
exact = COLUMNS.index("exact match")
lesson.claim("accuracy-text", "exact match and ROUGE-1 of summaries",
             figure=f"second reference, right in other words, for the first: {others[exact]:.2f} and {others[0]:.2f}; "
                    f"instruct model, for either: {instruct[exact]:.2f} and {instruct[0]:.2f}")
lesson.saw(f"A wrong name keeps {left['a wrong name'][0]:.2f} of ROUGE-1, the right summary in other words "
           f"{left['right, other words'][0]:.2f}.")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
lesson.say("The course's lab has another model and real dialogues: ROUGE-1 is .233 before and .422 after.")
if misnamed:
    lesson.say(f"{len(misnamed)} of the instruct model's {len(test)} name other people than either reference does; their mean "
               f"ROUGE-1 is {fmean(ones[k] for k in misnamed):.2f}.")
draw = random.Random(0)
bootstrap = median(fmean(draw.choices(ones, k=len(ones))) for _ in range(1000))
lesson.say(f"We print plain means: {instruct[0]:.6f}. The median of 1,000 bootstrap samples, which some libraries print, is "
           f"{bootstrap:.6f}.")
for m in shown:
    right, *_ = scores = [left[change][m] for change in CHANGES]
    above = [f"{change} ({value:.2f})" for change, value in zip(CHANGES, scores, strict=True) if value > right]
    lesson.say(f"{COLUMNS[m]}: {right:.2f} for the right one in other words; above it: {', '.join(above) or 'nothing'}.")
lesson.record(test_examples=len(test), misnamed=len(misnamed), bootstrap_median=bootstrap, rouge1_of_misnamed=[
    ones[k] for k in misnamed])
lesson.finish("tests/test_rouge.py")
