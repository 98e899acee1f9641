"""Run the lessons: all in order, or those you name.

    python lessons/run.py              all of them, in course order
    python lessons/run.py 3 5          lessons 3 and 5
    python lessons/run.py --list       what there is
    python lessons/run.py --fast       all at toy size; whatever follows is passed on to the lessons
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from lesson import end_in_one_sentence
from report import report
from screen import print_table

HERE = Path(__file__).resolve().parent


def title(path: Path) -> str:
    """The heading in a lesson's first cell, without its mark."""
    return path.read_text(encoding="utf-8").split("\n")[1].removeprefix("# # ")


def choose(wanted: list[str]) -> list[Path]:
    """The files of the lessons with these numbers or names; all if none is wanted. Ends with code 2 for an unknown one."""
    lessons = {path.stem: path for path in sorted(HERE.glob("[0-9][0-9]_*.py"))}
    chosen = []
    for word in wanted:
        found = [p for name, p in lessons.items() if word in (name, name[:2], name[:2].lstrip("0"), name[3:])]
        if not found:
            print(f"There is no lesson '{word}'; there are: {', '.join(lessons)}.", file=sys.stderr)
            raise SystemExit(2)
        chosen += found
    return chosen or list(lessons.values())


def largest() -> str:
    """How much memory the largest of the lessons took, where the system says it (not on Windows)."""
    if sys.platform == "win32":
        return ""
    import resource
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on a Mac, KiB elsewhere
    return f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e9:.2f} GB at most"


def main() -> int:
    end_in_one_sentence()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", help="numbers or names")
    parser.add_argument("--list", action="store_true", help="list the lessons and stop")
    first_option = next((i for i, word in enumerate(sys.argv) if i and word.startswith("-") and word not in ("--list", "--help",
                                                                                                           "-h")), len(sys.argv))
    options, passed_on = parser.parse_args(sys.argv[1:first_option]), sys.argv[first_option:]
    chosen = choose(options.lessons)
    if options.list:
        print("\n".join(title(path) for path in chosen))
        return 0
    rows, failed = [], 0
    for i, path in enumerate(chosen, start=1):
        print(f"\n[{i} of {len(chosen)}] {title(path)}", flush=True)
        start = time.perf_counter()
        code = subprocess.run([sys.executable, str(path), *passed_on]).returncode
        failed = failed or code
        if code == 130:  # Ctrl-C stops them all, not one
            break
        seconds = time.perf_counter() - start
        rows.append([path.stem, f"{seconds:.0f}", f"exit code {code}" if code else ""])
    print_table(["lesson", "seconds", "ended with"], [*rows, ["together", f"{sum(int(row[1]) for row in rows)}", largest()]])
    if not options.lessons:
        report("--fast" in passed_on)
    return failed


if __name__ == "__main__":
    sys.exit(main())
