"""ingest: converts Observation and DiagnosticReport of FHIR R4 (https://hl7.org/fhir/R4/observation.html)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import get_type_hints

from msgspec import Raw

from graph.snapshot import ABSENT
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.fhir.facts import Fact, Medicine, Statement, plain, span, with_value
from ingest.records import OUT_OF_RANGE
from ontologies.ucum import unit

CONTAINED_RESULT = "result is a contained resource: not read"
SEVERAL_RANGES = "reference range: several apply"
OTHER_UNIT = "reference range in another unit than the value"
# Values of the graph are doubles, which cannot represent larger integers exactly.
_LARGEST = 1 << 53
_UNREAD = [name for name, kind in get_type_hints(fhir.Component).items() if kind is Raw]
_NORMAL = ("normal", None)


def observation(resource: fhir.Observation, _: Medicine, lost: list[str]) -> Statement:
    facts = [measured(resource, lost)] + [measured(component, lost) for component in resource.component]
    moment = resource.effectiveDateTime or resource.effectiveInstant
    when = span(moment, resource.effectivePeriod, lost)
    how = [one for one in (resource.bodySite, resource.method) if one]
    more = {"visit": resource.encounter, "by": resource.performer, "coded": {"qualifier": how} if how else {}}
    return plain("observation", resource, resource.subject, facts, when, lost, **more)


def report(resource: fhir.DiagnosticReport, _: Medicine, lost: list[str]) -> Statement:
    """Returns the Statement of a DiagnosticReport. Its answer is the first coded conclusion.

    The results of the report are separate resources.
    """
    answer = resource.conclusionCode[0] if resource.conclusionCode else None
    found = fhir.Component(code=resource.code, valueCodeableConcept=answer)
    lost += [CONTAINED_RESULT for one in resource.result if (one.reference or "").startswith("#")]
    lost += ["conclusion: several, only the first is stored"] * (len(resource.conclusionCode) - 1)
    when = span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    more = {"visit": resource.encounter, "by": resource.performer}
    return plain("observation", resource, resource.subject, [measured(found, lost)], when, lost, **more)


def measured(part: fhir.Observation | fhir.Component, lost: list[str]) -> Fact:
    if part.modifierExtension:
        return Fact(None, missing=states.MODIFIED)
    fact = _value(part)
    empty = fact.value is None and not fact.answer and not fact.lost
    how = states.found(part)
    unread = part.valueString or any(bytes(getattr(part, name)) not in (b"", b"null") for name in _UNREAD)
    if empty and unread:
        fact, empty = fact if how == ABSENT else fact._replace(lost="value of an unsupported type"), False
    if empty and (reason := states.absence(part.dataAbsentReason)):
        return Fact(None, missing=reason)
    if part.interpretation:
        fact = fact._replace(coded={"qualifier": part.interpretation})
    if part.referenceRange:
        fact = fact._replace(values=_range(part, fact.unit, lost))
    return fact._replace(how=how) if how else fact


def _value(part: fhir.Observation | fhir.Component) -> Fact:
    if part.valueQuantity:
        return with_value(Fact(part.code), part.valueQuantity)
    if part.valueInteger is not None:
        known = abs(part.valueInteger) < _LARGEST
        return Fact(part.code, float(part.valueInteger)) if known else Fact(part.code, lost=OUT_OF_RANGE)
    if part.valueBoolean is not None:
        return Fact(part.code, float(part.valueBoolean))
    return Fact(part.code, answer=part.valueCodeableConcept)


def _range(part: fhir.Observation | fhir.Component, code: str | None, lost: list[str]) -> Mapping[str, float]:
    """Returns the limits of the normal range as the event columns `low` and `high`.

    Empty unless there is exactly one normal range, with the same unit as the value. `code` is the unit of the value.
    """
    normal = [one for one in part.referenceRange if _is_normal(one)]
    if len(normal) != 1 or part.valueQuantity is None:
        lost += [SEVERAL_RANGES] * (len(normal) > 1)
        return {}
    limits = {
        name: limit for name in ("low", "high") if (limit := getattr(normal[0], name)) and limit.value is not None
    }
    if any(unit(one.system, one.code, one.unit) not in (None, code) for one in limits.values()):
        lost.append(OTHER_UNIT)
        return {}
    return {name: one.value for name, one in limits.items() if math.isfinite(one.value) and not one.comparator}


def _is_normal(one: fhir.ReferenceRange) -> bool:
    codes = [coding.code for coding in one.type.coding] if one.type else [None]
    return not one.modifierExtension and any(code in _NORMAL for code in codes or [None])
