"""Is what training holds worked out right: weights, gradients, optimizer state and activations, against a step that is run?"""

import copy
import itertools
from pathlib import Path

import pytest
import torch

from tinyllm import TrainConfig, Trainer
from tinyllm.memory import (
    REAL_MODELS,
    LiveTensors,
    Memory,
    lora_parameters,
    measured_activations,
    measured_peak,
    memory_of,
    without_activations,
)
from tinyllm.peft import SoftPrompt, add_adapters, add_lora, bitfit, freeze, last_layers, trainable_parameters

METHODS = {
    "full tuning": lambda model: model.requires_grad_(True),
    "LoRA q, v": lambda model: add_lora(model, 4, 8),
    "LoRA all": lambda model: add_lora(model, 4, 8, "all"),
    "LoRA o": lambda model: add_lora(model, 4, 8, "o"),
    "LoRA down": lambda model: add_lora(model, 4, 8, "down"),
    "biases": bitfit,
    "norms": lambda model: freeze(model, "*norm.weight"),
    "last layer": lambda model: last_layers(model, 1),
    "adapters": lambda model: add_adapters(model, 6),
    "soft prompt": lambda model: SoftPrompt(model, 5),
    "tied embedding": lambda model: freeze(model, "embedding.weight"),
}
BATCH, LENGTH = 4, 48


@pytest.fixture
def tuned(make_model):
    """A function that makes a small model with biases and readies it for one of the methods."""
    return lambda name, **changes: METHODS[name](make_model(bias=True, **changes))


def after_a_step(model):
    """Bytes of gradients and of AdamW's moments that are really there after a step."""
    ids = torch.randint(0, 400, (BATCH, LENGTH))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    model(ids).square().mean().backward()
    optimizer.step()
    gradients = sum(4 * p.grad.numel() for p in model.parameters() if p.grad is not None)
    moments = sum(4 * state[name].numel() for state in optimizer.state.values() for name in ("exp_avg", "exp_avg_sq"))
    return gradients, moments


@pytest.mark.parametrize("name", METHODS)
def test_gradients_and_moments_are_those_of_a_real_step(tuned, name):
    model = tuned(name)
    memory = memory_of(model, BATCH, LENGTH)
    assert (memory.gradients, memory.optimizer) == after_a_step(model)


@pytest.mark.parametrize("changes", [{}, {"n_layers": 3, "hidden": 40}, {"tied": False, "bias": False}], ids=str)
def test_activations_of_full_tuning_are_those_of_the_table(make_model, changes):
    """The table in the docstring of measured_activations, and the ids that the embedding keeps, 8 bytes each."""
    model = make_model(**{"bias": True, **changes})
    c = model.config
    a_layer = 11 * c.width + c.n_heads + 2 + 4 * c.hidden
    a_token = c.n_layers * a_layer + 3 * c.width + 1 + c.vocab_size
    loss_itself = 4
    assert measured_activations(model, BATCH, LENGTH) == BATCH * LENGTH * (4 * a_token + 8) + loss_itself


def test_lora_keeps_the_inputs_of_its_thin_matrices_and_no_more_inputs(make_model):
    """W is frozen and needs none. B keeps what A gives it: R numbers a token."""
    more = [measured_activations(add_lora(make_model(), rank, 8), BATCH, LENGTH) for rank in (4, 5)]
    assert more[1] - more[0] == BATCH * LENGTH * 4 * 2 * 2, "one rank more is a number more for q and v of two layers"


@pytest.mark.parametrize("kind", ["dora", "head"])
def test_whatever_is_on_the_model_is_measured(make_model, kind):
    from tinyllm.peft import add_dora
    model = add_dora(make_model(), 4, 8) if kind == "dora" else add_lora(make_model(tied=False), 4, 8, "head")
    assert memory_of(model, BATCH, LENGTH).peak == pytest.approx(measured_peak(model, BATCH, LENGTH), rel=0.05)


@pytest.mark.parametrize("name", METHODS)
def test_measuring_changes_no_weight_and_leaves_no_gradient(tuned, name):
    model = tuned(name)
    before, trainable = copy.deepcopy(model.state_dict()), list(trainable_parameters(model))
    memory_of(model, BATCH, LENGTH)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items()), "a weight has changed"
    assert all(p.grad is None for p in model.parameters()), "a gradient was left behind"
    assert list(trainable_parameters(model)) == trainable


