"""ingest: keyed pseudonyms, so that the graph joins a patient's records without holding an identifier.

HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104) under a secret of the site: without it nobody can try identifiers
out, with it the same patient gets the same pseudonym in every job.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

SHORTEST_SECRET = 16


class WeakSecret(ValueError):
    """The site secret is too short to keep pseudonyms from being guessed back."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"the secret has {length} bytes: give at least {SHORTEST_SECRET} random ones")


class Pseudonym:
    """Gives pseudonyms under one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise WeakSecret(len(secret))
        self._keyed = hmac.new(secret, digestmod="sha256")
        # A patient's resources stand together, so the same few ids are asked for over and over.
        self._patient = lru_cache(maxsize=1024)(self._digest)

    def patient(self, id: str) -> str:
        """`patient:` and 128 bits in hex, of the logical id of a Patient (`x` of `Patient/x`)."""
        return "patient:" + self._patient("Patient", id)[:32]

    def record(self, kind: str, id: str) -> str:
        """64 bits in hex, of the type and logical id of a resource: enough to replace it, too few to point at it."""
        return self._digest(kind, id)[:16]

    def _digest(self, kind: str, id: str) -> str:
        # A copy of what the key alone gives saves half of the work.
        mac = self._keyed.copy()
        mac.update(f"{kind}/{id}".encode())
        return mac.hexdigest()
