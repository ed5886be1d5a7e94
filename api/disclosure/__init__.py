"""api.disclosure: disclosure control, which every number about patients passes."""

from api.disclosure.control import (
    AT_LEAST,
    CURATORS,
    DEFAULT,
    SERVED,
    Caller,
    Group,
    PatientNumber,
    Role,
    disclosed,
    is_few,
    is_known,
    number_of,
    part_of,
    perturbed,
    role,
)
from api.disclosure.noise import VARIANCE, WIDEST, distribution
from api.disclosure.patients import counted, own, spelled, standing

__all__ = [
    "AT_LEAST",
    "CURATORS",
    "DEFAULT",
    "SERVED",
    "VARIANCE",
    "WIDEST",
    "Caller",
    "Group",
    "PatientNumber",
    "Role",
    "counted",
    "disclosed",
    "distribution",
    "is_few",
    "is_known",
    "number_of",
    "own",
    "part_of",
    "perturbed",
    "role",
    "spelled",
    "standing",
]