@pytest.mark.parametrize("name", METHODS)
def test_gradients_and_optimizer_state_are_of_the_trained_share_only(tuned, name):
    model = tuned(name)
    trained = sum(trainable_parameters(model).values())
    memory = memory_of(model, BATCH, LENGTH)
    assert memory.gradients == 4 * trained, "a gradient is 4 bytes for each trained number, and frozen ones have none"
    assert memory.optimizer == 8 * trained, "AdamW holds two moments, 8 bytes, for each trained number"
    assert memory.weights == 4 * sum(p.numel() for p in model.parameters()), "the frozen weights are there all the same"


@pytest.mark.parametrize("name", METHODS)
def test_activations_grow_linearly_with_the_batch(tuned, name):
    model = tuned(name)
    one, two, three = (memory_of(model, batch, LENGTH) for batch in (1, 2, 3))
    assert three.activations - two.activations == two.activations - one.activations > 0
    assert (one.weights, one.gradients, one.optimizer) == (three.weights, three.gradients, three.optimizer)


def test_peft_saves_gradients_and_optimizer_state_but_few_activations(tuned):
    full, lora = (memory_of(tuned(name), BATCH, LENGTH) for name in ("full tuning", "LoRA all"))
    assert lora.gradients + lora.optimizer < 0.5 * (full.gradients + full.optimizer)
    assert lora.activations > 0.5 * full.activations
    last = memory_of(tuned("last layer"), BATCH, LENGTH)
    assert last.activations < lora.activations, "below the first trained layer nothing is kept"


def test_full_tuning_is_16_bytes_a_parameter(tuned):
    model = tuned("full tuning")
    count = sum(p.numel() for p in model.parameters())
    memory = memory_of(model, BATCH, LENGTH)
    assert memory.weights + memory.gradients + memory.optimizer == 16 * count == without_activations(0, count)


def test_peft_without_activations_is_the_frozen_base_and_16_bytes_for_each_added_number(make_model):
    model = make_model()
    base = sum(p.numel() for p in model.parameters())
    memory = memory_of(add_lora(model, 4, 8), BATCH, LENGTH)
    added = sum(trainable_parameters(model).values())
    assert memory.weights + memory.gradients + memory.optimizer == without_activations(base, added)


def test_the_floor_is_a_quarter_with_an_fp32_base_and_an_eighth_with_a_bf16_one():
    full = without_activations(0, 1e9)
    assert without_activations(1e9, 0) / full == 0.25
    assert without_activations(1e9, 0, frozen_bytes=2) / full == 0.125
    for count, layers, width in REAL_MODELS.values():
        assert 0.125 < without_activations(count, lora_parameters(layers, width, 8), 2) / without_activations(0, count) < 0.13


@pytest.mark.parametrize(("targets", "matrices"), [(("q",), 1), (("q", "v"), 2), (("q", "k", "v", "o"), 4)])
def test_the_count_of_lora_parameters_is_what_add_lora_trains(make_model, targets, matrices):
    model = add_lora(make_model(), 8, 16, targets)
    config = model.config
    assert lora_parameters(config.n_layers, config.width, 8, matrices) == sum(trainable_parameters(model).values())


def test_r_4_on_q_and_v_of_gpt_3_is_the_18_million_of_the_lora_paper():
    assert lora_parameters(96, 12288, 4) == 18_874_368


def test_at_the_peak_there_are_activations_and_logits_or_else_gradients():
    assert Memory(1, 20, 300, 4000, 50000).peak == 54301
    assert Memory(1, 200000, 300, 4000, 50000).peak == 200301, "with a tiny batch the gradients weigh more at the end"


@pytest.mark.parametrize("name", METHODS)
def test_the_peak_is_what_the_allocator_sees(tuned, name):
    """PyTorch's profiler notes every byte that is allocated and freed: another witness of the same steps."""
    model = tuned(name)
    with torch.profiler.profile(profile_memory=True) as profile:
        peak = measured_peak(model, BATCH, LENGTH)
    changes = [event.nbytes() for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    weights = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())  # were there before
    assert peak == pytest.approx(weights + max(itertools.accumulate(changes)), rel=0.02)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("batch", "length"), [(BATCH, LENGTH), (1, 40)])
def test_the_computed_peak_is_the_measured_one(tuned, name, batch, length):
    """Gradients are not there yet when activations are; the logits and their gradient are."""
    model = tuned(name)
    assert memory_of(model, batch, length).peak == pytest.approx(measured_peak(model, batch, length), rel=0.05)


