"""ingest: the items that sources yield. No item has a field for a direct identifier."""

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
#: The reason in an Unmapped for a number that was left out.
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
    """A dated fact of a patient about a concept, with its original code.

    `record` is the pseudonym of the resource; all events of a resource are yielded together.
    `concept` is a CURIE, or the id of a Medicine; `display` is the source's name for the code, never narrative.
    `start` and `end` are ISO 8601 dates (`2021-03-04`, `2021-03` or `2021`), local as written, both inclusive.
    `answer` is the CURIE of a coded value; `value` and `unit` (a UCUM code if given) are a measured value.
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
    """The codes of a Medication: an Event whose `concept` is this `id` counts for each CURIE in `concepts`.

    A Medicine has no display: its patients are not known, so they cannot be counted (see ingest.labels).
    """

    id: str
    concepts: tuple[str, ...]


class Link(NamedTuple):
    """An edge between two records. `kind` is a table declared as a link of a record kind (graph/kinds/declared.py)."""

    kind: str
    source: str
    target: str


class Affiliation(NamedTuple):
    """A person's organisation according to a record."""

    source: str
    target: str
    record: str


class Coded(NamedTuple):
    """An annotation by the source: `concept` is a CURIE, and `field` is the field that had the code."""

    record_kind: RecordKind
    record: str
    field: str
    concept: str
    display: str | None


class Text(NamedTuple):
    """A text of a record to ground, in a field that its kind declares as grounded (graph/declaration.py).

    `start` is the position of the text in the column `part_of`.
    """

    record_kind: RecordKind
    record: str
    field: str
    text: str
    language: str | None
    start: int = 0

    @property
    def mention(self) -> bool:
        """True if the whole text is expected to be the name of one concept."""
        return KINDS[self.record_kind].grounded[self.field].names

    @property
    def part_of(self) -> str | None:
        """The column that contains this text as a part; None if the text is not part of another column."""
        column = KINDS[self.record_kind].grounded[self.field].column
        return column if column and column != self.field else None


def texts(record: Record, language: str | None) -> Iterator[Text]:
    """Yields the non-empty columns of a record that its kind declares as grounded, all in one language."""
    kind = type(record).__name__
    for name, field in KINDS[kind].grounded.items():
        if field.column == name and (text := getattr(record, name)):
            yield Text(kind, record.id, name, text, language)


class Grounded(NamedTuple):
    """A Text and its matches, with positions in the column `part_of`."""

    text: Text
    found: list[Match]


DELETION = "deletion"


class Seen(NamedTuple):
    """The end of a source record: all items since the last Seen belong to it. A batch may end here.

    `what` is the type of the record, or DELETION for a notice that a record was deleted.
    """

    what: str


class NotRead(NamedTuple):
    """A record of a kind that is not supported; `what` is the kind."""

    what: str
    position: str


class Version(NamedTuple):
    """The metadata of a patient's resource; its items follow until Seen.

    `record` and `source` are pseudonyms, `kind` is the resource type, and `owner` is the patient, or None if there is
    no patient. For a record that is not about a patient, `record` is its kind and id, and `source` is None. `updated`
    is the time of its last change in UTC, `version` is an increasing number, and `deleted` is the time of its deletion.
    """

    record: str
    kind: str
    source: str | None
    owner: str | None
    updated: str | None
    version: int | None
    deleted: str | None = None


class SamePerson(NamedTuple):
    """Two patients are the same person. `how` is the type of the link, or `identifier`; `other` may be a `person:`."""

    patient: str
    other: str
    how: str


class Replaced(NamedTuple):
    """A patient's resource that no longer states any events: its earlier events are deleted."""

    patient: str
    record: str


class Unmapped(NamedTuple):
    """A value that was not mapped to a concept, or was left out of a record.

    `reason` is a short phrase from a small set, so that reasons can be counted.
    """

    reason: str
    position: str


class Refused(NamedTuple):
    """A record that could not be read. The job lists it without its content."""

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
