"""graph: the secret of a site, under which patients get pseudonyms."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from graph.errors import telling_full


def site_secret(folder: Path) -> bytes:
    """The key of the pseudonyms: TRICUSPID_SECRET, or else a random one that is kept beside the store."""
    if given := os.environ.get("TRICUSPID_SECRET"):
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with telling_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(secrets.token_bytes(32))
            whole.flush()
            # Linked when it is whole: one that was killed in between must not leave an empty key.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()
