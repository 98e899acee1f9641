"""Exercise: the matches of BLEU.

Lesson 9 asks how many n-grams of a translation stand in its references. There may be several references, and an n-gram must
not match more often than one of them has it. Here you write this count, the numerator of p_n, in about 8 lines. What you have
not written yet is taken from the library.
"""

from collections import Counter
from collections.abc import Sequence

from tinyllm.metrics.rouge import clipped_matches, ngrams

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'How many 1-grams of "the the the the" match the references "the cat" and "the dog saw the boat" (a number)?': None,
    'How many 2-grams of "it is cold" match the references "it is warm" and "so is cold water" (a number)?': None,
    "Can another reference make the number of matches smaller (True or False)?": None,
}


def most_of_any(counts: Sequence[Counter]) -> Counter:
    """How often each n-gram occurs in that reference which has it most often. No more of them can match.

    counts has a Counter of n-grams for each reference, and at least one. Each n-gram is looked at by itself, so different
    n-grams may have their number from different references. The Counters are the caller's, and must stay as they are.

        >>> most = most_of_any([Counter(the=1, cat=1), Counter(the=2, dog=1)])
        >>> most["the"], most["cat"], most["dog"]
        (2, 1, 1)
    """
    raise NotImplementedError


def matches_with_any(tokens: Sequence[str], references: Sequence[Sequence[str]], n: int) -> int:
    """How many n-grams of a prediction find a partner in its references: the numerator of p_n.

    tokens is the prediction, and references has a list of tokens for each reference. The matches are clipped at what
    most_of_any gives. clipped_matches(prediction, reference) takes a list of n-grams and a Counter of n-grams, and
    ngrams(tokens, n) makes the list.

        >>> matches_with_any(["the", "the", "the"], [["the", "cat"], ["the", "the", "dog"]], n=1)
        2
    """
    raise NotImplementedError
