"""Rotary position embedding: each pair of a query and of a key is turned by an angle that grows with the position."""

import math

import torch

from understanding.exercise import Exercise, Prediction


def tables(theta=100.0, context=4, heads=3, head_width=6):
    """The cos and sin of a small model."""
    from tinyllm import Config
    from tinyllm.model import rope_tables
    width = heads * head_width
    return rope_tables(Config(vocab_size=10, n_layers=1, n_heads=heads, width=width, context=context, rope_theta=theta))


def angle(position, pair, theta, head_width):
    """The angle by the formula, from the table's cos and sin."""
    cos, sin = tables(theta, position + 1, 1, head_width)
    return round(math.atan2(sin[position, pair], cos[position, pair]), 4)


def turned(x, cos, sin):
    """rotate with tensors made of these lists."""
    from tinyllm.model import rotate
    return rotate(*(torch.tensor(numbers) for numbers in (x, cos, sin)))


EXERCISE = Exercise(
    "rope", lesson=2, order=2, read="Every shape on the way", module="tinyllm.model",
    title="RoPE, which turns queries and keys by their positions",
    hints=("For the table make two vectors, the positions (context) and the frequencies theta^(-2i/K) (K/2), and multiply each "
           "of the first by each of the second. positions[:, None] * frequencies does that.",
           "In rotate split x along its last dimension into a first half and a second half: a and b of all pairs at once. Then "
           "the formula can be written down as it stands.",
           "torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1). A cos of (T, K/2) fits to (B, H, T, K/2) by itself, "
           "because sizes are matched from the right. Bring cos and sin to the type of x first."),
    predictions=(
        Prediction("By what angle, in radians, does the first pair of the token at position 3 turn?",
                   lambda: angle(3, 0, 10000.0, 4)),
        Prediction("With K = 4 and theta = 10000, by what angle does the last pair of the token at position 100 turn?",
                   lambda: angle(100, 1, 10000.0, 4)),
        Prediction("How many numbers of RoPE are trained?",
                   lambda: sum(table.numel() for table in tables() if table.requires_grad))))


@EXERCISE.asks("There is a row for each position and a column for each pair: (context, K/2).")
def shapes_of_the_tables():
    cos, sin = tables(context=5)
    return [list(cos.shape), list(sin.shape)], [[5, 3], [5, 3]]


@EXERCISE.asks("Positions count from 0, and the token at position 0 is not turned: its cos is 1 and its sin 0.")
def position_0():
    cos, sin = tables()
    return [cos[0], sin[0]], [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]


@EXERCISE.asks("Pair 0 turns by the position itself, in radians.")
def pair_0():
    cos, sin = tables()
    return [cos[:, 0], sin[:, 0]], [[math.cos(p) for p in range(4)], [math.sin(p) for p in range(4)]]


@EXERCISE.asks("Pair i turns by position * theta^(-2i/K): with K = 6 and theta = 100, at position 1 by 100^(-i/3).")
def all_pairs():
    _, sin = tables()
    return sin[1], [math.sin(100 ** (-i / 3)) for i in range(3)]


@EXERCISE.asks("theta is that of the config.")
def another_theta():
    _, sin = tables(theta=8.0)
    return sin[3], [math.sin(3.0), math.sin(3.0 / 2), math.sin(3.0 / 4)]


@EXERCISE.asks("A right angle (cos 0, sin 1) turns (1, 0) to (0, 1): against the clock.")
def a_right_angle():
    return turned([[[[1.0, 0.0]]]], [[0.0]], [[1.0]]), [[[[0.0, 1.0]]]]


@EXERCISE.asks("The angle with cos 0.6 and sin 0.8 turns (2, 5) to (2 * 0.6 - 5 * 0.8, 5 * 0.6 + 2 * 0.8).")
def another_angle():
    return turned([[[[2.0, 5.0]]]], [[0.6]], [[0.8]]), [[[[-2.8, 4.6]]]]


@EXERCISE.asks("Pair i is made of the numbers i and i + K/2, and its two numbers stay in their places.")
def the_pairs():
    return turned([[[[1.0, 2.0, 3.0, 4.0]]]], [[0.0, 1.0]], [[1.0, 0.0]]), [[[[-3.0, 2.0, 1.0, 4.0]]]]


@EXERCISE.asks("Each token turns by the row of its own position, in every head alike.")
def tokens_and_heads():
    x = [[[[1.0, 0.0], [1.0, 0.0]], [[3.0, 0.0], [3.0, 0.0]]]]
    return turned(x, [[1.0], [0.0]], [[0.0], [1.0]]), [[[[1.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 3.0]]]]


