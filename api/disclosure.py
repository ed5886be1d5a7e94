"""api: the one gate through which every number about patients leaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.errors import UnknownRole

AT_LEAST = 10
"""Counts below this are withheld; others are rounded to its multiples, half up."""


class Role(StrEnum):
    """What a caller may learn of patients, least first; each includes those before it."""

    NONE = "none"
    EXISTS = "exists"
    RANGE = "range"
    AT_LEAST = "at_least"
    EXACT = "exact"
    RECORDS = "records"


SERVED = (Role.AT_LEAST, Role.EXACT)
"""Roles that counts are given to so far; the first is that of a caller without a role."""


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """`count` is None where `withheld`."""

    count: int | None
    withheld: bool


def role(name: str) -> Role:
    """The role of this name; that of a caller without a role where the name is empty. Raises UnknownRole."""
    if not name:
        return SERVED[0]
    if name not in SERVED:
        raise UnknownRole(name, SERVED)
    return Role(name)


def disclosed(patients: int, role: Role) -> PatientNumber:
    """What a caller of this role may learn of a number of patients. Nobody is withheld as few people are."""
    if role is Role.EXACT:
        return PatientNumber(patients, False)
    if role is not Role.AT_LEAST or patients < AT_LEAST:
        return PatientNumber(None, True)
    return PatientNumber((patients + AT_LEAST // 2) // AT_LEAST * AT_LEAST, False)
