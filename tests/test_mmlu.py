"""Is an MMLU prompt letter for letter that of the reference, and every cell text?"""

import pytest

DEV = 'What is the Sun?,A star,A planet,A moon,A comet,A\n"How far, in AU?",1,2,3,4,B\n'
TEST = ('Which planet is the largest?,Mars,Jupiter,Venus,Earth,B\n'
        '"He said ""no""\nand left.\nWhy?",None,NA,,"1,5",D\n')


def write(folder, dev=DEV, test=TEST, subject="high_school_physics", encoding="utf-8"):
    for split, text in (("dev", dev), ("test", test)):
        (folder / split).mkdir(exist_ok=True)
        (folder / split / f"{subject}_{split}.csv").write_bytes(text.encode(encoding))
    return folder


def test_a_prompt_is_that_of_the_reference(tmp_path):
    from tinyllm.benchmarks.mmlu import load_mmlu
    item = load_mmlu(write(tmp_path), "high_school_physics", shots=1).items[0]
    assert item.heading + "".join(item.shots) + item.prompt == (
        "The following are multiple choice questions (with answers) about  high school physics.\n\n"
        "What is the Sun?\nA. A star\nB. A planet\nC. A moon\nD. A comet\nAnswer: A\n\n"
        "Which planet is the largest?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth\nAnswer:")
    assert (item.choices, item.targets, item.group) == (("A", "B", "C", "D"), ("B",), "high_school_physics")


@pytest.mark.parametrize("encoding, ends", [("utf-8", "\n"), ("utf-8-sig", "\r\n")])
def test_cells_are_text_and_may_hold_quotes_and_line_breaks(tmp_path, encoding, ends):
    from tinyllm.benchmarks.mmlu import load_mmlu
    write(tmp_path, DEV.replace("\n", ends), TEST.replace("\n", ends), encoding=encoding)
    item = load_mmlu(tmp_path, shots=2).items[1]
    assert item.prompt == 'He said "no"\nand left.\nWhy?\nA. None\nB. NA\nC. \nD. 1,5\nAnswer:'
    assert item.targets == ("D",)
    assert item.shots[1] == "How far, in AU?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: B\n\n"


def test_all_subjects_are_asked_each_with_its_own_shots_and_accuracy_counts_questions(tmp_path):
    from tinyllm.benchmarks.mmlu import load_mmlu
    write(tmp_path, DEV.replace("Sun", "Moon"), TEST.split("\n")[0], "astronomy")
    benchmark = load_mmlu(write(tmp_path), shots=2)
    assert [item.group for item in benchmark.items] == ["astronomy"] + ["high_school_physics"] * 2
    assert "Moon" in benchmark.items[0].shots[0] and "Sun" in benchmark.items[1].shots[0]
    accuracy = benchmark.metrics["accuracy"]
    assert accuracy(["B", "B", "D"], benchmark.items) == 1
    assert accuracy(["B", "A", "A"], benchmark.items) == pytest.approx(1 / 3)
    assert load_mmlu(tmp_path, "astronomy", shots=0).items[0].shots == ()


@pytest.mark.parametrize("test, message", [
    ('a,b,c,d,e,A\n"two\nlines",b,c,d,e\n', r"x_test\.csv, line 3: a question has 6 cells .* not 5"),
    ("a,b,c,d,e,E\n", r"x_test\.csv, line 1: the last cell must be one of A, B, C, D, not 'E'"),
    ('a,b,c,d,e,A\n"a,b,c,d,e,A\n', r"x_test\.csv, line 2: this is not valid CSV"), ("", "no examples")])
def test_a_broken_record_names_file_and_line(tmp_path, test, message):
    from tinyllm import InputError
    from tinyllm.benchmarks.mmlu import load_mmlu
    with pytest.raises(InputError, match=message):
        load_mmlu(write(tmp_path, test=test, subject="x"), "x", shots=0)


def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path):
    from tinyllm import InputError
    from tinyllm.benchmarks.mmlu import load_mmlu
    write(tmp_path)
    for options, message in (({"subject": "law"}, r"no file .*law_dev\.csv"),
                             ({"split": "val"}, r"no file .*\*_val\.csv"),
                             ({"shots": 3}, "2 solved examples"), ({"shots": -1}, "cannot be -1"),
                             ({"split": "train"}, "no split 'train'"),
                             ({"split": "dev"}, "the solved examples themselves")):
        with pytest.raises(InputError, match=message):
            load_mmlu(tmp_path, **options)
    assert len(load_mmlu(tmp_path, split="dev", shots=0).items) == 2
