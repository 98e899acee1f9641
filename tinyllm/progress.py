"""What long work shows: how far it is, how long it will take, its speed, and the memory that it takes."""

import sys
import time

import torch
from tqdm import tqdm


class TrainingBar:
    """A bar that moves every second at a terminal, and every ten seconds in a log.

        training:  25%|##5       | 25/100 [00:08<00:24, 3.1step/s, loss 1.204, 1,612 tokens/s, 0.61 GB]

    It shows the steps done and to do, the time taken and the time left, and what `step` was told.
    """

    def __init__(self, done: int, steps: int, device: torch.device, is_shown: bool = True):
        interval = 1 if sys.stderr.isatty() else 10
        self.bar = tqdm(initial=done, total=steps, desc="training", unit="step", leave=False,
                        mininterval=interval, disable=not is_shown)
        self.start, self.tokens, self.device = time.perf_counter(), 0, device

    def __enter__(self) -> "TrainingBar":
        return self

    def __exit__(self, *error):
        self.bar.close()

    def step(self, loss: float, tokens: int):
        """Note that a step is done, which had this loss and read so many tokens."""
        self.tokens += tokens
        speed = self.tokens / (time.perf_counter() - self.start)
        text = f"loss {loss:.3f}, {speed:,.0f} tokens/s{memory_taken(self.device)}"
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update()


def memory_taken(device: torch.device) -> str:
    """The most memory that this run has taken so far, where the system says it."""
    if device.type == "cuda":
        return f", {torch.cuda.max_memory_allocated(device) / 1e9:.2f} GB"
    if sys.platform == "win32":
        return ""
    import resource
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on a Mac, KiB elsewhere
    return f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9:.2f} GB"
