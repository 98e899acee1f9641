"""ROUGE and BLEU beside rouge-score and sacreBLEU: the same numbers on 20,000 odd pairs, and how much faster.

    python tests/benchmark_metrics.py        about two minutes; needs tests/requirements.txt

Each round scores new texts, so that no cache helps; the two take turns, and the median of the ratios counts.
"""

import math
import random
import statistics
import time

import sacrebleu
from random_texts import random_pairs
from rouge_score.rouge_scorer import RougeScorer
from tqdm import tqdm

from tinyllm.metrics import bleu, rouge
from tinyllm.metrics.bleu import SMOOTHINGS
from tinyllm.metrics.rouge import KINDS

SYLLABLES = "ba", "ko", "mi", "ren", "sta", "tor", "lun", "ve"


def prose(draw: random.Random, words: int) -> str:
    """Made-up words, few of them often and many seldom, with commas and full stops."""
    ranks = [int(draw.paretovariate(0.8)) for _ in range(words)]
    names = ["".join(SYLLABLES[int(digit)] for digit in oct(rank)[2:]) for rank in ranks]
    return " ".join(name + ("," if i % 7 == 6 else "") for i, name in enumerate(names, start=1)) + "."


def reworded(draw: random.Random, text: str) -> str:
    """A text that shares about three words in four with another, and most of their order."""
    return " ".join(word if draw.random() < 0.75 else prose(draw, 1) for word in text.split() if draw.random() < 0.95)


def ratio(name: str, ours, theirs, words: int, count: int, rounds: int = 7):
    """Print the median of theirs / ours in seconds over rounds of new texts."""
    ratios = []
    for seed in range(rounds):
        draw = random.Random(seed)
        references = [prose(draw, words) for _ in range(count)]
        predictions = [reworded(draw, text) for text in references]
        times = []
        for work in (ours, theirs):
            start = time.perf_counter()
            work(predictions, references)
            times.append(time.perf_counter() - start)
        ratios.append(times[1] / times[0])
    print(f"{name:50} {statistics.median(ratios):6.1f} times as fast ({min(ratios):.1f} to {max(ratios):.1f})", flush=True)


def largest_differences(count: int) -> tuple[float, float]:
    """The largest difference in any part of any ROUGE, and in BLEU of any smoothing, over random pairs."""
    scorer, worst_rouge, worst_bleu = RougeScorer(list(KINDS)), 0.0, 0.0
    metrics = {(smoothing, effective): sacrebleu.BLEU(smooth_method=smoothing, effective_order=effective)
               for smoothing in SMOOTHINGS for effective in (True, False)}
    for i, (prediction, references) in enumerate(tqdm(random_pairs(count, seed=12345), desc="pairs", mininterval=1)):
        ours, theirs = rouge(prediction, references), scorer.score_multi(references, prediction)
        worst_rouge = max(worst_rouge, *(math.dist(ours[kind], theirs[kind]) for kind in KINDS))
        (smoothing, effective), metric = list(metrics.items())[i % len(metrics)]
        mine = bleu([prediction], [references], smoothing=smoothing, effective_order=effective).score
        worst_bleu = max(worst_bleu, abs(mine - metric.corpus_score([prediction], [[text] for text in references]).score))
    return worst_rouge, worst_bleu


def main():
    everything, longest = RougeScorer(list(KINDS)), RougeScorer(["rougeL"])

    def each(score):
        return lambda predictions, references: [score(p, r) for p, r in zip(predictions, references, strict=True)]
    ratio("ROUGE, four kinds, 1,000 pairs of 60 words", each(rouge), each(lambda p, r: everything.score(r, p)), 60, 1000)
    ratio("ROUGE-L, 20 pairs of 500 words", each(lambda p, r: rouge(p, r, ["rougeL"])), each(lambda p, r: longest.score(r, p)),
          500, 20)
    ratio("BLEU, 1,000 segments of 25 words", bleu, lambda p, r: sacrebleu.corpus_bleu(p, [r]), 25, 1000)
    worst_rouge, worst_bleu = largest_differences(20_000)
    print(f"largest difference over 20,000 pairs: ROUGE {worst_rouge:.1e}, BLEU {worst_bleu:.1e} (of 100)")


if __name__ == "__main__":
    main()
