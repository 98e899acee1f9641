"""What PEFT costs and saves at the base model's size: steps, decoding, and beside Hugging Face's peft, in one run.

    python tests/benchmark_peft.py        about two minutes; needs tests/requirements.txt
"""

import copy

import torch
from benchmark import SHAPE, compare, llama_like, training_step
from peft import LoraConfig, get_peft_model

from tinyllm import Transformer, generate
from tinyllm.peft import add_lora, merge_lora

LAYERS = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "o_proj", "gate": "gate_proj", "up": "up_proj", "down": "down_proj"}
BATCH, LENGTH = 16, 128


def main():
    torch.manual_seed(0)
    base = Transformer(SHAPE)
    ids = torch.randint(0, SHAPE.vocab_size, (BATCH, LENGTH))
    steps = {"full": training_step(copy.deepcopy(base), lambda m, x: m(x), ids, torch.float32)}
    for name, targets in (("q, v", ("q", "v")), ("all", tuple(LAYERS))):
        lora = add_lora(copy.deepcopy(base), 8, 16, targets)
        steps[f"LoRA {name}"] = training_step(lora, lambda m, x: m(x), ids, torch.float32)
        theirs = get_peft_model(llama_like(base), LoraConfig(r=8, lora_alpha=16, target_modules=[LAYERS[t] for t in targets]))
        steps[f"peft {name}"] = training_step(theirs, lambda m, x: m(input_ids=x, use_cache=False).logits, ids, torch.float32)
    for name in ("q, v", "all"):
        compare(f"step, full / LoRA {name}", steps[f"LoRA {name}"], steps["full"], rounds=25, names=("LoRA", "full"))
        compare(f"step, peft / LoRA {name}", steps[f"LoRA {name}"], steps[f"peft {name}"], rounds=25, names=("tinyllm", "peft"))
    merged, unmerged = merge_lora(add_lora(copy.deepcopy(base), 8, 16, "all")), add_lora(copy.deepcopy(base), 8, 16, "all")
    prompts = torch.randint(0, SHAPE.vocab_size, (8, 32)).tolist()
    for name, model in (("merged", merged), ("unmerged", unmerged)):
        compare(f"decode 8 x 64, base / {name}", lambda m=model: generate(m, prompts, 64), lambda: generate(base, prompts, 64),
                rounds=15, names=(name, "base"))


if __name__ == "__main__":
    main()
