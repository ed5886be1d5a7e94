"""bench: a million spoilt files and queries; each ends well or with one typed error, in bounded time.

`python -m bench.rubbish [--cases 1000000] [--seed 1]` from the root of the checkout. A case is a sample of the tests,
or a query of bench.queries, with up to four faults: cut, repeated, spliced, of another encoding, with bytes, numbers,
nesting, quotes and entities where none belong. Prints for each reader how many cases there were, and how each ended;
stops at the first that ends otherwise.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from bench.queries import Asking, hostile
from bench.search import machine
from ingest.pseudonym import Pseudonym
from ingest.sources import SOURCES
from ontologies.errors import UnreadableFile
from ontologies.formats import FORMATS

TESTS = Path(__file__).resolve().parents[1] / "tests"
SECONDS = 10.0
"""What one case may take of the processor at most: a thousand times what most do take."""
_MEMORY = 4 << 30
_BITS = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", "\U0001f9ec".encode(), b"\r", b"\n", b"\t",
    b'"', b"'", b"\\", b"{", b"[", b"<", b">", b"&", b",", b";", b"|", b"#", b"%00", b"..",
    b"&lol;", b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>", b"<![CDATA[", b"\x1f\x8b\x08", b"PK\x03\x04",
    b"-1e999", b"NaN", b"99999999999999999999999", b"null", b"true", b"2024-13-45",
    b"[" * 3000, b'{"a":' * 3000, b"<a>" * 3000, b"x" * 70_000,
    b"HP:0000001", b"is_a: HP:0000001\n", b"id: HP:0000001\n",
)  # fmt: skip

Read = Callable[[Path], Iterator[object]]


class Reader(NamedTuple):
    """A format's reader, with samples of its files."""

    name: str
    read: Read
    samples: list[tuple[str, bytes]]


class TooSlow(Exception):
    """A case that took longer than it may."""


def readers() -> list[Reader]:
    pseudonym = Pseudonym(b"0123456789abcdef")
    made = [Reader(one.name, one.read, _of_ontologies(one.recognise)) for one in FORMATS]
    for source in SOURCES:
        files = sorted(TESTS.glob(f"ingest/samples/{source.name}.*"))
        samples = [(file.name, file.read_bytes()) for file in files if ".golden." not in file.name]
        made.append(Reader(source.name, _with(source.read, pseudonym), samples))
    queries = hostile(random.Random("queries"), 2_000)
    made.append(Reader("GraphQL", Asking(), [("query.graphql", query.encode()) for query in queries]))
    return [reader for reader in made if reader.samples]


def _with(read: Callable[[Path, Pseudonym], Iterator[object]], pseudonym: Pseudonym) -> Read:
    return lambda path: read(path, pseudonym)


def _of_ontologies(recognise: Callable[[bytes, str], bool]) -> list[tuple[str, bytes]]:
    files = sorted(
        file for file in TESTS.glob("ontologies/samples/**/*") if file.is_file() and "golden" not in file.parts
    )
    known = ((file.name, file.read_bytes()) for file in files if "golden" not in file.parts)
    return [(name, data) for name, data in known if recognise(data[:65536], name)]


def spoilt(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The sample with up to four faults."""
    for _ in range(rng.randint(0, 4)):
        data = _FAULTS[rng.randrange(len(_FAULTS))](data, other, rng)
    return data


def _cut(data: bytes, _: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flipped(data: bytes, _: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _each in range(rng.randint(1, 8) if out else 0):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _inserted(data: bytes, _: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(_BITS) + data[at + rng.choice((0, 0, 1, 4)) :]


def _repeated(data: bytes, _: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _each in range(2))
    return data[:end] + data[start:end] * rng.randint(1, 5) + data[end:]


def _left_out(data: bytes, _: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _each in range(2))
    return data[:start] + data[end:]


def _spliced(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _lines_moved(data: bytes, _: bytes, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def _recoded(data: bytes, _: bytes, rng: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "latin-1", "cp037")), "replace")


def _of_another_dialect(data: bytes, _: bytes, rng: random.Random) -> bytes:
    old, new = rng.sample([b"\t", b",", b";", b'"', b"'", b":", b"\n", b"\r\n", b" "], 2)
    return data.replace(old, new)


_FAULTS = (
    _cut, _flipped, _inserted, _repeated, _left_out, _spliced, _lines_moved, _recoded, _of_another_dialect,
)  # fmt: skip


def ending(reader: Reader, path: Path) -> str:
    """How reading it ended; raises whatever a reader must not, TooSlow among it."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        items = list(reader.read(path))
    except UnreadableFile as refused:
        assert str(path) in str(refused) and refused.remedy
        return "refused whole"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    refused_some = any(type(item).__name__ == "Refused" for item in items)
    return "refused in part" if refused_some else "read"


def run(reader: Reader, cases: int, seed: int, folder: Path) -> Counter[str]:
    """Raises AssertionError, with the case kept in `folder`, where one ends as it must not."""
    rng, ends = random.Random(f"{seed}/{reader.name}"), Counter[str]()
    for number in range(cases):
        (name, data), (_, other) = rng.choice(reader.samples), rng.choice(reader.samples)
        path = folder / name
        path.write_bytes(spoilt(data, other, rng))
        try:
            ends[ending(reader, path)] += 1
        except Exception as wrong:
            raise AssertionError(f"{reader.name}, seed {seed}, case {number} ({path}): {wrong!r}") from wrong
    return ends


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS} s")


def bounded() -> None:
    """From here on a case that takes too long raises TooSlow."""
    signal.signal(signal.SIGPROF, _too_slow)


def main() -> None:
    given = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    given.add_argument("--cases", type=int, default=1_000_000)
    given.add_argument("--seed", type=int, default=1)
    asked, every = given.parse_args(), readers()
    bounded()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    print(f"{machine()}\n\n| reader | cases | read | refused in part | refused whole | s |")
    print("|---|---:|---:|---:|---:|---:|")
    folder = Path(tempfile.mkdtemp(prefix="rubbish-"))
    for reader in every:
        began = time.perf_counter()
        ends = run(reader, asked.cases // len(every), asked.seed, folder)
        told = " | ".join(f"{ends[how]:,}" for how in ("read", "refused in part", "refused whole"))
        print(f"| {reader.name} | {ends.total():,} | {told} | {time.perf_counter() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
