"""graph: sets of concepts by items: a concept alone or with all concepts in its reach, included or excluded.

An item may also be a stored value set, `valueset:NAME` or `valueset:NAME|VERSION`. The table ValueSet has their
definitions; an item without a version means the current version.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta
from pyroaring import BitMap

from graph.errors import GraphError
from graph.hierarchy import Level
from graph.snapshot import Snapshot

VALUE_SET = "valueset:"
_MOST_LEVELS, _LONGEST_ID = 100, 300
_WRONG: dict[str, dict[str, str]] = {
    "absent": {
        "en": "no such value set or version is stored: load it, or correct the id",
        "nl": "deze waardelijst of versie is niet opgeslagen: laad de lijst, of verbeter de id",
    },
    "unreadable": {
        "en": "its stored definition cannot be read ({reason}): load it again",
        "nl": "de opgeslagen definitie kan niet worden gelezen ({reason}): laad de lijst opnieuw",
    },
    "loop": {
        "en": "it is a part of itself ({path}): remove one of these items",
        "nl": "de lijst is een deel van zichzelf ({path}): verwijder een van deze onderdelen",
    },
    "deep": {
        "en": "it is more than {most} levels below {top}: make the sets flatter",
        "nl": "de lijst ligt meer dan {most} niveaus onder {top}: maak de lijsten vlakker",
    },
}


class BadValueSet(GraphError):
    """A value set that is not stored, or that is a part of itself. `id` is its id, `key` is one of _WRONG."""

    def __init__(self, id_: str, key: str, **details: Any) -> None:
        self.id, self._key, self._details = id_, key, details
        super().__init__(self.said("en"))

    def said(self, language: str) -> str:
        """The message in this language: `en` or `nl`."""
        shown = self.id if len(self.id) <= _LONGEST_ID else f"{self.id[:_LONGEST_ID]}…"
        return f"{shown}: {_WRONG[self._key][language].format(**self._details)}"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A concept by its CURIE, or a value set. `exact`: only the concept itself, not the other concepts in its reach.

    `excluded`: these concepts are removed from the set, even if other items include them. For value sets, `exact` is
    ignored.
    """

    id: Annotated[str, Meta(description="CURIE of the concept: `MONDO:0005148`.")]
    exact: Annotated[bool, Meta(description="True for the concept alone, without its reach: `true`.")] = False
    excluded: Annotated[bool, Meta(description="True if these concepts are removed from the set: `true`.")] = False

    @property
    def is_value_set(self) -> bool:
        return self.id.startswith(VALUE_SET)


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A set of concepts. `certain`: the reach uses only statements, not computed evidence (Level.CERTAIN)."""

    items: Annotated[tuple[Item, ...], Meta(description='The items of the set: `[{id: "MONDO:0005148"}]`.')]
    certain: Annotated[bool, Meta(description="True to use the reach at the level CERTAIN: `true`.")] = False

    @property
    def level(self) -> Level:
        return Level.CERTAIN if self.certain else Level.LIKELY


class Members(NamedTuple):
    """The numbers of the concepts in a set, and the CURIEs that the snapshot does not have."""

    found: BitMap
    unknown: list[str]


def members(snapshot: Snapshot, concepts: Concepts) -> Members:
    """The members of a set. Raises BadValueSet."""
    return snapshot.derived(_ValueSets).members(concepts, ())


def value_set(snapshot: Snapshot, id_: str) -> int:
    """The row of a value set in the table ValueSet. Raises BadValueSet."""
    return snapshot.derived(_ValueSets).row(id_)


def definition(snapshot: Snapshot, id_: str) -> Concepts:
    """The definition of a value set. Raises BadValueSet."""
    return snapshot.derived(_ValueSets).definition(id_)


class _ValueSets:
    """The value sets of a snapshot. The members of each value set are computed once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._table = snapshot, snapshot.tables["ValueSet"]
        ids, versions = (self._table[name].to_pylist() for name in ("id", "version"))
        self._rows = {id_: row for row, id_ in enumerate(ids)}
        for row, (id_, version) in enumerate(zip(ids, versions, strict=True)):
            self._rows.setdefault(f"{id_}|{version}", row)
        self._known: dict[int, Members] = {}

    def row(self, id_: str) -> int:
        if id_ not in self._rows:
            raise BadValueSet(id_, "absent")
        return self._rows[id_]

    def definition(self, id_: str) -> Concepts:
        try:
            return msgspec.json.decode(self._table["definition"][self.row(id_)].as_py(), type=Concepts)
        except msgspec.DecodeError as wrong:
            raise BadValueSet(id_, "unreadable", reason=wrong) from wrong

    def members(self, concepts: Concepts, above: tuple[str, ...]) -> Members:
        """`above` are the ids of the value sets that contain this set, the outermost first."""
        found, unknown = {False: BitMap(), True: BitMap()}, list[str]()
        for item in concepts.items:
            some, missing = self._of_set(item.id, above) if item.is_value_set else self._of_item(item, concepts.level)
            found[item.excluded] |= some
            unknown += missing
        return Members(found[False] - found[True], list(dict.fromkeys(unknown)))

    def _of_item(self, item: Item, level: Level) -> Members:
        numbers = self._snapshot.numbers(item.id)
        if item.exact:
            return Members(BitMap(numbers), [] if numbers else [item.id])
        reach = (self._snapshot.hierarchy.reach(concept, level) for concept in numbers)
        return Members(BitMap.union(BitMap(), *reach), [] if numbers else [item.id])

    def _of_set(self, id_: str, above: tuple[str, ...]) -> Members:
        row = self.row(id_)
        own = self._table["id"][row].as_py()
        if own in above:
            raise BadValueSet(own, "loop", path=" > ".join([*above, own]))
        if len(above) >= _MOST_LEVELS:
            raise BadValueSet(own, "deep", most=_MOST_LEVELS, top=above[0])
        if row not in self._known:
            self._known[row] = self.members(self.definition(own), (*above, own))
        return self._known[row]
