"""api: the type Publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.connection import Connection, paged
from api.context import Node
from api.dataset.loaders import DATASET
from api.publication.loaders import PUBLICATION
from api.related.loaders import related_field
from api.study.loaders import STUDY, about, abouts, joined
from api.study.types import About, FieldText, Study

if TYPE_CHECKING:
    from api.dataset.types import Dataset
    from api.related.types import Related


@strawberry.type(description="An article or other text. Of one that others only refer to no more than the id is known.")
class Publication:
    id: strawberry.ID = strawberry.field(
        description="CURIE, of the DOI where it has one, else of PubMed: `doi:10.1056/nejmoa0802743`."
    )
    title: str | None = strawberry.field(description="`Effects of Intensive Glucose Lowering in Type 2 Diabetes`.")
    abstract: str | None = strawberry.field(description="Its abstract, a section a line.")
    kind: str | None = strawberry.field(description="As the source says it, several with `; `: `Journal Article`.")
    journal: str | None = strawberry.field(description="Where it appeared: `The New England journal of medicine`.")
    language: str | None = strawberry.field(description="BCP 47 tag of the language it is written in: `en`.")
    published: str | None = strawberry.field(description="ISO 8601, as exact as it is known: `2008-06-12`.")
    revised: str | None = strawberry.field(description="When its record last changed, ISO 8601: `2025-01-01`.")
    doi: str | None = strawberry.field(description="In lower case: `10.1056/nejmoa0802743`.")
    pmid: str | None = strawberry.field(description="Its number in PubMed: `18539917`.")
    authors: int | None = strawberry.field(description="How many wrote it; their names are not kept: `11`.")
    texts: list[FieldText] = strawberry.field(
        description="Texts in which something is named and that no other field holds, as those in another language."
    )
    abouts: Connection[About] = paged(
        abouts("Publication"), about("Publication"), "What it is about, in order of the concept's id: `MONDO:0005148`."
    )
    studies: Connection[Study] = paged(
        joined("REPORTS"), STUDY, "Studies that it names, by id: `clinicaltrials:NCT00000620`."
    )
    datasets: Connection[Annotated[Dataset, strawberry.lazy("api.dataset.types")]] = paged(
        joined("^DESCRIBED_IN"), DATASET, "Data sets that name it, by id: `doi:10.5072/diabetes-1`."
    )
    related: list[Annotated[Related, strawberry.lazy("api.related.types")]] = related_field(
        "Publication",
        "Records of any kind that are likest to it, the likest first: `clinicaltrials:NCT00000620`.",
    )

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, Node) and obj.level.kind is PUBLICATION
