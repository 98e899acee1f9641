"""ROUGE-N: the n-grams that a prediction and a reference have in common."""

from collections import Counter

from understanding.exercise import Exercise, Prediction


def rouge(prediction: str, reference: str, n: int):
    """Precision, recall and F1 of ROUGE-N for two texts, as a list."""
    from tinyllm.metrics.rouge import rouge_n
    return list(rouge_n(prediction.split(), reference.split(), n))


def grams(text: str, n: int) -> list[str]:
    """The n-grams of a text, each as one text."""
    from tinyllm.metrics.rouge import ngrams
    return [" ".join(gram) for gram in ngrams(text.split(), n)]


def scores(matches: int, in_prediction: int, in_reference: int):
    """Precision, recall and F1, as a list."""
    from tinyllm.metrics.rouge import score
    return list(score(matches, in_prediction, in_reference))


EXERCISE = Exercise(
    "rouge_n", lesson=8, order=2, module="tinyllm.metrics.rouge", title="n-grams, precision, recall and F1: ROUGE-N",
    hints=("Count by hand first: at which places can a run of n tokens start in a text of 5 tokens, for n = 2 and for n = 5?",
           "A slice tokens[i:i + n] is one run. tuple(...) makes of it what a Counter can count. The last run starts at "
           "len(tokens) - n.",
           "rouge_n makes the n-grams of both texts, counts the clipped matches of one with Counter(the other), and gives "
           "score the matches and the lengths of the two lists of n-grams. score returns its zeros before it divides."),
    predictions=(
        Prediction("How many 3-grams has a text of 10 words (a number)?", lambda: len(grams("a b c d e f g h i j", 3))),
        Prediction("A prediction has a precision of 1.0 and a recall of 0.25: what is its F1 (a number from 0 to 1)?",
                   lambda: scores(1, 1, 4)[2]),
        Prediction('What is the F1 of ROUGE-2 for "outside cold it is" with the reference "it is cold outside" (a number from '
                   "0 to 1)?", lambda: rouge("outside cold it is", "it is cold outside", 2)[2])))

PART = "From words to pairs: each step mends the one before"


@EXERCISE.asks("The n-grams of a text are all its runs of n neighbouring words, in their order, and they overlap.", read=PART)
def the_ngrams():
    return [grams("it is very cold outside", 2), grams("it is very cold outside", 3)], [
        ["it is", "is very", "very cold", "cold outside"], ["it is very", "is very cold", "very cold outside"]]


@EXERCISE.asks("The 1-grams are the single words, and a repeated run is in the list as often as it occurs.", read=PART)
def runs_that_repeat():
    return [grams("the dog the dog", 1), grams("the dog the dog", 2)], [
        ["the", "dog", "the", "dog"], ["the dog", "dog the", "the dog"]]


@EXERCISE.asks("A text of n words has one n-gram, and a shorter one has none.", read=PART)
def short_texts():
    return [grams("it is cold", 3), grams("it is", 3), grams("", 1)], [["it is cold"], [], []]


@EXERCISE.asks("Each n-gram is a tuple of words, which a Counter can count.", read=PART)
def ngrams_are_counted():
    from tinyllm.metrics.rouge import ngrams
    counts = Counter(ngrams(["a", "b", "a", "b"], 2))
    return [counts["a", "b"], counts["b", "a"]], [2, 1]


@EXERCISE.asks("Precision is the share of the prediction's n-grams, and recall is that of the reference's.", read=PART)
def precision_and_recall():
    return scores(2, 5, 4)[:2], [2 / 5, 2 / 4]


@EXERCISE.asks("F1 is the harmonic mean, which is low as soon as one of the two is low.", read=PART)
def the_f1():
    return [scores(1, 1, 4)[2], scores(3, 4, 4)[2], scores(2, 4, 3)[2]], [0.4, 0.75, 4 / 7]


@EXERCISE.asks("Without a match all three scores are 0, also where a text is empty.", read=PART)
def no_match():
    return [scores(0, 5, 4), scores(0, 0, 4), scores(0, 3, 0), scores(0, 0, 0)], [[0.0, 0.0, 0.0]] * 4


@EXERCISE.asks("ROUGE-1 divides the words in common by those of the prediction and by those of the reference.", read=PART)
def single_words():
    return rouge("it is very cold outside", "it is cold outside", 1), [4 / 5, 4 / 4, 8 / 9]


