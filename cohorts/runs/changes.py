"""cohorts: explains why a run of a saved cohort has other numbers than an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from cohorts.engine import answer
from cohorts.model import Among
from cohorts.parts import parts_of
from cohorts.runs.runs import Number, Run
from cohorts.saved import COHORT, cohorts_in, stored
from graph.snapshot import Snapshot
from graph.value_sets import VALUE_SET, Item

T = TypeVar("T")

Versions = tuple[str | None, str | None]
"""The version before and the version after; None if there was none."""


class Changes(NamedTuple):
    """What differs between two runs.

    `steps` has pairs of numbers, before and after, one pair for each part of the definition. A number is None if that
    definition has no such part. `between` is the number of patients that the current data give for the earlier
    definition, with its earlier value sets and saved cohorts. None if those did not change, or if the number is not
    known. `jobs` are rows of the table Job. The keys of `answered` and `reach` are ids.
    """

    same_patients: bool
    versions: tuple[int, int]
    between: int | None
    epochs: tuple[int, int]
    jobs: list[dict[str, Any]]
    steps: list[tuple[Number | None, Number | None]]
    answered: dict[str, Versions]
    reach: dict[str, tuple[int, int]]

    @property
    def none(self) -> bool:
        return self.same_patients and self.versions[0] == self.versions[1] and not (self.answered or self.reach)


def changes(snapshot: Snapshot, before: Run, after: Run) -> Changes:
    """What differs between two runs of a cohort. `after` is an answer from this snapshot.

    If only one of the two definitions has a concept, it is not in `reach`, because this is a change of the definition.
    """
    versions, differing = (before.version, after.version), _differing(before.answered, after.answered)
    return Changes(
        before.digest == after.digest,
        versions,
        _between(snapshot, before, differing, versions),
        (before.epoch, after.epoch),
        [row for row in snapshot.tables["Job"].to_pylist() if (row["sequence"] or 0) > before.job],
        _steps(before.steps, after.steps),
        differing,
        {
            id_: (size, after.reach[id_][0])
            for id_, (size, hash_) in before.reach.items()
            if id_ in after.reach and after.reach[id_][1] != hash_
        },
    )


def _between(snapshot: Snapshot, before: Run, differing: dict[str, Versions], versions: tuple[int, int]) -> int | None:
    """The number of patients that the current data give for the definition, value sets and saved cohorts of the earlier
    run.

    None if these did not change. Also None if a changed value set or cohort is not used by the definition itself, but
    by another set or cohort.
    """
    changed = {id_: old for id_, (old, new) in differing.items() if old and new and id_.startswith((VALUE_SET, COHORT))}
    saved = stored(snapshot, f"{before.cohort}|{before.version}").definition
    used = {item.id for item in parts_of(saved, Item)}.union(cohorts_in(saved))
    if (not changed and versions[0] == versions[1]) or not changed.keys() <= used:
        return None
    return len(answer(snapshot, pinned(saved, changed)).patients)


def pinned(part: T, versions: Mapping[str, str]) -> T:
    """A definition that uses these versions of its value sets and saved cohorts, by id."""
    found: Any = part
    if isinstance(part, Item) and part.id in versions:
        found = replace(part, id=f"{part.id}|{versions[part.id]}")
    elif isinstance(part, Among):
        found = replace(
            part, cohorts=tuple(f"{id_}|{versions[id_]}" if id_ in versions else id_ for id_ in part.cohorts)
        )
    elif isinstance(part, tuple):
        found = tuple(pinned(one, versions) for one in part)
    elif isinstance(part, msgspec.Struct):
        found = type(part)(**{name: pinned(getattr(part, name), versions) for name in part.__struct_fields__})
    return found  # type: ignore[no-any-return]


def _steps(before: list[Number], after: list[Number]) -> list[tuple[Number | None, Number | None]]:
    """The steps of the later run in order. Steps that only the earlier run has come before them.

    If a rule changed, it is recognised by its name.
    """
    known = {one.key: one for one in before}
    pairs = [(known.pop(one.key, None), one) for one in after]
    named = {one.name: one for one in known.values()}
    pairs = [(one or named.pop(other.name, None), other) for one, other in pairs]
    gone = {id(one) for one in known.values()} - {id(one) for one, _ in pairs}
    return [*((one, None) for one in before if id(one) in gone), *pairs]


def _differing(before: dict[str, str], after: dict[str, str]) -> dict[str, Versions]:
    """The releases, value sets and saved cohorts with another version than before, by id."""
    ids = [*after, *(id_ for id_ in before if id_ not in after)]
    return {id_: (before.get(id_), after.get(id_)) for id_ in ids if before.get(id_) != after.get(id_)}
