"""graph: pseudonyms and stored events of single patients, read from the store by their numbers in a snapshot."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

import pytest

from graph.errors import GraphError
from graph.snapshot import PatientRecords, Snapshot, fresh_snapshot, patient_records
from graph.store import Address, Batch, open_store
from tests.graph.rows import concepts, edges, nodes

PEOPLE = [f"patient:{n}" for n in range(5)]


class _Site(NamedTuple):
    address: str
    snapshot: Snapshot
    records: PatientRecords

    def number(self, pseudonym: str) -> int | None:
        return self.records.number(self.snapshot, pseudonym)


@pytest.fixture
def site(address: str) -> _Site:
    """Five patients: 1 was replaced by 3, so both are one person; 4 was deleted in its source."""
    with closing(open_store(address)) as store:
        store.write(
            Batch(
                nodes={
                    "Concept": concepts("A:1", "B:1"),
                    "Patient": nodes("Patient", *({"id": id_, "birth_year": 1950} for id_ in PEOPLE)),
                    "Resource": nodes(
                        "Resource", {"id": "r", "kind": "Patient", "owner": PEOPLE[4], "deleted": "2020"}
                    ),
                },
                edges={"SAME_PERSON": edges("SAME_PERSON", (PEOPLE[1], PEOPLE[3]), how="replaced-by")},
            )
        )
        for number, (whose, concept) in enumerate(((1, "A:1"), (3, "B:1"), (2, "A:1"))):
            pair = PEOPLE[whose], concept
            more = {"kind": "condition", "start": f"2020-01-0{number + 1}", "row": f"row {number}", "status": "active"}
            store.write(Batch(edges={"EVENT": edges("EVENT", pair, record=f"r{number}", **more)}))
        snapshot = fresh_snapshot(store, Address(address).state)
    return _Site(address, snapshot, patient_records(address))


def test_a_patient_is_found_by_each_of_its_pseudonyms(site: _Site) -> None:
    numbers = [site.number(id_) for id_ in PEOPLE]
    assert numbers[1] == numbers[3] is not None
    assert len({*numbers[:4]}) == 3 and numbers[4] is None and site.number("patient:9") is None
    known = [number for number in numbers if number is not None]
    assert site.records.pseudonyms(site.snapshot, known) == [PEOPLE[n] for n in (0, 3, 2, 3)]
    assert site.records.pseudonyms(site.snapshot, []) == []


def test_the_events_are_those_of_all_records_of_the_person(site: _Site) -> None:
    number = site.number(PEOPLE[1])
    assert number is not None
    found = site.records.events(site.snapshot, number)
    assert sorted((one.concepts, one.start, one.place) for one in found) == [
        (("A:1",), "2020-01-01", "row 0"),
        (("B:1",), "2020-01-02", "row 1"),
    ]


def test_a_store_that_has_other_patients_than_the_snapshot_is_refused(site: _Site) -> None:
    with closing(open_store(site.address)) as store:
        gone = nodes("Resource", {"id": "r2", "kind": "Patient", "owner": PEOPLE[0], "deleted": "2021"})
        store.write(Batch(nodes={"Resource": gone}))
    with pytest.raises(GraphError, match="patients were removed"):
        site.records.pseudonyms(site.snapshot, range(3))
