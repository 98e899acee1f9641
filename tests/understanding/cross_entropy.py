"""Cross-entropy: the sum of -log p(target) over the targets that are not IGNORE."""

import math

import torch
import torch.nn.functional as F

from tinyllm.tokenizer import IGNORE
from understanding.exercise import Exercise, Prediction


def loss(logits, targets):
    """The loss of logits and targets that are given as lists."""
    from tinyllm.trainer import masked_cross_entropy
    return masked_cross_entropy(torch.tensor(logits), torch.tensor(targets))


def log_of(*probabilities):
    """Logits that give these probabilities."""
    return [math.log(p) for p in probabilities]


ONE = log_of(0.5, 0.25, 0.125, 0.125)
OTHER = log_of(0.1, 0.2, 0.3, 0.4)

EXERCISE = Exercise(
    "cross_entropy", lesson=3, order=2, module="tinyllm.trainer", title="the loss: -log p(target), without the prompt",
    hints=("log p of all tokens at all places comes first: torch.log_softmax along the last dimension, which is the "
           "vocabulary. Then one number at each place is wanted, the one of its target.",
           "tensor.gather(-1, ids[..., None]) picks the entry ids[place] at each place. It cannot take -100: let is_target be "
           "targets != IGNORE, and look up targets.where(is_target, 0).",
           "What was picked at places with IGNORE means nothing. Keep picked[is_target], sum it up, and change its sign."),
    predictions=(
        Prediction("A model gives each of 2,048 tokens the same logit. What is its loss on one target (a number with two "
                   "decimals)?", lambda: round(loss([[0.0] * 2048], [0]).item(), 2)),
        Prediction("Two targets have the probabilities 1/2 and 1/4. What is the sum of their losses (a number with two "
                   "decimals)?", lambda: round(loss([ONE, ONE], [0, 1]).item(), 2)),
        Prediction("How much does a place whose target is IGNORE add to the loss (a number)?",
                   lambda: round(loss([ONE, OTHER], [0, IGNORE]).item() - loss([ONE], [0]).item(), 6))))


@EXERCISE.asks("A model that knows nothing gives each of V tokens p = 1/V, and its loss is log V.", read="From random weights")
def knowing_nothing():
    return loss([[0.0, 0.0, 0.0, 0.0]], [1]), math.log(4)


@EXERCISE.asks("The loss of one target is -log p(target).", read="From random weights")
def one_target():
    return loss([OTHER], [2]), -math.log(0.3)


@EXERCISE.asks("The same number added to all logits of a place changes no probability, so it does not change the loss.",
               read="From random weights")
def logits_moved_together():
    return loss([[2 + logit for logit in OTHER]], [2]), -math.log(0.3)


@EXERCISE.asks("The losses of several targets are added up: it is a sum and no mean.", read="From random weights")
def several_targets():
    return loss([ONE, OTHER, OTHER], [1, 3, 1]), -math.log(0.25) - math.log(0.4) - math.log(0.2)


@EXERCISE.asks("The probabilities of the V tokens at one place add up to 1. Those of one token at all places need not.",
               read="From random weights")
def softmax_over_the_vocabulary():
    logits = [[1 + logit for logit in ONE], [2 + logit for logit in OTHER]]
    return loss(logits, [0, 3]), -math.log(0.5) - math.log(0.4)


@EXERCISE.asks("The token with the id 0 is a target like any other.", read="From random weights")
def the_first_token():
    return loss([ONE, OTHER], [0, 0]), -math.log(0.5) - math.log(0.1)


@EXERCISE.asks("A place whose target is IGNORE adds nothing.", read="From random weights")
def an_ignored_place():
    return loss([ONE, OTHER, ONE], [IGNORE, 3, 1]), -math.log(0.4) - math.log(0.25)


@EXERCISE.asks("Several texts at once, logits (B, T, V) and targets (B, T): the sum over all places of all texts.",
               read="From random weights")
def a_batch():
    return (loss([[ONE, OTHER, ONE], [OTHER, OTHER, ONE]], [[IGNORE, 3, 1], [IGNORE, IGNORE, 2]]),
            -math.log(0.4) - math.log(0.25) - math.log(0.125))


@EXERCISE.asks("Without any target the loss is 0.", read="From random weights")
def nothing_to_learn():
    return loss([ONE, OTHER], [IGNORE, IGNORE]), 0.0


@EXERCISE.asks("Large logits give a finite loss: where they are 1,000 and 0, the second has p = exp(-1000).",
               read="From random weights")
def large_logits():
    return loss([[1000.0, 0.0], [0.0, 1000.0]], [1, 1]), 1000.0


