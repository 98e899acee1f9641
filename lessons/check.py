"""Where am I? The exercises: which you have not started, which are wrong and why, which are right, and what comes next.

    python lessons/check.py                 one line an exercise, and what is wrong with the first wrong one
    python lessons/check.py lora            all that is to be said of one exercise
    python lessons/check.py --start lora    copies the stub to lessons/exercises/mine, where you write
    python lessons/check.py --hints lora    a hint, and after Enter the next
    python lessons/check.py --turn lora     the other way round: you write the test (and the same again checks it)
    python lessons/check.py --watch         checks again whenever you save
    python lessons/check.py --reset lora    puts the stub back, after asking

Nothing is stored about your progress: each time the questions are asked anew of what stands in lessons/exercises/mine.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from ask import at_a_terminal
from lesson import end_in_one_sentence
from screen import fill, width

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
NOT_STARTED, TODO, WRONG, RIGHT = "not started", "to write", "wrong", "right"


def main():
    """Do what the options ask for."""
    end_in_one_sentence()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", help="one exercise; without it, all")
    for option in ("--start", "--hints", "--turn", "--reset"):
        parser.add_argument(option, metavar="NAME")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file is saved")
    options = parser.parse_args()
    if options.watch:
        watch(options.name)
    elif options.start:
        start(called(options.start))
    elif options.hints:
        give_hints(called(options.hints))
    elif options.turn:
        turn(called(options.turn))
    elif options.reset:
        reset(called(options.reset))
    elif options.name:
        show(called(options.name))
    else:
        show_all()


def called(name: str):
    """The exercise with this name; ends with one sentence if there is none."""
    from understanding.catalogue import exercise

    from tinyllm import InputError
    try:
        return exercise(name)
    except KeyError as error:
        raise InputError(error.args[0]) from None


def state_of(exercise) -> tuple[str, list[str]]:
    """(NOT_STARTED, TODO, WRONG or RIGHT; what is to be said of it) of what the learner has written."""
    from understanding.diagnosis import complaint, outcomes
    from understanding.own import read_own
    if not exercise.mine.exists():
        return NOT_STARTED, []
    own = read_own(exercise, exercise.mine)
    if own.error:
        return WRONG, [f"{own.path.name} cannot be run:\n{own.error}"]
    if not own.is_started:
        return TODO, []
    found = outcomes(exercise, own.names, own.path)
    said = [complaint(exercise, found, number) for number in range(len(found)) if not found[number].is_right]
    return (WRONG if said else TODO if own.lacking else RIGHT), said


def show_all():
    """One line an exercise, what is wrong with the first wrong one, and what comes next."""
    from understanding.catalogue import exercises
    states = {}
    for exercise in exercises():
        state, said = states[exercise.name] = state_of(exercise)
        reason = said[0].split("\n")[0].partition(": ")[2] if said else ""
        mark = {RIGHT: "+", WRONG: "-"}.get(state, " ")
        line = f"{mark} lesson {exercise.lesson:2}  {exercise.name:16}{state:13}{reason or exercise.title}"
        print(line if len(line) <= width() else f"{line[:width() - 3]}...", flush=True)
    wrong = [name for name, (state, _) in states.items() if state == WRONG]
    open_ones = [name for name, (state, _) in states.items() if state in (TODO, NOT_STARTED)]
    print(f"\n{sum(state == RIGHT for state, _ in states.values())} of {len(states)} are right.")
    if wrong:
        print(f"\n{states[wrong[0]][1][0]}")
    elif open_ones:
        begun = states[open_ones[0]][0] == TODO
        print(f"The next: {open_ones[0]}, " + (f"in {called(open_ones[0]).mine}" if begun else
                                               f"python lessons/check.py --start {open_ones[0]}"))


def show(exercise):
    """All that is to be said of one exercise."""
    from understanding.own import predictions_of, read_own
    state, said = state_of(exercise)
    print(f"{exercise.name}, lesson {exercise.lesson}: {exercise.title}. {state.capitalize()}.")
    if state == NOT_STARTED:
        print(f"Start it by `python lessons/check.py --start {exercise.name}`.")
        return
    own = read_own(exercise, exercise.mine)
    print("\n" + "\n".join(fill(line, "  ") for line in predictions_of(own)))
    if said:
        print(f"\n{said[0]}")
    if len(said) > 1:
        print("\nThese do not hold either; often they do as soon as the first does:")
    for sentence in said[1:]:
        print(fill(f"- {sentence.partition(': ')[2].splitlines()[0]}", "  "))
    if own.lacking:
        print("\n" + fill(f"To write, and until then the library's own is used: {', '.join(own.lacking)}", "  "))


def start(exercise):
    """Copy the stub to where the learner writes; what stands there already is left alone."""
    if exercise.mine.exists():
        print(f"{exercise.mine} is there already; --reset {exercise.name} would put the stub back.")
        return
    copy(exercise.stub, exercise.mine)
    print(fill(f"Write in {exercise.mine}, beside lesson {exercise.lesson}. Answer its predictions first. "
               f"Then see where you are by `python lessons/check.py {exercise.name}`."))


def copy(source: Path, target: Path):
    """Copy a file whole; the folder is made if it is not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    shutil.copy(source, temporary)
    temporary.replace(target)


def give_hints(exercise):
    """One hint after the other, each when it is asked for."""
    for number, hint in enumerate(exercise.hints, start=1):
        print(fill(f"Hint {number} of {len(exercise.hints)}: {hint}", "  "))
        if number < len(exercise.hints) and (not at_a_terminal() or input("Enter for the next, q to stop: ").strip()):
            break


def reset(exercise):
    """Put the stub back, after asking; what was written is kept beside it, with the ending .old."""
    if exercise.mine.exists():
        if not at_a_terminal() or input(f"Put the stub of {exercise.name} back? What you wrote is kept as "
                                        f"{exercise.name}.py.old. (y/n) ").strip().lower() != "y":
            print("Nothing was changed" + (": there is nobody to ask." if not at_a_terminal() else "."))
            return
        exercise.mine.replace(exercise.mine.with_suffix(".py.old"))
    start(exercise)


def turn(exercise):
    """The learner's test against right implementations, which it must pass, and wrong ones, which it must fail."""
    from understanding.turned import judge, starter
    path = exercise.mine.with_name(f"test_{exercise.name}.py")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starter(exercise), encoding="utf-8")
        print(f"Write your test in {path}, and give the same command again.")
        return
    print("\n".join(fill(line, "  ") for line in judge(exercise, path)))


def watch(name: str | None):
    """Check now, and again whenever a file in lessons/exercises/mine is saved, until Ctrl+C."""
    from understanding.exercise import MINE
    seen = None
    try:
        while True:
            saved = {path: path.stat().st_mtime for path in MINE.glob("*.py")}
            if saved != seen:
                seen = saved
                print("\n" + time.strftime("%H:%M:%S"), flush=True)
                subprocess.run([sys.executable, __file__, *([name] if name else [])])
            time.sleep(0.5)
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
