"""Accuracy, and the overlap of words where several wordings are nearly right.

Accuracy suits answers that are right or wrong, such as labels. For free text it is too strict: "Anna sells her boat" for
"Anna sells the boat" counts as nothing, while token F1 gives it 3 words of 4.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tinyllm.check import require

WORD = re.compile(r"\w+|[^\w\s]")


def accuracy(predictions: Sequence, references: Sequence) -> float:
    """The share of predictions that equal their reference: correct / total, from 0 to 1.

    A reference may be a list of valid answers. White space around a text does not count; capitals do. Raises InputError
    for lists of different lengths, and for empty ones, which have no accuracy.
    """
    check_pairs(predictions, references)
    return sum(exact_match(p, r) for p, r in zip(predictions, references, strict=True)) / len(predictions)


def exact_match(prediction, reference) -> bool:
    """Whether the prediction equals the reference, or one of them if it is a list."""
    def strip(answer):
        return answer.strip() if isinstance(answer, str) else answer
    return any(strip(prediction) == strip(valid) for valid in valid_answers(reference))


def token_f1(prediction: str, reference: str | Sequence[str]) -> float:
    """F1 of the words that prediction and reference share, each counted as often as it occurs on both sides (SQuAD).

    Words and punctuation marks count alike, in lower case, in any order. Of several references the closest counts. Raises
    InputError for what is not text.

        >>> token_f1("Anna sells her boat", "Anna sells the boat")
        0.75
    """
    valid = valid_answers(reference)
    check_texts("Token F1", (prediction, *valid))
    return max(_f1(WORD.findall(prediction.lower()), WORD.findall(text.lower())) for text in valid)


def mean_token_f1(predictions: Sequence[str], references: Sequence) -> float:
    """The mean of `token_f1` over pairs. Raises InputError as `accuracy` does."""
    check_pairs(predictions, references)
    return sum(token_f1(p, r) for p, r in zip(predictions, references, strict=True)) / len(predictions)


def valid_answers(reference) -> Sequence:
    """A reference as the list of all answers that are right. Raises InputError for a list of none."""
    valid = reference if isinstance(reference, list | tuple) else [reference]
    check_valid(valid)
    return valid


def _f1(predicted: list[str], wanted: list[str]) -> float:
    shared = (Counter(predicted) & Counter(wanted)).total()
    return 2 * shared / (len(predicted) + len(wanted)) if shared else 0.0


def check_pairs(predictions: Sequence, references: Sequence):
    """Raise InputError for what is no list, for lists of different lengths, and for empty ones."""
    for side in predictions, references:
        is_list = hasattr(side, "__len__") and not isinstance(side, str | bytes | dict | set)
        require(is_list, "This metric takes a list of predictions and a list of their references, nothing "
                         "else.")
    n, n_wanted = len(predictions), len(references)
    require(n == n_wanted, f"{n} predictions cannot be compared with {n_wanted} references.")
    require(n > 0, "There are no predictions, so there is no score.")


def check_valid(answers: Sequence):
    """Raise InputError for a list of valid answers that holds none."""
    require(len(answers) > 0, "A list of references is empty; give at least one answer that is right.")


def check_texts(metric: str, texts: Sequence):
    """Raise InputError unless a prediction and its references, which a metric is given, are all texts."""
    are_texts = all(isinstance(text, str) for text in texts)
    require(are_texts, f"{metric} compares a text with one reference text, or with a list of at least one.")
