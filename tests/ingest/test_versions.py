"""ingest: only the newest version of a record counts, and deleted records do not."""

from __future__ import annotations

import pytest

from ingest.pseudonym import Identity
from tests.graph.rows import table
from tests.ingest.care import EARLY, LATE, Resource, Site, at, condition, deleted, patient
from tests.ingest.graphs import ndjson


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("older", "newer"), [(EARLY, LATE), (at("2026-01-01T00:00:00Z", "9"), at("2026-01-01T00:00:00Z", "10"))]
)
def test_the_newer_version_counts_in_any_order(
    site: Site, together: bool, order: int, older: Resource, newer: Resource
) -> None:
    both = [condition(code="90000001", of="Patient/1", **older), condition(code="90000002", of="Patient/2", **newer)]
    both = both[::order]
    reports = (
        [site.take(ndjson(site.folder / "e.ndjson", *both))]
        if together
        else [site.take(ndjson(site.folder / f"{n}.ndjson", one)) for n, one in enumerate(both)]
    )
    assert site.patients() == {"90000002": 1}
    assert [sum(getattr(r, name) for r in reports) for name in ("read", "written", "superseded")] == [
        2,
        2 if order == 1 else 1,
        0 if order == 1 else 1,
    ]


@pytest.mark.parametrize("meta", [EARLY, {}])
def test_a_deleted_record_is_not_restored_by_an_older_file(site: Site, meta: Resource) -> None:
    export = ndjson(site.folder / "e.ndjson", patient(), condition(**meta))
    site.take(export)
    report = site.take(deleted(site.folder / "gone.json", "Condition/1"))
    assert (report.read, report.deleted, report.written) == (1, 1, 0)
    assert site.patients() == {} and site.persons() == 1
    again = site.take(ndjson(site.folder / "again.ndjson", condition(**meta)))
    assert again.superseded == 1 and site.patients() == {}
    site.take(ndjson(site.folder / "later.ndjson", condition(**at("2026-03-01T00:00:00Z"))))
    assert site.patients() == {"90000001": 1}


def test_a_deleted_patient_is_removed_with_all_events(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", patient(), condition(), patient("2"), condition("2", of="Patient/2")))
    site.take(deleted(site.folder / "gone.json", "Patient/2", "Patient/unknown", when=None))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}
    assert len(table(site.store, "EVENT", "record")) == 1


def test_a_deletion_must_name_one_resource(site: Site) -> None:
    report = site.take(deleted(site.folder / "gone.json", "Condition?code=1", "Basic/1"))
    assert (report.refused, report.not_read) == (1, 1)


def test_a_full_export_deletes_records_that_it_lacks(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", patient(), condition(), condition("2", "90000002")))
    elsewhere = ndjson(site.folder / "w.ndjson", patient("9"), condition("9", "90000009", of="Patient/9"))
    site.take(elsewhere, identity=Identity(source="west"))
    report = site.take(ndjson(site.folder / "f.ndjson", condition()), full=True)
    assert (report.read, report.deleted, report.counts.total("removed")) == (1, 0, 1)
    assert site.patients() == {"90000001": 1, "90000009": 1} and site.persons() == 2
    site.take(ndjson(site.folder / "g.ndjson", condition("2", "90000002"), condition()), full=True)
    assert site.patients() == {"90000001": 1, "90000002": 1, "90000009": 1}


def test_nothing_is_deleted_if_a_record_is_refused(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", condition(), condition("2", "90000002")))
    broken: Resource = {"resourceType": "Condition", "id": 3}
    report = site.take(ndjson(site.folder / "f.ndjson", condition(), broken), full=True)
    assert report.counts.total("removed") == 0 and "nothing was deleted" in report.refusals[-1]
    assert site.patients() == {"90000001": 1, "90000002": 1}
    export = site.folder / "export"
    export.mkdir()
    ndjson(export / "f.ndjson", condition())
    (export / "g.ndjson").write_bytes(bytes(100))
    report = site.take(export, full=True)
    assert report.counts.total("removed") == 0 and "1 files are in no supported format" in report.refusals[-1]
    assert site.patients() == {"90000001": 1, "90000002": 1}


def test_a_deletion_has_the_time_of_its_bundle(site: Site) -> None:
    """Bulk exports have the time of a deletion in the bundle's `meta`."""
    site.take(ndjson(site.folder / "e.ndjson", condition() | {"meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}))
    gone: Resource = {"request": {"method": "DELETE", "url": "Condition/1"}}
    bundle = {"resourceType": "Bundle", "meta": {"lastUpdated": "2026-02-01T00:00:00Z"}, "entry": [gone]}
    site.take(ndjson(site.folder / "d.ndjson", bundle))
    assert site.patients() == {"90000001": 1}
