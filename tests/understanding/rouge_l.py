"""ROUGE-L: the longest common subsequence of two texts."""

from functools import cache

from understanding.exercise import Exercise, Prediction


def table(a: str, b: str):
    """The table for the words of two texts."""
    from tinyllm.metrics.rouge import lcs_table
    return lcs_table(a.split(), b.split())


def longest(a: str, b: str):
    """The length of the longest common subsequence, as the table's last entry."""
    return table(a, b)[-1][-1]


def rouge(prediction: str, reference: str):
    """Precision, recall and F1 of ROUGE-L for two texts, as a list."""
    from tinyllm.metrics.rouge import rouge_l
    return list(rouge_l(prediction.split(), reference.split()))


EXERCISE = Exercise(
    "rouge_l", lesson=8, order=3, module="tinyllm.metrics.rouge", title="the longest common subsequence, and ROUGE-L",
    hints=("Fill in the table of lesson 8 by hand for \"it is cold\" and \"it cold\". Each entry needs only three others: the "
           "one above, the one to the left, and the one diagonally before it.",
           "Start with a table of zeros, one row and one column more than there are words: [[0] * (len(b) + 1) for _ in a] "
           "would be one row short. Entry (i, j) compares a[i - 1] with b[j - 1].",
           "If the two words are the same: table[i - 1][j - 1] + 1. Otherwise: the larger one of table[i - 1][j] and "
           "table[i][j - 1]. rouge_l takes the last entry of the last row and gives it to score."),
    predictions=(
        Prediction('How long is the longest common subsequence of "a b c d" and "b d a c" (a number)?',
                   lambda: longest("a b c d", "b d a c")),
        Prediction('Which recall has ROUGE-L for "cold it is outside" with the reference "it is cold outside" (a number from 0 '
                   "to 1)?", lambda: rouge("cold it is outside", "it is cold outside")[1]),
        Prediction("How many entries has the table for a text of 4 words and one of 5 words (a number)?",
                   lambda: sum(map(len, table("a b c d", "a b c d e"))))))

PART = "ROUGE-L: the longest common subsequence"


@EXERCISE.asks("The table has a row for each number of a's words and a column for each number of b's words, from 0 on.",
               read=PART)
def the_size():
    made = table("it is cold outside", "it is very cold outside")
    return [len(made), [len(row) for row in made]], [5, [6, 6, 6, 6, 6]]


@EXERCISE.asks("No words have nothing in common with anything.", read=PART)
def no_words():
    made = table("it is cold", "it cold")
    return [made[0], [row[0] for row in made]], [[0, 0, 0], [0, 0, 0, 0]]


@EXERCISE.asks("Words that stand in both texts in the same order make the entries grow, one by one.", read=PART)
def the_same_text():
    return table("it is cold", "it is cold"), [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 1, 2, 3]]


@EXERCISE.asks("Other words may stand between the common ones, in either text.", read=PART)
def words_between():
    return [longest("it is cold outside", "it is very cold outside"), longest("it is very cold outside", "it is cold outside"),
            longest("a x b y c", "u a b v w c")], [4, 4, 3]


@EXERCISE.asks("Common words count only if they are in the same order.", read=PART)
def the_order():
    return [longest("it is cold outside", "outside cold it is"), longest("a b c", "c b a")], [2, 1]


@EXERCISE.asks("No word is used twice.", read=PART)
def repeated_words():
    return [longest("cold", "cold cold cold"), longest("cold cold cold", "cold"), longest("a b a", "a a b b a")], [1, 1, 3]


@EXERCISE.asks("The longest of all common subsequences counts, and not the first that is found.", read=PART)
def not_the_first():
    return [longest("c a b", "a b c"), longest("a b c", "c a b"), longest("d a c b d", "a b c d a d")], [2, 2, 3]


@EXERCISE.asks("Each entry is right, as in the lesson's table.", read=PART)
def the_whole_table():
    return table("it is cold outside", "it is very cold outside"), [
        [0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1], [0, 1, 2, 2, 2, 2], [0, 1, 2, 2, 3, 3], [0, 1, 2, 2, 3, 4]]


