# %% [markdown]
# # 9. BLEU: how much of a translation is in the references
#
# **The course says:** Translation is scored by BLEU: precision, averaged over a range of n-gram sizes, against
# one or more human references.
#
# A sentence has many right translations. BLEU asks how many of a translation's words, pairs, triples and quadruples
# stand in the translations that people wrote. It is grown here step by step; then it judges our models' French, and at
# last we try to fool it.
#
# Read beside it: tinyllm/metrics/bleu.py

# %%
from lesson import Lesson

lesson = Lesson("09_bleu", minutes=0.2)

import math
import random
import re
import sys
from collections import Counter
from statistics import fmean

from measure import Questions, instruct_model, spread
from screen import fill

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, instructions, load_task
from tinyllm.generate import complete
from tinyllm.metrics import bleu, exact_match, rouge_corpus, sentence_bleu
from tinyllm.metrics.bleu import SMOOTHINGS, brevity_penalty, geometric_mean, most_of_any, tokenize_13a
from tinyllm.metrics.rouge import clipped_matches, ngrams, unclipped_matches, words

REFERENCE, VERY, CAT = "It is cold outside", "It is very cold outside", "The cat sat on the mat."
ORDERS = ["p_1", "p_2", "p_3", "p_4"]


def fractions(parts):
    """p_1, p_2, ... as matches / n-grams in the prediction."""
    return [f"{match}/{total}" for match, total in zip(parts.matches, parts.totals, strict=True)]


# %% [markdown]
# ## Precision, clipped
# p_n: which share of the prediction's n-grams do the references have? As with ROUGE, a word must not count more often
# than a reference has it; of several references, the one that has it most often decides.

# %%
lesson.section()
the, papineni = ["the"] * 7, ["the cat is on the mat", "there is a cat on the mat"]  # the paper's own example
most = most_of_any([Counter(ngrams(text.split(), 1)) for text in papineni])
print(f"\nReferences: {' | '.join(papineni)}")
lesson.table("clipping", ["prediction", "unclipped p_1", "clipped p_1"], [[" ".join(the), *(
    f"{count(ngrams(the, 1), most)}/{len(the)}" for count in (unclipped_matches, clipped_matches))]])
lesson.saw(f"Clipping takes p_1 of seven times “the” from {unclipped_matches(ngrams(the, 1), most)} to "
           f"{clipped_matches(ngrams(the, 1), most)} of {len(the)}.")

# %% [markdown]
# ## The mean is geometric
# BLEU multiplies the four p_n and takes the fourth root. In an arithmetic mean good single words would make up for
# there being no whole phrase; in a product nothing makes up for a zero. Smoothing puts something small in its place.

# %%
lesson.section()
guess = lesson.predict(f"“{VERY}” for “{REFERENCE}”: which BLEU from 0 to 100, without smoothing?")
print(f"\nReference: {REFERENCE}")
rows = []
for text in (REFERENCE, VERY, "It is not cold outside", "outside cold It is", "outside cold it is"):
    parts = bleu([text], [REFERENCE], smoothing="none")
    rows.append([text, *fractions(parts), fmean(parts.precisions), parts.score, bleu([text], [REFERENCE]).score])
lesson.table("means", ["prediction", *ORDERS, "arithmetic", "geometric", "smoothed (exp)"], rows)
very = bleu([VERY], [REFERENCE], smoothing="none")
guess.compare(very.score)
lesson.saw(f"“{VERY}” has an arithmetic mean of {fmean(very.precisions):.1f}, and a BLEU of {very.score:.1f}.")
above_zero = bleu([VERY], [REFERENCE])  # smoothed, so that the two means can be compared
plain, by_hand = fmean(above_zero.precisions), geometric_mean(above_zero.precisions) * above_zero.brevity_penalty
lesson.claim("bleu-mean", f"whether BLEU of “{VERY}”, smoothed, is the plain mean of its precisions",
             true=math.isclose(plain, above_zero.score, abs_tol=1e-6), figure=f"plain mean {plain:.1f}; geometric mean x "
             f"brevity penalty {by_hand:.1f}; BLEU {above_zero.score:.1f}")
lesson.say(f"Capitals count: “it” for “It” takes p_1 from {rows[-2][1]} to {rows[-1][1]}.")

