"""ingest: the people of records: who is one, by what, and what a store keeps of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store
from ingest.people import NO_ORCID, NOBODY, undegreed
from ontologies import identifiers
from tests.graph.rows import table
from tests.ingest.graphs import ingest_into

ANNA, BO = "orcid:0000-0000-0000-0001", "orcid:0000-0000-0000-001X"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("0000-0000-0000-0001", ANNA),
        (" https://orcid.org/0000-0000-0000-001x ", BO),
        ("http://www.orcid.org/0000-0000-0000-001X/", BO),
        ("ORCID: 0000-0000-0000-0001", ANNA),
        ("0000-0000-0000-0010", None),
        ("0000-0000-0000-0000", None),
        ("0000000000000001", None),
        ("https://example.org/0000-0000-0000-0001", None),
        (None, None),
    ],
)
def test_an_orcid_has_one_spelling_and_a_right_check_digit(given: str | None, found: str | None) -> None:
    assert identifiers.orcid(given) == found


def test_the_check_digits_of_a_ror_id_are_right() -> None:
    assert identifiers.ror("https://ror.org/05XVT9F17") == identifiers.ror("05xvt9f17") == "ror:05xvt9f17"
    assert identifiers.ror("05xvt9f18") is None and identifiers.ror("https://example.org/05xvt9f17") is None


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Anna Example, M.D., Ph.D.", "Anna Example"),
        ("Anna Example, MB BS, FRCPC/MPH", "Anna Example"),
        ("Example, Anna", "Example, Anna"),
        ("Anna Ma", "Anna Ma"),
        ("Anna Example, Prof. Dr.", "Anna Example"),
    ],
)
def test_degrees_are_no_part_of_a_name(given: str, found: str) -> None:
    assert undegreed(given) == found


def trial(number: int, *names: str, employer: str = "Imaginary University") -> dict[str, Any]:
    officials = [{"name": name, "affiliation": employer, "role": "PRINCIPAL_INVESTIGATOR"} for name in names]
    named = {"nctId": f"NCT0000000{number}", "briefTitle": f"Trial {number}"}
    return {
        "protocolSection": {"identificationModule": named, "contactsLocationsModule": {"overallOfficials": officials}}
    }


def works(path: Path, **authors: list[tuple[str, str]]) -> Path:
    """Data sets by the ends of their DOIs, each with authors: name and ORCID."""
    records = []
    for doi, people in authors.items():
        creators = [
            {
                "name": name,
                "nameIdentifiers": [{"nameIdentifier": orcid, "nameIdentifierScheme": "ORCID"}],
                "affiliation": [{"name": f"University of {doi}"}],
            }
            for name, orcid in people
        ]
        types = {"resourceTypeGeneral": "Dataset"}
        records.append({"doi": f"10.5072/{doi}", "types": types, "titles": [{"title": doi}], "creators": creators})
    path.write_text(json.dumps({"schemaVersion": "http://datacite.org/schema/kernel-4", "data": records}))
    return path


def people(store: Store) -> list[tuple[Any, ...]]:
    return table(store, "Person", "id", "name")


def employed(store: Store) -> list[tuple[Any, ...]]:
    return [
        (person[-4:], organisation.rpartition("-")[2], record[-1])
        for person, organisation, record in table(store, "AFFILIATED", "source", "target", "record")
    ]


def test_a_record_read_again_has_the_people_that_it_has_now(store: Store, tmp_path: Path) -> None:
    """What another record says of them stays, and where they work by it."""
    anna, bo = ("Anna Example", ANNA), ("Bo Example", BO)
    ingest_into(store, works(tmp_path / "a.json", a=[anna, bo], b=[anna]))
    assert people(store) == [(ANNA, "Anna Example"), (BO, "Bo Example")]
    assert employed(store) == [("0001", "a", "a"), ("0001", "b", "b"), ("001X", "a", "a")]
    ingest_into(store, works(tmp_path / "a.json", a=[bo]))
    said = table(store, "DATASET_AUTHOR_OF", "source", "target")
    assert said == [("doi:10.5072/a", BO), ("doi:10.5072/b", ANNA)]
    assert employed(store) == [("0001", "b", "b"), ("001X", "a", "a")]
    withdrawn = {"doi": "10.5072/b", "types": {"resourceTypeGeneral": "Dataset"}, "state": "registered"}
    (tmp_path / "b.json").write_text(
        json.dumps({"schemaVersion": "http://datacite.org/schema/kernel-4", "data": [withdrawn]})
    )
    ingest_into(store, tmp_path / "b.json")
    assert employed(store) == [("001X", "a", "a")]


def test_nobody_is_joined_by_name_and_nothing_else_is_a_person(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "trials.json"
    names = "Anna Example, MD", "anna example", "Study Director"
    path.write_text(json.dumps({"studies": [trial(1, *names), trial(2, "Anna Example", employer="Anna Example")]}))
    wrong = works(tmp_path / "a.json", a=[("Bo Example", "0000-0000-0000-0010")])
    report = ingest_into(store, path, wrong)
    assert [name for _, name in people(store)] == ["Anna Example"], "in the second, no person answers"
    assert (report.reasons[NOBODY], report.reasons[NO_ORCID]) == (1, 1)
    assert len(table(store, "INVESTIGATES", "source", "target")) == 1
    path.write_text(json.dumps({"studies": [trial(1, "Anna Example"), trial(2, "Anna Example")]}))
    ingest_into(store, path)
    assert [name for _, name in people(store)] == ["Anna Example", "Anna Example"]
    assert all(id_.startswith("person:") for id_, _ in people(store))
