"""Is the loss on the right tokens, does every step mean what it should, and does a killed run end the same?"""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

IGNORE = -100
PAIRS = [("Where does Anna live?", " Norden"), ("Marta bakes", " bread in Brindle"), ("Leo has a", " red boat"),
         ("Is it cold?", " very"), ("one two three", " four five six"), ("Le chat", " dort")] * 4


@pytest.fixture
def examples(tokenizer):
    return [tokenizer.render(*pair) for pair in PAIRS]


def weights(model):
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def train(model, examples, validation=None, **settings):
    from tinyllm import TrainConfig, Trainer
    trainer = Trainer(model, TrainConfig(**{"device": "cpu", "precision": "float32", "batch_size": 8, **settings}))
    return trainer.fit(examples, validation)


def train_until(model, last, *arguments, **settings):
    """Train, but break off when the model is called for training once more after `last` calls."""
    calls = []

    def break_off(*_):
        calls.append(1)
        if len(calls) > last and model.training:
            raise KeyboardInterrupt
    model.register_forward_pre_hook(break_off)
    with pytest.raises(KeyboardInterrupt):
        train(model, *arguments, **settings)


def test_the_loss_is_the_mean_over_target_tokens_alone(make_model, examples):
    """Against a plain loop: each example alone, without padding, one -log p for each target."""
    from tinyllm import TrainConfig, Trainer
    model = make_model()
    by_hand = [-model(torch.tensor([ids]))[0, i].log_softmax(dim=-1)[target].item()
               for ids, targets in examples for i, target in enumerate(targets) if target != IGNORE]
    loss, _ = Trainer(model, TrainConfig(device="cpu", precision="float32")).evaluate(examples)
    assert loss == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-5), (
        "the loss must be the sum over target tokens divided by their number, not by all positions or by examples")


def test_prompt_tokens_have_no_influence_through_the_loss(make_model, tokenizer):
    from tinyllm.trainer import masked_cross_entropy
    ids, targets = tokenizer.render("Where does Anna live?", " Norden")
    logits = make_model()(torch.tensor([ids])).detach().requires_grad_()
    masked_cross_entropy(logits, torch.tensor([targets])).backward()
    learnt = [i for i, target in enumerate(targets) if target != IGNORE]
    assert logits.grad[0].abs().sum(dim=-1).nonzero().flatten().tolist() == learnt


def test_padding_changes_no_loss_and_no_gradient(make_model, examples):
    from tinyllm.data import collate
    from tinyllm.trainer import masked_cross_entropy
    gradients = []
    for batches in ([examples[:6]], [[example] for example in examples[:6]]):
        model = make_model()
        for batch in batches:
            ids, targets = collate(batch)
            masked_cross_entropy(model(ids), targets).backward()
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], rtol=1e-4, atol=1e-4)


def shapes_read(model):
    """The (texts, tokens) that the model reads from now on, in one list."""
    shapes = []
    model.embedding.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape[:2])))
    return shapes


@pytest.mark.parametrize("tokens", [1, 20, 40])
def test_reading_a_batch_in_pieces_is_the_same_step(make_model, examples, tokens):
    whole, split = make_model(), make_model()
    in_whole, in_pieces = shapes_read(whole), shapes_read(split)
    train(whole, examples, epochs=1)
    train(split, examples, epochs=1, piece_tokens=tokens)
    assert all(n == 1 or n * length <= tokens for n, length in in_pieces), f"pieces {in_pieces} of at most {tokens} tokens"
    assert len(in_pieces) > len(in_whole) and sum(n for n, _ in in_pieces) == sum(n for n, _ in in_whole)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(split.state_dict()[name], tensor, rtol=0, atol=2e-4, msg=lambda m, name=name: (
            f"{name} differs: parts of a batch must be summed and divided by all its target tokens, not averaged. {m}"))


def test_a_cpu_computes_in_float32_unless_it_is_asked(make_model):
    from tinyllm import TrainConfig, Trainer
    found = [Trainer(make_model(), TrainConfig(device="cpu", precision=asked)).precision for asked in (None, "float32", "bf16")]
    assert found == ["float32", "float32", "bf16"]


