"""Exercise: the loss of a language model.

Lesson 3 trains with -log p(next token), and instruction tuning leaves out the prompt's tokens. Here you write this loss, in
about 5 lines. F.cross_entropy could do all of it; write it with a log-softmax and a mask instead, so that each part is seen.
"""

import torch
from torch import Tensor

from tinyllm.tokenizer import IGNORE

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "A model gives each of 2,048 tokens the same logit. What is its loss on one target (a number with two decimals)?": None,
    "Two targets have the probabilities 1/2 and 1/4. What is the sum of their losses (a number with two decimals)?": None,
    "How much does a place whose target is IGNORE add to the loss (a number)?": None,
}


def masked_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The sum of -log p(target) over all targets that are not IGNORE, as a tensor of one number. log is the natural one.

    logits are (.., V): for each place a number for each of the V tokens. targets are (..), a token id for each place, and
    belong to the logits of the same place already. The softmax makes probabilities of the V numbers of a place:

        p(token i) = exp(logit i) / (exp(logit 0) + .. + exp(logit V-1))

    Logits may be as large as 1,000, of which exp would be infinite; torch.log_softmax(logits, dim) gives log p without that.
    IGNORE is -100 and no token's id, so put any id in its place before you look something up by it. Training calls
    backward() on the result.

    With V = 2 the logits [0, 0] give p = [1/2, 1/2], and [0, log 3] give p = [1/4, 3/4]:

        logits    [0, 0]          [0, log 3]       [5, 7]
        targets   1               1                IGNORE
        loss      -log(1/2)       -log(3/4)        none           the sum is 0.693 + 0.288 = 0.981
    """
    raise NotImplementedError
