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


@strawberry.enum(description="The state of a mapping.")
class MappingState(Enum):
    ACCEPTED = strawberry.enum_value("accepted", description="Accepted as true. The reach follows accepted mappings.")
    REJECTED = strawberry.enum_value("rejected", description="Reviewed and stated to be wrong.")
    PROPOSED = strawberry.enum_value("proposed", description="Not reviewed yet.")


@strawberry.type(description="The statement of one mapping set or link job about a mapping.")
class MappingStatement:
    state: MappingState = strawberry.field(
        description="The state of the mapping according to this statement: `REJECTED`."
    )
    confidence: float | None = strawberry.field(description="Confidence, 0 to 1: `0.2`. Null if not stated.")
    justification: str | None = strawberry.field(
        description="CURIE of the method that found the mapping: `semapv:LexicalMatching`."
    )
    authors: list[str] = strawberry.field(
        description='ORCIDs or names of the authors: `["orcid:0000-0000-0000-0000"]`.'
    )
    reviewers: list[str] = strawberry.field(
        description='ORCIDs or names of the reviewers: `["orcid:0000-0000-0000-0000"]`.'
    )
    tool: str | None = strawberry.field(description="Software that found the mapping, see `Mapping.tool`: `gilda`.")
    date: str | None = strawberry.field(description="Date, see `Mapping.date`: `2024-11-05`.")
    comment: str | None = strawberry.field(
        description="Comment, see `Mapping.comment`: `Checked against the definition.`."
    )
    steward: bool = strawberry.field(description="True if a steward of this site stated the mapping: `false`.")
    evidence: str | None = strawberry.field(description='Evidence as JSON, see `Mapping.evidence`: `{"cosine":0.91}`.')
    through: str | None = strawberry.field(
        description="Most similar names, see `Mapping.through`: `hyperglycemia ~ high blood sugar`."
    )
    release: str | None = strawberry.field(
        description="Id of the release that states the mapping: `http://purl.obolibrary.org/obo/mondo`. `ontologies` "
        "lists releases."
    )


@strawberry.type(
    description="A mapping between the requested concept and another concept (SSSOM). A mapping combines all "
    "statements about the two concepts that have the same predicate. All fields except `statements` come from the "
    "decisive statement: a steward's statement if there is one, otherwise a rejection, otherwise an accepted "
    "statement, otherwise a proposed statement."
)
class Mapping:
    predicate: str = strawberry.field(
        description="CURIE of the predicate, read from the requested concept to the other concept: `skos:exactMatch`. "
        "If the source states the mapping in the other direction, broader and narrower are swapped."
    )
    concept: Annotated[Concept, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="The other concept: `snomedct:44054006`."
    )
    confidence: float | None = strawberry.field(
        description="Confidence, 0 to 1: `0.95`. Null if not stated. If `tricuspid link` proposed the mapping, the "
        "confidence is the probability that the two concepts are the same."
    )
    justification: str | None = strawberry.field(
        description="CURIE of the method that found the mapping: `semapv:LexicalMatching`."
    )
    state: MappingState = strawberry.field(description="State of the mapping: `ACCEPTED`.")
    tool: str | None = strawberry.field(
        description="Software that found the mapping: `gilda`, or `tricuspid` for link jobs. Null if not stated."
    )
    date: str | None = strawberry.field(
        description="Date of the mapping according to the mapping set: `2024-11-05`. Null if not stated."
    )
    comment: str | None = strawberry.field(
        description="Comment in the mapping set: `Checked against the definition.`. Null if there is none."
    )
    evidence: str | None = strawberry.field(
        description='Evidence for a computed mapping, as a JSON object of features and values: `{"cosine":0.91}`. Null '
        "for other mappings."
    )
    through: str | None = strawberry.field(
        description="The two most similar names of the two concepts of a computed mapping, the name of the subject "
        "first: `hyperglycemia ~ high blood sugar`. Null for other mappings."
    )
    release: str | None = strawberry.field(
        description="Id of the release that states the mapping: `http://purl.obolibrary.org/obo/mondo`. `ontologies` "
        "lists releases."
    )
    statements: list[MappingStatement] = strawberry.field(
        description="All statements in both directions, the decisive statement first."
    )


_States = Annotated[
    list[MappingState],
    strawberry.argument(description="Only mappings in these states: `[ACCEPTED, PROPOSED]`."),
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
