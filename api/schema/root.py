"""api: builds the GraphQL schema from its parts. `python -m api.schema > api/schema.graphql` writes the schema."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from api.errors import Code
from api.fields import value_of
from api.schema.cohort.defined import DefinedCohortQuery
from api.schema.cohort.queries import CohortQuery
from api.schema.concept.queries import ConceptQuery
from api.schema.ground.queries import GroundQuery
from api.schema.path.queries import PathQuery
from api.schema.record.lists import RecordKindQuery
from api.schema.record.queries import RecordQuery
from api.schema.site_names.queries import SiteNameQuery
from api.schema.status.queries import StatusQuery
from api.schema.unmapped.queries import UnmappedQuery
from api.schema.value_set.queries import ValueSetQuery

_CURATED = (StatusQuery, UnmappedQuery, SiteNameQuery)
_COHORTS = (CohortQuery, DefinedCohortQuery, ValueSetQuery)
_PARTS = (ConceptQuery, RecordKindQuery, RecordQuery, GroundQuery, *_COHORTS, PathQuery, *_CURATED)

_CODES = {code.name: strawberry.enum_value(code.value, description=code.meaning) for code in Code}
_ErrorCode: Any = Enum
_ErrorCode = strawberry.enum(
    _ErrorCode("ErrorCode", _CODES),
    description="The possible values of `extensions.code` of an error. No field has this type.",
)
_QUERY = strawberry.type(
    merge_types("Query", _PARTS),
    description="All queries. Each answer is read from one epoch. Every error has an `ErrorCode` in "
    "`extensions.code`. The `extensions` of an answer contain the `epoch`, the `cost` and the `limit` of the cost. "
    "Each field of each object costs 1; slow fields cost more. Fields that find objects by id (`id`, `ids`, `from`, "
    "`to`) return no error for an unknown id. The field is null, or its list contains null for this id or omits the "
    "id. If an unknown id is used as a filter (`about`, `under`, `where`, `criteria`), the field is null, with the "
    "error NOT_FOUND.",
)

schema = strawberry.Schema(
    _QUERY,
    types=[_ErrorCode],
    config=StrawberryConfig(default_resolver=value_of),
)
