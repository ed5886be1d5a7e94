"""ingest: a release replaces its earlier version and no other release; stores of an earlier layout are converted."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from cli.main import main
from curation import check
from graph.snapshot import fresh_snapshot
from graph.store import Batch, Store, open_store
from ingest.errors import BadName
from ingest.releases import Known
from ingest.run import load, terminologies
from ontologies.model import Release
from tests.graph.rows import concepts, edges, nodes, table
from tests.ingest.graphs import load_after_dry_run, load_into, obo, quiet, sssom

OBO = "http://purl.obolibrary.org/obo/"
ORDX = "https://terms.example/ORDX_en"


def released(store: Store) -> list[str]:
    return [id for (id,) in table(store, "Release", "id")]


def whole(store: Store) -> bool:
    folder = store.address.state
    fresh_snapshot(store, folder)
    return not any(finding.wrong for finding in check(store, folder))


def test_a_version_in_the_iri_is_ignored(store: Store, shared: Path) -> None:
    folder = shared / "faults/releases/versioned"
    load_into(store, folder / "ordx_4.5.ttl")
    report = load_into(store, folder / "ordx_4.6.ttl")
    assert table(store, "Release", "id", "version") == [(ORDX, "4.6")]
    assert table(store, "Concept", "id", "stub") == [("ZZG:0000001", False), ("ZZG:0000002", True)]
    (result,) = report.releases
    assert (result.id, result.version, result.replaces) == (ORDX, "4.6", [(ORDX, "4.5")])


def test_two_versions_in_one_folder_are_not_mixed(store: Store, shared: Path) -> None:
    report = load_into(store, shared / "faults/releases/versioned")
    assert table(store, "Release", "id", "version") == [(ORDX, "4.5")]
    assert report.refusals == [
        f"ordx_4.6.ttl, the whole file: another version of {ORDX} than in ordx_4.5.ttl, which is already loaded: "
        "load only one of them"
    ]


def test_mapping_sets_with_a_similar_id_are_separate(store: Store, shared: Path) -> None:
    for name in ("a", "b"):
        load_into(store, shared / f"faults/same-name/{name}.sssom.tsv")
    assert table(store, "MAPS_TO", "source", "target") == [
        ("DOID:0000010", "snomedct:82000001"),
        ("DOID:0000012", "snomedct:82000002"),
    ]


def test_each_vocabulary_of_omop_is_a_release(store: Store, shared: Path) -> None:
    for name in ("omop-a", "omop-b"):
        load_into(store, shared / f"faults/releases/{name}")
    found = table(store, "Concept", "id", "label", "stub", "release")
    assert [row[1:] for row in found] == [("Second drug", False, "omop:RxNorm"), ("First thing", False, "omop:SNOMED")]


def test_a_set_without_id_is_replaced_only_if_it_is_named(store: Store, shared: Path) -> None:
    first, second = (shared / f"faults/releases/same{letter}/mappings.tsv" for letter in "AB")
    load_into(store, first)
    report = load_into(store, second)
    assert len(table(store, "MAPS_TO", "target")) == 2
    (result,) = report.releases
    assert (
        result.unnamed and not result.replaces and [*result.beside] == [id for id in released(store) if id != result.id]
    )
    folder = store.address.state
    load(store, folder, [first], quiet, "ours")
    report, _ = load(store, folder, [second], quiet, "ours")
    assert released(store) == ["ours"]
    assert table(store, "MAPS_TO", "target", "release") == [("snomedct:73000002", "ours")]
    assert {id for id, _ in report.releases[0].replaces} == {"ours", result.id}
    assert whole(store)


@pytest.mark.parametrize("name", ["", "candidates", "urn:tricuspid:meanings", "two"])
def test_a_name_must_be_for_one_release(store: Store, shared: Path, name: str) -> None:
    folder = shared / "faults/releases"
    paths = [folder / "sameA", folder / "sameB"] if name == "two" else [folder / "sameA"]
    with pytest.raises(BadName, match="--name"):
        load(store, store.address.state, paths, quiet, name)
    assert released(store) == []


def before(store: Store, release: str, iri: str, version: str, *ids: str) -> None:
    """Writes a release as an earlier version of Tricuspid did. The first concept is the parent of the others."""
    row = nodes("Release", {"id": release, "iri": iri, "version": version, "job": "old"})
    labels = nodes("Label", *({"id": id, "text": id, "release": release, "job": "old"} for id in ids))
    said = {"release": release, "job": "old"}
    joined = {
        "HAS_LABEL": edges("HAS_LABEL", *((id, id) for id in ids), **said),
        "IS_A": edges("IS_A", *((id, ids[0]) for id in ids[1:]), **said),
    }

    store.write(Batch(nodes={"Concept": concepts(*ids, **said)}))
    store.write(Batch(nodes={"Release": row, "Label": labels}, edges=joined))


@pytest.mark.parametrize("iri", [f"{OBO}tiny.owl", f"{OBO}tiny/releases/2025-01-01/tiny.owl"])
def test_a_store_of_an_earlier_layout_is_converted(store: Store, tmp_path: Path, iri: str) -> None:
    before(store, "tiny", iri, "2025-01-01", "TINY:1", "TINY:2", "NCBITaxon:3")
    before(store, "other", "https://b.example/other.owl", "1", "OTHER:1")
    file = obo(tmp_path / "tiny.obo", "2026-01-01", "TINY:1\nname: one", "NCBITaxon:3\nname: three")
    report = load_after_dry_run(store, file)
    assert released(store) == [f"{OBO}tiny", "other"]
    found = table(store, "Concept", "id", "stub", "release")
    assert [row for row in found if row[1]] == [("TINY:2", True, f"{OBO}tiny")]
    assert ("NCBITaxon:3", False, f"{OBO}tiny") in found
    assert table(store, "IS_A", "source") == [] and table(store, "Label", "id") == [("OTHER:1",)]
    assert report.releases[0].replaces == [("tiny", "2025-01-01")]
    assert whole(store)


def test_several_versions_of_an_earlier_layout_become_one_release(store: Store, shared: Path) -> None:
    for version in ("4.4", "4.5"):
        before(store, f"ORDX_en_{version}", f"{ORDX}_{version}.owl", version, "ZZG:0000001", f"ZZG:{version}")
    load_after_dry_run(store, shared / "faults/releases/versioned/ordx_4.6.ttl")
    assert table(store, "Release", "id", "version") == [(ORDX, "4.6")]
    assert table(store, "Concept", "id", "stub") == [("ZZG:0000001", False), ("ZZG:4.4", True), ("ZZG:4.5", True)]


def test_omop_of_an_earlier_layout_is_converted_by_vocabulary(store: Store, shared: Path) -> None:
    before(store, "omop-vocabulary", "", "5", "snomedct:1", "snomedct:71000001", "rxnorm:2")
    load_after_dry_run(store, shared / "faults/releases/omop-a")
    assert released(store) == ["omop-vocabulary", "omop:SNOMED"]
    assert ("snomedct:1", True, "omop:SNOMED") in table(store, "Concept", "id", "stub", "release")
    assert ("rxnorm:2", False, "omop-vocabulary") in table(store, "Concept", "id", "stub", "release")
    prefix = dict(table(store, "Release", "id", "prefix"))["omop:SNOMED"]
    assert prefix == "snomedct"


def test_a_file_without_id_of_an_earlier_layout_is_replaced_if_it_is_named(store: Store, tmp_path: Path) -> None:
    before(store, "maps.sssom.tsv", "", "", "TINY:1", "TINY:2")
    file = sssom(tmp_path / "maps.sssom.tsv", ("TINY:1", "snomedct:1"))
    assert load_after_dry_run(store, file).releases[0].beside == ["maps.sssom.tsv"]
    load(store, store.address.state, [file], quiet, "maps.sssom.tsv")
    assert released(store) == ["maps.sssom.tsv"]
    assert ("TINY:2", True) in table(store, "Concept", "id", "stub")


def test_a_dry_run_lists_what_would_be_replaced_and_writes_nothing(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, address = shared / "faults/releases", str(tmp_path / "store")
    versioned = folder / "versioned"
    assert main(["load", "--store", address, "--dry-run", str(versioned / "ordx_4.5.ttl")]) == 0
    assert not Path(address).exists()
    assert f"ordx_4.5.ttl: {ORDX} 4.5 is new" in capsys.readouterr().out
    main(["load", "--store", address, str(versioned / "ordx_4.5.ttl"), str(folder / "sameA")])
    result = capsys.readouterr().out
    assert "will not replace this version: mappings.tsv" in result and "tricuspid load --name NAME FILE" in result
    store = open_store(address)
    epoch = store.epoch()
    store.close()
    assert main(["load", "--store", address, "--dry-run", str(versioned / "ordx_4.6.ttl")]) == 0
    dry = capsys.readouterr().out
    assert f"  ordx_4.6.ttl: {ORDX} 4.6 replaces 4.5" in dry
    store = open_store(address)
    assert store.epoch() == epoch
    store.close()
    main(["load", "--store", address, "--dry-run", "--json", str(versioned / "ordx_4.6.ttl")])
    result = json.loads(capsys.readouterr().out)
    main(["load", "--store", address, "--json", str(versioned / "ordx_4.6.ttl")])
    report = json.loads(capsys.readouterr().out)
    assert report.pop("job") and result == report and result["releases"][0]["id"] == ORDX
    assert result["counts"][0]["removed"] == 1 and "1 removed" in dry


@pytest.mark.parametrize("id", ["candidates", "neighbours", "urn:tricuspid:meanings", "urn:tricuspid:review:1.2"])
def test_no_file_replaces_a_computed_release_or_decisions(tmp_path: Path, id: str) -> None:
    """A file may have the id of a computed release or of a steward's decisions. Such a file gets another id."""
    file = terminologies([obo(tmp_path / "t.obo", "1", "T:1")], None).files[0]
    nothing: Any = SimpleNamespace(scan=lambda *_: [], nodes=lambda *_: pa.table({}))
    assert Known(nothing).named(Release(id, "", "", id, "", ""), file, None).id == f"loaded:{id}"
