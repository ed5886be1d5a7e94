"""api: the type Concept and the types of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.disclosure import Reason
from api.errors import BadInput
from api.fields import (
    FIRST,
    AtLevel,
    Certainty,
    ConceptKind,
    Connection,
    Context,
    First,
    How,
    PageInfo,
    SynonymKind,
    add,
    at_level,
    check_first,
    grouped,
    paged,
    resolved,
)
from api.schema.concept import loaders
from api.schema.concept.loaders import CONCEPT, LABEL, NEIGHBOUR
from api.schema.experts.loaders import experts_field
from api.schema.mapping.types import Mapping, mappings
from api.schema.meaning.loaders import meanings
from api.schema.meaning.types import Meaning
from api.schema.reached.loaders import reached_field
from api.schema.reached.types import ReachedConnection
from api.schema.uncounted.loaders import not_counted
from api.schema.uncounted.types import NotCounted
from graph.kinds import KINDS, RECORDS

if TYPE_CHECKING:
    from api.schema.experts.types import Expert

_MOST_LANGUAGES = 20


@strawberry.type(description="A name of a concept other than its label.")
class Synonym:
    text: str = strawberry.field(description="The name: `T2DM`.")
    language: str = strawberry.field(
        description="Language as a BCP 47 tag: `nl`. `en` if the source does not state it."
    )
    kind: SynonymKind = strawberry.field(description="Kind of name: `ABBREVIATION`.")


@strawberry.type(description="A definition of a concept in a language other than English.")
class Definition:
    text: str = strawberry.field(description="The definition.")
    language: str = strawberry.field(description="Language as a BCP 47 tag: `nl`.")


@strawberry.type(description="A relation of a concept to another concept, other than hierarchy and mappings.")
class Relation:
    predicate: str = strawberry.field(description="CURIE of the relation: `RO:0004026` (disease has location).")
    concept: Concept = strawberry.field(description="The object of the relation: `UBERON:0002113`.")


@strawberry.type(
    description="A concept that is useful to a reader of another concept, such as a form, a cause, a sign or a "
    "complication. The two concepts do not have the same meaning, neither is narrower than the other, and no mapping "
    "between the two is proposed."
)
class Neighbour:
    concept: Concept = strawberry.field(description="The other concept: `HP:0003074` for `MONDO:0005015`.")
    score: float = strawberry.field(
        description="The probability that the neighbour is useful to a reader, 0.7 to 1, according to a model trained "
        "on pairs that people rated: `0.83`. The score is not the probability that the two concepts have the same "
        "meaning."
    )
    model: str = strawberry.field(description="The encoder that found the neighbour: `all-MiniLM-L6-v2-53aa5117`.")
    through: str | None = strawberry.field(
        description="The two most similar names of the two concepts: `hyperglycemia ~ high blood sugar`."
    )


@strawberry.enum(description="Why a number of patients is withheld.")
class WithheldReason(Enum):
    TOO_FEW = strawberry.enum_value(
        Reason.TOO_FEW, description="The number with noise is below ten, or there are no patients."
    )
    ROLE = strawberry.enum_value(Reason.ROLE, description="The role of the caller gets no numbers, or only bounds.")
    DIFFERENCE = strawberry.enum_value(
        Reason.DIFFERENCE,
        description="Together with other numbers, the number could disclose a difference of a few patients.",
    )


@strawberry.type(description="A number of patients, after disclosure control.")
class PatientCount:
    count: int | None = strawberry.field(
        description="The number with noise of at most five, rounded to tens: `120`. Null below ten. For the role "
        "`exact`, the exact number."
    )
    withheld: bool = strawberry.field(
        description="True if the number must not be disclosed: `false`. Zero patients are withheld too."
    )
    at_least: int | None = strawberry.field(
        description="Lower bound of the number with noise: `115`. Can be present even if `count` is null."
    )
    at_most: int | None = strawberry.field(
        description="Upper bound of the number with noise: `124`. Null if the caller is not allowed to know the bound."
    )
    reason: WithheldReason | None = strawberry.field(description="Why the number is withheld: `TOO_FEW`.")


_Languages = Annotated[
    list[str] | None,
    strawberry.argument(
        description='Only names in these languages, as BCP 47 tags: `["nl", "en"]`. `nl` also finds `nl-BE`.'
    ),
]
_Model = Annotated[
    str | None, strawberry.argument(description="Only neighbours that this encoder found: `all-MiniLM-L6-v2-53aa5117`.")
]


def _neighbours(root: strawberry.Parent[Any], first: First = FIRST, model: _Model = None) -> Any:
    check_first(first)
    read = loaders.neighbours(model)

    def shown(context: Context, own: Sequence[int]) -> Any:
        return grouped(context, NEIGHBOUR, [some[:first] for some in read(context, own)])

    return root.once(("neighbours", first, model), shown)


def _synonyms(root: strawberry.Parent[Any], languages: _Languages = None) -> Any:
    if languages is not None and len(languages) > _MOST_LANGUAGES:
        raise BadInput(f"languages has {len(languages)} entries: give at most {_MOST_LANGUAGES}")
    wanted = None if languages is None else tuple(languages)
    read = loaders.synonyms(wanted)
    return root.once(("synonyms", wanted), lambda context, own: grouped(context, LABEL, read(context, own)))


def _not_counted(root: strawberry.Parent[Any], first: First = FIRST, level: AtLevel = Certainty.LIKELY) -> Any:
    check_first(first)
    return root.once(("not counted", first, level), not_counted(level.level, first))


def _meaning(root: strawberry.Parent[Any]) -> Any:
    return root.once("meaning", meanings)


def _with_records(own: type) -> type:
    """Adds a field for each kind of record to a type. The field lists the records about a concept in the reach."""
    for kind in (KINDS[name] for name in RECORDS):
        record: Any = Annotated[kind.name, strawberry.lazy("api.schema.record.kinds")]
        example = kind.columns[0].said.example
        description = (
            f"{kind.spoken.capitalize()} about a concept in the reach of this concept, sorted by id: `{example}`."
        )
        add(own, kind.plural, ReachedConnection[record], reached_field(kind.name, description))
    return own


@strawberry.type(description="A concept of a terminology, identified by its CURIE.")
@_with_records
class Concept:
    id: strawberry.ID = strawberry.field(description="CURIE in its standard spelling: `MONDO:0005148`.")
    label: str | None = strawberry.field(
        description="Preferred name, in English or without a language: `type 2 diabetes mellitus`. Null for a code "
        "without a name."
    )
    definition: str | None = strawberry.field(description="Definition in English.")
    definitions: list[Definition] = strawberry.field(description="Definitions in other languages.")
    ontology: str | None = strawberry.field(description="Prefix of its terminology: `MONDO`.")
    deprecated: bool = strawberry.field(
        description="True if the concept is obsolete according to its terminology: `false`."
    )
    replaced_by: Concept | None = strawberry.field(
        description="For an obsolete concept, the concept to use instead: `MONDO:0016391` for `MONDO:0001344`."
    )
    stub: bool = strawberry.field(
        description="True for a code in records or mappings that no loaded release defines: `false`."
    )
    synonyms: list[Synonym] = resolved(
        _synonyms, "Other names, including labels in other languages, sorted alphabetically."
    )
    relations: list[Relation] = strawberry.field(description="Relations to other concepts, sorted by id of the object.")
    parents: Connection[Concept] = paged(
        loaders.parents, CONCEPT, "Directly broader concepts, sorted by id: `MONDO:0005015` for `MONDO:0005148`."
    )
    children: Connection[Concept] = paged(
        loaders.children, CONCEPT, "Directly narrower concepts, sorted by id: `MONDO:0005148` for `MONDO:0005015`."
    )
    ancestors: Connection[Concept] = paged(
        loaders.ancestors, CONCEPT, "All broader concepts, without the concept itself, sorted by id."
    )
    descendants: Connection[Concept] = paged(
        loaders.descendants, CONCEPT, "All narrower concepts, without the concept itself, sorted by id."
    )
    mappings: Connection[Mapping] = resolved(
        mappings,
        "Mappings to other concepts, in either direction, sorted by id of the other concept, then by predicate. "
        "Several statements about the same other concept with the same predicate are one mapping.",
    )
    meaning: Meaning = resolved(_meaning, "The concepts with the same meaning, and the evidence for each.")
    neighbours: list[Neighbour] = resolved(
        _neighbours,
        "Concepts that are useful to a reader of this concept, found by `tricuspid link`, the most probable first. If "
        "several neighbours have the same meaning, only one is listed.",
    )
    experts: Connection[Annotated[Expert, strawberry.lazy("api.schema.experts.types")]] = experts_field
    patients: PatientCount = at_level(
        loaders.patients,
        "Patients with an event on a concept in the reach of this concept. Family history, uncertain events "
        "(`provisional`) and findings stated as absent are not counted. For roles below `exact`: if this count and the "
        "count of a broader concept differ by only about ten or less, the count of the broader concept is returned "
        "instead. In the same way, a count at CERTAIN can be replaced by the count at LIKELY. Without this rule, the "
        "difference could identify a patient.",
    )
    not_counted: list[NotCounted] = resolved(
        _not_counted,
        "Concepts with similar names whose records and patients are not counted, sorted by `why`, "
        "then by number of records (largest first), then by id. A concept without records is listed"
        " only if the caller is allowed to know that it has patients.",
    )


@strawberry.type(description="How a search found a concept.")
class Match:
    how: How = strawberry.field(
        description="The kind of match. `EXACT_LABEL`, `EXACT_SYNONYM` and `IDENTIFIER` come first, in this order. "
        "Then come `ABBREVIATION` and `COMPOUND`, then all other kinds in one ranking."
    )
    text: str = strawberry.field(description="The name that matched: `suikerziekte`.")
    language: str | None = strawberry.field(
        description="Language of the name that matched: `nl`. Null for an identifier."
    )


@strawberry.type(description="One search result: a group of concepts with the same meaning.")
class SearchEdge:
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6OQ==`.")
    node: Concept = strawberry.field(
        description="The concept that represents the group: `MONDO:0005148`. Only the requested terminologies are "
        "considered."
    )
    match: Match = strawberry.field(description="How the concept was found.")
    score: float = strawberry.field(description="How well the name matches the text, 0 to 1: `0.99`.")
    members: list[strawberry.ID] = strawberry.field(
        description='Ids of all concepts with this meaning, sorted: `["DOID:9352", "HP:0005978", "MONDO:0005148"]`.'
    )
    kind: ConceptKind | None = strawberry.field(description="Kind of concept: `DISEASE`. Null if unknown.")
    records: int = strawberry.field(
        description="Number of studies, publications, data sets and courses that have a concept in the reach at "
        "LIKELY as a subject, intervention or outcome: `6`."
    )


@strawberry.type(description="One page of search results.")
class SearchConnection:
    total_count: int = strawberry.field(description="Number of results in the whole list, not only the page: `42`.")
    edges: list[SearchEdge] = strawberry.field(description="The results of the page, best first.")
    nodes: list[Concept] = strawberry.field(description="The concepts of the page, without match and score.")
    page_info: PageInfo = strawberry.field(description="Whether there is a next page, and the cursor to request it.")
