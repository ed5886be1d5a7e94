"""graph: the secret of a site, under which patients get pseudonyms."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from pathlib import Path

from graph.errors import telling_full
from graph.settings import settings

DEMONSTRATION = b"only for the demonstration"
"""Its patients are made up, and so everyone who tries it is told the same numbers."""


def site_secret(folder: Path, new: bytes | None = None) -> bytes:
    """The key of the pseudonyms: TRICUSPID_SECRET, or else the one that is kept beside the store.

    Where there is none yet it is `new`, or else random.
    """
    if given := settings().secret:
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with telling_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(new or secrets.token_bytes(32))
            whole.flush()
            # Linked when it is whole: one that was killed in between must not leave an empty key.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()
