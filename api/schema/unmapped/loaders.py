"""api: columns of unmapped codes, and the rules that decide which codes a caller is allowed to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.disclosure import UNCHANGED, Group
from api.fields import Context, Paged, Place, disclosed_counts, may_be_known, pages, weights
from graph.hierarchy import Level


class Others(NamedTuple):
    codes: int | None
    events: int | None


@dataclass(frozen=True)
class UnmappedPage(Paged):
    """A page of unmapped codes. `others` has the counts of codes that the caller may not see."""

    others: Others | None

    @property
    def edges(self) -> list[Place]:
        return self.page.edges


def unmapped_page(context: Context, system: str | None, first: int, start: int) -> UnmappedPage:
    """Returns a page of the unmapped codes of `system` (of all systems if None), those with the most events first.

    The codes are sorted by disclosed numbers, so the order discloses no more than the numbers do.
    """
    terminologies, every = context.snapshot.terminologies, range(context.snapshot.unmapped.table.num_rows)
    groups = dict(zip(every, _groups(context, every), strict=True))
    known = [row for row in every if may_be_known(context, groups[row])]
    hidden = sorted(set(every) - set(known))
    weight = dict(zip(known, weights(context, [groups[row] for row in known]), strict=True))
    if system is not None:
        wanted, systems = terminologies.prefix(system), _system(context, known)
        known = [row for row, own in zip(known, systems, strict=True) if (own or "").lower() == wanted]
    # Row numbers follow the order of the ids.
    known.sort(key=lambda row: (-weight[row], row))
    return UnmappedPage(
        pages(context, UNMAPPED, [known], first, start)[0], _others(context, hidden) if system is None else None
    )


def _groups(context: Context, rows: Sequence[int]) -> list[Group]:
    """Returns, for each code, the patients with the code and the number of their events with the code."""
    unmapped = context.snapshot.unmapped
    ids, events = _of_concept("id")(context, rows), context.snapshot.column(unmapped.table, "events", rows)
    columns = zip(rows, ids, events, strict=True)
    return [Group(unmapped.together([row]), f"unmapped {id_}", number) for row, id_, number in columns]


def _others(context: Context, rows: Sequence[int]) -> Others | None:
    """Returns the number of codes that the caller is not allowed to know, and the number of their events.

    Returns None if too few patients have such codes.
    """
    unmapped = context.snapshot.unmapped
    every = Group(unmapped.together(rows), "unmapped others")
    if not rows or not may_be_known(context, every):
        return None
    counts = [len(rows), sum(unmapped.table["events"].take(rows).to_pylist())]
    read = {"field": "unmappedCodes.others", "concepts": []}
    numbers = disclosed_counts(context, read, Level.LIKELY, [every._replace(things=number) for number in counts])
    return Others(*(number.count for number in numbers))


def _concept(context: Context, rows: Sequence[int]) -> list[int]:
    return context.snapshot.column(context.snapshot.unmapped.table, "concept", rows)


def _of_concept(name: str) -> Any:
    """Returns a column: for each unmapped code, the field `name` of its concept. An empty text is None."""
    return lambda context, rows: context.snapshot.column(
        context.snapshot.concepts, name, _concept(context, rows), empty=False
    )


_system = _of_concept("ontology")


def _events(context: Context, rows: Sequence[int]) -> list[int | None]:
    ids = _of_concept("id")(context, rows)
    groups = _groups(context, rows)
    numbers = disclosed_counts(context, {"field": "UnmappedCode.events", "concepts": ids}, Level.LIKELY, groups)
    return [number.count for number in numbers]


def _since(context: Context, rows: Sequence[int]) -> list[str | None]:
    name = "since" if context.role in UNCHANGED else "since_many"
    return context.snapshot.column(context.snapshot.unmapped.table, name, rows)


UNMAPPED: dict[str, Any] = {
    "id": _of_concept("id"),
    "system": _system,
    "label": _of_concept("label"),
    "events": _events,
    "since": _since,
}
