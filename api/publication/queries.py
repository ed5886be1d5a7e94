"""api: publications by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Context, Node, resolved
from api.publication.loaders import PUBLICATION
from api.publication.types import Publication
from api.reached.types import ReachedConnection
from api.study.queries import listed_records, one_record

PublicationId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="A DOI in any form, or a PubMed id with its prefix: `doi:10.1056/nejmoa0802743`, `PMID: 18539917`."
    ),
]


def _publication(info: strawberry.Info[Context], id: PublicationId) -> Node | None:
    return one_record(info.context, "Publication", PUBLICATION, id)


@strawberry.type
class PublicationQuery:
    publication: Publication | None = resolved(_publication, "One publication; null where nobody knows the id.")
    publications: ReachedConnection[Publication] | None = listed_records(
        "Publication", PUBLICATION, "Publications, by id."
    )
