"""Does every line of GLUE's official files become the right question with the right answer?"""

import pytest

# The official columns, and two lines a task with their answers. The sentences hold what real ones hold.
FILES = {
    "CoLA": ("dev.tsv", "",
             ["gj04\t1\t\tThe sailors rode the breeze.", 'gj04\t0\t*\tThe "box contained the ball.'],
             ["acceptable", "unacceptable"]),
    "SST-2": ("dev.tsv", "sentence\tlabel", ["it 's a charming journey . \t1", "\t0"],
              ["positive", "negative"]),
    "MRPC": ("dev.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String",
             ['1\t1\t2\tHe said " no .\tHe said no .', "0\t3\t4\tNone\tNA"], ["yes", "no"]),
    "QQP": ("dev.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate",
            ["0\t1\t2\tWhy {so}?\tHow so?\t0", "1\t3\t4\tWho\u2028is it?\tWho is it?\t1"], ["no", "yes"]),
    "STS-B": ("dev.tsv",
              "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore",
              [f"{i}\tnews\tMSR\t2012\t{i}\tnone\tnone\tA man runs.\tA {i}.\t{s}"
               for i, s in enumerate(["5.000", "0.250", "3"])],
              ["5.000", "0.250", "3"]),
    "MNLI": ("dev_matched.tsv",
             "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t"
             "sentence1_parse\tsentence2_parse\tsentence1\tsentence2\t"
             "label1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label",
             [f"0\t1\t1n\tslate\t( a )\t( b )\tS\tS\tHe ran.\tHe moved.\tneutral\t\t\t\t\t{label}"
              for label in ("entailment", "neutral", "contradiction")], ["yes", "maybe", "no"]),
    "QNLI": ("dev.tsv", "index\tquestion\tsentence\tlabel",
             ["0\tWhen?\tIn 1999.\tentailment", "1\tWhen?\tHere.\tnot_entailment"], ["yes", "no"]),
    "RTE": ("dev.tsv", "index\tsentence1\tsentence2\tlabel",
            ["0\tShe died.\tShe lives.\tnot_entailment", "1\tShe is ill.\tShe is not well.\tentailment"],
            ["no", "yes"]),
    "WNLI": ("dev.tsv", "index\tsentence1\tsentence2\tlabel",
             ["0\tIt broke.\tThe cup broke.\t1", "1\tIt broke.\tThe table broke.\t0"], ["yes", "no"]),
}
TEXTS = {"CoLA": [3], "SST-2": [0], "MRPC": [3, 4], "QQP": [3, 4], "STS-B": [7, 8], "MNLI": [8, 9],
         "QNLI": [1, 2],
         "RTE": [1, 2], "WNLI": [1, 2]}  # the columns of the sentences


def write(folder, task, change=lambda text: text, name=None, encoding="utf-8"):
    official, header, lines, _ = FILES[task]
    path = folder / task / (name or official)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(change("\n".join([*([header] if header else []), *lines]) + "\n").encode(encoding))
    return folder


@pytest.mark.parametrize("task", FILES)
def test_a_line_becomes_a_question_with_its_answer_and_perfect_answers_score_1(tmp_path, task):
    from tinyllm.benchmarks.glue import TASKS, load_glue
    assert set(TASKS) == set(FILES)
    benchmark = load_glue(write(tmp_path, task), task)
    answers = FILES[task][-1]
    assert [item.targets for item in benchmark.items] == [(answer,) for answer in answers]
    for item, line in zip(benchmark.items, FILES[task][2], strict=True):
        texts = [line.split("\t")[column] for column in TEXTS[task]]
        assert all(f": {text}\n" in item.prompt for text in texts) and item.prompt.endswith("\nAnswer:")
        assert item.prompt.index(texts[0]) <= item.prompt.index(texts[-1]), "the sentences keep their order"
        assert task == "STS-B" or item.targets[0] in item.choices
    for name, metric in benchmark.metrics.items():
        assert metric(answers, benchmark.items) == pytest.approx(1), name
        shouted = [answer.upper() + " " for answer in answers]
        assert metric(shouted, benchmark.items) == pytest.approx(1), name
        assert metric(answers[1:] + answers[:1], benchmark.items) < 0.5, f"{name} does not see wrong answers"


@pytest.mark.parametrize("task", FILES)
def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path, task):
    from tinyllm.benchmarks.glue import load_glue
    plain = load_glue(write(tmp_path, task), task).items
    write(tmp_path, task, lambda text: text.replace("\n", "\r\n"), encoding="utf-8-sig")
    assert load_glue(tmp_path, task).items == plain


def test_quotes_in_a_tsv_are_ordinary_characters_and_only_line_feeds_end_a_line(tmp_path):
    from tinyllm.benchmarks.glue import load_glue
    for task in ("CoLA", "MRPC", "QQP", "SST-2"):
        write(tmp_path, task)
    assert 'Sentence: The "box contained the ball.\n' in load_glue(tmp_path, "CoLA").items[1].prompt
    quoted = 'First sentence: He said " no .\nSecond sentence: He said no .\n'
    assert quoted in load_glue(tmp_path, "MRPC").items[0].prompt
    assert "First sentence: None\nSecond sentence: NA\n" in load_glue(tmp_path, "MRPC").items[1].prompt
    assert "First question: Why {so}?\n" in load_glue(tmp_path, "QQP").items[0].prompt
    assert "First question: Who\u2028is it?\n" in load_glue(tmp_path, "QQP").items[1].prompt
    assert load_glue(tmp_path, "SST-2").items[1].prompt.startswith("Review: \n"), "an empty sentence is kept"


