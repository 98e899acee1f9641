# %% [markdown]
# # 8. ROUGE: how much of a reference summary is there?
#
# **The course says:** ROUGE-N divides the matching n-grams by those of the reference (recall) and by those of the output
# (precision). “cold cold cold cold” for “It is cold outside” has a precision of 4/4, and of 1/4 once it is clipped. “outside
# cold it is” still gets 1.0, so look at bigrams. ROUGE-2 is lower than ROUGE-1, more so on longer sentences. ROUGE-L uses the
# longest common subsequence.
#
# **The question:** what does ROUGE see in a summary, and what does it not see?
#
# A summary can be right in many wordings, so it need not equal a reference. ROUGE counts what the two have in common. First the
# score is grown on one sentence, where each step mends what fooled the step before. Then we score what our models write, change
# right summaries in five ways, four of which spoil them, and look at which score notices.
# Read beside it: tinyllm/metrics/rouge.py, tinyllm/metrics/accuracy.py

# %%
from lesson import Lesson

lesson = Lesson("08_rouge", minutes=0.2)

import random
import re
from collections import Counter
from statistics import mean

from measure import Questions, instruct_model, spread
from screen import fill

from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD, load_task
from tinyllm.metrics import exact_match, rouge, token_f1
from tinyllm.metrics.rouge import clipped_matches, lcs_places, lcs_table, unclipped_matches, words

REFERENCE, VERY, COLD, OUTSIDE = "It is cold outside", "It is very cold outside", "cold cold cold cold", "outside cold it is"
NOT = "It is not cold outside"

# %% [markdown]
# ## From words to pairs: each step mends the one before
# An n-gram is a run of n neighbouring words. The n-grams that a prediction and the reference have in common are the matches.
#
# - **Recall** is matches / n-grams of the reference. Alone it likes any text that is long enough.
# - **Precision** is matches / n-grams of the prediction. Alone it likes a single sure word.
# - **F1** is their harmonic mean, 2PR / (P + R). It is high only if both are.
# - **Clipping:** each match uses up one word of the reference, so that repeating a word earns nothing.
# - **Bigrams** (ROUGE-2) notice the order of words, to which single words (ROUGE-1) are blind.
#
# Look for the row that each step catches. The last two rows mean the opposite of each other.


# %%
lesson.section()
def counted(prediction, count=clipped_matches):
    """The recall and precision of single words, as fractions that show what was counted."""
    said, wanted = words(prediction), words(REFERENCE)
    matches = count(said, Counter(wanted))
    return f"{matches}/{len(wanted)}", f"{matches}/{len(said)}"


guess = lesson.predict(f"With bigrams, which F1 from 0 to 1 does “{OUTSIDE}” get?")
print(f"\nThe reference: {REFERENCE}")
kinds = {"ROUGE-1": "rouge1", "ROUGE-2": "rouge2", "ROUGE-L": "rougeL"}
rows = []
for text in (REFERENCE, "cold", COLD, OUTSIDE, VERY, NOT):
    f1s = [rouge(text, REFERENCE)[kind].f1 for kind in kinds.values()]
    rows.append([text, *counted(text), counted(text, unclipped_matches)[1], *f1s])
lesson.table("one_sentence", ["prediction", "recall", "precision", "unclipped", *kinds], rows)
guess.compare(rouge(OUTSIDE, REFERENCE)["rouge2"].f1)
precisions = counted(COLD, unclipped_matches)[1], counted(COLD)[1]
lesson.claim("r1-clip", f"precision of “{COLD}”, unclipped and clipped", figure=", ".join(precisions),
             true=precisions == ("4/4", "1/4"))
one_word = rouge(OUTSIDE, REFERENCE)["rouge1"]
lesson.claim("r1-order", f"ROUGE-1 of “{OUTSIDE}”: precision, recall, F1", true=set(one_word) == {1.0},
             figure=", ".join(f"{part:.2f}" for part in one_word))
lesson.saw(f"“{VERY}” and “{NOT}” score {rouge(VERY, REFERENCE)['rouge1'].f1:.2f} and {rouge(NOT, REFERENCE)['rouge1'].f1:.2f} "
           "on single words: an extra word is an extra word, whatever it means.")

