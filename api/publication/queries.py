"""api: publications by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.connection import FIRST, After, Connection, First, Page
from api.context import Context, Node, resolved
from api.level import AtLevel, Certainty
from api.publication.loaders import PUBLICATION
from api.publication.types import Publication
from api.reached.loaders import ReachedPage
from api.study.queries import About, one_record, records_about

PublicationId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="DOI or PubMed id, bare, as CURIE or as address: `doi:10.1056/nejmoa0802743`, `PMID: 18539917`."
    ),
]


def _publication(info: strawberry.Info[Context], id: PublicationId) -> Node | None:
    return one_record(info.context, "Publication", PUBLICATION, id)


def _publications(
    info: strawberry.Info[Context],
    about: About = None,
    level: AtLevel = Certainty.LIKELY,
    first: First = FIRST,
    after: After = None,
) -> Page | ReachedPage:
    return records_about(info.context, "Publication", PUBLICATION, about, level, first, after)


@strawberry.type
class PublicationQuery:
    publication: Publication | None = resolved(_publication, "One publication; null where nobody knows the id.")
    publications: Connection[Publication] | None = resolved(_publications, "Publications, by id.")
