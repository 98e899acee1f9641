"""The cache of keys and values: each token is read once."""

import torch
import torch.nn.functional as F

from understanding.exercise import Exercise, Prediction


def columns(*numbers, texts=1, heads=1, width=1):
    """Keys of one number a column, the same for all texts and heads but for a sign and a size: (texts, heads, T, width)."""
    row = torch.tensor(numbers, dtype=torch.float32)[:, None]
    return torch.stack([torch.stack([(row * 10**h * (1, -1)[b]).expand(-1, width) for h in range(heads)]) for b in range(texts)])


def after(*appended, room=5):
    """A LayerCache to which these keys, and values 100 larger, were appended, and what the last call returned."""
    from tinyllm.cache import LayerCache
    layer = LayerCache(room)
    for k in appended:
        found = layer.append(k, k + 100)
    return layer, found


def kept_numbers(layers, heads, width, length):
    """How many numbers the caches of all layers hold for one text of this length."""
    _, (k, v) = after(columns(*range(length), heads=heads, width=width), room=0)
    return layers * (k.numel() + v.numel())


EXERCISE = Exercise(
    "cache", lesson=2, order=4, module="tinyllm.cache", title="the cache of keys and values",
    hints=("self.length tells whether this is the first append: then there is nothing yet to add to.",
           "The columns are dimension 2 of (B, G, T, K). torch.cat((old, new), dim=2) puts new ones behind the old ones.",
           "Store the result in self.keys and self.values, and count the T new columns in self.length, T = k.shape[2]. (The "
           "library makes one large tensor at the first append and writes into it, which copies less.)"),
    predictions=(
        Prediction("A prompt of 4 tokens, then 3 tokens one by one: how many columns does the last call of append return?",
                   lambda: after(columns(1, 2, 3, 4), columns(5), columns(6), columns(7))[1][0].shape[2]),
        Prediction("How many keys must a layer compute, for each head, to write the 101st token of a text, with a cache?",
                   lambda: after(columns(*range(99)), columns(99), room=1)[0].length - after(columns(*range(99)))[0].length),
        Prediction("6 layers with 4 key/value heads of width 32 each: how many numbers does the cache of 100 tokens hold?",
                   lambda: kept_numbers(6, 4, 32, 100))))
HOLDS = "Three things that go wrong in silence"


@EXERCISE.asks("The first append returns the keys and the values that it was given.", read=HOLDS)
def the_first_append():
    return after(columns(1, 2, 3))[1], [columns(1, 2, 3), columns(101, 102, 103)]


@EXERCISE.asks("The next append returns the old columns and behind them the new ones.", read=HOLDS)
def the_second_append():
    return after(columns(1, 2, 3), columns(4, 5))[1], [columns(1, 2, 3, 4, 5), columns(101, 102, 103, 104, 105)]


@EXERCISE.asks("After many appends all columns are there, from the first one on.", read=HOLDS)
def many_appends():
    _, (k, v) = after(columns(1, 2), *(columns(i) for i in range(3, 8)))
    return [k, v], [columns(*range(1, 8)), columns(*range(101, 108))]


@EXERCISE.asks("length is the number of columns read so far.", read=HOLDS)
def the_length():
    return [after(columns(1, 2, 3))[0].length, after(columns(1, 2, 3), columns(4), columns(5, 6))[0].length], [3, 6]


@EXERCISE.asks("Texts and heads stay apart: two texts with two heads each of width 3.", read=HOLDS)
def texts_and_heads():
    first, second = (columns(*numbers, texts=2, heads=2, width=3) for numbers in ((1, 2), (3,)))
    wanted = [[[[sign * size * column] * 3 for column in (1, 2, 3)] for size in (1, 10)] for sign in (1, -1)]
    return after(first, second)[1][0], wanted


@EXERCISE.asks("Each layer has a cache of its own: what one of them reads is not in another.", read=HOLDS)
def two_layers():
    from tinyllm.cache import LayerCache
    one, other = LayerCache(5), LayerCache(5)
    one.append(columns(1, 2), columns(3, 4))
    other.append(columns(5, 6), columns(7, 8))
    return [one.append(columns(9), columns(9)), other.append(columns(9), columns(9))], [
        [columns(1, 2, 9), columns(3, 4, 9)], [columns(5, 6, 9), columns(7, 8, 9)]]


