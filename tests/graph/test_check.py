"""graph: `check` finds and names the faults of a store and its snapshot, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from curation import Finding, check
from graph.snapshot import fresh_snapshot, newest
from graph.store import Batch, Store
from tests.graph.rows import edges, nodes
from tests.ingest.graphs import condition, ingest_into, load_into, ndjson, obo, patient, trial


class Spoilt:
    """A store that returns changed rows for one table."""

    def __init__(self, store: Store, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
        self._store, self._table, self._change = store, table, change
        self.identity = store.identity

    def read_transaction(self) -> AbstractContextManager[int]:
        return self._store.read_transaction()

    def counts(self) -> dict[str, int]:
        return self._store.counts()

    def lineage(self) -> str:
        return self._store.lineage()

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        for piece in self._store.scan(table, columns):
            yield self._change(piece) if table == self._table else piece


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    terms = ('A:1\nname: diabetes\nsynonym: "sugar" EXACT []', "A:2\nname: type 2 diabetes\nis_a: A:1")
    load_into(store, obo(tmp_path / "a.obo", "1", *terms))
    records = ndjson(tmp_path / "r.ndjson", patient("p1"), condition("c1", "44054006"), "{no json")
    ingest_into(store, records, trial(tmp_path / "t.json", "diabetes"))
    return store


def wrong(store: Store | Spoilt, folder: Path) -> list[Finding]:
    return [finding for finding in check(cast(Store, store), folder) if finding.wrong]


def test_an_empty_store_has_no_fault(store: Store) -> None:
    assert not [one for one in wrong(store, store.address.state) if one.fault]


def replaced(column: str, value: Any) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        if column not in rows.column_names:
            return rows
        place = rows.column_names.index(column)
        return rows.set_column(place, column, pa.array([value] * rows.num_rows, rows.schema.field(column).type))

    return change


SPOILT: list[tuple[str, Callable[[pa.Table], pa.Table], str]] = [
    ("Concept", lambda rows: pa.concat_tables([rows, rows]), "Concept: ids are unique"),
    ("Study", replaced("id", ""), "Study: ids are unique"),
    ("IS_A", replaced("target", "A:9"), "IS_A: both ends"),
    ("EVENT", replaced("source", "p9"), "EVENT: both ends"),
    ("STUDY_ABOUT", replaced("confidence", 1.5), "STUDY_ABOUT: spans"),
    ("STUDY_ABOUT", replaced("end", 0), "STUDY_ABOUT: spans"),
    ("Label", replaced("release", "gone"), "Label: its release"),
    ("Refusal", lambda rows: rows.slice(0, 0), "Job: its refused"),
]


def test_a_sound_store_has_no_fault_and_what_is_wrong_is_named(filled: Store) -> None:
    sound = list(check(filled, filled.address.state))
    assert not [finding for finding in sound if finding.wrong]
    looked_at = {finding.what.partition(":")[0]: finding.looked_at for finding in sound}
    assert looked_at["IS_A"] == looked_at["EVENT"] == 1
    assert looked_at["snapshot"] > 50
    for table, change, told in SPOILT:
        found = wrong(Spoilt(filled, table, change), filled.address.state)
        named = [finding for finding in found if finding.what.startswith(told)]
        assert named and named[0].fault and named[0].examples is not None, (table, told)


def test_a_circle_and_a_job_that_was_broken_off_are_told_and_no_faults(filled: Store) -> None:
    circle = edges("IS_A", ("A:1", "A:2"), release="http://purl.obolibrary.org/obo/tiny")
    job = nodes("Job", {"id": "j", "state": "running", "refused": 0})
    filled.write(Batch(nodes={"Job": job}, edges={"IS_A": circle}))
    fresh_snapshot(filled, filled.address.state)
    found = {finding.what: finding for finding in wrong(filled, filled.address.state)}
    above = found.pop("IS_A: no concept is above itself")
    (broken_off,) = found.values()
    assert (above.wrong, above.fault) == (2, False)
    assert (broken_off.examples, broken_off.fault) == (("j",), False)


def test_a_snapshot_that_differs_or_lacks_a_file_is_a_fault(filled: Store) -> None:
    folder = filled.address.state
    there = newest(folder / filled.identity)
    assert there
    for name in ("names.arrow", "reach.likely.rows.csr", "patient.born.npy"):
        file = there / name
        right = file.read_bytes()
        file.unlink()
        file.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
        (finding,) = wrong(filled, folder)
        assert finding.examples == (name,) and finding.fault
        file.write_bytes(right)
    np.save(there / "more.npy", np.zeros(1))
    assert wrong(filled, folder)[0].examples == ("more.npy",)
    (there / "patient.born.npy").unlink()
    assert wrong(filled, folder)[0].examples == ("patient.born.npy",)
    assert {path.name for path in (folder / filled.identity).glob("check-*")} == set()
