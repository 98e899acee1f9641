"""Exercise: ROUGE-L.

Lesson 8 finds the longest common subsequence of two texts with a table. Here you write the function that fills in the table,
and the score that is made of it. About 15 lines in all. What you have not written yet is taken from the library.
"""

from collections.abc import Sequence

from tinyllm.metrics.rouge import Score, score

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'How long is the longest common subsequence of "a b c d" and "b d a c" (a number)?': None,
    'Which recall has ROUGE-L for "cold it is outside" with the reference "it is cold outside" (a number from 0 to 1)?': None,
    "How many entries has the table for a text of 4 words and one of 5 words (a number)?": None,
}


def lcs_table(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """table[i][j] is the length of the longest common subsequence of a's first i and b's first j words.

    A common subsequence is a list of words that occur in both texts in the same order; other words may stand between them.
    The table has a row for each number of a's words from 0 to len(a), and a column for each number of b's words from 0 to
    len(b). No words at all have nothing in common, so its first row and its first column are 0.

        >>> lcs_table(["it", "is", "cold"], ["it", "cold"])
        [[0, 0, 0], [0, 1, 1], [0, 1, 1], [0, 1, 2]]
    """
    raise NotImplementedError


def rouge_l(predicted: Sequence[str], wanted: Sequence[str]) -> Score:
    """ROUGE-L: the score of the longest common subsequence of two lists of words, whose words are the matches.

    score(matches, in_prediction, in_reference) gives precision, recall and F1; the last two arguments are the numbers of
    words. The library finds the length in a faster way, for which see `faster_lcs_length`; yours is to come from lcs_table.

        >>> rouge_l("it is very cold outside".split(), "it is cold outside".split())  # 4 of 5, 4 of 4
        Score(precision=0.8, recall=1.0, f1=0.888888888888889)
    """
    raise NotImplementedError
