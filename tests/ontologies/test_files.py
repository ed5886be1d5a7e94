"""ontologies' tests: a file is opened by its content, not its name, and errors state path, place and solution."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from ontologies import files
from ontologies.errors import UnreadableFile
from ontologies.files import head, lines, open_binary, plain_name, read_whole

TEXT = b"".join(b"line %d\n" % number for number in range(50_000))
PACKED = [gzip.compress, bz2.compress, lzma.compress, zstd.compress]


@pytest.mark.parametrize("pack", [bytes, *PACKED])
def test_a_file_is_decompressed_whatever_its_name(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(pack(TEXT))
    assert read_whole(file) == TEXT
    assert head(file, 6) == b"line 0"
    assert list(lines(file)) == TEXT.splitlines(keepends=True)


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("kept", [0.01, 0.5, 0.99])
def test_a_truncated_file_is_an_error_and_not_a_short_file(
    pack: Callable[[bytes], bytes], kept: float, tmp_path: Path
) -> None:
    whole = pack(TEXT)
    file = tmp_path / "cut"
    file.write_bytes(whole[: max(7, int(len(whole) * kept))])
    with pytest.raises(UnreadableFile, match="download the file again") as caught:
        read_whole(file)
    assert caught.value.path == file and caught.value.place.startswith("byte ")


@pytest.mark.parametrize("pack", PACKED)
def test_a_corrupt_file_is_an_error(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    whole = pack(TEXT)
    file = tmp_path / "corrupt"
    file.write_bytes(whole[:20] + b"\xff" * 40 + whole[60:])
    with pytest.raises(UnreadableFile):
        read_whole(file)


def test_an_absent_file_and_a_folder_are_errors_of_the_same_type(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent", tmp_path / "nul\0"):
        with pytest.raises(UnreadableFile, match="give a file"):
            open_binary(path)


def test_reading_a_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(bytes(1 << 22)))
    with pytest.raises(UnreadableFile, match="larger than 1048576 bytes"):
        read_whole(file, limit=1 << 20)
    assert len(read_whole(file, limit=1 << 22)) == 1 << 22


def test_reading_an_endless_line_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 100)
    file = tmp_path / "long"
    file.write_bytes(b"a\n" + b"x" * 100 + b"\n")
    with pytest.raises(UnreadableFile, match="line 2"):
        list(lines(file))


def test_only_the_suffix_of_a_compression_is_removed() -> None:
    assert plain_name(Path("a/b.sssom.tsv.gz")) == "b.sssom.tsv"
    assert plain_name(Path("a/b.sssom.tsv")) == "b.sssom.tsv"
