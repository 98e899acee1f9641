# %% [markdown]
# # 1. Tokenizer: what the model reads, and what it is asked to predict
#
# **The course says:** instruction fine-tuning shows a model pairs of prompt and completion, and compares the completion that
# it predicts with the one wanted, by cross-entropy. The prompt is read, the completion is learnt.
#
# **The question:** a language model never sees letters. What does it read instead, and where exactly is it asked to predict?
#
# Text becomes a list of tokens, each a piece of text from a fixed list, the vocabulary. This lesson trains such a vocabulary,
# and makes the pair that instruction tuning needs: the tokens that the model reads, and beside each the token that it must
# predict there. (How the pieces are joined is the work of the library `tokenizers`. What is ours is the pair.)
#
# Read beside it: tinyllm/tokenizer.py

# %%
from lesson import Lesson

lesson = Lesson("01_tokenizer", minutes=0.2)

from screen import in_colour

from tinyllm import Tokenizer
from tinyllm.data import WORLD, load_corpus
from tinyllm.tokenizer import IGNORE

documents = load_corpus()
sample = documents[:500 if lesson.fast else 5000]
held_back = documents[-300:]

# %% [markdown]
# ## Pieces: from bytes to words
# Byte-pair encoding starts with 257 tokens: the 256 bytes, so that it can write any text, and END, which marks where a text
# ends. Then it joins, again and again, the two neighbours that occur together most often. The more joins, the fewer tokens a
# text needs. Look at how the sentence falls into pieces (␣ is a space). In the first row there are no joins yet. A token can hold
# less than one character there, because a letter with an accent is two bytes.

# %%
lesson.section()
guess = lesson.predict("How many characters does one token hold on average, with a vocabulary of 2,048?")
rows = []
for vocab_size in (257, 300, 512, 1024, 2048):
    tokenizer = Tokenizer.train(sample, vocab_size)
    n_tokens = sum(len(ids) for ids in tokenizer.encode_many(held_back))
    sentence = "Marta eats no bread on Sundays."
    pieces = [tokenizer.decode([i]) for i in tokenizer.encode(sentence)]
    rows.append([vocab_size, sum(map(len, held_back)) / n_tokens, len(pieces), "|".join(pieces).replace(" ", "␣")])
lesson.table("vocabulary", ["vocabulary", "characters a token", "tokens", "the sentence in pieces"], rows)
guess.compare(rows[-1][1])
lesson.saw(f"At a vocabulary of {rows[-1][0]:,} a token holds {rows[-1][1]:.1f} characters on average.")

finding = f"From {rows[0][0]} to {rows[-1][0]:,} tokens: {rows[0][1]:.1f} to {rows[-1][1]:.1f} characters in each"
with lesson.plot("vocabulary", finding, figsize=(9, 5.5)) as (_, axes):
    axes.plot([row[0] for row in rows], [row[1] for row in rows], marker="o")
    axes.set(xscale="log", xlabel="vocabulary", ylabel="characters a token", ylim=(0, None))
    axes.set_xticks([row[0] for row in rows], [str(row[0]) for row in rows])
    axes.minorticks_off()

# %% [markdown]
# ## Nothing is lost
# Whatever you type comes back, in any script, because the bytes are always there to fall back on. And the token that
# ends a text cannot be typed: the characters "<|end|>" in a text stay characters.

# %%
lesson.section()
texts = ["Où est l'œuf ?", "名前は何ですか", "🙂 <|end|> done"]
round_trip = [[text, len(tokenizer.encode(text)), tokenizer.decode(tokenizer.encode(text)) == text] for text in texts]
lesson.table("round_trip", ["text", "tokens", "comes back"], round_trip)
lesson.saw(f"{sum(row[2] for row in round_trip)} of {len(texts)} texts in other scripts and signs come back as they were.")

# %% [markdown]
# ## Ids and targets, made together
# `render` gives the two lists that training needs. They are the same text shifted by one token: at each place the
# target is the token that comes next. On the prompt the target is IGNORE (-100), which cross-entropy skips.

# %%
lesson.section()
tokenizer = Tokenizer.load(WORLD / "base" / "tokenizer.json")  # the one that all later lessons use
prompt, completion = "Is this review positive or negative?\nThe soup was cold.\nAnswer:", " negative"
ids, targets = tokenizer.render(prompt, completion)


def name_of(token_id: int) -> str:
    return "IGNORE" if token_id == IGNORE else "END" if token_id == tokenizer.end_id else repr(tokenizer.decode([token_id]))


lesson.table("last_positions", ["position", "the model reads", "it must predict"],
             [[i, name_of(ids[i]), name_of(targets[i])] for i in range(len(ids) - 6, len(ids))])
print("\nThe same pair as text. The loss is computed on what is green (where there are no colours, on what is in brackets):\n")
print(in_colour(tokenizer.show(ids, targets)))

first = next(i for i, target in enumerate(targets) if target != IGNORE)
n_learnt = sum(target != IGNORE for target in targets)
lesson.record(positions=len(ids), positions_with_loss=n_learnt, first_position_with_loss=first)
lesson.say(f"The first position with a loss is {first}. There the model reads {name_of(ids[first])}, the prompt's last token, "
           f"and must predict {name_of(targets[first])}, the completion's first: the shift by one is why learning starts one "
           f"place before the completion. The last position must predict {name_of(targets[-1])}; without that the model would "
           "never learn to stop.")
lesson.saw(f"{n_learnt} of {len(ids)} positions carry a loss, the first of them at the prompt's last token.")
lesson.finish("tests/test_tokenizer.py")
