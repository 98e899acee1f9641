"""ROUGE: how much of a reference summary a predicted one covers (Lin 2004). Numerically the same as rouge-score's.

Every kind counts matches and divides them twice: by what there is in the prediction (precision) and by what there is in
the reference (recall). The kinds differ in what a match is.

    prediction   It is cold outside           4 words, 3 pairs of neighbours
    reference    It is very cold outside      5 words, 4 pairs

    rouge1   words in common                    4     P 4/4   R 4/5   F1 0.889
    rouge2   pairs of neighbours in common      2     P 2/3   R 2/4   F1 0.571
    rougeL   longest common subsequence         4     P 4/4   R 4/5   F1 0.889   (gaps are allowed, order counts)

rougeLsum is rougeL sentence by sentence, the sentences being lines.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tinyllm.check import require
from tinyllm.metrics.accuracy import check_pairs, check_texts, valid_answers

KINDS = "rouge1", "rouge2", "rougeL", "rougeLsum"
Stem = Callable[[str], str]


class Score(NamedTuple):
    """Three shares from 0 to 1."""

    precision: float  # matches / what the prediction holds
    recall: float  # matches / what the reference holds
    f1: float  # 2 P R / (P + R), their harmonic mean: low as soon as one of them is


def rouge(prediction: str, reference: str | Sequence[str], kinds: Sequence[str] = KINDS,
          stem: Stem | None = None) -> dict[str, Score]:
    """Each kind's Score. kinds: rouge1, rouge2, ... for n-grams of any length, rougeL and rougeLsum.

    Of several references each kind takes the one with the highest F1. stem: a function that cuts a word down to its stem,
    such as Porter's; words of up to three letters are left as they are. Two empty texts score 0. Raises InputError for
    what is not text, for no reference, and for an unknown kind.

        >>> rouge("It is cold outside", "It is very cold outside")["rouge2"].recall
        0.5
    """
    references, kinds = valid_answers(reference), [kinds] if isinstance(kinds, str) else list(kinds)
    check_arguments(prediction, references, kinds, stem)
    scores = [_score_kinds(prediction, text, kinds, stem) for text in references]
    return {kind: max((score[kind] for score in scores), key=lambda score: score.f1) for kind in kinds}


def rouge_corpus(predictions: Sequence[str], references: Sequence[str | Sequence[str]], kinds: Sequence[str] = KINDS,
                 stem: Stem | None = None) -> dict[str, Score]:
    """The plain mean of precision, recall and F1 over pairs. (Some libraries print the median of bootstrap samples instead,
    which differs from the third digit on.) Raises InputError for no pairs, or for lists of different lengths.
    """
    check_pairs(predictions, references)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    scores = [rouge(p, r, kinds, stem) for p, r in zip(predictions, references, strict=True)]
    return {kind: Score(*(sum(part) / len(scores) for part in zip(*(score[kind] for score in scores), strict=True)))
            for kind in kinds}


def words(text: str, stem: Stem | None = None) -> list[str]:
    """The runs of a-z and 0-9 in lower case. Anything else separates, so "café" is "caf" and "don't" is "don", "t"."""
    found = re.findall("[a-z0-9]+", text.lower())
    if stem is None:
        return found
    stems = [stem(word) if len(word) > 3 else word for word in found]
    return [word for word in stems if re.fullmatch("[a-z0-9]+", word)]


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of n neighbouring tokens, in their order."""
    return list(zip(*[tokens[i:] for i in range(n)], strict=False))


def clipped_matches(prediction: Iterable, reference: Counter) -> int:
    """How many of the prediction's n-grams find a partner in the reference. Each match uses up one occurrence there.

    So "cold cold cold cold" has one match with "It is cold outside", not four.
    """
    left, matches = dict(reference), 0
    for gram in prediction:
        if left.get(gram):
            left[gram] -= 1
            matches += 1
    return matches


def unclipped_matches(prediction: Iterable, reference: Counter) -> int:
    """How many of the prediction's n-grams occur in the reference at all. NOT a part of ROUGE: lesson 8 shows what it breaks."""
    return sum(gram in reference for gram in prediction)


