"""Is decoding exact: the same alone, in a padded batch, with and without the cache?"""

import pytest
import torch
import torch.nn.functional as F

PROMPTS = [[5], [7, 8, 9, 10, 11, 12, 13], [1, 2, 3], [300, 4, 4, 4, 4]]


def by_hand(model, prompt, n, stop=None):
    """Greedy decoding as it is defined: read everything again for each token."""
    tokens = list(prompt)
    for _ in range(n):
        with torch.no_grad():
            token = model(torch.tensor([tokens]))[0, -1].argmax().item()
        if token == stop:
            break
        tokens.append(token)
    return tokens[len(prompt):]


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2}, {"bias": True}])
def test_the_cache_changes_nothing(make_model, changes):
    from tinyllm import generate
    model = make_model(**changes)
    assert generate(model, PROMPTS, 20) == [by_hand(model, p, 20) for p in PROMPTS]


def test_the_last_logits_of_each_part_read_with_the_cache_equal_those_without(make_model):
    from tinyllm.cache import Cache
    model, ids = make_model(), torch.randint(0, 400, (2, 12), generator=torch.Generator().manual_seed(3))
    cache = Cache(model.config.n_layers, holds_token=torch.ones(2, 5, dtype=torch.bool), room=7)
    with torch.no_grad():
        parts = [model(part, cache) for part in ids.split([5, 1, 4, 2], dim=1)]
        torch.testing.assert_close(torch.cat(parts, dim=1), model(ids)[:, [4, 5, 9, 11]], rtol=0, atol=1e-5)


def test_a_padded_batch_gives_what_each_prompt_gives_alone(make_model):
    from tinyllm import generate
    model = make_model()
    assert generate(model, PROMPTS, 20) == [generate(model, [p], 20)[0] for p in PROMPTS]


@pytest.mark.parametrize("how", [{"temperature": 1.0}, {"temperature": 0.7, "top_k": 5}, {"temperature": 2.0, "top_p": 0.8}])
def test_sampling_does_not_depend_on_the_neighbours_either(make_model, how):
    from tinyllm import generate
    model = make_model()
    together = generate(model, PROMPTS, 15, seed=3, **how)
    assert together == [generate(model, [p], 15, seed=3, **how)[0] for p in PROMPTS]
    assert together == generate(model, PROMPTS, 15, seed=3, **how), "the same seed must give the same sample"
    assert together != generate(model, PROMPTS, 15, seed=4, **how)


def test_a_row_ends_before_its_stop_token_and_the_others_go_on(make_model):
    from tinyllm import generate
    model = make_model()
    free = generate(model, PROMPTS, 20)
    stop = free[1][4]
    expected = [row[:row.index(stop)] if stop in row else row for row in free]
    assert generate(model, PROMPTS, 20, stop=stop) == expected
    assert generate(model, PROMPTS, 20, stop=[stop]) == expected


def test_decoding_ends_where_the_context_is_full(make_model):
    from tinyllm import generate
    model = make_model(context=16)
    rows = generate(model, [[1] * 15, [2] * 3], 40)
    assert [len(row) for row in rows] == [1, 13], "prompt and answer together must fill the context and not pass it"
    assert rows[1] == by_hand(model, [2] * 3, 13)


def test_sampling_follows_the_distribution():
    from tinyllm.generate import choose
    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))
    chance = torch.rand(20_000, generator=torch.Generator().manual_seed(0))

    def shares(**how):
        picked = choose(logits.expand(len(chance), -1), chance=chance, **{"top_k": None, "top_p": None, **how})
        return (picked.bincount(minlength=4) / len(chance)).tolist()
    assert shares(temperature=1.0) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.01)
    assert shares(temperature=1.0, top_k=2) == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    assert shares(temperature=1.0, top_p=0.79) == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    assert shares(temperature=1.0, top_p=0.81) == pytest.approx([0.526, 0.316, 0.158, 0], abs=0.01)
    assert shares(temperature=1.0, top_k=1) == [1, 0, 0, 0] == shares(temperature=0.0)
    square = [p**2 / (0.25 + 0.09 + 0.0225 + 0.0025) for p in (0.5, 0.3, 0.15, 0.05)]
    assert shares(temperature=0.5) == pytest.approx(square, abs=0.01), "temperature divides the logits"


def test_a_prompt_that_leaves_no_room_is_refused(make_model):
    from tinyllm import InputError, generate
    with pytest.raises(InputError, match="Prompt 1 has 64 tokens, but the context of 64"):
        generate(make_model(), [[1], [1] * 64], 5)


@pytest.mark.parametrize("wrong", [{"prompts": [[]]}, {"prompts": [[400]]}, {"prompts": [[-1]]}, {"temperature": -1.0},
                                   {"temperature": float("nan")}, {"prompts": torch.tensor([[1]])}, {"prompts": "a"},
                                   {"prompts": [1]}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}, {"max_new_tokens": -1}])
def test_bad_arguments_are_refused(make_model, wrong):
    from tinyllm import InputError, generate
    with pytest.raises(InputError):
        generate(make_model(), **{"prompts": [[1]], "max_new_tokens": 2, **wrong})


def test_no_prompts_and_no_tokens_give_nothing(make_model):
    from tinyllm import generate
    assert generate(make_model(), [], 5) == []
    assert generate(make_model(), [[1], [2]], 0) == [[], []]


def test_decoding_leaves_no_trace_in_the_model(make_model):
    from tinyllm import generate
    model = make_model().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    generate(model, PROMPTS, 5)
    assert model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    model(torch.tensor([[1, 2]])).sum().backward()  # a cache that survived would break this


