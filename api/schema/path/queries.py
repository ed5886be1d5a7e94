"""api: the query for the shortest path between two concepts or records."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import strawberry

from api.fields import Context, hidden, resolved
from api.schema.path.loaders import ShownStep, shown_steps
from api.schema.path.types import Path
from graph.paths import shortest_path, thing


class Way(NamedTuple):
    """The data of a Path."""

    steps: list[ShownStep]


From = Annotated[
    strawberry.ID,
    strawberry.argument(
        name="from", description="Id of the concept or record at the start of the path: `MONDO:0005148`."
    ),
]
To = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="Id of the concept or record at the end of the path: `clinicaltrials:NCT00000620`."
    ),
]


def _path(info: strawberry.Info[Context], from_: From, to: To) -> Way | None:
    context = info.context
    start, end = (thing(context.snapshot, id_, hidden(context)) for id_ in (from_, to))
    if start is None or end is None:
        return None
    steps = shortest_path(context.snapshot, start, end, hidden(context))
    return None if steps is None else Way(shown_steps(context, [steps])[0])


@strawberry.type
class PathQuery:
    path: Path | None = resolved(
        _path,
        "One of the shortest paths between two concepts or records. A path uses hierarchies, "
        "relations, accepted mappings, pairs of concepts with the same meaning, pairs of a narrower"
        " and a broader concept, and annotations of records. Null if there is no path, or if one of"
        " the ids is unknown.",
    )
