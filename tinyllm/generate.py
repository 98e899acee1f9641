"""Decoding: one token after another, for many prompts at once, with a cache of keys and values."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tinyllm.cache import Cache
from tinyllm.check import require
from tinyllm.config import Config
from tinyllm.device import in_mode
from tinyllm.model import Transformer
from tinyllm.tokenizer import Tokenizer


@torch.inference_mode()
def generate(model: Transformer, prompts: Sequence[Sequence[int]], max_new_tokens: int,
             temperature: float = 0.0, top_k: int | None = None, top_p: float | None = None,
             stop: int | Sequence[int] | None = None, seed: int | None = None) -> list[list[int]]:
    """The new tokens of each prompt, at most max_new_tokens.

    An answer ends before the first `stop` token, or when prompt and answer fill the context. The other
    prompts in the batch do not change it (but for rounding). So with a seed the same prompt twice gives the
    same sample twice. Raises InputError for a prompt that is empty or leaves no room in the context, and for
    settings by which no token can be chosen.
    """
    check_prompts(prompts, model.config)
    check_sampling(max_new_tokens, temperature, top_k, top_p)
    answers: list[list[int]] = [[] for _ in prompts]
    if not prompts or max_new_tokens == 0:
        return answers
    stops = {stop} if isinstance(stop, int) else set(stop or ())
    room = [min(max_new_tokens, model.config.context - len(prompt)) for prompt in prompts]
    chances = draw_chances(len(prompts), max_new_tokens, seed) if temperature else None
    ids, holds_token = pad_left(prompts, next(model.parameters()).device)
    cache = Cache(model.config.n_layers, holds_token, room=max(room))
    rows = list(range(len(prompts)))  # the prompts that still write
    with in_mode(model, training=False):
        for step in range(max(room)):
            logits = model(ids, cache)[:, -1]  # (B, V)
            chance = None if chances is None else chances[rows, step]  # (B)
            tokens = choose(logits, temperature, top_k, top_p, chance)  # (B)
            going = add_tokens(tokens.tolist(), rows, answers, room, stops)
            if not going:
                break
            if len(going) < len(rows):  # rows that are done leave the batch
                rows, tokens = [rows[i] for i in going], tokens[going]
                cache.keep(going)
            ids = tokens[:, None]  # (B, 1)
    return answers


def add_tokens(tokens: list[int], rows: list[int], answers: list[list[int]], room: list[int],
               stops: set[int]) -> list[int]:
    """Append each row's token to its answer, unless it is a stop. Returns which indices go on."""
    going = []
    for i, (row, token) in enumerate(zip(rows, tokens, strict=True)):
        if token in stops:
            continue
        answers[row].append(token)
        if len(answers[row]) < room[row]:
            going.append(i)
    return going


def choose(logits: Tensor, temperature: float, top_k: int | None, top_p: float | None,
           chance: Tensor | None) -> Tensor:
    """The next token of each row. logits (B, V), chance (B) uniform in [0, 1). Returns ids (B).

    Temperature 0 takes the likeliest token. Otherwise the tokens stand in order of their probability,
    softmax(logits / temperature). The list is cut after top_k tokens (Fan et al. 2018), and after the first
    tokens that together hold top_p of the probability (Holtzman et al. 2020). Lay the
    shares that remain end to end as a line: `chance` 0.3 takes the token that lies 30 % along it.
    """
    if temperature == 0:
        return logits.argmax(dim=-1)
    probability = (logits.float() / temperature).softmax(dim=-1)
    share, ids = probability.sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        share[:, top_k:] = 0
        share = share / share.sum(dim=-1, keepdim=True)  # top_p counts in shares of what top_k left
    if top_p is not None:
        before = share.cumsum(dim=-1) - share
        share[before >= top_p] = 0  # a token stays if those before it do not yet hold top_p
    total = share.cumsum(dim=-1)
    aim = chance.to(total)[:, None] * total[:, -1:]  # (B, 1)
    place = (total > aim).int().argmax(dim=-1, keepdim=True)  # of 0s and 1s the first 1
    return ids.gather(1, place)[:, 0]


def draw_chances(rows: int, steps: int, seed: int | None) -> Tensor:
    """Uniform numbers (rows, steps). With a seed all rows get the same, so a row's place does not matter."""
    if seed is None:
        return torch.rand(rows, steps)
    return torch.rand(1, steps, generator=torch.Generator().manual_seed(seed)).expand(rows, steps)


def pad_left(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """The prompts as a table of ids (B, T), padded on the left, and where it holds a token, (B, T) bool."""
    longest = max(len(prompt) for prompt in prompts)
    padding = [longest - len(prompt) for prompt in prompts]
    ids = [[0] * pad + list(prompt) for pad, prompt in zip(padding, prompts, strict=True)]
    holds_token = torch.arange(longest) >= torch.tensor(padding)[:, None]
    return torch.tensor(ids, device=device), holds_token.to(device)


def complete(model: Transformer, tokenizer: Tokenizer, prompts: Sequence[str], max_new_tokens: int = 48,
             batch_size: int = 64) -> list[str]:
    """The greedy answer to each prompt as text, without the white space around it.

    Prompts of like length run together, so that little time goes into padding.
    """
    encoded = tokenizer.encode_prompts(prompts)
    answers = [""] * len(encoded)
    by_length = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
    for start in range(0, len(by_length), batch_size):
        batch = by_length[start:start + batch_size]
        written = generate(model, [encoded[i] for i in batch], max_new_tokens, stop=tokenizer.end_id)
        for i, ids in zip(batch, written, strict=True):
            answers[i] = tokenizer.decode(ids).strip()
    return answers


def check_prompts(prompts: Sequence[Sequence[int]], config: Config):
    """Raise InputError for what is no list of lists of ids, and for a prompt that cannot be answered."""
    is_other = isinstance(prompts, str | Tensor) or any(isinstance(prompt, str | int) for prompt in prompts)
    require(not is_other, "generate takes a list of prompts, each a list of token ids: "
            "[tokenizer.encode(text)].")
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
    require(max_new_tokens >= 0, f"max_new_tokens is {max_new_tokens}, but it must not be negative.")
    require(temperature >= 0, f"temperature is {temperature}, but it must be a number of at least 0.")
    require(top_k is None or top_k >= 1, f"top_k is {top_k}, but it must be at least 1.")
    require(top_p is None or 0 < top_p <= 1, f"top_p is {top_p}, but it must be above 0 and at most 1.")
