"""ingest: a record is known by its source, type and id; its newest version counts, and what was deleted does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyroaring import BitMap

from graph.errors import GraphError
from graph.snapshot_build import fresh_snapshot
from graph.store import Batch, Store
from ingest.jobs import Report
from ingest.pseudonym import UNNAMED, Identity
from ingest.run import ingest
from tests.graph.rows import concepts, edges, table
from tests.ingest.graphs import quiet

FAULTS = Path(__file__).resolve().parents[3] / "shared/data/faults"
A, B = "http://a.example/fhir", "http://b.example/fhir"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"

Resource = dict[str, Any]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")


def patient(id_: str = "1", born: str = "1960", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, "birthDate": born} | more


def condition(id_: str = "1", code: str = "90000001", of: str = "Patient/1", **more: Any) -> Resource:
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    return {"resourceType": "Condition", "id": id_, "code": coded, "subject": {"reference": of}} | more


def at(moment: str, version: str = "") -> Resource:
    return {"meta": {"lastUpdated": moment} | ({"versionId": version} if version else {})}


EARLY, LATE = at("2026-01-01T00:00:00Z"), at("2026-01-01T00:30:00.5+00:00")


def bundle(path: Path, *resources: Resource, base: str | None = None, **more: Any) -> Path:
    entries = [{"resource": one} for one in resources]
    if base:
        for one in entries:
            one["fullUrl"] = f"{base}/{one['resource']['resourceType']}/{one['resource']['id']}"  # type: ignore[assignment]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries} | more))
    return path


def lines(path: Path, *resources: Resource) -> Path:
    path.write_text("\n".join(json.dumps(one) for one in resources))
    return path


def deleted(path: Path, *urls: str, when: str | None = "2026-02-01T00:00:00Z") -> Path:
    entries = [{"request": {"method": "DELETE", "url": url}} for url in urls]
    said = {"timestamp": when} if when else {}
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries} | said))
    return path


class Site:
    """A store and what it is asked."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder

    def take(self, *files: Path, identity: Identity = UNNAMED, full: bool = False) -> Report:
        return ingest(self.store, self.folder / "state", files, quiet, 0, identity, full)[0]

    def patients(self) -> dict[str, int]:
        """How many persons have each code."""
        snapshot = fresh_snapshot(self.store, self.folder / "state")
        ids = snapshot.concepts["id"].to_pylist()
        found = {id_: len(snapshot.patients.having(BitMap([number]))) for number, id_ in enumerate(ids)}
        return {id_.partition(":")[2]: count for id_, count in found.items() if count}

    def born(self) -> list[int]:
        """The birth years of all persons."""
        years: list[int] = fresh_snapshot(self.store, self.folder / "state").patients.born.tolist()
        return years

    def persons(self) -> int:
        return len(self.born())


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path)


def test_an_id_of_two_servers_is_two_patients(site: Site) -> None:
    site.take(FAULTS / "two-servers-same-id.json")
    assert site.patients() == {"90000001": 1, "90000002": 1}
    assert sorted(table(site.store, "Patient", "birth_year")) == [(1960,), (1980,)]


def test_a_bundle_and_an_export_of_one_server_agree(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), condition(), base=A))
    site.take(lines(site.folder / "e.ndjson", patient(), condition()), identity=Identity(server=A))
    site.take(lines(site.folder / "f.ndjson", patient(), condition(of=f"{A}/Patient/1")), identity=Identity(source=A))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}


def test_a_name_keeps_a_source_apart(site: Site) -> None:
    export = lines(site.folder / "e.ndjson", patient(), condition())
    for name in ("east", "west", "east"):
        site.take(export, identity=Identity(source=name))
    site.take(export)
    assert site.persons() == 3 and site.patients() == {"90000001": 3}


def test_one_name_for_two_servers_is_refused(site: Site) -> None:
    report = site.take(FAULTS / "two-servers-same-id.json", identity=Identity(source="both"))
    assert (report.written, report.refused) == (2, 2) and "--source" in report.refusals[0]
    assert site.persons() == 1


