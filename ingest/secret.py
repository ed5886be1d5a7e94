"""ingest: what is keyed under the secret of a site: pseudonyms, and what jobs tell of their files."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from graph.secret import site_secret
from ingest.errors import WeakSecret

Keyed = Callable[[str], str]
"""256 bits in hex of a text, which nobody can try out without the secret."""
SHORTEST_SECRET = 16


def checked(secret: bytes) -> bytes:
    """The secret. Raises WeakSecret."""
    if len(secret) < SHORTEST_SECRET:
        raise WeakSecret(len(secret), SHORTEST_SECRET)
    return secret


def keyed_in(folder: Path) -> Keyed:
    """The keyed hashes of the store whose state folder this is. Raises WeakSecret."""
    secret = checked(site_secret(folder))
    # No pseudonym is of a text that begins so.
    return lambda text: hmac.new(secret, f"input:{text}".encode(), "sha256").hexdigest()
