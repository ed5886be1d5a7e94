"""linking: the vector index finds the same rows as an exact search, also after rows are added or removed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linking.encoding import VectorIndex
from linking.encoding.index import BadIndex, Found

WIDTH = 384


def unit(seed: int, rows: int, width: int = WIDTH) -> npt.NDArray[np.float32]:
    """Random vectors of length 1 in clusters, like the vectors of names."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((rows // 30 + 1, width))
    vectors = centres[rng.integers(0, len(centres), rows)] + 0.6 * rng.standard_normal((rows, width))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def recall(found: Found, wanted: Found) -> float:
    pairs = zip(found.rows.tolist(), wanted.rows.tolist(), strict=True)
    return float(np.mean([len(set(some) & set(right)) / len(right) for some, right in pairs]))


def same(found: Found, wanted: Found) -> None:
    """Checks that the rows are equal. Rows whose scores differ only by rounding may be in another order."""
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-5)
    assert ((found.rows == wanted.rows) | np.isclose(found.scores, wanted.scores, atol=1e-5)).all()
    assert ((found.rows < 0) == (wanted.rows < 0)).all()


@given(st.integers(0, 99), st.integers(0, 150), st.integers(0, 40), st.integers(0, 20), st.data())
@settings(deadline=None, max_examples=60)
def test_a_small_index_is_searched_exactly(seed: int, built: int, added: int, k: int, data: st.DataObject) -> None:
    vectors, queries = unit(seed, built + added), unit(seed + 1, 3)
    index = VectorIndex.build(vectors[:built])
    assert index.add(vectors[built:]).tolist() == list(range(built, built + added))
    gone = data.draw(st.lists(st.integers(0, built + added - 1), max_size=20)) if built + added else []
    index.remove(gone)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(index), max_size=len(index))), bool)
    for mask in (None, keep):
        allowed = np.ones(len(index), bool) if mask is None else mask.copy()
        allowed[gone] = False
        scores = np.where(allowed, queries @ vectors.T, -np.inf)
        rows = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        found = index.search(queries, k, mask)
        same(found, index.exact(queries, k, mask))
        count = min(k, int(allowed.sum()))
        assert (found.rows[:, count:] == -1).all() and (found.scores[:, count:] == 0).all()
        best = np.take_along_axis(scores, rows[:, :count], 1)
        np.testing.assert_allclose(found.scores[:, :count], best, atol=1e-5)
        assert allowed[found.rows[:, :count]].all()


@pytest.fixture(scope="module")
def many() -> VectorIndex:
    """An index with enough rows to search by signs. A third of the rows was added later, and some were removed."""
    vectors = unit(5, 9000)
    index = VectorIndex.build(vectors[:6000])
    for at in range(6000, 9000, 500):
        index.add(vectors[at : at + 500])
    index.remove(range(0, 9000, 7))
    return index


def test_a_large_index_finds_nearly_all_nearest_rows(many: VectorIndex) -> None:
    queries = unit(5, 9000)[3:6000:60]
    sparse, dense = np.arange(9000) % 50 == 1, np.arange(9000) % 3 > 0
    for keep in (None, sparse, dense, np.arange(9000) < 4500, np.arange(9000) > 7000):
        found = many.search(queries, 10, keep)
        assert recall(found, many.exact(queries, 10, keep)) > 0.98
        assert (found.rows % 7 > 0).all()
        assert keep is None or keep[found.rows].all()
        assert (np.diff(found.scores, axis=1) <= 0).all()


def test_added_rows_are_found_and_removed_rows_are_not(many: VectorIndex) -> None:
    index = VectorIndex.build(unit(5, 9000))
    new = unit(77, 40)
    rows = index.add(new)
    assert index.search(new, 1).rows[:, 0].tolist() == rows.tolist()
    index.remove(rows[:20])
    assert not set(index.search(new, 50).rows.ravel().tolist()) & set(rows[:20].tolist())
    assert index.search(new[20:], 1).rows[:, 0].tolist() == rows[20:].tolist()
    with pytest.raises(IndexError, match="0 to 9039"):
        index.remove([9040])


