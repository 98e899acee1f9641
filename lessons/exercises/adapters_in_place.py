"""Exercise: put adapters into a model.

A BottleneckAdapter is one small layer (the exercise adapter). Here you write what puts two of them into every block of a model:
one behind attention, and one behind the feed-forward layer. About 8 lines in all.

A block of our Transformer computes this, and each adapter comes behind one of the two big parts:

    x = x + attention(attention_norm(x))              without adapters
    x = x + feed_forward(feed_forward_norm(x))

    x = x + adapter(attention(attention_norm(x)))     with adapters
    x = x + adapter(feed_forward(feed_forward_norm(x)))
"""

from torch import nn

from tinyllm.peft.adapter import BottleneckAdapter, WithAdapter

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "A model has 4 blocks. How many adapters does add_adapters put into it?": None,
    "A model has 4 blocks and width 192. How many numbers does add_adapters(model, 8) train in all?": None,
    "Does a model give other answers right after add_adapters, before any training? (True or False)": None,
}


def add_adapters(model: nn.Module, bottleneck: int) -> nn.Module:
    """Put an adapter behind attention and feed-forward of every block, and freeze all else. Returns the same model, changed.

    BottleneckAdapter(width, bottleneck) makes a new adapter; the model's width is model.config.width. WithAdapter(part, adapter)
    is a module that does what the part does, and then what the adapter does. It is to stand where the part stood. The blocks are
    in model.blocks, and their two parts are block.attention and block.feed_forward. Each place has an adapter of its own. The
    adapters are trained, and nothing else in the model.

        before    blocks.0.attention    Attention
        after     blocks.0.attention    WithAdapter, which holds the Attention as `base` and the adapter as `adapter`

    With width 8 and bottleneck 2 an adapter has 2 * 2 * 8 + 8 + 2 = 42 numbers, so a model of two blocks has 168 trainable ones.
    """
    raise NotImplementedError
