"""graph: computes 64-bit keys, which stand for patients and medicines in files without pseudonyms."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def patient_keys(pseudonyms: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Returns a key for each pseudonym. Pseudonyms are made with the site secret and never leave the store.

    The keys depend only on the store, so all servers of the same store disclose the same numbers.
    """
    return hashes(pseudonyms, b"cell key")


def hashes(texts: pa.Array | pa.ChunkedArray, use: bytes) -> npt.NDArray[np.uint64]:
    """A hash of each text. `use` is at most 16 bytes; hashes for different uses differ."""
    made = b"".join(blake2b(text.encode(), digest_size=8, person=use).digest() for text in texts.to_pylist())
    return np.frombuffer(made, "<u8")
