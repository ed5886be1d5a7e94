"""ingest: errors that the user who runs a job can correct.

IngestError
├── WeakSecret     the site secret is too short to protect pseudonyms from guessing
├── BadName        a release cannot have the given name
├── UnknownPerson  no person has the given id
└── UnknownPatient no patient has the given id
"""

from __future__ import annotations


class IngestError(Exception):
    """The message states the problem and the remedy, and nothing from the records."""


class WeakSecret(IngestError):
    def __init__(self, length: int, minimum: int) -> None:
        self.length = length
        super().__init__(f"the secret has {length} bytes: give at least {minimum} random bytes")


class BadName(IngestError):
    pass


class UnknownPerson(IngestError):
    def __init__(self, id: str) -> None:
        remedy = "give an ORCID, or an id from the GraphQL field `persons` (person:…)"
        super().__init__(f"no person has the id {id[:60]!r}; nothing was changed: {remedy}")


class UnknownPatient(IngestError):
    """The message does not repeat the identifier, which may be the name of a patient."""

    def __init__(self) -> None:
        remedy = (
            "give a pseudonym (patient:…), or the identifier in the source and the --source that was given to ingest"
        )
        super().__init__(f"no patient has this id; nothing was changed: {remedy}")
