"""ingest: the secret of a site, under which pseudonyms and what jobs tell of their files are keyed."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from graph.errors import telling_full

Keyed = Callable[[str], str]
"""256 bits in hex of a text, which nobody can try out without the secret."""
SHORTEST_SECRET = 16


class WeakSecret(ValueError):
    """The site secret is too short to keep pseudonyms from being guessed back."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"the secret has {length} bytes: give at least {SHORTEST_SECRET} random ones")


def checked(secret: bytes) -> bytes:
    """The secret. Raises WeakSecret."""
    if len(secret) < SHORTEST_SECRET:
        raise WeakSecret(len(secret))
    return secret


def keyed_in(folder: Path) -> Keyed:
    """The keyed hashes of the store whose state folder this is. Raises WeakSecret."""
    secret = checked(site_secret(folder))
    # No pseudonym is of a text that begins so.
    return lambda text: hmac.new(secret, f"input:{text}".encode(), "sha256").hexdigest()


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
