"""api.disclosure: the one place from which numbers about patients leave."""

from api.disclosure.control import (AT_LEAST, CURATORS, Caller, DEFAULT, Group, PatientNumber, Role, SERVED, disclosed, is_few, is_known, number_of, part_of, perturbed, role)
from api.disclosure.noise import (VARIANCE, WIDEST, distribution)
from api.disclosure.patients import (counted, own, spelled, standing)

__all__ = [
    "AT_LEAST",
    "CURATORS",
    "Caller",
    "DEFAULT",
    "Group",
    "PatientNumber",
    "Role",
    "SERVED",
    "VARIANCE",
    "WIDEST",
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
