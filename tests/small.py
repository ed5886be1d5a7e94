"""tests: small stores of made-up concepts, for what has to hold whatever a store says."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store, open_store
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
) -> None:
    """`mapped` are pairs with True where they are accepted, else candidates with this confidence, 0.9 for False.

    `events` and `studies` are the concepts of each patient and of each study; `labels` are those of concepts that are
    not called by their ids, `stubs` the concepts that no release defines.
    """
    named = dict.fromkeys(CONCEPTS) | (labels or {})
    own = [{"id": id_, "label": label or id_, "ontology": id_.split(":")[0]} for id_, label in named.items()]
    told = [row | {"stub": row["id"] in stubs, "release": None if row["id"] in stubs else "r"} for row in own]
    patients = [{"id": f"patient:{n:03}"} for n in range(len(events))]
    trials = [{"id": f"study:{n:03}", "title": f"study {n}"} for n in range(len(studies))]
    edges = {"IS_A": rows.edges("IS_A", *is_a)}
    for name, of, some in (("EVENT", "patient", events), ("STUDY_ABOUT", "study", studies)):
        edges[name] = _pairs(name, of, some)
    nodes = {"Concept": told, "Patient": patients, "Study": trials}
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


def small_snapshot(folder: Path, **said: Any) -> Snapshot:
    """The snapshot of a store in a folder that `write_small` wrote."""
    with closing(open_store(str(folder))) as store:
        write_small(store, **said)
        return fresh_snapshot(store, folder)
