"""ingest: the tagged stream that every source yields; direct identifiers have no place in any of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, Protocol

from graph.kinds import KINDS
from linking.grounding import Match

EventKind = Literal[
    "condition",
    "observation",
    "medication",
    "procedure",
    "immunization",
    "allergy",
    "family_history",
    "encounter",
    "reason",
    "specimen",
]
#: Why an Unmapped has no number, whatever the source.
OUT_OF_RANGE = "number out of range"
RecordKind = str
"""The name of a kind (graph/kinds/declared.py)."""


class Record(Protocol):
    """A record of a declared kind (graph/kinds/declared.py)."""

    @property
    def id(self) -> str: ...

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Iterator[Any]: ...

    def _asdict(self) -> dict[str, Any]: ...

    @property
    def _replace(self) -> Callable[..., Any]: ...


class Event(NamedTuple):
    """A dated fact of a patient about a concept, kept as it was coded.

    `record` is the pseudonym of the resource it came from; every event of a resource is yielded together.
    `concept` is a CURIE, or the id of a Medicine; `display` what the source called it (a code system's own
    words, never narrative).
    `start` and `end` are ISO 8601 dates (`2021-03-04`, `2021-03` or `2021`), local as written, both inclusive.
    `answer` is the CURIE of a coded value; `value` and `unit` (UCUM code where given) a measured one.
    """

    patient: str
    record: str
    concept: str
    display: str | None
    kind: EventKind
    status: str | None
    start: str | None
    end: str | None
    value: float | None
    unit: str | None
    answer: str | None


class Medicine(NamedTuple):
    """What a Medication is: an Event whose `concept` is its `id` is one on each of these CURIEs.

    A display is of no patient, so that nobody knows how many carry it.
    """

    id: str
    concepts: tuple[str, ...]


class Link(NamedTuple):
    """Record to record. `kind` is an edge table, declared as a link of a record kind (graph/kinds/declared.py)."""

    kind: str
    source: str
    target: str


class Affiliation(NamedTuple):
    """Person to organisation, as a record names them together."""

    source: str
    target: str
    record: str


class Coded(NamedTuple):
    """A record that its source coded itself: `concept` is a CURIE, `field` where it stood."""

    record_kind: RecordKind
    record: str
    field: str
    concept: str
    display: str | None


class Text(NamedTuple):
    """Words of a record to be grounded, in a field that its kind declares as grounded (graph/declaration.py).

    `start` is where it begins in the column `part_of`.
    """

    record_kind: RecordKind
    record: str
    field: str
    text: str
    language: str | None
    start: int = 0

    @property
    def mention(self) -> bool:
        """Whether the whole text should be one concept's name."""
        return KINDS[self.record_kind].grounded[self.field].names

    @property
    def part_of(self) -> str | None:
        """The column of which it is a part; None for a text that is a whole."""
        column = KINDS[self.record_kind].grounded[self.field].column
        return column if column and column != self.field else None


def texts(record: Record, language: str | None) -> Iterator[Text]:
    """The columns of a record that its kind declares as grounded in whole, all in one language; empty ones are not."""
    kind = type(record).__name__
    for name, field in KINDS[kind].grounded.items():
        if field.column == name and (text := getattr(record, name)):
            yield Text(kind, record.id, name, text, language)


class Grounded(NamedTuple):
    """A Text and what its words name, by their places in the whole."""

    said: Text
    found: list[Match]


DELETION = "deletion"


class Seen(NamedTuple):
    """One source record was read whole; items since the last Seen are its. It counts, and a batch may end here.

    `what` is its type, or DELETION where it was the news that a record is deleted.
    """

    what: str


class NotRead(NamedTuple):
    """A record of a kind that is not read: `what` names the kind."""

    what: str
    position: str


class Version(NamedTuple):
    """What is known of a patient's resource as a whole; its items follow until Seen.

    `record` and `source` are pseudonyms, `kind` is the resource type, `owner` the patient it is about, None where it is
    about none or not said. Of a record that is about no patient `record` is its kind and id, and `source` is None.
    `updated` is when its source last changed it, in UTC, `version` a number that rises, `deleted` since when it is so.
    """

    record: str
    kind: str
    source: str | None
    owner: str | None
    updated: str | None
    version: int | None
    deleted: str | None = None


class SamePerson(NamedTuple):
    """Two patients are one person: `how` is the type of the link, or `identifier`; `other` may be a `person:`."""

    patient: str
    other: str
    how: str


class Replaced(NamedTuple):
    """A patient's resource that was read and states no event now: its earlier ones are to vanish."""

    patient: str
    record: str


class Unmapped(NamedTuple):
    """Something read that reached no concept, or a value that was left out of a record.

    `reason` is a short phrase from a small set, for counting.
    """

    reason: str
    position: str


class Refused(NamedTuple):
    """A record that could not be read; it goes to the job's dead letters, without its content."""

    position: str
    reason: str


Item = (
    Record
    | Event
    | Medicine
    | Link
    | Affiliation
    | Coded
    | Text
    | Seen
    | NotRead
    | Replaced
    | Version
    | SamePerson
    | Unmapped
    | Refused
)
