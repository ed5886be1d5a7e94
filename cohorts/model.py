"""cohorts: the model of a cohort definition.

A definition has three spellings that convert into each other without loss: JSON (`decode`, `encode`), GraphQL input
and text (`cohorts.language`). The model can hold every cohort definition of OHDSI's Circe
(https://github.com/OHDSI/circe-be); the terms differ where Circe's are ambiguous.

A definition finds *entry events*. Each entry event is the index for the groups of `also` and `rules`. A definition
without entry events asks about the patient as a whole: its groups have no index, so they have no windows.

Days are whole days. All bounds are inclusive unless a field says otherwise. An unknown number or date is in no range, and
not outside of one either; so a range without limits holds for every known number. A window without limits says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from graph.kinds import EventKind
from graph.value_sets import Concepts

NumberField = Literal[
    "value", "quantity", "days", "refills", "low", "high", "value/low", "value/high", "length", "age", "age_at_end"
]
"""`value/low` is the value divided by the lower limit of the normal range. `length` is the number of days from start to
end. `age` is the age in years at the start, computed from the year of birth."""
CodedField = Literal["source_concept", "type", "specialty", "place", "route", "qualifier", "answer", "reason", "visit"]
"""`visit` is the code of the visit in which the event happened."""
Which = Literal["all", "first", "last"]
End = Literal["start", "end"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A part of a definition. Parts are equal if their fields are equal. Parts that can stand in the same place have a
    tag, the field `is`.
    """


class Range(_Part):
    """Numbers from `low` to `high`; None is no limit. `outside`: all numbers that are not in the range.

    `above` and `below`: the limit itself does not belong to the range.
    """

    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False
    outside: bool = False


class Dates(_Part):
    """ISO 8601 dates, months or years; both ends belong to the range. `outside`: all dates not in the range."""

    since: str | None = None
    until: str | None = None
    outside: bool = False


class Number(_Part, tag_field="is", tag="number"):
    """The event has a number in this range. `unit` is a UCUM code: other units are converted, or refused by name."""

    field: NumberField
    range: Range
    unit: str | None = None


class Coded(_Part, tag_field="is", tag="coded"):
    """The event has one of these concepts in a field; with `other`, it has a concept there, but none of these."""

    field: CodedField
    concepts: Concepts
    other: bool = False


class Stated(_Part, tag_field="is", tag="stated"):
    """The event has one of these words in a field; with `other`, it has a word there, but none of these."""

    field: Literal["status", "unit"]
    words: tuple[str, ...]
    other: bool = False


class When(_Part, tag_field="is", tag="when"):
    """The event starts, or ends, on one of these dates."""

    field: End
    dates: Dates


class Either(_Part, tag_field="is", tag="either"):
    """At least one of these conditions holds for the event, such as a value below or above the normal range."""

    of: tuple[Condition, ...]


Condition = Number | Coded | Stated | When | Either


class Window(_Part):
    """Days from the index to an event: `since` <= date of the event - date of the index <= `until`.

    Negative days are before the index; None is no limit. `field` is the date of the event, and `of` the date of the
    index.
    """

    since: int | None = None
    until: int | None = None
    field: End = "start"
    of: End = "start"


class Shift(_Part):
    """Other dates of an event: its start is `start_days` after its start, or end (`start_of`); its end likewise."""

    start_days: int = 0
    start_of: End = "start"
    end_days: int = 0
    end_of: End = "end"


class Fixed(_Part):
    """Dates that an event must include (ISO 8601 dates). It starts and ends on them, instead of on its own dates."""

    start: str | None = None
    end: str | None = None


class Events(_Part):
    """Events of a patient. Without `kinds`, events of all kinds that count as events of the patient.

    `nth`: only the n-th event of the patient in order of time that has these kinds and concepts: 1 is the first, -1 the
    last, 0 means all events. The conditions of `where` and the group are applied to the n-th event afterwards.
    `group`: the event itself is the index of this group. `shift` and `fixed` change the dates of the events for the
    windows, the group and the definition, not for `nth` and `where`.
    """

    kinds: tuple[EventKind, ...] = ()
    concepts: Concepts | None = None
    nth: int = 0
    where: tuple[Condition, ...] = ()
    group: Group | None = None
    shift: Shift | None = None
    fixed: Fixed | None = None


