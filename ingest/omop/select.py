"""ingest: makes the SQL that turns the tables of an OMOP export into events. Names of columns come only from
`ingest.omop.tables`.

How a column is read depends on its type. For example, an id may be an integer, a double or a text (`6`, `6.0`). If the
type of a column cannot be converted, such as a boolean to a number, the column is read as empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest.omop.tables import ATTRIBUTES, CODED, KEYS, REAL, TABLES, WHOLE, Table
from ingest.words import MODEL, NO_ITEM, RARE, SAID

_INTEGERS = frozenset("TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split())
_LARGEST = 1 << 53
_LONGEST_DATE = 64
_NUMBER = "'-?[0-9]{1,18}([.]0*)?'"
# https://www.ohdsi.org/web/wiki/doku.php?id=documentation:cdm:measurement: <, <=, >, >=
_COMPARATORS = "4171756, 4171754, 4172704, 4171755"
# The concepts *Preliminary diagnosis* of the vocabulary Condition Status and of SNOMED CT.
_PRELIMINARY = "32899, 4033240"
Columns = Mapping[str, str]


def is_text(kind: str) -> bool:
    return kind == "VARCHAR"


def _is_real(kind: str) -> bool:
    return kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def whole(column: str, columns: Columns) -> str:
    """Returns an SQL expression for a column as an integer. Null if the column is missing or has no integer.

    `columns` has the type of each column of the table.
    """
    kind = columns.get(column, "")
    if kind in _INTEGERS:
        return f"TRY_CAST({column} AS BIGINT)"
    if _is_real(kind):
        return (
            f"CASE WHEN {column} = floor({column}) AND abs({column}) < {_LARGEST} THEN TRY_CAST({column} AS BIGINT) END"
        )
    if is_text(kind):
        return f"CASE WHEN regexp_full_match(trim({column}), {_NUMBER}) THEN TRY_CAST(trim({column}) AS BIGINT) END"
    return "NULL::BIGINT"


def real(column: str, columns: Columns) -> str:
    """Returns an SQL expression for a column as a finite number. Null if the column is missing or has no such number.

    `columns` has the type of each column of the table.
    """
    kind = columns.get(column, "")
    if not (kind in _INTEGERS or _is_real(kind) or is_text(kind)):
        return "NULL::DOUBLE"
    cast = f"TRY_CAST({f'trim({column})' if is_text(kind) else column} AS DOUBLE)"
    return f"CASE WHEN isfinite({cast}) THEN {cast} END"


def moment(column: str, columns: Columns) -> str:
    """Returns an SQL expression for a date as a text, as it is written in the column. Null if the column is missing.

    `columns` has the type of each column of the table.
    """
    kind = columns.get(column, "")
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST(CAST({column} AS DATE) AS VARCHAR)"
    if is_text(kind):
        return f"nullif(left(trim({column}), {_LONGEST_DATE}), '')"
    return f"CAST({whole(column, columns)} AS VARCHAR)"


def text(column: str, columns: Columns) -> str:
    return f"nullif(trim({column}), '')" if is_text(columns.get(column, "")) else "NULL::VARCHAR"


def said(names: tuple[str, ...], columns: Columns) -> str:
    """Returns an SQL expression for the first value of the columns `names` that is not null, as a text.

    `columns` has the type of each column of the table. An integer is converted to a text.
    """
    some = [
        text(name, columns) if is_text(columns.get(name, "")) else f"CAST({whole(name, columns)} AS VARCHAR)"
        for name in names
    ]
    return first(some, "VARCHAR")


def first(parts: list[str], kind: str) -> str:
    """Returns an SQL expression for the first of the expressions `parts` that is not null. Without `parts`, it is a
    null of the type `kind`.
    """
    return f"coalesce({', '.join(parts)})" if parts else f"NULL::{kind}"


def concept(names: tuple[str, ...], columns: Columns) -> str:
    """Returns an SQL expression for the first concept id in the columns `names` that is neither null nor 0.

    `columns` has the type of each column of the table.
    """
    return first([f"nullif({whole(name, columns)}, 0)" for name in names if name], "BIGINT")


def events(columns: Mapping[str, Columns]) -> str:
    """Returns an SQL query for the rows of all OMOP event tables: one SELECT for each table, all with the same columns.

    `columns` has the type of each column, by table and name.
    """
    found = [
        _rows(table, columns[table.view or table.name]) for table in TABLES if (table.view or table.name) in columns
    ]
    return "\nUNION ALL ".join(found) or _rows(TABLES[0], {}).partition("FROM")[0] + "WHERE false"


def _rows(table: Table, columns: Columns) -> str:
    made = {
        "tab": f"'{table.name}'",
        "kind": f"'{table.kind}'",
        "fixed": table.default,
        "period": table.period,
        "undated": table.undated,
        "number": whole(table.id, columns),
        "person": whole("person_id", columns),
        "concept": concept(table.concept, columns),
        "source": concept((table.source,), columns),
        "start": first([moment(name, columns) for name in table.start], "VARCHAR"),
        "stop": first([moment(name, columns) for name in table.end], "VARCHAR"),
        **{name: _attribute(name, table, columns) for name in ATTRIBUTES},
        "lost": _lost(table, columns),
    }
    return f"SELECT {', '.join(f'{what} AS {name}' for name, what in made.items())} FROM {table.view or table.name}"


def _attribute(name: str, table: Table, columns: Columns) -> str:
    own = table.of(name)
    if name in (*CODED, *KEYS):
        # A key of 0 means that there is no key.
        return concept(own, columns)
    if name == "identifier" and table.kind == "device":
        return f"regexp_extract({said(own, columns)}, '{MODEL}')"
    if name in (*SAID, "identifier"):
        return said(own, columns)
    column = own[0] if own else ""
    return whole(column, columns) if name in WHOLE else real(column, columns)


def _lost(table: Table, columns: Columns) -> str:
    """Returns an SQL expression for a text with the reasons why values of a row cannot be read, one per line."""
    reasons = list(_unreadable(table, columns))
    if "operator_concept_id" in table.of("qualifier"):
        value, operator = real("value_as_number", columns), whole("operator_concept_id", columns)
        reasons.append(
            f"CASE WHEN {value} IS NOT NULL AND {operator} IN ({_COMPARATORS}) THEN 'value with a comparator' END"
        )
    return f"concat_ws(chr(10), {', '.join(reasons)})" if reasons else "''"


def _unreadable(table: Table, columns: Columns) -> Iterator[str]:
    for name in sorted(table.read - {*table.start, *table.end, "person_id", *table.of(*SAID, "identifier")}):
        kind = columns.get(name, "")
        if not kind or kind in _INTEGERS:
            continue
        made = real(name, columns) if name in table.of(*REAL) else whole(name, columns)
        given = f"trim({name}) <> ''" if is_text(kind) else f"{name} IS NOT NULL"
        yield f"CASE WHEN {given} AND {made} IS NULL THEN '{table.name}.{name}: not a number' END"


# The length to which two dates are truncated before they are compared: 2024-05 is not before 2024-05-01.
_EXACT = "least(length(start.day), length(stop.day))"
_BACKWARD = f"left(stop.day, {_EXACT}) < left(start.day, {_EXACT})"

_REFUSED = f"""
    CASE WHEN e.person IS NULL THEN 'person_id is empty or not a number'
    WHEN p.person IS NULL THEN 'person_id is not in PERSON'
    WHEN start.day IS NULL AND e.start IS NOT NULL THEN coalesce(start.lost, 'no start date')
    WHEN start.day IS NULL AND NOT e.undated THEN 'no start date'
    WHEN e.period AND {_BACKWARD} THEN 'the end is before the start' END