@given(st.integers(0, 99), st.integers(0, 30), st.lists(st.integers(0, 25), max_size=4))
@settings(deadline=None, max_examples=30)
def test_a_saved_index_is_loaded_unchanged_after_any_changes(seed: int, built: int, steps: list[int]) -> None:
    index, queries = VectorIndex.build(unit(seed, built)), unit(seed + 1, 2)
    with TemporaryDirectory() as name:
        folder = Path(name)
        index.save(folder, "v")
        for count in steps:
            index = VectorIndex.load(folder, "v")
            index.add(unit(seed + count, count))
            index.remove(range(0, len(index), 5))
            index.save(folder, "v")
            loaded = VectorIndex.load(folder, "v")
            assert len(loaded) == len(index)
            for one, other in zip(loaded.search(queries, 40), index.search(queries, 40), strict=True):
                np.testing.assert_array_equal(one, other)
        assert len(list(folder.iterdir())) == 5


def test_saving_a_change_writes_only_the_change(tmp_path: Path) -> None:
    VectorIndex.build(unit(1, 3000)).save(tmp_path, "v")
    before = {file.name: file.stat().st_ino for file in tmp_path.glob("v.*.vectors.npy")}
    index = VectorIndex.load(tmp_path, "v")
    index.add(unit(2, 3))
    index.save(tmp_path, "v")
    assert {file.name: file.stat().st_ino for file in tmp_path.glob("v.*.vectors.npy")} == before
    assert len(VectorIndex.load(tmp_path, "v")) == 3003


@pytest.mark.parametrize("whole", range(4))
def test_a_crash_while_saving_keeps_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int) -> None:
    """Stops at each write in turn. The last write replaces the old index by the new one."""
    vectors, left = unit(1, 300), [whole]
    VectorIndex.build(vectors).save(tmp_path, "v")
    replace = Path.replace

    def dies(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return replace(self, target)

    index = VectorIndex.load(tmp_path, "v")
    index.add(unit(2, 290))
    index.remove([0])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            index.save(tmp_path, "v")
    same(VectorIndex.load(tmp_path, "v").search(vectors[:5], 5), VectorIndex.build(vectors).exact(vectors[:5], 5))
    index.save(tmp_path, "v")
    assert len(VectorIndex.load(tmp_path, "v")) == 590


@pytest.mark.parametrize("width", [1, 7, 64, 65, 384, 1000])
def test_any_width(width: int) -> None:
    vectors = unit(3, 2500, width)
    index = VectorIndex.build(vectors)
    np.testing.assert_allclose(index.search(vectors[:20], 1).scores, index.exact(vectors[:20], 1).scores, atol=1e-5)


def test_no_rows_one_row_zero_rows_and_equal_rows() -> None:
    nothing = VectorIndex.build(np.zeros((0, 4), np.float32))
    assert nothing.search(np.ones((2, 4), np.float32), 3).rows.tolist() == [[-1] * 3] * 2
    assert nothing.exact(np.ones((0, 4), np.float32), 3).rows.shape == (0, 3)
    one = VectorIndex.build(np.full((1, 4), 0.5, np.float32))
    assert one.search(np.zeros((1, 4), np.float32), 2).rows.tolist() == [[0, -1]]
    equal = VectorIndex.build(np.tile(unit(1, 1), (5000, 1)))
    found = equal.search(unit(1, 1), 4)
    assert len(set(found.rows[0].tolist())) == 4 and np.allclose(found.scores, 1)
    zeros = VectorIndex.build(np.zeros((5000, 4), np.float32)).search(np.zeros((1, 4), np.float32), 2)
    assert (zeros.rows >= 0).all() and not zeros.scores.any()


def test_wrong_arrays_are_refused() -> None:
    index = VectorIndex.build(unit(1, 5))
    for wrong in (unit(1, 5, 4), np.full((1, WIDTH), np.nan, np.float32), unit(1, 5)[0]):
        with pytest.raises(ValueError):
            index.search(wrong, 1)
        with pytest.raises(ValueError):
            index.add(wrong)
    with pytest.raises(ValueError, match="mask of 5 rows"):
        index.search(unit(1, 1), 1, np.ones(4, bool))


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"turn": 0, "vectors": 3}', "\0"])
def test_a_damaged_index_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadIndex, match="build it again"):
        VectorIndex.load(tmp_path, "v")
    VectorIndex.build(unit(1, 50)).save(tmp_path, "v")
    (tmp_path / "v.index.json").write_text(text)
    with pytest.raises(BadIndex, match="build it again"):
        VectorIndex.load(tmp_path, "v")
    VectorIndex.build(unit(1, 50)).save(tmp_path, "v")
    (tmp_path / "v.0.signs.npy").write_bytes(b"\x93NUMPY\x01")
    with pytest.raises(BadIndex, match="build it again"):
        VectorIndex.load(tmp_path, "v")
