"""api: the criteria of a cohort that callers below EXACT may ask for, from the query `cohort` or from a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from api.schema.cohort.types import CohortCriteria


class Wanted(NamedTuple):
    """A concept, by an identifier, and the kind of its events; empty for all kinds."""

    id: str
    kind: str = ""


class Criteria(NamedTuple):
    """The criteria of a cohort. A patient must meet all criteria.

    The patient has an event on each concept in `all`, on at least one concept in `any`, and on no concept in `none`.
    The patient has the sex, was born from `born_from` to `born_to`, and has a record in each of `sources`. If
    `uncertain` is True, uncertain events count too; this is only for roles with exact numbers.
    """

    all: tuple[Wanted, ...] = ()
    any: tuple[Wanted, ...] = ()
    none: tuple[Wanted, ...] = ()
    sex: str | None = None
    born_from: int | None = None
    born_to: int | None = None
    uncertain: bool = False
    sources: tuple[str, ...] = ()


def criteria_of(given: CohortCriteria) -> Criteria:
    """Returns the criteria of the query `cohort`."""
    every, some, none = (tuple(Wanted(str(id_)) for id_ in ids or ()) for ids in (given.all, given.any, given.none))
    sex = None if given.sex is None else str(given.sex.value)
    return Criteria(every, some, none, sex, given.born_from, given.born_to, bool(given.uncertain))