@EXERCISE.asks("The gradient of a place's logits is p, less 1 at the target; it is 0 where the target is IGNORE.",
               read="From random weights")
def the_gradient():
    from tinyllm.trainer import masked_cross_entropy
    logits = torch.tensor([ONE, OTHER], requires_grad=True)
    masked_cross_entropy(logits, torch.tensor([1, IGNORE])).backward()
    return logits.grad, [[0.5, 0.25 - 1, 0.125, 0.125], [0, 0, 0, 0]]


LOSS = 'return F.cross_entropy(logits, targets.flatten(), ignore_index=IGNORE, reduction="sum")'
PICKED = "targets = targets.flatten(); is_target = targets != IGNORE; ids = targets.where(is_target, 0)[:, None]; "

EXERCISE.wrong("the mean over the targets is taken and not the sum",
               (LOSS, "return F.cross_entropy(logits, targets.flatten(), ignore_index=IGNORE)"))
EXERCISE.wrong("the sum is divided by the number of all places, those with IGNORE included",
               (LOSS, f"{LOSS} / targets.numel()"))
EXERCISE.wrong("the sum of each text is divided by the number of texts, which is a mean over the batch",
               (LOSS, f"{LOSS} / (len(targets) if targets.ndim > 1 else 1)"))
EXERCISE.wrong("the minus sign is missing, so training would make the targets less likely", (LOSS, LOSS.replace("F.", "-F.")))
EXERCISE.wrong("the logarithm has the base 2 and is not the natural one", (LOSS, f"{LOSS} / math.log(2)"))
EXERCISE.wrong("the softmax is taken over the places and not over the vocabulary",
               (LOSS, f"{PICKED}return -logits.log_softmax(0).gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("the target's logit is taken as it is, without the softmax",
               (LOSS, f"{PICKED}return -logits.gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("the logarithm is left out, so minus the probabilities are summed up",
               (LOSS, f"{PICKED}return -logits.softmax(1).gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("the softmax is taken twice: of logits, and once more of what came out",
               (LOSS, LOSS.replace("logits,", "logits.softmax(-1),")))
EXERCISE.wrong("nothing is masked: a place with IGNORE counts as if its target were token 0",
               (LOSS, f"{PICKED}return -logits.log_softmax(1).gather(1, ids).sum()"))
EXERCISE.wrong("the places with IGNORE get logits of 0 and still count, with a loss of log V each",
               (LOSS, f"{PICKED}return -(logits * is_target[:, None]).log_softmax(1).gather(1, ids).sum()"))
EXERCISE.wrong("the targets that are kept are those above 0, so token 0 is never learnt",
               (LOSS, LOSS.replace("targets.flatten()", "targets.flatten().where(targets.flatten() > 0, IGNORE)")))
EXERCISE.wrong("the targets are shifted once more, though they belong to the logits of their own place already",
               ("    logits = logits.flatten(0, -2).float()  # (B T, V)",
                "    logits, targets = logits[..., :-1, :].flatten(0, -2), targets[..., 1:]"))
EXERCISE.wrong("exp is taken of the logits as they are, and of large ones it is infinite",
               (LOSS, f"{PICKED}p = logits.exp() / logits.exp().sum(1, keepdim=True); "
                      "return -p.log().gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("the softmax is taken first and the logarithm afterwards, when a small p has become 0 already",
               (LOSS, f"{PICKED}return -logits.softmax(1).log().gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("a small number is added to p in front of the logarithm, which hides how small p is",
               (LOSS, f"{PICKED}return -(logits.softmax(1) + 1e-9).log().gather(1, ids)[is_target].sum()"))
EXERCISE.wrong("the result is cut off from the logits (by detach, item or no_grad), so no gradient reaches them",
               (LOSS, f"{LOSS}.detach()"))


@EXERCISE.right("log-softmax, the target's entry by gather, and a mask that is multiplied")
class _:
    def masked_cross_entropy(logits, targets):
        mask = (targets != IGNORE).float()
        picked = torch.log_softmax(logits, dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return -(picked * mask).sum()


@EXERCISE.right("a loop over the places, with log(sum of exp) - logit of the target")
class _:
    def masked_cross_entropy(logits, targets):
        total = logits.sum() * 0
        for row, target in zip(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1).tolist(), strict=True):
            if target != IGNORE:
                largest = row.max()
                total = total + largest + (row - largest).exp().sum().log() - row[target]
        return total


@EXERCISE.right("only the places with a target are kept, and a one-hot matrix picks the targets")
class _:
    def masked_cross_entropy(logits, targets):
        kept = targets != IGNORE
        log_p = F.log_softmax(logits[kept], dim=1)
        return (-log_p * F.one_hot(targets[kept], logits.shape[-1])).sum()