"""
"""SQL for the reason why an event row is refused; null if it is not refused."""

_VALUE = f"CASE WHEN e.tab <> 'measurement' OR coalesce(e.qualifier, 0) NOT IN ({_COMPARATORS}) THEN e.value END"
_QUANTITY = "e.quantity IS NOT NULL AND e.tab IN ('specimen', 'device_exposure')"
_MEASURED = f"({_VALUE}) IS NOT NULL OR e.low IS NOT NULL OR e.high IS NOT NULL OR ({_QUANTITY})"

_LOST = f"""
    concat_ws(chr(10), nullif(e.lost, ''),
    CASE WHEN e.concept IS NULL AND e.source IS NULL AND e.fixed = 0 THEN e.tab || ': no concept' END,
    CASE WHEN start.day IS NOT NULL THEN start.lost END,
    CASE WHEN e.stop IS NOT NULL THEN stop.lost END,
    CASE WHEN NOT e.period AND {_BACKWARD} THEN e.tab || ': the end is before the start' END,
    CASE WHEN e.unit IS NOT NULL AND ({_MEASURED}) AND unit.unit = '{{not comparable}}'
    THEN 'unit is not a UCUM code' END,
    CASE WHEN (e.text IS NOT NULL AND said.text IS NULL) OR (e.stop_reason IS NOT NULL AND stopped.text IS NULL)
    THEN e.tab || ': {RARE}' END,
    CASE WHEN e.identifier IS NOT NULL AND item.text IS NULL
    THEN e.tab || ': {NO_ITEM}' END)
