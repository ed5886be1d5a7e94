"""api: how two things are connected."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import strawberry

from api.context import Context
from api.errors import NotFound
from api.path.loaders import Shown, shown
from api.path.types import Path
from graph.path import Thing, shortest_path, thing


class Way(NamedTuple):
    """What a Path is made from."""

    steps: list[WayStep]


class WayStep(NamedTuple):
    source: Shown
    relation: str
    target: Shown


def _end(context: Context, id_: str) -> Thing:
    found = thing(context.snapshot, id_)
    if found is None:
        raise NotFound("concept, study or course", id_)
    return found


@strawberry.type
class PathQuery:
    @strawberry.field(
        description="One of the shortest ways between two things along hierarchy, relations, accepted mappings and what "
        "records are about; null where there is none."
    )
    def path(
        self,
        info: strawberry.Info[Context],
        from_: Annotated[
            strawberry.ID, strawberry.argument(name="from", description="Where it begins: `MONDO:0005148`.")
        ],
        to: Annotated[strawberry.ID, strawberry.argument(description="Where it ends: `clinicaltrials:NCT00000620`.")],
    ) -> Path | None:
        start, end = _end(info.context, from_), _end(info.context, to)
        steps = shortest_path(info.context.snapshot, start, end)
        if steps is None:
            return None
        named = shown(info.context, list({end, *(step.source for step in steps)}))
        way: Any = Way([WayStep(named[step.source], step.relation, named[step.target]) for step in steps])
        return way
