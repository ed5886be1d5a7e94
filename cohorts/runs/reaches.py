"""cohorts: lists the releases, value sets, saved cohorts and reaches of concepts on which an answer depends."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import pyarrow as pa
from pyroaring import BitMap

from cohorts.model import Definition
from cohorts.parts import parts_of
from cohorts.saved import cohorts_in, stored
from graph import value_sets
from graph.snapshot import Snapshot
from graph.value_sets import Concepts, Item

Reach = dict[str, tuple[int, str]]


def used(snapshot: Snapshot, definition: Definition) -> tuple[dict[str, str], Reach]:
    """The versions of the loaded releases, and of the value sets and saved cohorts of a definition, by id.

    Also returns the size and the hash of the reach of each concept that the definition, a value set or a saved cohort
    names. Codes that occur only in patient records are left out of a reach.
    """
    answered = {row["id"]: row["version"] or "" for row in snapshot.tables["Release"].to_pylist()}
    reach: Reach = {}
    for concepts in _sets(snapshot, definition, answered, set()):
        for item in concepts.items:
            reach[_key(item, concepts)] = _reach(snapshot, item, concepts)
    return answered, reach


def _sets(
    snapshot: Snapshot, part: Definition | Concepts, answered: dict[str, str], seen: set[str]
) -> Iterator[Concepts]:
    """All sets of concepts in a definition, in its value sets and in its saved cohorts. Adds versions to `answered`."""
    for concepts in parts_of(part, Concepts):
        yield concepts
        for id_ in (item.id for item in concepts.items if item.is_value_set and item.id not in seen):
            seen.add(id_)
            row = value_sets.value_set(snapshot, id_)
            answered[id_] = snapshot.tables["ValueSet"]["version"][row].as_py()
            yield from _sets(snapshot, value_sets.definition(snapshot, id_).plain(), answered, seen)
    for id_ in set(cohorts_in(part)) - seen:
        seen.add(id_)
        saved = stored(snapshot, id_)
        answered[id_] = str(saved.version)
        yield from _sets(snapshot, saved.definition, answered, seen)


def _key(item: Item, concepts: Concepts) -> str:
    how = "exact" if item.exact and not item.is_value_set else "certain" if concepts.certain else ""
    return f"{item.id} {how}".rstrip()


def _reach(snapshot: Snapshot, item: Item, concepts: Concepts) -> tuple[int, str]:
    alone = Concepts((Item(item.id, item.exact),), concepts.certain)
    found: BitMap = value_sets.members(snapshot, alone).found - snapshot.private
    ids = snapshot.concepts["id"].take(pa.array(found.to_array(), pa.int64())).to_pylist()
    return len(ids), blake2b("\n".join(ids).encode(), digest_size=8).hexdigest()