def test_the_metrics_are_those_of_the_paper(tmp_path):
    from tinyllm.benchmarks.glue import TASKS
    names = {task: [*record.metrics] for task, record in TASKS.items()}
    assert names.pop("CoLA") == ["matthews"] and names.pop("STS-B") == ["pearson", "spearman"]
    assert names.pop("MRPC") == names.pop("QQP") == ["f1", "accuracy"]
    assert all(metrics == ["accuracy"] for metrics in names.values())


def test_nonsense_answers_are_wrong_answers_and_not_the_negative_class(tmp_path):
    from tinyllm.benchmarks.glue import load_glue
    cola = load_glue(write(tmp_path, "CoLA"), "CoLA")
    assert cola.metrics["matthews"](["acceptable", "hm"], cola.items) == 0  # "hm" is no "unacceptable"
    mrpc = load_glue(write(tmp_path, "MRPC"), "MRPC")
    assert mrpc.metrics["f1"](["yes", "hm"], mrpc.items) == pytest.approx(2 / 3)


def test_a_similarity_is_the_first_number_in_the_answer_and_0_without_one(tmp_path):
    from tinyllm.benchmarks.glue import load_glue
    sts = load_glue(write(tmp_path, "STS-B"), "STS-B")
    assert sts.items[0].choices == ("0", "1", "2", "3", "4", "5")
    pearson = sts.metrics["pearson"]
    written, numbers = ["about 4.5 of 5", "none", "2"], ["4.5", "0", "2.0"]
    assert pearson(written, sts.items) == pearson(numbers, sts.items) > 0.9
    assert pearson(["3", "3", "3"], sts.items) == 0


def test_other_splits_and_microsofts_own_files_are_found(tmp_path):
    from tinyllm.benchmarks import load_official
    from tinyllm.benchmarks.glue import load_glue
    write(tmp_path, "MNLI", lambda text: text.replace("He ran", "She ran"), "dev_mismatched.tsv")
    write(tmp_path, "MNLI")
    assert "She ran" in load_glue(tmp_path, "MNLI", "dev_mismatched").items[0].prompt
    assert load_glue(tmp_path, "MNLI", "dev_matched").items == load_glue(tmp_path, "MNLI").items
    both = load_official(tmp_path)
    assert ["She ran" in benchmark.items[0].prompt for benchmark in both] == [False, True]
    assert [benchmark.name for benchmark in both] == ["GLUE MNLI dev", "GLUE MNLI dev_mismatched"]
    for split, name in (("dev", "msr_paraphrase_test.txt"), ("train", "msr_paraphrase_train.txt")):
        write(tmp_path, "MRPC", lambda text: text.replace("\n", "\r\n"), name, "utf-8-sig")
        assert load_glue(tmp_path, "MRPC", split).items[0].targets == ("yes",)


@pytest.mark.parametrize("old, new, message", [
    ("It broke.\tThe cup", "It broke. The cup", r"dev\.tsv, line 2: 4 cells are needed, not 3"),
    ("The table", "The\ttable", r"dev\.tsv, line 3: 4 cells are needed, not 5"),
    ("broke.\t0\n", "broke.\t0\n\n", r"dev\.tsv, line 4: 4 cells are needed, not 1"),
    ("table broke.\t0", "table broke.\tno",
     r"dev\.tsv, line 3: 'label' must be one of \['1', '0'\], not 'no'"),
    ("table broke.\t0", "table broke.\t", r"dev\.tsv, line 3: there is no 'label'"),
    ("sentence2\t", "sentence_2\t", r"dev\.tsv, line 1: there is no column 'sentence2'")])
def test_a_broken_line_names_file_and_line(tmp_path, old, new, message):
    from tinyllm import InputError
    from tinyllm.benchmarks.glue import load_glue
    with pytest.raises(InputError, match=message):
        load_glue(write(tmp_path, "WNLI", lambda text: text.replace(old, new)), "WNLI")


def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path):
    from tinyllm import InputError
    from tinyllm.benchmarks.glue import load_glue
    write(tmp_path, "SST-2", lambda text: text.replace("charming", "ch\u00e4rming"), encoding="latin-1")
    write(tmp_path, "RTE", lambda text: text.split("\n")[0])
    write(tmp_path, "QNLI", lambda text: "")
    write(tmp_path, "STS-B", lambda text: text.replace("0.250", "nan"))
    for task, split, message in (
            ("ReCoRD", "dev", "no task 'ReCoRD'; there are: CoLA"), ("CoLA", "test", "not public"),
            ("RTE", "val", "no split 'val'"), ("CoLA", "dev", r"no file .*CoLA.dev\.tsv"),
            ("MRPC", "dev", r"dev\.tsv \(nor msr_paraphrase_test\.txt\)"),
            ("SST-2", "dev", r"dev\.tsv, line 2: this is not UTF-8"), ("RTE", "dev", "no examples"),
            ("QNLI", "dev", "line 1: there is no column 'question'"),
            ("STS-B", "dev", "line 3: 'score' must be a number")):
        with pytest.raises(InputError, match=message):
            load_glue(tmp_path, task, split)
