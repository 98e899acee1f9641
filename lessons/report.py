"""The report: every claim of the ledger, what the lessons measured beside it, and the verdict.

    python lessons/report.py           from the lessons' last runs: results/report.md and results/report.png
    python lessons/report.py --fast    from their last runs at toy size, which yield no verdict: results/fast/

It measures nothing itself. A claim that no lesson has measured says so.
"""

import argparse
import math
import textwrap
from collections import Counter
from pathlib import Path

from ask import RESULTS, script, summaries
from ledger import NOT_RUN, NOT_SEEN, ROWS, RULE, SEEN, TOY, UNCLEAR, Claim, Row, together
from lesson import end_in_one_sentence
from screen import fill, heading, print_table, write_whole

FIGURE = "a figure only"
EDGE = 0.5  # of the picture: what lies further from its limit is drawn here


def claims_of(row: Row, folder: Path) -> dict[int, list[Claim]]:
    """The conditions of a row that have been measured, by the number of the lesson."""
    found = {}
    for lesson in row.lessons:
        try:
            claims = [Claim.of_data(one) for one in summaries(lesson, folder).get("claims", []) if one["id"] == row.id]
            _ = [claim.verdict for claim in claims]  # what cannot be judged is found out here
        except (AssertionError, AttributeError, KeyError, TypeError):  # left by another version of the lesson, or changed by hand
            claims = []
        if claims:
            found[lesson] = claims
    return found


def verdict_of(found: dict[int, list[Claim]], fast: bool) -> str:
    """The verdict of a row: of all its conditions together, in whichever lessons they were measured."""
    claims = [claim for own in found.values() for claim in own]
    if claims and fast:
        return TOY
    return together([claim.verdict or FIGURE for claim in claims])


def why_not_run(row: Row) -> str:
    """Why a row has no measurement, and how to get one."""
    command = f"python {script(row.lessons[0])} {row.option}".rstrip()
    return f"only with {row.option}: `{command}`" if row.option else f"lesson {row.lessons[0]} has not run: `{command}`"


def in_words(claim: Claim) -> str:
    """A condition as one cell of the report."""
    if claim.values is None:
        return f"{claim.measured}: {claim.figure}".rstrip(": ")
    error = "exact" if claim.exact else f"± {claim.error:.3f}"
    size = f"{len(claim.values[0])} values" + (f" x {len(claim.values)} seeds" if len(claim.values) > 1 else "")
    verdict = "" if claim.verdict.startswith(SEEN) else f" ({claim.verdict.removesuffix(' (one seed)')})"
    return f"{claim.measured}: **{claim.mean:+.3f}** {error}, {size}; claimed: {claim.limit()}{verdict}"


def plots_of(lesson: int, folder: Path) -> str:
    """Links to a lesson's plots."""
    paths = sorted(folder.glob(f"{lesson:02}_*/*.png"))
    return " ".join(f"[{path.stem}]({path.relative_to(folder).as_posix()})" for path in paths)


def changed_between_seeds(row: Row, found: dict[int, list[Claim]]) -> list[str]:
    """The verdicts that the seeds would have given one by one, if they are not all the same."""
    claims = [claim for own in found.values() for claim in own if claim.values and len(claim.values) > 1]
    if not claims:
        return []
    n_seeds = min(len(claim.values) for claim in claims)
    each = [together([claim.of_seed(seed).verdict for claim in claims]).removesuffix(" (one seed)") for seed in range(n_seeds)]
    return each if len(set(each)) > 1 else []


def text_of(measured: dict[Row, dict], fast: bool, folder: Path) -> str:
    """The report as Markdown."""
    verdicts = {row: verdict_of(found, fast) for row, found in measured.items()}
    lines = ["# What is said, and what we measured", "",
             "Each row is a statement that somebody published about this week of the course. The figures are those of the "
             "lessons' last runs on this machine, with models so small that many a claim about large ones cannot be tested.", "",
             "These were runs at toy size, which say nothing: there are no verdicts." if fast else
             f"{RULE} 'True' and 'false' stand where arithmetic decides.", "",
             "; ".join(f"{verdict}: {n}" for verdict, n in counted(verdicts).items()) + ".", "", "![overview](report.png)", "",
             "| id | what is said | by whom | what we measured | verdict | where |", "|---|---|---|---|---|---|"]
    for row, found in measured.items():
        cells = [in_words(claim) for own in found.values() for claim in own] or [why_not_run(row)]
        if fast:
            cells = [cell.replace("**", "") for cell in cells]
        where = "; ".join(f"lesson {n} {plots_of(n, folder)}".strip() for n in found) or f"lesson {row.lessons[0]}"
        cells = [row.id, row.says, row.source, "<br>".join(cells), f"**{verdicts[row]}**", where]
        lines.append("| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |")
    changed = {row.id: changed_between_seeds(row, found) for row, found in measured.items()} if not fast else {}
    lines += ["", "## Verdicts that depend on the seed", ""]
    lines += [f"- {id}: {', '.join(each)}" for id, each in changed.items() if each] or [
        "None, or only one seed was run: `python lessons/run.py --seeds 3` tells."]
    return "\n".join(lines) + "\n"


