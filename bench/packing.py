"""bench: makes damaged gzip, bzip2, xz and Zstandard files: cut, altered, with data after the end, or bombs."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from functools import cache, partial

from backports import zstd

Pack = Callable[[bytes], bytes]
PACKS: tuple[Pack, ...] = (
    partial(gzip.compress, compresslevel=1),
    partial(bz2.compress, compresslevel=1),
    partial(lzma.compress, preset=0),
    zstd.compress,
)
BOMBS = 0.005
"""The share of compressed files that are bombs."""
# The contents of bombs and their sizes. Blank lines take the longest to read.
_FILLINGS = {b" ": 48 << 20, b"\n": 4 << 20, b"a": 48 << 20, b"{},": 24 << 20, b"\0": 48 << 20, b"[": 24 << 20}


def packed(data: bytes, rng: random.Random) -> bytes:
    """Returns `data` compressed in a random format, in most cases damaged."""
    place = rng.randrange(len(PACKS))
    if rng.random() < BOMBS:
        return PACKS[place](data) + _filling(place, rng.choice(list(_FILLINGS)))
    return rng.choice(_HARMS)(PACKS[place](data), rng)


@cache
def _filling(place: int, filling: bytes) -> bytes:
    """A compressed stream that repeats one byte sequence. In all four formats, the stream can be appended to a file."""
    return PACKS[place](filling * (_FILLINGS[filling] // len(filling)))


def _sound(whole: bytes, rng: random.Random) -> bytes:
    return whole


def _cut(whole: bytes, rng: random.Random) -> bytes:
    return whole[: rng.randrange(len(whole) + 1)]


def _altered(whole: bytes, rng: random.Random) -> bytes:
    out = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _with_garbage(whole: bytes, rng: random.Random) -> bytes:
    return whole + rng.choice((rng.randbytes(20), whole[:9], b"\0" * 5, b"\0" * 4096, b"\n"))


def _followed(whole: bytes, rng: random.Random) -> bytes:
    return whole + rng.choice(PACKS)(rng.randbytes(9))


def _again(whole: bytes, rng: random.Random) -> bytes:
    return rng.choice(PACKS)(whole)


_HARMS = (_sound, _cut, _altered, _with_garbage, _followed, _again)
