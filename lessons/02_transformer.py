# %% [markdown]
# # 2. Transformer: from tokens to the next token
#
# **The course says:** A decoder reads a sequence of tokens and predicts the next one; each token gathers, by
# attention, from those before it.
#
# The course builds on the transformer of its first week. This lesson walks through the one that all later lessons tune,
# prints every shape on the way, and draws where attention looks. Then it checks three things that one can get wrong
# without noticing.
#
# Read beside it: tinyllm/model.py, tinyllm/generate.py

# %%
from lesson import Lesson

lesson = Lesson("02_transformer", minutes=0.2)

import torch

from tinyllm import generate
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD
from tinyllm.model import attention_weights, causal_mask

model, tokenizer = load_model(WORLD / "base")
config = model.config
text = "Marta lost her blue kettle at the market. On Monday Leo found the"
ids = torch.tensor([tokenizer.encode(text)])

# %% [markdown]
# ## Every shape
# B texts, T tokens, D width, H heads of width K, V vocabulary. A hook on each part prints what comes out of it.

# %%
lesson.section()
guess = lesson.predict("Which share of the model's weights is in the embedding table?")
shapes = []


def note(name):
    return lambda module, inputs, output: shapes.append([name, tuple(output.shape)])


first = model.blocks[0]
parts = {"embedding: one row a token (B, T, D)": model.embedding,
         "block 0: norm (B, T, D)": first.attention_norm,
         "block 0: q, H heads of K side by side (B, T, H K)": first.attention.q,
         "block 0: attention, back to the width (B, T, D)": first.attention,
         "block 0: gate, the inner width": first.feed_forward.gate,
         "block 0: feed-forward (B, T, D)": first.feed_forward,
         f"after all {config.n_layers} blocks and the last norm (B, T, D)": model.norm,
         "head: a score for every token of the vocabulary (B, T, V)": model.head}
hooks = [part.register_forward_hook(note(name)) for name, part in parts.items()]
with torch.no_grad():
    logits = model(ids)
for hook in hooks:
    hook.remove()
lesson.table("shapes", ["part", "shape"], [["ids (B, T)", tuple(ids.shape)], *shapes])

counts = {"embedding (and head: tied)": model.embedding.weight.numel(),
          "attention: q, k, v, o": sum(p.numel() for b in model.blocks for p in b.attention.parameters()),
          "feed-forward: gate, up, down": sum(p.numel() for b in model.blocks for p in b.feed_forward.parameters())}
total = sum(p.numel() for p in model.parameters())
counts["norms"] = total - sum(counts.values())
lesson.table("weights", ["part", "weights", "share"], [[k, n, n / total] for k, n in counts.items()])
guess.compare(counts["embedding (and head: tied)"] / total)
lesson.saw(f"The model has {total:,} weights, {counts['embedding (and head: tied)'] / total:.0%} of them in the embedding "
           f"table, and turns {ids.shape[1]} tokens into {ids.shape[1]} x {config.vocab_size:,} scores.")

# %% [markdown]
# ## The next token
# The logits at the last position, through a softmax, are the model's odds for what comes next.

# %%
lesson.section()
odds, tokens = logits[0, -1].softmax(dim=-1).topk(5)
lesson.table("next_token", ["next piece", "probability"],
             [[repr(tokenizer.decode([t])), p] for p, t in zip(odds.tolist(), tokens.tolist(), strict=True)])
lesson.say(f"It goes on: “{text}” -> “{tokenizer.decode(generate(model, [ids[0].tolist()], 12)[0]).strip()}”")
lesson.saw(f"The likeliest next piece is {tokenizer.decode([tokens[0].item()])!r}, with a probability of {odds[0]:.2f}.")

# %% [markdown]
# ## Where attention looks
# One square for each token (row) and each token that it can look at (column). Nothing is right of the diagonal: no
# token sees a later one. The four heads shown are the most decided of all, those whose last row is most concentrated.

# %%
lesson.section()
maps = {}
with torch.no_grad():
    x = model.embed(ids)
    T = ids.shape[1]
    rope, mask = (model.cos[:T], model.sin[:T]), causal_mask(T, like=x)
    for i, block in enumerate(model.blocks):
        q, k, _ = block.attention.queries_keys_values(block.attention_norm(x), rope)
        k = k.repeat_interleave(config.n_heads // config.n_kv_heads, dim=1)
        for h, weights in enumerate(attention_weights(q, k, mask)[0]):
            maps[i, h] = weights
        x = block(x, rope, mask, None)
decided = sorted(maps, key=lambda key: -maps[key][-1].max().item())[:4]
pieces = [tokenizer.decode([i]).strip() for i in ids[0].tolist()]
with lesson.plot("attention", nrows=2, ncols=2, figsize=(10, 10)) as (_, axes):
    for (i, h), ax in zip(decided, axes.flat, strict=True):
        ax.imshow(maps[i, h], cmap="Blues", vmin=0, vmax=1)
        ax.set_title(f"layer {i + 1}, head {h + 1}")
        ax.set_xticks(range(T), pieces, rotation=90, fontsize=8)
        ax.set_yticks(range(T), pieces, fontsize=8)
i, h = decided[0]
looked_at = pieces[int(maps[i, h][-1].argmax())]
lesson.saw(f"From the last token, '{pieces[-1]}', layer {i + 1}, head {h + 1} looks at '{looked_at}' with "
           f"{maps[i, h][-1].max():.0%} of its attention.")

# %% [markdown]
# ## Three things that go wrong in silence
# A forgotten mask makes training easy and generation useless; a wrong position or a padding that is seen shifts every
# answer a little. None of them raises an error, so they are measured.

# %%
lesson.section()
with torch.no_grad():
    changed = ids.clone()
    changed[0, -1] = (changed[0, -1] + 1) % config.vocab_size
    seen_ahead = (model(changed) - logits)[0, :-1].abs().max().item()
    above = max(weights.triu(1).max().item() for weights in maps.values())
short, long = tokenizer.encode("Leo lives in"), tokenizer.encode("On Monday Marta went to the market because she wanted")
together = generate(model, [short, long], max_new_tokens=12)
alone = [generate(model, [prompt], max_new_tokens=12)[0] for prompt in (short, long)]
without_cache = list(short)
for _ in range(12):
    with torch.no_grad():
        without_cache.append(model(torch.tensor([without_cache]))[0, -1].argmax().item())
lesson.table("checks", ["check", "outcome"], [
    ["change of earlier logits when the last token changes", seen_ahead],
    ["largest attention to a later token", above],
    ["two prompts in one padded batch write what each writes alone", together == alone],
    ["with the cache the same tokens as without", without_cache[len(short):] == alone[0]]])
lesson.saw(f"Earlier logits change by {seen_ahead:.1g} when a later token changes, and padding changes "
           f"{'nothing' if together == alone else 'something'} that is written.")
lesson.finish("tests/test_model.py tests/test_generate.py")
