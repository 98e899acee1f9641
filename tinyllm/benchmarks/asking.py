"""Two ways to get an answer from a model: let it choose among given answers, or let it write one.

To choose, the model writes nothing. Each choice is put behind the text, and the model's own probabilities
of the choice's tokens are multiplied. The log turns this product into a sum:

    text "Is it cold outside? Answer:"      choices "yes", "very cold"

    log p("yes" | text)                                                   = -1.2      mean per token  -1.2
    log p("very" | text) + log p("cold" | text "very")   = -2.0 + -0.2    = -2.2      mean per token  -1.1

By the sum the answer is "yes", by the mean "very cold": a long choice has more tokens to lose probability
on, and the mean makes up for it (Brown et al. 2020, section 2.4).

Shapes: B inputs, N choices, T tokens, V tokens of the vocabulary.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor
from tqdm import tqdm

from tinyllm.batches import collate
from tinyllm.check import require
from tinyllm.device import in_mode
from tinyllm.generate import complete
from tinyllm.model import Transformer
from tinyllm.tokenizer import IGNORE, Tokenizer


@torch.inference_mode()
def choice_probabilities(model: Transformer, tokenizer: Tokenizer, texts: Sequence[str],
                         choices: Sequence[Sequence[str]], normalize: bool = True,
                         batch_size: int = 32) -> list[tuple[float, ...]]:
    """For each text the probabilities of its choices; those of one text add up to 1.

    They are the softmax of the choices' log probabilities: of the means per token if `normalize` is set,
    else of the sums. A choice follows its text after one space, as completions do in training. Raises
    InputError for a choice without a token.
    """
    rendered = [tokenizer.render(text, f" {choice}")
                for text, own in zip(texts, choices, strict=True) for choice in own]
    rows = [(ids[:-1], targets[:-1]) for ids, targets in rendered]  # END is no part of a choice
    check_choices(rows)
    with in_mode(model, training=False):
        scores = log_probabilities(model, rows, normalize, batch_size)
    of_texts = scores.split([len(own) for own in choices])  # one tensor for each text
    return [tuple(own.softmax(dim=0).tolist()) for own in of_texts]


def log_probabilities(model: Transformer, rows: Sequence[tuple[list[int], list[int]]], normalize: bool,
                      batch_size: int) -> Tensor:
    """The log probability of each row's targets, given its ids: the mean per token, or the sum.

    Rows with the same ids go through the model once. A text's choices of one token are such rows: only
    their targets differ. Inputs of like length share a batch, so that little of it is padding. `normalize`
    asks for the mean.
    """
    rows_of = defaultdict(list)  # the numbers of the rows that have these ids
    for number, (ids, _) in enumerate(rows):
        rows_of[tuple(ids)].append(number)
    inputs = sorted(rows_of, key=len)
    scores, device = torch.zeros(len(rows)), next(model.parameters()).device
    with progress(len(rows), "choice") as bar:
        for start in range(0, len(inputs), batch_size):
            batch = inputs[start:start + batch_size]
            asked = [number for ids in batch for number in rows_of[ids]]  # N choices of B inputs
            which = torch.tensor([i for i, ids in enumerate(batch) for _ in rows_of[ids]])  # (N)
            ids, _ = collate([(ids, ids) for ids in batch])  # (B, T); the targets are not needed
            _, targets = collate([rows[number] for number in asked])  # (N, T)
            log_p = model(ids.to(device)).float().log_softmax(dim=-1)  # (B, T, V)
            scores[asked] = of_targets(log_p, which, targets.to(device), normalize).cpu()  # (N)
            bar.update(len(asked))
    return scores


def of_targets(log_p: Tensor, which: Tensor, targets: Tensor, normalize: bool) -> Tensor:
    """The sum over T, or the mean, of the log probabilities of targets (N, T) in log_p (B, T, V) -> (N).

    Choice n belongs to input which[n]. Targets that are IGNORE belong to the text or to the padding.
    """
    place = torch.arange(targets.shape[1])  # (T)
    token = targets.clamp(min=0)  # any token in the place of IGNORE, which is not counted
    found = log_p[which[:, None], place, token]  # (N, T): entry (n, t) is log_p[which[n], t, token[n, t]]
    is_target = targets != IGNORE
    total = found.where(is_target, 0).sum(dim=1)  # (N)
    return total / is_target.sum(dim=1) if normalize else total


def first_lines(model: Transformer, tokenizer: Tokenizer, texts: Sequence[str],
                max_new_tokens: int) -> list[str]:
    """The first line that the model writes after each text, without the white space around it."""
    answers = []
    with progress(len(texts), "question") as bar:
        for start in range(0, len(texts), 128):  # so that the bar moves
            batch = texts[start:start + 128]
            answers += complete(model, tokenizer, batch, max_new_tokens)
            bar.update(len(batch))
    return [answer.split("\n")[0].strip() for answer in answers]


def progress(count: int, unit: str) -> tqdm:
    """A progress bar that shows after two seconds and goes away at the end; in a file it prints rarely."""
    seconds = 1 if sys.stderr.isatty() else 10
    return tqdm(total=count, desc="asking", unit=unit, leave=False, delay=2, mininterval=seconds)


def check_choices(rows: Sequence[tuple[list[int], list[int]]]):
    """Raise InputError for a choice without a token, as an empty text in a chat, which adds no space."""
    have_tokens = all(any(target != IGNORE for target in targets) for _, targets in rows)
    require(have_tokens, "A choice is empty, so it has no probability; give every choice a text.")
