"""Make the small world again: the corpus and the labelled tasks, byte for byte the same for the same seed.

    python data/make.py                  writes corpus.txt.gz and tasks/ beside this file
    python data/make.py --out FOLDER     writes them to FOLDER instead
"""
import argparse
import collections
import gzip
import json
import sys
from pathlib import Path

import tasks
from forms import FORMS, SEPARATOR, document, form_of
from templates import TEMPLATES

SEED = 20
DOCUMENTS = 70_000


def write_tasks(folder, seed):
    """One JSONL file and one file of templates for each task."""
    folder.mkdir(parents=True, exist_ok=True)
    for task, (cluster, metric, train, held_out) in TEMPLATES.items():
        rows = tasks.examples(task, seed)
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{task}.jsonl").write_text(lines, encoding="utf-8")
        card = {"task": task, "cluster": cluster, "metric": metric, "train": train, "held_out": held_out}
        (folder / f"{task}.templates.json").write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n",
                                                       encoding="utf-8")
        splits = collections.Counter(row["split"] for row in rows)
        print(f"{task:17s}" + "".join(f"{split} {count:,}  " for split, count in splits.items()))


def corpus(seed, count):
    """The documents of a seed, with a progress line."""
    held_out = tasks.held_out(seed)
    for index in range(count):
        if index % 2000 == 0 or index == count - 1:
            print(f"\rcorpus: document {index + 1:,} of {count:,}", end="", file=sys.stderr, flush=True)
        yield document(index, seed, held_out)
    print(file=sys.stderr)


def write_corpus(path, seed, count):
    """All documents in one gzip file (without a time stamp, so that its bytes depend on nothing but the text)."""
    texts = list(corpus(seed, count))
    text = SEPARATOR.join(texts)
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    words = collections.Counter()
    for index, document_text in enumerate(texts):
        words[form_of(index, seed)] += len(document_text.split())
    print(f"corpus           {count:,} documents, {len(text):,} characters, {path.stat().st_size:,} bytes packed")
    for form in FORMS:
        print(f"  {form:15s}{words[form]:>10,} words  {words[form] / words.total():6.1%}")


def main():
    """Parse the command line and write everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="how many documents the corpus has")
    parser.add_argument("--seed", type=int, default=SEED)
    choice = parser.parse_args()
    write_tasks(choice.out / "tasks", choice.seed)
    write_corpus(choice.out / "corpus.txt.gz", choice.seed, choice.documents)


if __name__ == "__main__":
    main()
