"""bench: fuzzes the readers with a million damaged files and queries.

Each file or query must be read, or must raise a typed error, within a time limit.

Run `python -m bench.rubbish [--cases 1000000] [--seed 1]` from the root of the checkout. A case is a sample file of the
tests, or a query of bench.queries, with up to four faults: it is cut, repeated, spliced or recoded, or gets unexpected
bytes, numbers, nesting, quotes or entities. Some samples are compressed, and the compressed file is damaged
(bench.packing). Some companion files are missing or damaged. The script prints the number of cases of each reader and
their results, and stops at the first case that fails.

`python -m bench.rubbish --atheris 600` runs the coverage-guided fuzzer atheris (https://github.com/google/atheris, pip
install atheris) for 600 seconds in total (bench.guided).
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from bench.asking import Asking, queries
from bench.machine import machine
from bench.packing import PACKS, packed
from ingest.pseudonym import Pseudonym
from ingest.sources import SOURCES
from ontologies.errors import UnreadableFile
from ontologies.files import lines
from ontologies.format import Format
from ontologies.formats import FORMATS

TESTS = Path(__file__).resolve().parents[1] / "tests"
SECONDS = 10.0
"""The maximum processor time of a case. Most cases take a thousandth of this time."""
_MEMORY = 4 << 30
_PACKED = 0.1
"""The share of cases that are compressed, for readers of files."""
BITS = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", "\U0001f9ec".encode(), b"\r", b"\n", b"\t",
    b'"', b"'", b"\\", b"{", b"[", b"<", b">", b"&", b",", b";", b"|", b"#", b"%00", b"..",
    b"&lol;", b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>", b"<![CDATA[", b"\x1f\x8b\x08", b"PK\x03\x04",
    b"-1e999", b"NaN", b"99999999999999999999999", b"null", b"true", b"2024-13-45",
    b"[" * 3000, b'{"a":' * 3000, b"<a>" * 3000, b"x" * 70_000,
    b"HP:0000001", b"is_a: HP:0000001\n", b"id: HP:0000001\n",
)  # fmt: skip

Read = Callable[[Path], Iterator[object]]


class Sample(NamedTuple):
    """A file, and its companion files by name."""

    name: str
    data: bytes
    beside: Mapping[str, bytes] = {}


class Reader(NamedTuple):
    """A format's reader, with samples of its files."""

    name: str
    read: Read
    samples: list[Sample]
    packed: float = _PACKED


class TooSlow(Exception):
    """A case took longer than the time limit."""


def readers() -> list[Reader]:
    """The readers of files and of queries. Raises ValueError if a format has no sample, because it would be skipped."""
    given = [Sample(name, data) for name, data in queries(random.Random("queries"), 2_000)]
    return [*file_readers(), Reader("GraphQL", Asking(), given, packed=0)]


def file_readers() -> list[Reader]:
    pseudonym = Pseudonym(b"0123456789abcdef")
    made = [Reader(one.name, one.read, _of_ontologies(one)) for one in FORMATS]
    for source in SOURCES:
        files = sorted(TESTS.glob(f"ingest/samples/{source.name}.*"))
        samples = [Sample(file.name, file.read_bytes()) for file in files if ".golden." not in file.name]
        made.append(Reader(source.name, _with(source.read, pseudonym), samples))
    text = b"".join(b"line %d\n" % number for number in range(2_000))
    made.append(Reader("packed", lines, [Sample("packed", pack(text)) for pack in PACKS]))
    if lacking := [reader.name for reader in made if not reader.samples]:
        raise ValueError(f"no sample of {', '.join(lacking)}: add one in tests/*/samples")
    return made


def _with(read: Callable[[Path, Pseudonym], Iterator[object]], pseudonym: Pseudonym) -> Read:
    return lambda path: read(path, pseudonym)


def _of_ontologies(form: Format) -> list[Sample]:
    files = sorted(TESTS.glob("ontologies/samples/**/*"))
    known = ((file, file.read_bytes()) for file in files if file.is_file() and "golden" not in file.parts)
    return [
        Sample(file.name, data, {other.name: other.read_bytes() for other in form.companions(file)})
        for file, data in known
        if form.recognise(data[:65536], file.name)
    ]


def damaged(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Returns `data` with up to four random faults. A fault can replace the end of `data` with the end of `other`."""
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
    return data[:at] + rng.choice(BITS) + data[at + rng.choice((0, 0, 1, 4)) :]


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
    """The result of reading a file. Errors that a reader must not raise, and TooSlow, are not caught."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        items = list(reader.read(path))
    except UnreadableFile as refused:
        assert str(path.parent) in str(refused) and refused.remedy
        return "refused whole"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    refused_some = any(type(item).__name__ == "Refused" for item in items)
    return "refused in part" if refused_some else "read"


def run(reader: Reader, cases: int, seed: int, folder: Path) -> Counter[str]:
    """Runs the cases of a reader. If a case fails, saves the case in `folder` and raises AssertionError."""
    rng, ends = random.Random(f"{seed}/{reader.name}"), Counter[str]()
    folder = Path(tempfile.mkdtemp(prefix=f"{reader.name.replace('/', '-')}-", dir=folder))
    for number in range(cases):
        sample, other = rng.choice(reader.samples), rng.choice(reader.samples)
        path = folder / sample.name
        write(path, sample, other.data, rng, reader.packed)
        try:
            ends[ending(reader, path)] += 1
        except Exception as wrong:
            raise AssertionError(f"{reader.name}, seed {seed}, case {number} ({path}): {wrong!r}") from wrong
    return ends


def write(path: Path, sample: Sample, other: bytes, rng: random.Random, often: float) -> None:
    """Writes the damaged sample and its companions. Some companions are left out or damaged; most are unchanged."""
    path.write_bytes(_case(sample.data, other, rng, often))
    for name, data in sample.beside.items():
        if (drawn := rng.random()) < 0.1:
            (path.parent / name).unlink(missing_ok=True)
        else:
            (path.parent / name).write_bytes(_case(data, other, rng, often) if drawn < 0.4 else data)


def _case(data: bytes, other: bytes, rng: random.Random, often: float) -> bytes:
    data = damaged(data, other, rng)
    return packed(data, rng) if rng.random() < often else data


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS} s")


def bounded() -> None:
    """Sets a timer, so that a case that takes too long raises TooSlow."""
    signal.signal(signal.SIGPROF, _too_slow)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", type=int, metavar="SECONDS", help="fuzz with atheris for this time in total")
    options = parser.parse_args()
    if options.atheris:
        from bench.guided import search

        return search([reader.name for reader in file_readers()], options.atheris)
    every = readers()
    bounded()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    print(f"{machine()}\n\n| reader | cases | read | refused in part | refused whole | s |")
    print("|---|---:|---:|---:|---:|---:|")
    folder = Path(tempfile.mkdtemp(prefix="rubbish-"))
    for reader in every:
        began = time.perf_counter()
        ends = run(reader, options.cases // len(every), options.seed, folder)
        counts = " | ".join(f"{ends[how]:,}" for how in ("read", "refused in part", "refused whole"))
        print(f"| {reader.name} | {ends.total():,} | {counts} | {time.perf_counter() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