@EXERCISE.asks("With a cache cos and sin are (B, 1, T, K/2): each text has positions of its own.")
def texts_with_positions_of_their_own():
    x = [[[[1.0, 0.0]], [[3.0, 0.0]]], [[[1.0, 0.0]], [[3.0, 0.0]]]]
    cos, sin = [[[[1.0]]], [[[0.0]]]], [[[[0.0]]], [[[1.0]]]]
    return turned(x, cos, sin), [[[[1.0, 0.0]], [[3.0, 0.0]]], [[[0.0, 1.0]], [[0.0, 3.0]]]]


@EXERCISE.asks("The product of a turned query and a turned key depends on how far apart they stand, and not on where.")
def distance_alone():
    from tinyllm.model import rotate
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, 1, 1, 6, generator=generator).expand(1, 1, 12, 6) for _ in range(2))
    cos, sin = tables(context=12)
    scores = (rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(-2, -1))[0, 0]
    return [scores[11, 8], scores[7, 4]], [scores[3, 0].item()] * 2


@EXERCISE.asks("The result is of the number type of x, while the tables are float32.")
def number_type():
    from tinyllm.model import rotate
    return str(rotate(torch.ones(1, 1, 4, 6).bfloat16(), *tables()).dtype), "torch.bfloat16"


@EXERCISE.asks("x stays as it is.")
def x_is_kept():
    from tinyllm.model import rotate
    x = torch.tensor([[[[1.0, 2.0, 3.0, 4.0]]]])
    rotate(x, torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]]))
    return x, [[[[1.0, 2.0, 3.0, 4.0]]]]


I = "i = torch.arange(config.head_width // 2)"  # noqa: E741
FREQUENCY = "frequency = config.rope_theta ** (-2 * i / config.head_width)"
ANGLE = "angle = torch.arange(config.context)[:, None] * frequency"
TABLES = "return angle.cos(), angle.sin()"
CHUNK = "a, b = x.chunk(2, dim=-1)"
CAST = "cos, sin = cos.to(x.dtype), sin.to(x.dtype)"
TURN = "return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)"

EXERCISE.wrong("positions count from 1, and not from 0",
               (ANGLE, "angle = torch.arange(1, config.context + 1)[:, None] * frequency"))
EXERCISE.wrong("the table has a column for each of the K numbers, and not one for each of the K/2 pairs",
               (TABLES, "angle = angle.repeat(1, 2); return angle.cos(), angle.sin()"))
EXERCISE.wrong("the table has a row for each pair and a column for each position, the wrong way round",
               (TABLES, "return angle.T.cos(), angle.T.sin()"))
EXERCISE.wrong("cos and sin are given back in the wrong order", (TABLES, "return angle.sin(), angle.cos()"))
EXERCISE.wrong("all pairs turn at the same speed: the frequency is left out", (FREQUENCY, "frequency = torch.ones(len(i))"))
EXERCISE.wrong("the exponent has no minus, or positions are divided by the frequency, so later pairs turn faster",
               (FREQUENCY, "frequency = config.rope_theta ** (2 * i / config.head_width)"))
EXERCISE.wrong("the exponent is -i/K: the 2 is forgotten",
               (FREQUENCY, "frequency = config.rope_theta ** (-i / config.head_width)"))
EXERCISE.wrong("the exponent is -4i/K: the 2 is there twice, for example because i counts 0, 2, 4 and is doubled again",
               (FREQUENCY, "frequency = config.rope_theta ** (-4 * i / config.head_width)"))
EXERCISE.wrong("pairs count from 1, and not from 0", (I, "i = torch.arange(1, config.head_width // 2 + 1)"))
EXERCISE.wrong("the exponent runs to -1 at the last pair, -2i/(K - 2), and not -2i/K",
               (FREQUENCY, "frequency = config.rope_theta ** (-2 * i / (config.head_width - 2))"))
EXERCISE.wrong("the exponent is divided by the width D of the model, and not by the width K of a head",
               (FREQUENCY, "frequency = config.rope_theta ** (-2 * i / config.width)"))
EXERCISE.wrong("a bracket is missing: in theta ** -2 * i / K only theta is raised to -2, and the rest is multiplied",
               (FREQUENCY, "frequency = config.rope_theta ** -2 * i / config.head_width"))
EXERCISE.wrong("theta is always 10000, whatever the config says",
               (FREQUENCY, "frequency = 10000.0 ** (-2 * i / config.head_width)"))
EXERCISE.wrong("pairs are turned the other way, with the clock",
               (TURN, "return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)"))
EXERCISE.wrong("both numbers of a pair get a plus: a cos + b sin, and not a cos - b sin",
               (TURN, "return torch.cat((a * cos + b * sin, b * cos + a * sin), dim=-1)"))
