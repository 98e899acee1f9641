"""The choice of the next token: temperature, top-k and top-p."""

import bisect
import itertools

import torch

from understanding.exercise import Exercise, Prediction

THREE = [0.2, 0.5, 0.3]  # the list is 1, 2, 0
FOUR = [0.1, 0.4, 0.2, 0.3]  # the list is 1, 3, 2, 0


def picked(probabilities, chances, temperature=1.0, top_k=None, top_p=None):
    """The tokens that are chosen at these chances, where these are the probabilities at temperature 1."""
    from tinyllm.generate import choose
    logits = torch.tensor([probabilities] * len(chances)).log()
    return choose(logits, temperature, top_k, top_p, torch.tensor(chances))


def share_of(token, probabilities, temperature):
    """How often a token is taken at a thousand chances that are spread evenly."""
    ids = picked(probabilities, [(i + 0.5) / 1000 for i in range(1000)], temperature)
    return round((ids == token).float().mean().item(), 3)


def left_by(probabilities, **options):
    """How many tokens are ever taken."""
    return len(set(picked(probabilities, [(i + 0.5) / 1000 for i in range(1000)], **options).tolist()))


EXERCISE = Exercise(
    "sampling", lesson=2, order=5, read="From scores to the next token", module="tinyllm.generate",
    title="choose the next token: temperature, top-k, top-p",
    hints=("Write the case of temperature 0 first, then step 1 and step 4 without top_k and top_p. Tensor.sort(dim=-1, "
           "descending=True) returns the sorted probabilities, and the ids that belong to them.",
           "For top_p take share.cumsum(dim=-1) - share: what the tokens before each one hold together. A token stays as long "
           "as those before it hold less than top_p. Set the shares of the others to 0.",
           "For the place on the line compare share.cumsum(dim=-1) with chance times the sum of the shares: it is the first "
           "place where the running sum is larger. Then ids.gather(1, place) turns places in the list into ids."),
    predictions=(
        Prediction("Two tokens have the probabilities 0.8 and 0.2. At temperature 0.5, what is the probability of the first?",
                   lambda: share_of(0, [0.8, 0.2], 0.5)),
        Prediction("The probabilities are 0.5, 0.3, 0.15 and 0.05. How many tokens does top_p = 0.9 leave?",
                   lambda: left_by([0.5, 0.3, 0.15, 0.05], top_p=0.9)),
        Prediction("With top_k = 1, does the temperature still matter? (True or False)",
                   lambda: max(left_by(THREE, top_k=1, temperature=how) for how in (0.1, 1.0, 10.0)) > 1)))


@EXERCISE.asks("Temperature 0 takes the likeliest token of each text.")
def temperature_0():
    from tinyllm.generate import choose
    return choose(torch.tensor([[-1.0, 3.0, 2.0], [5.0, -9.0, 0.0]]), 0, None, None, None), [1, 0]


@EXERCISE.asks("Of the probabilities 0.2, 0.5 and 0.3 the chances 0.3, 0.6 and 0.9 take the tokens 1, 2 and 0: the likeliest "
               "is first on the line.")
def the_line():
    return picked(THREE, [0.3, 0.6, 0.9]), [1, 2, 0]


@EXERCISE.asks("Near the ends of their parts of the line the tokens are still these: each has a part as long as its probability.")
def ends_of_the_parts():
    return picked(THREE, [0.0, 0.49, 0.51, 0.79, 0.81, 0.999]), [1, 1, 2, 2, 0, 0]


@EXERCISE.asks("Each text has scores of its own.")
def other_scores():
    from tinyllm.generate import choose
    logits = torch.tensor([THREE, [0.6, 0.1, 0.3], [0.1, 0.2, 0.7]]).log()
    return choose(logits, 1.0, None, None, torch.tensor([0.55, 0.55, 0.55])), [2, 0, 2]


@EXERCISE.asks("At temperature 0.5 the probabilities are squared, but for their sum: 0.66, 0.24 and 0.11.")
def a_low_temperature():
    return picked(THREE, [0.62, 0.68, 0.88, 0.91], temperature=0.5), [1, 2, 2, 0]


