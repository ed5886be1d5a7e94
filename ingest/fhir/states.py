"""ingest: decides from the status codes of FHIR R4 whether an event happened.

Each resource type has its own value set (https://hl7.org/fhir/R4/terminologies-valuesets.html). Codes outside the value
set are not interpreted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.snapshot import ABSENT, UNSURE
from ingest.fhir import resources as fhir
from ontologies.curies import curie_of

#: For each type, the codes of `status` that mean that an event happened or began, or that a request was made.
HAPPENED = {
    "AllergyIntolerance": "active inactive resolved",
    "CarePlan": "active on-hold revoked completed unknown",
    "Condition": "active recurrence relapse inactive remission resolved",
    "Device": "active inactive unknown",
    "DeviceUseStatement": "active completed stopped on-hold",
    "DiagnosticReport": "partial preliminary final amended corrected appended unknown",
    "Encounter": "arrived triaged in-progress onleave finished unknown",
    "FamilyMemberHistory": "partial completed",
    "ImagingStudy": "available unknown",
    "Immunization": "completed",
    "MedicationAdministration": "in-progress on-hold completed stopped unknown",
    "MedicationDispense": "in-progress on-hold completed stopped unknown",
    "MedicationRequest": "active on-hold completed stopped unknown",
    "MedicationStatement": "active completed stopped on-hold unknown",
    "Observation": "preliminary final amended corrected unknown",
    "Procedure": "in-progress on-hold stopped completed unknown",
    "Specimen": "available unavailable unsatisfactory",
}
#: Codes of a status, verification status or intent that mean that nothing happened. These codes have the same meaning
#: in all resource types, so they also count for types whose value set does not contain them.
NOT_HAPPENED = """
    cancelled draft entered-in-error health-unknown intended not-done not-taken planned preparation refuted registered
    proposal plan option declined
