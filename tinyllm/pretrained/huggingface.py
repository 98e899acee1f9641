"""Hugging Face folders: config.json, tokenizer.json, tokenizer_config.json, and weights as safetensors."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer as Backend
from torch import Tensor

from tinyllm.chat import Chat
from tinyllm.check import InputError, is_whole, require
from tinyllm.checkpoint import check_is_plain, read_bytes, write_text, write_whole
from tinyllm.config import Config, RopeScaling
from tinyllm.model import Transformer
from tinyllm.pretrained.build import LARGEST_CONTEXT, build, needed, one_line
from tinyllm.pretrained.template import chat_from
from tinyllm.tokenizer import Tokenizer, read_backend

OUTSIDE = {"model.embed_tokens": "embedding", "model.norm": "norm", "lm_head": "head"}  # theirs -> ours
INSIDE = {"input_layernorm": "attention_norm", "self_attn.q_proj": "attention.q",
          "self_attn.k_proj": "attention.k", "self_attn.v_proj": "attention.v",
          "self_attn.o_proj": "attention.o", "post_attention_layernorm": "feed_forward_norm",
          "mlp.gate_proj": "feed_forward.gate", "mlp.up_proj": "feed_forward.up",
          "mlp.down_proj": "feed_forward.down"}
KINDS = ("llama", "mistral", "qwen2")
SIZES = ("vocab_size", "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size",
         "max_position_embeddings")


def load_huggingface(folder: str | Path,
                     dtype: torch.dtype = torch.float32) -> tuple[Transformer, Tokenizer]:
    """The model and the tokenizer in a Hugging Face folder.

    The weights may be split over several safetensors files. With dtype torch.bfloat16 they take half the
    memory. Raises InputError for a missing or damaged file, and for a model that we do not compute.
    """
    folder = Path(folder)
    config = config_from(read_json(folder / "config.json"), folder / "config.json")
    weights = {our_name(name): tensor.to(dtype) for name, tensor in read_safetensors(folder)
               if not name.endswith("inv_freq")}  # RoPE's frequencies, in old files, follow from the config
    model = build(config, weights, folder)
    backend = read_backend(folder / "tokenizer.json")
    return model, Tokenizer(backend, chat_of(folder, backend))


def save_huggingface(folder: str | Path, model: Transformer, tokenizer: Tokenizer):
    """Write a folder that `load_huggingface` and the library transformers read.

    Raises InputError, and writes nothing, for a model that has more than a Transformer's own parts.
    """
    check_is_plain(model)
    save_file = needed("safetensors.torch", "to write a Hugging Face folder").save_file
    folder, chat = Path(folder), tokenizer.chat
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": chat.end,
                "chat_template": template_of(chat)}
    weights = {their_name(name): tensor.cpu().contiguous() for name, tensor in model.state_dict().items()
               if not (model.config.tied and name == "head.weight")}  # the same tensor as the embeddings
    write_text(folder / "config.json", json.dumps(given_by(model, tokenizer), indent=2) + "\n")
    write_text(folder / "tokenizer.json", tokenizer.to_json())
    write_text(folder / "tokenizer_config.json", json.dumps(settings, indent=2) + "\n")
    write_whole(folder / "model.safetensors",
                lambda temporary: save_file(weights, temporary, metadata={"format": "pt"}))


def our_name(name: str) -> str:
    """Our name of a tensor. One that we do not know stays as it is, and is refused when the model is built.

        >>> our_name("model.layers.3.mlp.up_proj.weight")
        'blocks.3.feed_forward.up.weight'
    """
    path, _, kind = name.rpartition(".")
    inside = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", path)
    if inside:
        return f"blocks.{inside[1]}.{INSIDE.get(inside[2], inside[2])}.{kind}"
    return f"{OUTSIDE.get(path, path)}.{kind}"


def their_name(name: str) -> str:
    """The name that Hugging Face gives to a tensor of ours.

        >>> their_name("blocks.3.feed_forward.up.weight")
        'model.layers.3.mlp.up_proj.weight'
    """
    outside, within = ({ours: theirs for theirs, ours in names.items()} for names in (OUTSIDE, INSIDE))
    path, _, kind = name.rpartition(".")
    inside = re.fullmatch(r"blocks\.(\d+)\.(.+)", path)
    return f"model.layers.{inside[1]}.{within[inside[2]]}.{kind}" if inside else f"{outside[path]}.{kind}"


def config_from(given: dict, path: Path) -> Config:
    """Our config for a config.json. Raises InputError for what we do not compute."""
    check_given(given, path)
    window = given.get("sliding_window") if given.get("use_sliding_window", True) else None
    rope = rope_of(given)
    return Config(
        vocab_size=given["vocab_size"], n_layers=given["num_hidden_layers"], width=given["hidden_size"],
        n_heads=given["num_attention_heads"], n_kv_heads=given.get("num_key_value_heads"),
        hidden=given["intermediate_size"], norm_eps=given.get("rms_norm_eps", 1e-6),
        # A text that is no longer than the sliding window is seen whole.
        context=min(given["max_position_embeddings"], window or LARGEST_CONTEXT, LARGEST_CONTEXT),
        bias=bool(given.get("attention_bias")), qkv_bias=given["model_type"] == "qwen2",
        rope_theta=rope.get("rope_theta", 10000.0), rope_scaling=scaling_from(rope),
        tied=bool(given.get("tie_word_embeddings")))


def rope_of(given: dict) -> dict:
    """What a config says about its rotary positions. Folders of before 2026 say it in two places."""
    return given.get("rope_parameters") or {"rope_theta": given.get("rope_theta", 10000.0),
                                            **(given.get("rope_scaling") or {})}


def scaling_from(rope: dict) -> RopeScaling | None:
    """How the positions are stretched, if they are."""
    if rope.get("rope_type", rope.get("type", "default")) == "default":
        return None
    return RopeScaling(rope["factor"], rope["low_freq_factor"], rope["high_freq_factor"],
                       rope["original_max_position_embeddings"])


def given_by(model: Transformer, tokenizer: Tokenizer) -> dict:
    """The config.json of a model of ours."""
    config, scaling = model.config, model.config.rope_scaling
    kind = "qwen2" if config.qkv_bias else "llama"
    rope = {"rope_type": "default", "rope_theta": config.rope_theta}
    if scaling is not None:
        rope |= {"rope_type": "llama3", "factor": scaling.factor, "low_freq_factor": scaling.low_frequency,
                 "high_freq_factor": scaling.high_frequency,
                 "original_max_position_embeddings": scaling.original_context}
    return {"architectures": [{"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}[kind]],
            "model_type": kind, "vocab_size": config.vocab_size, "num_hidden_layers": config.n_layers,
            "num_attention_heads": config.n_heads, "num_key_value_heads": config.n_kv_heads,
            "hidden_size": config.width, "intermediate_size": config.hidden, "hidden_act": "silu",
            "max_position_embeddings": config.context, "rms_norm_eps": config.norm_eps,
            "attention_bias": config.bias, "mlp_bias": config.bias,
            "rope_parameters": rope, "rope_theta": config.rope_theta, "tie_word_embeddings": config.tied,
            "eos_token_id": tokenizer.end_id,
            "torch_dtype": str(model.embedding.weight.dtype).removeprefix("torch.")}


def chat_of(folder: Path, backend: Backend) -> Chat:
    """The chat format that tokenizer_config.json, and chat_template.jinja if it is there, describe."""
    settings = read_json(folder / "tokenizer_config.json")
    begin, end = (token.get("content") if isinstance(token, dict) else token
                  for token in (settings.get("bos_token"), settings.get("eos_token")))
    template = settings.get("chat_template")
    if isinstance(template, list):  # several, each with a name
        named = {one.get("name"): one.get("template") for one in template if isinstance(one, dict)}
        template = named.get("default")
    if (folder / "chat_template.jinja").is_file():
        template = read_bytes(folder / "chat_template.jinja").decode(errors="replace")
    prefix = "".join(backend.encode("").tokens)  # what the tokenizer puts in front of every text
    return chat_from(template, begin, end, prefix, folder)


def template_of(chat: Chat) -> str | None:
    """A chat template that puts these texts around a prompt, and then the answer, if there is one."""
    if chat.answer is None:
        return None
    before, after, answer, end = (json.dumps(text, ensure_ascii=False)
                                  for text in (chat.before, chat.after, chat.answer, chat.end))
    strip = " | trim" if chat.strips else ""
    return (f"{{{{ {before} + (messages[0]['content']{strip}) + {after} }}}}{{% if messages | length > 1 %}}"
            f"{{{{ {answer} + messages[1]['content'] + {end} }}}}{{% endif %}}")


def read_json(path: Path) -> dict:
    """The object in a JSON file. Raises InputError for a missing file, and for one that holds no object."""
    try:
        content = json.loads(read_bytes(path))
    except ValueError as error:  # no JSON, or no UTF-8
        raise InputError(f"{path} is damaged: {one_line(error)}; copy it again.") from None
    require(isinstance(content, dict), f"{path} does not hold the settings of a model.")
    return content


def read_safetensors(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a folder. Raises InputError for a damaged file."""
    safe_open = needed("safetensors", "to read a Hugging Face folder").safe_open
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118 - `file` is no dict, and has no other way
                    yield name, file.get_tensor(name)
        except Exception as error:  # the library raises errors of its own
            raise InputError(f"{path} is damaged: {one_line(error)}; copy it again.") from None


