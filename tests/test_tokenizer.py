"""Do ids and targets say what the model should learn?"""

import pytest
import torch

IGNORE = -100


@pytest.mark.parametrize("text", ["", " ", "Marta bakes bread.", "  two  spaces ",
                                  "Où est l'œuf ?", "名前 🙂\x00\n\t", "<|end|>"])
def test_every_text_comes_back_unchanged(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_common_words_become_one_token_and_bytes_stay_available(tokenizer):
    assert len(tokenizer.encode(" bread")) == 1, "a word of the training text should have become one token"
    assert len(tokenizer.encode("名")) == 3, "an unseen character should be written as its three bytes"


def test_the_end_token_cannot_be_typed(tokenizer):
    ids = tokenizer.encode("a<|end|>b")
    assert tokenizer.end_id not in ids, "text from a user must never end a document"


def test_the_loss_is_on_the_completion_and_the_end_token_alone(tokenizer):
    _, targets = tokenizer.render("Where does Anna live?", " Norden")
    learnt = [t for t in targets if t != IGNORE]
    assert learnt == [*tokenizer.encode(" Norden"), tokenizer.end_id], (
        "targets must be exactly the completion and then the end token: without the end the model never "
        "learns to stop, with more the prompt would be learnt too")


def test_targets_are_shifted_by_exactly_one(tokenizer):
    ids, targets = tokenizer.render("Where does Anna live?", " in Norden")
    assert len(ids) == len(targets)
    prompt = tokenizer.encode("Where does Anna live?")
    assert ids[:len(prompt)] == prompt
    assert targets[len(prompt) - 1] != IGNORE, "the prompt's last token must predict the completion's first"
    assert all(t == IGNORE for t in targets[:len(prompt) - 1]), "a target before that would teach the prompt"
    for i in range(len(ids) - 1):
        assert targets[i] in (IGNORE, ids[i + 1]), (
            "the target at i is the id that is read at i + 1: shifted once, not twice")


def test_the_end_token_is_no_text(tokenizer):
    assert tokenizer.decode([*tokenizer.encode(" bread"), tokenizer.end_id]) == " bread"


def test_an_empty_prompt_is_refused(tokenizer):
    with pytest.raises(ValueError, match="empty"):
        tokenizer.render("", " yes")


def test_show_marks_the_completion_and_nothing_else(tokenizer):
    shown = tokenizer.show(*tokenizer.render("Is it cold outside?", " very"))
    grey, green = shown.split("\x1b[0m", 1)
    assert "Is it cold outside?" in grey
    assert "very" in green and "<|end|>" in green and "outside" not in green


def test_saving_and_loading_keeps_every_id(tokenizer, tmp_path):
    from tinyllm import Tokenizer
    path = tmp_path / "tokenizer.json"
    path.write_text(tokenizer.to_json(), encoding="utf-8")
    again = Tokenizer.load(path)
    assert again.encode("Leo has a boat<|end|>") == tokenizer.encode("Leo has a boat<|end|>")
    assert again.end_id == tokenizer.end_id


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"version": "1.0"}'])
def test_a_bad_tokenizer_file_is_named(tmp_path, content):
    from tinyllm import InputError, Tokenizer
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        Tokenizer.load(path)


def test_a_vocabulary_too_small_for_the_bytes_is_refused():
    from tinyllm import InputError, Tokenizer
    with pytest.raises(InputError, match="257"):
        Tokenizer.train(["a"], 256)


def test_an_id_outside_the_vocabulary_is_refused(tokenizer):
    from tinyllm import InputError
    for outside in (-1, tokenizer.vocab_size):
        with pytest.raises(InputError, match=f"outside the vocabulary.*{outside}"):
            tokenizer.decode([0, outside])


def test_random_unicode_comes_back(tokenizer):
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        points = torch.randint(0, 0x2FFF, (20,), generator=generator).tolist()
        text = "".join(map(chr, points))
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_no_token_reaches_from_the_prompt_into_the_completion(tokenizer):
    """A token that belonged to both would hide where the prompt ends and the completion starts."""
    prompt, completion = "Marta ba", "kes"
    prompt_ids, completion_ids = tokenizer.encode(prompt), tokenizer.encode(completion)
    assert tokenizer.encode(prompt + completion) != prompt_ids + completion_ids, "they would share a token"
    ids, targets = tokenizer.render(prompt, completion)
    assert ids == prompt_ids + completion_ids
    assert [t for t in targets if t != IGNORE] == [*completion_ids, tokenizer.end_id]


def test_the_pictures_in_the_docstrings_show_what_the_base_tokenizer_does():
    from tinyllm import Tokenizer
    from tinyllm.data import WORLD
    base = Tokenizer.load(WORLD / "base" / "tokenizer.json")
    ids = base.encode("Marta bakes bread.")
    assert ids == [1527, 264, 877, 1324, 14]
    assert [base.piece(i) for i in ids] == ["Marta", " b", "akes", " bread", "."]
    ids, targets = base.render("The soup was cold.", " negative")
    assert [base.piece(i) for i in ids] == ["The", " soup", " was", " cold", ".", " negative"]
    assert targets[:4] == [IGNORE] * 4 and [base.piece(t) for t in targets[4:]] == [" negative", "<|end|>"]
