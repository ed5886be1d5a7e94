"""ingest: makes keyed pseudonyms, which connect the records of a patient without storing an identifier.

HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104) with the site secret is used. Without the secret, nobody can check
a guessed identifier. With the secret, a patient gets the same pseudonym in every job.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import NamedTuple

from ingest.secret import checked
from ingest.systems import Systems

OPAQUE = "opaque"
"""The prefix of opaque codes, which are keyed hashes of codes that must not be shown (`opaque:…`)."""


class Identity(NamedTuple):
    """States where the identifiers of patients and records are unique. Most are only unique within their source.

    `source` is the name given with --source. Without this name, the source of a resource is the base URL of the server
    in the `fullUrl` of the resource, or `server` if there is no such URL. An empty name means the unnamed source.
    `identifiers` are identifier systems that all sources share. `systems` are code systems with a declared prefix.
    """

    source: str = ""
    server: str = ""
    identifiers: frozenset[str] = frozenset()
    systems: Systems = {}  # noqa: RUF012


UNNAMED = Identity()


class Pseudonym:
    """Makes pseudonyms for patients, records, sources and codes with the site secret `secret`."""

    def __init__(self, secret: bytes, identity: Identity = UNNAMED) -> None:
        self.identity = identity
        self._keyed = hmac.new(checked(secret), digestmod="sha256")
        # Resources of one patient follow each other in a file, so a small cache of pseudonyms is enough.
        self._patient = lru_cache(maxsize=1024)(self._digest)
        self._visit = lru_cache(maxsize=1024)(self._digest)
        self._code = lru_cache(maxsize=1 << 14)(self._digest)

    def source(self, base: str | None = None) -> str:
        """Returns the source of a resource. `base` is the base URL of the server in the `fullUrl` of the resource."""
        return self.identity.source or base or self.identity.server

    def patient(self, id: str, source: str = "") -> str:
        """Returns the pseudonym of a patient: `patient:` and a hash (128 bits in hex) of source and logical id.

        In FHIR, the logical id is `x` in `Patient/x`.
        """
        return "patient:" + self._patient("Patient", id, source)[:32]

    def record(self, kind: str, id: str, source: str = "") -> str:
        """Returns the pseudonym of a record, such as a FHIR resource: a hash (64 bits) of source, kind and id."""
        return self._digest(kind, id, source)[:16]

    def visit(self, id: str, source: str = "") -> str:
        """Returns the same pseudonym as `record("Encounter", id, source)`, but keeps recent results in a cache."""
        return self._visit("Encounter", id, source)[:16]

    def person(self, system: str, value: str) -> str | None:
        """Returns `person:` and a hash (128 bits in hex) of `value`, an identifier of a patient in the system `system`.

        None unless all sources share this system.
        """
        known = system in self.identity.identifiers and len(set(value)) > 1
        return "person:" + self._digest("Person", value, system)[:32] if known else None

    def code(self, system: str, code: str) -> str:
        """Returns `opaque:` and a hash (64 bits in hex) of a code and its system, for a code that must not be shown."""
        return f"{OPAQUE}:{self._code('Code', code, system)[:16]}"

    def named(self, source: str) -> str:
        """Returns a hash (64 bits in hex) of the name of a source; empty for the unnamed source."""
        return self._digest("Source", source, "")[:16] if source else ""

    def _digest(self, kind: str, id: str, source: str) -> str:
        # The copy avoids hashing the key again, which is half of the work.
        mac = self._keyed.copy()
        # No id contains a NUL, so different names give different texts. The unnamed source adds nothing.
        mac.update((f"{source}\0{kind}/{id}" if source else f"{kind}/{id}").encode())
        return mac.hexdigest()
