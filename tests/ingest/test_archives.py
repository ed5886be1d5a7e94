"""ingest: files in an archive give the same items as unpacked files, and hostile archives are refused."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.kinds import Event
from ingest import archives
from ingest.records import NotRead, Refused
from ingest.sources import phenopackets, recognise
from ontologies.errors import UnreadableFile
from tests.ingest.golden import PSEUDONYM

PACKET = json.dumps({"id": "a", "subject": {"id": "b"}, "phenotypicFeatures": [{"type": {"id": "HP:0001250"}}]})
Files = dict[str, bytes]
Pack = Callable[[Path, Files], Path]


def zipped(path: Path, files: Files, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def stored(path: Path, files: Files) -> Path:
    return zipped(path, files, zipfile.ZIP_STORED)


def tarred(path: Path, files: Files) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data), tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(info, io.BytesIO(data))
    return path


def tarred_gz(path: Path, files: Files) -> Path:
    path.write_bytes(gzip.compress(tarred(path.with_suffix(".plain"), files).read_bytes()))
    return path


PACKS = (zipped, stored, tarred, tarred_gz)
each = pytest.mark.parametrize("pack", PACKS)


@each
def test_files_in_an_archive_are_read_and_other_files_are_counted(tmp_path: Path, pack: Pack) -> None:
    yaml = b"id: c\nsubject: {id: d}\nphenotypicFeatures: [{type: {id: 'HP:0001250'}}]\n"
    files = {
        "README.md": b"about",
        "x/": b"",
        "x/Zonnebloem.json": PACKET.encode(),
        ".hidden.json": b"{",
        "y.yaml": yaml,
    }
    path = pack(tmp_path / "archive", files)
    assert recognise(path) is phenopackets.SOURCE
    items = [*phenopackets.read(path, PSEUDONYM)]
    assert sum(isinstance(item, Event) for item in items) == 2
    (other,) = [item for item in items if isinstance(item, NotRead)]
    assert other.position == "file 1 of the archive"
    assert "Zonnebloem" not in str(items), "the name of a file may be the name of a patient"


@each
def test_an_archive_of_other_files_is_not_claimed(tmp_path: Path, pack: Pack) -> None:
    assert recognise(pack(tmp_path / "archive", {"a.csv": b"a,b\n1,2\n"})) is None


@each
@pytest.mark.parametrize(
    "name", ["../../out.json", "/tmp/out.json", "a/../../out.json", "..\\out.json", "C:\\out.json"]
)
def test_a_path_that_leaves_the_archive_is_refused(tmp_path: Path, pack: Pack, name: str) -> None:
    folder = tmp_path / "in" / "side"
    folder.mkdir(parents=True)
    path = pack(folder / "archive", {"first.json": PACKET.encode(), name: PACKET.encode()})
    before = {*tmp_path.rglob("*")}
    refused = [item for item in phenopackets.read(path, PSEUDONYM) if isinstance(item, Refused)]
    reason = "its path points outside the archive"
    assert [(one.position, one.reason) for one in refused] == [("file 2 of the archive", reason)]
    assert {*tmp_path.rglob("*")} == before, "nothing is unpacked to disk"


@each
def test_only_the_large_file_in_an_archive_is_refused(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 1 << 20)
    large = json.dumps({"id": "x" * (2 << 20)}).encode()
    items = [
        *phenopackets.read(pack(tmp_path / "a", {"1": PACKET.encode(), "2": large, "3": PACKET.encode()}), PSEUDONYM)
    ]
    assert [item.position for item in items if isinstance(item, Refused)] == ["file 2 of the archive"]
    assert sum(isinstance(item, Event) for item in items) == 2


@pytest.mark.parametrize("pack", (zipped, tarred_gz))
def test_a_bomb_is_refused(tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_UNSUSPECTED", 1 << 20)
    path = pack(tmp_path / "bomb", {"1": PACKET.encode(), **{f"{n}": bytes(1 << 22) for n in range(2, 9)}})
    with pytest.raises(UnreadableFile, match="more than 200 times its size"):
        list(phenopackets.read(path, PSEUDONYM))


def test_a_zip_with_false_sizes_is_refused(tmp_path: Path) -> None:
    """The list says one byte, but the data are longer."""
    path = zipped(tmp_path / "a.zip", {"1": PACKET.encode() * 50})
    data = bytearray(path.read_bytes())
    for at in (22, data.find(b"PK\x01\x02") + 24):
        data[at : at + 4] = struct.pack("<I", 1)
    path.write_bytes(data)
    (item,) = phenopackets.read(path, PSEUDONYM)
    assert isinstance(item, Refused)


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_LISTED", 1000)
    path = zipped(tmp_path / "a.zip", {f"{n}": b"x" for n in range(100)})
    with pytest.raises(UnreadableFile, match="list of files"):
        list(archives.members(path))


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"1": PACKET.encode()})
    data = bytearray(path.read_bytes())
    for at in (6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    path.write_bytes(data)
    (member,) = archives.members(path)
    assert member.data is None and "encrypted" in member.reason


def test_links_are_not_followed_and_a_huge_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(info)
    (member,) = archives.members(path)
    assert member.data is None and "link" in member.reason
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"comment": "x" * (3 << 20)}
        archive.addfile(info)
    with pytest.raises(UnreadableFile, match="header"):
        list(archives.members(path))


@each
def test_a_truncated_archive_is_refused(tmp_path: Path, pack: Pack) -> None:
    path = pack(tmp_path / "a", {f"{n}.json": PACKET.encode() for n in range(50)})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableFile):
        list(phenopackets.read(path, PSEUDONYM))
