"""ingest: terminologies on both engines: a release replaces its earlier version and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.hierarchy import Level
from graph.snapshot import fresh_snapshot
from graph.store import Store
from ingest import jobs
from ontologies.curies import curie_of
from tests.graph.rows import table
from tests.ingest.graphs import condition, everything, ingest_into, load_into, ndjson, obo, sssom, stated

SAMPLES = Path(__file__).resolve().parents[1] / "ontologies/samples"
TINY, OTHER = (f"http://purl.obolibrary.org/obo/{name}" for name in ("tiny", "other"))
ROOT = "TINY:1\nname: disorder"
HEART = 'TINY:2\nname: heart disorder\nsynonym: "cardiopathy" EXACT []\nis_a: TINY:1'
VALVE = "TINY:3\nname: valve disorder\nis_a: TINY:2\nxref: DOID:9"


@pytest.mark.parametrize("size", [8, 40_000])
def test_loading_every_format_twice_equals_loading_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    report = load_into(store, SAMPLES)
    once = stated(store)
    assert len(once["Release"]) == 11
    assert report.read == report.written + report.unchanged + report.superseded + report.refused + report.not_read
    assert len(once["Refusal"]) == report.refused > 0
    again = load_into(store, SAMPLES)
    assert stated(store) == once
    assert (again.read, again.refused, again.resumed_at) == (report.read, report.refused, 0)
    assert again.written == 2, "two files state one term differently, so each replaces the other"


@pytest.mark.parametrize("size", [2, 40_000])
def test_a_repeated_statement_counts_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """With any size of batches: real ontologies repeat statements thousands of lines apart."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    file = obo(tmp_path / "tiny.obo", "1", ROOT, HEART, VALVE, HEART.replace("heart disorder", "again"))
    for _ in range(2):
        report = load_into(store, file)
        assert table(store, "IS_A", "source", "target") == [("TINY:2", "TINY:1"), ("TINY:3", "TINY:2")]
        assert table(store, "HAS_LABEL", "source") == [("TINY:2",)]
        assert ("TINY:2", "heart disorder") in table(store, "Concept", "id", "label")
        assert report.refusals == ["tiny.obo, TINY:2: the concept has two different definitions: keep one definition"]


def test_a_newer_release_replaces_the_older(store: Store, tmp_path: Path) -> None:
    file = obo(tmp_path / "tiny.obo", "2025-01-01", ROOT, HEART, VALVE)
    mapped = sssom(tmp_path / "maps.sssom.tsv", ("TINY:3", "snomedct:368009"), ("TINY:2", "snomedct:56265001"))
    other = obo(tmp_path / "other.obo", "1", "OTHER:1\nname: other\nis_a: TINY:3", ontology="other")
    load_into(store, file, mapped, other)
    newer = obo(tmp_path / "newer.obo", "2026-01-01", ROOT, "TINY:2\nname: disorder of the heart\nis_a: TINY:1")
    load_into(store, newer)
    found = {row[0]: row[1:] for row in table(store, "Concept", "id", "label", "stub", "release")}
    assert found["TINY:2"] == ("disorder of the heart", False, TINY)
    assert found["TINY:3"] == ("valve disorder", True, TINY)
    assert table(store, "Label", "text") == table(store, "HAS_LABEL", "source") == []
    assert table(store, "IS_A", "source", "target") == [("OTHER:1", "TINY:3"), ("TINY:2", "TINY:1")]
    assert table(store, "MAPS_TO", "source", "target") == [
        ("TINY:2", "snomedct:56265001"),
        ("TINY:3", "snomedct:368009"),
    ]
    versions = dict(table(store, "Release", "id", "version"))
    assert (versions[TINY], versions[OTHER]) == ("2026-01-01", "1")


def test_loading_the_older_release_again_restores_it(store: Store, tmp_path: Path) -> None:
    older = obo(tmp_path / "older.obo", "2025-01-01", ROOT, HEART, VALVE)
    load_into(store, older)
    before = everything(store)
    load_into(store, obo(tmp_path / "newer.obo", "2026-01-01", ROOT, HEART))
    load_into(store, older)
    after = everything(store)
    assert {**after, "Job": []} == {**before, "Job": []}


@pytest.mark.parametrize("excerpt_first", [True, False])
def test_an_excerpt_does_not_replace_concepts_of_their_ontology(
    store: Store, tmp_path: Path, excerpt_first: bool
) -> None:
    owner = obo(tmp_path / "tiny.obo", "1", ROOT, HEART)
    foreign = "TINY:2\nname: said by another\nis_a: TINY:7"
    excerpt = obo(
        tmp_path / "other.obo", "1", "OTHER:1\nname: a\nis_a: TINY:2", foreign, "OTHER:2\nname: b", ontology="other"
    )
    for file in (excerpt, owner) if excerpt_first else (owner, excerpt):
        load_into(store, file)
    assert ("TINY:2", "heart disorder", TINY, False) in table(store, "Concept", "id", "label", "release", "stub")
    assert ("TINY:2", "TINY:7", OTHER) in table(store, "IS_A", "source", "target", "release")
    load_into(store, obo(tmp_path / "newer.obo", "2", "OTHER:1\nname: a", "OTHER:2\nname: b", ontology="other"))
    assert ("TINY:2", "heart disorder", TINY, False) in table(store, "Concept", "id", "label", "release", "stub")
    assert table(store, "IS_A", "source", "target") == [("TINY:2", "TINY:1")]


