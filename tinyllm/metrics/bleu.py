"""BLEU: how much of a translation occurs in the reference translations (Papineni et al. 2002). The same as sacreBLEU's.

    BLEU = BP * exp(mean over n = 1..4 of log p_n) * 100

    p_n   matches / n-grams in the prediction, both summed over the whole corpus before dividing: precision, clipped
    BP    exp(1 - r / c) if the predictions' c tokens are fewer than the references' r, else 1: precision alone would
          praise a prediction of one sure word

For "It is very cold outside" with the reference "It is cold outside":

    p_1 = 4/5, p_2 = 2/4, p_3 = 0/3, p_4 = 0/2, BP = 1

The mean is geometric, so one p_n of zero would make the whole score zero. Smoothing puts something small in its place;
for whole corpora it hardly matters, for one sentence it decides.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tinyllm.check import InputError, require
from tinyllm.metrics.accuracy import check_pairs, check_texts, valid_answers
from tinyllm.metrics.rouge import clipped_matches, ngrams

SMOOTHINGS = "none", "exp", "floor", "add-k"
ENTITIES = ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")  # in this order: "&amp;lt;" ends as "<"
PUNCTUATION = re.compile(r"([!-&(-+/:-@\[-`{-~])")  # all of ASCII's but . , - and the apostrophe
POINT_BEHIND_TEXT = re.compile(r"([^0-9])([.,])")  # so that 3.14 stays whole
POINT_BEFORE_TEXT = re.compile(r"([.,])([^0-9])")
DASH_BEHIND_DIGIT = re.compile(r"(?<=[0-9])(-)")  # 1990-2000, but not well-known


@dataclass(frozen=True)
class Bleu:
    """A score and what it was made of, so that it can be worked out by hand."""

    score: float  # 0 to 100
    precisions: tuple[float, ...]  # of 1-grams, 2-grams, ...; 0 to 100, smoothed
    brevity_penalty: float  # 0 to 1
    matches: tuple[int, ...]  # clipped; of 1-grams, 2-grams, ...
    totals: tuple[int, ...]  # n-grams in the predictions
    prediction_length: int  # tokens
    reference_length: int  # tokens of the references that are closest in length


def bleu(predictions: Sequence[str], references: Sequence[str | Sequence[str]], max_order: int = 4, smoothing: str = "exp",
         tokenize: str = "13a", effective_order: bool = False) -> Bleu:
    """BLEU of a corpus: counts are summed over all pairs before anything is divided. It is not the mean of sentence scores.

    references: for each prediction one text, or a list of several. smoothing: see `smoothed_precisions`. tokenize: "13a",
    or "none" for texts that white space already separates into tokens. effective_order: leave out the orders that are
    longer than the predictions. Raises InputError for lists of different lengths, no pairs, no references, or not text.

        >>> round(bleu(["It is very cold outside"], ["It is cold outside"]).score, 3)
        30.214
    """
    check_arguments(predictions, references, max_order, smoothing, tokenize)
    split = tokenize_13a if tokenize == "13a" else str.split
    matches, totals, predicted_length, reference_length = [0] * max_order, [0] * max_order, 0, 0
    for prediction, reference in zip(predictions, references, strict=True):
        predicted = split(prediction)
        wanted = [split(text) for text in valid_answers(reference)]
        predicted_length += len(predicted)
        reference_length += closest_length(len(predicted), map(len, wanted))
        for n in range(1, max_order + 1):
            grams = ngrams(predicted, n)
            matches[n - 1] += clipped_matches(grams, most_of_any([Counter(ngrams(tokens, n)) for tokens in wanted]))
            totals[n - 1] += len(grams)
    precisions = smoothed_precisions(matches, totals, smoothing) if any(matches) else [0.0] * max_order
    penalty = brevity_penalty(predicted_length, reference_length)
    orders = sum(total > 0 for total in totals) if effective_order and smoothing != "add-k" else max_order
    value = penalty * geometric_mean(precisions[:orders]) if any(matches) else 0.0
    return Bleu(value, tuple(precisions), penalty, tuple(matches), tuple(totals), predicted_length, reference_length)


def sentence_bleu(prediction: str, reference: str | Sequence[str], max_order: int = 4, smoothing: str = "exp",
                  tokenize: str = "13a") -> Bleu:
    """BLEU of one prediction, with the effective order: a sentence of three tokens has no 4-grams to be judged by."""
    return bleu([prediction], [reference], max_order, smoothing, tokenize, effective_order=True)


def tokenize_13a(text: str) -> list[str]:
    """The tokens of mteval-v13a, WMT's tokenizer: punctuation is split off, numbers stay whole, capitals stay.

        >>> tokenize_13a("It's 3.5 degrees, isn't it?")
        ["It's", '3.5', 'degrees', ',', "isn't", 'it', '?']
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in text:
        for entity, character in ENTITIES:
            text = text.replace(entity, character)
    text = " ".join(PUNCTUATION.split(f" {text} "))
    if "." in text or "," in text:
        text = POINT_BEHIND_TEXT.sub(lambda found: f"{found[1]} {found[2]} ", text)
        text = POINT_BEFORE_TEXT.sub(lambda found: f" {found[1]} {found[2]}", text)
    if "-" in text:
        text = " ".join(DASH_BEHIND_DIGIT.split(text))
    return text.split()


