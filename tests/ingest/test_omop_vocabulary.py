"""ingest: the vocabulary tables of an OMOP export give the same store from every form."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.store import Store, open_store
from ingest.inputs import NotRecognised
from ingest.jobs import Report
from ingest.omop import vocabulary
from ingest.omop.opening import opened
from ingest.omop.parts import TERMS
from ingest.run import load
from ontologies.tables import Row as Line
from tests.graph.rows import table
from tests.ingest.graphs import ingest_into, load_after_dry_run, load_into, quiet
from tests.ingest.omop import FORMS, made
from tests.ingest.omop_rows import Export, Row, condition, person
from tests.ingest.omop_terms import REFUSED, VOCABULARY, concept, stored

CARE: Export = {"person": [person(1)], "condition_occurrence": [condition(1, 1)]}
READ = "concept, concept_relationship, concept_synonym, vocabulary"


def refused(store: Store) -> list[tuple[str, str]]:
    """The position and reason of each refusal, in order. A line of a CSV file is turned into a row."""
    rows = sorted(table(store, "Refusal", "id", "position", "reason"))
    return [(re.sub(r"line (\d+)", lambda m: f"row {int(m[1]) - 1}", place), reason) for _, place, reason in rows]


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """What a store has after the tables are loaded from a folder of CSV files."""
    with closing(open_store(str(tmp_path_factory.mktemp("csv") / "store"))) as store:
        load_into(store, made(tmp_path_factory.mktemp("tables"), VOCABULARY))
        return stored(store)


@pytest.mark.parametrize("upper", [False, True], ids=["lower", "upper"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_store(
    form: str, upper: bool, store: Store, tmp_path: Path, from_csv: tuple[object, ...]
) -> None:
    report = load_after_dry_run(store, made(tmp_path / "cdm", VOCABULARY, form, upper=upper))
    assert stored(store) == from_csv
    assert refused(store) == REFUSED
    assert report.notes[-1].endswith(f"vocabulary tables read: {READ}; not read: concept_ancestor")
    concepts = table(store, "Concept", "id", "label", "replaced_by", "omop")
    assert ("snomedct:1", "Pump failure", "snomedct:84114007", 4) in concepts
    assert table(store, "IS_A", "source", "target") == [("snomedct:84114007", "snomedct:56265001")]
    assert table(store, "Release", "id", "version") == [
        ("omop:ICD10CM", "v5.0 15-JAN-26"),
        ("omop:SNOMED", "2026-01-01"),
    ]


@pytest.mark.parametrize("form", ["parquet", "zip of parquet", "duckdb"])
def test_ids_can_be_doubles_and_empty_columns_booleans(
    form: str, store: Store, tmp_path: Path, from_csv: tuple[object, ...]
) -> None:
    load_into(store, made(tmp_path / "cdm", VOCABULARY, form, loose=True))
    assert stored(store) == from_csv
    assert refused(store) == REFUSED


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_export_is_loaded_and_ingested(form: str, store: Store, tmp_path: Path) -> None:
    path = made(tmp_path / "a b", CARE | VOCABULARY, form)
    ingested = ingest_into(store, path)
    command = f"tricuspid load '{path}'"
    assert len(ingested.notes) == 1
    assert ingested.notes[0].endswith(f": its vocabulary tables ({READ}) can be loaded: {command}")
    loaded = load_into(store, path)
    left = "concept_ancestor, condition_occurrence, person"
    note = f"vocabulary tables read: {READ}; not read: {left}; to read the records: tricuspid ingest '{path}'"
    assert loaded.notes == [f"{_first(path)}: {note}"]
    assert ("snomedct:84114007", "Heart failure", False) in table(store, "Concept", "id", "label", "stub")


def _first(path: Path) -> str:
    return next(one.name for one in path.iterdir() if one.stem == "concept") if path.is_dir() else path.name


def test_an_export_without_vocabulary_tables_has_no_remark(store: Store, tmp_path: Path) -> None:
    assert ingest_into(store, made(tmp_path, CARE, "duckdb")).notes == []


def test_a_parquet_table_is_recognised_by_its_columns(store: Store, tmp_path: Path) -> None:
    made(tmp_path, {"concept": VOCABULARY["concept"]}, "parquet").joinpath("concept.parquet").rename(tmp_path / "x")
    assert load_into(store, tmp_path / "x").read == 5
    (tmp_path / "y").write_bytes(b"PAR1 damaged")
    with pytest.raises(NotRecognised, match=r"found: Parquet"):
        load_into(store, tmp_path / "y")


def test_tables_of_one_folder_may_have_different_forms(store: Store, tmp_path: Path) -> None:
    made(tmp_path, {"concept": VOCABULARY["concept"]}, "parquet")
    made(tmp_path, {"concept_synonym": VOCABULARY["concept_synonym"]}, "csv")
    load_into(store, tmp_path)
    assert [place for place, _ in refused(store)] == ["concept row 5", "concept_synonym row 3"]
    assert ("hartfalen", "nl") in table(store, "Label", "text", "language")


def test_rows_keep_their_order_and_number(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB reads a large table with several threads."""
    monkeypatch.setattr(vocabulary, "ROWS", 1_000)
    rows = [
        {"concept_id": n, "concept_name": f"c{n}", "vocabulary_id": "X", "concept_code": ""} for n in range(400_000)
    ]
    for at in (123_456, 399_999):
        rows[at]["concept_code"] = f"c{at}"
    columns = pa.Table.from_pylist(rows)
    with closing(duckdb.connect(str(tmp_path / "a.duckdb"))) as connection:
        connection.register("given", columns)
        connection.execute("CREATE TABLE concept AS SELECT * FROM given")
    pq.write_table(columns, tmp_path / "concept.parquet", row_group_size=10_000)
    for name in ("a.duckdb", "concept.parquet"):
        folder = tmp_path / f"of {name}"
        folder.mkdir()
        with opened(tmp_path / name, folder, TERMS) as database:
            found = list(vocabulary._rows(database, "concept", ("concept_id", "concept_code"), ()))
        assert [row.line for row in found] == list(range(1, 400_001))
        assert all(isinstance(row, Line) and row.cells[0] == str(row.line - 1) for row in found)


