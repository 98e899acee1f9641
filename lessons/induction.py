"""A head start for pre-training: two attention layers that copy, written into the weights by hand.

A model that repeats a name must find where the name stood before, and see what came after it. Two attention
layers can do that together. The pair is called an induction head (Olsson et al. 2022, "In-context Learning
and Induction Heads"):

    layer 1   At each token it writes a note that says which token came before.
    layer 2   It looks for the place whose note names the present token, and copies the token found there.

    tokens            Mar    ta     :      ...    Mar
    note of layer 1          Mar    ta                      "ta" notes that "Mar" came before it
    layer 2 at the last "Mar" finds the note "Mar", reads the token that carries it, and so predicts "ta".

A transformer finds this by itself if it reads enough text. Our runs are too short for that, and lesson 3
measures what the head start changes in one of them. The base model starts with these heads too, and training
may keep, change or forget them. Starting attention from a structure that is known to be useful is called
mimetic initialization (Trockman and Kolter 2023).
"""

import torch
from torch import Tensor

from tinyllm.check import require
from tinyllm.model import Config, Transformer, rope_tables, rotate

NOTE_HEADS = 3  # heads of the first layer that look one token back

# How strongly each part works. These numbers were found by trial.
EMBEDDING_SCALE = 0.15  # far larger than a step of the optimizer, so that tokens stay different
SHARPNESS = 5.0  # how clearly the first layer prefers the token before
NOTE = 1.5  # how loudly it writes the note
MATCH = 2.0  # how clearly the second layer prefers the note that fits
COPY = 3.0  # how loudly it copies


@torch.no_grad()
def write_induction_heads(model: Transformer):
    """Write induction heads into the first two layers of the model, in place.

    Raises InputError for a model without biases, with fewer than two layers, or with too few heads.
    """
    config = model.config
    check_has_parts(config)
    model.embedding.weight.copy_(torch.randn(config.vocab_size, config.width) * EMBEDDING_SCALE)

    # A note fills the heads that look back, so it holds N = NOTE_HEADS * K of the D numbers of a token.
    # `read` says what it keeps of the token before, and `write` where it stands, nearly unrelated to `read`.
    noted = NOTE_HEADS * config.head_width
    read = random_rotation(config.width)[:noted]  # (N, D)
    write = random_rotation(config.width)[:noted]  # (N, D)

    look_one_token_back(model)
    first = model.blocks[0].attention
    first.v.weight[:noted].copy_(read)
    first.o.weight[:, :noted].copy_(write.T * EMBEDDING_SCALE * NOTE)

    # The query says what the present token is, and the key says what the note of a place says. Both pass
    # through the same random matrix, so the two agree where the note names the present token.
    second = model.blocks[1].attention
    compare = torch.randn(config.width, noted) * MATCH / noted**0.5  # (D, N)
    second.q.weight.copy_(compare @ read)
    second.k.weight.copy_(compare @ write)
    carry = random_rotation(config.width)
    second.v.weight.copy_(carry)
    second.o.weight.copy_(carry.T * EMBEDDING_SCALE * COPY)


@torch.no_grad()
def look_one_token_back(model: Transformer):
    """Make the first heads of the first layer attend to the token before, in place.

    Query and key are constants (biases), so only RoPE tells the places apart. The query is the key turned
    back by one position: the two fit best where the key stands exactly one token before the query.
    """
    config, first = model.config, model.blocks[0].attention
    key = torch.zeros(1, config.head_width)
    key[:, :4] = SHARPNESS  # the pairs that turn fastest tell neighbours apart best
    cos, sin = rope_tables(config)
    query = rotate(key, cos[1:2], -sin[1:2])  # the minus turns it the other way
    noted = NOTE_HEADS * config.head_width
    first.k.bias[:noted].copy_(key[0].repeat(NOTE_HEADS))
    first.q.bias[:noted].copy_(query[0].repeat(NOTE_HEADS))


def random_rotation(width: int) -> Tensor:
    """A random rotation of the D numbers that hold a token: (D, D)."""
    return torch.linalg.qr(torch.randn(width, width)).Q


@torch.no_grad()
def copying_accuracy(model: Transformer, length: int = 24, rows: int = 64, seed: int = 0) -> float:
    """The share of tokens predicted right in the repetition of a random sequence; 1.0 is perfect copying.

    Every sequence is random and repeats with a period of its own, from 8 to `length` tokens, so a model can
    know the next token by copying only.
    """
    draw = torch.Generator().manual_seed(seed)
    ids = torch.zeros(rows, 2 * length, dtype=torch.long)  # (B, T)
    for row in ids:
        period = int(torch.randint(8, length + 1, (1,), generator=draw))
        piece = torch.randint(0, model.config.vocab_size, (period,), generator=draw)
        repeated = piece.repeat(2 * length // period + 1)
        row[:] = repeated[:2 * length]
    ids = ids.to(model.embedding.weight.device)
    guesses = model(ids)[:, length:-1].argmax(dim=-1)  # (B, length - 1)
    return (guesses == ids[:, length + 1:]).float().mean().item()


def check_has_parts(config: Config):
    """Raise InputError for a model without the parts that the heads are written into."""
    has_layers = config.n_layers >= 2
    has_heads = config.n_kv_heads == config.n_heads >= NOTE_HEADS
    require(config.bias and has_layers and has_heads, "Induction heads need bias=True, two layers, and as "
            f"many key/value heads as heads, at least {NOTE_HEADS}.")
