"""cohorts: findings about conditions that no event can meet, and about units and dates."""

from __future__ import annotations

from collections.abc import Iterator

from cohorts.canonical import EMPTY, first_day, is_date, last_day, simple_range
from cohorts.lint.finding import Remark, remark
from cohorts.model import Coded, Dates, Either, Fixed, Number, Range, Stated, Text
from cohorts.parts import Place
from graph.kinds import EventKind
from ontologies.ucum import is_ucum

_DERIVED = {"condition_era", "drug_era", "dose_era", "observation_period"}
_MEASURED = {"observation"}
_WITH_VALUE = _MEASURED | {"dose_era", "medication", "immunization", "procedure"}
_VISITS = {"encounter", "visit", "visit_detail"}
_NO_VISIT = _DERIVED | {"death", "location", "payer_plan"}
_ERAS = {"condition_era", "drug_era"}
_ONLY: dict[str, set[str]] = {
    "value": _WITH_VALUE,
    "unit": _WITH_VALUE | {"specimen", "device"},
    "answer": _MEASURED | {"payer_plan"},
    "low": _MEASURED,
    "high": _MEASURED,
    "value/low": _MEASURED,
    "value/high": _MEASURED,
    "value-low": _MEASURED,
    "value-high": _MEASURED,
    "quantity": {"medication", "procedure", "device", "specimen", "immunization"},
    "days": {"medication"},
    "refills": {"medication"},
    "route": {"medication", "immunization"},
    "place": _VISITS | {"location"},
    "region": _VISITS,
    "admitted_from": _VISITS,
    "discharged_to": _VISITS,
    "plan_source": {"payer_plan"},
    "sponsor_source": {"payer_plan"},
    "reason_source": {"payer_plan"},
    "occurrences": _ERAS,
    "gap": {"drug_era"},
    "text": _MEASURED,
    "stop_reason": {"condition", "medication", "procedure"},
    "identifier": {"medication", "immunization", "device"},
}
"""For each of these fields, the only kinds of events that can have the field."""
_NEVER: dict[str, set[str]] = {
    "source_concept": _DERIVED,
    "type": {"condition_era", "drug_era", "dose_era"},
    "status": _DERIVED,
    "specialty": _NO_VISIT,
    "visit": _NO_VISIT,
}
"""For each of these fields, the kinds of events that never have the field."""
_TERMINALS: dict[type, str] = {Number: "MEASURE", Coded: "CODED", Stated: "STATED", Text: "TEXT"}
"""For each type of condition, the terminal in words.tsv with the names of its fields."""


def of_events(place: Place) -> Iterator[Remark]:
    """Findings about a place of the definition that is a condition, a range or dates."""
    match place.part:
        case Number() | Coded() | Stated() | Text():
            yield from _field(place)
    match place.part:
        case Number(unit=str(unit)) if not is_ucum(unit.strip()):
            yield _unit(f"{place.path}.unit", unit)
        case Stated(field="unit", words=words):
            yield from (_unit(f"{place.path}.words[{n}]", one) for n, one in enumerate(words) if not is_ucum(one))
        case Range() if simple_range(place.part) == EMPTY:
            yield remark("empty_range.numbers", place.path)
        case Dates() | Fixed():
            yield from _dates(place)
        case Either(of=()):
            yield remark("empty_group.conditions", place.path)


def _unit(path: str, unit: str) -> Remark:
    return remark("unknown_unit", path, unit=unit)


def _field(place: Place) -> Iterator[Remark]:
    field = place.part.field
    kinds: set[EventKind] = set(place.events.kinds) if place.events else set()
    can = {kind for kind in kinds if kind in _ONLY.get(field, kinds) and kind not in _NEVER.get(field, ())}
    if kinds and not can:
        named = (_TERMINALS[type(place.part)], field)
        yield remark("no_such_field", place.path, kinds=tuple(sorted(kinds)), field=named)


def _dates(place: Place) -> Iterator[Remark]:
    names = ("start", "end") if isinstance(place.part, Fixed) else ("since", "until")
    first, last = (getattr(place.part, name) for name in names)
    for name, date in zip(names, (first, last), strict=True):
        if date is not None and not is_date(date):
            yield remark("not_a_date", f"{place.path}.{name}", date=date)
    if first and last and is_date(first) and is_date(last) and first_day(first) > last_day(last):
        yield remark("empty_range.dates", place.path)
