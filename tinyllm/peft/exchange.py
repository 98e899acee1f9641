"""Adapters that travel: folders of the library peft, written and read.

Hugging Face's peft keeps an adapter as adapter_config.json, which names the method and its settings, and
adapter_model.safetensors, which holds the trained weights. The same numbers have other names there:

    base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight    peft
    blocks.0.attention.q.A                                            here

LoRA (also rank-stabilized), DoRA and prompt tuning travel. An adapter with a setting that changes what is
computed and that we do not have is refused, and the message names the setting.
"""

import json
import math
from pathlib import Path

import torch
from torch import Tensor, nn

from tinyllm.check import InputError, is_whole, require
from tinyllm.checkpoint import write_text, write_whole
from tinyllm.peft.lora import add_lora
from tinyllm.peft.parts import check_plain, check_unmerged
from tinyllm.peft.saved import recipe_of
from tinyllm.peft.soft_prompt import SoftPrompt
from tinyllm.peft.variants import add_dora
from tinyllm.pretrained.build import needed, one_line
from tinyllm.pretrained.huggingface import our_name, read_json, their_name

PREFIX = "base_model.model."
KINDS = {"A": "lora_A.weight", "B": "lora_B.weight", "m": "lora_magnitude_vector"}  # ours -> theirs
# Settings of peft that do not change what a finished adapter computes, or that we read.
KNOWN = {"peft_type", "task_type", "auto_mapping", "base_model_name_or_path", "revision", "inference_mode",
         "r", "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "layers_to_transform",
         "layers_pattern", "use_rslora", "use_dora", "init_lora_weights", "peft_version", "runtime_config",
         "num_virtual_tokens", "token_dim", "num_transformer_submodules", "num_layers",
         "num_attention_heads", "prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_name_or_path",
         "tokenizer_kwargs",
         "megatron_config", "megatron_core", "eva_config", "qalora_group_size", "ensure_weight_tying"}
OFF = (None, False, "none", "", {}, [])  # how every other setting says that it is not used
STARTS = (True, False, "gaussian", "orthogonal", "eva")  # starts of A and B; others change W as well


def save_peft(model: nn.Module, folder: str | Path):
    """Write the LoRA, DoRA or soft prompt on a model as a folder that peft loads.

    Raises InputError for other methods, while LoRA is merged, and for parts that no single call makes.
    """
    check_unmerged(model)
    recipe = recipe_of(model)
    check_method(recipe)
    save_file = needed("safetensors.torch", "to write an adapter for peft").save_file
    weights = {peft_name(name): parameter.detach().cpu().contiguous()
               for name, parameter in model.named_parameters() if parameter.requires_grad}
    is_prompt = recipe["method"] == "soft_prompt"
    config = config_of_prompt(model) if is_prompt else config_of_lora(recipe)
    folder = Path(folder)
    write_text(folder / "adapter_config.json", json.dumps(config, indent=2) + "\n")
    write_whole(folder / "adapter_model.safetensors",
                lambda temporary: save_file(weights, temporary, metadata={"format": "pt"}))


def load_peft(model: nn.Module, folder: str | Path) -> nn.Module:
    """Put an adapter that peft saved onto its base. Returns the model, or the SoftPrompt around it.

    Raises InputError, and leaves the model as it was, for a folder that is damaged or is for other layers,
    and for a setting that we do not have.
    """
    check_plain(model)
    folder = Path(folder)
    config = read_json(folder / "adapter_config.json")
    check_settings(config, folder)
    weights = read_weights(folder / "adapter_model.safetensors")
    if config["peft_type"] == "PROMPT_TUNING":
        return with_prompt(model, weights, folder)
    return with_lora(model, config, weights, folder)


def peft_name(name: str) -> str:
    """The name of one of our trained weights in peft.

        >>> peft_name("blocks.0.attention.q.A")
        'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight'
    """
    if name == "prompt":
        return "prompt_embeddings"
    path, _, part = name.replace(".lora.", ".").rpartition(".")  # in DoRA, A and B are one level further in
    return PREFIX + their_name(f"{path}.weight").removesuffix("weight") + KINDS[part]


def place_of(name: str) -> tuple[str, str]:
    """The layer of ours that a weight of peft belongs to, and which of A, B and m it is.

        >>> place_of("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
        ('blocks.0.attention.q', 'A')
    """
    layer, _, part = name.removeprefix(PREFIX).partition(".lora_")
    parts = {"A.weight": "A", "B.weight": "B", "magnitude_vector": "m", "magnitude_vector.weight": "m"}
    return our_name(f"{layer}.weight").removesuffix(".weight"), parts.get(part, part)


