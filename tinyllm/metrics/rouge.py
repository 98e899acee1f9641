"""ROUGE: how much a predicted summary and a reference summary have in common (Lin 2004).

Each kind of ROUGE counts matches and divides them twice. Precision divides them by what the prediction has,
recall by what the reference has. The kinds differ in what they call a match.

    prediction   It is very cold outside      5 words, 4 pairs of neighbours
    reference    It is cold outside           4 words, 3 pairs of neighbours

    rouge1   words in common                    4     P 4/5   R 4/4   F1 0.889
    rouge2   pairs of neighbours in common      2     P 2/4   R 2/3   F1 0.571
    rougeL   longest common subsequence         4     P 4/5   R 4/4   F1 0.889

A common subsequence is a list of words that occur in both texts in the same order; other words may stand
between them. rougeLsum is rougeL for summaries that have each sentence on a line of its own. All scores are
the same numbers as those of the rouge-score package.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tinyllm.check import require
from tinyllm.metrics.accuracy import check_pairs, check_texts, valid_answers

KINDS = "rouge1", "rouge2", "rougeL", "rougeLsum"
Stem = Callable[[str], str]  # cuts a word down to its stem: "running" -> "run"


class Score(NamedTuple):
    """Precision, recall and F1, each from 0 to 1."""

    precision: float  # matches / what the prediction has
    recall: float  # matches / what the reference has
    f1: float  # 2 P R / (P + R), the harmonic mean: it is low as soon as one of the two is low


def rouge(prediction: str, reference: str | Sequence[str], kinds: Sequence[str] = KINDS,
          stem: Stem | None = None) -> dict[str, Score]:
    """The Score of each kind: rouge1, rouge2, ... for n-grams of any length, rougeL and rougeLsum.

    Of several references, each kind takes the one that gives the highest F1. `stem` is a function that cuts
    a word down to its stem, such as Porter's; words of up to three letters are not cut. An empty text
    scores 0. Raises InputError for what is not text, for no reference, and for an unknown kind.

        >>> rouge("It is very cold outside", "It is cold outside")["rouge2"].precision
        0.5
    """
    references = valid_answers(reference)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    check_arguments(prediction, references, kinds, stem)
    scores = [scores_with_one(prediction, text, kinds, stem) for text in references]
    return {kind: max((of_one[kind] for of_one in scores), key=lambda score: score.f1) for kind in kinds}


def rouge_corpus(predictions: Sequence[str], references: Sequence[str | Sequence[str]],
                 kinds: Sequence[str] = KINDS, stem: Stem | None = None) -> dict[str, Score]:
    """The plain mean of each kind's precision, recall and F1 over all pairs.

    Some libraries print the median of bootstrap samples instead, which differs from the third digit on.
    Raises InputError for lists of different lengths, for empty lists, and as `rouge` does.
    """
    check_pairs(predictions, references)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    scores = [rouge(p, r, kinds, stem) for p, r in zip(predictions, references, strict=True)]
    return {kind: mean_score([of_pair[kind] for of_pair in scores]) for kind in kinds}


def words(text: str, stem: Stem | None = None) -> list[str]:
    """The words of a text: its runs of the characters a-z and 0-9, in lower case.

    Every other character separates words, so "café" is the word "caf", and "don't" is "don" and "t".
    """
    found = re.findall("[a-z0-9]+", text.lower())
    if stem is None:
        return found
    stems = [stem(word) if len(word) > 3 else word for word in found]
    return [word for word in stems if re.fullmatch("[a-z0-9]+", word)]  # a stemmer may return anything


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of n neighbouring tokens, in their order.

        >>> ngrams(["it", "is", "cold"], 2)
        [('it', 'is'), ('is', 'cold')]
    """
    shifted = [tokens[start:] for start in range(n)]
    return list(zip(*shifted, strict=False))  # zip stops with the shortest list, so every run is whole


def clipped_matches(prediction: Iterable, reference: Counter) -> int:
    """How many of the prediction's n-grams find a partner in the reference. Each match uses its partner up.

    "cold cold cold cold" therefore has one match with "It is cold outside", and not four.
    """
    left, matches = dict(reference), 0
    for gram in prediction:
        if left.get(gram):
            left[gram] -= 1
            matches += 1
    return matches


def unclipped_matches(prediction: Iterable, reference: Counter) -> int:
    """How many of the prediction's n-grams the reference has. NOT a part of ROUGE; see lesson 8 for why."""
    return sum(gram in reference for gram in prediction)


def score(matches: int, in_prediction: int, in_reference: int) -> Score:
    """Precision, recall and F1 of a number of matches; all three are 0 if there are no matches."""
    if matches == 0:
        return Score(0.0, 0.0, 0.0)
    precision, recall = matches / in_prediction, matches / in_reference
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def mean_score(scores: Sequence[Score]) -> Score:
    """The mean precision, the mean recall and the mean F1 of several scores."""
    precisions, recalls, f1s = zip(*scores, strict=True)
    return Score(sum(precisions) / len(scores), sum(recalls) / len(scores), sum(f1s) / len(scores))


def rouge_n(predicted: Sequence[str], wanted: Sequence[str], n: int) -> Score:
    """ROUGE-N: the n-grams that two lists of words have in common (Lin 2004, section 2)."""
    grams, wanted_grams = ngrams(predicted, n), ngrams(wanted, n)
    return score(clipped_matches(grams, Counter(wanted_grams)), len(grams), len(wanted_grams))


