"""ingest: source, type and id identify a record."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graph.errors import GraphError
from graph.store import Batch
from ingest.pseudonym import Identity
from tests.graph.rows import concepts, edges, table
from tests.ingest.care import BSN, FAULTS, A, B, Resource, Site, bundle, condition, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import ndjson


def test_equal_ids_are_two_patients_and_other_forms_of_an_id_or_of_a_link_are_one(site: Site) -> None:
    """Two servers have the same ids. A reference has a version. UUIDs are in upper and lower case. A link joins.

    The XML file also has codes with a version, an absent onset and a deletion, which are all read correctly.
    """
    seen = bundle(site.folder / "b.json", patient("v"), condition("v", "90000009", "Patient/v/_history/3"), base=A)
    names = "two-servers-same-id.json", "patient-merged-link.json", "fhir-odd.xml"
    report = site.take(seen, *(FAULTS / name for name in names))
    years = {1960, 1980, 1970}
    assert report.refused == 0 and {year for (year,) in table(site.store, "Patient", "birth_year")} == years
    assert sorted(site.born()) == [1960, 1960, 1960, 1970, 1980]
    once = *(f"9000000{n}" for n in (1, 2, 3, 9)), "91000001", "91000002", "91000003"
    assert site.patients() == dict.fromkeys(once, 1)


def test_a_bundle_and_an_export_of_one_server_give_the_same_patient(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), condition(), base=A))
    site.take(ndjson(site.folder / "e.ndjson", patient(), condition()), identity=Identity(server=A))
    site.take(ndjson(site.folder / "f.ndjson", patient(), condition(of=f"{A}/Patient/1")), identity=Identity(source=A))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}


def test_patients_and_courses_of_two_named_sources_are_separate(site: Site) -> None:
    export = ndjson(site.folder / "e.ndjson", patient(), condition())
    course = ndjson(site.folder / "c.json", {"courseId": "c", "name": "Anatomy", "programs": ["p"]})
    for name in ("east", "west", "east"):
        site.take(export, course, identity=Identity(source=name))
    site.take(export)
    assert site.persons() == 3 and site.patients() == {"90000001": 3}
    assert sorted(table(site.store, "COURSE_OF", "source", "target")) == [
        ("course:east/c", "programme:east/p"),
        ("course:west/c", "programme:west/p"),
    ]


def test_one_source_name_for_two_servers_is_refused(site: Site) -> None:
    report = site.take(FAULTS / "two-servers-same-id.json", identity=Identity(source="both"))
    assert (report.written, report.refused) == (2, 2) and "--source" in report.refusals[0]
    assert site.persons() == 1


def test_a_reference_to_another_server_means_a_patient_of_that_server(site: Site) -> None:
    site.take(bundle(site.folder / "b.json", patient(), base=B))
    site.take(bundle(site.folder / "a.json", patient(), condition(of="http://B.example/fhir/Patient/1"), base=A))
    assert site.persons() == 2


def test_a_record_that_moves_is_removed_from_the_first_patient_or_programme(site: Site) -> None:
    """Conditions move between two jobs, within one job, and to a group. A link is removed, and a course moves."""

    def course(programme: str) -> Resource:
        return {"courseId": "c", "name": "Anatomy", "programs": [programme]}

    def held() -> dict[str, list[str]]:
        rows = sorted(table(site.store, "EVENT", "record", "source"))
        return {
            id: [patient for record, patient in rows if record == PSEUDONYM.record("Condition", id)]
            for id in ("gc", "h", "n", "l")
        }

    def of(gc: str, *n: str) -> dict[str, list[str]]:
        found = {"gc": [gc], "h": ["h2"], "n": n, "l": ["l2"]}
        return {record: [PSEUDONYM.patient(id) for id in ids] for record, ids in found.items()}

    people = [linked("replaced-by", "l1", "l2"), *(patient(id) for id in ("l2", "h1", "h2", "n1"))]
    pairs = ("h", "h1"), ("h", "h2"), ("n", "n1"), ("l", "l2")
    first = [*people, *(condition(id, of=f"Patient/{who}") for id, who in pairs)]
    pages = [ndjson(site.folder / f"{number}.json", course(f"p{number}")) for number in (1, 2)]
    site.take(FAULTS / "subject-moved-1.json", ndjson(site.folder / "e.ndjson", *first), pages[0])
    assert held() == of("g1", "n1") and site.persons() == 6
    second = ndjson(site.folder / "f.ndjson", condition("n", of="Group/1"), patient("l1"))
    site.take(FAULTS / "subject-moved-2.json", second, pages[1])
    assert held() == of("g2") and site.persons() == 7, "the patients that were linked are separate again"
    assert site.patients() == {"90000001": 2, "90000050": 1}
    assert table(site.store, "COURSE_OF", "target") == [("programme:p2",)]


def linked(kind: str, first: str, second: str, born: str = "1960") -> Resource:
    return patient(first, born, link=[{"other": {"reference": f"Patient/{second}"}, "type": kind}])


LINKS = {"replaced-by": 1901, "refer": 1911, "replaces": 1920, "seealso": None}
"""For each kind of link, the birth year of the replacing patient. The first patient is a year older."""


def test_a_link_joins_two_patients_and_the_birth_year_is_that_of_the_replacing_patient(site: Site) -> None:
    both = [
        one
        for number, kind in enumerate(LINKS)
        for one in (
            linked(kind, f"{kind}-1", f"{kind}-2", f"19{number}0"),
            patient(f"{kind}-2", f"19{number}1"),
        )
    ]
    site.take(ndjson(site.folder / "e.ndjson", *both))
    assert len(site.born()) == len(LINKS)
    assert {*LINKS.values()} - {None} == {year for year in site.born() if year < 1930}


def known(number: str, born: str = "1960", id: str = "1") -> Resource:
    return patient(id, born, identifier=[{"system": BSN, "value": number}])


SAME_NUMBER = ("123456782", "1960"), ("123456782", "1960")
OTHER_NUMBER = ("300000005", "1960"), ("111222333", "1960")
OTHER_YEAR = ("300000017", "1960"), ("300000017", "1970")


def test_a_configured_identifier_joins_patients_of_one_birth_year(site: Site) -> None:
    """Each case has its own code. The last case is ingested without the setting."""
    cases = {"90000001": SAME_NUMBER, "90000002": OTHER_NUMBER, "90000003": OTHER_YEAR}
    for systems, some in ((frozenset({BSN}), cases), (frozenset[str](), {"90000004": SAME_NUMBER})):
        for place, name in enumerate(("east", "west")):
            resources = [known(*case[place], code) for code, case in some.items()]
            resources += [condition(code, code, f"Patient/{code}") for code in some]
            file = ndjson(site.folder / f"{name}{len(systems)}.ndjson", *resources)
            site.take(file, identity=Identity(source=name, identifiers=systems))
    assert site.patients() == {"90000001": 1, "90000002": 2, "90000003": 2, "90000004": 2} and site.persons() == 7


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
