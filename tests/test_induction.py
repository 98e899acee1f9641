"""Does the head start copy, by attention, whatever the tokens are?"""

from pathlib import Path

import pytest
import torch

LESSONS = Path(__file__).resolve().parent.parent / "lessons"


@pytest.fixture(autouse=True)
def lessons_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(LESSONS)


@pytest.fixture
def model():
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    return Transformer(Config(vocab_size=500, n_layers=3, n_heads=6, width=192, context=64, hidden=64, bias=True))


def test_written_heads_copy_a_random_sequence_and_random_weights_do_not(model):
    from induction import copying_accuracy, write_induction_heads
    assert copying_accuracy(model) < 0.05
    write_induction_heads(model)
    assert copying_accuracy(model) > 0.3, "the two layers together should find what followed last time"


def test_copying_needs_both_layers(model):
    from induction import copying_accuracy, write_induction_heads
    write_induction_heads(model)
    with torch.no_grad():
        model.blocks[0].attention.o.weight.zero_()  # no notes of what came before
    assert copying_accuracy(model) < 0.05


def test_the_first_heads_look_one_token_back(model):
    from induction import NOTE_HEADS, write_induction_heads

    from tinyllm.model import attention_weights, causal_mask
    write_induction_heads(model)
    block = model.blocks[0]
    x = model.embed(torch.randint(0, 500, (4, 20), generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        q, k, _ = block.attention.queries_keys_values(block.attention_norm(x), (model.cos[:20], model.sin[:20]))
        back = attention_weights(q, k, causal_mask(20, like=x)).diagonal(-1, dim1=-2, dim2=-1).mean(dim=(0, 2))
    assert (back[:NOTE_HEADS] > 0.8).all() and (back[NOTE_HEADS:] < 0.3).all()


def test_a_model_that_cannot_hold_them_is_refused(make_model):
    from induction import write_induction_heads

    from tinyllm import InputError
    with pytest.raises(InputError, match="bias=True"):
        write_induction_heads(make_model())
