"""A soft prompt: trained vectors in front of the embedded text of a frozen model."""

import copy
import itertools

import torch
from torch import nn

from understanding.exercise import Exercise, Prediction

TOKENS = [7, 3]  # whose rows the prompt holds in most questions


def new_model(width=8, context=16):
    """A model with weights that are large enough for every token to count."""
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=11, n_layers=2, n_heads=2, width=width, context=context))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10 if parameter.ndim == 2 else 1)
    return model


def new_prompt(model=None, length=2, init=None):
    """A SoftPrompt as it starts."""
    from tinyllm.peft import SoftPrompt
    torch.manual_seed(1)
    return SoftPrompt(model or new_model(), length, init)


def prompt_of_tokens():
    """One whose vectors are the rows of TOKENS. They are set here, so that any start is a right one."""
    soft = new_prompt(length=len(TOKENS))
    with torch.no_grad():
        soft.prompt.copy_(new_model().embedding.weight[TOKENS])
    return soft


def behind_tokens(texts):
    """What the model says at these texts if TOKENS stand in front of each as tokens."""
    return new_model()(torch.tensor([TOKENS + text for text in texts]))[:, len(TOKENS):]


def start(embeddings, length, init, seed=0):
    """What first_vectors gives."""
    from tinyllm.peft.soft_prompt import first_vectors
    torch.manual_seed(seed)
    return first_vectors(embeddings, length, init)


def table(V=50, D=8, deviation=0.5):
    """An embedding table whose numbers have this standard deviation."""
    numbers = torch.randn(V, D, generator=torch.Generator().manual_seed(2))
    return numbers / numbers.std() * deviation


def drawn(seed):
    """The tokens of which `first_vectors` takes 20 rows for "vocabulary"; -1 for a vector that is no row."""
    rows = table().tolist()
    return [rows.index(vector) if vector in rows else -1 for vector in start(table(), 20, "vocabulary", seed).tolist()]


EXERCISE = Exercise(
    "soft_prompt", lesson=15, module="tinyllm.peft.soft_prompt", title="a soft prompt in front of a frozen model",
    hints=("In __init__ call super().__init__() first. self.prompt must be an nn.Parameter, or no optimizer finds it. The model "
           "is frozen with requires_grad_(False).",
           "In forward the prompt (P, D) has to be there for each text of the batch: self.prompt.expand(B, -1, -1) is (B, P, D). "
           "torch.cat((a, b), dim=1) puts a in front of b along the positions.",
           "Of the P + T positions that come out the last T are the text's: logits[:, P:]. For ids in first_vectors, vector i is "
           "the row of init[i % len(init)]; embeddings[list_of_ids] is a copy of these rows, and a slice is none."),
    predictions=(
        Prediction("The model's width is 192. How many numbers does SoftPrompt(model, 20) train?",
                   lambda: sum(p.numel() for p in new_prompt(new_model(192, 512), 20).parameters() if p.requires_grad)),
        Prediction("The model's context is 512. How many tokens may a text have at most behind a soft prompt of 20 vectors?",
                   lambda: new_prompt(new_model(8, 512), 20).config.context),
        Prediction("A text of 3 tokens goes through a SoftPrompt of 20 vectors. At how many positions are there logits in the "
                   "result?", lambda: new_prompt(new_model(8, 512), 20)(torch.tensor([[1, 2, 3]])).shape[1])))

STARTS = "What to start from, and what the vectors become"


@EXERCISE.asks("From token ids the prompt starts as their rows of the table.", read=STARTS)
def a_start_from_tokens():
    return start(table(), 3, [4, 9, 1]), [table()[token].tolist() for token in (4, 9, 1)]


@EXERCISE.asks("Fewer token ids than vectors begin again from the first: 4, 9, 4, 9, 4.", read=STARTS)
def a_text_that_is_too_short():
    return start(table(), 5, [4, 9]), [table()[token].tolist() for token in (4, 9, 4, 9, 4)]


@EXERCISE.asks("Of more token ids than vectors the first ones are taken.", read=STARTS)
def a_text_that_is_too_long():
    return start(table(), 2, [4, 9, 1, 7]), [table()[token].tolist() for token in (4, 9)]


@EXERCISE.asks('From "vocabulary" every vector starts as the row of some token.', read=STARTS)
def a_start_from_the_vocabulary():
    return [token >= 0 for token in drawn(0)], [True] * 20


@EXERCISE.asks('For "vocabulary" the tokens are drawn at random: they differ among each other, and from one draw to the next.',
               read=STARTS)
