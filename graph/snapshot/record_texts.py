"""graph: reads the searched texts of each record."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from graph.kinds import TEXTS, Kind, Part
from graph.snapshot.records import Records


class RecordText(NamedTuple):
    """A text of a record. `field` is `title`, `description@nl`, `keyword` or the id of an outcome, for example."""

    part: Part
    field: str
    text: str


def columns_of(kind: Kind) -> list[str]:
    """Returns the searched columns of a kind of records."""
    return [*kind.searched, *((TEXTS,) if kind.texts else ())]


def names_of(kind: Kind) -> list[str]:
    """Returns the fields of a kind that are lists of names. The names are stored only as the texts of annotations."""
    return [name for name, field in kind.grounded.items() if field.names]


def texts_of(records: Records, rows: Sequence[int]) -> list[list[RecordText]]:
    """Returns the texts of each record in `rows`, titles first. Empty texts are left out."""
    kind = records.kind
    table = records.table.select(columns_of(kind)).take(pa.array(rows, pa.int64()))
    listed = _keywords(records, rows)
    found = []
    for record, keywords in zip(table.to_pylist(), listed, strict=True):
        others = orjson.loads(record.get(TEXTS) or "{}").items()
        texts = [RecordText(part, name, record[name] or "") for name, part in kind.searched.items()]
        texts += [RecordText(Part.KEYWORD, field, text) for field, text in keywords]
        texts += [RecordText(_part(kind, name), name, text) for name, text in others]
        found.append(sorted((one for one in texts if one.text), key=lambda one: one.part))
    return found


def _part(kind: Kind, field: str) -> Part:
    """Returns the part to which a text in the column TEXTS belongs.

    A translation belongs to the part of the translated column (`title@nl` is a title). Any other text belongs to BODY.
    """
    return kind.searched.get(field.partition("@")[0], Part.BODY)


def _keywords(records: Records, rows: Sequence[int]) -> list[list[tuple[str, str]]]:
    """Returns the distinct names in the lists of each record, as pairs of field and text."""
    sizes = [len(records.abouts_of[row]) for row in rows]
    if not any(sizes):
        return [[] for _ in rows]
    abouts = records.abouts.select(["field", "text"]).take(pa.array(records.abouts_of.gather(np.array(rows, np.int64))))
    names = names_of(records.kind)
    pairs = list(zip(abouts["field"].to_pylist(), abouts["text"].to_pylist(), strict=True))
    ends = np.cumsum([0, *sizes]).tolist()
    lists = (pairs[start:end] for start, end in pairwise(ends))
    return [list(dict.fromkeys((field, text) for field, text in some if field in names and text)) for some in lists]