def config_of_lora(recipe: dict) -> dict:
    """The adapter_config.json of LoRA or DoRA on these layers."""
    paths = [their_name(f"{path}.weight").removesuffix(".weight") for path in recipe["targets"]]
    return {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": recipe["rank"],
            "lora_alpha": recipe["alpha"], "lora_dropout": recipe.get("dropout", 0.0),
            "target_modules": paths, "bias": "none", "use_rslora": False,
            "use_dora": recipe["method"] == "dora", "inference_mode": True}


def config_of_prompt(model: SoftPrompt) -> dict:
    """The adapter_config.json of a soft prompt."""
    config = model.config
    return {"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": len(model.prompt),
            "token_dim": config.width, "num_layers": config.n_layers, "num_attention_heads": config.n_heads,
            "num_transformer_submodules": 1, "prompt_tuning_init": "RANDOM", "inference_mode": True}


def with_lora(model: nn.Module, config: dict, weights: dict[str, Tensor], folder: Path) -> nn.Module:
    """The model with LoRA or DoRA on the layers that the weights are for."""
    rank, is_dora = config["r"], bool(config.get("use_dora"))
    alpha = config["lora_alpha"] * (math.sqrt(rank) if config.get("use_rslora") else 1)
    places = {place_of(name): weight for name, weight in weights.items()}
    targets = sorted({path for path, _ in places})
    check_places(model, places, targets, rank, is_dora, folder)
    if is_dora:
        add_dora(model, rank, alpha, targets)
    else:
        add_lora(model, rank, alpha, targets, config.get("lora_dropout") or 0.0)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for (path, part), weight in places.items():
            inside = f"{path}.lora.{part}" if is_dora and part != "m" else f"{path}.{part}"
            parameters[inside].copy_(weight)
    return model


def with_prompt(model: nn.Module, weights: dict[str, Tensor], folder: Path) -> SoftPrompt:
    """The model behind the soft prompt of a folder."""
    prompt = weights.get("prompt_embeddings")
    fits = prompt is not None and prompt.ndim == 2 and prompt.shape[1] == model.config.width
    require(fits, f"{folder} holds no soft prompt for a model of width {model.config.width}.")
    soft = SoftPrompt(model, len(prompt))
    with torch.no_grad():
        soft.prompt.copy_(prompt)
    return soft


def read_weights(path: Path) -> dict[str, Tensor]:
    """The weights in adapter_model.safetensors. Raises InputError if the file is missing or damaged."""
    load_file = needed("safetensors.torch", "to read an adapter of peft").load_file
    require(path.is_file(), f"There is no {path}; an adapter is read from safetensors alone, as other files "
            "could run code.")
    try:
        return load_file(path)
    except Exception as error:  # the library raises errors of its own
        raise InputError(f"{path} is damaged: {one_line(error)}; copy it again.") from None


def check_method(recipe: dict):
    """Raise InputError for a method that peft's folders cannot hold."""
    is_known = recipe["method"] in ("lora", "dora", "soft_prompt")
    require(is_known, f"save_peft writes LoRA, DoRA and soft prompts, and no {recipe['method']}; "
            "use save_adapter.")


def check_settings(config: dict, folder: Path):
    """Raise InputError for an adapter that we cannot compute, naming the setting."""
    kind = config.get("peft_type")
    is_known = kind in ("LORA", "PROMPT_TUNING")
    require(is_known, f"{folder} holds an adapter of type {kind}; tinyllm reads LORA and PROMPT_TUNING.")
    for name, value in config.items():
        require(name in KNOWN or value in OFF,
                f"{folder}: its setting {name} is {value!r}, which tinyllm does not have.")
    start = config.get("init_lora_weights", True)
    require(start in STARTS, f"{folder}: init_lora_weights is {start!r}, which changes the base model too.")
    if kind == "LORA":
        is_number = is_whole(config.get("r")) and isinstance(config.get("lora_alpha"), int | float)
        require(is_number, f"{folder} does not say the rank and alpha of its LoRA.")


def check_places(model: nn.Module, places: dict, targets: list[str], rank: int, is_dora: bool, folder: Path):
    """Raise InputError unless there is an A and a B (and for DoRA an m) that fit each layer."""
    require(len(targets) > 0, f"{folder} holds no weights.")
    layers = dict(model.named_modules())
    for path in targets:
        layer = layers.get(path)
        has_layer = isinstance(layer, nn.Linear)
        require(has_layer, f"{folder} is for the layer {path}, which this model does not have.")
        wanted = {"A": (rank, layer.in_features), "B": (layer.out_features, rank)}
        wanted |= {"m": (layer.out_features,)} if is_dora else {}
        found = {part: tuple(weight.shape) for (place, part), weight in places.items() if place == path}
        require(found == wanted, f"{folder}: at {path} it holds {found}, and this model needs {wanted}.")
