"""Exercise: freeze all weights but a chosen few.

A selective method adds nothing to a model: it trains some of the weights that are there. Here you write the function that
chooses them by their names, and two methods made with it. About 15 lines in all. What you have not written yet is taken from
the library.

The parameters of a small model, as model.named_parameters() gives them (with biases there is a .bias beside the .weight of
each linear layer of a block):

    embedding.weight
    blocks.0.attention_norm.weight
    blocks.0.attention.q.weight       and k, v and o
    blocks.0.feed_forward_norm.weight
    blocks.0.feed_forward.gate.weight     and up and down
    blocks.1. ...                     and so on, for each block
    norm.weight
    head.weight                       only if the head has a table of its own, and does not share the embedding's
"""

from fnmatch import fnmatchcase

from torch import nn

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'A model of 3 blocks as above: how many of its parameters (tensors) does the pattern "*norm.weight" fit?': None,
    "A weight W of 512 x 64 has a bias of 512. What percentage of the layer does BitFit train (two decimals)?": None,
    "Is the model slower when only its biases are trained, once it is used? (True or False)": None,
}


def freeze(model: nn.Module, *trainable: str) -> nn.Module:
    """Train the parameters whose names fit one of the patterns, and freeze all others. Returns the same model, changed.

    In a pattern * stands for anything, dots too, or for nothing. All else stands for itself, and a pattern must fit the whole
    name. fnmatchcase(name, pattern) compares in just this way. A parameter is frozen by parameter.requires_grad = False, and
    what was chosen before does not count. Without a pattern everything is frozen.

        freeze(model, "*.bias")                        every bias
        freeze(model, "norm.weight")                   the norm behind the last block, but not blocks.0.attention_norm.weight
        freeze(model, "*norm.weight", "blocks.0.*")    every norm, and all of the first block
    """
    raise NotImplementedError


def bitfit(model: nn.Module) -> nn.Module:
    """Train the biases alone (Ben Zaken et al. 2021). Returns the same model, changed.

    In the example above that is blocks.0.attention.q.bias and all others like it, in attention and feed-forward of every block.
    """
    raise NotImplementedError


def last_layers(model: nn.Module, count: int) -> nn.Module:
    """Train the last `count` blocks, and the norm that stands behind them, norm.weight. Returns the same model, changed.

    In a model of 4 blocks (len(model.blocks) is 4) last_layers(model, 1) trains all of blocks.3 and norm.weight.
    """
    raise NotImplementedError
