"""Is a file whole or absent, and does loading refuse what it should without running it?"""

import os
import pickle

import pytest
import torch


class Evil:
    """A pickle of this creates a file when it is loaded by a careless program."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.fixture
def saved(tmp_path, make_model, tokenizer):
    from tinyllm.checkpoint import save_model
    model = make_model()
    save_model(tmp_path / "model", model, tokenizer)
    return tmp_path / "model", model


def test_a_loaded_model_is_the_saved_one_bit_for_bit(saved, tokenizer):
    from tinyllm.checkpoint import load_model
    folder, model = saved
    again, tokenizer_again = load_model(folder)
    before, after = model.state_dict(), again.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    assert again.config == model.config and tokenizer_again.encode("Leo has") == tokenizer.encode("Leo has")
    assert again.head.weight is again.embedding.weight, "loading must not untie the head"


@pytest.mark.parametrize("changes", [{"tied": False}, {"bias": True, "n_kv_heads": 2}])
def test_every_kind_of_model_survives(tmp_path, make_model, tokenizer, changes):
    from tinyllm.checkpoint import load_model, save_model
    model = make_model(**changes)
    save_model(tmp_path, model, tokenizer)
    ids = torch.tensor([[1, 2, 3]])
    assert torch.equal(load_model(tmp_path)[0](ids), model(ids))


def test_code_in_a_checkpoint_is_refused_and_not_run(saved, tmp_path):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model, save_tensors
    folder, _ = saved
    evil, path = {"a": Evil(tmp_path / "ran")}, folder / "weights.pt"
    for write in (lambda: path.write_bytes(pickle.dumps(evil)), lambda: torch.save(evil, path),
                  lambda: save_tensors(path, evil)):
        write()
        with pytest.raises(InputError, match="not loaded"):
            load_model(folder)
        assert not (tmp_path / "ran").exists(), "loading ran the code in the file"


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(saved, keep):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model
    folder, _ = saved
    content = (folder / "weights.pt").read_bytes()
    (folder / "weights.pt").write_bytes(content[:int(keep * len(content)) if keep < 1 else keep])
    with pytest.raises(InputError, match=r"weights\.pt"):
        load_model(folder)


def test_a_checkpoint_of_another_shape_is_refused_and_the_model_unchanged(saved, make_model):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_tensors, load_weights
    folder, _ = saved
    other = make_model(width=16)
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    difference = r"embedding.weight is \(400, 32\) in the file and \(400, 16\) in the model"
    with pytest.raises(InputError, match=difference):
        load_weights(other, load_tensors(folder / "weights.pt"), "weights.pt")
    assert all(torch.equal(tensor, before[name]) for name, tensor in other.state_dict().items())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"width": "wide"}', '{"colour": 3}'])
def test_a_bad_config_is_named(saved, content):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model
    folder, _ = saved
    (folder / "config.json").write_text(content)
    with pytest.raises(InputError, match="config"):
        load_model(folder)


def test_tensors_that_are_not_a_model_are_refused(saved):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model, save_tensors
    folder, _ = saved
    for content in ([1, 2], {"embedding.weight": 3}, torch.zeros(2), {}):
        save_tensors(folder / "weights.pt", content)
        with pytest.raises(InputError):
            load_model(folder)


def test_a_missing_model_says_so(tmp_path):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model, load_tensors
    for load in (load_model, load_tensors):
        with pytest.raises(InputError, match="There is no"):
            load(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["weights.pt", "tokenizer.json"])
def test_a_missing_part_says_so(saved, name):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model
    (saved[0] / name).unlink()
    with pytest.raises(InputError, match="There is no"):
        load_model(saved[0])


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_tensors, save_tensors, write_whole
    path = tmp_path / "a.pt"
    save_tensors(path, {"old": 1})

    def fail(temporary):
        temporary.write_bytes(b"half")
        raise OSError("disk full")
    (tmp_path / "a.pt.tmp").write_text("a file of the user's own")
    with pytest.raises(InputError, match=r"a\.pt cannot be written \(disk full"):
        write_whole(path, fail)
    assert load_tensors(path) == {"old": 1} and sorted(os.listdir(tmp_path)) == ["a.pt", "a.pt.tmp"]


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    from tinyllm import InputError
    from tinyllm.checkpoint import save_tensors
    for path in (tmp_path, ""):
        with pytest.raises(InputError, match="give the name of a file"):
            save_tensors(path, {"a": 1})
    assert not os.listdir(tmp_path)


def test_a_model_with_added_parts_is_not_saved_as_a_plain_one(tmp_path, make_model, tokenizer):
    """load_model could never read it back, and one would learn that only after the training."""
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model, save_model
    from tinyllm.peft import SoftPrompt, add_adapters, add_lora, merge_lora
    with_lora, with_adapters = add_lora(make_model(), 2, 4), add_adapters(make_model(), 4)
    for changed in (with_lora, with_adapters, SoftPrompt(make_model(), 3)):
        with pytest.raises(InputError, match="no plain Transformer"):
            save_model(tmp_path / "model", changed, tokenizer)
    assert not os.listdir(tmp_path)
    save_model(tmp_path / "model", merge_lora(add_lora(make_model(), 2, 4)), tokenizer)
    load_model(tmp_path / "model")


def test_the_shipped_base_model_is_small_and_loads():
    from tinyllm.checkpoint import load_model
    from tinyllm.data import WORLD
    model, tokenizer = load_model(WORLD / "base")
    assert 2e6 <= sum(p.numel() for p in model.parameters()) <= 4e6
    assert sum(p.stat().st_size for p in (WORLD / "base").iterdir()) <= 10e6
    assert model.config.vocab_size == tokenizer.vocab_size


@pytest.mark.parametrize("content", [
    b"", b"\x80\x02.", b"PK\x03\x04", b"hello", b"\x00" * 100, b"\x80\x04N.", b"\nsha256 \xff"])
def test_bytes_that_are_no_checkpoint_are_refused(tmp_path, content):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_tensors
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.pt"):
        load_tensors(tmp_path / "a.pt")


def test_weights_of_another_shape_are_refused_before_any_is_copied(make_model):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_weights
    model, other = make_model(tied=False), make_model(tied=False, seed=5).state_dict()
    other["norm.weight"] = torch.zeros(7)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(InputError, match=r"norm.weight is \(7,\) in the file"):
        load_weights(model, other, "weights.pt")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_folders_are_made_and_the_device_is_the_one_asked_for(tmp_path, make_model, tokenizer):
    from tinyllm.checkpoint import load_model, save_model
    save_model(tmp_path / "a" / "b" / "c", make_model(), tokenizer)
    assert load_model(tmp_path / "a" / "b" / "c", device="meta")[0].norm.weight.device.type == "meta"


def test_saving_draws_no_random_numbers(tmp_path, make_model, tokenizer):
    """Else a run that saves would not be the run that does not."""
    from tinyllm.checkpoint import save_model
    model = make_model()
    before = torch.get_rng_state()
    save_model(tmp_path / "model", model, tokenizer)
    assert torch.equal(torch.get_rng_state(), before)
