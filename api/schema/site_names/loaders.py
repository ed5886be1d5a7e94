"""api: columns of site names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.fields import Column, Context, Stored, linked
from api.schema.concept.loaders import CONCEPT
from graph.snapshot import Snapshot


def _stored(name: str) -> Stored:
    return Stored(lambda snapshot: snapshot.site_names, name)


def _loaded(context: Context, rows: Sequence[int]) -> list[str | None]:
    """Returns the time at which the source of each name was loaded."""
    when = context.snapshot.loaded
    return [when.get(source) for source in _stored("release")(context, rows)]


def of_source(snapshot: Snapshot, source: str | None) -> list[int]:
    """Returns the row numbers of the site names from a source, in order; of all site names if `source` is None."""
    sources = snapshot.site_names["release"].to_pylist()
    return [row for row, own in enumerate(sources) if source is None or own == source]


_COLUMNS: dict[str, Column] = {name: _stored(name) for name in ("text", "language", "count")}
SITE_NAME: dict[str, Any] = _COLUMNS | {
    "concept": linked(_stored("concept"), CONCEPT),
    "source": _stored("release"),
    "loaded": _loaded,
}