# %% [markdown]
# ## The brevity penalty
# Precision alone would praise a prediction of one sure word. There is no recall, as nobody can cover several references
# at once. Instead the score is multiplied by exp(1 - r / c) where c, the prediction's tokens, are fewer than r, those of
# the reference that is closest in length.

# %%
lesson.section()
texts = "The cat sat", "The cat sat.", CAT, "The cat sat on the mat and looked at the dog."
cats = {text: sentence_bleu(text, CAT) for text in texts}
print(f"\nReference: {CAT}")
lesson.table("brevity", ["prediction", "tokens", *ORDERS, "brevity penalty", "BLEU"], [
    [text, parts.prediction_length, *fractions(parts), parts.brevity_penalty, parts.score] for text, parts in cats.items()])
r = cats[CAT].reference_length
with lesson.plot("brevity_penalty", figsize=(7, 4)) as (_, ax):
    lengths = [c / 10 for c in range(5, 20 * r)]
    ax.plot(lengths, [brevity_penalty(c, r) for c in lengths])
    for text, parts in cats.items():
        point, long = (parts.prediction_length, parts.brevity_penalty), parts.prediction_length > r
        ax.plot(*point, marker="o", color="tab:orange")
        ax.annotate(f"{text} ({point[1]:.2f})", point, xytext=(0, -32) if long else (6, -14), ha="center" if long else "left",
                    textcoords="offset points", fontsize=8)
    ax.axvline(r, color="grey", linestyle=":")
    ax.set(xlabel=f"tokens of the prediction; the reference has {r}", ylabel="brevity penalty", xlim=(0, 2 * r + 3),
           ylim=(0, 1.1), title="Too short is punished; too long is not, but lowers the precision")
shortest = cats[texts[0]]
lesson.saw(f"“{texts[0]}” has {shortest.prediction_length} tokens for {r}, so its score is multiplied by "
           f"{shortest.brevity_penalty:.2f}.")

# %% [markdown]
# ## The French of our models
# The base model and lesson 5's instruct model translate sentences of the test set. BLEU of a corpus adds up all matches
# and all n-grams before it divides.

# %%
lesson.section()
task = load_task("translation")
test = task.test[:10 if lesson.fast else 100]
references = [list(e.references) for e in test]
prompts = [prompt for prompt, _ in instructions(test, task.templates, seed=3)]
models, written = {"base": load_model(WORLD / "base", device=lesson.device), "instruct": instruct_model(lesson)}, {}
for who, (model, tokenizer) in models.items():
    longest = 2 + max(len(tokenizer.encode(text)) for valid in references for text in valid)
    written[who] = complete(model, tokenizer, prompts, max_new_tokens=longest, batch_size=100)
Questions(tokenizer, prompts, references, task.metric).show(written)
guess = lesson.predict("Which BLEU from 0 to 100 do the translations of the instruct model get?")
corpus = {who: bleu(texts, references) for who, texts in written.items()}
first_only = {who: bleu(texts, [valid[0] for valid in references]) for who, texts in written.items()}
lesson.table("models", ["model", *ORDERS, "tokens", "reference", "BP", "BLEU", "BLEU, first reference only"], [
    [who, *parts.precisions, parts.prediction_length, parts.reference_length, parts.brevity_penalty, parts.score,
     first_only[who].score] for who, parts in corpus.items()])
guess.compare(corpus["instruct"].score)
shares = corpus["base"].precisions
if all(shares):
    lesson.say(f"Halving any p_n takes {1 - 0.5 ** 0.25:.0%} off BLEU. In an arithmetic mean it would depend: for the base model "
               f"{shares[0] / 2 / sum(shares):.0%} if p_1 is halved and {shares[3] / 2 / sum(shares):.0%} if p_4 is.")

pairs = list(zip(written["instruct"], references, strict=True))
each = [sentence_bleu(*pair) for pair in pairs]
inexact = [k for k, text in enumerate(written["instruct"]) if not exact_match(text, references[k])]
for which, k in (("highest", max(inexact, key=lambda k: each[k].score, default=None)),
                 ("lowest", min(inexact, key=lambda k: each[k].score, default=None))):
    if k is not None:
        print(f"\nThe {which} BLEU of the instruct model without being a reference:\n  english    {test[k].fields['english']!r}")
        print("\n".join(f"  reference  {text!r}" for text in references[k]))
        for who, text in ((who, texts[k]) for who, texts in written.items()):
            parts = sentence_bleu(text, references[k])
            print(f"  {who:9}  {text[:60]!r}\n{'':13}BLEU {parts.score:.1f}: p_n {' '.join(fractions(parts))}, "
                  f"brevity penalty {parts.brevity_penalty:.2f}")
