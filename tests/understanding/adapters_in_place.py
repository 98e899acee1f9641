"""Adapters in a whole model: where they stand, and what is trained."""

import torch

from understanding.exercise import Exercise, Prediction

PLACES = [f"blocks.{i}.{part}" for i in (0, 1) for part in ("attention", "feed_forward")]
OURS = ("WithAdapter", "BottleneckAdapter")


def new_model(n_layers=2, width=8, **options):
    """A model with biases, all of it trained."""
    from tinyllm import Config, Transformer
    torch.manual_seed(0)
    return Transformer(Config(vocab_size=11, n_layers=n_layers, n_heads=2, width=width, context=8, hidden=8, bias=True,
                              **options))


def with_adapters(model, bottleneck=2):
    """The model that was given to add_adapters, whatever was returned."""
    from tinyllm.peft import add_adapters
    torch.manual_seed(1)
    add_adapters(model, bottleneck)
    return model


def trained(model):
    """The names of all parameters that are trained, in alphabetical order."""
    return sorted(name for name, parameter in model.named_parameters() if parameter.requires_grad)


def adapters(model):
    """The adapters at the four places."""
    return [model.get_submodule(f"{place}.adapter") for place in PLACES]


WEIGHTS = sorted(f"{place}.adapter.{layer}.{kind}" for place in PLACES for layer in ("down", "up") for kind in ("weight", "bias"))

EXERCISE = Exercise(
    "adapters_in_place", lesson=14, order=1, module="tinyllm.peft.adapter",
    title="put adapters into every block, and freeze all else",
    hints=("The order matters: freeze the whole model with requires_grad_(False) first, and then put in the adapters, which are "
           "new and trainable.",
           "Go through model.blocks. block.attention = WithAdapter(block.attention, adapter) puts the new module where the old "
           "one stood. A name that is only assigned to, as in part = WithAdapter(part, ..), changes nothing in the block.",
           "Make a new BottleneckAdapter(model.config.width, bottleneck) for each part of each block, inside the loop."),
    predictions=(
        Prediction("A model has 4 blocks. How many adapters does add_adapters put into it?",
                   lambda: sum(type(m).__name__ == "BottleneckAdapter" for m in with_adapters(new_model(4)).modules())),
        Prediction("A model has 4 blocks and width 192. How many numbers does add_adapters(model, 8) train in all?",
                   lambda: sum(p.numel() for p in with_adapters(new_model(4, 192), 8).parameters() if p.requires_grad)),
        Prediction("Does a model give other answers right after add_adapters, before any training? (True or False)",
                   lambda: False)))


@EXERCISE.asks("A WithAdapter stands at attention and at feed_forward of every block, and nowhere else.",
               read="The start decides")
def where_they_stand():
    found = {}
    for path, module in with_adapters(new_model()).named_modules():
        found.setdefault(path, type(module).__name__)  # a second one of that path would not be in use
    return {path: kind for path, kind in found.items() if kind in OURS and not path.endswith(".adapter")}, \
        dict.fromkeys(PLACES, "WithAdapter")


@EXERCISE.asks("add_adapters returns the model that it was given.", read="The start decides")
def the_same_model():
    from tinyllm.peft import add_adapters
    model = new_model()
    return add_adapters(model, 2) is model, True


@EXERCISE.asks("The base of each WithAdapter is the model's own part, and no copy of it.", read="The start decides")
def the_bases():
    model = new_model()
    before = [model.get_submodule(place) for place in PLACES]
    with_adapters(model)
    return [model.get_submodule(place).base is part for place, part in zip(PLACES, before, strict=True)], [True] * 4


@EXERCISE.asks("Each adapter makes the model's width of 8 thin, down to the bottleneck of 3.", read="Sizes against full tuning")
def their_size():
    return [list(adapter.down.weight.shape) for adapter in adapters(with_adapters(new_model(), 3))], [[3, 8]] * 4


@EXERCISE.asks("Each place has an adapter of its own.", read="Sizes against full tuning")
def each_has_its_own():
    return len(set(map(id, adapters(with_adapters(new_model()))))), 4


@EXERCISE.asks("The model computes what it did before, because new adapters add nothing.", read="The start decides")
def the_output_is_kept():
    model, ids = new_model(), torch.arange(5)[None]
    before = model(ids)
    return with_adapters(model)(ids), before


@EXERCISE.asks("The adapters are trained, and nothing else in the model: no norm, bias, table, or other layer.",
               read="The start decides")
def what_is_trained():
    return trained(with_adapters(new_model())), WEIGHTS


@EXERCISE.asks("A head that has a table of its own is frozen too.", read="The start decides")
def what_is_trained_beside_a_head_of_its_own():
    return trained(with_adapters(new_model(tied=False))), WEIGHTS


FREEZE = "    model.requires_grad_(False)\n"
LOOP = "    for block in model.blocks:\n"
PARTS = 'for name in ("attention", "feed_forward"):\n'
MAKE = "            adapter = BottleneckAdapter(model.config.width, bottleneck).to(weight)\n"
PUT = "            place(block, {name: WithAdapter(block.get_submodule(name), adapter)})\n"
RETURN = PUT + "    return model\n"

EXERCISE.wrong("adapters stand behind attention alone", (PARTS, PARTS.replace(', "feed_forward"', ",")))
EXERCISE.wrong("adapters stand behind feed-forward alone",
               (PARTS, PARTS.replace('"attention", "feed_forward"', '"feed_forward",')))
