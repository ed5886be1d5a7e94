"""api: fields of a cohort that list the studies, courses, publications and data sets that share concepts with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import strawberry

from api.fields import FIRST, First, Node, add, check_first, grouped, resolved
from api.schema.concept.loaders import CONCEPT
from api.schema.concept.types import Concept
from api.schema.record.fields import of_kinds
from api.schema.related.types import Record
from cohorts.results import joined
from graph.kinds import KINDS, RECORDS


class Found(NamedTuple):
    """The data of a CohortRecord."""

    record: Node | None
    score: float
    why: Sequence[Node]


@strawberry.type(description="A record that has concepts in common with a cohort.")
class CohortRecord:
    record: Record = strawberry.field(description="The record: `clinicaltrials:NCT00000620`.")
    score: float = strawberry.field(
        description="Sum of the weights of the shared concepts: `3.2`. The fewer records are about a concept, the "
        "higher its weight. The score has no upper limit."
    )
    why: list[Concept] = strawberry.field(
        description="The shared concepts, ordered from the most to the least specific: `MONDO:0005148`."
    )


def add_joined(cohort: Any) -> None:
    """Adds a field for each kind of record in RECORDS to the GraphQL type of a cohort."""
    for kind in RECORDS:
        declared = KINDS[kind]
        description = (
            f"The {declared.spoken} that share concepts with the cohort, those with the most specific shared concepts "
            "first. The concepts of a cohort are the concepts of its definition and, for the role `exact`, also the "
            "concepts that many of its patients have."
        )
        add(cohort, declared.plural, list[CohortRecord], resolved(_resolver(kind), description))


def _resolver(kind: str) -> Any:
    def resolve(root: strawberry.Parent[Any], first: First = FIRST) -> list[Found]:
        check_first(first)
        found = joined(root.context.snapshot, root.concepts, kind, first)
        records = of_kinds(root.context, [(kind, one.record) for one in found])
        whys = grouped(root.context, CONCEPT, [one.why for one in found])
        return [Found(node, one.score, why) for node, one, why in zip(records, found, whys, strict=True)]

    return resolve
