"""api.schema: the GraphQL schema, with one package for each part."""

from api.schema.cohort.settled import ANY_YEAR, Criterion, Years, described, meeting, settled
from api.schema.root import schema
from api.schema.status.loaders import newest_jobs, refused
from api.schema.uncounted.notice import note

__all__ = [
    "ANY_YEAR",
    "Criterion",
    "Years",
    "described",
    "meeting",
    "newest_jobs",
    "note",
    "refused",
    "schema",
    "settled",
]