# %% [markdown]
# ## ROUGE-L: the longest common subsequence
#
# A common subsequence is a list of words that occur in both texts in the same order. Other words may stand between them. The rows
# of the table are the words of the reference, its columns those of the prediction. An entry is the length of the longest one for
# the words so far. Where row and column have the same word, it is one more than the entry diagonally before it. Elsewhere it is
# the larger of the entries above and to the left. The entries in [brackets] lead to the last one, the length for the whole texts.
# Some copies of the lecture allow no word in between. They count “cold outside” alone and print P 0.4, R 0.5, F 0.44.

# %%
lesson.section()
wanted, predicted = words(REFERENCE), words(VERY)
table = lcs_table(wanted, predicted)
places = zip(lcs_places(wanted, predicted)[::-1], lcs_places(predicted, wanted)[::-1], strict=True)
path = [corner for i, j in places for corner in ((i, j), (i + 1, j + 1))]
lesson.table("subsequence", ["reference", "-", *predicted], [
    [word, *(f"[{n}]" if (i, j) in path else f"{n} " for j, n in enumerate(table[i]))] for i, word in enumerate(["-", *wanted])])
longest = rouge(VERY, REFERENCE)["rougeL"]
lesson.claim("rL-copies", f"ROUGE-L of “{VERY}”: precision, recall, F1", figure=", ".join(f"{part:.2f}" for part in longest),
             true=[round(part, 2) for part in longest] == [0.4, 0.5, 0.44])
lesson.saw(f"The longest common subsequence has {table[-1][-1]} words, which makes a ROUGE-L of {longest.f1:.3f}.")

# %% [markdown]
# ## The summaries of our models
#
# The base model and lesson 5's instruct model summarize dialogues of the test set. Each dialogue has two reference summaries,
# both right, and the better match counts. Read what they write before you look at the score.

# %%
lesson.section()
task = load_task("dialogue_summary")
test = task.test[:10 if lesson.fast else 100]
models = {"base": load_model(WORLD / "base", device=lesson.device), "instruct": instruct_model(lesson)}
questions = Questions.of(models["base"][1], task, test)
written = {who: questions.answers(model) for who, (model, _) in models.items()}
questions.show(written)
of_models = {who: mean(rouge(*pair)["rouge1"].f1 for pair in zip(texts, questions.references, strict=True))
             for who, texts in written.items()}
exact = mean(map(exact_match, written["instruct"], questions.references))
lesson.saw(f"ROUGE-1 is {of_models['base']:.2f} for the base model and {of_models['instruct']:.2f} for the instruct "
           f"model, of whose summaries {exact:.0%} equal a reference word for word.")

# %% [markdown]
# ## ROUGE-2 against ROUGE-1
#
# The second reference of each dialogue is scored against the first. Both are right, so a perfect score would give both 1.0. A
# word that differs takes away one word, but up to two pairs of neighbours. So ROUGE-2 falls further. Does the distance grow with
# the length of the sentence? It grows if the extra words are statements, each worded in another way: they break more pairs. It
# shrinks if they are a long pattern that both sentences share: its pairs stay whole.

# %%
lesson.section()
by_length = sorted(task.test, key=lambda example: len(words(example.completion)))
parts = [rouge(example.references[1], example.references[0]) for example in by_length]
apart, quarter = [own["rouge1"].f1 - own["rouge2"].f1 for own in parts], len(parts) // 4
lesson.claim("r2-lower", "ROUGE-1 - ROUGE-2, the second reference against the first", [apart], above=0, seeded=False)
lesson.claim("r2-long", "that distance: longest quarter of the sentences minus shortest, in order of length",
             [[long - short for short, long in zip(apart[:quarter], apart[-quarter:], strict=True)]], above=0, seeded=False)
short, long = mean(apart[:quarter]), mean(apart[-quarter:])
lesson.saw(f"ROUGE-2 is lower than ROUGE-1 by {short:.2f} on the shortest quarter of the sentences and by {long:.2f} on the "
           f"longest. Here the distance {'shrinks' if long < short else 'grows'} with the length.")

