"""graph: saves records, their annotations and their links in a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, digest, load_table, save_table, taken_over
from graph.kinds import KINDS, TEXTS, Link
from graph.lexical import Ngrams
from graph.snapshot import joined
from graph.snapshot.identities import identities
from graph.snapshot.record_index import RecordIndex, material
from graph.snapshot.records import LINKS, Records
from graph.snapshot.roles import LISTED, ROLES, roles
from graph.snapshot.roles import places as role_places
from graph.store import EDGES, Scanned, places, rows_of, sorted_rows

_NO_ABOUTS = EDGES["STUDY_ABOUT"].arrow.empty_table()


def save_records(store: Scanned, kind: str, concepts: pa.Table, folder: Path) -> None:
    """Saves the records of a kind and their annotations, including annotations of linked records (`Kind.lends`).

    A record is listed under a concept only if an annotation states the concept as present.
    """
    declared = KINDS[kind]
    columns = ["source", "target", "field", "text", "name", "method", "confidence", "assertion", "start", "end"]
    abouts = rows_of(store, declared.about_table, columns) if declared.about else _NO_ABOUTS.select(columns)
    nodes = _nodes(store, kind, abouts["source"])
    same = identities(kind, nodes)
    table = joined.records(nodes, same)
    if declared.lends:
        table, through = _lent(store, table, columns, declared.lends)
        abouts = pa.concat_tables([abouts, through.select(columns)])
    save_table(table, folder, kind)
    save_table(same.others, folder, f"{kind}_other")
    abouts = joined.abouts(abouts, nodes, table, same, declared)
    abouts = abouts.sort_by([(name, "ascending") for name in columns]).combine_chunks()
    record, concept = abouts["source"].to_numpy(), places(abouts["target"], concepts["id"])
    abouts = abouts.set_column(1, "target", pa.array(concept)).append_column("role", roles(abouts, table, kind))
    save_table(abouts, folder, f"{kind}_about")
    Csr.of_pairs(table.num_rows, record, np.arange(len(record))).save(folder, f"{kind}_abouts")
    role = role_places(abouts)
    lists: list[tuple[str, Sequence[str]]] = [("concept", LISTED), *((one, [one]) for one in ROLES)]
    for name, wanted in lists:
        own = np.isin(role, [ROLES.index(one) for one in wanted])
        Csr.of_pairs(concepts.num_rows, concept[own], record[own]).save(folder, f"{kind}_by_{name}")


def _nodes(store: Scanned, kind: str, about: pa.ChunkedArray) -> pa.Table:
    """Returns the records of a kind, sorted by id. Leaves out empty records that no other record links to.

    Empty records with annotations are included. `about` has the ids of records that have annotations.
    """
    nodes = sorted_rows(store, kind)
    if KINDS[kind].dependent:
        return nodes.filter(pc.is_in(nodes["id"], value_set=pc.unique(_pointed(store, kind)))).combine_chunks()
    filled = pa.chunked_array([pa.array([False] * nodes.num_rows, pa.bool_())])
    for column in nodes.column_names[1:]:
        filled = pc.or_(filled, nodes[column].is_valid())
    if pc.all(filled).as_py():
        return nodes
    named = pa.chunked_array([*about.chunks, *_pointed(store, kind).chunks], pa.string())
    return nodes.filter(pc.or_(filled, pc.is_in(nodes["id"], value_set=pc.unique(named)))).combine_chunks()


def _pointed(store: Scanned, kind: str) -> pa.ChunkedArray:
    """Returns the ids of records of a kind that other records link to."""
    tables = (table for table, ends in LINKS.items() if ends[1] == kind)
    columns = [rows_of(store, table, ["target"])["target"] for table in tables]
    return pa.chunked_array([piece for column in columns for piece in column.chunks], pa.string())


def _lent(store: Scanned, starts: pa.Table, columns: Sequence[str], link: Link) -> tuple[pa.Table, pa.Table]:
    """Returns the records, and the annotations of their linked records.

    The texts of the linked records are added to the column `texts`, with the ids of the linked records as keys.
    """
    end = KINDS[link.end]
    whole = next(iter(end.searched))
    pairs = rows_of(store, link.table, ["source", "target"]).rename_columns(["record", "id"]).sort_by("id")
    linked = pairs.join(rows_of(store, link.end, ["id", whole, TEXTS]), "id", join_type="inner").to_pylist()
    texts: dict[str, dict[str, str]] = {}
    for row in sorted(linked, key=lambda row: str(row["id"])):
        others = orjson.loads(row[TEXTS] or "{}").items()
        own = {row["id"]: row[whole] or "", **{f"{row['id']} {field}": text for field, text in others}}
        texts.setdefault(row["record"], {}).update(own)
    ids, own_texts = (starts[name].to_pylist() for name in ("id", TEXTS))
    merged = [
        orjson.dumps(orjson.loads(own or "{}") | texts[id_]).decode() if id_ in texts else own
        for id_, own in zip(ids, own_texts, strict=True)
    ]
    place = starts.column_names.index(TEXTS)
    theirs = rows_of(store, end.about_table, columns).rename_columns(["lent", *columns[1:]])
    through = theirs.join(pairs.rename_columns(["record", "lent"]), "lent", join_type="inner")
    field = pc.binary_join_element_wise(through["lent"], through["field"], " ")
    field = pc.if_else(pc.equal(through["field"], whole), through["lent"], field)
    through = through.set_column(through.column_names.index("field"), "field", field)
    return starts.set_column(place, TEXTS, pa.array(merged, pa.string())), through.rename_columns({"record": "source"})


def save_record_index(kinds: Mapping[str, Records], folder: Path, before: Path | None) -> None:
    """Saves the index of the texts of all records."""
    if taken_over("records", digest(*material(kinds)), before, folder):
        built = RecordIndex.load(folder)
    else:
        built = RecordIndex.build(kinds)
        built.save(folder)
    titles = built.titles()
    if not taken_over("record_ngrams", digest(pa.table({"title": titles})), before, folder):
        Ngrams.build(titles).save(folder, "record_ngrams")


def save_links(store: Scanned, records: Mapping[str, Records], folder: Path) -> None:
    """Saves each edge table between records in both directions. A table from end to start has the prefix `^`."""
    known = {kind: _known(some, load_table(folder, f"{kind}_other")) for kind, some in records.items()}
    sizes = {kind: some.table.num_rows for kind, some in records.items()}
    for table, kinds in LINKS.items():
        rows = rows_of(store, table, ["source", "target"])
        found = [places(rows[end], known[kind].id) for end, kind in zip(("source", "target"), kinds, strict=True)]
        # A record whose links are stated by other records may be absent.
        valid = (found[0] >= 0) & (found[1] >= 0)
        source, target = (known[kind].number[own[valid]] for own, kind in zip(found, kinds, strict=True))
        if kinds[0] == kinds[1]:
            source, target = np.stack([source, target])[:, source != target]
        Csr.of_pairs(sizes[kinds[0]], source, target).save(folder, table)
        Csr.of_pairs(sizes[kinds[1]], target, source).save(folder, f"^{table}")


class _Known(NamedTuple):
    """All identifiers of the records of a kind, and the record number of each identifier."""

    id: pa.ChunkedArray
    number: np.ndarray


def _known(records: Records, others: pa.Table) -> _Known:
    ids = records.table["id"]
    number = np.concatenate([np.arange(len(ids), dtype=np.int32), others["record"].to_numpy()])
    return _Known(pa.chunked_array([*ids.chunks, *others["id"].chunks], pa.string()), number)
