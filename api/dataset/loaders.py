"""api: columns about data sets; a data set is its number in a snapshot."""

from __future__ import annotations

from api.study.loaders import record_field, texts

_DATASET = (
    *("id", "title", "description", "kind", "version", "language"),
    *("issued", "modified", "licence", "landing_page", "doi", "authors"),
)

DATASET = {name: record_field("Dataset", name) for name in _DATASET} | {"texts": texts("Dataset")}
