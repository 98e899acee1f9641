"""LoRA in a whole model: which layers get it, and what is trained."""

import torch
from torch import nn

from understanding.exercise import Exercise, Prediction

NAMES = ["attention.q", "attention.k", "attention.v", "attention.o", "feed_forward.gate", "feed_forward.up", "feed_forward.down"]
PATHS = [f"blocks.{i}.{name}" for i in (0, 1) for name in NAMES]
QV = [path for path in PATHS if path[-1] in "qv"]


def new_model(**options):
    """A model of two blocks with biases, all of it trained."""
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    return Transformer(Config(vocab_size=11, n_layers=2, n_heads=2, width=8, context=8, hidden=8, bias=True, **options))


def found(*arguments):
    """The paths that linear_layers gives, in alphabetical order."""
    from tinyllm.peft import linear_layers
    return sorted(linear_layers(*arguments))


def with_lora(model, targets=("q", "v"), rank=2, alpha=6, **options):
    """The model that was given to add_lora, whatever was returned."""
    from tinyllm.peft import add_lora
    torch.manual_seed(1)
    add_lora(model, rank, alpha, targets, **options)
    return model


def is_lora(module):
    """Whether a module is a LoRALinear, be it the library's or another one."""
    return type(module).__name__ == "LoRALinear"


def replaced(model):
    """The paths at which a LoRALinear is what the model computes with."""
    return [path for path in [*PATHS, "head"] if is_lora(model.get_submodule(path))]


def trained(model):
    """The names of all parameters that are trained, in alphabetical order."""
    return sorted(name for name, parameter in model.named_parameters() if parameter.requires_grad)


def factors(paths):
    """The names of A and B at these paths."""
    return sorted(f"{path}.{factor}" for path in paths for factor in "AB")


def base_model():
    """A model of the shape in the predictions."""
    from tinyllm import Config, Transformer
    return Transformer(Config(vocab_size=11, n_layers=4, n_heads=6, width=192, context=8, hidden=32, bias=True))


EXERCISE = Exercise(
    "inject", lesson=13, order=1, module="tinyllm.peft.lora", title="put LoRA into a model, and freeze all else",
    hints=("In linear_layers make a list of the targets first, because `\"o\" in \"down\"` is true for texts. Then go through "
           "model.named_modules(), and compare path.split(\".\")[-1] and path with the targets.",
           "In add_lora the order matters: find the layers, freeze the whole model with requires_grad_(False), and only then put "
           "in the new layers, whose A and B are made trainable.",
           "model.set_submodule(path, new) puts a module in its place; setattr(model, path, new) does not, because of the dots. "
           "new.train(model.training) gives the new module the model's mode."),
    predictions=(
        Prediction('A model has 4 blocks. How many of its layers does add_lora(model, 8, 16, "all") replace?',
                   lambda: sum(map(is_lora, with_lora(base_model(), "all", 8, 16).modules()))),
        Prediction("In a model of 4 blocks and width 192, q and v are 192 x 192. How many numbers does add_lora(model, 8, 16) "
                   "train?", lambda: sum(p.numel() for p in with_lora(base_model(), rank=8).parameters() if p.requires_grad)),
        Prediction("A model in evaluation mode (model.eval()) gets LoRA with dropout 0.5. Does the dropout act? (True or False)",
                   lambda: any(module.training for module in with_lora(base_model().eval(), dropout=0.5).modules()))))


@EXERCISE.asks('The targets ("q", "v") are every q and every v, of all blocks, and no other layer.', read="Which rank?")
def several_names():
    return found(new_model(), ("q", "v")), QV


@EXERCISE.asks("A target stands for a whole name: \"o\" is not a part of any other name or path.", read="Which rank?")
def a_whole_name():
    return found(new_model(), ("o",)), ["blocks.0.attention.o", "blocks.1.attention.o"]


@EXERCISE.asks("A target stands for the whole name and not for its end: \"q\" is not seq.", read="Which rank?")
def a_name_with_the_same_end():
    layers = {"q": nn.Linear(2, 2), "seq": nn.Linear(2, 2), "q2": nn.Linear(2, 2)}
    return found(nn.ModuleDict(layers), ("q",)), ["q"]


@EXERCISE.asks("A text alone is a single target: \"down\" is down, and not the layers whose names are made of its letters.",
               read="Which rank?")
def a_text_alone():
    return found(new_model(), "down"), ["blocks.0.feed_forward.down", "blocks.1.feed_forward.down"]