EXERCISE.wrong("both numbers of a pair get a minus: b cos - a sin, and not b cos + a sin",
               (TURN, "return torch.cat((a * cos - b * sin, b * cos - a * sin), dim=-1)"))
EXERCISE.wrong("each number is multiplied by its own cos or sin, and the numbers of a pair are not mixed",
               (TURN, "return torch.cat((a * cos, b * sin), dim=-1)"))
EXERCISE.wrong("cos and sin stand in each other's place in the formula",
               (TURN, "return torch.cat((a * sin - b * cos, b * sin + a * cos), dim=-1)"))
EXERCISE.wrong("the second number is computed from the first one's new value, and not from its old one",
               (TURN, "a = a * cos - b * sin; return torch.cat((a, b * cos + a * sin), dim=-1)"))
EXERCISE.wrong("the two halves come back in the wrong order",
               (TURN, "return torch.cat((b * cos + a * sin, a * cos - b * sin), dim=-1)"))
EXERCISE.wrong("neighbours are paired, the numbers 2i and 2i + 1, and not i and i + K/2",
               (CHUNK, "a, b = x[..., ::2], x[..., 1::2]"),
               (TURN, "return torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1).flatten(-2)"))
EXERCISE.wrong("neighbours are paired, the numbers 2i and 2i + 1, and the turned pairs are then laid down by halves",
               (CHUNK, "a, b = x[..., ::2], x[..., 1::2]"))
EXERCISE.wrong("the pairs are right, but the turned ones are laid down as neighbours (stack and flatten, not cat)",
               (TURN, "return torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1).flatten(-2)"))
EXERCISE.wrong("each head is turned by an angle of its own, and all its tokens alike: cos and sin lie along the wrong dimension",
               (CAST, "cos, sin = (t.to(x.dtype)[:, None] if t.ndim == 2 else t.to(x.dtype) for t in (cos, sin))"))
EXERCISE.wrong("all tokens are turned by the angle of the first one",
               (CAST, "cos, sin = cos.to(x.dtype)[..., :1, :], sin.to(x.dtype)[..., :1, :]"))
EXERCISE.wrong("all texts are turned by the positions of the first one",
               (CAST, "cos, sin = (t.to(x.dtype)[0] if t.ndim == 4 else t.to(x.dtype) for t in (cos, sin))"))
EXERCISE.wrong("cos and sin get two dimensions in front also where they have four already",
               (CAST, "cos, sin = cos.to(x.dtype)[None, None], sin.to(x.dtype)[None, None]"))
EXERCISE.wrong("the result is float32 like the tables, and not of the type of x", (CAST, "cos, sin = cos, sin"))
EXERCISE.wrong("x itself is turned, in place",
               (TURN, "x[:] = torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1); return x"))


@EXERCISE.right("x cos + turned_by_90(x) sin, with tables that are laid side by side, as in other people's Llama")
class _:
    def rope_tables(config):
        exponent = torch.arange(0, config.head_width, 2).float() / config.head_width
        angle = torch.outer(torch.arange(config.context).float(), 1.0 / config.rope_theta ** exponent)
        return torch.cos(angle), torch.sin(angle)

    def rotate(x, cos, sin):
        half = x.shape[-1] // 2
        cos, sin = torch.cat((cos, cos), dim=-1), torch.cat((sin, sin), dim=-1)
        quarter = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
        return (x * cos + quarter * sin).to(x.dtype)


@EXERCISE.right("a pair is a complex number, and is multiplied by cos + i sin")
class _:
    def rope_tables(config):
        rows = [[p / config.rope_theta ** (2 * i / config.head_width) for i in range(config.head_width // 2)]
                for p in range(config.context)]
        unit = torch.polar(torch.ones(config.context, config.head_width // 2), torch.tensor(rows))
        return unit.real, unit.imag

    def rotate(x, cos, sin):
        half = x.shape[-1] // 2
        z = torch.complex(x[..., :half].float(), x[..., half:].float()) * torch.complex(cos.float(), sin.float())
        return torch.cat((z.real, z.imag), dim=-1).type_as(x)


@EXERCISE.right("one angle after another in plain Python, and one pair after another")
class _:
    def rope_tables(config):
        angles = [[p * config.rope_theta ** (-2 * i / config.head_width) for i in range(config.head_width // 2)]
                  for p in range(config.context)]
        return (torch.tensor([[math.cos(one) for one in row] for row in angles]),
                torch.tensor([[math.sin(one) for one in row] for row in angles]))

    def rotate(x, cos, sin):
        result, half = x.clone(), x.shape[-1] // 2
        for i in range(half):
            a, b = x[..., i], x[..., i + half]
            result[..., i] = a * cos[..., i] - b * sin[..., i]
            result[..., i + half] = b * cos[..., i] + a * sin[..., i]
        return result
