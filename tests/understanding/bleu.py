"""BLEU of a corpus: clipped precisions, their geometric mean, and the brevity penalty."""

import math

from understanding.exercise import Exercise, Prediction

COLD, VERY = ["It is cold outside"], ["It is very cold outside"]


def parts(predictions: list[str], references: list, **options):
    """The Bleu of a corpus."""
    from tinyllm.metrics import bleu
    return bleu(predictions, references, **options)


def mean(values: list[float]):
    """What geometric_mean gives."""
    from tinyllm.metrics.bleu import geometric_mean
    return geometric_mean(values)


EXERCISE = Exercise(
    "bleu", lesson=9, order=3, module="tinyllm.metrics.bleu", title="the geometric mean, and BLEU of a corpus",
    hints=("Write it for one prediction with one reference first, and check it with the docstring's numbers. Then think of what "
           "has to be added up over the corpus: matches, n-grams and two lengths. Nothing is averaged over its sentences.",
           "matches is a list with an entry for each n from 1 to max_order: the sum of matches_with_any(tokens, valid, n) over "
           "all pairs. totals has the sum of len(tokens) - n + 1, which must not be below 0.",
           "The precisions are already in percent, so the score is brevity_penalty(c, r) * geometric_mean(precisions). The mean "
           "is math.prod(values) ** (1 / len(values)); with logarithms instead, a zero must be caught first."),
    predictions=(
        Prediction("What is the geometric mean of 90 and 40 (a number)?", lambda: mean([90, 40])),
        Prediction('A corpus has "a b c d", which equals its reference, and "x" for "y": what is its p_1 in percent (a number)?',
                   lambda: parts(["a b c d", "x"], ["a b c d", "y"]).precisions[0]),
        Prediction('What is the BLEU of "It is very cold outside" for "It is cold outside", without smoothing (a number from 0 '
                   "to 100)?", lambda: parts(VERY, COLD, smoothing="none").score)))

PART = "From precision to BLEU: each part mends the one before"
CORPUS = "The French of our models"


@EXERCISE.asks("The mean is geometric: of 80 and 20 it is 40, for 40 * 40 is 80 * 20.", read=PART)
def the_mean_of_two():
    return [mean([80, 20]), mean([50, 50]), mean([90, 40])], [40, 50, 60]


@EXERCISE.asks("It is the n-th root for n values.", read=PART)
def the_mean_of_several():
    return [mean([30]), mean([1, 10, 100]), mean([16, 1, 1, 1]), mean([32, 1, 1, 1, 1])], [30, 10, 2, 2]


@EXERCISE.asks("In a product nothing makes up for a zero.", read=PART)
def the_mean_with_a_zero():
    return [mean([100, 0]), mean([0, 0])], [0, 0]


@EXERCISE.asks("There is one number of matches and one of n-grams for each n, and the n-grams are those of the prediction.",
               read=PART)
def the_counts():
    made = parts(VERY, COLD)
    return [made.matches, made.totals], [[4, 2, 0, 0], [5, 4, 3, 2]]


@EXERCISE.asks("The precisions are matches / n-grams in percent, smoothed as asked for.", read=PART)
def the_precisions():
    return [parts(VERY, COLD).precisions, parts(VERY, COLD, smoothing="none").precisions], [
        [80, 50, 100 / 6, 12.5], [80, 50, 0, 0]]


@EXERCISE.asks("A translation that equals its reference has a BLEU of 100.", read=PART)
def a_perfect_translation():
    return parts(COLD, COLD).score, 100


@EXERCISE.asks("The score is the geometric mean of the precisions, where there is no penalty.", read=PART)
def the_score():
    return [parts(VERY, COLD).score, parts(VERY, COLD, smoothing="none").score], [30.2138, 0]


@EXERCISE.asks("max_order is the longest n that counts.", read=PART)
def the_longest_n():
    return [parts(VERY, COLD, max_order=order, smoothing="none").score for order in (1, 2)], [80, 63.2456]


