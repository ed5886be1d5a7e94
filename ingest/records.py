"""ingest: the items that sources yield. No item has a field for a direct identifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import KINDS, Event
from linking.grounding import Match
from ontologies.model import Remark

#: The reason of an Unmapped item for a number that was left out.
OUT_OF_RANGE = "number out of range"
_ROWS = 4
"""The number of rows of a Patients item that count as one item of a batch."""
RecordKind = str
"""The name of a kind of record, such as `Study` (graph/kinds/declared.py)."""


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


class Medicine(NamedTuple):
    """The codes of a FHIR Medication or Device, to which other resources refer.

    An Event whose `concept` is the `id` of the Medicine counts as an event of each CURIE in `concepts`.

    `identifier` is the lot number or model, for events that state none. A Medicine has no display name, because its
    patients are not known and cannot be counted (see ingest.labels).
    """

    id: str
    concepts: tuple[str, ...]
    identifier: str | None = None


class Link(NamedTuple):
    """An edge between two records. `kind` is a table declared as a link of a record kind (graph/kinds/declared.py)."""

    kind: str
    source: str
    target: str


class Affiliation(NamedTuple):
    """The affiliation of a person with an organisation, as a record states it."""

    source: str
    target: str
    record: str


class Coded(NamedTuple):
    """An annotation by the source: its record `record` has the concept `concept`, a CURIE, as a code in `field`."""

    record_kind: RecordKind
    record: str
    field: str
    concept: str
    display: str | None


class Text(NamedTuple):
    """A text of the record `record` in which concepts are to be found. The kind of the record declares that the texts
    in `field` are grounded (graph/declaration.py).

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
        """True if the whole text should be the name of one concept, such as a keyword."""
        return KINDS[self.record_kind].grounded[self.field].names

    @property
    def part_of(self) -> str | None:
        """The column that contains this text as a part; None if the text is not part of another column."""
        column = KINDS[self.record_kind].grounded[self.field].column
        return column if column and column != self.field else None


def texts(record: Record, language: str | None) -> Iterator[Text]:
    """Yields a Text for each non-empty column of a record whose texts are grounded. All are in `language`."""
    kind = type(record).__name__
    for name, field in KINDS[kind].grounded.items():
        if field.column == name and (text := getattr(record, name)):
            yield Text(kind, record.id, name, text, language)


class Grounded(NamedTuple):
    """A Text and the concepts found in it.

    If `text.part_of` is a column, the positions in `found` are positions in this column.
    """

    text: Text
    found: list[Match]


DELETION = "deletion"


class Seen(NamedTuple):
    """Marks the end of a source record. All items since the last Seen belong to this record. A batch may end here.

    `what` is the type of the record, or DELETION for a notice that a record was deleted.
    """

    what: str


class NotRead(NamedTuple):
    """One or more records of a kind that is not supported: `number` records of the kind `what`."""

    what: str
    position: str
    number: int = 1


class Version(NamedTuple):
    """The metadata of a record, such as a patient's resource. The items of the record follow, up to the next Seen.

    `record` and `source` are pseudonyms, `kind` is the resource type, and `owner` is the patient, or None if there is
    no patient. For a record that is not about a patient, `record` is its kind and id, and `source` is None. `updated`
    is the time of the last change in UTC, `version` is an increasing number, and `deleted` is the time of the deletion.
    """

    record: str
    kind: str
    source: str | None
    owner: str | None
    updated: str | None
    version: int | None
    deleted: str | None = None


class SamePerson(NamedTuple):
    """A statement that two patients are the same person.

    `how` is the type of the FHIR link, or `identifier`. `other` is a patient or a person (`person:…`).
    """

    patient: str
    other: str
    how: str


class Replaced(NamedTuple):
    """A patient's resource without events. The events that its earlier version stated are deleted."""

    patient: str
    record: str


class Objection(NamedTuple):
    """A Consent to research. If `denies` is true, the patient objects from `since` to `until`, both inclusive.

    `record` is the pseudonym of the Consent. If the Consent was deleted, `patient` is empty. A version with a
    later `updated` replaces an earlier version.
    """

    patient: str
    record: str
    denies: bool
    since: str | None
    until: str | None
    updated: str | None


class Unmapped(NamedTuple):
    """One or more values (`number`) that were not mapped to a concept, or that were left out of a record.

    `reason` is a short phrase from a small set, so that reasons can be counted.
    """

    reason: str
    position: str
    number: int = 1


class Patients(NamedTuple):
    """Patients with all their events, in columns. Each patient is a record; no patient occurs twice.

    `source` is a pseudonym; `updated` is the date of the export, if it is known. `patients` has the columns of the
    table Patient. `events` has the columns of EVENT except `job`. For each patient, `records` has the pseudonym of the
    record, and `content` a hash of the patient and its events. For each event, `display` has the name of its code in
    the source.
    """

    source: str
    updated: str | None
    patients: pa.Table
    records: list[str]
    content: list[str]
    events: pa.Table
    display: pa.Array

    def some(self, keep: list[bool]) -> Patients:
        """Returns those patients, with their events, for which `keep` is True. `keep` has one value per patient."""
        records = [record for record, kept in zip(self.records, keep, strict=True) if kept]
        content = [content for content, kept in zip(self.content, keep, strict=True) if kept]
        own = pc.is_in(self.events["record"], value_set=pa.array(records, pa.string())).combine_chunks()
        patients, events = self.patients.filter(pa.array(keep)), self.events.filter(own)
        return Patients(self.source, self.updated, patients, records, content, events, self.display.filter(own))


def size(item: object) -> int:
    """Returns as how many items `item` counts in a batch: 1, or for Patients a number that depends on its rows.

    Rows in columns take less memory than single items.
    """
    if isinstance(item, Patients):
        return 1 + int(item.patients.num_rows + item.events.num_rows) // _ROWS
    return 1


class Refused(NamedTuple):
    """A record that could not be read. The job reports the record without its content."""

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
    | Objection
    | Unmapped
    | Remark
    | Refused
    | Patients
)
