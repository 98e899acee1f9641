"""Selective methods: which weights are trained, chosen by their names."""

import copy
import re
from fnmatch import fnmatchcase

from understanding.exercise import Exercise, Prediction


def new_model(n_layers=3, **options):
    """A small model with biases and with a head of its own. All of it is trained."""
    from tinyllm import Config, Transformer
    return Transformer(Config(vocab_size=7, n_layers=n_layers, n_heads=1, width=2, context=4, hidden=2, bias=True, tied=False,
                              **options))


def trained(model):
    """The names of all parameters that are trained."""
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def chosen(*patterns, model=None):
    """What is trained once `freeze` has been called."""
    from tinyllm.peft import freeze
    model = model or new_model()
    freeze(model, *patterns)
    return trained(model)


def of_blocks(*numbers):
    """The names of all parameters of these blocks."""
    layers = [f"{part}.{kind}" for part in ("attention.q", "attention.k", "attention.v", "attention.o", "feed_forward.gate",
                                            "feed_forward.up", "feed_forward.down") for kind in ("weight", "bias")]
    names = ["attention_norm.weight", *layers[:8], "feed_forward_norm.weight", *layers[8:]]
    return [f"blocks.{number}.{name}" for number in numbers for name in names]


NORMS = [f"blocks.{i}.{part}_norm.weight" for i in range(3) for part in ("attention", "feed_forward")] + ["norm.weight"]
BIASES = [name for name in of_blocks(0, 1, 2) if name.endswith("bias")]

EXERCISE = Exercise(
    "freezing", lesson=12, module="tinyllm.peft.selective", title="freeze all weights but a chosen few",
    hints=("Go through model.named_parameters(), which gives pairs of a name and a parameter. Set requires_grad of every one, to "
           "True or to False, so that what was set before does not matter.",
           "A parameter is trained if any pattern fits its name: any(fnmatchcase(name, pattern) for pattern in trainable).",
           'bitfit and last_layers are one call of freeze each. The pattern of block 3 is "blocks.3.*", and the last blocks are '
           "those from len(model.blocks) - count on."),
    predictions=(
        Prediction('A model of 3 blocks as above: how many of its parameters (tensors) does the pattern "*norm.weight" fit?',
                   lambda: len(chosen("*norm.weight"))),
        Prediction("A weight W of 512 x 64 has a bias of 512. What percentage of the layer does BitFit train (two decimals)?",
                   lambda: 100 * 512 / (512 * 64 + 512)),
        Prediction("Is the model slower when only its biases are trained, once it is used? (True or False)", lambda: False)))


@EXERCISE.asks("freeze without a pattern freezes everything.", read="What can be chosen")
def nothing_is_chosen():
    return chosen(), []


@EXERCISE.asks("A name in full chooses this parameter and no other.", read="What can be chosen")
def one_name():
    return chosen("blocks.1.attention.q.weight"), ["blocks.1.attention.q.weight"]


@EXERCISE.asks("A * stands for anything, dots too.", read="What can be chosen")
def a_star_goes_across_dots():
    return chosen("blocks.1.*"), of_blocks(1)


@EXERCISE.asks("A * may stand in front, and it may stand for nothing: \"*norm.weight\" fits the last norm too.",
               read="What can be chosen")
def a_star_in_front():
    return chosen("*norm.weight"), NORMS


@EXERCISE.asks("A pattern fits the whole name and not a part of it: \"norm.weight\" is the last norm alone.",
               read="What can be chosen")
def the_whole_name():
    return chosen("norm.weight"), ["norm.weight"]


@EXERCISE.asks("With several patterns all that fits one of them is trained, and a pattern may come in any place.",
               read="What can be chosen")
def several_patterns():
    return [chosen("norm.weight", "embedding.weight"), chosen("head.*", "blocks.0.*", "*norm.weight")], \
        [["embedding.weight", "norm.weight"], [*of_blocks(0), *NORMS[2:], "head.weight"]]


@EXERCISE.asks("An earlier choice does not count: what was frozen trains if it is chosen now, and the other way round.",
               read="What can be chosen")
