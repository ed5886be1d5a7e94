"""graph.kinds: the declaration of each kind of record, and what is derived from it."""

from graph.kinds.declaration import (Grounded, Kind, Link, Part, Role, TEXTS)
from graph.kinds.declared import (Course, Dataset, KINDS, Organisation, Outcome, Patient, Person, Programme, Publication, RECORDS, Study)

__all__ = [
    "Course",
    "Dataset",
    "Grounded",
    "KINDS",
    "Kind",
    "Link",
    "Organisation",
    "Outcome",
    "Part",
    "Patient",
    "Person",
    "Programme",
    "Publication",
    "RECORDS",
    "Role",
    "Study",
    "TEXTS",
]
