"""graph: the texts of records that a search looks in, by the part of the record that they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from graph.snapshot.records import Records

TITLE, KEYWORD, BODY, ELIGIBILITY = PARTS = range(4)
"""Parts of a record, in the order in which a hit in them counts."""
COLUMNS = {
    "title": TITLE,
    "code": KEYWORD,
    "summary": BODY,
    "abstract": BODY,
    "description": BODY,
    "outcome_measures": BODY,
    "eligibility": ELIGIBILITY,
}
KEYWORDS = (
    "condition",
    "condition_browse",
    "intervention",
    "intervention_browse",
    "keyword",
    "subject",
    "theme",
    "code",
    "heading",
)
"""The lists of a record. Their entries are kept only as the texts of what the record is about."""


class RecordText(NamedTuple):
    """`field` is named as in an about: `title`, `description@nl`, `keyword`, or the id of a learning outcome."""

    part: int
    field: str
    text: str


def columns_of(table: pa.Table) -> list[str]:
    """The columns of a table of records that hold what is searched."""
    return [name for name in (*COLUMNS, "texts") if name in table.column_names]


def texts_of(records: Records, rows: Sequence[int]) -> list[list[RecordText]]:
    """The texts of each of these records, the titles first; empty ones are left out."""
    table = records.table.select(columns_of(records.table)).take(pa.array(rows, pa.int64()))
    listed = _keywords(records, rows)
    found = []
    for record, keywords in zip(table.to_pylist(), listed, strict=True):
        texts = [RecordText(part, name, record.get(name) or "") for name, part in COLUMNS.items()]
        texts += [RecordText(KEYWORD, field, text) for field, text in keywords]
        texts += [
            RecordText(_part(name), name, text) for name, text in orjson.loads(record.get("texts") or "{}").items()
        ]
        found.append(sorted((one for one in texts if one.text), key=lambda one: one.part))
    return found


def _part(field: str) -> int:
    """Of a text in `texts`: `title@nl` is a title, all else is a description of the record."""
    return COLUMNS.get(field.partition("@")[0], BODY)


def _keywords(records: Records, rows: Sequence[int]) -> list[list[tuple[str, str]]]:
    """Field and text of the entries of each record's lists, each once."""
    sizes = [len(records.abouts_of[row]) for row in rows]
    if not any(sizes):
        return [[] for _ in rows]
    said = records.abouts.select(["field", "text"]).take(pa.array(records.abouts_of.gather(np.array(rows, np.int64))))
    pairs = list(zip(said["field"].to_pylist(), said["text"].to_pylist(), strict=True))
    ends = np.cumsum([0, *sizes]).tolist()
    lists = (pairs[start:end] for start, end in pairwise(ends))
    return [list(dict.fromkeys((field, text) for field, text in some if field in KEYWORDS and text)) for some in lists]
