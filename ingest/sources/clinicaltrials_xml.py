"""ingest: reads the XML of ClinicalTrials.gov's first website, retired in June 2024: the same trials as its JSON.

https://clinicaltrials.gov/ct2/html/images/info/public.xsd (archived). Its MeSH terms have no identifiers, so they are
grounded as names. Contacts, officials, locations and results are never built.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ingest import trials
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused, Unmapped
from ingest.source import Source
from ingest.sources.clinicaltrials import study
from ingest.xml_records import first_element, records, text_at, words

_SKIPPED = (
    *("clinical_results", "location", "location_countries", "removed_countries", "responsible_party"),
    *("overall_official", "overall_contact", "overall_contact_backup", "reference", "results_reference"),
)
# This shape calls a person who sponsors a trial `Other`, as it does a university: only who is named as an institution
# is believed to be one.
_INSTITUTION = re.compile(
    r"universi|college|school|ecole|facult|institut|academ|hospi|hopita|clini[ck]|klini|hastane|ziekenhuis|cent(?:er|r)"
    r"|health|medic|medec|cancer|research|foundation|fund\b|trust|stichting|council|group|network|consorti|association"
    r"|societ|alliance|cooperat|organi[sz]ation|department|ministry|agency|government|program|laborator|pharma"
    r"|\b(?:inc|llc|ltd|gmbh|ag|ab|bv|b\.v|sa|s\.a|co|corp|nhs|umc)\b",
    re.I,
)
_UNSURE = ("Other", "Indiv", "")
_ITEM = re.compile(r"(?:^|\n)[ \t]*(?:[-*•]|[0-9]{1,2}[.)])[ \t]+")


def recognise(head: bytes, name: str) -> bool:
    """XML whose first element is a clinical study."""
    found = first_element(head)
    return found is not None and found[0] == "clinical_study"


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """The items of the study. No patient is in it."""
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
    """The protocol section that the current API would give."""
    given = {name: text_at(element, path) for name, path in _PATHS.items()}
    count = given["count"]
    # What is no number is out of range as well.
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
        "sponsorCollaboratorsModule": {"collaborators": [_party(one) for one in _parties(element) if _named(one)]},
        "descriptionModule": {"briefSummary": _unwrapped(given["summary"])},
        "conditionsModule": {"conditions": _all(element, "condition"), "keywords": _all(element, "keyword")},
        "designModule": {
            "studyType": given["type"],
            "phases": re.split("(?<!N)/", given["phase"]),
            "enrollmentInfo": {"count": people},
        },
        "eligibilityModule": {"eligibilityCriteria": _unwrapped(given["criteria"])},
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
    plain = unicodedata.normalize("NFKD", party["name"][:500]).encode("ascii", "ignore").decode()
    return party["class"] not in _UNSURE or _INSTITUTION.search(plain) is not None


def _unwrapped(text: str) -> str:
    """Text broken into lines of eighty characters, with a paragraph or an item of a list, without its mark, a line."""
    paragraphs = (part for block in re.split(r"\n\s*\n", text) for part in _ITEM.split(block))
    return "\n\n".join(" ".join(part.split()) for part in paragraphs)


SOURCE = Source(
    "clinicaltrials_xml", "ClinicalTrials.gov XML", "https://clinicaltrials.gov/", recognise, read, public=True
)
