"""Exercise: choose the next token, with temperature, top-k and top-p.

A model gives a score (logit) for every token of its vocabulary. How is one of them chosen? By the likeliest, or by chance, in
the shares that a softmax makes of the scores. The temperature says how bold chance is: below 1 the likely tokens get even more,
above 1 the unlikely ones. top-k and top-p take the many unlikely tokens away, which together would be drawn too often. Here you
write that choice, in 10 to 15 lines.

No random number is drawn in it: it comes from outside, as `chance`. So what must come out can be said exactly.
"""

import torch
from torch import Tensor

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "Two tokens have the probabilities 0.8 and 0.2. At temperature 0.5, what is the probability of the first?": None,
    "The probabilities are 0.5, 0.3, 0.15 and 0.05. How many tokens does top_p = 0.9 leave?": None,
    "With top_k = 1, does the temperature still matter? (True or False)": None,
}


def choose(logits: Tensor, temperature: float, top_k: int | None, top_p: float | None, chance: Tensor | None) -> Tensor:
    """The next token of each of B texts. logits (B, V), chance (B) in [0, 1). Returns ids (B). logits stay as they are.

    Temperature 0 takes the likeliest token, and chance is None then. Otherwise:

    1. The probabilities are softmax(logits / temperature), and the tokens stand in a list, the likeliest first.
    2. Unless top_k is None, the first top_k of the list stay, and are made to add up to 1 again.
    3. Unless top_p is None, the first tokens that together hold at least top_p stay: as few as reach it, so that the token by
       which it is reached stays too. The first token always stays.
    4. What has stayed is laid end to end as a line, in the order of the list. A text's chance says how far along the line its
       token lies: 0 is the beginning, and 0.3 is 30 % of the whole length.

    With the probabilities 0.2, 0.5 and 0.3 of the tokens 0, 1 and 2, the list is 1, 2, 0:

        chance     0.3    0.6    0.9
        takes      1      2      0        1 lies from 0 to 0.5, 2 to 0.8, 0 to 1
        top_k 2    1      1      2        1 and 2 stay, with 0.625 and 0.375
        top_p 0.6  1      1      2        1 holds less than 0.6, but 1 and 2 together hold 0.8
        top_p 0.4  1      1      1        1 holds 0.4 alone
    """
    raise NotImplementedError
