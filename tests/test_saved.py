"""Does a small file hold all that was trained, is what does not belong refused, and do many tasks share one base?"""

import copy
import os
import pickle

import pytest
import torch
from test_checkpoint import Evil
from test_lora import bit_equal, fit, ids, refused, trained, weights

TEXT = ids(2, 9)


def methods():
    """Every method, by name: a function that puts it into a model and returns what is trained."""
    from tinyllm.peft import SoftPrompt, add_adapters, add_dora, add_lora, bitfit, freeze, last_layers
    return {"lora": lambda m: add_lora(m, 4, 8, "all"), "lora with dropout": lambda m: add_lora(m, 2, 3, ("q", "down"), 0.5),
            "dora": lambda m: add_dora(m, 4, 8), "bottleneck": lambda m: add_adapters(m, 6),
            "bitfit": bitfit, "last layer": lambda m: last_layers(m, 1), "norms": lambda m: freeze(m, "*norm.weight"),
            "embedding": lambda m: freeze(m, "embedding.weight"), "soft prompt": lambda m: SoftPrompt(m, 5)}


ALL = ["lora", "lora with dropout", "dora", "bottleneck", "bitfit", "last layer", "norms", "embedding", "soft prompt"]
PARTS = ALL[:4]  # the others change the base itself, and a soft prompt stands around it


@pytest.fixture
def make_base(make_model):
    return lambda **changes: make_model(**{"bias": True, **changes})


@pytest.fixture
def make_saved(make_base, tmp_path):
    """A function that trains a small model by a method and saves it: (the trained model, the file)."""
    from tinyllm.peft import save_adapter

    def make(method, name=None, seed=3, **changes):
        model, path = trained(methods()[method](make_base(**changes)), seed).eval(), tmp_path / f"{name or method}.pt"
        save_adapter(model, path)
        return model, path
    return make


# ---- there and back


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2, "tied": False}])
@pytest.mark.parametrize("method", ALL)
def test_a_loaded_adapter_computes_what_was_saved_bit_for_bit(make_base, make_saved, method, changes):
    from tinyllm import generate
    from tinyllm.peft import load_adapter, trainable_parameters
    model, path = make_saved(method, **changes)
    base = make_base(**changes)
    plain = base(TEXT)
    loaded = load_adapter(base, path)
    assert (loaded is base) == (method != "soft prompt")
    assert torch.equal(loaded(TEXT), model(TEXT)), "what was loaded is not what was saved"
    assert not torch.allclose(loaded(TEXT), plain, atol=1e-3), "this test needs an adapter that does something"
    assert generate(loaded, [[5], [7, 8, 9]], 6) == generate(model, [[5], [7, 8, 9]], 6)
    assert trainable_parameters(loaded) == trainable_parameters(model), "training must be able to go on where it stopped"


@pytest.mark.parametrize("method", ALL)
def test_training_goes_on_after_loading_as_it_would_have(make_base, make_saved, tmp_path, method):
    from tinyllm.peft import load_adapter, save_adapter
    model, path = make_saved(method)
    loaded = load_adapter(make_base(), path)
    for each in (model, loaded):
        fit(each, epochs=1)
    assert bit_equal(loaded, weights(model))
    save_adapter(loaded, path)
    assert torch.equal(load_adapter(make_base(), path)(TEXT), model(TEXT)), "what was loaded can be trained and saved again"


@pytest.mark.parametrize("method", PARTS)
def test_what_was_loaded_can_be_saved_again_also_when_it_is_frozen(make_base, make_saved, tmp_path, method):
    from tinyllm.peft import load_adapter, save_adapter
    model, path = make_saved(method)
    save_adapter(load_adapter(make_base(), path).requires_grad_(False), tmp_path / "again.pt")
    assert torch.equal(load_adapter(make_base(), tmp_path / "again.pt").eval()(TEXT), model(TEXT))


