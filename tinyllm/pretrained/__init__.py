"""Real models of the Llama family: from a Hugging Face folder or a GGUF file, and back into a folder.

A Transformer of tinyllm is a Llama, only small. So a real one is read by giving its tensors our names:

    model.layers.0.self_attn.q_proj.weight    Hugging Face
    blk.0.attn_q.weight                       GGUF, the format of llama.cpp
    blocks.0.attention.q.weight               here

Llama 2 and 3, SmolLM2, TinyLlama, Mistral and Qwen2 can be read. A model that differs from them in anything
that we do not compute is refused, and the message names what differs. What others give you may be damaged or
meant badly. So nothing in it runs as code, and no memory is taken for what a file merely claims to hold.

Two packages are needed beside those of tinyllm: safetensors for folders, gguf for GGUF files.

Read the modules in this order: build, template, huggingface, header, gguf, vocabulary.
"""

from tinyllm.pretrained.gguf import load_gguf
from tinyllm.pretrained.huggingface import load_huggingface, save_huggingface

__all__ = ["load_gguf", "load_huggingface", "save_huggingface"]
