"""Do the trained vectors stand in front of the text, in batches and in generation, and is nothing else trained?"""

import copy

import pytest
import torch
from test_generate import by_hand
from test_lora import EXAMPLES, bit_equal, fit, ids, refused, weights
from torch.nn import functional as F

PROMPTS = [[5], [7, 8, 9, 10, 11, 12, 13], [1, 2, 3], [300, 4, 4, 4, 4]]
P, D = 10, 32


@pytest.fixture
def make_prompted(make_model):
    """A function that makes a small model with a soft prompt strong enough to matter."""
    def make(length=P, init=None, **changes):
        from tinyllm.peft import SoftPrompt
        model = SoftPrompt(make_model(**changes), length, init)
        with torch.no_grad():
            model.prompt.mul_(5)
        return model.eval()
    return make


def in_front(base, prompt, text):
    """The oracle: the vectors are put in front by hand, and the logits of their own positions are cut off."""
    vectors = prompt.expand(len(text), -1, -1)
    return base.decode(torch.cat([vectors, base.embed(text)], dim=1))[:, len(prompt):]


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2, "bias": True}, {"tied": False}])
def test_the_vectors_are_prepended_to_the_text_and_not_added_to_it(make_prompted, changes):
    model, text = make_prompted(**changes), ids(3, 9)
    logits = model(text)
    assert logits.shape == (3, 9, 400), "there is one score for every token of the text: the prompt's positions are sliced off"
    torch.testing.assert_close(logits, in_front(model.base, model.prompt, text), rtol=0, atol=1e-6, msg=lambda m: (
        f"s_1 .. s_P must stand in front of the embedded text. Added to it, or put behind it, they give other logits. {m}"))


def test_the_gradient_of_the_prompt_is_that_of_the_oracle(make_prompted):
    model, text = make_prompted(init="vocabulary").double(), ids(3, 9)
    oracle = model.prompt.detach().clone().requires_grad_()
    for logits in (model(text), in_front(model.base, oracle, text)):
        F.cross_entropy(logits[:, :-1].flatten(0, 1), text[:, 1:].flatten()).backward()
    assert (model.prompt.grad.norm(dim=1) > 0).all(), "each of the P vectors must get a gradient"
    torch.testing.assert_close(model.prompt.grad, oracle.grad, rtol=0, atol=1e-6)
    assert all(p.grad is None for p in model.base.parameters()), "the base is frozen: no gradient is computed for it"


def test_every_position_of_the_text_can_see_the_prompt(make_prompted):
    model, text = make_prompted(), ids(1, 9)
    before = model(text)
    with torch.no_grad():
        model.prompt[0] += 3.0
    assert ((model(text) - before).abs().amax(dim=-1) > 0).all(), "the first vector must reach all tokens, the first one too"


def test_a_prompt_of_embeddings_is_a_written_prompt(make_model):
    from tinyllm.peft import SoftPrompt
    base, words, text = make_model(), [17, 3, 250], ids(2, 6)
    written = base(torch.cat([torch.tensor([words] * 2), text], dim=1))[:, 3:]
    torch.testing.assert_close(SoftPrompt(base, 3, words)(text), written, rtol=0, atol=1e-6)


def test_only_the_prompt_is_trainable_and_it_holds_p_times_d_numbers(make_prompted):
    from tinyllm.peft import trainable_parameters
    model = make_prompted()
    assert trainable_parameters(model) == {"prompt": P * D}, (
        "the prompt must be a parameter, the only one, and the base frozen")
    assert model.prompt.shape == (P, D) and model.prompt.is_leaf


# ---- training


def test_training_lowers_the_loss_and_leaves_the_base_bit_equal(make_model):
    from tinyllm.peft import SoftPrompt
    base = make_model(bias=True)
    before = weights(base)
    model = SoftPrompt(base, P)
    start = model.prompt.detach().clone()
    history = fit(model, epochs=10, learning_rate=0.3)
    assert history.train_loss[-1] < history.train_loss[0] - 0.3
    assert bit_equal(base, before), "prompt tuning has changed the base model"
    assert ((model.prompt != start).any(dim=1)).all(), "every vector of the prompt must have learnt"


