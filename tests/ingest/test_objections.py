"""ingest: a patient who objects to research is left out during the objection, even if already ingested."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cohorts.canonical import definition_hash
from cohorts.model import Among
from cohorts.parts import parts_of
from cohorts.saved import versions
from graph.snapshot import fresh_snapshot
from graph.store import Batch
from ingest import jobs, objections
from ingest.objections import CHANGED, LEFT_OUT
from ingest.records import Item, NotRead, Objection, Refused, Seen, Unmapped
from ingest.sources import fhir_json
from tests.graph.rows import table
from tests.ingest.care import Site, bundle, condition, deleted, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.test_counts import counts_of, whole
from tests.ingest.test_forgetting import KEYED, ONE, TWO, having, listed

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = (str(TODAY + timedelta(days)) for days in (-1, 1))
RESEARCH = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]}
DENY: dict[str, Any] = {"provision": {"type": "deny"}}


def consent(id_: str = "c", of: str = "Patient/1", **more: Any) -> dict[str, Any]:
    said = {"resourceType": "Consent", "id": id_, "status": "active", "scope": RESEARCH}
    return said | {"patient": {"reference": of}} | more


def rule(code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    return {"policyRule": {"coding": [{"system": system, "code": code}]}}


def within(start: str | None, end: str | None) -> dict[str, Any]:
    period = {name: date for name, date in (("start", start), ("end", end)) if date}
    return {"provision": {"type": "deny", "period": period}}


STANDS: dict[str, dict[str, Any]] = {
    "deny": DENY,
    "opt out": rule("OPTOUT"),
    "opt out, with exceptions": rule("OPTOUTE"),
    "opt out, but a permit within": rule("OPTOUT") | {"provision": {"provision": [{"type": "permit"}]}},
    "today": within(str(TODAY), str(TODAY)),
    "this year": within(str(TODAY.year), str(TODAY.year)),
    "since yesterday": within(YESTERDAY, None),
    "until tomorrow": within(None, TOMORROW),
    "until an unreadable date": within(None, "whenever"),
}
NOT: dict[str, dict[str, Any]] = {
    "permit": {"provision": {"type": "permit"}},
    "opt in": rule("OPTIN"),
    "inactive": DENY | {"status": "inactive"},
    "rejected": DENY | {"status": "rejected"},
    "entered in error": DENY | {"status": "entered-in-error"},
    "draft": DENY | {"status": "draft"},
    "proposed": DENY | {"status": "proposed"},
    "expired": within(None, YESTERDAY),
    "not yet": within(TOMORROW, None),
    "last year": within(None, str(TODAY.year - 1)),
    "treatment": DENY | {"scope": {"coding": [{"code": "treatment"}]}},
    "advance directive": DENY | {"scope": {"coding": [{"code": "adr"}]}},
    "privacy": DENY | {"scope": {"coding": [{"code": "patient-privacy"}]}},
    "no scope": DENY | {"scope": None},
    "another system": DENY | {"scope": {"coding": [{"system": "urn:other", "code": "research"}]}},
}


def test_only_an_active_denial_of_research_leaves_the_patient_out(site: Site) -> None:
    cases = {said: str(number) for number, said in enumerate([*STANDS, *NOT])}
    data = []
    for said, more in (STANDS | NOT).items():
        id, of = cases[said], f"Patient/{cases[said]}"
        data += [patient(id), condition(id, of=of), consent(id, of, **more)]
    report = site.take(bundle(site.folder / "a.json", *data))
    found = str(everything(site))
    assert [said for said, id in cases.items() if PSEUDONYM.patient(id) in found] == [*NOT]
    assert site.persons() == len(NOT) and site.patients() == {"90000001": len(NOT)}
    assert report.reasons[LEFT_OUT] == len(STANDS) and report.refused == 0


def everything(site: Site) -> list[Any]:
    return [
        table(site.store, name, *columns)
        for name, columns in (
            ("Patient", ("id",)),
            ("Resource", ("id", "owner")),
            ("EVENT", ("source", "record", "visit")),
            ("SAME_PERSON", ("source", "target")),
            ("Forgotten", ("id", "since", "until", "patient", "updated")),
        )
    ]


def test_data_ingested_before_is_removed_until_the_objection_is_withdrawn(site: Site) -> None:
    linked = patient("2") | {"link": [{"other": {"reference": "Patient/1"}, "type": "seealso"}]}
    data = bundle(site.folder / "a.json", patient("1"), condition("a", "90000007"), linked)
    site.take(data)
    before, older = everything(site), fresh_snapshot(site.store, site.folder / "state").folder
    report = site.take(bundle(site.folder / "c.json", consent(**DENY)))
    assert not older.exists(), "older snapshots are deleted with the patient"
    assert counts_of(report) == {"Consent": {"read": 1, "written": 1}} and report.reasons[LEFT_OUT] == 1
    assert site.persons() == 1 and site.patients() == {}
    assert PSEUDONYM.patient("1") not in str(everything(site))
    assert table(site.store, "Concept", "id") == [], "only this patient had the code"
    again = site.take(data)
    assert counts_of(again)["Condition"] == {"read": 1, "not_read": 1} and whole(again)
    assert counts_of(again)["Patient"] == {"read": 2, "written": 1, "not_read": 1}, (
        "patient 2 is written without the link"
    )
    assert site.persons() == 1 and PSEUDONYM.patient("1") not in str(everything(site))
    withdrawn = bundle(site.folder / "d.json", consent(status="inactive", **DENY))
    site.take(withdrawn)
    assert site.persons() == 1, "the records are read again at the next ingest"
    back = site.take(data)
    assert counts_of(back)["Condition"] == {"read": 1, "written": 1}
    assert everything(site)[:-1] == before[:-1]


def test_an_objection_ends_only_if_it_is_withdrawn_itself(site: Site) -> None:
    """Patient 1 withdraws one of two objections and then the other. Patient 2 objects and has an older permit."""
    old, new = (dict[str, Any](meta={"lastUpdated": f"2026-01-0{day}T00:00:00Z"}) for day in (1, 2))
    data = bundle(site.folder / "a.json", patient("1"), patient("2"))
    latest = consent("e", "Patient/2", **DENY, **new)
    site.take(data, bundle(site.folder / "c.json", consent("c", **DENY), consent("d", **DENY), latest))
    older = consent("e", "Patient/2", status="inactive", **old)
    site.take(bundle(site.folder / "e.json", consent("c", status="inactive"), older))
    site.take(data)
    assert site.persons() == 0
    site.take(deleted(site.folder / "f.json", "Consent/d"))
    site.take(data)
    assert [id for (id,) in table(site.store, "Patient", "id")] == [PSEUDONYM.patient("1")] and site.persons() == 1


def test_an_objection_begins_and_ends_without_being_read_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bundle(site.folder / "a.json", patient("1"))
    site.take(data, bundle(site.folder / "c.json", consent(**within(TOMORROW, TOMORROW))))
    assert site.persons() == 1

    def on(date: str) -> None:
        clock = type("Clock", (), {"now": staticmethod(lambda _: datetime.fromisoformat(date))})
        monkeypatch.setattr(objections, "datetime", clock)

    other = bundle(site.folder / "o.json", patient("2"))
    on(TOMORROW)
    assert site.take(other).reasons[LEFT_OUT] == 1
    assert site.persons() == 1 and PSEUDONYM.patient("1") not in str(everything(site))
    on(str(TODAY + timedelta(2)))
    site.take(data)
    assert site.persons() == 2


@pytest.mark.parametrize("size", [1, 40_000])
def test_the_order_in_a_file_and_the_size_of_batches_do_not_matter(
    site: Site, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The objection of patient 1 comes before the other records of this patient, and that of patient 3 after them."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    first = [consent(**DENY), patient("1"), condition("a"), condition("b"), patient("2")]
    last = [patient("3"), *(condition(id, of="Patient/3") for id in "ef"), consent("d", "Patient/3", **DENY)]
    report = site.take(bundle(site.folder / "a.json", *first, condition("d", of="Patient/2"), *last))
    assert whole(report) and site.persons() == 1 and site.patients() == {"90000001": 1}
    found = str(everything(site))
    assert not [id for id in "13" if PSEUDONYM.patient(id) in found] and report.reasons[LEFT_OUT] == 2


def read(folder: Path, resource: dict[str, Any]) -> list[Item]:
    (folder / "a.json").write_text(json.dumps(resource))
    return [*fhir_json.read(folder / "a.json", PSEUDONYM)]


def test_a_consent_is_read_refused_or_counted(tmp_path: Path) -> None:
    objection, seen = read(tmp_path, consent(**DENY))
    assert objection == Objection(
        PSEUDONYM.patient("1"), PSEUDONYM.record("Consent", "c"), True, None, None, None
    ) and seen == Seen("Consent")
    (other,) = read(tmp_path, consent(**NOT["treatment"]))
    assert other == NotRead("Consent", "Consent")
    (refused,) = read(tmp_path, consent(patient=None))
    assert refused == Refused("Consent", "no subject")
    (refused,) = read(tmp_path, consent(modifierExtension=[{"url": "x"}]))
    assert isinstance(refused, Refused)
    _, lost, _ = read(tmp_path, consent(provision={"type": "permit", "provision": [{"type": "deny"}]}))
    assert isinstance(lost, Unmapped) and "exceptions" in lost.reason
    _, lost, _ = read(tmp_path, consent(status="perhaps"))
    assert isinstance(lost, Unmapped) and "status" in lost.reason


def test_an_objection_takes_the_patient_out_of_saved_cohorts(site: Site) -> None:
    state, theirs = site.folder / "state", bundle(site.folder / "c.json", consent(**DENY))
    site.take(bundle(site.folder / "a.json", patient("1"), condition("a"), condition("b"), patient("2")))
    listed(site.store, state)
    if not site.store.address.is_server:
        assert having(site.folder, (ONE,)), "the search can find it"
    report = site.take(theirs)
    assert report.reasons[CHANGED] == 3, "two versions and a run"
    assert not having(site.folder, KEYED)
    saved = versions(fresh_snapshot(site.store, state), "some")
    assert [[*among.patients] for one in saved for among in parts_of(one.definition, Among)] == [[], [TWO]]
    assert [one.hash for one in saved] == [definition_hash(one.definition) for one in saved]
    listed(site.store, state)
    again = site.take(bundle(site.folder / "o.json", patient("3")))
    assert again.reasons[CHANGED] > 0 and again.reasons[LEFT_OUT] == 0, "the patient is in no record"
    assert not having(site.folder, KEYED)


class Killed(BaseException):
    pass


def test_a_job_that_is_killed_at_any_batch_and_repeated_gives_the_same_graph(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job has its own patients: 1 objects in the middle of the file, and 3 no longer does."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 1)
    kills, files = range(1, 8), []
    objecting = [(patient(f"3-{n}"), consent(f"d-{n}", f"Patient/3-{n}", **DENY)) for n in kills]
    site.take(bundle(site.folder / "b.json", *(one for both in objecting for one in both)))
    for after in kills:
        files.append(of_three(site.folder / f"{after}.json", after))
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(site.store, "write", killed_after(after, site.store.write))
            site.take(files[-1])
        report = site.take(files[-1])
        assert site.persons() == after and report.reasons[LEFT_OUT] == 2, after
        assert stored(site) == {PSEUDONYM.patient(f"2-{n}") for n in range(1, after + 1)}, after
    site.take(*files)
    assert stored(site) == {PSEUDONYM.patient(f"{id}-{n}") for id in "23" for n in kills}


def of_three(file: Path, n: int) -> Path:
    one = f"Patient/1-{n}"
    first = patient(f"1-{n}"), condition(f"a-{n}", of=one), consent(f"c-{n}", one, **DENY), condition(f"b-{n}", of=one)
    withdrawn = consent(f"d-{n}", f"Patient/3-{n}", status="inactive")
    return bundle(file, *first, patient(f"2-{n}"), patient(f"3-{n}"), withdrawn)


def killed_after(after: int, write: Callable[[Batch], int]) -> Callable[[Batch], int]:
    left = iter(range(after))

    def killed(batch: Batch) -> int:
        if next(left, None) is None:
            raise Killed
        return write(batch)

    return killed


def stored(site: Site) -> set[str]:
    return {id for (id,) in table(site.store, "Patient", "id")}
