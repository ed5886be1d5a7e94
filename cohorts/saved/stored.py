"""cohorts: reads saved cohorts from a snapshot, and finds the saved cohorts that a definition uses."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from cohorts.encoding import decode
from cohorts.errors import NotAnswered
from cohorts.model import Among, Definition
from cohorts.parts import parts_of
from graph.snapshot import Snapshot

COHORT = "cohort:"
MOST_LEVELS = 30
"""The maximum nesting depth of saved cohorts that use other saved cohorts."""


class Saved(NamedTuple):
    """A saved cohort.

    `id` is `cohort:NAME` for the current version, and `cohort:NAME|VERSION` for an earlier version.
    """

    id: str
    version: int
    name: str
    tags: tuple[str, ...]
    text: str
    hash: str
    created: str

    @property
    def definition(self) -> Definition:
        """The definition. Raises NotAnswered if it was stored by another release of Tricuspid and cannot be read."""
        try:
            return decode(self.text)
        except msgspec.DecodeError as wrong:
            raise NotAnswered(self.id, f"its stored definition cannot be read ({wrong}); save it again") from wrong


def stored(snapshot: Snapshot, id_: str) -> Saved:
    """A saved cohort by its id. Raises NotAnswered."""
    row = snapshot.derived(_rows).get(id_)
    if row is None:
        raise NotAnswered(id_[:200], "no such cohort or version is saved; tricuspid cohort list prints all names")
    return _saved(snapshot.tables["Cohort"].slice(row, 1).to_pylist()[0])


def current(snapshot: Snapshot) -> list[Saved]:
    """The current version of every saved cohort, sorted by id."""
    return [one for one in map(_saved, snapshot.tables["Cohort"].to_pylist()) if "|" not in one.id]


def versions(snapshot: Snapshot, name: str) -> list[Saved]:
    """All versions of a saved cohort, the oldest first."""
    every = map(_saved, snapshot.tables["Cohort"].to_pylist())
    return sorted((one for one in every if one.name == name), key=lambda one: one.version)


def _saved(row: dict[str, Any]) -> Saved:
    tags = tuple((row["tags"] or "").split())
    return Saved(row["id"], row["version"], row["name"], tags, row["definition"], row["hash"], row["created"])


def _rows(snapshot: Snapshot) -> dict[str, int]:
    """The row number of each version, by id. The current version has two ids: with and without its version number."""
    table = snapshot.tables["Cohort"]
    ids, numbers = (table[name].to_pylist() for name in ("id", "version"))
    found = {id_: row for row, id_ in enumerate(ids)}
    for row, (id_, version) in enumerate(zip(ids, numbers, strict=True)):
        found.setdefault(f"{id_}|{version}", row)
    return found


def cohorts_in(part: msgspec.Struct) -> list[str]:
    """The ids of the saved cohorts that a definition uses, each id once."""
    return list(dict.fromkeys(id_ for among in parts_of(part, Among) for id_ in among.cohorts))


def uses_pseudonyms(snapshot: Snapshot, definition: Definition) -> bool:
    """True if a definition, or a saved cohort that it uses, lists patients by their pseudonyms."""
    waiting, seen = [definition], set[str]()
    for one in waiting:
        if any(among.patients for among in parts_of(one, Among)):
            return True
        new = set(cohorts_in(one)) - seen
        seen |= new
        waiting += [stored(snapshot, id_).definition for id_ in new]
    return False


def refuse_loop(id_: str, above: tuple[str, ...]) -> None:
    """Raises NotAnswered if a saved cohort uses itself, or if there are too many levels of saved cohorts."""
    if id_ in above:
        raise NotAnswered(id_, f"it is a part of itself ({' > '.join([*above, id_])}); remove it from one of them")
    if len(above) >= MOST_LEVELS:
        raise NotAnswered(id_, f"it is more than {MOST_LEVELS} levels below {above[0]}; make the definitions flatter")
