"""ingest: makes the concept id for a code of a patient's record.

A code that has the form of its system gets a CURIE (`snomedct:44054006`), if the system is known or has a declared
prefix. Any other code is replaced by an opaque code, which is a keyed hash. The original code may be a word, a number
that identifies a person, or a code of an undeclared system. So the event is stored, but the original code is not
shown.
"""

from __future__ import annotations

import re

from ingest.personal import may_name_person, may_number_person
from ingest.pseudonym import Pseudonym
from ingest.systems import declared_prefix, plain
from ontologies.curies import curie_of, known_prefix
from ontologies.patterns import fits, looks_like_code
from ontologies.remembered import remembered

DEATH = "snomedct:419620001"
"""The concept *Death* of SNOMED CT, for a death without a known cause."""
# A date of birth in eight digits.
_DAY = re.compile(r"(?:18|19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:18|19|20)\d\d")


# Code systems whose codes are reasons why a code is missing.
_ABSENCE = ("CodeSystem/v3-NullFlavor", "CodeSystem/data-absent-reason", "urn:oid:2.16.840.1.113883.5.1008")
# No code system has codes of more than this number of characters. A longer text is not a code.
_LONGEST_CODE = 255


def unfit(system: str | None, code: str) -> str | None:
    """Returns the reason why a code in a patient's record cannot get a concept id; None if it can."""
    if not system or not system.strip() or not code.strip():
        return "code without system"
    if len(code) > _LONGEST_CODE or len(system) > _LONGEST_CODE:
        return "code or system too long"
    return "null flavour instead of a code" if system.endswith(_ABSENCE) else None


def called(system: str, code: str, pseudonym: Pseudonym) -> str:
    """Returns the concept id for a code in a patient's record: a CURIE, or an opaque code.

    Neither the system nor the code may be blank.
    """
    prefix = declared_prefix(system, pseudonym.identity.systems)
    readable = _declared(prefix, code.strip()) if prefix else _readable(system, code)
    return readable or pseudonym.code(plain(system), code.strip())


@remembered(1 << 14)
def _declared(prefix: str, code: str) -> str | None:
    safe = looks_like_code(code) and not may_name_person(code) and not _DAY.search(code)
    return f"{prefix}:{code}" if safe else None


@remembered(1 << 16)
def _readable(system: str, code: str) -> str | None:
    known = known_prefix(system)
    curie = curie_of(system, code) if known else None
    if not curie:
        return None
    prefix, _, local = curie.partition(":")
    return curie if fits(prefix, local) and not _of_somebody(prefix, local) else None


def _of_somebody(prefix: str, code: str) -> bool:
    """True if the code has the form of a person's number, such as a telephone number.

    Always false for a SNOMED CT code with a valid check digit, and for a National Drug Code with hyphens.
    """
    if (prefix == "ndc" and "-" in code) or not may_number_person(code):
        return False
    return not (prefix == "snomedct" and _checks(code))


def _checks(code: str) -> bool:
    """True if the check digit of a SNOMED CT identifier is valid, by Verhoeff's algorithm.

    No SNOMED CT identifier begins with 0.
    """
    if code.startswith("0"):
        return False
    check = 0
    for place, digit in enumerate(map(int, reversed(code))):
        check = _times(check, _permuted(place, digit))
    return check == 0


def _times(one: int, other: int) -> int:
    """Returns the product of two elements of the dihedral group D5, as Verhoeff's algorithm needs it.

    The elements 0 to 4 are rotations, and 5 to 9 are reflections.
    """
    turns = one % 5 + (other % 5 if one < 5 else -(other % 5))
    return turns % 5 + (5 if (one < 5) != (other < 5) else 0)


def _permuted(place: int, digit: int) -> int:
    """Applies the permutation (1 5 8 9 4 2 7 0)(3 6) of Verhoeff's algorithm to `digit`, `place` times."""
    for _ in range(place % 8):
        digit = 1576283094 // 10 ** (9 - digit) % 10
    return digit
