"""How good an answer is: accuracy and token overlap. Every metric takes (prediction, reference) in that order."""

from tinyllm.metrics.accuracy import accuracy, exact_match, mean_token_f1, token_f1

__all__ = ["accuracy", "exact_match", "mean_token_f1", "token_f1"]
