"""Exercise: right or wrong, and nearly right.

Lesson 5 scores labels by exact match and free text by token F1. Here you write both: four small functions, each of which may
use the one before. About 12 lines in all. What you have not written yet is taken from the library.
"""

from collections import Counter
from collections.abc import Sequence

from tinyllm.metrics.accuracy import WORD

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'accuracy(["yes", "No", " no", "no"], ["yes", "no", "no", "yes"]): what is it (a number from 0 to 1)?': None,
    'shared_f1(["the", "the", "boat"], ["the", "boat"]): what is it (a number from 0 to 1)?': None,
    'token_f1("Her boat.", ["her boat", "a boat"]): what is it (a number from 0 to 1)?': None,
}


def exact_match(prediction: str, reference: str | Sequence[str]) -> bool:
    """Whether the prediction equals the reference, or one of them if the reference is a list of right answers.

    White space around a text does not matter, neither around the prediction nor around a reference. Capitals do.

        >>> exact_match(" yes", "yes"), exact_match("Yes", "yes"), exact_match("yes", ["true", "yes"])
        (True, False, True)
    """
    raise NotImplementedError


def accuracy(predictions: Sequence[str], references: Sequence) -> float:
    """The share of predictions that match their reference exactly: correct / total, from 0 to 1.

    The first prediction belongs to the first reference, and so on. A reference may be a list of right answers.

        >>> accuracy(["yes", "no", "no "], ["no", "no", ["no", "false"]])
        0.6666666666666666
    """
    raise NotImplementedError


def shared_f1(predicted: Sequence[str], wanted: Sequence[str]) -> float:
    """The F1 of two lists of words: 2 P R / (P + R), and 0 if they share no word.

    P, precision, is shared / predicted words, and R, recall, is shared / wanted words. The order of the words does not
    matter. A word is shared as often as it occurs in both: "a a b" and "a a a" share 2 words. Here 1 word is shared, so P is
    1/2, R is 1/3, and F1 is 2 (1/6) / (5/6):

        >>> shared_f1(["my", "boat"], ["the", "red", "boat"])
        0.4
    """
    raise NotImplementedError


def token_f1(prediction: str, reference: str | Sequence[str]) -> float:
    """The F1 of the words of two texts. If the reference is a list of texts, the one that gives the highest F1 counts.

    Case does not matter, and each punctuation mark is a word of its own. WORD, a regular expression, finds words and marks:
    WORD.findall("a boat.") is ["a", "boat", "."].

        >>> token_f1("Anna sells her boat", "anna sells the boat")
        0.75
    """
    raise NotImplementedError