def weight_files(folder: Path) -> list[Path]:
    """Where the weights of a folder are. Raises InputError if there are none that can be read safely."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        check_safetensors(folder)
        return [folder / "model.safetensors"]
    places = read_json(index).get("weight_map")
    are_names = isinstance(places, dict) and all(isinstance(name, str) and name == Path(name).name
                                                 for name in places.values())
    require(are_names, f"{index} does not say in which files of its folder the weights are.")
    files = [folder / name for name in sorted(set(places.values()))]
    for path in files:
        require(path.is_file(), f"There is no {path.name} in {folder}; copy the folder in full.")
    return files


def check_safetensors(folder: Path):
    """Raise InputError for a folder without model.safetensors."""
    has_pickle = any(folder.glob("*.bin")) or any(folder.glob("*.pth"))
    advice = ("its weights are pickles, which could run code when they are read; convert them to safetensors"
              if has_pickle else "check the name, and that the folder was copied in full")
    is_there = (folder / "model.safetensors").is_file()
    require(is_there, f"There is no model.safetensors in {folder}; {advice}.")


def check_given(given: dict, path: Path):
    """Raise InputError for a config.json of a model that we do not compute, naming what differs."""
    kind = given.get("model_type")
    require(kind in KINDS, f"{path} is of a {kind!r} model; tinyllm computes {', '.join(KINDS)}.")
    for name in SIZES:
        value = given.get(name)
        require(is_whole(value), f"{path}: {name} is {value!r}, but must be a whole number.")
    act = given.get("hidden_act", "silu")
    require(act == "silu", f"{path}: the activation is {act!r}; tinyllm computes 'silu'.")
    head = given.get("head_dim") or given["hidden_size"] // given["num_attention_heads"]
    require(head * given["num_attention_heads"] == given["hidden_size"],
            f"{path}: {given['num_attention_heads']} heads of width {head} do not make the model's width "
            f"{given['hidden_size']}, as they must in tinyllm.")
    has_biases = [bool(given.get(name)) for name in ("attention_bias", "mlp_bias")]
    require(kind == "qwen2" or has_biases[0] == has_biases[1],
            f"{path}: its biases are in the attention or in the feed-forward layers alone; tinyllm has them "
            "in both, in neither, or in queries, keys and values (qwen2).")
    require("quantization_config" not in given, f"{path}: its weights are quantized; take the folder of the "
            "model as it was trained, or a GGUF file.")
    check_numbers(given, path)


def check_numbers(given: dict, path: Path):
    """Raise InputError for numbers of norms and positions that are none, and for another scaling."""
    rope = rope_of(given)
    kind = rope.get("rope_type", rope.get("type", "default"))
    is_known = kind in ("default", "llama3")
    require(is_known, f"{path}: its RoPE scaling is {kind!r}; tinyllm computes 'llama3' alone.")
    scaling = ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
    numbers = {"rms_norm_eps": given.get("rms_norm_eps", 1e-6), "rope_theta": rope.get("rope_theta", 1e4),
               **({name: rope.get(name) for name in scaling} if kind == "llama3" else {})}
    for name, number in numbers.items():
        is_number = isinstance(number, int | float) and number > 0
        require(is_number, f"{path}: {name} is {number!r}, but must be a number above 0.")
