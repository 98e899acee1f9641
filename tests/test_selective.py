"""Are exactly the chosen weights trained, and all others bit for bit what they were?"""

import pytest
import torch
from test_lora import fit, ids, refused, weights

LINEARS = [f"attention.{name}" for name in "qkvo"] + [f"feed_forward.{name}" for name in ("gate", "up", "down")]
BIASES = {f"blocks.{i}.{layer}.bias" for i in range(2) for layer in LINEARS}
NORMS = {f"blocks.{i}.{norm}.weight" for i in range(2) for norm in ("attention_norm", "feed_forward_norm")} | {"norm.weight"}
LAST = {f"blocks.1.{layer}.{part}" for layer in LINEARS for part in ("weight", "bias")} | {"norm.weight"} | {
    f"blocks.1.{norm}.weight" for norm in ("attention_norm", "feed_forward_norm")}


def choose(name):
    """The method of this name, as a function of the model, and the names that it trains in a model with biases."""
    from tinyllm.peft import bitfit, freeze, last_layers
    return {"biases": (bitfit, BIASES), "last layer": (lambda model: last_layers(model, 1), LAST),
            "norms": (lambda model: freeze(model, "*norm.weight"), NORMS),
            "embedding": (lambda model: freeze(model, "embedding.weight"), {"embedding.weight"}),
            "two patterns": (lambda model: freeze(model, "blocks.0.attention.[qv].weight", "norm.weight"),
                             {"blocks.0.attention.q.weight", "blocks.0.attention.v.weight", "norm.weight"})}[name]


EVERY = ["biases", "last layer", "norms", "embedding", "two patterns"]


@pytest.mark.parametrize("method", EVERY)
def test_the_trainable_names_are_exactly_those_chosen_and_each_gets_a_gradient(make_model, method):
    from tinyllm.peft import trainable_parameters
    choice, expected = choose(method)
    model = make_model(bias=True)
    assert choice(model) is model
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    assert trainable_parameters(model) == {name: sizes[name] for name in sizes if name in expected}, (
        f"these are trainable against the choice, or not trainable: {sorted(set(trainable_parameters(model)) ^ expected)[:4]}")
    assert torch.equal(model(ids(2, 9)), make_model(bias=True)(ids(2, 9))), "to choose what is trained computes nothing else"
    model(ids(2, 9)).square().mean().backward()
    for name, parameter in model.named_parameters():
        got = parameter.grad is not None and bool((parameter.grad != 0).any())
        assert got == (name in expected), f"{name} {'gets' if got else 'does not get'} a gradient"


@pytest.mark.parametrize("method", EVERY)
def test_after_training_exactly_the_chosen_weights_have_changed(make_model, method):
    choice, expected = choose(method)
    model = choice(make_model(bias=True))
    before = weights(model)
    history = fit(model, epochs=4)
    assert history.train_loss[-1] < history.train_loss[0]
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed - {"head.weight"} == expected, "all other weights must be what they were, bit for bit"
    assert ("head.weight" in changed) == ("embedding.weight" in expected), "a tied head is the embedding table"


def test_bitfit_trains_no_norm_and_no_matrix(make_model):
    from tinyllm.peft import bitfit
    model = bitfit(make_model(bias=True))
    others = [name for name, p in model.named_parameters() if p.requires_grad and not name.endswith(".bias")]
    assert not others, f"BitFit trains the biases and nothing else; these train too: {others}"
    share = sum(p.numel() for p in model.parameters() if p.requires_grad) / sum(p.numel() for p in model.parameters())
    assert share < 0.03


def test_bitfit_without_biases_is_refused(make_model):
    from tinyllm.peft import bitfit
    model = make_model()
    with refused(model, r"no biases to train.*bias=True"):
        bitfit(model)


@pytest.mark.parametrize("count", [1, 2])
def test_the_last_layers_are_the_last_and_bring_the_norm_behind_them(make_model, count):
    from tinyllm.peft import last_layers, trainable_parameters
    names = set(trainable_parameters(last_layers(make_model(tied=False), count)))
    blocks = {f"blocks.{i}." for i in range(2 - count, 2)}
    assert {name[:9] for name in names - {"norm.weight"}} == blocks, "the last layers are those nearest to the output"
    assert "norm.weight" in names, "the norm behind the last layer trains with it"
    assert not names & {"embedding.weight", "head.weight"}


@pytest.mark.parametrize("count", [0, -1, 3, 1.5, "1", None])
def test_a_number_of_layers_that_are_not_there_is_refused(make_model, count):
    from tinyllm.peft import last_layers
    model = make_model()
    with refused(model, "2 layers"):
        last_layers(model, count)


@pytest.mark.parametrize("patterns", [("*.biases",), ("norm.weight", "blocks.7.*"), ("",), ("NORM.weight",)])
def test_a_pattern_that_fits_nothing_is_refused(make_model, patterns):
    from tinyllm.peft import freeze
    model = make_model()
    with refused(model, f"No parameter fits '{patterns[-1]}'".replace("*", r"\*")):
        freeze(model, *patterns)


def test_a_choice_replaces_the_one_before_it(make_model):
    from tinyllm.peft import freeze, trainable_parameters
    model = freeze(make_model(), "norm.weight")
    assert trainable_parameters(freeze(model)) == {}, "without a pattern everything is frozen"
    assert list(trainable_parameters(freeze(model, "embedding.weight"))) == ["embedding.weight"]
    assert len(trainable_parameters(freeze(model, "*"))) == len(list(model.parameters()))


def test_a_tied_embedding_counts_once_and_stays_tied(make_model):
    from tinyllm.peft import freeze, parameter_table, trainable_parameters
    model = freeze(make_model(), "embedding.weight")
    assert trainable_parameters(model) == {"embedding.weight": 400 * 32}
    assert parameter_table(model).count("12,800") == 2  # in its own row, and in the sum
    fit(model, epochs=1)
    assert model.head.weight is model.embedding.weight


def test_the_table_names_every_trainable_parameter_and_their_share(make_model):
    from tinyllm.peft import add_lora, freeze, parameter_table
    model = make_model()
    total = sum(p.numel() for p in model.parameters())
    lines = parameter_table(freeze(model, "*norm.weight")).splitlines()
    assert {line.split()[0] for line in lines[:-1]} == NORMS and all("(32,)" in line for line in lines[:-1])
    assert lines[-1] == f"160 of {total:,} parameters are trainable: {160 / total:.2%}"
    lines = parameter_table(add_lora(model, 4, 8)).splitlines()
    assert len(lines) == 2 * 2 * 2 + 1
    assert lines[-1] == f"1,024 of {total + 1024:,} parameters are trainable: {1024 / (total + 1024):.2%}"
    assert parameter_table(freeze(model)).startswith("0 of ")
