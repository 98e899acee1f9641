"""Is a right answer counted as right, and nothing else?"""

import pytest


def test_accuracy_is_correct_over_total():
    from tinyllm.metrics import accuracy
    assert accuracy(["yes", "no", "no", " yes "], ["yes", "no", "yes", "yes"]) == 0.75
    assert accuracy([1, 2], [1, 3]) == 0.5


def test_any_of_several_references_will_do():
    from tinyllm.metrics import accuracy
    assert accuracy(["b", "c"], [["a", "b"], ["a", "b"]]) == 0.5


def test_capitals_and_substrings_are_not_the_answer():
    from tinyllm.metrics import accuracy
    assert accuracy(["yes indeed", "ye", "yes no maybe"], ["yes"] * 3) == 0, (
        "an answer is right if it equals the reference: who lists all labels must not be right every time")
    assert accuracy(["Yes"], ["yes"]) == 0, "capitals count"


def test_token_f1_counts_repeated_words_once_per_reference_word():
    from tinyllm.metrics import token_f1
    assert token_f1("cold cold cold cold", "It is cold outside") == pytest.approx(0.25)
    assert token_f1("Anna sells her boat", "Anna sells the boat") == pytest.approx(0.75)
    assert token_f1("a b", "a b c d") == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert token_f1("a b", ["x", "B a"]) == 1.0
    assert token_f1("cold cold cold cold", "cold cold") == pytest.approx(2 * 0.5 * 1.0 / 1.5)
    assert token_f1("cold !", "cold ?") == 0.5, "punctuation marks count as words"
    assert token_f1("", "a") == token_f1("a", "") == 0.0


def test_the_mean_of_several_pairs_takes_predictions_first():
    from tinyllm.metrics import mean_token_f1
    assert mean_token_f1(["a b", "c"], [["x", "a b"], "d"]) == 0.5


def test_lists_of_different_lengths_and_empty_ones_have_no_score():
    from tinyllm.metrics import accuracy, mean_token_f1
    for metric in (accuracy, mean_token_f1):
        with pytest.raises(ValueError, match="2 predictions"):
            metric(["a", "b"], ["a"])
        with pytest.raises(ValueError, match="no predictions"):
            metric([], [])


@pytest.mark.parametrize("call", [
    "accuracy(['a'], [[]])", "mean_token_f1(['a'], [[]])", "token_f1('a', [])", "token_f1(3, 'a')",
    "token_f1('a', ['b', None])", "accuracy('ab', 'ab')", "accuracy({'a'}, ['a'])", "accuracy(3, 3)",
    "accuracy({'a': 1}, ['a'])", "accuracy(b'a', ['a'])", "mean_token_f1([1], ['a'])"])
def test_what_has_no_score_is_refused(call):
    """An empty list of right answers would count as a wrong answer, and a lone text as its letters."""
    from tinyllm import InputError, metrics
    with pytest.raises(InputError, match=r"\.$"):
        eval(call, vars(metrics))
