"""ingest: records on both engines: a new version of a record replaces its previous version, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.kinds import Course
from graph.store import Store
from ingest import jobs
from ingest.recording import Recording
from ingest.records import Seen
from ingest.rows import Rows
from tests.graph.rows import table
from tests.ingest.graphs import condition, ingest_into, load_into, ndjson, obo, patient, stated, trial

SUGAR = 'MONDO:0005148\nname: type 2 diabetes mellitus\nsynonym: "T2DM" EXACT ABBREVIATION []'
HEART = "MONDO:0005252\nname: heart failure"


def events(store: Store) -> list[tuple[str, ...]]:
    return table(store, "EVENT", "target", "start")


def test_a_new_version_of_a_condition_replaces_its_events(store: Store, tmp_path: Path) -> None:
    """Condition c3 has two codings, which are replaced together."""
    care, both = tmp_path / "care.ndjson", condition("c3", "22298006")
    both["code"]["coding"].append({"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11"})
    ingest_into(store, ndjson(care, patient("p1"), condition("c1", "44054006"), condition("c2", "73211009"), both))
    first = ["icd10:E11", "snomedct:22298006", "snomedct:44054006", "snomedct:73211009"]
    assert [code for code, _ in events(store)] == first
    newer = condition("c1", "46635009", onsetDateTime="2021"), condition("c3", "95281009")
    ingest_into(store, ndjson(care, *newer))
    third = ("snomedct:95281009", "2020-02-03")
    assert events(store) == [("snomedct:46635009", "2021"), ("snomedct:73211009", "2020-02-03"), third]
    report = ingest_into(store, ndjson(care, condition("c1", "46635009", "entered-in-error")))
    assert events(store) == [("snomedct:73211009", "2020-02-03"), third]
    assert report.reasons == {"entered in error": 1}
    ingest_into(store, ndjson(care, condition("c2", None)))
    assert events(store) == [third]
    ingest_into(store, ndjson(care, condition("c1", "44054006")))
    assert events(store) == [("snomedct:44054006", "2020-02-03"), third]


def test_the_last_version_of_a_record_counts_within_one_job(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: list[str] = []
    for number, size in enumerate([1, 3, 40_000], 1):
        monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
        who, folder = f"p{number}", tmp_path / str(size)
        folder.mkdir()

        def said(id: str, code: str, verified: str = "confirmed", n: int = number) -> dict[str, Any]:
            return condition(f"{id}-{n}", f"{n}{code}", verified, of=f"p{n}")

        first = ndjson(folder / "1.ndjson", patient(who), said("c1", "1"), said("c2", "2"), said("c3", "3"))
        second = ndjson(folder / "2.ndjson", said("c1", "4"), patient(who, birthDate="1960"))
        third = ndjson(folder / "3.ndjson", said("c2", "2", "refuted"), said("c1", "5"))
        expected += [f"snomedct:{number}3", f"snomedct:{number}5"]
        for again in range(2):
            report = ingest_into(store, first, second, third)
            assert [row[0] for row in events(store)] == expected, size
            assert table(store, "Patient", "birth_year") == [(1960,)] * number
            assert (report.read, report.written, report.unchanged) == (8, 8 - again, again), size


def test_repeated_records_are_written_in_one_batch(store: Store, tmp_path: Path) -> None:
    said = [condition("c1", str(number), "refuted" if number % 7 == 3 else "confirmed") for number in range(100)]
    report = ingest_into(store, ndjson(tmp_path / "x.ndjson", patient("p1"), *said, condition("c2", "5")))
    assert (report.written, store.epoch()) == (102, 1)
    assert [row[0] for row in events(store)] == ["snomedct:5", "snomedct:99"]


def test_a_new_version_of_a_study_replaces_its_annotations(store: Store, tmp_path: Path) -> None:
    load_into(store, obo(tmp_path / "mondo.obo", "1", SUGAR, HEART, ontology="mondo"))
    file = tmp_path / "trial.json"
    ingest_into(store, trial(file, "Heart Failure", "T2DM", "Nameless Thing"))
    said = table(store, "STUDY_ABOUT", "source", "target", "method", "field", "text", "name")
    study = "clinicaltrials:NCT00000001"
    assert said == [
        (study, "MONDO:0005148", "exact", "condition", "T2DM", "T2DM"),
        (study, "MONDO:0005252", "exact", "condition", "Heart Failure", "heart failure"),
    ]
    once = stated(store)
    ingest_into(store, file)
    assert stated(store) == once
    report = ingest_into(store, trial(file, "failures, heart", title="Another title"))
    assert table(store, "STUDY_ABOUT", "target", "method", "text", "name") == [
        ("MONDO:0005252", "normalised", "failures, heart", "heart failure")
    ]
    assert table(store, "Study", "id", "title") == [(study, "Another title")]
    assert table(store, "SPONSORED_BY", "source", "target") == [(study, "organisation:a-sponsor")]
    assert report.reasons == {}


def test_a_study_of_prevention_or_risk_is_about_the_disease(store: Store, tmp_path: Path) -> None:
    load_into(store, obo(tmp_path / "mondo.obo", "1", SUGAR, ontology="mondo"))
    files = [tmp_path / f"{number}.json" for number in (1, 2)]
    titles = "Prevention of Type 2 Diabetes Mellitus", "At Risk for T2DM: Screening"
    for file, title in zip(files, titles, strict=True):
        text = trial(file, "T2DM", title=title).read_text()
        file.write_text(text.replace("NCT00000001", f"NCT0000000{file.stem}"))
    ingest_into(store, *files)
    studies = [f"clinicaltrials:NCT0000000{file.stem}" for file in files]
    expected = [(study, field, "present") for study in studies for field in ("condition", "title")]
    assert table(store, "STUDY_ABOUT", "source", "field", "assertion") == expected


def test_texts_without_a_concept_are_counted(store: Store, tmp_path: Path) -> None:
    report = ingest_into(store, trial(tmp_path / "trial.json", "Nameless Thing", "Another"))
    assert report.reasons == {"no concept has this name: study condition": 2}
    assert table(store, "Job", "unmapped", "reasons") == [(2, json.dumps(dict(report.reasons), separators=(",", ":")))]


def test_a_patient_known_only_from_events_gets_and_keeps_its_values(store: Store, tmp_path: Path) -> None:
    ingest_into(store, ndjson(tmp_path / "1.ndjson", condition("c1", "1")))
    bare = table(store, "Patient", "id", "birth_year", "sex")
    assert [row[1:] for row in bare] == [(None, None)]
    ingest_into(store, ndjson(tmp_path / "2.ndjson", patient("p1")))
    ingest_into(store, ndjson(tmp_path / "3.ndjson", condition("c2", "2")))
    assert table(store, "Patient", "id", "birth_year", "sex") == [(bare[0][0], 1951, "female")]
    assert len(events(store)) == 2


def test_the_content_of_a_record_is_stored_as_a_keyed_hash() -> None:
    """A hash without a key would let somebody guess the display texts of patients' records and check each guess."""
    said = []
    for key in "ab":
        recording = Recording(Rows(), "job", lambda text, key=key: key + text)  # type: ignore[misc]
        for item in (Course("course:1", "Anatomy", None, None, None, None, None), Seen("Course")):
            recording.add(item)
        said += [one.said for one in recording.attempts]
    assert [(text or "")[0] for text in said] == ["a", "b"]