@EXERCISE.asks("A target may be a whole path, which is a single layer.", read="Which rank?")
def a_whole_path():
    return found(new_model(), ("k", "blocks.1.attention.o")), ["blocks.0.attention.k", "blocks.1.attention.k",
                                                               "blocks.1.attention.o"]


@EXERCISE.asks('"all" means the seven linear layers of every block. The head is the embedding table and is left alone.',
               read="Which rank?")
def every_layer():
    return found(new_model(), "all"), sorted(PATHS)


@EXERCISE.asks('"all" leaves the head alone in a model whose head has a table of its own, too.', read="Which rank?")
def every_layer_beside_a_head_of_its_own():
    return found(new_model(tied=False), ("all",)), sorted(PATHS)


@EXERCISE.asks("linear_layers gives the layers themselves, by their paths.", read="Which rank?")
def the_layers_themselves():
    from tinyllm.peft import linear_layers
    model = new_model()
    return [layer is model.get_submodule(path) for path, layer in linear_layers(model, ("q", "v")).items()], [True] * 4


@EXERCISE.asks("add_lora puts a LoRALinear in the place of every q and v of the model that it was given.", read="Which rank?")
def what_is_replaced():
    return replaced(with_lora(new_model())), QV


@EXERCISE.asks("add_lora puts them in at the targets that are asked for.", read="Which rank?")
def other_targets():
    return [replaced(with_lora(new_model(), "all")), replaced(with_lora(new_model(), ("k", "up")))], \
        [PATHS, [path for path in PATHS if path.endswith((".k", ".up"))]]


@EXERCISE.asks("add_lora returns the model that it was given.", read="Which rank?")
def the_same_model():
    from tinyllm.peft import add_lora
    model = new_model()
    return add_lora(model, 2, 6) is model, True


@EXERCISE.asks("The model computes what it did before, because it keeps its weights and every B starts at zero.",
               read="One layer: 512 x 64")
def the_output_is_kept():
    model, ids = new_model(), torch.arange(5)[None]
    before = model(ids)
    return with_lora(model)(ids), before


@EXERCISE.asks("The base of each LoRALinear is the model's own layer, and no copy of it.", read="One layer: 512 x 64")
def the_bases():
    model = new_model()
    before = [model.get_submodule(path) for path in QV]
    with_lora(model)
    return [model.get_submodule(path).base is layer for path, layer in zip(QV, before, strict=True)], [True] * 4


@EXERCISE.asks("A and B of the new layers are trained, and nothing else in the model: no norm, bias, table, or other layer.",
               read="One layer: 512 x 64")
def what_is_trained():
    return trained(with_lora(new_model())), factors(QV)


@EXERCISE.asks("A head that has a table of its own is frozen too.", read="One layer: 512 x 64")
def what_is_trained_beside_a_head_of_its_own():
    return trained(with_lora(new_model(tied=False))), factors(QV)


@EXERCISE.asks("Rank, alpha and dropout are handed on to each LoRALinear.", read="Which rank?")
def the_settings():
    model = with_lora(new_model(), ("q",), rank=2, alpha=6, dropout=0.25)
    layers = [model.get_submodule(f"blocks.{i}.attention.q") for i in (0, 1)]
    return [[layer.rank, layer.alpha, layer.dropout.p] for layer in layers], [[2, 6, 0.25]] * 2


@EXERCISE.asks("A model in evaluation mode stays in it, new layers and all, or dropout would act in its answers.",
               read="Which rank?")
def evaluation_mode():
    model = with_lora(new_model().eval(), dropout=0.5)
    return [name for name, module in model.named_modules() if module.training], []


@EXERCISE.asks("A model in training mode stays in it, new layers and all, or dropout would not act.", read="Which rank?")
def training_mode():
    model = with_lora(new_model().train(), dropout=0.5)
    return [name for name, module in model.named_modules() if not module.training], []


@EXERCISE.asks("A layer that is meant by two targets gets one LoRALinear, around the plain layer.", read="Which rank?")
def two_targets_for_one_layer():
    model = with_lora(new_model(), ("q", "all"))
    return [type(model.get_submodule(path).base).__name__ for path in PATHS], ["Linear"] * 14


