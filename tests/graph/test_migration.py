"""graph: a store of an earlier version gets the tables of the present version and keeps its data."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from graph.snapshot import fresh_snapshot
from graph.store import EDGES, NODES, Batch
from graph.store import ladybug as ladybug_store
from graph.store.ladybug import LadybugStore
from graph.store.schema import Edge
from tests.graph.rows import concepts, edges, nodes, stubs, table

NEW_NODES = {"Publication", "Dataset", "Person", "Forgotten"}
NEW_EDGES = {
    "STANDS_FOR",
    "PROGRAMME_TEACHES",
    "PUBLICATION_ABOUT",
    "DATASET_ABOUT",
    "REPORTS",
    "DESCRIBED_IN",
    "LISTS",
    "VERSION_OF",
    "INVESTIGATES",
    "INSTRUCTS",
    "AUTHOR_OF",
    "DATASET_AUTHOR_OF",
    "AFFILIATED",
}


def test_version_2_gets_publications_and_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = edges("STUDY_ABOUT", ("s:1", "m:1"), method="coded")
    with monkeypatch.context() as old:
        old.setattr(ladybug_store, "SCHEMA_VERSION", 2)
        old.setattr(ladybug_store, "NODES", {name: node for name, node in NODES.items() if name not in NEW_NODES})
        old.setattr(ladybug_store, "EDGES", {name: edge for name, edge in EDGES.items() if name not in NEW_EDGES})
        with closing(LadybugStore(tmp_path / "store")) as store:
            study = nodes("Study", {"id": "s:1"})
            store.write(Batch({"Concept": concepts("m:1"), "Study": study}, edges={"STUDY_ABOUT": about}, fresh=True))
    with closing(LadybugStore(tmp_path / "store")) as store:
        assert table(store, "STUDY_ABOUT", "source", "target") == [("s:1", "m:1")]
        new = {"Publication": nodes("Publication", {"id": "doi:1"}), "Dataset": nodes("Dataset", {"id": "doi:2"})}
        new["Person"] = nodes("Person", {"id": "orcid:1", "name": "Anna Example"})
        store.write(
            Batch(
                nodes=new,
                edges={
                    "PUBLICATION_ABOUT": edges("PUBLICATION_ABOUT", ("doi:1", "m:1")),
                    "DATASET_ABOUT": edges("DATASET_ABOUT", ("doi:2", "m:1")),
                    "REPORTS": edges("REPORTS", ("doi:1", "s:1")),
                    "STANDS_FOR": edges("STANDS_FOR", ("m:1", "m:1")),
                    "AUTHOR_OF": edges("AUTHOR_OF", ("doi:1", "orcid:1")),
                    "INVESTIGATES": edges("INVESTIGATES", ("s:1", "orcid:1")),
                    "DESCRIBED_IN": edges("DESCRIBED_IN", ("doi:2", "doi:1")),
                },
            )
        )
        snapshot = fresh_snapshot(store, tmp_path / "state")
        assert {kind: len(records.ids) for kind, records in snapshot.records.items()} == {
            "Study": 1,
            "Course": 0,
            "Publication": 1,
            "Dataset": 1,
        }
        assert [snapshot.links[link][0].tolist() for link in ("REPORTS", "^REPORTS", "DESCRIBED_IN")] == [[0], [0], [0]]
        assert len(snapshot.links["^DESCRIBED_IN"].sizes()) == 1
        assert [snapshot.links[link][0].tolist() for link in ("^AUTHOR_OF", "^INVESTIGATES")] == [[0], [0]]


def test_version_4_gets_names_of_annotations_and_counts_of_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(ladybug_store, "SCHEMA_VERSION", 4)
        old.setattr(ladybug_store, "EDGES", {name: _without(edge, "name", "through") for name, edge in EDGES.items()})
        columns = {name: kind for name, kind in NODES["Label"].columns.items() if name != "count"}
        old.setattr(ladybug_store, "NODES", NODES | {"Label": NODES["Label"]._replace(columns=columns)})
        with closing(LadybugStore(tmp_path / "store")) as store:
            there = store._rows("CALL table_info('ABOUT') RETURN name")["name"].to_pylist()
            assert "name" not in there and "field" in there
            store.write(Batch({"Concept": concepts("m:1", "n:1"), "Study": nodes("Study", {"id": "s:1"})}))
            store._run("CREATE (:Label {id: 'l', text: 'T2DM', kind: 'exact'})")
            store._run("MATCH (s:Study), (c:Concept {id: 'm:1'}) CREATE (s)-[:ABOUT {text: 'T2DM'}]->(c)")
    with closing(LadybugStore(tmp_path / "store")) as store:
        assert table(store, "STUDY_ABOUT", "text", "name") == [("T2DM", None)]
        said = {"STUDY_ABOUT": edges("STUDY_ABOUT", ("s:1", "n:1"), text="hf", name="heart failure")}
        said["MAPS_TO"] = edges("MAPS_TO", ("m:1", "n:1"), predicate="skos:closeMatch", through="a ~ b")
        store.write(Batch(edges=said))
        assert table(store, "STUDY_ABOUT", "text", "name") == [("hf", "heart failure")]
        assert table(store, "MAPS_TO", "through") == [("a ~ b",)]
        store.write(Batch({"Label": nodes("Label", {"id": "m", "text": "hf", "kind": "local", "count": 3})}))
        assert table(store, "Label", "text", "count") == [("T2DM", None), ("hf", 3)]


def _without(edge: Edge, *names: str) -> Edge:
    return edge._replace(columns={name: kind for name, kind in edge.columns.items() if name not in names})


def test_jobs_of_version_7_come_before_new_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This does not depend on the times at which the jobs started."""
    with monkeypatch.context() as old:
        newer = ("sequence", "unchanged", "not_read", "counts")
        before = {name: kind for name, kind in NODES["Job"].columns.items() if name not in newer}
        old.setattr(ladybug_store, "SCHEMA_VERSION", 7)
        old.setattr(ladybug_store, "NODES", NODES | {"Job": NODES["Job"]._replace(columns=before)})
        with closing(LadybugStore(tmp_path / "store")) as store:
            store._run("CREATE (:Job {id: 'b', kind: 'load', state: 'done', started: '2099-01-01'})")
            store._run("CREATE (:Job {id: 'c', kind: 'load', state: 'done', started: '2098-01-01'})")
    with closing(LadybugStore(tmp_path / "store")) as store:
        store.write(Batch({"Job": nodes("Job", {"id": "a", "kind": "load", "started": "2026-01-01", "sequence": 1})}))
        jobs = fresh_snapshot(store, tmp_path / "state").tables["Job"]
        assert jobs.select(["id", "sequence", "counts"]).to_pylist() == [
            {"id": "c", "sequence": 0, "counts": None},
            {"id": "b", "sequence": 0, "counts": None},
            {"id": "a", "sequence": 1, "counts": None},
        ]


