"""Is the update exactly (alpha / R) B A, is nothing else trained, and does it merge and come off without a trace?"""

import copy
from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torch.nn import functional as F

LAYERS = ("q", "k", "v", "o", "gate", "up", "down")
EXAMPLES = [([7, 8, 9, 10], [-100, -100, 10, 0]), ([300, 4], [4, 0]), ([5, 6, 7, 8, 9], [-100, -100, -100, 9, 0])] * 5
SHAPES = [{}, {"n_kv_heads": 2}, {"bias": True}, {"tied": False}]


def ids(*shape, vocab=400, seed=1):
    return torch.randint(0, vocab, shape, generator=torch.Generator().manual_seed(seed))


def trained(model, seed=3):
    """The model, with everything that is trainable moved away from where it started, as training would."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn(parameter.shape, generator=generator).to(parameter) * 0.1)
    return model


def fit(model, **settings):
    from tinyllm import TrainConfig, Trainer
    return Trainer(model, TrainConfig(**{"device": "cpu", "precision": "float32", "batch_size": 8, "epochs": 3,
                                         "learning_rate": 1e-2, **settings})).fit(EXAMPLES)


def weights(model):
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def bit_equal(model, before):
    now = model.state_dict()
    return now.keys() == before.keys() and all(torch.equal(tensor, before[name]) for name, tensor in now.items())


@contextmanager
def refused(model, match=None):
    """Inside, an InputError of one sentence must come, and the model must be left in every way as it was."""
    from tinyllm import InputError
    before, modules = weights(model), dict(model.named_modules())
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    with pytest.raises(InputError, match=match) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message and message.endswith("."), f"one clear sentence is wanted, not: {message}"
    assert dict(model.named_modules()) == modules, "a call that was refused has put modules into the model, or taken some out"
    assert bit_equal(model, before), "a call that was refused has changed weights"
    assert [name for name, parameter in model.named_parameters() if parameter.requires_grad] == trainable, (
        "a call that was refused has changed what is trainable")


def lora_layers(model):
    from tinyllm.peft import LoRALinear
    return {name: module for name, module in model.named_modules() if isinstance(module, LoRALinear)}


def double_layer(inputs=64, outputs=512, rank=8, alpha=16, bias=True):
    """A LoRALinear in float64, with both factors away from zero."""
    from tinyllm.peft import LoRALinear
    torch.manual_seed(0)
    return trained(LoRALinear(nn.Linear(inputs, outputs, bias=bias).double(), rank, alpha))


# ---- one layer


@pytest.mark.parametrize("shape", [(64, 512, 8, 16), (40, 24, 3, 1), (16, 16, 16, 5)])
def test_a_layer_is_the_dense_formula_in_outputs_and_in_all_gradients(shape):
    """The oracle multiplies W + (alpha / R) B A out and is an ordinary linear layer."""
    layer = double_layer(*shape)
    W, bias = layer.base.weight.detach(), layer.base.bias.detach()
    A, B = (factor.detach().clone().requires_grad_() for factor in (layer.A, layer.B))
    x, same_x = (torch.randn(3, 5, shape[0], dtype=torch.float64, generator=torch.Generator().manual_seed(4)).requires_grad_()
                 for _ in range(2))
    ours, dense = layer(x), F.linear(same_x, W + shape[3] / shape[2] * B @ A, bias)
    torch.testing.assert_close(ours, dense, rtol=0, atol=1e-6, msg=lambda m: f"h must be W x + (alpha / R) B A x. {m}")
    for out in (ours, dense):
        out.square().sum().backward()
    for name, mine, oracle in (("x", x, same_x), ("A", layer.A, A), ("B", layer.B, B)):
        torch.testing.assert_close(mine.grad, oracle.grad, rtol=1e-9, atol=1e-6,
                                   msg=lambda m, name=name: f"the gradient of {name} is not that of W + (alpha / R) B A: {m}")
    assert layer.base.weight.grad is None and layer.base.bias.grad is None, "W is frozen: no gradient is computed for it"


def test_512_by_64_at_rank_8_trains_4608_numbers_in_place_of_32768():
    from tinyllm.peft import LoRALinear, trainable_parameters
    layer = LoRALinear(nn.Linear(64, 512, bias=False), rank=8, alpha=8)
    assert layer.base.weight.numel() == 512 * 64 == 32_768
    counts = trainable_parameters(layer)
    assert counts == {"A": 8 * 64, "B": 512 * 8} == {"A": 512, "B": 4_096}, (
        f"A holds R * in numbers and B out * R, not {sum(counts.values()):,} in all (R * in * out would be {8 * 64 * 512:,})")
    assert sum(counts.values()) == 4_608 and round(100 * (1 - 4_608 / 32_768)) == 86


def test_a_maps_down_to_the_rank_and_b_maps_up_from_it():
    from tinyllm.peft import LoRALinear
    layer = LoRALinear(nn.Linear(24, 40), rank=3, alpha=6)
    assert layer.A.shape == (3, 24), "A is (R, in): it comes first and makes x thin"
    assert layer.B.shape == (40, 3), "B is (out, R): it makes of R numbers the layer's output"


def test_exactly_one_of_the_factors_starts_at_zero(make_model):
    from tinyllm.peft import add_lora
    for name, layer in lora_layers(add_lora(make_model(), 4, 8, "all")).items():
        zeros = [bool((factor == 0).all()) for factor in (layer.A, layer.B)]
        assert any(zeros), f"{name}: A and B both start random, so training does not start from the base model"
        assert not all(zeros), f"{name}: A and B both start at zero, so neither ever gets a gradient"
        random = layer.B if zeros[0] else layer.A
        assert len(random.unique()) > random.numel() / 2, f"{name}: the factor that is not zero must be random"


@pytest.mark.parametrize(("zero", "learns"), [("A", "A"), ("B", "B"), ("AB", "")])
def test_the_factor_at_zero_is_the_one_that_learns_first_and_two_zeros_never_learn(zero, learns):
    layer = double_layer(24, 40, 3, 6)
    with torch.no_grad():
        for name in zero:
            getattr(layer, name).zero_()
    x = torch.randn(5, 24, dtype=torch.float64)
    assert torch.equal(layer(x), layer.base(x)), "with a factor at zero the layer is the base, whichever factor it is"
    layer(x).square().sum().backward()
    assert {name for name in "AB" if (getattr(layer, name).grad != 0).any()} == set(learns)


@pytest.mark.parametrize(("rank", "alpha"), [(1, 16), (4, 16), (8, 4)])
def test_the_update_is_scaled_by_alpha_over_rank(rank, alpha):
    layer = double_layer(24, 40, rank, alpha)
    assert layer.scale == alpha / rank
    x = torch.randn(5, 24, dtype=torch.float64)
    ratio = ((layer(x) - layer.base(x)) / (x @ layer.A.T @ layer.B.T)).median().item()
    assert ratio == pytest.approx(alpha / rank), (
        f"the update counts alpha / R = {alpha / rank} times, not {ratio:.3f} times" + " (alpha alone)" * (ratio == alpha))


def test_the_rank_stabilized_scale_is_alpha_over_the_root_of_the_rank():
    from tinyllm.peft import LoRALinear, rank_stabilized
    for rank in (1, 4, 9, 16):
        layer = LoRALinear(nn.Linear(24, 40), rank, rank_stabilized(6.0, rank))
        assert layer.scale == pytest.approx(6.0 / rank**0.5), "rsLoRA divides by sqrt(R), not by R"


def test_merging_a_layer_adds_the_scaled_update_and_twice_adds_it_once():
    layer = double_layer()
    x, before = torch.randn(5, 64, dtype=torch.float64), layer.base.weight.detach().clone()
    unmerged = layer(x)
    dense = before + 16 / 8 * layer.B.detach() @ layer.A.detach()
    for times in (1, 2):
        layer.merge()
        torch.testing.assert_close(layer.base.weight.detach(), dense, rtol=0, atol=1e-6, msg=lambda m, times=times: (
            f"after merging {times} time(s) W must be W + (alpha / R) B A: with the scale, and once. {m}"))
        torch.testing.assert_close(layer(x), unmerged, rtol=0, atol=1e-6, msg=lambda m: (
            f"a merged layer must not add its update once more beside W. {m}"))
    for _ in range(2):
        layer.unmerge()
        assert torch.equal(layer.base.weight, before), "unmerging gives W back bit for bit; subtracting leaves rounding errors"
        assert torch.equal(layer(x), unmerged)


def test_dropout_acts_in_training_alone_and_on_the_update_alone():
    from tinyllm.peft import LoRALinear
    torch.manual_seed(0)
    layer = LoRALinear(nn.Linear(24, 40), 3, 6, dropout=0.5)
    x = torch.randn(5, 24)
    assert torch.equal(layer.train()(x), layer.base(x)), "dropout must not touch what goes through W"
    trained(layer)
    assert not torch.equal(layer(x), layer(x)), "in training dropout draws anew each time"
    layer.eval()
    torch.testing.assert_close(layer(x), layer.base(x) + 2 * x @ layer.A.T @ layer.B.T, rtol=0, atol=1e-6)


def test_dropout_is_on_what_goes_into_a_not_on_what_comes_out_of_a_or_b():
    from tinyllm.peft import LoRALinear
    torch.manual_seed(0)
    layer, x = LoRALinear(nn.Linear(24, 40), 1, 1, dropout=0.5), torch.ones(50, 24)
    with torch.no_grad():
        layer.A.fill_(1)
        layer.B.fill_(1)
        update = layer(x) - layer.base(x)
    torch.testing.assert_close(update, update[:, :1].expand(-1, 40), msg=lambda m: f"dropout on B's output. {m}")
    assert len(update[:, 0].round().unique()) > 2, "masked sums have two values: dropout on A's output"


def test_a_starts_no_larger_than_one_over_the_root_of_the_width():
    from tinyllm.peft import LoRALinear
    layer = LoRALinear(nn.Linear(400, 100), 50, 1)
    assert 0.99 / 20 < layer.A.abs().max() <= 1 / 20


@pytest.mark.parametrize("wrong", [{"rank": 0}, {"rank": -2}, {"rank": 25}, {"rank": 4.0}, {"rank": "4"}, {"alpha": 0},
                                   {"alpha": float("nan")}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_numbers_that_make_no_layer_are_refused(wrong):
    from tinyllm.peft import LoRALinear
    base = nn.Linear(24, 40)
    with refused(base, str(next(iter(wrong.values())))):
        LoRALinear(base, **{"rank": 4, "alpha": 8, **wrong})


def test_only_a_linear_layer_can_be_wrapped():
    from tinyllm.peft import LoRALinear
    for base in (nn.Embedding(5, 4), LoRALinear(nn.Linear(4, 4), 1, 1)):
        with refused(base, "Linear"):
            LoRALinear(base, 1, 1)


# ---- a model


@pytest.mark.parametrize("changes", SHAPES)
@pytest.mark.parametrize("targets", [("q", "v"), "all", "o"])
def test_a_new_lora_changes_nothing(make_model, changes, targets):
    from tinyllm.peft import add_lora
    model = add_lora(make_model(**changes), 4, 8, targets)
    assert torch.equal(model(ids(2, 9)), make_model(**changes)(ids(2, 9))), "LoRA must start as exactly the base model"


@pytest.mark.parametrize(("targets", "where"), [
    (None, ["attention.q", "attention.v"]), (("q", "v"), ["attention.q", "attention.v"]), ("gate", ["feed_forward.gate"]),
    (["down", "k"], ["attention.k", "feed_forward.down"]),
    ("all", [f"attention.{name}" for name in "qkvo"] + [f"feed_forward.{name}" for name in ("gate", "up", "down")])])
def test_the_factors_of_the_targets_are_trainable_and_nothing_else(make_model, targets, where):
    from tinyllm.peft import add_lora, trainable_parameters
    model = add_lora(make_model(bias=True), 4, 8, **({} if targets is None else {"targets": targets}))
    expected = {f"blocks.{i}.{path}.{factor}" for i in range(2) for path in where for factor in "AB"}
    names = set(trainable_parameters(model))
    assert names == expected, (f"the base is left trainable: {sorted(names - expected)[:3]}" if names - expected
                               else f"these are not trained: {sorted(expected - names)[:3]}")
    trained(model)(ids(2, 9)).square().mean().backward()
    for name, parameter in model.named_parameters():
        if name in expected:
            assert parameter.grad is not None and (parameter.grad != 0).any(), f"{name} is trainable but gets no gradient"
        else:
            assert parameter.grad is None, f"{name} is frozen but a gradient is computed for it"


@pytest.mark.parametrize("tied", [True, False])
def test_all_means_every_linear_layer_but_the_head(make_model, tied):
    from tinyllm.peft import add_lora
    model = add_lora(make_model(tied=tied), 4, 8, "all")
    assert len(lora_layers(model)) == 2 * len(LAYERS)
    assert type(model.head) is nn.Linear, "the head and the norms are no part of 'all'"


def test_a_head_of_its_own_can_be_adapted_when_it_is_named(make_model):
    from tinyllm.peft import add_lora, trainable_parameters
    assert set(trainable_parameters(add_lora(make_model(tied=False), 4, 8, "head"))) == {"head.A", "head.B"}


def test_shared_key_value_heads_get_factors_of_their_own_shape(make_model):
    from tinyllm.peft import add_lora
    attention = add_lora(make_model(n_kv_heads=2), 4, 8, "all").blocks[0].attention
    assert attention.q.B.shape == (32, 4) and attention.k.B.shape == attention.v.B.shape == (16, 4)


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2, "bias": True}])
def test_training_lowers_the_loss_and_leaves_every_frozen_weight_bit_equal(make_model, changes):
    from tinyllm.peft import add_lora, base_only
    model, base = add_lora(make_model(**changes), 4, 8, "all"), make_model(**changes)
    before = weights(model)
    history = fit(model)
    assert history.train_loss[-1] < history.train_loss[0] - 0.3
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if name.endswith((".A", ".B"))}, "exactly the factors may change"
    with base_only(model):
        assert bit_equal(model, weights(base))


def test_a_trainer_made_before_lora_still_trains_the_factors(make_model):
    """An optimizer that is made too early holds W and not A and B. The Trainer makes it in fit, when it is needed."""
    from tinyllm import TrainConfig, Trainer
    from tinyllm.peft import add_lora
    model = make_model()
    trainer = Trainer(model, TrainConfig(device="cpu", precision="float32"))
    add_lora(model, 4, 8)
    trainer.fit(EXAMPLES)
    assert all((layer.B != 0).any() for layer in lora_layers(model).values()), "the optimizer did not know the factors"


def test_switching_between_training_and_use_merges_nothing_and_gives_the_model_back(make_model):
    """microsoft/LoRA merges in eval(), so that what is saved then holds the update twice once it is loaded."""
    from tinyllm.peft import add_lora
    model = trained(add_lora(make_model(), 4, 8, "all"))
    before, out = weights(model), model(ids(2, 9))
    for switch in (model.train, model.eval, model.eval, model.train):
        assert switch() is model
        assert bit_equal(model, before), "train() and eval() must not merge"
        assert torch.equal(model(ids(2, 9)), out)
    assert all(layer.eval() is layer for layer in lora_layers(model).values())


def test_lora_that_was_merged_while_the_mode_changed_is_in_the_models_mode_when_it_is_back(make_model):
    from tinyllm.peft import add_lora, merge_lora, unmerge_lora
    model = trained(add_lora(make_model().train(), 4, 8, dropout=0.5))
    unmerge_lora(merge_lora(model).eval())
    assert torch.equal(model(ids(2, 9)), model(ids(2, 9))), "dropout acts in a model that is in eval mode"


def test_lora_put_into_a_model_in_use_is_in_use_too(make_model):
    """A new module begins in training mode. Inside a model in eval mode its dropout would make every answer random."""
    from tinyllm.peft import add_lora
    model = trained(add_lora(make_model().eval(), 4, 8, dropout=0.5))
    assert torch.equal(model(ids(2, 9)), model(ids(2, 9))), "dropout acts in a model that is in eval mode"
    model = trained(add_lora(make_model().train(), 4, 8, dropout=0.5))
    assert not torch.equal(model(ids(2, 9)), model(ids(2, 9))), "dropout does not act in a model that is training"


def test_generation_with_lora_is_generation_with_the_dense_weights(make_model):
    from tinyllm import generate
    from tinyllm.peft import add_lora
    model = trained(add_lora(make_model(), 4, 8, "all"))
    dense = make_model()
    with torch.no_grad():
        for path, layer in lora_layers(model).items():
            dense.get_submodule(path).weight += 8 / 4 * layer.B @ layer.A
    torch.testing.assert_close(model(ids(2, 9)), dense(ids(2, 9)), rtol=0, atol=1e-4)
    prompts = [[5], [7, 8, 9, 10, 11], [1, 2, 3]]
    assert generate(model, prompts, 12) == generate(dense, prompts, 12) != generate(make_model(), prompts, 12)


# ---- merging and taking off


@pytest.mark.parametrize("changes", SHAPES)
def test_a_merged_model_is_a_plain_one_that_computes_the_same(make_model, changes):
    from tinyllm import generate
    from tinyllm.peft import add_lora, merge_lora
    model, plain = trained(add_lora(make_model(**changes), 4, 8, "all")), make_model(**changes)
    unmerged = model(ids(2, 9))
    for times in (1, 2):
        assert merge_lora(model) is model
        torch.testing.assert_close(model(ids(2, 9)), unmerged, rtol=0, atol=1e-5, msg=lambda m, times=times: (
            f"after merging {times} time(s) the model computes something else: scale forgotten, or added twice? {m}"))
    assert not lora_layers(model), "after merging LoRA is still in the model, and costs time at every token"
    for path, module in plain.named_modules():
        assert isinstance(model.get_submodule(path), type(module)), f"{path} is no plain {type(module).__name__}"
    assert len(list(model.modules())) == len(list(plain.modules())), "a merged model has the modules of the base and no more"
    plain.load_state_dict(model.state_dict(), strict=True)
    assert torch.equal(plain(ids(2, 9)), model(ids(2, 9))), "a merged model must be all in its weights"
    assert generate(model, [[5, 6, 7]], 8) == generate(plain, [[5, 6, 7]], 8)


def test_merged_weights_are_the_dense_ones(make_model):
    from tinyllm.peft import add_lora, merge_lora
    model, base = trained(add_lora(make_model().double(), 4, 8, "all")), make_model().double()
    dense = {path: base.get_submodule(path).weight + 8 / 4 * layer.B @ layer.A for path, layer in lora_layers(model).items()}
    merge_lora(model)
    for path, weight in dense.items():
        torch.testing.assert_close(model.get_submodule(path).weight, weight, rtol=0, atol=1e-6, check_stride=False)


@pytest.mark.parametrize("changes", SHAPES)
def test_unmerging_and_removing_restore_bit_for_bit(make_model, changes):
    from tinyllm.peft import add_lora, merge_lora, remove_lora, trainable_parameters, unmerge_lora
    model, base = trained(add_lora(make_model(**changes), 4, 8, "all")), make_model(**changes)
    before, out, names = weights(model), model(ids(2, 9)), trainable_parameters(model)
    for _ in range(3):  # rounding errors would add up
        merge_lora(model)
        assert unmerge_lora(model) is model
    unmerge_lora(model)
    assert bit_equal(model, before), "unmerging must give W back bit for bit"
    assert torch.equal(model(ids(2, 9)), out) and trainable_parameters(model) == names
    for with_merge in (False, True):
        adapted = copy.deepcopy(model)
        if with_merge:
            merge_lora(adapted)
        assert remove_lora(adapted) is adapted
        assert not lora_layers(adapted), "after remove_lora a LoRA layer is still on the model"
        assert bit_equal(adapted, weights(base)), "removing LoRA, merged or not, must leave the base"
        assert torch.equal(adapted(ids(2, 9)), base(ids(2, 9)))


def test_lora_can_be_put_on_again_after_it_was_taken_off(make_model):
    from tinyllm.peft import add_lora, remove_lora, trainable_parameters
    model = add_lora(remove_lora(trained(add_lora(make_model(), 4, 8, "all"))), 2, 2, "k")
    assert set(trainable_parameters(model)) == {f"blocks.{i}.attention.k.{factor}" for i in range(2) for factor in "AB"}
    assert torch.equal(model(ids(2, 9)), make_model()(ids(2, 9)))


def test_a_single_layer_that_was_merged_by_hand_comes_off_clean_too(make_model):
    from tinyllm.peft import add_lora, base_only, remove_lora
    model, base = trained(add_lora(make_model(), 4, 8)), make_model()
    model.blocks[1].attention.q.merge()
    with refused(model, "merged"), base_only(model):  # it would show a base with an update merged into it
        pass
    assert bit_equal(remove_lora(model), weights(base)), "the update that was merged by hand was left in the base"


def test_layers_that_were_placed_by_hand_come_off_too(make_model):
    from tinyllm.peft import LoRALinear, merge_lora, remove_lora, unmerge_lora
    model, base = make_model(), make_model()
    attention = model.blocks[0].attention
    attention.q = trained(LoRALinear(attention.q, 2, 4))
    before = weights(model)
    assert bit_equal(unmerge_lora(merge_lora(model)), before)
    assert bit_equal(remove_lora(merge_lora(model)), weights(base))


def test_taking_lora_off_leaves_other_parts_on(make_model):
    from tinyllm.peft import BottleneckAdapter, LoRALinear, remove_lora
    from tinyllm.peft.adapter import WithAdapter
    model = make_model()
    block = model.blocks[0]
    block.attention.q = trained(LoRALinear(block.attention.q, 2, 4))
    block.feed_forward = WithAdapter(block.feed_forward, BottleneckAdapter(32, 4))
    remove_lora(model)
    assert type(block.attention.q) is nn.Linear and type(block.feed_forward) is WithAdapter


@pytest.mark.parametrize("merge_first", [True, False])
def test_a_state_with_a_merged_layer_does_not_load_where_its_update_would_count_twice(make_model, merge_first):
    """The weights hold the update, and so do A and B. Names and shapes alone would not tell."""
    from tinyllm.peft import add_lora
    merged, plain = (trained(add_lora(make_model(), 4, 8)) for _ in range(2))
    merged.blocks[0].attention.q.merge()
    source, target = (merged, plain) if merge_first else (plain, merged)
    with pytest.raises(RuntimeError, match="original"):
        target.load_state_dict(source.state_dict())


def test_a_merged_layer_keeps_its_original_weight_when_the_model_is_copied_saved_and_loaded(make_model):
    from tinyllm.peft import add_lora, remove_lora
    model, base = trained(add_lora(make_model(), 4, 8)), make_model()
    model.blocks[0].attention.q.merge()
    twin = copy.deepcopy(model)
    twin.load_state_dict(model.state_dict())
    assert torch.equal(twin(ids(2, 9)), model(ids(2, 9)))
    assert bit_equal(remove_lora(twin), weights(base))


def test_what_is_on_a_model_can_be_read_off_it_and_is_noted_nowhere_else(make_model):
    from tinyllm.peft import add_adapters, add_dora, add_lora, merge_lora, remove_lora
    assert "LoRALinear" in repr(add_lora(make_model(), 4, 8)) and "DoRALinear" in repr(add_dora(make_model(), 4, 8))
    assert "MergedLinear" in repr(merge_lora(add_lora(make_model(), 4, 8)))
    plain = set(vars(make_model()))
    for model in (add_lora(make_model(), 4, 8), merge_lora(add_lora(make_model(), 4, 8)), add_adapters(make_model(), 4),
                  remove_lora(add_lora(make_model(), 4, 8))):
        assert set(vars(model)) == plain, "the model carries a hidden record of what was put on it"


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e38])
def test_merging_numbers_that_are_not_finite_is_refused(make_model, value):
    from tinyllm import InputError
    from tinyllm.peft import add_lora, merge_lora
    model = trained(add_lora(make_model(), 4, 8e3, "all"))
    with torch.no_grad():
        model.blocks[1].feed_forward.down.B[3, 1] = value  # the last layer: those before it must not be merged either
        model.blocks[1].feed_forward.down.A[1] = 1.0
    before = {name: tensor.nan_to_num() for name, tensor in weights(model).items()}
    for merge in (lambda: merge_lora(model), model.blocks[1].feed_forward.down.merge):
        with pytest.raises(InputError, match="nothing was merged"):
            merge()
        assert len(lora_layers(model)) == 14
        assert all(torch.equal(tensor.nan_to_num(), before[name]) for name, tensor in model.state_dict().items()), (
            "a merge that was refused has changed weights")


def test_without_lora_there_is_nothing_to_merge_or_remove(make_model):
    from tinyllm.peft import merge_lora, remove_lora, unmerge_lora
    model = make_model()
    for call in (merge_lora, remove_lora):
        with refused(model, "no LoRA"):
            call(model)
    before = weights(model)
    assert bit_equal(unmerge_lora(model), before)


# ---- what is refused


@pytest.mark.parametrize(("arguments", "match"), [
    ({"rank": 0}, "rank is 0"), ({"rank": -1}, "rank is -1"), ({"rank": 33}, "from 1 to 32"), ({"rank": 2.0}, "rank is 2.0"),
    ({"rank": 17, "targets": "all"}, "from 1 to 16"),  # only k and v are too thin; q comes before them
    ({"targets": "Q"}, "called Q.*: down, gate, head, k, o, q, up, v"), ({"targets": ("q", "value")}, "called value"),
    ({"targets": ()}, "nothing"), ({"targets": "attention"}, "attention"), ({"targets": "norm"}, "norm"),
    ({"targets": "head"}, "head is shared"), ({"targets": ("q", "head")}, "head is shared"),
    ({"targets": None}, "nothing"), ({"alpha": -1}, "alpha"), ({"alpha": "16"}, "alpha"), ({"dropout": 1.0}, "dropout")])
def test_what_cannot_be_done_is_refused_and_the_model_is_as_it_was(make_model, arguments, match):
    from tinyllm.peft import add_lora
    model = make_model(n_kv_heads=2)
    with refused(model, match):
        add_lora(model, **{"rank": 4, "alpha": 8, **arguments})


@pytest.mark.parametrize("merged", [False, True])
def test_injecting_twice_is_refused(make_model, merged):
    """Silently nested, the second would adapt the first one's base, and only one of them would ever be taken off."""
    from tinyllm.peft import SoftPrompt, add_adapters, add_dora, add_lora, merge_lora
    model = trained(add_lora(make_model(), 4, 8))
    if merged:
        merge_lora(model)
    for again in (lambda: add_lora(model, 4, 8), lambda: add_lora(model, 2, 2, "gate"), lambda: add_dora(model, 4, 8),
                  lambda: add_adapters(model, 4), lambda: SoftPrompt(model, 3)):
        with refused(model, "merged" if merged else "already"):
            again()


