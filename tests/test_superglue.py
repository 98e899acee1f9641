"""Does every row of SuperGLUE's official files become the right questions with the right answers?"""

import json

import pytest

MULTIRC = {"idx": 7, "passage": {"text": "Rae fed the dog. It ran.", "questions": [
    {"question": "Who fed it?", "idx": 0,
     "answers": [{"text": "Rae", "idx": 0, "label": 1}, {"text": "Bo", "idx": 1, "label": 0},
                                                      {"text": "", "idx": 2, "label": 0}]},
    {"question": "What ran?", "idx": 1, "answers": [{"text": "The dog", "idx": 3, "label": 1}]}]}}
NEWS = "Ann Lee met Bo in Rome.\n@highlight\nBo left Rome"
RECORD = {"source": "Daily mail", "idx": 3, "passage": {"text": NEWS, "entities": [
    {"start": 0, "end": 6}, {"start": 12, "end": 13}, {"start": 18, "end": 21}, {"start": 35, "end": 36}]},
    "qas": [{"idx": 4, "query": "The talks in @placeholder failed", "answers": [
        {"start": 18, "end": 21, "text": "Rome"}, {"start": 43, "end": 46, "text": "Rome"}]}]}
# The rows of a task as in its official val.jsonl, and the right answer to each item that they become.
FILES = {
    "BoolQ": ([{"question": "is snow black", "passage": 'Snow -- "white"\u2028ice.', "idx": 0,
                "label": False},
               {"question": "is ice cold", "passage": "", "idx": 1, "label": True}], ["no", "yes"]),
    "CB": ([{"premise": "He ran.", "hypothesis": "He moved.", "label": label, "idx": i}
            for i, label in enumerate(["entailment", "neutral", "contradiction"])], ["yes", "maybe", "no"]),
    "COPA": ([{"premise": "It rained.", "choice1": "The street was wet.", "choice2": "The sun rose.",
               "question": "effect",
               "label": 0, "idx": 0},
              {"premise": "He fell.", "choice1": "He ran.", "choice2": "He slipped.", "question": "cause",
               "label": 1, "idx": 1}],
             ["The street was wet.", "He slipped."]),
    "MultiRC": ([MULTIRC], ["yes", "no", "no", "yes"]),
    "ReCoRD": ([RECORD], ["Rome"]),
    "RTE": ([{"premise": "She died.", "hypothesis": "She lives.", "label": "not_entailment", "idx": 0},
             {"premise": "None", "hypothesis": "NA", "label": "entailment", "idx": 1}], ["no", "yes"]),
    "WiC": ([{"word": "bank", "sentence1": "A river bank.", "sentence2": "A bank robber.", "idx": 0,
              "label": False,
              "start1": 8, "start2": 2, "end1": 12, "end2": 6, "version": 1.1},
             {"word": "run", "sentence1": "I ran.", "sentence2": "You run.", "idx": 1, "label": True,
              "start1": 2, "start2": 4,
              "end1": 5, "end2": 7, "version": 1.1}], ["no", "yes"]),
    "WSC": ([{"text": "Mark told Pete about Mark; he should have lied.", "idx": 0, "label": False,
              "target": {
        "span1_index": 4, "span1_text": "Mark", "span2_index": 5, "span2_text": "he"}},
             {"text": "Pete heard that \"he won.", "idx": 1, "label": True, "target": {
                 "span1_index": 0, "span1_text": "pete", "span2_index": 3, "span2_text": "he"}}],
            ["no", "yes"]),
}


def write(folder, task, rows, split="val", ends="\n", encoding="utf-8"):
    path = folder / task / f"{split}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("".join(json.dumps(row, ensure_ascii=False) + ends for row in rows).encode(encoding))
    return folder


@pytest.mark.parametrize("task", FILES)
def test_a_row_becomes_questions_with_their_answers_and_perfect_answers_score_1(tmp_path, task):
    from tinyllm.benchmarks.superglue import TASKS, load_superglue
    assert set(TASKS) == set(FILES)
    rows, answers = FILES[task]
    benchmark = load_superglue(write(tmp_path, task, rows), task)
    assert [item.targets for item in benchmark.items] == [(answer,) for answer in answers]
    assert all(item.targets[0] in item.choices and item.prompt.endswith(":") for item in benchmark.items)
    for name, metric in benchmark.metrics.items():
        assert metric(answers, benchmark.items) == pytest.approx(1), name
        wrong = [next(c for c in item.choices if c not in item.targets) for item in benchmark.items]
        assert metric(wrong, benchmark.items) == 0, name
    write(tmp_path, task, rows, ends="\r\n", encoding="utf-8-sig")
    assert load_superglue(tmp_path, task).items == benchmark.items


@pytest.mark.parametrize("task, i, prompt", [
    ("BoolQ", 0, 'Snow -- "white"\u2028ice.\nQuestion: is snow black?\nAnswer yes or no:'),
    ("CB", 1, "Premise: He ran.\nHypothesis: He moved.\n"
              "Does the premise say that the hypothesis is true, yes, no or maybe?\nAnswer:"),
    ("COPA", 0, "It rained.\nWhat is the effect of this?\nAnswer:"),
    ("COPA", 1, "He fell.\nWhat is the cause of this?\nAnswer:"),
    ("MultiRC", 1, "Rae fed the dog. It ran.\nQuestion: Who fed it?\nProposed answer: Bo\n"
                   "Is it correct, yes or no?\nAnswer:"),
    ("ReCoRD", 0, "Ann Lee met Bo in Rome.\n- Bo left Rome\nIn this sentence a name is missing: "
                  "The talks in @placeholder failed\nWhich name does @placeholder stand for?\nAnswer:"),
    ("WiC", 0, 'First sentence: A river bank.\nSecond sentence: A bank robber.\n'
               'Does "bank" have the same meaning in both, yes or no?\nAnswer:'),
    ("WSC", 0, "Mark told Pete about [Mark]; *he* should have lied.\n"
               "Does *he* stand for [Mark], yes or no?\nAnswer:"),
    ("WSC", 1, '[pete] heard that "*he* won.\nDoes *he* stand for [pete], yes or no?\nAnswer:')])