@EXERCISE.asks("Texts that are done leave the cache, by keys[rows] and values[rows], and the others go on.", read=HOLDS)
def a_text_leaves():
    layer, _ = after(columns(1, 2, texts=2))
    layer.keys, layer.values = layer.keys[[1]], layer.values[[1]]
    return layer.append(columns(-3), columns(97)), [columns(-1, -2, -3), columns(99, 98, 97)]


@EXERCISE.asks("What is returned is of the number type of k and v.", read=HOLDS)
def number_type():
    k, v = after(columns(1, 2).double(), columns(3).double())[1]
    return [str(k.dtype), str(v.dtype)], ["torch.float64", "torch.float64"]


@EXERCISE.asks("What an append has returned is not changed by the next one.", read=HOLDS)
def what_was_returned_stays():
    from tinyllm.cache import LayerCache
    layer = LayerCache(5)
    k, _ = layer.append(columns(1, 2, 3), columns(1, 2, 3))
    layer.append(columns(4), columns(4))
    return k, columns(1, 2, 3)


@EXERCISE.asks("The last of four tokens, read after the others, gathers what it would if all were read at once.", read=HOLDS)
def attention_with_a_cache():
    from tinyllm.cache import LayerCache
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 4, 6, generator=generator) for _ in range(3))
    layer = LayerCache(1)
    layer.append(k[:, :, :3], v[:, :, :3])
    own = F.scaled_dot_product_attention(q[:, :, 3:], *layer.append(k[:, :, 3:], v[:, :, 3:]))
    return own, F.scaled_dot_product_attention(q, k, v, is_causal=True)[:, :, 3:]


MADE = "self.keys, self.values = k.new_empty(2, B, G, T + self.room, K)"
COUNTED = "start, self.length = self.length, self.length + T"
WRITTEN = "        self.keys[:, :, start:self.length] = k\n        self.values[:, :, start:self.length] = v\n"
RETURNED = "return self.keys[:, :, :self.length], self.values[:, :, :self.length]"
EMPTY = (MADE, "self.keys, self.values = k.new_zeros(2, B, G, T + self.room, K)")  # zeros, so that it is always the same


def joined(how):
    """The change that puts `how`, an expression with old and new in it, in the place of all that is kept."""
    return WRITTEN + f"        {RETURNED}", (
        "        if start == 0:\n            self.keys, self.values = k, v\n            return k, v\n"
        f"        self.keys, self.values = [{how} for old, new in ((self.keys, k), (self.values, v))]\n"
        "        return self.keys, self.values")


EXERCISE.wrong("keys and values are returned in the wrong order",
               (RETURNED, "return self.values[:, :, :self.length], self.keys[:, :, :self.length]"))
EXERCISE.wrong("the keys are returned twice, and the values not at all",
               (RETURNED, "return self.keys[:, :, :self.length], self.keys[:, :, :self.length]"))
EXERCISE.wrong("the values are stored in the place of the keys too",
               ("self.keys[:, :, start:self.length] = k", "self.keys[:, :, start:self.length] = v"))
EXERCISE.wrong("nothing is returned", (RETURNED, "return None"))
EXERCISE.wrong("only the new columns are kept or returned, and the old ones are missing", (RETURNED, "return k, v"))
EXERCISE.wrong("only the old columns are returned, without the new ones",
               (RETURNED, "return self.keys[:, :, :start or T], self.values[:, :, :start or T]"))
EXERCISE.wrong("new columns stand in front of the old ones", joined("torch.cat((new, old), dim=2)"))
EXERCISE.wrong("the keys are joined to the old ones, but of the values only the new ones are kept",
               joined("torch.cat((old, new), dim=2) if new is k else new"))
EXERCISE.wrong("old and new are joined as texts (dim=0), and not as columns (dim=2)",
               joined("torch.cat((old, new[:, :, :1].expand(-1, -1, old.shape[2], -1)), dim=0)"))
EXERCISE.wrong("old and new are joined as heads (dim=1), and not as columns (dim=2)",
               joined("torch.cat((old, new[:, :, :1].expand(-1, -1, old.shape[2], -1)), dim=1)"))
EXERCISE.wrong("old and new are added as numbers, and not joined", joined("old + new[:, :, :1]"))
EXERCISE.wrong("what is returned is joined, but not kept, so that the next append does not know of it",
               (WRITTEN + f"        {RETURNED}",
                "        if start == 0:\n            self.keys, self.values = k, v\n            return k, v\n"
                "        return torch.cat((self.keys, k), dim=2), torch.cat((self.values, v), dim=2)"))
