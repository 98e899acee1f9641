"""What the model remembers of the tokens that it has read, so that each is read once.

No token sees a later one, so the keys and values of the earlier tokens never change. We compute them once
and keep them. To write one more token then takes the work of one token, and not that of the whole text.

The prompts of a batch differ in length. They are padded on the left, so that all of them end in the same
column and all answers begin in the next one:

    prompts             columns             positions
    [7, 8, 9, 10]       7 8 9 10 | . .      0 1 2 3 | 4 5
    [5, 6]              - -  5 6 | . .      0 0 0 1 | 2 3

No token looks at the padding, and it counts as no position. So each prompt gets the answer that it would
get alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


class LayerCache:
    """One layer's keys and values of all columns read so far, each (B, G, S, K), with room for more."""

    def __init__(self, room: int):
        self.room = room  # the columns that may follow the first ones
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values (B, G, T, K) of T new columns. Returns all of them, (B, G, S, K)."""
        B, G, T, K = k.shape
        if self.length == 0:
            self.keys, self.values = k.new_empty(2, B, G, T + self.room, K)
        start, self.length = self.length, self.length + T
        self.keys[:, :, start:self.length] = k
        self.values[:, :, start:self.length] = v
        return self.keys[:, :, :self.length], self.values[:, :, :self.length]


class Cache:
    """The memory of one call of `generate`: a LayerCache for each layer, and which columns hold a token.

    holds_token (B, T) bool says which of the first columns are no padding. `room` more may follow them.
    """

    def __init__(self, n_layers: int, holds_token: Tensor, room: int):
        self.layers = [LayerCache(room) for _ in range(n_layers)]
        self.note(F.pad(holds_token, (0, room), value=True))

    def note(self, holds_token: Tensor):
        """Note which columns hold a token, (B, S) bool, and what follows from that."""
        self.holds_token = holds_token
        self.positions = (holds_token.cumsum(dim=1) - 1).clamp(min=0)  # (B, S)
        self.longest = (self.positions.amax(dim=0) + 1).tolist()  # of all rows, tokens up to each column
        # -inf would leave a padding column nothing to look at, and a softmax over nothing is no number.
        self.mask = (~holds_token) * torch.finfo(torch.bfloat16).min  # (B, S): 0 for a token

    @property
    def length(self) -> int:
        """How many columns have been read."""
        return self.layers[0].length

    def extend(self, new: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, int]:
        """What the model must know of T new columns, which it is about to read.

        Returns their positions (B, 1, T), the mask to add to their scores (B, 1, T, S), and how many tokens
        the longest row has with them.
        """
        start, end = self.length, self.length + new
        mask = self.mask[:, None, None, :end].to(dtype)  # (B, 1, 1, S)
        if new > 1:
            column = torch.arange(end, device=mask.device)
            is_later = column > column[start:, None]  # (T, S)
            mask = mask.masked_fill(is_later, float("-inf"))  # (B, 1, T, S)
        return self.positions[:, None, start:end], mask, self.longest[end - 1]

    def put_in_front(self, count: int):
        """Before anything is read: let so many columns that hold a token come before the others."""
        self.note(F.pad(self.holds_token, (count, 0), value=True))

    def keep(self, rows: list[int]):
        """Forget all rows but these."""
        self.note(self.holds_token[rows])
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[rows], layer.values[rows]
