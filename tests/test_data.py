"""Does every example arrive whole, once, and does a broken file say where it is broken?"""

import json

import pytest
import torch

IGNORE = -100


def write(path, *lines):
    """Write a file of lines: a dict as JSON, a text as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("asked, answered", [
    ("prompt", "completion"), ("instruction", "output"), ("dialogue", "summary"), ("question", "answer")])
def test_your_own_file_is_read_in_order_under_any_of_the_usual_names(tmp_path, asked, answered):
    from tinyllm.data import load_pairs
    lines = [{asked: f"p{i}", answered: f"c{i}", "other": 1} for i in range(3)]
    assert load_pairs(write(tmp_path / "a.jsonl", *lines)) == [("p0", "c0"), ("p1", "c1"), ("p2", "c2")]


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path):
    from tinyllm.data import load_pairs
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "a", "completion": "b"}\r\n'
                     b'{"prompt": "c\\u2028d", "completion": "e"}\r\n')
    assert load_pairs(path) == [("a", "b"), ("c\u2028d", "e")]
    path.write_text('{"prompt": "c\u2028d\x85", "completion": "e"}', encoding="utf-8")
    assert load_pairs(path) == [("c\u2028d\x85", "e")], "only a line feed ends a line of JSON"


@pytest.mark.parametrize("line, word", [
    ("{broken", "not valid JSON"),
    ("[" * 100_000, "not valid JSON"),
    ("", "line 2 is empty"),
    ("[1, 2]", "object is needed, not list"),
    ('"text"', "not str"),
    ({"prompt": "a"}, "'completion' is missing; there are ['prompt']"),
    ({"prompt": "a", "completion": 3}, "'completion' must be text, not int"),
    ({"prompt": None, "completion": "b"}, "'prompt' must be text, not NoneType"),
    ({"prompt": " ", "completion": "b"}, "'prompt' is empty"),
    ('{"prompt": "\\ud800", "completion": "b"}', "lone surrogate")])
def test_a_bad_line_names_file_line_and_field(tmp_path, line, word):
    from tinyllm import InputError
    from tinyllm.data import load_pairs
    good = {"prompt": "a", "completion": "b"}
    path = write(tmp_path / "mine.jsonl", good, line, good)
    with pytest.raises(InputError, match=r"mine\.jsonl, line 2") as error:
        load_pairs(path)
    assert word in str(error.value)


def test_a_missing_empty_or_undecodable_file_is_named(tmp_path):
    from tinyllm import InputError
    from tinyllm.data import load_pairs
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "latin.jsonl").write_bytes('{"prompt": "é"}'.encode("latin-1"))
    for name, word in (("none.jsonl", "no file"), ("empty.jsonl", "no examples"), ("latin.jsonl", "UTF-8")):
        with pytest.raises(InputError, match=word):
            load_pairs(tmp_path / name)


def test_an_unknown_task_lists_the_known_ones():
    from tinyllm import InputError
    from tinyllm.data import load_task
    with pytest.raises(InputError, match=r"no task 'sentimant'; there are: .*sentiment"):
        load_task("sentimant")


def test_instructions_are_reproducible_and_use_every_template():
    from tinyllm.data import instructions, load_task
    task = load_task("sentiment")
    pairs, again, other = (instructions(task.train, task.templates, seed) for seed in (1, 1, 2))
    assert pairs == again, "the same seed draws the same templates, or no run can be repeated"
    starts = {template.split("{")[0] for template in task.templates}
    assert all(any(prompt.startswith(start) for prompt, _ in pairs) for start in starts), (
        "every template is used: with one wording alone the model learns that wording")
    assert pairs != other, "another seed draws other templates"


def test_what_does_not_fit_is_left_out_whole_and_counted(tokenizer):
    from tinyllm.data import drop_too_long, render_all
    pairs = [("Marta bakes", "bread"), ("one two " * 40, "three")]
    fitting, left_out = drop_too_long(tokenizer, pairs, context=20)
    assert fitting == pairs[:1] and left_out == 1
    (_, targets), = render_all(tokenizer, fitting)
    assert tokenizer.decode([t for t in targets if t != IGNORE]) == " bread", "nothing may be cut off"


def test_splits_share_nothing_and_lose_nothing():
    from tinyllm import InputError
    from tinyllm.data import split_pairs
    for n in (3, 10, 101):
        train, validation, test = split_pairs(list(range(n)), seed=1)
        assert sorted(train + validation + test) == list(range(n)) and train and validation and test
    with pytest.raises(InputError, match="at least 3"):
        split_pairs([1, 2])


def test_an_epoch_holds_every_example_once():
    from tinyllm.data import batch_indices
    lengths = [(i * 7) % 50 for i in range(1003)]
    batches = batch_indices(lengths, 8, seed=0)
    assert sorted(i for batch in batches for i in batch) == list(range(1003))
    assert all(len(batch) <= 8 for batch in batches) and len(batches) == 126
    assert batches == batch_indices(lengths, 8, seed=0) != batch_indices(lengths, 8, seed=1)


def test_batches_of_like_length_need_little_padding():
    from tinyllm.data import batch_indices
    lengths = [(i * 7919) % 100 + 1 for i in range(4096)]
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batch_indices(lengths, 16, seed=0))
    assert padded < 1.1 * sum(lengths), "sorting inside pools should leave less than a tenth of padding"


def test_padding_is_never_learnt():
    from tinyllm.data import collate
    ids, targets = collate([([1, 2, 3], [IGNORE, 3, 4]), ([5], [6])])
    assert ids.tolist() == [[1, 2, 3], [5, 0, 0]]
    assert targets.tolist() == [[IGNORE, 3, 4], [6, IGNORE, IGNORE]]


def test_lengths_are_padded_to_a_multiple_and_no_further():
    from tinyllm.data import collate
    examples = [([1, 2, 3], [IGNORE, 3, 4]), ([5], [6])]
    for multiple, length in ((1, 3), (2, 4), (3, 3), (32, 32)):
        ids, targets = collate(examples, multiple)
        assert ids.shape == targets.shape == (2, length), f"3 tokens are padded to a multiple of {multiple}: {length}"
        assert (targets[:, 3:] == IGNORE).all(), "what was added teaches nothing"


def test_packed_text_predicts_every_token_once_and_in_order(tokenizer):
    from tinyllm.data import Packed
    documents = ["Marta bakes bread.", "Leo has a boat.", "one two three"] * 5
    packed = Packed(tokenizer, documents, length=8)
    stream = [i for d in documents for i in (*tokenizer.encode(d), tokenizer.end_id)]
    read = torch.cat([ids for ids, _ in packed]).tolist()
    predicted = torch.cat([targets for _, targets in packed]).tolist()
    assert read == stream[:len(read)], "the windows lie end to end: no token is read twice, and none is skipped"
    assert predicted == stream[1:len(read) + 1], "each target is the token that comes next, across the end of a window too"
    assert len(stream) - 1 - len(read) < 8, "less than one window may be left over"


def test_the_corpus_comes_apart_into_its_documents():
    from tinyllm.data import load_corpus
    documents = load_corpus()
    assert len(documents) > 10_000 and all(d.strip() and "<|end|>" not in d for d in documents)


ABOUT = {"cluster": "c", "metric": "exact_match", "train": ["{review} A:"], "held_out": ["{review} B:"]}


def review(text, completion, split, **more):
    """A line of a task's file."""
    return {"prompt_fields": {"review": text}, "completion": completion, "split": split, **more}


