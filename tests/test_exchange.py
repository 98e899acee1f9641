"""Do adapters travel between tinyllm and the library peft, both ways and with the same logits?"""

import json

import pytest
import torch

from tinyllm import InputError
from tinyllm.peft import SoftPrompt, add_adapters, add_dora, add_lora, load_peft, merge_lora, rank_stabilized, save_peft
from tinyllm.pretrained import load_huggingface, save_huggingface

peft = pytest.importorskip("peft", reason="the oracle is in tests/requirements.txt")
transformers = pytest.importorskip("transformers")
IDS = torch.randint(0, 400, (2, 20), generator=torch.Generator().manual_seed(1))
LORA = {"r": 4, "lora_alpha": 8, "task_type": "CAUSAL_LM"}
QV, ALL = ["q_proj", "v_proj"], ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@pytest.fixture
def base(tmp_path, make_model, tokenizer):
    """A base model, ours and transformers', in a folder."""
    model = make_model(n_kv_heads=2)
    save_huggingface(tmp_path / "base", model, tokenizer)
    return model, transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "base").eval()


def shake(model):
    """Random trained weights, as if the model had been trained."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def logits_of_peft(model):
    with torch.no_grad():
        found = model(input_ids=IDS, attention_mask=torch.ones_like(IDS)).logits
    return found[:, -IDS.shape[1]:]  # a soft prompt has logits of its own there


@pytest.mark.parametrize("settings", [
    {"target_modules": QV}, {"target_modules": ALL}, {"target_modules": "all-linear"},
    {"target_modules": ALL, "use_rslora": True}, {"target_modules": ALL, "use_dora": True},
    {"target_modules": QV, "layers_to_transform": [1]}])
def test_what_peft_saves_we_load(base, tmp_path, settings):
    ours, theirs = base
    theirs = shake(peft.get_peft_model(theirs, peft.LoraConfig(**LORA, **settings)))
    theirs.save_pretrained(tmp_path / "adapter")
    with torch.no_grad():
        torch.testing.assert_close(load_peft(ours, tmp_path / "adapter")(IDS), logits_of_peft(theirs), rtol=0, atol=1e-5)


def test_a_soft_prompt_of_peft_is_ours_too(base, tmp_path):
    ours, theirs = base
    config = peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=6)
    theirs = shake(peft.get_peft_model(theirs, config))
    theirs.save_pretrained(tmp_path / "adapter")
    with torch.no_grad():
        torch.testing.assert_close(load_peft(ours, tmp_path / "adapter")(IDS), logits_of_peft(theirs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("put_on", [
    lambda model: add_lora(model, 4, 8), lambda model: add_lora(model, 4, 8, "all"),
    lambda model: add_lora(model, 4, rank_stabilized(8, 4), "all"), lambda model: add_dora(model, 4, 8, "all"),
    lambda model: SoftPrompt(model, 6)], ids=["q, v", "all", "rsLoRA", "DoRA", "soft prompt"])
def test_what_we_save_peft_loads(base, tmp_path, put_on):
    model, theirs = base
    ours = shake(put_on(model))
    save_peft(ours, tmp_path / "adapter")
    theirs = peft.PeftModel.from_pretrained(theirs, tmp_path / "adapter").eval()
    with torch.no_grad():
        torch.testing.assert_close(ours(IDS), logits_of_peft(theirs), rtol=0, atol=1e-5)


def test_there_and_back_changes_nothing(base, tmp_path):
    ours = shake(add_lora(base[0], 4, 8, "all"))
    save_peft(ours, tmp_path / "adapter")
    fresh, _ = load_huggingface(tmp_path / "base")
    again = load_peft(fresh, tmp_path / "adapter")
    with torch.no_grad():
        assert torch.equal(ours(IDS), again(IDS))


@pytest.fixture
def adapter(base, tmp_path):
    """A folder with LoRA to spoil, and a model to put it on."""
    save_peft(shake(add_lora(base[0], 4, 8)), tmp_path / "adapter")
    return load_huggingface(tmp_path / "base")[0], tmp_path / "adapter"


@pytest.mark.parametrize(("changes", "message"), [
    ({"peft_type": "IA3"}, "of type IA3"),
    ({"bias": "all"}, "its setting bias is 'all'"),
    ({"modules_to_save": ["lm_head"]}, "its setting modules_to_save"),
    ({"rank_pattern": {"q_proj": 2}}, "its setting rank_pattern"),
    ({"fan_in_fan_out": True}, "its setting fan_in_fan_out"),
    ({"some_new_setting": 3}, "its setting some_new_setting is 3"),
    ({"init_lora_weights": "pissa"}, "init_lora_weights is 'pissa'"),
    ({"use_dora": True}, "and this model needs"),
    ({"r": "four"}, "does not say the rank"),
    ({"r": 8}, "and this model needs"),
])
def test_a_setting_that_we_do_not_have_is_named(adapter, changes, message):
    model, folder = adapter
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    before = model(IDS)
    with pytest.raises(InputError, match=message):
        load_peft(model, folder)
    assert torch.equal(model(IDS), before), "a refused adapter leaves the model as it was"


def test_an_adapter_for_other_layers_is_refused(adapter, make_model):
    with pytest.raises(InputError, match=r"blocks\.1\.attention\.q, which this model does not have"):
        load_peft(make_model(n_kv_heads=2, n_layers=1), adapter[1])
    with pytest.raises(InputError, match="and this model needs"):
        load_peft(make_model(width=64), adapter[1])


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_adapter_is_one_sentence(adapter, name, damage):
    model, folder = adapter
    if damage == "missing":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes((folder / name).read_bytes()[:40])
    with pytest.raises(InputError) as error:
        load_peft(model, folder)
    assert "\n" not in str(error.value).strip()


def test_what_peft_has_no_form_for_is_not_written(base, tmp_path):
    with pytest.raises(InputError, match="writes LoRA, DoRA and soft prompts"):
        save_peft(add_adapters(base[0], 4), tmp_path / "adapter")
    assert not (tmp_path / "adapter").exists()


def test_a_merged_lora_is_not_written(make_model, tmp_path):
    with pytest.raises(InputError, match="merged"):
        save_peft(merge_lora(add_lora(make_model(), 4, 8)), tmp_path / "adapter")
