"""Change one bit of a saved file at random, many times: is it refused in one sentence, or is nothing changed by it?

    python tests/damage.py 2000        so many times for each kind of file: model, adapter, state of a training run
"""

import random
import shutil
import sys
import tempfile
from pathlib import Path

import torch


def flip_one_bit(path: Path, draw: random.Random):
    """Turn one bit of the file round."""
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def numbers(model) -> dict:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def equal(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def outcomes(load, folder: Path, files: list[str], times: int, seed: int = 0) -> dict[str, int]:
    """How often a damaged copy of the folder was refused, or gave what the whole one gives; anything else raises.

    load(folder) gives what was loaded, as a dict of tensors and other values."""
    from tinyllm import InputError
    draw, whole, counts = random.Random(seed), load(folder), {"refused": 0, "unchanged": 0}
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        for _ in range(times):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            flip_one_bit(copy / draw.choice(files), draw)
            try:
                loaded = load(copy)
            except InputError as error:
                assert str(error).strip() and "\n" not in str(error), f"not one sentence: {error}"
                counts["refused"] += 1
                continue
            assert equal(loaded, whole), "a damaged file was loaded with other numbers"
            counts["unchanged"] += 1
    return counts


def make_files(folder: Path):
    """A small model, an adapter of it, and the state of a training run; returns name -> (how to load, folder, files)."""
    from tinyllm import Config, Tokenizer, TrainConfig, Trainer, Transformer
    from tinyllm.checkpoint import load_model, load_tensors, save_model
    from tinyllm.peft import add_lora, load_adapter, save_adapter
    tokenizer = Tokenizer.train(["Marta bakes bread in Brindle.", "Leo has a red boat."] * 20, vocab_size=300)
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=300, n_layers=1, n_heads=2, width=16, context=32))
    save_model(folder / "model", model, tokenizer)
    adapted = add_lora(load_model(folder / "model")[0], 2, 4)
    examples = [tokenizer.render("Marta bakes", " bread")] * 4
    out = folder / "state"
    Trainer(adapted, TrainConfig(batch_size=2, device="cpu", precision="float32", out=out, save_every=1)).fit(examples)
    save_adapter(adapted, folder / "adapter" / "lora.pt")

    def texts(loaded) -> dict:
        return {"vocabulary": torch.tensor([sum(map(ord, loaded.to_json()))])}

    def load_whole(path):
        loaded, own = load_model(path)
        return numbers(loaded) | texts(own) | {"theta": torch.tensor(loaded.config.rope_theta)}

    def load_state(path):
        state = load_tensors(path / "training_state.pt")
        return {**state["weights"], "step": torch.tensor(state["step"])}
    return {"model": (load_whole, folder / "model", ["config.json", "tokenizer.json", "weights.pt", "digest.json"]),
            "adapter": (lambda path: numbers(load_adapter(load_model(folder / "model")[0], path / "lora.pt")),
                        folder / "adapter", ["lora.pt"]),
            "state": (load_state, out, ["training_state.pt"])}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        for kind, (load, folder, files) in make_files(Path(home)).items():
            print(kind, outcomes(load, folder, files, int(sys.argv[1]) if len(sys.argv) > 1 else 2000), flush=True)
