"""ingest: value sets: their versions, the codes that are mapped to their concepts, and what of them is not loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import ValueSet as StoredSet
from graph.store import NODES, Store
from graph.value_sets import VALUE_SET, Concepts, Item
from ingest.rows import Rows
from ingest.site_names import Noted
from ingest.systems import Systems, declared_prefix
from ontologies.formats import fhir_value_sets, omop_concept_sets, value_sets
from ontologies.model import Item as Statement
from ontologies.model import Member, Refused, ValueSet

VALUE_SETS = "value sets"
FORMATS = (value_sets.FORMAT, fhir_value_sets.FORMAT, omop_concept_sets.FORMAT)
_SHOWN = 5
_WAYS = (
    ("target", "source", ("skos:exactMatch", "skos:broadMatch")),
    ("source", "target", ("skos:exactMatch", "skos:narrowMatch")),
)
"""For each predicate of a mapping, which end has the broader concept and which end has the narrower or equal concept.
"""
_NOT_LOADED = "{} of {} are not loaded: load their terminology, such as that of {}"
_OTHER = "version {} of {} is stored with other items: give the new items a new version"


class Settled(NamedTuple):
    """A value set to store: the current version, and the version before it under its new id.

    Empty if nothing changed.
    """

    rows: tuple[tuple[Any, ...], ...]
    how: str


def settled(store: Store, items: Iterable[Statement], systems: Systems, job: str) -> Iterator[Any]:
    """The items of a file in one of FORMATS, with Settled instead of value sets.

    A remark says which of their concepts are not loaded.
    """
    versions = _Versions(store, job)
    for item in items:
        if not isinstance(item, ValueSet):
            yield item
            continue
        concepts = _concepts(store, item, systems)
        if (left_out := _not_loaded(store, concepts)) and not item.parent:
            shown = ", ".join(left_out[:_SHOWN])
            yield Noted(item.position, _NOT_LOADED.format(len(left_out), f"the {len(concepts.items):,} items", shown))
        yield versions.add(item, concepts)


def add(rows: Rows, item: Settled) -> None:
    """Adds the rows of a value set."""
    for row in item.rows:
        rows.node("ValueSet", *row)


class _Versions:
    """The versions of value sets: those of the store, and those that a file adds, which the store does not have yet."""

    def __init__(self, store: Store, job: str) -> None:
        self._store, self._job = store, job
        self._new: dict[str, StoredSet] = {}

    def add(self, item: ValueSet, concepts: Concepts) -> Settled | Refused:
        id_, text = VALUE_SET + item.name, msgspec.json.encode(concepts).decode()
        before = self._of(id_)
        if before is None:
            return self._stated(id_, item.version or "1", item, text, "added")
        if before.definition == text and item.version in ("", before.version):
            named = before._replace(title=item.title or before.title, language=item.language or before.language)
            self._new[id_] = named
            return Settled((), "unchanged") if named == before else Settled((named,), "changed")
        version = item.version or self._next(id_, before.version)
        if earlier := before if version == before.version else self._of(f"{id_}|{version}"):
            same = earlier.definition == text
            return Settled((), "unchanged") if same else Refused(item.position, _OTHER.format(version, id_))
        kept = self._new[f"{id_}|{before.version}"] = before._replace(id=f"{id_}|{before.version}")
        stated = self._stated(id_, version, item, text, "changed")
        return stated._replace(rows=(*stated.rows, kept))

    def _stated(self, id_: str, version: str, item: ValueSet, text: str, how: str) -> Settled:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = StoredSet(id_, version, item.title or None, item.language or None, text, now, self._job)
        self._new[id_] = row
        return Settled((row,), how)

    def _of(self, id_: str) -> StoredSet | None:
        if id_ in self._new:
            return self._new[id_]
        rows = self._store.nodes("ValueSet", pa.array([id_]), NODES["ValueSet"].arrow.names).to_pylist()
        return next((StoredSet(**row) for row in rows), None)

    def _next(self, id_: str, version: str) -> str:
        """The version that follows a version which counts up.

        If the source named the earlier version, the next version gets a number.
        """
        start, dot, number = version.rpartition(".")
        counts = number.isascii() and number.isdigit() and len(number) < 9
        after = f"{start}{dot}{int(number) + 1}" if counts else f"{version}.1"
        return self._next(id_, after) if self._of(f"{id_}|{after}") else after


def _concepts(store: Store, item: ValueSet, systems: Systems) -> Concepts:
    """The set in the form in which it is stored: codes of declared systems have their prefix, and mapped codes are
    items.
    """
    spelled = [(_spelled(member, systems), member) for member in item.members]
    mapped = _mapped(store, {id_ for id_, member in spelled if member.mapped})
    found = dict.fromkeys(Item(id_, member.exact, member.excluded) for id_, member in spelled)
    more = (Item(one, True, member.excluded) for id_, member in spelled for one in mapped.get(id_, ()))
    return Concepts(tuple({**found, **dict.fromkeys(more)}), item.certain)


def _spelled(member: Member, systems: Systems) -> str:
    prefix = declared_prefix(member.system, systems) if member.system else None
    return f"{prefix}:{member.code.strip()}" if prefix else member.id


def _mapped(store: Store, ids: set[str]) -> dict[str, list[str]]:
    """For each of these concepts, the codes that accepted mappings state to be narrower or equal, in order."""
    found: dict[str, list[str]] = {}
    if not ids:
        return found
    names = _by_number(store, ids)
    wanted = pa.array(sorted({*ids, *names}))
    for piece in store.scan("MAPS_TO", ["source", "target", "predicate", "state"]):
        accepted = piece.filter(pc.equal(piece["state"], "accepted"))
        for broad, narrow, predicates in _WAYS:
            rows = accepted.filter(pc.is_in(accepted["predicate"], value_set=pa.array(predicates)))
            for row in rows.filter(pc.is_in(rows[broad], value_set=wanted)).to_pylist():
                found.setdefault(names.get(row[broad], row[broad]), []).append(row[narrow])
    return {id_: sorted(set(some)) for id_, some in found.items()}


def _not_loaded(store: Store, concepts: Concepts) -> list[str]:
    """The ids of items that no loaded terminology defines, and of value sets that are not stored."""
    ids = list(dict.fromkeys(item.id for item in concepts.items))
    plain = [id_ for id_ in ids if not id_.startswith(VALUE_SET)]
    rows = store.nodes("Concept", pa.array(plain, pa.string()), ["stub"])
    there = set(rows.filter(pc.invert(rows["stub"].fill_null(True)))["id"].to_pylist())
    there |= set(_by_number(store, set(plain) - there).values())
    return [id_ for id_ in plain if id_ not in there]


def _by_number(store: Store, ids: set[str]) -> dict[str, str]:
    """For each concept that is the concept_id of one of these ids (`omop:NUMBER`), that id."""
    numbers = {int(number): id_ for id_ in ids if (number := id_.removeprefix("omop:")) != id_ and number.isdigit()}
    if not numbers:
        return {}
    wanted = pa.array(sorted(numbers), pa.int64())
    pieces = (
        piece.filter(pc.is_in(piece["omop"], value_set=wanted)) for piece in store.scan("Concept", ["id", "omop"])
    )
    return {row["id"]: numbers[row["omop"]] for piece in pieces for row in piece.to_pylist()}
