# %% [markdown]
# # 9. BLEU: how much of a translation is in the references?
#
# **The course says:** translation is scored by BLEU: precision, averaged over a range of n-gram sizes, against one or more human
# references.
#
# **The question:** what makes BLEU high, and what can a single number of it be trusted to say?
#
# A sentence has many right translations. BLEU asks how many of a translation's words, pairs, triples and quadruples stand in the
# translations that people wrote. The score is grown here on one sentence, where each part mends what fooled the part before.
# Then it judges our models' French, and we spoil right translations to see whether it notices.
#
# Read beside it: tinyllm/metrics/bleu.py

# %%
from lesson import Lesson

lesson = Lesson("09_bleu", minutes=0.2)

import math
import random
import re
import sys
from statistics import mean

from measure import Questions, instruct_model, spread
from screen import fill

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, load_task
from tinyllm.metrics import bleu, rouge_corpus, sentence_bleu
from tinyllm.metrics.bleu import SMOOTHINGS, geometric_mean
from tinyllm.metrics.rouge import ngrams, unclipped_matches

REFERENCE, VERY, SURE = "It is cold outside", "It is very cold outside", "It is"

# %% [markdown]
# ## From precision to BLEU: each part mends the one before
#
# - **p_1 to p_4** are precisions: which share of the prediction's single words, pairs, triples and quadruples do the references
#   have? They are **clipped** as in ROUGE: a repeated word matches only as often as a reference has it.
# - They are averaged, but not by the plain mean, where good single words would make up for there being no whole phrase. The
#   **geometric mean**, the fourth root of the product, is high only if all four are. In a product nothing makes up for a zero.
# - **Smoothing** puts a small number in the place of a zero, because a single sentence often has no quadruple in common. A size
#   for which the prediction is too short has no n-grams (0/0), and is left out.
# - The **brevity penalty** (BP) multiplies the score by exp(1 - r / c) where the c tokens of the prediction are fewer than the r
#   of the reference. Without it two sure words would be perfect. There is no recall, as nobody can cover several references.
#
# Look for the row that each part catches: repetition, shuffled words, a text that is too short. Smoothing is a makeshift: it
# keeps single sentences above zero, but can put a bad one above a good one. BLEU belongs to a corpus.

# %%
lesson.section()
guess = lesson.predict(f"“{VERY}” for “{REFERENCE}”: which BLEU from 0 to 100, without smoothing?")
print(f"\nThe reference: {REFERENCE}")
rows = []
for text in (REFERENCE, VERY, "cold cold cold cold", "outside cold It is", SURE, "It is not cold outside"):
    bare, smooth = sentence_bleu(text, REFERENCE, smoothing="none"), sentence_bleu(text, REFERENCE)
    unclipped = unclipped_matches(ngrams(text.split(), 1), ngrams(REFERENCE.split(), 1))
    p_1, p_2, p_3, p_4 = (f"{match}/{total}" for match, total in zip(bare.matches, bare.totals, strict=True))
    rows.append([text, f"{unclipped}/{len(text.split())}", p_1, p_2, p_3, p_4, bare.brevity_penalty, bare.score, smooth.score])
lesson.table("one_sentence", ["prediction", "unclipped", "p_1", "p_2", "p_3", "p_4", "BP", "BLEU", "smoothed"], rows)
very = sentence_bleu(VERY, REFERENCE)  # smoothed, so that its two means can be compared
guess.compare(sentence_bleu(VERY, REFERENCE, smoothing="none").score)
plain, geometric = mean(very.precisions), geometric_mean(very.precisions)
lesson.claim("bleu-mean", f"BLEU of “{VERY}”, smoothed, beside the means of its precisions",
             true=math.isclose(plain, very.score, abs_tol=1e-6), figure=f"plain mean {plain:.1f}; geometric mean x brevity "
             f"penalty {geometric * very.brevity_penalty:.1f}; BLEU {very.score:.1f}")
lesson.saw(f"With smoothing the precisions of “{VERY}” are {', '.join(f'{p:.3g}' for p in very.precisions)}. Their plain mean is "
           f"{plain:.1f}, and their geometric mean {geometric:.1f} is its BLEU.")