# %% [markdown]
# ## Spoil a right summary: which score notices?
#
# The first reference of each test dialogue is changed in five ways, and scored against what it was. Only the first change keeps
# it right: it is the second reference, which says the same in other words. A good score would put it above the four others. Look
# for columns in which a spoilt text is above it. Token F1 is ROUGE-1 with punctuation marks counted as words.

# %%
lesson.section()
RIGHT, *WRONG = CHANGES = ["right, other words", "shuffled words", "every word twice", "first half", "a wrong name"]
NAMES = sorted({line.split(":")[0] for example in task.train for line in example.fields["dialogue"].split("\n")})
guess = lesson.predict("Which of these keeps the highest ROUGE-1?", CHANGES)


def changed(example, draw) -> list[str]:
    """The five texts, in the order of CHANGES. The wrong name is the next one in the alphabet."""
    text, other = example.references[:2]
    said, name = text.split(), next(word for word in re.findall(r"\w+", text) if word in NAMES)
    return [other, " ".join(draw.sample(said, len(said))), " ".join(w for word in said for w in (word, word)),
            " ".join(said[:len(said) // 2]), re.sub(rf"\b{name}\b", NAMES[(NAMES.index(name) + 1) % len(NAMES)], text)]


SCORES = {name: lambda text, reference, kind=kind: rouge(text, reference)[kind].f1 for name, kind in kinds.items()}
SCORES |= {"token F1": token_f1, "exact match": lambda text, reference: float(exact_match(text, reference))}
originals, left = [example.references[0] for example in test], {}  # (change, score) -> the mean of each seed
for draw in map(random.Random, lesson.seeds):  # only the shuffling differs
    texts = dict(zip(CHANGES, zip(*(changed(example, draw) for example in test), strict=True), strict=True))
    for change in CHANGES:
        for name, metric in SCORES.items():
            left.setdefault((change, name), []).append(mean(map(metric, texts[change], originals)))
print(f"\nThe first of the {len(test)}: {originals[0]}")
for change in CHANGES:
    print(fill(f"  {change}: {texts[change][0]}", "      "))
lesson.table("spoilt", ["change", *SCORES], [[change, *(spread(left[change, name]) for name in SCORES)] for change in CHANGES])
one = {change: mean(left[change, "ROUGE-1"]) for change in CHANGES}
guess.compare(max(CHANGES, key=one.get))
fooled = {name: sum(mean(left[wrong, name]) > mean(left[RIGHT, name]) for wrong in WRONG) for name in SCORES}
with lesson.plot("spoilt", f"A wrong name keeps {one['a wrong name']:.2f} of ROUGE-1, the right summary in other words "
                 f"{one[RIGHT]:.2f}", figsize=(10, 6)) as (_, axes):
    for shift, name, hatch in zip((-0.27, 0, 0.27), kinds, ("", "//", ".."), strict=True):
        heights = [mean(left[change, name]) for change in CHANGES]
        bars = axes.bar([x + shift for x in range(len(CHANGES))], heights, 0.25, label=name, hatch=hatch)
        axes.bar_label(bars, fmt="%.2f", fontsize=12)
    axes.set_xticks(range(len(CHANGES)), [change.replace(" ", "\n", 1) for change in CHANGES])
    axes.set(ylim=(0, 1.2), ylabel="F1 against what it was")
    axes.legend(loc="upper right", ncols=3)
lesson.claim("accuracy-text", "the right summary in other words: exact match and ROUGE-1",
             figure=f"{mean(left[RIGHT, 'exact match']):.2f} and {one[RIGHT]:.2f}")
lesson.saw(f"Of the four spoilt summaries {fooled['ROUGE-1']} score higher than the right one by ROUGE-1, {fooled['ROUGE-2']} by "
           f"ROUGE-2 and {fooled['ROUGE-L']} by ROUGE-L.")

# %% [markdown]
# ## Why it comes out like this
#
# ROUGE compares words and knows no meaning. A wrong name costs one word of many, although it makes the summary false. Other words
# for the same thing cost as much as a mistake. So use ROUGE to compare systems on many summaries, give it several references, say
# which kind it is, and read some of the outputs yourself.

# %%
lesson.record(test_examples=len(test), fooled=fooled, rouge1_of_models=of_models)
lesson.finish("tests/test_rouge.py")
