"""What the tests share: a tiny tokenizer, a tiny model, and float32 on the CPU everywhere."""

import sys
from pathlib import Path

import pytest
import torch
from understanding import plugin

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ["Marta bakes bread in Brindle.", "Leo has a red boat and a small dog.", "Is it cold outside? It is very cold.",
         "Where does Anna live? Anna lives in Norden.", "Le chat dort sous l'arbre.", "one two three four five six"] * 20

sys.path.insert(0, str(ROOT / "data" / "make"))  # for tests of what makes the small world
torch.set_num_threads(1)  # models this small are faster on one core


@pytest.fixture(scope="session")
def tokenizer():
    from tinyllm import Tokenizer
    return Tokenizer.train(TEXTS, vocab_size=400)


@pytest.fixture
def make_model():
    """A function that makes a small model with random weights large enough to prefer some tokens clearly."""
    def make(seed=0, **changes):
        from tinyllm import Config, Transformer
        shape = {"vocab_size": 400, "n_layers": 2, "n_heads": 4, "width": 32, "context": 64, **changes}
        torch.manual_seed(seed)
        model = Transformer(Config(**shape))
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim == 2:
                    parameter.mul_(5)
        return model.eval()
    return make


def pytest_addoption(parser):
    plugin.add_options(parser)


def pytest_ignore_collect(collection_path, config):
    return plugin.is_of_no_use(collection_path, config)


def pytest_collection_modifyitems(config, items):
    plugin.choose_items(config, items)


def pytest_terminal_summary(terminalreporter, config):
    plugin.summarize(config, terminalreporter.write_line)


@pytest.fixture(scope="session")
def said(request):
    """A function of an exercise and the number of a question: what is to be said of the learner's code, None if it is right."""
    return plugin.speaker(request.config)
