"""ingest: who investigates a trial of ClinicalTrials.gov, in the shape of its current API; nobody's contact.

https://clinicaltrials.gov/data-api/about-api/study-data-structure. Of contacts no more is read than the role, by
which an investigator is told from them, and the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ingest.people import NOBODY, Contributor, Employer, undegreed


class Responsible(Struct):
    type: str | None = None
    investigatorFullName: str | None = None
    investigatorAffiliation: str | None = None


class Official(Struct):
    name: str | None = None
    affiliation: str | None = None
    role: str | None = None


class Place(Struct):
    contacts: list[Official] = []


class Places(Struct):
    overallOfficials: list[Official] = []
    locations: list[Place] = []


_CONTACT = re.compile(r"(?:central[ _])?contact(?:[ _]backup)?", re.I)


def investigators(where: Places, answers: Responsible, lost: list[str]) -> Iterator[Contributor]:
    """The officials of the whole, the investigator who answers for it, and those of its places."""
    found = [one for one in where.overallOfficials if (one.role or "").lower() != "contact"]
    if "investigator" in (answers.type or "").lower():
        found.append(Official(answers.investigatorFullName, answers.investigatorAffiliation))
    for one in (one for place in where.locations for one in place.contacts if one.role):
        if "investigator" in (one.role or "").lower():
            found.append(one)
        elif not _CONTACT.fullmatch(one.role or ""):
            lost.append("role of a place that is no investigator's")
    for one in found:
        name, employer = undegreed(one.name or ""), one.affiliation or ""
        # Where no person answers, the name of the firm stands in both places.
        if name == employer:
            lost += [NOBODY] * bool(name)
        elif name:
            yield Contributor(name, None, (Employer(employer),))
