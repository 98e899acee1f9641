"""Accuracy, and a softer score for answers that are nearly right.

Accuracy suits answers that are either right or wrong, such as labels. It is too strict for free text: it
gives "Anna sells her boat" nothing where the reference is "Anna sells the boat". Token F1 gives it 3 words
of 4.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tinyllm.check import require

WORD = re.compile(r"\w+|[^\w\s]")  # a word, or a single punctuation mark


def accuracy(predictions: Sequence, references: Sequence) -> float:
    """The share of predictions that equal their reference: correct / total, from 0 to 1.

    A reference may be a list of right answers. White space around a text does not matter; capitals do.
    Raises InputError for lists of different lengths, and for empty lists, which have no accuracy.
    """
    check_pairs(predictions, references)
    return sum(map(exact_match, predictions, references)) / len(predictions)


def exact_match(prediction, reference) -> bool:
    """Whether the prediction equals the reference, or one of them if the reference is a list."""
    def strip(answer):
        return answer.strip() if isinstance(answer, str) else answer
    return any(strip(prediction) == strip(valid) for valid in valid_answers(reference))


def token_f1(prediction: str, reference: str | Sequence[str]) -> float:
    """The F1 of the words that prediction and reference share, in any order (SQuAD: Rajpurkar et al. 2016).

    Case does not matter, and a punctuation mark counts as a word. Of several references the closest one
    counts. Raises InputError for what is not text.

        >>> token_f1("Anna sells her boat", "Anna sells the boat")
        0.75
    """
    valid = valid_answers(reference)
    check_texts("Token F1", (prediction, *valid))
    predicted = WORD.findall(prediction.lower())
    return max(shared_f1(predicted, WORD.findall(text.lower())) for text in valid)


def shared_f1(predicted: Sequence[str], wanted: Sequence[str]) -> float:
    """The F1 of two lists of words: 2 P R / (P + R), which is 2 * shared / (words of both lists).

    P, precision, is shared / predicted words, and R, recall, is shared / wanted words. A word is shared as
    often as it occurs in both: "a a b" and "a a a" share 2 words.
    """
    shared = (Counter(predicted) & Counter(wanted)).total()  # & keeps the smaller count of each word
    return 2 * shared / (len(predicted) + len(wanted)) if shared else 0.0


def mean_token_f1(predictions: Sequence[str], references: Sequence) -> float:
    """The mean of `token_f1` over all pairs. Raises InputError as `accuracy` does."""
    check_pairs(predictions, references)
    return sum(map(token_f1, predictions, references)) / len(predictions)


def valid_answers(reference) -> Sequence:
    """All right answers as a list, whether one or a list was given. Raises InputError for an empty list."""
    valid = reference if isinstance(reference, list | tuple) else [reference]
    check_valid(valid)
    return valid


def check_pairs(predictions: Sequence, references: Sequence):
    """Raise InputError for anything but lists, for lists of different lengths, and for empty lists."""
    for side in predictions, references:
        is_list = hasattr(side, "__len__") and not isinstance(side, str | bytes | dict | set)
        require(is_list, "This metric takes a list of predictions and a list of their references, nothing "
                         "else.")
    n, n_wanted = len(predictions), len(references)
    require(n == n_wanted, f"{n} predictions cannot be compared with {n_wanted} references.")
    require(n > 0, "There are no predictions, so there is no score.")


def check_valid(answers: Sequence):
    """Raise InputError for an empty list of right answers."""
    require(len(answers) > 0, "A list of references is empty; give at least one answer that is right.")


def check_texts(metric: str, texts: Sequence):
    """Raise InputError unless the prediction and all its references are texts."""
    are_texts = all(isinstance(text, str) for text in texts)
    require(are_texts, f"{metric} compares a text with one reference text, or with a list of at least one.")
