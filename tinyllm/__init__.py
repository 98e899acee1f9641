"""tinyllm: the second week of a course on generative AI with language models, from scratch and readable.

Read the modules in this order: check, tokenizer, model, generate, prompting, data, checkpoint, metrics,
forgetting, trainer, peft, memory, benchmarks.
"""

from tinyllm.check import InputError
from tinyllm.generate import generate
from tinyllm.model import Config, Transformer
from tinyllm.tokenizer import Tokenizer
from tinyllm.trainer import TrainConfig, Trainer

__all__ = ["Config", "InputError", "Tokenizer", "TrainConfig", "Trainer", "Transformer", "generate"]
