"""RMSNorm: y = x / sqrt(mean(x^2) + eps) * weight."""

import torch
from torch import nn

from understanding.exercise import Exercise, Prediction

NUMBERS = [1.0, 5.0, 5.0, 7.0]  # the mean of their squares is 25
NORMED = torch.tensor([0.2, 1.0, 1.0, 1.4])


def new_norm(eps=0.0, weight=(1.0, 1.0, 1.0, 1.0)):
    """A RMSNorm of 4 numbers with this weight."""
    from tinyllm.model import RMSNorm
    norm = RMSNorm(4, eps)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(weight))
    return norm


EXERCISE = Exercise(
    "rms_norm", lesson=2, order=1, read="Every shape on the way", module="tinyllm.model",
    title="RMSNorm, which makes every token's vector equally long",
    hints=("Read the formula from the inside: square, mean, plus eps, root. The mean is taken over the last dimension alone.",
           "x.float().square().mean(dim=-1, keepdim=True) is the mean of the squares of each token. keepdim=True leaves a "
           "dimension of 1 there, so that x can be divided by it.",
           "Divide x.float() by the root, multiply by self.weight, and only then go back to the type of x, with .to(x.dtype)."),
    predictions=(
        Prediction("What does a new RMSNorm with eps = 0 make of [3, 3, 3, 3]? (A list of four numbers.)",
                   lambda: [round(y, 4) for y in new_norm()(torch.full((4,), 3.0)).tolist()]),
        Prediction("How many numbers does a RMSNorm of width 192 train?", lambda: trained_numbers(192)),
        Prediction("With eps = 0, x is made 1000 times as large. How many times as large is the output?",
                   lambda: round((new_norm()(1000 * torch.ones(4)) / new_norm()(torch.ones(4))).max().item(), 4))))


def trained_numbers(width):
    """How many numbers a RMSNorm trains."""
    from tinyllm.model import RMSNorm
    return sum(parameter.numel() for parameter in RMSNorm(width, 1e-5).parameters())


@EXERCISE.asks("A token is divided by the root of the mean of its squares, which is 5 for [1, 5, 5, 7].")
def one_token():
    return new_norm()(torch.tensor([[NUMBERS]])), [[NORMED.tolist()]]


@EXERCISE.asks("Every token is normed on its own: four tokens that differ in length alone become equal.")
def tokens_on_their_own():
    lengths = torch.tensor([1.0, 2.0, 10.0, 0.5])[:, None]
    return new_norm()(lengths * torch.tensor(NUMBERS))[None], NORMED.expand(1, 4, 4)


@EXERCISE.asks("Each of the D numbers is multiplied by its own weight, after the norm.")
def the_weight():
    return new_norm(weight=(1.0, 2.0, 3.0, -1.0))(torch.tensor([[NUMBERS]])), [[[0.2, 2.0, 3.0, -1.4]]]


@EXERCISE.asks("eps is added to the mean under the root: with a mean of 4 millionths and an eps of 12 the root is that of 16.")
def eps_under_the_root():
    return new_norm(eps=12e-6)(torch.full((1, 1, 4), 0.002)), [[[0.5, 0.5, 0.5, 0.5]]]


@EXERCISE.asks("A vector of zeros gives zeros: eps keeps the norm from dividing by 0.")
def zeros():
    return new_norm(eps=1e-5)(torch.zeros(1, 1, 4)), [[[0.0, 0.0, 0.0, 0.0]]]


@EXERCISE.asks("It is computed in float32: in float16 the square of 1024 would be infinite.")
def short_numbers():
    return new_norm()(torch.tensor([[[1024.0, 0.0, 0.0, 0.0]]]).half()).float(), [[[2.0, 0.0, 0.0, 0.0]]]


@EXERCISE.asks("The result is of the number type of x.")
def number_type():
    return str(new_norm()(torch.ones(1, 1, 4).half()).dtype), "torch.float16"


@EXERCISE.asks("x stays as it is, because what the block computes is added to it later.")
def x_is_kept():
    x = torch.tensor([[NUMBERS]])
    with torch.no_grad():
        new_norm()(x)
    return x, [[NUMBERS]]


@EXERCISE.asks("The gradient of x goes through the root too: to change one number changes the length, and so all others.")
def gradient_of_x():
    x = torch.tensor([[NUMBERS]], requires_grad=True)
    new_norm()(x)[0, 0, 0].backward()
    return x.grad, [[[1 / 5 - 1 / 500, -5 / 500, -5 / 500, -7 / 500]]]


@EXERCISE.asks("The weight gets a gradient, so that it can be trained.")
def gradient_of_the_weight():
    norm = new_norm()
    x = torch.tensor([[NUMBERS]], requires_grad=True)
    norm(x).sum().backward()
    return (torch.zeros(4) if norm.weight.grad is None else norm.weight.grad), NORMED


