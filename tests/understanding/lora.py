"""LoRA as a layer: h = W x + (alpha / R) B A x."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from understanding.exercise import Exercise, Prediction


def new_layer(rank=4, alpha=8, bias=True, **options):
    """A LoRALinear from 6 numbers to 5, as it starts."""
    from tinyllm.peft import LoRALinear
    torch.manual_seed(0)
    return LoRALinear(nn.Linear(6, 5, bias=bias), rank, alpha, **options)


def layer_with_factors(rank=4, alpha=8, **options):
    """The same with factors away from zero. They are set here, so that any start is a right one."""
    layer = new_layer(rank, alpha, **options)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        layer.A.copy_(torch.randn(layer.A.shape, generator=generator))
        layer.B.copy_(torch.randn(layer.B.shape, generator=generator))
    return layer


def texts(seed=2):
    """Three tokens of 6 numbers each."""
    return torch.randn(3, 6, generator=torch.Generator().manual_seed(seed))


EXERCISE = Exercise(
    "lora", lesson=13, module="tinyllm.peft.lora", title="LoRA as a layer, with merge and unmerge",
    hints=("Start with __init__: keep the base as self.base and freeze it with requires_grad_(False). A is (R, in) and B is "
           "(out, R), each an nn.Parameter; exactly one of them starts at zero.",
           "forward is one sum: what the base gives, and scale times what comes out when x goes through A, then through B. "
           "F.linear(x, A) multiplies by A transposed, which is what a weight (out, in) wants.",
           "merge must keep a clone of W before it adds to it: self.original = W would be W itself, and change with it."),
    predictions=(
        Prediction("How many numbers does LoRALinear(nn.Linear(64, 512, bias=False), rank=8, alpha=16) train?",
                   lambda: 8 * 64 + 512 * 8),
        Prediction("What is the scale, by which B A x is multiplied, at rank 8 and alpha 16?", lambda: 16 / 8),
        Prediction("A new layer has not been trained: how far is its output from its base's, at most?", lambda: 0)))


@EXERCISE.asks("A is (R, in), because it comes first and makes x thin, and B is (out, R).", read="One layer: 512 x 64")
def shapes_of_the_factors():
    layer = new_layer()
    return [list(layer.A.shape), list(layer.B.shape)], [[4, 6], [5, 4]]


@EXERCISE.asks("A new layer computes exactly what its base does, so that training starts from the base model.",
               read="One layer: 512 x 64")
def a_new_layer_is_its_base():
    layer = new_layer()
    return layer(texts()), layer.base(texts())


@EXERCISE.asks("A new layer can learn: one factor starts random, or neither would ever get a gradient.",
               read="One layer: 512 x 64")
def a_new_layer_can_learn():
    layer = new_layer()
    layer(texts()).square().sum().backward()
    return bool((layer.A.grad != 0).any() or (layer.B.grad != 0).any()), True


@EXERCISE.asks("A and B are trained and nothing else: W and its bias are frozen.", read="One layer: 512 x 64")
def what_is_trained():
    return sorted(name for name, p in new_layer().named_parameters() if p.requires_grad), ["A", "B"]


@EXERCISE.asks("The scale is alpha / R.", read="One layer: 512 x 64")
def the_scale():
    return [new_layer(4, 8).scale, new_layer(2, 1).scale], [2.0, 0.5]


@EXERCISE.asks("h = W x + (alpha / R) B A x, as with the matrix W + (alpha / R) B A.", read="One layer: 512 x 64")
def the_output():
    layer = layer_with_factors()
    return layer(texts()), F.linear(texts(), layer.base.weight + 8 / 4 * layer.B @ layer.A, layer.base.bias)


@EXERCISE.asks("The gradients of A and of B are those of W + (alpha / R) B A.", read="One layer: 512 x 64")
def the_gradients():
    layer = layer_with_factors()
    A, B = (factor.detach().clone().requires_grad_() for factor in (layer.A, layer.B))
    layer(texts()).square().sum().backward()
    F.linear(texts(), layer.base.weight.detach() + 2 * B @ A, layer.base.bias.detach()).square().sum().backward()
    return [layer.A.grad, layer.B.grad], [A.grad, B.grad]


@EXERCISE.asks("Dropout acts in training and on the update alone: what goes through W stays whole.", read="Which rank?")
def dropout_leaves_the_base_alone():
    layer = layer_with_factors(dropout=0.999999).train()
    torch.manual_seed(5)
    return layer(texts()), layer.base(texts())


@EXERCISE.asks("Dropout acts on what goes into A.", read="Which rank?")
def dropout_is_in_front_of_a():
    layer = layer_with_factors(dropout=0.5).train()
    torch.manual_seed(5)
    computed = layer(texts())
    torch.manual_seed(5)
    return computed, layer.base(texts()) + 2 * F.dropout(texts(), 0.5) @ layer.A.T @ layer.B.T


@EXERCISE.asks("update() is (alpha / R) B A, of the shape of W.", read="What it costs: to train, and to serve")
def the_update():
    layer = layer_with_factors()
    return layer.update(), 8 / 4 * layer.B @ layer.A


@EXERCISE.asks("merge adds (alpha / R) B A to W.", read="What it costs: to train, and to serve")
def the_merged_weight():
    layer = layer_with_factors()
    wanted = layer.base.weight.detach() + 8 / 4 * layer.B.detach() @ layer.A.detach()
    layer.merge()
    return layer.base.weight, wanted


@EXERCISE.asks("A merged layer computes what it did before: the update is in W, and is not added beside W once more.",
               read="What it costs: to train, and to serve")
def a_merged_layer_computes_the_same():
    layer = layer_with_factors()
    before = layer(texts())
    layer.merge()
    return layer(texts()), before


@EXERCISE.asks("To merge twice adds the update once.", read="What it costs: to train, and to serve")
def merging_twice():
    layer = layer_with_factors()
    wanted = layer.base.weight.detach() + 8 / 4 * layer.B.detach() @ layer.A.detach()
    layer.merge()
    layer.merge()
    return layer.base.weight, wanted


@EXERCISE.asks("unmerge gives W back bit for bit, however large the update was.", read="What it costs: to train, and to serve")
def unmerging():
    layer = layer_with_factors(alpha=4e5)
    before = layer.base.weight.detach().clone()
    layer.merge()
    layer.unmerge()
    weight = layer.base.weight.detach()
    return [weight, bool((weight == before).all()), layer.is_merged], [before, True, False]


FORWARD = "return h + F.linear(thin, self.B).to(h.dtype)"
SCALED = "thin = F.linear(self.dropout(x), self.A) * self.scale"
START = "        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))"
ZERO_B = "base.weight.new_zeros(base.out_features, rank, dtype=kind)"
RANDOM_B = "base.weight.new_ones(base.out_features, rank, dtype=kind)"
DIVIDED = "self.rank, self.alpha, self.scale = rank, alpha, alpha / rank"
MERGE = "self.base.weight.add_(self.update())"

EXERCISE.wrong("B A x is multiplied by alpha alone, and not by alpha / R",
               (DIVIDED, "self.rank, self.alpha, self.scale = rank, alpha, alpha"))
EXERCISE.wrong("B A x is divided by R alone, and not multiplied by alpha",
               (DIVIDED, "self.rank, self.alpha, self.scale = rank, alpha, 1 / rank"))
EXERCISE.wrong("the scale is the wrong way round, R / alpha",
               (DIVIDED, "self.rank, self.alpha, self.scale = rank, alpha, rank / alpha"))
EXERCISE.wrong("the scale is alpha / sqrt(R), which is rsLoRA's and not LoRA's",
               (DIVIDED, "self.rank, self.alpha, self.scale = rank, alpha, alpha / math.sqrt(rank)"))
EXERCISE.wrong("the scale is rounded down to a whole number (// in the place of /)",
               (DIVIDED, "self.rank, self.alpha, self.scale = rank, alpha, alpha // rank"))
EXERCISE.wrong("the update is added without the scale", (SCALED, "thin = F.linear(self.dropout(x), self.A)"))
EXERCISE.wrong("the scale is applied twice, once to A x and once to B A x",
               (FORWARD, "return h + self.scale * F.linear(thin, self.B).to(h.dtype)"))
EXERCISE.wrong("the update takes the place of W x and is not added to it", (FORWARD, "return F.linear(thin, self.B)"))
EXERCISE.wrong("the update is subtracted from W x", (FORWARD, "return h - F.linear(thin, self.B).to(h.dtype)"))
EXERCISE.wrong("forward returns what the base gives, without any update", (FORWARD, "return h"))
EXERCISE.wrong("the whole sum is scaled, W x too", (SCALED, "thin = F.linear(self.dropout(x), self.A)"),
               (FORWARD, "return self.scale * (h + F.linear(thin, self.B).to(h.dtype))"))
EXERCISE.wrong("A and B both start at zero, so neither gets a gradient", (START, "        nn.init.zeros_(self.A)"))
EXERCISE.wrong("A and B both start away from zero, so the layer does not start as its base", (ZERO_B, RANDOM_B))
EXERCISE.wrong("the base's weight is left trainable", ("base.requires_grad_(False)", "base"))
EXERCISE.wrong("the base's weight is frozen, but its bias still trains",
               ("self.base = base.requires_grad_(False)", "self.base = base; base.weight.requires_grad_(False)"))
EXERCISE.wrong("A and B are plain tensors and not nn.Parameter, so no optimizer finds them",
               ("self.A = nn.Parameter(base.weight.new_empty(rank, base.in_features, dtype=kind))",
                "self.A = base.weight.new_empty(rank, base.in_features, dtype=kind)"),
               (f"self.B = nn.Parameter({ZERO_B})", f"self.B = {ZERO_B}"),
               (START, "        torch.nn.init.kaiming_uniform_(self.A, a=math.sqrt(5)); self.A = self.A.detach()"))
EXERCISE.wrong("B is trained, but A is frozen",
               (START, "        self.A.requires_grad_(False); nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))"))
EXERCISE.wrong("the factors have each other's shapes: A is (in, R) and B is (R, out)",
               ("base.weight.new_empty(rank, base.in_features, dtype=kind)", "base.weight.new_empty(base.in_features, rank)"),
               (ZERO_B, "base.weight.new_zeros(rank, base.out_features)"),
               (SCALED, "thin = self.dropout(x) @ self.A * self.scale"),
               (FORWARD, "return h + thin @ self.B"), ("return self.scale * self.B @ self.A",
                                                       "return self.scale * (self.A @ self.B).T"))
EXERCISE.wrong("dropout acts on all of x, also on what goes through W",
               ("        h = self.base(x)\n", "        x = self.dropout(x)\n        h = self.base(x)\n"),
               (SCALED, "thin = F.linear(x, self.A) * self.scale"))
EXERCISE.wrong("dropout acts on A x, behind A and not in front of it",
               (SCALED, "thin = self.dropout(F.linear(x, self.A)) * self.scale"))
EXERCISE.wrong("dropout acts on the finished update, behind B",
               (SCALED, "thin = F.linear(x, self.A) * self.scale"),
               (FORWARD, "return h + self.dropout(F.linear(thin, self.B).to(h.dtype))"))
EXERCISE.wrong("dropout is forgotten", (SCALED, "thin = F.linear(x, self.A) * self.scale"))
EXERCISE.wrong("update() leaves out the scale, so what is merged is B A", ("return self.scale * self.B @ self.A",
                                                                          "return self.B @ self.A"))
EXERCISE.wrong("merge adds B A without the scale", (MERGE, "self.base.weight.add_(self.B @ self.A)"))
EXERCISE.wrong("merge subtracts the update", (MERGE, "self.base.weight.sub_(self.update())"))
EXERCISE.wrong("merge puts the update in the place of W and does not add it", (MERGE, "self.base.weight.copy_(self.update())"))
EXERCISE.wrong("a merged layer still adds its update beside W", ("if self.is_merged:  # W", "if False:  # W"))
EXERCISE.wrong("merging twice adds the update twice",
               ("        if not self.is_merged:\n            check_finite(self)\n            self.original",
                "        if True:\n            self.original"))
EXERCISE.wrong("unmerge subtracts the update, which leaves rounding errors in W",
               ("self.base.weight.copy_(self.original)", "self.base.weight.sub_(self.update())"))
EXERCISE.wrong("the original that merge keeps is W itself and no copy, so it changes together with W",
               ("self.original = self.base.weight.clone()", "self.original = self.base.weight.data"))
EXERCISE.wrong("after unmerge the layer still counts as merged, so its update is left out",
               ("            self.original = None\n", ""))


@EXERCISE.right("A starts at zero and B random, and the scale stands in front of B")
class _:
    class LoRALinear(nn.Module):
        def __init__(self, base, rank, alpha, dropout=0.0):
            super().__init__()
            for parameter in base.parameters():
                parameter.requires_grad = False
            self.base, self.rank, self.alpha, self.scale = base, rank, alpha, alpha / rank
            self.dropout, self.original = nn.Dropout(dropout), None
            self.A = nn.Parameter(torch.zeros(rank, base.in_features))
            self.B = nn.Parameter(torch.randn(base.out_features, rank) / math.sqrt(rank))

        def forward(self, x):
            if self.original is not None:
                return self.base(x)
            return self.base(x) + (self.dropout(x) @ self.A.t()) @ (self.scale * self.B).t()

        def update(self):
            return (self.alpha / self.rank) * torch.einsum("or,ri->oi", self.B, self.A)

        def merge(self):
            if self.original is None:
                self.original = self.base.weight.detach().clone()
                self.base.weight.data += self.update().detach()

        def unmerge(self):
            if self.original is not None:
                self.base.weight.data = self.original
                self.original = None


@EXERCISE.right("the dense matrix W + (alpha / R) B A is multiplied out wherever there is no dropout")
class _:
    class LoRALinear(nn.Module):
        def __init__(self, base, rank, alpha, dropout=0.0):
            super().__init__()
            self.base = base
            self.base.weight.requires_grad_(False)
            if base.bias is not None:
                self.base.bias.requires_grad_(False)
            self.rank, self.alpha, self.scale, self.original = rank, alpha, alpha / rank, None
            self.dropout = nn.Dropout(p=dropout)
            self.A = nn.Parameter(torch.empty(rank, base.in_features).normal_(std=0.02))
            self.B = nn.Parameter(torch.zeros(base.out_features, rank))

        def forward(self, x):
            if self.original is not None:
                return self.base(x)
            return F.linear(x, self.base.weight, self.base.bias) + F.linear(self.dropout(x), self.update())

        def update(self):
            return self.B @ self.A * self.scale

        @torch.no_grad()
        def merge(self):
            if self.original is not None:
                return
            self.original = torch.clone(self.base.weight)
            self.base.weight.copy_(self.base.weight + self.update())

        @torch.no_grad()
        def unmerge(self):
            if self.original is not None:
                self.base.weight.copy_(self.original)
            self.original = None
