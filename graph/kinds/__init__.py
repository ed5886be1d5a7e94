"""graph.kinds: declares each kind of record, and documents the kinds."""

from graph.declaration import TEXTS, Grounded, Kind, Link, Part, Role
from graph.kinds.declared import (
    KINDS,
    RECORDS,
    Cohort,
    CohortRun,
    Course,
    Dataset,
    Organisation,
    Outcome,
    Patient,
    Person,
    Programme,
    Publication,
    Study,
    ValueSet,
)
from graph.kinds.event import EVENT, NOT_OWN, Event, EventKind

__all__ = [
    "EVENT",
    "KINDS",
    "NOT_OWN",
    "RECORDS",
    "TEXTS",
    "Cohort",
    "CohortRun",
    "Course",
    "Dataset",
    "Event",
    "EventKind",
    "Grounded",
    "Kind",
    "Link",
    "Organisation",
    "Outcome",
    "Part",
    "Patient",
    "Person",
    "Programme",
    "Publication",
    "Role",
    "Study",
    "ValueSet",
]
