"""tests: small stores with made-up concepts, for properties that all stores have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, NODES, Batch, Store
from tests.graph import rows

CONCEPTS = ("A:1", "A:2", "A:3", "B:1", "B:2", "B:3", "C:1", "C:2")
Pair = tuple[str, str]


def write_small(
    store: Store,
    is_a: Sequence[Pair] = (),
    mapped: Sequence[tuple[Pair, bool | float]] = (),
    events: Sequence[Sequence[str]] = (),
    studies: Sequence[Sequence[str]] = (),
    labels: dict[str, str] | None = None,
    stubs: Sequence[str] = (),
    replaced: dict[str, str] | None = None,
) -> None:
    """Writes a small store. `mapped` are pairs: True is an accepted mapping, a number is a candidate's confidence.

    `events` and `studies` are the concepts of each patient and of each study; `labels` are those of concepts that are
    not called by their ids, `stubs` the concepts that no release defines, and `replaced` obsolete
    concepts with their replacements.
    """
    named = dict.fromkeys(CONCEPTS) | (labels or {})
    own = [{"id": id_, "label": label or id_, "ontology": id_.split(":")[0]} for id_, label in named.items()]
    result = [row | {"stub": row["id"] in stubs, "release": None if row["id"] in stubs else "r"} for row in own]
    gone = replaced or {}
    result = [row | {"deprecated": row["id"] in gone, "replaced_by": gone.get(str(row["id"]))} for row in result]
    patients = [{"id": f"patient:{n:03}"} for n in range(len(events))]
    trials = [{"id": f"study:{n:03}", "title": f"study {n}"} for n in range(len(studies))]
    edges = {"IS_A": rows.edges("IS_A", *is_a)}
    for name, of, some in (("EVENT", "patient", events), ("STUDY_ABOUT", "study", studies)):
        edges[name] = _pairs(name, of, some)
    nodes = {"Concept": result, "Patient": patients, "Study": trials}
    store.write(
        Batch(
            nodes={name: rows.nodes(name, *some) for name, some in nodes.items() if some},
            edges={name: table for name, table in edges.items() if table.num_rows},
        )
    )
    said = {"predicate": "skos:exactMatch", "justification": "semapv:LexicalMatching", "evidence": "{}"}
    for pair, stated in mapped:
        state = {"state": "accepted", "confidence": 1.0}
        if stated is not True:
            state = {"state": "proposed", "confidence": stated or 0.9, "release": "candidates"}
        store.write(Batch(edges={"MAPS_TO": rows.edges("MAPS_TO", pair, **said, **state)}))


def _pairs(name: str, of: str, some: Sequence[Sequence[str]]) -> Any:
    pairs = [(f"{of}:{n:03}", concept) for n, concepts in enumerate(some) for concept in concepts]
    more = {"kind": "condition"} if name == "EVENT" else {"method": "coded", "confidence": 1.0, "assertion": "present"}
    table = rows.edges(name, *pairs, **more)
    if name == "EVENT":
        place, records = table.column_names.index("record"), [f"record:{n}" for n in range(table.num_rows)]
        table = table.set_column(place, table.schema.field(place), pa.array(records, pa.string()))
    return table


class Written:
    """A simple store in memory that only keeps what is written, to make many small snapshots fast."""

    identity = ""

    def __init__(self) -> None:
        self._tables = {name: table.arrow.empty_table() for name, table in (NODES | EDGES).items()}

    def write(self, batch: Batch) -> None:
        for name, frame in (batch.nodes | batch.edges).items():
            there = self._tables[name]
            self._tables[name] = pa.concat_tables([there, frame.select(there.column_names).cast(there.schema)])

    def lineage(self) -> str:
        return ""

    def epoch(self) -> int:
        return 1

    @contextmanager
    def read_transaction(self) -> Iterator[int]:
        yield self.epoch()

    def counts(self) -> dict[str, int]:
        return {name: table.num_rows for name, table in self._tables.items()}

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        yield self._tables[table].select(columns)

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        rows = self._tables[table]
        return rows.filter(pc.is_in(rows["id"], value_set=pa.array(ids.to_pylist(), pa.string()))).select(
            ["id", *columns]
        )


def small_snapshot(folder: Path, **said: Any) -> Snapshot:
    """A snapshot, in this folder, of the store that `write_small` writes."""
    store = cast("Store", Written())
    write_small(store, **said)
    return fresh_snapshot(store, folder)
