"""Does a verdict follow from the numbers, and from nothing else?"""

import importlib
import math
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _lessons_first(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "lessons")


@pytest.fixture
def ledger():
    return importlib.import_module("ledger")


def claim(ledger, values, **limits):
    return ledger.Claim("forget", "a difference", values, **limits)


def test_the_error_adds_the_variance_over_questions_and_the_variance_over_seeds(ledger):
    values = [[0.0, 0.4, 0.8], [0.2, 0.6, 1.0]]  # questions, averaged over seeds: .1 .5 .9; seeds: .4 and .6
    assert ledger.error_of(values) == pytest.approx(2 * math.sqrt(0.16 / 3 + 0.02 / 2))


def test_the_error_of_one_seed_is_that_over_questions_alone(ledger):
    assert ledger.error_of([[0.0, 1.0, 1.0, 0.0]]) == pytest.approx(2 * math.sqrt((1 / 3) / 4))


def test_one_value_alone_proves_nothing(ledger):
    assert claim(ledger, [[0.9]], above=0).verdict.startswith("cannot tell")


@pytest.mark.parametrize(("mean", "verdict"), [(0.5, "seen"), (-0.5, "not seen"), (0.01, "cannot tell at this size")])
def test_the_whole_interval_must_lie_on_the_claimed_side(ledger, mean, verdict):
    values = [[mean - 0.1, mean + 0.1] * 8] * 2
    assert claim(ledger, values, above=0).verdict == verdict


def test_a_claim_of_less_turns_the_sides_round(ledger):
    values = [[-0.5, -0.4] * 8] * 2
    assert claim(ledger, values, below=0).verdict == "seen" and claim(ledger, values, above=0).verdict == "not seen"


def test_no_difference_at_all_is_not_above_zero(ledger):
    assert claim(ledger, [[0.0] * 10] * 2, above=0).verdict == "cannot tell at this size"


def test_the_same_means_within_a_band_on_both_sides(ledger):
    same, apart = [[0.01, -0.01] * 50] * 2, [[0.09, 0.11] * 50] * 2
    assert claim(ledger, same, above=-0.03, below=0.03).verdict == "seen"
    assert claim(ledger, apart, above=-0.03, below=0.03).verdict == "not seen"


def test_a_verdict_of_one_seed_says_so_unless_no_seed_is_in_it(ledger):
    values = [[0.4, 0.6] * 8]
    assert claim(ledger, values, above=0).verdict == "seen (one seed)"
    assert claim(ledger, values, above=0, seeded=False).verdict == "seen"
    assert claim(ledger, [[0.4]], above=0, exact=True).verdict == "seen"


@pytest.mark.parametrize(("verdicts", "whole"), [
    (["seen", "seen"], "seen"), (["seen", "not seen"], "not seen"),
    (["seen", "cannot tell at this size"], "cannot tell at this size"),
    (["cannot tell at this size", "not seen (one seed)"], "not seen (one seed)"), (["true", "false"], "false"), ([], "not run")])
def test_a_row_is_seen_only_if_all_its_conditions_are(ledger, verdicts, whole):
    assert ledger.together(verdicts) == whole


def test_the_summary_holds_enough_to_judge_again(ledger):
    own = claim(ledger, [[0.4, 0.6], [0.2, 0.4]], above=0.1, seeded=False)
    again = ledger.Claim.of_data(own.as_data())
    assert again == own and again.verdict == own.verdict
    assert own.of_seed(1).mean == pytest.approx(0.3)


def test_a_difference_needs_values_and_a_limit_and_a_description_has_neither(ledger):
    for wrong in ({"values": [[0.1]]}, {"true": True}, {}):
        with pytest.raises(AssertionError):
            ledger.Claim("forget", "no limit, or no values", **wrong)
    assert ledger.Claim("lab", "ROUGE-1", figure="0.4").verdict == ""


def test_every_row_is_measured_by_a_lesson_that_it_names(ledger):
    texts = {int(path.name[:2]): path.read_text(encoding="utf-8") for path in (ROOT / "lessons").glob("[0-9][0-9]_*.py")}
    for row in ledger.ROWS:
        assert any(f'"{row.id}"' in texts[lesson] for lesson in row.lessons), f"{row.id} is measured nowhere"
    assert len(ledger.LEDGER) == len(ledger.ROWS), "two rows share an id"


def test_the_report_says_what_was_not_run_and_takes_no_verdict_from_toy_size(ledger, tmp_path, monkeypatch):
    report, lesson = importlib.import_module("report"), importlib.import_module("lesson")
    data = claim(ledger, [[0.5, 0.6]], above=0).as_data()
    for folder, fast in ((tmp_path, False), (tmp_path / "fast", True)):
        lesson.write_json(folder / "06_catastrophic_forgetting" / "summary.json", {"claims": [data], "fast": fast})
        measured = {row: report.claims_of(row, folder) for row in ledger.ROWS}
        lines = {line.split(" | ")[0].strip("| "): line for line in report.text_of(measured, fast, folder).splitlines()}
        assert ("none (--fast)" if fast else "seen (one seed)") in lines["forget"]
        assert "**not run**" in lines["icl-small"] and "04_in_context_learning.py" in lines["icl-small"]
        assert "--more" in lines["flan-names"]


def test_a_summary_of_another_form_counts_as_not_run(ledger, tmp_path):
    report, lesson = importlib.import_module("report"), importlib.import_module("lesson")
    for broken in ({"id": "forget"}, {"id": "forget", "measured": "x", "values": [["?"]], "above": 0}, "text"):
        lesson.write_json(tmp_path / "06_catastrophic_forgetting" / "summary.json", {"claims": [broken]})
        assert report.claims_of(ledger.LEDGER["forget"], tmp_path) == {}
    (tmp_path / "06_catastrophic_forgetting" / "summary.json").write_text("{ cut sho")
    assert report.claims_of(ledger.LEDGER["forget"], tmp_path) == {}


def test_verdicts_that_depend_on_the_seed_are_listed(ledger):
    report, row = importlib.import_module("report"), importlib.import_module("ledger").LEDGER["forget"]
    steady, shaky = claim(ledger, [[0.4, 0.6] * 9] * 2, above=0), claim(ledger, [[0.4, 0.6] * 9, [-0.4, -0.6] * 9], above=0)
    assert report.changed_between_seeds(row, {6: [steady]}) == []
    assert report.changed_between_seeds(row, {6: [shaky]}) == ["seen", "not seen"]
