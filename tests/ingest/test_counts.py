"""ingest: every record is counted once, by its outcome, and a load reports its changes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from graph.store import Store
from ingest import jobs
from ingest.counts import CHANGES, OUTCOMES
from ingest.jobs import Report
from tests.graph.rows import table
from tests.ingest.care import Site, at, deleted
from tests.ingest.graphs import condition, ingest_into, load_after_dry_run, ndjson, obo, patient, sssom, trial
from tests.ingest.test_jobs import Killed, die_at

FIRST = (
    'A:1\nname: one\nsynonym: "uno" EXACT []\nsynonym: "een" EXACT []',
    "A:2\nname: two\nis_a: A:1",
    "A:3\nname: three\nis_a: A:1",
    "A:4\nname: four\nrelationship: part_of A:1",
)
SECOND = (
    'A:1\nname: One\nsynonym: "uno" EXACT []\nsynonym: "ein" EXACT []',
    "A:2\nname: two\nis_obsolete: true",
    "A:4\nname: four\nrelationship: part_of A:1",
    "A:5\nname: five\nis_a: A:1\nxref: B:5",
    "A:5\nname: five\nis_a: A:1",
)


@pytest.fixture(autouse=True)
def counted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips the groups of equal concepts and their snapshot, which take ten times as long as everything else."""
    monkeypatch.setattr("ingest.run.write_meanings", lambda *_: None)


