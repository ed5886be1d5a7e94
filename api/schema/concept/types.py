"""api: the type Concept and what hangs on it, each field with an example from diabetes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

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


@strawberry.type(description="A name of a concept besides its label.")
class Synonym:
    text: str = strawberry.field(description="The name: `T2DM`.")
    language: str = strawberry.field(description="BCP 47 tag, `en` where the source did not say: `nl`.")
    kind: SynonymKind = strawberry.field(description="What kind of name it is: `ABBREVIATION`.")


@strawberry.type(description="A definition of a concept in one more language.")
class Definition:
    text: str = strawberry.field(description="The definition.")
    language: str = strawberry.field(description="BCP 47 tag: `nl`.")


@strawberry.type(description="A statement that is neither hierarchy nor mapping, with the concept as its subject.")
class Relation:
    predicate: str = strawberry.field(description="CURIE of the relation: `RO:0004026` (disease has location).")
    concept: Concept = strawberry.field(description="The object: `UBERON:0002113`.")


@strawberry.type(
    description="A concept that a reader of this one is likely to want to see as well: a form, a cause, a sign or a "
    "complication. It neither means the same nor is narrower or broader, and no mapping of the two is proposed."
)
class Neighbour:
    concept: Concept = strawberry.field(description="The other concept: `HP:0003074` for `MONDO:0005015`.")
    score: float = strawberry.field(
        description="The probability that it is useful to who reads of the concept, 0.7 to 1, learnt from pairs that "
        "were judged by reading; not that the two mean the same: `0.83`."
    )
    model: str = strawberry.field(description="The encoder that found it: `all-MiniLM-L6-v2-53aa5117`.")
    through: str | None = strawberry.field(
        description="The two nearest names, which made it: `hyperglycemia ~ high blood sugar`."
    )


@strawberry.type(description="How many patients, as far as the caller may know.")
class PatientCount:
    count: int | None = strawberry.field(
        description="With noise of at most five, rounded to tens, and null below ten; exact for a caller whose role "
        "allows it: `120`."
    )
    withheld: bool = strawberry.field(
        description="True where the number may not be told; so it is for nobody: `false`."
    )
    at_least: int | None = strawberry.field(
        description="The number with noise is this or more, where a caller may know this though not the number: `115`."
    )
    at_most: int | None = strawberry.field(
        description="The number with noise is this or less, where a caller may know it: `124`."
    )


_Languages = Annotated[
    list[str] | None,
    strawberry.argument(description='Only in these languages, BCP 47; `nl` also finds `nl-BE`: `["nl", "en"]`.'),
]
_Model = Annotated[
    str | None, strawberry.argument(description="Only those that this encoder found: `all-MiniLM-L6-v2-53aa5117`.")
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
    """Gives a type the lists of each kind of record that is about the reach of a concept."""
    for kind in (KINDS[name] for name in RECORDS):
        record: Any = Annotated[kind.name, strawberry.lazy("api.schema.record.kinds")]
        said = f"{kind.spoken.capitalize()} about anything in its reach, by id: `{kind.columns[0].said.example}`."
        add(own, kind.plural, ReachedConnection[record], reached_field(kind.name, said))
    return own


@strawberry.type(description="A node of a terminology, known by its CURIE.")
@_with_records
class Concept:
    id: strawberry.ID = strawberry.field(description="CURIE in its one spelling: `MONDO:0005148`.")
    label: str | None = strawberry.field(
        description="Its name, English or of no language; null for a code that came without words: "
        "`type 2 diabetes mellitus`."
    )
    definition: str | None = strawberry.field(description="What it means, in English.")
    definitions: list[Definition] = strawberry.field(description="What it means, in other languages.")
    ontology: str | None = strawberry.field(description="Prefix of the terminology it is from: `MONDO`.")
    deprecated: bool = strawberry.field(description="Whether its terminology has given it up: `false`.")
    replaced_by: Concept | None = strawberry.field(
        description="What its terminology says to use instead: `MONDO:0016391` for `MONDO:0001344`."
    )
    stub: bool = strawberry.field(
        description="True for a code that was met in records or mappings while its terminology is not loaded: `false`."
    )
    synonyms: list[Synonym] = resolved(
        _synonyms, "Its other names, labels in other languages among them, in order of text."
    )
    relations: list[Relation] = strawberry.field(
        description="Statements with it as the subject, in order of the object's id."
    )
    parents: Connection[Concept] = paged(
        loaders.parents, CONCEPT, "Concepts directly above, by id: `MONDO:0005015` for `MONDO:0005148`."
    )
    children: Connection[Concept] = paged(
        loaders.children, CONCEPT, "Concepts directly below, by id: `MONDO:0005148` for `MONDO:0005015`."
    )
    ancestors: Connection[Concept] = paged(loaders.ancestors, CONCEPT, "All concepts above, without itself, by id.")
    descendants: Connection[Concept] = paged(loaders.descendants, CONCEPT, "All concepts below, without itself, by id.")
    mappings: Connection[Mapping] = resolved(
        mappings,
        "Concepts of other terminologies that correspond, whichever side stated it, by the other's id, then by "
        "predicate; each once for a predicate.",
    )
    meaning: Meaning = resolved(_meaning, "The concepts that mean the same, and why.")
    neighbours: list[Neighbour] = resolved(
        _neighbours,
        "Concepts that are likely to be of use beside it, as `tricuspid link` found them, the likeliest first; each "
        "meaning once.",
    )
    experts: Connection[Annotated[Expert, strawberry.lazy("api.schema.experts.types")]] = experts_field
    patients: PatientCount = at_level(
        loaders.patients,
        "Patients with an event on anything in its reach. Family history, what is not certain (`provisional`) and what "
        "was found absent are not counted. Unless the caller's role is `exact`, a concept whose patients are about ten "
        "fewer, or less, than those of a broader concept, or of its own at LIKELY, is answered with the count of that "
        "one, so that the difference identifies nobody.",
    )
    not_counted: list[NotCounted] = resolved(
        _not_counted,
        "Concepts with similar names whose records and patients the counts leave out: in order of `why`, then the most "
        "records first, then by id. A concept without records is listed only if its patients may be known.",
    )


@strawberry.type(description="How a concept was found.")
class Match:
    how: How = strawberry.field(
        description="How it was found. `EXACT_LABEL`, `EXACT_SYNONYM` and `IDENTIFIER` come first, in this order, then "
        "`ABBREVIATION` and `COMPOUND`, then all others in one ranking."
    )
    text: str = strawberry.field(description="The name that matched: `suikerziekte`.")
    language: str | None = strawberry.field(description="Language of that name; null for an identifier: `nl`.")


@strawberry.type(description="One meaning found.")
class SearchEdge:
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6OQ==`.")
    node: Concept = strawberry.field(
        description="The preferred concept of this meaning, among the terminologies asked for: `MONDO:0005148`."
    )
    match: Match = strawberry.field(description="How it was found.")
    score: float = strawberry.field(description="How well the name answers the text, 0 to 1: `0.99`.")
    members: list[strawberry.ID] = strawberry.field(
        description='All concepts that mean the same, by id: `["DOID:9352", "HP:0005978", "MONDO:0005148"]`.'
    )
    kind: ConceptKind | None = strawberry.field(description="What it is; null if unknown: `DISEASE`.")
    records: int = strawberry.field(
        description="How many studies, publications, data sets and courses are about it, at LIKELY, as a subject, "
        "intervention or outcome: `6`."
    )


@strawberry.type(description="One page of what was found.")
class SearchConnection:
    total_count: int = strawberry.field(description="How many meanings were found in all: `42`.")
    edges: list[SearchEdge] = strawberry.field(description="The page, best first.")
    nodes: list[Concept] = strawberry.field(description="The page, without how each was found.")
    page_info: PageInfo = strawberry.field(description="Whether and where the list goes on.")
