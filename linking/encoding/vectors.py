"""linking: vectors of texts, kept on disk by text and model, so that only what is new is encoded."""

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
"""The file that a model's folder has once any text has a vector."""
PART = 4096
"""Texts that are encoded before they are written: what a kill costs at most, ten seconds on two cores."""
_LOCK = "lock"
_PAUSE = 0.5
_TRIES = 5


class VectorCache:
    """An index of the vectors of all texts that one model was ever asked for, and beside it the digests of the texts.

    Both only grow, and row i of the one is row i of the other. One process writes at a time. An `index` that was handed
    out stays as it is; there is another one after every part.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self._folder = folder / encoder.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._read()

    def rows(self, texts: Sequence[str], progress: Progress | None = None) -> Ints:
        """The rows of these texts in `index`; those that have none are encoded and kept."""
        self.fill(texts, progress)
        return self.known(texts)

    def known(self, texts: Sequence[str]) -> Ints:
        """The rows of these texts in `index`, -1 for one that has none."""
        return np.fromiter((self._row.get(digest(text), -1) for text in texts), np.int32, len(texts))

    def of(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of these texts, in their order."""
        rows = self.rows(texts, progress)
        return self.index.vectors(rows.astype(np.int64))

    def fill(
        self, texts: Sequence[str], progress: Progress | None = None, kept: Callable[[], object] | None = None
    ) -> None:
        """Encodes those that lack a vector, in their order, part by part; `kept` is called when one more is on disk.

        One process encodes at a time. Who comes later takes over what that one has kept, and goes on where it ends.
        What `progress` raises ends it, at the next few texts.
        """
        todo = self._lacking((digest(text), text) for text in texts)
        every, waits = len(todo), False
        while todo:
            if progress:
                progress(every - len(todo), every)
            with self._turn() as free:
                if free:
                    self._read()
                    self._encode([*self._lacking(todo.items()).items()], every, progress, kept)
                    return
            if not waits and (other := encoding(self._folder)):
                waits = True
                logger.warning("process %s encodes at present, and its vectors are used", other)
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
                logger.warning("%s: the vectors of this model are computed again", wrong)
        # What was killed between the two files left rows that no text asks for.
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

            def told(done: int, _: int, before: int = every - len(todo) + start) -> None:
                if progress:
                    progress(before + done, every)

            vectors = self.encoder.encode([text for _, text in part], told)
            # Others search in the index as it is.
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
    def _turn(self) -> Iterator[bool]:
        """Whether nobody else encodes, nor may until this ends; the system lets go of what a killed process held."""
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
    """The number of the process that encodes for the model in this folder; empty where none does."""
    with suppress(OSError), (folder / _LOCK).open() as lock:
        if is_locked(lock):
            return lock.read(20).strip() or "of another name"
    return ""


def digest(text: str) -> bytes:
    """What a text is known by in the file beside the vectors."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()


def _own(keys: bytes | bytearray) -> bytes:
    """What the file of digests ends with: a digest of them all."""
    return blake2b(keys, digest_size=DIGEST).digest()


def _keys(path: Path) -> bytes:
    """The digests in the file. Raises BadIndex where they are not as they were written."""
    data = path.read_bytes()
    keys, own = data[:-DIGEST], data[-DIGEST:]
    if own != _own(keys):
        raise BadIndex(f"{path} is damaged (its checksum is another)")
    return keys


def _stamp(folder: Path) -> list[tuple[int, int]]:
    """Another one where the files were written anew."""
    files = [folder / name for name in ("vectors.index.json", KEPT)]
    return [(at.st_mtime_ns, at.st_ino) for at in (file.stat() for file in files if file.exists())]


def _opened(folder: Path) -> tuple[VectorIndex, bytes]:
    """The vectors of a model and the digests of its texts, also while another process writes them.

    Raises BadIndex or FileNotFoundError where they are not whole.
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
    """How many of these texts have a vector of the model in this folder."""
    try:
        keys = _keys(folder / KEPT)
    except (BadIndex, OSError):
        return 0
    there = {keys[at : at + DIGEST] for at in range(0, len(keys), DIGEST)}
    return sum(digest(text) in there for text in texts)


def whole_vectors(folder: Path) -> bool:
    """Whether the vectors of a model and the digests of its texts are as they were written."""
    try:
        _opened(folder)
    except (BadIndex, OSError):
        return False
    return True


class KeptVectors:
    """The vectors that one model once gave, read without it; `None` from `open` where it gave none here."""

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
            logger.warning("%s: no meaning of records until `tricuspid link` has made the vectors anew", wrong)
            return None

    def rows(self, texts: Sequence[str]) -> Numbers:
        """The rows of these texts in the index; -1 for one that was never encoded."""
        return np.array([self._row.get(digest(text), -1) for text in texts], np.int64)

    def nearest(self, vector: Vectors, k: int, rows: Numbers) -> tuple[Numbers, Vectors]:
        """The k of these rows that are nearest to a vector, best first, and their cosines."""
        keep = np.zeros(len(self._index), bool)
        keep[rows] = True
        found = self._index.search(vector[None], k, keep)
        there = found.rows[0] >= 0
        return found.rows[0][there].astype(np.int64), found.scores[0][there]

    def cosines(self, vector: Vectors, rows: Numbers) -> Vectors:
        """Of a vector with those of these rows; 0 for the row -1."""
        found = np.zeros(len(rows), np.float32)
        found[rows >= 0] = self._index.vectors(rows[rows >= 0]) @ vector
        return found

    def of(self, texts: Sequence[str]) -> tuple[Vectors, Mask]:
        """A vector for each text, and whether it is its own: of one that was never encoded it is zero."""
        rows = self.rows(texts)
        vectors = self._index.vectors(np.maximum(rows, 0)) if len(self._index) else np.zeros((len(rows), 1), np.float32)
        return np.where((rows >= 0)[:, None], vectors, np.float32(0)), rows >= 0
