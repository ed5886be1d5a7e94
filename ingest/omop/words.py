"""ingest: decides which free texts and identifiers of an OMOP export are stored (docs/decisions/0022 and 0017).

A text is stored if at least ten patients of the export have the same text and the text does not seem to name a person.
The identifier of a device is truncated to the part that names the model. Lot numbers and identifiers are stored if they
do not seem to name a person.
"""

from __future__ import annotations

import pyarrow as pa

from graph.groups import FEWEST_PATIENTS
from ingest.omop.database import Database
from ingest.omop.tables import TABLES
from ingest.words import LONGEST, SAID, is_item, is_said


def keep_words(database: Database) -> None:
    """Makes the tables `word` and `item` of the texts and identifiers to store. Both have one column, `text`."""
    said = ", ".join(SAID)
    texts = _distinct(database, SAID, f"SELECT person, unnest([{said}]) AS text FROM event", FEWEST_PATIENTS)
    items = _distinct(database, ("identifier",), "SELECT person, identifier AS text FROM event", 1)
    database.keep("word", _table([one for one in texts if is_said(one)]))
    database.keep("item", _table([one for one in items if is_item(one)]))


def _distinct(database: Database, attributes: tuple[str, ...], rows: str, fewest: int) -> list[str]:
    """Returns the texts that at least `fewest` persons have. `rows` is an SQL query for pairs of a person and a text.

    If the export has no column for any of `attributes`, the query is not run, because there are no texts.
    """
    if not any(name in database.columns.get(table.name, {}) for table in TABLES for name in table.of(*attributes)):
        return []
    some = f"SELECT text FROM ({rows}) WHERE length(text) <= {LONGEST} GROUP BY 1"
    found: list[str] = database.table(f"{some} HAVING count(DISTINCT person) >= {fewest}")["text"].to_pylist()
    return found


def _table(texts: list[str]) -> pa.Table:
    return pa.table({"text": pa.array(sorted(texts), pa.string())})
