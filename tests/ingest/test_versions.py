"""ingest: only the newest version of a record counts, and deleted records do not."""

from __future__ import annotations

import pytest

from ingest.pseudonym import Identity
from tests.graph.rows import table
from tests.ingest.care import EARLY, LATE, Resource, Site, at, condition, deleted, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import ndjson


@pytest.mark.parametrize("together", [True, False])
def test_the_newer_version_counts_in_any_order(site: Site, together: bool) -> None:
    """Each case has its own condition, whose older and newer versions have different patients and codes."""
    same_time = at("2026-01-01T00:00:00Z", "9"), at("2026-01-01T00:00:00Z", "10")
    files: list[list[Resource]] = [[], []]
    for n, (older, newer) in enumerate([(EARLY, LATE), same_time]):
        for order in (1, -1):
            case = f"{n}-{order}"
            first = condition(case, "90000001", f"Patient/older{case}", **older)
            second = condition(case, "90000002", f"Patient/newer{case}", **newer)
            for file, version in zip(files, (first, second)[::order], strict=True):
                file.append(version)
    if together:
        reports = [site.take(ndjson(site.folder / "e.ndjson", *files[0], *files[1]))]
    else:
        reports = [site.take(ndjson(site.folder / f"{n}.ndjson", *some)) for n, some in enumerate(files)]
    expected = {PSEUDONYM.patient(f"newer{n}-{order}") for n in (0, 1) for order in (1, -1)}
    assert {id for (id,) in table(site.store, "EVENT", "source")} == expected
    assert site.patients() == {"90000002": 4}
    assert [sum(getattr(r, name) for r in reports) for name in ("read", "written", "superseded")] == [8, 6, 2]


def test_a_deleted_record_is_not_restored_by_an_older_file(site: Site) -> None:
    """Condition 1 has a time, and condition 2 has none."""

    def both(one: Resource, two: Resource) -> tuple[Resource, Resource]:
        return condition(**one), condition("2", "90000002", **two)

    site.take(ndjson(site.folder / "e.ndjson", patient(), *both(EARLY, {})))
    report = site.take(deleted(site.folder / "gone.json", "Condition/1", "Condition/2"))
    assert (report.read, report.deleted, report.written) == (2, 2, 0)
    assert site.patients() == {} and site.persons() == 1
    again = site.take(ndjson(site.folder / "again.ndjson", *both(EARLY, {})))
    assert again.superseded == 2 and site.patients() == {}
    later = at("2026-03-01T00:00:00Z")
    site.take(ndjson(site.folder / "later.ndjson", *both(later, later)))
    assert site.patients() == {"90000001": 1, "90000002": 1}


def test_a_deletion_of_a_patient_removes_all_events_and_one_older_than_the_record_nothing(site: Site) -> None:
    """A deletion must name one resource. Bulk exports have the time of a deletion in the bundle's `meta`."""
    one = patient(), condition(**at("2026-03-01T00:00:00Z"))
    site.take(ndjson(site.folder / "e.ndjson", *one, patient("2"), condition("2", of="Patient/2")))
    gone: Resource = {"request": {"method": "DELETE", "url": "Condition/1"}}
    older: Resource = {"resourceType": "Bundle", "meta": {"lastUpdated": "2026-02-01T00:00:00Z"}, "entry": [gone]}
    report = site.take(
        deleted(site.folder / "gone.json", "Patient/2", "Patient/unknown", when=None),
        ndjson(site.folder / "d.ndjson", older),
        deleted(site.folder / "wrong.json", "Condition?code=1", "Basic/1"),
    )
    assert (report.refused, report.not_read) == (1, 1)
    assert site.persons() == 1 and site.patients() == {"90000001": 1}
    assert table(site.store, "EVENT", "source") == [(PSEUDONYM.patient("1"),)]


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
