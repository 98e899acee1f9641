"""Is an adapter x + up(gelu(down(x))), the identity at the start, and the only thing that is trained?"""

import pytest
import torch
from test_generate import by_hand
from test_lora import bit_equal, fit, ids, refused, trained, weights
from torch.nn import functional as F

D, M = 32, 6
PLACES = [f"blocks.{i}.{part}" for i in range(2) for part in ("attention", "feed_forward")]


def adapters(model):
    from tinyllm.peft import BottleneckAdapter
    return {name: module for name, module in model.named_modules() if isinstance(module, BottleneckAdapter)}


def dense(x, down, down_bias, up, up_bias):
    """The oracle: the formula with plain matrices, and gelu(h) = h * P(a normal number is below h) written out."""
    h = x @ down.T + down_bias
    return x + (h * 0.5 * (1 + torch.erf(h / 2**0.5))) @ up.T + up_bias


def parts_of(adapter):
    return adapter.down.weight, adapter.down.bias, adapter.up.weight, adapter.up.bias


# ---- one adapter


def test_a_new_adapter_is_the_identity_and_a_missing_residual_would_show():
    from tinyllm.peft import BottleneckAdapter
    x = torch.randn(4, D)
    out = BottleneckAdapter(D, M)(x)
    assert (out != 0).any(), "the residual is missing: what the layer computed is lost, x must be added to up(gelu(down(x)))"
    assert torch.equal(out, x), "the up-projection, bias included, must start at zero, so that training starts from the base"


def test_an_adapter_is_the_dense_formula_in_outputs_and_in_all_gradients():
    from tinyllm.peft import BottleneckAdapter
    torch.manual_seed(0)
    adapter = trained(BottleneckAdapter(D, M).double())
    matrices = [part.detach().clone().requires_grad_() for part in parts_of(adapter)]
    x = torch.randn(3, 5, D, dtype=torch.float64, requires_grad=True)
    same_x = x.detach().clone().requires_grad_()
    ours, oracle = adapter(x), dense(same_x, *matrices)
    torch.testing.assert_close(ours, oracle, rtol=0, atol=1e-6, msg=lambda m: (
        f"an adapter is x + up(gelu(down(x))): residual, both biases, and gelu between the two. {m}"))
    for out in (ours, oracle):
        out.square().sum().backward()
    for mine, other in zip((x, *parts_of(adapter)), (same_x, *matrices), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-9, atol=1e-6)


def test_the_down_projection_starts_random():
    from tinyllm.peft import BottleneckAdapter
    weight = BottleneckAdapter(D, M).down.weight
    assert len(weight.unique()) > weight.numel() / 2, "with both projections at zero neither would ever get a gradient"


@pytest.mark.parametrize(("d", "m"), [(32, 6), (64, 1), (768, 64)])
def test_an_adapter_holds_2md_plus_d_plus_m_numbers(d, m):
    from tinyllm.peft import BottleneckAdapter, trainable_parameters
    assert sum(trainable_parameters(BottleneckAdapter(d, m)).values()) == 2 * m * d + d + m


# ---- a model


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2}, {"bias": True}, {"tied": False}])
def test_new_adapters_change_nothing(make_model, changes):
    from tinyllm.peft import add_adapters
    model = make_model(**changes)
    assert add_adapters(model, M) is model
    assert torch.equal(model(ids(2, 9)), make_model(**changes)(ids(2, 9))), "training must start from exactly the base model"


def test_there_are_two_in_each_block_and_nothing_else_is_trainable(make_model):
    from tinyllm.peft import add_adapters, trainable_parameters
    model = add_adapters(make_model(bias=True), M)
    counts = trainable_parameters(model)
    expected = {f"{place}.adapter.{part}" for place in PLACES
                for part in ("down.weight", "down.bias", "up.weight", "up.bias")}
    assert set(counts) == expected, "the adapters are trained, and neither the base nor its norms"
    assert sum(counts.values()) == 2 * 2 * (2 * M * D + D + M)


def test_they_work_on_what_attention_and_feed_forward_give_before_it_is_added(make_model):
    """Against the plain model, whose attention and feed-forward outputs are passed through the formula by hooks."""
    from tinyllm.peft import add_adapters
    model, oracle = trained(add_adapters(make_model(), M)), make_model()
    for place, adapter in zip(PLACES, adapters(model).values(), strict=True):
        oracle.get_submodule(place).register_forward_hook(lambda _, __, out, adapter=adapter: dense(out, *parts_of(adapter)))
    torch.testing.assert_close(model(ids(2, 9)), oracle(ids(2, 9)), rtol=0, atol=1e-5)
    assert not torch.allclose(model(ids(2, 9)), make_model()(ids(2, 9)), atol=1e-2)


def test_up_gets_a_gradient_at_once_and_down_after_one_step(make_model):
    from tinyllm.peft import add_adapters
    model, text = add_adapters(make_model(), M), ids(2, 9)

    def gradients():
        model.zero_grad()
        F.cross_entropy(model(text)[:, :-1].flatten(0, 1), text[:, 1:].flatten()).backward()
        return {name: bool((p.grad != 0).any()) for name, p in model.named_parameters() if p.requires_grad}
    first = gradients()
    assert {name for name, there in first.items() if there} == {name for name in first if ".up." in name}
    torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0).step()
    second = gradients()
    assert all(second.values()), f"these never get a gradient: {[name for name, there in second.items() if not there]}"
    assert all(p.grad is None for p in model.parameters() if not p.requires_grad)


def test_training_lowers_the_loss_and_changes_the_adapters_alone(make_model):
    from tinyllm.peft import add_adapters
    model = add_adapters(make_model(bias=True), M)
    before = weights(model)
    history = fit(model, epochs=8)
    assert history.train_loss[-1] < history.train_loss[0] - 0.3
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if ".adapter." in name}, "frozen weights must be bit-equal after training"


def test_generation_with_adapters_is_a_loop_without_cache(make_model):
    from tinyllm import generate
    from tinyllm.peft import add_adapters
    model, prompts = trained(add_adapters(make_model(), M)), [[5], [7, 8, 9, 10, 11, 12, 13], [1, 2, 3]]
    assert generate(model, prompts, 12) == [by_hand(model, prompt, 12) for prompt in prompts]


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2, "bias": True}])
def test_removing_them_restores_the_base_bit_for_bit(make_model, changes):
    from tinyllm.peft import add_adapters, remove_adapters
    model, base = make_model(**changes), make_model(**changes)
    modules = dict(model.named_modules())
    fit(add_adapters(model, M), epochs=1)
    assert remove_adapters(model) is model
    assert bit_equal(model, weights(base)) and dict(model.named_modules()) == modules, "an adapter was left behind"
    assert torch.equal(model(ids(2, 9)), base(ids(2, 9)))


@pytest.mark.parametrize("bottleneck", [0, -1, 2.5, "4", None])
def test_a_bottleneck_that_makes_no_sense_is_refused(make_model, bottleneck):
    from tinyllm.peft import add_adapters
    model = make_model()
    with refused(model, "bottleneck"):
        add_adapters(model, bottleneck)


def test_adding_twice_and_removing_what_is_not_there_are_refused(make_model):
    from tinyllm.peft import add_adapters, add_lora, remove_adapters
    model = make_model()
    with refused(model, "no adapters"):
        remove_adapters(model)
    trained(add_adapters(model, M))
    for again in (lambda: add_adapters(model, M), lambda: add_lora(model, 4, 8)):
        with refused(model, "already"):
            again()
    model = add_lora(make_model(), 4, 8)
    with refused(model, "no adapters"):
        remove_adapters(model)
