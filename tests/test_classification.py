"""Are the scores for classes and numbers those of scikit-learn and SciPy, also where a quotient is 0 / 0?"""

import random
import warnings

import pytest

PREDICTED, RIGHT = ["y", "y", "n", "n", "n"], ["y", "n", "n", "n", "y"]  # TP 1, FP 1, TN 2, FN 1


def lists(choices, seeds=range(60)):
    """Random pairs of lists, some of them constant, of lengths 1 to 12."""
    for seed in seeds:
        draw = random.Random(seed)
        length = draw.randint(1, 12)
        sides = [draw.choices(choices, k=length) for _ in range(2)]
        if seed % 4 == 0:
            sides[seed % 8 // 4] = [choices[0]] * length
        yield sides


def test_the_hand_worked_example():
    from tinyllm.metrics.classification import f1, macro_f1, matthews, pearson, spearman
    assert matthews(PREDICTED, RIGHT, "y") == pytest.approx((1 * 2 - 1 * 1) / (2 * 2 * 3 * 3) ** 0.5)
    assert f1(PREDICTED, RIGHT, "y") == pytest.approx(1 / 2)  # precision 1 / 2, recall 1 / 2
    assert f1(PREDICTED, RIGHT, "n") == pytest.approx(2 / 3)
    assert macro_f1(PREDICTED, RIGHT) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert pearson([1, 2, 3], [1, 2, 6]) == pytest.approx(5 / (2 * 14) ** 0.5)
    of_ranks = -4.5 / (4.5 * 5) ** 0.5  # ranks 1, 2.5, 2.5, 4
    assert spearman([1, 2, 2, 3], [4, 3, 2, 1]) == pytest.approx(of_ranks)


def test_the_parts_of_the_example_are_functions_of_their_own():
    from tinyllm.metrics.classification import confusion, ranks
    assert confusion(PREDICTED, RIGHT, "y") == (1, 1, 1, 2)  # TP, FP, FN, TN
    assert ranks([1, 2, 2, 3]) == [1, 2.5, 2.5, 4]


def test_matthews_and_f1_agree_with_scikit_learn():
    oracle = pytest.importorskip("sklearn.metrics")
    from tinyllm.metrics.classification import f1, macro_f1, matthews
    warnings.simplefilter("ignore")
    for predicted, right in lists(["y", "n"]):
        assert matthews(predicted, right, "y") == pytest.approx(oracle.matthews_corrcoef(right, predicted))
        has_y = "y" in predicted + right
        theirs = oracle.f1_score(right, predicted, pos_label="y", zero_division=0) if has_y else 0.0
        assert f1(predicted, right, "y") == pytest.approx(theirs)
    for predicted, right in lists(["a", "b", "c"]):
        theirs = oracle.f1_score(right, predicted, average="macro", zero_division=0)
        assert macro_f1(predicted, right) == pytest.approx(theirs)


def test_correlations_agree_with_scipy_with_ties_and_0_where_it_has_no_number():
    oracle = pytest.importorskip("scipy.stats")
    from tinyllm.metrics.classification import pearson, spearman
    warnings.simplefilter("ignore")
    for xs, ys in lists([0.1, 1.5, 2.25, 5, -3]):
        defined = len(set(xs)) > 1 and len(set(ys)) > 1
        assert pearson(xs, ys) == pytest.approx(oracle.pearsonr(xs, ys)[0] if defined else 0)
        assert spearman(xs, ys) == pytest.approx(oracle.spearmanr(xs, ys)[0] if defined else 0)


def test_exchanging_the_sides_changes_nothing_but_exchanging_the_labels_does():
    from tinyllm.metrics.classification import f1, matthews
    for metric in (f1, matthews):
        assert metric(PREDICTED, RIGHT, "y") == metric(RIGHT, PREDICTED, "y")
    swapped = ["n" if p == "y" else "y" for p in PREDICTED]
    assert matthews(swapped, RIGHT, "y") == -matthews(PREDICTED, RIGHT, "y")


def test_numbers_beyond_all_bounds_give_0_and_no_nan():
    from tinyllm.metrics.classification import pearson
    for wild in (float("inf"), float("nan"), 1e200):
        assert pearson([1, 2, wild], [wild, 1, 3]) == 0


def test_lists_of_different_lengths_and_empty_ones_have_no_score():
    from tinyllm import InputError
    from tinyllm.metrics.classification import f1, macro_f1, matthews, pearson, spearman
    for metric, options in ((matthews, {"positive": 1}), (f1, {"positive": 1}), (macro_f1, {}),
                            (pearson, {}), (spearman, {})):
        with pytest.raises(InputError, match="2 predictions"):
            metric([1, 2], [1], **options)
        with pytest.raises(InputError, match="no predictions"):
            metric([], [], **options)
