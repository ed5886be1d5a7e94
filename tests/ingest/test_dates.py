"""ingest: all readers treat dates by the same rule, and count the parts that they leave out."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.kinds import Dataset, Event, Patient, Publication, Study
from ingest.dates import MORE, NO_DATE, NO_DAY, NO_MONTH, date
from ingest.records import OUT_OF_RANGE, Item, Unmapped
from ingest.sources import SOURCES
from tests.ingest.golden import PSEUDONYM

SOURCE = {source.name: source for source in SOURCES}
KEPT = {
    "1999": "1999",
    "1999-07": "1999-07",
    "1999-7-1": "1999-07-01",
    "2020-1": "2020-01",
    "19990701": "1999-07-01",
    "1999 ": "1999",
    "2020-05-01 10:00:00": "2020-05-01",
    "2020-06-01T10:00": "2020-06-01",
    "2020-01-01T24:00:00Z": "2020-01-01",
    "2016-12-31T23:59:60Z": "2016-12-31",
    "2020-01-01T00:30:00-11:00": "2020-01-01",
    "20200501T100000Z": "2020-05-01",
    "2020Z": "2020",
    "2020-02Z": "2020-02",
    "2020-05-01Z": "2020-05-01",
    "2020-05-01+02:00": "2020-05-01",
    "2020-05-01-05:00": "2020-05-01",
    "2020-05:00": "2020",
    "2020-05-10:00": "2020-05",
    "2020-02-29": "2020-02-29",
}
CUT = {
    "2020-02-30": ("2020-02", NO_DAY),
    "20200230": ("2020-02", NO_DAY),
    "2021-02-29": ("2021-02", NO_DAY),
    "2020-05-00": ("2020-05", NO_DAY),
    "1999-13": ("1999", NO_MONTH),
    "1999-00-10": ("1999", NO_MONTH),
    "20201301": ("2020", NO_MONTH),
    "2020-xx-xx": ("2020", MORE),
    "2020-W05-1": ("2020", MORE),
    "2020-123": ("2020", MORE),
    "2020-05-012": ("2020-05", MORE),
    "2020-05-01/2020-06-01": ("2020-05-01", MORE),
    "2020-05-01T": ("2020-05-01", MORE),
    "0000-01-01": (None, NO_DATE),
    "0000": (None, NO_DATE),
    "99": (None, NO_DATE),
    "202001": (None, NO_DATE),
    "12020-01-01": (None, NO_DATE),
    "-0044": (None, NO_DATE),
    "١٩٩٩": (None, NO_DATE),
    "soon": (None, NO_DATE),
}


def read(text: str | None) -> tuple[str | None, list[str]]:
    lost: list[str] = []
    return date(text, lost), lost


@pytest.mark.parametrize("text", KEPT)
def test_a_valid_date_keeps_its_precision(text: str) -> None:
    assert read(text) == (KEPT[text], [])


@pytest.mark.parametrize("text", CUT)
def test_the_valid_part_of_a_date_is_kept_and_the_rest_counted(text: str) -> None:
    kept, reason = CUT[text]
    assert read(text) == (kept, [reason])


@pytest.mark.parametrize("text", [None, "", "  "])
def test_an_empty_date_counts_as_absent(text: str | None) -> None:
    assert read(text) == (None, [])


@given(st.dates(), st.sampled_from(["", "T00:00:00Z", "T23:59:59.999-14:00", " 10:00", "Z", "+02:00"]))
def test_a_date_time_is_cut_to_its_date(day: datetime.date, rest: str) -> None:
    assert read(f"{day.isoformat()}{rest}") == (day.isoformat(), [])


@given(st.text(alphabet="0123456789-/TZ: +x", max_size=30))
def test_the_kept_part_is_a_valid_date_and_a_prefix_of_the_text(text: str) -> None:
    kept, lost = read(text)
    assert len(lost) <= 1
    if kept is None:
        assert lost == [NO_DATE] or not text.strip()
        return
    parts = kept.split("-")
    datetime.date(*(int(part) for part in [*parts, "1", "1"][:3]))
    digits = text.strip().replace("-", "")
    assert digits.startswith(parts[0]) and int(parts[0]) > 0


def test_dates_of_patients_and_events_keep_their_valid_part(shared: Path) -> None:
    """Each date in dates.json is used as a birth date and as the start of an event."""
    items = list(SOURCE["fhir_json"].read(shared / "faults/dates.json", PSEUDONYM))
    whole = ["2020", "2020-02", "2020-01-01", "2016-12-31", "2020-01-01", None, "2020-01-01", "2020-01-01"]
    whole += ["2020-06-01", "2020-05-01", "2020-02"]
    assert [item.start for item in items if isinstance(item, Event)] == whole
    years = [item.birth_year for item in items if isinstance(item, Patient)]
    assert years == [int(one[:4]) if one else None for one in whole]
    assert [item for item in items if isinstance(item, Unmapped)] == [
        Unmapped(NO_DAY, "entry 2 (Patient)"),
        Unmapped(NO_DATE, "entry 6 (Patient)"),
        Unmapped(NO_DAY, "entry 13 (Condition)"),
        Unmapped(NO_DATE, "entry 17 (Condition)"),
    ]


def test_every_date_element_of_fhir_is_read_by_the_same_rule(tmp_path: Path) -> None:
    who = {"reference": "Patient/p"}
    code = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
    bad, period = "2020-02-30", {"start": "2020-02-30", "end": "2020-13"}
    own = {"id": "x", "subject": who, "patient": who, "status": "completed", "code": code}
    result: list[tuple[str, dict[str, Any], list[str]]] = [
        ("Condition", {"onsetDateTime": bad, "abatementDateTime": bad}, [NO_DAY, NO_DAY]),
        ("Condition", {"onsetPeriod": period, "abatementPeriod": period}, [NO_MONTH, NO_DAY, NO_MONTH]),
        ("Condition", {"recordedDate": bad}, [NO_DAY]),
        ("AllergyIntolerance", {"onsetPeriod": period}, [NO_DAY, NO_MONTH]),
        ("Observation", {"effectiveInstant": bad, "status": "final"}, [NO_DAY]),
        ("Observation", {"effectivePeriod": period, "status": "final"}, [NO_DAY, NO_MONTH]),
        ("MedicationRequest", {"authoredOn": bad, "medicationCodeableConcept": code}, [NO_DAY]),
        ("MedicationStatement", {"effectiveDateTime": bad, "medicationCodeableConcept": code}, [NO_DAY]),
        ("Procedure", {"performedPeriod": period}, [NO_DAY, NO_MONTH]),
        ("Immunization", {"occurrenceDateTime": bad, "vaccineCode": code}, [NO_DAY]),
        ("FamilyMemberHistory", {"date": bad, "condition": [{"code": code}]}, [NO_DAY]),
        ("Encounter", {"period": period, "type": [code], "status": "finished"}, [NO_DAY, NO_MONTH]),
        ("Specimen", {"collection": {"collectedDateTime": bad}, "type": code, "status": "available"}, [NO_DAY]),
    ]
    path = tmp_path / "resource.json"
    for kind, fields, reasons in result:
        path.write_text(json.dumps({"resourceType": kind} | own | fields))
        items = list(SOURCE["fhir_json"].read(path, PSEUDONYM))
        assert [item.reason for item in items if isinstance(item, Unmapped)] == reasons, fields
        events = [item for item in items if isinstance(item, Event)]
        assert [event.start or event.end for event in events] == ["2020-02"], fields


def made(kind: str, path: Path, text: str) -> list[Item]:
    path.write_text(text)
    return list(SOURCE[kind].read(path, PSEUDONYM))


def _study(start: str, count: object = 5) -> str:
    status = {"startDateStruct": {"date": start}}
    design = {"enrollmentInfo": {"count": count}}
    identification = {"nctId": "NCT00000001", "briefTitle": "x"}
    sections = {"identificationModule": identification, "statusModule": status, "designModule": design}
    return json.dumps({"protocolSection": sections})


def _legacy(start: str, count: object = 5) -> str:
    result = f"<start_date>{start}</start_date><enrollment>{count}</enrollment>"
    return f"<clinical_study><id_info><nct_id>NCT00000001</nct_id></id_info>{result}</clinical_study>"


def _datacite(issued: str) -> str:
    dates = [{"date": issued, "dateType": "Issued"}]
    return json.dumps(
        {"doi": "10.5555/a", "types": {"resourceTypeGeneral": "Dataset"}, "dates": dates, "titles": [{"title": "x"}]}
    )


def _datacite_xml(issued: str) -> str:
    return (
        '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier>10.5555/a</identifier>'
        f'<dates><date dateType="Issued">{issued}</date></dates>'
        '<resourceType resourceTypeGeneral="Dataset"/></resource>'
    )


def _pubmed(issued: str) -> str:
    parts = zip(("Year", "Month", "Day"), issued.split("-"), strict=False)
    dated = "".join(f"<{name}>{part}</{name}>" for name, part in parts)
    journal = f"<Journal><JournalIssue><PubDate>{dated}</PubDate></JournalIssue></Journal>"
    article = f"<Article>{journal}<ArticleTitle>x</ArticleTitle></Article>"
    return f"<PubmedArticle><MedlineCitation><PMID>1</PMID>{article}</MedlineCitation></PubmedArticle>"


def _dcat(issued: str, typed: str = "date") -> str:
    return (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
        f'<https://a.example/d> a dcat:Dataset ; dct:title "x" ; '
        f'dct:issued "{issued}"^^<http://www.w3.org/2001/XMLSchema#{typed}> .'
    )


READERS: dict[str, Callable[[str], str]] = {
    "clinicaltrials": _study,
    "clinicaltrials_xml": _legacy,
    "datacite_json": _datacite,
    "datacite_xml": _datacite_xml,
    "pubmed": _pubmed,
    "dcat": _dcat,
}


def _dated(item: Item) -> str | None:
    match item:
        case Study():
            return item.start
        case Publication():
            return item.published
        case Dataset():
            return item.issued
    return None


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("text", "kept", "reasons"),
    [
        ("2019-02-30", "2019-02", {NO_DAY: 1}),
        ("2019-13-01", "2019", {NO_MONTH: 1}),
        ("2019-2-3", "2019-02-03", {}),
        ("0000-01-01", None, {NO_DATE: 1}),
    ],
)
def test_every_reader_keeps_the_valid_part_of_a_date(
    kind: str, text: str, kept: str | None, reasons: dict[str, int], tmp_path: Path
) -> None:
    items = made(kind, tmp_path / "file", READERS[kind](text))
    assert next(filter(None, map(_dated, items)), None) == kept
    assert Counter(item.reason for item in items if isinstance(item, Unmapped)) == reasons


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "pubmed"])
@pytest.mark.parametrize("rest", ["Z", "+02:00", "T10:00:00Z", " 10:00:00"])
def test_every_reader_leaves_out_time_zone_and_time(kind: str, rest: str, tmp_path: Path) -> None:
    items = made(kind, tmp_path / "file", READERS[kind](f"2020-05-01{rest}"))
    assert [item for item in map(_dated, items) if item] == ["2020-05-01"]
    assert not [item for item in items if isinstance(item, Unmapped)]


@pytest.mark.parametrize(
    ("text", "kept", "reasons"),
    [("February 30, 2019", "2019-02", [NO_DAY]), ("August 3, 2021", "2021-08-03", []), ("Fall 2021", None, [NO_DATE])],
)
def test_an_invalid_day_of_a_trial_leaves_year_and_month(
    text: str, kept: str | None, reasons: list[str], tmp_path: Path
) -> None:
    items = made("clinicaltrials_xml", tmp_path / "file", _legacy(text))
    assert [item.start for item in items if isinstance(item, Study)] == [kept]
    assert [item for item in items if isinstance(item, Unmapped)] == [
        Unmapped(reason, "clinicaltrials:NCT00000001") for reason in reasons
    ]


@pytest.mark.parametrize(("kind", "text"), [("clinicaltrials", _study), ("clinicaltrials_xml", _legacy)])
@pytest.mark.parametrize("count", [-1, 1 << 31, 10**30])
def test_a_number_of_people_out_of_range_is_counted(kind: str, text: Any, count: int, tmp_path: Path) -> None:
    items = made(kind, tmp_path / "file", text("2020", count))
    assert [item.enrolment for item in items if isinstance(item, Study)] == [None]
    assert [item.reason for item in items if isinstance(item, Unmapped)] == [OUT_OF_RANGE]


@pytest.mark.parametrize("value", ['"valueInteger": 1e30', f'"valueInteger": {10**30}', f'"valueInteger": {-(2**53)}'])
def test_an_integer_out_of_range_is_counted(value: str, tmp_path: Path) -> None:
    code = '{"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}'
    who = '{"reference": "Patient/p"}'
    text = f'{{"resourceType": "Observation", "id": "o", "status": "final", "code": {code}, "subject": {who}, {value}}}'
    items = made("fhir_json", tmp_path / "file", text)
    if "1e30" in value:
        assert len(items) == 1  # not an integer, so the record is refused
    else:
        assert [item.value for item in items if isinstance(item, Event)] == [None]
        assert [item.reason for item in items if isinstance(item, Unmapped)] == [OUT_OF_RANGE]
