"""The link job on every engine: a second run changes nothing, old edges go, the queue is read back, Neo4j's index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from curation import write_review
from graph.errors import GraphError, NothingLoaded
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store
from ingest.jobs import Report
from ingest.link import link
from linking.encoding import KeptVectors, VectorCache, open_encoder
from linking.search import linked_model
from tests.example import write_example
from tests.graph.rows import edges, table
from tests.ingest.graphs import Graph, everything, load_into, quiet

MEANINGS = ("SAME_AS", "NARROWER")
PAIR = ("MONDO:0005015", "snomedct:73211009")


def run(store: Store, vectors: bool = False) -> Report:
    folder = store.address.state
    return link(store, folder, VectorCache(folder / "vectors", open_encoder()), quiet, vectors)


def snapshot_of(store: Store) -> Snapshot:
    return fresh_snapshot(store, store.address.state)


def candidates(store: Store) -> list[tuple[str, str]]:
    rows = table(store, "MAPS_TO", "source", "target", "release", "state")
    return [
        (source, target) for source, target, release, state in rows if (release, state) == ("candidates", "proposed")
    ]


def test_linking_keeps_loaded_data_and_vectors_and_a_second_run_changes_nothing(store: Store) -> None:
    write_example(store)
    before = everything(store)
    assert linked_model(snapshot_of(store)) is None
    first = run(store)
    once = everything(store)
    assert once["NEIGHBOUR"] and PAIR in candidates(store)
    _check_loaded_data(before, once)
    _check_vectors(store)
    assert run(store).id == first.id
    assert everything(store) == once
    job = next(row for row in snapshot_of(store).tables["Job"].to_pylist() if row["kind"] == "link")
    assert (job["id"], job["state"], job["written"], job["refused"]) == (first.id, "done", first.written, 0)


def _check_loaded_data(before: Graph, after: Graph) -> None:
    """Linking does not change loaded data."""
    for name in before.keys() - {"Job", "NEIGHBOUR", "MAPS_TO", *MEANINGS}:
        assert before[name] == after[name], name
    assert {*before["MAPS_TO"]} <= {*after["MAPS_TO"]}


def _check_vectors(store: Store) -> None:
    """The vectors of records can be read without an encoder."""
    model = linked_model(snapshot_of(store))
    assert model == open_encoder().name
    kept = KeptVectors.open(store.address.state / "vectors", model)
    assert kept is not None
    assert kept.of(["Diabetes Control and Complications Trial"])[1].all()


def test_edges_that_are_no_longer_right_are_deleted(store: Store) -> None:
    write_example(store)
    run(store)
    before = table(store, "NEIGHBOUR", "source", "target")
    pairs = [("MONDO:0016391", "snomedct:44054006"), PAIR]
    assert pairs[0] in before and PAIR not in before and PAIR in candidates(store)
    said = edges("MAPS_TO", *pairs, predicate="skos:exactMatch", state="accepted", release="reviewed")
    store.write(Batch(edges={"MAPS_TO": said}))
    run(store)
    assert not {*pairs} & {*table(store, "NEIGHBOUR", "source", "target")}
    assert PAIR not in candidates(store)
    assert len({*table(store, "NEIGHBOUR", "job")}) == 1


def test_decisions_in_the_queue_are_loaded(store: Store, tmp_path: Path) -> None:
    """Each decision replaces the earlier one, because the queue of a job is one mapping set."""
    write_example(store)
    queue = tmp_path / "queue.tsv"
    report = run(store)
    assert write_review(snapshot_of(store), queue, report.id) == len(candidates(store)) > 0
    head, names, cells = _queued(queue)
    assert cells["subject_label"] == "diabetes mellitus" and cells["mapping_tool"] == "tricuspid"
    assert cells["subject_match_field"] == cells["object_match_field"] == "rdfs:label" and cells["match_string"] == ""
    assert cells["comment"] == "diabetes mellitus ~ diabetes mellitus disorder"
    decided = {
        "rejected": {"predicate_modifier": "Not"},
        "proposed": {},
        "accepted": {"reviewer_id": "orcid:0000-0000-0000-0000"},
    }
    for decision, changed in decided.items():
        queue.write_text("\n".join([head, names, "\t".join((cells | changed).values())]) + "\n")
        assert load_into(store, queue).refused == 0
        said = table(store, "MAPS_TO", "source", "target", "state", "confidence", "release")
        mine = [one[:4] for one in said if one[4] == f"urn:tricuspid:review:{report.id}"]
        assert mine == [(*PAIR, decision, float(cells["confidence"]))]
        run(store)
        assert (PAIR in candidates(store)) == (decision == "proposed"), decision


def _queued(queue: Path) -> tuple[str, str, dict[str, str]]:
    """The metadata, the line of names, and the row of PAIR. Checks the prefixes."""
    head, _, rows = queue.read_text().partition("\nsubject_id\t")
    said = yaml.safe_load("\n".join(line.removeprefix("#") for line in head.splitlines()))["curie_map"]
    assert said["MONDO"] == "http://purl.obolibrary.org/obo/MONDO_" and said["semapv"] and said["orcid"]
    names, *lines = f"subject_id\t{rows}".splitlines()
    ids = (cell for line in lines for cell in (*line.split("\t")[0:5:2], line.split("\t")[6]))
    assert {cell.partition(":")[0] for cell in ids} == said.keys() - {"orcid", "oboInOwl", "rdfs", "urn"}
    row = next(line for line in lines if line.startswith(f"{PAIR[0]}\t") and f"\t{PAIR[1]}\t" in line)
    return head, names, dict(zip(names.split("\t"), row.split("\t"), strict=True))


def test_an_empty_store_is_an_error(store: Store) -> None:
    with pytest.raises(NothingLoaded):
        run(store)


def test_neo4j_has_its_own_vector_index(store: Store) -> None:
    write_example(store)
    if not store.address.is_server:
        with pytest.raises(GraphError, match="only a Neo4j store"):
            run(store, vectors=True)
        assert table(store, "NEIGHBOUR", "source") == []
        return
    run(store, vectors=True)
    assert _nearest("MONDO:0005148", 3)[0] == "MONDO:0005148"
    assert "MONDO:0005147" in _nearest("MONDO:0005148", 6)
    # The vectors of another model have another width, and are for fewer concepts.
    store.fill_vectors(["MONDO:0005148", "MONDO:0005015"], np.eye(2, 7, dtype=np.float32))
    assert sorted(_nearest("MONDO:0005148", 9)) == ["MONDO:0005015", "MONDO:0005148"]


def _nearest(concept: str, k: int) -> list[str]:
    import neo4j

    from tests.conftest import NEO4J

    query = (
        "MATCH (c:Concept {id: $id}) CALL db.index.vector.queryNodes('concept_vector', $k, c.vector) "
        "YIELD node, score RETURN node.id ORDER BY score DESC, node.id = $id DESC"
    )
    with neo4j.GraphDatabase.driver(NEO4J) as driver, driver.session() as session:
        return [row[0] for row in session.run(query, {"id": concept, "k": k})]


def test_the_next_job_deletes_edges_of_a_killed_job(store: Store) -> None:
    """The next job deletes the edges of the killed one; here, an edge that no run would make."""
    write_example(store)
    left = {"source": ["MONDO:0000001"], "target": ["UBERON:0002113"], "score": [0.9], "model": ["old"]}
    stale = pa.table(left | {"through": [""], "release": ["neighbours"], "job": ["killed"]})
    store.write(Batch(edges={"NEIGHBOUR": stale}))
    run(store)
    assert ("MONDO:0000001", "UBERON:0002113") not in table(store, "NEIGHBOUR", "source", "target")
