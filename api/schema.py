"""api: the schema, put together from its parts; `python -m api.schema > api/schema.graphql` writes it down."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from api.cohort.queries import CohortQuery
from api.concept.queries import ConceptQuery
from api.context import value_of
from api.ground.queries import GroundQuery
from api.path.queries import PathQuery
from api.record.lists import RecordKindQuery
from api.record.queries import RecordQuery
from api.site_names.queries import SiteNameQuery
from api.status.queries import StatusQuery
from api.unmapped.queries import UnmappedQuery

_CURATED = (StatusQuery, UnmappedQuery, SiteNameQuery)
_PARTS = (ConceptQuery, RecordKindQuery, RecordQuery, GroundQuery, CohortQuery, PathQuery, *_CURATED)

schema = strawberry.Schema(
    strawberry.type(merge_types("Query", _PARTS), description="What may be asked; every answer is of one epoch."),
    config=StrawberryConfig(default_resolver=value_of),
)


if __name__ == "__main__":
    print(schema.as_str())
