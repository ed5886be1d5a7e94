"""ingest: converts ClinicalTrials.gov records of the current and the classic API to one form.

The current API (v2): https://clinicaltrials.gov/data-api/about-api/study-data-structure. The classic API, retired in
June 2024, has unique field names and wrapped lists (`ConditionList.Condition`):
https://www.nlm.nih.gov/pubs/techbull/ma24/ma24_clinicaltrials_api.html. The people of a trial are read by
ingest/investigators.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from ingest.classic_trials import current_shape
from ingest.dates import date
from ingest.investigators import Places, Responsible, investigators
from ingest.measures import Outcomes, measures
from ingest.people import Contributor
from ingest.records import OUT_OF_RANGE
from ontologies import identifiers

_BRACKETS = re.compile(r"\[[^\]]*\]")
_CLASSIC_DATE = re.compile(r"([A-Z][a-z]{2,8}) (?:([0-9]{1,2}), )?([0-9]{4})")
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = _MONTH_NAMES.split()


_REGISTRIES = ("REGISTRY", "REGISTRY_IDENTIFIER", "EUDRACT_NUMBER", "CTIS")
_LONGEST_TOKEN = 100
_TOKENS = {"NOT_APPLICABLE": "NA", "N_A": "NA", "UNKNOWN_STATUS": "UNKNOWN"}
# A larger number is a mistake, and some engines cannot store it.
_MOST_PEOPLE = 1 << 31


class Party(NamedTuple):
    name: str
    kind: str | None


class Trial(NamedTuple):
    """A trial of ClinicalTrials.gov, from the current or the classic API. Status, phase and kind are spelled as in the
    current API (`NOT_YET_RECRUITING`).

    Dates are ISO 8601. `parties` lists the sponsors. Each element of `browse` has a field of the Study, a MeSH
    identifier and a heading; each element of `mentions` a field and a name; each element of `measures` a field and a
    text. `lost` has the reasons for values that were left out. `people` lists the investigators and officials. `others`
    has the CURIEs of earlier numbers of the trial and of its numbers in other registries.
    """

    id: str | None
    brief_title: str | None
    official_title: str | None
    summary: str | None
    criteria: str | None
    status: str | None
    phase: str | None
    kind: str | None
    start: str | None
    end: str | None
    enrolment: int | None
    parties: list[Party]
    mentions: list[tuple[str, str]]
    browse: list[tuple[str, str, str | None]]
    measures: list[tuple[str, str]]
    lost: list[str]
    updated: str | None
    others: list[str]
    people: list[Contributor]


class _Secondary(Struct):
    id: str | None = None
    type: str | None = None


class _Identification(Struct):
    nctId: str | None = None
    nctIdAliases: list[str] = []
    secondaryIdInfos: list[_Secondary] = []
    briefTitle: str | None = None
    officialTitle: str | None = None


class _Date(Struct):
    date: str | None = None


class _Status(Struct):
    overallStatus: str | None = None
    startDateStruct: _Date = msgspec.field(default_factory=_Date)
    completionDateStruct: _Date = msgspec.field(default_factory=_Date)
    lastUpdatePostDateStruct: _Date = msgspec.field(default_factory=_Date)
    lastUpdateSubmitDate: str | None = None


class _Sponsor(Struct):
    name: str = ""
    class_: str | None = msgspec.field(name="class", default=None)


class _Sponsors(Struct):
    responsibleParty: Responsible = msgspec.field(default_factory=Responsible)
    leadSponsor: _Sponsor = msgspec.field(default_factory=_Sponsor)
    collaborators: list[_Sponsor] = []


class _Description(Struct):
    briefSummary: str | None = None


class _Conditions(Struct):
    conditions: list[str] = []
    keywords: list[str] = []


class _Enrolment(Struct):
    count: int | None = None


class _Eligibility(Struct):
    eligibilityCriteria: str | None = None


class _Design(Struct):
    studyType: str | None = None
    phases: list[str] = []
    enrollmentInfo: _Enrolment = msgspec.field(default_factory=_Enrolment)


class _Intervention(Struct):
    name: str = ""
    otherNames: list[str] = []


class _Arms(Struct):
    interventions: list[_Intervention] = []


class _Mesh(Struct):
    id: str = ""
    term: str | None = None


class _Browse(Struct):
    meshes: list[_Mesh] = []


class _Protocol(Struct):
    identificationModule: _Identification = msgspec.field(default_factory=_Identification)
    statusModule: _Status = msgspec.field(default_factory=_Status)
    sponsorCollaboratorsModule: _Sponsors = msgspec.field(default_factory=_Sponsors)
    contactsLocationsModule: Places = msgspec.field(default_factory=Places)
    descriptionModule: _Description = msgspec.field(default_factory=_Description)
    conditionsModule: _Conditions = msgspec.field(default_factory=_Conditions)
    designModule: _Design = msgspec.field(default_factory=_Design)
    eligibilityModule: _Eligibility = msgspec.field(default_factory=_Eligibility)
    armsInterventionsModule: _Arms = msgspec.field(default_factory=_Arms)
    outcomesModule: Outcomes = msgspec.field(default_factory=Outcomes)


class _Derived(Struct):
    conditionBrowseModule: _Browse = msgspec.field(default_factory=_Browse)
    interventionBrowseModule: _Browse = msgspec.field(default_factory=_Browse)


class _Study(Struct):
    protocolSection: _Protocol = msgspec.field(default_factory=_Protocol)
    derivedSection: _Derived = msgspec.field(default_factory=_Derived)


_CURRENT = msgspec.json.Decoder(_Study)


class _Classic(Struct):
    ProtocolSection: dict[str, Any] = {}
    DerivedSection: dict[str, Any] = {}


class Classic(Struct):
    Study: _Classic = msgspec.field(default_factory=_Classic)


_CLASSIC = msgspec.json.Decoder(Classic)


def current(raw: bytes) -> Trial:
    """Reads a study of the current API. Raises an error in BAD_INPUT if the study has another structure."""
    return _trial(_CURRENT.decode(raw))


def classic(raw: bytes) -> Trial:
    """Reads a study of the classic API, which is an element of `FullStudies`.

    Raises an error in BAD_INPUT if the element has another structure.
    """
    study = _CLASSIC.decode(raw).Study
    return converted(current_shape(study.ProtocolSection), current_shape(study.DerivedSection))


def converted(protocol: dict[str, Any], derived: dict[str, Any]) -> Trial:
    """Reads a study whose sections have the names of the current API.

    Raises an error in BAD_INPUT if the study has another structure.
    """
    return _trial(msgspec.convert({"protocolSection": protocol, "derivedSection": derived}, _Study, strict=False))


def _trial(study: _Study) -> Trial:
    protocol, derived = study.protocolSection, study.derivedSection
    named, status, design = protocol.identificationModule, protocol.statusModule, protocol.designModule
    lost: list[str] = []
    parties = [protocol.sponsorCollaboratorsModule.leadSponsor, *protocol.sponsorCollaboratorsModule.collaborators]
    return Trial(
        named.nctId,
        named.briefTitle,
        named.officialTitle,
        protocol.descriptionModule.briefSummary,
        protocol.eligibilityModule.eligibilityCriteria,
        _token(status.overallStatus, "status", lost),
        "/".join(filter(None, (_token(phase, "phase", lost) for phase in design.phases))) or None,
        _token(design.studyType, "study type", lost),
        _date(status.startDateStruct.date, lost),
        _date(status.completionDateStruct.date, lost),
        _people(design.enrollmentInfo.count, lost),
        [Party(party.name, party.class_) for party in parties if party.name],
        list(_mentions(protocol)),
        [("condition_browse", mesh.id, mesh.term) for mesh in derived.conditionBrowseModule.meshes]
        + [("intervention_browse", mesh.id, mesh.term) for mesh in derived.interventionBrowseModule.meshes],
        list(measures(protocol.outcomesModule)),
        lost,
        _date(status.lastUpdatePostDateStruct.date or status.lastUpdateSubmitDate, lost),
        _others(named, lost),
        [*investigators(protocol.contactsLocationsModule, protocol.sponsorCollaboratorsModule.responsibleParty, lost)],
    )


def _others(named: _Identification, lost: list[str]) -> list[str]:
    """Returns the other registration numbers of a trial, as CURIEs.

    The form of a number is checked too: many numbers whose type is a registry are not numbers of that registry.
    """
    typed = (one.id for one in named.secondaryIdInfos if _token(one.type, "type of a number", lost) in _REGISTRIES)
    found = filter(None, map(identifiers.trial, (*named.nctIdAliases, *typed)))
    return [one for one in dict.fromkeys(found) if one != identifiers.trial(named.nctId)]


def _people(count: int | None, lost: list[str]) -> int | None:
    if count is None or 0 <= count < _MOST_PEOPLE:
        return count
    lost.append(OUT_OF_RANGE)
    return None


def _mentions(protocol: _Protocol) -> Iterator[tuple[str, str]]:
    yield from (("condition", name) for name in protocol.conditionsModule.conditions)
    yield from (("keyword", name) for name in protocol.conditionsModule.keywords)
    for intervention in protocol.armsInterventionsModule.interventions:
        yield from (("intervention", name) for name in (intervention.name, *intervention.otherNames))


def _token(text: str | None, what: str, lost: list[str]) -> str | None:
    """Converts the name of a status, phase or type to the spelling of the current API. `what` names it in messages.

    `Active, not recruiting` becomes `ACTIVE_NOT_RECRUITING`, `Phase 2` becomes `PHASE2`, `Not Applicable` becomes `NA`.
    """
    if not text:
        return None
    short = text if len(text) <= _LONGEST_TOKEN else ""
    token = re.sub(r"\W+", "_", _BRACKETS.sub("", short)).strip("_").upper()
    if not token:
        lost.append(f"{what}: not readable")
    return _TOKENS.get(token) or token.replace("PHASE_", "PHASE") or None


def _date(text: str | None, lost: list[str]) -> str | None:
    """Returns a date as ISO 8601. It may be written as an ISO date, `August 3, 2021` or `August 2021`."""
    match = _CLASSIC_DATE.fullmatch(text or "")
    if not match or match[1] not in _MONTHS:
        return date(text, lost)
    day = f"-{match[2]}" if match[2] else ""
    return date(f"{match[3]}-{_MONTHS.index(match[1]) + 1}{day}", lost)
