"""ingest: turns the events of an OMOP export, which are sorted by person, into patients with all their events.

Each person is one record: all events of a person are replaced together. Pseudonyms are made once for each person and
each visit. All other values are computed in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from ingest.dates import date
from ingest.omop.codes import lost_of_people, prepare
from ingest.omop.columns import by_person, nobody, patients, problems
from ingest.omop.database import Database
from ingest.omop.parts import TERMS
from ingest.omop.select import ORDERED, moment, text
from ingest.omop.tables import LEFT_OUT, READ, TABLES
from ingest.personal import may_name_person
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused, Unmapped
from ontologies.errors import UnreadableFile
from ontologies.model import Remark

ROWS = 10_000
"""The number of events that are read at a time. The events of one person stay together."""
_NO_SOURCE = "omop"


def read(database: Database, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of an OMOP export: what is not read, refused rows and values that are left out, and then the
    patients with their events, sorted by person id.
    """
    _check(database)
    prepare(database)
    name, updated = _about(database)
    yield from _unread(database)
    yield from _loadable(database)
    for table, number in database.broken:
        yield Refused(f"{table} line {number}", "it does not have the columns of the header, or is not UTF-8")
    for person, number in database.rows(
        "SELECT person, count(*) FROM someone WHERE number > 1 OR person IS NULL GROUP BY 1 ORDER BY 1"
    ):
        reason = "person_id is empty or not a number" if person is None else "its person_id is also in another row"
        yield from (Refused("person", reason) for _ in range(number))
    for reason, number in lost_of_people(database).items():
        yield Unmapped(reason, "person", number)
    yield from _people(database, pseudonym.source(name), updated, pseudonym)


def _check(database: Database) -> None:
    """Raises UnreadableFile if a table lacks a column without which its rows cannot be read."""
    for name, needed in _needed(database.columns).items():
        for columns in needed:
            if not any(column in database.columns[name] for column in columns):
                remedy = f"the column {' or '.join(columns)} is missing; add it"
                raise UnreadableFile(database.path, name, remedy)


def _needed(columns: Mapping[str, Mapping[str, str]]) -> dict[str, list[tuple[str, ...]]]:
    """Returns, for PERSON and each event table of the export, groups of columns.

    The table must have at least one column of each group. `columns` has the columns of the export, by table.
    """
    own = [table for table in TABLES if not table.view and table.name in columns]
    needed: dict[str, list[tuple[str, ...]]] = {"person": [("person_id",)]}
    for table in own:
        needed[table.name] = [("person_id",), tuple(filter(None, (*table.concept, table.source))), table.start]
    return needed


def _about(database: Database) -> tuple[str, str | None]:
    """Returns the name of the export in CDM_SOURCE (its abbreviation, if there is one), and the date of the export.

    Without CDM_SOURCE, the name is `omop` and there is no date.
    """
    columns = database.columns.get("cdm_source", {})
    if not columns:
        return _NO_SOURCE, None
    names = ", ".join(text(name, columns) for name in ("cdm_source_abbreviation", "cdm_source_name"))
    dates = ", ".join(moment(name, columns) for name in ("cdm_release_date", "source_release_date"))
    ((name, day),) = database.rows(f"SELECT min(coalesce({names})), max(coalesce({dates})) FROM cdm_source")
    return name or _NO_SOURCE, date(day, [])


def _unread(database: Database) -> Iterator[Item]:
    """Yields an item for each table that is not read, with its number of rows, and for each column that is not read."""
    for table, names in sorted(database.unread.items()):
        if table in LEFT_OUT:
            yield NotRead(table, table, database.count(table))
        elif table in READ and table != "concept":
            yield from (Unmapped(f"column is not read: {table}.{_shown(name)}", table) for name in names)
    if database.others:
        yield NotRead("a table that is not of the Common Data Model", "", database.others)


def _loadable(database: Database) -> Iterator[Item]:
    """States which vocabulary tables the export has."""
    if TERMS.first in database.seen:
        tables = sorted(database.seen & TERMS.columns.keys())
        yield Remark(f"its vocabulary tables ({', '.join(tables)}) can be loaded", "tricuspid load")


def _shown(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").isalnum() and len(name) < 64 and not may_name_person(name)
    return name if plain else "a column with another name"


def _people(database: Database, source: str, updated: str | None, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the patients with their events, sorted by id. Patients without events are included."""
    before: int | None = None
    for rows in by_person(database.pieces(ORDERED, ROWS)):
        yield from problems(rows)
        rows = rows.filter(pc.is_null(rows["refused"]))
        if rows.num_rows:
            last = rows["person"][-1].as_py()
            yield patients(_between(database, before, last), rows, source, updated, pseudonym)
            before = last
    rest = _between(database, before, None)
    for start in range(0, rest.num_rows, ROWS):
        yield patients(rest.slice(start, ROWS), nobody(), source, updated, pseudonym)


def _between(database: Database, before: int | None, last: int | None) -> pa.Table:
    """Returns the rows of the table `patient` with a person id above `before` and not above `last`.

    None means that there is no limit.
    """
    after = "" if before is None else f" AND person > {before}"
    until = "" if last is None else f" AND person <= {last}"
    return database.table(f"SELECT * FROM patient WHERE true{after}{until} ORDER BY person")
