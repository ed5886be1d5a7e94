"""api: columns about publications; a publication is its number in a snapshot."""

from __future__ import annotations

from api.study.loaders import record_field, texts

_PUBLICATION = (
    *("id", "title", "abstract", "kind", "journal", "language"),
    *("published", "revised", "doi", "pmid", "authors"),
)

PUBLICATION = {name: record_field("Publication", name) for name in _PUBLICATION} | {"texts": texts("Publication")}