def a_draw_from_the_vocabulary():
    draws = [drawn(seed) for seed in range(5)]
    return [len(set(draws[0])) > 5, len(set(map(tuple, draws))) > 1], [True, True]


@EXERCISE.asks("Without an init the vectors are random, and each is another one.", read=STARTS)
def a_start_at_random():
    vectors = start(table(), 40, None)
    return [*vectors.shape, len(set(map(tuple, vectors.tolist())))], [40, 8, 40]


@EXERCISE.asks("Random vectors are as large as embeddings are: their deviation from 0 is 1.0 times that of the table.",
               read=STARTS)
def the_size_of_random_vectors():
    vectors = start(table(), 1000, None)
    return round(vectors.square().mean().sqrt().item() / 0.5, 1), 1.0


@EXERCISE.asks("The prompt is a parameter of (P, D), and it is the only one that is trained.", read="How many vectors?")
def what_is_trained():
    trained = {name: list(p.shape) for name, p in new_prompt(length=3).named_parameters() if p.requires_grad}
    return ["prompt" in dict(new_prompt().named_parameters()), trained], [True, {"prompt": [3, 8]}]


@EXERCISE.asks("The base is the model that was given, and no copy of it.", read="How many vectors?")
def the_base():
    model = new_model()
    return new_prompt(model).base is model, True


@EXERCISE.asks("The prompt starts from what `init` says.", read=STARTS)
def the_init_is_used():
    return new_prompt(length=3, init=[4, 9, 1]).prompt, [new_model().embedding.weight[token].tolist() for token in (4, 9, 1)]


@EXERCISE.asks("config.context is the room that is left for tokens: 16 - 3. The model's own config stays as it is.",
               read="How many vectors?")
def the_room_that_is_left():
    soft = new_prompt(length=3)
    return [soft.config.context, soft.base.config.context], [13, 16]


@EXERCISE.asks("With the rows of 7 and 3 as prompt the logits for [5, 2] are those at the 5 and the 2 in [7, 3, 5, 2].",
               read="Two tasks, and nothing that names them")
def in_front_of_two_tokens():
    return prompt_of_tokens()(torch.tensor([[5, 2]])), behind_tokens([[5, 2]])


@EXERCISE.asks("There are logits for each token of the text, however many vectors the prompt has.",
               read="Two tasks, and nothing that names them")
def in_front_of_five_tokens():
    return prompt_of_tokens()(torch.tensor([[5, 2, 2, 9, 1]])), behind_tokens([[5, 2, 2, 9, 1]])


@EXERCISE.asks("The same prompt stands in front of every text of a batch.", read="Two tasks, and nothing that names them")
def in_front_of_three_texts():
    texts = [[5, 2, 2], [0, 1, 10], [5, 2, 4]]
    return prompt_of_tokens()(torch.tensor(texts)), behind_tokens(texts)


@EXERCISE.asks("The gradient goes through the frozen model to every vector of the prompt.", read="How many vectors?")
def the_gradient():
    soft = prompt_of_tokens()
    soft(torch.tensor([[5, 2, 2]])).square().sum().backward()
    return (soft.prompt.grad != 0).any(dim=1).tolist(), [True, True]


@EXERCISE.asks("Training the prompt leaves the embedding table as it is, wherever the prompt started.", read=STARTS)
def the_table_is_kept():
    kept = []
    for init in (None, "vocabulary", [4, 9]):
        soft = new_prompt(length=2, init=init)
        with torch.no_grad():
            soft.prompt += 1
        kept.append(bool((soft.base.embedding.weight == new_model().embedding.weight).all()))
    return kept, [True, True, True]


ROWS = "return embeddings[[init[i % len(init)] for i in range(length)]].clone()"
NORMAL = "return torch.randn(length, D).to(embeddings) * embeddings.std()"
DRAW = "init = torch.randint(V, (length,)).tolist()"
PARAMETER = "self.prompt = nn.Parameter(first_vectors(model.embedding.weight.detach(), length, init))"
BASE = "self.base = model.requires_grad_(False)"
CONFIG = "self.config = replace(model.config, context=model.config.context - length)"
EXPAND = "prompt = self.prompt.type_as(x).expand(len(ids), -1, -1)"
CAT = "x = torch.cat((prompt, x), dim=1)"
OUT = "return self.base.decode(x, cache)[:, -ids.shape[1]:]"

