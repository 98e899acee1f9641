"""A bottleneck adapter: y = h + up(gelu(down(h)))."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from understanding.exercise import Exercise, Prediction


def new_adapter(width=5, bottleneck=2):
    """A BottleneckAdapter as it starts."""
    from tinyllm.peft import BottleneckAdapter
    torch.manual_seed(0)
    return BottleneckAdapter(width, bottleneck)


def set_adapter(down, down_bias, up, up_bias):
    """One with these numbers. They are set here, so that any start of `down` is a right one."""
    adapter = new_adapter(len(up), len(down))
    with torch.no_grad():
        for parameter, numbers in ((adapter.down.weight, down), (adapter.down.bias, down_bias),
                                   (adapter.up.weight, up), (adapter.up.bias, up_bias)):
            parameter.copy_(torch.tensor(numbers))
    return adapter


def gelu(x):
    """x, times the share of a normal distribution that is below x."""
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


def tokens():
    """Two texts of three tokens, each of 5 numbers."""
    return torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1))


EXERCISE = Exercise(
    "adapter", lesson=14, module="tinyllm.peft.adapter", title="a bottleneck adapter",
    hints=("In __init__ call super().__init__() first. down goes from the width to the bottleneck and up goes back.",
           "A new adapter must return h. As h is added anyway, up(..) must be zero at the start: zero both its weight and its "
           "bias, and leave down at random. If both were zero, the two weights would never get a gradient.",
           "nn.init.zeros_(self.up.weight) sets a weight to zero. forward is a single line, the formula of the docstring."),
    predictions=(
        Prediction("How many numbers does BottleneckAdapter(width=192, bottleneck=8) train?",
                   lambda: sum(p.numel() for p in new_adapter(192, 8).parameters())),
        Prediction("A new adapter gets h = [1, -2, 3]. What does it return? (A list of three numbers.)",
                   lambda: [round(y) for y in new_adapter(3, 1)(torch.tensor([1.0, -2.0, 3.0])).tolist()]),
        Prediction("Twice the bottleneck: about how many times as many numbers? (A whole number.)", lambda: 2)))


@EXERCISE.asks("down goes from D to M and up from M to D. A Linear's weight is (out, in).", read="The start decides")
def shapes_of_the_weights():
    adapter = new_adapter(5, 2)
    return [list(adapter.down.weight.shape), list(adapter.up.weight.shape)], [[2, 5], [5, 2]]


@EXERCISE.asks("An adapter has 2 M D + D + M numbers, two matrices and two biases, and trains them all.",
               read="Sizes against full tuning")
def numbers_that_are_trained():
    return sum(p.numel() for p in new_adapter(5, 2).parameters() if p.requires_grad), 2 * 2 * 5 + 5 + 2


@EXERCISE.asks("A new adapter returns what it gets, so that training begins at the base model.", read="The start decides")
def a_new_adapter_changes_nothing():
    return new_adapter()(tokens()), tokens()


@EXERCISE.asks("A new adapter can learn: one of its two matrices gets a gradient at once, which needs the other to be random.",
               read="The start decides")
def a_new_adapter_can_learn():
    adapter = new_adapter()
    (adapter(tokens()) - 1).square().sum().backward()
    grads = (adapter.down.weight.grad, adapter.up.weight.grad)
    return any(grad is not None and bool((grad != 0).any()) for grad in grads), True


@EXERCISE.asks("h + up(gelu(down(h))): down of [1, 2] is -1 here, gelu makes that -0.1587, and up makes it [-1.587, 5].",
               read="The start decides")
def the_formula():
    adapter = set_adapter([[1.0, 1.0]], [-4.0], [[10.0], [0.0]], [0.0, 5.0])
    # The numbers are such that the usual approximation of gelu passes too.
    return [round(y, 2) for y in adapter(torch.tensor([1.0, 2.0])).tolist()], [-0.59, 7.0]


@EXERCISE.asks("Every token of every text goes through the same adapter, on its own.", read="The start decides")
def many_tokens():
    adapter = set_adapter([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]], [0.5, -0.5],
                          [[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]], [0.0, 1.0, -1.0])
    h = 4 * torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(2)) + 10
    wanted = []
    for a, b, c in h.flatten(0, 1).tolist():
        thin = gelu(a - c + 0.5), gelu(2 * b - 0.5)
        wanted.append([a + thin[0] + 2 * thin[1], b - thin[1] + 1, c + 3 * thin[0] - 1])
    return adapter(h).flatten(0, 1), wanted


@EXERCISE.asks("h itself stays as it is: the result is a new tensor.", read="The start decides")
def h_is_kept():
    h = tokens()
    with torch.no_grad():
        set_adapter([[1.0] * 5], [1.0], [[1.0]] * 5, [1.0] * 5)(h)
    return h, tokens()


DOWN = "self.down = nn.Linear(width, bottleneck)"
UP = "self.up = nn.Linear(bottleneck, width)"
ZERO_WEIGHT, ZERO_BIAS = "        nn.init.zeros_(self.up.weight)\n", "        nn.init.zeros_(self.up.bias)\n"
FORWARD = "return h + self.up(F.gelu(self.down(h)))"

EXERCISE.wrong("the `h +` is missing, so nothing of h gets past", (FORWARD, "return self.up(F.gelu(self.down(h)))"))
EXERCISE.wrong("the residual is subtracted: h minus up(..), where h plus up(..) is meant",
               (FORWARD, "return h - self.up(F.gelu(self.down(h)))"))
EXERCISE.wrong("there is no bend between down and up, so both together are one linear layer",
               (FORWARD, "return h + self.up(self.down(h))"))
EXERCISE.wrong("the bend is relu and not gelu", (FORWARD, "return h + self.up(F.relu(self.down(h)))"))
EXERCISE.wrong("the bend is silu and not gelu", (FORWARD, "return h + self.up(F.silu(self.down(h)))"))
EXERCISE.wrong("the bend is tanh and not gelu", (FORWARD, "return h + self.up(F.tanh(self.down(h)))"))
EXERCISE.wrong("the bend comes behind up and not between down and up", (FORWARD, "return h + F.gelu(self.up(self.down(h)))"))
EXERCISE.wrong("the bend comes in front of down and not between down and up",
               (FORWARD, "return h + self.up(self.down(F.gelu(h)))"))
EXERCISE.wrong("the bend is around the whole sum and not between down and up",
               (FORWARD, "return F.gelu(h + self.up(self.down(h)))"))
EXERCISE.wrong("there is a second bend, behind up", (FORWARD, "return h + F.gelu(self.up(F.gelu(self.down(h))))"))
EXERCISE.wrong("the result is written into h, which the caller still needs",
               (FORWARD, "h += self.up(F.gelu(self.down(h)))\n        return h"))
EXERCISE.wrong("up starts at random, so a new adapter changes what the base model computes", (ZERO_WEIGHT, ""), (ZERO_BIAS, ""))
EXERCISE.wrong("the bias of up starts at random, so a new adapter adds it to every token; it must start at zero too",
               (ZERO_BIAS, ""))
EXERCISE.wrong("the bias of up starts at zero, but its weight starts at random", (ZERO_WEIGHT, ""))
EXERCISE.wrong("down and up both start at zero, so neither matrix ever gets a gradient",
               (ZERO_BIAS, ZERO_BIAS + "        nn.init.zeros_(self.down.weight)\n        nn.init.zeros_(self.down.bias)\n"))
EXERCISE.wrong("down and up have each other's shapes: the adapter is to make h thin first",
               (DOWN, "self.down = nn.Linear(bottleneck, width)"), (UP, "self.up = nn.Linear(width, bottleneck)"))
EXERCISE.wrong("down and up are both as wide as the model, so there is no bottleneck",
               (DOWN, "self.down = nn.Linear(width, width)"), (UP, "self.up = nn.Linear(width, width)"))
EXERCISE.wrong("down and up have no bias", (DOWN, "self.down = nn.Linear(width, bottleneck, bias=False)"),
               (UP, "self.up = nn.Linear(bottleneck, width, bias=False)"), (ZERO_BIAS, ""))
EXERCISE.wrong("the weight of up is frozen at zero, so the adapter never comes to use what down gives",
               (ZERO_WEIGHT, ZERO_WEIGHT + "        self.up.weight.requires_grad_(False)\n"))


@EXERCISE.right("the products are written out")
class _:
    class BottleneckAdapter(nn.Module):
        def __init__(self, width, bottleneck):
            super().__init__()
            self.down, self.up = nn.Linear(width, bottleneck), nn.Linear(bottleneck, width)
            self.down.weight.data.normal_(std=0.02)
            for parameter in self.up.parameters():
                parameter.data.fill_(0)

        def forward(self, h):
            thin = h @ self.down.weight.t() + self.down.bias
            thin = thin * (1 + torch.erf(thin / 2**0.5)) / 2
            return thin @ self.up.weight.t() + self.up.bias + h


@EXERCISE.right("a new up starts at zero by no_grad, and the usual approximation of gelu")
class _:
    class BottleneckAdapter(nn.Module):
        def __init__(self, width, bottleneck):
            super().__init__()
            self.bend = nn.GELU(approximate="tanh")
            self.up = nn.Linear(bottleneck, width)
            self.down = nn.Linear(width, bottleneck)
            with torch.no_grad():
                self.up.weight *= 0
                self.up.bias.zero_()

        def forward(self, h):
            h2 = h.clone()
            h2 += self.up(self.bend(self.down(h)))
            return h2


@EXERCISE.right("down starts at zero and up at random but for its bias, so it is up that waits for down")
class _:
    class BottleneckAdapter(nn.Module):
        def __init__(self, width, bottleneck):
            super().__init__()
            self.down, self.up = nn.Linear(width, bottleneck), nn.Linear(bottleneck, width)
            for parameter in (*self.down.parameters(), self.up.bias):
                nn.init.zeros_(parameter)

        def forward(self, h):
            return torch.add(F.linear(F.gelu(F.linear(h, self.down.weight, self.down.bias)), self.up.weight, self.up.bias), h)
