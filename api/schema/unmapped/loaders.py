"""api: columns of unmapped codes, and which of them a caller may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.disclosure import Group, Role
from api.fields import Context, Paged, Place, may_be_known, pages, told, weights
from graph.hierarchy import Level


class Others(NamedTuple):
    codes: int | None
    events: int | None


@dataclass(frozen=True)
class UnmappedPage(Paged):
    """A page of codes, and the counts of those that the caller may not see."""

    others: Others | None

    @property
    def edges(self) -> list[Place]:
        return self.page.edges


def unmapped_page(context: Context, system: str | None, first: int, start: int) -> UnmappedPage:
    """The codes, most events first, by the numbers that the caller gets: the order says no more than they do."""
    terminologies, every = context.snapshot.terminologies, range(context.snapshot.unmapped.table.num_rows)
    groups = dict(zip(every, _groups(context, every), strict=True))
    known = [row for row in every if may_be_known(context, groups[row])]
    hidden = sorted(set(every) - set(known))
    weight = dict(zip(known, weights(context, [groups[row] for row in known]), strict=True))
    if system is not None:
        wanted, systems = terminologies.prefix(system), _system(context, known)
        known = [row for row, own in zip(known, systems, strict=True) if (own or "").lower() == wanted]
    # Concepts stand in the order of their ids.
    known.sort(key=lambda row: (-weight[row], row))
    return UnmappedPage(
        pages(context, UNMAPPED, [known], first, start)[0], _others(context, hidden) if system is None else None
    )


def _groups(context: Context, rows: Sequence[int]) -> list[Group]:
    """The patients with each code, and how many events they have on it."""
    unmapped = context.snapshot.unmapped
    ids, events = _of_concept("id")(context, rows), context.snapshot.column(unmapped.table, "events", rows)
    told = zip(rows, ids, events, strict=True)
    return [Group(unmapped.together([row]), f"unmapped {id_}", number) for row, id_, number in told]


def _others(context: Context, rows: Sequence[int]) -> Others | None:
    """Of the codes that the caller may not know, all together; None where too few patients have them."""
    unmapped = context.snapshot.unmapped
    every = Group(unmapped.together(rows), "unmapped others")
    if not rows or not may_be_known(context, every):
        return None
    told_of = [len(rows), sum(unmapped.table["events"].take(rows).to_pylist())]
    read = {"field": "unmappedCodes.others", "concepts": []}
    numbers = told(context, read, Level.LIKELY, [every._replace(things=number) for number in told_of])
    return Others(*(number.count for number in numbers))


def _concept(context: Context, rows: Sequence[int]) -> list[int]:
    return context.snapshot.column(context.snapshot.unmapped.table, "concept", rows)


def _of_concept(name: str) -> Any:
    """A column of the concepts; an empty text is None."""
    return lambda context, rows: context.snapshot.column(
        context.snapshot.concepts, name, _concept(context, rows), empty=False
    )


_system = _of_concept("ontology")


def _events(context: Context, rows: Sequence[int]) -> list[int | None]:
    ids = _of_concept("id")(context, rows)
    groups = _groups(context, rows)
    numbers = told(context, {"field": "UnmappedCode.events", "concepts": ids}, Level.LIKELY, groups)
    return [number.count for number in numbers]


def _since(context: Context, rows: Sequence[int]) -> list[str | None]:
    name = "since" if context.role is Role.EXACT else "since_many"
    return context.snapshot.column(context.snapshot.unmapped.table, name, rows)


UNMAPPED: dict[str, Any] = {
    "id": _of_concept("id"),
    "system": _system,
    "label": _of_concept("label"),
    "events": _events,
    "since": _since,
}