def test_version_8_loses_names_from_single_patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"EVENT": edges("EVENT", ("p:1", "a:1"), ("p:1", "m:1"), record="r")}
    named = stubs(("a:1", "Piet Jansen"), ("a:2", "of a study"))
    with monkeypatch.context() as old:
        old.setattr(ladybug_store, "SCHEMA_VERSION", 8)
        with closing(LadybugStore(tmp_path / "store")) as store:
            there = {"Concept": concepts("m:1"), "Patient": nodes("Patient", {"id": "p:1"})}
            store.write(Batch(there, named, edges=said))
    with closing(LadybugStore(tmp_path / "store")) as store:
        assert table(store, "Concept", "id", "label") == [("a:1", ""), ("a:2", "of a study"), ("m:1", "m:1")]


def test_mappings_of_version_10_get_tool_date_and_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as old:
        old.setattr(ladybug_store, "SCHEMA_VERSION", 10)
        edge = _without(EDGES["MAPS_TO"], "tool", "date", "comment")
        old.setattr(ladybug_store, "EDGES", EDGES | {"MAPS_TO": edge})
        with closing(LadybugStore(tmp_path / "store")) as store:
            store.write(Batch({"Concept": concepts("m:1", "n:1")}))
            store._run(
                "MATCH (m:Concept {id: 'm:1'}), (n:Concept {id: 'n:1'}) CREATE (m)-[:MAPS_TO {author: 'a'}]->(n)"
            )
    with closing(LadybugStore(tmp_path / "store")) as store:
        said = edges(
            "MAPS_TO", ("n:1", "m:1"), predicate="skos:closeMatch", author="b", tool="t", date="2024", comment="c"
        )
        store.write(Batch(edges={"MAPS_TO": said}))
        found = table(store, "MAPS_TO", "author", "tool", "date", "comment")
        assert found == [("a", None, None, None), ("b", "t", "2024", "c")]