WANTED = 'is_wanted = name in wanted or path in wanted or ("all" in wanted and name != "head")'
LISTED = "wanted = [targets] if isinstance(targets, str) else targets"
LINEAR = "if isinstance(module, nn.Linear) and is_wanted:"
FREEZE = "    model.requires_grad_(False)\n"
FOUND = "    layers = linear_layers(model, targets)\n"
NEW = "LoRALinear(layer, rank, alpha, dropout)"
PLACE = f"    place(model, {{path: {NEW} for path, layer in layers.items()}})\n"
IF_AT = f"    place(model, {{path: {NEW} for path, layer in layers.items() if path.startswith(%r)}})\n"

EXERCISE.wrong("linear_layers takes every linear layer, whatever the targets are", (WANTED, 'is_wanted = name != "head"'))
EXERCISE.wrong("a target is looked for anywhere in the path, and need not be the whole name",
               (WANTED, 'is_wanted = any(one in path for one in wanted) or ("all" in wanted and name != "head")'))
EXERCISE.wrong("a target need be the end of a path only, so \"q\" is also seq",
               (WANTED, 'is_wanted = any(path.endswith(one) for one in wanted) or ("all" in wanted and name != "head")'))
EXERCISE.wrong("a target need be the beginning of a name only",
               (WANTED, 'is_wanted = path in wanted or any(name.startswith(one) for one in wanted) or '
                        '("all" in wanted and name != "head")'))
EXERCISE.wrong("a text alone is not put in a list, so `name in targets` looks for the name inside the text",
               (LISTED, "wanted = targets"))
EXERCISE.wrong("a text alone is taken as a list of its letters", (LISTED, "wanted = list(targets)"))
EXERCISE.wrong("only the first target counts", (LISTED, "wanted = [targets if isinstance(targets, str) else targets[0]]"))
EXERCISE.wrong("linear_layers compares names alone, so a whole path is not found",
               (WANTED, 'is_wanted = name in wanted or ("all" in wanted and name != "head")'))
EXERCISE.wrong('linear_layers looks for a layer called "all" and finds none',
               (WANTED, "is_wanted = name in wanted or path in wanted"))
EXERCISE.wrong('"all" includes the head', (WANTED, 'is_wanted = name in wanted or path in wanted or "all" in wanted'))
EXERCISE.wrong('"all" includes a head that has a table of its own, and leaves it out only where it is the embedding table',
               (WANTED, 'is_wanted = name in wanted or path in wanted or ("all" in wanted and '
                        'getattr(module, "weight", None) is not getattr(getattr(model, "embedding", None), "weight", 0))'))
EXERCISE.wrong('"all" takes every module, also those that are no linear layers', (LINEAR, "if is_wanted:"))
EXERCISE.wrong("linear_layers looks into the first block alone",
               (LINEAR, 'if isinstance(module, nn.Linear) and is_wanted and not path.startswith("blocks.1"):'))
EXERCISE.wrong("linear_layers gives copies of the layers",
               (LINEAR, "import copy\n        module = copy.deepcopy(module)\n        " + LINEAR))

EXERCISE.wrong("the new layers are made, but never put into the model",
               (PLACE, f"    layers = [{NEW} for layer in layers.values()]\n"))
EXERCISE.wrong("setattr is called on the model with the whole path, which adds a module of that name and leaves the layer in use",
               (PLACE, f"    for path, layer in layers.items():\n        setattr(model, path, {NEW})\n"))
EXERCISE.wrong("add_lora puts new layers into the first block alone", (PLACE, IF_AT % "blocks.0."))
EXERCISE.wrong("add_lora puts new layers into the last block alone", (PLACE, IF_AT % "blocks.1."))
EXERCISE.wrong("add_lora takes q and v, whatever the targets are", (FOUND, FOUND.replace("targets", '("q", "v")')))
EXERCISE.wrong("a changed copy is returned, and the model that was given stays as it was",
               (FREEZE, "    import copy\n    model = copy.deepcopy(model)\n" + FREEZE))
EXERCISE.wrong("add_lora does not return the model", (PLACE + "    return model\n", PLACE))
EXERCISE.wrong("the base is a new layer of the same shape, so the model's own weights are lost",
               (PLACE, PLACE.replace("(layer,", "(nn.Linear(layer.in_features, layer.out_features),")))
EXERCISE.wrong("the base is a copy of the model's layer",
               (PLACE, "    import copy\n" + PLACE.replace("(layer,", "(copy.deepcopy(layer),")))
EXERCISE.wrong("the model is not frozen: only the bases are, because LoRALinear does that itself", (FREEZE, ""))
EXERCISE.wrong("the model is frozen after the new layers are in, so A and B are frozen too",
               (FREEZE, ""), (PLACE, PLACE + FREEZE))
