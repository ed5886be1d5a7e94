"""api: the type Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.connection import Connection, paged
from api.context import Node
from api.dataset.loaders import DATASET
from api.publication.loaders import PUBLICATION
from api.publication.types import Publication
from api.related.loaders import related_field
from api.study.loaders import about, abouts, joined
from api.study.types import About, FieldText

if TYPE_CHECKING:
    from api.related.types import Related


@strawberry.type(description="A data set, or a collection or catalogue of them.")
class Dataset:
    id: strawberry.ID = strawberry.field(description="CURIE of the DOI, else its IRI: `doi:10.5072/diabetes-1`.")
    title: str | None = strawberry.field(description="`Glucose of 200 people with type 2 diabetes`.")
    description: str | None = strawberry.field(description="What it holds, in its own words.")
    kind: str | None = strawberry.field(description="As the source says it: `Dataset`, `Catalog`.")
    version: str | None = strawberry.field(description="As the source says it: `1.0`.")
    language: str | None = strawberry.field(description="BCP 47 tag of the language of its texts: `en`.")
    issued: str | None = strawberry.field(description="When it was published, ISO 8601: `2021-05`.")
    modified: str | None = strawberry.field(description="When it last changed, ISO 8601: `2022-01-31`.")
    licence: str | None = strawberry.field(description="`https://creativecommons.org/licenses/by/4.0/`.")
    landing_page: str | None = strawberry.field(description="The page about it: `https://example.org/diabetes-1`.")
    doi: str | None = strawberry.field(description="In lower case: `10.5072/diabetes-1`.")
    authors: int | None = strawberry.field(description="How many made it; their names are not kept: `3`.")
    texts: list[FieldText] = strawberry.field(
        description="Texts in which something is named and that no other field holds, as those in another language."
    )
    abouts: Connection[About] = paged(
        abouts("Dataset"), about("Dataset"), "What it is about, in order of the concept's id: `MONDO:0005148`."
    )
    publications: Connection[Publication] = paged(
        joined("DESCRIBED_IN"), PUBLICATION, "Publications that it names, by id: `doi:10.1056/nejmoa0802743`."
    )
    datasets: Connection[Annotated[Dataset, strawberry.lazy("api.dataset.types")]] = paged(
        joined("LISTS"),
        DATASET,
        "Data sets that it lists as a catalogue or series, by id: `doi:10.5072/b-1`.",
    )
    catalogues: Connection[Annotated[Dataset, strawberry.lazy("api.dataset.types")]] = paged(
        joined("^LISTS"), DATASET, "Catalogues and series that list it, by id: `https://example.org/catalogue`."
    )
    version_of: Connection[Annotated[Dataset, strawberry.lazy("api.dataset.types")]] = paged(
        joined("VERSION_OF"),
        DATASET,
        "What it is a version of: the data set that stands for all versions, or the version before: `doi:10.5072/b`.",
    )
    versions: Connection[Annotated[Dataset, strawberry.lazy("api.dataset.types")]] = paged(
        joined("^VERSION_OF"), DATASET, "Data sets that are versions of it, by id: `doi:10.5072/b.v1`."
    )
    related: list[Annotated[Related, strawberry.lazy("api.related.types")]] = related_field(
        "Dataset",
        "Records of any kind that are likest to it, the likest first: `clinicaltrials:NCT00000620`.",
    )

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, Node) and obj.level.kind is DATASET
