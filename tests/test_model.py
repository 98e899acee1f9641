"""Does the decoder compute what the papers say, and can no token see a later one?"""

import math

import pytest
import torch
import torch.nn.functional as F


def ids(*shape, vocab=400, seed=1):
    return torch.randint(0, vocab, shape, generator=torch.Generator().manual_seed(seed))


def test_logits_have_a_score_for_every_token_at_every_position(make_model):
    assert make_model()(ids(2, 5)).shape == (2, 5, 400)


def test_no_token_sees_a_later_one(make_model):
    model, text = make_model(), ids(1, 12)
    changed = text.clone()
    changed[0, 7] = (changed[0, 7] + 1) % 400
    difference = (model(changed) - model(text)).abs().amax(dim=-1)[0]
    assert (difference[:7] == 0).all(), "a change at position 7 reached earlier positions: the causal mask is missing"
    assert (difference[7:] > 0).all(), "a change at position 7 must reach itself and all later positions"


def test_the_order_of_earlier_tokens_matters(make_model):
    model = make_model(n_layers=1)  # from two layers on, a causal mask alone tells a little of the order
    apart = (model(torch.tensor([[5, 9, 7]])) - model(torch.tensor([[9, 5, 7]])))[0, -1].abs().max()
    assert apart > 0.01, "without positions a layer of attention reads a bag of words"  # rounding alone gives 1e-6


def test_attention_written_out_equals_the_fused_one():
    from tinyllm.model import attention, causal_mask
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 10, 8, generator=generator, dtype=torch.float64) for _ in range(3))
    ours = attention(q, k, v, causal_mask(10, like=q))
    torch.testing.assert_close(ours, F.scaled_dot_product_attention(q, k, v, is_causal=True), rtol=0, atol=1e-12)


def test_attention_weights_are_shares_that_add_up_to_one():
    from tinyllm.model import attention_weights, causal_mask
    q, k = torch.randn(1, 2, 6, 4), torch.randn(1, 2, 6, 4)
    weights = attention_weights(q, k, causal_mask(6, like=q))
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(1, 2, 6), rtol=0, atol=1e-6)
    assert (weights.triu(1) == 0).all(), "what is masked must get a share of exactly 0"


def test_scores_are_divided_by_the_root_of_the_head_width():
    from tinyllm.model import attention_weights
    q = k = torch.eye(2, 4).expand(1, 2, 2, 4)  # H = 2 heads of K = 4, so the width D is 8
    share = attention_weights(q, k, torch.zeros(2, 2))[0, 0, 0, 0]
    assert share.item() == pytest.approx(math.exp(0.5) / (math.exp(0.5) + 1)), (
        "scores are divided by sqrt(K), the root of a head's width: not by sqrt(D), and not by nothing")


def test_rotation_makes_scores_depend_on_distance_alone():
    from tinyllm import Config
    from tinyllm.model import rope_tables, rotate
    cos, sin = rope_tables(Config(vocab_size=10, n_layers=1, n_heads=1, width=8, context=40))
    q, k = torch.randn(1, 1, 1, 8), torch.randn(1, 1, 1, 8)

    def score(i, j):
        return (rotate(q, cos[i:i + 1], sin[i:i + 1]) * rotate(k, cos[j:j + 1], sin[j:j + 1])).sum().item()
    assert score(3, 1) == pytest.approx(score(33, 31), abs=1e-5)
    assert score(3, 1) != pytest.approx(score(3, 2), abs=1e-3)
    torch.testing.assert_close(rotate(q, cos[5:6], sin[5:6]).norm(), q.norm())  # turning changes no length


