# %% [markdown]
# # 2. Transformer: how does a token learn what stood before it?
#
# **The course says:** a decoder reads a sequence of tokens and predicts the next one. Each token gathers, by attention, from
# those before it.
#
# **The question:** in a model that reads all tokens at once, what carries a word from where it stands to where it is needed?
#
# The course builds on the transformer of its first week. This lesson walks through the one that all later lessons tune. It
# shows the shape of everything on the way, draws where attention looks, and checks three things that go wrong in silence.
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
# ## Every shape on the way
#
# B texts, T tokens, D width, H heads of width K, V vocabulary. Between the blocks a token is always one vector of D numbers.
# Each block reads it and adds something to it. Look at how the last dimension changes, and how T never does.
#
# The **feed-forward** layer works on each token alone. It widens the vector twice, to two vectors of the inner width. One of
# them is the **gate**: it says how much of each number of the other goes through, and the product is narrowed to D again.
# **Embedding** and **head** are one table (their weights are tied). A token's row is its vector at the start, and its score at
# the end is the product of that row with the last vector. So the table counts only once among the weights.
#
# Two small parts have no row of their own. **RMSNorm** stands in front of attention and of the feed-forward layer. It divides a
# token's vector by the root of the mean of its squared numbers, so that all vectors are equally long. Without it they grow from
# block to block. **RoPE** tells a token where it stands: before a query meets a key, both are turned by an angle that grows with
# their position. How well the two fit then depends on how far apart they are, and on nothing else about the positions.

# %%
lesson.section()
guess = lesson.predict("Which share of the model's weights is in the table of embedding and head (0 to 1)?")
shapes = [["ids: one number a token (B, T)", tuple(ids.shape)]]


def note(name):
    """A hook that notes the shape of what a part gives out."""
    return lambda part, inputs, output: shapes.append([name, tuple(output.shape)])


first = model.blocks[0]
parts = {"embedding: one row of the table for each token (B, T, D)": model.embedding,
         "block 1, q: H heads of K side by side (B, T, H K)": first.attention.q,
         "block 1, attention: what a token gathers (B, T, D)": first.attention,
         "block 1, gate: the inner width (B, T, hidden)": first.feed_forward.gate,
         "block 1, feed-forward: each token on its own (B, T, D)": first.feed_forward,
         f"after {config.n_layers} blocks, the last norm (B, T, D)": model.norm,
         "head: a score for every token of the vocabulary (B, T, V)": model.head}
hooks = [part.register_forward_hook(note(name)) for name, part in parts.items()]
with torch.no_grad():
    logits = model(ids)
for hook in hooks:
    hook.remove()
lesson.table("shapes", ["part", "shape"], shapes)
n_embedding, n_all = model.embedding.weight.numel(), sum(parameter.numel() for parameter in model.parameters())
guess.compare(n_embedding / n_all)
lesson.saw(f"The model has {n_all:,} weights, {n_embedding / n_all:.0%} of them in the table of embedding and head.")

# %% [markdown]
# ## From scores to the next token
#
# A softmax turns the scores at the last token into probabilities of what comes next. To take the likeliest token each time is
# called greedy. To draw one by its probability makes the text livelier, and less reliable. **Temperature** divides the scores
# before the softmax: below 1 the likeliest tokens become likelier still, above 1 the others catch up. **Top-k** draws from the k
# likeliest tokens alone. **Top-p** draws from as few of the likeliest tokens as together hold a probability of p.
# Look at how the first token's probability changes with the temperature, and at how many tokens top-p leaves.

# %%
lesson.section()
chances = {temperature: (logits[0, -1] / temperature).softmax(dim=-1) for temperature in (0.5, 1.0, 2.0)}
likeliest = chances[1.0].topk(5).indices.tolist()
left = {how: int((own.sort(descending=True).values.cumsum(dim=-1) < 0.9).sum()) + 1 for how, own in chances.items()}
lesson.table("chances", ["next token", *(f"temperature {temperature:g}" for temperature in chances)], [
    *([repr(tokenizer.decode([token])), *(own[token].item() for own in chances.values())] for token in likeliest),
    ["tokens that top-p = 0.9 leaves", *left.values()]])
lesson.saw(f"Greedy, the model goes on: “{text}” -> “{tokenizer.decode(generate(model, [ids[0].tolist()], 8)[0]).strip()}”. "
           f"Top-p = 0.9 leaves {left[1.0]} of {config.vocab_size:,} tokens to draw from.")

