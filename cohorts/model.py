"""cohorts: the model of a cohort definition.

A definition has three spellings that convert into each other without loss: JSON (`cohorts.encoding`), GraphQL
input and text (`cohorts.language`). The model can hold every cohort definition of OHDSI's Circe
(https://github.com/OHDSI/circe-be); the terms differ where Circe's are ambiguous.

A definition finds *entry events*. Each entry event is the index for the groups of `also` and `rules`. A definition
without entry events asks about the patient as a whole: its groups have no index, so they have no windows.

Days are whole days. All bounds are inclusive unless a field says otherwise. An unknown number or date is in no range,
and not outside of one either, so a range without limits holds for every known number. A window without limits has no
effect.
"""

from __future__ import annotations

from typing import Annotated, Literal

from cohorts.fields import CodedField, Match, NumberField, Part, StatedField, TextField, said
from graph.kinds import EventKind
from graph.value_sets import Concepts

Which = Literal["all", "first", "last"]
End = Literal["start", "end"]


class Range(Part, frozen=True):
    """Numbers from `low` to `high`; each can be left out. `outside`: all numbers that are not in the range.

    `above` and `below`: the limit itself does not belong to the range.
    """

    low: Annotated[float | None, said("Lowest number; null for no limit", "7.5")] = None
    high: Annotated[float | None, said("Highest number; null for no limit", "10")] = None
    above: Annotated[bool, said("True if `low` itself is not in the range", "true")] = False
    below: Annotated[bool, said("True if `high` itself is not in the range", "true")] = False
    outside: Annotated[bool, said("True for all numbers that are not in the range", "true")] = False


class Dates(Part, frozen=True):
    """ISO 8601 dates, months or years; both ends belong to the range. `outside`: all dates not in the range."""

    since: Annotated[str | None, said("First date, month or year, ISO 8601", "2015-01-01")] = None
    until: Annotated[str | None, said("Last date, month or year, ISO 8601", "2020")] = None
    outside: Annotated[bool, said("True for all dates that are not in the range", "true")] = False


class Number(Part, tag_field="is", tag="number", frozen=True):
    """The event has a number in this range. `unit` is a UCUM code: other units are converted, or refused by name."""

    field: Annotated[NumberField, said("The number of the event that is compared", "value")]
    range: Annotated[Range, said("The range of the number", "{low: 7.5, above: true}")]
    unit: Annotated[
        str | None, said("UCUM code of the unit of the range. Values in other units are converted", "%")
    ] = None


class Coded(Part, tag_field="is", tag="coded", frozen=True):
    """The event has one of these concepts in a field; with `other`, it has a concept there, but none of these."""

    field: Annotated[CodedField, said("The field of the event that has a code", "answer")]
    concepts: Annotated[
        Concepts, said("The concepts that the code is compared with", '{items: [{id: "snomedct:260373001"}]}')
    ]
    other: Annotated[bool, said("True if the code must be none of the concepts", "true")] = False


class Stated(Part, tag_field="is", tag="stated", frozen=True):
    """The event has one of these words in a field; with `other`, it has a word there, but none of these."""

    field: Annotated[StatedField, said("The field of the event that has words", "status")]
    words: Annotated[tuple[str, ...], said("The words, at least one of which the field has", '["active"]')]
    other: Annotated[bool, said("True if the field must have none of the words", "true")] = False


class Text(Part, tag_field="is", tag="text", frozen=True):
    """The event has a text that matches one of these; with `other`, it has a text, but it matches none.

    Upper and lower case do not matter.
    """

    field: Annotated[TextField, said("The field of the event that has a text", "stop_reason")]
    how: Annotated[Match, said("How the text of the event matches", "contains")]
    texts: Annotated[tuple[str, ...], said("The texts, at least one of which matches", '["side effect"]')]
    other: Annotated[bool, said("True if none of the texts may match", "true")] = False


class When(Part, tag_field="is", tag="when", frozen=True):
    """The event starts, or ends, on one of these dates."""

    field: Annotated[End, said("The date of the event that is compared", "start")]
    dates: Annotated[Dates, said("The range of dates", '{since: "2015"}')]


class Either(Part, tag_field="is", tag="either", frozen=True):
    """At least one of these conditions holds for the event, such as a value below or above the normal range."""

    of: Annotated[
        tuple[Condition, ...],
        said("The conditions, at least one of which holds", "[{number: {field: value, range: {low: 7.5}}}]"),
    ]


Condition = Number | Coded | Stated | Text | When | Either


