"""The harness: both ways of asking, worked out again by hand, and intervals compared with scipy's."""

import random

import pytest
import torch
from test_generate import Writes

from tinyllm import InputError, generate
from tinyllm.benchmarks import (
    Benchmark,
    Item,
    choice_probabilities,
    estimate,
    evaluate,
    from_task,
    load_official,
)
from tinyllm.benchmarks.suite import exact_match
from tinyllm.data import Example, Task

QUESTION = Item("Is it cold outside?", ("very cold",), ("dog", "very cold", "in Norden."))


def log_probability(model, tokenizer, text, choice):
    """The sum of log p of a choice's tokens behind a text, one token after another, and their number."""
    ids, total = tokenizer.encode(text), 0.0
    for token in (wanted := tokenizer.encode(f" {choice}")):
        total += model(torch.tensor([ids]))[0, -1].log_softmax(dim=0)[token].item()
        ids = [*ids, token]
    return total, len(wanted)


@pytest.mark.parametrize("normalize", [True, False])
def test_a_choice_is_scored_by_its_tokens_alone_whatever_stands_beside_it_in_the_batch(
        make_model, tokenizer, normalize):
    model, texts = make_model(), ["Is it cold outside?", "Leo has a red boat and a small", "Where"]
    choices = [("dog", "very cold", "in Norden."), ("dog", "boat"), ("is", "one two three four")]
    found = choice_probabilities(model, tokenizer, texts, choices, normalize)
    for text, own, shares in zip(texts, choices, found, strict=True):
        scores = [log_probability(model, tokenizer, text, choice) for choice in own]
        by_hand = torch.tensor([total / (count if normalize else 1) for total, count in scores])
        by_hand = by_hand.softmax(dim=0)
        assert torch.allclose(torch.tensor(shares), by_hand, atol=1e-4), (
            "a choice is scored by its own tokens alone: not by the text before it, nor by END or padding after it")


def test_an_empty_choice_in_a_chat_is_refused(make_model, tokenizer):
    from tinyllm.chat import Chat
    chat = type(tokenizer)(tokenizer.backend, Chat("Q: ", "\nA:\n", answer=""))
    with pytest.raises(InputError, match="A choice is empty"):
        choice_probabilities(make_model(), chat, ["Is it cold?"], [("", "very cold")])


def test_by_likelihood_the_answer_is_the_likeliest_choice(make_model, tokenizer):
    report = evaluate(make_model(), tokenizer, Benchmark("one", (QUESTION,)))
    assert report.predictions[0] == QUESTION.choices[max(range(3), key=report.probabilities[0].__getitem__)]
    assert sum(report.probabilities[0]) == pytest.approx(1)


def test_without_normalisation_long_choices_lose(make_model, tokenizer):
    item = Item("Where", ("x",), ("is", "one two three four five six one two three four five six"))
    model = make_model()
    with torch.no_grad():
        model.head.weight.zero_()  # every token is equally likely: nothing but the number of tokens differs
    normalized, = choice_probabilities(model, tokenizer, [item.prompt], [item.choices])
    total, = choice_probabilities(model, tokenizer, [item.prompt], [item.choices], normalize=False)
    assert normalized == pytest.approx((0.5, 0.5)), "normalized means: per token, so that a long choice is not the less likely"
    assert total[0] > 0.99, "without it the sum is compared, and the short choice wins"


def test_by_generation_the_answer_is_the_first_line(make_model, tokenizer):
    model = make_model()
    report = evaluate(model, tokenizer, Benchmark("one", (Item("Leo has", ("x",)),)), by="generation",
                      max_new_tokens=8)
    written = tokenizer.decode(generate(model, [tokenizer.encode("Leo has")], 8, stop=tokenizer.end_id)[0])
    assert report.predictions == (written.strip().split("\n")[0].strip(),)


def test_shots_that_do_not_fit_are_dropped_from_the_end_and_items_that_do_not_fit_are_counted(
        make_model, tokenizer):
    shot = "Marta bakes bread in Brindle.\n"
    fits = Item("Is it", ("cold",), ("cold", "hot"), shots=(shot,) * 40)
    too_long = Item("Is it " * 60, ("cold",), ("cold", "hot"))
    report = evaluate(make_model(), tokenizer, Benchmark("two", (fits, too_long)))
    assert (report.left_out, report.items) == (1, (fits,))
    assert 1 <= report.mean_shots < 40
    asked, more = (len(tokenizer.encode(fits.text(int(report.mean_shots) + n))) + 2 for n in (0, 1))
    assert asked <= 64 < more, "one more shot would have fitted"
    assert fits.text(2) == shot + shot + "Is it"


def test_a_score_over_nothing_is_refused(make_model, tokenizer):
    with pytest.raises(InputError, match="no examples"):
        Benchmark("empty", ())
    with pytest.raises(InputError, match="No item of long fits"):
        evaluate(make_model(), tokenizer, Benchmark("long", (Item("Is it " * 60, ("a",), ("a", "b")),)))