@EXERCISE.asks("ROUGE-2 divides the pairs in common by the numbers of pairs.", read=PART)
def pairs():
    return rouge("it is very cold outside", "it is cold outside", 2), [2 / 4, 2 / 3, 4 / 7]


@EXERCISE.asks("ROUGE-2 sees the order of the words, to which ROUGE-1 is blind.", read=PART)
def the_order():
    return [rouge("outside cold it is", "it is cold outside", n)[2] for n in (1, 2)], [1.0, 1 / 3]


@EXERCISE.asks("Matches are clipped, and all repetitions stay in the numbers by which they are divided.", read=PART)
def repetitions():
    return [rouge("cold cold cold cold", "it is cold outside", 1), rouge("a b a b a b", "a b a b", 2)], [
        [1 / 4, 1 / 4, 1 / 4], [3 / 5, 3 / 3, 3 / 4]]


@EXERCISE.asks("A text that is too short for an n-gram scores 0.", read=PART)
def too_short():
    return [rouge("cold", "it is cold", 2), rouge("", "it is cold", 1)], [[0.0, 0.0, 0.0]] * 2


ZIP = "    shifted = [tokens[start:] for start in range(n)]\n    return list(zip(*shifted, strict=False))"
RATIOS = "precision, recall = matches / in_prediction, matches / in_reference"
F1 = "2 * precision * recall / (precision + recall))\n\n\ndef mean"
ZERO = "    if matches == 0:\n        return Score(0.0, 0.0, 0.0)\n"
GRAMS = "grams, wanted_grams = ngrams(predicted, n), ngrams(wanted, n)"
MATCHES = "return score(clipped_matches(grams, Counter(wanted_grams)), len(grams), len(wanted_grams))"

EXERCISE.wrong("the last n-gram is missing, because the starts run up to len(tokens) - n and leave that one out",
               (ZIP, "    return [tuple(tokens[i:i + n]) for i in range(len(tokens) - n)]"))
EXERCISE.wrong("n-grams start at every word, so the last ones are shorter than n words",
               (ZIP, "    return [tuple(tokens[i:i + n]) for i in range(len(tokens))]"))
EXERCISE.wrong("each n-gram starts where the one before ends, so they do not overlap",
               (ZIP, "    return [tuple(tokens[i:i + n]) for i in range(0, len(tokens) - n + 1, n)]"))
EXERCISE.wrong("each n-gram has n + 1 words",
               (ZIP, "    return [tuple(tokens[i:i + n + 1]) for i in range(len(tokens) - n)]"))
EXERCISE.wrong("the n-grams are any n words in their order, and not only neighbours",
               (ZIP, "    import itertools\n    return list(itertools.combinations(tokens, n))"))
EXERCISE.wrong("all shorter n-grams are in the list too",
               (ZIP, "    return [tuple(tokens[i:i + k]) for k in range(1, n + 1) for i in range(len(tokens) - k + 1)]"))
EXERCISE.wrong("each different n-gram is in the list once, however often it occurs",
               (ZIP, ZIP.replace("list(zip(*shifted, strict=False))", "list(dict.fromkeys(zip(*shifted, strict=False)))")))
EXERCISE.wrong("the words of an n-gram are sorted, so their order in the text is lost",
               (ZIP, ZIP.replace("list(zip(*shifted, strict=False))",
                                 "[tuple(sorted(gram)) for gram in zip(*shifted, strict=False)]")))
EXERCISE.wrong("the n-grams are lists and not tuples, and a Counter cannot count lists",
               (ZIP, "    return [list(tokens[i:i + n]) for i in range(len(tokens) - n + 1)]"))
EXERCISE.wrong("precision and recall are swapped: precision is divided by the reference's n-grams",
               (RATIOS, "recall, precision = matches / in_prediction, matches / in_reference"))
EXERCISE.wrong("precision and recall are both divided by the prediction's n-grams",
               (RATIOS, "precision, recall = matches / in_prediction, matches / in_prediction"))
EXERCISE.wrong("precision and recall are both divided by the reference's n-grams",
               (RATIOS, "precision, recall = matches / in_reference, matches / in_reference"))
EXERCISE.wrong("F1 is the plain mean of precision and recall, and not the harmonic mean",
               (F1, F1.replace("2 * precision * recall / (precision + recall)", "(precision + recall) / 2")))
