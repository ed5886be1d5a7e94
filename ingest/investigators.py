"""ingest: reads the investigators of a ClinicalTrials.gov trial that has the structure of the current API.

https://clinicaltrials.gov/data-api/about-api/study-data-structure. Of contacts, only the names and roles are read, to
distinguish investigators from other contacts.
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
    """Yields the officials of the study, the responsible investigator, and the investigators at the locations."""
    found = [one for one in where.overallOfficials if (one.role or "").lower() != "contact"]
    if "investigator" in (answers.type or "").lower():
        found.append(Official(answers.investigatorFullName, answers.investigatorAffiliation))
    for one in (one for place in where.locations for one in place.contacts if one.role):
        if "investigator" in (one.role or "").lower():
            found.append(one)
        elif not _CONTACT.fullmatch(one.role or ""):
            lost.append("role at a location is not that of an investigator")
    for one in found:
        name, employer = undegreed(one.name or ""), one.affiliation or ""
        # If the responsible party is a company, both fields have the name of the company.
        if name == employer:
            lost += [NOBODY] * bool(name)
        elif name:
            yield Contributor(name, None, (Employer(employer),))
