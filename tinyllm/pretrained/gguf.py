"""GGUF: the files of llama.cpp, in which a model, its tokenizer and its chat format are one file.

The weights are quantized: a block of 32 or so numbers shares a scale, and each number is a few bits. The
package gguf turns them back into numbers. They are then as near to the model's own as the bits allow.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from tinyllm.check import InputError, is_whole, require
from tinyllm.config import Config, RopeScaling
from tinyllm.model import Transformer, slow_down
from tinyllm.pretrained.build import LARGEST_CONTEXT, build, needed, one_line
from tinyllm.pretrained.header import check_header
from tinyllm.pretrained.vocabulary import tokenizer_from
from tinyllm.tokenizer import Tokenizer

OUTSIDE = {"token_embd": "embedding", "output_norm": "norm", "output": "head"}  # theirs -> ours
INSIDE = {"attn_norm": "attention_norm", "attn_q": "attention.q", "attn_k": "attention.k",
          "attn_v": "attention.v", "attn_output": "attention.o", "ffn_norm": "feed_forward_norm",
          "ffn_gate": "feed_forward.gate", "ffn_up": "feed_forward.up", "ffn_down": "feed_forward.down"}
KINDS = ("llama", "qwen2")  # SmolLM2, TinyLlama and Mistral are "llama" there


def load_gguf(path: str | Path, dtype: torch.dtype = torch.float32) -> tuple[Transformer, Tokenizer]:
    """The model and the tokenizer in a GGUF file.

    Raises InputError for a missing or damaged file, for a quantization that the package gguf does not know,
    and for a model or a tokenizer that we do not compute.
    """
    path = Path(path)
    fields, tensors = read_file(path)
    check_file(fields, tensors, path)
    kind = fields["general.architecture"]
    about = {name.removeprefix(f"{kind}."): value for name, value in fields.items()}
    config = config_from(about, tensors)
    tokenizer = tokenizer_from(fields, path)
    weights = dict(weights_of(tensors, kind, config, dtype, path))
    return build(config, weights, path), tokenizer


def read_file(path: Path) -> tuple[dict, dict]:
    """What a file says about its model, and its tensors by name, as they are stored."""
    gguf = needed("gguf", "to read a GGUF file")
    require(path.is_file(), f"There is no file {path}.")
    check_header(path)
    try:
        reader = gguf.GGUFReader(path)
        return ({name: field.contents() for name, field in reader.fields.items()},
                {tensor.name: tensor for tensor in reader.tensors})
    except Exception as error:  # damaged bytes make the reader raise anything
        raise InputError(f"{path} is damaged ({one_line(error)}); copy it again.") from None


def config_from(about: dict, tensors: dict) -> Config:
    """Our config for what a file says about its model."""
    theta = decimal(about.get("rope.freq_base", 10000.0))
    head_width = about["embedding_length"] // about["attention.head_count"]
    window = about.get("attention.sliding_window") or LARGEST_CONTEXT  # up to it a text is seen whole
    return Config(
        vocab_size=int(tensors["token_embd.weight"].shape[1]), n_layers=about["block_count"],
        width=about["embedding_length"], n_heads=about["attention.head_count"],
        n_kv_heads=about.get("attention.head_count_kv"), hidden=about["feed_forward_length"],
        context=min(about["context_length"], window, LARGEST_CONTEXT),
        norm_eps=decimal(about["attention.layer_norm_rms_epsilon"]), qkv_bias="blk.0.attn_q.bias" in tensors,
        rope_theta=theta, rope_scaling=scaling_from(tensors, theta, head_width),
        tied="output.weight" not in tensors)


def decimal(number: float) -> float:
    """The number that was meant by a float32, which keeps about 7 digits.

        >>> decimal(9.999999747378752e-06)
        1e-05
    """
    return float(f"{number:.7g}")


def scaling_from(tensors: dict, theta: float, head_width: int) -> RopeScaling | None:
    """Llama 3.1's scaling, which a file stores as numbers by which the frequencies are divided.

    Its settings have been the same in all models but for the factor, the largest of these numbers. Raises
    InputError if with these settings the numbers would be others.
    """
    if "rope_freqs.weight" not in tensors:
        return None
    divisors = torch.from_numpy(tensors["rope_freqs.weight"].data.copy()).float()
    scaling = RopeScaling(divisors.max().item(), 1.0, 4.0, original_context=8192)
    frequency = theta ** (-2 * torch.arange(head_width // 2) / head_width)
    is_llama3 = divisors.shape == frequency.shape and torch.allclose(
        frequency / divisors, slow_down(frequency, scaling), rtol=1e-3)
    require(is_llama3, "The file stretches its positions in another way than Llama 3.1.")
    return scaling


def weights_of(tensors: dict, kind: str, config: Config, dtype: torch.dtype,
               path: Path) -> Iterator[tuple[str, Tensor]]:
    """The weights as numbers, under our names and in our order."""
    gguf = needed("gguf", "to read a GGUF file")
    for name, tensor in tensors.items():
        if name == "rope_freqs.weight":  # it is in the config already
            continue
        try:
            weight = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).copy()).to(dtype)
        except Exception as error:  # a quantization that the package does not know, or damaged bytes
            raise InputError(f"{path}: {name} cannot be read ({one_line(error)}).") from None
        if kind == "llama" and ".attn_q." in name:
            weight = in_our_order(weight, config.n_heads, path)
        if kind == "llama" and ".attn_k." in name:
            weight = in_our_order(weight, config.n_kv_heads, path)
        yield our_name(name), weight


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
    pairs = weight.reshape(n_heads, -1, 2, *weight.shape[1:])  # (H, K/2, 2, D)
    return pairs.transpose(1, 2).reshape(weight.shape)


def check_file(fields: dict, tensors: dict, path: Path):
    """Raise InputError for a file whose model or tokenizer we do not compute, naming what differs."""
    kind = fields.get("general.architecture")
    require(kind in KINDS, f"{path} holds a {kind!r} model; tinyllm computes {' and '.join(KINDS)}.")
    for name in ("block_count", "embedding_length", "attention.head_count", "feed_forward_length",
                 "context_length"):
        value = fields.get(f"{kind}.{name}")
        require(is_whole(value), f"{path}: {name} is {value!r}, but must be a whole number.")
    has_eps = isinstance(fields.get(f"{kind}.attention.layer_norm_rms_epsilon"), float)
    require(has_eps, f"{path} does not say which number its norms add below the root.")
    scaling = fields.get(f"{kind}.rope.scaling.type", "none")
    require(scaling == "none", f"{path}: its RoPE scaling is {scaling!r}, which tinyllm does not compute.")
    has_experts = bool(fields.get(f"{kind}.expert_count"))
    require(not has_experts, f"{path} holds a mixture of experts, which tinyllm does not compute.")
    embedding = tensors.get("token_embd.weight")
    has_table = embedding is not None and len(embedding.shape) == 2
    require(has_table, f"{path} holds no embeddings; copy it again.")
