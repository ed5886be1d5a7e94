"""cohorts: stores, copies and tags cohort definitions.

Every function needs the current snapshot of the store, and returns the snapshot after the write. The other tables of
the store do not change, so the rest of the snapshot is not built again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from cohorts.canonical import definition_hash
from cohorts.encoding import encode
from cohorts.errors import NotAnswered, NotSaved
from cohorts.model import Definition
from cohorts.saved.stored import COHORT, Saved, cohorts_in, refuse_loop, stored, versions
from graph.kinds import Cohort
from graph.snapshot import Snapshot, carried_snapshot
from graph.store import NODES, Batch, Store

_NAME = re.compile(r"[\w.-]{1,100}")
_MOST_TAGS = 50


def save(
    store: Store, folder: Path, snapshot: Snapshot, name: str, definition: Definition, tags: Iterable[str] = ()
) -> tuple[Snapshot, Saved]:
    """Saves a definition. Adds a new version if the current version has another hash.

    `folder` is the state folder of the store. Raises NotSaved for an invalid name or tag. Raises NotAnswered if the
    definition uses an unknown cohort, or if the cohort uses itself.
    """
    before = _checked(snapshot, name)
    id_ = COHORT + name
    _refuse_references(snapshot, definition, (id_,))
    hash_, text = definition_hash(definition), encode(definition).decode()
    every = _tags({*tags, *(before.tags if before else ())})
    if before and (before.hash, before.text, before.tags) == (hash_, text, every):
        return snapshot, before
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if before and before.hash == hash_:
        rows = [before._replace(text=text, tags=every)]
    else:
        rows = [Saved(id_, before.version + 1 if before else 1, name, every, text, hash_, now)]
        rows += [before._replace(id=f"{id_}|{before.version}")] if before else []
    return _written(store, folder, snapshot, rows), rows[0]


def copy(store: Store, folder: Path, snapshot: Snapshot, name: str, new: str) -> tuple[Snapshot, Saved]:
    """Saves the current version of a cohort under a new name. Raises NotSaved and NotAnswered."""
    if _checked(snapshot, new):
        raise NotSaved(f"{COHORT}{new} exists already: choose another name")
    given = stored(snapshot, COHORT + name)
    return save(store, folder, snapshot, new, given.definition, given.tags)


def tag(
    store: Store, folder: Path, snapshot: Snapshot, name: str, added: Iterable[str], removed: Iterable[str]
) -> tuple[Snapshot, Saved]:
    """Adds and removes tags of the current version of a saved cohort. Raises NotSaved and NotAnswered."""
    before = stored(snapshot, COHORT + name)
    after = before._replace(tags=_tags({*before.tags, *added} - {*removed}))
    if after == before:
        return snapshot, before
    return _written(store, folder, snapshot, [after]), after


def _checked(snapshot: Snapshot, name: str) -> Saved | None:
    """The current version of the cohort with this name, or None. Raises NotSaved."""
    if not _NAME.fullmatch(name):
        raise NotSaved(f"{name[:100]!r} is not a valid cohort name: use letters, digits, dots, hyphens and underscores")
    return next(reversed(versions(snapshot, name)), None)


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    found = tuple(sorted(set(tags)))
    if wrong := [one for one in found if not _NAME.fullmatch(one)]:
        raise NotSaved(f"{wrong[0][:100]!r} is not a valid tag: use letters, digits, dots, hyphens and underscores")
    if len(found) > _MOST_TAGS:
        raise NotSaved(f"a cohort cannot have more than {_MOST_TAGS} tags: remove some")
    return found


def _refuse_references(snapshot: Snapshot, definition: Definition, above: tuple[str, ...]) -> None:
    """Raises NotAnswered if the definition uses an unknown saved cohort or one of `above`, also through other cohorts.

    A reference to a fixed version does not change when the cohort gets a new version.
    """
    for id_ in cohorts_in(definition):
        one = stored(snapshot, id_)
        own = id_ if "|" in id_ else one.id
        refuse_loop(own, above)
        _refuse_references(snapshot, one.definition, (*above, own))


def _written(store: Store, folder: Path, snapshot: Snapshot, rows: list[Saved]) -> Snapshot:
    found = [
        Cohort(one.id, one.version, one.name, " ".join(one.tags) or None, one.text, one.hash, one.created)._asdict()
        for one in rows
    ]
    return written(store, folder, snapshot, "Cohort", found)


def written(store: Store, folder: Path, snapshot: Snapshot, table: str, rows: list[dict[str, object]]) -> Snapshot:
    """Writes rows of a table, and returns the new snapshot. The store must not have changed since `snapshot`."""
    if store.epoch() != snapshot.epoch:
        raise NotAnswered("this question", "the store changed in the meantime; run the command again")
    store.write(Batch({table: pa.Table.from_pylist(rows, schema=NODES[table].arrow)}))
    return carried_snapshot(store, folder, snapshot, 1)