"""

_STATUS = f"""
    nullif(concat_ws(' ', CASE WHEN answer.negative THEN 'absent' END,
    CASE WHEN e.tab = 'condition_occurrence' AND e.status IN ({_PRELIMINARY}) THEN 'provisional' END,
    status.curie), '')
"""
SELECTED: Mapping[str, str] = {
    "target": "concept.curie",
    "display": "concept.name",
    "kind": "e.kind",
    "status": _STATUS,
    "start": "start.day",
    "end": f"CASE WHEN NOT coalesce({_BACKWARD}, false) THEN stop.day END",
    "value": _VALUE,
    "unit": f"CASE WHEN {_MEASURED} THEN unit.unit END",
    "answer": "answer.curie",
    "source_concept": "CASE WHEN source.curie <> concept.curie THEN source.curie END",
    "type": "type.curie",
    "row": "concat_ws(' ', e.tab, e.number)",
    "visit": "e.visit",
    "specialty": "specialty.curie",
    "place": "place.curie",
    "quantity": "e.quantity",
    "days": "e.days",
    "refills": "e.refills",
    "route": "route.curie",
    "low": "e.low",
    "high": "e.high",
    "qualifier": "qualifier.curie",
    "reason": "reason.curie",
    "occurrences": "e.occurrences",
    "gap": "e.gap",
    "region": "region.curie",
    "admitted_from": "admitted_from.curie",
    "discharged_to": "discharged_to.curie",
    "plan_source": "plan_source.curie",
    "sponsor_source": "sponsor_source.curie",
    "reason_source": "reason_source.curie",
    "text": "said.text",
    "stop_reason": "stopped.text",
    "identifier": "item.text",
}
"""SQL expressions for the columns of the edge table EVENT, by name.

`visit` is the number of the visit in the export instead of its pseudonym. `display`, the name of the code, is not a
column of EVENT. It is used to count the names of codes (ingest.labels).
"""

_JOINED = """
    event AS e
    LEFT JOIN patient AS p ON p.person = e.person
    LEFT JOIN day AS start ON start.text = e.start
    LEFT JOIN day AS stop ON stop.text = e.stop
    LEFT JOIN code AS concept ON concept.id = coalesce(e.concept, e.source, e.fixed)
    LEFT JOIN code AS source ON source.id = e.source
    LEFT JOIN code AS type ON type.id = e.type
    LEFT JOIN code AS status ON status.id = e.status
    LEFT JOIN code AS answer ON answer.id = e.answer
    LEFT JOIN code AS route ON route.id = e.route
    LEFT JOIN code AS qualifier ON qualifier.id = e.qualifier
    LEFT JOIN code AS reason ON reason.id = e.reason
    LEFT JOIN code AS admitted_from ON admitted_from.id = e.admitted_from
    LEFT JOIN code AS discharged_to ON discharged_to.id = e.discharged_to
    LEFT JOIN code AS plan_source ON plan_source.id = e.plan_source
    LEFT JOIN code AS sponsor_source ON sponsor_source.id = e.sponsor_source
    LEFT JOIN code AS reason_source ON reason_source.id = e.reason_source
    LEFT JOIN code AS unit ON unit.id = e.unit
    LEFT JOIN special ON special.id = e.provider
    LEFT JOIN code AS specialty ON specialty.id = special.concept
    LEFT JOIN site ON site.id = e.care_site
    LEFT JOIN code AS place ON place.id = coalesce(e.place, site.concept)
    LEFT JOIN code AS region ON region.id = site.region
    LEFT JOIN word AS said ON said.text = e.text
    LEFT JOIN word AS stopped ON stopped.text = e.stop_reason
    LEFT JOIN item ON item.text = e.identifier
"""
_SAID = ", ".join(f"""coalesce(CAST("{name}" AS VARCHAR), '')""" for name in SELECTED)

ORDERED = f"""
    WITH made AS (
        SELECT e.person AS person, {_REFUSED} AS refused, {_LOST} AS lost,
        {", ".join(f'{what} AS "{name}"' for name, what in SELECTED.items())}
        FROM {_JOINED}
    )
    SELECT *, unhex(md5(concat_ws(chr(31), {_SAID}))) AS digest FROM made
    ORDER BY person NULLS LAST, digest, refused, lost
"""
"""SQL query for all events of an OMOP export, sorted by person. Each event has a digest of its values, the reason if it
is refused, and the reasons for values that are left out.
"""