def test_a_prompt_asks_plainly_and_marks_what_it_is_about(tmp_path, task, i, prompt):
    from tinyllm.benchmarks.superglue import load_superglue
    assert load_superglue(write(tmp_path, task, FILES[task][0]), task).items[i].prompt == prompt


def test_a_question_of_multirc_is_right_only_if_all_its_options_are(tmp_path):
    from tinyllm.benchmarks.superglue import load_superglue
    benchmark = load_superglue(write(tmp_path, "MultiRC", [MULTIRC, MULTIRC | {"idx": 8}]), "MultiRC")
    assert [item.group for item in benchmark.items] == ["7/0"] * 3 + ["7/1"] + ["8/0"] * 3 + ["8/1"]
    # one option too many, and one answer that is none
    answers = ["yes", "yes", "no", "yes", "yes", "no", "no", "hm"]
    assert benchmark.metrics["exact_match"](answers, benchmark.items) == 2 / 4
    assert benchmark.metrics["f1a"](answers, benchmark.items) == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))


def test_record_takes_the_best_of_several_answers_as_squad_compares_them(tmp_path):
    from tinyllm.benchmarks.superglue import load_superglue
    row = json.loads(json.dumps(RECORD))
    row["qas"][0]["answers"] = [{"start": 0, "end": 6, "text": "Ann Lee"},
                                {"start": 18, "end": 21, "text": "Rome"}]
    benchmark = load_superglue(write(tmp_path, "ReCoRD", [row]), "ReCoRD")
    assert benchmark.items[0].choices == ("Ann Lee", "Bo", "Rome")  # each once, `end` included
    assert benchmark.items[0].targets == ("Ann Lee", "Rome")
    for answer, f1, exact in (("the Rome.", 1, 1), ("ann", 2 / 3, 0), ("in Rome", 2 / 3, 0), ("Bo", 0, 0),
                              ("", 0, 0)):
        assert benchmark.metrics["f1"]([answer], benchmark.items) == pytest.approx(f1)
        assert benchmark.metrics["exact_match"]([answer], benchmark.items) == exact


def test_macro_f1_weighs_the_rare_class_as_much_as_the_others(tmp_path):
    from tinyllm.benchmarks.superglue import load_superglue
    rows = [FILES["CB"][0][i] for i in (0, 0, 0, 2)]
    benchmark = load_superglue(write(tmp_path, "CB", rows), "CB")
    assert benchmark.metrics["accuracy"](["yes"] * 4, benchmark.items) == 3 / 4
    assert benchmark.metrics["macro_f1"](["yes"] * 4, benchmark.items) == pytest.approx((6 / 7 + 0) / 2)


def without_labels(value):
    if isinstance(value, dict):
        dropped = {"label", "answers"} if "query" in value else {"label"}
        return {k: without_labels(v) for k, v in value.items() if k not in dropped}
    return [without_labels(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("task", FILES)
def test_rows_without_labels_are_refused_by_file_and_line(tmp_path, task):
    from tinyllm import InputError
    from tinyllm.benchmarks.superglue import load_superglue
    write(tmp_path, task, [FILES[task][0][0], without_labels(FILES[task][0][0])], split="test")
    with pytest.raises(InputError, match=r"test\.jsonl, line 2: there .*test split.* not public"):
        load_superglue(tmp_path, task, "test")


@pytest.mark.parametrize("task, change, message", [
    ("BoolQ", {"label": "maybe"}, r"'label' must be one of \[True, False\], not 'maybe'"),
    ("BoolQ", {"label": [1]}, "not .1."),
    ("WiC", {"word": 3}, "'word' must be of type str, not int"),
    ("RTE", {"premise": "\ud800"}, "lone surrogate"),
    ("COPA", {"question": "why"}, "'question' must be"), ("COPA", {"label": 2}, r"one of \[0, 1\], not 2"),
    ("MultiRC", {"passage": "text"}, "'passage' must be of type dict, not str"),
    ("MultiRC", {"passage": {"text": "", "questions": [3]}},
     "an object with a field 'answers' is needed, not int"),
    ("ReCoRD", {"passage": {"text": "Ann", "entities": [{"start": 0, "end": 3}]}},
     "outside its passage, which has 3"),
    ("ReCoRD", {"qas": ["x"]}, "an object with a field 'query' is needed"),
    ("WSC", {"target": {"span1_index": 99, "span1_text": "x"}},
     "span1_index is 99, but the text has 9 words")])
def test_a_broken_row_names_file_and_line(tmp_path, task, change, message):
    from tinyllm import InputError
    from tinyllm.benchmarks.superglue import load_superglue
    row = FILES[task][0][0]
    path = write(tmp_path, task, [row]) / task / "val.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row | change) + "\n")
    with pytest.raises(InputError, match=rf"val\.jsonl, line 2: .*{message}"):
        load_superglue(tmp_path, task)


def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path):
    from tinyllm import InputError
    from tinyllm.benchmarks.superglue import load_superglue
    for task, message in (("CoLA", "no task 'CoLA'; there are: BoolQ"),
                          ("CB", r"no file .*CB.val\.jsonl; unpack")):
        with pytest.raises(InputError, match=message):
            load_superglue(tmp_path, task)