def test_a_task_file_is_read_field_by_field(tmp_path):
    """If templates, splits, references or choices were swapped, results would only be worse."""
    from tinyllm.data import Example, load_task
    write(tmp_path / "reviews.jsonl",
          review("Good.", "positive", "train", choices=["negative", "positive"]),
          review("Bad.", "negative", "validation"),
          review("Fine.", "positive", "test", references=["positive", "good"]),
          review("Poor.", "negative", "train"))
    write(tmp_path / "reviews.templates.json", ABOUT)
    task = load_task("reviews", tmp_path)
    assert (task.name, task.cluster, task.metric) == ("reviews", "c", "exact_match")
    assert (task.templates, task.held_out_templates) == (("{review} A:",), ("{review} B:",))
    assert task.train == (Example({"review": "Good."}, "positive", ("positive",), ("negative", "positive")),
                          Example({"review": "Poor."}, "negative", ("negative",)))
    assert task.validation == (Example({"review": "Bad."}, "negative", ("negative",)),)
    assert task.test == (Example({"review": "Fine."}, "positive", ("positive", "good")),)


@pytest.mark.parametrize("changes, word", [
    ({"prompt_fields": 3}, "'prompt_fields' must be an object of texts"),
    ({"prompt_fields": {"review": 3}}, "'review' must be text, not int"),
    ({"completion": ""}, "'completion' is empty"),
    ({"references": "positive"}, "'references' must be a list of texts"),
    ({"choices": "positive"}, "'choices' must be a list of texts"),
    ({"split": "dev"}, "'split' must be one of train, validation, test")])
