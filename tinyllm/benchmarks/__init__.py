"""Benchmarks: suite.py asks a model and scores its answers, asking.py has the two ways to ask.

glue.py, superglue.py, mmlu.py and bigbench.py read the official files. helm.py measures more than accuracy.
"""

from tinyllm.benchmarks.asking import choice_probabilities
from tinyllm.benchmarks.bigbench import load_bigbench
from tinyllm.benchmarks.glue import load_glue
from tinyllm.benchmarks.mmlu import load_mmlu
from tinyllm.benchmarks.official import load_official
from tinyllm.benchmarks.suite import Benchmark, Estimate, Item, Report, estimate, evaluate, from_task
from tinyllm.benchmarks.superglue import load_superglue

__all__ = ["Benchmark", "Estimate", "Item", "Report", "choice_probabilities", "estimate", "evaluate",
           "from_task", "load_bigbench", "load_glue", "load_mmlu", "load_official", "load_superglue"]
