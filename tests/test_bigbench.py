"""Are BIG-bench's task files read as the reference reads them?"""

import json

import pytest

CHOICE = {"canary": "...", "name": "colours", "description": "", "keywords": [],
          "metrics": ["multiple_choice_grade"],
          "preferred_score": "multiple_choice_grade", "examples": [
              {"input": "Snow?", "target_scores": {"white": 1, "black": 0, "grey": 0}},
              {"input": "None", "target_scores": {"b\u2028": 0, "a": 1, "\u00e9": 1}}]}
FREE = {"name": "sums", "metrics": ["exact_str_match", "bleu", "rouge"], "preferred_score": "bleu",
        "examples": [
    {"input": "1 + 1 =", "target": "2"}, {"input": "Yes?", "target": ["Yes", "Sure"]}]}


def write(path, data, encoding="utf-8", ends="\n"):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(json.dumps(data, indent=1, ensure_ascii=False).replace("\n", ends).encode(encoding))
    return path


def test_a_multiple_choice_prompt_lists_its_choices_in_an_order_that_says_nothing(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    benchmark = load_bigbench(write(tmp_path / "task.json", CHOICE))
    first, second = benchmark.items
    assert first.prompt == "\nQ: Snow?" + "".join(f"\n  choice: {c}" for c in first.choices) + "\nA:"
    assert (set(first.choices), first.targets, first.heading) == ({"white", "black", "grey"}, ("white",), "")
    assert second.prompt.startswith("\nQ: None\n  choice: ") and set(second.targets) == {"a", "\u00e9"}
    many = CHOICE | {"examples": [{"input": str(i), "target_scores": {"a": 1, "b": 0}} for i in range(40)]}
    rights = [item.choices.index("a") for item in load_bigbench(write(tmp_path / "task.json", many)).items]
    assert 10 < sum(rights) < 30, "the right choice is first and second about equally often"


def test_the_files_own_prefixes_are_used(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    own = {"task_prefix": "Name it.\n", "example_input_prefix": "In: ", "example_output_prefix": "\nOut:"}
    item = load_bigbench(write(tmp_path / "task.json",
                               CHOICE | own | {"append_choices_to_input": False})).items[0]
    assert (item.heading, item.prompt) == ("Name it.\n", "In: Snow?\nOut:") and len(item.choices) == 3
    item = load_bigbench(write(tmp_path / "task.json", CHOICE | {"choice_prefix": "\n- "})).items[0]
    assert "\n- white" in item.prompt and "choice:" not in item.prompt


def test_a_choice_is_worth_its_grade(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    benchmark = load_bigbench(write(tmp_path / "task.json", CHOICE))
    metric = benchmark.metrics["multiple_choice_grade"]
    assert metric(["white", "a"], benchmark.items) == metric(["white", "\u00e9"], benchmark.items) == 1
    assert metric(["white", "b\u2028"], benchmark.items) == 1 / 2
    assert metric(["black", "none"], benchmark.items) == 0
    graded = CHOICE | {"examples": [{"input": "?",
                                     "target_scores": {"good": 0.7, "fair": 0.3, "Good": 0}}] * 2}
    benchmark = load_bigbench(write(tmp_path / "task.json", graded))
    assert benchmark.items[0].targets == ("good",)
    for answers, score in ((["good", "good"], 0.7), (["good", "fair"], 0.5), (["Good", "fair"], 0.15)):
        assert benchmark.metrics["multiple_choice_grade"](answers, benchmark.items) == pytest.approx(score)


def test_an_answer_that_is_no_choice_is_worth_nothing(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    graded = CHOICE | {"examples": [{"input": "?", "target_scores": {"good": 0.7, "fair": 0.3}}]}
    benchmark = load_bigbench(write(tmp_path / "task.json", graded))
    assert benchmark.metrics["multiple_choice_grade"](["nonsense"], benchmark.items) == 0


def test_free_answers_are_matched_whole_and_metrics_of_other_libraries_are_left_out(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    benchmark = load_bigbench(write(tmp_path / "task.json", FREE))
    assert [*benchmark.metrics] == ["exact_str_match"] and benchmark.items[0].prompt == "\nQ: 1 + 1 =\nA:"
    assert [item.targets for item in benchmark.items] == [("2",), ("Yes", "Sure")]
    assert [item.choices for item in benchmark.items] == [(), ()]
    for answers, score in ((["2", "Sure"], 1), (["2", "yes"], 1), (["22", "Yes"], 0.5), (["two", ""], 0)):
        assert benchmark.metrics["exact_str_match"](answers, benchmark.items) == score


def test_the_preferred_metric_comes_first_and_both_kinds_can_stand_in_one_file(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    both = CHOICE | {"metrics": ["exact_str_match", "multiple_choice_grade"]}
    benchmark = load_bigbench(write(tmp_path / "task.json", both))
    assert [*benchmark.metrics] == ["multiple_choice_grade", "exact_str_match"]
    assert all(metric(["white", "a"], benchmark.items) == 1 for metric in benchmark.metrics.values())


def test_a_file_of_big_bench_hard_holds_questions_with_free_answers(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    examples = [{"input": "Sort: b a", "target": "a b"},
                {"input": "Which?\nOptions:\n(A) x\n(B) y", "target": "(B)"}]
    benchmark = load_bigbench(write(tmp_path / "word_sorting.json", {"canary": "...", "examples": examples}))
    assert benchmark.items[0].prompt == "Q: Sort: b a\nA:" and benchmark.items[1].targets == ("(B)",)
    assert benchmark.name == "BIG-bench word_sorting" and benchmark.items[0].choices == ()
    assert benchmark.metrics["exact_str_match"](["a b", "(A)"], benchmark.items) == 0.5


def test_a_folder_stands_for_its_task_and_line_ends_and_byte_order_mark_do_not_matter(tmp_path):
    from tinyllm.benchmarks.bigbench import load_bigbench
    plain = load_bigbench(write(tmp_path / "a" / "task.json", CHOICE))
    windows = write(tmp_path / "b" / "task.json", CHOICE, "utf-8-sig", "\r\n")
    assert load_bigbench(windows.parent).items == plain.items
    assert plain.name == "BIG-bench colours"


@pytest.mark.parametrize("change, message", [
    ({"metrics": ["bleurt", "own_score"], "preferred_score": "bleurt"},
     r"task\.json: its metrics \['bleurt', 'own_score'\]"),
    ({"metrics": ["multiple_choice_grade"]}, "multiple_choice_grade if every example has 'target_scores'"),
    ({"examples": [{"input": "a", "target": "b"}, {"input": "c"}]},
     r"task\.json, example 2: field 'target' is missing"),
    ({"examples": [{"input": 3, "target": "b"}]}, "example 1: field 'input' must be of type str, not int"),
    ({"examples": [{"input": "a", "target": []}]}, "example 1: 'target' must be a text or a list of texts"),
    ({"examples": [{"input": "a", "target_scores": {"b": "1"}}]},
     "example 1: 'target_scores' must give a number"),
    ({"examples": ["a"]}, "example 1: an example must be a JSON object"),
    ({"examples": {}}, "'examples' must be of type list"),
    ({"metrics": [["a"]]}, "cannot be computed here"), ({"name": 3}, "'name' must be of type str"),
    ({"examples": [{"input": "a", "target_scores": {"b": 1e300}}]}, "a number for each choice"),
    ({"examples": []}, "no examples"), ({"task_prefix": None}, "'task_prefix' must be of type str")])
def test_a_broken_task_names_file_and_example(tmp_path, change, message):
    from tinyllm import InputError
    from tinyllm.benchmarks.bigbench import load_bigbench
    with pytest.raises(InputError, match=message):
        load_bigbench(write(tmp_path / "task.json", FREE | change))


@pytest.mark.parametrize("example",
                         [r'"target": "\ud800"', r'"target": ["\ud800"]', r'"target_scores": {"\ud800": 1}'])
def test_half_characters_which_no_tokenizer_takes_are_named(tmp_path, example):
    from tinyllm import InputError
    from tinyllm.benchmarks.bigbench import load_bigbench
    (tmp_path / "task.json").write_text('{"examples": [{"input": "a", ' + example + "}]}")
    with pytest.raises(InputError, match="example 1"):
        load_bigbench(tmp_path)


@pytest.mark.parametrize("text, message", [
    (b'{"examples": [\n{"input": "a",}]}', r"task\.json, line 2: not valid JSON"), (b"[]", "a JSON object"),
    (b"", "line 1"),
    (b'{"name":\n "\xff"}', r"task\.json, line 2: this is not UTF-8"), (b"[" * 100_000, "not valid JSON"),
    (None, "no file")])
def test_a_file_that_is_no_task_is_refused_in_one_sentence(tmp_path, text, message):
    from tinyllm import InputError
    from tinyllm.benchmarks.bigbench import load_bigbench
    if text is not None:
        (tmp_path / "task.json").write_bytes(text)
    with pytest.raises(InputError, match=message):
        load_bigbench(tmp_path)
