"""Exercise: clipped matches.

Lesson 8 counts the words that a prediction and its reference have in common. The prediction "cold cold cold cold" would match
"It is cold outside" four times. Clipping makes that one. Here you write the clipped count, in about 5 lines. ROUGE and BLEU
both use it.
"""

from collections import Counter
from collections.abc import Iterable

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'How many clipped matches has "the the the the" with the reference "the cat saw the dog" (a number)?': None,
    'How many clipped matches has "outside cold it is" with the reference "it is cold outside" (a number)?': None,
    "If prediction and reference are exchanged, can the number of clipped matches change (True or False)?": None,
}


def clipped_matches(prediction: Iterable, reference: Counter) -> int:
    """How many of the prediction's n-grams find a partner in the reference. Each match uses its partner up.

    prediction is a list of the n-grams in their order, with all repetitions. reference says how often each n-gram occurs in
    the reference. It belongs to the caller, who may use it again, so it must stay as it is. An n-gram may be a word or a
    tuple of words; nothing depends on which.

        >>> clipped_matches(["cold", "cold", "cold", "cold"], Counter(["it", "is", "cold", "outside"]))
        1
        >>> clipped_matches(["the", "the", "the", "dog"], Counter(["the", "cat", "saw", "the", "dog"]))
        3
    """
    raise NotImplementedError