EXERCISE.wrong("only the first block gets adapters", (LOOP, LOOP.replace("model.blocks", "model.blocks[:1]")))
EXERCISE.wrong("only the last block gets adapters", (LOOP, LOOP.replace("model.blocks", "model.blocks[-1:]")))
EXERCISE.wrong("the new modules are made, but never put into the block",
               (PUT, "            part = WithAdapter(block.get_submodule(name), adapter)\n"))
EXERCISE.wrong("the adapter itself is put in the place of the part, which is lost",
               (PUT, "            place(block, {name: adapter})\n"))
EXERCISE.wrong("a single adapter stands behind each block as a whole, and not two inside it",
               (PARTS, 'for name in ("feed_forward",):\n'),
               (PUT, "            number = list(model.blocks).index(block)\n"
                     "            model.blocks[number] = WithAdapter(block, adapter)\n"))
EXERCISE.wrong("the adapters stand behind the norms, and not behind attention and feed-forward",
               (PARTS, 'for name in ("attention_norm", "feed_forward_norm"):\n'))
EXERCISE.wrong("an adapter stands behind the last layer of attention (o) and of feed-forward (down), inside them",
               (PARTS, 'for name in ("attention.o", "feed_forward.down"):\n'))
EXERCISE.wrong("an adapter stands behind the norm at the end too",
               (RETURN, RETURN.replace("    return", "    model.norm = WithAdapter(model.norm, BottleneckAdapter("
                                       "model.config.width, bottleneck))\n    return")))
EXERCISE.wrong("a changed copy is returned, and the model that was given stays as it was",
               (FREEZE, "    import copy\n    model = copy.deepcopy(model)\n" + FREEZE))
EXERCISE.wrong("add_adapters does not return the model", (RETURN, PUT))
EXERCISE.wrong("the base is a copy of the model's part",
               (PUT, PUT.replace("place(", "import copy\n            place(").replace("(block.get", "(copy.deepcopy(block).get")))
EXERCISE.wrong("setattr is called on the model with the whole path, which adds a module of that name and leaves the part in use",
               (PUT, '            number = list(model.blocks).index(block)\n'
                     '            setattr(model, f"blocks.{number}.{name}", WithAdapter(block.get_submodule(name), adapter))\n'))
EXERCISE.wrong("width and bottleneck are the wrong way round",
               (MAKE, MAKE.replace("model.config.width, bottleneck", "bottleneck, model.config.width")))
EXERCISE.wrong("the bottleneck is not handed on, so the adapters are as wide as the model",
               (MAKE, MAKE.replace("bottleneck)", "model.config.width)")))
EXERCISE.wrong("one adapter is made in front of the loop, and stands at all places",
               (MAKE, ""), (LOOP, MAKE[8:] + LOOP))
EXERCISE.wrong("one adapter is made for each block, and stands at both places in it",
               (MAKE, ""), (LOOP, LOOP + MAKE[4:]))
EXERCISE.wrong("the model is not frozen", (FREEZE, ""))
EXERCISE.wrong("the model is frozen after the adapters are in, so they are frozen too", (FREEZE, ""), (PUT, PUT + FREEZE))
EXERCISE.wrong("only attention and feed-forward are frozen, so the norms and the embedding table are still trained",
               (FREEZE, ""), (PUT, "            block.get_submodule(name).requires_grad_(False)\n" + PUT))
EXERCISE.wrong("only the blocks are frozen, so the embedding table and the last norm are still trained",
               (FREEZE, "    model.blocks.requires_grad_(False)\n"))
EXERCISE.wrong("only matrices are frozen, so norms and biases are still trained",
               (FREEZE, "    for parameter in model.parameters():\n        parameter.requires_grad_(parameter.ndim == 1)\n"))
EXERCISE.wrong("only what is called weight is frozen, so the biases are still trained",
               (FREEZE, '    for path, parameter in model.named_parameters():\n'
                        '        parameter.requires_grad_(not path.endswith(".weight"))\n'))
EXERCISE.wrong("everything is frozen but the head, which is trained if it has a table of its own",
               (FREEZE, FREEZE + "    model.head.requires_grad_(model.head.weight is not model.embedding.weight)\n"))


@EXERCISE.right("both parts are assigned to, and all is frozen by a loop")
class _:
    def add_adapters(model, bottleneck):
        from tinyllm.peft.adapter import BottleneckAdapter, WithAdapter
        width = model.config.width
        for parameter in model.parameters():
            parameter.requires_grad = False
        for block in model.blocks:
            block.attention = WithAdapter(block.attention, BottleneckAdapter(width, bottleneck))
            block.feed_forward = WithAdapter(block.feed_forward, BottleneckAdapter(width, bottleneck))
        return model


@EXERCISE.right("the paths are gathered first, and what is trained is chosen last, by name")
class _:
    def add_adapters(model, bottleneck):
        from tinyllm.peft.adapter import BottleneckAdapter, WithAdapter
        paths = [path for path, _ in model.named_modules() if path.endswith((".attention", ".feed_forward"))]
        for path in paths:
            adapter = BottleneckAdapter(bottleneck=bottleneck, width=model.embedding.weight.shape[1])
            model.set_submodule(path, WithAdapter(model.get_submodule(path), adapter))
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(".adapter." in name)
        return model
