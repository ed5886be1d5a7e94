"""graph: finds the members of a set of concepts. A set has items, and each item is included or excluded.

An item is a concept alone, a concept with all concepts in its reach, or a stored value set (`valueset:NAME` or
`valueset:NAME|VERSION`). The table ValueSet has the definitions of stored value sets. An item without a version means
the current version.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta
from msgspec.structs import replace
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
        "en": "it is nested more than {most} levels below {top}: use fewer levels of value sets",
        "nl": "de lijst ligt meer dan {most} niveaus onder {top}: maak de lijsten vlakker",
    },
}


class BadValueSet(GraphError):
    """A value set cannot be used. `id` is the id of the value set. `key` is the key of the reason in _WRONG."""

    def __init__(self, id_: str, key: str, **details: Any) -> None:
        self.id, self._key, self._details = id_, key, details
        super().__init__(self.said("en"))

    def said(self, language: str) -> str:
        """Returns the message in a language: `en` or `nl`."""
        shown = self.id if len(self.id) <= _LONGEST_ID else f"{self.id[:_LONGEST_ID]}…"
        return f"{shown}: {_WRONG[self._key][language].format(**self._details)}"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An item of a set: a concept, given by its CURIE, or a value set.

    If `exact` is true, the item is the concept alone, without the other concepts in its reach. `exact` is ignored for
    value sets. If `excluded` is true, the concepts of the item are removed from the set, even if other items include
    these concepts.
    """

    id: Annotated[str, Meta(description="CURIE of the concept: `MONDO:0005148`.")]
    exact: Annotated[bool, Meta(description="True for the concept alone, without its reach: `true`.")] = False
    excluded: Annotated[bool, Meta(description="True to remove the concepts of the item from the set: `true`.")] = False

    @property
    def is_value_set(self) -> bool:
        return self.id.startswith(VALUE_SET)


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A set of concepts. If `certain` is true, the reach uses only statements and no computed evidence."""

    items: Annotated[tuple[Item, ...], Meta(description='The items of the set: `[{id: "MONDO:0005148"}]`.')]
    certain: Annotated[bool, Meta(description="True to use the reach at the level CERTAIN: `true`.")] = False

    @property
    def level(self) -> Level:
        return Level.CERTAIN if self.certain else Level.LIKELY


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The concepts that meet all of the following conditions, as in an `include` of a FHIR value set.

    system    a prefix; the concept has this prefix
    all_of    sets of items; the concept is in at least one item of each set
    none_of   items; the concept is in none of them
    child_of  ids of concepts; the concept is directly below each of them
    matches   regular expressions (RE2); the whole code of the concept matches each of them
    obsolete  True if the concept must be obsolete, False if it must not be obsolete, None for no condition

    If `excluded` is true, the concepts of the part are removed from the set.
    """

    system: str = ""
    all_of: tuple[tuple[Item, ...], ...] = ()
    none_of: tuple[Item, ...] = ()
    child_of: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    obsolete: bool | None = None
    excluded: bool = False


class Definition(Concepts, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The definition of a stored value set. The set has the concepts of its items and of its parts."""

    parts: tuple[Part, ...] = ()

    def plain(self) -> Concepts:
        """Returns the items of the set and of its parts as one set. An item is excluded if it only removes concepts."""
        found = list(self.items)
        for part in self.parts:
            excluded = [(item, part.excluded) for some in part.all_of for item in some]
            excluded += [(item, True) for item in part.none_of]
            excluded += [(Item(id_, exact=True), True) for id_ in part.child_of]
            found += (replace(item, excluded=flag) for item, flag in excluded)
        return Concepts(tuple(dict.fromkeys(found)), self.certain)


class Members(NamedTuple):
    """The numbers of the concepts in a set, and the CURIEs that the snapshot does not have."""

    found: BitMap
    unknown: list[str]


def whole_match(pattern: str) -> str:
    """Returns a regular expression (RE2) that matches a text if `pattern` matches the whole text."""
    return f"^(?:{pattern})$"


def members(snapshot: Snapshot, concepts: Concepts) -> Members:
    """Returns the members of a set of concepts. Raises BadValueSet if a value set in it cannot be used."""
    return snapshot.derived(_ValueSets).members(concepts, ())


def value_set(snapshot: Snapshot, id_: str) -> int:
    """The row of the value set `id_` in the table ValueSet. Raises BadValueSet if there is none."""
    return snapshot.derived(_ValueSets).row(id_)


def definition(snapshot: Snapshot, id_: str) -> Definition:
    """The definition of the value set `id_`. Raises BadValueSet if it is absent or cannot be read."""
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

    def definition(self, id_: str) -> Definition:
        try:
            return msgspec.json.decode(self._table["definition"][self.row(id_)].as_py(), type=Definition)
        except msgspec.DecodeError as wrong:
            raise BadValueSet(id_, "unreadable", reason=wrong) from wrong

    def members(self, concepts: Concepts, above: tuple[str, ...]) -> Members:
        """Returns the members of a set. `above` has the ids of the value sets around this set, outermost first."""
        found, unknown = {False: BitMap(), True: BitMap()}, list[str]()
        for item in concepts.items:
            some, missing = self._of_set(item.id, above) if item.is_value_set else self._of_item(item, concepts.level)
            found[item.excluded] |= some
            unknown += missing
        for part in concepts.parts if isinstance(concepts, Definition) else ():
            some, missing = self._of_part(part, concepts.level, above)
            found[part.excluded] |= some
            unknown += missing
        return Members(found[False] - found[True], list(dict.fromkeys(unknown)))

    def _of_part(self, part: Part, level: Level, above: tuple[str, ...]) -> Members:
        certain = level == Level.CERTAIN
        *wanted, without = (self.members(Concepts(items, certain), above) for items in (*part.all_of, part.none_of))
        parents = [Members(self._below(id_), [] if self._snapshot.numbers(id_) else [id_]) for id_ in part.child_of]
        sets = [one.found for one in (*wanted, *parents)]
        unknown = [id_ for one in (*wanted, without, *parents) for id_ in one.unknown]
        if part.system:
            own = self._of_system(part.system)
            sets += [own, *(self._matching(own, pattern, above) for pattern in part.matches)]
            unknown += [] if own else [f"{part.system}:*"]
        if part.obsolete is not None:
            sets.append(BitMap(np.flatnonzero(self._snapshot.deprecated == part.obsolete)))
        return Members(BitMap.intersection(*sets) - without.found if sets else BitMap(), unknown)

    def _below(self, id_: str) -> BitMap:
        """The concepts directly below the concept with the id `id_`."""
        return BitMap(self._snapshot.hierarchy.children.gather(BitMap(self._snapshot.numbers(id_))))

    def _of_system(self, prefix: str) -> BitMap:
        same = pc.equal(self._snapshot.concepts["ontology"], prefix)
        return BitMap(np.flatnonzero(np.asarray(same.fill_null(False))))

    def _matching(self, some: BitMap, pattern: str, above: tuple[str, ...]) -> BitMap:
        """Returns the concepts of `some` whose whole code matches the regular expression `pattern`."""
        numbers = np.asarray(some.to_array(), np.int64)
        ids = self._snapshot.concepts["id"].take(pa.array(numbers))
        try:
            codes = pc.replace_substring_regex(ids, "^[^:]*:", "", max_replacements=1)
            matched = np.asarray(pc.match_substring_regex(codes, whole_match(pattern)), bool)
        except pa.ArrowInvalid as wrong:
            raise BadValueSet(above[-1] if above else pattern, "unreadable", reason=wrong) from wrong
        return BitMap(numbers[matched])

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
