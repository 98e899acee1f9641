"""Kill a training run at random moments, resume it, and compare its final weights with those of an undisturbed run.

    python tests/kill_and_resume.py 50        a minute and a half; ends with exit code 1 if any weight differs
"""

import contextlib
import hashlib
import io
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from tqdm import tqdm

SLEEP_IN_A_STEP = 0.004  # a pause in every step, so that a kill can fall between any two
# A server imports PyTorch once and forks a process for each run (Windows cannot: there each run imports it anew).
PROCESSES = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")


def train(folder: Path, answer):
    """60 steps with dropout, two parts a batch and validation; saves its state after every second step, and goes on from it."""
    from tinyllm import Config, TrainConfig, Trainer, Transformer
    tqdm.set_lock(threading.RLock())  # instead of a semaphore, which a killed process would leave behind
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Transformer(Config(vocab_size=50, n_layers=1, n_heads=2, width=16, context=16))
    model.blocks[0].feed_forward = torch.nn.Sequential(model.blocks[0].feed_forward, torch.nn.Dropout(0.1))
    draw = torch.Generator().manual_seed(0)
    examples = [(row[:n], row[1:n + 1]) for row, n in zip(torch.randint(0, 50, (100, 13), generator=draw),
                                                        torch.randint(3, 13, (100,), generator=draw), strict=True)]
    config = TrainConfig(epochs=6, batch_size=8, piece_tokens=60, save_every=2, evaluations=6, out=folder, resume=True,
                         device="cpu")
    model.register_forward_pre_hook(lambda *_: time.sleep(SLEEP_IN_A_STEP))
    with contextlib.redirect_stderr(io.StringIO()):  # the progress bar
        Trainer(model, config).fit(examples[:80], examples[80:])
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    answer.send(digest.hexdigest())


def start(folder: Path):
    """The run, resumed if it has left a state, in a process of its own, and the end of the pipe that its hash comes from."""
    here, there = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=train, args=(folder, there))
    process.start()
    there.close()
    return process, here


def final_weights(folder: Path, kill_after: float | None) -> tuple[str, bool]:
    """The hash of the run's final weights, and whether it really was killed in between."""
    process, answer = start(folder)
    killed = False
    if kill_after is not None:
        while not (folder / "training_state.pt").exists() and process.is_alive():
            time.sleep(0.002)  # count from the first saved state
        time.sleep(kill_after)
        process.kill()
        process.join()
        killed = process.exitcode < 0  # ended by a signal: one that had finished, or failed by itself, has 0 or 1
        process, answer = start(folder)
    try:
        weights = answer.recv()
    except EOFError:
        sys.exit("The run failed; its error stands above.")
    process.join()
    return weights, killed


def main(kills: int) -> int:
    PROCESSES.set_forkserver_preload(["torch._dynamo", "tinyllm.trainer"])
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
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
