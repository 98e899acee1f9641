"""Does a file vouch for itself: is it refused when any of its bits has changed?"""

import pytest
import torch


@pytest.fixture
def saved(tmp_path, make_model, tokenizer):
    from tinyllm.checkpoint import save_model
    model = make_model()
    save_model(tmp_path / "model", model, tokenizer)
    return tmp_path / "model", model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    from damage import make_files
    return make_files(tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("kind", ["model", "adapter", "state"])
def test_a_file_with_one_changed_bit_is_refused_or_loads_the_same_numbers(files, kind):
    from damage import outcomes
    counts = outcomes(*files[kind], times=60)
    assert counts["refused"] > 40, "most bits of a file are bits of its numbers"


def test_a_changed_weight_is_refused_in_one_sentence_although_the_file_can_be_read(saved):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model
    path = saved[0] / "weights.pt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    torch.load(path, weights_only=True)  # PyTorch itself sees nothing
    with pytest.raises(InputError, match=r"weights\.pt is damaged: it is not what was saved"):
        load_model(saved[0])


def test_a_changed_config_is_refused_too(saved):
    from tinyllm import InputError
    from tinyllm.checkpoint import load_model
    path = saved[0] / "config.json"
    path.write_text(path.read_text().replace("10000.0", "10001.0"))
    with pytest.raises(InputError, match=r"config\.json is damaged"):
        load_model(saved[0])


def test_files_without_a_digest_as_older_versions_wrote_them_still_load(saved):
    from tinyllm.checkpoint import load_model, load_tensors
    folder, model = saved
    weights = load_tensors(folder / "weights.pt")
    torch.save(weights, folder / "weights.pt")
    (folder / "digest.json").unlink()  # and torch.save itself writes no seal
    loaded, _ = load_model(folder)
    assert torch.equal(loaded.embedding.weight, model.embedding.weight)


def sealed(body, path):
    """The bytes of a file that held these, after it was sealed."""
    from tinyllm.checkpoint import seal
    path.write_bytes(body)
    seal(path)
    return path.read_bytes()


def test_the_shipped_base_model_vouches_for_itself(tmp_path):
    from tinyllm.checkpoint import unseal
    from tinyllm.data import WORLD
    path = WORLD / "base" / "weights.pt"
    assert (WORLD / "base" / "digest.json").is_file()
    assert sealed(unseal(path.read_bytes(), path), tmp_path / "again") == path.read_bytes()


def test_a_sealed_file_gives_back_its_bytes_and_refuses_any_others(tmp_path):
    from tinyllm import InputError
    from tinyllm.checkpoint import SEAL, unseal
    whole = sealed(b"the tensors", tmp_path / "file")
    assert unseal(whole, tmp_path) == b"the tensors"
    changed, cut_short = whole.replace(b"tensors", b"tensorz"), b"the tensors" + SEAL
    for damaged in (changed, whole[:-1], cut_short):
        with pytest.raises(InputError, match="damaged"):
            unseal(damaged, tmp_path)
    assert unseal(b"the tensors", tmp_path) == b"the tensors", "an older file has no seal"
