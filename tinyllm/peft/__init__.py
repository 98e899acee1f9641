"""Parameter-efficient fine-tuning. Read selective, parts, lora, adapter, soft_prompt, saved."""

from tinyllm.peft.adapter import BottleneckAdapter, add_adapters, remove_adapters
from tinyllm.peft.lora import (
    DoRALinear,
    LoRALinear,
    add_dora,
    add_lora,
    merge_lora,
    rank_stabilized,
    remove_lora,
    unmerge_lora,
)
from tinyllm.peft.parts import base_only
from tinyllm.peft.saved import Adapters, load_adapter, save_adapter, unload_adapter
from tinyllm.peft.selective import bitfit, freeze, last_layers, parameter_table, trainable_parameters
from tinyllm.peft.soft_prompt import SoftPrompt, nearest_tokens

__all__ = ["Adapters", "BottleneckAdapter", "DoRALinear", "LoRALinear", "SoftPrompt", "add_adapters", "add_dora", "add_lora",
           "base_only", "bitfit", "freeze", "last_layers", "load_adapter", "merge_lora", "nearest_tokens",
           "parameter_table", "rank_stabilized", "remove_adapters", "remove_lora", "save_adapter",
           "trainable_parameters", "unload_adapter", "unmerge_lora"]