@EXERCISE.asks("Precision divides the length by the prediction's words, and recall by the reference's.", read=PART)
def the_scores():
    return rouge("it is very cold outside", "it is cold outside"), [4 / 5, 4 / 4, 8 / 9]


@EXERCISE.asks("ROUGE-L counts the words of the subsequence: it sees their order, and allows words between them.", read=PART)
def what_is_counted():
    return [rouge("outside cold it is", "it is cold outside"), rouge("it was very cold", "it is cold")], [
        [2 / 4, 2 / 4, 2 / 4], [2 / 4, 2 / 3, 4 / 7]]


@EXERCISE.asks("The longest common subsequence counts also where taking each word at its first place would miss it.", read=PART)
def the_longest_is_scored():
    return rouge("c a b x", "a b c"), [2 / 4, 2 / 3, 4 / 7]


@EXERCISE.asks("Without a common word ROUGE-L is 0.", read=PART)
def nothing_in_common():
    return [rouge("no idea", "it is cold"), rouge("", "it is cold")], [[0.0, 0.0, 0.0]] * 2


# The library's rouge_l does not use the table. A learner's does, so here it is as wrong as the table.
USES_TABLE = "return score(faster_lcs_length(wanted, predicted), len(predicted), len(wanted))", \
    "return score(lcs_length(wanted, predicted), len(predicted), len(wanted))"
START = "table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]"
ROWS = "for i, word in enumerate(a, start=1):\n        above, row"
COLUMNS = "for j, other in enumerate(b, start=1):"
MATCH = "row[j] = above[j - 1] + 1"
OTHERWISE = "row[j] = above[j] if above[j] > row[j - 1] else row[j - 1]"
SCORE = USES_TABLE[0]

EXERCISE.wrong("all rows are one and the same list, because [[0] * n] * m repeats the list and does not copy it",
               (START, "table = [[0] * (len(b) + 1)] * (len(a) + 1)"), USES_TABLE)
EXERCISE.wrong("the table has no row and no column for zero words, so the first ones look back to the last ones", (
    START, "table = [[0] * len(b) for _ in a]"), (ROWS, ROWS.replace("start=1", "start=0")),
    (COLUMNS, COLUMNS.replace("start=1", "start=0")))
EXERCISE.wrong("the table is transposed: its rows belong to b and its columns to a",
               (START, "a, b = b, a\n    " + START), USES_TABLE)
EXERCISE.wrong("the last word of a is never compared, so the last row stays 0",
               (ROWS, ROWS.replace("enumerate(a,", "enumerate(a[:-1],")), USES_TABLE)
EXERCISE.wrong("the last word of b is never compared, so the last column stays 0",
               (COLUMNS, COLUMNS.replace("enumerate(b,", "enumerate(b[:-1],")), USES_TABLE)
EXERCISE.wrong("words between the common ones are not allowed: an entry falls back to 0 where the words differ, which gives the "
               "common words at the very end", (OTHERWISE, "row[j] = 0"), USES_TABLE)
EXERCISE.wrong("words between the common ones are not allowed: an entry falls back to 0 where the words differ, and the table's "
               "largest entry is the longest run of neighbouring words", (OTHERWISE, "row[j] = 0"),
               (SCORE, "length = max(map(max, lcs_table(wanted, predicted)))\n"
                       "    return score(length, len(predicted), len(wanted))"))
EXERCISE.wrong("where the words are the same, 1 is added to the larger neighbour and not to the diagonal entry, so a word is "
               "used twice", (MATCH, "row[j] = max(above[j], row[j - 1]) + 1"), USES_TABLE)
EXERCISE.wrong("where the words are the same, 1 is added to the entry above, so a word of b is used twice",
               (MATCH, "row[j] = above[j] + 1"), USES_TABLE)
EXERCISE.wrong("where the words are the same, 1 is added to the entry to the left, so a word of a is used twice",
               (MATCH, "row[j] = row[j - 1] + 1"), USES_TABLE)
EXERCISE.wrong("where the words are the same, the diagonal entry is taken without adding 1, so all stays 0",
               (MATCH, "row[j] = above[j - 1]"), USES_TABLE)
EXERCISE.wrong("where the words are the same, the entry is 1, whatever came before",
               (MATCH, "row[j] = 1"), USES_TABLE)