def test_padding_to_a_multiple_is_the_same_step(make_model, examples):
    shorter, longer, wanted = make_model(), make_model(), []
    train(shorter, examples, epochs=1)
    shapes = shapes_read(longer)
    longer.head.register_forward_hook(lambda module, inputs, output: wanted.append(output.shape[0]))
    train(longer, examples, epochs=1, multiple=8)
    assert {length % 8 for _, length in shapes} == {0}, f"the batches (texts, tokens) are {shapes}, with no multiples of 8 tokens"
    assert {number % 8 for number in wanted} == {0}, f"the head scores {wanted} positions, no multiples of 8"
    for name, tensor in shorter.state_dict().items():
        torch.testing.assert_close(longer.state_dict()[name], tensor, rtol=0, atol=2e-4, msg=lambda m, name=name: (
            f"{name} differs: what is padded has no target, so it must change no step. {m}"))


def test_one_step_is_adamw_without_decay_on_norms_and_biases(make_model, examples):
    """Against AdamW written out from the paper, in the first step, where the moments are the gradient itself."""
    model = make_model(bias=True)
    before = weights(model)
    train(model, examples, epochs=1, batch_size=len(examples), learning_rate=0.01, warmup=0.0, weight_decay=0.5, clip=1e9)
    oracle = make_model(bias=True)
    loss = count = 0
    for ids, targets in examples:
        loss = loss + F.cross_entropy(oracle(torch.tensor([ids]))[0], torch.tensor(targets), reduction="sum")
        count += sum(t != IGNORE for t in targets)
    (loss / count).backward()
    for name, parameter in oracle.named_parameters():
        decay = 0.5 if parameter.ndim == 2 else 0.0
        expected = before[name] * (1 - 0.01 * decay) - 0.01 * parameter.grad / (parameter.grad.abs() + 1e-8)
        clear = parameter.grad.abs() > 1e-4  # where the gradient is nearly 0 its sign is rounding
        torch.testing.assert_close(model.state_dict()[name][clear], expected[clear], rtol=0, atol=1e-4)


def test_the_rate_rises_then_falls_along_a_cosine():
    from tinyllm import TrainConfig
    from tinyllm.trainer import learning_rate
    config = TrainConfig(learning_rate=1.0, warmup=0.1, final_rate=0.2)
    rates = [learning_rate(step, 100, config) for step in range(100)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)]), "in the warmup the rate rises from 0 in equal steps"
    assert max(rates) == 1.0, "the rate is never above learning_rate"
    assert rates[55] == pytest.approx(0.6, abs=0.01), "halfway down, half a cosine wave is halfway between highest and final rate"
    assert rates[-1] == pytest.approx(0.2, abs=0.01), "the rate ends at final_rate * learning_rate"


def test_gradients_are_clipped_before_the_step(make_model, examples):
    small, large = make_model(), make_model()
    train(small, examples, epochs=1, clip=1e-12, weight_decay=0.0, warmup=0.0)
    train(large, examples, epochs=1, clip=1e9, weight_decay=0.0, warmup=0.0)
    moved = [sum((m.state_dict()[n] - t).abs().sum().item() for n, t in make_model().state_dict().items())
             for m in (small, large)]
    assert moved[0] < 0.05 * moved[1], "with a clip far below AdamW's epsilon hardly anything may move"


def test_only_what_requires_a_gradient_changes_and_the_rest_is_bit_equal(make_model, examples):
    model = make_model()
    for name, parameter in model.named_parameters():
        parameter.requires_grad = ".q." in name
    before = weights(model)
    train(model, examples, epochs=1)
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if ".q." in name}


@pytest.mark.parametrize("training", [True, False])
def test_training_leaves_the_mode_as_it_was(make_model, examples, training):
    model = make_model().train(training)
    train(model, examples, examples[:4], epochs=1)
    assert model.training == training


def test_nothing_trainable_is_refused(make_model, examples):
    from tinyllm import InputError
    with pytest.raises(InputError, match="Nothing in the model is trainable"):
        train(make_model().requires_grad_(False), examples)


