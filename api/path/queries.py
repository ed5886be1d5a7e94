"""api: how two things are connected."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import strawberry

from api.context import Context, resolved
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
    method: str | None
    score: float | None
    text: str | None


def _end(context: Context, id_: str) -> Thing:
    found = thing(context.snapshot, id_)
    if found is None:
        raise NotFound("concept, study, publication, data set or course", id_)
    return found


From = Annotated[strawberry.ID, strawberry.argument(name="from", description="Where it begins: `MONDO:0005148`.")]
To = Annotated[strawberry.ID, strawberry.argument(description="Where it ends: `clinicaltrials:NCT00000620`.")]


def _path(info: strawberry.Info[Context], from_: From, to: To) -> Way | None:
    start, end = _end(info.context, from_), _end(info.context, to)
    steps = shortest_path(info.context.snapshot, start, end)
    if steps is None:
        return None
    named = shown(info.context, list({end, *(step.source for step in steps)}))
    return Way([WayStep(named[step.source], step.relation, named[step.target], *step[3:]) for step in steps])


@strawberry.type
class PathQuery:
    path: Path | None = resolved(
        _path,
        "One of the shortest ways between two things along hierarchy, relations, accepted mappings and what records "
        "are about; null where there is none.",
    )