@pytest.mark.parametrize("name", METHODS)
def test_measuring_the_peak_changes_no_weight_and_leaves_no_gradient(tuned, name):
    model = tuned(name)
    before = copy.deepcopy(model.state_dict())
    assert measured_peak(model, BATCH, LENGTH) == measured_peak(model, BATCH, LENGTH)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_trainer_holds_no_more_than_such_a_step_needs(make_model):
    """A name for the logits inside the loop, for example, keeps them alive through the whole backward pass."""
    model = make_model()
    ids = torch.randint(0, 400, (BATCH, LENGTH))
    trainer = Trainer(model, TrainConfig(batch_size=BATCH, epochs=2, precision="float32", device="cpu"))
    step = measured_peak(model, BATCH, LENGTH)
    with LiveTensors(model) as live:
        trainer.fit([(row, row) for row in ids])
    logits = 4 * BATCH * LENGTH * model.config.vocab_size
    assert live.peak < step + logits / 2, f"the peak is {(live.peak - step) / logits:.2f} logits higher"


@pytest.mark.parametrize("name", ["1.3 B", "6.7 B", "13 B", "30 B"])
def test_the_shapes_of_real_models_have_the_size_that_they_are_called_by(name):
    """12 D^2 weights a layer: 4 in attention, 8 in a feed-forward layer of width 4 D."""
    count, layers, width = REAL_MODELS[name]
    assert 12 * layers * width**2 == pytest.approx(count, rel=0.1)


def test_live_tensors_count_views_once_and_forget_what_is_gone():
    layer = torch.nn.Linear(10, 10)
    with LiveTensors(layer) as live:
        assert live.now == 4 * 110
        a = torch.zeros(1000)
        views = a.view(10, 100).t()
        assert live.now == 4 * 110 + 4000, "a view has no numbers of its own"
        b = torch.zeros(500)
        del a, views
        assert live.now == 4 * 110 + 2000 and live.peak == 4 * 110 + 6000
        layer(torch.zeros(3, 10))
    assert b.sum() == 0 and live.peak == 4 * 110 + 6000


def test_the_table_has_a_line_for_each_part_and_the_peak():
    lines = Memory(1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000).table().splitlines()
    assert [line.split()[0] for line in lines] == ["weights", "gradients", "optimizer", "activations", "logits", "peak"]
    assert lines[-1].split()[1:] == ["13.0", "MB"]


def test_measuring_leaves_no_tensor_behind(make_model):
    """A saved tensor that still knows its graph is kept by the graph, and keeps it: no one would ever free the two."""
    import gc
    model = make_model(bias=True)
    with LiveTensors(model) as live:
        before = live.now
        measured_activations(model, BATCH, LENGTH)
        gc.collect()
        assert live.now == before, f"{live.now - before:,} bytes were left behind"


def test_memory_and_traffic_of_many_processes_are_those_of_the_zero_paper():
    """Rajbhandari et al. 2020: 7.5 B parameters, 64 GPUs: 120 GB, or 1.88 GB each in parts; 1.5 times the traffic."""
    from tinyllm.memory import sent_in_a_step
    assert without_activations(0, 7.5e9) == 120e9 and round(without_activations(0, 7.5e9) / 64 / 1e9, 2) == 1.88
    assert sent_in_a_step(7.5e9, 64, "fsdp") / sent_in_a_step(7.5e9, 64, "ddp") == 1.5
    assert sent_in_a_step(1, 10 ** 6) == pytest.approx(8, rel=1e-5), "each gradient goes round twice, 4 bytes"


def test_the_readmes_plan_is_what_memory_py_computes():
    from tinyllm.memory import sent_in_a_step
    sizes = [REAL_MODELS[name] for name in ("1.3 B", "6.7 B", "70 B")]
    new = [lora_parameters(layers, width, 8) for _, layers, width in sizes]
    full, lora = [count for count, *_ in sizes], list(zip([count for count, *_ in sizes], new, strict=True))
    rows = {"full tuning: weights, gradients, AdamW": [without_activations(0, n) for n in full],
            "... on each of 8 GPUs, fsdp": [without_activations(0, n) / 8 for n in full],
            "LoRA, r = 8 on q and v, float32 base": [without_activations(*pair) for pair in lora],
            "LoRA, bfloat16 base": [without_activations(*pair, 2) for pair in lora],
            "a step sends, full, ddp": [sent_in_a_step(n, 8) for n in full],
            "a step sends, full, fsdp": [sent_in_a_step(n, 8, "fsdp") for n in full],
            "a step sends, LoRA, ddp": [sent_in_a_step(n, 8) for n in new]}
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    for name, numbers in rows.items():
        row = f"| {name} | " + " | ".join(f"{x / 1e9:,.1f} GB" if x >= 1e9 else f"{x / 1e6:,.1f} MB" for x in numbers) + " |"
        assert row in readme, f"the README should say: {row}"