def test_a_few_examples_can_be_learnt_by_heart(make_model, tokenizer, examples):
    from tinyllm.generate import complete
    model = make_model()
    history = train(model, examples, epochs=40, learning_rate=3e-3)
    assert history.train_loss[-1] < 0.1
    answers = complete(model, tokenizer, [prompt for prompt, _ in PAIRS[:6]], 12)
    assert answers == [completion.strip() for _, completion in PAIRS[:6]], "training and decoding do not fit together"


def test_the_weights_with_the_lowest_validation_loss_are_kept(make_model, examples):
    from tinyllm import TrainConfig, Trainer
    model = make_model()
    history = train(model, examples[:3], examples[3:6], epochs=60, learning_rate=1e-2, evaluations=10)
    best = min(history.validation_loss)
    assert history.steps[history.validation_loss.index(best)] == history.best_step < history.steps[-1], (
        "this run must overfit for the test to mean anything")
    kept, _ = Trainer(model, TrainConfig(device="cpu", precision="float32")).evaluate(examples[3:6])
    assert kept == pytest.approx(best, abs=1e-6)


def test_history_holds_every_step_and_every_validation(make_model, examples):
    history = train(make_model(), examples, examples[:4], epochs=4, evaluations=3)
    assert len(history.train_loss) == len(history.learning_rate) == 12
    assert history.steps == [4, 8, 12]
    assert len(history.validation_loss) == len(history.validation_accuracy) == 3
    assert all(0 <= accuracy <= 1 for accuracy in history.validation_accuracy)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(make_model, examples):
    runs = []
    for seed in (0, 0, 1):
        torch.rand(seed + 3)  # whatever was drawn before must not matter
        model = make_model()
        train(model, examples, epochs=2, seed=seed)
        runs.append(weights(model))
    assert all(torch.equal(runs[0][name], runs[1][name]) for name in runs[0])
    assert not all(torch.equal(runs[0][name], runs[2][name]) for name in runs[0])


def test_training_does_not_disturb_the_random_numbers_outside(make_model, examples):
    torch.manual_seed(5)
    expected = torch.rand(3)
    model = make_model()
    torch.manual_seed(5)
    train(model, examples)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("stop_at", [1, 4, 7])
def test_a_run_that_breaks_off_and_is_resumed_ends_bit_for_bit_the_same(make_model, examples, tmp_path, stop_at):
    settings = {"epochs": 4, "evaluations": 4, "save_every": 2}
    undisturbed = make_model()
    expected = train(undisturbed, examples, examples[:5], **settings)
    train_until(make_model(), 2 * stop_at, examples, examples[:5], out=tmp_path, **settings)
    resumed = make_model()
    history = train(resumed, examples, examples[:5], out=tmp_path, resume=True, **settings)
    assert history == expected
    assert all(torch.equal(t, undisturbed.state_dict()[n]) for n, t in resumed.state_dict().items())


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"seed": 3}, {"epochs": 9}])
def test_resuming_another_run_is_refused_and_changes_nothing(make_model, examples, tmp_path, change):
    from tinyllm import InputError
    train(make_model(), examples, out=tmp_path)
    model = make_model(seed=8)
    before = weights(model)
    with pytest.raises(InputError, match=next(iter(change))):
        train(model, examples, out=tmp_path, resume=True, **change)
    with pytest.raises(InputError, match="training data"):
        train(model, examples[1:], out=tmp_path, resume=True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_three_kills_lose_nothing():
    script = Path(__file__).parent / "kill_and_resume.py"
    done = subprocess.run([sys.executable, str(script), "3"], capture_output=True, text=True)
    assert done.returncode == 0 and "3 of 3 runs" in done.stdout, done.stdout + done.stderr
    assert "; 0 were killed" not in done.stdout, "a run that ended before it was killed shows nothing"


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch_size": -1}, {"warmup": 2}, {"precision": "fp8"}, {"resume": True},
                                   {"learning_rate": math.nan}])
def test_settings_that_make_no_sense_are_refused(wrong):
    from tinyllm import InputError, TrainConfig
    with pytest.raises(InputError):
        TrainConfig(**wrong)