def a_second_choice():
    model = new_model()
    chosen("norm.weight", model=model)
    return chosen("embedding.weight", model=model), ["embedding.weight"]


@EXERCISE.asks("freeze chooses and changes nothing else: every weight holds the numbers that it had.",
               read="Exactly the chosen weights have changed")
def the_weights_are_kept():
    model = new_model()
    before = copy.deepcopy(model)
    chosen("norm.weight", model=model)
    return [bool((a == b).all()) for a, b in zip(model.parameters(), before.parameters(), strict=True)], \
        [True] * len(list(before.parameters()))


@EXERCISE.asks("BitFit trains all biases, those of attention and of feed-forward, and nothing else.", read="What can be chosen")
def the_biases():
    from tinyllm.peft import bitfit
    model = new_model()
    bitfit(model)
    return trained(model), BIASES


@EXERCISE.asks("last_layers trains the last block, and the norm behind it.", read="What can be chosen")
def the_last_layer():
    from tinyllm.peft import last_layers
    model = new_model()
    last_layers(model, 1)
    return trained(model), [*of_blocks(2), "norm.weight"]


@EXERCISE.asks("The last two of three layers are the blocks 1 and 2.", read="What can be chosen")
def the_last_two_layers():
    from tinyllm.peft import last_layers
    model = new_model()
    last_layers(model, 2)
    return trained(model), [*of_blocks(1, 2), "norm.weight"]


@EXERCISE.asks("Blocks are told apart by their whole number: of 12 blocks the last is 11, and that is not block 1.",
               read="What can be chosen")
def more_than_ten_layers():
    from tinyllm.peft import last_layers
    model = new_model(n_layers=12)
    last_layers(model, 2)
    return trained(model), [*of_blocks(10, 11), "norm.weight"]


@EXERCISE.asks("Each of the three returns the model that it was given.", read="What can be chosen")
def the_model_is_returned():
    from tinyllm.peft import bitfit, freeze, last_layers
    model = new_model()
    return [freeze(model, "norm.weight") is model, bitfit(model) is model, last_layers(model, 1) is model], [True, True, True]


FITS = "parameter.requires_grad = any(fnmatchcase(name, pattern) for pattern in trainable)"
FREEZE = f"    for name, parameter in model.named_parameters():\n        {FITS}\n    return model"
BITFIT = 'return freeze(model, "*.bias")'
BLOCKS = 'blocks = [f"blocks.{i}.*" for i in range(n_layers - count, n_layers)]'
LAST = 'return freeze(model, *blocks, "norm.weight")'

EXERCISE.wrong("nothing is ever frozen: requires_grad is not set to False, or its name is misspelt",
               (FITS, FITS.replace("requires_grad", "require_grad")))
EXERCISE.wrong("requires_grad is set the wrong way round: what fits a pattern is frozen, and all else is trained",
               (FITS, FITS.replace("any(", "not any(")))
EXERCISE.wrong("a pattern is looked for inside the name, and need not fit the whole of it",
               (FITS, FITS.replace("fnmatchcase(name, pattern)", 'fnmatchcase(name, f"*{pattern}*")')))
EXERCISE.wrong("names are compared with == or `in`, so a * stands for itself and fits nothing",
               (FITS, "parameter.requires_grad = name in trainable"))
EXERCISE.wrong("a * must stand for at least one character", (FITS, FITS.replace("pattern)", 'pattern.replace("*", "?*"))')))
EXERCISE.wrong("a parameter must fit all patterns, and not one of them", (FITS, FITS.replace("any(", "bool(trainable) and all(")))
EXERCISE.wrong("only the first pattern counts", (FITS, FITS.replace("in trainable)", "in trainable[:1])")))
EXERCISE.wrong("only the last pattern counts, because each one undoes what the one before it chose",
               (FITS, FITS.replace("in trainable)", "in trainable[-1:])")))
EXERCISE.wrong("only False is ever set, so what was frozen before stays frozen although it is chosen now",
               (FITS, FITS.replace("= any(", "&= any(")))