base, instruct, alone = corpus["base"], corpus["instruct"], first_only["instruct"]
lesson.saw(f"BLEU is {base.score:.1f} for the base model and {instruct.score:.1f} for the instruct model, {alone.score:.1f} with "
           "the first reference only.")

# %% [markdown]
# ## A BLEU without its settings says little
# The same texts under the four smoothings: one sentence, the mean of all sentences' BLEUs, and the corpus.

# %%
lesson.section()
smoothed = {how: [sentence_bleu(VERY, REFERENCE, smoothing=how).score,
                  fmean(sentence_bleu(*pair, smoothing=how).score for pair in pairs),
                  bleu(written["instruct"], references, smoothing=how).score] for how in SMOOTHINGS}
lesson.table("smoothing", ["smoothing", f"“{VERY}”", "mean of sentences", "corpus"], [
    [how, *row] for how, row in smoothed.items()])
spans = [max(column) - min(column) for column in zip(*smoothed.values(), strict=True)]
lesson.saw(f"The smoothing moves BLEU by {spans[0]:.1f} points for one sentence, by {spans[1]:.1f} for the mean of sentences and "
           f"by {spans[2]:.1f} for the corpus.")


# %% [markdown]
# And two libraries: sacreBLEU, whose conventions are ours, splits off punctuation (13a) and smooths. NLTK takes tokens
# as they come, often from a split at white space, gives a share from 0 to 1, and does not smooth unless told to: where
# an order has no match, Python's sys.float_info.min stands in for the zero.


# %%
lesson.section()
def as_nltk(prediction, reference):
    """What nltk.translate.bleu_score.sentence_bleu gives by default for texts split at white space."""
    parts = sentence_bleu(prediction, reference, smoothing="none", tokenize="none")
    precisions = [match / max(total, 1) or sys.float_info.min for match, total in zip(parts.matches, parts.totals, strict=True)]
    return parts.brevity_penalty * geometric_mean(precisions) if parts.matches[0] else 0.0


lesson.table("libraries", ["prediction", "reference", "13a, exp", "white space, exp", "NLTK (of 1)"], [
    [*pair, sentence_bleu(*pair).score, sentence_bleu(*pair, tokenize="none").score, f"{as_nltk(*pair):.3g}"] for pair in (
        (VERY, REFERENCE), ("The cat sat on the mat", CAT), ("The cat, it sat on the mat.", CAT), ("The cat sat.", CAT))])
shared = sentence_bleu(VERY, REFERENCE).matches
lesson.claim("bleu-zero", f"“{VERY}” ({shared[3]} common 4-grams), of 100, by smoothing",
             figure=f"{', '.join(f'{how} {row[0]:.1f}' for how, row in smoothed.items())}; as NLTK by default "
                    f"{100 * as_nltk(VERY, REFERENCE):.1f}")
lesson.saw(f"“{VERY}” has a BLEU of {sentence_bleu(VERY, REFERENCE).score:.1f} here, and of "
           f"{100 * as_nltk(VERY, REFERENCE):.1f} by NLTK's default.")

# %% [markdown]
# ## Where BLEU is fooled
# The first reference is changed in five ways and scored against what it was: the second reference is right in other
# words, the other four are spoilt. The wrong name is the next of the valley's in the alphabet. Only sentences that have a
# name and a second reference take part. ROUGE-L stands beside, with a warning: its words are runs of a-z and 0-9.

# %%
lesson.section()
CHANGES = {"right, other words": "green", "shuffled words": "blue", "every word twice": "orange", "first half": "purple",
           "a wrong name": "red"}
METRICS = ["BLEU", "BLEU-1", "ROUGE-L x 100"]
guess = lesson.predict("Which of these keeps the highest BLEU?", list(CHANGES))
speakers = [line.split(":")[0] for e in load_task("dialogue_summary").train for line in e.fields["dialogue"].split("\n")]
NAMES = sorted(set(speakers))


