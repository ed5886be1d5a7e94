"""graph: the site secret, the key of the pseudonyms of patients."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from pathlib import Path

from graph.errors import raising_store_full
from graph.settings import settings

DEMONSTRATION = b"only for the demonstration"
"""A fixed secret gives every user the same numbers; the patients of the demonstration are invented."""


def site_secret(folder: Path, new: bytes | None = None) -> bytes:
    """Returns TRICUSPID_SECRET, or else the secret in the folder.

    If the folder has none, creates it from `new`, or else from random bytes.
    """
    if given := settings().secret:
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with raising_store_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(new or secrets.token_bytes(32))
            whole.flush()
            # Linked only when complete: a process that is killed before must not leave an empty key.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()