def test_rmsnorm_divides_by_the_root_mean_square():
    from tinyllm.model import RMSNorm
    out = RMSNorm(2, eps=0.0)(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(out, torch.tensor([[3.0, 4.0]]) / math.sqrt(12.5))


def test_rmsnorm_computes_in_float32_whatever_it_gets():
    from tinyllm.model import RMSNorm
    x = torch.full((1, 512), 300.0, dtype=torch.float16)  # 300^2 is more than float16 can hold
    out = RMSNorm(512, eps=1e-5)(x)
    assert out.dtype == torch.float16
    torch.testing.assert_close(out.float(), torch.ones(1, 512), rtol=0, atol=1e-3)  # an overflow would give 0 or no number


def test_shared_key_value_heads_equal_full_heads_with_the_same_weights(make_model):
    grouped, full = make_model(n_kv_heads=2), make_model(n_kv_heads=4)
    weights = grouped.state_dict()
    for name in list(weights):
        if name.endswith((".k.weight", ".v.weight")):  # (G K, D): each head's rows, once for each query head it serves
            weights[name] = weights[name].view(2, 8, 32).repeat_interleave(2, dim=0).reshape(32, 32)
    full.load_state_dict(weights)
    torch.testing.assert_close(grouped(ids(2, 9)), full(ids(2, 9)))


def test_a_tied_head_is_the_embedding_table(make_model):
    model = make_model()
    assert model.head.weight is model.embedding.weight
    untied = make_model(tied=False)
    assert untied.head.weight is not untied.embedding.weight


def test_biases_are_there_when_asked_for_and_start_at_zero(make_model):
    assert not [n for n, _ in make_model().named_parameters() if n.endswith("bias")]
    biases = [p for n, p in make_model(bias=True).named_parameters() if n.endswith("bias")]
    assert len(biases) == 2 * 7 and all((b == 0).all() for b in biases)


def test_embed_then_decode_is_the_whole_model(make_model):
    model = make_model()
    torch.testing.assert_close(model.decode(model.embed(ids(2, 6))), model(ids(2, 6)), rtol=0, atol=0)


def test_an_untrained_model_knows_nothing():
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=400, n_layers=2, n_heads=4, width=32, context=64))
    loss = F.cross_entropy(model(ids(8, 32)).flatten(0, 1), ids(8, 32, seed=2).flatten())
    assert loss.item() == pytest.approx(math.log(400), abs=0.05), "before training the loss should be ln V"


def test_more_tokens_than_the_context_are_refused(make_model):
    model = make_model()
    assert model(ids(1, 64)).shape[1] == 64
    with pytest.raises(ValueError, match="65 tokens do not fit"):
        model(ids(1, 65))


@pytest.mark.parametrize("wrong", [{"width": 30}, {"n_kv_heads": 3}, {"n_layers": 0}, {"context": -1}, {"width": 12},
                                   {"vocab_size": 3.5}])
def test_numbers_that_do_not_fit_together_are_refused(wrong):
    from tinyllm import Config, InputError
    with pytest.raises(InputError):
        Config(**{"vocab_size": 400, "n_layers": 2, "n_heads": 4, "width": 32, "context": 64, **wrong})


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2}, {"tied": False}, {"bias": True}, {"rope_theta": 500.0}])
def test_logits_and_gradients_agree_with_transformers_llama(make_model, changes):
    pytest.importorskip("transformers", reason="the oracle is in tests/requirements.txt")
    from benchmark import llama_like, llama_name
    model = make_model(**changes).double()
    llama = llama_like(model).double().eval()
    text = ids(2, 20)
    ours, theirs = model(text), llama(text).logits
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)  # both norm in float32
    for logits in (ours, theirs):
        F.cross_entropy(logits[:, :-1].flatten(0, 1), text[:, 1:].flatten()).backward()
    gradients = dict(llama.named_parameters())
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[llama_name(name)].grad, rtol=1e-3, atol=1e-5)


def test_the_small_number_of_the_norm_stands_under_the_root():
    from tinyllm.model import RMSNorm
    assert RMSNorm(1, eps=9.0)(torch.tensor([[4.0]])).item() == pytest.approx(4 / 5)


def test_rotation_turns_pair_i_by_position_times_theta_to_the_minus_2i_over_k():
    """Against complex numbers: (a + b i) e^(i angle)."""
    from tinyllm import Config
    from tinyllm.model import rope_tables, rotate
    cos, sin = rope_tables(Config(vocab_size=10, n_layers=1, n_heads=1, width=8, context=40, rope_theta=100.0))
    x = torch.randn(1, 1, 40, 8)
    angle = torch.arange(40)[:, None] * 100.0 ** (-torch.arange(4) / 4)  # -2 i / K = -i / 4
    turned = torch.complex(x[..., :4], x[..., 4:]) * torch.polar(torch.ones_like(angle), angle)
    torch.testing.assert_close(rotate(x, cos, sin), torch.cat((turned.real, turned.imag), dim=-1), rtol=0, atol=1e-5)
    assert torch.equal(rotate(x, cos, sin)[:, :, 0], x[:, :, 0]), "positions count from 0, where nothing is turned"
    assert rotate(x.bfloat16(), cos, sin).dtype == torch.bfloat16


