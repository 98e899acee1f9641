"""Exercise: a soft prompt.

A written prompt is made of words, and each word is a row of the embedding table. A soft prompt is made of vectors that stand
where such rows would stand, and that are trained, while the model stays as it is (lesson 15). Here you write it: what the
vectors start from, and the model that has them in front of every text. About 20 lines in all. What you have not written yet is
taken from the library.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from tinyllm import Transformer
from tinyllm.cache import Cache

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "The model's width is 192. How many numbers does SoftPrompt(model, 20) train?": None,
    "The model's context is 512. How many tokens may a text have at most behind a soft prompt of 20 vectors?": None,
    "A text of 3 tokens goes through a SoftPrompt of 20 vectors. At how many positions are there logits in the result?": None,
}


def first_vectors(embeddings: Tensor, length: int, init: str | Sequence[int] | None) -> Tensor:
    """The vectors to start from, (P, D), where P is the length. embeddings (V, D) is the model's table; it must not be changed
    when the vectors are trained.

        init                the vectors
        None                random numbers around 0, whose standard deviation is that of all numbers in the table
        "vocabulary"        the rows of tokens that are drawn at random from the V there are
        [5, 9], token ids   the rows of these tokens, in this order. If they are fewer than P they begin again from the first:
                            a length of 5 is 5, 9, 5, 9, 5. If they are more, the first P are taken.
    """
    raise NotImplementedError


class SoftPrompt(nn.Module):
    """A frozen model with P trained vectors in front of every text.

        tokens       [7, 8, 9]
        the model    s_1 s_2 ... s_P  e_7 e_8 e_9        s trained, P D numbers in all; e from the frozen table

    Others rely on these attributes: base, which is the model itself, frozen; prompt, an nn.Parameter of (P, D), the only one that
    is trained; and config.
    """

    def __init__(self, model: Transformer, length: int, init: str | Sequence[int] | None = None):
        """Keep and freeze the model, and make the prompt with first_vectors(.., length, init) from model.embedding.weight.

        config is a copy of model.config in which context, the most tokens a text may have, is smaller by the places that the
        prompt takes: dataclasses.replace(config, name=value) makes such a copy. model.config itself stays as it is.
        """
        raise NotImplementedError

    def forward(self, ids: Tensor, cache: Cache | None = None, at: Tensor | None = None) -> Tensor:
        """ids (B, T) -> logits (B, T, V): what the model says at the T tokens, having seen the prompt in front of them.

        model.embed(ids) gives the embeddings of tokens, (B, T, D), and model.decode(x) takes embeddings (B, S, D) to logits
        (B, S, V), one for each of the S positions. The prompt's own positions predict nothing that is asked for.

        cache and at are there because `generate` and the trainer hand them on. You need only handle that both are None.

        If the prompt holds just the rows of the tokens 7 and 3, then the logits for the text [5, 2] are those that the model
        gives at the 5 and at the 2 in [7, 3, 5, 2].
        """
        raise NotImplementedError
