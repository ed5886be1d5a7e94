"""tests end to end: questions of a clinician to GiBleed, compared with the answers of SQL on the same rows."""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import pytest

from cohorts.engine.answer import answer
from cohorts.language import parse
from graph.snapshot import Snapshot
from tests.gibleed.conftest import Read


class Question(NamedTuple):
    """A definition in the controlled language, and SQL for the persons in the cohort."""

    text: str
    sql: str


IN_PERIOD = """EXISTS (FROM observation_period p WHERE p.person_id = {0}.person_id
  AND {0}.day BETWEEN p.observation_period_start_date AND p.observation_period_end_date)"""
VIEWS = """
CREATE VIEW conditions AS SELECT person_id, condition_concept_id AS concept, condition_start_date AS day,
  coalesce(condition_end_date, condition_start_date) AS until FROM condition_occurrence;
CREATE VIEW drugs AS SELECT person_id, drug_concept_id AS concept, drug_exposure_start_date AS day, days_supply
  FROM drug_exposure;
CREATE VIEW first_celecoxib AS SELECT person_id, min(day) AS day FROM drugs WHERE concept = 1118084 GROUP BY ALL;
CREATE VIEW first_diclofenac AS SELECT person_id, min(day) AS day FROM drugs WHERE concept = 1124300 GROUP BY ALL;
"""
QUESTIONS = {
    "everyone with a gastrointestinal haemorrhage": Question(
        "patients with condition [snomedct:74474003]",
        "SELECT DISTINCT person_id FROM conditions WHERE concept = 192671",
    ),
    "new users of celecoxib, known for a year before": Question(
        "first drug [RxNorm:140587]\nwith at least 365 days of observation before",
        """SELECT person_id FROM first_celecoxib c WHERE EXISTS (FROM observation_period p
          WHERE p.person_id = c.person_id AND p.observation_period_start_date + 365 <= c.day
          AND c.day <= p.observation_period_end_date)""",
    ),
    "a haemorrhage in the year after the first celecoxib": Question(
        'first drug [RxNorm:140587]\nif all of:\n  rule "bleeding": at least 1 condition [snomedct:74474003]'
        " from 1 days after to 365 days after the start",
        f"""SELECT DISTINCT c.person_id FROM first_celecoxib c JOIN conditions b USING (person_id)
          WHERE b.concept = 192671 AND b.day BETWEEN c.day + 1 AND c.day + 365
          AND {IN_PERIOD.format("c")} AND {IN_PERIOD.format("b")}""",
    ),
    "first diclofenac at thirty-five or older, never celecoxib before": Question(
        'first drug [RxNorm:3355]\nif all of:\n  rule "age": patient is at least 35 years old\n'
        '  rule "new": no drug [RxNorm:140587] on or before the start',
        f"""SELECT d.person_id FROM first_diclofenac d JOIN person USING (person_id)
          WHERE year(d.day) - year_of_birth >= 35 AND {IN_PERIOD.format("d")} AND NOT EXISTS (FROM drugs c WHERE
          c.person_id = d.person_id AND c.concept = 1118084 AND c.day <= d.day)""",
    ),
    "viral sinusitis on at least eight days": Question(
        "patients with at least 8 conditions [snomedct:444814009] on different dates",
        """SELECT person_id FROM conditions WHERE concept = 40481087 GROUP BY ALL HAVING count(DISTINCT day) >= 8""",
    ),
    "women born before 1950 with osteoarthritis, without peptic ulcer": Question(
        "patients with condition [snomedct:396275006] and without condition [snomedct:13200003] and female"
        " and born up to 1949",
        """SELECT person_id FROM person p WHERE gender_concept_id = 8532 AND year_of_birth < 1950
          AND EXISTS (FROM conditions c WHERE c.person_id = p.person_id AND c.concept = 80180)
          AND NOT EXISTS (FROM conditions c WHERE c.person_id = p.person_id AND c.concept = 4027663)""",
    ),
    "aspirin for sixty days or more": Question(
        "patients with drug [RxNorm:243670] with days of supply at least 60",
        "SELECT DISTINCT person_id FROM drugs WHERE concept = 19059056 AND days_supply >= 60",
    ),
    "bronchitis that lasts more than a week, and again within two years": Question(
        'condition [snomedct:10509002] with length above 7\nif all of:\n  rule "again": at least 1 condition'
        " [snomedct:10509002] from 1 days after to 730 days after the end",
        f"""SELECT DISTINCT a.person_id FROM conditions a JOIN conditions b USING (person_id)
          WHERE a.concept = 260139 AND b.concept = 260139 AND a.until - a.day > 7
          AND b.day BETWEEN a.until + 1 AND a.until + 730 AND {IN_PERIOD.format("a")} AND {IN_PERIOD.format("b")}""",
    ),
}


@pytest.fixture(scope="module")
def sql(read: Read) -> duckdb.DuckDBPyConnection:
    return read.sql.execute(VIEWS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_equals_that_of_sql(sql: duckdb.DuckDBPyConnection, snapshot: Snapshot, name: str) -> None:
    """The graph has pseudonyms, so years of birth and sexes are compared instead of ids."""
    question = QUESTIONS[name]
    found = answer(snapshot, parse(question.text)).patients
    people = snapshot.patients
    ours = sorted((int(people.born[one]), people.sex[one].as_py()) for one in found)
    theirs = sql.execute(
        f"""SELECT year_of_birth, CASE gender_concept_id WHEN 8532 THEN 'female' ELSE 'male' END FROM person
        WHERE person_id IN ({question.sql})"""
    ).fetchall()
    assert ours == sorted((int(born), sex) for born, sex in theirs)
    assert 0 < len(ours) < len(people), "some persons must match, but not all"
