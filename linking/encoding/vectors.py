"""linking: stores the vectors of texts on disk, for each model, so that only new texts are encoded."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from hashlib import blake2b
from pathlib import Path

import numpy as np

from graph.columns import Ints
from graph.locks import is_locked, lock_now
from linking.encoding.encoder import Encoder, Progress, Vectors
from linking.encoding.index import BadIndex, Mask, Numbers, VectorIndex

logger = logging.getLogger("tricuspid.meaning")
DIGEST = 16
KEPT = "texts"
"""The name of the file with the digests of the encoded texts, in the folder of a model.

The file exists as soon as a text has a vector.
"""
PART = 4096
"""The number of texts that are encoded between two writes.

If the process is killed, at most ten seconds of work are lost.
"""
_LOCK = "lock"
_PAUSE = 0.5
_TRIES = 5


class VectorCache:
    """An index with the vectors of all texts that a model has encoded, and a file with the digests of these texts.

    Row i of the index belongs to digest i. Rows are never removed. One process writes at a time. The object in `index`
    is never changed: after each part of encoded texts, a new object replaces the old object.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self._folder = folder / encoder.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._read()

    def rows(self, texts: Sequence[str], progress: Progress | None = None) -> Ints:
        """Returns the rows of these texts in `index`. Texts without a vector are encoded and stored first."""
        self.fill(texts, progress)
        return self.known(texts)

    def known(self, texts: Sequence[str]) -> Ints:
        """Returns the rows of these texts in `index`; -1 for a text without a vector."""
        return np.fromiter((self._row.get(digest(text), -1) for text in texts), np.int32, len(texts))

    def of(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Returns the unit vectors of these texts, in the order of the texts."""
        rows = self.rows(texts, progress)
        return self.index.vectors(rows.astype(np.int64))

    def fill(
        self, texts: Sequence[str], progress: Progress | None = None, kept: Callable[[], object] | None = None
    ) -> None:
        """Encodes the texts that have no vector, in the given order. Calls `kept` when new vectors are on disk.

        Only one process encodes at a time. Other processes wait, and then use the vectors of this process. If some
        texts still have no vector, a waiting process encodes these texts. An exception that `progress` raises stops the
        encoding.
        """
        todo = self._lacking((digest(text), text) for text in texts)
        every, waits = len(todo), False
        while todo:
            if progress:
                progress(every - len(todo), every)
            with self._lock() as held:
                if held:
                    self._read()
                    self._encode([*self._lacking(todo.items()).items()], every, progress, kept)
                    return
            if not waits and (other := encoding(self._folder)):
                waits = True
                logger.warning("process %s is encoding; waiting for its vectors", other)
            time.sleep(_PAUSE)
            if self._stamp() != self._seen:
                self._read()
                todo = self._lacking(todo.items())
                if kept:
                    kept()

    def _lacking(self, texts: Iterable[tuple[bytes, str]]) -> dict[bytes, str]:
        return {key: text for key, text in texts if key not in self._row}

    def _read(self) -> None:
        self._seen = self._stamp()
        try:
            self.index, keys = _opened(self._folder)
        except (BadIndex, FileNotFoundError) as wrong:
            self.index, keys = VectorIndex.build(np.zeros((0, self.encoder.width), np.float32)), b""
            if (self._folder / KEPT).exists():
                logger.warning("%s: computing the vectors of this model again", wrong)
        # If a process was killed between the writes of the two files, some rows have no digest.
        keys = keys[: len(self.index) * DIGEST].ljust(len(self.index) * DIGEST, b"\0")
        self._keys = bytearray(keys)
        self._row = {keys[at * DIGEST : (at + 1) * DIGEST]: at for at in range(len(self.index))}

    def _stamp(self) -> object:
        return _stamp(self._folder)

    def _encode(
        self,
        todo: Sequence[tuple[bytes, str]],
        every: int,
        progress: Progress | None,
        kept: Callable[[], object] | None,
    ) -> None:
        for start in range(0, len(todo), PART):
            part = todo[start : start + PART]

            def part_progress(done: int, _: int, before: int = every - len(todo) + start) -> None:
                if progress:
                    progress(before + done, every)

            vectors = self.encoder.encode([text for _, text in part], part_progress)
            # Other threads may be searching in the current index.
            index = copy(self.index)
            rows = index.add(vectors)
            index.save(self._folder, "vectors")
            self._keys += b"".join(key for key, _ in part)
            whole = self._folder / "texts.new"
            whole.write_bytes(self._keys + _own(self._keys))
            whole.replace(self._folder / KEPT)
            self.index = index
            self._row.update(zip((key for key, _ in part), rows.tolist(), strict=True))
            if kept:
                kept()

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        """Tries to lock the cache for encoding. Yields False if another process is encoding."""
        with (self._folder / _LOCK).open("a+") as lock:
            if not lock_now(lock):
                yield False
                return
            lock.truncate(0)
            print(os.getpid(), file=lock, flush=True)
            try:
                yield True
            finally:
                lock.truncate(0)


def encoding(folder: Path) -> str:
    """The id of the process that is encoding with the model in this folder; empty if no process is encoding."""
    with suppress(OSError), (folder / _LOCK).open() as lock:
        if is_locked(lock):
            return lock.read(20).strip() or "(id unknown)"
    return ""


def digest(text: str) -> bytes:
    """Returns the key of a text in the file of digests."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()


def _own(keys: bytes | bytearray) -> bytes:
    """Returns the digest of all digests. This digest is stored at the end of the file KEPT."""
    return blake2b(keys, digest_size=DIGEST).digest()


def _keys(path: Path) -> bytes:
    """The digests in `path`, a file KEPT. Raises BadIndex if the file is damaged."""
    data = path.read_bytes()
    keys, own = data[:-DIGEST], data[-DIGEST:]
    if own != _own(keys):
        raise BadIndex(f"{path} is damaged (wrong checksum)")
    return keys


def _stamp(folder: Path) -> list[tuple[int, int]]:
    """The modification times and inodes of the index and of the file KEPT. They change when the files are rewritten."""
    files = [folder / name for name in ("vectors.index.json", KEPT)]
    return [(at.st_mtime_ns, at.st_ino) for at in (file.stat() for file in files if file.exists())]


def _opened(folder: Path) -> tuple[VectorIndex, bytes]:
    """Returns the vectors of a model and the digests of its texts, even if another process is writing the files.

    Raises BadIndex or FileNotFoundError if the files are incomplete or damaged.
    """
    for tried in range(_TRIES):
        seen = _stamp(folder)
        try:
            return VectorIndex.load(folder, "vectors"), _keys(folder / KEPT)
        except (BadIndex, FileNotFoundError):
            if tried == _TRIES - 1 or seen == _stamp(folder):
                raise
    raise AssertionError


def count_kept(folder: Path, texts: Iterable[str]) -> int:
    """Returns the number of these texts that have a vector of the model in this folder."""
    try:
        keys = _keys(folder / KEPT)
    except (BadIndex, OSError):
        return 0
    there = {keys[at : at + DIGEST] for at in range(0, len(keys), DIGEST)}
    return sum(digest(text) in there for text in texts)


def whole_vectors(folder: Path) -> bool:
    """True if the vectors of a model and the digests of its texts are complete and undamaged."""
    try:
        _opened(folder)
    except (BadIndex, OSError):
        return False
    return True


class KeptVectors:
    """The stored vectors of a model, read without loading the model. `open` returns None if no vectors are stored."""

    def __init__(self, index: VectorIndex, keys: bytes) -> None:
        self._index = index
        whole = min(len(keys) // DIGEST, len(index))
        self._row = {keys[at * DIGEST : (at + 1) * DIGEST]: at for at in range(whole)}

    @classmethod
    def open(cls, folder: Path, model: str | None) -> KeptVectors | None:
        if not model or Path(model).name != model or not (folder / model / KEPT).exists():
            return None
        try:
            return cls(*_opened(folder / model))
        except (BadIndex, OSError) as wrong:
            logger.warning("%s: records are searched by words only; run `tricuspid link` to compute vectors", wrong)
            return None

    def rows(self, texts: Sequence[str]) -> Numbers:
        """Returns the rows of these texts in the index; -1 for a text without a vector."""
        return np.array([self._row.get(digest(text), -1) for text in texts], np.int64)

    def nearest(self, vector: Vectors, k: int, rows: Numbers) -> tuple[Numbers, Vectors]:
        """Of `rows`, returns the `k` rows nearest to `vector`, nearest first, and their cosines."""
        keep = np.zeros(len(self._index), bool)
        keep[rows] = True
        found = self._index.search(vector[None], k, keep)
        valid = found.rows[0] >= 0
        return found.rows[0][valid].astype(np.int64), found.scores[0][valid]

    def cosines(self, vector: Vectors, rows: Numbers) -> Vectors:
        """Returns the cosine of `vector` with the vector of each row; 0 for row -1."""
        found = np.zeros(len(rows), np.float32)
        found[rows >= 0] = self._index.vectors(rows[rows >= 0]) @ vector
        return found

    def of(self, texts: Sequence[str]) -> tuple[Vectors, Mask]:
        """The vector of each text, and True for each text with a vector. A text without a vector gets zeros."""
        rows = self.rows(texts)
        vectors = self._index.vectors(np.maximum(rows, 0)) if len(self._index) else np.zeros((len(rows), 1), np.float32)
        return np.where((rows >= 0)[:, None], vectors, np.float32(0)), rows >= 0
