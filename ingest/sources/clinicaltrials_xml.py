"""ingest: reads the XML of the classic ClinicalTrials.gov website, retired in June 2024.

https://clinicaltrials.gov/ct2/html/images/info/public.xsd (archived). MeSH terms have no identifiers in this XML, so
they are grounded as names. Contacts, facilities and results are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ingest import trials
from ingest.organisations import institution
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused, Unmapped
from ingest.source import Source
from ingest.sources.clinicaltrials import study
from ingest.xml_records import first_element, records, text_at, words

_SKIPPED = (
    *("clinical_results", "facility", "location_countries", "removed_countries", "contact", "contact_backup"),
    *("overall_contact", "overall_contact_backup", "reference", "results_reference"),
)
# The class `Other` is used for persons and for universities: a sponsor of this class is kept only if its name is
# recognised as the name of an institution.
_UNSURE = ("Other", "Indiv", "")
_ITEM = re.compile(r"(?:^|\n)[ \t]*(?:[-*•]|[0-9]{1,2}[.)])[ \t]+")


def recognise(head: bytes, name: str) -> bool:
    """True for XML whose first element is a clinical study."""
    found = first_element(head)
    return found is not None and found[0] == "clinical_study"


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of the study in the file. The file contains no patients."""
    for number, element in enumerate(records(path, ("clinical_study",), _SKIPPED), 1):
        position = f"study {number}"
        if isinstance(element, Refused):
            yield element
            continue
        yield from (Unmapped("sponsor may be a person", position) for party in _parties(element) if not _named(party))
        yield from study(position, partial(_trial, element))


def _trial(element: Element) -> trials.Trial:
    made = trials.converted(_protocol(element), {})
    fields = ("condition_browse", "intervention_browse")
    browsed = [(field, name) for field in fields for name in _all(element, f"{field}/mesh_term")]
    return made._replace(mentions=made.mentions + browsed)


def _protocol(element: Element) -> dict[str, Any]:
    """Converts the XML element of a study to the protocol section of a study in the current API."""
    given = {name: text_at(element, path) for name, path in _PATHS.items()}
    count = given["count"]
    # A text that is not a number is reported as out of range.
    people = int(count) if count.isdecimal() and len(count) < 15 else -1 if count else None
    return {
        "identificationModule": {
            **{name: given[name] or None for name in ("nctId", "briefTitle", "officialTitle")},
            "nctIdAliases": _all(element, "id_info/nct_alias"),
        },
        "statusModule": {
            "overallStatus": given["status"],
            "startDateStruct": {"date": given["start"]},
            "completionDateStruct": {"date": given["end"]},
            "lastUpdatePostDateStruct": {"date": given["posted"]},
            "lastUpdateSubmitDate": given["submitted"] or given["changed"],
        },
        "sponsorCollaboratorsModule": {
            "collaborators": [_party(one) for one in _parties(element) if _named(one)],
            "responsibleParty": {name: text_at(element, path) for name, path in _RESPONSIBLE.items()},
        },
        "contactsLocationsModule": {
            "overallOfficials": [_official(one) for one in element.iterfind("overall_official")],
            "locations": [{"contacts": [_official(one) for one in element.iterfind("location/investigator")]}],
        },
        "descriptionModule": {"briefSummary": _unwrapped(given["summary"])},
        "conditionsModule": {"conditions": _all(element, "condition"), "keywords": _all(element, "keyword")},
        "designModule": {
            "studyType": given["type"],
            "phases": re.split("(?<!N)/", given["phase"]),
            "enrollmentInfo": {"count": people},
        },
        "eligibilityModule": {"eligibilityCriteria": _unwrapped(given["criteria"])},
        "outcomesModule": {
            f"{which}Outcomes": [{"measure": text} for text in _all(element, f"{which}_outcome/measure")]
            for which in ("primary", "secondary", "other")
        },
        "armsInterventionsModule": {"interventions": [_intervention(one) for one in element.iterfind("intervention")]},
    }


_PATHS = {
    "nctId": "id_info/nct_id",
    "briefTitle": "brief_title",
    "officialTitle": "official_title",
    "status": "overall_status",
    "start": "start_date",
    "end": "completion_date",
    "summary": "brief_summary/textblock",
    "criteria": "eligibility/criteria/textblock",
    "posted": "last_update_posted",
    "submitted": "last_update_submitted",
    "changed": "lastchanged_date",
    "type": "study_type",
    "phase": "phase",
    "count": "enrollment",
}


_RESPONSIBLE = {
    "type": "responsible_party/responsible_party_type",
    "investigatorFullName": "responsible_party/investigator_full_name",
    "investigatorAffiliation": "responsible_party/investigator_affiliation",
}


def _official(element: Element) -> dict[str, str]:
    """Converts the XML element of an official or investigator to the structure of the current API.

    Most of them have their whole name in `last_name`.
    """
    parts = (text_at(element, name) for name in ("first_name", "middle_name", "last_name"))
    name = " ".join(filter(None, parts))
    return {"name": name, "affiliation": text_at(element, "affiliation"), "role": text_at(element, "role")}


def _all(element: Element, path: str) -> list[str]:
    return [words(found) for found in element.iterfind(path)]


def _intervention(element: Element) -> dict[str, Any]:
    return {"name": text_at(element, "intervention_name"), "otherNames": _all(element, "other_name")}


def _parties(element: Element) -> list[Element]:
    return [*element.iterfind("sponsors/lead_sponsor"), *element.iterfind("sponsors/collaborator")]


def _party(element: Element) -> dict[str, str]:
    return {"name": text_at(element, "agency"), "class": text_at(element, "agency_class")}


def _named(element: Element) -> bool:
    party = _party(element)
    return party["class"] not in _UNSURE or institution(party["name"])


def _unwrapped(text: str) -> str:
    """Joins lines of a text that the website broke at eighty characters.

    Each paragraph or list item becomes one line, without its bullet.
    """
    paragraphs = (part for block in re.split(r"\n\s*\n", text) for part in _ITEM.split(block))
    return "\n\n".join(" ".join(part.split()) for part in paragraphs)


SOURCE = Source(
    "clinicaltrials_xml", "ClinicalTrials.gov XML", "https://clinicaltrials.gov/", recognise, read, public=True
)
