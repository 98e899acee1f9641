"""Clipped matches: each n-gram of the reference can be matched once."""

from collections import Counter

from understanding.exercise import Exercise, Prediction


def matches(prediction: str, reference: str):
    """What clipped_matches says of the words of two texts."""
    from tinyllm.metrics.rouge import clipped_matches
    return clipped_matches(prediction.split(), Counter(reference.split()))


EXERCISE = Exercise(
    "clipping", lesson=8, order=1, module="tinyllm.metrics.rouge", title="matches that are clipped at the reference's count",
    hints=("Think of the reference as a bag of words. You go through the prediction word by word, and take each word that you "
           "find out of the bag.",
           "If you take words out, take them out of a copy: dict(reference) or Counter(reference) is one. Or take nothing out "
           "and count: how often can a word match that the prediction has 4 times and the reference once?",
           "Each different n-gram gives min(its count in the prediction, its count in the reference) matches. Add them up "
           "over the different n-grams, each taken once."),
    predictions=(
        Prediction('How many clipped matches has "the the the the" with the reference "the cat saw the dog" (a number)?',
                   lambda: matches("the the the the", "the cat saw the dog")),
        Prediction('How many clipped matches has "outside cold it is" with the reference "it is cold outside" (a number)?',
                   lambda: matches("outside cold it is", "it is cold outside")),
        Prediction("If prediction and reference are exchanged, can the number of clipped matches change (True or False)?",
                   lambda: matches("the the the the", "the cat saw the dog") != matches("the cat saw the dog",
                                                                                        "the the the the"))))

PART = "From words to pairs: each step mends the one before"


@EXERCISE.asks("Words that both texts have once are matches, and other words are none.", read=PART)
def words_that_occur_once():
    return [matches("it is very cold outside", "it is cold outside"), matches("no idea", "it is cold outside")], [4, 0]


@EXERCISE.asks("A repeated word of the prediction matches only as often as the reference has it.", read=PART)
def the_prediction_repeats_a_word():
    return [matches("cold cold cold cold", "it is cold outside"), matches("the " * 6, "the cat saw the dog")], [1, 2]


@EXERCISE.asks("A word that both texts have twice matches twice.", read=PART)
def both_repeat_a_word():
    return [matches("the dog saw the boat", "the cat saw the dog"), matches("the the", "the the")], [4, 2]


@EXERCISE.asks("A word that the reference has more often matches only as often as the prediction has it.", read=PART)
def the_reference_repeats_a_word():
    return [matches("the boat", "the cat and the dog and the cow"), matches("cold", "cold cold cold")], [1, 1]


@EXERCISE.asks("Each word has its own count: a word that is left over does not take the place of another.", read=PART)
def each_word_by_itself():
    return [matches("a a a b", "a b b b"), matches("b a b a", "a a c c")], [2, 2]


@EXERCISE.asks("The order of the words does not matter, neither in the prediction nor in the reference.", read=PART)
def the_order():
    return [matches("outside cold it is", "it is cold outside"), matches("x it y is", "is it")], [4, 2]


@EXERCISE.asks("It works for pairs of words as for single words.", read=PART)
def pairs_of_words():
    from tinyllm.metrics.rouge import clipped_matches
    pairs = [("it", "is"), ("is", "cold"), ("it", "is")]
    return clipped_matches(pairs, Counter([("it", "is"), ("cold", "outside"), ("is", "it")])), 1


@EXERCISE.asks("The reference is the same afterwards, and can be used for the next prediction.", read=PART)
def the_reference_stays():
    from tinyllm.metrics.rouge import clipped_matches
    reference = Counter(["the", "the", "dog"])
    counts = [clipped_matches(["the", "dog"], reference), clipped_matches(["the", "dog"], reference)]
    return [*counts, {word: n for word, n in reference.items() if n}], [2, 2, {"the": 2, "dog": 1}]


COPY = "left, matches = dict(reference), 0"
LOOP = """    for gram in prediction:
        if left.get(gram):
            left[gram] -= 1
            matches += 1
    return matches"""

EXERCISE.wrong("the matches are not clipped: every word of the prediction that the reference has counts as a match",
               ("            left[gram] -= 1\n", ""))
EXERCISE.wrong("the matches are counted from the other side, and not clipped: every word of the reference that the prediction "
               "has counts as a match", (LOOP, "    return sum(n for gram, n in left.items() if gram in list(prediction))"))
EXERCISE.wrong("the texts are treated as sets, so a word that both have twice counts once", (LOOP, """\
    return len(set(prediction) & set(left))"""))
EXERCISE.wrong("the larger of the two counts of each word is taken, and not the smaller one", (LOOP, """\
    return sum(max(n, left[gram]) for gram, n in Counter(prediction).items() if gram in left)"""))
EXERCISE.wrong("the smaller of the two counts is added for every word of the prediction, and not once for each different word",
               (LOOP, "    return sum(min(list(prediction).count(gram), left.get(gram, 0)) for gram in prediction)"))
EXERCISE.wrong("each word of the prediction is paired with each equal word of the reference, so the counts are multiplied",
               (LOOP, "    return sum(left.get(gram, 0) for gram in prediction)"))
EXERCISE.wrong("each word matches once more than the reference has it, because a count of 0 left still counts as a partner",
               ("if left.get(gram):", "if left.get(gram, -1) >= 0:"))
EXERCISE.wrong("only the whole number of matches is limited, by the reference's length, and not that of each word",
               (LOOP, "    return min(sum(gram in left for gram in prediction), sum(left.values()))"))
EXERCISE.wrong("the words are compared place by place, so a word that stands elsewhere is no match", (LOOP, """\
    return sum(a == b for a, b in zip(prediction, reference.elements(), strict=False))"""))
EXERCISE.wrong("the count ends at the first word that finds no partner", (LOOP, LOOP.replace(
    "            matches += 1", "            matches += 1\n        else:\n            break")))
EXERCISE.wrong("the words that find no partner are counted, and not those that find one",
               (LOOP, LOOP.replace("            matches += 1", "        else:\n            matches += 1")))
EXERCISE.wrong("the result is the precision: the matches have already been divided by the prediction's length",
               ("    return matches\n\n\ndef unclipped", "    return matches / len(prediction)\n\n\ndef unclipped"))
EXERCISE.wrong("partners are taken out of the caller's own counts and not out of a copy, so the next prediction finds fewer",
               (COPY, "left, matches = reference, 0"))


@EXERCISE.right("two Counters are intersected, which keeps the smaller count of each n-gram")
class _:
    def clipped_matches(prediction, reference):
        return sum((Counter(prediction) & reference).values())


@EXERCISE.right("the smaller count is added up over the different n-grams of the reference")
class _:
    def clipped_matches(prediction, reference):
        grams = list(prediction)
        total = 0
        for gram in reference:
            total += min(grams.count(gram), reference[gram])
        return total


@EXERCISE.right("each partner is removed from a list of all the reference's n-grams")
class _:
    def clipped_matches(prediction, reference):
        bag = [gram for gram in reference for _ in range(reference[gram])]
        before = len(bag)
        for gram in prediction:
            if gram in bag:
                bag.remove(gram)
        return before - len(bag)
