"""api: the types Mapping and MappingStatement, and the field that lists mappings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.fields import FIRST, After, First, pages, start_of
from api.schema.mapping import loaders
from api.schema.mapping.loaders import MAPPING

if TYPE_CHECKING:
    from api.schema.concept.types import Concept


@strawberry.enum(description="What became of a mapping.")
class MappingState(Enum):
    ACCEPTED = strawberry.enum_value("accepted", description="Believed, and followed by reach.")
    REJECTED = strawberry.enum_value("rejected", description="Stated to be wrong: somebody looked, and said no.")
    PROPOSED = strawberry.enum_value("proposed", description="Not looked at by anybody yet.")


@strawberry.type(description="What one mapping set, or the link job, says of a mapping.")
class MappingStatement:
    state: MappingState = strawberry.field(description="What it says: `REJECTED`.")
    confidence: float | None = strawberry.field(description="0 to 1, null where it was not stated: `0.2`.")
    justification: str | None = strawberry.field(description="CURIE of how it was found: `semapv:LexicalMatching`.")
    authors: list[str] = strawberry.field(description='Who made it: `["orcid:0000-0000-0000-0000"]`.')
    reviewers: list[str] = strawberry.field(description='Who reviewed it: `["orcid:0000-0000-0000-0000"]`.')
    tool: str | None = strawberry.field(description="As `Mapping.tool`: `gilda`.")
    date: str | None = strawberry.field(description="As `Mapping.date`: `2024-11-05`.")
    comment: str | None = strawberry.field(description="As `Mapping.comment`: `Checked against the definition.`.")
    steward: bool = strawberry.field(description="Whether a steward of this site says so: `false`.")
    evidence: str | None = strawberry.field(description='As `Mapping.evidence`: `{"cosine":0.91}`.')
    through: str | None = strawberry.field(description="As `Mapping.through`: `hyperglycemia ~ high blood sugar`.")
    release: str | None = strawberry.field(
        description="Id of the release that states it, one of `ontologies`: `http://purl.obolibrary.org/obo/mondo`."
    )


@strawberry.type(
    description="That two concepts correspond (SSSOM), told from one of them: all statements of the pair with one "
    "predicate. All but `statements` is what the statement says that counts: a steward's, else a rejection, else one "
    "that is accepted."
)
class Mapping:
    predicate: str = strawberry.field(
        description="CURIE, from the concept to the other one; broader and narrower are turned where the source "
        "stated it the other way round: `skos:exactMatch`."
    )
    concept: Annotated[Concept, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="The concept at the other end: `snomedct:44054006`."
    )
    confidence: float | None = strawberry.field(
        description="0 to 1, null where it was not stated; of one that `tricuspid link` proposed, the probability that "
        "the two are the same: `0.95`."
    )
    justification: str | None = strawberry.field(description="CURIE of how it was found: `semapv:LexicalMatching`.")
    state: MappingState = strawberry.field(description="Whether it is believed: `ACCEPTED`.")
    tool: str | None = strawberry.field(
        description="The software that found it, null if none is stated; of the link job `tricuspid`: `gilda`."
    )
    date: str | None = strawberry.field(
        description="When it was made, as the mapping set states it; null if it does not: `2024-11-05`."
    )
    comment: str | None = strawberry.field(
        description="What the mapping set says of it besides, null for most: `Checked against the definition.`."
    )
    evidence: str | None = strawberry.field(
        description="What spoke for one that was computed, as JSON of features and their values; null for others: "
        '`{"cosine":0.91}`.'
    )
    through: str | None = strawberry.field(
        description="The two nearest names of a computed mapping, the name of the stating concept first; null for "
        "others: `hyperglycemia ~ high blood sugar`."
    )
    release: str | None = strawberry.field(
        description="Id of the release that states it, one of `ontologies`: `http://purl.obolibrary.org/obo/mondo`."
    )
    statements: list[MappingStatement] = strawberry.field(
        description="All that is stated of it, in either direction: the one that counts first."
    )


_States = Annotated[
    list[MappingState],
    strawberry.argument(description="Only in these states: `[ACCEPTED, PROPOSED]`."),
]


def mappings(
    root: strawberry.Parent[Any],
    states: _States = [MappingState.ACCEPTED],  # noqa: B006
    first: First = FIRST,
    after: After = None,
) -> Any:
    start = start_of(root.context.snapshot.epoch, first, after)
    wanted = tuple(sorted({str(state.value) for state in states}))
    read = loaders.mappings(wanted)
    key = "mappings", wanted, first, start
    return root.once(key, lambda context, own: pages(context, MAPPING, read(context, own), first, start))
