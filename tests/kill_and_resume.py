"""Kill a training run at random moments, resume it, and compare its final weights with those of an undisturbed run.

    python tests/kill_and_resume.py 50        about four minutes; ends with exit code 1 if any weight differs
"""

import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

STEPS_TO_SLEEP = 0.004  # a pause in every step, so that a kill can fall between any two


def train(folder: str, resume: bool):
    """A run of 60 steps with dropout, two parts a batch and validation, which saves its state after every second step."""
    from tinyllm import Config, TrainConfig, Trainer, Transformer
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Transformer(Config(vocab_size=50, n_layers=1, n_heads=2, width=16, context=16))
    model.blocks[0].feed_forward = torch.nn.Sequential(model.blocks[0].feed_forward, torch.nn.Dropout(0.1))
    draw = torch.Generator().manual_seed(0)
    examples = [(row[:n], row[1:n + 1]) for row, n in zip(torch.randint(0, 50, (100, 13), generator=draw),
                                                        torch.randint(3, 13, (100,), generator=draw), strict=True)]
    config = TrainConfig(epochs=6, batch_size=8, accumulate=2, save_every=2, evaluations=6, out=folder, resume=resume,
                         device="cpu")
    model.register_forward_pre_hook(lambda *_: time.sleep(STEPS_TO_SLEEP))
    Trainer(model, config).fit(examples[:80], examples[80:])
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    print(digest.hexdigest())


def start(folder: Path) -> subprocess.Popen:
    """The run, resumed if it has left a state, in a process of its own."""
    return subprocess.Popen([sys.executable, __file__, "--train", str(folder)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def final_weights(folder: Path, kill_after: float | None) -> tuple[str, bool]:
    """The hash of the run's final weights, and whether it really was killed in between."""
    process = start(folder)
    killed = False
    if kill_after is not None:
        while not (folder / "training_state.pt").exists() and process.poll() is None:
            time.sleep(0.002)  # importing takes longer than training: count from the first saved state
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        process = start(folder)
    weights = process.communicate()[0].strip()
    return weights, killed


def main(kills: int) -> int:
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as scratch:
        clock = time.perf_counter()
        undisturbed, _ = final_weights(Path(scratch) / "undisturbed", None)
        print(f"undisturbed: {undisturbed[:16]}  ({time.perf_counter() - clock:.1f} s)", flush=True)
        equal, really_killed = 0, 0
        for i in range(kills):
            folder = Path(scratch) / str(i)
            weights, killed = final_weights(folder, kill_after=draw.uniform(0, 0.8))
            equal, really_killed = equal + (weights == undisturbed), really_killed + killed
            left = sorted(p.name for p in folder.iterdir())
            print(f"kill {i + 1:2}: {weights[:16]}  killed while running: {killed}  files left: {left}", flush=True)
    print(f"{equal} of {kills} runs ended with the weights of the undisturbed one; {really_killed} were killed while running")
    return 0 if equal == kills else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        train(sys.argv[2], resume=True)
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
