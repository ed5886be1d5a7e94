"""graph: every way to read a column gives the same values as Arrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import column_of

TEXTS = st.one_of(st.none(), st.text(max_size=5), st.sampled_from(('",', ",\n  ", '\\",\n  "', "null")))
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[list[Any]]]] = {
    "any text": (pa.string(), st.lists(TEXTS, min_size=1)),
    "many texts": (pa.string(), st.lists(TEXTS, min_size=1).map(lambda some: [*some, *map(str, range(150))])),
    "numbers": (pa.int64(), st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=1)),
    "fractions": (pa.float64(), st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1)),
    "flags": (pa.bool_(), st.lists(st.sampled_from((None, True, False)), min_size=1)),
    "lists": (pa.list_(pa.string()), st.lists(st.lists(st.text(max_size=3)), min_size=1)),
}


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
@settings(deadline=None, max_examples=50)
def test_rows_equal_the_values_of_the_column(name: str, data: st.DataObject) -> None:
    kind, values = COLUMNS[name]
    held: list[Any] = data.draw(values)
    rows = data.draw(st.lists(st.integers(0, len(held) - 1)))
    cut = data.draw(st.integers(0, len(held)))
    whole = pa.chunked_array([pa.array(held, kind)])
    parts = pa.chunked_array([pa.array(held[:cut], kind), pa.array(held[cut:], kind)])
    sliced = pa.chunked_array([pa.array([*held[:1], *held], kind)[1:]])
    for column in (whole, parts, sliced):
        texts = column_of(column, empty=False).texts
        if texts is not None:
            assert texts(rows) == [orjson.dumps(held[row] or None) for row in rows]
        assert column_of(column).values(rows) == [held[row] for row in rows]
        assert column_of(column).values(np.array(rows, np.int32)) == [held[row] for row in rows]


def test_an_empty_column_has_no_rows() -> None:
    for kind in (pa.string(), pa.int64()):
        assert column_of(pa.chunked_array([], kind)).values([]) == []
