"""ingest: keyed hashes with the site secret, for pseudonyms and for the files of jobs."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

from graph.secret import site_secret
from ingest.errors import WeakSecret

Keyed = Callable[[str], str]
"""A function that returns a keyed hash of a text: 256 bits in hex.

Without the secret, a guessed text cannot be checked.
"""
SHORTEST_SECRET = 16


def checked(secret: bytes) -> bytes:
    """Returns `secret` unchanged. Raises WeakSecret if it is shorter than SHORTEST_SECRET bytes."""
    if len(secret) < SHORTEST_SECRET:
        raise WeakSecret(len(secret), SHORTEST_SECRET)
    return secret


def keyed_in(folder: Path) -> Keyed:
    """Returns the keyed hash function of the store whose state folder is `folder`. Raises WeakSecret."""
    secret = checked(site_secret(folder))
    # The prefix makes these hashes different from pseudonyms.
    return lambda text: hmac.new(secret, f"input:{text}".encode(), "sha256").hexdigest()
