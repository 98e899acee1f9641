"""From (ids, targets) pairs to the batches of an epoch.

There are two ways to fill a tensor (B, T) with texts of different lengths (B is the batch, T the tokens):

    fine-tuning     `batch_indices` puts pairs of like length together, and `collate` pads the shorter ones
    pre-training    `Packed` joins all documents to one stream of tokens, and cuts it into equal windows
"""

import math
import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from tinyllm.tokenizer import IGNORE, Tokenizer

EPOCH_SEED = 7919  # epoch n draws with seed + 7919 n: with + n, epoch 1 of seed 0 would be epoch 0 of seed 1


def batch_indices(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """The batches of one epoch, as lists of indices into `lengths`: every example once, in random order.

    A batch is padded to its longest example, so examples of like length should be together. But if all were
    sorted by length, every epoch would have the same batches. So the examples are shuffled first, and then
    sorted only inside pools that make 16 batches each.
    """
    draw = random.Random(seed)
    order = draw.sample(range(len(lengths)), len(lengths))
    batches = []
    for pool in cut(order, 16 * batch_size):
        by_length = sorted(pool, key=lambda i: lengths[i])
        batches += cut(by_length, batch_size)
    draw.shuffle(batches)
    return batches


def batches_from(step: int, examples: Sequence[tuple], batch_size: int, seed: int) -> Iterator[list[tuple]]:
    """The batches from a step on, without end: one epoch after another, each in an order of its own."""
    lengths = [len(ids) for ids, _ in examples]
    epoch, place = divmod(step, math.ceil(len(examples) / batch_size))
    while True:
        for indices in batch_indices(lengths, batch_size, seed + EPOCH_SEED * epoch)[place:]:
            yield [examples[i] for i in indices]
        epoch, place = epoch + 1, 0


def cut(items: list, size: int) -> list[list]:
    """A list in pieces of this size; the last one may be shorter.

        >>> cut([1, 2, 3, 4, 5], 2)
        [[1, 2], [3, 4], [5]]
    """
    return [items[start:start + size] for start in range(0, len(items), size)]


def round_up(number: int, multiple: int) -> int:
    """The least multiple that is at least so large: round_up(33, 32) is 64."""
    return multiple * math.ceil(number / multiple)


def collate(examples: Sequence[tuple], multiple: int = 1) -> tuple[Tensor, Tensor]:
    """(ids, targets) pairs of different lengths as two tensors (B, T), padded on the right.

    T is the length of the longest, or the next multiple of `multiple`.

        >>> ids, targets = collate([([1, 2, 3], [IGNORE, 3, 4]), ([5], [6])])
        >>> ids.tolist(), targets.tolist()
        ([[1, 2, 3], [5, 0, 0]], [[-100, 3, 4], [6, -100, -100]])

    The padding needs no mask: a token sees only what stands before it, so no real token sees the padding.
    The padding has no loss either, because its targets are IGNORE.
    """
    longest = round_up(max(len(ids) for ids, _ in examples), multiple)
    all_ids = torch.zeros(len(examples), longest, dtype=torch.long)  # (B, T)
    all_targets = torch.full((len(examples), longest), IGNORE)  # (B, T)
    for row, (ids, targets) in enumerate(examples):
        all_ids[row, :len(ids)] = torch.as_tensor(ids)
        all_targets[row, :len(targets)] = torch.as_tensor(targets)
    return all_ids, all_targets


class Packed(Sequence):
    """The documents of a corpus as one stream of tokens, END after each, cut into windows of T tokens.

    Item i is (ids, targets) of window i, both (T,); the targets are the ids one token later. With T = 3:

        stream      Leo has a boat END It is cold END
        window 0    ids  Leo  has a       targets  has a   boat
        window 1    ids  boat END It      targets  END It  is

    No token is a target twice, and nothing is padded. What does not fill a last window is left out.
    A token sees those before it in its window even across END, which says that something new begins.
    """

    def __init__(self, tokenizer: Tokenizer, documents: Sequence[str], length: int):
        stream: list[int] = []
        for ids in tokenizer.encode_many(documents):
            stream += [*ids, tokenizer.end_id]
        self.stream, self.length = torch.tensor(stream), length

    def __len__(self) -> int:
        return (len(self.stream) - 1) // self.length  # one less, as no token comes after the last

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        if not 0 <= i < len(self):
            raise IndexError(i)  # this is how a `for` loop over the windows knows where to end
        start = i * self.length
        window = self.stream[start:start + self.length + 1]  # (T + 1,)
        return window[:-1], window[1:]
