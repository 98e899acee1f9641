"""Make the small world again: the corpus and the labelled tasks, byte for byte the same for the same seed.

    python data/make                  writes corpus.txt.gz and tasks/ into data/
    python data/make --out FOLDER     writes them into FOLDER instead
"""
import argparse
from pathlib import Path

from write import DOCUMENTS, SEED, write_corpus, write_tasks

DATA = Path(__file__).resolve().parent.parent


def main():
    """Read the command line, and write all tasks and the corpus."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write to")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="how many documents the corpus has")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    write_tasks(options.out / "tasks", options.seed)
    write_corpus(options.out / "corpus.txt.gz", options.seed, options.documents)


if __name__ == "__main__":
    main()