EXERCISE.wrong("only matrices are frozen, so norms and biases are still trained",
               (FREEZE, "    for weight in model.parameters():\n        weight.requires_grad_(weight.ndim == 1)\n"))
EXERCISE.wrong("only what is called weight is frozen, so the biases are still trained",
               (FREEZE, '    for path, weight in model.named_parameters():\n'
                        '        weight.requires_grad_(not path.endswith(".weight"))\n'))
EXERCISE.wrong("everything is frozen but the biases of the layers that get LoRA",
               (PLACE, PLACE + "    for path in layers:\n        model.get_submodule(path).base.bias.requires_grad_(True)\n"))
EXERCISE.wrong("only the linear layers are frozen, so the norms are still trained",
               (FREEZE, "    for module in model.modules():\n        module.requires_grad_(type(module) is not nn.Linear)\n"))
EXERCISE.wrong("only the blocks are frozen, so the embedding table and the last norm are still trained",
               (FREEZE, "    model.blocks.requires_grad_(False)\n"))
EXERCISE.wrong("everything is frozen but the head, which is trained if it has a table of its own",
               (FREEZE, FREEZE + "    model.head.requires_grad_(model.head.weight is not model.embedding.weight)\n"))
EXERCISE.wrong("the bases are made trainable again", (PLACE, PLACE + "    for path in layers:\n"
                                                    "        model.get_submodule(path).base.requires_grad_(True)\n"))
EXERCISE.wrong("the dropout is not handed on to the new layers", (PLACE, PLACE.replace(", dropout", "")))
EXERCISE.wrong("rank and alpha are the wrong way round", (PLACE, PLACE.replace("rank, alpha", "alpha, rank")))
EXERCISE.wrong("alpha is not handed on, and the rank is taken for it", (PLACE, PLACE.replace("rank, alpha", "rank, rank")))
EXERCISE.wrong("the new layers stay in training mode, also where the model is in evaluation mode",
               (PLACE, f"    for path, layer in layers.items():\n        model.set_submodule(path, {NEW})\n"))
EXERCISE.wrong("the whole model is put into training mode", (PLACE, PLACE + "    model.train()\n"))
EXERCISE.wrong("the whole model is put into evaluation mode", (PLACE, PLACE + "    model.eval()\n"))
EXERCISE.wrong("the new layers are put in one target after another, so a layer that two of them mean is wrapped twice",
               (FOUND, ""), (PLACE, f"    for target in [targets] if isinstance(targets, str) else targets:\n"
                                    f"        layers = linear_layers(model, target)\n    {PLACE}"))


@EXERCISE.right("the model is walked through by hand, and setattr is called on the layer's parent")
class _:
    def linear_layers(model, targets):
        targets = (targets,) if isinstance(targets, str) else tuple(targets)
        layers = {}

        def visit(module, path):
            for name, child in module.named_children():
                whole = f"{path}.{name}" if path else name
                if type(child) is nn.Linear and ({name, whole} & {*targets} or ("all" in targets and name != "head")):
                    layers[whole] = child
                visit(child, whole)
        visit(model, "")
        return layers

    def add_lora(model, rank, alpha, targets=("q", "v"), dropout=0.0):
        from tinyllm.peft.lora import LoRALinear, linear_layers
        mode = model.training
        for parameter in model.parameters():
            parameter.requires_grad = False
        for path, layer in linear_layers(model, targets).items():
            parent, _, name = path.rpartition(".")
            setattr(model.get_submodule(parent), name, LoRALinear(layer, rank, alpha, dropout=dropout))
        return model.train(mode)


@EXERCISE.right("everything is frozen last, and A and B are thawed by their names")
class _:
    def linear_layers(model, targets):
        if isinstance(targets, str):
            targets = [targets]
        linear = {path: module for path, module in model.named_modules() if isinstance(module, nn.Linear)}
        return {path: layer for path, layer in linear.items() for name in [path.rpartition(".")[2]]
                if name in targets or path in targets or (name != "head" and "all" in targets)}

    def add_lora(model, rank, alpha, targets=("q", "v"), dropout=0.0):
        from tinyllm.peft import LoRALinear, linear_layers
        for path, layer in linear_layers(model, targets).items():
            new = LoRALinear(layer, rank, alpha, dropout)
            model.set_submodule(path, new if model.training else new.eval())
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.endswith((".A", ".B")))
        return model
