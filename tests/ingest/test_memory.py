"""tests: small files that unpack to gigabytes, or to millions of values, are refused before they take the memory.

Each is read in a process that may have no more than _MEMORY of addresses; an honest file of that size is read there.
"""

from __future__ import annotations

import gzip
import lzma
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_MEMORY = 1 << 30
_READ = """
import resource, sys
from pathlib import Path
from ingest.pseudonym import Pseudonym
from ingest.sources import SOURCES
from ontologies.errors import UnreadableFile
from ontologies.files import head
from ontologies.formats import FORMATS
path, most = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    start = head(path)
    reader = next(one for one in (*FORMATS, *SOURCES) if one.recognise(start, path.stem))
    items = reader.read(path, Pseudonym(b"0" * 16)) if reader in SOURCES else reader.read(path)
    refused = [item for item in items if type(item).__name__ == "Refused"]
    print("refused:" if refused else "read", *refused)
except UnreadableFile as wrong:
    print(wrong)
"""


def reading(path: Path) -> str:
    command = [sys.executable, "-c", _READ, str(path), str(_MEMORY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def _written(path: Path, pieces: Iterator[bytes]) -> Path:
    with gzip.open(path, "wb", compresslevel=6) as file:
        for piece in pieces:
            file.write(piece)
    return path


def _around(start: bytes, piece: bytes, size: int, end: bytes) -> Iterator[bytes]:
    block = piece * (1 + (1 << 22) // len(piece))
    yield start
    for _ in range(size // len(block)):
        yield block
    yield end


_BUNDLE = b'{"resourceType":"Bundle","entry":['


@pytest.mark.parametrize(
    ("name", "pieces", "told"),
    [
        ("a.json.gz", _around(b'{"graphs":[', b" ", 600 << 20, b"]}"), "packed more than 200 times smaller"),
        ("b.json.gz", _around(b'{"graphs":[{"nodes":[', b"{},", 120 << 20, b"{}]}]}"), "more than 16777216 values"),
        (
            "c.json.gz",
            _around(_BUNDLE, b'{"resource":"                          "},', 200 << 20, b"{}]}"),
            "packed more than 200 times smaller",
        ),
        ("d.ndjson.gz", _around(b'{"resourceType":"Patient","id":"', b"a", 600 << 20, b'"}\n'), "line too long"),
        ("e.ndjson.gz", _around(_BUNDLE, b"{},", 60 << 20, b"{}]}\n"), "line too long"),
        (
            "f.xml.gz",
            _around(b'<Bundle xmlns="http://hl7.org/fhir">', b"<entry/>", 60 << 20, b"</Bundle>"),
            "more than 4194304 elements",
        ),
    ],
    ids=["spaces", "nodes", "entries", "an endless line", "a line of entries", "elements"],
)
def test_a_bomb_is_refused_before_it_takes_memory(
    name: str, pieces: Iterator[bytes], told: str, tmp_path: Path
) -> None:
    said = reading(_written(tmp_path / name, pieces))
    assert told in said
    assert ("split it" in said) == ("values" in told or "elements" in told)


def test_xz_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    path, large = tmp_path / "a.json.xz", [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 400 << 20}]
    path.write_bytes(lzma.compress(b"{}", filters=large))
    assert "takes more than 256 MiB of memory; pack it with xz -9 or less" in reading(path)


def test_an_honest_document_of_the_same_size_is_read(tmp_path: Path) -> None:
    nodes = (
        b'{"id":"http://a/B_%07d","lbl":"disease %d of the heart","type":"CLASS"},' % (n, n) for n in range(250_000)
    )
    path = _written(tmp_path / "a.json.gz", iter([b'{"graphs":[{"nodes":[', *nodes, b'{"id":"http://a/B_x"}]}]}']))
    assert reading(path).startswith("read")
