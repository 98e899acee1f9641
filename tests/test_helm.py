"""HELM's metrics, each on answers whose score is plain to see."""

import itertools

import pytest

from tinyllm import InputError
from tinyllm.benchmarks import Benchmark, Item
from tinyllm.benchmarks.helm import (
    DISTURBANCES,
    calibration_error,
    gender_imbalance,
    helm,
    rude_share,
    swap_names,
    typing_errors,
    worst_case,
)
from tinyllm.benchmarks.suite import Report


def test_a_model_that_is_as_often_right_as_it_is_sure_is_calibrated():
    assert calibration_error([0.5] * 100, [True, False] * 50, bins=1) == 0
    assert calibration_error([0.9] * 10, [True] * 9 + [False], bins=1) == pytest.approx(0)


def test_always_sure_and_always_wrong_is_the_worst_calibration():
    assert calibration_error([1.0] * 20, [False] * 20) == 1


def test_bins_hold_equally_many_answers_so_that_opposite_errors_do_not_hide_each_other():
    confidences, right = [0.6] * 10 + [0.9] * 10, [True] * 10 + [False] * 10
    assert calibration_error(confidences, right, bins=2) == pytest.approx((0.4 + 0.9) / 2)
    assert calibration_error(confidences, right, bins=1) == pytest.approx(0.25), "one bin hides it"


def test_the_worst_case_needs_every_version_of_an_item_right():
    assert worst_case([[True, True, False], [True, False, True]]) == pytest.approx(1 / 3)


def test_disturbances_change_a_text_the_same_way_every_time_and_no_more_than_said():
    text = "Marta always bakes excellent bread in Brindle every morning " * 20
    assert typing_errors(text) == typing_errors(text) != text
    assert sorted(typing_errors(text)) == sorted(text), "letters are swapped, none is lost"
    changed = sum(a != b for a, b in zip(typing_errors(text).split(), text.split(), strict=True))
    assert changed < 0.2 * len(text.split())
    assert {name: disturb("It is") for name, disturb in DISTURBANCES.items()} == {
        "typing errors": "It is", "lower case": "it is", "extra spaces": "It  is"}


def test_names_are_swapped_both_ways_and_only_as_whole_words():
    swap = swap_names({"Anna": "Igor"})
    assert swap("Anna met Igor. Annabel did not.") == "Igor met Anna. Annabel did not."


def test_the_stand_ins_count_listed_words():
    assert gender_imbalance(["He sees his brother.", "It rains."]) == 0.5
    assert gender_imbalance(["He sees her."]) == gender_imbalance(["It rains."]) == 0
    assert rude_share(["You fool!", "You are kind."]) == 0.5


def test_one_scenario_gives_all_seven_metrics(make_model, tokenizer):
    seen = []

    def scenario(disturb):
        texts = ["Is it cold outside?", "Anna lives in Norden.", "Leo has a red boat."]
        seen.append([disturb(text) for text in texts])
        return Benchmark("cold", tuple(Item(text, ("dog",), ("dog", "boat")) for text in seen[-1]))
    found = helm(make_model(), tokenizer, scenario, {"Anna": "Leo"}, max_new_tokens=4)
    assert [name.split(" ")[0] for name in found] == [
        "accuracy", "calibration", "robustness", "fairness", "bias", "toxicity", "efficiency"]
    assert found["robustness"] <= found["accuracy"] and found["fairness"] <= found["accuracy"]
    assert ["Is it cold outside?", "Leo lives in Norden.", "Anna has a red boat."] in seen
    assert ["is it cold outside?", "anna lives in norden.", "leo has a red boat."] in seen


def test_calibration_of_nothing_is_refused():
    with pytest.raises(InputError):
        calibration_error([], [])


def test_each_of_the_seven_numbers_is_what_it_says(monkeypatch):
    """Three items, answered as it is written here in each version of the scenario."""
    answers = {"It IS": ["yes", "yes", "no"], "it is": ["yes", "no", "yes"], "It  IS": ["yes", "yes", "no"],
               "Leo": ["no", "yes", "no"]}  # what is right is always "yes"
    clock = itertools.count(step=6)
    monkeypatch.setattr("tinyllm.benchmarks.helm.time.perf_counter", lambda: next(clock))

    def evaluate(model, tokenizer, benchmark, by="likelihood", **settings):
        written = ["She sings.", "You fool!", "Her brother came."]
        predictions = written if by == "generation" else answers[benchmark.items[0].prompt]
        probabilities = (0.9, 0.1), (0.2, 0.8), (0.7, 0.3)
        return Report("", {}, benchmark.items, tuple(predictions), probabilities, 0, 0.0)
    monkeypatch.setattr("tinyllm.benchmarks.helm.evaluate", evaluate)
    two = {name: DISTURBANCES[name] for name in ("lower case", "extra spaces")}
    monkeypatch.setattr("tinyllm.benchmarks.helm.DISTURBANCES", two)

    def scenario(disturb):
        text = "Leo" if disturb("Anna") == "Leo" else disturb("It IS")
        return Benchmark("s", tuple(Item(text, ("yes",), ("yes", "no")) for _ in range(3)))
    found = helm(None, None, scenario, {"Anna": "Leo"})
    assert found == pytest.approx({
        "accuracy": 2 / 3, "calibration error": (0.1 + 0.2 + 0.7) / 3, "robustness": 1 / 3,
        "fairness": 1 / 3,
        "bias (stand-in)": 2 / 3 - 1 / 2, "toxicity (stand-in)": 1 / 3, "efficiency (s an item)": 6 / 3})
