"""The quiz: the course's ten questions, in our words, and more of our own, in groups by lesson.

    python lessons/quiz.py                      goes on where you stopped, and asks again what was wrong
    python lessons/quiz.py --lesson 6           the questions of one lesson
    python lessons/quiz.py --answers 1:b,2:c    answers in one line, for scripts
    python lessons/quiz.py --list               the questions and how you answered them
    python lessons/quiz.py --anew               forgets your answers and starts at the first question
"""

import argparse
import sys
from collections.abc import Sequence

from ask import LETTERS, Question, Score, ask_question, at_a_terminal, load_questions
from lesson import end_in_one_sentence
from screen import fill


def chosen(text: str, questions: Sequence[Question]) -> list[tuple[Question, int]]:
    """(question, index of the choice) for each part of "1:b,2:c". Ends with code 2 for what names no question or choice."""
    by_number, answers = {str(question.number): question for question in questions}, []
    for part in text.split(","):
        number, _, letter = (piece.strip().lower() for piece in part.partition(":"))
        question = by_number.get(number)
        if question is None:
            refuse(f"There is no question {number!r}; there are 1 to {len(questions)}. Write --answers 1:b,2:c")
        if len(letter) != 1 or letter not in LETTERS[:len(question.choices)]:
            refuse(f"Question {number} has the choices a to {LETTERS[len(question.choices) - 1]}, not {letter!r}.")
        answers.append((question, LETTERS.index(letter)))
    return answers


def refuse(sentence: str):
    """End with one sentence and code 2."""
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def main():
    end_in_one_sentence()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lesson", type=int, help="only the questions of this lesson")
    parser.add_argument("--answers", metavar="1:b,2:c", help="answer these, print what is to be said, and stop")
    parser.add_argument("--list", action="store_true", help="list the questions and how you answered them")
    parser.add_argument("--anew", action="store_true", help="forget the answers given so far")
    options = parser.parse_args()
    questions, score = load_questions(), Score()
    total = len(questions)
    if options.lesson is not None:
        asked = [question for question in questions if question.lesson == options.lesson]
        if not asked:
            refuse(f"The quiz has no question on lesson {options.lesson}; there are lessons 1 to 17.")
    else:
        asked = questions
    if options.anew:
        score.answers = {}
        score.path.unlink(missing_ok=True)
    if options.answers is not None:
        for question, choice in chosen(options.answers, questions):
            question.show(total)
            print(f"Your answer: {LETTERS[choice]}")
            score.note(question, choice)
            question.respond(choice)
        asked = questions
    elif options.list or not at_a_terminal():
        print_list(asked, score)
        if not options.list:
            print("\nThere is no terminal to answer at. Answer in one line: python lessons/quiz.py --answers 1:b,2:c")
    else:
        ask_all(asked, score, total)
    done = [question for question in asked if question.id in score.answers]
    print(f"\n{len(done)} of {len(asked)} answered, {score.right_at_first(asked)} right at the first try, "
          f"{sum(score.answers[question.id]['last'] for question in done)} right by now.", flush=True)


def ask_all(questions: list[Question], score: Score, total: int):
    """Ask what is open, lesson by lesson, until nothing is or nothing is typed."""
    open_ones = score.open(questions)
    if not open_ones:
        print("You have answered all of these right. Start again with --anew.")
    elif len(open_ones) < len(questions):
        print(f"{len(open_ones)} of {len(questions)} are open: unanswered ones first, then those that were wrong.")
    for question in open_ones:
        if not ask_question(question, score, total):
            print("Your answers are kept; the same command goes on from here.")
            break


def print_list(questions: Sequence[Question], score: Score):
    """One line a question: its number, lesson, and whether it has been answered right."""
    marks = {None: " ", True: "+", False: "-"}
    print("+ right by now, - wrong at the last try\n")
    for question in questions:
        mark = marks[score.answers.get(question.id, {}).get("last")]
        print(fill(f"{mark} {question.number:3}  lesson {question.lesson:2}  {question.asks}", " " * 18))


if __name__ == "__main__":
    main()
