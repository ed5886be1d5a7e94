"""ingest: what a code of a patient's record is called in the graph.

A code that can be one of its system is called by it (`snomedct:44054006`) if the system is known or somebody declared a
prefix for it. Any other, be it a word, a number of a person or of a system that nobody declared, is told apart by a
keyed hash alone, so that nothing of the record shows and the event is kept.
"""

from __future__ import annotations

import re

from ingest.personal import numbers_somebody, points_at_somebody
from ingest.pseudonym import Pseudonym
from ingest.systems import declared_prefix, plain
from ontologies.curies import curie_of, known_prefix
from ontologies.patterns import fits, looks_like_code
from ontologies.remembered import remembered

# Of eight digits, as in a date of birth.
_DAY = re.compile(r"(?:18|19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:18|19|20)\d\d")


def called(system: str, code: str, pseudonym: Pseudonym) -> str:
    """The id of the concept of a code; neither is blank."""
    prefix = declared_prefix(system, pseudonym.identity.systems)
    readable = _declared(prefix, code.strip()) if prefix else _readable(system, code)
    return readable or pseudonym.code(plain(system), code.strip())


@remembered(1 << 14)
def _declared(prefix: str, code: str) -> str | None:
    told = looks_like_code(code) and not points_at_somebody(code) and not _DAY.search(code)
    return f"{prefix}:{code}" if told else None


@remembered(1 << 16)
def _readable(system: str, code: str) -> str | None:
    known = known_prefix(system)
    curie = curie_of(system, code) if known else None
    if not curie:
        return None
    prefix, _, local = curie.partition(":")
    return curie if fits(prefix, local) and not _of_somebody(prefix, local) else None


def _of_somebody(prefix: str, code: str) -> bool:
    """Whether it has the form of a person's number. SNOMED CT has a check digit of its own, which decides.

    A National Drug Code may have its hyphens where a telephone number has them.
    """
    if (prefix == "ndc" and "-" in code) or not numbers_somebody(code):
        return False
    return not (prefix == "snomedct" and _checks(code))


def _checks(code: str) -> bool:
    """Whether the last digit is that of a SNOMED CT identifier, by the algorithm of Verhoeff."""
    check = 0
    for place, digit in enumerate(map(int, reversed(code))):
        check = _times(check, _permuted(place, digit))
    return check == 0


def _times(one: int, other: int) -> int:
    """The product of two elements of the dihedral group of ten: five turns, and five turns of the mirror image."""
    turns = one % 5 + (other % 5 if one < 5 else -(other % 5))
    return turns % 5 + (5 if (one < 5) != (other < 5) else 0)


def _permuted(place: int, digit: int) -> int:
    """The permutation (1 5 8 9 4 2 7 0)(3 6), as often as the place says."""
    for _ in range(place % 8):
        digit = 1576283094 // 10 ** (9 - digit) % 10
    return digit