@pytest.mark.parametrize("method", ALL)
def test_the_file_holds_the_trained_weights_and_little_more(make_saved, method):
    from tinyllm.peft import trainable_parameters
    model, path = make_saved(method)
    counts = trainable_parameters(model)
    size = path.stat().st_size
    assert size < 4 * sum(counts.values()) + 3000 + 500 * len(counts), (
        f"{size:,} bytes for {sum(counts.values()):,} numbers of 4 bytes: is the base in the file?")


@pytest.mark.parametrize("method", PARTS)
def test_the_base_is_still_there_under_a_loaded_adapter(make_base, make_saved, method):
    from tinyllm.peft import base_only, load_adapter
    model = load_adapter(make_base(), make_saved(method)[1])
    before = weights(model)
    with base_only(model) as base:
        assert base is model and bit_equal(model, weights(make_base()))
        assert torch.equal(model(TEXT), make_base()(TEXT)), "inside base_only the adapter still acts"
    assert bit_equal(model, before), "after base_only the adapter must be back"


def test_a_loaded_embedding_stays_tied_to_the_head(make_base, make_saved):
    from tinyllm.peft import base_only, load_adapter
    model = load_adapter(make_base(), make_saved("embedding")[1])
    assert model.head.weight is model.embedding.weight
    with base_only(model):
        assert model.head.weight is model.embedding.weight
    assert model.head.weight is model.embedding.weight


def test_an_adapter_put_on_a_model_in_use_is_in_use_too(make_base, make_saved):
    """A new module begins in training mode. Inside a model in eval mode its dropout would make every answer random."""
    from tinyllm.peft import Adapters, load_adapter
    _, path = make_saved("lora with dropout")
    model = load_adapter(make_base().eval(), path)
    assert torch.equal(model(TEXT), model(TEXT)), "the dropout of a loaded adapter acts in a model that is in eval mode"
    model = make_base().train()
    adapters = Adapters(model)
    adapters.add("a", path)
    model.eval()
    adapters.switch("a")
    assert torch.equal(model(TEXT), model(TEXT)), "an adapter that was off missed eval(): its dropout acts"


@pytest.mark.parametrize("method", PARTS)
def test_what_is_off_goes_along_when_the_model_moves(make_base, make_saved, method):
    """To another type here; to another device it is the same."""
    from tinyllm.peft import Adapters, base_only, load_adapter
    _, path = make_saved(method)
    model = load_adapter(make_base(), path).double()
    with base_only(model):
        assert model(TEXT).dtype == torch.float64, "the base's own weights stayed behind"
    adapters = Adapters(make_base())
    adapters.add("a", path)
    adapters.model.double()
    adapters.switch("a")
    assert adapters.model(TEXT).dtype == torch.float64, "the adapter that was off stayed behind"


# ---- what cannot be loaded


@pytest.mark.parametrize("changes", [{"seed": 1}, {"width": 16}, {"n_layers": 3}, {"rope_theta": 500.0}, {"tied": False},
                                     {"bias": False}, {"n_kv_heads": 2}])
@pytest.mark.parametrize("method", ["lora", "bottleneck", "bitfit", "soft prompt"])
def test_an_adapter_of_another_base_or_shape_is_refused(make_base, make_saved, method, changes):
    from tinyllm.peft import Adapters, load_adapter
    _, path = make_saved(method)
    model = make_base(**changes)
    for load in (load_adapter, lambda model, path: Adapters(model).add("a", path)):
        with refused(model, "another base model"):
            load(model, path)


def test_one_changed_weight_is_another_base(make_base, make_saved):
    from tinyllm.peft import load_adapter
    _, path = make_saved("lora")
    model = make_base()
    with torch.no_grad():
        model.norm.weight[5] += 1e-6
    with refused(model, "another base model"):
        load_adapter(model, path)


@pytest.mark.parametrize("method", ["lora", "soft prompt"])
@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_file_is_refused(make_base, make_saved, method, keep):
    from tinyllm.peft import load_adapter
    _, path = make_saved(method)
    content = path.read_bytes()
    path.write_bytes(content[:int(keep * len(content)) if keep < 1 else keep])
    model = make_base()
    with refused(model, method):
        load_adapter(model, path)