def test_after_an_exception_in_the_middle_training_goes_on(make_model):
    """Without that, a run that catches it would go on without dropout."""
    from tinyllm import generate
    model = make_model().train()

    def stop(*inputs):
        raise KeyboardInterrupt
    hook = model.blocks[0].register_forward_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        generate(model, [[1]], 2)
    hook.remove()
    assert model.training


def test_complete_answers_in_the_order_of_the_prompts(make_model, tokenizer):
    from tinyllm.generate import complete
    model = make_model(vocab_size=tokenizer.vocab_size)
    prompts = ["Marta bakes", "Is it very cold outside? It is", "Leo", "one two three four five"]
    assert complete(model, tokenizer, prompts, 8, batch_size=2) == [
        complete(model, tokenizer, [prompt], 8)[0] for prompt in prompts]


class Writes(torch.nn.Module):
    """A stand-in for a model that writes the same tokens whatever it is asked."""

    def __init__(self, tokens, vocab_size):
        from tinyllm import Config
        super().__init__()
        self.config = Config(vocab_size=vocab_size, n_layers=1, n_heads=1, width=2, context=64)
        self.tokens, self.step, self.weight = tokens, 0, torch.nn.Parameter(torch.zeros(1))

    def forward(self, ids, cache):
        self.step = 0 if ids.shape[1] > 1 else self.step + 1
        return F.one_hot(torch.tensor(self.tokens[self.step]), self.config.vocab_size).float().expand(len(ids), ids.shape[1], -1)


def test_an_answer_ends_with_the_end_token_whatever_would_follow(tokenizer):
    from tinyllm.generate import complete
    tokens = [*tokenizer.encode(" bread"), tokenizer.end_id, *tokenizer.encode(" dog") * 9]
    assert complete(Writes(tokens, tokenizer.vocab_size), tokenizer, ["Marta bakes", "Leo has a"], 8) == ["bread", "bread"]


def test_any_of_several_stop_tokens_ends_a_row(make_model):
    from tinyllm import generate
    model = make_model()
    free = generate(model, PROMPTS, 20)
    stops = [free[1][4], next(token for token in free[2] if token != free[1][4])]
    expected = [row[:next((i for i, token in enumerate(row) if token in stops), len(row))] for row in free]
    assert generate(model, PROMPTS, 20, stop=stops) == expected


def test_top_p_counts_in_shares_of_what_top_k_has_left():
    from tinyllm.generate import choose
    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05])).expand(100, -1)
    picked = choose(logits, 1.0, top_k=2, top_p=0.6, chance=torch.linspace(0, 0.999, 100))
    assert (picked == 0).all(), "of the two best the first holds 0.625, which is 0.6 already"


def test_top_p_takes_no_token_more_than_it_needs():
    from tinyllm.generate import choose
    picked = choose(torch.zeros(100, 2), 1.0, top_k=None, top_p=0.5, chance=torch.linspace(0, 0.999, 100))
    assert len(set(picked.tolist())) == 1, "the first of two equal tokens holds 0.5 already"


def test_seed_0_is_a_seed(make_model):
    from tinyllm import generate
    model = make_model()
    assert generate(model, PROMPTS, 15, temperature=1.0, seed=0) == generate(model, PROMPTS, 15, temperature=1.0, seed=0)


def test_each_token_of_a_sample_is_drawn_anew(make_model):
    from tinyllm import generate
    model = make_model()
    with torch.no_grad():
        model.head.weight.zero_()  # every token is equally likely
    row, = generate(model, [[1]], 20, temperature=1.0, seed=3)
    assert len(set(row)) > 10


def test_decoding_uses_no_dropout(make_model):
    from tinyllm import generate
    from tinyllm.peft import add_lora
    model = add_lora(make_model(), 4, 8, "all", dropout=0.5)
    for name, parameter in model.named_parameters():
        if name.endswith(".B"):
            torch.nn.init.normal_(parameter)
    assert generate(model.train(), PROMPTS, 10) == generate(model.eval(), PROMPTS, 10)


def test_decoding_a_model_in_use_leaves_it_in_use(make_model):
    from tinyllm import generate
    model = make_model().eval()
    generate(model, PROMPTS, 2)
    assert not model.training


def test_padding_makes_no_number_that_is_none_in_bfloat16_either(make_model):
    """A row of padding sees nothing but padding; a softmax over nothing would be no number, and spread through the cache."""
    from tinyllm import generate
    model, finite = make_model().bfloat16(), []
    model.register_forward_hook(lambda module, inputs, logits: finite.append(logits[:, -1].isfinite().all().item()))
    generate(model, PROMPTS, 3)
    assert all(finite)


def test_of_a_padded_batch_the_longest_row_must_fit_the_context(make_model):
    from tinyllm.cache import Cache
    model = make_model()
    holds_token = torch.arange(64) >= torch.tensor([5, 0])[:, None]
    cache = Cache(model.config.n_layers, holds_token, room=6)
    with torch.no_grad():
        model(torch.ones(2, 64, dtype=torch.long), cache)
        with pytest.raises(ValueError, match="65 tokens"):
            model(torch.ones(2, 1, dtype=torch.long), cache)


def test_greedy_decoding_draws_no_random_numbers(make_model):
    from tinyllm import generate
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    model = make_model()
    torch.manual_seed(5)
    generate(model, PROMPTS, 3)
    assert torch.equal(torch.rand(3), expected)
