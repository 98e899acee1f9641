"""Exact match, accuracy and token F1."""

import re

from understanding.exercise import Exercise, Prediction


def matches(*pairs):
    """Whether each prediction matches its reference, as a list of True and False."""
    from tinyllm.metrics.accuracy import exact_match
    return [bool(exact_match(*pair)) for pair in pairs]


def shares(predictions, references):
    """The accuracy."""
    from tinyllm.metrics.accuracy import accuracy
    return accuracy(predictions, references)


def words_f1(predicted, wanted):
    """The F1 of two texts whose words are single letters."""
    from tinyllm.metrics.accuracy import shared_f1
    return shared_f1(predicted.split(), wanted.split())


def texts_f1(prediction, reference):
    """The token F1."""
    from tinyllm.metrics.accuracy import token_f1
    return token_f1(prediction, reference)


EXERCISE = Exercise(
    "accuracy", lesson=5, module="tinyllm.metrics.accuracy", title="exact match, accuracy and token F1",
    hints=("Make a list of the reference first if it is a text, so that a text and a list are treated alike. Then any(...) over "
           "the list answers exact_match, and max(...) over it answers token_f1.",
           "Counter(words) counts each word, and Counter(a) & Counter(b) keeps the smaller count of each; its values add up to "
           "the number of shared words.",
           "With s shared words, P = s / len(predicted) and R = s / len(wanted), 2 P R / (P + R) is 2 s / (len(predicted) + "
           "len(wanted)). Return 0 first if s is 0."),
    predictions=(
        Prediction('accuracy(["yes", "No", " no", "no"], ["yes", "no", "no", "yes"]): what is it (a number from 0 to 1)?',
                   lambda: shares(["yes", "No", " no", "no"], ["yes", "no", "no", "yes"])),
        Prediction('shared_f1(["the", "the", "boat"], ["the", "boat"]): what is it (a number from 0 to 1)?',
                   lambda: words_f1("the the boat", "the boat")),
        Prediction('token_f1("Her boat.", ["her boat", "a boat"]): what is it (a number from 0 to 1)?',
                   lambda: texts_f1("Her boat.", ["her boat", "a boat"]))))


@EXERCISE.asks("A prediction matches if it equals the reference.", read="Before and after")
def equal_or_not():
    return matches(("yes", "yes"), ("no", "yes")), [True, False]


@EXERCISE.asks("To contain the reference, or to be a part of it, is no match.", read="Before and after")
def a_part_is_no_match():
    return matches(("not positive", "positive"), ("yesterday", "yes"), ("pos", "positive")), [False, False, False]


@EXERCISE.asks("Capitals matter.", read="Before and after")
def capitals():
    return matches(("Yes", "yes"), ("no", "NO")), [False, False]


@EXERCISE.asks("White space around the prediction does not matter, nor does it around the reference.", read="Before and after")
def white_space():
    return matches((" yes", "yes"), ("yes\n", "yes"), ("yes", " yes "), ("yes", ["no", " yes"])), [True] * 4


@EXERCISE.asks("Of several references any one may be matched.", read="Before and after")
def several_references():
    return matches(("a", ["a", "b"]), ("b", ["a", "b"]), ("c", ["a", "b"])), [True, True, False]


@EXERCISE.asks("One reference is a text, and not a list of characters.", read="Before and after")
def a_text_is_no_list():
    return matches(("y", "yes"), ("", "yes"), ("yes", "yes")), [False, False, True]


@EXERCISE.asks("Accuracy is correct / total, from 0 to 1.", read="Before and after")
def the_share():
    return shares(["a", "b", "c", "d"], ["a", "b", "c", "x"]), 0.75


@EXERCISE.asks("Each prediction is compared with its own reference, and not with those of the others.", read="Before and after")
def each_with_its_own():
    return shares(["a", "b", "c"], ["b", "a", "c"]), 1 / 3


@EXERCISE.asks("What counts as correct is what exact_match says: white space is ignored, and capitals are not.",
               read="Before and after")
def correct_as_in_exact_match():
    return shares(["a ", "B", "c"], ["a", "b", " c"]), 2 / 3


@EXERCISE.asks("The total is the number of predictions, however many right answers each of them has.", read="Before and after")
def several_right_answers():
    return shares(["a", "b"], [["x", "a", "y"], ["u", "v", "w"]]), 0.5


@EXERCISE.asks("The same words give an F1 of 1, in any order.", read="Before and after")
def the_same_words():
    return [words_f1("a b c", "a b c"), words_f1("c a b", "a b c")], [1, 1]


@EXERCISE.asks("F1 is 2 P R / (P + R). Here 1 word is shared, P is 1/2 and R is 1/3.", read="Before and after")
def one_shared_word():
    return [words_f1("a x", "a b c"), words_f1("a b c", "a x")], [0.4, 0.4]