def test_a_bad_line_of_a_task_names_file_line_and_field(tmp_path, changes, word):
    from tinyllm import InputError
    from tinyllm.data import load_task
    good = review("Good.", "positive", "train")
    write(tmp_path / "reviews.jsonl", good, {**good, **changes})
    write(tmp_path / "reviews.templates.json", ABOUT)
    with pytest.raises(InputError, match=rf"reviews\.jsonl, line 2: field {word}"):
        load_task("reviews", tmp_path)


@pytest.mark.parametrize("content, word", [
    ("", "is empty"), ("{", "not valid JSON"), ("[]", "not list"),
    ({"cluster": "c", "train": []}, "held_out, metric missing")])
def test_a_bad_file_of_templates_is_named(tmp_path, content, word):
    from tinyllm import InputError
    from tinyllm.data import load_task
    write(tmp_path / "reviews.jsonl", review("Good.", "positive", "train"))
    with pytest.raises(InputError, match=r"no file .*templates\.json; it must stand beside the task's"):
        load_task("reviews", tmp_path)
    write(tmp_path / "reviews.templates.json", content)
    with pytest.raises(InputError, match=rf"reviews\.templates\.json.*{word}"):
        load_task("reviews", tmp_path)


def test_every_window_has_a_target_for_every_token(tokenizer):
    from tinyllm.data import Packed
    documents = ["Marta bakes bread.", "Leo has a boat."]
    n = sum(len(tokenizer.encode(document)) + 1 for document in documents)
    assert len(Packed(tokenizer, documents, n)) == 0, "the last token has nothing to predict"
    assert [len(side) for side in Packed(tokenizer, documents, n - 1)[0]] == [n - 1, n - 1]


def test_batches_come_neither_in_the_order_of_the_data_nor_in_that_of_length():
    from tinyllm.data import batch_indices
    for batch in batch_indices([5] * 1000, 8, seed=0):
        assert max(batch) - min(batch) > 20, "a batch of neighbours in the file"
    lengths = list(range(1, 129))  # one pool
    means = [sum(lengths[i] for i in batch) / len(batch) for batch in batch_indices(lengths, 8, seed=0)]
    assert means != sorted(means) and means != sorted(means, reverse=True)


def test_splits_are_drawn_at_random_and_as_large_as_was_said():
    from tinyllm.data import split_pairs
    train, validation, test = split_pairs(list(range(100)), validation=0.2, test=0.1)
    assert (len(train), len(validation), len(test)) == (70, 20, 10)
    assert validation != sorted(validation), "in the order of the file, the last topics would form one split"
    drawn, again, other = (split_pairs(list(range(100)), seed=seed) for seed in (1, 1, 2))
    assert drawn == again != other


def test_a_pair_that_just_fits_is_kept(tokenizer):
    from tinyllm.data import drop_too_long, render_all
    pair = ("Marta bakes", "bread")
    (ids, _), = render_all(tokenizer, [pair])
    assert drop_too_long(tokenizer, [pair], len(ids)) == ([pair], 0)
    assert drop_too_long(tokenizer, [pair], len(ids) - 1) == ([], 1)


def test_a_completion_follows_after_exactly_one_space(tokenizer):
    from tinyllm.data import render_all
    pairs = [("Marta bakes", completion) for completion in (" bread", "  bread", "bread")]
    one, two, none = render_all(tokenizer, pairs)
    assert one == two == none


def test_documents_do_not_keep_the_line_ends_that_separated_them():
    from tinyllm.data import load_corpus
    assert not any(document.startswith("\n") or document.endswith("\n") for document in load_corpus()[:-1])


def test_a_first_line_with_one_field_of_two_is_told_which_is_missing(tmp_path):
    from tinyllm import InputError
    from tinyllm.data import load_pairs
    with pytest.raises(InputError, match="line 1: field 'completion' is missing"):
        load_pairs(write(tmp_path / "a.jsonl", {"prompt": "a", "other": "b"}))


def test_references_begin_with_the_completion(tmp_path):
    """What a model is trained to write must be among the answers that count as right."""
    from tinyllm import InputError
    from tinyllm.data import load_task
    write(tmp_path / "reviews.jsonl", {**review("Good.", "positive", "train"), "references": ["good", "positive"]})
    write(tmp_path / "reviews.templates.json", ABOUT)
    with pytest.raises(InputError, match="line 1: the first of the 'references' must be the completion"):
        load_task("reviews", tmp_path)


def test_shares_that_leave_nothing_to_train_on_are_refused():
    from tinyllm import InputError
    from tinyllm.data import split_pairs
    with pytest.raises(InputError, match="no pair to train on"):
        split_pairs(list(range(10)), validation=0.5, test=0.5)
