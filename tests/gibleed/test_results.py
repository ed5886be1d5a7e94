"""cohorts: results about GiBleed, compared with SQL on the same rows.

The cohort is everyone with celecoxib, from the first exposure to the end of the observation; the outcome is a
gastrointestinal haemorrhage.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from cohorts.engine import answer
from cohorts.model import Definition, Events
from cohorts.results import Outcome, Span, breakdown, frequent, incidence, time_to_event
from graph.snapshot import Snapshot
from tests.cohorts.results.worlds import of
from tests.gibleed.conftest import Read

COHORT = Definition(entry=(of("rxnorm:140587", kinds=("medication",), nth=1),))
BLEED = Outcome(of("snomedct:74474003", kinds=("condition",)))
SQL = """
WITH entry AS (
    SELECT person_id, min(drug_exposure_start_date) AS start FROM drug_exposure
    WHERE drug_concept_id = 1118084 GROUP BY ALL
), cohort AS (
    SELECT person_id, start, observation_period_end_date AS stop, gender_source_value AS sex, year_of_birth AS born
    FROM entry JOIN observation_period USING (person_id) JOIN person USING (person_id)
    WHERE start BETWEEN observation_period_start_date AND observation_period_end_date
), followed AS (
    SELECT *, (SELECT min(condition_start_date) FROM condition_occurrence c WHERE c.person_id = cohort.person_id
               AND condition_concept_id = 192671 AND condition_start_date BETWEEN start + 1 AND stop) AS bleed
    FROM cohort
)
"""


def asked(read: Read, query: str) -> list[tuple[Any, ...]]:
    return read.sql.execute(SQL + query).fetchall()


def test_breakdowns(read: Read, snapshot: Snapshot) -> None:
    rows = asked(read, "SELECT sex, year(start) - born, year(start) FROM cohort")
    wanted = Counter(({"F": "female", "M": "male"}[sex], int(age) // 10 * 10, year) for sex, age, year in rows)
    found = breakdown(snapshot, answer(snapshot, COHORT), ["sex", "age", "year"])
    assert {cell: len(patients) for cell, patients in found.items()} == wanted and len(wanted) > 100


def test_incidence_and_time_to_event(read: Read, snapshot: Snapshot) -> None:
    query = """SELECT count(*) FILTER (stop > start), count(bleed), sum(coalesce(bleed, stop) - start),
                      sum(coalesce(bleed, stop) - start) FILTER (bleed IS NOT NULL) FROM followed"""
    [(persons, outcomes, days, until)] = asked(read, query)
    found = answer(snapshot, COHORT)
    rate = incidence(snapshot, found, BLEED).rates[()]
    assert (len(rate.persons), len(rate.outcomes), rate.days) == (persons, outcomes, days)
    times = time_to_event(snapshot, found, BLEED)
    assert (int(times.event.sum()), int(times.days[times.event].sum())) == (outcomes, until) and outcomes > 30
    assert sum(step.events for step in times.table(365)) == outcomes


def test_frequent_conditions_after_the_start(read: Read, snapshot: Snapshot) -> None:
    query = """SELECT c.concept_code, count(DISTINCT person_id)
               FROM cohort JOIN condition_occurrence USING (person_id)
               JOIN concept c ON c.concept_id = condition_concept_id
               WHERE condition_start_date BETWEEN start + 1 AND start + 365 AND vocabulary_id = 'SNOMED' GROUP BY ALL"""
    [found] = frequent(snapshot, answer(snapshot, COHORT), [Span(1, 365)], kinds=("condition",))
    counts = {snapshot.ids[concept]: int(size) for concept, size in enumerate(found.counts) if size}
    snomed = {id_.partition(":")[2]: size for id_, size in counts.items() if id_.startswith("snomedct:")}
    assert snomed == dict(asked(read, query)) and len(snomed) > 10


def test_everyone_is_counted_once(snapshot: Snapshot) -> None:
    everyone = answer(snapshot, Definition(entry=(Events(nth=1),)))
    assert sum(map(len, breakdown(snapshot, everyone, ["year"]).values())) == len(everyone.patients)
