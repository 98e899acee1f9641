"""ROUGE and BLEU beside rouge-score and sacreBLEU: the same numbers on 20,000 odd pairs, and the speed.

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
from tinyllm.metrics.rouge import KINDS, faster_lcs_length, lcs_length

SYLLABLES = "ba", "ko", "mi", "ren", "sta", "tor", "lun", "ve"


def prose(draw: random.Random, words: int) -> str:
    """Made-up words, few of them often and many seldom, with commas and full stops."""
    ranks = [int(draw.paretovariate(0.8)) for _ in range(words)]
    names = ["".join(SYLLABLES[int(digit)] for digit in oct(rank)[2:]) for rank in ranks]
    return " ".join(name + ("," if i % 7 == 6 else "") for i, name in enumerate(names, start=1)) + "."


def reworded(draw: random.Random, text: str) -> str:
    """A text that shares about three words in four with another, and most of their order."""
    kept = [word for word in text.split() if draw.random() < 0.95]
    return " ".join(word if draw.random() < 0.75 else prose(draw, 1) for word in kept)


def in_lines(text: str, words: int = 15) -> str:
    """The text with a line break after so many words."""
    all_words = text.split()
    return "\n".join(" ".join(all_words[i:i + words]) for i in range(0, len(all_words), words))


def ratio(name: str, ours, theirs, words: int, count: int, change=str, rounds: int = 7):
    """Print the median of theirs / ours in seconds, over rounds of new texts that `change` changes."""
    ratios = []
    for seed in range(rounds):
        draw = random.Random(seed)
        references = [prose(draw, words) for _ in range(count)]
        pairs = [(change(reworded(draw, text)), change(text)) for text in references]
        times = []
        for score in (ours, theirs):
            start = time.perf_counter()
            score(pairs)
            times.append(time.perf_counter() - start)
        ratios.append(times[1] / times[0])
    middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
    print(f"{name:52} {middle:6.1f} times as fast ({least:.1f} to {most:.1f})", flush=True)


def largest_differences(count: int) -> tuple[float, float]:
    """The largest difference in any part of any ROUGE, and in BLEU of any smoothing, over random pairs."""
    scorer, worst_rouge, worst_bleu = RougeScorer(list(KINDS)), 0.0, 0.0
    settings = [(smoothing, effective) for smoothing in SMOOTHINGS for effective in (True, False)]
    scorers = [sacrebleu.BLEU(smooth_method=smoothing, effective_order=effective)
               for smoothing, effective in settings]
    pairs = tqdm(random_pairs(count, seed=12345), desc="pairs", mininterval=1)
    for i, (prediction, references) in enumerate(pairs):
        ours, theirs = rouge(prediction, references), scorer.score_multi(references, prediction)
        worst_rouge = max(worst_rouge, *(math.dist(ours[kind], theirs[kind]) for kind in KINDS))
        smoothing, effective = settings[i % len(settings)]
        mine = bleu([prediction], [references], smoothing=smoothing, effective_order=effective).score
        wanted = scorers[i % len(settings)].corpus_score([prediction], [[text] for text in references]).score
        worst_bleu = max(worst_bleu, abs(mine - wanted))
    return worst_rouge, worst_bleu


def compare_rouge(name: str, kinds: list[str], words: int, count: int, change=str):
    """Print how much faster our `rouge` is than rouge-score."""
    scorer = RougeScorer(kinds)
    ratio(name, lambda pairs: [rouge(prediction, reference, kinds) for prediction, reference in pairs],
          lambda pairs: [scorer.score(reference, prediction) for prediction, reference in pairs],
          words, count, change)


def main():
    compare_rouge("ROUGE, four kinds, 1,000 pairs of 60 words", list(KINDS), 60, 1000)
    compare_rouge("ROUGE, four kinds, 1,000 pairs of 4 lines of 15", list(KINDS), 60, 1000, in_lines)
    compare_rouge("ROUGE-Lsum, 100 pairs of 13 lines of 15 words", ["rougeLsum"], 200, 100, in_lines)
    compare_rouge("ROUGE-L, 20 pairs of 500 words", ["rougeL"], 500, 20)
    ratio("faster_lcs_length beside lcs_length, 200 words",
          lambda pairs: [faster_lcs_length(a.split(), b.split()) for a, b in pairs],
          lambda pairs: [lcs_length(a.split(), b.split()) for a, b in pairs], 200, 50)
    ratio("BLEU, 1,000 segments of 25 words", lambda pairs: bleu(*zip(*pairs, strict=True)),
          lambda pairs: sacrebleu.corpus_bleu([a for a, _ in pairs], [[b for _, b in pairs]]), 25, 1000)
    worst_rouge, worst_bleu = largest_differences(20_000)
    print(f"largest difference over 20,000 pairs: ROUGE {worst_rouge:.1e}, BLEU {worst_bleu:.1e} (of 100)")


if __name__ == "__main__":
    main()