def counted(verdicts: dict[Row, str]) -> dict[str, int]:
    """How many rows have each verdict, those of one seed counted with the others."""
    counts = Counter(verdict.removesuffix(" (one seed)") for verdict in verdicts.values())
    order = [SEEN, NOT_SEEN, UNCLEAR, "true", "false", FIGURE, TOY, NOT_RUN]
    return {verdict: counts[verdict] for verdict in order if counts[verdict]}


def toward(claim: Claim) -> tuple[float, float, float]:
    """How far the mean lies on the claimed side of its nearest limit, and how far the error reaches down and up from there."""
    distances = {side: (claim.mean - claim.above if side == "above" else claim.below - claim.mean)
                 for side in ("above", "below") if math.isfinite(getattr(claim, side))}
    distance = min(distances.values())
    shown = max(-EDGE, min(EDGE, distance))
    return shown, min(claim.error, shown + EDGE), min(claim.error, EDGE - shown)


def draw(measured: dict[Row, dict], fast: bool, path: Path):
    """The overview: a line for each row, with its measurement right of the middle if it is as claimed."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    style = {SEEN: ("#0072B2", "o"), NOT_SEEN: ("#D55E00", "X"), UNCLEAR: ("#808080", "D"), "true": ("#0072B2", "s"),
             "false": ("#D55E00", "s"), TOY: ("#808080", "o")}
    figure, axes = pyplot.subplots(figsize=(8, 0.33 * len(measured)))
    for y, (row, found) in enumerate(measured.items()):
        verdict = verdict_of(found, fast)
        for claim in (claim for own in found.values() for claim in own):
            own = TOY if fast else claim.verdict.removesuffix(" (one seed)")
            colour, marker = style.get(own, ("#808080", ""))
            if claim.values is not None:
                x, down, up = toward(claim)
                axes.errorbar(x, y, xerr=[[down], [up]], color=colour, marker=marker, markersize=7, elinewidth=1.5)
            elif claim.true is not None:
                axes.plot(EDGE if claim.true else -EDGE, y, color=colour, marker=marker, markersize=8)
        plain = verdict.removesuffix(" (one seed)")
        axes.text(EDGE * 1.1, y, verdict, va="center", fontsize=12, color=style.get(plain, ("#808080", ""))[0])
        if y and row.lessons[0] != ROWS[y - 1].lessons[0]:
            axes.axhline(y - 0.5, color="lightgrey", linewidth=0.8)
    axes.axvline(0, color="black", linewidth=1)
    names = [f"{textwrap.shorten(row.says, 66, placeholder=' ...')}  ({row.lessons[0]})" for row in measured]
    axes.set_yticks(range(len(measured)), names, fontsize=12)
    axes.set(xlim=(-EDGE * 1.05, EDGE * 1.05), ylim=(len(measured) - 0.4, -0.6), xticks=(-0.5, -0.25, 0, 0.25, 0.5))
    axes.set_xlabel("against the claim  <  distance from its limit  >  as claimed\n(further ones at the edge)", fontsize=12)
    counts = counted({row: verdict_of(found, fast) for row, found in measured.items()})
    title = ", ".join(f"{n} {verdict}".replace(" ", "\u00a0") for verdict, n in counts.items())  # broken at commas alone
    axes.set_title(textwrap.fill(title, 60), fontsize=14, fontweight="bold")
    write_whole(path, lambda temporary: figure.savefig(temporary, dpi=90, format="png", bbox_inches="tight"))
    pyplot.close(figure)


def report(fast: bool = False):
    """Write report.md and report.png, and say in short what is in them."""
    folder = RESULTS / "fast" if fast else RESULTS
    measured = {row: claims_of(row, folder) for row in ROWS}
    draw(measured, fast, folder / "report.png")
    text = text_of(measured, fast, folder)
    write_whole(folder / "report.md", lambda path: path.write_text(text, encoding="utf-8"))
    heading("The report")
    verdicts = {row: verdict_of(found, fast) for row, found in measured.items()}
    print_table(["verdict", "claims"], [[verdict, n] for verdict, n in counted(verdicts).items()])
    missing = [row for row, verdict in verdicts.items() if verdict == NOT_RUN]
    for row in missing if len(missing) <= 5 else ():
        print(fill(f"  not run: {row.says}; {why_not_run(row).replace('`', '')}", "    "))
    if len(missing) > 5:
        lessons = ", ".join(map(str, sorted({row.lessons[0] for row in missing})))
        print(fill(f"  {len(missing)} claims have not been measured, of the lessons {lessons}: python lessons/run.py", "    "))
    print(f"\nRow by row: {(folder / 'report.md').relative_to(RESULTS.parent)}, and report.png beside it", flush=True)


def main():
    end_in_one_sentence()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="of the lessons' last runs at toy size")
    report(parser.parse_args().fast)


if __name__ == "__main__":
    main()
