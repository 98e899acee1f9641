"""Exercise: attention, by which a token gathers from those before it.

Lesson 2 shows what queries, keys and values are, and where heads look. Here you write the three steps: who may look where, how
much each token looks at each other, and what it gathers. About 8 lines in all. The letters of the shapes: B texts, H heads, T
tokens that look, S tokens that are looked at, K the width of a head. Nothing may be mixed between texts, or between heads.
"""

import math

import torch
from torch import Tensor

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "A text has 5 tokens. With the causal mask, at how many tokens does the third one look?": None,
    "Every score is the same. What share does the fourth token give to the first one?": None,
    "K = 64. By what number is each product of a query and a key divided?": None,
}


def causal_mask(length: int, like: Tensor) -> Tensor:
    """(T, T), to be added to scores: 0 where row t may look at column s, that is s <= t, and -inf where it may not.

    Its number type and its device are those of `like`. For a length of 2 it is [[0, -inf], [0, 0]].
    """
    raise NotImplementedError


def attention_weights(q: Tensor, k: Tensor, mask: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(K) + mask): how much each token looks at each other (Vaswani et al. 2017, eq. 1).

    q (B, H, T, K) and k (B, H, S, K) give (B, H, T, S): row t holds the shares that token t gives to the S tokens, and they add
    up to 1. The mask holds 0 and -inf. It is (T, S), or (B, 1, T, S) if the texts differ in what may be seen, for example where
    one begins with padding. What is forbidden gets a share of 0, and takes nothing of that 1. q and k stay as they are.

    With K = 4, one query [2, 0, 0, 0], the keys [log 3, 0, 0, 0] and [0, 0, 0, 0] and no mask the products are 2 log 3 and 0, the
    scores log 3 and 0, and the shares 3/4 and 1/4. Scores can be as large as 1000, whose exp is infinite in float32;
    Tensor.softmax knows how to deal with that.
    """
    raise NotImplementedError


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """What each token gathers: the values v (B, H, S, K), averaged by the attention weights of q, k and mask: (B, H, T, K).

    If a token gives the shares 3/4 and 1/4 to two tokens with the values [4, 0] and [0, 8], it gathers [3, 2].
    """
    raise NotImplementedError
