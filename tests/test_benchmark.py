"""Is what tinyllm is timed beside what it is said to be?"""

import pytest
import torch


def test_the_plain_gpt_is_a_causal_decoder_of_our_shape():
    pytest.importorskip("transformers", reason="the benchmark needs tests/requirements.txt")
    from benchmark import SHAPE, PlainGPT
    model = PlainGPT(SHAPE).eval()
    ids = torch.randint(0, SHAPE.vocab_size, (1, 12), generator=torch.Generator().manual_seed(0))
    changed = ids.clone()
    changed[0, 7] += 1
    with torch.no_grad():
        logits, others = model(ids), model(changed)
    assert logits.shape == (1, 12, SHAPE.vocab_size)
    difference = (logits - others).abs().amax(dim=-1)[0]
    assert (difference[:7] < 1e-5).all() and (difference[7:] > 1e-4).all(), "a token must see what is before it, and no more"
    assert model.head.weight is model.tokens.weight
