"""bench: measures the precision of the annotations of trials.

    python -m bench.annotations [--store FOLDER] [--sample FILE --seed N]

The script loads the real terminologies and trials into FOLDER, or uses a store that was filled earlier. Then it looks
up the annotations of `bench/gold/annotations.tsv`. An annotation is identified by a trial, a field, the start of the
text and a concept. If a field names a concept several times, only the first position is used. For each sample, the
first line of the output has all judged annotations. The second line has the judged annotations that the current code
still makes. `--sample` writes 250 annotations for manual judgement: 200 that list their trial by default, and 50
others. Each annotation is written with its text and the surrounding text.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import machine
from bench.meaning_gold import GOLD, filled
from graph.snapshot import LISTED, Snapshot

FILE = GOLD / "annotations.tsv"
SAMPLES = ("first", "second")
"""The second sample was drawn after the errors in the first sample were corrected."""
TRIALS = "research/clinicaltrials-json"
_LISTED, _OTHERS = 200, 50
_AROUND = 150


class Annotation(NamedTuple):
    """A position in a trial, and the concept that was found at this position."""

    study: str
    field: str
    start: str
    concept: str


def all_of(snapshot: Snapshot) -> dict[Annotation, dict[str, Any]]:
    """Returns the annotations of trial texts that have the assertion `present`, each with its row of the snapshot."""
    records = snapshot.records["Study"]
    columns = ("source", "target", "field", "start", "text", "role", "confidence", "assertion", "method")
    rows = records.abouts.select(columns).to_pylist()
    return {
        Annotation(
            records.ids[row["source"]],
            row["field"] or "",
            "" if row["start"] is None else str(row["start"]),
            snapshot.ids[row["target"]],
        ): row
        for row in rows
        if row["assertion"] == "present" and row["method"] != "coded"
    }


class Judged(NamedTuple):
    """What a reader judged: whether the annotation listed its trial when it was drawn, whether its concept is right,
    and whether the trial is about the concept.
    """

    listed: bool
    right: bool
    about: bool


def judged(sample: str) -> dict[Annotation, Judged]:
    with FILE.open(encoding="utf-8") as lines:
        return {
            Annotation(*(row[name] for name in Annotation._fields)): Judged(
                *(row[name] == "yes" for name in Judged._fields)
            )
            for row in csv.DictReader(lines, delimiter="\t")
            if row["sample"] == sample
        }


def measured(snapshot: Snapshot) -> None:
    made = all_of(snapshot)
    print(
        "| sample | judged annotations | share right | annotations that list their trial | share right "
        "| share whose trial is about the concept |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name in SAMPLES:
        read = judged(name)
        still = {key: one._replace(listed=made[key]["role"] in LISTED) for key, one in read.items() if key in made}
        for title, some in ((f"{name} sample, as drawn", read), ("still made", still)):
            listed = [one for one in some.values() if one.listed]
            shares = [sum(one.right for one in some.values()) / len(some)]
            shares += [sum(getattr(one, of) for one in listed) / len(listed) for of in ("right", "about")]
            print(f"| {title} | {len(some)} | {shares[0]:.3f} | {len(listed)} | {shares[1]:.3f} | {shares[2]:.3f} |")
    print(f"{len(made):,} annotations in all:", dict(Counter(row["role"] for row in made.values())))


def sample(snapshot: Snapshot, path: Path, seed: int) -> None:
    made, draw = all_of(snapshot), random.Random(seed)
    listed = sorted(key for key, row in made.items() if row["role"] in LISTED)
    others = sorted(made.keys() - listed)
    table, labels = snapshot.records["Study"].table, snapshot.concepts["label"]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["part", *Annotation._fields, "right", "about", "label", "text", "title", "around"])
        for key in draw.sample(listed, _LISTED) + draw.sample(others, _OTHERS):
            row = made[key]
            text = (table[key.field][row["source"]].as_py() or "") if key.field in table.column_names else ""
            at = row["start"] or 0
            around = " ".join(text[max(at - _AROUND, 0) : at + _AROUND].split())
            title = table["title"][row["source"]].as_py()
            out.writerow(["", *key, "", "", labels[row["target"]].as_py(), row["text"], title, around])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = filled(options.store or Path(folder) / "store", more=True, records=(TRIALS,))
        if options.sample:
            sample(snapshot, options.sample, options.seed)
        else:
            measured(snapshot)


if __name__ == "__main__":
    main()