@EXERCISE.asks("Too short a translation is multiplied by exp(1 - r / c), and too long a one by 1.", read=PART)
def the_penalty():
    short, long = ["a b c d"], ["a b c d e f g h"]
    one, other = parts(short, long), parts(long, short)
    return [one.brevity_penalty, one.score, other.brevity_penalty, other.score], [0.367879, 36.7879, 1, 34.5721]


@EXERCISE.asks("The tokens are those of tokenize_13a: punctuation stands alone, and capitals count.", read=CORPUS)
def the_tokens():
    return [parts(["It is cold."], ["It is cold!"]).matches, parts(["it is cold"], ["It is cold"]).matches], [
        [3, 2, 1, 0], [2, 1, 0, 0]]


@EXERCISE.asks("A prediction may have several references, and all of them count.", read=CORPUS)
def several_references():
    return parts(["a b c d"], [["a b x y", "x b c d"]]).matches, [4, 3, 1, 0]


@EXERCISE.asks("Of several references, the one closest in length is what the prediction's length is compared with.", read=CORPUS)
def the_reference_length():
    return [parts(["a b c d e"], [valid]).reference_length for valid in (
        ["a", "a b c d e f g", "a b c d e f g h i"], ["a b c d e f g", "a"], ["a", "a b c d e f"])], [7, 7, 6]


@EXERCISE.asks("The matches of all predictions are added up, and so are their n-grams; a text too short for an n-gram adds 0.",
               read=CORPUS)
def the_counts_of_a_corpus():
    made = parts(["a b c d", "x"], ["a b c d", "y"])
    return [made.matches, made.totals], [[4, 3, 2, 1], [5, 3, 2, 1]]


@EXERCISE.asks("The sums are divided, and not the precisions of the sentences averaged.", read=CORPUS)
def the_precisions_of_a_corpus():
    return parts(["a b c d", "x"], ["a b c d", "y"]).precisions, [80, 100, 100, 100]


@EXERCISE.asks("The lengths of a corpus are added up, and have one penalty: short and long translations balance.", read=CORPUS)
def the_penalty_of_a_corpus():
    made = parts(["a b c d", "a b c d e f"], ["a b c d e f", "a b c d"])
    return [made.prediction_length, made.reference_length, made.brevity_penalty], [10, 10, 1]


@EXERCISE.asks("BLEU of a corpus is made of the corpus's own precisions, and is not the mean of its sentences' BLEUs.",
               read=CORPUS)
def the_score_of_a_corpus():
    return [parts(["a b c d", "x"], ["a b c d", "y"]).score,
            parts(["a b c d", "a b c d e f"], ["a b c d e f", "a b c d"]).score], [94.5742, 66.8740]


ROOT = "return math.exp(sum(map(math.log, values)) / len(values))"
ZERO = "    if not values or not all(values):\n        return 0.0\n"
SPLIT = 'split = tokenize_13a if tokenize == "13a" else str.split'
WANTED = "wanted = [[split(text) for text in valid_answers(reference)] for reference in references]"
ORDERS = "orders = range(1, max_order + 1)"
MATCHES = "matches = [sum(matches_with_any(tokens, valid, n) for tokens, valid in pairs) for n in orders]"
TOTALS = "totals = [sum(max(len(tokens) - n + 1, 0) for tokens in predicted) for n in orders]"
LENGTH = "reference_length = sum(closest_length(len(tokens), map(len, valid)) for tokens, valid in pairs)"
PRECISIONS = "precisions = smoothed_precisions(matches, totals, smoothing)"
PENALTY = "penalty = brevity_penalty(predicted_length, reference_length)"
SCORE = "score = penalty * geometric_mean([precisions[n - 1] for n in orders])"

EXERCISE.wrong("the mean is the plain mean, which is 50 for 80 and 20", (ROOT, "return sum(values) / len(values)"), (ZERO, ""))
EXERCISE.wrong("the mean is the harmonic mean, which is 32 for 80 and 20",
               (ROOT, "return len(values) / sum(1 / value for value in values)"))
EXERCISE.wrong("the root of the product is forgotten, or the sum of the logarithms is not divided by the number of values",
               (ROOT, "return math.prod(values)"))
