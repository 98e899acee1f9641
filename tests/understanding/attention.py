"""Attention: softmax(q k^T / sqrt(K) + mask) v."""

import math

import torch

from understanding.exercise import Exercise, Prediction

INF = float("inf")
LOG_3 = math.log(3)


def random_tensors(count, *shape, seed=0):
    """Queries, keys or values."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator) for _ in range(count)]


def weights_of(q, k, mask):
    """attention_weights with tensors made of these lists."""
    from tinyllm.model import attention_weights
    return attention_weights(torch.tensor(q), torch.tensor(k), torch.tensor(mask))


def causal(length):
    """The causal mask written out, so that what attention does with it can be asked without causal_mask."""
    return torch.tensor([[0.0 if s <= t else -INF for s in range(length)] for t in range(length)])


def one_by_one(q, k, mask):
    """The weights of every text, head and token by plain numbers. mask (T, S)."""
    def shares(query, keys, row):
        scores = [sum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query)) for key in keys]
        odds = [math.exp(score) if allowed == 0 else 0.0 for score, allowed in zip(scores, row, strict=True)]
        return [odd / sum(odds) for odd in odds]
    return [[[shares(query, keys, row) for query, row in zip(queries, mask.tolist(), strict=True)]
             for queries, keys in zip(*heads, strict=True)] for heads in zip(q.tolist(), k.tolist(), strict=True)]


def even_weights(length):
    """The causal weights where every score is the same."""
    from tinyllm.model import attention_weights
    zeros = torch.zeros(1, 1, length, 4)
    return attention_weights(zeros, zeros, causal(length))[0, 0]


EXERCISE = Exercise(
    "attention", lesson=2, order=3, module="tinyllm.model", title="attention: the mask, the weights, and what is gathered",
    hints=("causal_mask: begin with a (T, T) tensor full of -inf, and keep of it what lies above the diagonal. Tensor.triu(1) "
           "puts zeros everywhere else.",
           "attention_weights: k.transpose(-2, -1) is (B, H, K, S), so q @ k.transpose(-2, -1) is (B, H, T, S). Divide, add the "
           "mask, and only then take the softmax, over the last dimension, in which the S tokens lie.",
           "attention is one matrix product: the weights (B, H, T, S) times the values (B, H, S, K)."),
    predictions=(
        Prediction("A text has 5 tokens. With the causal mask, at how many tokens does the third one look?",
                   lambda: int((even_weights(5)[2] > 0).sum())),
        Prediction("Every score is the same. What share does the fourth token give to the first one?",
                   lambda: even_weights(4)[3, 0].item()),
        Prediction("K = 64. By what number is each product of a query and a key divided?", lambda: math.sqrt(64))))


@EXERCISE.asks("In the mask there is 0 where a token may look: at itself and at those before it.", read="Where attention looks")
def where_the_mask_allows():
    from tinyllm.model import causal_mask
    allowed = (causal_mask(3, like=torch.zeros(1)) == 0).tolist()
    return allowed, [[True, False, False], [True, True, False], [True, True, True]]


@EXERCISE.asks("Added to the scores, the mask leaves nothing of the tokens that come later, however large their scores are.",
               read="Where attention looks")
def what_the_mask_forbids():
    from tinyllm.model import causal_mask
    scores = torch.tensor([[0.0, 50.0, 50.0], [0.0, 0.0, 50.0], [0.0, 0.0, 0.0]])
    return (scores + causal_mask(3, like=scores)).softmax(dim=-1), [[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]]


@EXERCISE.asks("The mask is of the number type of `like`.", read="Where attention looks")
def the_number_type_of_the_mask():
    from tinyllm.model import causal_mask
    return str(causal_mask(2, like=torch.zeros(1, dtype=torch.bfloat16)).dtype), "torch.bfloat16"


@EXERCISE.asks("With K = 4 products of 2 log 3 and 0 become scores of log 3 and 0, and these the shares 3/4 and 1/4.",
               read="Where attention looks")
def the_shares():
    q, k = [[2.0, 0.0, 0.0, 0.0]] * 3, [[LOG_3, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    return weights_of([[q, q]], [[k, k]], [[0.0, 0.0]] * 3), [[[[0.75, 0.25]] * 3] * 2]


@EXERCISE.asks("Row t holds the shares of token t: the query of its row meets the key of each column.",
               read="Where attention looks")
def rows_and_columns():
    q, k = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]], [[LOG_3, 0.0, 0.0, 0.0], [LOG_3, LOG_3, 0.0, 0.0]]
    return weights_of([[q]], [[k]], [[0.0, 0.0]] * 2), [[[[0.5, 0.5], [0.25, 0.75]]]]


@EXERCISE.asks("What is forbidden gets a share of 0, and the others share the whole 1.", read="Where attention looks")
def shares_under_a_mask():
    q, k = [[2.0, 0.0, 0.0, 0.0]] * 3, [[0.0] * 4, [LOG_3, 0.0, 0.0, 0.0], [2 * LOG_3, 0.0, 0.0, 0.0]]
    mask = causal(3).tolist()
    return weights_of([[q]], [[k]], mask), [[[[1, 0, 0], [1 / 4, 3 / 4, 0], [1 / 13, 3 / 13, 9 / 13]]]]


@EXERCISE.asks("The mask that is given counts: here the first of two texts begins with padding, and the second ends with it.",
               read="Three things that go wrong in silence")
def a_mask_for_each_text():
    q, k = [[2.0, 0.0, 0.0, 0.0]], [[2 * LOG_3, 0.0, 0.0, 0.0], [LOG_3, 0.0, 0.0, 0.0], [0.0] * 4]
    mask = [[[[-INF, 0.0, 0.0]]], [[[0.0, 0.0, -INF]]]]
    return weights_of([[q], [q]], [[k], [k]], mask), [[[[0.0, 0.75, 0.25]]], [[[0.75, 0.25, 0.0]]]]


@EXERCISE.asks("Nothing is mixed between texts or heads: it is the same as one text, head and token after another.",
               read="Where attention looks")
def texts_and_heads():
    from tinyllm.model import attention_weights
    q, k = random_tensors(2, 2, 3, 4, 6)
    return attention_weights(q, k, causal(4)), one_by_one(q, k, causal(4))


@EXERCISE.asks("Scores of 1000 and more give shares too, and no NaN.", read="Where attention looks")
def large_scores():
    q, k = [[100.0, 0.0, 0.0, 0.0]], [[20.0, 0.0, 0.0, 0.0], [20.0, 0.0, 0.0, 0.0], [-20.0, 0.0, 0.0, 0.0]]
    return weights_of([[q]], [[k]], [[0.0, 0.0, 0.0]]), [[[[0.5, 0.5, 0.0]]]]


@EXERCISE.asks("Queries and keys stay as they are.", read="Where attention looks")
def queries_and_keys_are_kept():
    from tinyllm.model import attention_weights
    q, k = random_tensors(2, 1, 1, 2, 4)
    wanted = [q.tolist(), k.tolist()]
    attention_weights(q, k, causal(2))
    return [q, k], wanted


@EXERCISE.asks("The values [4, 0] and [0, 8] give [3, 2] in the shares 3/4 and 1/4, and [2, 4] in equal shares.",
               read="Where attention looks")
def what_is_gathered():
    from tinyllm.model import attention
    q, k = torch.tensor([[[[2.0, 0.0], [0.0, 0.0]]]]), torch.tensor([[[[math.sqrt(2) * LOG_3 / 2, 0.0], [0.0, 0.0]]]])
    v = torch.tensor([[[[4.0, 0.0], [0.0, 8.0]]]])
    return attention(q, k, v, torch.zeros(2, 2)), [[[[3.0, 2.0], [2.0, 4.0]]]]


@EXERCISE.asks("Attention is that of PyTorch's own scaled_dot_product_attention.", read="Where attention looks")
def as_in_pytorch():
    from tinyllm.model import attention
    q, k, v = random_tensors(3, 2, 3, 4, 4)
    return attention(q, k, v, causal(4)), torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


@EXERCISE.asks("Another last token changes nothing of what the earlier ones gather.",
               read="Three things that go wrong in silence")
def another_last_token():
    from tinyllm.model import attention
    q, k, v = random_tensors(3, 1, 2, 4, 6)
    before = attention(q, k, v, causal(4))
    for x in (q, k, v):
        x[:, :, -1] = 7.0
    return attention(q, k, v, causal(4))[:, :, :-1], before[:, :, :-1]


MASK = "return torch.full((length, length), float(\"-inf\"), dtype=like.dtype, device=like.device).triu(1)"
SCORES = "scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])"
SOFTMAX = "return (scores + mask).softmax(dim=-1)"
GATHER = "return attention_weights(q, k, mask) @ v"


def mask_is(formula):
    """The change that makes the mask in another way."""
    return MASK, f"return {formula}"


def products_are(formula):
    """The change that makes the scores in another way."""
    return SCORES, f"scores = {formula}"


FULL = "torch.full((length, length), float('-inf'), dtype=like.dtype, device=like.device)"
EXERCISE.wrong("the mask is 0 everywhere, so that every token sees all others", mask_is("like.new_zeros(length, length)"))
EXERCISE.wrong("the mask is upside down: a token sees itself and those after it, and not those before it",
               mask_is(f"{FULL}.tril(-1)"))
EXERCISE.wrong("the diagonal is masked too, so that a token does not see itself, and the first one sees nothing",
               mask_is(f"{FULL}.triu(0)"))
EXERCISE.wrong("the mask is upside down and the diagonal is masked too", mask_is(f"{FULL}.tril()"))
EXERCISE.wrong("the diagonal of the mask is one too far to the right, so that a token sees the one after it",
               mask_is(f"{FULL}.triu(2)"))
EXERCISE.wrong("the mask holds 1 where a token may look and 0 where it may not, which is for multiplying and not for adding",
               mask_is("like.new_ones(length, length).tril()"))
EXERCISE.wrong("the mask holds True where a token may look, and not the numbers 0 and -inf that can be added",
               mask_is("like.new_ones(length, length).tril().bool()"))
EXERCISE.wrong("the mask holds True where a token may not look, and not the numbers 0 and -inf that can be added",
               mask_is("like.new_ones(length, length).triu(1).bool()"))
EXERCISE.wrong("the mask holds -1 where a token may not look, which makes its share smaller but not 0",
               mask_is("-like.new_ones(length, length).triu(1)"))
EXERCISE.wrong("the mask holds inf and not -inf", mask_is(f"(-{FULL}).triu(1)"))
EXERCISE.wrong("the mask is always float32, and not of the type of `like`",
               mask_is("torch.full((length, length), float('-inf')).triu(1)"))

EXERCISE.wrong("the scores are not divided at all", products_are("q @ k.transpose(-2, -1)"))
EXERCISE.wrong("the scores are divided by K, and not by its square root", products_are("q @ k.transpose(-2, -1) / q.shape[-1]"))
EXERCISE.wrong("the scores are multiplied by the square root of K, and not divided by it",
               products_are("q @ k.transpose(-2, -1) * math.sqrt(q.shape[-1])"))
EXERCISE.wrong("the scores are divided by the square root of D = H K, and not of K, the width of one head",
               products_are("q @ k.transpose(-2, -1) / math.sqrt(q.shape[1] * q.shape[-1])"))
EXERCISE.wrong("the scores are divided by the square root of the number of tokens, and not of K",
               products_are("q @ k.transpose(-2, -1) / math.sqrt(q.shape[-2])"))
EXERCISE.wrong("the shares are divided by sqrt(K) after the softmax, and not the scores before it",
               products_are("q @ k.transpose(-2, -1)"),
               (SOFTMAX, "return (scores + mask).softmax(dim=-1) / math.sqrt(q.shape[-1])"))
EXERCISE.wrong("k is reshaped to (.., K, S) and not transposed, which mixes the numbers of different keys",
               products_are("q @ k.reshape(*k.shape[:2], k.shape[3], k.shape[2]) / math.sqrt(q.shape[-1])"))
EXERCISE.wrong("query and key are swapped: row t holds how much each query matches the key of token t",
               products_are("(k @ q.transpose(-2, -1) / math.sqrt(q.shape[-1])).reshape(*q.shape[:3], k.shape[2])"))
EXERCISE.wrong("the softmax is taken over the tokens that look, and not over those that are looked at",
               (SOFTMAX, "return (scores + mask).softmax(dim=-2)"))
EXERCISE.wrong("the softmax is taken over the heads", (SOFTMAX, "return (scores + mask).softmax(dim=1)"))
EXERCISE.wrong("there is no softmax: the scores themselves are given back", (SOFTMAX, "return scores + mask"))
EXERCISE.wrong("the mask is not used", (SOFTMAX, "return scores.softmax(dim=-1)"))
EXERCISE.wrong("the mask is subtracted, and not added", (SOFTMAX, "return (scores - mask).softmax(dim=-1)"))
EXERCISE.wrong("the mask is added after the softmax, and not before it", (SOFTMAX, "return scores.softmax(dim=-1) + mask"))
EXERCISE.wrong("what is forbidden is set to 0 after the softmax, so that the other shares do not add up to 1",
               (SOFTMAX, "return scores.softmax(dim=-1) * (mask == 0)"))
EXERCISE.wrong("the scores of what is forbidden are set to 0 and not to -inf, and exp(0) is 1",
               (SOFTMAX, "return (scores * (mask == 0)).softmax(dim=-1)"))
EXERCISE.wrong("attention_weights makes a causal mask of its own, and the one that is given is not used",
               (SOFTMAX, "return (scores + causal_mask(k.shape[2], like=q)[-q.shape[2]:]).softmax(dim=-1)"))
EXERCISE.wrong("the mask of the first text is used for all texts",
               (SOFTMAX, "return (scores + (mask[:1] if mask.ndim == 4 else mask)).softmax(dim=-1)"))
EXERCISE.wrong("the softmax is exp divided by its sum, without the largest score subtracted first, and exp overflows",
               (SOFTMAX, "e = (scores + mask).exp(); return e / e.sum(dim=-1, keepdim=True)"))
EXERCISE.wrong("q itself is divided, in place", products_are("q.div_(math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)"))

EXERCISE.wrong("the keys are averaged, and not the values", (GATHER, "return attention_weights(q, k, mask) @ k"))
EXERCISE.wrong("the values are multiplied by the scores, which went through no softmax",
               (GATHER, "return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).masked_fill(mask < 0, 0) @ v"))
EXERCISE.wrong("the values are averaged evenly, without the attention weights",
               (GATHER, "return (attention_weights(q, k, mask) * 0 + 1 / k.shape[2]) @ v"))
EXERCISE.wrong("the weighted sum is divided by the number of tokens once more",
               (GATHER, "return attention_weights(q, k, mask) @ v / v.shape[2]"))
EXERCISE.wrong("the values are averaged by the transposed weights, that is by what a token is given and not by what it gives",
               (GATHER, "return attention_weights(q, k, mask).mT @ v"))
EXERCISE.wrong("attention forgets the mask", (GATHER, "return attention_weights(q, k, torch.zeros_like(mask)) @ v"))
EXERCISE.wrong("what is gathered is added to the query",
               (GATHER, "return q + attention_weights(q, k, mask) @ v"))


@EXERCISE.right("the mask works after the softmax, and the shares are then made to add up to 1 again")
class _:
    def causal_mask(length, like):
        seen = torch.ones(length, length, dtype=torch.bool, device=like.device).tril()
        return torch.zeros(length, length).to(like).masked_fill(~seen, float("-inf"))

    def attention_weights(q, k, mask):
        shares = torch.einsum("bhtk,bhsk->bhts", q, k).mul(q.shape[-1] ** -0.5).softmax(dim=-1) * mask.exp()
        return shares / shares.sum(dim=-1, keepdim=True)

    def attention(q, k, v, mask):
        return torch.einsum("bhts,bhsk->bhtk", EXERCISE.original.attention_weights(q, k, mask), v)


@EXERCISE.right("q is divided first, forbidden scores become a number far below all others, and the softmax is written out")
class _:
    def causal_mask(length, like):
        position = torch.arange(length, device=like.device)
        return torch.where(position[None] > position[:, None], -1e9, 0.0).to(like)

    def attention_weights(q, k, mask):
        scores = (q / math.sqrt(q.size(-1))) @ k.mT
        scores = scores.masked_fill(mask < -1e4, -1e30)
        odds = (scores - scores.amax(dim=-1, keepdim=True)).exp()
        return odds / odds.sum(dim=-1, keepdim=True)

    def attention(q, k, v, mask):
        weights = EXERCISE.original.attention_weights(q, k, mask)  # (B, H, T, S)
        return (weights[..., None] * v[:, :, None]).sum(dim=-2)


@EXERCISE.right("one token after another, in plain loops")
class _:
    def causal_mask(length, like):
        mask = torch.zeros(length, length, dtype=like.dtype, device=like.device)
        for t in range(length):
            mask[t, t + 1:] = -math.inf
        return mask

    def attention_weights(q, k, mask):
        B, H, T, K = q.shape
        mask, weights = mask.expand(B, H, T, k.shape[2]), torch.zeros(B, H, T, k.shape[2])
        for b in range(B):
            for h in range(H):
                for t in range(T):
                    weights[b, h, t] = torch.softmax(k[b, h] @ q[b, h, t] / K ** 0.5 + mask[b, h, t], dim=0)
        return weights

    def attention(q, k, v, mask):
        weights = EXERCISE.original.attention_weights(q, k, mask)
        return sum(weights[..., s:s + 1] * v[:, :, s:s + 1] for s in range(v.shape[2]))
