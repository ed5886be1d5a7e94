"""api: reads pages of experts on concepts. The records of an expert are read only if the query asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import strawberry

from api.fields import (
    DEFAULT,
    FIRST,
    After,
    AtLevel,
    Certainty,
    Context,
    First,
    InRoles,
    Node,
    Page,
    Paged,
    Place,
    chosen,
    grouped,
    resolved,
    start_of,
)
from api.schema.concept.loaders import records_about
from api.schema.record.fields import FIELDS, of_kinds
from api.schema.uncounted.notice import note_left_out
from graph.hierarchy import Level
from graph.paths import NAMED, Found, experts, records_of


class Records:
    """The records in the reach of a concept. For each person on a page, also the records that name the person."""

    def __init__(self, context: Context, concept: int, level: Level, records: Found, people: Sequence[int]) -> None:
        self.context, self._concept, self._level = context, concept, level
        self._records, self._people = records, people
        self._pages: dict[tuple[int, int], list[Page]] = {}

    def note(self) -> None:
        """Adds the note `notCounted` to the answer if concepts with similar names have records outside the reach."""
        note_left_out(self.context, [self._concept], self._level, patients=False)

    def pages(self, first: int, start: int) -> list[Page]:
        """Returns one page of records for each person. Records of one kind are read together."""
        if (first, start) not in self._pages:
            self._pages[first, start] = self._read(first, start)
        return self._pages[first, start]

    def _read(self, first: int, start: int) -> list[Page]:
        context = self.context
        every = [records_of(context.snapshot, person, self._records) for person in self._people]
        shown = [some[start : start + first] for some in every]
        read = iter(of_kinds(context, [one for some in shown for one in some]))
        made: list[list[Any]] = [[next(read) for _ in some] for some in shown]
        epoch = context.snapshot.epoch
        return [Page(some, start, len(whole), epoch) for some, whole in zip(made, every, strict=True)]


class FoundExpert(NamedTuple):
    """The data of an Expert."""

    person: Node
    score: int
    records: Records
    place: int


@dataclass(frozen=True)
class ExpertPage(Paged):
    """The data of a page of experts."""

    records: Records = field(kw_only=True)

    @property
    def total_count(self) -> int:
        self.records.note()
        return self.page.total_count

    @property
    def edges(self) -> list[Place]:
        return self.page.edges


def _expert_pages(
    context: Context, concepts: Sequence[int], level: Level, roles: Sequence[str], first: int, start: int
) -> list[ExpertPage]:
    by_kind = {kind: records_about(kind, level, roles)(context, concepts) for kind in NAMED}
    records = [{kind: some[at] for kind, some in by_kind.items()} for at in range(len(concepts))]
    found = [experts(context.snapshot, some) for some in records]
    shown = [people[start : start + first].tolist() for people, _ in found]
    made = []
    for at, people in enumerate(grouped(context, FIELDS["Person"], shown)):
        whole, counts = found[at]
        reason = Records(context, concepts[at], level, records[at], shown[at])
        scores = counts[start : start + first].tolist()
        of_page: Any = [FoundExpert(person, scores[n], reason, n) for n, person in enumerate(people)]
        made.append(ExpertPage(Page(of_page, start, len(whole), context.snapshot.epoch), records=reason))
    return made


def _experts(
    root: strawberry.Parent[Any],
    level: AtLevel = Certainty.LIKELY,
    roles: InRoles = DEFAULT,
    first: First = FIRST,
    after: After = None,
) -> Any:
    start, named = start_of(root.context.snapshot.epoch, first, after), chosen(roles)

    def shown(context: Context, own: Sequence[int]) -> Any:
        return _expert_pages(context, own, level.level, named, first, start)

    return root.once(("experts", level, named, first, start), shown)


def _through(root: strawberry.Parent[Any], first: First = FIRST, after: After = None) -> Any:
    start = start_of(root.records.context.snapshot.epoch, first, after)
    return root.records.pages(first, start)[root.place]


experts_field: Any = resolved(
    _experts,
    "Persons who wrote, created, investigate or teach records about a concept in the reach of this concept. Persons "
    "with the most records come first. Persons with equally many records are sorted by id.",
)
through_field: Any = resolved(
    _through, "The records counted in `score`, sorted by kind and then by id: `clinicaltrials:NCT00000620`."
)
