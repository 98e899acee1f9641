"""The matches of BLEU: n-grams that one of several references has, clipped at the one that has most."""

from collections import Counter

from understanding.exercise import Exercise, Prediction


def matches(prediction: str, references: list[str], n: int = 1):
    """What matches_with_any says of texts."""
    from tinyllm.metrics.bleu import matches_with_any
    return matches_with_any(prediction.split(), [text.split() for text in references], n)


def most(*texts: str):
    """What most_of_any makes of the words of texts, without those that it has 0 times."""
    from tinyllm.metrics.bleu import most_of_any
    counts = most_of_any([Counter(text.split()) for text in texts])
    return {word: counts[word] for word in counts if counts[word]}


EXERCISE = Exercise(
    "bleu_precision", lesson=9, order=1, module="tinyllm.metrics.bleu", title="n-grams that match one of several references",
    hints=("Write down for one word at a time how often each reference has it. Which of these numbers limits its matches?",
           "Start with an empty Counter, go through the Counters and their n-grams, and keep the larger number each time. Or "
           "look up what the operator | does with two Counters.",
           "matches_with_any makes a Counter(ngrams(reference, n)) for each reference, puts them together with most_of_any, and "
           "gives the result to clipped_matches, together with the n-grams of the prediction."),
    predictions=(
        Prediction('How many 1-grams of "the the the the" match the references "the cat" and "the dog saw the boat" (a number)?',
                   lambda: matches("the the the the", ["the cat", "the dog saw the boat"])),
        Prediction('How many 2-grams of "it is cold" match the references "it is warm" and "so is cold water" (a number)?',
                   lambda: matches("it is cold", ["it is warm", "so is cold water"], 2)),
        Prediction("Can another reference make the number of matches smaller (True or False)?",
                   lambda: matches("a b", ["a b", "c"]) < matches("a b", ["a b"]))))

PART = "From precision to BLEU: each part mends the one before"


@EXERCISE.asks("With a single reference, its own counts are the limit.", read=PART)
def the_counts_of_one():
    return most("the cat saw the dog"), {"the": 2, "cat": 1, "saw": 1, "dog": 1}


@EXERCISE.asks("Each n-gram has the count of that reference which has it most often.", read=PART)
def the_largest_count():
    return most("the cat", "the dog and the boat and the cow", "dog the the"), {
        "the": 3, "cat": 1, "dog": 1, "and": 2, "boat": 1, "cow": 1}


@EXERCISE.asks("Each n-gram is looked at by itself: one may have its count from the first reference, one from another.",
               read=PART)
def each_by_itself():
    return most("a a a b c", "a b b", "b d d d d"), {"a": 3, "b": 2, "c": 1, "d": 4}


@EXERCISE.asks("The references' own counts are the same afterwards.", read=PART)
def the_counts_stay():
    from tinyllm.metrics.bleu import most_of_any
    counts = [Counter(["the", "cat"]), Counter(["the", "the"])]
    most_of_any(counts)
    return [dict(one) for one in counts], [{"the": 1, "cat": 1}, {"the": 2}]


@EXERCISE.asks("With a single reference the matches are those of the two texts.", read=PART)
def one_reference():
    return [matches("It is very cold outside", ["It is cold outside"], n) for n in (1, 2, 3, 4)], [4, 2, 0, 0]


@EXERCISE.asks("A repeated n-gram is clipped, whichever of the two texts repeats it.", read=PART)
def repeated_words():
    return [matches("cold cold cold cold", ["It is cold outside"]), matches("a b a b a b", ["a b c a b"], 2),
            matches("It is cold", ["cold cold cold"])], [1, 2, 1]


@EXERCISE.asks("An n-gram matches if any of the references has it, whichever that is.", read=PART)
def any_reference():
    return [matches("a b c", ["a x", "b y", "c z"]), matches("a b c d", ["a b x", "x c d"], 2)], [3, 2]


@EXERCISE.asks("An n-gram matches once, also where several references have it.", read=PART)
def several_references_have_it():
    return [matches("it is cold", ["it is cold", "it is cold", "it is cold"]), matches("the the the", ["the", "the", "the"])], \
        [3, 1]


@EXERCISE.asks("Matches are clipped at the reference that has the n-gram most often.", read=PART)
def clipped_at_the_largest():
    return [matches("the the the the", ["the cat", "the dog saw the boat"]),
            matches("the the the the", ["the dog saw the boat", "the cat"])], [2, 2]


@EXERCISE.asks("No n-gram reaches from one reference into the next.", read=PART)
def between_references():
    return matches("it is cold", ["so it is", "cold outside"], 2), 1


