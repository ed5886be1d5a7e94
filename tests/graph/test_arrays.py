"""graph: an array is read from disk as it was saved, also by several threads. A damaged file raises an error."""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from graph.columns import DamagedFile, load_array

KINDS = ("<i8", "<i4", "<u8", "<f4", "<f8", "|u1", "|b1", ">i4")


@given(arrays.arrays(st.sampled_from(KINDS), arrays.array_shapes(min_dims=1, max_dims=3, min_side=0)))
@settings(deadline=None)
def test_a_saved_array_is_read_back_unchanged(array: npt.NDArray[Any]) -> None:
    with TemporaryDirectory() as folder:
        for which in (array, np.asfortranarray(array)):
            np.save(file := Path(folder) / "a.npy", which)
            back = load_array(file)
            assert (back.dtype, back.shape, back.flags.writeable) == (array.dtype, array.shape, False)
            np.testing.assert_array_equal(back, array)
            assert type(back) is np.ndarray


def test_the_header_is_not_parsed_as_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two threads that parse Python at once fail with a SystemError before 3.11.8 (CPython issue 106905).
    np.save(tmp_path / "a.npy", np.arange(3))
    monkeypatch.setattr(ast, "parse", None)
    assert load_array(tmp_path / "a.npy").tolist() == [0, 1, 2]


def saved(tmp_path: Path) -> bytes:
    np.save(tmp_path / "a.npy", np.arange(100))
    return (tmp_path / "a.npy").read_bytes()


@pytest.mark.parametrize("kept", [0, 5, 8, 40, 128, 200])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    (tmp_path / "b.npy").write_bytes(saved(tmp_path)[:kept])
    with pytest.raises(DamagedFile):
        load_array(tmp_path / "b.npy")


@pytest.mark.parametrize("descr", [b"'|O'", b"__import__('os')", b"'<i8'}#", b"[('a', '<i8')]"])
def test_a_file_in_another_format_is_refused(tmp_path: Path, descr: bytes) -> None:
    whole = saved(tmp_path)
    (tmp_path / "b.npy").write_bytes(whole.replace(b"'<i8'", descr))
    with pytest.raises(DamagedFile):
        load_array(tmp_path / "b.npy")
