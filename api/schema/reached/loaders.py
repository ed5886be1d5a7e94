"""api: reads pages of records in the reach of concepts. Reasons are read only if the query asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import strawberry
from pyroaring import BitMap

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
    chosen,
    cursor,
    grouped,
    hidden,
    pages,
    resolved,
    start_of,
)
from api.schema.concept.loaders import CONCEPT, records_about
from api.schema.path.loaders import ShownStep, shown_steps
from api.schema.record.fields import FIELDS, about
from api.schema.uncounted.notice import note_left_out
from graph.hierarchy import Level
from graph.paths import reasons


class FoundVia(NamedTuple):
    """The data of a Via."""

    concept: Node
    about: Node
    level: Level
    probability: float
    steps: list[ShownStep]


class Vias:
    """The reasons why the records on several pages are in the reach of a concept.

    Each page in `shown` belongs to the concept at the same position in `concepts`.
    """

    def __init__(
        self,
        context: Context,
        kind: str,
        level: Level,
        concepts: Sequence[int],
        shown: Sequence[Page],
        roles: Sequence[str],
    ) -> None:
        self._context, self._kind, self._level, self._roles = context, kind, level, roles
        self._concepts, self._pages = concepts, shown

    def note(self, page: int) -> None:
        """Adds the note `notCounted` to the answer if concepts with similar names have records outside the reach."""
        note_left_out(self._context, [self._concepts[page]], self._level, patients=False)

    @cached_property
    def of_page(self) -> list[list[FoundVia | None]]:
        context, kind, unknown = self._context, self._kind, hidden(self._context)
        shown = [[node.level.rows[node.place] for node in page.nodes] for page in self._pages]
        found = [
            reasons(context.snapshot, kind, records, concept, self._level, unknown, self._roles)
            for concept, records in zip(self._concepts, shown, strict=True)
        ]
        every = [one for some in found for one in some if one]
        concepts = grouped(context, CONCEPT, [[one.concept for one in every]])[0]
        abouts = grouped(context, about(kind), [[one.about for one in every]])[0]
        steps = shown_steps(context, [one.way.steps for one in every])
        columns = zip(concepts, abouts, every, steps, strict=True)
        vias = iter([FoundVia(node, row, one.level, one.way.probability, way) for node, row, one, way in columns])
        return [[next(vias) if one else None for one in some] for some in found]


class Place(NamedTuple):
    """The data of a ReachedEdge."""

    cursor: str
    node: Node
    vias: Vias | None
    page: int
    place: int

    @property
    def via(self) -> FoundVia | None:
        return None if self.vias is None else self.vias.of_page[self.page][self.place]


@dataclass(frozen=True)
class ReachedPage(Paged):
    """The data of a ReachedConnection. `vias` is None if the records were not selected by a concept."""

    vias: Vias | None = None
    number: int = 0

    @property
    def total_count(self) -> int:
        if self.vias is not None:
            self.vias.note(self.number)
        return self.page.total_count

    @property
    def edges(self) -> list[Place]:
        epoch, start = self.page.epoch, self.page.start
        return [
            Place(cursor(epoch, start + n), node, self.vias, self.number, n) for n, node in enumerate(self.page.nodes)
        ]


def reached_pages(
    context: Context,
    concepts: Sequence[int],
    kind: str,
    level: Level,
    roles: Sequence[str],
    first: int,
    start: int,
    wanted: BitMap | None = None,
) -> list[ReachedPage]:
    """For each concept, returns one page of the records of a kind that are about a concept in its reach, in one of
    these roles.

    If `wanted` is not None, only records in `wanted` are listed.
    """
    found = records_about(kind, level, roles)(context, concepts)
    found = found if wanted is None else [some & wanted for some in found]
    shown = pages(context, FIELDS[kind], found, first, start)
    vias = Vias(context, kind, level, concepts, shown, roles)
    return [ReachedPage(page, vias, number) for number, page in enumerate(shown)]


def reached_field(kind: str, description: str) -> Any:
    """Returns the field of a concept that lists the records of `kind` about a concept in its reach."""

    def resolve(
        root: strawberry.Parent[Any],
        level: AtLevel = Certainty.LIKELY,
        roles: InRoles = DEFAULT,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        start, named = start_of(root.context.snapshot.epoch, first, after), chosen(roles)

        def shown(context: Context, own: Sequence[int]) -> Any:
            return reached_pages(context, own, kind, level.level, named, first, start)

        return root.once((kind, level, named, first, start), shown)

    return resolved(resolve, description)