class Window(Part, frozen=True):
    """Days from the index to an event: `since` <= date of the event - date of the index <= `until`.

    Negative days are before the index; None is no limit. `field` is the date of the event, and `of` the date of the
    index.
    """

    since: Annotated[
        int | None, said("Fewest days from the index to the event; negative before the index, null for no limit", "0")
    ] = None
    until: Annotated[int | None, said("Most days from the index to the event; null for no limit", "90")] = None
    field: Annotated[End, said("The date of the event", "start")] = "start"
    of: Annotated[End, said("The date of the index", "start")] = "start"


class Shift(Part, frozen=True):
    """Other dates of an event: its start is `start_days` after its start, or end (`start_of`); its end likewise."""

    start_days: Annotated[int, said("Days added to the start", "30")] = 0
    start_of: Annotated[End, said("The date that becomes the start", "start")] = "start"
    end_days: Annotated[int, said("Days added to the end", "30")] = 0
    end_of: Annotated[End, said("The date that becomes the end", "end")] = "end"


class Fixed(Part, frozen=True):
    """Dates that an event must include (ISO 8601 dates). It starts and ends on them, instead of on its own dates."""

    start: Annotated[
        str | None, said("Date on which the event starts instead, if its own dates include it", "2020-01-01")
    ] = None
    end: Annotated[
        str | None, said("Date on which the event ends instead, if its own dates include it", "2020-12-31")
    ] = None


class Events(Part, frozen=True):
    """Events of a patient. Without `kinds`, events of all kinds that count as events of the patient.

    `nth`: only the n-th event of the patient in order of time that has these kinds and concepts: 1 is the first, -1 the
    last, 0 means all events. The conditions of `where` and the group are applied to the n-th event afterwards.
    `group`: the event itself is the index of this group. `shift` and `fixed` change the dates of the events for the
    windows, the group and the definition, not for `nth` and `where`.
    """

    kinds: Annotated[
        tuple[EventKind, ...],
        said("Kinds of events; empty for all kinds that say that the patient has the concept", "[condition]"),
    ] = ()
    concepts: Annotated[
        Concepts | None, said("The concepts of the events; null for all", '{items: [{id: "MONDO:0005148"}]}')
    ] = None
    nth: Annotated[
        int, said("Only the n-th event of each patient, 1 for the first and -1 for the last; 0 for all", "1")
    ] = 0
    where: Annotated[
        tuple[Condition, ...],
        said("Conditions that the event meets, all of them", "[{number: {field: value, range: {low: 7.5}}}]"),
    ] = ()
    group: Annotated[
        Group | None, said("A group that holds for the event as the index", '{of: [{person: {sex: ["female"]}}]}')
    ] = None
    shift: Annotated[Shift | None, said("Moves the dates of the events", "{endDays: 30}")] = None
    fixed: Annotated[Fixed | None, said("Sets the dates of the events", '{start: "2020-01-01"}')] = None


class Occurs(Part, tag_field="is", tag="occurs", frozen=True):
    """The number of these events is at least `at_least` and, if it is given, at most `at_most`.

    `distinct`: events with the same concept, date or visit count once. An event counts if it is in all `windows`.
    `same_visit`: only events in the visit of the index. `outside_observation`: also events outside the observation
    period of the index, which are otherwise left out.
    """

    events: Annotated[Events, said("The events that are counted", "{kinds: [condition]}")]
    at_least: Annotated[int, said("Fewest events", "1")] = 1
    at_most: Annotated[int | None, said("Most events; null for no limit", "0")] = None
    distinct: Annotated[
        Literal["", "concept", "date", "visit"],
        said("Events with the same concept, date or visit count once; null to count every event", "visit"),
    ] = ""
    windows: Annotated[
        tuple[Window, ...],
        said("Windows relative to the index, all of which contain the event", "[{since: 0, until: 90}]"),
    ] = ()
    same_visit: Annotated[bool, said("True if only events in the visit of the index count", "true")] = False
    outside_observation: Annotated[
        bool, said("True if events outside the observation period of the index count too", "true")
    ] = False


class Person(Part, tag_field="is", tag="person", frozen=True):
    """The patient has all of these properties. `age` is the age in years at the start of the index."""

    sex: Annotated[tuple[str, ...], said("Administrative gender, one of these codes", '["female"]')] = ()
    born: Annotated[Range | None, said("Year of birth", "{low: 1950}")] = None
    age: Annotated[Range | None, said("Age in years at the start of the index", "{low: 18}")] = None
    race: Annotated[Concepts | None, said("Race, one of these concepts", '{items: [{id: "omop:8527"}]}')] = None
    ethnicity: Annotated[
        Concepts | None, said("Ethnicity, one of these concepts", '{items: [{id: "omop:38003564"}]}')
    ] = None
    care_sites: Annotated[tuple[str, ...], said("Care site, one of these names", '["ward-1"]')] = ()
    dates: Annotated[Dates | None, said("Dates on which the index starts", '{since: "2015"}')] = None
    ends: Annotated[Dates | None, said("Dates on which the index ends", '{until: "2020"}')] = None