# %% [markdown]
# ## Where attention looks
#
# Every token makes three vectors out of its own. The **query** says what it is looking for. The **key** says what it can be
# found by. The **value** is what it passes on. The product of a query and a key is the score of one token for another, a
# softmax turns the scores into shares that add up to 1, and the token gathers the values in these shares. Each head does this
# with queries, keys and values of its own, so each can look for something else. A token sees itself and those before it.
#
# Why are the scores divided by sqrt(K)? A score is the sum of K products, and such a sum is about sqrt(K) times as large as
# one product. Undivided, the largest score would take nearly all of the softmax, whatever the others are. Then hardly any
# gradient is left to learn from.
#
# The picture shows two heads. A row is a token that looks, and a column one that it can look at. Right of the diagonal all is
# empty: no token sees a later one. **Left:** the head of the first layer that looks most at the token just before. It did not
# learn this by itself: lesson 3 writes heads that look one token back into the first layer by hand, and training may blur them.
# **Right:** of all heads of the later layers the one that looks most from the last word, “the”, at “kettle”. Nobody wrote that
# one. Does the model say, then, that what was lost is what was found? Not by this alone. The head was picked as the largest of
# many, and what it gathers is added to what all other heads and layers give. So we look up where “kettle” stands among the next
# tokens.

# %%
lesson.section()
maps = {}
with torch.no_grad():
    x, T = model.embed(ids), ids.shape[1]
    rope, mask = (model.cos[:T], model.sin[:T]), causal_mask(T, like=x)
    for i, block in enumerate(model.blocks, start=1):
        q, k, _ = block.attention.queries_keys_values(block.attention_norm(x), rope)
        for h, weights in enumerate(attention_weights(q, k, mask)[0], start=1):
            maps[i, h] = weights  # (T, T)
        x = block(x, rope, mask, None)
pieces = [tokenizer.decode([token]).strip() for token in ids[0].tolist()]
kettle = pieces.index("kettle")
back = max((key for key in maps if key[0] == 1), key=lambda key: maps[key].diagonal(-1).mean())
found = max((key for key in maps if key[0] > 1), key=lambda key: maps[key][-1, kettle])
share, n_looking = maps[found][-1, kettle].item(), sum(key[0] > 1 for key in maps)
chance = chances[1.0][ids[0, kettle]].item()
rank = int((chances[1.0] > chance).sum()) + 1
one, two = (maps[back].diagonal(-n).mean().item() for n in (1, 2))
lesson.record(one_back=back, at_kettle=found, share_at_kettle={str(key): own[-1, kettle].item() for key, own in maps.items()},
              rank_of_kettle=rank, probability_of_kettle=chance)
finding = f"One head looks at “kettle” with {share:.0%}; as the next token “kettle” is number {rank}, with {chance:.1%}"
with lesson.plot("attention", finding, ncols=2, figsize=(14, 7.8)) as (_, axes):
    titles = f"{one:.0%} one token back, {two:.0%} two", f"“the” at “kettle”: {share:.0%}"
    for own, key, title in zip(axes, (back, found), titles, strict=True):
        own.imshow(maps[key], cmap="Blues", vmin=0, vmax=1)
        own.set(title=f"layer {key[0]}, head {key[1]}: {title}", xlabel="looks at", ylabel="token")
        own.set_xticks(range(T), pieces, rotation=90)
        own.set_yticks(range(T), pieces)
generator = torch.Generator().manual_seed(0)
q, k = (torch.randn(1, 1, 100, config.head_width, generator=generator) for _ in range(2))
largest = {how: attention_weights(q * factor, k, torch.zeros(100, 100)).amax(dim=-1).mean().item()
           for how, factor in (("divided", 1.0), ("undivided", config.head_width ** 0.5))}
lesson.saw(f"The head that looks most at “kettle”, picked from {n_looking}, gives it {share:.0%} of its attention. As the next "
           f"token “kettle” is number {rank} of {config.vocab_size:,}, with a probability of {chance:.3f}.")
lesson.say(f"For random queries and keys of K = {config.head_width} the largest of 100 shares is {largest['undivided']:.2f} "
           f"without the division by sqrt(K), and {largest['divided']:.2f} with it.")

# %% [markdown]
# ## Three things that go wrong in silence
#
# A forgotten mask makes training easy and generation useless. Padding that is seen, or a position that is counted wrongly,
# shifts every answer a little. None of them raises an error, so they are measured.

# %%
lesson.section()
with torch.no_grad():
    changed = ids.clone()
    changed[0, -1] = (changed[0, -1] + 1) % config.vocab_size
    seen_ahead = (model(changed) - logits)[0, :-1].abs().max().item()
short, long = tokenizer.encode("Leo lives in"), tokenizer.encode("On Monday Marta went to the market because she wanted")
together = generate(model, [short, long], max_new_tokens=12)
alone = [generate(model, [prompt], max_new_tokens=12)[0] for prompt in (short, long)]
without_cache = list(short)
for _ in range(12):
    with torch.no_grad():
        without_cache.append(model(torch.tensor([without_cache]))[0, -1].argmax().item())
checks = {"another last token leaves the scores at earlier ones as they are": seen_ahead == 0,
          "two prompts in one padded batch write what each writes alone": together == alone,
          "with the cache of keys and values the same tokens as without": without_cache[len(short):] == alone[0]}
lesson.table("checks", ["check", "holds"], [[name, str(holds)] for name, holds in checks.items()])
lesson.saw(f"{sum(checks.values())} of {len(checks)} checks hold.")
lesson.finish("tests/test_model.py tests/test_generate.py")
