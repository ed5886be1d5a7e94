"""ingest: exports in the OMOP Common Data Model: every form gives the same patients and events."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.omop.database import Database
from ingest.omop.tables import TABLES
from ingest.records import Item, NotRead, Patients, Unmapped
from ingest.run import records
from ontologies.errors import UnreadableFile
from tests.ingest.golden import PSEUDONYM
from tests.ingest.omop import FORMS, events, items, made, people, reasons, refused
from tests.ingest.omop_rows import EXPECTED, SOURCE, VISIT, Export, concept, condition, export, person


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Item]:
    """What is read from the whole export."""
    return items(made(tmp_path_factory.mktemp("whole"), export()))


@pytest.mark.parametrize("upper", [False, True], ids=["lower", "upper"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_all_attributes_of_version_5_4(form: str, upper: bool, tmp_path: Path) -> None:
    found = items(made(tmp_path / "cdm", export(), form, upper=upper))
    assert events(found) == EXPECTED
    assert people(found) == [
        {
            "id": PSEUDONYM.patient("Person/1", SOURCE),
            "birth_year": 1951,
            "sex": "female",
            "death_year": 2022,
            "race": "Race:5",
            "ethnicity": None,
            "care_site": "Ward 1",
        },
        {
            "id": PSEUDONYM.patient("Person/2", SOURCE),
            "birth_year": 1980,
            "sex": "male",
            "death_year": None,
            "race": None,
            "ethnicity": None,
            "care_site": None,
        },
    ]
    assert refused(found) == []
    assert NotRead("note", "note", 1) in found


def test_version_5_3_gives_the_same_events_without_its_missing_columns(tmp_path: Path) -> None:
    expected = {row: dict(event) for row, event in EXPECTED.items() if not row.startswith("location")}
    del expected["procedure_occurrence 14"]["end"], expected["visit_occurrence 50"]["region"]
    assert events(items(made(tmp_path, export(newer=False), "parquet"))) == expected


@pytest.mark.parametrize("form", ["parquet", "zip of parquet", "duckdb"])
def test_ids_can_be_doubles_and_empty_columns_booleans(form: str, tmp_path: Path) -> None:
    assert events(items(made(tmp_path, export(), form, loose=True))) == EXPECTED


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_tables_can_be_compressed(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    for file in made(tmp_path, export()).iterdir():
        file.write_bytes(pack(file.read_bytes()))
    assert events(items(tmp_path)) == EXPECTED


def test_all_events_of_a_person_have_one_record_and_a_visit_joins_its_events(whole: list[Item]) -> None:
    chunks = [item for item in whole if isinstance(item, Patients)]
    records = [record for chunk in chunks for record in chunk.records]
    assert records == [PSEUDONYM.record("Person", str(number), SOURCE) for number in (1, 2)]
    rows = [row for chunk in chunks for row in chunk.events.to_pylist()]
    assert {row["record"] for row in rows} == set(records)
    visits = {row["row"]: row["visit"] for row in rows}
    assert visits["visit_occurrence 50"] == visits["condition_occurrence 12"] == visits["visit_detail 51"] == VISIT


def test_an_unknown_concept_has_its_number_and_a_missing_one_is_counted(tmp_path: Path) -> None:
    rows = [condition(1, concept=99), condition(2, concept=0), condition(3, concept=None)]
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": rows}))
    assert {row: event["target"] for row, event in events(found).items()} == {
        "condition_occurrence 1": "omop:99",
        "condition_occurrence 2": "omop:0",
        "condition_occurrence 3": "omop:0",
    }
    assert reasons(found)["condition_occurrence: no concept"] == 2


def test_a_local_code_that_may_name_a_person_is_not_kept(tmp_path: Path) -> None:
    local = concept(2000000001, "x", "Local", "Jan Jansen")
    rows = [condition(1, concept=2000000001)]
    own = {"person": [person(1)], "concept": [local], "condition_occurrence": rows}
    assert events(items(made(tmp_path, own)))["condition_occurrence 1"]["target"] == "omop:2000000001"


def test_an_export_states_its_source_and_dates_of_locations_and_its_site_may_name_a_person(tmp_path: Path) -> None:
    """The source is the abbreviation, and a site whose name may be that of a person has its number."""
    lived: dict[str, object] = {"location_id": 12, "domain_id": "Person", "entity_id": 2}
    lived |= {"start_date": "2001-01-01", "end_date": "2002-01-01"}
    other = lived | {"domain_id": "CARE_SITE", "entity_id": 1}
    site = {"care_site_id": 3, "care_site_name": "Praktijk dr. A. Zonnebloem", "place_of_service_concept_id": 1}
    source = {"cdm_source_name": "Long", "cdm_source_abbreviation": "Own"}
    own: Export = {"location_history": [lived, other], "care_site": [site], "cdm_source": [source]}
    found = items(made(tmp_path, export() | own))
    located = [event for row, event in events(found).items() if row.startswith("location")]
    assert located == [{"target": "omop:4320169", "kind": "location", "start": "2001-01-01", "end": "2002-01-01"}]
    first = people(found)[0]
    assert (first["id"], first["care_site"]) == (PSEUDONYM.patient("Person/1", "Own"), "care_site 3")


def test_no_item_identifies_a_person(whole: list[Item]) -> None:
    text = repr([tuple(item) for item in whole]) + repr(people(whole))
    assert not [
        one for one in ("Willemijn", "Zonnebloem", "Verzonnenlaan", "1234 AB", "belt", "voelt", "SERIAL") if one in text
    ]


def test_a_text_of_ten_patients_that_names_no_person_is_kept(tmp_path: Path) -> None:
    def said(of: int, text: str) -> dict[str, object]:
        row = {"observation_id": of, "person_id": of, "observation_concept_id": 5, "observation_date": "2021-03-04"}
        return row | {"value_as_string": text}

    own = {"person": [person(of) for of in range(1, 31)]}
    texts = ["twice a week"] * 10 + ["twice a day"] * 9 + ["Jan de Vries"] * 10 + ["x" * 61]
    own["observation"] = [said(of, text) for of, text in enumerate(texts, 1)]
    own["condition_occurrence"] = [condition(of, of, stop_reason=" recovered ") for of in range(1, 11)]
    found = items(made(tmp_path, own))
    rows = events(found)
    assert [rows[f"observation {of}"].get("text") for of in range(1, 31)] == ["twice a week"] * 10 + [None] * 20
    assert {rows[f"condition_occurrence {of}"]["stop_reason"] for of in range(1, 11)} == {"recovered"}
    reason = "observation: a text that is long, that few patients have or that may name a person"
    assert reasons(found)[reason] == 20


MODELS: dict[str | int, str | None] = {
    "(01)00643169007222(21)S1": "(01)00643169007222",
    "010064316900722217240101": "0100643169007222",
    "+H123PARTNO1234567890120/$$420020216LOT": "+H123PARTNO1234567890120",
    "=/A9999XYZ100T0944=,000025=A9999": "=/A9999XYZ100T0944",
    "{01}00643169007222{21}S1": "{01}00643169007222",
    "AB12[21]S1": "AB12",
    "Jan de Vries": None,
    "111222333": None,
}


@pytest.mark.parametrize("models", [MODELS, {7: "7"}], ids=["texts", "numbers"])
def test_an_identifier_of_a_device_is_cut_to_its_model(models: dict[str | int, str | None], tmp_path: Path) -> None:
    devices = [
        {"device_exposure_id": number, "person_id": 1, "device_concept_id": 5, "unique_device_id": given}
        | {"device_exposure_start_date": "2020-01-01"}
        for number, given in enumerate(models)
    ]
    found = items(made(tmp_path, {"person": [person(1)], "device_exposure": devices}, "parquet"))
    rows = events(found)
    kept = {given: rows[f"device_exposure {number}"].get("identifier") for number, given in enumerate(models)}
    assert kept == models
    lost = reasons(found).get("device_exposure: an identifier that is long or may name a person", 0)
    assert lost == [*models.values()].count(None)


def test_every_column_that_is_not_read_is_reported_once(whole: list[Item]) -> None:
    unread = [item.reason for item in whole if isinstance(item, Unmapped)]
    assert "column is not read: condition_occurrence.condition_source_value" in unread
    assert len(unread) == len(set(unread))


def test_chunks_end_between_two_persons_and_contain_all_persons(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ingest.omop.people.ROWS", 3)
    persons = [person(number) for number in range(1, 40)]
    rows = [condition(100 * of + number, of) for of in (3, 5, 6, 30) for number in range(of)]
    found = items(made(tmp_path, {"person": persons, "condition_occurrence": rows}))
    chunks = [item for item in found if isinstance(item, Patients)]
    owners = [owner for chunk in chunks for owner in chunk.patients["id"].to_pylist()]
    assert owners == [PSEUDONYM.patient(f"Person/{number}", SOURCE) for number in range(1, 40)]
    assert len(events(found)) == len(rows)
    for chunk in chunks:
        assert set(chunk.events["source"].to_pylist()) <= set(chunk.patients["id"].to_pylist())
        assert len(chunk.records) == len(chunk.content) == chunk.patients.num_rows


def test_chunks_do_not_depend_on_the_batches_of_duckdb(tmp_path: Path) -> None:
    with closing(Database(tmp_path, tmp_path)) as database:
        pieces = list(database.pieces("SELECT * FROM range(20000) AS r(n) WHERE n % 3 > 0 ORDER BY n", 3000))
    assert [piece.num_rows for piece in pieces] == [3000] * 4 + [1333]
    assert [number for piece in pieces for number in piece["n"].to_pylist()] == [n for n in range(20000) if n % 3]


def test_a_folder_is_one_input_and_its_other_files_are_not_recognised(tmp_path: Path) -> None:
    made(
        tmp_path,
        export() | {"vocabulary": [{"vocabulary_id": "SNOMED"}], "concept_ancestor": [{"ancestor_concept_id": 1}]},
    )
    (tmp_path / "readme.txt").write_text("about this export")
    found = records([tmp_path], lambda text: "0" * 64)
    assert [file.path.name for file in found.files] == ["person.csv"]
    assert [path.name for path in found.strange] == ["readme.txt"]
    (tmp_path / "drug_era.csv").write_text("changed")
    assert records([tmp_path], lambda text: "0" * 64).files[0].hash != found.files[0].hash


@pytest.mark.parametrize("column", ["person_id", "condition_concept_id", "condition_start_date"])
def test_a_table_without_a_required_column_is_an_error(column: str, tmp_path: Path) -> None:
    row = {name: value for name, value in condition(1).items() if name != column}
    with pytest.raises(UnreadableFile, match=f"condition_occurrence.*{column}.* is missing; add it"):
        items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [row]}))


def test_the_documentation_names_the_column_of_each_attribute() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    for one in TABLES:
        (row,) = [
            line for line in page.splitlines() if line.startswith(f"| {one.name.upper()}") and f"`{one.kind}`" in line
        ]
        own = [name for name in one.columns if name not in ("visit", "provider", "care_site")]
        columns = {*one.concept, *one.start[:1], *one.end[:1], *one.of(*own)}
        assert {name for name in columns if f"`{name}`" in row} >= columns - {"period_type_concept_id"}
        assert all(name in row for name in own if name not in ("type", "low", "high"))
