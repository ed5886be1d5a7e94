"""ingest: the tagged stream that every source yields; direct identifiers have no place in any of its fields."""

from __future__ import annotations

from typing import Literal, NamedTuple

from graph.meaning.spans import Match

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
RecordKind = Literal["Patient", "Study", "Course", "Programme", "Outcome", "Organisation", "Publication", "Dataset"]


class Patient(NamedTuple):
    """A pseudonymous patient. `id` comes from the job's pseudonymiser; years are four digits; `sex` is FHIR's code."""

    id: str
    birth_year: int | None
    sex: str | None
    death_year: int | None


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


class Study(NamedTuple):
    """A trial or other study. `id` is a CURIE (`clinicaltrials:NCT00004567`); dates are ISO 8601.

    `updated` is when its registry last changed the record. `identifiers` are CURIEs of the numbers that it has in other
    registries, or had, parted by spaces.
    """

    id: str
    title: str
    status: str | None
    phase: str | None
    kind: str | None
    start: str | None
    end: str | None
    enrolment: int | None
    summary: str | None
    eligibility: str | None
    updated: str | None = None
    identifiers: str | None = None


class Course(NamedTuple):
    """A course. `id` is `course:` and the source's own identifier; `language` is BCP 47; `credits` are ECTS or None."""

    id: str
    title: str
    code: str | None
    level: str | None
    language: str | None
    credits: float | None
    description: str | None


class Programme(NamedTuple):
    """A programme of courses; `id` is `programme:` and the source's own identifier."""

    id: str
    title: str
    level: str | None
    language: str | None
    description: str | None


class Outcome(NamedTuple):
    """A learning outcome in words; `id` is `outcome:` and the source's identifier, or its course's and a number."""

    id: str
    text: str
    language: str | None


class Organisation(NamedTuple):
    """An institution: a sponsor, a school. Never a person."""

    id: str
    name: str


class Publication(NamedTuple):
    """An article or other text. `id` is what its source keeps it under: `pubmed:` and the PMID, or `doi:` and the DOI.

    `doi` is in lower case without a prefix, `pmid` digits; dates are ISO 8601; `language` is BCP 47. Of its authors it
    keeps how many they are. `version` rises with every new version of the article.
    """

    id: str
    title: str
    abstract: str | None
    kind: str | None
    journal: str | None
    language: str | None
    published: str | None
    revised: str | None
    doi: str | None
    pmid: str | None
    authors: int | None
    version: int | None = None


class Dataset(NamedTuple):
    """A data set, or a collection or catalogue of them; `id` is its IRI in a catalogue, or `doi:` and the DOI.

    Dates, `doi`, `language` and `authors` as of a Publication; `licence` and `landing_page` are IRIs where given.
    """

    id: str
    title: str
    description: str | None
    kind: str | None
    version: str | None
    language: str | None
    issued: str | None
    modified: str | None
    licence: str | None
    landing_page: str | None
    doi: str | None
    authors: int | None


class Link(NamedTuple):
    """Record to record. `kind` is an edge table of the graph.

    `REPORTS` is a publication of a study, `DESCRIBED_IN` a data set of a publication; a catalogue `LISTS` a data set.
    A data set is a `VERSION_OF` one that stands for all versions, or of the one before.
    """

    kind: Literal[
        "SPONSORED_BY", "TEACHES", "PROGRAMME_TEACHES", "COURSE_OF", "REPORTS", "DESCRIBED_IN", "LISTS", "VERSION_OF"
    ]
    source: str
    target: str


class Coded(NamedTuple):
    """A record that its source coded itself: `concept` is a CURIE, `field` where it stood."""

    record_kind: RecordKind
    record: str
    field: str
    concept: str
    display: str | None


class Text(NamedTuple):
    """Words of a record to be grounded. `mention` is true where the whole text should be one concept's name.

    `start` is where it begins in the column `part_of`, of which it is a part; None for a text that is a whole.
    """

    record_kind: RecordKind
    record: str
    field: str
    text: str
    language: str | None
    mention: bool
    start: int = 0
    part_of: str | None = None


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
    Patient
    | Event
    | Medicine
    | Study
    | Course
    | Programme
    | Outcome
    | Organisation
    | Publication
    | Dataset
    | Link
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
