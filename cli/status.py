"""cli: the contents of a store and the report of a job, as values for scripts and as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph.snapshot import Snapshot
from ingest.counts import COLUMNS, OUTCOMES
from ingest.jobs import Loaded, Report
from ingest.unread import described

_COMMONEST = 5
_MOST_KINDS = 20


def summary(address: str, snapshot: Snapshot) -> dict[str, Any]:
    """Returns address, epoch, rows per table, merged records per kind, releases, and jobs (earliest start first)."""
    releases = snapshot.tables["Release"].to_pylist()
    jobs = snapshot.tables["Job"].to_pylist()
    counts = {row["table"]: row["rows"] for row in snapshot.counts.to_pylist()}
    less = {kind: counts.get(kind, 0) - len(records.ids) for kind, records in snapshot.records.items()}
    rows = {"rows": counts, "joined": {kind: number for kind, number in less.items() if number}}
    return {"store": address, "epoch": snapshot.epoch, **rows, "releases": releases, "jobs": jobs}


def as_text(values: dict[str, Any]) -> str:
    """Returns `values` as text: the values of `summary`, and under the key `meaning` the state of the encoder."""
    lines = [f"{values['store']}, epoch {values['epoch']}"]
    lines += [f"  {rows:>12,}  {table}" for table, rows in values["rows"].items() if rows]
    for kind, number in values["joined"].items():
        lines.append(f"  {-number:>12,}  {kind}: empty, or merged with a record that has the same identifier")
    lines += [f"meaning {values['meaning']['state']}"]
    lines += ["releases"] + [f"  {r['id']}  {r['version']}  {r['licence']}".rstrip() for r in values["releases"]]
    lines += ["jobs"]
    for job in values["jobs"]:
        done = f"{job['written']:,} written, {job['refused']:,} refused, {job['unmapped']:,} unmapped"
        lines.append(f"  {job['id']}  {job['kind']}  {job['state']}  {job['started']}  {done}")
    return "\n".join(lines)


def report_values(report: Report, strange: Sequence[Path]) -> dict[str, Any]:
    """Returns the report of a job as values for JSON. `strange` lists the files whose format is not supported."""
    return {
        "job": report.id,
        "kind": report.kind,
        "read": report.read,
        **{outcome: report.counts.total(outcome) for outcome in OUTCOMES},
        "counts": report.counts.rows(),
        "refusals": report.refusals,
        "notes": report.notes,
        "releases": [release._asdict() for release in report.releases],
        "unmapped": dict(report.reasons.most_common()),
        "not_recognised": [str(path) for path in strange],
        "resumed_at": report.resumed_at,
    }


def logged(report: Report, strange: Sequence[Path]) -> dict[str, Any]:
    """Returns the values of `report_values` that may be written to a log.

    Refusals, notes and file names are left out, because they can identify patients.
    """
    values = {
        name: value for name, value in report_values(report, strange).items() if name not in ("refusals", "notes")
    }
    return values | {"not_recognised": len(strange)}


def counts_text(report: Report) -> list[str]:
    """Returns a line for each kind of record in the report, with the counts that are not 0.

    The lines of a load have `added`, `changed` and `obsoleted` instead of `written`.
    """
    rows = [row for row in report.counts.rows() if row["kind"]]
    hidden = ("read", "written", "refused") if report.kind == "load" else ("read", "refused")
    lines = []
    for row in rows[:_MOST_KINDS]:
        counts = [f"{row[name]:,} {name.replace('_', ' ')}" for name in COLUMNS if row[name] and name not in hidden]
        lines.append(f"  {row['kind']}: {', '.join(counts)}")
    if len(rows) > _MOST_KINDS:
        lines.append(f"  and {len(rows) - _MOST_KINDS} other kinds; --json lists all")
    return lines


def releases_text(releases: Sequence[Loaded]) -> list[str]:
    """Returns lines about releases that a load replaced, and about releases that the next version will not replace."""
    lines = []
    for one in releases:
        for id, version in one.replaces:
            before = " ".join(filter(None, [id if id != one.id else "", version])) or "the earlier version"
            lines.append(f"  {one.file}: {' '.join(filter(None, [one.id, one.version]))} replaces {before}")
    if unnamed := [one for one in releases if one.unnamed and not one.replaces]:
        files = ", ".join(one.file for one in unnamed)
        lines.append(f"  without an IRI or set id, so the next version will not replace this version: {files}")
        lines.append("  to have the next version replace a release: tricuspid load --name NAME FILE")
    for one in unnamed:
        for earlier in one.beside:
            lines.append(
                f"  {one.file} does not replace {earlier}; to replace it: tricuspid load --name {earlier} FILE"
            )
    return lines


def report_text(report: Report, strange: Sequence[Path]) -> str:
    again = f", resumed after batch {report.resumed_at}" if report.resumed_at else ""
    first = f"{report.kind} {report.id}{again}: {report.read:,} read, {report.written:,} written"
    return "\n".join([first, *report_lines(report, strange)])


def report_lines(report: Report, strange: Sequence[Path], new: Sequence[str] = ()) -> list[str]:
    """Returns the lines of `report_text` after the first line, which has the totals.

    `new` contains the lines about releases that replace no other release.
    """
    lines = [*counts_text(report), *new, *releases_text(report.releases)]
    if report.superseded:
        lines += [f"{report.superseded:,} superseded: the store has a newer version, or the record was deleted later"]
    if report.refused:
        lines += [f"{report.refused:,} refused. The first ones:"]
    lines += [f"  {text}" for text in report.refusals]
    if report.reasons:
        what = "were skipped or changed" if report.kind == "load" else "were not mapped to a concept"
        lines += [f"{report.reasons.total():,} values {what}. Most common reasons:"]
        lines += [f"  {count:>8,}  {reason}" for reason, count in report.reasons.most_common(_COMMONEST)]
    lines += [f"  {text}" for text in report.notes]
    if strange:
        shown = ", ".join(path.name for path in strange[:_COMMONEST])
        files = "file" if len(strange) == 1 else "files"
        lines += [f"{len(strange):,} {files} in no supported format, such as {shown}"]
        lines += [f"  among them {known}" for known in filter(None, [described(strange)])]
    return lines
