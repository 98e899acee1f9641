"""Write the tasks and the corpus as files."""
import collections
import gzip
import json
import sys

import tasks
from forms import FORMS, SEPARATOR, document, form_of
from templates import TEMPLATES

SEED = 20
DOCUMENTS = 88_000


def write_tasks(folder, seed):
    """Write two files for each task: its examples, one JSON object a line, and its templates."""
    folder.mkdir(parents=True, exist_ok=True)
    for task, (cluster, metric, train, held_out) in TEMPLATES.items():
        rows = tasks.examples(task, seed)
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / f"{task}.jsonl").write_text("".join(lines), encoding="utf-8")
        card = {"task": task, "cluster": cluster, "metric": metric, "train": train, "held_out": held_out}
        card_text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{task}.templates.json").write_text(card_text, encoding="utf-8")
        counts = collections.Counter(row["split"] for row in rows)
        print(f"{task:17s}" + "".join(f"{split} {count:,}  " for split, count in counts.items()))


def documents(seed, count):
    """The first `count` documents of a seed, one after the other, with a progress line."""
    held_out = tasks.held_out(seed)
    for index in range(count):
        if index % 2000 == 0 or index == count - 1:
            print(f"\rcorpus: document {index + 1:,} of {count:,}", end="", file=sys.stderr, flush=True)
        yield document(index, seed, held_out)
    print(file=sys.stderr)


def write_corpus(path, seed, count):
    """Write all documents into one gzip file, and print how many words each form has.

    The file holds no time stamp, so its bytes depend on the text alone.
    """
    texts = list(documents(seed, count))
    whole = SEPARATOR.join(texts)
    path.write_bytes(gzip.compress(whole.encode("utf-8"), compresslevel=9, mtime=0))
    packed = path.stat().st_size
    print(f"corpus           {count:,} documents, {len(whole):,} characters, {packed:,} bytes packed")
    words = collections.Counter()
    for index, text in enumerate(texts):
        words[form_of(index, seed)] += len(text.split())
    for form in FORMS:
        print(f"  {form:15s}{words[form]:>10,} words  {words[form] / words.total():6.1%}")
