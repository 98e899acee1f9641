"""Decoding: one token after another, for many prompts at once, with a cache of keys and values.

Rows of a batch are padded on the left so that all prompts end in the same column; the padding is hidden from attention
and not counted as positions, so a prompt gets the answer that it would get alone.

    prompts             columns          positions
    [7, 8, 9, 10]       7 8 9 10 | ..    0 1 2 3 | 4 5 ..
    [5, 6]              - -  5 6 | ..    - - 0 1 | 2 3 ..
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tinyllm.check import require
from tinyllm.model import Config, Transformer, causal_mask, rope_tables
from tinyllm.tokenizer import Tokenizer


class LayerCache:
    """One layer's keys and values of all tokens so far, each (B, G, S, K), with room for `capacity` columns."""

    def __init__(self, rows: int, capacity: int, config: Config, like: Tensor):
        shape = rows, config.n_kv_heads, capacity, config.head_width
        self.keys, self.values = like.new_empty(shape), like.new_empty(shape)
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values (B, G, T, K) of T new columns; return all that there are now, (B, G, S, K)."""
        end = self.length + k.shape[2]
        self.keys[:, :, self.length:end], self.values[:, :, self.length:end] = k, v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def keep(self, rows: Tensor):
        self.keys, self.values = self.keys[rows], self.values[rows]


class Cache:
    """What the model remembers of the tokens it has read, so that one more token costs one token's work.

    padding: for each row the number of columns on its left that hold no token. like: a tensor of the model's, for the
    type and device of the numbers. A cache belongs to one call of `generate` and ends with it.
    """

    def __init__(self, config: Config, padding: Sequence[int], capacity: int, like: Tensor):
        self.config, self.capacity, self.like = config, capacity, like
        self.layers = [LayerCache(len(padding), capacity, config, like) for _ in range(config.n_layers)]
        self.padding = list(padding)
        columns = torch.arange(capacity, device=like.device)
        first = torch.tensor(padding, device=like.device)[:, None, None]  # (B, 1, 1): each row's first real column
        positions = (columns - first).clamp(min=0)  # (B, 1, capacity)
        self.rope = [table.to(like)[positions] for table in rope_tables(replace(config, context=capacity))]  # (B, 1, capacity, K)
        # Not -inf: a padding column that looks back sees padding alone, and a softmax over nothing is not a number.
        self.hidden = torch.zeros_like(columns, dtype=like.dtype).where(columns >= first, torch.finfo(like.dtype).min)

    def widen(self, columns: int):
        """Make room for more columns than was thought; only before the first one is filled."""
        self.__init__(self.config, self.padding, self.capacity + columns, self.like)

    @property
    def length(self) -> int:
        """Columns filled so far."""
        return self.layers[0].length

    def reach(self, new: int) -> int:
        """Tokens in the longest row once `new` columns are added."""
        return self.length + new - min(self.padding)

    def rope_and_mask(self, new: int) -> tuple[list[Tensor], Tensor]:
        """For T new columns: cos and sin at the position of each, (B, 1, T, K), and what to add to its scores, (B, 1, T, S)."""
        end = self.length + new
        mask = self.hidden[:, None, :, :end]  # (B, 1, 1, S)
        if new > 1:
            mask = mask + causal_mask(end, like=mask)[self.length:]  # (B, 1, T, S)
        return [table[:, :, self.length:end] for table in self.rope], mask

    def keep(self, rows: Tensor):
        """Drop all rows but these (int64 indices)."""
        self.padding = [self.padding[i] for i in rows.tolist()]
        self.rope, self.hidden = [table[rows] for table in self.rope], self.hidden[rows]
        for layer in self.layers:
            layer.keep(rows)


def choose(logits: Tensor, temperature: float, top_k: int | None, top_p: float | None, chance: Tensor | None) -> Tensor:
    """The next token of each row: logits (B, V), chance (B) uniform in [0, 1), None at temperature 0. Returns ids (B).

    temperature 0 takes the likeliest. Otherwise the tokens stand in order of softmax(logits / temperature), the list is
    cut after top_k tokens (Fan et al. 2018), and after the first tokens that together hold top_p (Holtzman et al. 2020),
    and `chance` points somewhere into the probability that remains.
    """
    if temperature == 0:
        return logits.argmax(dim=-1)
    share, ids = (logits.float() / temperature).softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        share[:, top_k:] = 0
        share = share / share.sum(dim=-1, keepdim=True)  # top_p counts in shares of what top_k left
    if top_p is not None:
        share[share.cumsum(dim=-1) - share >= top_p] = 0  # a token stays if those before it do not yet hold top_p
    total = share.cumsum(dim=-1)
    pick = (total > chance[:, None] * total[:, -1:]).int().argmax(dim=-1)  # the first that passes
    return ids.gather(1, pick[:, None])[:, 0]


@torch.inference_mode()
def generate(model: Transformer, prompts: Sequence[Sequence[int]], max_new_tokens: int, temperature: float = 0.0,
             top_k: int | None = None, top_p: float | None = None, stop: int | Sequence[int] | None = None,
             seed: int | None = None) -> list[list[int]]:
    """The new tokens of each prompt, at most max_new_tokens, up to and without the first `stop` token.

    A row ends early when its prompt and answer fill the context. What a prompt gets depends on nothing but the prompt
    and the seed, neither on the prompts beside it nor on the padding; so the same prompt twice gives the same sample
    twice, unless no seed is given. Raises InputError for a prompt that is empty or leaves no room in the context.
    """
    check_prompts(prompts, model.config)
    check_sampling(max_new_tokens, temperature, top_k, top_p)
    if not prompts or max_new_tokens == 0:
        return [[] for _ in prompts]
    stops = set() if stop is None else {stop} if isinstance(stop, int) else set(stop)
    room = [min(max_new_tokens, model.config.context - len(prompt)) for prompt in prompts]
    chances = _chances(len(prompts), max_new_tokens, seed)
    was_training = model.training
    model.eval()  # no dropout
    try:
        return _decode(model, prompts, room, stops, lambda logits, rows, step: choose(
            logits, temperature, top_k, top_p, chances[rows, step].to(logits.device) if temperature else None))
    finally:
        model.train(was_training)


def _decode(model: Transformer, prompts: Sequence[Sequence[int]], room: list[int], stops: set[int], pick) -> list[list[int]]:
    """The loop of `generate`: pick(logits (B, V), rows, step) says the next token of the prompts that still write."""
    longest = max(map(len, prompts))
    padding = [longest - len(prompt) for prompt in prompts]
    weight = next(model.parameters())
    cache = Cache(model.config, padding, longest + max(room), like=weight)
    ids = torch.tensor([[0] * pad + list(prompt) for pad, prompt in zip(padding, prompts, strict=True)], device=weight.device)
    rows, answers = list(range(len(prompts))), [[] for _ in prompts]
    for step in range(max(room)):
        ids = pick(model(ids, cache)[:, -1], rows, step)[:, None]  # (B, 1)
        for row, token in zip(rows, ids[:, 0].tolist(), strict=True):
            if token in stops:
                room[row] = 0
            else:
                answers[row].append(token)
        going = [i for i, row in enumerate(rows) if len(answers[row]) < room[row]]
        if not going:
            break
        if len(going) < len(rows):  # rows that are done leave the batch
            rows, keep = [rows[i] for i in going], torch.tensor(going, device=weight.device)
            ids = ids[keep]
            cache.keep(keep)
    return answers


def _chances(rows: int, steps: int, seed: int | None) -> Tensor:
    """(rows, steps) uniform numbers; with a seed every row has the same ones, so that it does not matter which row it is."""
    if seed is None:
        return torch.rand(rows, steps)
    return torch.rand(1, steps, generator=torch.Generator().manual_seed(seed)).expand(rows, steps)


def complete(model: Transformer, tokenizer: Tokenizer, prompts: Sequence[str], max_new_tokens: int = 48,
             batch_size: int = 64) -> list[str]:
    """The greedy answer to each prompt as text, without the white space around it; prompts of like length run together."""
    encoded = tokenizer.encode_many(list(prompts))
    answers = [""] * len(encoded)
    by_length = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
    for start in range(0, len(by_length), batch_size):
        batch = by_length[start:start + batch_size]
        written = generate(model, [encoded[i] for i in batch], max_new_tokens, stop=tokenizer.end_id)
        for i, ids in zip(batch, written, strict=True):
            answers[i] = tokenizer.decode(ids).strip()
    return answers


def check_prompts(prompts: Sequence[Sequence[int]], config: Config):
    """Raise InputError for what is no list of lists of ids, and for a prompt that the model cannot answer."""
    is_text = isinstance(prompts, str | Tensor) or any(isinstance(prompt, str | int) for prompt in prompts)
    message = "generate takes a list of prompts, each a list of token ids: [tokenizer.encode(text)]."
    require(not is_text, message)
    context, vocab_size = config.context, config.vocab_size
    for i, prompt in enumerate(prompts):
        length = len(prompt)
        require(length > 0, f"Prompt {i} is empty; give it at least one token.")
        require(length < context, f"Prompt {i} has {length} tokens, but the context of {context} must hold "
                "it and the answer; shorten the prompt or give fewer examples in it.")
        is_known = min(prompt) >= 0 and max(prompt) < vocab_size
        require(is_known, f"Prompt {i} holds a token id outside the model's vocabulary of {vocab_size}.")


def check_sampling(max_new_tokens: int, temperature: float, top_k: int | None, top_p: float | None):
    """Raise InputError for settings by which no token can be chosen."""
    require(max_new_tokens >= 0 and temperature >= 0, "max_new_tokens and temperature must not be negative.")
    is_cut = (top_k is None or top_k >= 1) and (top_p is None or 0 < top_p <= 1)
    require(is_cut, "top_k must be at least 1, and top_p above 0 and at most 1.")