def test_ways_of_asking_that_cannot_work_are_refused(make_model, tokenizer):
    with pytest.raises(InputError, match="by generation alone"):
        evaluate(make_model(), tokenizer, Benchmark("free", (Item("Is it", ("cold",)),)))
    with pytest.raises(InputError, match="'chance'"):
        evaluate(make_model(), tokenizer, Benchmark("one", (QUESTION,)), by="chance")


def test_asking_leaves_the_model_as_it_was(make_model, tokenizer):
    model = make_model().train()
    evaluate(model, tokenizer, Benchmark("one", (QUESTION,)))
    assert model.training and all(p.requires_grad and p.grad is None for p in model.parameters())


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (3, 10), (160, 200)])
def test_the_interval_of_an_accuracy_is_wilsons(right, count):
    stats = pytest.importorskip("scipy.stats")
    items = [Item("q", ("a",))] * count
    found = estimate(exact_match, ["a"] * right + ["b"] * (count - right), items)
    theirs = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert (found.value, found.count) == (right / count, count)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-4)


def test_the_bootstrap_interval_is_about_that_of_a_mean_and_wider_where_groups_hang_together():
    def mean(predictions, items):
        return sum(p == "a" for p in predictions) / len(predictions)
    draw = random.Random(0)
    answers = ["a" if draw.random() < 0.5 else "b" for _ in range(400)]
    alone = estimate(mean, answers, [Item("q", ("a",))] * 400, samples=2000)
    assert alone.high - alone.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)
    together = estimate(mean, sorted(answers), [Item("q", ("a",), group=str(i // 20)) for i in range(400)])
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_a_group_that_is_drawn_twice_counts_as_two_groups():
    """A metric that needs a whole group right would else see one group of doubled items."""
    seen = []

    def groups(predictions, items):
        seen.append(len({item.group for item in items}))
        return 0.5
    estimate(groups, ["a"] * 6, [Item("q", ("a",), group=name) for name in "aabbcc"], samples=20)
    assert set(seen) == {3}


def test_what_follows_the_first_line_is_no_part_of_an_answer(tokenizer):
    model = Writes([*tokenizer.encode(" bread\nLeo has a boat"), tokenizer.end_id], tokenizer.vocab_size)
    report = evaluate(model, tokenizer, Benchmark("one", (Item("Marta bakes", ("bread",)),)),
                      by="generation")
    assert report.predictions == ("bread",)


def test_of_the_shots_the_first_ones_are_kept():
    assert Item("q", ("a",), heading="h ", shots=("1 ", "2 ", "3 ")).text(2) == "h 1 2 q"


def test_an_item_must_leave_room_for_its_longest_choice(make_model, tokenizer):
    short, long = "dog", "one two three four five six"
    room = 64 - len(tokenizer.encode("Is it cold")) - len(tokenizer.encode(f" {short}"))
    prompt = "Is it cold" + " very" * room
    with pytest.raises(InputError, match="No item"):
        evaluate(make_model(), tokenizer, Benchmark("edge", (Item(prompt, (short,), (short, long)),)))
    evaluate(make_model(), tokenizer, Benchmark("edge", (Item(prompt, (short,), (short, short)),)))


def test_every_valid_reference_of_a_task_is_a_target():
    example = Example({"text": "Snow?"}, "white", ("white", "bright"), ("white", "black"))
    task = Task("colours", "c", "exact_match", ("{text} A:",), ("{text} B:",), (), (), (example,))
    item, = from_task(task, task.test, task.templates).items
    assert (item.prompt, item.targets, item.choices) == ("Snow? A:", ("white", "bright"), ("white", "black"))


def test_case_and_outer_space_do_not_count_as_wrong():
    assert exact_match([" Yes", "nO", "maybe"],
                       [Item("q", ("yes", "y")), Item("q", ("No",)), Item("q", ("yes",))]) == 2 / 3


def test_a_folder_is_known_by_the_files_in_it(tmp_path):
    (tmp_path / "SST-2").mkdir()
    (tmp_path / "SST-2" / "dev.tsv").write_text("sentence\tlabel\nfine film\t1\n")
    (tmp_path / "BoolQ").mkdir()
    row = '{"passage": "p", "question": "q", "label": true, "idx": 0}\n'
    (tmp_path / "BoolQ" / "val.jsonl").write_text(row)
    (tmp_path / "test").mkdir()
    (tmp_path / "dev").mkdir()
    for split in ("test", "dev"):
        (tmp_path / split / f"law_{split}.csv").write_text("q,1,2,3,4,B\n" * 5)
    (tmp_path / "tiny.json").write_text('{"examples": [{"input": "a", "target": "b"}]}')
    assert [benchmark.name for benchmark in load_official(tmp_path)] == [
        "GLUE SST-2 dev", "SuperGLUE BoolQ val", "MMLU all subjects test", "BIG-bench tiny"]
    with pytest.raises(InputError, match="no benchmark in"):
        load_official(tmp_path / "test" / "nothing")
