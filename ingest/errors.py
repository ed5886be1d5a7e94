"""ingest: one tree of errors for what a person who runs a job can mend.

IngestError
├── WeakSecret     the site secret is too short to keep pseudonyms from being guessed back
├── BadName        a release cannot have the name that was given for it
└── UnknownPerson  nobody has the id that was given
"""

from __future__ import annotations


class IngestError(Exception):
    """What went wrong, and the next step; nothing of what was read."""


class WeakSecret(IngestError):
    def __init__(self, length: int, least: int) -> None:
        self.length = length
        super().__init__(f"the secret has {length} bytes: give at least {least} random ones")


class BadName(IngestError):
    pass


class UnknownPerson(IngestError):
    def __init__(self, id: str) -> None:
        told = "give the ORCID, or the id that the field persons of GraphQL tells (person:…)"
        super().__init__(f"nobody is here as {id[:60]!r}, and nothing was changed: {told}")