def test_layers_that_were_placed_by_hand_are_not_wrapped_again(make_model):
    from tinyllm.peft import LoRALinear, add_lora
    model = make_model()
    attention = model.blocks[0].attention
    attention.q = LoRALinear(attention.q, 2, 4)
    with refused(model, "already"):
        add_lora(model, 2, 4, "all")


# ---- DoRA


def test_dora_starts_as_the_base(make_model):
    from tinyllm.peft import add_dora
    torch.testing.assert_close(add_dora(make_model(), 4, 8, "all")(ids(2, 9)), make_model()(ids(2, 9)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
def test_dora_is_its_dense_formula_in_outputs_and_in_all_gradients(bias):
    """W' = m V / |V|, V = W + (alpha / R) B A, row by row; the length |V| counts as a constant in the gradient."""
    from tinyllm.peft import DoRALinear
    layer = trained(DoRALinear(double_layer(24, 40, 3, 6, bias)))
    W = layer.lora.base.weight.detach()
    A, B, m = (p.detach().clone().requires_grad_() for p in (layer.lora.A, layer.lora.B, layer.m))
    x = torch.randn(5, 24, dtype=torch.float64)
    V = W + 6 / 3 * B @ A
    length = (V.detach() ** 2).sum(dim=1, keepdim=True).sqrt()
    ours, dense = layer(x), F.linear(x, m[:, None] * V / length, layer.lora.base.bias)
    torch.testing.assert_close(ours, dense, rtol=0, atol=1e-6)
    for out in (ours, dense):
        out.square().sum().backward()
    for name, mine, oracle in (("A", layer.lora.A, A), ("B", layer.lora.B, B), ("m", layer.m, m)):
        torch.testing.assert_close(mine.grad, oracle.grad, rtol=1e-9, atol=1e-6,
                                   msg=lambda text, name=name: f"DoRA's gradient of {name} differs. {text}")


def test_dora_trains_lengths_and_factors_and_is_removed_without_a_trace(make_model):
    from tinyllm.peft import add_dora, merge_lora, remove_dora, trainable_parameters
    model, base = add_dora(make_model(bias=True), 4, 8), make_model(bias=True)
    assert set(trainable_parameters(model)) == {f"blocks.{i}.attention.{target}.{part}" for i in range(2) for target in "qv"
                                                for part in ("lora.A", "lora.B", "m")}
    before = weights(model)
    history = fit(model, epochs=8)
    assert history.train_loss[-1] < history.train_loss[0] - 0.3
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == set(trainable_parameters(model)), "exactly A, B and m may change"
    with refused(model):
        merge_lora(model)
    assert bit_equal(remove_dora(model), weights(base))
    with refused(model, "no DoRA"):
        remove_dora(model)


# ---- Hugging Face's peft, on the same Llama weights


def hf_like(base, targets, rank, alpha, **kind):
    """Hugging Face's peft model around transformers' Llama with the same base weights."""
    from benchmark import llama_like
    from peft import LoraConfig, get_peft_model
    modules = [f"{target}_proj" for target in targets]
    return get_peft_model(llama_like(base), LoraConfig(r=rank, lora_alpha=alpha, target_modules=modules, **kind)).double().eval()


def hf_name(name):
    """The name that Hugging Face's peft has for blocks.0.attention.q.A, or for DoRA's .lora.A and .m."""
    from benchmark import llama_name
    path, _, part = name.replace(".lora.", ".").rpartition(".")
    parts = {"A": "lora_A.default.weight", "B": "lora_B.default.weight", "m": "lora_magnitude_vector.default.weight"}
    return "base_model.model." + llama_name(path + ".weight").removesuffix("weight") + parts[part]


@pytest.mark.parametrize(("targets", "changes", "kind"), [
    (("q", "v"), {}, {}), (LAYERS, {"n_kv_heads": 2}, {}), (LAYERS, {"bias": True}, {"use_rslora": True}),
    (("q", "v"), {"bias": True}, {"use_dora": True}), (LAYERS, {"n_kv_heads": 2}, {"use_dora": True})])
def test_logits_and_a_step_of_training_agree_with_hugging_face_peft(make_model, targets, changes, kind):
    pytest.importorskip("transformers", reason="the oracle is in tests/requirements.txt")
    pytest.importorskip("peft", reason="the oracle is in tests/requirements.txt")
    from tinyllm.peft import add_dora, add_lora, rank_stabilized, trainable_parameters
    theirs = hf_like(make_model(**changes).double(), targets, 4, 8, **kind)
    add = add_dora if "use_dora" in kind else add_lora
    alpha = rank_stabilized(8, 4) if "use_rslora" in kind else 8
    ours = trained(add(make_model(**changes).double(), 4, alpha, targets))
    names, mine, other = list(trainable_parameters(ours)), dict(ours.named_parameters()), dict(theirs.named_parameters())
    assert {hf_name(name) for name in names} == {name for name, p in other.items() if p.requires_grad}
    with torch.no_grad():
        for name in names:
            other[hf_name(name)].copy_(mine[name])
    text = ids(2, 12)
    for model, logits_of in ((ours, lambda m: m(text)), (theirs, lambda m: m(input_ids=text, use_cache=False).logits)):
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
        logits = logits_of(model)
        F.cross_entropy(logits[:, :-1].flatten(0, 1), text[:, 1:].flatten()).backward()
        optimizer.step()
        if model is ours:
            expected = logits
    torch.testing.assert_close(expected, logits, rtol=0, atol=1e-4)  # both norm in float32
    for name in names:
        clear = mine[name].grad.abs() > 1e-6  # where a gradient is nearly 0, AdamW's first step is its rounding's sign
        assert clear.float().mean() > 0.9
        torch.testing.assert_close(mine[name][clear], other[hf_name(name)][clear], rtol=0, atol=1e-5,
                                   msg=lambda m, name=name: f"after one AdamW step {name} is not what peft has. {m}")


def test_a_base_in_bfloat16_is_kept_while_the_factors_train_in_float32(make_model):
    """The frozen weights take half the memory; A and B need all digits, as their steps are small."""
    from tinyllm.peft import add_lora
    model = make_model().bfloat16()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    add_lora(model, 4, 8, "all")
    factors = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert {parameter.dtype for parameter in factors} == {torch.float32}
    text = torch.randint(0, 400, (2, 10), generator=torch.Generator().manual_seed(0))
    F.cross_entropy(model(text)[:, :-1].flatten(0, 1).float(), text[:, 1:].flatten()).backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in factors)
    assert any(parameter.grad.abs().sum() > 0 for parameter in factors)
    kept = {name.replace(".base", ""): weight for name, weight in model.state_dict().items()}
    assert all(torch.equal(kept[name], weight) for name, weight in before.items())