@EXERCISE.asks("A word is shared as often as it occurs in both.", read="Before and after")
def repeated_words():
    return [words_f1("a a b", "a a a"), words_f1("a a a b", "a b c"), words_f1("a b c", "a a a b")], [4 / 6, 4 / 7, 4 / 7]


@EXERCISE.asks("Without a shared word F1 is 0.", read="Before and after")
def no_shared_word():
    return words_f1("a b", "c d e"), 0


@EXERCISE.asks("Token F1 is the F1 of the words of two texts.", read="Before and after")
def the_f1_of_two_texts():
    return texts_f1("anna sells her boat", "anna sells the boat"), 0.75


@EXERCISE.asks("Case does not matter to token F1, neither in the prediction nor in the reference.", read="Before and after")
def case_in_token_f1():
    return [texts_f1("Anna SELLS", "anna sells"), texts_f1("anna sells", "Anna SELLS")], [1, 1]


@EXERCISE.asks("A punctuation mark is a word of its own.", read="Before and after")
def punctuation_marks():
    return [texts_f1("a boat.", "a boat"), texts_f1("a boat.", "the boat.")], [4 / 5, 4 / 6]


@EXERCISE.asks("Of several references the one with the highest F1 counts.", read="Before and after")
def the_closest_reference():
    return texts_f1("a boat", ["a red boat", "a boat", "the ship"]), 1


ANY = "return any(strip(prediction) == strip(valid) for valid in valid_answers(reference))"
SHARE = "return sum(map(exact_match, predictions, references)) / len(predictions)"
SHARED = "shared = (Counter(predicted) & Counter(wanted)).total()  # & keeps the smaller count of each word"
F1 = "return 2 * shared / (len(predicted) + len(wanted)) if shared else 0.0"
P, R = "p, r = shared / len(predicted), shared / len(wanted)", " if shared else 0.0"
LOWER = "predicted = WORD.findall(prediction.lower())"
CLOSEST = "return max(shared_f1(predicted, WORD.findall(text.lower())) for text in valid)"

EXERCISE.wrong("exact_match looks for the reference anywhere in the prediction", (ANY, ANY.replace(
    "strip(prediction) == strip(valid)", "strip(valid) in strip(prediction)")))
EXERCISE.wrong("exact_match looks at the beginning of the prediction only", (ANY, ANY.replace(
    "strip(prediction) == strip(valid)", "strip(prediction).startswith(strip(valid))")))
EXERCISE.wrong("exact_match looks for the prediction anywhere in the reference", (ANY, ANY.replace(
    "strip(prediction) == strip(valid)", "strip(prediction) in strip(valid)")))
EXERCISE.wrong("exact_match ignores capitals", (ANY, ANY.replace(
    "strip(prediction) == strip(valid)", "strip(prediction).lower() == strip(valid).lower()")))
EXERCISE.wrong("exact_match counts white space", (ANY, ANY.replace("strip(prediction) == strip(valid)", "prediction == valid")))
EXERCISE.wrong("exact_match ignores white space around the prediction, but counts it around the reference",
               (ANY, ANY.replace("strip(valid)", "valid")))
EXERCISE.wrong("exact_match compares with the first of several references only", (ANY, ANY.replace(
    "valid_answers(reference)", "valid_answers(reference)[:1]")))
EXERCISE.wrong("exact_match wants all of several references to be matched, and not any one", (ANY, ANY.replace("any(", "all(")))
EXERCISE.wrong("exact_match takes a single reference text for a list of its characters", (ANY, ANY.replace(
    "valid_answers(reference)", "reference")))
EXERCISE.wrong("accuracy is the number of correct predictions, not divided by the total",
               (SHARE, "return sum(map(exact_match, predictions, references))"))
EXERCISE.wrong("accuracy is in percent and not from 0 to 1", (SHARE, SHARE.replace("return ", "return 100 * ")))
EXERCISE.wrong("accuracy is the share of wrong predictions", (SHARE, SHARE.replace("return ", "return 1 - ")))
EXERCISE.wrong("accuracy counts a prediction that stands anywhere among the references of all", (SHARE, SHARE.replace(
    "map(exact_match, predictions, references)", "any(exact_match(p, r) for r in references) for p in predictions")))
EXERCISE.wrong("accuracy compares with == and not with exact_match", (SHARE, SHARE.replace(
    "map(exact_match, predictions, references)", "p == r for p, r in zip(predictions, references)")))
EXERCISE.wrong("accuracy divides by the number of all right answers, and not by that of the predictions", (SHARE, SHARE.replace(
    "len(predictions)", "sum(len(valid_answers(r)) for r in references)")))
EXERCISE.wrong("shared_f1 gives precision alone", (F1, f"return shared / len(predicted){R}"))
EXERCISE.wrong("shared_f1 gives recall alone", (F1, f"return shared / len(wanted){R}"))
EXERCISE.wrong("shared_f1 gives the arithmetic mean (P + R) / 2 and not 2 P R / (P + R)",
               (F1, f"{P}; return (p + r) / 2{R}"))