EXERCISE.wrong("the ids of the tokens are taken for the numbers of the vectors, and not their rows of the table",
               (ROWS, "return torch.tensor([[float(init[i % len(init)])] * D for i in range(length)])"))
EXERCISE.wrong("a text that is too short is not repeated, so the prompt has too few vectors",
               (ROWS, "return embeddings[list(init[:length])].clone()"))
EXERCISE.wrong("each token is repeated on its own, 4 4 4 9 9, and not the text as a whole",
               (ROWS, "return embeddings[torch.tensor(init).repeat_interleave(-(-length // len(init)))[:length]]"))
EXERCISE.wrong("a text that is too short is filled up with its last token",
               (ROWS, "return embeddings[[init[min(i, len(init) - 1)] for i in range(length)]].clone()"))
EXERCISE.wrong("a text that is too short is filled up with zeros",
               (ROWS, "return torch.cat((embeddings[list(init[:length])], torch.zeros(max(0, length - len(init)), D)))"))
EXERCISE.wrong("a text that is too long is not cut, so the prompt has too many vectors",
               (ROWS, "return embeddings[[init[i % len(init)] for i in range(max(length, len(init)))]].clone()"))
EXERCISE.wrong("of a text that is too long the last tokens are taken and not the first",
               (ROWS, "init = init[-length:]\n    " + ROWS))
EXERCISE.wrong('for "vocabulary" the first rows of the table are taken, and none are drawn', (DRAW, "init = range(length)"))
EXERCISE.wrong('for "vocabulary" a single token is drawn, whose row all vectors start as',
               (DRAW, "init = torch.randint(V, (1,)).tolist()"))
EXERCISE.wrong('for "vocabulary" the vectors are random numbers and no rows of the table',
               ("if init is None:", 'if not init or init == "vocabulary":'))
EXERCISE.wrong("without an init all vectors start at zero", (NORMAL, "return torch.zeros(length, D)"))
EXERCISE.wrong("without an init all vectors start as the same random vector",
               (NORMAL, "return (torch.randn(D) * embeddings.std()).repeat(length, 1)"))
EXERCISE.wrong("random vectors have a deviation of 1, which is not that of the embeddings",
               (NORMAL, "return torch.randn(length, D)"))
EXERCISE.wrong("random vectors have numbers from 0 to 1 (torch.rand), and are not as large as the embeddings",
               (NORMAL, "return torch.rand(length, D)"))
EXERCISE.wrong("random vectors are multiplied by the variance of the embeddings and not by their standard deviation",
               (NORMAL, NORMAL.replace("std()", "var()")))
EXERCISE.wrong("the prompt is a slice of the embedding table and no copy, so training it changes the table",
               (DRAW, "first = int(torch.randint(V - length + 1, ()))\n        return embeddings[first:first + length]"))
EXERCISE.wrong("the prompt is a plain tensor and not an nn.Parameter, so no optimizer finds it",
               (PARAMETER, PARAMETER.replace("nn.Parameter", "") + ".requires_grad_()"))
EXERCISE.wrong("the prompt is an nn.Embedding, and self.prompt is to be an nn.Parameter of (P, D)",
               (PARAMETER, PARAMETER.replace("Parameter(", "Embedding.from_pretrained(freeze=False, embeddings=")),
               (EXPAND, EXPAND.replace("self.prompt", "self.prompt.weight")))
EXERCISE.wrong("the model is not frozen, so all of it is trained together with the prompt", (BASE, "self.base = model"))
EXERCISE.wrong("everything is frozen, the prompt too", (CONFIG, CONFIG + "\n        self.requires_grad_(False)"))
EXERCISE.wrong("only the blocks of the model are frozen, so the embedding table is still trained",
               (BASE, "self.base = model\n        model.blocks.requires_grad_(False)"))
EXERCISE.wrong("the base is a copy of the model",
               (BASE, "import copy\n        self.base = copy.deepcopy(model).requires_grad_(False)"))
EXERCISE.wrong("the init is not handed on, so every prompt starts at random", (PARAMETER, PARAMETER.replace("init)", "None)")))
EXERCISE.wrong("config.context does not take off the places of the prompt", (CONFIG, "self.config = model.config"))
EXERCISE.wrong("the model's own config is changed, so the model itself loses the places that the prompt takes",
               (CONFIG, "self.config = model.config\n        self.config.context -= length"))
EXERCISE.wrong("the places of the prompt are added to the context and not taken off",
               (CONFIG, CONFIG.replace("context - length", "context + length")))
