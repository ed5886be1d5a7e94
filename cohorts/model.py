"""cohorts: declares the model of a cohort definition.

A definition has three forms that convert into each other without loss: JSON (`cohorts.encoding`), GraphQL input, and
text (`cohorts.language`). The model can express every cohort definition of OHDSI's Circe
(https://github.com/OHDSI/circe-be). If a term of Circe is ambiguous, the model uses another term.

A definition finds *entry events*. Each entry event is the index for the groups of `also` and `rules`. A definition
without entry events asks about the patient as a whole: the groups have no index, so they have no windows.

Days are whole days. All limits are inclusive, unless a field states otherwise. An unknown number or date is neither in
a range nor outside a range. So a range without limits matches every known number. A window without limits has no
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
    """A range of numbers from `low` to `high`. Both limits are optional."""

    low: Annotated[float | None, said("Lowest number; null for no limit", "7.5")] = None
    high: Annotated[float | None, said("Highest number; null for no limit", "10")] = None
    above: Annotated[bool, said("True if `low` itself is not in the range", "true")] = False
    below: Annotated[bool, said("True if `high` itself is not in the range", "true")] = False
    outside: Annotated[bool, said("True for all numbers that are not in the range", "true")] = False


class Dates(Part, frozen=True):
    """A range of dates from `since` to `until`. Both limits are optional and inclusive."""

    since: Annotated[str | None, said("First date, month or year, ISO 8601", "2015-01-01")] = None
    until: Annotated[str | None, said("Last date, month or year, ISO 8601", "2020")] = None
    outside: Annotated[bool, said("True for all dates that are not in the range", "true")] = False


class Number(Part, tag_field="is", tag="number", frozen=True):
    """A condition: the number in the field `field` of the event is in `range`.
    If `unit` is set, values in other units are converted to `unit` if possible.
    """

    field: Annotated[NumberField, said("The field of the event that has the number", "value")]
    range: Annotated[Range, said("The range of the number", "{low: 7.5, above: true}")]
    unit: Annotated[str | None, said("UCUM code of the unit of the range, to which values are converted", "%")] = None


class Coded(Part, tag_field="is", tag="coded", frozen=True):
    """A condition: the field `field` of the event has one of `concepts`. With `other`, it must have another concept."""

    field: Annotated[CodedField, said("The field of the event that has a code", "answer")]
    concepts: Annotated[
        Concepts, said("The concepts that are compared with the code", '{items: [{id: "snomedct:260373001"}]}')
    ]
    other: Annotated[bool, said("True if the code must be none of the concepts", "true")] = False


class Stated(Part, tag_field="is", tag="stated", frozen=True):
    """A condition: the field `field` of the event has one of `words`. With `other`, it must have only other words."""

    field: Annotated[StatedField, said("The field of the event that has words", "status")]
    words: Annotated[tuple[str, ...], said("The words; the field has at least one of them", '["active"]')]
    other: Annotated[bool, said("True if the field must have none of the words", "true")] = False


class Text(Part, tag_field="is", tag="text", frozen=True):
    """A condition: the text in the field `field` of the event matches one of `texts`. With `other`, it matches none.

    The comparison is not case-sensitive.
    """

    field: Annotated[TextField, said("The field of the event that has a text", "stop_reason")]
    how: Annotated[Match, said("The way in which texts are compared", "contains")]
    texts: Annotated[tuple[str, ...], said("The texts; at least one of them matches", '["side effect"]')]
    other: Annotated[bool, said("True if none of the texts may match", "true")] = False


class When(Part, tag_field="is", tag="when", frozen=True):
    """A condition: the event starts or ends on one of `dates`."""

    field: Annotated[End, said("Start or end of the event", "start")]
    dates: Annotated[Dates, said("The range of dates", '{since: "2015"}')]


class Either(Part, tag_field="is", tag="either", frozen=True):
    """A condition: at least one of the conditions in `of` holds for the event.
    Example: the value is below or above the normal range.
    """

    of: Annotated[
        tuple[Condition, ...],
        said("The conditions; at least one of them holds", "[{number: {field: value, range: {low: 7.5}}}]"),
    ]


Condition = Number | Coded | Stated | Text | When | Either


class Window(Part, frozen=True):
    """A range of days from the index to an event: `since` <= date of the event - date of the index <= `until`.

    The index is the event for which a group is checked, such as an entry event. Negative days are before the index.
    None means no limit.
    """

    since: Annotated[
        int | None,
        said("Minimum days from the index to the event; negative before the index, null for no limit", "0"),
    ] = None
    until: Annotated[int | None, said("Maximum days from the index to the event; null for no limit", "90")] = None
    field: Annotated[End, said("Start or end of the event", "start")] = "start"
    of: Annotated[End, said("Start or end of the index", "start")] = "start"


class Shift(Part, frozen=True):
    """New dates of an event, as a number of days after its own start or end."""

    start_days: Annotated[int, said("Days from the date in `startOf` to the new start", "30")] = 0
    start_of: Annotated[End, said("Date from which `startDays` are counted", "start")] = "start"
    end_days: Annotated[int, said("Days from the date in `endOf` to the new end", "30")] = 0
    end_of: Annotated[End, said("Date from which `endDays` are counted", "end")] = "end"


class Fixed(Part, frozen=True):
    """Fixed dates that replace the dates of an event. The event must include the fixed dates."""

    start: Annotated[
        str | None,
        said("New start of the event, ISO 8601; events that do not include this date are left out", "2020-01-01"),
    ] = None
    end: Annotated[
        str | None,
        said("New end of the event, ISO 8601; events that do not include this date are left out", "2020-12-31"),
    ] = None


class Events(Part, frozen=True):
    """Events of a patient that have one of `kinds` and of `concepts`, and meet the conditions in `where`.

    `nth` selects the n-th of all events with these kinds and concepts, in order of time. The conditions in `where` and
    the group are applied to the selected event afterwards. The event itself is the index of `group`. `shift` and
    `fixed` change the dates of the events for the windows, the group and the definition. `nth` and `where` use the
    original dates.
    """

    kinds: Annotated[
        tuple[EventKind, ...],
        said(
            "Kinds of events; empty for all kinds except family history, observation period, payer plan and location",
            "[condition]",
        ),
    ] = ()
    concepts: Annotated[
        Concepts | None, said("The concepts of the events; null for all concepts", '{items: [{id: "MONDO:0005148"}]}')
    ] = None
    nth: Annotated[
        int, said("Selects one event of each patient: 1 for the first, -1 for the last; 0 for all events", "1")
    ] = 0
    where: Annotated[
        tuple[Condition, ...],
        said("Conditions; the event meets all of them", "[{number: {field: value, range: {low: 7.5}}}]"),
    ] = ()
    group: Annotated[
        Group | None,
        said("A group that must hold, with the event as the index", '{of: [{person: {sex: ["female"]}}]}'),
    ] = None
    shift: Annotated[Shift | None, said("Moves the dates of the events", "{endDays: 30}")] = None
    fixed: Annotated[Fixed | None, said("Sets the dates of the events", '{start: "2020-01-01"}')] = None


class Occurs(Part, tag_field="is", tag="occurs", frozen=True):
    """A criterion: the number of counted `events` is at least `at_least` and, if `at_most` is set, at most `at_most`.

    An event is counted if it is in all `windows`. Without `outside_observation`, the event must also be in the
    observation period of the index.
    """

    events: Annotated[Events, said("The events that are counted", "{kinds: [condition]}")]
    at_least: Annotated[int, said("Minimum number of events", "1")] = 1
    at_most: Annotated[int | None, said("Maximum number of events; null for no limit", "0")] = None
    distinct: Annotated[
        Literal["", "concept", "date", "visit"],
        said("Events with the same concept, date or visit are counted once; null to count every event", "visit"),
    ] = ""
    windows: Annotated[
        tuple[Window, ...],
        said("Windows relative to the index; the event is in all of them", "[{since: 0, until: 90}]"),
    ] = ()
    same_visit: Annotated[bool, said("True to count only events in the visit of the index", "true")] = False
    outside_observation: Annotated[
        bool, said("True to count events outside the observation period of the index too", "true")
    ] = False


class Person(Part, tag_field="is", tag="person", frozen=True):
    """A criterion: the patient has all given properties. If a property lists several values, one of them is enough."""

    sex: Annotated[tuple[str, ...], said("Codes of the administrative gender", '["female"]')] = ()
    born: Annotated[Range | None, said("Year of birth", "{low: 1950}")] = None
    age: Annotated[Range | None, said("Age in years at the start of the index", "{low: 18}")] = None
    race: Annotated[Concepts | None, said("Concepts of the race", '{items: [{id: "omop:8527"}]}')] = None
    ethnicity: Annotated[Concepts | None, said("Concepts of the ethnicity", '{items: [{id: "omop:38003564"}]}')] = None
    care_sites: Annotated[tuple[str, ...], said("Names of the care site", '["ward-1"]')] = ()
    dates: Annotated[Dates | None, said("Dates on which the index starts", '{since: "2015"}')] = None
    ends: Annotated[Dates | None, said("Dates on which the index ends", '{until: "2020"}')] = None


class Among(Part, tag_field="is", tag="among", frozen=True):
    """A criterion: the patient is one of `patients`, is in one of the saved `cohorts`, or is from one of `sources`."""

    patients: Annotated[tuple[str, ...], said("Pseudonyms of patients", '["patient:3f0a"]')] = ()
    cohorts: Annotated[tuple[str, ...], said("Ids of saved cohorts", '["cohort:diabetes"]')] = ()
    sources: Annotated[tuple[str, ...], said("Names of data sources", '["west"]')] = ()


class Group(Part, tag_field="is", tag="group", frozen=True):
    """At least `at_least` and at most `at_most` members hold. If neither limit is given, all members must hold."""

    of: Annotated[tuple[Member, ...], said("The members of the group", '[{person: {sex: ["female"]}}]')]
    at_least: Annotated[int | None, said("Minimum number of members that hold", "1")] = None
    at_most: Annotated[int | None, said("Maximum number of members that hold", "0")] = None


Member = Occurs | Person | Among | Group


class Rule(Part, frozen=True):
    """An inclusion rule. The group must hold for the entry event, or for the patient if there are no entry events."""

    name: Annotated[str, said("Name of the rule", "high HbA1c")]
    group: Annotated[Group, said("The group that must hold", '{of: [{person: {sex: ["female"]}}]}')]
    description: Annotated[str, said("Description for readers", "HbA1c above 7.5 % in the last 90 days")] = ""


class AfterDays(Part, tag_field="is", tag="after", frozen=True):
    """The patient leaves the cohort `days` after the start or end of the entry event.
    If the observation period ends earlier, the patient leaves the cohort at the end of the observation period.
    """

    days: Annotated[int, said("Days from the date in `of` to the end of the time in the cohort", "30")] = 0
    of: Annotated[End, said("Start or end of the entry event, from which the days are counted", "start")] = "start"


class WhileExposed(Part, tag_field="is", tag="exposed", frozen=True):
    """The patient leaves the cohort at the end of the exposure to the drugs `concepts` that includes the entry event.

    Exposures with at most `gap` days between them are joined. `surveillance` days are added to the end of the exposure.
    """

    concepts: Annotated[Concepts, said("The drugs", '{items: [{id: "RxNorm:6809"}]}')]
    gap: Annotated[int, said("Exposures with at most this number of days between them are joined", "30")] = 30
    surveillance: Annotated[int, said("Days added after the exposure", "14")] = 0
    supply: Annotated[int | None, said("Days of supply of every exposure; null for the days in the record", "30")] = (
        None
    )


class Definition(Part, frozen=True):
    """A cohort definition.

    1. `entry` finds the entry events. An entry event needs at least `before` days of observation before the event, and
       at least `after` days after the event. `entry_limit` selects the first or last entry event of a patient.
    2. `also` is a group that must hold for an entry event. `also_limit` selects the first or last of the events for
       which the group holds.
    3. `rules` are groups that must hold, in order. `limit` selects the first or last of the events for which all rules
       hold.
    4. `exit` is the time at which the patient leaves the cohort. The default is the end of the observation period. An
       event of `censor` ends the time in the cohort earlier. `dates` limits the time in the cohort.
    5. Times of a patient in the cohort are joined if there are at most `gap` days between them.
    """

    entry: Annotated[
        tuple[Events, ...],
        said(
            "Entry events; empty for a question about the patient as a whole",
            "[{kinds: [condition], nth: 1}]",
        ),
    ] = ()
    before: Annotated[int, said("Minimum days of observation before the entry event", "365")] = 0
    after: Annotated[int, said("Minimum days of observation after the entry event", "0")] = 0
    entry_limit: Annotated[Which, said("Which entry events of a patient are kept", "first")] = "all"
    also: Annotated[
        Group | None, said("A group that must hold for an entry event", "{of: [{person: {age: {low: 18}}}]}")
    ] = None
    also_limit: Annotated[Which, said("Which of the events for which `also` holds are kept", "all")] = "all"
    rules: Annotated[
        tuple[Rule, ...],
        said("Inclusion rules, in order", '[{name: "women", group: {of: [{person: {sex: ["female"]}}]}}]'),
    ] = ()
    limit: Annotated[Which, said("Which of the events for which all rules hold are kept", "all")] = "all"
    exit: Annotated[
        AfterDays | WhileExposed | None,
        said(
            "Time at which patients leave the cohort; null for the end of the observation period",
            "{after: {days: 30}}",
        ),
    ] = None
    censor: Annotated[tuple[Events, ...], said("Events that end the time in the cohort", "[{kinds: [death]}]")] = ()
    dates: Annotated[Dates | None, said("Dates that limit the time in the cohort", '{since: "2015"}')] = None
    gap: Annotated[int, said("Times in the cohort with at most this number of days between them are joined", "30")] = 0