def most_of_any(counts: Sequence[Counter]) -> Counter:
    """For each n-gram the highest count that any one reference has: what a prediction's matches are clipped at."""
    most = counts[0]
    for other in counts[1:]:
        most = most | other
    return most


def closest_length(length: int, reference_lengths) -> int:
    """The reference length nearest to the prediction's; the shorter one of two that are equally near."""
    return min(reference_lengths, key=lambda other: (abs(other - length), other))


def brevity_penalty(predicted: int, reference: int) -> float:
    """exp(1 - r / c) for c predicted tokens, fewer than the r of the reference; else 1 (Papineni et al. 2002, section 2.3)."""
    if predicted >= reference:
        return 1.0
    return math.exp(1 - reference / predicted) if predicted else 0.0


def smoothed_precisions(matches: Sequence[int], totals: Sequence[int], smoothing: str) -> list[float]:
    """100 * matches / total for each order, and something else for orders without a match (Chen and Cherry 2014):

    none    0, which makes the score 0
    floor   as if there were 0.1 matches
    exp     as if there were half a match, a quarter at the next such order, and so on
    add-k   one is added to matches and totals of every order above 1, whether there are matches or not
    """
    precisions, halvings = [], 0
    for n, (match, total) in enumerate(zip(matches, totals, strict=True), start=1):
        if smoothing == "add-k" and n > 1:
            match, total = match + 1, total + 1
        if total and not match and smoothing == "exp":
            halvings += 1
            match = 0.5 ** halvings
        elif total and not match and smoothing == "floor":
            match = 0.1
        precisions.append(100 * match / total if total else 0.0)
    return precisions


def geometric_mean(values: Sequence[float]) -> float:
    """exp(mean(log v)), the n-th root of the product of n values; 0 if one of them is."""
    return math.exp(sum(map(math.log, values)) / len(values)) if all(values) else 0.0


def check_arguments(predictions, references, max_order, smoothing, tokenize):
    """Raise InputError for what BLEU cannot be computed of."""
    check_pairs(predictions, references)
    for i, (prediction, reference) in enumerate(zip(predictions, references, strict=True)):
        check_texts(f"Pair {i}: BLEU", (prediction, *valid_answers(reference)))
    if smoothing not in SMOOTHINGS or tokenize not in ("13a", "none"):  # the message is slow
        raise InputError(f"smoothing can be {', '.join(SMOOTHINGS)}, and tokenize 13a or none; "
                         f"not {smoothing} and {tokenize}.")
    is_order = isinstance(max_order, int) and max_order >= 1
    require(is_order, f"max_order is {max_order!r}, but it must be a whole number of at least 1.")
