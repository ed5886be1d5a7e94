"""cli: the command `meanings`, which writes groups of concepts and their conflicts as tables."""

from __future__ import annotations

import csv
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from cli.stores import snapshot_of
from graph.snapshot import Snapshot

_PAIRS = ("subject_id", "predicate", "object_id", "level", "probability", "evidence")
_CONFLICTS = ("subject_id", "subject_label", "object_id", "object_label", "why")


def meanings(options: Namespace) -> int:
    """Writes a table with one row for each pair of concepts with the same meaning, and one row for each pair of a
    narrower and a broader concept.

    With `--conflicts`, the table has the conflicts between mappings instead.
    """
    snapshot = snapshot_of(options.store)
    columns, rows = (_CONFLICTS, _conflicts(snapshot)) if options.conflicts else (_PAIRS, _pairs(snapshot))
    written = _write(Path(options.file), columns, rows)
    print(f"{written:,} {'conflicts' if options.conflicts else 'pairs'} written to {options.file}")
    return 0


def _pairs(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for predicate, table in (("SAME_AS", snapshot.same.table), ("NARROWER", snapshot.narrower.table)):
        levels, chances, evidence = (table[name].to_pylist() for name in ("level", "probability", "evidence"))
        for one, other, *why in zip(*_ends(snapshot, table), levels, chances, evidence, strict=True):
            yield one, predicate, other, *why


def _conflicts(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    table = snapshot.conflicts
    labels = (snapshot.concepts["label"].take(table[end]).to_pylist() for end in ("one", "other"))
    (one, other), (label, other_label) = _ends(snapshot, table), labels
    return zip(one, label, other, other_label, table["why"].to_pylist(), strict=True)


def _ends(snapshot: Snapshot, table: pa.Table) -> list[list[str]]:
    return [snapshot.concepts["id"].take(table[end]).to_pylist() for end in ("one", "other")]


def _write(path: Path, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(columns)
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007
            out.writerow(row)
    return count
