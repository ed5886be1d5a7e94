"""ingest: public records are deleted by the same rules as care records: by a deletion notice or a full export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from graph.store import Store
from ingest import jobs
from ingest.pseudonym import Identity
from ingest.records import DELETION, NotRead, Refused, Seen, Version
from ingest.sources import datacite_json, datacite_xml, pubmed
from tests.graph.rows import table
from tests.ingest.articles import Library, article, articles, document, trial, work
from tests.ingest.care import Site
from tests.ingest.golden import PSEUDONYM
from tests.ingest.test_counts import counts_of, whole


@pytest.fixture
def taking(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site without terminologies. Nothing is grounded, so ingest needs no snapshot."""
    monkeypatch.setattr("ingest.run.write_meanings", lambda *_: None)
    monkeypatch.setattr("ingest.run.fresh_snapshot", lambda _store, folder: SimpleNamespace(folder=folder))
    monkeypatch.setattr("ingest.coding.Snapshot", lambda _folder: None)
    monkeypatch.setattr("ingest.coding.Dictionary", lambda _: SimpleNamespace(mention=_nothing, text=_nothing))
    return site


def _nothing(*_: object, **__: object) -> list[object]:
    return []


def titles(store: Store, kind: str, column: str = "title") -> dict[str, str]:
    return {id: title for id, title in table(store, kind, "id", column) if title}


def citation(*pmids: str) -> str:
    return "<DeleteCitation>" + "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in pmids) + "</DeleteCitation>"


def page(path: Path, *items: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"items": items}))
    return path


