"""Prompt tuning: P trained vectors in front of the embedded text, and nothing else is trained (Lester et al. 2021).

    tokens       [7, 8, 9]
    the model    s_1 s_2 ... s_P  e_7 e_8 e_9        s trained, P D numbers in all; e from the frozen embedding table

A written prompt is made of the V vectors that the embedding table holds. A soft prompt may be any vector, and is found
by gradient descent. It takes P positions of the context at every use, and cannot be read; `nearest_tokens` shows which
tokens lie closest to it.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import require
from tinyllm.model import Transformer
from tinyllm.peft.parts import check_plain


class SoftPrompt(nn.Module):
    """A frozen model with `length` trained vectors, `prompt` (P, D), in front of every text.

    init: None for random vectors, "vocabulary" for embeddings of tokens drawn at random, or the token ids of a text, which
    is repeated or cut to the length. Raises InputError for a length that leaves the context no room for a text.
    `model` and `generate` take it like a Transformer; config.context is what is left for tokens.
    """

    def __init__(self, model: Transformer, length: int, init: str | Sequence[int] | None = None):
        super().__init__()
        check_soft_prompt(model, length, init)
        vectors = _start(model.embedding.weight.detach(), length, init)
        self.base = model.requires_grad_(False)
        self.prompt = nn.Parameter(vectors)
        self.config = replace(model.config, context=model.config.context - length)

    def forward(self, ids: Tensor, cache=None) -> Tensor:
        """ids (B, T) -> logits (B, T, V), or (B, 1, V) with a cache; the prompt's own, which predict nothing, are left out.

        Raises ValueError if T and P together are more than the context.
        """
        x = self.base.embed(ids)  # (B, T, D)
        if cache is not None and cache.length:
            return self.base.decode(x, cache)  # the cache holds the prompt already
        P, prompt = len(self.prompt), self.prompt.expand(len(ids), -1, -1)  # (B, P, D)
        x = torch.cat((prompt.type_as(x), x), dim=1)  # (B, P + T, D)
        if cache is not None:
            cache.widen(P)
            # The padding stays outermost. With 2 columns of it, prompt s and text e:  s s s - - e e e  ->  - - s s s e e e
            x = torch.stack([torch.cat((row[P:P + pad], row[:P], row[P + pad:]))
                             for row, pad in zip(x, cache.padding, strict=True)])
        return self.base.decode(x, cache)[:, -ids.shape[1]:]  # those of the text


def nearest_tokens(soft_prompt: SoftPrompt, count: int = 5) -> list[list[int]]:
    """For each vector of the prompt the ids of the `count` tokens whose embeddings point most nearly the same way (cosine)."""
    check_nearest(soft_prompt, count)
    embeddings = F.normalize(soft_prompt.base.embedding.weight.detach().float(), dim=1)  # (V, D)
    return (F.normalize(soft_prompt.prompt.detach().float(), dim=1) @ embeddings.T).topk(count, dim=1).indices.tolist()


def _start(embeddings: Tensor, length: int, init: str | Sequence[int] | None) -> Tensor:
    """The vectors (P, D) to start from; random ones are as large as embeddings are."""
    V, D = embeddings.shape
    if init is None:
        return torch.randn(length, D).to(embeddings) * embeddings.std()
    if init == "vocabulary":
        init = torch.randint(V, (length,)).tolist()
    return embeddings[[init[i % len(init)] for i in range(length)]].clone()


def check_soft_prompt(model: Transformer, length: int, init: str | Sequence[int] | None):
    """Raise InputError for a length that does not fit, a model with parts, and a start that is none."""
    context = model.config.context
    require(isinstance(length, int) and 1 <= length <= context - 2,
            f"A soft prompt of length {length!r} does not fit: the context of {context} tokens must hold "
            f"it and at least one token and its answer, so 1 to {context - 2} are possible.")
    check_plain(model)
    if isinstance(init, str):
        require(init == "vocabulary",
                f"init is {init!r}; "
                "it can be None, 'vocabulary' or the token ids of a text (Tokenizer.encode).")
    elif init is not None:
        V = len(model.embedding.weight)
        are_ids = len(init) > 0 and all(isinstance(i, int) and 0 <= i < V for i in init)
        require(are_ids, f"init must be token ids of the model's vocabulary of {V}, and at least one.")


def check_nearest(soft_prompt: SoftPrompt, count: int):
    """Raise InputError for no token, or for more than there are."""
    V = soft_prompt.config.vocab_size
    require(1 <= count <= V, f"There are {V} tokens, so not {count} nearest ones.")
