"""Parameter-efficient fine-tuning: train few weights and freeze the rest.

Read the modules in this order: selective, parts, lora, variants, adapter, soft_prompt, saved, switching,
exchange.
"""

from tinyllm.peft.adapter import BottleneckAdapter, add_adapters, remove_adapters
from tinyllm.peft.exchange import load_peft, save_peft
from tinyllm.peft.lora import LoRALinear, add_lora, linear_layers, merge_lora, remove_lora, unmerge_lora
from tinyllm.peft.parts import base_only
from tinyllm.peft.saved import fingerprint, load_adapter, save_adapter, unload_adapter
from tinyllm.peft.selective import bitfit, freeze, last_layers, parameter_table, trainable_parameters
from tinyllm.peft.soft_prompt import SoftPrompt, nearest_tokens
from tinyllm.peft.switching import Adapters
from tinyllm.peft.variants import DoRALinear, add_dora, rank_stabilized, remove_dora

__all__ = ["Adapters", "BottleneckAdapter", "DoRALinear", "LoRALinear", "SoftPrompt", "add_adapters",
           "add_dora", "add_lora", "base_only", "bitfit", "fingerprint", "freeze", "last_layers",
           "linear_layers", "load_adapter", "load_peft", "merge_lora", "nearest_tokens", "parameter_table",
           "rank_stabilized", "remove_adapters", "remove_dora", "remove_lora", "save_adapter", "save_peft",
           "trainable_parameters", "unload_adapter", "unmerge_lora"]