def course(key: str, *outcomes: str, programme: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {"courseId": key, "name": f"Course {key}", "learningOutcomes": [*outcomes]}
    said["organization"] = {"organizationId": "s" + key, "name": "School"}
    return said | ({"programs": [{"programId": programme, "name": "P " + programme}]} if programme else {})


LATER = "2999-01-01"
Make = Callable[..., dict[str, Any]]
DATED: dict[str, Make] = {
    "Study": lambda n, updated="2025-01-01": trial(f"NCT0000000{n}", updated),
    "Dataset": lambda n, updated="2025-01-01": work(f"10.5072/{n}", updated=updated),
    "Publication": lambda n, updated="2025-01-01": work(f"10.5072/{n}", "Text", updated),
}
UNDATED: dict[str, Make] = {
    "Course": lambda n, _="": {"courseId": f"{n}", "name": "A"},
    "Programme": lambda n, _="": {"programId": f"{n}", "name": "A"},
}


@pytest.mark.parametrize("kind", [*DATED, *UNDATED])
def test_a_full_export_deletes_records_that_it_lacks(taking: Site, kind: str) -> None:
    made = (DATED | UNDATED)[kind]
    both = document(taking.folder / "a.json", made(1), made(2))
    taking.take(both)
    everything = titles(taking.store, kind)
    report = taking.take(document(taking.folder / "b.json", made(1)), full=True)
    assert counts_of(report) == {kind: {"read": 1, "unchanged": 1, "removed": 1}} and whole(report)
    left = titles(taking.store, kind)
    assert (len(left), len(everything)) == (1, 2) and left.items() < everything.items()
    again = taking.take(both)
    assert counts_of(again) == {kind: {"read": 2, "unchanged": 1, "superseded": 1}} and whole(again)
    assert titles(taking.store, kind) == left
    if kind in DATED:
        back = taking.take(document(taking.folder / "later.json", made(2, LATER)))
        assert counts_of(back) == {kind: {"read": 1, "written": 1}}
    else:
        assert counts_of(taking.take(both, full=True)) == {kind: {"read": 2, "unchanged": 1, "written": 1}}
    assert titles(taking.store, kind) == everything


def test_a_full_export_deletes_only_in_its_source_and_kinds(taking: Site) -> None:
    paper, data = DATED["Publication"], DATED["Dataset"]
    taking.take(
        document(taking.folder / "a.json", paper(1), paper(2), data(1)), articles(taking.folder / "a.xml", article("7"))
    )
    taking.take(document(taking.folder / "b.json", paper(3)), identity=Identity(source="b"))
    report = taking.take(document(taking.folder / "c.json", paper(1)), full=True)
    assert counts_of(report) == {"Publication": {"read": 1, "unchanged": 1, "removed": 1}}
    assert [*titles(taking.store, "Publication")] == ["doi:10.5072/1", "doi:10.5072/3", "pubmed:7"]
    assert [*titles(taking.store, "Dataset")] == ["doi:10.5072/1"]
    report = taking.take(document(taking.folder / "d.json", paper(4)), identity=Identity(source="b"), full=True)
    assert [*titles(taking.store, "Publication")] == ["doi:10.5072/1", "doi:10.5072/4", "pubmed:7"]
    news = articles(taking.folder / "n.xml", citation("8"))
    assert counts_of(taking.take(news, full=True)) == {"Publication": {"read": 1, "deleted": 1}}, (
        "this export has no publications, so it deletes none"
    )
    assert "pubmed:7" in titles(taking.store, "Publication")


def test_a_full_export_with_a_refused_record_deletes_nothing(taking: Site) -> None:
    made = DATED["Study"]
    taking.take(document(taking.folder / "a.json", made(1), made(2)))
    wrong = made(3) | {"protocolSection": {"identificationModule": {"nctId": "?"}}}
    report = taking.take(document(taking.folder / "b.json", made(1), wrong), full=True)
    assert report.counts.total("removed") == 0 and "nothing was deleted" in report.refusals[-1]
    assert len(titles(taking.store, "Study")) == 2


@pytest.mark.parametrize("size", [1, 40_000])
def test_nodes_inside_a_record_are_deleted_and_written_with_it(
    taking: Site, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    taking.take(
        programmes := page(taking.folder / "p.json", {"programId": "p", "name": "P", "learningOutcomes": ["own"]})
    )
    both = page(taking.folder / "a.json", course("1", "a", "b", programme="p"), course("2", "c", programme="q"))
    first = taking.take(both)
    assert counts_of(first) == {"Course": {"read": 2, "written": 2}}
    report = taking.take(page(taking.folder / "b.json", course("1", "a")), full=True)
    removed = {kind: row.get("removed", 0) for kind, row in counts_of(report).items()}
    assert removed == {"Course": 1, "Outcome": 2, "Organisation": 1, "Programme": 1} and whole(report)
    assert [*titles(taking.store, "Programme")] == ["programme:p"], "this programme was also read as a separate record"
    assert titles(taking.store, "Outcome", "text") == {"outcome:1-1": "a", "outcome:programme:p-1": "own"}
    assert [*titles(taking.store, "Organisation", "name")] == ["organisation:s1"]
    again = taking.take(page(taking.folder / "c.json", course("2", "c", programme="q"), course("1", "a", "b")))
    assert counts_of(again) == {"Course": {"read": 2, "written": 1, "superseded": 1}}
    assert [*titles(taking.store, "Outcome", "text")] == ["outcome:1-1", "outcome:1-2", "outcome:programme:p-1"]
    assert [*titles(taking.store, "Programme")] == ["programme:p"]
    assert [*titles(taking.store, "Organisation", "name")] == ["organisation:s1"]
    assert counts_of(taking.take(programmes)) == {"Programme": {"read": 1, "unchanged": 1}}


def test_deletion_notices_of_pubmed_are_applied(taking: Site) -> None:
    taking.take(articles(taking.folder / "a.xml", *(article(pmid, "10.5072/x", "2024") for pmid in ("1", "2", "3"))))
    news = articles(
        taking.folder / "b.xml", article("4", year="2025"), article("3", year="2025"), citation("2", "3", "9")
    )
    report = taking.take(news)
    assert counts_of(report) == {"Publication": {"read": 5, "written": 2, "deleted": 3}} and whole(report)
    assert [*titles(taking.store, "Publication")] == ["pubmed:1", "pubmed:4"]
    deleted = {id: when for id, when in table(taking.store, "Resource", "id", "deleted") if when}
    assert deleted == {f"Publication pubmed:{pmid}": "2025" for pmid in ("2", "3", "9")}
    older = taking.take(articles(taking.folder / "c.xml", article("2", year="2025"), article("3"), article("9")))
    assert counts_of(older) == {"Publication": {"read": 3, "superseded": 3}}
    assert counts_of(taking.take(news)) == {"Publication": {"read": 5, "unchanged": 4, "superseded": 1}}
    newer = taking.take(articles(taking.folder / "d.xml", article("2", year="2026")))
    assert counts_of(newer) == {"Publication": {"read": 1, "written": 1}}
    assert [*titles(taking.store, "Publication")] == ["pubmed:1", "pubmed:2", "pubmed:4"]


def test_a_deletion_without_a_number_is_refused(tmp_path: Path) -> None:
    path = articles(tmp_path / "a.xml", citation("x"))
    assert [*pubmed.read(path, PSEUDONYM)] == [Refused("record 1, PMID 1", "the deletion does not name a PMID")]


def test_a_deleted_record_is_shown_only_if_another_record_names_it(taking: Site) -> None:
    taking.take(articles(taking.folder / "a.xml", article("1", trial="NCT00000001"), article("2", trial="NCT00000002")))
    trials = document(taking.folder / "t.json", trial("NCT00000001"), trial("NCT00000002"), trial("NCT00000003"))
    taking.take(trials)
    taking.take(
        articles(taking.folder / "b.xml", citation("2")),
        document(taking.folder / "u.json", trial("NCT00000003")),
        full=True,
    )
    assert Library(taking, "Publication").ids() == ["pubmed:1"]
    studies = Library(taking, "Study")
    assert studies.ids() == ["clinicaltrials:NCT00000001", "clinicaltrials:NCT00000003"]
    assert studies.row("NCT00000001")["title"] is None and studies.found("NCT00000002") == [None]


def test_a_doi_that_is_no_longer_findable_is_deleted(taking: Site) -> None:
    findable = work("10.5072/1", updated="2025-01-01", state="findable", isActive=True)
    taking.take(document(taking.folder / "a.json", findable))
    hidden = work("10.5072/1", updated="2025-01-01", state="registered") | {"updated": "2025-02-03T04:05:06.000Z"}
    report = taking.take(document(taking.folder / "b.json", hidden, work("10.5072/2", state="draft")))
    assert counts_of(report) == {"Dataset": {"read": 1, "deleted": 1}, "draft": {"read": 1, "not_read": 1}} and whole(
        report
    )
    assert not titles(taking.store, "Dataset")
    assert table(taking.store, "Resource", "deleted") == [("2025-02-03T04:05:06.000000+00:00",)]
    again = document(taking.folder / "c.json", findable, work("10.5072/1", updated="2025-02-04"))
    assert counts_of(taking.take(again)) == {"Dataset": {"read": 2, "superseded": 1, "written": 1}}
    assert [*titles(taking.store, "Dataset")] == ["doi:10.5072/1"]


@pytest.mark.parametrize("said", [{"isActive": False}, {"is_active": False}])
def test_a_doi_that_is_not_active_is_deleted(tmp_path: Path, said: dict[str, Any]) -> None:
    news, seen = datacite_json.read(document(tmp_path / "a.json", work("10.5072/1", "Text", **said)), PSEUDONYM)
    assert isinstance(news, Version) and (news.record, bool(news.deleted)) == ("Publication doi:10.5072/1", True)
    assert seen == Seen(DELETION)


def test_a_deleted_header_without_type_is_counted(tmp_path: Path) -> None:
    """The header does not give the type of the deleted record, so nothing can be deleted."""
    path = tmp_path / "oai.xml"
    path.write_text(
        '<OAI-PMH xmlns:k="http://datacite.org/schema/kernel-4"><record><header status="deleted">'
        "<identifier>doi:10.5072/1</identifier></header></record><record><header/></record></OAI-PMH>"
    )
    assert [*datacite_xml.read(path, PSEUDONYM)] == [NotRead("deleted, without a type", "resource 1")]