def test_a_reference_to_another_server_leads_there(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), base=B))
    site.take(bundle(site.folder / "a.json", patient(), condition(of="http://B.example/fhir/Patient/1"), base=A))
    assert site.persons() == 2


def test_a_version_in_a_reference_or_an_address_is_no_part_of_the_identity(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), condition(of="Patient/1/_history/3"), base=A))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}


def test_a_record_that_moves_leaves_the_first_patient(site: Site) -> None:
    site.take(FAULTS / "subject-moved-1.json")
    site.take(FAULTS / "subject-moved-2.json")
    assert len(table(site.store, "EVENT", "record")) == 1 and site.patients() == {"90000050": 1}


def test_also_within_one_job(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", condition(of="Patient/1"), condition(of="Patient/2")))
    assert len(table(site.store, "EVENT", "record")) == 1


def test_a_record_that_moves_to_no_patient_leaves_the_first(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", condition()))
    site.take(lines(site.folder / "f.ndjson", condition(of="Group/1")))
    assert table(site.store, "EVENT", "record") == []


def test_a_course_that_moves_leaves_the_first_programme(site: Site) -> None:
    for number in (1, 2):
        course = {"courseId": "c", "name": "Anatomy", "programs": [f"p{number}"]}
        site.take(lines(site.folder / f"{number}.json", course))
    assert table(site.store, "COURSE_OF", "target") == [("programme:p2",)]


def test_courses_of_two_institutions_are_two(site: Site) -> None:
    course = lines(site.folder / "c.json", {"courseId": "c", "name": "Anatomy", "programs": ["p"]})
    for name in ("east", "west"):
        site.take(course, identity=Identity(source=name))
    assert sorted(table(site.store, "COURSE_OF", "source", "target")) == [
        ("course:east/c", "programme:east/p"),
        ("course:west/c", "programme:west/p"),
    ]


def test_a_patient_who_is_replaced_counts_once(site: Site) -> None:
    site.take(FAULTS / "patient-merged-link.json")
    assert site.persons() == 1 and site.patients() == {"90000003": 1}


def linked(kind: str, born: str = "1960") -> Resource:
    return patient("1", born, link=[{"other": {"reference": "Patient/2"}, "type": kind}])


@pytest.mark.parametrize(("kind", "year"), [("replaced-by", 1961), ("refer", 1961), ("replaces", 1960)])
def test_the_one_who_replaces_tells_the_birth_year(site: Site, kind: str, year: int) -> None:
    site.take(lines(site.folder / "e.ndjson", linked(kind), patient("2", "1961")))
    assert site.born() == [year]


def test_a_patient_who_tells_more_is_the_same_person(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", linked("seealso"), patient("2", "1961")))
    assert site.persons() == 1


def test_a_link_that_is_taken_back_makes_two_again(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", linked("replaced-by"), patient("2"), condition(of="Patient/2")))
    assert site.persons() == 1
    site.take(lines(site.folder / "f.ndjson", patient("1")))
    assert site.persons() == 2 and site.patients() == {"90000001": 1}


def known(number: str, born: str = "1960") -> Resource:
    return patient("1", born, identifier=[{"system": BSN, "value": number}])


@pytest.mark.parametrize(
    ("systems", "other", "born", "persons"),
    [
        ([BSN], "123456782", "1960", 1),
        ([], "123456782", "1960", 2),
        ([BSN], "111222333", "1960", 2),
        ([BSN], "123456782", "1970", 2),
    ],
)
def test_an_identifier_that_a_setting_names_makes_one_person(
    site: Site, systems: list[str], other: str, born: str, persons: int
) -> None:
    for name, number, year in (("east", "123456782", "1960"), ("west", other, born)):
        who = Identity(source=name, identifiers=frozenset(systems))
        site.take(lines(site.folder / f"{name}.ndjson", known(number, year), condition()), identity=who)
    assert site.persons() == persons and site.patients() == {"90000001": persons}


def test_no_identifier_is_kept(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", known("123456782")), identity=Identity("east", "", frozenset([BSN])))
    for name in ("Patient", "SAME_PERSON", "Resource"):
        for rows in site.store.scan(name, ["id"] if name != "SAME_PERSON" else ["source", "target"]):
            assert "123456782" not in str(rows.to_pylist()) and "east" not in str(rows.to_pylist())


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("older", "newer"), [(EARLY, LATE), (at("2026-01-01T00:00:00Z", "9"), at("2026-01-01T00:00:00Z", "10"))]
)
def test_the_newer_version_counts_whatever_the_order(
    site: Site, together: bool, order: int, older: Resource, newer: Resource
) -> None:
    both = [condition(code="90000001", of="Patient/1", **older), condition(code="90000002", of="Patient/2", **newer)]
    both = both[::order]
    reports = (
        [site.take(lines(site.folder / "e.ndjson", *both))]
        if together
        else [site.take(lines(site.folder / f"{n}.ndjson", one)) for n, one in enumerate(both)]
    )
    assert site.patients() == {"90000002": 1}
    assert [sum(getattr(r, name) for r in reports) for name in ("read", "written", "superseded")] == [
        2,
        2 if order == 1 else 1,
        0 if order == 1 else 1,
    ]


@pytest.mark.parametrize("meta", [EARLY, {}])
def test_what_was_deleted_does_not_come_back_with_an_older_file(site: Site, meta: Resource) -> None:
    export = lines(site.folder / "e.ndjson", patient(), condition(**meta))
    site.take(export)
    report = site.take(deleted(site.folder / "gone.json", "Condition/1"))
    assert (report.read, report.deleted, report.written) == (1, 1, 0)
    assert site.patients() == {} and site.persons() == 1
    again = site.take(lines(site.folder / "again.ndjson", condition(**meta)))
    assert again.superseded == 1 and site.patients() == {}
    site.take(lines(site.folder / "later.ndjson", condition(**at("2026-03-01T00:00:00Z"))))
    assert site.patients() == {"90000001": 1}


def test_a_deleted_patient_is_gone_with_all_events(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", patient(), condition(), patient("2"), condition("2", of="Patient/2")))
    site.take(deleted(site.folder / "gone.json", "Patient/1", when=None))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}
    assert len(table(site.store, "EVENT", "record")) == 1


def test_a_deletion_names_one_resource(site: Site) -> None:
    report = site.take(deleted(site.folder / "gone.json", "Condition?code=1", "Basic/1"))
    assert (report.refused, sum(report.reasons.values())) == (1, 1)


def test_a_full_export_deletes_what_it_has_no_more(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", patient(), condition(), condition("2", "90000002")))
    elsewhere = lines(site.folder / "w.ndjson", patient("9"), condition("9", "90000009", of="Patient/9"))
    site.take(elsewhere, identity=Identity(source="west"))
    report = site.take(lines(site.folder / "f.ndjson", condition()), full=True)
    assert report.deleted == 1
    assert site.patients() == {"90000001": 1, "90000009": 1} and site.persons() == 2
    site.take(lines(site.folder / "g.ndjson", condition("2", "90000002"), condition()), full=True)
    assert site.patients() == {"90000001": 1, "90000002": 1, "90000009": 1}


def test_nothing_is_deleted_where_a_record_is_refused(site: Site) -> None:
    site.take(lines(site.folder / "e.ndjson", condition(), condition("2", "90000002")))
    broken: Resource = {"resourceType": "Condition", "id": 3}
    report = site.take(lines(site.folder / "f.ndjson", condition(), broken), full=True)
    assert report.deleted == 0 and "nothing was deleted" in report.refusals[-1]
    assert site.patients() == {"90000001": 1, "90000002": 1}


def test_a_store_without_sources_is_refused(site: Site) -> None:
    said = edges("EVENT", ("patient:1", "A:1"), record="r", kind="condition")
    bare = {"Patient": pa.array(["patient:1"])}
    site.store.write(Batch(nodes={"Concept": concepts("A:1")}, bare=bare, edges={"EVENT": said}))
    with pytest.raises(GraphError, match="tricuspid ingest --store NEW"):
        site.take(lines(site.folder / "e.ndjson", condition()))
