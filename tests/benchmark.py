"""How fast tinyllm trains and decodes beside transformers' Llama of the same shape and weights, in one run.

    python tests/benchmark.py            about two minutes; needs tests/requirements.txt

Times here are noisy, so the two take turns, and the median of the ratios is what counts. "share of peak" is the rate of
the step's matrix products beside the best rate that this machine reaches on one large product of the same type.
"""

import statistics
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tinyllm import Config, TrainConfig, Transformer, generate
from tinyllm.trainer import make_optimizer, masked_cross_entropy, pick_precision

SHAPE = Config(vocab_size=2048, n_layers=4, n_heads=6, width=192, context=512, hidden=448, bias=True)
BATCH, LENGTH, NEW = 16, 256, 128


def llama_like(model: Transformer) -> LlamaForCausalLM:
    """transformers' Llama with the same shape and the same weights."""
    c = model.config
    llama = LlamaForCausalLM(LlamaConfig(
        vocab_size=c.vocab_size, hidden_size=c.width, intermediate_size=c.hidden, num_hidden_layers=c.n_layers,
        num_attention_heads=c.n_heads, num_key_value_heads=c.n_kv_heads, max_position_embeddings=c.context,
        rms_norm_eps=c.norm_eps, rope_parameters={"rope_type": "default", "rope_theta": c.rope_theta},
        tie_word_embeddings=c.tied, attention_bias=c.bias, mlp_bias=c.bias, eos_token_id=None, bos_token_id=None))
    llama.load_state_dict({llama_name(name): tensor for name, tensor in model.state_dict().items()}, strict=True)
    return llama


def llama_name(name: str) -> str:
    """The name of a tinyllm weight in transformers' Llama."""
    renames = {"embedding.": "model.embed_tokens.", "blocks.": "model.layers.", "attention_norm": "input_layernorm",
               "feed_forward_norm": "post_attention_layernorm", "head.": "lm_head."}
    if name.startswith("norm."):
        return "model." + name
    for ours, theirs in renames.items():
        name = name.replace(ours, theirs)
    for projection in "qkvo":
        name = name.replace(f"attention.{projection}.", f"self_attn.{projection}_proj.")
    for projection in ("gate", "up", "down"):
        name = name.replace(f"feed_forward.{projection}.", f"mlp.{projection}_proj.")
    return name


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, ours, theirs, rounds: int, names=("tinyllm", "transformers")) -> float:
    """Let the two take turns; print the medians and the ratio theirs / ours, and return our median seconds."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{name:28} {names[0]} {mine * 1e3:8.1f} ms   {names[1]} {other * 1e3:8.1f} ms   ratio {ratio:.2f}", flush=True)
    return mine


def training_step(model, logits_of, ids, dtype):
    """A full step: forward, backward, clipping, AdamW."""
    optimizer = make_optimizer(model, TrainConfig())

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = masked_cross_entropy(logits_of(model, ids), ids) / ids.numel()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return step


def peak_rate(dtype: torch.dtype) -> float:
    """The best of ten timings of one large matrix product, in FLOP/s."""
    n = 2048
    a, b = torch.randn(n, n, dtype=dtype), torch.randn(n, n, dtype=dtype)
    return 2 * n**3 / min(seconds(lambda: a @ b) for _ in range(10))


def flops_of_a_step(model: Transformer, batch: int, length: int) -> float:
    """Forward and backward: 6 a weight and token, and attention's two products over all pairs of positions."""
    c = model.config
    weights = sum(p.numel() for p in model.parameters() if p.ndim == 2)  # tied: the embedding is the head's product
    return 6 * weights * batch * length + 12 * c.n_layers * c.width * batch * length**2


def main():
    torch.manual_seed(0)
    model = Transformer(SHAPE)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {torch.get_num_threads()} threads, "
          f"PyTorch {torch.__version__}, this CPU computes in {pick_precision(torch.device('cpu'))}")
    ids = torch.randint(0, SHAPE.vocab_size, (BATCH, LENGTH))
    for dtype in (torch.float32, torch.bfloat16):
        llama = llama_like(model)
        ours = training_step(model, lambda m, x: m(x), ids, dtype)
        theirs = training_step(llama, lambda m, x: m(x, use_cache=False).logits, ids, dtype)
        name = f"step {BATCH} x {LENGTH} {str(dtype).split('.')[1]}"
        rate = flops_of_a_step(model, BATCH, LENGTH) / compare(name, ours, theirs, rounds=7)
        peak = peak_rate(dtype)
        print(f"{'':28} {rate / 1e9:.0f} of {peak / 1e9:.0f} GFLOP/s: share of peak {rate / peak:.2f}", flush=True)
    llama = llama_like(model).eval()
    for rows in (1, 32):
        prompts = torch.randint(0, SHAPE.vocab_size, (rows, 32))
        compare(f"decode {rows} x {NEW} tokens", lambda p=prompts: generate(model, p.tolist(), NEW),
                lambda p=prompts: llama.generate(p, max_new_tokens=NEW, do_sample=False, pad_token_id=0,
                                                 attention_mask=torch.ones_like(p)), rounds=15)


if __name__ == "__main__":
    main()
