# %% [markdown]
# # 3. Pre-training: a language model from nothing but text
#
# **The course says:** pre-training is self-supervised, on vast unstructured text; fine-tuning is supervised, on labelled pairs of
# prompt and completion.
#
# **The question:** what can a model learn from text that nobody has labelled?
#
# The text itself says what comes next. This lesson trains a small decoder from random weights for a short while and watches it
# learn. Then it loads the base model that comes with tinyllm, on which all later lessons stand. This very script made it, in a
# longer run (`--full`).
#
# Read beside it: tinyllm/trainer.py, `Packed` in tinyllm/data.py, lessons/induction.py

# %%
from lesson import Lesson

lesson = Lesson("03_pretraining", minutes=0.8, full=True)

import math
import re
from itertools import accumulate

import torch
from induction import write_induction_heads
from measure import spread

from tinyllm import Config, Tokenizer, TrainConfig, Trainer, Transformer
from tinyllm.batches import batches_from
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, Packed, load_corpus
from tinyllm.device import has_bf16_units
from tinyllm.generate import complete

VOCABULARY, HELD_BACK, FULL_EPOCHS = 2048, 300, 6.0
full = lesson.options.full and not lesson.fast
documents = load_corpus()
validation_texts, training_texts = documents[:HELD_BACK], documents[HELD_BACK:]

# %% [markdown]
# ## The text, packed
# Documents are joined end to end, with an END token between them, and cut into windows of equal length. In each window
# every token is predicted from those before it, so no position is wasted.

# %%
lesson.section()
if full:
    tokenizer = Tokenizer.train(training_texts, VOCABULARY)
    window, batch_size, epochs, rate = 256, 8, FULL_EPOCHS, 2e-3
else:
    tokenizer = Tokenizer.load(WORLD / "base" / "tokenizer.json")
    training_texts = training_texts[:100 if lesson.fast else 3000]
    window, batch_size, epochs, rate = 128, 8, 1.0, 2e-3
train = Packed(tokenizer, training_texts, window)
validation = Packed(tokenizer, validation_texts[:15 if lesson.fast else HELD_BACK], window)
ids, targets = train[0]
lesson.say(f"{len(training_texts):,} documents make {len(train) * window:,} tokens in {len(train):,} windows of {window}. "
           "The first window begins, and its targets begin one token later:")
print(f"  ids      {[tokenizer.decode([i]) for i in ids[:8].tolist()]}")
print(f"  targets  {[tokenizer.decode([i]) for i in targets[:8].tolist()]}")
all_ids, all_targets = (torch.cat(parts) for parts in zip(*train, strict=True))
one_later = all_targets[:-1] == all_ids[1:]  # across the ends of windows too
from_text = tokenizer.decode([all_ids[0].item(), *all_targets.tolist()]).rstrip("\ufffd")  # the cut may split a character
lesson.claim("pre-self", "whether every target is the next token of the text", figure=f"{one_later.sum():,} of "
             f"{len(one_later):,} targets", true=bool(one_later.all()) and "".join(training_texts).startswith(from_text))
lesson.saw(f"{one_later.sum():,} of {len(one_later):,} targets are the next token of the text itself.")

# %% [markdown]
# ## From random weights
# The loss is the mean of -log p(next token), in nats, the unit of the natural logarithm. A model that knows nothing gives each of
# V tokens the same p = 1/V, so its loss is log V. Perplexity is exp(loss): the model is as unsure as if it had to choose among
# that many equally likely tokens. Look at how fast the first part of the way goes, and how slowly the rest.
#
# The learning rate says how far a step goes. In the first steps the gradients are large and point anywhere, so it rises from 0
# (the warm-up). At the end small steps settle what large ones jump over, so it falls again, here along a cosine.

# %%
lesson.section()
guess = lesson.predict(f"What is the loss of a model that has learnt nothing, with a vocabulary of {VOCABULARY:,}?")
config = Config(vocab_size=VOCABULARY, n_layers=4, n_heads=6, width=192, context=512, hidden=448, bias=True)


def pretrain(seed: int, head_start: bool):
    """A model trained from random weights, its history, and the validation loss that it started with."""
    torch.manual_seed(seed)
    model = Transformer(config)
    start, _ = Trainer(model, TrainConfig(device=lesson.options.device)).evaluate(validation)
    if head_start:
        write_induction_heads(model)
    trainer = Trainer(model, TrainConfig(
        epochs=epochs, batch_size=batch_size, learning_rate=rate, evaluations=7, seed=seed, device=lesson.options.device,
        precision="bf16" if has_bf16_units(lesson.device) else "float32", compile=lesson.options.compile,
        out=lesson.folder / f"full_run_{seed}" if full else None, save_every=400, resume=full))  # it may be interrupted
    return model, trainer.fit(train, validation), start


runs = [pretrain(seed, head_start=full) for seed in lesson.seeds]
model, history, start = runs[0]
guess.compare(start)
batches = batches_from(0, train, batch_size, lesson.seeds[0])  # those that it read, only counted, as one is smaller
read = [window * n for n in accumulate(len(next(batches)) for _ in history.train_loss)]  # tokens after each step
lesson.table("full_run" if full else "short_run", ["tokens read", "validation loss", "perplexity", "next token right"], [
    [0, start, math.exp(start), ""],
    *[[read[step - 1], loss, math.exp(loss), accuracy] for step, loss, accuracy in
      zip(history.steps, history.validation_loss, history.validation_accuracy, strict=True)]])