def test_queries_and_keys_are_turned_and_values_are_not(make_model):
    model, x = make_model(), torch.randn(1, 6, 32)
    attention, rope = model.blocks[0].attention, (model.cos[:6], model.sin[:6])
    for found, projection, turned in zip(attention.queries_keys_values(x, rope), (attention.q, attention.k, attention.v),
                                         (True, True, False), strict=True):
        plain = projection(x).view(1, 6, 4, 8).transpose(1, 2)
        assert torch.equal(found[:, :, 0], plain[:, :, 0]) and torch.equal(found, plain) != turned


def test_the_feed_forward_layer_gates_with_silu():
    from tinyllm import Config
    from tinyllm.model import FeedForward
    layer, x = FeedForward(Config(vocab_size=10, n_layers=1, n_heads=1, width=8, context=4)), torch.randn(3, 8)
    gate, up, down = layer.gate.weight, layer.up.weight, layer.down.weight
    gated = x @ gate.T
    torch.testing.assert_close(layer(x), (gated * torch.sigmoid(gated) * (x @ up.T)) @ down.T)


def test_each_part_of_a_block_reads_a_normed_copy_and_adds_to_x(make_model):
    from tinyllm.model import causal_mask
    model, x = make_model(), torch.randn(1, 6, 32)
    block, rope, mask = model.blocks[0], (model.cos[:6], model.sin[:6]), causal_mask(6, like=x)
    with torch.no_grad():
        block.attention_norm.weight.fill_(3)
        block.feed_forward_norm.weight.fill_(5)
    half = x + block.attention(block.attention_norm(x), rope, mask, None)
    whole = half + block.feed_forward(block.feed_forward_norm(half))
    torch.testing.assert_close(block(x, rope, mask, None), whole)


def test_before_the_head_comes_a_last_norm(make_model):
    model = make_model()
    for block in model.blocks:  # blocks that add nothing
        torch.nn.init.zeros_(block.attention.o.weight)
        torch.nn.init.zeros_(block.feed_forward.down.weight)
    x = model.embed(ids(1, 5))
    normed = x / x.square().mean(dim=-1, keepdim=True).add(1e-5).sqrt()
    torch.testing.assert_close(model(ids(1, 5)), normed @ model.head.weight.T)


def test_the_attention_that_is_used_is_the_one_written_out():
    from tinyllm.model import attention, causal_mask, faster_attention
    q, k, v = (torch.randn(2, 3, 10, 8) for _ in range(3))
    for like in (q, q.bfloat16()):
        mask = causal_mask(10, like=like)
        written_out = attention(*(t.to(like) for t in (q, k, v)), mask)
        for given in (mask, None):  # without a mask it is causal
            fused = faster_attention(*(t.to(like) for t in (q, k, v)), given)
            tolerance = 1e-5 if like is q else 2e-2  # bfloat16 keeps 8 bits
            torch.testing.assert_close(fused, written_out, rtol=1e-4, atol=tolerance)


def test_what_adds_to_x_starts_smaller_the_deeper_the_model():
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=400, n_layers=8, n_heads=4, width=64, context=8))
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            adds = name.endswith(("o.weight", "down.weight"))
            assert parameter.std().item() == pytest.approx(0.02 / 4 if adds else 0.02, rel=0.1), name


def test_what_is_not_said_is_as_in_llama():
    from tinyllm import Config
    config = Config(vocab_size=10, n_layers=1, n_heads=4, width=40, context=8)
    assert (config.n_kv_heads, config.norm_eps, config.rope_theta, config.tied, config.bias) == (4, 1e-5, 10000.0, True, False)
    assert config.hidden == 128, "8/3 of 40 is 106.7, and the next multiple of 32 above it is 128"


def test_tables_that_can_be_computed_are_not_saved(make_model):
    assert set(make_model().state_dict()) == {name for name, _ in make_model().named_parameters(remove_duplicate=False)}
