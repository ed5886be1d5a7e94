"""api: the one gate through which every number about patients leaves.

A caller below EXACT never gets the exact number: noise is added, drawn by the keys of the patients counted
(api/disclosure/noise.py), then the threshold and the rounding are applied. The same question always gets the same
answer.

That alone does not stop a comparison: where two numbers are of the same patients or of nearly the same, the answers
must not tell which. So what is added also depends on how the patients are described, and of two groups of which one is
a part of the other, as at CERTAIN and LIKELY, the larger stands for both where the difference `is_few`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from pyroaring import BitMap

from api.disclosure.noise import WIDEST, noise
from api.errors import UnknownRole
from graph.groups import FEWEST_PATIENTS
from graph.snapshot import Patients

AT_LEAST = FEWEST_PATIENTS
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


class Group(NamedTuple):
    """Patients, and the criteria by which they were found, in their one spelling.

    The same patients described by other criteria get other noise. The number is that of the patients, or of `things`
    of theirs, such as events.
    """

    members: BitMap
    described: str
    things: int | None = None

    @property
    def number(self) -> int:
        return len(self.members) if self.things is None else self.things


def perturbed(patients: Patients, group: Group) -> int:
    """How many they are, as callers below EXACT may learn it."""
    count = group.number
    if not count:
        return 0
    key = patients.cell_key(group.members).to_bytes(8, "little") + group.described.encode()
    return count + noise(count, int.from_bytes(blake2b(key, digest_size=8, person=b"perturbed").digest(), "little"))


def is_known(patients: Patients, group: Group) -> bool:
    """Whether a caller below EXACT may know that anyone is in it."""
    if abs(len(group.members) - AT_LEAST) > WIDEST:
        return len(group.members) >= AT_LEAST
    return perturbed(patients, group._replace(things=None)) >= AT_LEAST


def is_few(patients: Patients, some: BitMap) -> bool:
    """Whether so few patients make no difference that a caller below EXACT may see; fewer than AT_LEAST never do."""
    if not AT_LEAST <= len(some) < AT_LEAST + 2 * WIDEST:
        return len(some) < AT_LEAST
    return perturbed(patients, Group(some, "difference")) < AT_LEAST + WIDEST


def disclosed(number: int, role: Role) -> PatientNumber:
    """What a caller of this role may learn of a number of patients, perturbed unless the role is EXACT.

    Nobody is withheld as few people are.
    """
    if role is Role.EXACT:
        return PatientNumber(number, False, number, number)
    if role not in SERVED or role is Role.NONE or number < AT_LEAST:
        return _NOTHING
    if role is Role.EXISTS:
        return PatientNumber(None, True, AT_LEAST, None)
    rounded = (number + AT_LEAST // 2) // AT_LEAST * AT_LEAST
    if role is Role.RANGE:
        decade = 10 ** (len(str(rounded)) - 1)
        return PatientNumber(None, True, *_bounds(decade, 10 * decade))
    return PatientNumber(rounded, False, *_bounds(rounded, rounded + AT_LEAST))


def number_of(patients: Patients, group: Group, role: Role) -> int:
    """The number to disclose of a group; 0 where nothing may be known of any."""
    if role is Role.EXACT:
        return group.number
    return 0 if role is Role.NONE else perturbed(patients, group)


def part_of(patients: Patients, part: Group, wholes: Sequence[Group], role: Role) -> Group:
    """The group to disclose for a part of others, each of the next: the largest from which few are missing."""
    for whole in wholes:
        if role is not Role.EXACT and is_few(patients, whole.members ^ part.members):
            part = whole
    return part


def _bounds(rounded: int, above: int) -> tuple[int, int]:
    """The numbers that are rounded to this or more, but less than `above`.

    So the edges of a range lie between two rounded numbers: a lesser role learns nothing that a greater one does not.
    """
    return max(rounded - AT_LEAST // 2, AT_LEAST), above - AT_LEAST // 2 - 1
