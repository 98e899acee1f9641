"""The decoder: tokens in, for every position the scores (logits) of the next token out. The Llama architecture, small.

Shapes are written with one alphabet everywhere in tinyllm:

    B batch    T tokens    D width    H heads    G key/value heads    K width of a head    V vocabulary
    S tokens that can be looked at: T, or T and those before it in the cache
    R rank of a LoRA update    P length of a soft prompt    M bottleneck of an adapter

An example to keep in mind: B = 2 texts of T = 5 tokens, D = 8, H = 4 heads of K = 2 each, V = 100.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.check import require

if TYPE_CHECKING:  # for readers and type checkers only: the model runs without generate.py
    from tinyllm.generate import Cache, LayerCache


@dataclass
class Config:
    """The shape of a decoder. Raises InputError for numbers that do not fit together."""

    vocab_size: int
    n_layers: int
    n_heads: int
    width: int
    context: int  # the most tokens it can look at
    n_kv_heads: int | None = None  # fewer than n_heads: several query heads share keys and values (Ainslie et al. 2023)
    hidden: int | None = None  # inner width of the feed-forward layer; 8/3 of the width if not given (Shazeer 2020)
    bias: bool = False
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5
    tied: bool = True  # the output layer is the embedding table (Press and Wolf 2017)

    def __post_init__(self):
        if self.n_kv_heads is None:
            self.n_kv_heads = self.n_heads
        if self.hidden is None:
            self.hidden = -(-8 * self.width // 3 // 32) * 32  # rounded up to a multiple of 32
        check_config(self)

    @property
    def head_width(self) -> int:
        return self.width // self.n_heads


class RMSNorm(nn.Module):
    """y = x / sqrt(mean(x^2) + eps) * weight, computed in float32 (Zhang and Sennrich 2019, eq. 4). Shape unchanged."""

    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.register_buffer("eps", torch.tensor(eps), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        y = x.float()
        length = torch.linalg.vector_norm(y, dim=-1, keepdim=True)
        # eps + length^2 / D in one operation: where one token is decoded, each operation costs the same, however small
        mean_square = torch.addcmul(self.eps, length, length, value=1 / y.shape[-1])
        return (y * mean_square.rsqrt() * self.weight).type_as(x)


def rope_tables(config: Config) -> tuple[Tensor, Tensor]:
    """cos and sin of the angle position * theta^(-2i/K), tables of shape (context, K) (Su et al. 2021, section 3.2.2).

    Pair i is made of the numbers i and i + K/2 of a head: halves, as in Llama. (The paper pairs neighbours, which is the
    same but for the order of the weights' rows.) So each angle stands twice in a row, its sine first with a minus.
    """
    i = torch.arange(config.head_width // 2)
    frequency = config.rope_theta ** (-2 * i / config.head_width)  # (K/2)
    angle = torch.arange(config.context)[:, None] * frequency  # (context, K/2)
    return torch.cat((angle.cos(), angle.cos()), dim=1), torch.cat((-angle.sin(), angle.sin()), dim=1)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (a, b) of x by its angle: (a cos - b sin, b cos + a sin). x (B, H, T, K); cos, sin (T, K).

    After it the product of a query and a key depends on how far apart they are, and on nothing else of their positions.
    """
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)  # under autocast x is bfloat16, and should stay it
    swapped = x.roll(x.shape[-1] // 2, dims=-1)  # rolling by half swaps the halves: (b, a)
    return torch.addcmul(x * cos, swapped, sin)  # x cos + swapped sin


def causal_mask(length: int, like: Tensor) -> Tensor:
    """(T, T), to be added to scores: 0 where row t may look at column s, s <= t, and -inf after it."""
    return torch.full((length, length), float("-inf"), dtype=like.dtype, device=like.device).triu(1)


def attention_weights(q: Tensor, k: Tensor, mask: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(K) + mask): how much each token looks at each other (Vaswani et al. 2017, eq. 1).

    q (B, H, T, K), k (B, H, S, K), mask broadcast to (T, S). Returns (B, H, T, S); every row adds up to 1. The mask comes
    before the softmax, so that what is forbidden takes no share of that 1.
    """
    return (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1) + mask).softmax(dim=-1)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """The values v (B, H, S, K), averaged by the attention weights: (B, H, T, K)."""
    return attention_weights(q, k, mask) @ v


def faster_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """`attention` by whichever implementation measures faster: PyTorch's fused kernel, but for bfloat16 on a CPU."""
    if q.dtype == torch.bfloat16 and q.device.type == "cpu":
        return attention(q, k, v, mask)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


class Attention(nn.Module):
    """Every token gathers from those before it: o(attention(q(x), k(x), v(x))), in H heads side by side."""

    def __init__(self, config: Config):
        super().__init__()
        self.n_heads, self.n_kv_heads, self.head_width = config.n_heads, config.n_kv_heads, config.head_width
        self.q = nn.Linear(config.width, config.n_heads * config.head_width, bias=config.bias)
        self.k = nn.Linear(config.width, config.n_kv_heads * config.head_width, bias=config.bias)
        self.v = nn.Linear(config.width, config.n_kv_heads * config.head_width, bias=config.bias)
        self.o = nn.Linear(config.n_heads * config.head_width, config.width, bias=config.bias)

    def queries_keys_values(self, x: Tensor, rope: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, T, D) -> q (B, H, T, K), k and v (B, G, T, K), with the positions turned into q and k."""
        B, T, _ = x.shape
        q = self.q(x).view(B, T, self.n_heads, self.head_width).transpose(1, 2)  # (B, H, T, K)
        k = self.k(x).view(B, T, self.n_kv_heads, self.head_width).transpose(1, 2)  # (B, G, T, K)
        v = self.v(x).view(B, T, self.n_kv_heads, self.head_width).transpose(1, 2)  # (B, G, T, K)
        return rotate(q, *rope), rotate(k, *rope), v

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor, past: "LayerCache | None") -> Tensor:
        """x (B, T, D) -> (B, T, D); rope and mask as `Transformer.decode` makes them."""
        B, T, _ = x.shape
        q, k, v = self.queries_keys_values(x, rope)
        if past is not None:
            k, v = past.append(k, v)  # (B, G, S, K)
        share = self.n_heads // self.n_kv_heads
        if share > 1:  # each key/value head serves `share` query heads that stand side by side
            k, v = k.repeat_interleave(share, dim=1), v.repeat_interleave(share, dim=1)  # (B, H, S, K)
        heads = faster_attention(q, k, v, mask)  # (B, H, T, K)
        return self.o(heads.transpose(1, 2).reshape(B, T, -1))


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x)), for each token on its own (Shazeer 2020, eq. 6). Shape unchanged."""

    def __init__(self, config: Config):
        super().__init__()
        self.gate = nn.Linear(config.width, config.hidden, bias=config.bias)
        self.up = nn.Linear(config.width, config.hidden, bias=config.bias)
        self.down = nn.Linear(config.hidden, config.width, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    """One layer: attention, then feed-forward, each reading a normed copy of x and adding to x (pre-norm)."""

    def __init__(self, config: Config):
        super().__init__()
        self.attention_norm = RMSNorm(config.width, config.norm_eps)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.width, config.norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor, past: "LayerCache | None") -> Tensor:
        x = x + self.attention(self.attention_norm(x), rope, mask, past)
        return x + self.feed_forward(self.feed_forward_norm(x))


def _store_by_columns(weight: nn.Parameter):
    """Lay a weight (out, in) out in memory column after column: same numbers, and decoding a batch is faster on a CPU.

    A layer computes x W^T, and for a few rows of x the CPU's matrix product is about twice as fast with W^T row by row.
    """
    weight.data = weight.data.t().contiguous().t()


class Transformer(nn.Module):
    """The whole decoder: embed, n_layers blocks, a last norm, and the head that scores every token of the vocabulary.

        >>> model = Transformer(Config(vocab_size=100, n_layers=2, n_heads=4, width=8, context=16))
        >>> model(torch.zeros(2, 5, dtype=torch.long)).shape
        torch.Size([2, 5, 100])
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.norm = RMSNorm(config.width, config.norm_eps)
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)
        cos, sin = rope_tables(config)
        self.register_buffer("cos", cos, persistent=False)  # computed, so never saved
        self.register_buffer("sin", sin, persistent=False)
        self._initialize()
        if config.tied:
            self.head.weight = self.embedding.weight

    def _initialize(self):
        """Normal with deviation 0.02; what adds to x starts smaller, so that depth does not let x grow (GPT-2)."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.ndim == 2:
                adds_to_x = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * self.config.n_layers) ** 0.5 if adds_to_x else 0.02)
                _store_by_columns(parameter)

    def forward(self, ids: Tensor, cache: "Cache | None" = None) -> Tensor:
        """ids (B, T) int64 -> logits (B, T, V), or as `decode` with a cache. Raises ValueError past the context."""
        return self.decode(self.embed(ids), cache)

    def embed(self, ids: Tensor) -> Tensor:
        """ids (B, T) -> (B, T, D), one row of the embedding table for each."""
        return self.embedding(ids)

    def decode(self, embeddings: Tensor, cache: "Cache | None" = None) -> Tensor:
        """Embeddings (B, T, D), of tokens or of anything else (a soft prompt) -> logits (B, T, V).

        With a cache the T positions continue what it holds, and join it; the logits are (B, 1, V), the last position's
        alone, as whoever reads with a cache asks only what comes next. Raises ValueError past the context.
        """
        T = embeddings.shape[1]
        reach = T if cache is None else cache.reach(T)
        check_room(reach, self.config.context)
        if cache is None:
            rope, mask = (self.cos[:T], self.sin[:T]), causal_mask(T, like=embeddings)
        else:
            rope, mask = cache.rope_and_mask(T)
        x = embeddings
        for i, block in enumerate(self.blocks):
            x = block(x, rope, mask, None if cache is None else cache.layers[i])
        if cache is not None:
            x = x[:, -1:]
        return self.head(self.norm(x))


def check_config(config: Config):
    """Raise InputError for sizes that are no whole numbers, or that do not divide as they must."""
    for name in ("vocab_size", "n_layers", "n_heads", "width", "context", "n_kv_heads", "hidden"):
        value = getattr(config, name)
        is_size = isinstance(value, int) and value >= 1
        require(is_size, f"Config.{name} is {value!r}, but it must be a whole number of at least 1.")
    width, n_heads, n_kv_heads = config.width, config.n_heads, config.n_kv_heads
    has_pairs = width % n_heads == 0 and config.head_width % 2 == 0
    require(has_pairs, f"width {width} must divide into {n_heads} heads of an even width (RoPE pairs).")
    require(n_heads % n_kv_heads == 0, f"n_heads {n_heads} must be a multiple of n_kv_heads {n_kv_heads}.")


def check_room(reach: int, context: int):
    """Raise ValueError for a text that is longer than the context."""
    if reach > context:
        raise ValueError(f"{reach} tokens do not fit in the model's context of {context}.")
