"""Graphs written by hand for tests of groups. The groups are computed without a store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from graph.groups import CERTAIN, Groups, Rules, Sources, compute
from graph.groups.build import LIKELY
from graph.hierarchy import Hierarchy
from graph.lexical import Names, with_norms
from tests.graph.rows import nodes

EXACT, BROAD, NARROW, XREF = "skos:exactMatch", "skos:broadMatch", "skos:narrowMatch", "oboInOwl:hasDbXref"
STEWARD = "urn:tricuspid:review:1"
_SAID = ("source", "target", "predicate", "confidence", "state", "author", "reviewer", "release")
_MAPPING = pa.schema([(n, {"confidence": pa.float64()}.get(n, pa.string())) for n in _SAID[2:]])


@dataclass(repr=False)
class Graph:
    """Concepts, names, mappings, is-a pairs and events, in any order. Every method returns the graph."""

    concepts: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: list[tuple[str, str, str]] = field(default_factory=list)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    is_a: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[str, str, int]] = field(default_factory=list)
    codings: list[tuple[str, str]] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)

    def concept(self, id_: str, label: str = "", **columns: Any) -> Graph:
        """Adds a concept that a terminology defines. `synonyms` are further exact names."""
        self.names += [(id_, text, "exact") for text in columns.pop("synonyms", ())]
        self.concepts[id_] = {"id": id_, "label": label, "ontology": id_.partition(":")[0], **columns}
        return self

    def stub(self, id_: str, label: str = "", **columns: Any) -> Graph:
        return self.concept(id_, label, stub=True, **columns)

    def obsolete(self, id_: str, replaced_by: str | None = None, **columns: Any) -> Graph:
        return self.concept(id_, deprecated=True, replaced_by=replaced_by, **columns)

    def mapping(self, source: str, target: str, predicate: str = EXACT, state: str = "accepted", **more: Any) -> Graph:
        """Adds a mapping. Ends that do not exist become stubs."""
        for end in (source, target):
            if end not in self.concepts:
                self.stub(end)
        row = dict.fromkeys(_SAID) | {"predicate": predicate, "state": state, "release": "curated"} | more
        self.mappings.append(row | {"source": source, "target": target})
        return self

    def steward(self, source: str, target: str, state: str = "rejected", predicate: str = EXACT) -> Graph:
        return self.mapping(source, target, predicate, state, release=STEWARD)

    def candidate(self, source: str, target: str, confidence: float) -> Graph:
        return self.mapping(source, target, state="proposed", confidence=confidence, release="candidates")

    def below(self, *pairs: tuple[str, str]) -> Graph:
        self.is_a += pairs
        return self

    def event(self, id_: str, kind: str = "condition", patients: int = 10) -> Graph:
        """Adds events of this many patients."""
        self.events.append((id_, kind, patients))
        return self

    def coded(self, id_: str, field: str = "condition_browse") -> Graph:
        """Adds a record that is coded with the concept in this field."""
        self.codings.append((id_, field))
        return self

    def by(self, **rules: Any) -> Graph:
        self.rules = Rules(**rules)
        return self

    def sources(self) -> Sources:
        """The input that a snapshot would give."""
        ids = sorted(self.concepts)
        number = {id_: place for place, id_ in enumerate(ids)}
        table = nodes("Concept", *(self.concepts[id_] for id_ in ids))
        low, high = (np.array([number[pair[side]] for pair in sorted(self.is_a)], np.int32) for side in (0, 1))
        below = Hierarchy.build(len(ids), low, high).below.sizes() - 1
        patients = np.zeros(len(ids), np.int64)
        for id_, kind, count in self.events:
            patients[number[id_]] += 0 if kind == "family_history" else count
        return Sources(
            table,
            self._names(table, ids, number),
            self._mappings(number),
            low.astype(np.int64),
            high.astype(np.int64),
            below.astype(np.int64),
            _uses((number[id_], kind) for id_, kind, _ in self.events),
            _uses((number[id_], field) for id_, field in self.codings),
            patients,
        )

    def _names(self, table: pa.Table, ids: list[str], number: dict[str, int]) -> pa.Table:
        own = [(place, self.concepts[id_]["label"], "label") for place, id_ in enumerate(ids)]
        every = own + sorted((number[id_], text, kind) for id_, text, kind in self.names)
        columns = (pa.array(column, kind) for column, kind in zip(zip(*every, strict=True), _NAMED, strict=True))
        names = pa.table([*columns], ["concept", "text", "kind"])
        names = names.append_column("language", pa.array(["en"] * len(every), pa.string()))
        names = names.append_column("count", pa.array(np.zeros(len(every), np.int64)))
        flags = (np.asarray(table[name].fill_null(False)) for name in ("deprecated", "stub"))
        return Names.build(with_norms(names), *flags).table

    def _mappings(self, number: dict[str, int]) -> pa.Table:
        """The mappings, in the same order as in a snapshot."""
        rows = [row | {"source": number[row["source"]], "target": number[row["target"]]} for row in self.mappings]
        rows.sort(key=lambda row: (row["source"], row["target"], row["predicate"], row["release"], row["state"]))
        ends = [pa.field("source", pa.int32()), pa.field("target", pa.int32())]
        return pa.Table.from_pylist(rows, pa.schema([*ends, *_MAPPING]))

    def groups(self) -> Found:
        return Found(sorted(self.concepts), compute(self.sources(), self.rules))


def called(*names: tuple[str, str]) -> Graph:
    made = Graph()
    for id_, label in names:
        made.concept(id_, label)
    return made


def _uses(rows: Iterable[tuple[int, str]]) -> pa.Table:
    every = [{"concept": concept, "kind": kind} for concept, kind in sorted(rows)]
    return pa.Table.from_pylist(every, pa.schema({"concept": pa.int32(), "kind": pa.string()}))


_NAMED = (pa.int32(), pa.string(), pa.string())


class Found:
    """The computed groups, by the ids of their concepts."""

    def __init__(self, ids: list[str], found: Groups) -> None:
        self.ids, self.found = ids, found

    def one(self, *ids: str, level: str = LIKELY) -> bool:
        """True if these concepts are in one group."""
        numbers = {self._of(level)[self.ids.index(id_)] for id_ in ids}
        return len(numbers) == 1

    def certain(self, *ids: str) -> bool:
        return self.one(*ids, level=CERTAIN)

    def sets(self, level: str = LIKELY) -> set[frozenset[str]]:
        """The groups of more than one concept."""
        grouped: dict[int, set[str]] = {}
        for id_, number in zip(self.ids, self._of(level), strict=True):
            grouped.setdefault(number, set()).add(id_)
        return {frozenset(some) for some in grouped.values() if len(some) > 1}

    @property
    def conflicts(self) -> set[tuple[str, str, str]]:
        return {(row["one"], row["other"], row["why"]) for row in self._rows(self.found.conflicts)}

    @property
    def forest(self) -> list[dict[str, Any]]:
        return self._rows(self.found.forest)

    @property
    def narrower(self) -> list[dict[str, Any]]:
        return self._rows(self.found.narrower)

    @property
    def places(self) -> set[tuple[str, str]]:
        """Pairs of a narrower and a broader concept that are in no hierarchy."""
        return {(row["one"], row["other"]) for row in self.narrower}

    @property
    def doubtful(self) -> set[tuple[str, str]]:
        return {(row["one"], row["other"]) for row in self._rows(self.found.doubtful)}

    def joined_by(self, one: str, other: str) -> dict[str, Any]:
        """The row of the forest that joins two concepts."""
        (row,) = [row for row in self.forest if {row["one"], row["other"]} == {one, other}]
        return row

    def _of(self, level: str) -> list[int]:
        found = self.found.certain if level == CERTAIN else self.found.likely
        return [int(number) for number in found]

    def _rows(self, table: pa.Table) -> list[dict[str, Any]]:
        return [row | {end: self.ids[row[end]] for end in ("one", "other")} for row in table.to_pylist()]