EXERCISE.wrong("shared_f1 gives sqrt(P R), the geometric mean, and not 2 P R / (P + R)", (F1, f"{P}; return (p * r) ** 0.5{R}"))
EXERCISE.wrong("the 2 of 2 P R / (P + R) is missing", (F1, F1.replace("2 * shared", "shared")))
EXERCISE.wrong("shared_f1 divides the shared words by all different words of both lists, which is the Jaccard index",
               (F1, F1.replace("2 * shared", "shared").replace("len(predicted) + len(wanted)", "len({*predicted, *wanted})")))
EXERCISE.wrong("shared_f1 makes sets of both lists, so a repeated word counts once",
               (SHARED, "predicted, wanted = set(predicted), set(wanted); shared = len(predicted & wanted)"))
EXERCISE.wrong("shared_f1 counts the shared words by sets, but the words of the lists with their repetitions",
               (SHARED, "shared = len(set(predicted) & set(wanted))"))
EXERCISE.wrong("shared_f1 counts a predicted word each time if it is wanted at all, more often than it is wanted",
               (SHARED, "shared = sum(word in wanted for word in predicted)"))
EXERCISE.wrong("shared_f1 shares only words at the same place of both lists",
               (SHARED, "shared = sum(a == b for a, b in zip(predicted, wanted))"))
EXERCISE.wrong("shared_f1 divides by zero where no word is shared", (F1, f"{P}; return 2 * p * r / (p + r)"))
EXERCISE.wrong("token_f1 distinguishes capitals", (LOWER, "predicted = WORD.findall(prediction)"),
               (CLOSEST, CLOSEST.replace(".lower()", "")))
EXERCISE.wrong("token_f1 lowers the prediction's case, but not the reference's", (CLOSEST, CLOSEST.replace(".lower()", "")))
EXERCISE.wrong("token_f1 splits at spaces only, so a punctuation mark sticks to its word",
               (LOWER, "predicted = prediction.lower().split()"),
               (CLOSEST, CLOSEST.replace("WORD.findall(text.lower())", "text.lower().split()")))
EXERCISE.wrong("token_f1 leaves punctuation marks out",
               (LOWER, r'predicted = re.findall(r"\w+", prediction.lower())'),
               (CLOSEST, CLOSEST.replace("WORD.findall(text.lower())", r're.findall(r"\w+", text.lower())')))
EXERCISE.wrong("token_f1 compares letters and not words", (LOWER, "predicted = list(prediction.lower())"),
               (CLOSEST, CLOSEST.replace("WORD.findall(text.lower())", "list(text.lower())")))
EXERCISE.wrong("token_f1 takes the mean over the references, and not the highest",
               (CLOSEST, CLOSEST.replace("max(", "sum(") + " / len(valid)"))
EXERCISE.wrong("token_f1 takes the lowest of the references' F1, and not the highest",
               (CLOSEST, CLOSEST.replace("max(", "min(")))
EXERCISE.wrong("token_f1 compares with the first of several references only", (CLOSEST, CLOSEST.replace("valid)", "valid[:1])")))


@EXERCISE.right("loops, and words that are crossed off a list")
class _:
    def exact_match(prediction, reference):
        references = [reference] if isinstance(reference, str) else reference
        return prediction.strip() in [one.strip() for one in references]

    def accuracy(predictions, references):
        from tinyllm.metrics.accuracy import exact_match
        correct = 0
        for i in range(len(predictions)):
            if exact_match(predictions[i], references[i]):
                correct += 1
        return correct / len(predictions)

    def shared_f1(predicted, wanted):
        left, shared = list(wanted), 0
        for word in predicted:
            if word in left:
                left.remove(word)
                shared += 1
        if shared == 0:
            return 0
        precision, recall = shared / len(predicted), shared / len(wanted)
        return 2 * precision * recall / (precision + recall)

    def token_f1(prediction, reference):
        from tinyllm.metrics.accuracy import shared_f1
        best = 0
        for text in [reference] if isinstance(reference, str) else reference:
            words = [re.findall(r"\w+|[^\w\s]", one.lower()) for one in (prediction, text)]
            best = max(best, shared_f1(*words))
        return best


@EXERCISE.right("the harmonic mean as 1 / (mean of 1 / P and 1 / R), with the smaller count of each word")
class _:
    def accuracy(predictions, references):
        def match(prediction, reference):
            options = reference if isinstance(reference, list) else [reference]
            return any(prediction.strip() == one.strip() for one in options)
        results = [match(p, r) for p, r in zip(predictions, references, strict=True)]
        return results.count(True) / len(results)

    def shared_f1(predicted, wanted):
        shared = sum(min(predicted.count(word), wanted.count(word)) for word in set(predicted))
        return 2 / (len(predicted) / shared + len(wanted) / shared) if shared > 0 else 0.0