EXERCISE.wrong("new columns are always written at the beginning, over the old ones",
               EMPTY, (WRITTEN, "        self.keys[:, :, :T] = k\n        self.values[:, :, :T] = v\n"))
EXERCISE.wrong("the new columns are written one column too early, over the last of the old ones",
               EMPTY, (WRITTEN, "        start -= start > 0\n        self.keys[:, :, start:start + T] = k\n"
                                "        self.values[:, :, start:start + T] = v\n"))
EXERCISE.wrong("the room that is still empty is returned too", EMPTY, (RETURNED, "return self.keys, self.values"))
EXERCISE.wrong("only the last `room` columns are kept: room is what may follow the first append, and not all that there is",
               joined("torch.cat((old, new), dim=2)[:, :, -self.room:]"))
EXERCISE.wrong("memory is set aside for `room` columns alone, and not for the first T as well",
               (MADE, "self.keys, self.values = k.new_zeros(2, B, G, self.room, K)"))
EXERCISE.wrong("length is not updated", (COUNTED, "start = self.length; self.__dict__.setdefault('n', 0)"),
               ("if self.length == 0:", "if not hasattr(self, 'n'):"),
               (WRITTEN, "        self.keys[:, :, self.n:self.n + T] = k\n        self.values[:, :, self.n:self.n + T] = v\n"
                         "        self.n += T\n"),
               (RETURNED, "return self.keys[:, :, :self.n], self.values[:, :, :self.n]"))
EXERCISE.wrong("length counts the calls of append, and not the columns",
               (COUNTED, "start = self.keys.shape[2] if self.length else 0; self.length += 1"),
               joined("torch.cat((old, new), dim=2)"))
EXERCISE.wrong("length is that of the last append alone, and not of all",
               (COUNTED, "start = self.length; self.length = T"), joined("torch.cat((old, new), dim=2)"))
EXERCISE.wrong("the texts are joined into one: keys and values lose the dimension of the texts",
               (RETURNED, "return (self.keys[:, :, :self.length].flatten(0, 1)[None], "
                          "self.values[:, :, :self.length].flatten(0, 1)[None])"))
EXERCISE.wrong("only the first head is kept",
               (RETURNED, "return self.keys[:, :1, :self.length], self.values[:, :1, :self.length]"))
EXERCISE.wrong("keys and values belong to the class and not to each object (self), so all layers share them",
               ("self.keys, self.values = k.new_empty(2, B, G, T + self.room, K)",
                "LayerCache.keys, LayerCache.values = k.new_empty(2, B, G, T + self.room, K)"))
EXERCISE.wrong("what is remembered stands in a list beside keys and values, so that a text that is done stays in it",
               (WRITTEN + f"        {RETURNED}",
                "        self.parts = [*getattr(self, 'parts', []), (k, v)]\n"
                "        self.keys, self.values = (torch.cat(p, dim=2) for p in zip(*self.parts, strict=True))\n"
                "        return self.keys, self.values"))
EXERCISE.wrong("memory is set aside as float32, whatever k and v are",
               (MADE, "self.keys, self.values = torch.empty(2, B, G, T + self.room, K)"))
EXERCISE.wrong("the columns are moved along inside one tensor, which changes what was returned before",
               EMPTY, (WRITTEN + f"        {RETURNED}",
                       "        for old, new in ((self.keys, k), (self.values, v)):\n"
                       "            old[:] = old.roll(-T, dims=2)\n            old[:, :, -T:] = new\n"
                       "        return self.keys[:, :, -self.length:], self.values[:, :, -self.length:]"))


@EXERCISE.right("old and new are joined by torch.cat")
class _:
    class LayerCache:
        def append(self, k, v):
            if self.length > 0:
                k, v = torch.cat([self.keys, k], dim=-2), torch.cat([self.values, v], dim=-2)
            self.keys, self.values, self.length = k, v, k.size(-2)
            return k, v


@EXERCISE.right("each column is written into memory that was set aside, and the memory is doubled when it is full")
class _:
    class LayerCache:
        def append(self, k, v):
            if self.length == 0:
                self.keys, self.values = torch.zeros_like(k), torch.zeros_like(v)
            for t in range(k.shape[2]):
                if self.length == self.keys.shape[2]:
                    self.keys, self.values = (F.pad(old, (0, 0, 0, old.shape[2])) for old in (self.keys, self.values))
                self.keys[:, :, self.length], self.values[:, :, self.length] = k[:, :, t], v[:, :, t]
                self.length += 1
            return self.keys.narrow(2, 0, self.length), self.values.narrow(2, 0, self.length)
