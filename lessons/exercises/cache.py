"""Exercise: the cache of keys and values, so that each token is read once.

No token sees a later one, so the keys and values of the earlier tokens never change. A model that writes computes them once and
keeps them: to write one more token then takes the work of one token, and not that of the whole text. Here you write the part
that keeps them, for one layer of the model, in 5 to 10 lines. The letters of the shapes: B texts, G key/value heads, K the
width of a head, T columns (tokens of each text) that are new, S columns that have been read in all, the new ones too.
"""

import torch
from torch import Tensor

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "A prompt of 4 tokens, then 3 tokens one by one: how many columns does the last call of append return?": None,
    "How many keys must a layer compute, for each head, to write the 101st token of a text, with a cache?": None,
    "6 layers with 4 key/value heads of width 32 each: how many numbers does the cache of 100 tokens hold?": None,
}


class LayerCache:
    """One layer's keys and values of all columns read so far.

    Others rely on these attributes: length, the number of columns read so far, and keys and values, whose first dimension is
    that of the B texts. Where some texts are done, others set keys and values to keys[rows] and values[rows], with a list of
    the rows that still write, and go on with these. Both need to be there from the first append on.
    """

    def __init__(self, room: int):
        """room: how many more columns may follow those of the first append. It serves to set memory aside, if you want to."""
        self.room = room
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values of T new columns, (B, G, T, K) each. Returns those of all columns read, (B, G, S, K) each.

        The columns stay in the order in which they came, and are of the number type of k and v. With B = G = K = 1:

            the first append, of the keys [[[[1], [2], [3]]]]    returns the keys [[[[1], [2], [3]]]]         S = 3
            the next one, of the keys     [[[[4]]]]              returns the keys [[[[1], [2], [3], [4]]]]    S = 4

        and the values likewise.
        """
        raise NotImplementedError
