"""tests: small files that unpack to gigabytes or to millions of values are refused before they fill the memory.

Each file is read in a process with a limit on its memory: `_MEMORY` more than the imports take. A valid file of the
same size is read within this limit.
"""

from __future__ import annotations

import gzip
import lzma
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
_MEMORY = 640 << 20
"""The limit on memory, in bytes."""
_READ = """
import os, resource, sys
from pathlib import Path
from ingest.pseudonym import Pseudonym
from ingest.sources import SOURCES
from ontologies.errors import UnreadableFile
from ontologies.files import head
from ontologies.formats import FORMATS
def told(path):
    try:
        start = head(path)
        reader = next(one for one in (*FORMATS, *SOURCES) if one.recognise(start, path.stem))
        items = reader.read(path, Pseudonym(b"0" * 16)) if reader in SOURCES else reader.read(path)
        refused = [item for item in items if type(item).__name__ == "Refused"]
        return " ".join(["refused:" if refused else "read", *map(str, refused)])
    except UnreadableFile as wrong:
        return str(wrong)
own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
most = own + int(sys.argv[1])
for line in sys.stdin:
    if child := os.fork():
        if status := os.waitpid(child, 0)[1]:
            print(f"it ended with {status}", flush=True)
    else:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        print(told(Path(line[:-1])), flush=True)
        os._exit(0)
"""
Reading = Callable[[Path], str]


@pytest.fixture(scope="module")
def reading() -> Iterator[Reading]:
    """Reads each file in a new process, and gives the result. These processes are forks of one that did the imports."""
    command = [sys.executable, "-c", _READ, str(_MEMORY)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as reader:
        given, said = reader.stdin, reader.stdout
        assert given and said

        def read(path: Path) -> str:
            print(path, file=given, flush=True)
            return said.readline().strip()

        yield read


class Bomb(NamedTuple):
    """A file: `start`, then `piece` repeated up to `size` bytes, then `end`."""

    start: bytes
    piece: bytes
    size: int
    end: bytes

    def write(self, path: Path) -> Path:
        """Writes one gzip stream (RFC 1952). A block is compressed once: after a full flush, it can be repeated."""
        block = self.piece * (1 + (1 << 22) // len(self.piece))
        times, crc = self.size // len(block), zlib.crc32(self.start)
        for _ in range(times):
            crc = zlib.crc32(block, crc)
        crc, packed = zlib.crc32(self.end, crc), zlib.compressobj(9, wbits=-15)
        start = packed.compress(self.start) + packed.flush(zlib.Z_FULL_FLUSH)
        middle = packed.compress(block) + packed.flush(zlib.Z_FULL_FLUSH)
        end = packed.compress(self.end) + packed.flush()
        size = len(self.start) + times * len(block) + len(self.end)
        head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
        path.write_bytes(head + start + middle * times + end + struct.pack("<II", crc, size & 0xFFFFFFFF))
        return path


_BUNDLE = b'{"resourceType":"Bundle","entry":['


@pytest.mark.parametrize(
    ("name", "bomb", "result"),
    [
        ("a.json.gz", Bomb(b'{"graphs":[', b" ", 600 << 20, b"]}"), "compressed more than 200 times"),
        ("b.json.gz", Bomb(b'{"graphs":[{"nodes":[', b"{},", 120 << 20, b"{}]}]}"), "more than 16777216 values"),
        (
            "c.json.gz",
            Bomb(_BUNDLE, b'{"resource":"                          "},', 200 << 20, b"{}]}"),
            "compressed more than 200 times",
        ),
        ("d.ndjson.gz", Bomb(b'{"resourceType":"Patient","id":"', b"a", 600 << 20, b'"}\n'), "line too long"),
        ("e.ndjson.gz", Bomb(_BUNDLE, b"{},", 60 << 20, b"{}]}\n"), "line too long"),
        (
            "f.xml.gz",
            Bomb(b'<Bundle xmlns="http://hl7.org/fhir">', b"<entry/>", 60 << 20, b"</Bundle>"),
            "more than 4194304 elements",
        ),
    ],
    ids=["spaces", "nodes", "entries", "an endless line", "a line of entries", "elements"],
)
def test_a_bomb_is_refused_before_it_fills_the_memory(
    name: str, bomb: Bomb, result: str, tmp_path: Path, reading: Reading
) -> None:
    said = reading(bomb.write(tmp_path / name))
    assert result in said
    assert ("split it" in said) == ("values" in result or "elements" in result)


def test_xz_that_needs_much_memory_is_refused(tmp_path: Path, reading: Reading) -> None:
    path, large = tmp_path / "a.json.xz", [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 400 << 20}]
    path.write_bytes(lzma.compress(b"{}", filters=large))
    assert "takes more than 256 MiB of memory; compress the file with xz -9 or less" in reading(path)


def test_a_valid_document_of_the_same_size_is_read(tmp_path: Path, reading: Reading) -> None:
    label = b"disease %d" + b" of the heart" * 20
    node = b'{"id":"http://a/B_%07d","lbl":"' + label + b'","type":"CLASS"},'
    nodes = (node % (n, n) for n in range(60_000))
    path, whole = tmp_path / "a.json.gz", b"".join([b'{"graphs":[{"nodes":[', *nodes, b'{"id":"http://a/B_x"}]}]}'])
    path.write_bytes(gzip.compress(whole, 1))
    assert reading(path).startswith("read")
