"""Train a model of your own: pre-train it, tune it, or tune it by LoRA, on one process or on many.

    python lessons/train.py my.jsonl                             tunes the base model on your prompts and completions
    python lessons/train.py my.jsonl --lora 8                    ... by LoRA of rank 8
    python lessons/train.py my.jsonl --lora 8 --model smollm2    ... a real model (see the README)
    python lessons/train.py text.txt --shape 4x192x6             pre-trains a new model: 4 layers, width 192, 6 heads
    torchrun --nproc-per-node=2 lessons/train.py my.jsonl        any of these by two processes

A file .jsonl holds {"prompt": ..., "completion": ...} on each line; any other is text, with empty lines between its documents.
A run that was stopped goes on with --resume, also with another number of processes.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from lesson import RESULTS, end_in_one_sentence

from tinyllm import Config, InputError, Tokenizer, TrainConfig, Trainer, Transformer
from tinyllm.batches import Packed
from tinyllm.checkpoint import load_model, save_model
from tinyllm.data import WORLD, drop_too_long, load_pairs, render_all
from tinyllm.distributed import KINDS, Team, leave, whole
from tinyllm.jsonl import read_utf8
from tinyllm.peft import add_lora, parameter_table, save_adapter


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="a .jsonl file of pairs, or a text")
    parser.add_argument("--model", default="base", help="base, smollm2, a GGUF file, a Hugging Face folder, or one of ours")
    parser.add_argument("--shape", metavar="LAYERSxWIDTHxHEADS", help="a new model of this shape")
    parser.add_argument("--vocabulary", type=int, default=2048, help="tokens of a new model")
    parser.add_argument("--lora", type=int, metavar="RANK", help="tune by LoRA of this rank, and not all weights")
    parser.add_argument("--length", type=int, default=256, help="tokens of a window of text, or of the longest pair")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=8, help="examples of a step, of all processes together")
    parser.add_argument("--piece-tokens", type=int, help="read a batch in pieces of so many tokens, to save memory")
    parser.add_argument("--keep-less", action="store_true", help="compute activations again, to save memory")
    parser.add_argument("--learning-rate", type=float, help="5e-4 in full, 2e-3 by LoRA and for a new model")
    parser.add_argument("--together", choices=KINDS, default="ddp", help="fsdp: each process holds a part of the model")
    parser.add_argument("--precision", choices=("float32", "bf16"), help="bf16 on a GPU that has it, if not given")
    parser.add_argument("--compile", action="store_true", help="faster steps after a slow start")
    parser.add_argument("--device", help="cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "train", help="the folder for the model and the state")
    parser.add_argument("--resume", action="store_true", help="go on with the run whose state is in --out")
    return parser.parse_args()


def maker(given: argparse.Namespace) -> tuple[Callable[[], Transformer], Tokenizer]:
    """(a function that makes the model to be trained, its tokenizer). Every process makes the same model."""
    if given.shape is None:
        if given.model == "base" or (Path(given.model) / "weights.pt").exists():
            folder = WORLD / "base" if given.model == "base" else Path(given.model)
            return lambda: load_model(folder)[0], load_model(folder)[1]
        from real import load_real
        return lambda: load_real(given.model, "cpu")[0], load_real(given.model, "cpu")[1]
    if re.fullmatch(r"\d+x\d+x\d+", given.shape) is None:
        raise InputError(f"--shape is {given.shape!r}; write layers x width x heads, as in 4x192x6.")
    layers, width, heads = map(int, given.shape.split("x"))
    tokenizer = Tokenizer.train(documents_of(given.data), given.vocabulary)
    config = Config(vocab_size=tokenizer.vocab_size, n_layers=layers, n_heads=heads, width=width, context=max(512, given.length))

    def new() -> Transformer:
        import torch
        torch.manual_seed(given.seed)
        return Transformer(config)
    return new, tokenizer


def documents_of(path: str) -> list[str]:
    """The documents of a text file: what stands between its empty lines."""
    found = [text.strip() for text in re.split(r"\n\s*\n", read_utf8(Path(path))) if text.strip()]
    if not found:
        raise InputError(f"There is no text in {path}.")
    return found


def examples_of(given: argparse.Namespace, tokenizer: Tokenizer, say: Callable):
    """The examples to train on. Raises InputError if nothing in the file is short, or long, enough."""
    if given.data.endswith(".jsonl"):
        pairs, too_long = drop_too_long(tokenizer, load_pairs(given.data), given.length)
        say(f"{len(pairs)} pairs; {too_long} are longer than {given.length} tokens, and left out.")
        examples = render_all(tokenizer, pairs)
    else:
        examples = Packed(tokenizer, documents_of(given.data), given.length)
        say(f"{len(examples)} windows of {given.length} tokens.")
    if len(examples) == 0:
        raise InputError(f"{given.data} leaves nothing to train on at --length {given.length}.")
    return examples


def save(given: argparse.Namespace, model: Transformer, make: Callable, tokenizer: Tokenizer, team: Team):
    """Write what was trained: the adapter, or the whole model. Where it is in parts, all processes gather it."""
    if team.size > 1 and given.together == "fsdp":
        weights, model = whole(model.state_dict()), make()
        model.load_state_dict(weights)
    if not team.is_first:
        return
    path = given.out / ("lora.pt" if given.lora else "model")
    save_adapter(model, path) if given.lora else save_model(path, model, tokenizer)
    print(f"Written to {path}.")
    if given.model == "base" and given.shape is None:  # try.py asks models that read the base's tokens
        print(f"Ask it: python lessons/try.py {'--adapter' if given.lora else '--model'} {path}")


def main():
    """Train as the command line says."""
    end_in_one_sentence()
    given = options()
    make_base, tokenizer = maker(given)

    def make() -> Transformer:
        return add_lora(make_base(), given.lora, 2 * given.lora, "all") if given.lora else make_base().requires_grad_(True)
    rate = given.learning_rate or (5e-4 if given.lora is None and given.shape is None else 2e-3)
    trainer = Trainer(make(), TrainConfig(
        epochs=given.epochs, batch_size=given.batch_size, piece_tokens=given.piece_tokens, learning_rate=rate, seed=given.seed,
        device=given.device, precision=given.precision, compile=given.compile, keep_less=given.keep_less,
        together=given.together, out=given.out, resume=given.resume))

    def say(text: str):
        if trainer.team.is_first:
            print(text, flush=True)
    say(parameter_table(trainer.model).splitlines()[-1])
    history = trainer.fit(examples_of(given, tokenizer, say))
    first, last = (sum(own) / len(own) for own in (history.train_loss[:5], history.train_loss[-5:]))
    say(f"{len(history.train_loss)} steps on {trainer.team.size} process{'es' * (trainer.team.size > 1)}: the loss goes from "
        f"{first:.3f} to {last:.3f} (means of the first and the last steps, up to five).")
    save(given, trainer.model, make, tokenizer, trainer.team)
    leave()


if __name__ == "__main__":
    main()
