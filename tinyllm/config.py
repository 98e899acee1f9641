"""The shape of a decoder: how many layers, heads and tokens, and how wide it is.

The base model that comes with tinyllm, for example, has 2,024,384 weights:

    Config(vocab_size=2048, n_layers=4, n_heads=6, width=192, context=512, hidden=448, bias=True)
"""

import math
from dataclasses import dataclass

from tinyllm.check import is_whole, require


@dataclass
class Config:
    """The shape of a decoder. Raises InputError for numbers that do not fit together."""

    vocab_size: int
    n_layers: int
    n_heads: int
    width: int
    context: int  # the most tokens that it can look at
    n_kv_heads: int | None = None  # if fewer, query heads share keys and values (Ainslie et al. 2023)
    hidden: int | None = None  # inner width of the feed-forward layer; about 8/3 of the width if not given
    bias: bool = False  # whether linear layers (but the head) add a vector
    rope_theta: float = 10000.0  # the larger, the more slowly positions turn queries and keys
    norm_eps: float = 1e-5  # keeps the norm from dividing by 0
    tied: bool = True  # the output layer is the embedding table (Press and Wolf 2017)

    def __post_init__(self):
        if self.n_kv_heads is None:
            self.n_kv_heads = self.n_heads
        if self.hidden is None:
            self.hidden = 32 * math.ceil(8 * self.width / 3 / 32)  # a multiple of 32
        check_config(self)

    @property
    def head_width(self) -> int:
        """K, the width of each attention head."""
        return self.width // self.n_heads


def check_config(config: Config):
    """Raise InputError for sizes that are no whole numbers, or that do not divide as they must."""
    for name in ("vocab_size", "n_layers", "n_heads", "width", "context", "n_kv_heads", "hidden"):
        value = getattr(config, name)
        require(is_whole(value), f"Config.{name} is {value!r}, but it must be a whole number of at least 1.")
    width, n_heads, n_kv_heads = config.width, config.n_heads, config.n_kv_heads
    has_pairs = width % (2 * n_heads) == 0
    require(has_pairs, f"width {width} must divide into {n_heads} heads of an even width (RoPE pairs).")
    are_shared_evenly = n_heads % n_kv_heads == 0
    require(are_shared_evenly, f"n_heads {n_heads} must be a multiple of n_kv_heads {n_kv_heads}.")