def test_examples_that_teach_nothing_are_refused(make_model):
    from tinyllm import InputError
    for bad, word in (([], "no training examples"), ([([1, 2], [IGNORE, IGNORE])], "Example 0"), ([([1], [1, 2])], "Example 0")):
        with pytest.raises(InputError, match=word):
            train(make_model(), bad)


def test_a_device_that_is_not_there_is_refused():
    from tinyllm import InputError
    from tinyllm.trainer import pick_device
    with pytest.raises(InputError, match="no device 'tpu'"):
        pick_device("tpu")
    assert pick_device("cpu").type == "cpu"


def test_bfloat16_trains_to_about_the_same_loss(make_model, examples):
    losses = [train(make_model(), examples, epochs=6, precision=precision).train_loss[-1] for precision in ("float32", "bf16")]
    assert losses[0] == pytest.approx(losses[1], rel=0.1)


def test_every_step_is_adamw_at_the_rate_of_the_schedule(make_model, examples):
    """Against torch's AdamW, driven by hand: five steps on the whole data, with a rate that rises and falls."""
    from tinyllm import TrainConfig
    from tinyllm.data import collate
    from tinyllm.trainer import learning_rate
    settings = {"epochs": 5, "batch_size": len(examples), "learning_rate": 0.01, "warmup": 0.6, "weight_decay": 0.1}
    model, oracle = make_model().double(), make_model().double()
    history = train(model, examples, clip=1e9, **settings)
    optimizer = torch.optim.AdamW([{"params": [p for p in oracle.parameters() if p.ndim == 2], "weight_decay": 0.1},
                                   {"params": [p for p in oracle.parameters() if p.ndim < 2], "weight_decay": 0.0}],
                                  betas=(0.9, 0.95))
    ids, targets = collate(examples)
    rates = [learning_rate(step, 5, TrainConfig(**settings)) for step in range(5)]
    assert history.learning_rate == rates and rates[0] < rates[1] < rates[2] > rates[4]
    for rate in rates:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        F.cross_entropy(oracle(ids).flatten(0, 1).float(), targets.flatten()).backward()
        optimizer.step()
    for name, tensor in oracle.state_dict().items():
        near = (model.state_dict()[name] - tensor).abs() < 1e-4  # but for gradients of nearly 0, whose sign is rounding
        assert near.double().mean() > 0.99, f"{name} went another way: is the rate of the schedule the one that is used?"


@pytest.mark.parametrize("tokens", [None, 50])
def test_the_loss_of_a_step_is_the_mean_over_the_target_tokens_of_its_whole_batch(make_model, examples, tokens):
    from tinyllm import TrainConfig, Trainer
    model = make_model()
    before, _ = Trainer(model, TrainConfig(device="cpu", precision="float32")).evaluate(examples)
    history = train(model, examples, batch_size=len(examples), epochs=1, piece_tokens=tokens)
    assert history.train_loss == pytest.approx([before], rel=1e-5), (
        "the loss of a step is the mean over its targets: positions without a target do not count, and no piece is left out")


def read_batches(model, examples, **settings):
    """The ids of the rows of each batch that the model is trained on."""
    seen = []
    hook = model.register_forward_pre_hook(lambda model, inputs: seen.append(
        {tuple(i for i in row if i) for row in inputs[0].tolist()}))
    train(model, examples, **settings)
    hook.remove()
    return seen


def test_an_epoch_reads_every_example_also_those_of_a_last_small_batch(make_model, examples):
    nine = [examples[0], *[([7, 8, i], [IGNORE, i, 3]) for i in range(10, 18)]]
    seen = read_batches(make_model(), nine, batch_size=8, epochs=1)
    assert len(seen) == 2 and set.union(*seen) == {tuple(ids) for ids, _ in nine}


def test_the_next_epoch_reads_in_another_order(make_model):
    many = [([7, 8, i], [IGNORE, i, 3]) for i in range(10, 34)]
    seen = read_batches(make_model(), many, batch_size=4, epochs=2)
    assert seen[:6] != seen[6:] and set.union(*seen[:6]) == set.union(*seen[6:])


