"""Exercise: put LoRA into a model.

A LoRALinear is one layer (the exercise lora). Here you write what puts it into a whole model: find the layers that are meant,
put a LoRALinear in the place of each, and freeze all else. About 20 lines in all. What you have not written yet is taken from
the library.

The linear layers of a Transformer have these paths, as model.named_modules() gives them:

    blocks.0.attention.q          and k, v and o
    blocks.0.feed_forward.gate    and up and down
    blocks.1. ...                 and so on, for each block
    head                          its weight is the embedding table itself, unless the model was made with tied=False
"""

from collections.abc import Sequence

from torch import nn

from tinyllm.peft.lora import LoRALinear

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'A model has 4 blocks. How many of its layers does add_lora(model, 8, 16, "all") replace?': None,
    "In a model of 4 blocks and width 192, q and v are 192 x 192. How many numbers does add_lora(model, 8, 16) train?": None,
    "A model in evaluation mode (model.eval()) gets LoRA with dropout 0.5. Does the dropout act? (True or False)": None,
}


def linear_layers(model: nn.Module, targets: str | Sequence[str]) -> dict[str, nn.Linear]:
    """The linear layers (nn.Linear) that are meant by one target, or by several: a dict from the path to the layer itself.

    A target is one of three things:

        "q"                       the name of a layer, which is the last part of its path: every q of every block is meant
        "blocks.0.attention.q"    a whole path: this layer alone
        "all"                     every linear layer, but none that is called head

        >>> list(linear_layers(model, ("q", "blocks.1.feed_forward.up")))  # a model of two blocks
        ['blocks.0.attention.q', 'blocks.1.attention.q', 'blocks.1.feed_forward.up']
        >>> list(linear_layers(model, "down"))
        ['blocks.0.feed_forward.down', 'blocks.1.feed_forward.down']
    """
    raise NotImplementedError


def add_lora(model: nn.Module, rank: int, alpha: float, targets: str | Sequence[str] = ("q", "v"),
             dropout: float = 0.0) -> nn.Module:
    """Put a LoRALinear in the place of each layer that is meant, and freeze all else. Returns the same model, changed.

    LoRALinear(layer, rank, alpha, dropout) keeps the model's layer as its `base`. Its A and B, and nothing else in the whole
    model, are trained. The model stays in the mode that it was in, training or evaluation (model.training): a new module is
    always in training mode at first. A layer that is meant by two of the targets gets one LoRALinear.

    With width 8, rank 2 and two blocks, add_lora(model, 2, 4) makes these trainable, and nothing else: A (2, 8) and B (8, 2) at
    blocks.0.attention.q, blocks.0.attention.v, blocks.1.attention.q and blocks.1.attention.v. That is 4 * 32 = 128 numbers. A
    new LoRALinear computes what its base does, so the model computes what it did before.
    """
    raise NotImplementedError