# %% [markdown]
# ## The French of our models
#
# The base model and lesson 5's instruct model translate sentences of the test set. Read first what they write. A base model may
# not stop after its sentence, and whatever it writes beyond counts against it. For a corpus, BLEU adds up the matches of all
# sentences and all their n-grams, and divides then. The mean of the sentences' own BLEUs is another number, and depends far more
# on how zeros are smoothed.
#
# The rows of the table are ways to smooth. **exp** puts 1/2, 1/4, ... of a match in the place of each zero in turn, **floor** 0.1
# of a match. **add-k** adds one match and one n-gram to each size above 1, zero or not. So exp and floor change nothing in a
# corpus where no size is without a match. Look at which column moves.
#
# So a BLEU without its settings says little. sacreBLEU, whose conventions are ours, splits off punctuation and smooths ("exp").
# NLTK takes the tokens as they come and does not smooth unless it is told to: the smallest positive number that Python has stands
# in the place of a zero.


# %%
lesson.section()
def as_nltk(prediction, reference) -> float:
    """What nltk.translate.bleu_score.sentence_bleu gives by default for texts split at white space, here from 0 to 100."""
    parts = sentence_bleu(prediction, reference, smoothing="none", tokenize="none")
    precisions = [match / max(total, 1) or sys.float_info.min for match, total in zip(parts.matches, parts.totals, strict=True)]
    return 100 * parts.brevity_penalty * geometric_mean(precisions) if parts.matches[0] else 0.0


task = load_task("translation")
test = task.test[:10 if lesson.fast else 100]
models = {"base": load_model(WORLD / "base", device=lesson.device), "instruct": instruct_model(lesson)}
questions = Questions.of(models["base"][1], task, test)
written = {who: questions.answers(model) for who, (model, _) in models.items()}
questions.show(written)
guess = lesson.predict("Which BLEU from 0 to 100 do the translations of the instruct model get?")
corpus = {who: bleu(texts, questions.references) for who, texts in written.items()}
first_only = bleu(written["instruct"], [valid[0] for valid in questions.references])
guess.compare(corpus["instruct"].score)
smoothed = {how: [sentence_bleu(VERY, REFERENCE, smoothing=how).score,
                  mean(sentence_bleu(*pair, smoothing=how).score
                       for pair in zip(written["instruct"], questions.references, strict=True)),
                  bleu(written["instruct"], questions.references, smoothing=how).score] for how in SMOOTHINGS}
lesson.table("smoothing", ["smoothing", f"“{VERY}”", "instruct: mean of sentences", "instruct: corpus"],
             [[how, *row] for how, row in smoothed.items()])
spans = [max(column) - min(column) for column in zip(*smoothed.values(), strict=True)]
lesson.claim("bleu-zero", f"“{VERY}”, of 100, by smoothing",
             figure=f"{', '.join(f'{how} {row[0]:.1f}' for how, row in smoothed.items())}; as NLTK by default "
                    f"{as_nltk(VERY, REFERENCE):.1f}")
line_1 = bleu([text.split("\n")[0] for text in written["base"]], questions.references).score
zeros = "where no precision is zero" if all(corpus["instruct"].matches) else "where a precision is zero"
lesson.saw(f"BLEU is {corpus['base'].score:.1f} for the base model ({line_1:.1f} if only each first line is scored) and "
           f"{corpus['instruct'].score:.1f} for the instruct model. The smoothing moves the mean of its sentences by "
           f"{spans[1]:.1f} and its corpus, {zeros}, by {spans[2]:.1f}.")

# %% [markdown]
# ## Spoil a right translation: does BLEU notice?
#
# The first reference is changed in five ways, and scored against what it was. Only the first change keeps it right: it is the
# second reference, which is right but worded otherwise (mostly the same words in another order). The wrong name is the next one
# in the alphabet. Only sentences that have a name and a second reference take part. Look at which spoilt texts stand above the
# right one. The last column gives the scorer both references, which is what several references are for.

# %%
lesson.section()
RIGHT, *WRONG = CHANGES = ["right, worded otherwise", "shuffled words", "every word twice", "first half", "a wrong name"]
dialogues = [example.fields["dialogue"] for example in load_task("dialogue_summary").train]
NAMES = sorted({line.split(":")[0] for dialogue in dialogues for line in dialogue.split("\n")})
guess = lesson.predict("Which of these keeps the highest BLEU?", CHANGES)