def test_code_in_a_file_is_refused_and_not_run(make_base, tmp_path):
    from tinyllm.peft import load_adapter
    model, path, evil = make_base(), tmp_path / "a.pt", Evil(tmp_path / "ran")
    for write in (lambda: path.write_bytes(pickle.dumps({"recipe": evil}, protocol=2)),
                  lambda: torch.save({"recipe": {"method": evil}, "weights": {}}, path)):
        write()
        with refused(model, "carries code"):
            load_adapter(model, path)
        assert not (tmp_path / "ran").exists(), "loading ran the code in the file"


def test_a_file_that_is_missing_is_named(make_base, tmp_path):
    from tinyllm.peft import load_adapter
    model = make_base()
    with refused(model, "none.pt"):
        load_adapter(model, tmp_path / "none.pt")


@pytest.mark.parametrize("content", [
    [1, 2], {}, torch.zeros(2), "text", None, {"recipe": 3, "weights": {}, "base": 3},
    {"recipe": {}, "weights": {}, "base": "x"}, {"recipe": {}, "weights": [torch.zeros(1)], "base": "x"},
    {"recipe": {"method": "lora"}, "base": "x", "weights": {1: torch.zeros(1)}},
    {"recipe": {"method": "lora"}, "base": "x", "weights": {"a": "text"}}, {"embedding.weight": torch.zeros(400, 32)}])
def test_tensors_that_are_no_adapter_are_refused(make_base, tmp_path, content):
    from tinyllm.peft import load_adapter
    torch.save(content, tmp_path / "a.pt")
    model = make_base()
    with refused(model, "a.pt"):
        load_adapter(model, tmp_path / "a.pt")


def test_a_whole_model_is_no_adapter(make_base, tokenizer, tmp_path):
    from tinyllm.checkpoint import save_model
    from tinyllm.peft import load_adapter
    save_model(tmp_path, make_base(), tokenizer)
    model = make_base()
    with refused(model, "not an adapter"):
        load_adapter(model, tmp_path / "weights.pt")


TAMPERED = [("lora", "rank", value) for value in (2, 0, -1, 33, "4", True, None)] + [
    ("lora", "alpha", value) for value in (-8.0, float("nan"), "8", None)] + [
    ("lora", "dropout", value) for value in (1.0, -1, "0")] + [
    ("lora", "targets", value) for value in (["blocks.7.attention.q"], ["blocks.0.attention.q"], [], ["norm"], ["blocks"], [""],
                                           [3], 3, None, ["embedding"], ["../../etc"])] + [
    ("lora", "method", value) for value in ("dora", "bottleneck", "selective", "soft_prompt", "magic", None)] + [
    ("dora", "method", "lora"), ("dora", "rank", 3), ("bitfit", "method", "lora"), ("bitfit", "method", "soft_prompt")] + [
    ("bottleneck", "bottleneck", value) for value in (3, 0, -1, "6", None, 10**30)] + [
    ("soft prompt", "length", value) for value in (3, 0, -1, 64, "5", None)] + [
    ("soft prompt", "method", "lora"), ("soft prompt", "method", "bottleneck")]


