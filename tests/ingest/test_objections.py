"""ingest: a patient who objects to research is left out during the objection, even if already ingested."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cohorts.canonical import definition_hash
from cohorts.model import Among
from cohorts.parts import parts_of
from cohorts.saved import versions
from graph.snapshot import fresh_snapshot
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


@pytest.mark.parametrize("said", STANDS)
def test_an_active_denial_of_research_leaves_the_patient_out(site: Site, said: str) -> None:
    both = patient("1"), condition("a"), patient("2"), condition("b", of="Patient/2")
    report = site.take(bundle(site.folder / "a.json", *both, consent(**STANDS[said])))
    assert site.persons() == 1 and site.patients() == {"90000001": 1}
    assert report.reasons[LEFT_OUT] == 1
    assert PSEUDONYM.patient("1") not in str(everything(site))


@pytest.mark.parametrize("said", NOT)
def test_any_other_consent_leaves_no_patient_out(site: Site, said: str) -> None:
    report = site.take(bundle(site.folder / "a.json", patient("1"), condition("a"), consent(**NOT[said])))
    assert site.persons() == 1 and report.reasons[LEFT_OUT] == 0 and report.refused == 0


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
    before = everything(site)
    report = site.take(bundle(site.folder / "c.json", consent(**DENY)))
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


def test_withdrawing_one_of_two_objections_keeps_the_other(site: Site) -> None:
    data = bundle(site.folder / "a.json", patient("1"))
    site.take(data, bundle(site.folder / "c.json", consent("c", **DENY), consent("d", **DENY)))
    site.take(bundle(site.folder / "e.json", consent("c", status="inactive")))
    site.take(data)
    assert site.persons() == 0
    site.take(deleted(site.folder / "f.json", "Consent/d"))
    site.take(data)
    assert site.persons() == 1


def test_an_older_version_of_a_consent_changes_nothing(site: Site) -> None:
    old, new = (dict[str, Any](meta={"lastUpdated": f"2026-01-0{day}T00:00:00Z"}) for day in (1, 2))
    data = bundle(site.folder / "a.json", patient("1"))
    site.take(data, bundle(site.folder / "b.json", consent(**DENY, **new)))
    site.take(bundle(site.folder / "c.json", consent(status="inactive", **old)))
    site.take(data)
    assert site.persons() == 0


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
@pytest.mark.parametrize("first", [True, False])
def test_the_order_in_a_file_and_the_size_of_batches_do_not_matter(
    site: Site, monkeypatch: pytest.MonkeyPatch, size: int, first: bool
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", size)
    data = [patient("1"), condition("a"), condition("b"), patient("2"), condition("d", of="Patient/2")]
    resources = [consent(**DENY), *data] if first else [*data, consent(**DENY)]
    report = site.take(bundle(site.folder / "a.json", *resources))
    assert whole(report) and site.persons() == 1 and site.patients() == {"90000001": 1}
    assert PSEUDONYM.patient("1") not in str(everything(site)) and report.reasons[LEFT_OUT] == 1


def test_older_snapshots_are_deleted_with_the_patient(site: Site) -> None:
    site.take(bundle(site.folder / "a.json", patient("1")))
    kept = fresh_snapshot(site.store, site.folder / "state").folder
    site.take(bundle(site.folder / "c.json", consent(**DENY)))
    assert not kept.exists()


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


@pytest.mark.parametrize("after", range(1, 8))
def test_a_killed_and_repeated_job_gives_the_same_graph(
    site: Site, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """One patient objects in the middle of the file, and another no longer does."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 1)
    site.take(bundle(site.folder / "b.json", patient("3"), consent("d", of="Patient/3", **DENY)))
    data = [patient("1"), condition("a"), consent(**DENY), condition("b"), patient("2"), patient("3")]
    file = bundle(site.folder / "a.json", *data, consent("d", of="Patient/3", status="inactive"))
    written, write = 0, site.store.write

    def killed(batch: Any) -> int:
        nonlocal written
        written += 1
        if written > after:
            raise Killed
        return write(batch)

    with monkeypatch.context() as patch:
        patch.setattr(site.store, "write", killed)
        with suppress(Killed):
            site.take(file)
    report = site.take(file)
    assert site.persons() == 1 and report.reasons[LEFT_OUT] == 2
    assert not {PSEUDONYM.patient("1"), PSEUDONYM.patient("3")} & {id for (id,) in table(site.store, "Patient", "id")}
    site.take(file)
    assert {id for (id,) in table(site.store, "Patient", "id")} == {PSEUDONYM.patient("2"), PSEUDONYM.patient("3")}
