"""ingest: keyed pseudonyms, so that the graph joins a patient's records without holding an identifier.

HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104) under a secret of the site: without it nobody can try identifiers
out, with it the same patient gets the same pseudonym in every job.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import NamedTuple

from ingest.secret import checked
from ingest.systems import Systems

OPAQUE = "opaque"
"""The prefix of all codes that show nothing of their system."""


class Identity(NamedTuple):
    """Whose ids those of the records are: an id is unique within its source alone.

    `source` is the name that the person who ingests gave. Without it the source of a resource is the base of the server
    that its `fullUrl` names, else `server`; empty: the unnamed source. `identifiers` are systems of identifiers that
    are the same in all sources. `systems` are code systems that somebody declared a prefix for.
    """

    source: str = ""
    server: str = ""
    identifiers: frozenset[str] = frozenset()
    systems: Systems = {}  # noqa: RUF012


UNNAMED = Identity()


class Pseudonym:
    """Gives pseudonyms under one secret."""

    def __init__(self, secret: bytes, identity: Identity = UNNAMED) -> None:
        self.identity = identity
        self._keyed = hmac.new(checked(secret), digestmod="sha256")
        # A patient's resources stand together, so the same few ids are asked for over and over.
        self._patient = lru_cache(maxsize=1024)(self._digest)
        self._code = lru_cache(maxsize=1 << 14)(self._digest)

    def source(self, base: str | None = None) -> str:
        """The source of a resource, `base` being that of its server where its `fullUrl` says one."""
        return self.identity.source or base or self.identity.server

    def patient(self, id: str, source: str = "") -> str:
        """`patient:` and 128 bits in hex, of the logical id of a Patient (`x` of `Patient/x`) in its source."""
        return "patient:" + self._patient("Patient", id, source)[:32]

    def record(self, kind: str, id: str, source: str = "") -> str:
        """64 bits in hex, of the type and logical id of a resource: enough to replace it, too few to point at it."""
        return self._digest(kind, id, source)[:16]

    def person(self, system: str, value: str) -> str | None:
        """`person:` and 128 bits in hex, of an identifier of one of the systems that are the same in all sources."""
        known = system in self.identity.identifiers and len(set(value)) > 1
        return "person:" + self._digest("Person", value, system)[:32] if known else None

    def code(self, system: str, code: str) -> str:
        """`opaque:` and 64 bits in hex, of a code that must not be shown and of its system."""
        return f"{OPAQUE}:{self._code('Code', code, system)[:16]}"

    def named(self, source: str) -> str:
        """64 bits in hex of the name of a source; empty for the unnamed one."""
        return self._digest("Source", source, "")[:16] if source else ""

    def _digest(self, kind: str, id: str, source: str) -> str:
        # A copy of what the key alone gives saves half of the work.
        mac = self._keyed.copy()
        # No id holds a NUL, so that no two names give one text. The unnamed source has no part in its pseudonyms.
        mac.update((f"{source}\0{kind}/{id}" if source else f"{kind}/{id}").encode())
        return mac.hexdigest()
