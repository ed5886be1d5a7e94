"""bench: whether a trial's annotations have the right concept, and whether the trial is about it.

    python -m bench.annotations [--store FOLDER] [--sample FILE --seed N]

loads the real terminologies and trials into FOLDER, or reads what was loaded there before, and looks for the
annotations of `bench/gold/annotations.tsv`. An annotation is a trial, a field, the place where the words begin, and a
concept. Of those that are still made it prints how many have the right concept and, of those that list their trial by
default, how many trials are truly about it. `--sample` writes 200 annotations that list their trial and 50 others with
their words and what stands around them, to be judged by reading.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import machine
from bench.meaning_gold import DATA, GOLD, filled
from graph.roles import LISTED
from graph.snapshot import Snapshot

FILE = GOLD / "annotations.tsv"
TRIALS = "research/clinicaltrials-json"
_LISTED, _OTHERS = 200, 50
_AROUND = 150


class Annotation(NamedTuple):
    """What a trial says at a place, and the concept it is taken for."""

    study: str
    field: str
    start: str
    concept: str


def annotations(snapshot: Snapshot) -> dict[Annotation, dict[str, Any]]:
    """The annotations that words of a trial gave, present ones alone, each with its row of the snapshot."""
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
        if row["assertion"] == "present" and row["method"] != "code"
    }


def judged(part: str) -> Iterator[tuple[Annotation, bool, bool]]:
    """The annotations that were read: whether the concept is right, and whether the trial is about it."""
    with FILE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["part"] == part:
                key = Annotation(row["study"], row["field"], row["start"], row["concept"])
                yield key, row["right"] == "yes", row["about"] == "yes"


def measured(snapshot: Snapshot) -> None:
    made = annotations(snapshot)
    print("| part | judged | still made | right | listed | trial is about it |\n|---|---:|---:|---:|---:|---:|")
    for part in ("development", "test"):
        rows = [*judged(part)]
        still = [row for row in rows if row[0] in made]
        listed = [row for row in still if made[row[0]]["role"] in LISTED]
        right, about = (
            sum(row[place] for row in some) / max(len(some), 1) for some, place in ((still, 1), (listed, 2))
        )
        print(f"| {part} | {len(rows)} | {len(still)} | {right:.3f} | {len(listed)} | {about:.3f} |")
    print(f"{len(made):,} annotations in all:", dict(Counter(row["role"] for row in made.values())))


def sample(snapshot: Snapshot, path: Path, seed: int) -> None:
    made, draw = annotations(snapshot), random.Random(seed)
    listed = sorted(key for key, row in made.items() if row["role"] in LISTED)
    others = sorted(made.keys() - listed)
    table, labels = snapshot.records["Study"].table, snapshot.concepts["label"]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["part", *Annotation._fields, "right", "about", "label", "text", "title", "around"])
        for key in draw.sample(listed, _LISTED) + draw.sample(others, _OTHERS):
            row = made[key]
            said = (table[key.field][row["source"]].as_py() or "") if key.field in table.column_names else ""
            at = row["start"] or 0
            around = " ".join(said[max(at - _AROUND, 0) : at + _AROUND].split())
            title = table["title"][row["source"]].as_py()
            out.writerow(["", *key, "", "", labels[row["target"]].as_py(), row["text"], title, around])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = filled(given.store or Path(folder) / "store", more=True, records=(TRIALS,))
        if given.sample:
            sample(snapshot, given.sample, given.seed)
        else:
            measured(snapshot)


if __name__ == "__main__":
    main()