EXERCISE.wrong("what is frozen is set to zero as well", (FITS, FITS + "\n        parameter.data *= parameter.requires_grad"))
EXERCISE.wrong("bitfit trains everything but the biases",
               (BITFIT, 'return freeze(model, "*.weight")'))
EXERCISE.wrong("bitfit trains the norms too", (BITFIT, 'return freeze(model, "*.bias", "*norm.weight")'))
EXERCISE.wrong("bitfit trains the biases of attention alone, and those of feed-forward stay frozen",
               (BITFIT, 'return freeze(model, "*attention.*.bias")'))
EXERCISE.wrong("bitfit trains the biases of feed-forward alone, and those of attention stay frozen",
               (BITFIT, 'return freeze(model, "*feed_forward.*.bias")'))
EXERCISE.wrong("last_layers leaves out the norm behind the last block", (LAST, "return freeze(model, *blocks)"))
EXERCISE.wrong("last_layers trains all norms, also those of the blocks that are to stay frozen",
               (LAST, 'return freeze(model, *blocks, "*norm.weight")'))
EXERCISE.wrong("last_layers trains the head too", (LAST, 'return freeze(model, *blocks, "norm.weight", "head.weight")'))
EXERCISE.wrong("last_layers trains the first blocks and not the last ones",
               (BLOCKS, 'blocks = [f"blocks.{i}.*" for i in range(count)]'))
EXERCISE.wrong("last_layers begins one block too late, and trains one too few",
               (BLOCKS, BLOCKS.replace("n_layers - count", "n_layers - count + 1")))
EXERCISE.wrong("last_layers begins one block too early, and trains one too many",
               (BLOCKS, BLOCKS.replace("n_layers - count", "n_layers - count - 1")))
EXERCISE.wrong("last_layers trains a single block, the one where it should begin",
               (BLOCKS, 'blocks = [f"blocks.{n_layers - count}.*"]'))
EXERCISE.wrong("last_layers trains the last block alone, however many are asked for",
               (BLOCKS, 'blocks = [f"blocks.{n_layers - 1}.*"]'))
EXERCISE.wrong("a changed copy is returned, and the model that was given stays as it was",
               (FREEZE, "    import copy\n    model = copy.deepcopy(model)\n" + FREEZE))
EXERCISE.wrong("freeze does not return the model", (FREEZE, FREEZE.replace("return model", "return None")))


@EXERCISE.wrong("a * stops at a dot, so it stands for a single part of a name")
class _:
    def freeze(model, *trainable):
        patterns = [pattern.replace(".", r"\.").replace("*", "[^.]*") for pattern in trainable]
        for name, parameter in model.named_parameters():
            parameter.requires_grad = any(re.fullmatch(pattern, name) for pattern in patterns)
        return model


@EXERCISE.right("everything is frozen first, and then thawed where a pattern fits")
class _:
    def freeze(model, *trainable):
        model.requires_grad_(False)
        for pattern in trainable:
            for name, parameter in model.named_parameters():
                if fnmatchcase(name, pattern):
                    parameter.requires_grad_(True)
        return model

    def bitfit(model):
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.rpartition(".")[2] == "bias"
        return model

    def last_layers(model, count):
        for parameter in model.parameters():
            parameter.requires_grad = False
        for part in [*list(model.blocks)[-count:], model.norm]:
            part.requires_grad_(True)
        return model


@EXERCISE.right("a pattern is turned into a regular expression")
class _:
    def freeze(model, *trainable):
        patterns = [re.compile(".*".join(map(re.escape, pattern.split("*")))) for pattern in trainable]
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(any([pattern.fullmatch(name) is not None for pattern in patterns]))
        return model

    def bitfit(model):
        from tinyllm.peft import freeze
        return freeze(model, *[name for name, _ in model.named_parameters() if "bias" in name])

    def last_layers(model, count):
        from tinyllm.peft import freeze
        first = len(model.blocks) - count
        return freeze(model, "norm.weight", *(f"blocks.{first + i}.*" for i in range(count)))
