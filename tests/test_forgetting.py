"""Is forgetting measured on the old tasks, against what stood before, and at the same gain?"""

import pytest

from tinyllm import InputError
from tinyllm.forgetting import Outcome, matched_gain, old_scores_at

BEFORE = Outcome(new=[[0.0, 0.0]], old=[[1.0, 0.3]])  # two questions each; the old tasks at .65
GENTLE, MIDDLE, HIGH = (Outcome([[new, new]], [old]) for new, old in
                        ((0.4, [1.0, 0.26]), (0.7, [1.0, 0.14]), (0.8, [0.4, 0.0])))


def test_what_is_lost_is_the_old_tasks_score_before_minus_after():
    assert HIGH.lost(BEFORE) == pytest.approx(0.65 - 0.2), "forgetting is what the old tasks lose; the new one gains"
    assert BEFORE.lost(BEFORE) == 0, "before tuning nothing is lost"


def test_what_is_gained_is_measured_on_the_new_task_alone():
    assert HIGH.gain(BEFORE) == pytest.approx(0.8)


def test_halfway_between_two_rates_stands_the_mean_of_their_scores_question_by_question():
    assert old_scores_at(0.55, [GENTLE, MIDDLE, HIGH], BEFORE)[0] == pytest.approx([1.0, 0.2])


def test_below_the_gentlest_rate_the_line_starts_at_the_model_before():
    assert old_scores_at(0.2, [GENTLE, MIDDLE], BEFORE)[0] == pytest.approx([1.0, 0.28])


def test_a_rate_that_is_too_high_does_not_hide_the_gentler_one_that_gained_as_much():
    broken = Outcome([[0.5, 0.5]], [[0.0, 0.0]])  # after the best rate the gain falls again
    assert old_scores_at(0.6, [GENTLE, MIDDLE, broken], BEFORE)[0] == pytest.approx([1.0, 0.18])


def test_the_matched_gain_is_a_share_of_the_best_that_both_methods_reach():
    assert matched_gain([[GENTLE, MIDDLE], [GENTLE, HIGH]], BEFORE) == pytest.approx(0.9 * 0.7)


def test_seeds_stay_apart_and_one_list_before_stands_for_all_of_them():
    two = Outcome([[0.4, 0.4], [0.6, 0.6]], [[1.0, 0.2], [0.0, 0.2]])  # a gain of .5 on average
    assert old_scores_at(0.25, [two], BEFORE)[1] == pytest.approx([0.5, 0.25])
    assert old_scores_at(0.25, [two], BEFORE)[0] == pytest.approx([1.0, 0.25])


def test_a_gain_that_is_never_reached_is_refused():
    with pytest.raises(InputError, match=r"never gains 0\.900"):
        old_scores_at(0.9, [GENTLE, MIDDLE, HIGH], BEFORE)


def test_where_nothing_is_gained_nothing_need_be_lost():
    worse = Outcome([[-0.1, -0.1]], [[0.5, 0.0]])
    assert matched_gain([[worse], [HIGH]], BEFORE) == 0
    assert old_scores_at(0.0, [worse, HIGH], BEFORE) == [[1.0, 0.3]]
