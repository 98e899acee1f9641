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

from tinyllm.errors import InputError
from tinyllm.model import Transformer
from tinyllm.peft.parts import refuse_adapted


class SoftPrompt(nn.Module):
    """A frozen model with `length` trained vectors, `prompt` (P, D), in front of every text.

    init: None for random vectors, "vocabulary" for embeddings of tokens drawn at random, or the token ids of a text, which
    is repeated or cut to the length. Raises InputError for a length that leaves the context no room for a text.
    `model` and `generate` take it like a Transformer; config.context is what is left for tokens.
    """

    def __init__(self, model: Transformer, length: int, init: str | Sequence[int] | None = None):
        super().__init__()
        context = model.config.context
        if not isinstance(length, int) or not 1 <= length <= context - 2:
            raise InputError(f"A soft prompt of length {length!r} does not fit: the context of {context} tokens must hold it and "
                             f"at least one token and its answer, so 1 to {context - 2} are possible.")
        refuse_adapted(model)
        vectors = _start(model.embedding.weight.detach(), length, init)
        self.base = model.requires_grad_(False)
        self.prompt = nn.Parameter(vectors)
        self.config = replace(model.config, context=context - length)

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
    if not 1 <= count <= soft_prompt.config.vocab_size:
        raise InputError(f"There are {soft_prompt.config.vocab_size} tokens, so not {count} nearest ones.")
    embeddings = F.normalize(soft_prompt.base.embedding.weight.detach().float(), dim=1)  # (V, D)
    return (F.normalize(soft_prompt.prompt.detach().float(), dim=1) @ embeddings.T).topk(count, dim=1).indices.tolist()


def _start(embeddings: Tensor, length: int, init: str | Sequence[int] | None) -> Tensor:
    """The vectors (P, D) to start from; random ones are as large as embeddings are."""
    if init is None:
        return embeddings.new_empty(length, embeddings.shape[1]).normal_(std=embeddings.std().item())
    if isinstance(init, str):
        if init != "vocabulary":
            raise InputError(f"init is {init!r}; it can be None, 'vocabulary' or the token ids of a text (Tokenizer.encode).")
        return embeddings[torch.randint(len(embeddings), (length,), device=embeddings.device)].clone()
    if not len(init) or not all(isinstance(i, int) and 0 <= i < len(embeddings) for i in init):
        raise InputError(f"init must be token ids of the model's vocabulary of {len(embeddings)}, and at least one.")
    return embeddings[torch.tensor([init[i % len(init)] for i in range(length)], device=embeddings.device)].clone()
