"""ingest: people in public records: who is kept, how they are identified, and what is stored."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store, backup, open_store, restore
from ingest.errors import UnknownPerson
from ingest.forgetting import forget
from ingest.people import NO_ORCID, NOBODY, undegreed
from ingest.run import ingest
from ontologies import identifiers
from tests.graph.rows import table
from tests.ingest.graphs import ingest_into, quiet

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
def test_an_orcid_has_one_spelling_and_a_valid_check_digit(given: str | None, found: str | None) -> None:
    assert identifiers.orcid(given) == found


def test_a_ror_id_has_valid_check_digits() -> None:
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
def test_degrees_are_removed_from_names(given: str, found: str) -> None:
    assert undegreed(given) == found


def trial(number: int, *names: str, employer: str = "Imaginary University") -> dict[str, Any]:
    officials = [{"name": name, "affiliation": employer, "role": "PRINCIPAL_INVESTIGATOR"} for name in names]
    named = {"nctId": f"NCT0000000{number}", "briefTitle": f"Trial {number}"}
    return {
        "protocolSection": {"identificationModule": named, "contactsLocationsModule": {"overallOfficials": officials}}
    }


def works(path: Path, *authors: tuple[str, list[tuple[str, str]]], year: int = 2022) -> Path:
    """Writes data sets: for each, the end of its DOI and its authors (name and ORCID)."""
    records = []
    for doi, people in authors:
        creators = [
            {
                "name": name,
                "nameIdentifiers": [{"nameIdentifier": orcid, "nameIdentifierScheme": "ORCID"}],
                "affiliation": [{"name": f"University of {doi}"}],
            }
            for name, orcid in people
        ]
        types = {"resourceTypeGeneral": "Dataset"}
        dates = [{"date": str(year), "dateType": "Updated"}]
        made = {"doi": f"10.5072/{doi}", "types": types, "titles": [{"title": doi}], "creators": creators}
        records.append(made | {"dates": dates})
    path.write_text(json.dumps({"schemaVersion": "http://datacite.org/schema/kernel-4", "data": records}))
    return path


def people(store: Store) -> list[tuple[Any, ...]]:
    return table(store, "Person", "id", "name")


def employed(store: Store) -> list[tuple[Any, ...]]:
    return [
        (person[-4:], organisation.rpartition("-")[2], record[-1])
        for person, organisation, record in table(store, "AFFILIATED", "source", "target", "record")
    ]


def trials(path: Path, *studies: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"studies": studies}))
    return path


def test_a_new_version_of_a_record_replaces_its_people(store: Store, tmp_path: Path) -> None:
    """Links and employers from other records stay. Two people with the same name are not joined."""
    anna, bo = ("Anna Example", ANNA), ("Bo Example", BO)
    names = "Cor Example, MD", "cor example", "Study Director"
    studies = trials(tmp_path / "t.json", trial(1, *names), trial(2, "Cor Example", employer="Cor Example"))
    wrong = ("Dot Example", "0000-0000-0000-0010")
    first = works(tmp_path / "a.json", ("a", [anna]), ("a", [anna, bo, wrong]), ("b", [anna]), ("c", [bo]))
    report = ingest_into(store, studies, first)
    assert (report.reasons[NOBODY], report.reasons[NO_ORCID]) == (2, 1)
    assert people(store)[:2] == [(ANNA, "Anna Example"), (BO, "Bo Example")]
    assert [name for _, name in people(store)[2:]] == ["Cor Example"], "the second trial names no responsible person"
    said = [("0001", "a", "a"), ("0001", "b", "b"), ("001X", "a", "a"), ("001X", "c", "c")]
    assert employed(store)[:4] == said, "each once"
    older = works(tmp_path / "c.json", ("c", [anna]), year=2021)
    again = works(tmp_path / "a.json", ("a", [anna]), ("a", [bo]))
    withdrawn = {"doi": "10.5072/b", "types": {"resourceTypeGeneral": "Dataset"}, "state": "registered"}
    again.write_text(json.dumps(json.loads(again.read_text()) | {"data": [*records(again), withdrawn]}))
    ingest_into(store, again, older, trials(tmp_path / "t.json", trial(2, "Cor Example")))
    assert table(store, "DATASET_AUTHOR_OF", "source", "target") == [("doi:10.5072/a", BO), ("doi:10.5072/c", BO)]
    assert [one for one in employed(store) if one[2] in "abc"] == [("001X", "a", "a"), ("001X", "c", "c")]
    named = [id_ for id_, name in people(store) if name == "Cor Example"]
    assert len(named) == 2 and all(id_.startswith("person:") for id_ in named)


def records(path: Path) -> list[Any]:
    return list(json.loads(path.read_text())["data"])


def test_removed_people_are_not_stored_again_and_people_can_be_switched_off(store: Store, tmp_path: Path) -> None:
    folder = store.address.state
    both = works(tmp_path / "a.json", ("a", [("Anna Example", ANNA), ("Bo Example", BO)]))
    ingest_into(store, both)
    assert forget(store, folder, "https://orcid.org/0000-0000-0000-001X")[:3] == (BO, {"Dataset": 1}, None)
    assert not [path for path in folder.rglob("snapshot-*/*") if b"Bo Example" in path.read_bytes()]
    backup(store, tmp_path / "b.zip", lambda *_: None)
    with closing(open_store(str(tmp_path / "restored"))) as other:
        restore(tmp_path / "b.zip", other, tmp_path, lambda *_: None)
        assert people(other) == [(ANNA, "Anna Example")]
        assert table(other, "Forgotten", "id", "since") == table(store, "Forgotten", "id", "since")
    ingest_into(store, both)
    assert people(store) == [(ANNA, "Anna Example")]
    assert table(store, "DATASET_AUTHOR_OF", "target") == [(ANNA,)] and [who for who, *_ in employed(store)] == ["0001"]
    assert BO[-4:] not in str(table(store, "Forgotten", "id")) and forget(store, folder, BO).since
    with pytest.raises(UnknownPerson):
        forget(store, folder, "orcid:0000-0000-0000-0028")
    ingest(store, folder, [both], quiet, people=False)
    assert table(store, "DATASET_AUTHOR_OF", "target") == []
