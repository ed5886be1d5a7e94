"""ingest: what is keyed under the secret of a site: pseudonyms, and what jobs tell of their files."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from graph.secret import site_secret

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
