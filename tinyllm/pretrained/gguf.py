"""GGUF: the files of llama.cpp, in which a model, its tokenizer and its chat format are one file.

The weights are quantized: a block of 32 or so numbers shares a scale, and each number is a few bits. The
package gguf turns them back into numbers. They are then as near to the model's own as the bits allow.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tinyllm.check import InputError, is_whole, require
from tinyllm.config import Config, RopeScaling
from tinyllm.model import Transformer, slow_down
from tinyllm.pretrained.build import LARGEST_CONTEXT, build, needed, one_line
from tinyllm.pretrained.header import Stored, facts_about, read_header
from tinyllm.pretrained.vocabulary import tokenizer_from
from tinyllm.tokenizer import Tokenizer

OUTSIDE = {"token_embd": "embedding", "output_norm": "norm", "output": "head"}  # theirs -> ours
INSIDE = {"attn_norm": "attention_norm", "attn_q": "attention.q", "attn_k": "attention.k",
          "attn_v": "attention.v", "attn_output": "attention.o", "ffn_norm": "feed_forward_norm",
          "ffn_gate": "feed_forward.gate", "ffn_up": "feed_forward.up", "ffn_down": "feed_forward.down"}
SCALES = "rope_freqs.weight"  # no weight of the model: see scaling_of
KINDS = ("llama", "qwen2")  # SmolLM2, TinyLlama and Mistral are "llama" there


def load_gguf(path: str | Path, dtype: torch.dtype = torch.float32) -> tuple[Transformer, Tokenizer]:
    """The model and the tokenizer in a GGUF file.

    Raises InputError for a missing or damaged file, for a quantization that the package gguf does not know,
    and for a model or a tokenizer that tinyllm does not support.
    """
    path = Path(path)
    needed("gguf", "to read a GGUF file")
    require(path.is_file(), f"There is no file {path}.")
    facts, tensors = read_header(path)
    check_file(facts, tensors, path)
    check_places(tensors, path)
    kind = facts["general.architecture"]
    config = config_from(facts_about(kind, facts), tensors, path)
    tokenizer = tokenizer_from(facts, path)
    weights = dict(weights_of(tensors, kind, config, dtype, path))
    return build(config, weights, path), tokenizer


def config_from(about: dict, tensors: dict[str, Stored], path: Path) -> Config:
    """Our config for what a file says about its model."""
    theta = decimal(about.get("rope.freq_base", 10000.0))
    head_width = about["embedding_length"] // about["attention.head_count"]
    window = about.get("attention.sliding_window") or LARGEST_CONTEXT  # up to it all is seen
    scales = tensors.get(SCALES)
    return Config(
        vocab_size=tensors["token_embd.weight"].shape[0], n_layers=about["block_count"],
        width=about["embedding_length"], n_heads=about["attention.head_count"],
        n_kv_heads=about.get("attention.head_count_kv"), hidden=about["feed_forward_length"],
        context=min(about["context_length"], window, LARGEST_CONTEXT),
        norm_eps=decimal(about["attention.layer_norm_rms_epsilon"]), qkv_bias="blk.0.attn_q.bias" in tensors,
        rope_theta=theta,
        rope_scaling=scaling_of(numbers_of(SCALES, scales, path), theta, head_width) if scales else None,
        tied="output.weight" not in tensors)


def decimal(number: float) -> float:
    """The number that was meant by a float32, which keeps about 7 digits.

        >>> decimal(9.999999747378752e-06)
        1e-05
    """
    return float(f"{number:.7g}")


def scaling_of(divisors: Tensor, theta: float, head_width: int) -> RopeScaling:
    """Llama 3.1's scaling, which a file stores as the numbers by which the frequencies are divided.

    Its settings are the same in all models but for the factor, which is the largest of these numbers. Raises
    InputError if with these settings the numbers would be others.
    """
    n_pairs = head_width // 2
    is_one_each = divisors.shape == (n_pairs,) and n_pairs > 0
    require(is_one_each, f"{SCALES} is of shape {tuple(divisors.shape)}, and a head has {n_pairs} pairs.")
    scaling = RopeScaling(divisors.max().item(), 1.0, 4.0, original_context=8192)
    frequency = theta ** (-2 * torch.arange(n_pairs) / head_width)
    is_llama3 = torch.allclose(frequency / divisors, slow_down(frequency, scaling), rtol=1e-3)
    require(is_llama3, "The file stretches its positions in another way than Llama 3.1.")
    return scaling


def weights_of(tensors: dict[str, Stored], kind: str, config: Config, dtype: torch.dtype,
               path: Path) -> Iterator[tuple[str, Tensor]]:
    """The weights as numbers, under our names, and with the rows of q and k in our order."""
    for name, stored in tensors.items():
        if name == SCALES:  # they are in the config already
            continue
        weight = numbers_of(name, stored, path).to(dtype)
        if kind == "llama" and ".attn_q." in name:
            weight = in_our_order(weight, config.n_heads, path)
        if kind == "llama" and ".attn_k." in name:
            weight = in_our_order(weight, config.n_kv_heads, path)
        yield our_name(name), weight


def numbers_of(name: str, stored: Stored, path: Path) -> Tensor:
    """The numbers of a tensor in a file, in float32. Raises InputError if they cannot be read."""
    gguf = needed("gguf", "to read a GGUF file")
    shape = shape_in_bytes(name, stored, path)
    try:
        in_file = np.memmap(path, np.uint8, "r", stored.place, shape)
        numbers = gguf.dequantize(in_file, gguf.GGMLQuantizationType(stored.kind))
    except Exception as error:  # such as a quantization that the package cannot turn back into numbers
        raise InputError(f"{path}: {name} cannot be read ({one_line(error)}).") from None
    return torch.from_numpy(np.require(numbers, requirements="W"))  # no view of the file, which is read only


def shape_in_bytes(name: str, stored: Stored, path: Path) -> tuple[int, ...]:
    """The shape of a tensor in a file if its bytes were its numbers."""
    gguf = needed("gguf", "to read a GGUF file")
    try:
        kind = gguf.GGMLQuantizationType(stored.kind)
        return gguf.quants.quant_shape_to_byte_shape(stored.shape, kind)
    except Exception as error:  # an unknown quantization, or rows that are no whole blocks of it
        raise InputError(f"{path}: {name} cannot be read ({one_line(error)}).") from None


def our_name(name: str) -> str:
    """Our name of a tensor. One that we do not know stays as it is, and is refused when the model is built.

        >>> our_name("blk.3.ffn_up.weight")
        'blocks.3.feed_forward.up.weight'
    """
    path, _, kind = name.rpartition(".")
    inside = re.fullmatch(r"blk\.(\d+)\.(.+)", path)
    if inside:
        return f"blocks.{inside[1]}.{INSIDE.get(inside[2], inside[2])}.{kind}"
    return f"{OUTSIDE.get(path, path)}.{kind}"


def in_our_order(weight: Tensor, n_heads: int, path: Path) -> Tensor:
    """Rows of q or k (H K, D), from the order of llama.cpp to ours.

    RoPE turns pairs of numbers. In a head we pair number i with i + K/2. For this kind of model llama.cpp
    pairs neighbours, so a file holds the rows as 0, K/2, 1, K/2 + 1, and so on.
    """
    is_even = weight.ndim > 0 and weight.shape[0] % (2 * n_heads) == 0
    require(is_even, f"{path}: weights of {tuple(weight.shape)} do not make {n_heads} heads of even width.")
    half = weight.shape[0] // n_heads // 2
    pairs = weight.reshape(n_heads, half, 2, *weight.shape[1:])  # (H, K/2, 2, D)
    return pairs.transpose(1, 2).reshape(weight.shape)


def check_file(facts: dict, tensors: dict[str, Stored], path: Path):
    """Raise InputError for a file whose model or tokenizer we do not compute, naming what differs."""
    is_part = facts.get("split.count", 1) not in (0, 1)
    require(not is_part, f"{path} is one part of a split model; join the parts into one file first.")
    kind = facts.get("general.architecture")
    require(kind in KINDS, f"{path} holds a {kind!r} model; tinyllm computes {' and '.join(KINDS)}.")
    about = facts_about(kind, facts)
    for name in ("block_count", "embedding_length", "attention.head_count", "feed_forward_length",
                 "context_length"):
        value = about.get(name)
        require(is_whole(value), f"{path}: {name} is {value!r}, but must be a whole number.")
    has_eps = isinstance(about.get("attention.layer_norm_rms_epsilon"), float)
    require(has_eps, f"{path} does not give the epsilon of its norms (layer_norm_rms_epsilon).")
    theta = about.get("rope.freq_base", 10000.0)
    is_base = isinstance(theta, float) and theta > 0
    require(is_base, f"{path}: rope.freq_base is {theta!r}, but must be a number above 0.")
    width = about["embedding_length"] // about["attention.head_count"]
    turned = about.get("rope.dimension_count", width)
    require(turned == width, f"{path}: RoPE turns {turned!r} numbers of a head, and tinyllm all {width}.")
    window = about.get("attention.sliding_window")
    is_size = window is None or is_whole(window, lowest=0)
    require(is_size, f"{path}: attention.sliding_window is {window!r}, but must be a whole number.")
    scaling = about.get("rope.scaling.type")
    if scaling is None:  # a factor without a type, under its old or its new name, means linear scaling
        factors = (about.get(f"rope.{name}", 0) for name in ("scaling.factor", "scale_linear"))
        scaling = "none" if all(factor in (0, 1) for factor in factors) else "linear"
    require(scaling == "none", f"{path}: its RoPE scaling is {scaling!r}, which tinyllm does not compute.")
    has_experts = bool(about.get("expert_count"))
    require(not has_experts, f"{path} holds a mixture of experts, which tinyllm does not compute.")
    embedding = tensors.get("token_embd.weight")
    has_table = embedding is not None and len(embedding.shape) == 2
    require(has_table, f"{path} holds no embeddings; copy it again.")


def check_places(tensors: dict[str, Stored], path: Path):
    """Raise InputError for tensors that are not all in the file, and for more of them than fit into it."""
    size, total = path.stat().st_size, 0
    for name, stored in tensors.items():
        count = math.prod(shape_in_bytes(name, stored, path))
        total += count
        require(stored.place + count <= size, f"{path} ends before the numbers of {name}; copy it again.")
    require(total <= size, f"{path} is damaged: its tensors overlap; copy it again.")