def first_name(text) -> str | None:
    """The first word of a text that is a name."""
    return next((word for word in re.findall(r"\w+", text) if word in NAMES), None)


def changed(example, draw) -> list[str]:
    """The five texts, in the order of CHANGES."""
    text, other = example.references[:2]
    said, name = text.split(), first_name(text)
    return [other, " ".join(draw.sample(said, len(said))), " ".join(w for word in said for w in (word, word)),
            " ".join(said[:len(said) // 2]), re.sub(rf"\b{name}\b", NAMES[(NAMES.index(name) + 1) % len(NAMES)], text)]


chosen = [example for example in task.test if len(example.references) > 1 and first_name(example.references[0])]
originals, both = [example.references[0] for example in chosen], [list(example.references) for example in chosen]
METRICS = {"BLEU": lambda texts: bleu(texts, originals).score, "BLEU-1": lambda texts: bleu(texts, originals, max_order=1).score,
           "ROUGE-L x 100": lambda texts: 100 * rouge_corpus(texts, originals, ["rougeL"])["rougeL"].f1,
           "BLEU, all references": lambda texts: bleu(texts, both).score}
left = {}  # (change, metric) -> the score of each seed
for draw in map(random.Random, lesson.seeds):  # only the shuffling differs
    texts = dict(zip(CHANGES, zip(*(changed(example, draw) for example in chosen), strict=True), strict=True))
    for change in CHANGES:
        for name, metric in METRICS.items():
            left.setdefault((change, name), []).append(metric(texts[change]))
print(f"\nThe first of the {len(chosen)}: {originals[0]}")
for change in CHANGES:
    print(fill(f"  {change}: {texts[change][0]}", "      "))
lesson.table("spoilt", ["change", *METRICS], [[change, *(spread(left[change, name]) for name in METRICS)] for change in CHANGES])
of_bleu = {change: mean(left[change, "BLEU"]) for change in CHANGES}
guess.compare(max(CHANGES, key=of_bleu.get))
finding = f"A wrong name keeps {of_bleu['a wrong name']:.0f} of BLEU's 100, the right one worded otherwise {of_bleu[RIGHT]:.0f}"
with lesson.plot("spoilt", finding, figsize=(10, 6)) as (_, axes):
    for shift, name, hatch in zip((-0.27, 0, 0.27), METRICS, ("", "//", ".."), strict=False):
        heights = [mean(left[change, name]) for change in CHANGES]
        bars = axes.bar([x + shift for x in range(len(CHANGES))], heights, 0.25, label=name, hatch=hatch)
        axes.bar_label(bars, fmt="%.0f", fontsize=12)
    axes.set_xticks(range(len(CHANGES)), [change.replace(" ", "\n", 1) for change in CHANGES])
    axes.set(ylim=(0, 120), ylabel="score against what it was")
    axes.legend(loc="upper center", ncols=3)
zero = [change for change in CHANGES if not all(bleu(texts[change], originals).matches)]
lesson.say(f"Above zero by smoothing alone, in the column BLEU: {', '.join(zero) or 'none of these'}.")
higher = [wrong for wrong in WRONG if of_bleu[wrong] > of_bleu[RIGHT]]
lesson.saw(f"The right translation, worded otherwise, has a BLEU of {of_bleu[RIGHT]:.0f}, and "
           f"{mean(left[RIGHT, 'BLEU, all references']):.0f}, of course, once the text itself is among the references. Spoilt "
           f"texts with a higher BLEU than its {of_bleu[RIGHT]:.0f}: {', '.join(higher) or 'none'}.")

# %% [markdown]
# ## Why it comes out like this
#
# BLEU compares forms, as ROUGE does. A changed word takes away one single word, but up to four quadruples. So a right translation
# in other words can lose as much as a false one, or more: BLEU pays for the wording, and a wrong name is one changed word of
# many. Use BLEU to compare systems on one corpus, with the same references and settings, and say which they are.

# %%
lesson.record(test_examples=len(test), changed_sentences=len(chosen), first_reference_only=first_only.score,
              precisions={who: parts.precisions for who, parts in corpus.items()})
lesson.finish("tests/test_bleu.py")
