"""The shape of a decoder: how many layers, heads and tokens, and how wide it is. And how it is trained.

The base model that comes with tinyllm, for example, has 2,024,384 weights:

    Config(vocab_size=2048, n_layers=4, n_heads=6, width=192, context=512, hidden=448, bias=True)
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

from tinyllm.check import is_whole, require

LATER = ("qkv_bias", "rope_scaling")


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
    qkv_bias: bool = False  # whether those of queries, keys and values do, and no others, as in Qwen2
    rope_theta: float = 10000.0  # the larger, the more slowly positions turn queries and keys
    norm_eps: float = 1e-5  # keeps the norm from dividing by 0
    rope_scaling: "RopeScaling | None" = None  # as in Llama 3.1
    tied: bool = True  # the output layer is the embedding table (Press and Wolf 2017)

    def __post_init__(self):
        if self.n_kv_heads is None:
            self.n_kv_heads = self.n_heads
        if self.hidden is None:
            self.hidden = 32 * math.ceil(8 * self.width / 3 / 32)  # a multiple of 32
        if isinstance(self.rope_scaling, dict):  # as it is read from a file
            self.rope_scaling = RopeScaling(**self.rope_scaling)
        check_config(self)

    @property
    def head_width(self) -> int:
        """K, the width of each attention head."""
        return self.width // self.n_heads

    def as_dict(self) -> dict:
        """The config as a dict, to be written to a file.

        What came to tinyllm later (LATER) is in it only if it is used. So a model that does not use it has
        the same config, and the same fingerprint, as before.
        """
        return {name: value for name, value in asdict(self).items() if name not in LATER or value}


@dataclass(frozen=True)
class RopeScaling:
    """How Llama 3.1 stretches its positions, to read longer texts than it was first trained on.

    A pair of numbers in a head turns once in so many positions, its wavelength. Pairs that turn often in the
    original context stay as they are. Those that turn at most low_frequency times are slowed down by
    `factor`. Between the two the change is gradual. (The settings of Llama 3.1's own code.)
    """

    factor: float
    low_frequency: float  # turns in the original context, at and below which a pair is slowed down in full
    high_frequency: float  # turns, at and above which it is not
    original_context: int


@dataclass
class TrainConfig:
    """How to train. Raises InputError for a number that makes no sense."""

    epochs: float = 1.0  # how many times each example is seen; a fraction ends in the middle of an epoch
    batch_size: int = 32  # examples that a step learns from
    piece_tokens: int | None = None  # gradient accumulation: the most tokens of a batch to read at once
    learning_rate: float = 1e-3  # the highest
    warmup: float = 0.05  # share of the steps in which the rate rises from 0
    final_rate: float = 0.1  # share of the highest rate that the cosine ends at
    weight_decay: float = 0.1  # on weight matrices only
    clip: float = 1.0  # a gradient that is longer than this is shortened to it
    evaluations: int = 4  # validations in a run, evenly spread, the last one at its end
    seed: int = 0
    device: str | None = None  # "cpu", "cuda" or "mps"; if None, the best that the machine has
    precision: str | None = None  # "float32" or "bf16"; if None, bf16 on a GPU that computes in it
    compile: bool = False  # let PyTorch fuse operations: faster steps, but the first ones take a minute
    together: str = "ddp"  # how the processes of torchrun work together: "ddp" or "fsdp" (distributed.py)
    multiple: int = 1  # pad lengths to a multiple of this: fewer sizes for a CPU to prepare for in bf16
    keep_less: bool = False  # compute activations again in place of keeping them: less memory, longer steps
    out: str | Path | None = None  # folder for the state to resume from
    save_every: int = 100  # steps between states
    resume: bool = False  # go on from the state in `out`, or start if there is none

    def __post_init__(self):
        check_train_config(self)


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


def check_train_config(config: TrainConfig):
    """Raise InputError for settings that make no sense."""
    for name in ("batch_size", "piece_tokens", "evaluations", "multiple", "save_every"):
        value = getattr(config, name)
        is_count = is_whole(value) or (name == "piece_tokens" and value is None)
        require(is_count, f"TrainConfig.{name} is {value!r}, but it must be a whole number above 0.")
    for name in ("epochs", "learning_rate", "clip"):
        value = getattr(config, name)
        require(value > 0, f"TrainConfig.{name} is {value!r}, but it must be above 0.")
    for name in ("warmup", "final_rate"):
        value = getattr(config, name)
        require(0 <= value <= 1, f"TrainConfig.{name} is {value!r}, but it must be between 0 and 1.")
    require(config.weight_decay >= 0, "TrainConfig.weight_decay must not be negative.")
    message = f"precision is {config.precision!r}; it can be 'float32', 'bf16' or None."
    require(config.precision in (None, "float32", "bf16"), message)
    require(config.out is not None or not config.resume, "resume needs `out`, the folder of the state.")
