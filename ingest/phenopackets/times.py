"""ingest: converts the times of Phenopackets to the texts that events have as start and end.

A TimeElement (https://phenopacket-schema.readthedocs.io/en/latest/time-element.html) is a date or an age. An age never
becomes a date. If only a range is known, the text is an interval of ISO 8601-2: `P28D/P11M`, `P16Y/..`, `../P0D`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.dates import date
from ingest.phenopackets.messages import Age, TimeElement, TimeInterval

BEFORE_BIRTH = "../P0D"
#: The ages in the definitions of the Human Phenotype Ontology, release 2024-08-13 (http://purl.obolibrary.org/obo/hp.owl,
#: classes under HP:0003674). Both ends are included: `P15Y` is the whole year before the sixteenth birthday. Classes
#: whose definition names no age, such as HP:6000315 (after the menopause), are left out.
ONSETS = {
    "HP:0030674": BEFORE_BIRTH,
    "HP:0011460": BEFORE_BIRTH,
    "HP:0011461": BEFORE_BIRTH,
    "HP:0034197": BEFORE_BIRTH,
    "HP:0034198": BEFORE_BIRTH,
    "HP:0034199": BEFORE_BIRTH,
    "HP:0003577": "P0D",
    "HP:0003623": "P0D/P27D",
    "HP:0410280": "P28D/P15Y",
    "HP:0003593": "P28D/P11M",
    "HP:0011463": "P1Y/P5Y",
    "HP:0003621": "P5Y/P15Y",
    "HP:0003581": "P16Y/..",
    "HP:0011462": "P16Y/P40Y",
    "HP:0025708": "P16Y/P18Y",
    "HP:0025709": "P19Y/P24Y",
    "HP:0025710": "P25Y/P39Y",
    "HP:0003596": "P40Y/P60Y",
    "HP:0003584": "P60Y/..",
}
NO_AGES = "time: its class has no ages in its definition"
NO_AGE = "age: not an ISO 8601 duration of whole years, months, weeks or days"
BACKWARDS = "time: the range ends before it begins"

_AGE = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(T[0-9HMS.,]+)?", re.ASCII)
_DAYS = {"Y": 365.25, "M": 30.4, "W": 7, "D": 1}
_OLDEST = 150 * 366
Spell = Callable[[str], str]


def when(time: TimeElement | None, spell: Spell, lost: list[str]) -> str | None:
    """Returns a time as the start of an event: a date, an age, or an interval of dates or ages.

    None if there is no usable time; then the reason is added to `lost`. `spell` converts a CURIE to its standard
    prefix.
    """
    if time is None:
        return None
    if time.timestamp:
        return date(time.timestamp, lost)
    if time.interval:
        return _between(*dates(time.interval, lost), lost)
    if time.age:
        return age(time.age, lost)
    if time.age_range:
        return _between(age(time.age_range.start, lost), age(time.age_range.end, lost), lost)
    if time.gestational_age is not None:
        return BEFORE_BIRTH
    return _of_class(spell(time.ontology_class.id), lost) if time.ontology_class else None


def span(time: TimeElement | None, spell: Spell, lost: list[str]) -> tuple[str | None, str | None]:
    """Returns the start and end of an event that can take time. An interval of dates gives both; any other time gives
    only the start, as `when` returns it.
    """
    if time and time.interval and not time.timestamp:
        return dates(time.interval, lost)
    return when(time, spell, lost), None


def dates(interval: TimeInterval, lost: list[str]) -> tuple[str | None, str | None]:
    return date(interval.start, lost), date(interval.end, lost)


def age(given: Age | None, lost: list[str]) -> str | None:
    """Returns an age as an ISO 8601 duration without hours and smaller units; None if it cannot be read.

    The precision does not change: `P10Y0M` is ten years and no months.
    """
    if given is None or not given.iso8601duration:
        return None
    text = _spelled(given.iso8601duration.strip())
    if text is None or _days(text) > _OLDEST:
        lost.append(NO_AGE)
        return None
    return text


def _spelled(text: str) -> str | None:
    found = _AGE.fullmatch(text)
    if found is None:
        return None
    parts = [f"{int(number)}{unit}" for number, unit in zip(found.groups(), _DAYS, strict=False) if number]
    return f"P{''.join(parts)}" if parts else "P0D" if found[5] else None


def _days(text: str) -> float:
    return sum(int(number) * _DAYS[unit] for number, unit in re.findall(r"(\d+)([YMWD])", text))


def _between(start: str | None, end: str | None, lost: list[str]) -> str | None:
    if start == end:
        return start
    if start and end and _is_backwards(start, end):
        lost.append(BACKWARDS)
        return None
    return f"{start or '..'}/{end or '..'}"


def _is_backwards(start: str, end: str) -> bool:
    """True if `end` is before `start`, two dates or two ages, even at the precision of the less precise one."""
    if start.startswith("P"):
        return _days(end) + _unit(end) <= _days(start)
    shorter = min(len(start), len(end))
    return end[:shorter] < start[:shorter]


def _unit(text: str) -> float:
    """Returns the length in days of the last unit in an age: 30.4 for `P1Y6M`."""
    return _DAYS[text[-1]]


def _of_class(concept: str, lost: list[str]) -> str | None:
    found = ONSETS.get(concept)
    if found is None:
        lost.append(NO_AGES)
    return found
