"""cohorts: explains why the numbers of two runs of a saved cohort differ."""

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
"""The versions of a release, value set or saved cohort: in the earlier run and in the later run.

None if the run did not use it.
"""


class Changes(NamedTuple):
    """What differs between two runs.

    `steps` has a pair of numbers for each part of the definition: of the earlier run and of the later run. A number is
    None if the definition of that run has no such part. `between` is the number of patients in the current data for the
    definition, value sets and saved cohorts of the earlier run. `between` is None if none of these changed, or if the
    number is not known. `jobs` are the rows of the table Job since the earlier run. The keys of `answered` and `reach`
    are ids.
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

    A concept that only one of the two definitions has is not in `reach`, because the definition itself was changed.
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
    """The number of patients in the current data for the definition, value sets and saved cohorts of the earlier run.

    None if none of these changed. Also None if the definition uses a changed value set or cohort only indirectly,
    through another value set or cohort.
    """
    changed = {id_: old for id_, (old, new) in differing.items() if old and new and id_.startswith((VALUE_SET, COHORT))}
    saved = stored(snapshot, f"{before.cohort}|{before.version}").definition
    used = {item.id for item in parts_of(saved, Item)}.union(cohorts_in(saved))
    if (not changed and versions[0] == versions[1]) or not changed.keys() <= used:
        return None
    return len(answer(snapshot, pinned(saved, changed)).patients)


def pinned(part: T, versions: Mapping[str, str]) -> T:
    """Returns the definition with references to the given versions of its value sets and saved cohorts.

    The keys of `versions` are ids.
    """
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
    """Pairs the steps of two runs: first the steps that only the earlier run has, then the steps of the later run.

    A rule that changed is matched with the earlier rule of the same name.
    """
    known = {one.key: one for one in before}
    pairs = [(known.pop(one.key, None), one) for one in after]
    named = {one.name: one for one in known.values()}
    pairs = [(one or named.pop(other.name, None), other) for one, other in pairs]
    gone = {id(one) for one in known.values()} - {id(one) for one, _ in pairs}
    return [*((one, None) for one in before if id(one) in gone), *pairs]


def _differing(before: dict[str, str], after: dict[str, str]) -> dict[str, Versions]:
    """The ids of releases, value sets and saved cohorts whose version changed, with both versions."""
    ids = [*after, *(id_ for id_ in before if id_ not in after)]
    return {id_: (before.get(id_), after.get(id_)) for id_ in ids if before.get(id_) != after.get(id_)}