@pytest.mark.parametrize("training", [True, False])
def test_evaluating_uses_no_dropout_and_leaves_the_mode_as_it_was(make_model, examples, training):
    from tinyllm import TrainConfig, Trainer
    from tinyllm.peft import add_lora
    model = add_lora(make_model(), 4, 8, dropout=0.5)
    for name, parameter in model.named_parameters():
        if name.endswith(".B"):
            torch.nn.init.normal_(parameter)
    trainer = Trainer(model.train(training), TrainConfig(device="cpu", precision="float32"))
    assert trainer.evaluate(examples) == trainer.evaluate(examples), "with dropout two evaluations differ"
    assert model.training == training


@pytest.fixture
def judged(monkeypatch):
    """A function that makes validation find given (loss, accuracy) pairs; it returns the list of the weights that were judged."""
    from tinyllm import Trainer

    def judge(*found):
        judged, coming = [], iter(found)

        def evaluate(trainer, examples):
            judged.append(weights(trainer.model))
            return next(coming)
        monkeypatch.setattr(Trainer, "evaluate", evaluate)
        return judged
    return judge


def test_best_is_the_lowest_loss_of_all_not_the_last_improvement_and_not_accuracy(make_model, examples, judged):
    found = judged((1.0, 0.1), (3.0, 0.2), (2.0, 0.3))
    model = make_model()
    history = train(model, examples, examples[:2], epochs=3, evaluations=3)
    assert history.best_step == history.steps[0]
    assert all(torch.equal(tensor, found[0][name]) for name, tensor in model.state_dict().items())


def test_a_resumed_run_still_knows_its_best_weights(make_model, examples, tmp_path, judged):
    found = judged((1.0, 0), (2.0, 0), (3.0, 0), (4.0, 0))
    settings = {"epochs": 4, "evaluations": 4, "save_every": 1, "out": tmp_path}
    train_until(make_model(), 7, examples, examples[:2], **settings)
    resumed = make_model()
    history = train(resumed, examples, examples[:2], resume=True, **settings)
    assert history.steps == [3, 6, 9, 12] and history.best_step == 3
    assert all(torch.equal(tensor, found[0][name]) for name, tensor in resumed.state_dict().items())


def test_dropout_draws_anew_at_each_step_and_the_same_when_resumed(make_model, examples, tmp_path):
    from tinyllm.peft import add_lora

    def adapted():
        torch.manual_seed(0)
        return add_lora(make_model(), 4, 8, dropout=0.5)
    settings, masks, undisturbed = {"epochs": 3, "batch_size": len(examples), "save_every": 1}, [], adapted()
    dropout = next(module for module in undisturbed.modules() if isinstance(module, torch.nn.Dropout))
    dropout.register_forward_hook(lambda module, inputs, output: masks.append(output == 0))
    train(undisturbed, examples, **settings)
    assert not torch.equal(masks[0], masks[1]) and not torch.equal(masks[1], masks[2])
    train_until(adapted(), 2, examples, out=tmp_path, **settings)
    resumed = adapted()
    torch.rand(5)  # whatever was drawn in between must not matter
    train(resumed, examples, out=tmp_path, resume=True, **settings)
    assert all(torch.equal(tensor, undisturbed.state_dict()[name]) for name, tensor in resumed.state_dict().items())


def test_resuming_on_another_model_or_with_other_targets_is_refused(make_model, examples, tmp_path):
    from tinyllm import InputError
    train(make_model(), examples, out=tmp_path)
    with pytest.raises(InputError, match="starting weights"):
        train(make_model(seed=8), examples, out=tmp_path, resume=True)
    ids, targets = examples[0]
    changed = [(ids, [*targets[:-1], 5]), *examples[1:]]
    with pytest.raises(InputError, match="training data"):
        train(make_model(), changed, out=tmp_path, resume=True)