@EXERCISE.asks("At temperature 2 the roots of the probabilities count, but for their sum: 0.42, 0.32 and 0.26.")
def a_high_temperature():
    return picked(THREE, [0.4, 0.43, 0.72, 0.75], temperature=2.0), [1, 2, 2, 0]


@EXERCISE.asks("top_k = 2 leaves the two likeliest, and they share the whole line: 0.625 and 0.375 for 0.5 and 0.3.")
def top_k():
    return picked(THREE, [0.3, 0.6, 0.65, 0.9], top_k=2), [1, 1, 2, 2]


@EXERCISE.asks("top_k = 1 leaves the likeliest token.")
def top_k_1():
    return picked(THREE, [0.0, 0.5, 0.999], top_k=1), [1, 1, 1]


@EXERCISE.asks("top_p = 0.6 leaves the tokens with 0.5 and 0.3: the one by which 0.6 is reached stays. The whole line is theirs.")
def top_p():
    return picked(THREE, [0.3, 0.6, 0.65, 0.9], top_p=0.6), [1, 1, 2, 2]


@EXERCISE.asks("top_p = 0.4 leaves the likeliest token, which holds more than that alone.")
def the_first_token_stays():
    return picked(THREE, [0.0, 0.5, 0.999], top_p=0.4), [1, 1, 1]


@EXERCISE.asks("top_p = 0.85 leaves three of 0.4, 0.3, 0.2 and 0.1: count from the likeliest on, until 0.85 is reached.")
def top_p_counts_from_the_likeliest():
    return picked(FOUR, [0.4, 0.5, 0.75, 0.8, 0.999], top_p=0.85), [1, 3, 3, 2, 2]


@EXERCISE.asks("top_p counts the probabilities after the temperature: at 2 the likeliest of 0.5, 0.3 and 0.2 holds only 0.42.")
def top_p_at_a_temperature():
    return picked(THREE, [0.5, 0.6, 0.9], temperature=2.0, top_p=0.45), [1, 2, 2]


@EXERCISE.asks("top_p counts in the shares of what top_k has left: of 0.4 and 0.3 the first holds 0.57, which is enough for 0.5.")
def top_k_before_top_p():
    return picked(FOUR, [0.1, 0.5, 0.9], top_k=2, top_p=0.5), [1, 1, 1]


@EXERCISE.asks("At a temperature close to 0 it is the likeliest token again, and no exp overflows.")
def close_to_0():
    from tinyllm.generate import choose
    return choose(torch.tensor([[1.0, 3.0, 2.0]] * 2), 0.001, None, None, torch.tensor([0.1, 0.9])), [1, 1]


@EXERCISE.asks("The logits stay as they are.")
def logits_are_kept():
    from tinyllm.generate import choose
    logits = torch.tensor([[1.0, 3.0, 2.0]])
    choose(logits, 2.0, 2, 0.9, torch.tensor([0.5]))
    return logits, [[1.0, 3.0, 2.0]]


GREEDY = "        return logits.argmax(dim=-1)\n"
PROBABILITY = "probability = (logits.float() / temperature).softmax(dim=-1)"
SORTED = "share, ids = probability.sort(dim=-1, descending=True, stable=True)"
CUT_K = "share[:, top_k:] = 0"
WHOLE_K = "        share = share / share.sum(dim=-1, keepdim=True)  # top_p counts in shares of what top_k left\n"
BEFORE = "before = share.cumsum(dim=-1) - share"
CUT_P = "share[before >= top_p] = 0  # a token stays if those before it do not yet hold top_p"
AIM = "aim = chance.to(total)[:, None] * total[:, -1:]  # (B, 1)"
PLACE = "place = (total > aim).int().argmax(dim=-1, keepdim=True)  # of 0s and 1s the first 1"
RETURNED = "return ids.gather(1, place)[:, 0]"

