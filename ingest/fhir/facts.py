"""ingest: defines the common form of FHIR R4 resources about a patient, before codes and references are resolved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graph.kinds import EventKind
from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.records import OUT_OF_RANGE
from ingest.text import line
from ontologies.ucum import NOT_COMPARABLE, unit

COMPARATOR = "value with a comparator"
NOT_UCUM = "unit is not a UCUM code"
SEVERAL_IDENTIFIERS = "identifier: several, only the first is stored"
NO_AGE = "age: not a whole number of years, months, weeks or days"
_UNITS = {"a": "Y", "mo": "M", "wk": "W", "d": "D"}
Coded = Mapping[str, Sequence[fhir.CodeableConcept | None]]
"""Coded values for an event: the name of a column, and a list of concepts. The column gets their first code."""


class Fact(NamedTuple):
    """A concept that a FHIR resource states about a patient, with a value. It becomes one event for each code.

    `missing` is the reason if there is no concept, and `lost` is the reason if the value was left out. `how` is the
    first word of the status if the finding is absent or uncertain (graph.snapshot.standing). `kind` is set if it
    differs from the kind of the Statement. `medicine` is the id of a Medicine if another resource states the concept.
    `coded` and `values` have further columns of the event.
    """

    concept: fhir.CodeableConcept | None
    value: float | None = None
    unit: str | None = None
    answer: fhir.CodeableConcept | None = None
    lost: str | None = None
    missing: str = "no code"
    kind: EventKind | None = None
    how: str | None = None
    medicine: str | None = None
    coded: Coded = {}  # noqa: RUF012
    values: Mapping[str, Any] = {}


Medicine = Callable[[Any], Fact]
"""A function that takes a resource and returns the Fact of the medication or device to which the resource refers."""


class Statement(NamedTuple):
    """What a FHIR resource states about a patient. Dates have the same form as in `graph.kinds.Event`.

    `who` refers to the patient, `visit` to the encounter, and `by` to the performers. `denied` is the reason if the
    resource is not an event, for example because nothing happened. `lost` has the reasons for dates and statuses that
    were left out. `coded` and `values` have further columns, which all events of the statement get.
    """

    kind: EventKind
    who: fhir.Reference | None
    facts: list[Fact]
    status: str | None
    denied: str | None = None
    start: str | None = None
    end: str | None = None
    lost: Sequence[str] = ()
    visit: fhir.Reference | None = None
    by: Sequence[fhir.Reference | None] = ()
    coded: Coded = {}  # noqa: RUF012
    values: Mapping[str, Any] = {}


def span(moment: str | None, period: fhir.Period | None, lost: list[str]) -> tuple[str | None, str | None]:
    if moment or not period:
        return date(moment, lost), None
    return date(period.start, lost), date(period.end, lost)


def aged(age: fhir.Quantity | None, lost: list[str]) -> str | None:
    """Returns an age as an ISO 8601 duration since birth: `P52Y`. It is not converted to a date."""
    if age is None or age.value is None:
        return None
    unit_ = _UNITS.get(unit(age.system, age.code, age.unit) or "")
    if unit_ and 0 <= age.value < 1 << 16 and age.value == int(age.value) and not age.comparator:
        return f"P{int(age.value)}{unit_}"
    lost.append(NO_AGE)
    return None


def with_value(fact: Fact, quantity: fhir.Quantity | None) -> Fact:
    """Returns `fact` with the value and the unit of `quantity`. A value with a comparator (`< 5`) is left out, and so
    is a value that is not finite.
    """
    if quantity is None or (quantity.value is None and not quantity.comparator):
        return fact
    if quantity.comparator or quantity.value is None:
        return fact._replace(lost=COMPARATOR)
    if not math.isfinite(quantity.value):
        return fact._replace(lost=OUT_OF_RANGE)
    code = unit(quantity.system, quantity.code, quantity.unit)
    return fact._replace(value=quantity.value, unit=code, lost=NOT_UCUM if code == NOT_COMPARABLE else fact.lost)


def identified(fact: Fact, *given: str | None) -> Fact:
    """Returns `fact` with the first of the identifiers `given`. If they differ, the field `lost` states this."""
    texts = [*dict.fromkeys(kept for text in given if text and (kept := line(text)))]
    if not texts:
        return fact
    lost = SEVERAL_IDENTIFIERS if len(texts) > 1 else fact.lost
    return fact._replace(values={**fact.values, "identifier": texts[0]}, lost=lost)


def plain(
    kind: EventKind,
    resource: Any,
    who: fhir.Reference | None,
    facts: list[Fact],
    span: tuple[str | None, str | None],
    lost: list[str],
    **more: Any,
) -> Statement:
    """Returns the Statement of a resource that has a `status`. `more` has further fields of the Statement."""
    return Statement(kind, who, facts, *states.happened(type(resource).__name__, resource.status, lost), *span, **more)


def stopped(made: Statement, *reasons: fhir.Reason | None) -> Statement:
    """Adds to a statement with the status `stopped` the reasons for stopping: all codes, and the first text."""
    given = [reason for reason in reasons if reason]
    if made.status != "stopped" or not given:
        return made
    text = next(filter(None, (line(reason.text) for reason in given if reason.text)), None)
    values = {**made.values, "stop_reason": text} if text else made.values
    return made._replace(coded={**made.coded, "reason": given}, values=values)


def but(made: Statement, denied: str | None) -> Statement:
    return made._replace(denied=denied) if denied else made


def actors(performers: Sequence[fhir.Performer]) -> list[fhir.Reference | None]:
    return [performer.actor for performer in performers]