def test_the_loss_of_bfloat16_logits_is_computed_in_float32():
    from tinyllm.trainer import masked_cross_entropy
    logits, targets = torch.randn(4, 50, 100).bfloat16(), torch.randint(0, 100, (4, 50))
    loss = masked_cross_entropy(logits, targets)
    assert loss.dtype == torch.float32 and loss.item() == pytest.approx(masked_cross_entropy(logits.float(), targets).item())


def test_after_each_step_the_model_can_be_looked_at_and_the_run_stays_the_same(make_model, tokenizer, examples):
    from tinyllm import TrainConfig, Trainer, generate
    config = TrainConfig(device="cpu", precision="float32", batch_size=8, epochs=2)
    plain, watched, steps, seen = make_model(), make_model(), [], []

    def look(step):
        steps.append(step)
        seen.append(weights(watched)["blocks.0.attention.q.weight"])
        generate(watched, [tokenizer.encode("Where")], 3)
    Trainer(plain, config).fit(examples)
    Trainer(watched, config).fit(examples, after_step=look)
    assert steps == [1, 2, 3, 4, 5, 6], "24 pairs in batches of 8, twice"
    assert not torch.equal(seen[0], seen[1]), "it is called after the step, while the model learns"
    assert all(torch.equal(a, b) for a, b in zip(plain.state_dict().values(), watched.state_dict().values(), strict=True))


def test_a_compiled_run_computes_its_steps_with_the_compiled_model_and_leaves_a_plain_one(make_model, examples, monkeypatch):
    """To compile takes a minute, so a stand-in does it here, which notes what it is called with."""
    seen, plain = [], make_model()

    def compiled(model):
        def forward(ids):
            seen.append(model.training)
            return model(ids)
        return forward
    monkeypatch.setattr(torch, "compile", compiled)
    train(plain, examples, examples[:4], epochs=2)
    assert not seen, "nothing is compiled unless it is asked for"
    model = make_model()
    train(model, examples, examples[:4], epochs=2, compile=True)
    assert seen == [True] * 6, "every step is to be computed by the compiled model; validation is by the plain one"
    assert all(torch.equal(tensor, plain.state_dict()[name]) for name, tensor in model.state_dict().items())
    assert model.state_dict().keys() == plain.state_dict().keys(), "a compiled model's names must not reach the checkpoint"


def test_a_run_may_be_resumed_compiled_or_not(make_model, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda model: model)
    settings = {"epochs": 4, "save_every": 2}
    undisturbed = make_model()
    train(undisturbed, examples, **settings)
    train_until(make_model(), 5, examples, out=tmp_path, **settings)
    resumed = make_model()
    train(resumed, examples, out=tmp_path, resume=True, compile=True, **settings)
    assert all(torch.equal(tensor, undisturbed.state_dict()[name]) for name, tensor in resumed.state_dict().items())


def test_a_run_with_validation_data_is_not_resumed_without(make_model, examples, tmp_path):
    """It would end with the best weights of validations that this run never made."""
    from tinyllm import InputError
    train(make_model(), examples, examples[:4], out=tmp_path)
    with pytest.raises(InputError, match="validation data differs"):
        train(make_model(), examples, out=tmp_path, resume=True)


def test_examples_without_a_target_cannot_be_evaluated(make_model):
    from tinyllm import InputError, TrainConfig, Trainer
    for nothing in ([], [([1, 2], [IGNORE, IGNORE])]):
        with pytest.raises(InputError, match="evaluate on"):
            Trainer(make_model(), TrainConfig(device="cpu")).evaluate(nothing)