def score(matches: int, in_prediction: int, in_reference: int) -> Score:
    """Precision, recall and F1 of a number of matches; 0 where there is nothing to divide by."""
    precision, recall = matches / max(in_prediction, 1), matches / max(in_reference, 1)
    return Score(precision, recall, 2 * precision * recall / (precision + recall) if matches else 0.0)


def lcs_table(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """table[i][j] is the length of the longest common subsequence of the first i tokens of a and the first j of b.

    This is the way to read it, and what lesson 8 draws; `lcs_bits` holds the same numbers and is what scores.
    """
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a, start=1):
        for j, y in enumerate(b, start=1):
            table[i][j] = table[i - 1][j - 1] + 1 if x == y else max(table[i - 1][j], table[i][j - 1])
    return table


def lcs_bits(a: Sequence[str], b: Sequence[str]) -> list[int]:
    """`lcs_table`, one column a whole number: bit i of number j is 0 where table[i + 1][j] is one more than table[i][j].

    Down a column the entries only stay or grow by one, so one bit each says it all, and one addition works off a whole
    column: its carry moves each step of the column up to the next place where b's token occurs in a (Hyyro 2004, fig. 1).
    """
    places: dict[str, int] = {}  # for each token the set of its places in a, as bits
    for i, token in enumerate(a):
        places[token] = places.get(token, 0) | 1 << i
    everything = column = (1 << len(a)) - 1
    columns = [column]
    for token in b:
        here = column & places.get(token, 0)
        column = (column + here | column - here) & everything
        columns.append(column)
    return columns


def lcs_length(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest common subsequence: the zeros in the last column, each a step of one."""
    return len(a) - lcs_bits(a, b)[-1].bit_count()


def lcs_places(a: Sequence[str], b: Sequence[str]) -> list[int]:
    """Where in a the tokens of a longest common subsequence stand, last first.

    There may be several as long; like rouge-score, the way back through the table takes a match where there is one, else
    goes left if table[i][j-1] > table[i-1][j], else up. In bits: left if a's token is a step in both columns.
    """
    columns = lcs_bits(a, b)
    i, j, places = len(a) - 1, len(b), []
    while i >= 0 and j > 0:
        if a[i] == b[j - 1]:
            places.append(i)
            i, j = i - 1, j - 1
        elif (columns[j - 1] | columns[j]) >> i & 1:
            i -= 1
        else:
            j -= 1
    return places


def _score_kinds(prediction: str, reference: str, kinds: Sequence[str], stem: Stem | None) -> dict[str, Score]:
    predicted, wanted = words(prediction, stem), words(reference, stem)
    scores = {}
    for kind in kinds:
        if kind == "rougeL":
            scores[kind] = score(lcs_length(wanted, predicted), len(predicted), len(wanted))
        elif kind == "rougeLsum":
            scores[kind] = _rouge_lsum([words(line, stem) for line in prediction.split("\n")],
                                       [words(line, stem) for line in reference.split("\n")])
        else:
            n = int(str(kind).removeprefix("rouge"))
            grams, wanted_grams = ngrams(predicted, n), ngrams(wanted, n)
            scores[kind] = score(clipped_matches(grams, Counter(wanted_grams)), len(grams), len(wanted_grams))
    return scores


def _rouge_lsum(predicted: list[list[str]], wanted: list[list[str]]) -> Score:
    """Lin 2004, section 3.2: for each sentence of the reference, the union of what it has in common with each predicted one.

    A token counts at most as often as it occurs on either side, so that two predicted sentences are not paid for the same.
    """
    shared = [sentence[place] for sentence in wanted
              for place in {place for other in predicted for place in lcs_places(sentence, other)}]
    in_prediction = Counter(token for sentence in predicted for token in sentence)
    return score(clipped_matches(shared, in_prediction), in_prediction.total(), sum(map(len, wanted)))


def check_arguments(prediction, references, kinds, stem):
    """Raise InputError for what ROUGE cannot be computed of."""
    is_stemmer = stem is None or callable(stem)
    require(is_stemmer, "The stemmer must be a function from a word to its stem, or None.")
    check_texts("ROUGE", (prediction, *references))
    for kind in kinds:
        is_known = kind in KINDS or re.fullmatch("rouge[1-9][0-9]*", str(kind)) is not None
        require(is_known, f"There is no ROUGE kind '{kind}'; there are rouge1, rouge2, ..., rougeL and "
                          "rougeLsum.")