EXERCISE.wrong("F1 is the geometric mean sqrt(P R), and not the harmonic mean",
               (F1, F1.replace("2 * precision * recall / (precision + recall)", "(precision * recall) ** 0.5")))
EXERCISE.wrong("F1 is P R / (P + R), without the factor 2", (F1, F1.replace("2 * ", "")))
EXERCISE.wrong("F1 is the smaller one of precision and recall",
               (F1, F1.replace("2 * precision * recall / (precision + recall)", "min(precision, recall)")))
EXERCISE.wrong("nothing is done about texts without a match, and there F1 divides by zero", (ZERO, ""))
EXERCISE.wrong("only an empty text is scored 0 in advance, and where two texts have no match F1 divides by zero",
               (ZERO, ZERO.replace("matches == 0", "in_prediction == 0 or in_reference == 0")))
EXERCISE.wrong("rouge_n gives score the reference's number of n-grams first, so precision and recall are swapped",
               (MATCHES, MATCHES.replace("len(grams), len(wanted_grams)", "len(wanted_grams), len(grams)")))
EXERCISE.wrong("rouge_n divides by the numbers of words and not by those of n-grams",
               (MATCHES, MATCHES.replace("len(grams), len(wanted_grams)", "len(predicted), len(wanted)")))
EXERCISE.wrong("rouge_n always compares single words, whatever n is",
               (GRAMS, "grams, wanted_grams = ngrams(predicted, 1), ngrams(wanted, 1)"))
EXERCISE.wrong("the matches are not clipped, so repeated n-grams match again and again",
               (MATCHES, MATCHES.replace("clipped_matches(grams, Counter(wanted_grams))",
                                         "sum(gram in wanted_grams for gram in grams)")))
EXERCISE.wrong("rouge_n compares the sets of n-grams, so an n-gram that both texts repeat matches once",
               (MATCHES, MATCHES.replace("clipped_matches(grams, Counter(wanted_grams))", "len({*grams} & {*wanted_grams})")))
EXERCISE.wrong("rouge_n makes sets of n-grams, and so divides by the numbers of different ones",
               (MATCHES, "grams, wanted_grams = set(grams), set(wanted_grams)\n"
                         "    return score(len(grams & wanted_grams), len(grams), len(wanted_grams))"))


@EXERCISE.right("the n-grams are slices, F1 comes straight from the counts, and plain tuples are returned")
class _:
    def ngrams(tokens, n):
        return [tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1)]

    def score(matches, in_prediction, in_reference):
        if not matches:
            return 0.0, 0.0, 0.0
        return matches / in_prediction, matches / in_reference, 2 * matches / (in_prediction + in_reference)

    def rouge_n(predicted, wanted, n):
        from tinyllm.metrics.rouge import ngrams, score
        predicted, wanted = Counter(ngrams(predicted, n)), Counter(ngrams(wanted, n))
        return score((predicted & wanted).total(), predicted.total(), wanted.total())


@EXERCISE.right("plain loops, and F1 as the inverse of the mean of the inverses")
class _:
    def ngrams(tokens, n):
        grams, start = [], 0
        while start + n <= len(tokens):
            grams.append(tuple(tokens[start + k] for k in range(n)))
            start += 1
        return grams

    def score(matches, in_prediction, in_reference):
        from tinyllm.metrics.rouge import Score
        precision = matches / max(in_prediction, 1)
        recall = matches / max(in_reference, 1)
        f1 = 1 / ((1 / precision + 1 / recall) / 2) if precision > 0 and recall > 0 else 0
        return Score(precision, recall, f1)

    def rouge_n(predicted, wanted, n):
        from tinyllm.metrics.rouge import ngrams, score
        left = ngrams(wanted, n)
        total, found = len(left), 0
        for gram in ngrams(predicted, n):
            if gram in left:
                left.remove(gram)
                found += 1
        return score(found, len(ngrams(predicted, n)), total)


@EXERCISE.right("score adds a tiny number to the denominators, so that none is zero")
class _:
    def score(matches, in_prediction, in_reference):
        from tinyllm.metrics.rouge import Score
        tiny = 1e-12
        precision, recall = matches / (in_prediction + tiny), matches / (in_reference + tiny)
        return Score(precision, recall, 2 * precision * recall / (precision + recall + tiny))