def rouge_l(predicted: Sequence[str], wanted: Sequence[str]) -> Score:
    """ROUGE-L: the longest common subsequence of two lists of words (Lin 2004, section 3.1)."""
    return score(faster_lcs_length(wanted, predicted), len(predicted), len(wanted))


def rouge_lsum(predicted: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> Score:
    """ROUGE-Lsum: ROUGE-L for texts of several sentences, each a list of words (Lin 2004, section 3.2).

    A word of a reference sentence matches if it is in the longest common subsequence with any predicted
    sentence. The matches are clipped, so that a word that was predicted once counts once.
    """
    if len(predicted) == len(wanted) == 1:  # the same number, found faster
        return rouge_l(predicted[0], wanted[0])
    matched = []
    for sentence in wanted:
        places = {place for other in predicted for place in lcs_places(sentence, other)}
        matched += [sentence[place] for place in places]
    in_prediction = Counter(word for sentence in predicted for word in sentence)
    return score(clipped_matches(matched, in_prediction), in_prediction.total(), sum(map(len, wanted)))


def lcs_table(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """table[i][j] is the length of the longest common subsequence of a's first i and b's first j words.

                   it  is  very  cold  outside
               0   0   0    0     0      0
      it       0   1   1    1     1      1        If row and column have the same word, an entry is one more
      is       0   1   2    2     2      2        than the entry diagonally before it. Otherwise it is the
      cold     0   1   2    2     3      3        larger one of the entry above and the entry to the left.
      outside  0   1   2    2     3      4
    """
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, word in enumerate(a, start=1):
        above, row = table[i - 1], table[i]
        for j, other in enumerate(b, start=1):
            if word == other:
                row[j] = above[j - 1] + 1
            else:  # the larger neighbour; calling `max` would take half as long again
                row[j] = above[j] if above[j] > row[j - 1] else row[j - 1]
    return table


def lcs_length(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest common subsequence of all words: the last entry of `lcs_table`."""
    return lcs_table(a, b)[-1][-1]


def faster_lcs_length(a: Sequence[str], b: Sequence[str]) -> int:
    """The same as `lcs_length`, about 30 times as fast for texts of 200 words (Hyyro 2004, figure 1).

    Down a column of the table, each entry equals the one above it or is one more. One bit for each word of
    a says which: 0 where the column grows, 1 where it stays. So one whole number holds a whole column.

                               column of the table    it  is  cold  outside     ("it" has the lowest bit)
        before any word of b   0 0 0 0 0              1   1   1     1
        after "it"             0 1 1 1 1              0   1   1     1
        after "is"             0 1 2 2 2              0   0   1     1
        after "very"           0 1 2 2 2              0   0   1     1
        after "cold"           0 1 2 3 3              0   0   0     1

    The next word of b moves the 0 behind a run of ones to the word's first match in that run. Say that the
    column is 1 1 1 1 0 and the matches are 0 1 0 0 0. The sum is 1 0 0 0 1: from the match on the ones turn
    to 0, and the 0 behind them to 1. The difference, 1 0 1 1 0, keeps the ones that are no match. Both
    together make 1 0 1 1 1. Behind the last run there is no 0: there the match is a new one.
    """
    places: dict[str, int] = {}  # for each word, the bits of the places where a has it
    for i, word in enumerate(a):
        places[word] = places.get(word, 0) | (1 << i)
    all_ones = (1 << len(a)) - 1
    column = all_ones
    for word in b:
        matches = column & places.get(word, 0)
        column = ((column + matches) | (column - matches)) & all_ones  # without the carry of the last run
    return len(a) - column.bit_count()  # the last entry of a column is the number of times that it grows


def lcs_places(a: Sequence[str], b: Sequence[str]) -> list[int]:
    """Where in a the words of a longest common subsequence stand, the last one first.

    The path goes back from the table's last corner. From a match it goes on diagonally; otherwise to the
    left if that entry is larger than the one above, else up. Of several that are equally long, this finds
    the one that rouge-score finds.

        >>> lcs_places(["it", "is", "cold", "outside"], ["is", "very", "cold"])
        [2, 1]
    """
    table, places = lcs_table(a, b), []
    i, j = len(a), len(b)
    while i > 0 and j > 0:
        if a[i - 1] == b[j - 1]:
            places.append(i - 1)
            i, j = i - 1, j - 1
        elif table[i][j - 1] > table[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return places


def scores_with_one(prediction: str, reference: str, kinds: Sequence[str],
                    stem: Stem | None) -> dict[str, Score]:
    """The Score of each kind with a single reference."""
    predicted, wanted = words(prediction, stem), words(reference, stem)
    scores = {}
    for kind in kinds:
        if kind == "rougeLsum":
            scores[kind] = rouge_lsum([words(line, stem) for line in prediction.split("\n")],
                                      [words(line, stem) for line in reference.split("\n")])
        elif kind == "rougeL":
            scores[kind] = rouge_l(predicted, wanted)
        else:
            scores[kind] = rouge_n(predicted, wanted, n=int(kind.removeprefix("rouge")))
    return scores


def check_arguments(prediction, references, kinds, stem):
    """Raise InputError for what ROUGE cannot be computed of."""
    require(stem is None or callable(stem), "The stemmer must be a function from a word to its stem.")
    check_texts("ROUGE", (prediction, *references))
    for kind in kinds:
        is_known = isinstance(kind, str) and re.fullmatch("rouge([1-9][0-9]*|L|Lsum)", kind) is not None
        require(is_known, f"There is no ROUGE kind '{kind}'; there are rouge1, rouge2, rougeL, rougeLsum.")