@pytest.fixture
def without_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips the snapshot: care records have no texts to ground."""
    monkeypatch.setattr("ingest.run.fresh_snapshot", lambda _store, folder: SimpleNamespace(folder=folder))


def whole(report: Report) -> bool:
    """Whether the outcomes of every record type add up to the number of records read."""
    return all(row["read"] == sum(row[name] for name in OUTCOMES) for row in report.counts.rows())


def counts_of(report: Report, *names: str) -> dict[str, dict[str, int]]:
    """The counts that are not 0, by record type. Only the named outcomes, or all of them."""
    rows = {row.pop("kind"): row for row in report.counts.rows()}
    return {kind: {name: n for name, n in row.items() if n and name in (names or row)} for kind, row in rows.items()}


def test_a_load_counts_its_changes(store: Store, tmp_path: Path) -> None:
    first, second = obo(tmp_path / "a.obo", "1", *FIRST), obo(tmp_path / "b.obo", "2", *SECOND)
    other = obo(tmp_path / "b.obo.other", "1", "B:5\nname: five", ontology="other")
    load_after_dry_run(store, other)
    begun = load_after_dry_run(store, first)
    assert counts_of(begun) == {
        "terms": {"read": 4, "written": 4, "added": 4},
        "relations": {"read": 3, "written": 3, "added": 3},
        "names": {"read": 2, "written": 2, "added": 2},
    }
    report = load_after_dry_run(store, second)
    assert whole(report)
    assert counts_of(report) == {
        "terms": {"read": 5, "written": 3, "unchanged": 2, "added": 1, "changed": 1, "obsoleted": 1, "removed": 1},
        "relations": {"read": 3, "written": 1, "unchanged": 2, "added": 1, "removed": 2},
        "names": {"read": 2, "written": 1, "unchanged": 1, "added": 1, "removed": 1},
        "mappings": {"read": 1, "written": 1, "added": 1},
    }
    (counts,) = (row for id, row in table(store, "Job", "id", "counts") if id == report.id)
    assert orjson.loads(counts) == report.counts.rows()
    again = load_after_dry_run(store, second)
    assert (again.written, again.unchanged) == (0, report.read)
    assert not [row for row in counts_of(again, *CHANGES).values() if row]
    back = counts_of(load_after_dry_run(store, first), *CHANGES)
    assert back["terms"] == {"added": 1, "changed": 2, "removed": 1}
    assert (back["names"], back["mappings"]) == ({"added": 1, "removed": 1}, {"removed": 1})


def test_a_term_that_its_own_ontology_defines_is_not_written(store: Store, tmp_path: Path) -> None:
    load_after_dry_run(store, obo(tmp_path / "b.obo", "1", "B:1\nname: one", ontology="b"))
    report = load_after_dry_run(
        store, obo(tmp_path / "a.obo", "1", "A:1\nname: a", "A:2\nname: b", "B:1\nname: uno", ontology="a")
    )
    assert counts_of(report)["terms"] == {"read": 3, "written": 2, "superseded": 1, "added": 2} and whole(report)


def test_files_of_one_release_are_counted_together(store: Store, tmp_path: Path) -> None:
    """A name that is only in the second file is neither removed nor added, and stays if that file breaks off."""

    def files(version: str, name: str) -> Path:
        folder = tmp_path / version
        folder.mkdir()
        obo(folder / "a.obo", version, f"A:1\nname: {name}")
        obo(folder / "b.obo", version, 'A:1\nname: one\nsynonym: "uno" EXACT []', "A:2\nname: two")
        return folder

    load_after_dry_run(store, files("1", "one"))
    report = load_after_dry_run(store, files("2", "one"))
    assert counts_of(report) == {"terms": {"read": 3, "unchanged": 3}, "names": {"read": 1, "unchanged": 1}}
    third = files("3", "one")
    (third / "b.obo").write_bytes((third / "b.obo").read_bytes() + b"\n[Term]\nid: A:3\nname: \xff" + b"x" * (17 << 20))
    report = load_after_dry_run(store, third)
    assert report.refused and whole(report) and not any("removed" in row for row in counts_of(report).values())


@pytest.mark.parametrize(("batch", "written"), [(1, True), (2, True)])
def test_a_killed_and_resumed_load_has_the_same_counts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 4)
    load_after_dry_run(store, obo(tmp_path / "a.obo", "1", *FIRST))
    second = obo(tmp_path / "b.obo", "2", *SECOND)
    with monkeypatch.context() as dying:
        die_at(store, dying, store.epoch() + batch, written=written)
        with pytest.raises(Killed):
            load_after_dry_run(store, second)
    report = load_after_dry_run(store, second)
    assert counts_of(report, *CHANGES) == {
        "terms": {"added": 1, "changed": 1, "obsoleted": 1, "removed": 1},
        "relations": {"added": 1, "removed": 2},
        "names": {"added": 1, "removed": 1},
        "mappings": {"added": 1},
    }
    assert (report.read, report.written, report.unchanged, report.resumed_at) == (11, 6, 5, batch - 1 + written)


def test_a_mapping_set_counts_its_changes(store: Store, tmp_path: Path) -> None:
    load_after_dry_run(store, sssom(tmp_path / "a.tsv", ("A:1", "B:1"), ("A:2", "B:2")))
    with (tmp_path / "a.tsv").open("a") as file:
        file.write("A:3\tskos:exactMatch\tB:3\tsemapv:ManualMappingCuration\n" * 2 + "A:4\t\t\t\n")
        file.write("A:5\tskos:exactMatch\tsssom:NoTermFound\tsemapv:ManualMappingCuration\n")
    report = load_after_dry_run(store, tmp_path / "a.tsv")
    assert whole(report) and report.refused == 1
    assert counts_of(report)["mappings"] == {"read": 5, "written": 3, "unchanged": 1, "not_read": 1, "added": 3}


def moved(id: str, **more: Any) -> dict[str, Any]:
    return condition(id, "1", **more)


@pytest.mark.usefixtures("without_snapshot")
def test_records_already_in_the_store_count_as_unchanged(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 7)
    claim = {"resourceType": "Claim", "id": "k"}
    both: list[dict[str, Any]] = [
        patient("p1"),
        condition("c1", "1"),
        condition("c2", "2"),
        condition("c2", "2"),
        claim,
    ]
    first = site.take(ndjson(tmp_path / "a.ndjson", *both))
    assert counts_of(first) == {
        "Condition": {"read": 3, "written": 2, "unchanged": 1},
        "Claim": {"read": 1, "not_read": 1},
        "Patient": {"read": 1, "written": 1},
    }
    again = site.take(ndjson(tmp_path / "a.ndjson", *both))
    assert (again.read, again.written, again.unchanged, again.not_read) == (5, 0, 4, 1)
    changed: list[dict[str, Any] | str] = [
        condition("c1", "1", **at("2026-01-01T00:00:00Z")),
        condition("c2", "3"),
        condition("c2", "2"),
        "{",
    ]
    third = site.take(ndjson(tmp_path / "b.ndjson", *both[:1], *changed))
    assert counts_of(third) == {
        "Condition": {"read": 3, "written": 3},
        "": {"read": 1, "refused": 1},
        "Patient": {"read": 1, "unchanged": 1},
    }
    gone = site.take(deleted(tmp_path / "gone.json", "Condition/c1", "Patient/p1"))
    assert counts_of(gone) == {"Condition": {"read": 1, "deleted": 1}, "Patient": {"read": 1, "deleted": 1}}
    assert counts_of(site.take(deleted(tmp_path / "gone.json", "Condition/c1")))["Condition"] == {
        "read": 1,
        "unchanged": 1,
    }
    back = counts_of(site.take(ndjson(tmp_path / "a.ndjson", *both)))
    assert back["Condition"] == {"read": 3, "superseded": 1, "written": 1, "unchanged": 1}, "its events were erased"


@pytest.mark.usefixtures("without_snapshot")
@pytest.mark.parametrize(("batch", "written"), [(1, True)])
def test_a_killed_and_resumed_ingest_has_the_same_counts(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 8)
    site.take(ndjson(tmp_path / "a.ndjson", *(moved(f"c{n}") for n in range(9))))
    file = ndjson(tmp_path / "b.ndjson", *(moved(f"c{n}", of=f"p{n % 2}") for n in range(12)), moved("c0"), "{")
    with monkeypatch.context() as dying:
        die_at(site.store, dying, site.store.epoch() + batch, written=written)
        with pytest.raises(Killed):
            site.take(file)
    report = site.take(file)
    assert report.resumed_at == batch - 1 + written and whole(report)
    assert counts_of(report) == {"Condition": {"read": 13, "written": 9, "unchanged": 4}, "": {"read": 1, "refused": 1}}


def test_equal_public_records_count_as_unchanged(store: Store, tmp_path: Path) -> None:
    trial(tmp_path / "t.json", "Malaria")
    course = {"courseId": "1", "name": "A", "programs": [{"programId": "p", "name": "P"}], "learningOutcomes": ["b"]}
    page = {"items": [course, {"programId": "p", "name": "P 2"}, {"offeringId": "o"}]}
    (tmp_path / "page.json").write_bytes(orjson.dumps(page))
    assert counts_of(ingest_into(store, tmp_path)) == {
        "Course": {"read": 1, "written": 1},
        "Programme": {"read": 1, "written": 1},
        "Study": {"read": 1, "written": 1},
        "offering": {"read": 1, "not_read": 1},
    }
    again = ingest_into(store, tmp_path)
    assert (again.written, again.unchanged, again.not_read) == (0, 3, 1)
    trial(tmp_path / "t.json", "Malaria", title="Another title")
    assert counts_of(ingest_into(store, tmp_path))["Study"] == {"read": 1, "written": 1}
    load_after_dry_run(store, obo(tmp_path / "m.obo", "1", "M:1\nname: Malaria"))
    assert counts_of(ingest_into(store, tmp_path / "t.json"))["Study"] == {"read": 1, "written": 1}, (
        "it is about M:1 now"
    )
