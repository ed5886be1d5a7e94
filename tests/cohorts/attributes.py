"""tests: for each field of the model, a text that finds patients of the seeded world, and one that does not find them.

Half of the patients have one value in every attribute of an event of every kind, the others another value. Every
patient has further events in another observation period, for windows, numbers, limits and exits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from graph.kinds import EventKind

IS_A = (("A:2", "A:1"), ("B:2", "B:1"), ("C:2", "C:1"))
CONCEPTS = ("A:1", "A:2", "A:3", "B:1", "B:2", "C:1", "C:2")
_CODED = """
    source_concept type specialty place region route qualifier answer reason admitted_from discharged_to plan_source
    sponsor_source reason_source
""".split()
_VALUES: tuple[dict[str, Any], ...] = (
    {"start": "2020-01-10", "end": "2020-01-20", "status": "active B:2", "unit": "mg", "value": 7.5, "low": 5.0}
    | {"high": 6.0, "quantity": 30.0, "days": 30, "refills": 1, "occurrences": 2, "gap": 3, "visit": "v1"}
    | {"text": "Twice a week", "stop_reason": "Side effects", "identifier": "LOT-77"},
    {"start": "2020-02-10", "end": "2020-03-21", "status": "inactive C:2", "unit": "%", "value": 5.0, "low": 4.0}
    | {"high": 8.0, "quantity": 60.0, "days": 90, "refills": 3, "occurrences": 5, "gap": 12, "visit": "v2"}
    | {"text": "Daily", "stop_reason": "Recovered", "identifier": "LOT-88"},
)
_EARLIER = [
    ("observation_period", "A:3", "2018-01-01", "2019-12-31", None),
    ("condition", "A:1", "2019-01-01", "2019-01-10", "w1"),
    ("condition", "A:2", "2019-03-01", "2019-03-01", "w2"),
    ("medication", "A:3", "2019-01-15", "2019-02-14", "w1"),
    ("medication", "A:3", "2019-02-20", "2019-03-01", "w2"),
    ("medication", "A:3", "2019-02-20", "2019-02-25", "w2"),
]
PEOPLE: tuple[dict[str, Any], ...] = (
    {"birth_year": 1950, "sex": "female", "race": "B:2", "ethnicity": "B:2", "care_site": "ward-1"},
    {"birth_year": 1980, "sex": "male", "race": "C:2", "ethnicity": "C:2", "care_site": "ward-2"},
)
IN = (("cohort:women", "west"), ("cohort:men", "east"))
"""The saved cohort and the source of each half."""


def events_of(half: int) -> list[dict[str, Any]]:
    code = ("B:2", "C:2")[half]
    own = _VALUES[half] | {"concept": code} | dict.fromkeys(_CODED, code)
    names = ("kind", "concept", "start", "end", "visit")
    earlier = [dict(zip(names, values, strict=True)) for values in _EARLIER[: 3 if half else None]]
    return [own | {"kind": kind} for kind in get_args(EventKind)] + earlier


_NUMBERS = {
    "value": (7.5, 5), "quantity": (30, 60), "days of supply": (30, 90), "refills": (1, 3),
    "lower limit of normal": (5, 4), "upper limit of normal": (6, 8), "value divided by the lower limit": (1.5, 1.25),
    "value divided by the upper limit": (1.25, 0.625), "value minus the lower limit": (2.5, 1),
    "value minus the upper limit": (1.5, -3), "length": (10, 40), "age": (70, 40), "age at its end": (70, 40),
    "number of occurrences": (2, 5), "gap days": (3, 12),
}  # fmt: skip
_CODES = (
    "source concept,type,coded status,specialty,place,region,route,qualifier,answer,reason for stopping,kind of visit,"
    "admitted from,discharged to,plan in the source,sponsor in the source,reason for stopping in the source"
).split(",")
_TEXTS = {"text": ("week", "dai"), "stop reason": ("side", "rec"), "identifier": ("77", "88")}
CONDITIONS = {
    **{f"number {name}": [f"{name} exactly {value}" for value in pair] for name, pair in _NUMBERS.items()},
    **{f"coded {name}": [f"{name} [{code}]" for code in ("B:1", "C:1")] for name in _CODES},
    **{f"text {name}": [f'{name} containing "{part}"' for part in pair] for name, pair in _TEXTS.items()},
    "stated status": ['status "active"', 'status "inactive"'],
    "stated unit": ['unit "mg"', 'unit "%"'],
    "when start": ["starting from 2020-01 to 2020-01", "starting since 2020-02"],
    "when end": ["ending up to 2020-01", "ending since 2020-02"],
}
"""A condition for each half of the patients, by type and field of the condition."""

NO_EFFECT = {"Rule.name", "Rule.description"}
"""Fields for the reader."""


def _cases() -> dict[str, tuple[str, str]]:
    rows = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
    parts = (row.replace("⏎", "\n").split("\t") for row in rows)
    return {field: (one, other) for field, one, other in parts}


CASES = _cases()
"""By field of the model, two texts. The first finds patients, and the second does not find these."""
