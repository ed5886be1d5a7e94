"""ingest: makes events of the medical actions of a phenopacket.

https://phenopacket-schema.readthedocs.io/en/latest/medical-action.html
"""

from __future__ import annotations

from typing import Any

from ingest.phenopackets.facts import Facts
from ingest.phenopackets.messages import MedicalAction, Procedure, RadiationTherapy, Regimen, Term, Treatment
from ingest.phenopackets.times import dates

NO_ACTION = "medical action of an unsupported type"
SEVERAL = "cumulative dose of several dose intervals"
_STATUSES = {"STARTED": "active", "COMPLETED": "completed", "DISCONTINUED": "stopped"}
_NUMBERS = dict(enumerate(_STATUSES, 1))


def action(one: MedicalAction, row: str, facts: Facts) -> None:
    """Adds the events of a medical action to `facts`, and an event for each of its adverse events."""
    why = facts.concept(one.treatment_termination_reason)
    if one.procedure:
        _procedure(one.procedure, row, facts, why)
    elif one.treatment:
        _treatment(one.treatment, row, facts, why)
    elif one.radiation_therapy:
        _radiation(one.radiation_therapy, row, facts, why)
    elif one.therapeutic_regimen:
        _regimen(one.therapeutic_regimen, row, facts, why)
    else:
        facts.lost.append(NO_ACTION)
    for effect in one.adverse_events:
        facts.add("condition", effect, f"{row} adverseEvents")


def _procedure(one: Procedure, row: str, facts: Facts, why: str | None) -> None:
    where = facts.qualifier([one.body_site])
    facts.add("procedure", one.code, row, qualifier=where, reason=why, **facts.span(one.performed))


def _treatment(one: Treatment, row: str, facts: Facts, why: str | None) -> None:
    """Adds an event to `facts` for each dose interval of a treatment, or one event if there is no dose interval."""
    spans = [dates(given.interval, facts.lost) for given in one.dose_intervals if given.interval] or [(None, None)]
    dose: dict[str, Any] = {}
    if one.cumulative_dose and len(spans) == 1:
        measured = facts.measured(one.cumulative_dose)
        dose = {"quantity": measured.get("value"), "unit": measured.get("unit")}
    elif one.cumulative_dose:
        facts.lost.append(SEVERAL)
    route = facts.concept(one.route_of_administration)
    for start, end in spans:
        facts.add("medication", one.agent, row, start=start, end=end, route=route, reason=why, **dose)


def _radiation(one: RadiationTherapy, row: str, facts: Facts, why: str | None) -> None:
    """Adds an event of a radiation therapy to `facts`. Its value is the dosage in gray, and its quantity is the number
    of fractions. Each is left out if it is 0.
    """
    dose: dict[str, Any] = {"value": one.dosage, "unit": "Gy"} if one.dosage else {}
    where, parts = facts.qualifier([one.body_site]), one.fractions or None
    facts.add("procedure", one.modality, row, qualifier=where, quantity=parts, reason=why, **dose)


def _regimen(one: Regimen, row: str, facts: Facts, why: str | None) -> None:
    named = one.external_reference
    term = one.ontology_class or (Term(named.id) if named else None)
    state = one.regimen_status
    status = _STATUSES.get(_NUMBERS.get(state, "") if isinstance(state, int) else state)
    start, end = facts.when(one.start_time), facts.when(one.end_time)
    facts.add("care_plan", term, row, status=status, start=start, end=end, reason=why)
