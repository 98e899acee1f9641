"""Benchmarks: `suite` asks and scores; glue, superglue, mmlu and bigbench read the official files; helm looks beyond accuracy."""

from tinyllm.benchmarks.bigbench import load_bigbench
from tinyllm.benchmarks.glue import load_glue
from tinyllm.benchmarks.mmlu import load_mmlu
from tinyllm.benchmarks.official import load_official
from tinyllm.benchmarks.suite import Benchmark, Estimate, Item, Report, choice_probabilities, estimate, evaluate, from_task
from tinyllm.benchmarks.superglue import load_superglue

__all__ = ["Benchmark", "Estimate", "Item", "Report", "choice_probabilities", "estimate", "evaluate", "from_task",
           "load_bigbench", "load_glue", "load_mmlu", "load_official", "load_superglue"]
