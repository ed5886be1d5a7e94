"""graph: vectors of texts, kept on disk by text and model, so that only what is new is encoded."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np

from graph.csr import Ints
from graph.meaning.encoder import Encoder, Progress, Vectors
from graph.meaning.index import BadIndex, Mask, Numbers, VectorIndex

logger = logging.getLogger("tricuspid.meaning")
DIGEST = 16
KEPT = "texts"
"""The file that a model's folder has once any text has a vector."""
_PORTION = 16_384
"""Texts that are encoded before they are written: what a kill costs at most, a minute."""


class VectorCache:
    """An index of the vectors of all texts that one model was ever asked for, and beside it the digests of the texts.

    Both only grow, and row i of the one is row i of the other. One process writes at a time.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self._folder = folder / encoder.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._read()

    def rows(self, texts: Sequence[str], progress: Progress | None = None) -> Ints:
        """The rows of these texts in `index`; those that have none are encoded and kept."""
        keys = [digest(text) for text in texts]
        if any(key not in self._row for key in keys):
            with self._locked():
                self._read()
                fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._row}
                self._encode(sorted(fresh.items(), key=lambda item: (len(item[1]), item[1])), progress)
        return np.fromiter((self._row[key] for key in keys), np.int32, len(keys))

    def of(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of these texts, in their order."""
        rows = self.rows(texts, progress)
        return self.index.vectors(rows.astype(np.int64))

    def _read(self) -> None:
        self.index = VectorIndex.build(np.zeros((0, self.encoder.width), np.float32))
        keys, path = b"", self._folder / KEPT
        try:
            self.index, keys = VectorIndex.load(self._folder, "vectors"), _keys(path)
        except (BadIndex, FileNotFoundError) as wrong:
            if path.exists():
                logger.warning("%s: the vectors of this model are computed again", wrong)
        # What was killed between the two files left rows that no text asks for.
        keys = keys[: len(self.index) * DIGEST].ljust(len(self.index) * DIGEST, b"\0")
        self._keys = bytearray(keys)
        self._row = {keys[at * DIGEST : (at + 1) * DIGEST]: at for at in range(len(self.index))}

    def _encode(self, todo: list[tuple[bytes, str]], progress: Progress | None) -> None:
        if progress and todo:
            progress(0, len(todo))
        for start in range(0, len(todo), _PORTION):
            portion = todo[start : start + _PORTION]

            def told(done: int, _: int, before: int = start) -> None:
                if progress:
                    progress(before + done, len(todo))

            rows = self.index.add(self.encoder.encode([text for _, text in portion], told))
            self.index.save(self._folder, "vectors")
            self._keys += b"".join(key for key, _ in portion)
            whole = self._folder / "texts.new"
            whole.write_bytes(self._keys + _own(self._keys))
            whole.replace(self._folder / KEPT)
            self._row.update(zip((key for key, _ in portion), rows.tolist(), strict=True))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


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


def whole_vectors(folder: Path) -> bool:
    """Whether the vectors of a model and the digests of its texts are as they were written."""
    try:
        VectorIndex.load(folder, "vectors")
        _keys(folder / KEPT)
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
            return cls(VectorIndex.load(folder / model, "vectors"), _keys(folder / model / KEPT))
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
