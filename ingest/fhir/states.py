"""ingest: what the codes of FHIR R4 say of whether something happened (https://hl7.org/fhir/R4/terminologies-valuesets.html).

Each resource type has a value set of its own; a code that is in none of them says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.snapshot import ABSENT, UNSURE
from ingest.fhir import resources as fhir

#: Per type the codes of its `status` under which it happened, was begun, or for a request was made.
HAPPENED = {
    "AllergyIntolerance": "active inactive resolved",
    "Condition": "active recurrence relapse inactive remission resolved",
    "Encounter": "arrived triaged in-progress onleave finished unknown",
    "FamilyMemberHistory": "partial completed",
    "Immunization": "completed",
    "MedicationRequest": "active on-hold completed stopped unknown",
    "MedicationStatement": "active completed stopped on-hold unknown",
    "Observation": "preliminary final amended corrected unknown",
    "Procedure": "in-progress on-hold stopped completed unknown",
    "Specimen": "available unavailable unsatisfactory",
}
#: Codes of a status, verification status or intent under which nothing happened, as far as this record can tell. No
#: type has one of them in another sense, so one that strays into another type's status is heeded as well.
NOT_HAPPENED = """
    cancelled draft entered-in-error health-unknown intended not-done not-taken planned preparation refuted registered
    proposal plan option
"""
#: Reasons for which a value is absent though it was found: it is kept from us, stands in words, or is no number here.
FOUND = "masked as-text not-a-number negative-infinity positive-infinity not-permitted"
#: The others: nobody asked, nobody knows, it was not done, or the system cannot tell.
NOT_FOUND = "unknown asked-unknown temp-unknown not-asked asked-declined not-applicable unsupported error not-performed"

#: The intents of a request that is some order.
ORDERS = "order original-order reflex-order filler-order instance-order"
#: Codes of SNOMED CT that stand for codes of FHIR, as in the Dutch information standards.
SNOMED = {
    "410515003": "confirmed",  # known present
    "410591008": "confirmed",  # definitely present
    "410605003": "confirmed",  # confirmed present
    "410592001": "provisional",  # probably present
    "415684004": "provisional",  # suspected
    "410590009": "differential",  # known possible
    "410516002": "refuted",  # known absent
    "410594000": "refuted",  # definitely not present
    "410593006": "refuted",  # probably not present
    "55561003": "active",
    "73425007": "inactive",
    "413322009": "resolved",
}

_KNOWN = {kind: frozenset(codes.split()) for kind, codes in HAPPENED.items()}
_DENIED = {code: code.replace("-", " ") for code in NOT_HAPPENED.split()}
_ORDERS = frozenset(ORDERS.split())
VERIFIED = frozenset(("confirmed", *UNSURE, *_DENIED))
_FOUND = frozenset(FOUND.split())
_ABSENCE = {code: f"value absent: {code.replace('-', ' ')}" for code in NOT_FOUND.split()}
_NO_STATUS = "status is no code of FHIR R4"
_NO_INTENT = "intent is no code of FHIR R4"
_MISSPELLED = "status is spelled otherwise than in FHIR R4"
MODIFIED = "a modifierExtension, or implicitRules: what it means is not known here"

# Answers that say no: of SNOMED CT, LOINC and HL7 (https://terminology.hl7.org/CodeSystem-v2-0136.html).
_SNOMED_CT = "http://snomed.info/sct"
_NO = {
    _SNOMED_CT: "260385009 260415000 2667000 410516002 410594000 410593006 373067005",
    "http://loinc.org": "LA6577-6 LA11883-8 LA9634-2 LA32-8",
    "http://terminology.hl7.org/CodeSystem/v2-0136": "N",
    "http://terminology.hl7.org/CodeSystem/v2-0532": "N",
}
# The same in words, where there is no code; whole answers, as laboratories write them in Dutch and in English.
_NO_WORDS = frozenset(
    """
    negative negatief neg neg. no nee absent afwezig none geen not-detected none-detected not-found not-present
    niet-aantoonbaar niet-aangetoond niet-gevonden niet-aanwezig non-reactive non-reactief not-applicable
    """.split()
)
_ANSWERS = frozenset((system, code) for system, codes in _NO.items() for code in codes.split())
# Interpretations that say no (https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html).
_INTERPRETATIONS = frozenset(("NEG", "ND", "NR"))


def denied(codes: Iterable[str | None]) -> str | None:
    """Why nothing happened, None where none of the codes says so, in capitals or not."""
    return next((_DENIED[said] for code in codes if code and (said := _spelled(code)) in _DENIED), None)


def happened(kind: str, code: str | None, lost: list[str]) -> tuple[str | None, str | None]:
    """The status of a resource as its value set has it, and why nothing happened, as far as anyone can tell."""
    if code is None:
        return None, None
    said = _spelled(code)
    if said not in _KNOWN[kind]:
        return None, _DENIED.get(said, _NO_STATUS)
    if said != code:
        lost.append(_MISSPELLED)
    return said, None


def intended(code: str | None) -> str | None:
    """Why a request is no order, None where it is one."""
    said = _spelled(code) if code is not None else None
    return None if said is None or said in _ORDERS else _DENIED.get(said, _NO_INTENT)


def clinical(kind: str, code: str | None, lost: list[str]) -> str | None:
    """The code where the value set of this type has it: it does not say whether the condition is there."""
    if code is None or code in _KNOWN[kind]:
        return code
    lost.append(_NO_STATUS)
    return None


def stated(state: fhir.State | None) -> list[str]:
    """The codes of a state, or the one that its words spell where it has no code."""
    if not state:
        return []
    codes = [SNOMED.get(coding.code) or _spelled(coding.code) for coding in state.coding if coding.code]
    return codes or ([_spelled(state.text)] if state.text else [])


def _spelled(text: str) -> str:
    return "-".join(text[:40].lower().replace("_", " ").split())


def verification(codes: list[str], lost: list[str]) -> str | None:
    """The code that says it is not certain, None where it is taken for certain; nobody can tell of an unknown code."""
    if codes and not any(code in VERIFIED for code in codes):
        lost.append("verification status is no code of FHIR R4")
        return UNSURE[0]
    return next((code for code in codes if code in UNSURE), None)


def absence(reason: fhir.State | None) -> str | None:
    """Why nothing was observed where a value is absent for this reason; None where something was."""
    codes = stated(reason)
    if not codes or any(code in _FOUND for code in codes):
        return None
    return next((_ABSENCE[code] for code in codes if code in _ABSENCE), "value absent: reason is no code of FHIR R4")


def found(part: fhir.Observation | fhir.Component) -> str | None:
    """How what was looked for stands, as the first word of a status; None where it is there."""
    if _negative(part):
        return ABSENT
    said = (SNOMED.get(coding.code or "") for coding in _codings(part) if coding.system == _SNOMED_CT)
    return next((code for code in said if code in UNSURE), None)


def _codings(part: fhir.Observation | fhir.Component) -> Iterator[fhir.Coding]:
    for one in (part.valueCodeableConcept, *part.interpretation):
        yield from one.coding if one else ()


def _negative(part: fhir.Observation | fhir.Component) -> bool:
    if part.valueBoolean is False:
        return True
    if any((coding.system, coding.code) in _ANSWERS for coding in _codings(part)):
        return True
    answer, said = part.valueCodeableConcept, part.interpretation
    if any((coding.code or "").upper() in _INTERPRETATIONS for one in said for coding in one.coding):
        return True
    words = [part.valueString, *(one.text for one in (answer, *said) if one and not one.coding)]
    return any(_spelled(text) in _NO_WORDS for text in words if text)