EXERCISE.wrong("the prompt is added to the embeddings of the tokens and not put in front of them", (CAT, "x = x + prompt"))
EXERCISE.wrong("the prompt is written over the first tokens of the text and not put in front of them",
               (CAT, "x = torch.cat((prompt, x[:, len(self.prompt):]), dim=1)"))
EXERCISE.wrong("the prompt is put behind the text, and the last T positions are taken",
               (CAT, "x = torch.cat((x, prompt), dim=1)"))
EXERCISE.wrong("the prompt is put behind the text, where no token of the text can look at it",
               (CAT, "x = torch.cat((x, prompt), dim=1)"), (OUT, "return self.base.decode(x, cache)[:, :ids.shape[1]]"))
EXERCISE.wrong("the text goes through the model alone, without the prompt", (OUT, "return self.base(ids)"))
EXERCISE.wrong("the logits of the prompt's own positions are not taken off", (OUT, "return self.base.decode(x, cache)"))
EXERCISE.wrong("positions are taken off at the wrong end: the first T are kept, and the last T are the text's",
               (OUT, "return self.base.decode(x, cache)[:, :ids.shape[1]]"))
EXERCISE.wrong("P and T are mixed up: the last P positions are kept and not the last T",
               (OUT, "return self.base.decode(x, cache)[:, -len(self.prompt):]"))
EXERCISE.wrong("the logits are taken one position too early: from the last vector of the prompt to the last token but one",
               (OUT, "return self.base.decode(x, cache)[:, -ids.shape[1] - 1:-1]"))
EXERCISE.wrong("only the last token's logits are returned", (OUT, "return self.base.decode(x, cache)[:, -1:]"))
EXERCISE.wrong("the vectors of the prompt stand in reverse order", (CAT, "x = torch.cat((prompt.flip(1), x), dim=1)"))
EXERCISE.wrong("the prompt is not repeated for each text, so it fits a batch of one text only",
               (EXPAND, "prompt = self.prompt[None]"))
EXERCISE.wrong("the frozen model is called inside torch.no_grad(), or the prompt is detached, so no gradient reaches the prompt",
               (EXPAND, EXPAND.replace("self.prompt", "self.prompt.detach()")))


@EXERCISE.right("the prompt is put in front of one text after another")
class _:
    def first_vectors(embeddings, length, init):
        if init is None:
            return torch.normal(0.0, embeddings.std().item(), (length, embeddings.shape[1]))
        if isinstance(init, str):
            init = torch.randperm(len(embeddings))[:length].tolist()
        tokens = itertools.islice(itertools.cycle(init), length)
        return torch.stack([embeddings[token] for token in tokens])

    class SoftPrompt(nn.Module):
        def __init__(self, model, length, init=None):
            from tinyllm.peft.soft_prompt import first_vectors
            super().__init__()
            self.prompt = nn.Parameter(first_vectors(model.embedding.weight, length, init))
            self.base = model
            for parameter in model.parameters():
                parameter.requires_grad = False
            self.config = copy.copy(model.config)
            self.config.context = model.config.context - length

        def forward(self, ids, cache=None, at=None):
            logits = [self.base.decode(torch.cat((self.prompt, self.base.embed(text)))[None])[0] for text in ids]
            return torch.stack(logits)[:, len(self.prompt):]


@EXERCISE.right("one tensor is made with room for both, and filled")
class _:
    def first_vectors(embeddings, length, init):
        if init is None:
            root = embeddings.std() * 3**0.5
            return (2 * torch.rand(length, embeddings.shape[1]) - 1) * root
        if init == "vocabulary":
            return embeddings[torch.randint(0, embeddings.shape[0], (length,))]
        return embeddings[torch.tensor(init)].repeat(-(-length // len(init)), 1)[:length]

    class SoftPrompt(nn.Module):
        def __init__(self, model, length, init=None):
            from dataclasses import replace

            from tinyllm.peft.soft_prompt import first_vectors
            super().__init__()
            model.requires_grad_(False)
            self.base, self.length = model, length
            self.prompt = nn.Parameter(first_vectors(model.embedding.weight, length, init).clone().detach())
            self.config = replace(model.config, context=model.config.context - len(self.prompt))

        def forward(self, ids, cache=None, at=None):
            B, T = ids.shape
            x = torch.zeros(B, self.length + T, self.prompt.shape[1])
            x[:, :self.length] = self.prompt
            x[:, self.length:] = self.base.embedding(ids)
            return self.base.decode(x)[:, -T:, :]