"""
#: Reasons why a value is absent although something was found: the value is masked, a text, or not a number.
FOUND = "masked as-text not-a-number negative-infinity positive-infinity not-permitted"
#: Reasons why a value is absent because nothing was found: not asked, not known, not done, or an error.
NOT_FOUND = "unknown asked-unknown temp-unknown not-asked asked-declined not-applicable unsupported error not-performed"

#: The intents of a request that is an order.
ORDERS = "order original-order reflex-order filler-order instance-order"
#: Codes of SNOMED CT that are used instead of codes of FHIR, as in the Dutch information standards.
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
_NO_STATUS = "status is not a code of FHIR R4"
_NO_INTENT = "intent is not a code of FHIR R4"
_MISSPELLED = "status is not spelled as in FHIR R4"
MODIFIED = "modifierExtension or implicitRules with an unknown meaning"

# Negative answers in SNOMED CT, LOINC and HL7 (https://terminology.hl7.org/CodeSystem-v2-0136.html).
_SNOMED_CT = "http://snomed.info/sct"
_NO = {
    _SNOMED_CT: "260385009 260415000 2667000 410516002 410594000 410593006 373067005",
    "http://loinc.org": "LA6577-6 LA11883-8 LA9634-2 LA32-8",
    "http://terminology.hl7.org/CodeSystem/v2-0136": "N",
    "http://terminology.hl7.org/CodeSystem/v2-0532": "N",
}
# Texts that Dutch and English laboratories write for a negative answer; used if the answer has no code.
_NO_WORDS = frozenset(
    """
    negative negatief neg neg. no nee absent afwezig none geen not-detected none-detected not-found not-present
    niet-aantoonbaar niet-aangetoond niet-gevonden niet-aanwezig non-reactive non-reactief not-applicable
    """.split()
)
ANSWERS = frozenset((system, code) for system, codes in _NO.items() for code in codes.split())
_NEGATIVE = frozenset(curie_of(*pair) for pair in ANSWERS)
# Negative interpretations (https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html).
_INTERPRETATIONS = frozenset(("NEG", "ND", "NR"))


def denied(codes: Iterable[str | None]) -> str | None:
    """Returns the reason why an event did not happen, from its status codes; None if no code in NOT_HAPPENED is given.

    Upper and lower case are not distinguished.
    """
    return next((_DENIED[spelled] for code in codes if code and (spelled := _spelled(code)) in _DENIED), None)


def happened(kind: str, code: str | None, lost: list[str]) -> tuple[str | None, str | None]:
    """Returns the status code if it is in the value set of the resource type `kind`, otherwise None; and the reason if
    the code means that nothing happened.
    """
    if code is None:
        return None, None
    spelled = _spelled(code)
    if spelled not in _KNOWN[kind]:
        return None, _DENIED.get(spelled, _NO_STATUS)
    if spelled != code:
        lost.append(_MISSPELLED)
    return spelled, None


def intended(code: str | None) -> str | None:
    """Returns the reason why a request with the intent `code` is not an order; None if it is an order."""
    spelled = _spelled(code) if code is not None else None
    return None if spelled is None or spelled in _ORDERS else _DENIED.get(spelled, _NO_INTENT)


def clinical(kind: str, code: str | None, lost: list[str]) -> str | None:
    """Returns the clinical status `code` if it is in the value set of the resource type `kind`; otherwise None.

    The clinical status does not decide whether the condition is present.
    """
    if code is None or code in _KNOWN[kind]:
        return code
    lost.append(_NO_STATUS)
    return None


def stated(state: fhir.State | None) -> list[str]:
    """Returns the codes of a status, in lower case. If there are no codes, its text is used as a code."""
    if not state:
        return []
    codes = [SNOMED.get(coding.code) or _spelled(coding.code) for coding in state.coding if coding.code]
    return codes or ([_spelled(state.text)] if state.text else [])


def _spelled(text: str) -> str:
    return "-".join(text[:40].lower().replace("_", " ").split())


def verification(codes: list[str], lost: list[str]) -> str | None:
    """Returns the code in a verification status that means that the finding is uncertain; None if it is certain.

    A status with only unknown codes is uncertain.
    """
    if codes and not any(code in VERIFIED for code in codes):
        lost.append("verification status is not a code of FHIR R4")
        return UNSURE[0]
    return next((code for code in codes if code in UNSURE), None)


def absence(reason: fhir.State | None) -> str | None:
    """Returns the reason why nothing was observed, from the `dataAbsentReason` of an observation; otherwise None."""
    codes = stated(reason)
    if not codes or any(code in _FOUND for code in codes):
        return None
    return next((_ABSENCE[code] for code in codes if code in _ABSENCE), "value absent: reason is not a code of FHIR R4")


def is_negative(curie: str) -> bool:
    """True if `curie` is the code of a negative answer, such as *no* or *not detected*: the finding is absent."""
    return curie in _NEGATIVE


def found(part: fhir.Observation | fhir.Component) -> str | None:
    """Returns the word for the status of the event if the finding of an observation is absent or uncertain, such as
    `absent`; None if the finding is present.
    """
    if _negative(part):
        return ABSENT
    codes = (SNOMED.get(coding.code or "") for coding in _codings(part) if coding.system == _SNOMED_CT)
    return next((code for code in codes if code in UNSURE), None)


def _codings(part: fhir.Observation | fhir.Component) -> Iterator[fhir.Coding]:
    for one in (part.valueCodeableConcept, *part.interpretation):
        yield from one.coding if one else ()


def _negative(part: fhir.Observation | fhir.Component) -> bool:
    if part.valueBoolean is False:
        return True
    if any((coding.system, coding.code) in ANSWERS for coding in _codings(part)):
        return True
    answer, interpretations = part.valueCodeableConcept, part.interpretation
    if any((coding.code or "").upper() in _INTERPRETATIONS for one in interpretations for coding in one.coding):
        return True
    words = [part.valueString, *(one.text for one in (answer, *interpretations) if one and not one.coding)]
    return any(_spelled(text) in _NO_WORDS for text in words if text)