EXERCISE.wrong("temperature 0 takes the least likely token", (GREEDY, "        return logits.argmin(dim=-1)\n"))
EXERCISE.wrong("temperature 0 is no case of its own, and the logits are divided by 0",
               ("    if temperature == 0:\n" + GREEDY, "    chance = torch.zeros(len(logits)) if chance is None else chance\n"))
EXERCISE.wrong("at temperature 0 the maximum is taken over the texts (dim=0), and not over the vocabulary",
               (GREEDY, "        return logits.argmax(dim=0)\n"))
EXERCISE.wrong("at temperature 0 the highest score is returned, and not the id of its token",
               (GREEDY, "        return logits.amax(dim=-1)\n"))
EXERCISE.wrong("the likeliest token is always taken, whatever chance is", (PLACE, "place = ids[:, :1] * 0"))
EXERCISE.wrong("the tokens stand on the line in the order of their ids, and not with the likeliest first",
               (SORTED, "share, ids = probability.clone(), torch.arange(logits.shape[1]).expand_as(logits)"))
EXERCISE.wrong("the least likely token is first on the line", (SORTED, "share, ids = probability.sort(dim=-1)"))
EXERCISE.wrong("the place in the list is returned, and not the id of the token that stands there",
               (RETURNED, "return place[:, 0]"))
EXERCISE.wrong("the ids are (B, 1) and not (B)", (RETURNED, "return ids.gather(1, place)"))
EXERCISE.wrong("it is one place too far: the token behind the one in which chance lies",
               (PLACE, "place = (total <= aim).sum(dim=-1, keepdim=True).add(1).clamp(max=total.shape[1] - 1)"))
EXERCISE.wrong("it is one place too early: the token before the one in which chance lies",
               (PLACE, "place = (total <= aim).sum(dim=-1, keepdim=True).sub(1).clamp(min=0)"))
EXERCISE.wrong("all texts use the chance of the first one",
               (AIM, "aim = chance.to(total)[:1, None] * total[:, -1:]"))
EXERCISE.wrong("all tokens that are left have the same share, whatever their probabilities",
               ("total = share.cumsum(dim=-1)", "total = (share > 0).float().cumsum(dim=-1)"))
EXERCISE.wrong("the list of the first text is used for all texts",
               (RETURNED, "return ids[:1].expand_as(ids).gather(1, place)[:, 0]"))
EXERCISE.wrong("the temperature is not used", (PROBABILITY, "probability = logits.float().softmax(dim=-1)"))
EXERCISE.wrong("the logits are multiplied by the temperature, and not divided by it",
               (PROBABILITY, "probability = (logits.float() * temperature).softmax(dim=-1)"))
EXERCISE.wrong("the probabilities are divided by the temperature, and not the logits, and a softmax is taken of them again",
               (PROBABILITY, "probability = (logits.float().softmax(dim=-1) / temperature).softmax(dim=-1)"))
EXERCISE.wrong("the logits are divided by the square of the temperature, and not by the temperature",
               (PROBABILITY, "probability = (logits.float() / temperature**2).softmax(dim=-1)"))
EXERCISE.wrong("top_k is not used", (CUT_K, "pass"))
EXERCISE.wrong("top_k leaves one token too many", (CUT_K, "share[:, top_k + 1:] = 0"))
EXERCISE.wrong("top_k leaves one token too few", (CUT_K, "share[:, max(1, top_k - 1):] = 0"))
EXERCISE.wrong("top_k takes the first tokens away, and not the others", (CUT_K, "share[:, :top_k] = 0"))
EXERCISE.wrong("top_k leaves the first ids of the vocabulary, and not the likeliest tokens",
               (CUT_K, "share[ids >= top_k] = 0"))
EXERCISE.wrong("what top_k has left is not made to fill the line, and beyond its end the likeliest token is taken",
               (WHOLE_K, ""), (AIM, "aim = chance.to(total)[:, None] * (total[:, -1:] if top_k is None else 1)"))
EXERCISE.wrong("top_p is not used", (CUT_P, "pass"))
EXERCISE.wrong("top_p takes away the token by which it is reached: what holds no more than top_p stays, and nothing else",
               (CUT_P, "share[(before + share > top_p) & (before > 0)] = 0"))
