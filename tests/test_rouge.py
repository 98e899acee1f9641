"""ROUGE: worked by hand on the course's sentences, then compared with rouge-score on thousands of texts."""

import math
from collections import Counter

import pytest
from pytest import approx
from random_texts import random_pairs

from tinyllm import InputError
from tinyllm.metrics import rouge, rouge_corpus
from tinyllm.metrics.rouge import (
    clipped_matches,
    faster_lcs_length,
    lcs_length,
    lcs_places,
    lcs_table,
    ngrams,
    rouge_l,
    rouge_lsum,
    rouge_n,
    unclipped_matches,
    words,
)

COLD, VERY_COLD = "It is cold outside", "It is very cold outside"


def shares(prediction, reference, kind):
    return tuple(rouge(prediction, reference)[kind])


def test_precision_divides_by_the_prediction_and_recall_by_the_reference():
    assert shares(COLD, VERY_COLD, "rouge1") == approx((4 / 4, 4 / 5, 8 / 9)), "precision and recall are swapped"
    assert shares(VERY_COLD, COLD, "rouge1") == approx((4 / 5, 4 / 4, 8 / 9)), "precision and recall are swapped"


def test_rouge2_counts_neighbours():
    assert shares(COLD, VERY_COLD, "rouge2") == approx((2 / 3, 2 / 4, 4 / 7)), "3 pairs and 4 pairs have 2 in common"


def test_repeated_words_are_counted_once_for_each_time_the_reference_has_them():
    assert shares("cold cold cold cold", COLD, "rouge1") == approx((1 / 4, 1 / 4, 1 / 4)), (
        "matches are not clipped: the reference has “cold” once, so it can match once")
    twice = shares("cold cold cold cold", "cold cold", "rouge1")
    assert twice == approx((2 / 4, 2 / 2, 2 / 3)), "clipped to 1 or to a set: the reference has “cold” twice"


def test_without_clipping_repetition_is_rewarded():
    prediction, reference = ngrams(words("cold cold cold cold"), 1), Counter(ngrams(words(COLD), 1))
    assert unclipped_matches(prediction, reference) == 4
    assert clipped_matches(prediction, reference) == 1
    assert reference.total() == 4, "counting matches must not change the counts"


def test_unigrams_do_not_see_the_order_of_words_but_bigrams_and_subsequences_do():
    scores = rouge("outside cold it is", COLD)
    assert scores["rouge1"].f1 == 1
    assert scores["rouge2"].f1 == approx(1 / 3)
    assert scores["rougeL"].f1 == 0.5


def test_a_subsequence_may_have_gaps():
    """Some copies of the lecture give P 0.4, R 0.5 here, as if the words had to be neighbours."""
    assert shares(VERY_COLD, COLD, "rougeL") == approx((4 / 5, 4 / 4, 8 / 9)), "other words may stand in between"


def test_a_subsequence_keeps_its_order_and_is_not_a_set_of_words():
    assert rouge("a b c d", "d c b a")["rougeL"].f1 == 0.25


def test_lines_are_sentences_for_rouge_lsum_alone():
    prediction = "the gunman was shot\npolice ended the gunman"
    reference = "police killed the gunman\nthe gunman was shot"
    scores = rouge(prediction, reference)
    assert scores["rougeL"].f1 == approx(0.5), "ROUGE-L reads both lines as one"
    assert scores["rougeLsum"].f1 == approx(0.875), "ROUGE-Lsum compares each line with every line of the other text"
    assert rouge(prediction.replace("\n", " "), reference.replace("\n", " "))["rougeLsum"].f1 == 0.5


def test_capitals_and_punctuation_do_not_count_and_accents_split_words():
    assert rouge("it is COLD, outside!", COLD)["rouge1"].f1 == 1
    assert words("Le café") == ["le", "caf"]


def test_only_words_of_more_than_three_letters_are_stemmed():
    assert words("cats was cat's", stem=lambda word: word.rstrip("s")) == ["cat", "was", "cat", "s"]


def test_of_several_references_each_kind_takes_its_best():
    scores = rouge("a b c", ["c b a", "a b x y"])
    assert scores["rouge1"].f1 == 1, "each kind takes its best reference: for single words the first, which has them all"
    assert scores["rouge2"].recall == approx(1 / 3), "each kind takes its best reference: for pairs the second, which has one"
    assert rouge("a b", ["a x y", "b x y"])["rouge1"] == rouge("a b", "a x y")["rouge1"]


