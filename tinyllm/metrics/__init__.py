"""How good an answer is. Every metric takes (prediction, reference) in this order.

Read accuracy.py, rouge.py and bleu.py. classification.py has more scores, for GLUE and SuperGLUE.
"""

from tinyllm.metrics.accuracy import accuracy, exact_match, mean_token_f1, token_f1
from tinyllm.metrics.bleu import Bleu, bleu, sentence_bleu
from tinyllm.metrics.rouge import Score, rouge, rouge_corpus

__all__ = ["Bleu", "Score", "accuracy", "bleu", "exact_match", "mean_token_f1", "rouge", "rouge_corpus",
           "sentence_bleu", "token_f1"]