class Occurs(_Part, tag_field="is", tag="occurs"):
    """The number of these events is from `at_least` to `at_most`; None is no limit.

    `distinct`: events with the same concept, date or visit count once. An event counts if it is in all `windows`.
    `same_visit`: only events in the visit of the index. `outside_observation`: also events outside the observation
    period of the index, which are otherwise left out.
    """

    events: Events
    at_least: int = 1
    at_most: int | None = None
    distinct: Literal["", "concept", "date", "visit"] = ""
    windows: tuple[Window, ...] = ()
    same_visit: bool = False
    outside_observation: bool = False


class Person(_Part, tag_field="is", tag="person"):
    """The patient has all of these properties. `age` is the age in years at the start of the index."""

    sex: tuple[str, ...] = ()
    born: Range | None = None
    age: Range | None = None
    race: Concepts | None = None
    ethnicity: Concepts | None = None
    care_sites: tuple[str, ...] = ()
    dates: Dates | None = None
    """Dates on which the index starts."""
    ends: Dates | None = None
    """Dates on which the index ends."""


class Among(_Part, tag_field="is", tag="among"):
    """The patient is one of `patients` (pseudonyms), in one of the saved `cohorts` (ids), or from one of `sources`."""

    patients: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Group(_Part, tag_field="is", tag="group"):
    """The number of members that hold is from `at_least` to `at_most`. With neither, all members hold."""

    of: tuple[Member, ...]
    at_least: int | None = None
    at_most: int | None = None


Member = Occurs | Person | Among | Group


class Rule(_Part):
    """An inclusion rule: patients leave the cohort at the first rule whose group does not hold."""

    name: str
    group: Group
    description: str = ""


class AfterDays(_Part, tag_field="is", tag="after"):
    """The cohort ends `days` after the start or end of the entry event, or with its observation period if earlier."""

    days: int = 0
    of: End = "start"


class WhileExposed(_Part, tag_field="is", tag="exposed"):
    """The cohort ends with the exposure to these drugs that includes the entry event.

    Exposures with at most `gap` days between them are one. `surveillance` days are added to the end. `supply` are the
    days of supply of every exposure, instead of the days in the record.
    """

    concepts: Concepts
    gap: int = 30
    surveillance: int = 0
    supply: int | None = None


class Definition(_Part):
    """A cohort definition.

    1. `entry`: events of any of these kinds that have at least `before` days of observation before them and `after`
       days after them. `entry_limit` keeps the first or last of a patient.
    2. `also`: a group that must hold for an entry event. `also_limit` applies to those for which it holds.
    3. `rules`: groups that must hold, in order. `limit` applies to the events for which all hold.
    4. `exit`: when the patient leaves the cohort. Without it, the end of the observation period. An event of `censor`
       ends it earlier. `since` and `until` cut the periods off.
    5. Periods of a patient with at most `gap` days between them are one.
    """

    entry: tuple[Events, ...] = ()
    before: int = 0
    after: int = 0
    entry_limit: Which = "all"
    also: Group | None = None
    also_limit: Which = "all"
    rules: tuple[Rule, ...] = ()
    limit: Which = "all"
    exit: AfterDays | WhileExposed | None = None
    censor: tuple[Events, ...] = ()
    dates: Dates | None = None
    gap: int = 0


MOST_LEVELS = 30
"""The most groups and alternatives (`Group`, `Either`) within each other."""


def decode(text: bytes | str) -> Definition:
    """The definition in this JSON. Raises msgspec.ValidationError with the path of the wrong value."""
    try:
        return not_too_deep(msgspec.json.decode(text, type=Definition))
    except RecursionError:
        raise msgspec.ValidationError(_TOO_DEEP) from None


_TOO_DEEP = f"more than {MOST_LEVELS} levels of groups within groups: make the definition flatter"


def not_too_deep(definition: Definition) -> Definition:
    """The definition itself. Raises msgspec.ValidationError if it has more than MOST_LEVELS levels."""
    some, levels = list(_groups(definition)), 0
    while some:
        some, levels = [inner for group in some for inner in _groups(group)], levels + 1
        if levels > MOST_LEVELS:
            raise msgspec.ValidationError(_TOO_DEEP)
    return definition


def _groups(part: msgspec.Struct) -> Iterator[msgspec.Struct]:
    """The groups and alternatives in a part that are in no other group or alternative in it."""
    for value in msgspec.structs.astuple(part):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Group | Either):
                yield one
            elif isinstance(one, msgspec.Struct):
                yield from _groups(one)


def encode(definition: Definition) -> bytes:
    """The definition as JSON, without fields that have their default value."""
    return msgspec.json.encode(definition)
