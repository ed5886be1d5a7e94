"""api: the type Path."""

from __future__ import annotations

import strawberry

from api.fields import ThingKind


@strawberry.type(description="A concept or a record: a study, a publication, a data set, a course.")
class Thing:
    id: strawberry.ID = strawberry.field(description="Its id: `MONDO:0005148`, `clinicaltrials:NCT00000620`.")
    label: str | None = strawberry.field(description="Its label or title: `type 2 diabetes mellitus`.")
    kind: ThingKind = strawberry.field(description="What it is: `STUDY`.")


@strawberry.type(description="One step of a path.")
class PathStep:
    source: Thing = strawberry.field(description="Where the step begins.")
    relation: str = strawberry.field(
        description="CURIE of what the source says of the target; with `^` in front where the target says it of the "
        "source: `rdfs:subClassOf`, `^rdfs:subClassOf`, `schema:about`."
    )
    target: Thing = strawberry.field(description="Where the step ends, and the next one begins.")
    method: str | None = strawberry.field(
        description="How it is known: of what a record is about `exact`, of a mapping `semapv:LexicalMatching`, of two "
        "concepts whose common meaning was computed `semapv:CompositeMatching`; null where that was not stated."
    )
    score: float | None = strawberry.field(
        description="The confidence of the about or the mapping, or the probability of what was computed, 0 to 1; null "
        "where there is none: `0.95`."
    )
    evidence: str | None = strawberry.field(
        description="What makes the two concepts one meaning, or the target narrower, as JSON of kinds of evidence and "
        'their probabilities; null for other steps: `{"names":0.98}`.'
    )
    text: str | None = strawberry.field(
        description="The words of the record, or the two names that made the mapping; null where there are none: "
        "`T2DM`."
    )


@strawberry.type(description="One of the shortest ways from a thing to another; never over patients.")
class Path:
    steps: list[PathStep] = strawberry.field(description="In order; none from a thing to itself.")
