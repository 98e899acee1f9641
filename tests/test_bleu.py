"""BLEU: worked by hand, then compared with sacreBLEU on thousands of odd texts."""

import math

import pytest
from random_texts import random_pairs

from tinyllm import InputError
from tinyllm.metrics import bleu, sentence_bleu
from tinyllm.metrics.bleu import (
    SMOOTHINGS,
    brevity_penalty,
    closest_length,
    geometric_mean,
    matches_with_any,
    tokenize_13a,
)

COLD = "It is cold outside"


def test_the_parts_make_the_score():
    result = bleu(["It is very cold outside"], [COLD])
    assert (result.matches, result.totals) == ((4, 2, 0, 0), (5, 4, 3, 2))
    assert result.precisions == pytest.approx((80, 50, 100 / 6, 100 / 8))
    assert result.score == pytest.approx((80 * 50 * 100 / 6 * 100 / 8) ** 0.25), "the mean must be geometric"


@pytest.mark.parametrize(("smoothing", "score"),
                         [("exp", 30.21375), ("floor", 16.06857), ("add-k", 44.72136), ("none", 0)])
def test_smoothing_decides_the_score_of_one_sentence(smoothing, score):
    result = bleu(["It is very cold outside"], [COLD], smoothing=smoothing)
    assert result.score == pytest.approx(score, abs=1e-5)


def test_a_short_prediction_is_penalised_and_a_long_one_is_not():
    short = sentence_bleu("The cat sat.", "The cat sat on the mat.")
    assert brevity_penalty(4, 7) == pytest.approx(math.exp(1 - 7 / 4)), (
        "the penalty is upside down: who writes less than the reference pays, by exp(1 - r / c)")
    assert brevity_penalty(7, 4) == 1, "a long prediction pays by its precision, not by the brevity penalty"
    assert short.score == pytest.approx(30.18154, abs=1e-5)
    assert short.brevity_penalty == pytest.approx(0.472367, abs=1e-6)


def test_a_repeated_word_matches_as_often_as_the_reference_has_it():
    assert bleu(["the the the the the the the"], ["the cat is on the mat"]).matches[0] == 2


def test_clipping_uses_the_reference_that_has_most():
    assert bleu(["the the the"], [["the cat", "the the dog"]]).matches[0] == 2


def test_matches_are_clipped_at_the_reference_that_has_most():
    assert matches_with_any(["the", "the", "the"], [["the", "cat"], ["the", "the", "dog"]], n=1) == 2
    assert matches_with_any(["a", "b", "c"], [["a", "b"], ["b", "c"]], n=2) == 2, "each reference has one"


def test_the_mean_is_geometric():
    assert geometric_mean([80, 20]) == pytest.approx(40), (
        "the precisions are averaged geometrically: of 80 and 20 that is 40, and the arithmetic mean would be 50")
    assert geometric_mean([100, 0]) == geometric_mean([]) == 0


def test_the_reference_closest_in_length_counts_and_the_shorter_of_two():
    assert closest_length(5, [1, 4, 9]) == 4, "the reference closest in length decides the penalty, not the shortest"
    assert closest_length(5, [6, 4]) == 4, "of two that are equally close the shorter one counts"
    assert bleu(["a b c d e"], [["a", "a b c d e f g"]]).reference_length == 7


def test_corpus_bleu_sums_counts_and_is_not_the_mean_of_sentence_bleus():
    predictions, references = ["a b c d", "x"], ["a b c d", "y"]
    assert bleu(predictions, references).matches == (4, 3, 2, 1)
    assert bleu(predictions, references).totals == (5, 3, 2, 1)
    mean = sum(sentence_bleu(*pair).score for pair in zip(predictions, references, strict=True)) / 2
    assert bleu(predictions, references).score != pytest.approx(mean)


def test_capitals_count():
    assert sentence_bleu("it is cold", "It is cold").matches[0] == 2


def test_numbers_stay_whole_and_punctuation_is_split_off():
    assert tokenize_13a('He said &quot;3.14&quot;, twice: 1990-2000.') == [
        "He", "said", '"', "3.14", '"', ",", "twice", ":", "1990", "-", "2000", "."]


def test_the_effective_order_leaves_out_what_a_short_sentence_cannot_have():
    assert sentence_bleu("a b", "a b").score == pytest.approx(100)
    assert bleu(["a b"], ["a b"]).score == 0


@pytest.mark.parametrize(("prediction", "reference"), [("", COLD), (COLD, ""), ("", ""), ("no", COLD)])
def test_nothing_in_common_scores_0(prediction, reference):
    assert bleu([prediction], [reference]).score == 0
    assert all(sentence_bleu(prediction, reference, smoothing=smoothing).score == 0
               for smoothing in SMOOTHINGS)


def test_every_sentence_agrees_with_sacrebleu():
    sacrebleu = pytest.importorskip("sacrebleu")
    metrics = {(smoothing, effective, order): sacrebleu.BLEU(
                   smooth_method=smoothing, effective_order=effective, max_ngram_order=order)
               for smoothing in SMOOTHINGS for effective in (True, False) for order in (4, 2)}
    for i, (prediction, references) in enumerate(random_pairs(2000, seed=0)):
        (smoothing, effective, order), metric = list(metrics.items())[i % len(metrics)]
        ours = bleu([prediction], [references], order, smoothing, effective_order=effective)
        theirs = metric.corpus_score([prediction], [[text] for text in references])
        assert abs(ours.score - theirs.score) < 1e-9, (prediction, references, smoothing)
        assert math.dist(ours.precisions, theirs.precisions) < 1e-9
        assert abs(ours.brevity_penalty - theirs.bp) < 1e-9
        assert (ours.prediction_length, ours.reference_length) == (theirs.sys_len, theirs.ref_len)


def test_corpora_agree_with_sacrebleu_also_when_segments_differ_in_their_number_of_references():
    sacrebleu = pytest.importorskip("sacrebleu")
    for seed in range(20):
        predictions, references = zip(*random_pairs(50, seed), strict=True)
        streams = [[texts[k] if k < len(texts) else None for texts in references] for k in range(4)]
        for smoothing in SMOOTHINGS:
            theirs = sacrebleu.BLEU(smooth_method=smoothing).corpus_score(predictions, streams)
            assert abs(bleu(predictions, references, smoothing=smoothing).score - theirs.score) < 1e-9


def test_texts_that_are_already_tokens_are_split_at_white_space_only():
    sacrebleu = pytest.importorskip("sacrebleu")
    ours = bleu(["a . b , c"], ["a . b c ,"], tokenize="none").score
    theirs = sacrebleu.BLEU(tokenize="none").corpus_score(["a . b , c"], [["a . b c ,"]]).score
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("call", [
    lambda: bleu([], []), lambda: bleu(["a"], ["b", "c"]), lambda: bleu(["a"], [[]]),
    lambda: bleu([None], ["a"]), lambda: bleu("a cat", ["a cat"]), lambda: bleu(["a"], [["a", 1]]),
    lambda: bleu(["a"], ["a"], smoothing="chen"), lambda: bleu(["a"], ["a"], tokenize="intl"),
    lambda: bleu(["a"], ["a"], max_order=0)])
def test_what_cannot_be_scored_is_refused_in_a_sentence(call):
    with pytest.raises(InputError, match=r"\.$"):
        call()
