"""api: disclosure control. Every number about patients passes disclosure control before it is put into an answer.

A caller below EXACT never gets the exact number. First, noise from the keys of the counted patients is added
(api/disclosure/noise.py). Then the threshold and the rounding are applied. The same query always gets the same answer.

Noise alone does not protect against comparisons. If a caller compares two answers, the answers must not disclose that
the two groups are equal, or that the groups differ by a few patients. So the noise also depends on the criteria of the
group: equal groups with different criteria get different noise. Sometimes all patients of one group are also in another
group. For example, all patients counted for a concept at CERTAIN are also counted for this concept at LIKELY. If two
such groups differ by only a few patients (`is_few`), both groups get the number of the larger group.
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
"""Counts below this number are withheld. All other counts are rounded to multiples of this number, half up."""


class Role(StrEnum):
    """The role of a caller: what the caller may learn about patients. Each role includes the roles listed before it."""

    NONE = "none"
    EXISTS = "exists"
    RANGE = "range"
    AT_LEAST = "at_least"
    STEWARD = "steward"
    EXACT = "exact"
    RECORDS = "records"


SERVED = tuple(Role)
"""The roles that callers can have, the weakest first."""
UNCHANGED = (Role.EXACT, Role.RECORDS)
"""The roles that get exact numbers."""
DEFAULT = Role.AT_LEAST
"""The role of a caller if no role is stated."""
CURATORS = (Role.STEWARD, *UNCHANGED)
"""Roles that may see jobs. A steward learns no more about patients than a caller with the role AT_LEAST."""


class Caller(NamedTuple):
    """`name` is `anonymous`, `key:NAME`, `sub:SUBJECT` for a token, or `uid:NUMBER` on the command line."""

    name: str
    role: Role


class Reason(StrEnum):
    """Why a number is withheld.

    - TOO_FEW: the number with noise is below AT_LEAST. Zero is too few, too.
    - ROLE: the role gets no numbers, or only bounds.
    - DIFFERENCE: the number would disclose a difference of a few patients.
    """

    TOO_FEW = "too_few"
    ROLE = "role"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """What a caller learns about a number of patients or events.

    If the number is `withheld`, `count` is None and `reason` is set. The bounds `at_least` and `at_most` are inclusive.
    A bound is None if it is withheld too.
    """

    count: int | None
    withheld: bool
    at_least: int | None
    at_most: int | None
    reason: Reason | None = None


_TOO_FEW = PatientNumber(None, True, None, None, Reason.TOO_FEW)
_BY_ROLE = PatientNumber(None, True, None, None, Reason.ROLE)
DIFFERENCE = PatientNumber(None, True, None, None, Reason.DIFFERENCE)
"""Used for a number that could be computed from other numbers, or that may differ from another number by only a few
patients."""


def role(name: str) -> Role:
    """Returns the role with this name, DEFAULT for an empty name. Raises UnknownRole."""
    if not name:
        return DEFAULT
    if name not in SERVED:
        raise UnknownRole(name, SERVED)
    return Role(name)


class Group(NamedTuple):
    """Patients, and the standard spelling of the criteria that select them.

    The same patients with other criteria get different noise. If `things` is None, the number of patients is disclosed.
    Otherwise `things` is the number to disclose, such as a number of events. `born` is the first and the last birth
    year that the criteria include; None for no limit.
    """

    members: BitMap
    described: str
    things: int | None = None
    born: tuple[int | None, int | None] = (None, None)

    @property
    def number(self) -> int:
        return len(self.members) if self.things is None else self.things


NOBODY = Group(BitMap(), "nobody")
"""A group without patients. It is used if nobody can meet the criteria, and if the caller is not allowed to know
whether any patient meets the criteria.
"""


def perturbed(patients: Patients, group: Group) -> int:
    """Returns the number of `group` with noise. Callers below EXACT get this number, after threshold and rounding."""
    count = group.number
    if not count:
        return 0
    key = patients.cell_key(group.members).to_bytes(8, "little") + group.described.encode()
    return count + noise(count, int.from_bytes(blake2b(key, digest_size=8, person=b"perturbed").digest(), "little"))


def is_known(patients: Patients, group: Group) -> bool:
    """Returns True if a caller below EXACT is allowed to know that the group has patients."""
    if abs(len(group.members) - AT_LEAST) > WIDEST:
        return len(group.members) >= AT_LEAST
    return perturbed(patients, group._replace(things=None)) >= AT_LEAST


def is_few(patients: Patients, some: BitMap) -> bool:
    """Returns True if `some` are so few patients that two groups that differ by them must show the same number.

    This applies to callers below EXACT. The result is always True for fewer than AT_LEAST patients.
    """
    if not AT_LEAST <= len(some) < AT_LEAST + 2 * WIDEST:
        return len(some) < AT_LEAST
    return perturbed(patients, Group(some, "difference")) < AT_LEAST + WIDEST


def disclosed(number: int, role: Role) -> PatientNumber:
    """Returns what a caller with this role may learn about a number.

    If the role is below EXACT, `number` must already have noise. Zero is withheld, like any number that is too small.
    """
    if role in UNCHANGED:
        return PatientNumber(number, False, number, number)
    if role is Role.NONE:
        return _BY_ROLE
    if number < AT_LEAST:
        return _TOO_FEW
    if role is Role.EXISTS:
        return PatientNumber(None, True, AT_LEAST, None, Reason.ROLE)
    rounded = (number + AT_LEAST // 2) // AT_LEAST * AT_LEAST
    if role is Role.RANGE:
        decade = 10 ** (len(str(rounded)) - 1)
        return PatientNumber(None, True, *_bounds(decade, 10 * decade), Reason.ROLE)
    return PatientNumber(rounded, False, *_bounds(rounded, rounded + AT_LEAST))


def number_of(patients: Patients, group: Group, role: Role) -> int:
    """Returns the number to pass to `disclosed` for a group; 0 for the role NONE."""
    if role in UNCHANGED:
        return group.number
    return 0 if role is Role.NONE else perturbed(patients, group)


def part_of(patients: Patients, part: Group, wholes: Sequence[Group], role: Role) -> Group:
    """Returns the group to disclose for `part`. Each of the groups in `wholes` contains `part` and all groups before it
    in the list.

    Starting with `part`, the current group is replaced by the next group in `wholes` if the two differ by only a few
    patients. For roles with exact numbers, `part` is returned.
    """
    for whole in wholes:
        if role not in UNCHANGED and is_few(patients, whole.members ^ part.members):
            part = whole
    return part


def _bounds(rounded: int, above: int) -> tuple[int, int]:
    """Returns the lowest and highest number that round to at least `rounded` and less than `above`.

    The bounds lie halfway between two rounded numbers, so a lower role learns nothing that a higher role could not
    learn.
    """
    return max(rounded - AT_LEAST // 2, AT_LEAST), above - AT_LEAST // 2 - 1