def test_a_missing_column_and_a_nul_character_are_refused(store: Store, tmp_path: Path) -> None:
    odd = {"concept": [concept(1, "a\0b", "SNOMED", "1"), concept(2, "Good", "SNOMED", "2")]}
    without: list[Row] = [{"concept_id": 2, "concept_synonym_name": "x"}]
    load_into(store, made(tmp_path, odd | {"concept_synonym": without}, "duckdb"))
    assert refused(store) == [
        ("concept row 1", "it has a NUL character; remove it"),
        ("concept_synonym", "the column language_concept_id is missing; add it"),
    ]


@pytest.mark.parametrize("form", ["zip", "duckdb"])
def test_an_export_without_concept_is_refused_with_the_other_command(form: str, store: Store, tmp_path: Path) -> None:
    records = made(tmp_path / "care", CARE, form)
    terms = made(tmp_path / "terms", VOCABULARY, form)
    for run, path, match in (
        (load_into, records, "tricuspid ingest|ingest records"),
        (ingest_into, terms, "tricuspid load|load vocabulary"),
    ):
        assert re.search(match, _said(run, store, path)), path


def _said(run: object, store: Store, path: Path) -> str:
    try:
        report: Report = run(store, path)  # type: ignore[operator]
    except NotRecognised as unknown:
        return "\n".join([str(unknown), *getattr(unknown, "__notes__", [])])
    return "\n".join(report.refusals)


def test_two_files_of_a_table_are_refused(store: Store, tmp_path: Path) -> None:
    made(tmp_path, VOCABULARY, "parquet")
    made(tmp_path, {"concept_synonym": VOCABULARY["concept_synonym"]}, "csv")
    report, _ = load(store, store.address.state, [tmp_path], quiet)
    assert report.refusals == [
        "concept.parquet, the whole file: it has several files of the table concept_synonym: keep one"
    ]


def test_real_parquet_tables_are_loaded(store: Store, shared: Path) -> None:
    report = load_into(store, shared / "care/omop-gibleed")
    assert report.counts.total("refused") == 0
    rows = pq.read_table(shared / "care/omop-gibleed/concept.parquet", columns=["concept_id", "concept_name"])
    known = {int(row["concept_id"]): row["concept_name"] for row in rows.to_pylist()}
    found = dict(table(store, "Concept", "omop", "label"))
    assert {id: found[id] for id in known} == known
    assert [one.id for one in report.releases][:3] == ["omop:CVX", "omop:Gender", "omop:ICD10CM"]
    read, _, left = report.notes[0].partition("; not read: ")
    assert read == f"concept.parquet: vocabulary tables read: {READ}"
    assert left.startswith("cdm_source, concept_ancestor, condition_era, condition_occurrence, domain, drug_era, ")
    synonyms = pq.read_table(shared / "care/omop-gibleed/concept_synonym.parquet", columns=["concept_synonym_name"])
    assert {text for (text,) in table(store, "Label", "text")} == set(synonyms["concept_synonym_name"].to_pylist())
