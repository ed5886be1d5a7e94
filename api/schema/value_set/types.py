"""api: the types ValueSet and ValueSetItem."""

from __future__ import annotations

import strawberry

from api.fields import Connection, paged
from api.schema.concept.types import Concept
from api.schema.value_set.loaders import ITEM, items_of


@strawberry.type(description="An item of a value set: a concept or another value set, included or excluded.")
class ValueSetItem:
    id: strawberry.ID = strawberry.field(
        description="CURIE of the concept, or id of the value set, as stored: `MONDO:0005015`."
    )
    exact: bool = strawberry.field(
        description="True for the concept alone, without the other concepts in its reach: `false`."
    )
    excluded: bool = strawberry.field(
        description="True if the item excludes its concepts from the set, even if other items include them: `false`."
    )
    concept: Concept | None = strawberry.field(
        description="The concept; null if it is unknown, or if the item is a value set."
    )
    value_set: ValueSet | None = strawberry.field(
        description="The value set; null if it is unknown, or if the item is a concept."
    )


@strawberry.type(description="A named, versioned set of concepts. Cohorts refer to a value set by its id.")
class ValueSet:
    id: strawberry.ID = strawberry.field(
        description="`valueset:` and the name; for an earlier version, also the version: `valueset:diabetes|1`."
    )
    version: str = strawberry.field(
        description="Version that the file states: `2`. If the file states no version, versions are numbered."
    )
    title: str | None = strawberry.field(description="Title: `Diabetes mellitus, any type`.")
    language: str | None = strawberry.field(description="Language of the title, as a BCP 47 tag: `en`.")
    created: str = strawberry.field(description="Time at which this version was loaded: `2026-11-29T10:00:00+00:00`.")
    certain: bool = strawberry.field(
        description="True if the reach of the concepts uses only statements, as at the level CERTAIN: `true`."
    )
    conditions: list[str] = strawberry.field(
        description='The parts of the set that are defined by conditions: `["of loinc and code matches 45.* and not '
        'obsolete"]`. A part contains the concepts that meet all its conditions. If a part begins with `except`, its '
        "concepts are removed from the set."
    )
    reached: int | None = strawberry.field(
        description="Number of concepts in the set: `131`. Null if the set cannot be computed, see `problem`."
    )
    unknown: list[str] = strawberry.field(
        description='At most 100 ids in the set that belong to no known concept: `["omop:201826"]`. If there are such '
        "ids, the set may be incomplete."
    )
    problem: str | None = strawberry.field(
        description="Why the set cannot be computed: `valueset:b: no such value set or version is stored: load it, or "
        "correct the id`. Another possible problem is a loop of value sets. Null if there is no problem."
    )
    items: Connection[ValueSetItem] = paged(items_of, ITEM, "The items, in the order of the file.")