@pytest.mark.parametrize(("prediction", "reference"),
                         [("", COLD), (COLD, ""), ("", ""), ("?!", COLD), ("\n", "\n")])
def test_an_empty_side_scores_0(prediction, reference):
    assert all(tuple(score) == (0, 0, 0) for score in rouge(prediction, reference).values())


def test_the_corpus_score_is_the_mean_of_the_pairs():
    mean = rouge_corpus([COLD, "no"], [COLD, "yes"])["rouge1"]
    assert tuple(mean) == (0.5, 0.5, 0.5)


def test_the_table_is_the_one_of_the_course():
    """It is cold outside, down the side; it is very cold outside, along the top."""
    table = lcs_table(words(COLD), words(VERY_COLD))
    assert table[2] == [0, 1, 2, 2, 2, 2], "a subsequence may have gaps: where the words differ the length found so far stays"
    assert table == [[0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1], [0, 1, 2, 2, 2, 2], [0, 1, 2, 2, 3, 3], [0, 1, 2, 2, 3, 4]]


def test_the_faster_length_is_that_of_the_table():
    for prediction, references in random_pairs(1000, seed=1):
        a, b = words(references[0]), words(prediction)
        assert lcs_length(a, b) == lcs_table(a, b)[-1][-1]
        assert faster_lcs_length(a, b) == faster_lcs_length(b, a) == lcs_length(a, b)
    assert lcs_length([], ["a"]) == faster_lcs_length([], ["a"]) == faster_lcs_length(["a"], []) == 0


def test_the_places_are_those_of_a_subsequence_as_long_as_the_table_says():
    for prediction, references in random_pairs(300, seed=3):
        a, b = words(references[0]), words(prediction)
        places = lcs_places(a, b)[::-1]
        assert len(places) == lcs_length(a, b) and places == sorted(set(places))
        rest = iter(b)
        assert all(a[place] in rest for place in places), "this is no subsequence of the prediction"


def test_the_score_of_words_is_that_of_texts():
    a, b, scores = words(VERY_COLD), words(COLD), rouge(VERY_COLD, COLD)
    assert rouge_n(a, b, 2) == scores["rouge2"]
    assert rouge_l(a, b) == scores["rougeL"]
    assert rouge_lsum([a], [b]) == scores["rougeLsum"]
    assert rouge_lsum([a, []], [b]) == scores["rougeLsum"], "an empty sentence changes nothing"


def test_one_kind_can_be_asked_by_its_name():
    assert rouge("a b", "a c", "rouge1") == rouge("a b", "a c", ["rouge1"])
    assert rouge_corpus(["a b"], ["a c"], "rouge1") == rouge_corpus(["a b"], ["a c"], ["rouge1"])


def test_every_kind_agrees_with_rouge_score():
    scorer = pytest.importorskip("rouge_score.rouge_scorer")
    kinds = ["rouge1", "rouge2", "rouge3", "rouge9", "rougeL", "rougeLsum"]
    theirs = scorer.RougeScorer(kinds)
    for prediction, references in random_pairs(2000, seed=0):
        ours, wanted = rouge(prediction, references, kinds), theirs.score_multi(references, prediction)
        for kind in kinds:
            assert math.dist(ours[kind], wanted[kind]) < 1e-9, (kind, prediction, references)


def test_with_porters_stemmer_it_agrees_with_rouge_score_too():
    scorer = pytest.importorskip("rouge_score.rouge_scorer")
    from nltk.stem.porter import PorterStemmer
    kinds = ["rouge1", "rougeL", "rougeLsum"]
    theirs, stem = scorer.RougeScorer(kinds, use_stemmer=True), PorterStemmer().stem
    for prediction, references in random_pairs(300, seed=2):
        ours = rouge(prediction, references, kinds, stem=stem)
        wanted = theirs.score_multi(references, prediction)
        assert all(math.dist(ours[kind], wanted[kind]) < 1e-9 for kind in kinds)


@pytest.mark.parametrize("call",
                         [lambda: rouge(None, "a"), lambda: rouge("a", []), lambda: rouge("a", ["b", 3]),
                                  lambda: rouge("a", "b", ["rouge0"]), lambda: rouge("a", "b", ["ROUGE-1"]),
                                  lambda: rouge_corpus([], []), lambda: rouge_corpus(["a"], ["b", "c"]),
                                  lambda: rouge_corpus("ab", "ab"), lambda: rouge("a", "b", stem=True)])
def test_what_cannot_be_scored_is_refused_in_a_sentence(call):
    with pytest.raises(InputError, match=r"^[A-Z].*\.$|^\d.*\.$"):
        call()
