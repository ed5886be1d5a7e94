"""api: the types Ontology, Encoder and Job."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.fields import FIRST, After, Connection, EncoderState, First, JobKind, JobState, pages, resolved, start_of
from api.schema.status.loaders import REFUSAL, refusals


@strawberry.type(description="One loaded release of a terminology, a mapping set or a translation.")
class Ontology:
    id: strawberry.ID = strawberry.field(
        description="Id: `http://purl.obolibrary.org/obo/mondo`. A newer release with the same id replaces this one."
    )
    prefix: str | None = strawberry.field(
        description="Prefix of the concepts that the release defines: `MONDO`. Null for a mapping set or a translation."
    )
    version: str | None = strawberry.field(description="Version, as stated by the release: `2026-08-04`.")
    iri: str | None = strawberry.field(description="IRI of the ontology: `http://purl.obolibrary.org/obo/mondo.owl`.")
    licence: str | None = strawberry.field(
        description="IRI of the licence: `https://creativecommons.org/licenses/by/4.0/`."
    )
    title: str | None = strawberry.field(description="Title: `Mondo Disease Ontology`.")
    loaded: str | None = strawberry.field(description="Time of loading, ISO 8601: `2026-08-20T10:00:00+00:00`.")
    concepts: int = strawberry.field(
        description="Number of concepts that the release defines, including obsolete concepts: `36006`."
    )


@strawberry.type(
    description="The model that turns names into vectors for search by meaning. Names in use are encoded first."
)
class Encoder:
    state: EncoderState = strawberry.field(description="State of the encoder: `PARTIAL`.")
    detail: str = strawberry.field(
        description="The state in words, with the reason: `partial: 34,000 of 105,000 names`."
    )
    names: int = strawberry.field(description="Number of names to encode: `105000`.")
    encoded: int = strawberry.field(
        description="Number of names that are encoded and can be found by meaning: `34000`."
    )


@strawberry.type(description="A file that a job read.")
class Input:
    file: str | None = strawberry.field(
        description="Name of the file, or 16 digits of its hash if the file is about patients: `mondo.obo`, "
        "`3b0c44298fc1c149`."
    )
    hash: str | None = strawberry.field(
        description="Keyed hash of the content, made with the site secret. Equal content has the same hash."
    )


@strawberry.type(
    description="A reason why codes or other values in records were not mapped to a concept, with their number."
)
class Reason:
    reason: str = strawberry.field(description="The reason: `no code`.")
    count: int = strawberry.field(
        description="Number of codes and other values that were not mapped for this reason: `2`."
    )


@strawberry.type(description="A record that a job could not read, or the missing end of a truncated file.")
class Refusal:
    file: str | None = strawberry.field(description="Name of the file, as in the inputs of the job: `mondo.obo`.")
    position: str | None = strawberry.field(
        description="Position in the file: `line 4 (Condition)`. Null for the whole file."
    )
    reason: str | None = strawberry.field(description="The reason, without any content of the record: `no subject`.")


FileName = Annotated[str | None, strawberry.argument(description="Only refusals from this input: `mondo.obo`.")]
ReasonPart = Annotated[
    str | None, strawberry.argument(description="Only refusals whose reason contains this text: `no id`.")
]


def _refusals(
    root: strawberry.Parent[Any],
    first: First = FIRST,
    after: After = None,
    file: FileName = None,
    reason: ReasonPart = None,
) -> Any:
    start = start_of(root.context.snapshot.epoch, first, after)
    rows = refusals(file, reason)
    key = "refusals", first, start, file, reason
    return root.once(key, lambda context, own: pages(context, REFUSAL, rows(context, own), first, start))


@strawberry.type(description="Number of records of one kind that a job read, by result.")
class RecordCount:
    kind: str | None = strawberry.field(
        description="Kind of record: `Condition`, `Study`. For a load: `terms`, `names`, `relations` or `mappings`. "
        "Null if the records were refused and their kind is not known."
    )
    read: int = strawberry.field(
        description="Records read: `40`. This is the sum of written, unchanged, superseded, deleted, refused and not "
        "read."
    )
    written: int = strawberry.field(description="Records that are new or changed: `38`.")
    unchanged: int = strawberry.field(
        description="Records that are equal to the stored records, or that the same file repeats: `1`."
    )
    superseded: int = strawberry.field(description="Records that are older than the stored records: `1`.")
    deleted: int = strawberry.field(description="Number of notices that a record is deleted: `1`.")
    refused: int = strawberry.field(description="Records that could not be read: `1`.")
    not_read: int = strawberry.field(description="Records of kinds that are not supported: `1`.")
    added: int = strawberry.field(description="For a load: written items that were not in the previous release: `30`.")
    changed: int = strawberry.field(description="For a load: terms that the previous release defined differently: `7`.")
    obsoleted: int = strawberry.field(
        description="For a load: obsolete terms that were not obsolete in the previous release: `1`."
    )
    removed: int = strawberry.field(
        description="For a load: items of the previous release that are not in this release: `2`. For an ingest: "
        "records that are missing from a full export."
    )


@strawberry.type(description="One run of load, ingest or link.")
class Job:
    id: strawberry.ID = strawberry.field(
        description="Id: `9c1185a5c5e9fc54`. Jobs that read the same files have the same id."
    )
    kind: JobKind = strawberry.field(description="Kind of job: `LOAD`.")
    state: JobState = strawberry.field(description="State of the job: `DONE`.")
    inputs: list[Input] = strawberry.field(description="Files that the job read.")
    read: int | None = strawberry.field(description="Records read: `40`.")
    written: int | None = strawberry.field(description="Records written: `38`.")
    unchanged: int | None = strawberry.field(description="Records that are equal to the stored records: `1`.")
    superseded: int | None = strawberry.field(
        description="Records that are older than the stored records, or were deleted later: `1`."
    )
    deleted: int | None = strawberry.field(description="Number of notices that a record is deleted: `1`.")
    refused: int | None = strawberry.field(description="Records that could not be read: `2`.")
    refusals: Connection[Refusal] = resolved(
        _refusals, "The records and files that could not be read, in the order of reading."
    )
    not_read: int | None = strawberry.field(description="Records of kinds that are not supported: `2`.")
    counts: list[RecordCount] = strawberry.field(
        description="The numbers of records for each kind of record, the most frequent kind first."
    )
    unmapped: int | None = strawberry.field(
        description="Number of codes and other values that were not mapped to a concept: `3`."
    )
    reasons: list[Reason] = strawberry.field(
        description="The reasons why codes and other values were not mapped to a concept, the most frequent first."
    )
    started: str | None = strawberry.field(description="Time of the start, ISO 8601: `2026-08-20T10:00:00+00:00`.")
    finished: str | None = strawberry.field(
        description="Time of the end, ISO 8601: `2026-08-20T10:00:05+00:00`. Null while the job runs."
    )
