"""ingest: the reason for a stop as a text is kept if ten patients of a source have it and it names nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.language import parse
from graph.snapshot import fresh_snapshot
from ingest import jobs, said
from ingest.pseudonym import Identity
from ingest.words import RARE
from tests.graph import rows
from tests.ingest.care import EARLY, LATE, Resource, Site, bundle, deleted, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.test_attributes import WHO, coded, events, read, reasons, resource
from tests.ingest.test_objections import DENY, consent

__all__ = ["read"]
STOP_REASON = f"stop_reason: {RARE}"
TEXT = "side effects"


def stopped(of: int, text: str = TEXT, id_: str = "", **more: Any) -> Resource:
    drug = {"medicationCodeableConcept": coded("109081006"), "subject": {"reference": f"Patient/{of}"}}
    why = {"status": "stopped", "statusReason": {"text": text}, "authoredOn": "2020-01-02"}
    return resource("MedicationRequest") | drug | why | {"id": id_ or f"r{of}"} | more


def texts(site: Site) -> dict[str, str]:
    """By record, the stored texts."""
    found = rows.table(site.store, "EVENT", "record", "stop_reason")
    return {record: text for record, text in found if text}


def record(id_: str, source: str = "") -> str:
    return PSEUDONYM.record("MedicationRequest", id_, source)


@pytest.mark.parametrize(
    ("kind", "field", "many"),
    [
        ("MedicationRequest", "statusReason", False),
        ("MedicationStatement", "statusReason", True),
        ("MedicationAdministration", "statusReason", True),
        ("MedicationDispense", "statusReasonCodeableConcept", False),
        ("Procedure", "statusReason", False),
    ],
)
def test_a_stop_has_a_code_and_a_text(read: Any, kind: str, field: str, many: bool) -> None:
    what = {"code" if kind == "Procedure" else "medicationCodeableConcept": coded("109081006")}

    def stop(text: str, status: str = "stopped") -> Any:
        why = coded("281647001") | {"text": text}
        items = read(kind, subject=WHO, status=status, **what, **{field: [why] if many else why})
        (event,) = events(items)
        return event.reason, event.stop_reason, reasons(items)

    assert stop(" side \n effects") == ("snomedct:281647001", TEXT, [])
    assert stop("op verzoek van mw. Zonnebloem") == ("snomedct:281647001", None, [STOP_REASON])
    assert stop("7" * 61) == ("snomedct:281647001", None, [STOP_REASON])
    assert stop(TEXT, "completed") == (None, None, [])


@pytest.mark.parametrize("batch", [1, 7, 40_000])
def test_ten_patients_make_a_text_and_nine_do_not(site: Site, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", batch)
    given = [stopped(of, id_=f"{name}{of}") for of in range(10) for name in "ab"]
    given += [stopped(of, "price", f"p{of}") for of in range(9)] + [stopped(1, "price", f"q{n}") for n in range(9)]
    report = site.take(bundle(site.folder / "a.json", *given))
    assert texts(site) == {record(f"{name}{of}"): TEXT for of in range(10) for name in "ab"}
    assert report.reasons[STOP_REASON] == 18 and len(rows.table(site.store, "EVENT", "record")) == 38


def test_patients_of_two_sources_are_not_added_up(site: Site) -> None:
    one = bundle(site.folder / "a.json", *(stopped(of) for of in range(9)), base="http://a.example/fhir")
    other = bundle(site.folder / "b.json", *(stopped(of) for of in range(9)), base="http://b.example/fhir")
    site.take(one, other)
    assert texts(site) == {}


def test_a_later_version_has_its_own_text(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 1)
    first = [stopped(of, **EARLY) for of in range(10)]
    again = [stopped(1, status="completed", **LATE), stopped(2, "price", **LATE)]
    site.take(bundle(site.folder / "a.json", *first[:5], *again, *first[5:]))
    assert texts(site) == {record(f"r{of}"): TEXT for of in range(10) if of not in (1, 2)}
    site.take(bundle(site.folder / "b.json", *first))
    assert texts(site) == {record(f"r{of}"): TEXT for of in range(10) if of not in (1, 2)}, "the store has newer ones"


def test_a_deleted_record_and_an_absent_patient_get_no_text(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 1)
    given = bundle(
        site.folder / "a.json", *(stopped(of) for of in range(12)), patient("3"), consent(of="Patient/3", **DENY)
    )
    gone = deleted(site.folder / "b.json", "MedicationRequest/r4")
    site.take(given, gone)
    assert texts(site) == {record(f"r{of}"): TEXT for of in range(12) if of not in (3, 4)}


def test_a_killed_job_gives_the_same_texts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 2)
    file = bundle(site.folder / "a.json", *(stopped(of) for of in range(14)))
    write = type(site.store).write
    written: list[Any] = []

    def killed(store: Any, batch: Any) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(batch)
        write(store, batch)

    with monkeypatch.context() as patch:
        patch.setattr(type(site.store), "write", killed)
        with pytest.raises(KeyboardInterrupt):
            site.take(file)
    assert texts(site) == {}
    assert site.take(file).resumed_at == 3
    assert texts(site) == {record(f"r{of}"): TEXT for of in range(14)}


def test_more_texts_than_the_memory_may_hold_are_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "MOST", 3)
    report = site.take(bundle(site.folder / "a.json", *(stopped(of) for of in range(12))))
    assert report.reasons["stop_reason: not counted, too many texts"] == 6
    assert texts(site) == {record(f"r{of}"): TEXT for of in (0, 1, 2, 9, 10, 11)}


def test_a_question_finds_the_patients_with_a_text(site: Site, tmp_path: Path) -> None:
    people = [patient(str(of), str(1950 + of)) for of in range(12)]
    given = [stopped(of, TEXT if of < 10 else "price") for of in range(12)]
    site.take(bundle(tmp_path / "a.json", *people, *given), identity=Identity(source="ward"))
    snapshot = fresh_snapshot(site.store, site.folder / "state")

    def born(text: str) -> set[int]:
        found = answer(snapshot, parse(f'medication with stop reason starting with "{text}"')).patients
        return {int(snapshot.patients.born[one]) for one in found}

    assert born("Side") == {1950 + of for of in range(10)} and born("price") == set()