@pytest.mark.parametrize(("method", "field", "value"), TAMPERED)
def test_a_description_that_does_not_fit_its_weights_is_refused(make_base, make_saved, method, field, value):
    from tinyllm.peft import load_adapter
    _, path = make_saved(method)
    content = torch.load(path)
    assert field in content["recipe"]
    changed = {**content["recipe"], field: value}
    model = make_base()
    for recipe in (changed, {name: kept for name, kept in changed.items() if name != field}):
        torch.save({**content, "recipe": recipe}, path)
        with refused(model):
            load_adapter(model, path)


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("change", ["another shape", "one more", "one less"])
def test_weights_that_do_not_fit_are_refused(make_base, make_saved, method, change):
    from tinyllm.peft import load_adapter
    _, path = make_saved(method)
    content = torch.load(path)
    last = next(reversed(content["weights"]))
    if change == "one less":
        del content["weights"][last]
    else:
        content["weights"][last if change == "another shape" else "blocks.9.attention.q"] = torch.zeros(3, 2, 2)
    torch.save(content, path)
    model = make_base()
    with refused(model):
        load_adapter(model, path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("method", ["lora", "bottleneck", "bitfit", "soft prompt"])
def test_numbers_that_are_not_finite_are_neither_saved_nor_loaded(make_base, make_saved, tmp_path, method, value):
    from tinyllm import InputError
    from tinyllm.peft import load_adapter, save_adapter
    broken, path = make_saved(method)
    content = torch.load(path)
    next(iter(content["weights"].values())).view(-1)[0] = value
    torch.save(content, path)
    model = make_base()
    with refused(model, "finite"):
        load_adapter(model, path)
    with torch.no_grad():
        next(p for p in broken.parameters() if p.requires_grad).view(-1)[0] = value
    with pytest.raises(InputError, match="finite"):
        save_adapter(broken, tmp_path / "broken.pt")
    assert not (tmp_path / "broken.pt").exists()


@pytest.mark.parametrize("weight", [torch.eye(4).to_sparse(), torch.eye(4).long(), torch.eye(4, device="meta")])
def test_tensors_of_another_kind_are_refused(make_base, make_saved, weight):
    from tinyllm.peft import load_adapter
    _, path = make_saved("lora")
    content = torch.load(path)
    content["weights"][next(iter(content["weights"]))] = weight
    torch.save(content, path)
    model = make_base()
    with refused(model, "lora.pt"):
        load_adapter(model, path)


@pytest.mark.parametrize("method", PARTS)
def test_what_was_loaded_can_be_taken_off_whatever_it_is(make_base, make_saved, method):
    from tinyllm.peft import load_adapter, unload_adapter
    _, path = make_saved(method)
    model = load_adapter(make_base(), path)
    assert not torch.equal(model(TEXT), make_base()(TEXT))
    assert unload_adapter(model) is model
    assert bit_equal(model, weights(make_base())) and torch.equal(model(TEXT), make_base()(TEXT))
    with refused(model, "no adapter"):
        unload_adapter(model)


def test_loading_onto_an_adapted_or_merged_model_is_refused(make_base, make_saved):
    from tinyllm.peft import Adapters, add_lora, load_adapter, merge_lora
    _, path = make_saved("lora")
    model = trained(add_lora(make_base(), 2, 2))
    for _ in range(2):
        for load in (lambda: load_adapter(model, path), lambda: Adapters(model)):
            with refused(model):
                load()
        merge_lora(model)


# ---- what cannot be saved


def test_what_a_file_could_not_hold_is_refused_and_nothing_is_written(make_base, tmp_path):
    from tinyllm.peft import SoftPrompt, add_adapters, add_lora, freeze, merge_lora, save_adapter
    merged = merge_lora(trained(add_lora(make_base(), 4, 8)))
    by_hand = trained(add_lora(make_base(), 4, 8))
    by_hand.blocks[0].attention.q.merge()
    norms = freeze(add_lora(make_base(), 4, 8), "*.A", "*.B", "norm.weight")
    behind = freeze(add_adapters(make_base(), 4), "*.adapter.*", "blocks.0.attention.base.q.bias")
    prompt = SoftPrompt(make_base(), 5)
    prompt.base.norm.requires_grad_(True)
    for model, match in ((merged, "merged"), (by_hand, "merged"), (make_base(), "save_model"), (freeze(make_base()), "Nothing"),
                         (norms, "norm.weight is trainable"), (behind, "base.q.bias is trainable"),
                         (prompt, "base.norm.weight is trainable")):
        with refused(model, match):
            save_adapter(model, tmp_path / "a.pt")
        assert os.listdir(tmp_path) == []


def test_after_unmerging_it_can_be_saved_again(make_base, make_saved, tmp_path):
    from tinyllm.peft import load_adapter, merge_lora, save_adapter, unmerge_lora
    model, path = make_saved("lora")
    save_adapter(unmerge_lora(merge_lora(model)), path)
    assert torch.equal(load_adapter(make_base(), path)(TEXT), model(TEXT))


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(make_base, make_saved, tmp_path, monkeypatch):
    from tinyllm import InputError
    from tinyllm.peft import load_adapter, save_adapter
    model, path = make_saved("lora")
    out = model(TEXT)

    def half(content, file):
        file.write_bytes(b"half")
        raise OSError("disk full")
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", half)
        with pytest.raises(InputError, match="disk full"):
            save_adapter(trained(model, seed=9), path)
    assert os.listdir(tmp_path) == [path.name]
    assert torch.equal(load_adapter(make_base(), path)(TEXT), out)


def test_saving_changes_nothing_in_the_model(make_base, tmp_path):
    from tinyllm.peft import save_adapter, trainable_parameters
    for method in ALL:
        model = trained(methods()[method](make_base()))
        before, modules, names = weights(model), dict(model.named_modules()), trainable_parameters(model)
        save_adapter(model, tmp_path / "a" / "b.pt")  # the folder is made
        assert bit_equal(model, before) and dict(model.named_modules()) == modules and trainable_parameters(model) == names


def test_parts_that_no_single_call_makes_are_refused(make_base, tmp_path):
    """A file holds one call. With the alpha of the first layer for all, the others would speak too loudly or too softly."""
    from tinyllm.peft import LoRALinear, add_lora, save_adapter
    for rank, alpha in ((4, 16), (2, 8)):
        model = trained(add_lora(make_base(), 4, 8))
        attention = model.blocks[1].attention
        attention.q = LoRALinear(attention.q.base, rank, alpha)
        with refused(model, "one file cannot describe"):
            save_adapter(model, tmp_path / "a.pt")
    assert os.listdir(tmp_path) == []


def test_adapters_in_some_blocks_only_are_refused(make_base, tmp_path):
    from tinyllm.peft import add_adapters, save_adapter
    model = add_adapters(make_base(), 4)
    model.blocks[1].attention = model.blocks[1].attention.base
    with refused(model, "blocks.1.attention.adapter"):
        save_adapter(model, tmp_path / "a.pt")


# ---- many adapters on one base


@pytest.fixture
def many(make_base, make_saved):
    """An Adapters with one of every kind, what each of them computes, and the base."""
    from tinyllm.peft import Adapters
    adapters, outputs = Adapters(make_base()), {}
    for seed, method in enumerate(PARTS):
        model, path = make_saved(method, seed=seed)
        adapters.add(method, path)
        outputs[method] = model(TEXT).detach()
    return adapters, outputs


def test_adapters_are_added_without_changing_anything(many, make_base):
    adapters, _ = many
    assert adapters.active is None
    assert bit_equal(adapters.model, weights(make_base())) and torch.equal(adapters.model(TEXT), make_base()(TEXT))


def test_each_computes_what_it_did_alone_whatever_was_on_before(many):
    adapters, outputs = many
    for _ in range(2):
        for name in (*PARTS, *reversed(PARTS)):
            adapters.switch(name)
            assert adapters.active == name
            assert torch.equal(adapters.model(TEXT), outputs[name]), f"{name} computes something else than it did alone"


def test_switching_copies_no_base_weight_and_off_is_the_base_bit_for_bit(many, make_base):
    adapters, _ = many
    model, base = adapters.model, make_base()
    places = {name: p.data_ptr() for name, p in model.named_parameters()}
    own = {name for name in places if not name.endswith((".bias", "norm.weight", "embedding.weight")) and "blocks.1" not in name}
    assert len(own) == 7  # no method here trains these in place of the base
    for name in PARTS:
        adapters.switch(name)
        used = {p.data_ptr() for p in model.parameters()}
        assert {places[weight] for weight in own} <= used, f"to switch to {name} has copied weights of the base"
    adapters.switch(None)
    assert adapters.active is None and bit_equal(model, weights(base)), "after all the switching the base is another"
    assert {name: p.data_ptr() for name, p in model.named_parameters()} == places
    assert torch.equal(model(TEXT), base(TEXT))


def test_one_can_be_added_while_another_is_on(many, make_saved):
    adapters, outputs = many
    adapters.switch("bottleneck")
    model, path = make_saved("lora", name="late", seed=77)
    adapters.add("late", path)
    assert adapters.active == "bottleneck" and torch.equal(adapters.model(TEXT), outputs["bottleneck"])
    adapters.switch("late")
    assert torch.equal(adapters.model(TEXT), model(TEXT))


def test_what_is_removed_is_gone_and_the_base_is_left(many, make_base):
    adapters, outputs = many
    adapters.switch("lora")
    adapters.remove("dora")
    assert torch.equal(adapters.model(TEXT), outputs["lora"]), "to remove one that is off disturbs nothing"
    adapters.remove("lora")
    assert adapters.active is None and bit_equal(adapters.model, weights(make_base()))
    with refused(adapters.model, "no adapter 'lora'; there are: lora with dropout, bottleneck"):
        adapters.switch("lora")


def test_unknown_and_taken_names_and_soft_prompts_are_refused(many, make_saved, make_base):
    from tinyllm.peft import Adapters
    adapters, outputs = many
    adapters.switch("lora")
    for call, match in ((lambda: adapters.switch("nothing"), "no adapter 'nothing'; there are: lora, "),
                        (lambda: adapters.remove("nothing"), "no adapter 'nothing'"),
                        (lambda: adapters.add("lora", make_saved("dora", "again")[1]), "already"),
                        (lambda: adapters.add("soft", make_saved("soft prompt", "soft")[1]), "soft prompt"),
                        (lambda: adapters.add("other", make_saved("lora", "other", n_layers=1)[1]), "another base"),
                        (lambda: adapters.add("none", "none.pt"), r"none\.pt")):
        with refused(adapters.model, match):
            call()
        assert adapters.active == "lora" and torch.equal(adapters.model(TEXT), outputs["lora"])
    for method in ("bitfit", "embedding"):  # they have no parts: they change the base itself
        with refused(adapters.model, "no parts"):
            adapters.add(method, make_saved(method)[1])
    empty = Adapters(make_base())
    with refused(empty.model, "there are: none"):
        empty.switch("lora")


def test_while_the_active_one_is_merged_nothing_can_be_switched(many):
    """Its update is in the base's weights: the next adapter, and the base with all switched off, would stand on a false base."""
    from tinyllm.peft import merge_lora, unmerge_lora
    adapters, outputs = many
    adapters.switch("lora")
    merge_lora(adapters.model)
    for call in (lambda: adapters.switch("dora"), lambda: adapters.switch(None), lambda: adapters.remove("lora")):
        with refused(adapters.model, "merged"):
            call()
        assert adapters.active == "lora", "the switch was refused, but the name has changed"
    unmerge_lora(adapters.model)
    assert torch.equal(adapters.model(TEXT), outputs["lora"])
    adapters.switch("dora")
    assert torch.equal(adapters.model(TEXT), outputs["dora"])


def test_what_is_trained_while_it_is_on_is_kept_while_it_is_off(many):
    adapters, _ = many
    adapters.switch("lora")
    fit(adapters.model, epochs=1)
    out = adapters.model.eval()(TEXT)
    for name in ("bottleneck", None, "lora"):
        adapters.switch(name)
    assert torch.equal(adapters.model(TEXT), out)


def test_weights_trained_by_hand_are_not_thrown_away_by_a_switch(many):
    """What add_lora has put in is none of its adapters, so to take it off would lose it for good."""
    from tinyllm.peft import add_lora
    adapters, _ = many
    trained(add_lora(adapters.model, 2, 2))
    with refused(adapters.model):
        adapters.switch("lora")


# ---- the base alone


@pytest.mark.parametrize("method", PARTS)
def test_inside_base_only_the_model_is_the_base_and_afterwards_it_is_back(make_base, method):
    from tinyllm import generate
    from tinyllm.peft import base_only, trainable_parameters
    model, base = trained(methods()[method](make_base())).eval(), make_base()
    out, names, before = model(TEXT), trainable_parameters(model), weights(model)
    with base_only(model) as inside:
        assert inside is model and torch.equal(model(TEXT), base(TEXT))
        assert bit_equal(model, weights(base)) and generate(model, [[5, 6]], 5) == generate(base, [[5, 6]], 5)
        with base_only(model):
            assert torch.equal(model(TEXT), base(TEXT))
        assert torch.equal(model(TEXT), base(TEXT)), "an inner base_only has ended the outer one"
    assert torch.equal(model(TEXT), out) and bit_equal(model, before) and trainable_parameters(model) == names


def test_inside_base_only_float32_parts_on_a_bfloat16_base_are_not_rounded(make_base):
    from tinyllm.peft import add_lora, base_only
    model = add_lora(make_base().to(torch.bfloat16), 4, 8)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = torch.rand(parameter.shape)
    before = weights(model)
    with base_only(model):
        pass
    assert bit_equal(model, before)


def test_after_an_exception_inside_base_only_the_adapter_is_back(make_base):
    from tinyllm.peft import add_lora, base_only
    model = trained(add_lora(make_base(), 4, 8))
    before, out = weights(model), model(TEXT)
    with pytest.raises(KeyboardInterrupt), base_only(model):
        raise KeyboardInterrupt
    assert bit_equal(model, before) and torch.equal(model(TEXT), out)


def test_of_a_plain_model_the_base_is_itself(make_base):
    from tinyllm.peft import base_only
    model = make_base()
    with base_only(model):
        assert bit_equal(model, weights(make_base()))


def test_base_only_is_refused_while_lora_is_merged(make_base):
    """The base's weights are not in the model then; to show what is there as the base would deceive."""
    from tinyllm.peft import add_lora, base_only, merge_lora
    model = merge_lora(trained(add_lora(make_base(), 4, 8)))
    with refused(model, "merged"), base_only(model):
        pass


# ---- copies


@pytest.mark.parametrize("method", PARTS)
@pytest.mark.parametrize("loaded", [False, True])
def test_a_copy_of_an_adapted_model_works_and_is_independent(make_base, make_saved, method, loaded):
    from tinyllm.peft import base_only, load_adapter
    model, path = make_saved(method)
    if loaded:
        model = load_adapter(make_base(), path)
    before, out = weights(model), model.eval()(TEXT)
    twin = copy.deepcopy(model)
    assert torch.equal(twin(TEXT), out)
    fit(twin, epochs=1)
    with torch.no_grad():
        twin.norm.weight.mul_(2)
    assert bit_equal(model, before) and torch.equal(model(TEXT), out), "to train a copy has changed the original"
    places = {p.data_ptr() for p in model.parameters()}
    with base_only(twin):
        assert not places & {p.data_ptr() for p in twin.parameters()}, "the copy's base is the original's"
        assert torch.equal(model(TEXT), out), "base_only on a copy has switched the original off"


def test_a_copy_can_be_merged_and_stripped_while_the_original_stays(make_base):
    from tinyllm.peft import add_lora, merge_lora, remove_lora
    model = trained(add_lora(make_base(), 4, 8, "all"))
    before = weights(model)
    merged = merge_lora(copy.deepcopy(model))
    again = copy.deepcopy(merged)
    assert bit_equal(remove_lora(again), weights(make_base()))
    torch.testing.assert_close(merged(TEXT), model(TEXT), rtol=0, atol=1e-5)
    assert bit_equal(model, before)
