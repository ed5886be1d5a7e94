"""api: the one gate through which every number about patients leaves.

Patients are counted at two levels, CERTAIN and LIKELY; whoever is counted at CERTAIN is counted at LIKELY too. So a
caller who asks for both also learns the difference, and a small difference would single out a few patients. Where
the two numbers differ by fewer than AT_LEAST, a caller below EXACT gets the number at LIKELY for both levels: the
difference is then 0, whatever it really is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from api.errors import UnknownRole

AT_LEAST = 10
"""Counts below this are withheld; others are rounded to its multiples, half up."""


class Role(StrEnum):
    """What a caller may learn of patients, least first; each includes those before it."""

    NONE = "none"
    EXISTS = "exists"
    RANGE = "range"
    AT_LEAST = "at_least"
    STEWARD = "steward"
    EXACT = "exact"
    RECORDS = "records"


SERVED = (Role.NONE, Role.EXISTS, Role.RANGE, Role.AT_LEAST, Role.STEWARD, Role.EXACT)
"""Roles that are answered so far, least first; no field shows records yet."""
DEFAULT = Role.AT_LEAST
"""The role of a caller without one."""
CURATORS = (Role.STEWARD, Role.EXACT, Role.RECORDS)
"""Roles that may see jobs. A steward learns of patients no more than AT_LEAST does."""


class Caller(NamedTuple):
    """`name` is `anonymous`, `key:NAME`, `sub:SUBJECT` of a token, or `uid:NUMBER` at the command line."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """`count` is None where `withheld`; the bounds, inclusive, are None where they may not be told either."""

    count: int | None
    withheld: bool
    at_least: int | None
    at_most: int | None


_NOTHING = PatientNumber(None, True, None, None)


def role(name: str) -> Role:
    """The role of this name; that of a caller without a role where the name is empty. Raises UnknownRole."""
    if not name:
        return DEFAULT
    if name not in SERVED:
        raise UnknownRole(name, SERVED)
    return Role(name)


def disclosed(patients: int, role: Role) -> PatientNumber:
    """What a caller of this role may learn of a number of patients. Nobody is withheld as few people are."""
    if role is Role.EXACT:
        return PatientNumber(patients, False, patients, patients)
    if role not in SERVED or role is Role.NONE or patients < AT_LEAST:
        return _NOTHING
    if role is Role.EXISTS:
        return PatientNumber(None, True, AT_LEAST, None)
    rounded = (patients + AT_LEAST // 2) // AT_LEAST * AT_LEAST
    if role is Role.RANGE:
        decade = 10 ** (len(str(rounded)) - 1)
        return PatientNumber(None, True, *_bounds(decade, 10 * decade))
    return PatientNumber(rounded, False, *_bounds(rounded, rounded + AT_LEAST))


def part_of(part: int, whole: int, role: Role) -> int:
    """The number to disclose for a part of some patients: `part`, or `whole` where the difference may not be known."""
    return whole if role is not Role.EXACT and whole - part < AT_LEAST else part


def _bounds(rounded: int, above: int) -> tuple[int, int]:
    """The numbers that are rounded to this or more, but less than `above`.

    So the edges of a range lie between two rounded numbers: a lesser role learns nothing that a greater one does not.
    """
    return max(rounded - AT_LEAST // 2, AT_LEAST), above - AT_LEAST // 2 - 1
