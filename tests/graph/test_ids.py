"""graph: sorted texts, ids and rows of different lengths, compared with plain Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from graph.columns import Csr, Texts, load_table, save_table
from graph.snapshot.records import Ids

some_texts = st.lists(st.text(max_size=5), max_size=12)


def by_bytes(texts: list[str]) -> list[str]:
    return sorted(texts, key=str.encode)


@given(some_texts, st.text(max_size=5), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_ids_are_found_at_their_row(texts: list[str], asked: str, skipped: int) -> None:
    """Also in a column that begins in the middle of its buffers."""
    own = by_bytes(list(set(texts)))[skipped:]
    column = pa.chunked_array([pa.array(["\0"] * skipped + own, pa.string())[skipped:]])
    ids = Ids(column)
    assert [ids[number] for number in range(len(ids))] == own
    assert [ids.find(text) for text in own] == list(range(len(own)))
    assert ids.find(asked) == (own.index(asked) if asked in own else None)


@given(some_texts, st.text(max_size=3), st.text(max_size=3))
@settings(max_examples=200, deadline=None)
def test_ranges_of_texts_follow_the_order_of_bytes(texts: list[str], first: str, past: str) -> None:
    order = np.array(sorted(range(len(texts)), key=lambda place: texts[place].encode()), np.int32)
    own, made = by_bytes(texts), Texts(pa.array(texts, pa.string()), order)
    low, high = made.between(first, past)
    assert own[low:high] == [text for text in own if first.encode() <= text.encode() < past.encode()]
    assert len(made.find(first)) == texts.count(first)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "A:1\0", "x" * 1_000_000, "‮A:1"])
def test_an_invalid_id_is_not_found(text: str) -> None:
    for column in (pa.chunked_array([["A:1", "A:2"]]), pa.chunked_array([], pa.string())):
        assert Ids(column).find(text) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=20), st.lists(st.integers(0, 5), max_size=8))
@settings(max_examples=200, deadline=None)
def test_pairs_are_grouped_into_rows(pairs: list[tuple[int, int]], asked: list[int]) -> None:
    made = Csr.of_pairs(6, [row for row, _ in pairs], [value for _, value in pairs])
    rows = [sorted({value for own, value in pairs if own == row}) for row in range(6)]
    assert [made[row].tolist() for row in range(6)] == rows
    assert made.sizes().tolist() == [len(row) for row in rows]
    assert made.gather(asked).tolist() == [value for row in asked for value in rows[row]]
    assert made.gather(BitMap(asked)).tolist() == [value for row in sorted(set(asked)) for value in rows[row]]


def test_saved_rows_and_tables_are_loaded_unchanged(tmp_path: Path) -> None:
    rows = [b"", b"ab", b"", b"\0"]
    Csr.of_bytes(rows).save(tmp_path, "bytes")
    loaded = Csr.load(tmp_path, "bytes")
    assert [loaded[row].tobytes() for row in range(4)] == rows
    Csr.of_pairs(0, [], []).save(tmp_path, "none")
    assert Csr.load(tmp_path, "none").gather([]).tolist() == []
    table = pa.table({"id": ["a", None, "ë"], "n": pa.array([1, 2, None], pa.int64())})
    save_table(table, tmp_path, "table")
    assert load_table(tmp_path, "table").equals(table)
    save_table(table.schema.empty_table(), tmp_path, "empty")
    assert load_table(tmp_path, "empty").num_rows == 0
