"""cli: the output of `status` and the report of a job, as text and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import _failed
from cli.status import as_text, logged, report_text, report_values, summary
from graph.snapshot import read_snapshot
from graph.store import open_store
from ingest.inputs import NotThere
from ingest.jobs import Report
from tests.example import write_example


def done(kind: str, *counts: tuple[str, str, int], resumed_at: int = 0) -> Report:
    """A report with these numbers of records, by record type and outcome."""
    report = Report("0a1b", kind, "done", resumed_at=resumed_at)
    for of, what, number in counts:
        report.counts.add(of, what, number)
    return report


DONE = done("ingest", ("Condition", "read", 1_190), ("Condition", "written", 1_100), ("Condition", "unchanged", 90))
DONE.counts.add("", "read", 2)
DONE.counts.add("", "refused", 2)
DONE.counts.add("Claim", "read", 8)
DONE.counts.add("Claim", "not_read", 8)
DONE.reasons.update({"no code": 30, "refuted": 4})
DONE.refusals.append("a.json, line 1: bad")


def test_status_lists_rows_releases_and_jobs(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    write_example(store)
    store.close()
    output = summary("here", read_snapshot(str(tmp_path / "store"))) | {"meaning": {"state": "ready"}}
    assert (output["store"], output["epoch"], output["rows"]["Patient"], output["rows"]["Organisation"]) == (
        "here",
        1,
        18,
        0,
    )
    assert [release["id"] for release in output["releases"]] == sorted(release["id"] for release in output["releases"])
    assert [job["id"] for job in output["jobs"]] == ["j1", "j2"]
    lines = as_text(output).splitlines()
    assert lines[0] == "here, epoch 1" and "meaning ready" in lines
    assert "            18  Patient" in lines
    assert "  mondo  2026-08-04  https://creativecommons.org/licenses/by/4.0/" in lines
    assert "  j2  ingest  done  2026-08-20T10:01:00+00:00  23 written, 2 refused, 3 unmapped" in lines
    assert not [line for line in lines if "Organisation" in line]


def test_a_report_lists_refusals_and_reasons_for_unmapped_values(tmp_path: Path) -> None:
    assert report_text(DONE, [Path("x/notes.txt")]).splitlines() == [
        "ingest 0a1b: 1,200 read, 1,100 written",
        "  Condition: 1,100 written, 90 unchanged",
        "  Claim: 8 not read",
        "2 refused. The first ones:",
        "  a.json, line 1: bad",
        "34 values were not mapped to a concept. Most common reasons:",
        "        30  no code",
        "         4  refuted",
        "1 file in no supported format, such as notes.txt",
    ]
    values = report_values(DONE, [Path("x/notes.txt")])
    assert values["unmapped"] == {"no code": 30, "refuted": 4}
    assert (values["read"], values["refused"], values["not_recognised"]) == (1_200, 2, ["x/notes.txt"])
    assert [(row["kind"], row["read"], row["not_read"]) for row in values["counts"]] == [
        ("Condition", 1_190, 0),
        ("Claim", 8, 8),
        ("", 2, 0),
    ]


def test_a_report_states_why_nothing_was_deleted() -> None:
    report = done("ingest")
    report.refusals.append("nothing was deleted: 1 files are in no supported format")
    assert f"  {report.refusals[0]}" in report_text(report, []).splitlines()


def test_a_report_names_the_unsupported_formats_that_it_recognises(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("TY  - JOUR\n")
    (tmp_path / "b").write_text("notes")
    assert report_text(DONE, [tmp_path / "a", tmp_path / "b"]).splitlines()[-2:] == [
        "2 files in no supported format, such as a, b",
        "  among them 1 RIS (export publications as PubMed XML or DataCite)",
    ]


def test_a_log_names_no_file_about_patients(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(DONE, [Path("x/Zonnebloem.txt")])["not_recognised"] == 1
    assert "a.json" not in repr(logged(DONE, []))
    for error in (NotThere(Path("x/Zonnebloem")), PermissionError(13, "denied", "x/Zonnebloem")):
        _failed(error, private=True)
    assert [line.partition(":")[0] for line in caplog.messages] == ["a file does not exist", "[Errno 13] denied"]
    assert "Zonnebloem" not in caplog.text
    _failed(NotThere(Path("x/Zonnebloem")))
    assert "Zonnebloem" in caplog.text


def test_a_report_of_a_load_counts_its_changes() -> None:
    output = [("terms", "read", 5), ("terms", "written", 2), ("terms", "added", 1), ("terms", "changed", 1)]
    report = done("load", *output, ("terms", "unchanged", 3), ("terms", "removed", 4))
    expected = ["load 0a1b: 5 read, 2 written", "  terms: 3 unchanged, 1 added, 1 changed, 4 removed"]
    assert report_text(report, []).splitlines() == expected
    report.resumed_at = 3
    assert report_text(report, []).splitlines()[0] == "load 0a1b, resumed after batch 3: 5 read, 2 written"


def test_a_report_lists_the_most_common_kinds() -> None:
    report = done("ingest", *((f"Kind{n}", what, 30 - n) for n in range(25) for what in ("read", "not_read")))
    lines = report_text(report, []).splitlines()
    assert (lines[1], lines[-1]) == ("  Kind0: 30 not read", "  and 5 other kinds; --json lists all")