if full:
    save_model(WORLD / "base", model.cpu(), tokenizer)
    lesson.say(f"The model is in {WORLD.name}/base, with a validation loss of {min(history.validation_loss):.4f}.")
losses = [min(history.validation_loss) for _, history, _ in runs]
lesson.saw(f"Validation loss fell from {start:.2f} (ln {VOCABULARY:,} is {math.log(VOCABULARY):.2f}) to {spread(losses)} after "
           f"{read[-1]:,} tokens.")

# %% [markdown]
# ## A head start in copying
# To repeat a name from the text before, a model needs two layers that work together, an induction head. Large models find
# them in the flood of text; this one reads too little. lessons/induction.py writes them into the weights before training
# starts. Here is the same short run once more, with that head start. Compare the two in both columns: the loss counts every
# token, and a name to be copied is rare among them. So the head start may help with the names and still cost loss.
# What the base model is better at also comes from how much more it read.

# %%
lesson.section()
names = {name for text in documents for name in re.findall(r"^([A-Z][a-z]+): ", text, re.MULTILINE)}
name_ids = {i for i in range(tokenizer.vocab_size) if tokenizer.decode([i]).strip() in names}


def names_repeated(model) -> float:
    """The share right of the names that stood in the same document before, so that they could be copied."""
    right = total = 0
    for text in validation_texts[:20 if lesson.fast else 100]:
        ids = tokenizer.encode(text)
        with torch.no_grad():
            guesses = model(torch.tensor([ids], device=lesson.device))[0].argmax(dim=-1).tolist()
        again = [i for i in range(1, len(ids)) if ids[i] in name_ids and ids[i] in ids[:i]]
        right, total = right + sum(guesses[i - 1] == ids[i] for i in again), total + len(again)
    return right / total


guess = lesson.predict("Of the names that stand in the text already, which share does the plain short run predict?")
base, _ = load_model(WORLD / "base", device=lesson.device)
base_loss, base_accuracy = Trainer(base, TrainConfig(device=lesson.options.device)).evaluate(validation)
characters = [sum(map(len, texts)) for texts in (training_texts, documents[HELD_BACK:])]  # of this run, and of the base's
millions = len(train) * window * characters[1] / characters[0] * FULL_EPOCHS / 1e6
rows = [["this run, with induction heads" if full else "short run", f"{read[-1]:,}", min(history.validation_loss),
         names_repeated(model.to(lesson.device))]]
if not full:
    ahead, ahead_history, _ = pretrain(lesson.seeds[0], head_start=True)
    rows.append(["short run, with induction heads", f"{read[-1]:,}", min(ahead_history.validation_loss), names_repeated(ahead)])
rows.append(["the base model", f"about {millions:.1f} million", base_loss, names_repeated(base)])
lesson.table("copying", ["model", "tokens read", "validation loss", "names repeated right"], rows)
guess.compare(rows[0][3])
if full:
    lesson.saw(f"Of the names that could be copied from the text before, the new model predicts {rows[0][3]:.0%}.")
else:
    lesson.saw(f"In the short run the head start moves the share of names copied right from {rows[0][3]:.0%} to "
               f"{rows[1][3]:.0%}, and the validation loss from {rows[0][2]:.2f} to {rows[1][2]:.2f}"
               f"{': it costs loss' if rows[1][2] > rows[0][2] else ''}.")

finding = f"From {start:.2f} to {min(history.validation_loss):.2f} nats a token in this run, {base_loss:.2f} in the long one"
with lesson.plot("loss", finding, figsize=(10, 6)) as (_, axes):
    axes.plot(read, history.train_loss, alpha=0.4, linewidth=1, label="training, each step")
    axes.plot([read[step - 1] for step in history.steps], history.validation_loss, marker="o", label="validation")
    axes.axhline(math.log(VOCABULARY), color="grey", linestyle=":", label=f"knowing nothing: ln {VOCABULARY:,}")
    axes.axhline(base_loss, color="black", linestyle="--", label="the base model, validation")
    axes.set(xlabel="tokens read", ylabel="loss (nats a token)", ylim=(0, 1.4 * math.log(VOCABULARY)))
    axes.legend(loc="upper right")

# %% [markdown]
# ## The base model, made by `python lessons/03_pretraining.py --full`
# The same code with the whole corpus and the head start. Three models continue the same openings. Look at form and content
# apart: a line can have the right form and still hold the wrong word. (The French word for bread is “pain”.)

# %%
lesson.section()
torch.manual_seed(0)
untrained = Transformer(config)
openings = ["Marta lives in", "Leo: Could I borrow your", "dog = chien\ncat = chat\nbread ="]
models = {"random": untrained.to(lesson.device), "this run": model, "base": base}
for opening in openings:
    print(f"\n{opening}")
    for name, one in models.items():
        text = complete(one, tokenizer, [opening], max_new_tokens=16)[0].replace("\n", " / ")
        print(f"  {name:9} -> {text}")
lesson.saw(f"The base model is at a loss of {base_loss:.3f} and predicts {base_accuracy:.0%} of the held-back tokens.")

# %% [markdown]
# ## How to read these losses
# This text is an invented little world made from sentence patterns, far easier to predict than what people write, so compare
# these losses with each other and with nothing else.

# %%
lesson.record(loss_at_start=start, loss_of_this_run=losses, loss_of_base=base_loss, next_token_right_base=base_accuracy,
              tokens_read=len(train) * window, window=window, weights=sum(p.numel() for p in model.parameters()))
lesson.finish("tests/test_trainer.py tests/test_induction.py")