class KnowsNoAt(torch.nn.Module):
    """A model that computes all logits, as a model of your own may do."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, ids):
        return self.inner(ids)


def test_logits_are_computed_only_where_there_is_a_target(make_model, examples):
    """With a large vocabulary they are the dearest part of a step."""
    from tinyllm import TrainConfig, Trainer
    model, rows = make_model(), []
    model.head.register_forward_hook(lambda head, inputs, output: rows.append(output[..., 0].numel()))
    targets = sum(target != IGNORE for _, targets in examples for target in targets)
    Trainer(model, TrainConfig(device="cpu", precision="float32")).evaluate(examples)
    assert sum(rows) == targets, "the head is asked for the positions that have a target, and for no others"
    rows.clear()
    train(model, examples, batch_size=len(examples))
    assert sum(rows) == targets


def test_leaving_out_logits_changes_neither_losses_nor_weights(make_model, examples):
    ours, plain = make_model(), KnowsNoAt(make_model())
    histories = [train(model, examples, examples, epochs=2) for model in (ours, plain)]
    assert histories[0].train_loss == pytest.approx(histories[1].train_loss, abs=1e-5)
    assert histories[0].validation_loss == pytest.approx(histories[1].validation_loss, abs=1e-5)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


def test_the_bar_shows_speed_and_memory(capsys):
    from tinyllm.progress import TrainingBar
    with TrainingBar(0, 2, torch.device("cpu")) as bar:
        bar.step(1.25, tokens=100)
        assert "loss 1.250" in bar.bar.postfix and "tokens/s" in bar.bar.postfix
        assert bar.tokens == 100


def test_keeping_less_for_the_backward_pass_changes_no_weight_and_lowers_the_peak(make_model):
    """Activations that are computed again are the same numbers, dropout's included."""
    from tinyllm import TrainConfig, Trainer
    from tinyllm.memory import LiveTensors
    from tinyllm.peft import add_lora
    examples = [([i % 50 + 1 for i in range(k, k + 40)],) * 2 for k in range(16)]
    weights, peaks = [], []
    for keep_less in (False, True):
        torch.manual_seed(0)
        model = add_lora(make_model(n_layers=4), 4, 8, "all", dropout=0.2)
        own = [block.forward.__func__ for block in model.blocks]
        config = TrainConfig(batch_size=8, device="cpu", precision="float32", keep_less=keep_less)
        with LiveTensors(model) as live:
            Trainer(model, config).fit(examples)
        assert [block.forward.__func__ for block in model.blocks] == own, "after training each layer's forward is its own again"
        weights.append({name: p.detach() for name, p in model.named_parameters()})
        peaks.append(live.peak)
    for name, weight in weights[0].items():
        torch.testing.assert_close(weights[1][name], weight, msg=lambda m, name=name: f"{name} differs: {m}")
    assert peaks[1] < 0.7 * peaks[0], f"the peak is {peaks[1] / peaks[0]:.2f} of what it is without"


def test_keeping_less_hands_memory_back_before_the_backward_pass_begins_and_before_it_ends(make_model, monkeypatch):
    """A step takes most at these moments: the gradients of the head and of the embedding are as large as their weights."""
    from tinyllm import TrainConfig, Trainer, device
    events = []
    monkeypatch.setattr(device, "hand_back", lambda: events.append("handed back"))
    model = make_model(n_layers=3)
    for module, name in ((model, "at the head"), (model.blocks[0], "at the first layer"), (model.embedding, "at the embedding")):
        def note(own, given, made, name=name):
            made.register_hook(lambda grad: events.append(name))
        module.register_forward_hook(note)
    examples = [([1, 2, 3, 4],) * 2] * 2
    config = {"batch_size": 2, "piece_tokens": 4, "device": "cpu", "precision": "float32"}
    Trainer(model, TrainConfig(keep_less=True, **config)).fit(examples)
    assert events == ["handed back", "handed back", "at the head", "at the first layer", "handed back", "at the embedding"] * 2
    events.clear()
    Trainer(model, TrainConfig(**config)).fit(examples)
    assert "handed back" not in events, "nothing of it stays when training is over"


def test_freed_memory_goes_back_to_the_system():
    """Where the C library can do so. Of 200 MB in blocks of half a megabyte every tenth stays, so that the heap cannot shrink."""
    from tinyllm.device import MALLOC_TRIM
    if MALLOC_TRIM is None:
        pytest.skip("this C library hands nothing back")
    code = """if True:
        import re, torch
        from tinyllm.device import hand_back
        def resident(): return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
        torch.ones(4 << 20)  # once a block of 16 MB was freed, smaller ones come from the heap
        blocks = [torch.ones(1 << 17) for _ in range(400)]
        kept = blocks[::10]
        del blocks
        before = resident()
        hand_back()
        print(before - resident())"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 100