EXERCISE.wrong("the square root is taken, however many values there are", (ROOT, "return math.sqrt(math.prod(values))"))
EXERCISE.wrong("the fourth root is taken, however many values there are", (ROOT, "return math.prod(values) ** (1 / 4)"))
EXERCISE.wrong("nothing is done about a zero, and it has no logarithm", (ZERO, ""))
EXERCISE.wrong("zeros are left out of the mean, and so do not make it 0",
               (ZERO, "    values = [value for value in values if value]\n" + ZERO))
EXERCISE.wrong("the matches are divided by the reference's n-grams, which is recall and not precision",
               (TOTALS, "totals = [sum(max(len(valid[0]) - n + 1, 0) for _, valid in pairs) for n in orders]"))
EXERCISE.wrong("the n-grams of every n are counted as the number of tokens, which is right only for n = 1",
               (TOTALS, "totals = [sum(len(tokens) for tokens in predicted) for n in orders]"))
EXERCISE.wrong("there is one n-gram too few for each n, because len - n is counted and not len - n + 1",
               (TOTALS, TOTALS.replace("n + 1, 0", "n, 0")))
EXERCISE.wrong("the longest n is left out, because range(1, max_order) ends before max_order",
               (ORDERS, "orders = range(1, max_order)"))
EXERCISE.wrong("max_order is not looked at, and n always goes up to 4", (ORDERS, "orders = range(1, 5)"))
EXERCISE.wrong("a reference that is a text is taken for a list, and so each of its characters for a reference",
               (WANTED, WANTED.replace("valid_answers(reference)", "reference")))
EXERCISE.wrong("predictions and references have exchanged their places",
               ("    pairs = list(zip(predicted, wanted, strict=True))",
                "    predicted, wanted = [valid[0] for valid in wanted], [[tokens] for tokens in predicted]\n"
                "    pairs = list(zip(predicted, wanted, strict=True))"))
EXERCISE.wrong("smoothing is not looked at, and is always \"exp\"",
               (PRECISIONS, 'precisions = smoothed_precisions(matches, totals, "exp")'))
EXERCISE.wrong("the precisions are not smoothed",
               (PRECISIONS, "precisions = [100 * match / max(total, 1) for match, total in zip(matches, totals, strict=True)]"))
EXERCISE.wrong("the score is multiplied by 100, although the precisions are in percent already",
               (SCORE, SCORE.replace("= penalty", "= 100 * penalty")))
EXERCISE.wrong("the score goes from 0 to 1 and not to 100", (SCORE, SCORE + " / 100"))
EXERCISE.wrong("the brevity penalty is not multiplied in", (SCORE, SCORE.replace("penalty * ", "")))
EXERCISE.wrong("the brevity penalty is given its two lengths the wrong way round, so long translations are punished",
               (PENALTY, "penalty = brevity_penalty(reference_length, predicted_length)"))
EXERCISE.wrong("the texts are split at white space only, so punctuation stays at its word",
               (SPLIT, "split = str.split"))
EXERCISE.wrong("the texts are put in lower case first", (SPLIT, "split = lambda text: tokenize_13a(text.lower())"))
EXERCISE.wrong("only the first reference of each prediction counts", (WANTED, WANTED.replace(
    "valid_answers(reference)]", "valid_answers(reference)][:1]")))
EXERCISE.wrong("the matches with each reference are added up", (MATCHES, (
    "matches = [sum(matches_with_any(tokens, [one], n) for tokens, valid in pairs for one in valid) for n in orders]")))
EXERCISE.wrong("the shortest reference is what the length is compared with, and not the closest",
               (LENGTH, "reference_length = sum(min(map(len, valid)) for tokens, valid in pairs)"))
EXERCISE.wrong("the longest reference is what the length is compared with, and not the closest",
               (LENGTH, "reference_length = sum(max(map(len, valid)) for tokens, valid in pairs)"))
EXERCISE.wrong("the first reference is what the length is compared with, and not the closest",
               (LENGTH, "reference_length = sum(len(valid[0]) for tokens, valid in pairs)"))
EXERCISE.wrong("the lengths of all references are added up",
               (LENGTH, "reference_length = sum(len(one) for tokens, valid in pairs for one in valid)"))
