"""graph: the part of a snapshot with records, their annotations and links, and the events of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, digest, load_table, save_table, taken_over
from graph.events import NUMBERS
from graph.hierarchy import Hierarchy
from graph.kinds import KINDS, TEXTS, Link
from graph.lexical import Ngrams
from graph.snapshot import joined, standing
from graph.snapshot.build_events import TEXTS as TEXTS_OF_EVENT
from graph.snapshot.build_events import EventRows
from graph.snapshot.identities import identities
from graph.snapshot.medicines import Medicines
from graph.snapshot.persons import persons
from graph.snapshot.record_index import RecordIndex, material
from graph.snapshot.records import LINKS, Records
from graph.snapshot.roles import LISTED, ROLES, roles
from graph.snapshot.roles import places as role_places
from graph.snapshot.unmapped import by_person, save_unmapped
from graph.store import EDGES, Scanned, places, rows_of, sorted_rows

_NO_ABOUTS = EDGES["STUDY_ABOUT"].arrow.empty_table()
_OF_PATIENT = ["sex", "race", "ethnicity", "care_site"]
_EVENT = [pa.field(name, EDGES["EVENT"].columns[name]) for name in (*TEXTS_OF_EVENT, *NUMBERS)]
_NO_TEXT = pa.chunked_array([], pa.string())


def save_records(store: Scanned, kind: str, concepts: pa.Table, folder: Path) -> None:
    """Saves the records of a kind and their annotations, including annotations of linked records (`Kind.lends`).

    A record is listed under a concept only if the annotation states the concept as present.
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
    """Returns the records of a kind in order of id, without empty records that no other record links to.

    An empty record with annotations is included. `about` has the ids of records that have annotations.
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
    """Returns the records with the texts of linked records (by their id) in `texts`, and the linked annotations."""
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
    """Saves each edge table between records in both directions: from start to end, and under `^` from end to start."""
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


def save_patients(store: Scanned, concepts: pa.Table, tree: Hierarchy, folder: Path) -> None:
    """Saves the patients of each concept by the events that count (graph/snapshot/standing.py). Also saves the kinds of
    events in which each concept is used.

    A person is counted once, even if several patient records belong to this person. Deleted patients are left out.
    """
    table = rows_of(store, "Patient", ["id", "birth_year", *_OF_PATIENT]).sort_by("id").combine_chunks()
    person, chosen = persons(table, rows_of(store, "SAME_PERSON", ["source", "target", "how"]), deleted(store))
    save_table(_sources(store, table["id"], person), folder, "patient_source")
    save_table(table.select(_OF_PATIENT).take(pa.array(chosen)), folder, "patient")
    born = np.asarray(table["birth_year"].fill_null(0), dtype=np.int32)[chosen]
    np.save(folder / "patient.born.npy", born)
    np.save(folder / "patient.key.npy", patient_keys(table["id"].take(pa.array(chosen))))
    pairs, missed, unsure = ([np.empty((2, 0), np.int32)] for _ in range(3))
    used = [pa.schema({"concept": pa.int32(), "kind": pa.string()}).empty_table()]
    medicines = Medicines(store, concepts["id"])
    stub, foreign = np.asarray(concepts["stub"].fill_null(False)), [by_person(np.empty((2, 0), np.int32), _NO_TEXT)]
    columns = [pa.field("source", pa.string()), pa.field("target", pa.string()), *_EVENT]
    events = EventRows()
    for scanned in store.scan("EVENT", [column.name for column in columns]):
        whose = person[places(scanned["source"], table["id"])]
        rows = scanned.cast(pa.schema(columns)).filter(pa.array(whose >= 0))
        concept, whose = places(rows["target"], concepts["id"]), whose[whose >= 0]
        if coded := medicines.coded(rows["target"], concept):
            which, concept = coded
            rows, whose = rows.take(pa.array(which)), whose[which]
        ends = np.stack([concept, whose])
        used.append(pa.table({"concept": ends[0], "kind": rows["kind"]}).group_by(["concept", "kind"]).aggregate([]))
        defined_nowhere = stub[ends[0]]
        foreign.append(by_person(ends[:, defined_nowhere], rows["start"].filter(pa.array(defined_nowhere))))
        how = standing.own(rows)
        unsure.append(ends[:, how.unsure])
        pairs.append(ends[:, how.certain & ~how.absent])
        missed.append(ends[:, how.certain & how.absent])
        events.add(rows, concept, whose, standing.codes(rows))
    save_unmapped(foreign, folder)
    kinds = pa.concat_tables(used).group_by(["concept", "kind"]).aggregate([])
    save_table(kinds.sort_by([("concept", "ascending"), ("kind", "ascending")]), folder, "used")
    looked_for = np.concatenate(missed, axis=1)
    done = standing.done(concepts, kinds, tree) if looked_for.size else np.zeros(concepts.num_rows, bool)
    pairs.append(looked_for[:, done[looked_for[0]]])
    events.save(folder, done, born)
    concept, patient = np.concatenate(pairs, axis=1)
    Csr.of_pairs(concepts.num_rows, concept, patient).save(folder, "patient_by_concept")
    Csr.of_pairs(concepts.num_rows, *np.concatenate(unsure, axis=1)).save(folder, "patient_unsure")


def patient_keys(pseudonyms: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of each pseudonym. Pseudonyms are made with the site secret and never leave the store.

    The keys depend only on the store, so all servers of the same store disclose the same numbers.
    """
    made = b"".join(blake2b(id_.encode(), digest_size=8, person=b"cell key").digest() for id_ in pseudonyms.to_pylist())
    return np.frombuffer(made, "<u8")


def _sources(store: Scanned, ids: pa.ChunkedArray, person: npt.NDArray[np.int32]) -> pa.Table:
    """The keyed hashes of the sources that have a record of each person, as pairs in order. Empty: unnamed source."""
    pairs = [pa.schema({"patient": pa.int32(), "source": pa.string()}).empty_table()]
    for rows in store.scan("Resource", ["owner", "source", "deleted"]):
        rows = rows.filter(pc.and_(pc.is_valid(rows["owner"]), pc.is_null(rows["deleted"])))
        rows = rows.group_by(["owner", "source"]).aggregate([])
        place = places(rows["owner"], ids)
        whose = np.where(place >= 0, person[place], -1).astype(np.int32) if len(person) else place
        named = rows["source"].fill_null("").cast(pa.string())
        pairs.append(pa.table({"patient": whose, "source": named}).filter(pa.array(whose >= 0)))
    found = pa.concat_tables(pairs).group_by(["patient", "source"]).aggregate([])
    return found.sort_by([("source", "ascending"), ("patient", "ascending")]).combine_chunks()


def deleted(store: Scanned) -> pa.ChunkedArray:
    """Returns the patients that were deleted in their source."""
    rows = rows_of(store, "Resource", ["kind", "owner", "deleted"])
    return rows.filter(pc.and_(pc.equal(rows["kind"], "Patient"), pc.is_valid(rows["deleted"])))["owner"]
