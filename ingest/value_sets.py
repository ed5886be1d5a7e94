"""ingest: prepares value sets for storage: adds mapped codes, decides on the version, and notes what is not loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import ValueSet as StoredSet
from graph.store import NODES, Store
from graph.value_sets import VALUE_SET, Definition, Item, whole_match
from graph.value_sets import Part as StoredPart
from ingest.rows import Rows
from ingest.site_names import Noted
from ingest.systems import Systems, declared_prefix
from ontologies.curies import prefix_of
from ontologies.formats import fhir_value_sets, omop_concept_sets, value_sets
from ontologies.model import Item as Statement
from ontologies.model import Member, Part, Refused, ValueSet

VALUE_SETS = "value sets"
FORMATS = (value_sets.FORMAT, fhir_value_sets.FORMAT, omop_concept_sets.FORMAT)
_SHOWN = 5
_WAYS = (
    ("target", "source", ("skos:exactMatch", "skos:broadMatch")),
    ("source", "target", ("skos:exactMatch", "skos:narrowMatch")),
)
"""Shows which end of a mapping has the broader concept. Each item has two ends of a mapping, and a list of predicates.

If a mapping has one of these predicates, its concept at the first end is equal to or broader than the other concept.
"""
_NOT_LOADED = "{} of {} are not loaded: load their terminology, such as that of {}"
_BAD_PATTERN = "the regular expression {!r} is not in the syntax of RE2: correct it, or list the codes"
_OTHER = "version {} of {} is stored with other items: give the new items a new version"


class Settled(NamedTuple):
    """A value set in the form in which it is stored. `rows` are the rows to write to the table ValueSet: the current
    version, and, if it replaces another version, that version under its new id.

    `rows` is empty if nothing changed. `how` is `added`, `changed` or `unchanged`.
    """

    rows: tuple[tuple[Any, ...], ...]
    how: str


def settled(store: Store, items: Iterable[Statement], systems: Systems, job: str) -> Iterator[Any]:
    """Yields `items`, the items of a file in one of FORMATS, with a Settled in place of each value set.

    If concepts of a value set are not loaded, a Noted that lists these concepts comes before the Settled.
    """
    versions = _Versions(store, job)
    for item in items:
        if not isinstance(item, ValueSet):
            yield item
            continue
        concepts = _concepts(store, item, systems)
        if wrong := _bad_pattern(concepts):
            yield Refused(item.position, wrong)
            continue
        every = concepts.plain().items
        whole = {part.system for part in concepts.parts if part.system}
        if left_out := [*_not_loaded(store, every), *_not_loaded_systems(store, whole)]:
            shown = ", ".join(left_out[:_SHOWN])
            count = f"the {len(every) + len(whole):,} items"
            yield Noted(item.position, _NOT_LOADED.format(len(left_out), count, shown))
        yield versions.add(item, concepts)


def add(rows: Rows, item: Settled) -> None:
    """Adds to `rows` the rows of a value set that must be written."""
    for row in item.rows:
        rows.node("ValueSet", *row)


class _Versions:
    """The versions of value sets: those of the store, and those that a file adds, which the store does not have yet."""

    def __init__(self, store: Store, job: str) -> None:
        self._store, self._job = store, job
        self._new: dict[str, StoredSet] = {}

    def add(self, item: ValueSet, concepts: Definition) -> Settled | Refused:
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
        """Returns a version for a value set that is stored with the version `version` and whose source states none.

        A number at the end of `version` is increased by 1. Without such a number, `.1` is added.
        """
        start, dot, number = version.rpartition(".")
        counts = number.isascii() and number.isdigit() and len(number) < 9
        after = f"{start}{dot}{int(number) + 1}" if counts else f"{version}.1"
        return self._next(id_, after) if self._of(f"{id_}|{after}") else after


def _concepts(store: Store, item: ValueSet, systems: Systems) -> Definition:
    """Returns the definition of the value set `item` in the form in which it is stored.

    Codes of declared systems get the declared prefix. Codes that are mapped to concepts of the set are added as items.
    """
    spelled = [(_spelled(member, systems), member) for member in item.members]
    mapped = _mapped(store, {id_ for id_, member in spelled if member.mapped})
    found = dict.fromkeys(Item(id_, member.exact, member.excluded) for id_, member in spelled)
    more = (Item(one, True, member.excluded) for id_, member in spelled for one in mapped.get(id_, ()))
    parts = tuple(_part(part, systems) for part in item.parts)
    return Definition(tuple({**found, **dict.fromkeys(more)}), item.certain, parts)


def _part(part: Part, systems: Systems) -> StoredPart:
    def items(members: Iterable[Member]) -> tuple[Item, ...]:
        return tuple(Item(_spelled(member, systems), member.exact) for member in members)

    return StoredPart(
        system=(declared_prefix(part.system, systems) or prefix_of(part.system)) if part.system else "",
        all_of=tuple(map(items, part.all_of)),
        none_of=items(part.none_of),
        child_of=tuple(_spelled(member, systems) for member in part.child_of),
        matches=part.matches,
        obsolete=part.obsolete,
        excluded=part.excluded,
    )


def _bad_pattern(concepts: Definition) -> str:
    """Returns an error message if a regular expression of a value set is not valid, otherwise an empty text."""
    for pattern in (pattern for part in concepts.parts for pattern in part.matches):
        try:
            # A pattern such as `a)|(b` is not valid alone, but is valid within the parentheses of `whole_match`.
            for one in (pattern, whole_match(pattern)):
                pc.match_substring_regex(pa.array([""]), one)
        except pa.ArrowInvalid:
            return _BAD_PATTERN.format(pattern[:100])
    return ""


def _spelled(member: Member, systems: Systems) -> str:
    prefix = declared_prefix(member.system, systems) if member.system else None
    return f"{prefix}:{member.code.strip()}" if prefix else member.id


def _mapped(store: Store, ids: set[str]) -> dict[str, list[str]]:
    """Returns, for each concept in `ids`, the codes that an accepted mapping states to be equal or narrower, sorted."""
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


def _not_loaded(store: Store, items: Iterable[Item]) -> list[str]:
    """Returns the ids of those `items` of a value set that no loaded terminology defines."""
    ids = list(dict.fromkeys(item.id for item in items))
    plain = [id_ for id_ in ids if not id_.startswith(VALUE_SET)]
    rows = store.nodes("Concept", pa.array(plain, pa.string()), ["stub"])
    there = set(rows.filter(pc.invert(rows["stub"].fill_null(True)))["id"].to_pylist())
    there |= set(_by_number(store, set(plain) - there).values())
    return [id_ for id_ in plain if id_ not in there]


def _not_loaded_systems(store: Store, prefixes: set[str]) -> list[str]:
    """Returns those of `prefixes` with which no loaded terminology defines a concept, as `loinc:*`."""
    missing = set(prefixes)
    for piece in store.scan("Concept", ["ontology", "stub"]) if missing else ():
        missing -= set(piece.filter(pc.invert(piece["stub"].fill_null(True)))["ontology"].unique().to_pylist())
    return [f"{prefix}:*" for prefix in sorted(missing)]


def _by_number(store: Store, ids: set[str]) -> dict[str, str]:
    """Returns the loaded concepts that `ids` names by their OMOP concept_id (`omop:NUMBER`): the CURIE of each concept,
    with its id in `ids`.
    """
    numbers = {int(number): id_ for id_ in ids if (number := id_.removeprefix("omop:")) != id_ and number.isdigit()}
    if not numbers:
        return {}
    wanted = pa.array(sorted(numbers), pa.int64())
    pieces = (
        piece.filter(pc.is_in(piece["omop"], value_set=wanted)) for piece in store.scan("Concept", ["id", "omop"])
    )
    return {row["id"]: numbers[row["omop"]] for piece in pieces for row in piece.to_pylist()}