EXERCISE.wrong("a text of fewer than n tokens adds a negative number of n-grams",
               (TOTALS, "totals = [sum(len(tokens) - n + 1 for tokens in predicted) for n in orders]"))
EXERCISE.wrong("only the first prediction is scored",
               ("    pairs = list(zip(predicted, wanted, strict=True))",
                "    predicted, wanted = predicted[:1], wanted[:1]\n    pairs = list(zip(predicted, wanted, strict=True))"))
EXERCISE.wrong("the precisions of the sentences are averaged, where the sums over the corpus should be divided",
               (PRECISIONS, """each = [smoothed_precisions([matches_with_any(tokens, valid, n) for n in orders],
                                [max(len(tokens) - n + 1, 0) for n in orders], smoothing) for tokens, valid in pairs]
    precisions = [sum(column) / len(pairs) for column in zip(*each, strict=True)]"""))
EXERCISE.wrong("each sentence has a brevity penalty of its own, and their mean is taken", (PENALTY, """\
penalty = sum(brevity_penalty(len(tokens), closest_length(len(tokens), map(len, valid))) for tokens, valid in pairs)
    penalty /= len(pairs)"""))
EXERCISE.wrong("the score is the mean of the sentences' BLEUs, and not made of the corpus's precisions", (SCORE, SCORE + """
    if len(pairs) > 1:
        score = sum(bleu([text], [valid], max_order, smoothing).score
                    for text, valid in zip(predictions, references, strict=True)) / len(pairs)"""))


@EXERCISE.right("one loop over the pairs that adds to all sums, and the root of a product")
class _:
    def geometric_mean(values):
        return math.prod(values) ** (1 / len(values))

    def bleu(predictions, references, max_order=4, smoothing="exp", tokenize="13a", effective_order=False):
        from tinyllm.metrics.bleu import (
            Bleu,
            brevity_penalty,
            closest_length,
            geometric_mean,
            matches_with_any,
            smoothed_precisions,
            tokenize_13a,
        )
        matches, totals, c, r = [0] * max_order, [0] * max_order, 0, 0
        for text, valid in zip(predictions, references, strict=True):
            tokens = tokenize_13a(text)
            others = [tokenize_13a(one) for one in ([valid] if isinstance(valid, str) else valid)]
            c += len(tokens)
            r += closest_length(len(tokens), [len(one) for one in others])
            for n in range(1, max_order + 1):
                matches[n - 1] += matches_with_any(tokens, others, n)
                totals[n - 1] += max(0, len(tokens) + 1 - n)
        precisions = smoothed_precisions(matches, totals, smoothing)
        penalty = brevity_penalty(c, r)
        return Bleu(penalty * geometric_mean(precisions), precisions, penalty, matches, totals, c, r)


@EXERCISE.right("the precisions go from 0 to 1 until the end, and the mean is multiplied together from roots")
class _:
    def geometric_mean(values):
        product = 1
        for value in values:
            product *= value ** (1 / len(values))
        return product

    def bleu(predictions, references, max_order=4, smoothing="exp", tokenize="13a", effective_order=False):
        from tinyllm.metrics.accuracy import valid_answers
        from tinyllm.metrics.bleu import Bleu, closest_length, geometric_mean, matches_with_any, smoothed_precisions, tokenize_13a
        from tinyllm.metrics.rouge import ngrams
        said = list(map(tokenize_13a, predictions))
        valid = [list(map(tokenize_13a, valid_answers(one))) for one in references]
        matches, totals = [], []
        for n in range(1, max_order + 1):
            matches.append(sum(matches_with_any(tokens, others, n) for tokens, others in zip(said, valid, strict=True)))
            totals.append(sum(len(ngrams(tokens, n)) for tokens in said))
        shares = [p / 100 for p in smoothed_precisions(matches, totals, smoothing)]
        c = sum(map(len, said))
        r = sum(closest_length(len(tokens), map(len, others)) for tokens, others in zip(said, valid, strict=True))
        penalty = min(1, math.exp(1 - r / c))
        return Bleu(100 * penalty * geometric_mean(shares), tuple(100 * p for p in shares), penalty, tuple(matches),
                    tuple(totals), c, r)
