"""api: how two things are connected."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import strawberry

from api.errors import NotFound
from api.fields import Context, hidden, resolved
from api.schema.path.loaders import ShownStep, shown_steps
from api.schema.path.types import Path
from graph.paths import Thing, shortest_path, thing


class Way(NamedTuple):
    """What a Path is made from."""

    steps: list[ShownStep]


def _end(context: Context, id_: str) -> Thing:
    found = thing(context.snapshot, id_, hidden(context))
    if found is None:
        raise NotFound("concept, study, publication, data set or course", id_)
    return found


From = Annotated[strawberry.ID, strawberry.argument(name="from", description="Where it begins: `MONDO:0005148`.")]
To = Annotated[strawberry.ID, strawberry.argument(description="Where it ends: `clinicaltrials:NCT00000620`.")]


def _path(info: strawberry.Info[Context], from_: From, to: To) -> Way | None:
    start, end = _end(info.context, from_), _end(info.context, to)
    steps = shortest_path(info.context.snapshot, start, end, hidden(info.context))
    if steps is None:
        return None
    return Way(shown_steps(info.context, [steps])[0])


@strawberry.type
class PathQuery:
    path: Path | None = resolved(
        _path,
        "One of the shortest ways between two things along hierarchy, relations, accepted mappings, pairs of one "
        "meaning, pairs of a narrower and a broader concept and what records are about; null if there is none.",
    )