EXERCISE.wrong("where the words differ, the diagonal entry is taken and not the larger one of the two neighbours",
               (OTHERWISE, "row[j] = above[j - 1]"), USES_TABLE)
EXERCISE.wrong("where the words differ, only the entry above is looked at", (OTHERWISE, "row[j] = above[j]"), USES_TABLE)
EXERCISE.wrong("where the words differ, only the entry to the left is looked at", (OTHERWISE, "row[j] = row[j - 1]"), USES_TABLE)
EXERCISE.wrong("where the words differ, the smaller neighbour is taken and not the larger one",
               (OTHERWISE, "row[j] = min(above[j], row[j - 1])"), USES_TABLE)
EXERCISE.wrong("where the words differ, the two neighbours are added", (OTHERWISE, "row[j] = above[j] + row[j - 1]"), USES_TABLE)
EXERCISE.wrong("rouge_l swaps precision and recall: it gives score the reference's length first",
               (SCORE, "return score(lcs_length(wanted, predicted), len(wanted), len(predicted))"))
EXERCISE.wrong("rouge_l divides by the lengths less 1, as if it counted pairs of words",
               (SCORE, "return score(lcs_length(wanted, predicted), max(len(predicted) - 1, 1), max(len(wanted) - 1, 1))"))
EXERCISE.wrong("rouge_l divides both by the longer text",
               (SCORE, "return score(lcs_length(wanted, predicted), *[max(len(predicted), len(wanted))] * 2)"))
EXERCISE.wrong("rouge_l counts the common words in any order, which is ROUGE-1",
               (SCORE, "return rouge_n(predicted, wanted, 1)"))
EXERCISE.wrong("rouge_l allows no words in between: it takes the longest run of neighbouring words that both texts have", (
    SCORE, """\
runs = [tuple(wanted[i:j]) for i in range(len(wanted)) for j in range(i + 1, len(wanted) + 1)]
    length = max((len(run) for run in runs if run in ngrams(predicted, len(run))), default=0)
    return score(length, len(predicted), len(wanted))"""))
EXERCISE.wrong("rouge_l is greedy: it takes each word of the prediction at its first place in the rest of the reference, and "
               "misses longer subsequences", (SCORE, """\
place = 0
    length = 0
    for word in predicted:
        if word in wanted[place:]:
            place = wanted.index(word, place) + 1
            length += 1
    return score(length, len(predicted), len(wanted))"""))


@EXERCISE.right("each entry is computed by recursion over the ends of the two texts")
class _:
    def lcs_table(a, b):
        @cache
        def entry(i, j):
            if i == 0 or j == 0:
                return 0
            if a[i - 1] == b[j - 1]:
                return entry(i - 1, j - 1) + 1
            return max(entry(i, j - 1), entry(i - 1, j))
        return [[entry(i, j) for j in range(len(b) + 1)] for i in range(len(a) + 1)]

    def rouge_l(predicted, wanted):
        from tinyllm.metrics.rouge import lcs_table, score
        return score(lcs_table(predicted, wanted)[len(predicted)][len(wanted)], len(predicted), len(wanted))


@EXERCISE.right("the table is made row by row, with the largest of all three neighbours, and the scores are a plain tuple")
class _:
    def lcs_table(a, b):
        rows = [(0,) * (len(b) + 1)]
        for word in a:
            row = [0]
            for j in range(len(b)):
                row.append(max(rows[-1][j + 1], row[j], rows[-1][j] + (word == b[j])))
            rows.append(tuple(row))
        return rows

    def rouge_l(predicted, wanted):
        from tinyllm.metrics.rouge import lcs_table
        length = max(max(row) for row in lcs_table(wanted, predicted))
        if length == 0:
            return 0.0, 0.0, 0.0
        return length / len(predicted), length / len(wanted), 2 * length / (len(predicted) + len(wanted))


@EXERCISE.right("each entry is the longest of all subsequences of b's words that are one of a's too")
class _:
    def lcs_table(a, b):
        def subsequences(tokens):
            found = {()}
            for token in tokens:
                found |= {(*one, token) for one in found}
            return found
        return [[max(len(one) for one in subsequences(a[:i]) & subsequences(b[:j])) for j in range(len(b) + 1)]
                for i in range(len(a) + 1)]
