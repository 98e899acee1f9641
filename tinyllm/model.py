"""The decoder: token ids in, and for every position a score (logit) of each possible next token out.

This is the Llama architecture, small. Shapes are written with one alphabet everywhere in tinyllm:

    B  texts in a batch           D  width of the model      V  tokens in the vocabulary
    T  tokens of each             H  attention heads         R  rank of a LoRA update
    S  tokens to look at:         G  key/value heads         P  length of a soft prompt
       T, and those in a cache    K  width of a head         M  bottleneck of an adapter

An example to keep in mind: B = 2 texts of T = 5 tokens, D = 8, H = 4 heads of K = 2 each, V = 100.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyllm.cache import Cache, LayerCache
from tinyllm.check import InputError
from tinyllm.config import Config, RopeScaling

Rope = tuple[Tensor, Tensor]  # cos and sin of the angles by which the positions turn queries and keys


class RMSNorm(nn.Module):
    """y = x / sqrt(mean(x^2) + eps) * weight, computed in float32 (Zhang and Sennrich 2019, eq. 4).

    It makes every token's vector equally long, and then scales each of its D numbers by a learnt weight.
    """

    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        normed = F.rms_norm(x.float(), self.weight.shape, eps=self.eps)
        return (normed * self.weight).type_as(x)


def rope_tables(config: Config) -> Rope:
    """Rotary position embedding (RoPE): cos and sin of the angles, (context, K/2) each.

    A token's position is told by turning pairs of numbers in its query and its key. Pair i turns by the
    angle position * theta^(-2i/K) (Su et al. 2021, section 3.2.2).
    """
    i = torch.arange(config.head_width // 2)
    frequency = config.rope_theta ** (-2 * i / config.head_width)  # (K/2)
    if config.rope_scaling is not None:
        frequency = slow_down(frequency, config.rope_scaling)
    angle = torch.arange(config.context)[:, None] * frequency  # (context, K/2)
    return angle.cos(), angle.sin()


def slow_down(frequency: Tensor, scaling: RopeScaling) -> Tensor:
    """The frequencies (K/2) of RoPE after scaling, as in Llama 3.1: the low ones divided by the factor."""
    turns = frequency * scaling.original_context / (2 * math.pi)  # in the original context
    low, high = scaling.low_frequency, scaling.high_frequency
    kept = ((turns - low) / (high - low)).clamp(0, 1)  # 1: stays as it is; 0: is divided
    return kept * frequency + (1 - kept) * frequency / scaling.factor


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (a, b) of x by its angle: (a cos - b sin, b cos + a sin).

    x (B, H or G, T, K); cos and sin (T, K/2), or with a cache (B, 1, T, K/2). Pair i is made of the numbers
    i and i + K/2 of a head, as in Llama. (The paper pairs neighbours, which only renumbers the K numbers.)
    After the turn the product of a query and a key depends only on how far apart they are.
    """
    a, b = x.chunk(2, dim=-1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)  # in bf16 training x is bfloat16, and stays so
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def causal_mask(length: int, like: Tensor) -> Tensor:
    """(T, T), to be added to scores: 0 where row t may look at column s, s <= t, and -inf after it."""
    return torch.full((length, length), float("-inf"), dtype=like.dtype, device=like.device).triu(1)


def attention_weights(q: Tensor, k: Tensor, mask: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(K) + mask): how much each token looks at each other (Vaswani et al. 2017, eq. 1).

    q (B, H, T, K), k (B, H, S, K), mask broadcast to (T, S). Returns (B, H, T, S), whose rows add up to 1.
    The mask comes before the softmax, so that what is forbidden takes no share of that 1.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return (scores + mask).softmax(dim=-1)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """The values v (B, H, S, K), averaged by the attention weights: (B, H, T, K)."""
    return attention_weights(q, k, mask) @ v


def faster_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """`attention` in one pass of PyTorch's, which never stores the (T, S) weights. No mask means causal.

    For bfloat16 on a CPU with instructions for it (AMX or AVX-512) the written-out form is faster: a
    training step took 29 % less time there.
    """
    if q.dtype == torch.bfloat16 and q.device.type == "cpu":
        return attention(q, k, v, causal_mask(q.shape[2], like=q) if mask is None else mask)
    return F.scaled_dot_product_attention(q, k, v, mask, is_causal=mask is None)