class Among(Part, tag_field="is", tag="among", frozen=True):
    """The patient is one of `patients` (pseudonyms), in one of the saved `cohorts` (ids), or from one of `sources`."""

    patients: Annotated[tuple[str, ...], said("Pseudonyms of patients", '["patient:3f0a"]')] = ()
    cohorts: Annotated[tuple[str, ...], said("Ids of saved cohorts", '["cohort:diabetes"]')] = ()
    sources: Annotated[tuple[str, ...], said("Names of data sources", '["west"]')] = ()


class Group(Part, tag_field="is", tag="group", frozen=True):
    """The number of members that hold is from `at_least` to `at_most`. With neither, all members hold."""

    of: Annotated[tuple[Member, ...], said("The members of the group", '[{person: {sex: ["female"]}}]')]
    at_least: Annotated[int | None, said("Fewest members that hold", "1")] = None
    at_most: Annotated[int | None, said("Most members that hold", "0")] = None


Member = Occurs | Person | Among | Group


class Rule(Part, frozen=True):
    """An inclusion rule: patients leave the cohort at the first rule whose group does not hold."""

    name: Annotated[str, said("Name of the rule", "high HbA1c")]
    group: Annotated[Group, said("The group that must hold", '{of: [{person: {sex: ["female"]}}]}')]
    description: Annotated[str, said("Description for readers", "HbA1c above 7.5 % in the last 90 days")] = ""


class AfterDays(Part, tag_field="is", tag="after", frozen=True):
    """The cohort ends `days` after the start or end of the entry event, or with its observation period if earlier."""

    days: Annotated[int, said("Days after the date at which the time in the cohort ends", "30")] = 0
    of: Annotated[End, said("The date of the entry event from which the days are counted", "start")] = "start"


class WhileExposed(Part, tag_field="is", tag="exposed", frozen=True):
    """The cohort ends with the exposure to these drugs that includes the entry event.

    Exposures with at most `gap` days between them are one. `surveillance` days are added to the end. `supply` are the
    days of supply of every exposure, instead of the days in the record.
    """

    concepts: Annotated[Concepts, said("The drugs", '{items: [{id: "RxNorm:6809"}]}')]
    gap: Annotated[int, said("Most days between two exposures that are joined", "30")] = 30
    surveillance: Annotated[int, said("Days added after the exposure", "14")] = 0
    supply: Annotated[int | None, said("Days of supply of every exposure; null for the days of the record", "30")] = (
        None
    )


class Definition(Part, frozen=True):
    """A cohort definition.

    1. `entry`: events of any of these kinds that have at least `before` days of observation before them and `after`
       days after them. `entry_limit` keeps the first or last of a patient.
    2. `also`: a group that must hold for an entry event. `also_limit` applies to those for which it holds.
    3. `rules`: groups that must hold, in order. `limit` applies to the events for which all hold.
    4. `exit`: when the patient leaves the cohort. Without it, the end of the observation period. An event of `censor`
       ends it earlier. `since` and `until` cut the periods off.
    5. Periods of a patient with at most `gap` days between them are one.
    """

    entry: Annotated[
        tuple[Events, ...],
        said(
            "Entry events, of any of these kinds; empty for a question about the patient as a whole",
            "[{kinds: [condition], nth: 1}]",
        ),
    ] = ()
    before: Annotated[int, said("Days of observation before the entry event", "365")] = 0
    after: Annotated[int, said("Days of observation after the entry event", "0")] = 0
    entry_limit: Annotated[Which, said("Which entry events of a patient are used", "first")] = "all"
    also: Annotated[
        Group | None, said("A group that must hold for an entry event", "{of: [{person: {age: {low: 18}}}]}")
    ] = None
    also_limit: Annotated[Which, said("Which entry events for which `also` holds are used", "all")] = "all"
    rules: Annotated[
        tuple[Rule, ...],
        said("Inclusion rules, in order", '[{name: "women", group: {of: [{person: {sex: ["female"]}}]}}]'),
    ] = ()
    limit: Annotated[Which, said("Which entry events for which all rules hold are used", "all")] = "all"
    exit: Annotated[
        AfterDays | WhileExposed | None,
        said("When patients leave the cohort; null for the end of the observation period", "{after: {days: 30}}"),
    ] = None
    censor: Annotated[tuple[Events, ...], said("Events that end the time in the cohort", "[{kinds: [death]}]")] = ()
    dates: Annotated[Dates | None, said("Dates to which the time in the cohort is cut", '{since: "2015"}')] = None
    gap: Annotated[int, said("Most days between two times in the cohort that are joined", "30")] = 0