NORM = "normed = F.rms_norm(x.float(), self.weight.shape, eps=self.eps)"
WEIGHTED = "return (normed * self.weight).type_as(x)"


def norm_is(formula):
    """The change that puts another formula in the place of x / sqrt(mean(x^2) + eps), where x is in float32."""
    return NORM, f"f = x.float(); normed = {formula}"


EXERCISE.wrong("x is divided by the root of the sum of its squares, and not of their mean",
               norm_is("f / (f.square().sum(-1, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("the sum of the squares is divided by D - 1, and not by D",
               norm_is("f / (f.square().sum(-1, keepdim=True) / (f.shape[-1] - 1) + self.eps).sqrt()"))
EXERCISE.wrong("the root is forgotten", norm_is("f / (f.square().mean(-1, keepdim=True) + self.eps)"))
EXERCISE.wrong("x is multiplied by the root, and not divided by it",
               norm_is("f * (f.square().mean(-1, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("the squaring is forgotten, so it is the root of the mean of x",
               norm_is("f / (f.mean(-1, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("x is divided by the mean of its absolute values, and not by the root of the mean of its squares",
               norm_is("f / (f.abs().mean(-1, keepdim=True) + self.eps)"))
EXERCISE.wrong("the mean is subtracted first, as in a layer norm", norm_is("F.layer_norm(f, self.weight.shape, eps=self.eps)"))
EXERCISE.wrong("x is divided by its standard deviation, which is measured from the mean and not from zero",
               norm_is("f / (f.var(-1, keepdim=True, unbiased=False) + self.eps).sqrt()"))
EXERCISE.wrong("the mean is taken over the tokens, and not over the D numbers of each",
               norm_is("f / (f.square().mean(-2, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("the mean is taken over all numbers of all tokens together", norm_is("f / (f.square().mean() + self.eps).sqrt()"))
EXERCISE.wrong("the mean is taken without keepdim=True, so each number is divided by the root of another token",
               norm_is("f / (f.square().mean(-1) + self.eps).sqrt()"))
EXERCISE.wrong("the result is not multiplied by the weight", (WEIGHTED, "return normed.type_as(x)"))
EXERCISE.wrong("the result is multiplied by 1 + weight, where the weight already starts at 1",
               (WEIGHTED, "return (normed * (1 + self.weight)).type_as(x)"))
EXERCISE.wrong("the weight is added to the result, and not multiplied with it",
               (WEIGHTED, "return (normed + self.weight).type_as(x)"))
EXERCISE.wrong("x is multiplied by the weight before the norm, and not after it",
               (NORM, "normed = F.rms_norm(x.float() * self.weight, self.weight.shape, eps=self.eps)"),
               (WEIGHTED, "return normed.type_as(x)"))
EXERCISE.wrong("eps is added to the root, and not under it", norm_is("f / (f.square().mean(-1, keepdim=True).sqrt() + self.eps)"))
EXERCISE.wrong("eps is left out", norm_is("f / f.square().mean(-1, keepdim=True).sqrt()"))
EXERCISE.wrong("eps is only the least that the root may be, and is not added under it",
               norm_is("f / f.square().mean(-1, keepdim=True).sqrt().clamp(min=self.eps)"))
EXERCISE.wrong("eps is added to the sum of the squares, before it is divided by D",
               norm_is("f / ((f.square().sum(-1, keepdim=True) + self.eps) / f.shape[-1]).sqrt()"))
EXERCISE.wrong("the squares are computed in the number type of x, where they become infinite",
               norm_is("x / (x.square().mean(-1, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("the result is not brought back to the type of x after it was multiplied by the weight, which is float32",
               (WEIGHTED, "return normed.type_as(x) * self.weight"))
EXERCISE.wrong("x itself is divided, in place: .float() makes no copy of what is float32 already",
               norm_is("f.div_((f.square().mean(-1, keepdim=True) + self.eps).sqrt())"))
EXERCISE.wrong("the root is computed without a gradient, as if it were a constant",
               norm_is("f / (f.detach().square().mean(-1, keepdim=True) + self.eps).sqrt()"))
EXERCISE.wrong("the weight is detached (or its .data is used), so it gets no gradient",
               (WEIGHTED, "return (normed * self.weight.data).type_as(x)"))


@EXERCISE.right("the inverse of the root is multiplied, as in Llama's own code")
class _:
    class RMSNorm(nn.Module):
        def forward(self, x):
            wide = x.float()
            return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight).to(x.dtype)


@EXERCISE.right("one token after another, by the length of its vector")
class _:
    class RMSNorm(nn.Module):
        def forward(self, x):
            rows = [self.one(token) for token in x.reshape(-1, x.shape[-1]).float()]
            return torch.stack(rows).view(x.shape).to(x.dtype)

        def one(self, token):
            return token * self.weight / (torch.dot(token, token) / len(token) + self.eps) ** 0.5
