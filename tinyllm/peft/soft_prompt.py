"""Prompt tuning: P trained vectors in front of the embedded text, and nothing else is trained.

    tokens       [7, 8, 9]
    the model    s_1 s_2 ... s_P  e_7 e_8 e_9        s trained, P D numbers in all; e from the frozen table

(Lester et al. 2021, section 2.) Each token of a written prompt is one of the V rows of the embedding
table. A vector of a soft prompt may be anything: gradient descent finds it. The prompt takes P positions
of the context at every use. It cannot be read, but `nearest_tokens` shows which tokens are closest to it.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.cache import Cache
from tinyllm.check import is_whole, require
from tinyllm.model import Transformer
from tinyllm.peft.parts import check_plain


class SoftPrompt(nn.Module):
    """A frozen model, the `base`, with `length` trained vectors, `prompt` (P, D), in front of every text.

    init: None for random vectors, "vocabulary" for the embeddings of tokens drawn at random, or the token
    ids of a text, which is repeated or cut to the length. `generate` takes a SoftPrompt like a Transformer.
    Its config.context is the model's less the length: the room that is left for tokens. Raises InputError
    for a length that leaves no room for a text.
    """

    def __init__(self, model: Transformer, length: int, init: str | Sequence[int] | None = None):
        super().__init__()
        check_soft_prompt(model, length, init)
        self.base = model.requires_grad_(False)
        self.prompt = nn.Parameter(first_vectors(model.embedding.weight.detach(), length, init))
        self.config = replace(model.config, context=model.config.context - length)

    def forward(self, ids: Tensor, cache: Cache | None = None, at: Tensor | None = None) -> Tensor:
        """ids (B, T) -> logits (B, T, V), (B, 1, V) with a cache, or (N, V) with `at`, as in `Transformer`.

        The logits of the prompt's own positions predict nothing and are left out. Raises ValueError if P
        and T together are more than the context.
        """
        x = self.base.embed(ids)  # (B, T, D)
        is_start = cache is None or cache.length == 0  # later the cache holds the prompt already
        if is_start:
            prompt = self.prompt.type_as(x).expand(len(ids), -1, -1)  # (B, P, D)
            x = torch.cat((prompt, x), dim=1)  # (B, P + T, D)
        if is_start and cache is not None:
            cache.put_in_front(len(self.prompt))
        if at is not None:
            return self.base.decode(x, cache, F.pad(at, (x.shape[1] - ids.shape[1], 0)))
        return self.base.decode(x, cache)[:, -ids.shape[1]:]  # without the prompt's own


def first_vectors(embeddings: Tensor, length: int, init: str | Sequence[int] | None) -> Tensor:
    """The vectors (P, D) to start from. Random ones are as large as embeddings (V, D) are."""
    V, D = embeddings.shape
    if init is None:
        return torch.randn(length, D).to(embeddings) * embeddings.std()
    if init == "vocabulary":
        init = torch.randint(V, (length,)).tolist()
    return embeddings[[init[i % len(init)] for i in range(length)]].clone()


def nearest_tokens(soft_prompt: SoftPrompt, count: int = 5) -> list[list[int]]:
    """For each vector of the prompt the ids of the `count` tokens whose embeddings are closest to it.

    The closest is the one that points most nearly the same way (cosine). Raises InputError for a count
    that is not from 1 to V.
    """
    check_nearest(soft_prompt, count)
    embeddings = F.normalize(soft_prompt.base.embedding.weight.detach().float(), dim=1)  # (V, D)
    prompt = F.normalize(soft_prompt.prompt.detach().float(), dim=1)  # (P, D)
    cosines = prompt @ embeddings.T  # (P, V)
    return cosines.topk(count, dim=1).indices.tolist()


def check_soft_prompt(model: Transformer, length: int, init: str | Sequence[int] | None):
    """Raise InputError for a length that does not fit, a model with parts on, and an unknown init."""
    check_plain(model)
    context, vocab_size = model.config.context, model.config.vocab_size
    fits = is_whole(length) and length <= context - 2
    require(fits, f"A soft prompt of length {length!r} does not fit: the context of {context} tokens must "
            f"hold it and at least one token and its answer, so 1 to {context - 2} are possible.")
    if isinstance(init, str):
        require(init == "vocabulary", f"init is {init!r}; "
                "it can be None, 'vocabulary' or the token ids of a text (Tokenizer.encode).")
    elif init is not None:
        are_ids = len(init) > 0 and all(is_whole(i, lowest=0) and i < vocab_size for i in init)
        require(are_ids, f"init must be token ids of the model's vocabulary of {vocab_size}, "
                "and at least one.")


def check_nearest(soft_prompt: SoftPrompt, count: int):
    """Raise InputError for no token, or for more than there are."""
    vocab_size = soft_prompt.config.vocab_size
    require(1 <= count <= vocab_size, f"There are {vocab_size} tokens, so not {count} nearest ones.")
