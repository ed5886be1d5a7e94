"""api: the schema, put together from its parts; `python -m api.schema.root > api/schema.graphql` writes it down."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from api.fields import value_of
from api.schema.cohort.queries import CohortQuery
from api.schema.concept.queries import ConceptQuery
from api.schema.ground.queries import GroundQuery
from api.schema.path.queries import PathQuery
from api.schema.record.lists import RecordKindQuery
from api.schema.record.queries import RecordQuery
from api.schema.site_names.queries import SiteNameQuery
from api.schema.status.queries import StatusQuery
from api.schema.unmapped.queries import UnmappedQuery

_CURATED = (StatusQuery, UnmappedQuery, SiteNameQuery)
_PARTS = (ConceptQuery, RecordKindQuery, RecordQuery, GroundQuery, CohortQuery, PathQuery, *_CURATED)

schema = strawberry.Schema(
    strawberry.type(merge_types("Query", _PARTS), description="What may be asked; every answer is of one epoch."),
    config=StrawberryConfig(default_resolver=value_of),
)
