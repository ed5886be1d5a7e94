"""ingest: makes Patients, which are patients with their events in columns, from rows of DuckDB, sorted by person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.store import EDGES, NODES
from ingest.omop.select import SELECTED
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Patients, Refused, Unmapped

_NOBODY = np.iinfo(np.int64).max
"""Replaces a missing person id, so that rows without a person are last."""
_EVENT = pa.schema([field for field in EDGES["EVENT"].arrow if field.name != "job"])
_DIGEST = 16


def by_person(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Divides rows into pieces again, so that all rows of a person are in one piece. `pieces` is sorted by person."""
    waiting: list[pa.Table] = []  # rows of one person
    for piece in pieces:
        persons = _persons(piece)
        if not len(persons):
            continue
        last = int(np.searchsorted(persons, persons[-1], side="left"))
        if last or (waiting and _persons(waiting[0])[0] != persons[0]):
            yield pa.concat_tables([*waiting, piece.slice(0, last)])
            waiting = []
        waiting.append(piece.slice(last))
    if waiting:
        yield pa.concat_tables(waiting)


def _persons(rows: pa.Table) -> npt.NDArray[np.int64]:
    return np.asarray(rows["person"].fill_null(_NOBODY))


def problems(rows: pa.Table) -> Iterator[Item]:
    """Yields a Refused for each refused row, and an Unmapped for each reason why values of the other rows are left out.

    `rows` is a part of the result of the query ORDERED.
    """
    refused = pc.is_valid(rows["refused"])
    wrong = rows.filter(refused)
    for row, reason in zip(wrong["row"].to_pylist(), wrong["refused"].to_pylist(), strict=True):
        yield Refused(row, reason)
    lost: Counter[str] = Counter()
    kept = rows.filter(pc.invert(refused))["lost"]
    for counted in pc.value_counts(kept.filter(pc.not_equal(kept, ""))).to_pylist():
        lost.update(dict.fromkeys(counted["values"].split("\n"), counted["counts"]))
    yield from (Unmapped(reason, "", number) for reason, number in sorted(lost.items()))


def nobody() -> pa.Table:
    """Returns a table without events for `patients`, for people who have no events."""
    columns = {name: pa.string() for name in SELECTED} | {"visit": pa.int64()}
    return pa.schema({"person": pa.int64(), **columns, "digest": pa.binary()}).empty_table()


def patients(people: pa.Table, rows: pa.Table, source: str, updated: str | None, pseudonym: Pseudonym) -> Patients:
    """Returns the patients and their events. Each row is an event of one of the people.

    `people` and `rows` are sorted by person. `updated` is the date of the export.
    """
    persons = people["person"].to_pylist()
    ids = [pseudonym.patient(f"Person/{person}", source) for person in persons]
    records = [pseudonym.record("Person", str(person), source) for person in persons]
    at = np.searchsorted(np.asarray(people["person"]), np.asarray(rows["person"]))
    made = {"id": pa.array(ids, pa.string()), **{name: people[name] for name in NODES["Patient"].columns}}
    known = pa.table(made, schema=NODES["Patient"].arrow)
    own = {
        "source": pa.array(ids, pa.string()).take(pa.array(at)),
        "record": pa.array(records, pa.string()).take(pa.array(at)),
        "visit": _mapped(rows["visit"], lambda visit: pseudonym.record("visit_occurrence", str(visit), source)),
    }
    columns = {field.name: own.get(field.name) for field in _EVENT}
    events = pa.table(
        [rows[name] if column is None else column for name, column in columns.items()], names=_EVENT.names
    ).cast(_EVENT)
    content = _content(known, at, rows["digest"])
    return Patients(pseudonym.named(source), updated, known, records, content, events, rows["display"].combine_chunks())


def _mapped(column: pa.ChunkedArray, made: Callable[[int], str]) -> pa.Array:
    """Returns the text `made(number)` for each number in `column`. Each text is made only once; null stays null."""
    coded = column.combine_chunks().dictionary_encode()
    return pa.array([made(number) for number in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _content(known: pa.Table, at: npt.NDArray[np.int64], digests: pa.ChunkedArray) -> list[str]:
    """Returns, for each patient in `known`, a hash of the values of the patient and of all events of the patient.

    For each event, `at` is the row of its patient in `known`, and `digests` has the hash of its values.
    """
    ends = np.searchsorted(at, np.arange(known.num_rows + 1)) * _DIGEST
    joined = b"".join(digests.to_pylist())
    own = zip(*(known[name].to_pylist() for name in known.column_names[1:]), strict=True)
    return [
        blake2b(repr(values).encode() + joined[start:end], digest_size=16).hexdigest()
        for values, start, end in zip(own, ends[:-1], ends[1:], strict=True)
    ]
