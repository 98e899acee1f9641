"""How fast tinyllm trains and decodes beside two others of its size, in one run.

    python tests/benchmark.py                 about ten minutes; needs tests/requirements.txt and a C++ compiler
    python tests/benchmark.py --old FOLDER    also decodes beside an older version of tinyllm, checked out there

The others are transformers' Llama with our very weights, and a plain GPT as many have written one: LayerNorm, GELU,
learned positions, fused causal attention. A GPT has less to do in a step: it turns no queries and keys, and its MLP
has two matrices where ours has three. Times here are noisy, so the models take turns, and the median of the ratios is
what counts: above 1 tinyllm is faster. "share of peak" is the rate of the step's matrix products beside the best rate
that this machine reaches on one large product of the same type.
"""

import argparse
import importlib
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from tinyllm import Config, TrainConfig, Transformer, generate
from tinyllm.device import has_bf16_units
from tinyllm.trainer import make_optimizer, masked_cross_entropy

SHAPE = Config(vocab_size=2048, n_layers=4, n_heads=6, width=192, context=512, hidden=448, bias=True)
BATCH, LENGTH, NEW = 16, 256, 128
BASE = Path(__file__).resolve().parent.parent / "data" / "base"


class PlainBlock(nn.Module):
    """A layer of GPT-2 (Radford et al. 2019): causal attention and an MLP four times as wide, each after a LayerNorm."""

    def __init__(self, config: Config):
        super().__init__()
        D = config.width
        self.n_heads = config.n_heads
        self.attention_norm, self.mlp_norm = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.widen, self.narrow = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x: Tensor) -> Tensor:
        B, T, D = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(B, T, 3, self.n_heads, -1)  # (B, T, 3, H, K)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, H, T, K) each
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heads.transpose(1, 2).reshape(B, T, D))
        return x + self.narrow(F.gelu(self.widen(self.mlp_norm(x))))


class PlainGPT(nn.Module):
    """A decoder of the same layers, heads, width, context and vocabulary as ours: ids (B, T) -> logits (B, T, V)."""

    def __init__(self, config: Config):
        super().__init__()
        self.tokens = nn.Embedding(config.vocab_size, config.width)
        self.positions = nn.Embedding(config.context, config.width)
        self.blocks = nn.Sequential(*(PlainBlock(config) for _ in range(config.n_layers)))
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)
        self.head.weight = self.tokens.weight
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.tokens(ids) + self.positions.weight[:ids.shape[1]]
        return self.head(self.norm(self.blocks(x)))


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
    for work, whose in ((ours, names[0]), (theirs, names[1])):
        first = seconds(work)
        if first > 5:
            print(f"{name}: the first call of {whose} took {first:.0f} s", flush=True)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{name:32} {names[0]} {mine * 1e3:7.1f} ms   {names[1]} {other * 1e3:7.1f} ms   ratio {ratio:.2f}", flush=True)
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


def count(model: nn.Module) -> str:
    return f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M"


def compare_steps(model: Transformer, dtype: torch.dtype, rounds: int):
    """A training step beside transformers', beside the plain GPT's, and both of the latter compiled."""
    ids = torch.randint(0, SHAPE.vocab_size, (BATCH, LENGTH))
    name = f"step {BATCH} x {LENGTH} {str(dtype).split('.')[1]}"
    plain, llama = PlainGPT(SHAPE), llama_like(model)
    ours = training_step(model, lambda m, x: m(x), ids, dtype)
    gpt = training_step(plain, lambda m, x: m(x), ids, dtype)
    theirs = training_step(llama, lambda m, x: m(x, use_cache=False).logits, ids, dtype)
    rate = flops_of_a_step(model, BATCH, LENGTH) / compare(name, ours, theirs, rounds)
    peak = peak_rate(dtype)
    print(f"{'':32} {rate / 1e9:.0f} of {peak / 1e9:.0f} GFLOP/s: share of peak {rate / peak:.2f}", flush=True)
    compare(name, ours, gpt, rounds, names=("tinyllm", "plain GPT"))
    fused, fused_gpt = torch.compile(model), torch.compile(plain)
    ours_fused = training_step(model, lambda m, x: fused(x), ids, dtype)
    gpt_fused = training_step(plain, lambda m, x: fused_gpt(x), ids, dtype)
    compare(f"{name}, compiled", ours_fused, ours, rounds, names=("compiled", "tinyllm"))
    compare(f"{name}, compiled", ours_fused, gpt, rounds, names=("compiled", "plain GPT"))
    compare(f"{name}, both compiled", ours_fused, gpt_fused, rounds, names=("tinyllm", "plain GPT"))


def compare_decoding(model: Transformer):
    """Decoding beside transformers, at one prompt and at 32."""
    llama = llama_like(model).eval()
    for rows in (1, 32):
        prompts = torch.randint(0, SHAPE.vocab_size, (rows, 32))
        compare(f"decode {rows} x {NEW} tokens", lambda p=prompts: generate(model, p.tolist(), NEW),
                lambda p=prompts: llama.generate(p, max_new_tokens=NEW, do_sample=False, pad_token_id=0,
                                                 attention_mask=torch.ones_like(p)), rounds=15)


def version(folder: Path):
    """The tinyllm that is checked out in a folder, imported beside the one that is imported already."""
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "tinyllm"}
    sys.path.insert(0, str(folder))
    try:
        checkpoint, generator = (importlib.import_module(f"tinyllm.{name}") for name in ("checkpoint", "generate"))
    finally:
        sys.path.remove(str(folder))
        sys.modules.update(ours)
    return checkpoint.load_model, generator.generate


def compare_versions(folder: Path):
    """Decoding the base model beside an older version."""
    from tinyllm.checkpoint import load_model
    load_old, generate_old = version(folder)
    model, old = load_model(BASE)[0], load_old(BASE)[0]
    for rows in (1, 8, 32, 64):
        prompts = torch.randint(0, SHAPE.vocab_size, (rows, 32)).tolist()
        compare(f"decode {rows} x {NEW}, now and then", lambda p=prompts: generate(model, p, NEW),
                lambda p=prompts: generate_old(old, p, NEW), rounds=11, names=("now", "then"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path, metavar="FOLDER", help="an older version of this repository, checked out")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = Transformer(SHAPE)
    precision = "bf16" if has_bf16_units(torch.device("cpu")) else "float32"
    print(f"{count(model)} parameters, the plain GPT {count(PlainGPT(SHAPE))}; {torch.get_num_threads()} threads, "
          f"PyTorch {torch.__version__}; this CPU computes in {precision}: {torch.cpu.get_capabilities()}")
    compare_decoding(model)
    if options.old:
        compare_versions(options.old.resolve())
    for dtype in (torch.float32, torch.bfloat16) if precision == "bf16" else (torch.float32,):
        compare_steps(model, dtype, rounds=9)


if __name__ == "__main__":
    main()