def first_name(text):
    return next((word for word in re.findall(r"\w+", text) if word in NAMES), None)


def changed(example, draw):
    """The five texts in the order of CHANGES."""
    text = example.references[0]
    said, name = text.split(), first_name(text)
    return [example.references[1], " ".join(draw.sample(said, len(said))), " ".join(w for word in said for w in (word, word)),
            " ".join(said[:len(said) // 2]), re.sub(rf"\b{name}\b", NAMES[(NAMES.index(name) + 1) % len(NAMES)], text)]


def all_scores(texts, originals):
    """In the order of METRICS."""
    return [bleu(texts, originals).score, bleu(texts, originals, max_order=1).score,
            100 * rouge_corpus(texts, originals, ["rougeL"])["rougeL"].f1]


taking_part = [e for e in task.test if len(e.references) > 1 and first_name(e.references[0])]
runs, originals = [], [e.references[0] for e in taking_part]
for draw in map(random.Random, lesson.seeds):  # only the shuffling, number 1, differs
    columns = zip(*(changed(e, draw) for e in taking_part), strict=True)
    runs.append([all_scores(texts, originals) for texts in columns])
print(f"\nThe first of the {len(taking_part)}:\n\n    {originals[0]}")
for change, text in zip(CHANGES, changed(taking_part[0], random.Random(0)), strict=True):
    print(fill(f"  {change}: {text}", "      "))
lesson.table("fooled", ["change", *METRICS], [
    [change, *(spread([run[k][m] for run in (runs if k == 1 else runs[:1])]) for m in range(len(METRICS)))]
    for k, change in enumerate(CHANGES)])
left = dict(zip(CHANGES, runs[0], strict=True))
guess.compare(max(left, key=lambda change: left[change][0]))
with lesson.plot("fooled", figsize=(9, 4.5)) as (_, ax):
    for k, (change, color) in enumerate(CHANGES.items()):
        bars = ax.bar([x + (k - 2) * 0.17 for x in range(len(METRICS))], left[change], width=0.16, label=change,
                      color=f"tab:{color}")
        ax.bar_label(bars, fmt="%.0f", fontsize=8)
    ax.set_xticks(range(len(METRICS)), METRICS)
    ax.set(ylim=(0, 108), ylabel="score",
           title=f"What is left of the score when the reference is changed ({len(originals)} sentences)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=5)
lesson.saw(f"A wrong name keeps {left['a wrong name'][0]:.1f} of BLEU, the right translation in other words "
           f"{left['right, other words'][0]:.1f}.")

# %% [markdown]
# ## What was seen

# %%
lesson.section()
exact = len(test) - len(inexact)
later = sum(text != valid[0] and exact_match(text, valid) for text, valid in pairs)
lesson.say(f"Of the instruct model's {len(test)} translations {exact} are word for word a reference ({later} of them not the "
           f"first). The base model writes {base.prediction_length} tokens where the references have {base.reference_length}; "
           f"the instruct model {instruct.prediction_length}, where they have {instruct.reference_length}.")
lesson.say(f"The sentences' BLEUs have a mean of {smoothed['exp'][1]:.1f}, the corpus has a BLEU of {smoothed['exp'][2]:.1f}.")
for m, metric in enumerate(METRICS):
    right, *_ = scores = [left[change][m] for change in CHANGES]
    above = [f"{change} ({value:.1f})" for change, value in zip(CHANGES, scores, strict=True) if value > right]
    lesson.say(f"{metric}: {right:.1f} for the right one in other words; above it: {', '.join(above) or 'nothing'}.")
both = bleu([e.references[1] for e in taking_part], [e.references for e in taking_part]).score
accented = next(word for text in originals for word in text.split() if word.isalpha() and not word.isascii())
lesson.say(f"With both references the right one in other words has a BLEU of {both:.1f}: that is what several references are "
           f"for. To ROUGE “{accented}” is {words(accented)}, to BLEU {tokenize_13a(accented)}.")
lesson.record(test_examples=len(test), exact=exact, exact_but_not_first=later, changed_sentences=len(originals))
lesson.finish("tests/test_bleu.py")