def test_a_terminology_gives_a_stub_its_label(store: Store, tmp_path: Path) -> None:
    care = ndjson(tmp_path / "care.ndjson", condition("c1", "56265001"))
    first = ingest_into(store, care)
    assert table(store, "Concept", "id", "label", "stub") == [("snomedct:56265001", "", True)]
    assert first.reasons == {"no loaded terminology defines this code": 1}
    load_into(store, obo(tmp_path / "s.obo", "1", "SCTID:56265001\nname: Heart disease", ontology="s"))
    assert table(store, "Concept", "id", "label", "stub") == [("snomedct:56265001", "Heart disease", False)]
    assert ingest_into(store, care).reasons == {}
    assert table(store, "Concept", "id", "label", "stub") == [("snomedct:56265001", "Heart disease", False)]
    assert table(store, "EVENT", "target") == [("snomedct:56265001",)]


@pytest.mark.parametrize("accepted_first", [True, False])
def test_a_file_that_accepts_and_rejects_a_pair_keeps_both(store: Store, tmp_path: Path, accepted_first: bool) -> None:
    row = "TINY:1\tskos:exactMatch\tOTHER:1\tsemapv:ManualMappingCuration\t"
    rows = [row, f"{row}Not"] if accepted_first else [f"{row}Not", row]
    head = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tpredicate_modifier"
    file = tmp_path / "both.sssom.tsv"
    file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    load_into(store, file)
    assert table(store, "MAPS_TO", "state") == [("accepted",), ("rejected",)]
    assert table(store, "SAME_AS", "source") == []


def test_chains_and_cycles_of_replacements_are_followed(store: Store, shared: Path) -> None:
    """The last concept of a chain has the patients of all concepts in it. The root has those of a cycle below it."""
    load_into(store, shared / "faults/replaced-chain.obo")
    ingest_into(store, shared / "faults/replaced-chain-patients.json")
    snapshot = fresh_snapshot(store, store.address.state)
    ids = snapshot.concepts["id"].to_pylist()
    events = table(store, "EVENT", "source", "target")

    def patients(concept: str) -> int:
        reached = {ids[row] for row in snapshot.hierarchy.reach(ids.index(concept), Level.CERTAIN)}
        return len({patient for patient, code in events if code in reached})

    assert (patients("DOID:0000007"), patients("DOID:0000001"), patients("DOID:0000009")) == (3, 5, 0)
    assert patients("DOID:0000017") == patients("DOID:0000005") == 3
    split = [row[1:] for row in table(store, "RELATES", "source", "predicate", "target") if row[0] == "DOID:0000014"]
    assert split == [("IAO:0100001", "DOID:0000007"), ("IAO:0100001", "DOID:0000010")]


def test_nodes_that_are_no_concepts_are_counted_but_not_refused(store: Store, tmp_path: Path) -> None:
    nodes = [{"id": f"http://purl.obolibrary.org/obo/RO_000{n}", "lbl": f"towards {n}"} for n in (1, 2)]
    file = tmp_path / "g.json"
    file.write_text(json.dumps({"graphs": [{"nodes": nodes, "edges": []}]}))
    report = load_into(store, file)
    assert (report.refused, list(report.reasons.values())) == (0, [2])
    assert table(store, "Concept", "id") == [] and table(store, "Job", "unmapped") == [(2,)]


@pytest.mark.parametrize("size", [2, 40_000])
def test_a_repeated_stanza_counts_once_and_is_not_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    gone = "TINY:4\nname: obsolete disorder\nis_obsolete: true\nreplaced_by: TINY:1"
    once = everything_but_jobs(store, obo(tmp_path / "once.obo", "1", ROOT, HEART, VALVE, gone))
    twice = obo(tmp_path / "twice.obo", "1", *(ROOT, HEART, VALVE, gone) * 2)
    assert everything_but_jobs(store, twice) == once


def everything_but_jobs(store: Store, file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Loads a file without refusals, and returns the rows without the ids of jobs."""
    assert load_into(store, file).refused == 0
    names = {"Concept": ("id", "label", "replaced_by"), "Label": ("id",), "IS_A": ("source", "target")}
    return {name: table(store, name, *columns) for name, columns in names.items()}


def test_the_namespace_is_the_ontology_of_concepts_with_unknown_iris(store: Store, tmp_path: Path) -> None:
    """Records with the same codes get the same ontology. The release owns it, so excerpts do not replace concepts."""
    file = tmp_path / "care.skos.ttl"
    care = "https://example.org/care"
    concepts = "".join(f'<{care}/{n}> a s:Concept ; s:inScheme <{care}> ; s:prefLabel "{n}"@en .\n' for n in (1, 2))
    file.write_text(
        f"@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n<{care}> a s:ConceptScheme .\n{concepts}"
        f"<{care}/1> s:broader <https://example.org/other#3> .\n"
    )
    load_into(store, file)
    own, other = (str(curie_of(system, "1")).partition(":")[0] for system in (care, "https://example.org/other"))
    assert table(store, "Concept", "id", "ontology") == [
        (f"{care}/1", own),
        (f"{care}/2", own),
        ("https://example.org/other#3", other),
    ]
    assert table(store, "Release", "prefix") == [(own,)]