def test_two_soft_prompts_share_one_base_and_do_not_disturb_each_other(make_model):
    from tinyllm.peft import SoftPrompt
    base, text = make_model(), ids(2, 9)
    plain = base(text)
    first, second = SoftPrompt(base, 5), SoftPrompt(base, 8)
    others = second(text)
    fit(first, learning_rate=0.3)
    assert torch.equal(second(text), others) and torch.equal(base(text), plain)
    assert first.base is second.base is base, "a soft prompt needs no copy of the base"
    assert base.config.context == 64, "the base has its whole context when no prompt is in front"


def test_a_soft_prompt_trains_in_bfloat16_too(make_model):
    from tinyllm.peft import SoftPrompt
    losses = [fit(SoftPrompt(make_model(), P, [1, 2, 3]), epochs=6, learning_rate=0.1, precision=precision)
              .train_loss[-1] for precision in ("float32", "bf16")]
    assert losses[0] == pytest.approx(losses[1], rel=0.1)


def test_padding_in_a_batch_changes_no_loss(make_prompted):
    from tinyllm import TrainConfig, Trainer
    found = [Trainer(make_prompted(), TrainConfig(device="cpu", precision="float32", batch_size=size)).evaluate(EXAMPLES)[0]
             for size in (1, 16)]
    assert found[0] == pytest.approx(found[1], abs=1e-5)


# ---- generation


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2}, {"bias": True}])
@pytest.mark.parametrize("length", [1, P, 40])
def test_generation_in_a_padded_batch_is_each_alone_is_a_loop_without_cache(make_prompted, length, changes):
    from tinyllm import generate
    model = make_prompted(length, **changes)
    together = generate(model, PROMPTS, 12)
    assert together == [generate(model, [prompt], 12)[0] for prompt in PROMPTS], (
        "padding has come between the soft prompt and the text, or is counted as positions")
    assert together == [by_hand(model, prompt, 12) for prompt in PROMPTS], "the cache must hold the soft prompt, and hold it once"
    assert together != generate(model.base, PROMPTS, 12), "the soft prompt is lost in generation"


def test_rows_that_end_early_and_sampling_go_with_a_soft_prompt(make_prompted):
    from tinyllm import generate
    model = make_prompted()
    free = generate(model, PROMPTS, 12)
    stop = free[1][4]
    assert generate(model, PROMPTS, 12, stop=stop) == [row[:row.index(stop)] if stop in row else row for row in free]
    sampled = generate(model, PROMPTS, 12, temperature=1.0, seed=3)
    assert sampled == [generate(model, [prompt], 12, temperature=1.0, seed=3)[0] for prompt in PROMPTS]


# ---- the room it takes


def test_the_prompt_takes_its_length_out_of_the_context(make_prompted):
    from tinyllm import InputError, generate
    model = make_prompted()
    assert model.config.context == 64 - P, "what is left for tokens is the context less P"
    assert model(ids(1, 54)).shape == (1, 54, 400)
    with pytest.raises(ValueError, match="65 tokens do not fit"):
        model(ids(1, 55))
    long = ids(1, 53)[0].tolist()
    assert generate(model, [long, long[:50], [5]], 20) == [by_hand(model, long, 1), by_hand(model, long[:50], 4),
                                                           by_hand(model, [5], 20)], "a row ends when the context is full"
    with pytest.raises(InputError, match="Prompt 0 has 54 tokens, but the context of 54"):
        generate(model, [[*long, 5]], 1)


@pytest.mark.parametrize("length", [0, -1, 2.5, "5", 63, 64, 1000])
def test_a_prompt_that_leaves_no_room_is_refused(make_model, length):
    from tinyllm.peft import SoftPrompt
    model = make_model()
    with refused(model, f"length {length!r} does not fit"):
        SoftPrompt(model, length)


def test_the_longest_prompt_that_is_let_in_can_be_used(make_prompted):
    from tinyllm import generate
    model = make_prompted(62)
    assert generate(model, [[5], [6]], 3) == [by_hand(model, [5], 1), by_hand(model, [6], 1)]


def test_a_soft_prompt_in_front_of_a_soft_prompt_is_refused(make_prompted):
    from tinyllm.peft import SoftPrompt
    model = make_prompted(5)
    with refused(model):
        SoftPrompt(model, 3)


# ---- what it starts from


