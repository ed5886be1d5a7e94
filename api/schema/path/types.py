"""api: the type Path."""

from __future__ import annotations

import strawberry

from api.fields import ThingKind


@strawberry.type(description="A concept or a record: a study, publication, data set or course.")
class Thing:
    id: strawberry.ID = strawberry.field(description="Id: `MONDO:0005148`, `clinicaltrials:NCT00000620`.")
    label: str | None = strawberry.field(description="Label or title: `type 2 diabetes mellitus`.")
    kind: ThingKind = strawberry.field(description="Kind of thing: `STUDY`.")


@strawberry.type(description="One step of a path.")
class PathStep:
    source: Thing = strawberry.field(description="The start of the step.")
    relation: str = strawberry.field(
        description="CURIE of the relation from source to target: `rdfs:subClassOf`, `schema:about`. If the relation "
        "leads from target to source, the CURIE is preceded by `^`: `^rdfs:subClassOf`."
    )
    target: Thing = strawberry.field(description="The end of the step and the start of the next step.")
    method: str | None = strawberry.field(
        description="How the step was found: the method of an annotation (`exact`), the justification of a mapping "
        "(`semapv:LexicalMatching`), or `semapv:CompositeMatching` if the same meaning was computed; null if not "
        "stated."
    )
    score: float | None = strawberry.field(
        description="Confidence of the annotation or mapping, or probability of a computed step, 0 to 1: `0.95`. Null "
        "if not known."
    )
    evidence: str | None = strawberry.field(
        description="Evidence that `source` and `target` have the same meaning, or that `target` is narrower, "
        'as a JSON object of kinds of evidence and probabilities: `{"names":0.98}`. Null if the '
        "step has no such evidence."
    )
    text: str | None = strawberry.field(
        description="For an annotation, the words of the record; for a computed mapping, the two names from "
        "which it was computed: `T2DM`. Null for all other kinds of steps."
    )


@strawberry.type(
    description="One of the shortest paths from one concept or record to another. Paths never lead through patients."
)
class Path:
    steps: list[PathStep] = strawberry.field(description="The steps in order; empty if start and end are the same.")
