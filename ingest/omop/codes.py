"""ingest: makes the DuckDB tables that are joined with the events of an OMOP export, such as concepts and persons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa

from ingest.codes import DEATH
from ingest.dates import date
from ingest.fhir.states import is_negative
from ingest.omop.database import Database
from ingest.omop.select import concept, events, first, moment, text, whole
from ingest.omop.tables import CODED
from ingest.omop.tables import DEATH as DEATH_ID
from ingest.omop.words import keep_words
from ingest.personal import may_name_person
from ingest.text import line
from ontologies.curies import curie_of, known_prefix
from ontologies.ucum import NOT_COMPARABLE, is_ucum

_UCUM = "UCUM"
_EARLIEST = 1800
# https://ohdsi.github.io/CommonDataModel/cdm54.html#person: the concepts of the vocabulary Gender.
_SEX = """
    CASE WHEN gender = 8507 THEN 'male' WHEN gender = 8532 THEN 'female'
    WHEN gender IS NULL OR gender = 8551 THEN 'unknown' ELSE 'other' END
"""
_CODE = pa.schema(
    {"id": pa.int64(), "curie": pa.string(), "name": pa.string(), "unit": pa.string(), "negative": pa.bool_()}
)


class Code(NamedTuple):
    """An OMOP concept. `unit` is its UCUM code if it is a unit. `negative` is true if it is a negative answer."""

    id: int
    curie: str
    name: str | None
    unit: str
    negative: bool


def prepare(database: Database) -> None:
    """Makes the views and tables that the query ORDERED needs: `event`, `someone`, `special`, `site`, `code`, `day`,
    `word`, `item` and `patient`.
    """
    _locate(database)
    database.run(f"CREATE VIEW event AS {events(database.columns)}")
    _reference(database, "special", "provider", "provider_id", ("specialty_concept_id",))
    _sites(database)
    _people(database)
    database.keep("code", _codes(database))
    database.keep("day", _days(database))
    keep_words(database)
    _patients(database)


def _locate(database: Database) -> None:
    """Makes the view `person_location` of the regions in which persons lived, if the export has regions.

    The regions come from LOCATION_HISTORY. If there is no such table, they come from PERSON.
    """
    place, person = database.columns.get("location", {}), database.columns["person"]
    history = database.columns.get("location_history", {})
    if not {"region_concept_id", "country_concept_id"}.intersection(place):
        return
    regions = ", ".join(f"{whole(name, place)} AS {name}" for name in ("region_concept_id", "country_concept_id"))
    where = f"SELECT {whole('location_id', place)} AS id, {regions} FROM location"
    if {"location_id", "entity_id", "domain_id"} <= history.keys():
        who = f"{whole('entity_id', history)} AS person_id, {whole('location_id', history)} AS location_id"
        when = ", ".join(f"{moment(name, history)} AS {name}" for name in ("start_date", "end_date"))
        rows = f"SELECT {who}, {when} FROM location_history WHERE upper({text('domain_id', history)}) = 'PERSON'"
    else:
        who = f"{whole('person_id', person)} AS person_id, {whole('location_id', person)} AS location_id"
        rows = f"SELECT {who}, NULL::VARCHAR AS start_date, NULL::VARCHAR AS end_date FROM person"
    joined = f"({rows}) AS lived JOIN (SELECT DISTINCT ON (id) * FROM ({where}) ORDER BY ALL) AS place"
    database.run(f"CREATE VIEW person_location AS SELECT * EXCLUDE (id) FROM {joined} ON place.id = lived.location_id")
    database.describe("person_location")


def _reference(database: Database, name: str, table: str, key: str, concepts: tuple[str, ...]) -> None:
    """Makes the table `name` with the columns id and concept, from the column `key` and the columns `concepts` of an
    OMOP table. If an id occurs twice, the row with the lowest concept id is used.
    """
    columns = database.columns.get(table, {})
    rows = f"SELECT {whole(key, columns)} AS id, min({concept(concepts, columns)}) AS concept FROM {table} GROUP BY 1"
    database.run(
        f"CREATE TABLE {name} AS {rows if columns else 'SELECT 0::BIGINT AS id, 0::BIGINT AS concept LIMIT 0'}"
    )


def _sites(database: Database) -> None:
    """Makes the table `site` of the care sites, with the concepts of their place of service and region."""
    _reference(database, "service", "care_site", "care_site_id", ("place_of_service_concept_id",))
    own, place = database.columns.get("care_site", {}), database.columns.get("location", {})
    if not own or "location_id" not in place:
        database.run("CREATE TABLE site AS SELECT *, NULL::BIGINT AS region FROM service")
        return
    region = concept(("region_concept_id", "country_concept_id"), place)
    where = f"SELECT {whole('location_id', place)} AS place, min({region}) AS region FROM location GROUP BY 1"
    sites = f"SELECT {whole('care_site_id', own)} AS id, min({whole('location_id', own)}) AS place FROM care_site"
    found = f"SELECT sites.id, region FROM ({sites} GROUP BY 1) AS sites JOIN ({where}) AS regions USING (place)"
    database.run(f"CREATE TABLE site AS SELECT service.*, region FROM service LEFT JOIN ({found}) USING (id)")


def _people(database: Database) -> None:
    """Makes the table `someone` from the rows of PERSON. `number` counts the rows of each person."""
    own, sites = database.columns["person"], database.columns.get("care_site", {})
    born = [whole("year_of_birth", own), f"TRY_CAST(left({moment('birth_datetime', own)}, 4) AS BIGINT)"]
    made = {
        "person": whole("person_id", own),
        "gender": concept(("gender_concept_id",), own),
        "born": first(born, "BIGINT"),
        "race": concept(("race_concept_id", "race_source_concept_id"), own),
        "ethnicity": concept(("ethnicity_concept_id", "ethnicity_source_concept_id"), own),
        "site": whole("care_site_id", own),
    }
    columns = ", ".join(f"{what} AS {name}" for name, what in made.items())
    number = f"row_number() OVER (PARTITION BY person ORDER BY {', '.join(made)})"
    database.run(f"CREATE TABLE someone AS SELECT *, {number} AS number FROM (SELECT {columns} FROM person)")
    named = f"SELECT {whole('care_site_id', sites)} AS id, min({text('care_site_name', sites)}) AS name FROM care_site"
    rows = database.table(f"{named} GROUP BY 1") if sites else pa.table({"id": [], "name": []})
    database.keep("named", _named(rows))


def _named(rows: pa.Table) -> pa.Table:
    """Returns the ids and names of care sites. A name that may be that of a person is replaced by the id."""
    ids, names = rows["id"].to_pylist(), rows["name"].to_pylist()
    kept = [
        line(name) if name and not may_name_person(name) else f"care_site {id}"
        for id, name in zip(ids, names, strict=True)
    ]
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array(kept, pa.string())})


def _codes(database: Database) -> pa.Table:
    """Returns the Code of every concept id that events, persons, providers and care sites have, as a table."""
    named = ", ".join(("concept", "source", "fixed", "unit", *CODED))
    used = [
        f"SELECT DISTINCT unnest([{named}]) AS id FROM event",
        "SELECT concept FROM special",
        "SELECT concept FROM site",
        "SELECT region FROM site",
    ]
    used += ["SELECT race FROM someone", "SELECT ethnicity FROM someone", "SELECT 0"]
    rows = database.table(
        "SELECT DISTINCT ON (used.id) used.id, vocabulary, code, name "
        f"FROM ({' UNION '.join(used)}) AS used LEFT JOIN ({_known(database)}) AS known ON known.id = used.id "
        "WHERE used.id IS NOT NULL ORDER BY used.id, vocabulary, code, name"
    )
    made = (code(*values) for values in zip(*(column.to_pylist() for column in rows.columns), strict=True))
    columns = zip(*made, strict=True)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, _CODE, strict=True)], schema=_CODE)


def _known(database: Database) -> str:
    """Returns an SQL query for id, vocabulary, code and name of each row of CONCEPT; no rows if there is no CONCEPT."""
    columns = database.columns.get("concept", {})
    made = {"id": whole("concept_id", columns), "vocabulary": text("vocabulary_id", columns)}
    made |= {"code": text("concept_code", columns), "name": text("concept_name", columns)}
    rows = f"SELECT {', '.join(f'{what} AS {name}' for name, what in made.items())}"
    return f"{rows} FROM concept" if columns else f"{rows} WHERE false"


def code(id: int, vocabulary: str | None, code: str | None, name: str | None) -> Code:
    """Returns the Code of a concept id, from its row in CONCEPT.

    Its CURIE is `omop:` and the id in three cases: CONCEPT does not have the id, the code may be the name of a person,
    or the id is 0, which means that there is no concept. A death has the same concept as in the other sources.
    """
    curie = DEATH if id == DEATH_ID else curie_of(vocabulary, code)
    known = id == DEATH_ID or known_prefix(vocabulary or "")
    if not id or not curie or (not known and may_name_person(code or "")):
        curie, name = f"omop:{id}", None
    ucum = code if vocabulary == _UCUM and code and is_ucum(code) else NOT_COMPARABLE
    return Code(id, curie, line(name) if name else None, ucum, is_negative(curie))


def _days(database: Database) -> pa.Table:
    """Returns every date in the events as written, with its valid part, and the reason if a part is left out."""
    rows = database.table("SELECT DISTINCT unnest([start, stop]) AS text FROM event")
    texts = [one for one in rows["text"].to_pylist() if one is not None]
    lost: list[list[str]] = [[] for _ in texts]
    days = [date(one, reasons) for one, reasons in zip(texts, lost, strict=True)]
    reasons = [some[0] if some else None for some in lost]
    return pa.table([pa.array(column, pa.string()) for column in (texts, days, reasons)], ["text", "day", "lost"])


def _patients(database: Database) -> None:
    """Makes the table `patient` with the columns of Patient, sorted by person."""
    latest = datetime.now(UTC).year
    died = "SELECT person, min(TRY_CAST(left(day, 4) AS BIGINT)) AS year FROM event JOIN day ON day.text = event.start"
    database.run(f"""
        CREATE TABLE patient AS SELECT someone.person, {_SEX} AS sex,
        CASE WHEN born BETWEEN {_EARLIEST} AND {latest} THEN born END AS birth_year, dead.year AS death_year,
        race.curie AS race, ethnicity.curie AS ethnicity, named.name AS care_site
        FROM someone LEFT JOIN ({died} WHERE event.kind = 'death' GROUP BY 1) AS dead ON dead.person = someone.person
        LEFT JOIN code AS race ON race.id = someone.race
        LEFT JOIN code AS ethnicity ON ethnicity.id = someone.ethnicity
        LEFT JOIN named ON named.id = someone.site
        WHERE someone.number = 1 AND someone.person IS NOT NULL ORDER BY someone.person
    """)


def lost_of_people(database: Database) -> Mapping[str, int]:
    """Returns the number of persons for each reason why a value is left out."""
    latest = datetime.now(UTC).year
    reasons = {
        f"person.year_of_birth: not a year from {_EARLIEST} to {latest}": f"born NOT BETWEEN {_EARLIEST} AND {latest}"
    }
    reasons["person.year_of_birth: none"] = "born IS NULL"
    for column in ("gender", "race", "ethnicity"):
        if f"{column}_concept_id" in database.columns["person"]:
            reasons[f"person.{column}_concept_id: no concept"] = f"{column} IS NULL"
    counted = ", ".join(f"count(*) FILTER (WHERE {what})" for what in reasons.values())
    (row,) = database.rows(f"SELECT {counted} FROM someone WHERE number = 1 AND person IS NOT NULL")
    return {reason: number for reason, number in zip(reasons, row, strict=True) if number}
