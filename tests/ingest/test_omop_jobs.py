"""ingest: jobs with patients in columns. They replace, count, resume and delete as jobs with single records do."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from graph.store import Batch, Store, open_store
from ingest import jobs
from ingest.inputs import names_in
from ingest.pseudonym import Identity
from ingest.run import ingest
from ingest.secret import keyed_in
from ingest.sources import companions
from tests.graph.rows import table
from tests.ingest.care import Site
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import everything, ingest_into, ndjson, quiet, stated
from tests.ingest.graphs import patient as fhir_patient
from tests.ingest.omop import made
from tests.ingest.omop_rows import EXPECTED, SOURCE, Export, concept, condition, export, person

ONE, TWO = (PSEUDONYM.patient(f"Person/{number}", SOURCE) for number in (1, 2))


def of(report: jobs.Report, kind: str = "Patient") -> dict[str, int]:
    """The counts of a kind that are not 0."""
    rows = [row for row in report.counts.rows() if row["kind"] == kind]
    return {name: number for row in rows for name, number in row.items() if name != "kind" and number}


def rows(store: Store) -> list[tuple[Any, ...]]:
    return table(store, "EVENT", "source", "row", "target", "start")


def cohort(*conditions: Any, persons: int = 2) -> Export:
    return {"person": [person(number) for number in range(1, persons + 1)], "condition_occurrence": list(conditions)}


def test_the_graph_has_every_event_with_all_its_attributes_and_a_second_job_changes_nothing(
    store: Store, tmp_path: Path
) -> None:
    path = made(tmp_path / "cdm", export())
    report = ingest_into(store, path)
    assert of(report) == {"read": 2, "written": 2} and of(report, "note") == {"read": 1, "not_read": 1}
    names = ["row", *dict.fromkeys(name for event in EXPECTED.values() for name in event)]
    events = {
        row[0]: {name: value for name, value in zip(names[1:], row[1:], strict=True) if value is not None}
        for row in table(store, "EVENT", *names)
    }
    assert events == EXPECTED
    assert [row[1:] for row in table(store, "Patient", "id", "birth_year", "sex", "care_site")] == sorted(
        [(1951, "female", "Ward 1"), (1980, "male", None)], key=lambda row: {1951: ONE, 1980: TWO}[row[0]]
    )
    assert {row[1:] for row in table(store, "Resource", "id", "kind", "source", "deleted")} == {
        ("Patient", PSEUDONYM.named(SOURCE), None)
    }
    before = stated(store)
    again = ingest_into(store, path)
    assert of(again) == {"read": 2, "unchanged": 2}
    assert again.reasons == report.reasons
    assert stated(store) == before


def test_a_changed_export_replaces_the_events_of_changed_persons_only(store: Store, tmp_path: Path) -> None:
    ingest_into(store, made(tmp_path / "a", cohort(condition(1), condition(2), condition(3, 2))))
    before = {row[:2]: row[2] for row in table(store, "EVENT", "source", "row", "job")}
    changed = ingest_into(store, made(tmp_path / "b", cohort(condition(2, day="2022-01-01"), condition(3, 2))))
    assert of(changed) == {"read": 2, "written": 1, "unchanged": 1}
    assert rows(store) == sorted(
        [
            (ONE, "condition_occurrence 2", "omop:201826", "2022-01-01"),
            (TWO, "condition_occurrence 3", "omop:201826", "2021-03-04"),
        ]
    )
    after = {row[:2]: row[2] for row in table(store, "EVENT", "source", "row", "job")}
    assert after[TWO, "condition_occurrence 3"] == before[TWO, "condition_occurrence 3"], "it was not written again"


def test_a_person_who_loses_all_events_and_a_change_of_only_the_person_are_written(
    store: Store, tmp_path: Path
) -> None:
    ingest_into(store, made(tmp_path / "a", cohort(condition(1))))
    assert len(rows(store)) == 1
    report = ingest_into(store, made(tmp_path / "b", {"person": [person(1), person(2, born=1971)]}))
    assert rows(store) == [] and of(report) == {"read": 2, "written": 2}
    assert sorted(table(store, "Patient", "birth_year")) == [(1970,), (1971,)]


def test_two_exports_of_one_job_are_read_in_order(store: Store, tmp_path: Path) -> None:
    paths = made(tmp_path / "a", cohort(condition(1))), made(tmp_path / "b", cohort(condition(2)))
    report = ingest_into(store, *paths)
    assert of(report) == {"read": 4, "written": 3, "unchanged": 1}
    assert [row[1] for row in rows(store)] == ["condition_occurrence 2"]


def dated(day: str | None, *conditions: Any) -> Export:
    return cohort(*conditions, persons=1) | {"cdm_source": [{"cdm_source_name": SOURCE, "cdm_release_date": day}]}


@pytest.mark.parametrize("together", [True, False])
def test_an_older_export_does_not_replace_a_newer_one(together: bool, store: Store, tmp_path: Path) -> None:
    newer = made(tmp_path / "a", dated("2026-02-01", condition(1)))
    older = made(tmp_path / "b", dated("2026-01-31", condition(2)))
    if together:
        report = ingest_into(store, newer, older)
        assert of(report) == {"read": 2, "written": 1, "superseded": 1}
    else:
        ingest_into(store, newer)
        assert of(ingest_into(store, older)) == {"read": 1, "superseded": 1}
    assert [row[1] for row in rows(store)] == ["condition_occurrence 1"]
    assert table(store, "Resource", "updated") == [("2026-02-01",)]
    same = made(tmp_path / "c", dated("2026-02-01", condition(3)))
    assert of(ingest_into(store, same)) == {"read": 1, "written": 1}


def test_persons_of_two_exports_and_of_a_server_are_not_mixed(store: Store, tmp_path: Path) -> None:
    """A FHIR Patient and a person of an export can have the same id."""
    site = Site(store, tmp_path)
    own = export() | {"cdm_source": [{"cdm_source_name": "Own"}]}
    site.take(made(tmp_path / "a", cohort(condition(1))), made(tmp_path / "b", own))
    assert site.persons() == 4
    same = Identity("hospital")
    site.take(made(tmp_path / "c", cohort(condition(1))), identity=same)
    site.take(ndjson(tmp_path / "d.ndjson", fhir_patient("1"), fhir_patient("2")), identity=same)
    assert site.persons() == 8


def test_a_complete_export_deletes_the_persons_that_it_lacks(store: Store, tmp_path: Path) -> None:
    site = Site(store, tmp_path)
    site.take(made(tmp_path / "a", cohort(condition(1), condition(2, 2))))
    report = site.take(made(tmp_path / "b", cohort(condition(1), persons=1)), full=True)
    assert of(report) == {"read": 1, "unchanged": 1, "removed": 1}
    assert site.persons() == 1
    assert [row[:2] for row in rows(store)] == [(ONE, "condition_occurrence 1")]
    back = site.take(made(tmp_path / "c", cohort(condition(1), condition(2, 2))), full=True)
    assert of(back) == {"read": 2, "written": 1, "unchanged": 1}
    assert site.persons() == 2 and len(rows(store)) == 2


def test_a_complete_export_with_a_refused_row_deletes_nothing(store: Store, tmp_path: Path) -> None:
    site = Site(store, tmp_path)
    site.take(made(tmp_path / "a", cohort(condition(1), condition(2, 2))))
    report = site.take(made(tmp_path / "b", cohort(condition(1), condition(2, 2), persons=1)), full=True)
    assert report.refused == 1 and "nothing was deleted" in report.refusals[-1]
    assert site.persons() == 2


def test_a_table_that_cannot_be_read_changes_nothing(store: Store, tmp_path: Path) -> None:
    folder = made(tmp_path / "a", cohort(condition(1), condition(2, 2)))
    ingest_into(store, folder)
    before = rows(store)
    (folder / "condition_occurrence.csv").write_text("person_id\n1\n")
    report = ingest_into(store, folder)
    assert report.refused == 1 and "condition_occurrence" in report.refusals[0]
    assert rows(store) == before


def test_refused_rows_are_stored_with_table_and_row_and_without_a_file_name(store: Store, tmp_path: Path) -> None:
    ingest_into(store, made(tmp_path / "cdm", cohort(condition(7, 99))))
    ((file, position, reason),) = table(store, "Refusal", "file", "position", "reason")
    assert (position, reason) == ("condition_occurrence 7", "person_id is not in PERSON")
    assert "person" not in file and len(file) == 16
    (path,) = names_in(tmp_path / "cdm", keyed_in(store.address.state), companions)[file]
    assert Path(path).name == "person.csv"


@pytest.mark.parametrize(("persons", "label"), [(9, ""), (10, "metformin")])
def test_a_code_gets_its_name_from_ten_patients(persons: int, label: str, store: Store, tmp_path: Path) -> None:
    coded = [concept(9, "metformin", "RxNorm", "6809")]
    some = [condition(number, number, concept=9) for number in range(1, persons + 1)] + [condition(99, 1, concept=9)]
    ingest_into(store, made(tmp_path / "cdm", cohort(*some, persons=persons) | {"concept": coded}))
    assert dict(table(store, "Concept", "id", "label"))["rxnorm:6809"] == label


class Killed(BaseException):
    """The process died."""


def test_a_killed_and_repeated_job_gives_the_same_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 8)
    monkeypatch.setattr("ingest.omop.people.ROWS", 5)
    some = [condition(number, 1 + number % 40, concept=1 + number % 3) for number in range(300)]
    path = made(tmp_path / "cdm", cohort(*some, condition(999, 77), persons=45))
    with closing(open_store(str(tmp_path / "whole"))) as store:
        whole = ingest_into(store, path)
        expected = everything(store)
        assert store.epoch() > 10
    for dies in (1, 4, 8):
        with closing(open_store(str(tmp_path / f"killed{dies}"))) as store:
            with monkeypatch.context() as patch, suppress(Killed):
                patch.setattr(type(store), "write", dying(type(store).write, dies))
                ingest_into(store, path)
            assert store.epoch() == dies
            resumed = ingest_into(store, path)
            assert resumed.resumed_at == dies
            assert resumed.counts.rows() == whole.counts.rows() and resumed.reasons == whole.reasons
            assert everything(store) == expected


def dying(write: Any, after: int) -> Any:
    left = [after]

    def writes(self: Store, batch: Batch) -> int:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return int(write(self, batch))

    return writes


@pytest.mark.parametrize("form", ["csv", "zip", "duckdb"])
def test_workers_write_the_same_graph(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 2)
    path = made(tmp_path / "cdm", export(), form)
    graphs = []
    for workers in (0, 2):
        with closing(open_store(str(tmp_path / f"store{workers}"))) as store:
            ingest(store, store.address.state, [path], quiet, workers)
            graphs.append(everything(store))
    assert graphs[0] == graphs[1]


def test_all_forms_of_an_export_write_the_same_events(tmp_path: Path) -> None:
    found = []
    for form in ("csv", "parquet", "duckdb"):
        with closing(open_store(str(tmp_path / form))) as store:
            ingest_into(store, made(tmp_path / f"{form} export", export(), form))
            found.append((rows(store), table(store, "Resource", "id", "said")))
    assert found[0] == found[1] == found[2]
