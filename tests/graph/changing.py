"""tests: a store in memory whose patients change, and the changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import medicine
from graph.store import EDGES
from tests.cohorts.random_data import CONCEPTS, IS_A
from tests.graph import rows
from tests.small import Written

Some = list[dict[str, Any]]
STUB = "local:1"
MEDICINE = medicine("m")
_KINDS = {"A": "finding", "B": "procedure", "C": None}


class Changing(Written):
    """A store in memory whose patients change. `changed` has the epoch of the last change of each patient's events."""

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 1
        self.people: dict[str, dict[str, Any]] = {}
        self.events: dict[str, Some] = {}
        self.marks: dict[str, int] = {}
        self.same: list[tuple[str, str, str]] = []
        self.concepts, self.codes = list(CONCEPTS), ["A:1"]
        self.deleted: set[str] = set()

    def lineage(self) -> str:
        return "1"

    def epoch(self) -> int:
        return self._epoch

    def changed(self, since: int) -> pa.Table:
        found = [id_ for id_, epoch in self.marks.items() if epoch > since]
        return pa.table({"id": pa.array(found, pa.string())})

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        found = self._tables[table]
        return found.filter(pc.is_in(found["source"], value_set=sources)).select(columns)

    def told(self, patient: str, some: Some) -> None:
        self.events[patient] = some
        self.marks[patient] = self._epoch + 1

    def commit(self) -> None:
        self._epoch += 1
        stated = [(f"patient:{n:03}", m, event) for n, some in self._numbered() for m, event in enumerate(some)]
        made = [
            rows.edges("EVENT", (p, e["concept"]), record=f"{p} {m}", **{k: v for k, v in e.items() if k != "concept"})
            for p, m, e in stated
        ]
        used = {event["concept"] for _, _, event in stated} | {*self.codes}
        concepts = [
            {"id": id_, "label": id_, "ontology": id_[0], "release": "r", "kind": _KINDS[id_[0]]}
            for id_ in self.concepts
        ]
        stubs = [
            {"id": id_, "label": "", "ontology": id_.split(":")[0], "stub": True}
            for id_ in sorted({*used, *CONCEPTS} - {MEDICINE, *self.concepts})
        ]
        owned = [
            {
                "id": f"r {id_}",
                "kind": "Patient",
                "owner": id_,
                "source": id_[-1],
                "deleted": "2020"[: 4 * (id_ in self.deleted)] or None,
            }
            for id_ in self.people
        ]
        self._tables |= {
            "Concept": rows.nodes("Concept", *concepts, *stubs, {"id": MEDICINE, "ontology": "", "stub": True}),
            "Patient": rows.nodes("Patient", *({"id": id_, **row} for id_, row in self.people.items())),
            "Resource": rows.nodes("Resource", *owned),
            "IS_A": rows.edges("IS_A", *IS_A),
            "STANDS_FOR": rows.edges("STANDS_FOR", *((MEDICINE, code) for code in self.codes)),
            "SAME_PERSON": pa.concat_tables(
                [EDGES["SAME_PERSON"].arrow.empty_table()]
                + [rows.edges("SAME_PERSON", (a, b), how=how) for a, b, how in self.same]
            ),
            "EVENT": pa.concat_tables([EDGES["EVENT"].arrow.empty_table(), *made]),
        }

    def _numbered(self) -> list[tuple[int, Some]]:
        return [(int(id_[-3:]), some) for id_, some in self.events.items()]

    def forget(self, patient: str) -> None:
        for kept in (self.people, self.events, self.marks):
            kept.pop(patient, None)
        self.deleted.discard(patient)
        self.same = [row for row in self.same if patient not in row]


def add(store: Changing, _: int, some: Some) -> None:
    id_ = f"patient:{max((int(id_[-3:]) for id_ in store.people), default=0) + 1:03}"
    store.people[id_] = {"birth_year": 1950 + len(some), "sex": "female" if len(some) % 2 else "male"}
    store.told(id_, some)


def one(store: Changing, n: int) -> str:
    return sorted(store.people)[n % len(store.people)]


def change(store: Changing, n: int, some: Some) -> None:
    store.told(one(store, n), some)


def born(store: Changing, n: int, some: Some) -> None:
    store.people[one(store, n)]["birth_year"] = 1940 + len(some) if some else None


def move(store: Changing, n: int, some: Some) -> None:
    store.people[one(store, n)]["care_site"] = f"ward {len(some)}"


def delete(store: Changing, n: int, some: Some) -> None:
    id_ = one(store, n)
    store.deleted ^= {id_}
    store.told(id_, [] if id_ in store.deleted else some)


def forget(store: Changing, n: int, some: Some) -> None:
    if len(store.people) > 2:
        store.forget(one(store, n))


def join(store: Changing, n: int, some: Some) -> None:
    pair = one(store, n), one(store, n + len(some) + 1)
    if pair[0] != pair[1]:
        store.same = [row for row in store.same if row[0] != pair[0]] + [(*pair, "refer")]


def part(store: Changing, n: int, some: Some) -> None:
    store.same = store.same[1:]


def define(store: Changing, n: int, some: Some) -> None:
    store.concepts.append(f"A:{n}{len(store.concepts)}")


def undefine(store: Changing, n: int, some: Some) -> None:
    """The terminology of a code is taken away, or given back."""
    store.concepts = (
        [*store.concepts, "C:2"] if "C:2" not in store.concepts else [c for c in store.concepts if c != "C:2"]
    )


def recode(store: Changing, n: int, some: Some) -> None:
    store.codes = ["B:1", "B:2"][: n % 3]


CHANGES: list[Callable[[Changing, int, Some], None]] = [
    *(add, add, change, change, change, born, move, delete, forget, join, part, define, undefine, recode)
]
