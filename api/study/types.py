"""api: the types Study and About."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.concept.types import Concept
from api.connection import Connection, paged
from api.context import Node
from api.publication.loaders import PUBLICATION
from api.related.loaders import related_field
from api.role import AboutRole
from api.study.loaders import STUDY, about, abouts, joined

if TYPE_CHECKING:
    from api.publication.types import Publication
    from api.related.types import Related


@strawberry.type(description="That a record is about a concept, and how that is known.")
class About:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005148`.")
    field: str | None = strawberry.field(
        description="Where in it the words stood: `condition`; `inclusion` and `exclusion` are parts of `eligibility`, "
        "`description@nl` and `outcome:1003-1` are among `texts`."
    )
    text: str | None = strawberry.field(description="The words that were read, null where it was coded: `T2DM`.")
    name: str | None = strawberry.field(
        description="The concept's name that the words matched, null where it was coded: `type 2 diabetes mellitus`."
    )
    method: str | None = strawberry.field(
        description="`coded`, `exact` (a name, letter for letter but for case) or `normalised` (its words otherwise)."
    )
    confidence: float | None = strawberry.field(description="0 to 1: `0.98`.")
    assertion: str | None = strawberry.field(
        description="`present`, `negated`, `family` or `hypothetical`; for eligibility also `excluded`."
    )
    role: AboutRole = strawberry.field(
        description="The part that the concept has in the record; lists of records are chosen by it: `SUBJECT`."
    )
    start: int | None = strawberry.field(
        description="Where the words begin in the whole text of the field, in characters (code points) from 0: `0`."
    )
    end: int | None = strawberry.field(description="Where they end, exclusive: `8`.")


@strawberry.type(description="A text of a record in which something is named, and which no other field holds.")
class FieldText:
    field: str = strawberry.field(
        description="What `About.field` calls it: its name and language, or the id of a learning outcome: "
        "`description@nl`."
    )
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="A trial or other study.")
class Study:
    id: strawberry.ID = strawberry.field(description="CURIE: `clinicaltrials:NCT00000620`.")
    title: str | None = strawberry.field(description="`Action to Control Cardiovascular Risk in Diabetes`.")
    status: str | None = strawberry.field(description="As the registry says it: `COMPLETED`.")
    phase: str | None = strawberry.field(description="As the registry says it: `PHASE3`.")
    kind: str | None = strawberry.field(description="As the registry says it: `INTERVENTIONAL`.")
    start: str | None = strawberry.field(description="ISO 8601, as exact as it is known: `1999-09`.")
    end: str | None = strawberry.field(description="ISO 8601, as exact as it is known: `2009-06`.")
    enrolment: int | None = strawberry.field(description="How many take or took part, by the registry: `10251`.")
    summary: str | None = strawberry.field(description="What it is for, in its own words.")
    eligibility: str | None = strawberry.field(
        description="Who may take part and who is kept out, in its own words, a criterion a line."
    )
    abouts: Connection[About] = paged(
        abouts("Study"), about("Study"), "What it is about, in order of the concept's id: `MONDO:0005148`."
    )
    publications: Connection[Annotated[Publication, strawberry.lazy("api.publication.types")]] = paged(
        joined("^REPORTS"), PUBLICATION, "Publications that name it, by id: `doi:10.1056/nejmoa0802743`."
    )
    related: list[Annotated[Related, strawberry.lazy("api.related.types")]] = related_field(
        "Study",
        "Records of any kind that are likest to it, the likest first: `course:1002` for `clinicaltrials:NCT00000620`.",
    )

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, Node) and obj.level.kind is STUDY
