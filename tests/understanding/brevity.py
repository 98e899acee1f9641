"""The brevity penalty: a translation that is shorter than the reference loses a part of its score."""

import math

from understanding.exercise import Exercise, Prediction


def penalty(predicted: int, reference: int):
    """What brevity_penalty gives."""
    from tinyllm.metrics.bleu import brevity_penalty
    return brevity_penalty(predicted, reference)


def closest(length: int, references: list[int]):
    """What closest_length gives."""
    from tinyllm.metrics.bleu import closest_length
    return closest_length(length, references)


EXERCISE = Exercise(
    "brevity", lesson=9, order=2, module="tinyllm.metrics.bleu", title="the brevity penalty, and the closest reference length",
    hints=("A penalty is never above 1. Put c = 4 and r = 8 into the formula, and then c = 8 and r = 4: for which of the two "
           "must it not be used?",
           "For closest_length look at abs(other - length) for each reference length, and remember that two can be equally far "
           "away, one shorter and one longer.",
           "min(..., key=...) with the key (distance, length) decides by the distance, and between equal distances by the "
           "length. In brevity_penalty return first where the prediction is long enough, then where it is empty."),
    predictions=(
        Prediction("A prediction has half as many tokens as the reference: by what is its score multiplied (a number from 0 to "
                   "1)?", lambda: penalty(4, 8)),
        Prediction("A prediction has twice as many tokens as the reference: by what is its score multiplied (a number from 0 to "
                   "1)?", lambda: penalty(8, 4)),
        Prediction("A prediction of 5 tokens has references of 1, 6 and 12 tokens: which of these lengths counts (a number)?",
                   lambda: closest(5, [1, 6, 12]))))

PART = "From precision to BLEU: each part mends the one before"


@EXERCISE.asks("With a single reference, its length counts.", read=PART)
def one_reference():
    return [closest(5, [4]), closest(5, [9])], [4, 9]


@EXERCISE.asks("Of several references the one closest in length counts.", read=PART)
def several_references():
    return [closest(5, [1, 4, 9]), closest(8, [1, 9, 4]), closest(20, [9, 12, 4]), closest(2, [8, 4, 9])], [4, 9, 12, 4]


@EXERCISE.asks("The closest one may be shorter or longer than the prediction.", read=PART)
def shorter_or_longer():
    return [closest(5, [1, 6, 12]), closest(5, [1, 4, 7]), closest(5, [5, 4, 6])], [6, 4, 5]


@EXERCISE.asks("Of two that are equally close the shorter one counts, whichever comes first.", read=PART)
def equally_close():
    return [closest(5, [4, 6]), closest(5, [6, 4]), closest(5, [8, 1, 2])], [4, 4, 2]


@EXERCISE.asks("A prediction of the reference's length has no penalty: it is multiplied by 1.", read=PART)
def the_same_length():
    return penalty(7, 7), 1


@EXERCISE.asks("A prediction of half the length keeps 37 % of its score, for exp(1 - 8 / 4) is 1 / e.", read=PART)
def half_the_length():
    return penalty(4, 8), 0.367879


@EXERCISE.asks("The penalty for too short a prediction is exp(1 - r / c): the shorter it is, the smaller.", read=PART)
def other_short_ones():
    return [penalty(9, 10), penalty(2, 4), penalty(1, 4)], [0.894839, 0.367879, 0.049787]


@EXERCISE.asks("A prediction that is longer than the reference has no penalty and no bonus.", read=PART)
def long_ones():
    return [penalty(8, 4), penalty(11, 10), penalty(100, 1)], [1, 1, 1]


@EXERCISE.asks("A prediction without any token has a penalty of 0.", read=PART)
def no_tokens():
    return penalty(0, 4), 0


CLOSEST = "return min(reference_lengths, key=lambda other: (abs(other - length), other))"
LONG = "    if predicted >= reference:\n        return 1.0\n"
SHORT = "return math.exp(1 - reference / predicted) if predicted else 0.0"

EXERCISE.wrong("the shortest reference is taken, and not the closest one, as happens too when other - length is compared "
               "without abs", (CLOSEST, "return min(reference_lengths)"))
