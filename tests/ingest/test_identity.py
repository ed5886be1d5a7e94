"""ingest: source, type and id identify a record."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graph.errors import GraphError
from graph.store import Batch
from ingest.pseudonym import Identity
from tests.graph.rows import concepts, edges, table
from tests.ingest.care import BSN, FAULTS, A, B, Resource, Site, bundle, condition, patient
from tests.ingest.graphs import ndjson


def test_equal_ids_of_two_servers_are_two_patients(site: Site) -> None:
    site.take(FAULTS / "two-servers-same-id.json")
    assert site.patients() == {"90000001": 1, "90000002": 1}
    assert sorted(table(site.store, "Patient", "birth_year")) == [(1960,), (1980,)]


def test_a_bundle_and_an_export_of_one_server_give_the_same_patient(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), condition(), base=A))
    site.take(ndjson(site.folder / "e.ndjson", patient(), condition()), identity=Identity(server=A))
    site.take(ndjson(site.folder / "f.ndjson", patient(), condition(of=f"{A}/Patient/1")), identity=Identity(source=A))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}


def test_patients_of_two_named_sources_are_separate(site: Site) -> None:
    export = ndjson(site.folder / "e.ndjson", patient(), condition())
    for name in ("east", "west", "east"):
        site.take(export, identity=Identity(source=name))
    site.take(export)
    assert site.persons() == 3 and site.patients() == {"90000001": 3}


def test_one_source_name_for_two_servers_is_refused(site: Site) -> None:
    report = site.take(FAULTS / "two-servers-same-id.json", identity=Identity(source="both"))
    assert (report.written, report.refused) == (2, 2) and "--source" in report.refusals[0]
    assert site.persons() == 1


def test_a_reference_to_another_server_means_a_patient_of_that_server(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), base=B))
    site.take(bundle(site.folder / "a.json", patient(), condition(of="http://B.example/fhir/Patient/1"), base=A))
    assert site.persons() == 2


def test_a_version_in_a_reference_is_ignored(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), condition(of="Patient/1/_history/3"), base=A))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}


def test_a_record_that_moves_to_another_patient_is_removed_from_the_first(site: Site) -> None:
    site.take(FAULTS / "subject-moved-1.json")
    site.take(FAULTS / "subject-moved-2.json")
    assert len(table(site.store, "EVENT", "record")) == 1 and site.patients() == {"90000050": 1}


def test_a_record_that_moves_within_one_job_is_removed_from_the_first_patient(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", condition(of="Patient/1"), condition(of="Patient/2")))
    assert len(table(site.store, "EVENT", "record")) == 1


def test_a_record_that_no_longer_has_a_patient_is_removed(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", condition()))
    site.take(ndjson(site.folder / "f.ndjson", condition(of="Group/1")))
    assert table(site.store, "EVENT", "record") == []


def test_a_course_that_moves_to_another_programme_is_removed_from_the_first(site: Site) -> None:
    for number in (1, 2):
        course = {"courseId": "c", "name": "Anatomy", "programs": [f"p{number}"]}
        site.take(ndjson(site.folder / f"{number}.json", course))
    assert table(site.store, "COURSE_OF", "target") == [("programme:p2",)]


def test_equal_course_ids_of_two_institutions_are_two_courses(site: Site) -> None:
    course = ndjson(site.folder / "c.json", {"courseId": "c", "name": "Anatomy", "programs": ["p"]})
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
def test_the_birth_year_is_that_of_the_replacing_patient(site: Site, kind: str, year: int) -> None:
    site.take(ndjson(site.folder / "e.ndjson", linked(kind), patient("2", "1961")))
    assert site.born() == [year]


def test_a_link_seealso_joins_two_patients(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", linked("seealso"), patient("2", "1961")))
    assert site.persons() == 1


def test_patients_are_separate_again_if_a_link_is_removed(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", linked("replaced-by"), patient("2"), condition(of="Patient/2")))
    assert site.persons() == 1
    site.take(ndjson(site.folder / "f.ndjson", patient("1")))
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
def test_a_configured_identifier_joins_patients_of_one_birth_year(
    site: Site, systems: list[str], other: str, born: str, persons: int
) -> None:
    for name, number, year in (("east", "123456782", "1960"), ("west", other, born)):
        who = Identity(source=name, identifiers=frozenset(systems))
        site.take(ndjson(site.folder / f"{name}.ndjson", known(number, year), condition()), identity=who)
    assert site.persons() == persons and site.patients() == {"90000001": persons}


def test_no_identifier_is_stored(site: Site) -> None:
    site.take(ndjson(site.folder / "e.ndjson", known("123456782")), identity=Identity("east", "", frozenset([BSN])))
    for name in ("Patient", "SAME_PERSON", "Resource"):
        for rows in site.store.scan(name, ["id"] if name != "SAME_PERSON" else ["source", "target"]):
            assert "123456782" not in str(rows.to_pylist()) and "east" not in str(rows.to_pylist())


def test_a_store_without_sources_is_refused(site: Site) -> None:
    said = edges("EVENT", ("patient:1", "A:1"), record="r", kind="condition")
    bare = {"Patient": pa.array(["patient:1"])}
    site.store.write(Batch(nodes={"Concept": concepts("A:1")}, placeholders=bare, edges={"EVENT": said}))
    with pytest.raises(GraphError, match="tricuspid ingest --store NEW"):
        site.take(ndjson(site.folder / "e.ndjson", condition()))


def test_uuids_in_upper_and_lower_case_are_equal(site: Site) -> None:
    """The file also has codes with a version, an absent onset and a deletion, which are all read correctly."""
    report = site.take(FAULTS / "fhir-odd.xml")
    assert report.refused == 0
    assert site.persons() == 1 and {"91000001", "91000002", "91000003"} <= site.patients().keys()
