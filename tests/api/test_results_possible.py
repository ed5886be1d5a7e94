"""tests: with `possible: true`, all results count the events that possibly meet a criterion."""

from __future__ import annotations

from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from tests.cohorts.results.worlds import Person_, snapshot_of

EVENT = {"kind": "condition", "concept": "A:1"}
OBSERVED = {"kind": "observation_period", "concept": "C:2", "start": "2018-01-01", "end": "2022-01-01"}
PEOPLE = [
    Person_("male", 1950, None, [OBSERVED, EVENT | {"start": "2019-06-01"}, EVENT | {"concept": "B:1", "start": day}])
    for day in ("2020", "2020-07-01")
]
"""B:1 of the first patient is on an unknown day of 2020; of the second, it is certainly since June."""
SINCE_JUNE = {
    "concepts": {"items": [{"id": "B:1"}]},
    "where": [{"when": {"field": "START", "dates": {"since": "2020-06"}}}],
}
ENTRY = {"entry": [{"concepts": {"items": [{"id": "A:1"}]}}]}
QUERY = """query($d: CohortDefinition, $e: EventsInput!, $other: CohortDefinition!, $possible: Boolean!) {
  definedCohort(definition: $d, possible: $possible) {
    overlap(other: $other) { both { count } only { count } }
    frequent(other: $other, since: 200, until: 500) { concept { id } patients { count } otherPatients { count } }
    incidence(outcome: $e) { outcomes { count } }
    survival(outcome: $e, every: 2000) { events }
    pathways(events: [{name: "B", events: $e}]) { steps patients { count } }
  }
}"""


@pytest.mark.parametrize(("possible", "number"), [(False, 1), (True, 2)])
def test_every_result_counts_what_is_possible(possible: bool, number: int) -> None:
    given: dict[str, Any] = {"d": ENTRY, "e": SINCE_JUNE, "other": {"entry": [SINCE_JUNE]}, "possible": possible}
    answer = execute(snapshot_of(PEOPLE), QUERY, given, Role.EXACT)
    assert "errors" not in answer
    found = answer["data"]["definedCohort"]
    assert found["overlap"] == {"both": {"count": number}, "only": {"count": 2 - number}}
    numbers = {
        "frequent": {one["concept"]["id"]: one["patients"]["count"] for one in found["frequent"]}["B:1"],
        "incidence": found["incidence"][0]["outcomes"]["count"],
        "survival": sum(step["events"] for step in found["survival"]),
        "pathways": {tuple(one["steps"]): one["patients"]["count"] for one in found["pathways"]}["B",],
    }
    assert numbers == dict.fromkeys(numbers, number)
