"""What the model remembers of the tokens that it has read, so that each is read once.

No token sees a later one, so the keys and values of the earlier tokens never change. We compute them once
and keep them. To write one more token then takes the work of one token, and not that of the whole text.

The prompts of a batch differ in length. They are padded on the left, so that all of them end in the same
column and all answers begin in the next one:

    prompts             columns             positions
    [7, 8, 9, 10]       7 8 9 10 | . .      0 1 2 3 | 4 5
    [5, 6]              - -  5 6 | . .      0 0 0 1 | 2 3

- is padding, and . is a column that an answer will fill. No token looks at the padding, and its 0 is no
position: positions count from a row's first token. So each prompt gets the answer that it would get alone.

model.py explains the letters of the shapes. Here S is the number of columns that have been read.
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
            # One tensor for both, made once: what comes later is written into it, and nothing is copied.
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
        """Note which columns hold a token, (B, T + room) bool, and what follows from that."""
        self.holds_token = holds_token
        self.positions = (holds_token.cumsum(dim=1) - 1).clamp(min=0)  # (B, T + room)
        self.longest = (self.positions.amax(dim=0) + 1).tolist()  # the most tokens up to each column
        # A row of nothing but -inf would make softmax give NaN. This number is finite in float32 too.
        self.mask = (~holds_token) * torch.finfo(torch.bfloat16).min  # (B, T + room): 0 for a token

    @property
    def length(self) -> int:
        """How many columns have been read."""
        return self.layers[0].length

    def of_next(self, T: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, int]:
        """What the model must know of the next T columns before it reads them.

        Returns their positions (B, 1, T), where the 1 stands for all heads, the mask to add to their scores
        (B, 1, T, S), and how many tokens the longest row has with them. S counts the next columns too.
        """
        start, end = self.length, self.length + T
        mask = self.mask[:, None, None, :end].to(dtype)  # (B, 1, 1, S)
        if T > 1:
            column = torch.arange(end, device=mask.device)
            is_later = column > column[start:, None]  # (T, S)
            mask = mask.masked_fill(is_later, float("-inf"))  # (B, 1, T, S)
        return self.positions[:, None, start:end], mask, self.longest[end - 1]

    def put_in_front(self, count: int):
        """Make room for the vectors of a soft prompt in front of every row, before anything is read."""
        self.note(F.pad(self.holds_token, (count, 0), value=True))

    def keep(self, rows: list[int]):
        """Forget all rows but these."""
        self.note(self.holds_token[rows])
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[rows], layer.values[rows]
