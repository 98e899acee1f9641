"""tinyllm: the second week of a course on generative AI with language models, from scratch and readable.

Read the modules in this order: tokenizer, config, cache, model, generate, prompting, batches, data,
checkpoint, metrics, distributed, resume, trainer, peft, memory, forgetting, benchmarks, pretrained.
"""

from tinyllm.check import InputError
from tinyllm.config import Config
from tinyllm.generate import generate
from tinyllm.model import Transformer
from tinyllm.tokenizer import Tokenizer
from tinyllm.trainer import TrainConfig, Trainer

__all__ = ["Config", "InputError", "Tokenizer", "TrainConfig", "Trainer", "Transformer", "generate"]
