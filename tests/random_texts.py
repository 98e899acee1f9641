"""Texts that try a metric's corners: words, accents, other scripts, punctuation, numbers, entities, nothing, very much."""

import random

WORDS = ["the", "cat", "sat", "on", "mat", "cold", "is", "it", "It", "outside", "très", "café", "naïve", "l'arbre", "well-known",
         "don't", "U.S.A.", "3.14", "1,000", "1990-2000", "-5", ".5", "5.", "a.b", "x,,5", "..,7", "...", ",", ".", "-", "--",
         "'", "(fine)", "[1]", "{x}", "a/b", "&amp;", "&quot;hi&quot;", "&lt;b&gt;", "&amp;lt;", "&", "<skipped>", "%", "$5",
         "#1", "@me", "~", "`", "^", "|", "\\", "北京", "привет", "İstanbul", "Kelvin", "ﬁne", "😀", "a\u0301", "\u00a0",
         "\u2028",
         "\u200b", "x\u0085y", "running", "runs", "ponies", "١٢", "²"]
SPACES = [" ", " ", " ", " ", "  ", "\n", "\t", "-\n", " \n ", "\r\n", "\u3000"]


def random_text(draw: random.Random, longest: int = 24) -> str:
    """A text of up to `longest` words; one in twenty is empty or white space, one in fifty ten times as long."""
    kind = draw.random()
    if kind < 0.05:
        return draw.choice(["", " ", "\n", "\n\n", "\t", "."])
    words = draw.sample(WORDS, draw.randint(2, 12))  # few different ones, so that much matches and repeats
    length = draw.randint(1, longest * (10 if kind > 0.98 else 1))
    return "".join(draw.choice(words) + draw.choice(SPACES) for _ in range(length))


def random_pairs(count: int, seed: int) -> list[tuple[str, list[str]]]:
    """(prediction, one to four references); half of the references share most of their words with the prediction."""
    draw = random.Random(seed)
    pairs = []
    for _ in range(count):
        prediction = random_text(draw)
        references = []
        for _ in range(draw.randint(1, 4)):
            words = prediction.split(" ")
            if draw.random() < 0.3:
                draw.shuffle(words)
            kept = " ".join(word for word in words if draw.random() < 0.8)
            references.append(random_text(draw) if draw.random() < 0.5 else kept)
        pairs.append((prediction, references))
    return pairs
