"""Change one bit of a saved file, at random, many times. Each time, one of two things must happen: the file
is refused in one sentence, or it loads exactly the numbers that were saved.

    python tests/damage.py 2000        2,000 times for each kind of file: model, adapter, training state
"""

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch

Numbers = dict[str, torch.Tensor]  # what was loaded, by name


def flip_one_bit(path: Path, draw: random.Random):
    """Change one bit of the file: a 0 to a 1, or a 1 to a 0."""
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def equal(a: Numbers, b: Numbers) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def outcome(load: Callable[[Path], Numbers], folder: Path, whole: Numbers) -> str:
    """What loading a damaged folder comes to: "refused" or "unchanged". Anything else raises."""
    from tinyllm import InputError
    try:
        loaded = load(folder)
    except InputError as error:
        assert str(error).strip() and "\n" not in str(error), f"not one sentence: {error}"
        return "refused"
    assert equal(loaded, whole), "a damaged file was loaded with other numbers"
    return "unchanged"


def outcomes(load: Callable[[Path], Numbers], folder: Path, files: list[str], times: int,
             seed: int = 0) -> Counter[str]:
    """How often each outcome came, each time with one bit changed in a fresh copy of the folder.

    load(folder) gives what was loaded. files: those of which one is damaged.
    """
    draw, whole, counts = random.Random(seed), load(folder), Counter(refused=0, unchanged=0)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        for _ in range(times):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            flip_one_bit(copy / draw.choice(files), draw)
            counts[outcome(load, copy, whole)] += 1
    return counts


def make_files(home: Path) -> dict[str, tuple[Callable[[Path], Numbers], Path, list[str]]]:
    """Save a small model, an adapter of it, and the state of a training run.

    Returns for each of them how to load it, its folder, and the files in it.
    """
    from tinyllm import Config, Tokenizer, TrainConfig, Trainer, Transformer
    from tinyllm.checkpoint import load_model, save_model
    from tinyllm.peft import add_lora, load_adapter, save_adapter
    texts = ["Marta bakes bread in Brindle.", "Leo has a red boat."] * 20
    tokenizer = Tokenizer.train(texts, vocab_size=300)
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=300, n_layers=1, n_heads=2, width=16, context=32))
    save_model(home / "model", model, tokenizer)

    adapted = add_lora(load_model(home / "model")[0], 2, 4)
    config = TrainConfig(batch_size=2, device="cpu", precision="float32", out=home / "state", save_every=1)
    Trainer(adapted, config).fit([tokenizer.render("Marta bakes", " bread")] * 4)
    save_adapter(adapted, home / "adapter" / "lora.pt")

    def load_lora(folder: Path) -> Numbers:
        base, _ = load_model(home / "model")
        return dict(load_adapter(base, folder / "lora.pt").state_dict())

    model_files = ["config.json", "tokenizer.json", "weights.pt", "digest.json"]
    return {"model": (load_whole, home / "model", model_files),
            "adapter": (load_lora, home / "adapter", ["lora.pt"]),
            "state": (load_state, home / "state", ["training_state.pt"])}


def load_whole(folder: Path) -> Numbers:
    """The numbers of a model: its weights, and what its two texts say, each as one number."""
    from tinyllm.checkpoint import load_model
    model, tokenizer = load_model(folder)
    vocabulary = torch.tensor([sum(map(ord, tokenizer.to_json()))])
    return {**model.state_dict(), "vocabulary": vocabulary, "theta": torch.tensor(model.config.rope_theta)}


def load_state(folder: Path) -> Numbers:
    """The numbers of a training state: the trained weights, and the loss of each step."""
    from tinyllm.checkpoint import load_tensors
    state = load_tensors(folder / "training_state.pt")
    return {**state["weights"], "losses": torch.tensor(state["history"]["train_loss"])}


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as home:
        for kind, (load, folder, files) in make_files(Path(home)).items():
            print(kind, dict(outcomes(load, folder, files, times)), flush=True)


if __name__ == "__main__":
    main()
