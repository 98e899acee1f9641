"""A head start for pre-training: two layers that copy, written into the weights by hand.

To repeat a name, a model must look for where it stood before and see what came after it. Two attention layers do that
together, an induction head (Olsson et al. 2022): a head of the first layer notes at each token which token came before,
and a head of the second looks for the place whose note says what it is itself.

    ... Marta  :  ... Leo  :  ... Mar-        "Mar-" looks for the place that notes "Mar-" came before: it holds "ta".

Given enough text a transformer finds this by itself; in a run as short as ours it does not, and lesson 3 measures how much a
head start changes in one. So the base model starts with these heads, and training may keep, change or forget them. To start
attention from a structure that is known to be useful is the idea of mimetic initialization (Trockman and Kolter 2023).
"""

import torch
from torch import Tensor

from tinyllm.check import require
from tinyllm.model import Config, Transformer, rope_tables, rotate

EMBEDDING_SCALE = 0.15  # far above the size of a step of the optimizer, so that tokens stay different from each other
NOTE_HEADS = 3  # heads of the first layer that look one token back
SHARPNESS, NOTE, MATCH, COPY = 5.0, 1.5, 2.0, 3.0  # how strongly each part works, found by trial


def orthogonal(width: int) -> Tensor:
    """A random rotation of the D numbers that hold a token: (D, D)."""
    return torch.linalg.qr(torch.randn(width, width)).Q


@torch.no_grad()
def write_induction_heads(model: Transformer):
    """Put induction heads into the first two layers, in place. Raises InputError for a model without biases or layers."""
    check_has_parts(model.config)
    config = model.config
    model.embedding.weight.copy_(torch.randn(config.vocab_size, config.width) * EMBEDDING_SCALE)
    first, second = model.blocks[0].attention, model.blocks[1].attention
    noted = NOTE_HEADS * config.head_width  # of the D numbers of a token, as many can be noted

    # First layer: a query that is its key turned back by one position fits best exactly one token before (RoPE).
    key = torch.zeros(1, config.head_width)
    key[:, :4] = SHARPNESS  # the four fastest pairs tell neighbours apart best
    cos, sin = rope_tables(config)
    query = rotate(key, cos[1:2], -sin[1:2])
    first.k.bias[:noted].copy_(key.repeat(1, NOTE_HEADS)[0])
    first.q.bias[:noted].copy_(query.repeat(1, NOTE_HEADS)[0])
    read, write = orthogonal(config.width)[:noted], orthogonal(config.width)[:noted]  # (noted, D)
    first.v.weight[:noted].copy_(read)
    first.o.weight[:, :noted].copy_(write.T * EMBEDDING_SCALE * NOTE)  # directions of its own, nearly unrelated to those read

    # Second layer: queries say what the token is, keys what the note says, and values hand on the token that stands there.
    compare = torch.randn(config.width, noted) * MATCH / noted**0.5
    second.q.weight.copy_(compare @ read)
    second.k.weight.copy_(compare @ write)
    carry = orthogonal(config.width)
    second.v.weight.copy_(carry)
    second.o.weight.copy_(carry.T * EMBEDDING_SCALE * COPY)


@torch.no_grad()
def copying_accuracy(model: Transformer, length: int = 24, rows: int = 64, seed: int = 0) -> float:
    """The share of tokens that the model gets right in the repetition of a random sequence: 1 for perfect copying.

    The sequences are random, each with a period of its own from 8 to `length`, so nothing but copying can tell the token.
    """
    draw = torch.Generator().manual_seed(seed)
    ids = torch.zeros(rows, 2 * length, dtype=torch.long)
    for row in ids:
        period = int(torch.randint(8, length + 1, (1,), generator=draw))
        piece = torch.randint(0, model.config.vocab_size, (period,), generator=draw)
        row[:] = piece.repeat(2 * length // period + 1)[:2 * length]
    ids = ids.to(model.embedding.weight.device)
    guesses = model(ids)[:, length:-1].argmax(dim=-1)
    return (guesses == ids[:, length + 1:]).float().mean().item()


def check_has_parts(config: Config):
    """Raise InputError for a model without the parts that the heads are written into."""
    has_layers = config.n_layers >= 2
    has_heads = config.n_kv_heads == config.n_heads >= NOTE_HEADS
    require(config.bias and has_layers and has_heads, "Induction heads need bias=True, two layers, and as "
            f"many key/value heads as heads, at least {NOTE_HEADS}.")