MOST = """\
    most = counts[0]
    for other in counts[1:]:
        most = most | other
    return most"""
COUNTS = "most = most_of_any([Counter(ngrams(valid, n)) for valid in references])"
MATCHES = "return clipped_matches(ngrams(tokens, n), most)"

EXERCISE.wrong("the counts of all references are added up, and the largest is not taken",
               ("most = most | other", "most = most + other"))
EXERCISE.wrong("the smallest count is taken, so an n-gram must be in every reference",
               ("most = most | other", "most = most & other"))
EXERCISE.wrong("only the first reference counts", (MOST, "    return counts[0]"))
EXERCISE.wrong("only the last reference counts", (MOST, "    return counts[-1]"))
EXERCISE.wrong("later references overwrite the counts of earlier ones, also with smaller numbers", (MOST, """\
    most = Counter()
    for other in counts:
        most = Counter({**most, **other})
    return most"""))
EXERCISE.wrong("an n-gram's count is kept from the first reference that has it, and not from the one that has most", (MOST, """\
    most = Counter()
    for other in counts:
        most = Counter({**other, **most})
    return most"""))
EXERCISE.wrong("one reference as a whole is chosen, the longest, and the others are left out",
               (MOST, "    return max(counts, key=lambda one: one.total())"))
EXERCISE.wrong("each n-gram counts once, however often a reference has it",
               (MOST, MOST.replace("return most", "return Counter(dict.fromkeys(most, 1))")))
EXERCISE.wrong("the counts are averaged over the references",
               (MOST, MOST.replace("most | other", "most + other").replace(
                   "return most", "return Counter({gram: n / len(counts) for gram, n in most.items()})")))
EXERCISE.wrong("the first reference's own Counter is changed and not a new one made",
               (MOST, MOST.replace("most = most | other", "most |= other")))
EXERCISE.wrong("the matches with each reference are counted and added up, so an n-gram matches in each of them",
               (COUNTS, ""), (MATCHES, "return sum(clipped_matches(ngrams(tokens, n), Counter(ngrams(valid, n))) "
                                       "for valid in references)"))
EXERCISE.wrong("the matches with each reference are counted and the best reference is taken, so only one of them counts",
               (COUNTS, ""), (MATCHES, "return max(clipped_matches(ngrams(tokens, n), Counter(ngrams(valid, n))) "
                                       "for valid in references)"))
EXERCISE.wrong("the references are joined to one long text, whose counts are the sums and which has n-grams across the borders",
               (COUNTS, "most = Counter(ngrams([token for valid in references for token in valid], n))"))
EXERCISE.wrong("the matches are not clipped: every n-gram that some reference has is a match, however often it is repeated",
               (MATCHES, "return sum(gram in most for gram in ngrams(tokens, n))"))
EXERCISE.wrong("the texts are compared as sets, so a repeated n-gram matches at most once",
               (MATCHES, "return len(set(ngrams(tokens, n)) & set(most))"))
EXERCISE.wrong("single words are compared, whatever n is",
               (COUNTS, COUNTS.replace("valid, n", "valid, 1")), (MATCHES, MATCHES.replace("tokens, n", "tokens, 1")))
EXERCISE.wrong("the prediction and the references have exchanged their places: the references' n-grams look for partners in "
               "the prediction",
               (COUNTS, ""), (MATCHES, "return sum(sum(gram in ngrams(tokens, n) for gram in ngrams(valid, n)) "
                                       "for valid in references)"))
EXERCISE.wrong("the result is the precision: the matches have already been divided by the number of n-grams",
               (MATCHES, MATCHES + " / max(len(ngrams(tokens, n)), 1)"))


@EXERCISE.right("plain dictionaries and loops, and a list of partners that are used up")
class _:
    def most_of_any(counts):
        most = {}
        for one in counts:
            for gram, n in one.items():
                if n > most.get(gram, 0):
                    most[gram] = n
        return most

    def matches_with_any(tokens, references, n):
        def runs(text):
            return [tuple(text[i:i + n]) for i in range(len(text) - n + 1)]
        found = 0
        for gram in set(runs(tokens)):
            found += min(runs(tokens).count(gram), max(runs(text).count(gram) for text in references))
        return found


@EXERCISE.right("the largest count is looked up for each n-gram, and the Counters are intersected")
class _:
    def most_of_any(counts):
        return Counter({gram: max(one[gram] for one in counts) for gram in set().union(*counts)})

    def matches_with_any(tokens, references, n):
        from tinyllm.metrics.bleu import most_of_any
        from tinyllm.metrics.rouge import ngrams
        return (Counter(ngrams(tokens, n)) & most_of_any([Counter(ngrams(text, n)) for text in references])).total()