class Attention(nn.Module):
    """Every token gathers from those before it: o(attention(q(x), k(x), v(x))), in H heads side by side."""

    def __init__(self, config: Config):
        super().__init__()
        self.head_width, self.queries_per_key = config.head_width, config.n_heads // config.n_kv_heads
        q_width, kv_width = config.n_heads * config.head_width, config.n_kv_heads * config.head_width
        self.q = nn.Linear(config.width, q_width, bias=config.bias or config.qkv_bias)
        self.k = nn.Linear(config.width, kv_width, bias=config.bias or config.qkv_bias)
        self.v = nn.Linear(config.width, kv_width, bias=config.bias or config.qkv_bias)
        self.o = nn.Linear(q_width, config.width, bias=config.bias)

    def forward(self, x: Tensor, rope: Rope, mask: Tensor | None, past: LayerCache | None) -> Tensor:
        """x (B, T, D) -> (B, T, D), with rope, mask and past as in `Transformer.decode`."""
        q, k, v = self.queries_keys_values(x, rope)
        if past is not None:
            k, v = past.append(k, v)  # (B, G, S, K)
        if self.queries_per_key > 1:  # H / G query heads side by side use the same keys and values
            k = k.repeat_interleave(self.queries_per_key, dim=1)  # (B, H, S, K)
            v = v.repeat_interleave(self.queries_per_key, dim=1)  # (B, H, S, K)
        heads = faster_attention(q, k, v, mask)  # (B, H, T, K)
        return self.o(heads.transpose(1, 2).flatten(2))  # (B, T, H, K) -> (B, T, H K) -> (B, T, D)

    def queries_keys_values(self, x: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, T, D) -> q (B, H, T, K), k and v (B, G, T, K). q and k are turned by their positions."""
        q, k, v = (self.split_heads(project(x)) for project in (self.q, self.k, self.v))
        return rotate(q, *rope), rotate(k, *rope), v

    def split_heads(self, x: Tensor) -> Tensor:
        """(B, T, H K) -> (B, H, T, K)."""
        B, T, _ = x.shape
        return x.view(B, T, -1, self.head_width).transpose(1, 2)


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x)), for each token on its own (Shazeer 2020, eq. 6).

    x (B, T, D) -> (B, T, hidden) -> (B, T, D). silu(z) = z sigmoid(z): the gate says how much of each number
    of up(x) goes through.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.gate = nn.Linear(config.width, config.hidden, bias=config.bias)
        self.up = nn.Linear(config.width, config.hidden, bias=config.bias)
        self.down = nn.Linear(config.hidden, config.width, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    """One layer: attention, then feed-forward. Each reads a normed copy of x and adds to x (pre-norm)."""

    def __init__(self, config: Config):
        super().__init__()
        self.attention_norm = RMSNorm(config.width, config.norm_eps)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.width, config.norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, rope: Rope, mask: Tensor | None, past: LayerCache | None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), rope, mask, past)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Transformer(nn.Module):
    """The whole decoder: embed, n_layers blocks, a last norm, and the head that scores every token.

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
        self.initialize()
        if config.tied:
            self.head.weight = self.embedding.weight  # one table both reads tokens and scores them

    def initialize(self):
        """Draw the weights: normal, with deviation 0.02 (Radford et al. 2019, GPT-2).

        What adds to x, twice a layer, starts smaller, so that x does not grow with the number of layers.
        """
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif name.endswith(("o.weight", "down.weight")):
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * self.config.n_layers))
            elif not name.endswith("norm.weight"):
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids: Tensor, cache: Cache | None = None, at: Tensor | None = None) -> Tensor:
        """ids (B, T) int64 -> logits (B, T, V), or as `decode` with a cache or with `at`.

        Raises InputError, a ValueError, for more tokens than the context.
        """
        return self.decode(self.embed(ids), cache, at)

    def embed(self, ids: Tensor) -> Tensor:
        """ids (B, T) -> (B, T, D), one row of the embedding table for each."""
        return self.embedding(ids)

    def decode(self, embeddings: Tensor, cache: Cache | None = None, at: Tensor | None = None) -> Tensor:
        """Embeddings (B, T, D), of tokens or of anything else (a soft prompt) -> logits (B, T, V).

        With a cache the T tokens follow those that it holds, and are added to it. Only the last position's
        logits are computed then, (B, 1, V), because only the next token is asked for. `at` (B, T) is true at
        the N positions whose logits are wanted, and only these are computed, (N, V). With a large vocabulary
        that saves much. Raises InputError, a ValueError, for more tokens than the context.
        """
        T = embeddings.shape[1]
        if cache is None:
            positions, mask, longest = slice(T), None, T  # no mask: every token looks at those before it
            pasts = [None] * len(self.blocks)
        else:
            positions, mask, longest = cache.of_next(T, embeddings.dtype)
            pasts = cache.layers
        check_room(longest, self.config.context)
        rope = self.cos[positions], self.sin[positions]
        x = embeddings
        for block, past in zip(self.blocks, pasts, strict=True):
            x = block(x, rope, mask, past)
        if cache is not None:
            x = x[:, -1:]
        if at is not None:
            x = x[at]  # (N, D)
        return self.head(self.norm(x))


def check_room(longest: int, context: int):
    """Raise InputError, which is a ValueError, for a text of more tokens than the context."""
    if longest > context:  # no `require`: with its message torch.compile would compile anew each time
        raise InputError(f"{longest} tokens do not fit in the model's context of {context}.")
