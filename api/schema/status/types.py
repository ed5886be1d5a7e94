"""api: the types Ontology, Encoder and Job."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.fields import FIRST, After, Connection, EncoderState, First, JobKind, JobState, pages, resolved, start_of
from api.schema.status.loaders import REFUSAL, refusals


@strawberry.type(description="One loaded release of a terminology, a mapping set or a translation.")
class Ontology:
    id: strawberry.ID = strawberry.field(
        description="A newer release of the same id replaces it: `http://purl.obolibrary.org/obo/mondo`."
    )
    prefix: str | None = strawberry.field(
        description="Prefix of the concepts that it defines; null for a mapping set or a translation: `MONDO`."
    )
    version: str | None = strawberry.field(description="As the release says it: `2026-08-04`.")
    iri: str | None = strawberry.field(description="`http://purl.obolibrary.org/obo/mondo.owl`.")
    licence: str | None = strawberry.field(description="`https://creativecommons.org/licenses/by/4.0/`.")
    title: str | None = strawberry.field(description="`Mondo Disease Ontology`.")
    loaded: str | None = strawberry.field(description="When, ISO 8601: `2026-08-20T10:00:00+00:00`.")
    concepts: int = strawberry.field(description="How many concepts it defines here, deprecated ones too: `36006`.")


@strawberry.type(description="What reads names for their meaning; names that are in use are read first.")
class Encoder:
    state: EncoderState = strawberry.field(description="Whether names can be found by their meaning: `PARTIAL`.")
    detail: str = strawberry.field(description="The same in words, with why: `partial: 34,000 of 105,000 names`.")
    names: int = strawberry.field(description="How many names there are to be found by their meaning: `105000`.")
    encoded: int = strawberry.field(description="How many of these are found by it so far: `34000`.")


@strawberry.type(description="A file that a job read.")
class Input:
    file: str | None = strawberry.field(
        description="Its name, or for a file about patients 16 digits of its hash: `mondo.obo`, `3b0c44298fc1c149`."
    )
    hash: str | None = strawberry.field(
        description="Of its content, under the secret of the site; equal for equal content."
    )


@strawberry.type(description="Something that reached no concept, and how often.")
class Reason:
    reason: str = strawberry.field(description="`no code`.")
    count: int = strawberry.field(description="How often: `2`.")


@strawberry.type(description="A record, or the rest of a file, that a job could not read.")
class Refusal:
    file: str | None = strawberry.field(description="As among the inputs of the job: `mondo.obo`.")
    position: str | None = strawberry.field(description="Where in it, null for all of it: `line 4 (Condition)`.")
    reason: str | None = strawberry.field(description="What to mend, without what the record said: `no subject`.")


FileName = Annotated[str | None, strawberry.argument(description="Only those of this input: `mondo.obo`.")]
ReasonPart = Annotated[str | None, strawberry.argument(description="Only those with this in the reason: `no id`.")]


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


@strawberry.type(description="Records of one kind that a job read, and what became of them.")
class RecordCount:
    kind: str | None = strawberry.field(
        description="`Condition`, `Study`; of a load `terms`, `names`, `relations` or `mappings`; null: refused, so of "
        "no known kind."
    )
    read: int = strawberry.field(
        description="The sum of written, unchanged, superseded, deleted, refused and not read: `40`."
    )
    written: int = strawberry.field(description="New, or not as the store had them: `38`.")
    unchanged: int = strawberry.field(description="Equal to what the store has, or repeated in the same file: `1`.")
    superseded: int = strawberry.field(description="Passed over for what the store has: `1`.")
    deleted: int = strawberry.field(description="News that a record is deleted: `1`.")
    refused: int = strawberry.field(description="Could not be read: `1`.")
    not_read: int = strawberry.field(description="All of a kind that no reader is for: `1`.")
    added: int = strawberry.field(description="Of a load: written, and not in the release before: `30`.")
    changed: int = strawberry.field(description="Of a load: terms that the release before defined otherwise: `7`.")
    obsoleted: int = strawberry.field(description="Of a load: terms that the release before did not deprecate: `1`.")
    removed: int = strawberry.field(
        description="In the release before and not in this one; of an ingest, gone from a full export: `2`."
    )


@strawberry.type(description="One run of load or ingest.")
class Job:
    id: strawberry.ID = strawberry.field(description="The same for the same files: `9c1185a5c5e9fc54`.")
    kind: JobKind = strawberry.field(description="What it does: `LOAD`.")
    state: JobState = strawberry.field(description="How far it is: `DONE`.")
    inputs: list[Input] = strawberry.field(description="What it read.")
    read: int | None = strawberry.field(description="Records read: `40`.")
    written: int | None = strawberry.field(description="Records written: `38`.")
    unchanged: int | None = strawberry.field(description="Records read that say what the store has: `1`.")
    superseded: int | None = strawberry.field(
        description="Records read of which the store had a newer version, or which had been deleted since: `1`."
    )
    deleted: int | None = strawberry.field(description="Records read that are the news of a deletion: `1`.")
    refused: int | None = strawberry.field(description="Records that could not be read: `2`.")
    refusals: Connection[Refusal] = resolved(_refusals, "Those records and files, in the order of the job.")
    not_read: int | None = strawberry.field(description="Records of kinds that no reader is for: `2`.")
    counts: list[RecordCount] = strawberry.field(description="The same by kind, the commonest first.")
    unmapped: int | None = strawberry.field(description="Values that reached no concept: `3`.")
    reasons: list[Reason] = strawberry.field(description="Why they reached none, the commonest first.")
    started: str | None = strawberry.field(description="ISO 8601: `2026-08-20T10:00:00+00:00`.")
    finished: str | None = strawberry.field(description="ISO 8601, null while it runs: `2026-08-20T10:00:05+00:00`.")