EXERCISE.wrong("top_p leaves one token too many", (CUT_P, "share[before - share.roll(1, -1) >= top_p] = 0"))
EXERCISE.wrong("top_p leaves every token that has at least this probability itself, and not the first that hold it together",
               (CUT_P, "share[(share < top_p) & (before > 0)] = 0"))
EXERCISE.wrong("top_p leaves every token that has at least a probability of 1 - top_p",
               (CUT_P, "share[(share < 1 - top_p) & (before > 0)] = 0"))
EXERCISE.wrong("top_p leaves every token that has at least top_p times the probability of the likeliest, which is min-p",
               (CUT_P, "share[share < top_p * share[:, :1]] = 0"))
EXERCISE.wrong("top_p takes away the first tokens, which hold top_p, and leaves the others",
               (CUT_P, "share[before < top_p] = 0"))
EXERCISE.wrong("top_p is counted from the least likely token on",
               (CUT_P, "share[share.flip(-1).cumsum(-1).flip(-1) - share >= top_p] = 0"))
EXERCISE.wrong("what top_p has left is not made to fill the line, and beyond its end the likeliest token is taken",
               (AIM, "aim = chance.to(total)[:, None] * (total[:, -1:] if top_p is None else 1)"))
EXERCISE.wrong("top_p is counted in the probabilities before the temperature",
               (BEFORE, "plain = logits.float().softmax(dim=-1).gather(1, ids); before = plain.cumsum(dim=-1) - plain"))
EXERCISE.wrong("top_p is counted in the probabilities of the whole vocabulary, and not in the shares of what top_k has left",
               (WHOLE_K, ""))
EXERCISE.wrong("the softmax is exp divided by its sum, without the highest score subtracted first, and exp overflows",
               (PROBABILITY, "e = (logits.float() / temperature).exp(); probability = e / e.sum(dim=-1, keepdim=True)"))
EXERCISE.wrong("the logits themselves are divided by the temperature, in place",
               (PROBABILITY, "probability = logits.div_(temperature).softmax(dim=-1)"))


@EXERCISE.right("logits that are taken away become -inf, and the place is found by searchsorted")
class _:
    def choose(logits, temperature, top_k, top_p, chance):
        if temperature == 0:
            return torch.max(logits, dim=1).indices
        order = torch.argsort(logits, dim=1, descending=True)
        scores = torch.gather(logits, 1, order) / temperature
        if top_k:
            scores = scores.masked_fill(torch.arange(scores.shape[1]) >= top_k, float("-inf"))
        if top_p:
            line = torch.softmax(scores, dim=1).cumsum(dim=1)
            reached = torch.cat((torch.zeros(len(line), 1), line[:, :-1]), dim=1) >= top_p
            scores = scores.masked_fill(reached, float("-inf"))
        line = torch.softmax(scores, dim=1).cumsum(dim=1)
        place = torch.searchsorted(line, chance[:, None], right=True).clamp(max=line.shape[1] - 1)
        return order.gather(1, place).squeeze(1)


@EXERCISE.right("one text after another in plain Python")
class _:
    def choose(logits, temperature, top_k, top_p, chance):
        return torch.tensor([one_choice(row.tolist(), temperature, top_k, top_p, None if chance is None else chance[b].item())
                             for b, row in enumerate(logits)])


def one_choice(scores, temperature, top_k, top_p, chance):
    """The token of one text: a list of (probability, id) grows shorter, and chance walks along it."""
    if temperature == 0:
        return scores.index(max(scores))
    probabilities = torch.tensor(scores).double().div(temperature).softmax(dim=0).tolist()
    left = sorted(((p, i) for i, p in enumerate(probabilities)), reverse=True)[:top_k]
    if top_p is not None:
        held = list(itertools.accumulate(p for p, _ in left))
        left = left[:bisect.bisect_left(held, top_p * held[-1]) + 1]
    rest = chance * sum(p for p, _ in left)
    for p, i in left:
        if rest < p:
            return i
        rest -= p
    return left[-1][1]