def test_a_text_is_repeated_or_cut_to_the_length(make_model):
    from tinyllm.peft import SoftPrompt
    base, words = make_model(), [17, 3, 250]
    for length, expected in ((2, [17, 3]), (3, words), (7, [17, 3, 250, 17, 3, 250, 17])):
        assert torch.equal(SoftPrompt(base, length, words).prompt, base.embedding.weight[expected])


def test_vectors_from_the_vocabulary_are_rows_of_the_table_and_differ(make_model):
    from tinyllm.peft import SoftPrompt
    base = make_model()
    prompt = SoftPrompt(base, 20, "vocabulary").prompt
    rows = [(base.embedding.weight == vector).all(dim=1).nonzero().flatten().tolist() for vector in prompt]
    assert all(len(row) == 1 for row in rows) and len({row[0] for row in rows}) > 10
    with torch.no_grad():
        prompt.zero_()
    assert (base.embedding.weight != 0).any(dim=1).all(), "the prompt must be a copy: training it would change the table"


def test_random_vectors_are_as_large_as_embeddings_are(make_model):
    from tinyllm.peft import SoftPrompt
    base = make_model()
    prompt = SoftPrompt(base, 50).prompt
    assert prompt.std().item() == pytest.approx(base.embedding.weight.std().item(), rel=0.1), (
        "vectors far larger or smaller than any embedding start where the model has never been")
    assert len(prompt.unique(dim=0)) == 50, "P equal vectors would stay equal but for their positions"
    torch.manual_seed(9)
    again = SoftPrompt(base, 50).prompt
    torch.manual_seed(9)
    assert torch.equal(SoftPrompt(base, 50).prompt, again), "the seed must decide"


@pytest.mark.parametrize("init", ["random words", [], [400], [-1], [1.5], ["a"]])
def test_a_start_that_makes_no_sense_is_refused(make_model, init):
    from tinyllm.peft import SoftPrompt
    model = make_model()
    with refused(model, "init"):
        SoftPrompt(model, 5, init)


def test_the_nearest_tokens_of_a_prompt_made_of_tokens_are_those_tokens(make_model):
    from tinyllm import InputError
    from tinyllm.peft import SoftPrompt, nearest_tokens
    model = SoftPrompt(make_model(), 4, [17, 3, 250, 399])
    near = nearest_tokens(model, 3)
    assert [len(ids) for ids in near] == [3] * 4 and [ids[0] for ids in near] == [17, 3, 250, 399]
    with torch.no_grad():
        model.prompt.mul_(7)
    assert nearest_tokens(model, 3) == near, "the direction counts, not the length"
    assert [len(ids) for ids in nearest_tokens(model)] == [5] * 4
    with torch.no_grad():
        model.base.embedding.weight[100].mul_(1000)
    assert [ids[0] for ids in nearest_tokens(model, 3)] == [17, 3, 250, 399], "an embedding is not near because it is long"
    for count in (0, model.config.vocab_size + 1):
        with pytest.raises(InputError, match="nearest"):
            nearest_tokens(model, count)


# ---- beside the rest


def test_the_base_alone_is_model_base_and_nothing_else_claims_to_be(make_prompted):
    """Either base_only switches the prompt off, or it refuses: to show the prompted model as the base would deceive."""
    from tinyllm import InputError
    from tinyllm.peft import base_only
    model, text = make_prompted(), ids(2, 9)
    try:
        with base_only(model):
            inside = model(text)
    except InputError:
        return
    assert torch.equal(inside, model.base(text)), "inside base_only the soft prompt is still in front"


def test_a_copy_is_independent(make_prompted):
    model, text = make_prompted(), ids(2, 9)
    twin, out = copy.deepcopy(model), model(text)
    assert torch.equal(twin(text), out)
    with torch.no_grad():
        twin.prompt.zero_()
        twin.base.embedding.weight.zero_()
    assert torch.equal(model(text), out)


def test_logits_at_chosen_positions_are_those_of_all_at_these_positions(make_model):
    from tinyllm.peft import SoftPrompt
    model = make_model()
    text = torch.randint(0, 400, (2, 9), generator=torch.Generator().manual_seed(0))
    at = torch.zeros(2, 9, dtype=torch.bool)
    at[0, 3], at[1, 0], at[1, 8] = True, True, True
    for asked in (model, SoftPrompt(model, 4)):
        torch.testing.assert_close(asked(text, at=at), asked(text)[at], rtol=0, atol=1e-5)