EXERCISE.wrong("the longest reference is taken, and not the closest one, as happens too when length - other is compared "
               "without abs", (CLOSEST, "return max(reference_lengths)"))
EXERCISE.wrong("the first reference is taken, whatever its length", (CLOSEST, "return next(iter(reference_lengths))"))
EXERCISE.wrong("the mean length of the references is taken, which none of them need have",
               (CLOSEST, "lengths = list(reference_lengths)\n    return sum(lengths) / len(lengths)"))
EXERCISE.wrong("the smallest distance is returned, and not the length that has it",
               (CLOSEST, "return min(abs(other - length) for other in reference_lengths)"))
EXERCISE.wrong("only references that are at least as long as the prediction are looked at, as long as there are any",
               (CLOSEST, "lengths = list(reference_lengths)\n"
                         "    return min((other for other in lengths if other >= length), default=max(lengths))"))
EXERCISE.wrong("only references that are at most as long as the prediction are looked at, as long as there are any",
               (CLOSEST, "lengths = list(reference_lengths)\n"
                         "    return max((other for other in lengths if other <= length), default=min(lengths))"))
EXERCISE.wrong("of two that are equally close the longer one is taken", (CLOSEST, CLOSEST.replace(", other))", ", -other))")))
EXERCISE.wrong("of two that are equally close the one that comes first is taken", (CLOSEST, CLOSEST.replace(
    "(abs(other - length), other)", "abs(other - length)")))
EXERCISE.wrong("the condition is inverted: long predictions get the exponential, which is above 1 there, and short ones get 1",
               ("if predicted >= reference:", "if predicted <= reference:"))
EXERCISE.wrong("the roles are exchanged: predictions longer than the reference are punished, by exp(1 - c / r), and short ones "
               "are not", (LONG, "    predicted, reference = reference, predicted\n" + LONG))
EXERCISE.wrong("the fraction is upside down, exp(1 - c / r), which is above 1 for short predictions",
               (SHORT, "return math.exp(1 - predicted / reference)"))
EXERCISE.wrong("the exponent has the wrong sign, exp(r / c - 1), which is above 1 for short predictions",
               (SHORT, SHORT.replace("1 - reference / predicted", "reference / predicted - 1")))
EXERCISE.wrong("the penalty is the share c / r itself, without the exponential", (SHORT, "return predicted / reference"))
EXERCISE.wrong("the 1 is missing in the exponent, exp(-r / c), so the penalty falls to 1 / e as soon as one token is missing",
               (SHORT, SHORT.replace("1 - reference / predicted", "-reference / predicted")))
EXERCISE.wrong("the exponent is the difference of the lengths, exp(c - r), and not 1 - r / c",
               (SHORT, "return math.exp(predicted - reference)"))
EXERCISE.wrong("the exponential is used for long predictions too, which get a bonus above 1", (LONG, ""))
EXERCISE.wrong("nothing is done about a prediction without any token, and r / c divides by zero",
               (SHORT, "return math.exp(1 - reference / predicted)"))
EXERCISE.wrong("a prediction without any token counts as long enough and has no penalty",
               (SHORT, SHORT.replace("else 0.0", "else 1.0")))


@EXERCISE.right("a loop over the sorted lengths, and the smaller one of 1 and the exponential")
class _:
    def closest_length(length, reference_lengths):
        best = None
        for other in sorted(reference_lengths):
            if best is None or abs(other - length) < abs(best - length):
                best = other
        return best

    def brevity_penalty(predicted, reference):
        if predicted == 0:
            return 0
        return min(1, math.exp(1 - reference / predicted))


@EXERCISE.right("the lengths are sorted by distance, and the exponent is limited to 0")
class _:
    def closest_length(length, reference_lengths):
        pairs = sorted((abs(length - other), other) for other in reference_lengths)
        return pairs[0][1]

    def brevity_penalty(predicted, reference):
        ratio = reference / predicted if predicted else math.inf
        return math.exp(min(1 - ratio, 0))
