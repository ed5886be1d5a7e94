"""cli: what a store holds and what a job did, as values for scripts and as text for people."""

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
    """Address, epoch, rows of every table, those that are no record of their own, releases, and jobs as they began."""
    releases = snapshot.tables["Release"].to_pylist()
    jobs = snapshot.tables["Job"].to_pylist()
    counts = {row["table"]: row["rows"] for row in snapshot.counts.to_pylist()}
    less = {kind: counts.get(kind, 0) - len(records.ids) for kind, records in snapshot.records.items()}
    rows = {"rows": counts, "joined": {kind: number for kind, number in less.items() if number}}
    return {"store": address, "epoch": snapshot.epoch, **rows, "releases": releases, "jobs": jobs}


def as_text(told: dict[str, Any]) -> str:
    """What `summary` tells, with how far the names are encoded."""
    lines = [f"{told['store']}, epoch {told['epoch']}"]
    lines += [f"  {rows:>12,}  {table}" for table, rows in told["rows"].items() if rows]
    for kind, number in told["joined"].items():
        lines.append(f"  {-number:>12,}  {kind}, as they are one with another by an identifier or say nothing")
    lines += [f"meaning {told['meaning']['state']}"]
    lines += ["releases"] + [f"  {r['id']}  {r['version']}  {r['licence']}".rstrip() for r in told["releases"]]
    lines += ["jobs"]
    for job in told["jobs"]:
        done = f"{job['written']:,} written, {job['refused']:,} refused, {job['unmapped']:,} unmapped"
        lines.append(f"  {job['id']}  {job['kind']}  {job['state']}  {job['started']}  {done}")
    return "\n".join(lines)


def report_values(report: Report, strange: Sequence[Path]) -> dict[str, Any]:
    """The report of a job, with the files in its folders that no format claims."""
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
    """The same for a log, without names of files about patients: refusals, notes and files of no format as numbers."""
    told = {name: value for name, value in report_values(report, strange).items() if name not in ("refusals", "notes")}
    return told | {"not_recognised": len(strange)}


def counts_text(report: Report) -> list[str]:
    """A line for each kind, with what is not 0; a load says of what is written how it was before."""
    rows = [row for row in report.counts.rows() if row["kind"]]
    hidden = ("read", "written", "refused") if report.kind == "load" else ("read", "refused")
    lines = []
    for row in rows[:_MOST_KINDS]:
        told = [f"{row[name]:,} {name.replace('_', ' ')}" for name in COLUMNS if row[name] and name not in hidden]
        lines.append(f"  {row['kind']}: {', '.join(told)}")
    if len(rows) > _MOST_KINDS:
        lines.append(f"  and {len(rows) - _MOST_KINDS} kinds more, which --json tells")
    return lines


def releases_text(releases: Sequence[Loaded]) -> list[str]:
    """What a load replaces, and what its next version would not replace."""
    lines = []
    for one in releases:
        for id, version in one.replaces:
            before = " ".join(filter(None, [id if id != one.id else "", version])) or "what was loaded before"
            lines.append(f"  {one.file}: {' '.join(filter(None, [one.id, one.version]))} replaces {before}")
    if unnamed := [one for one in releases if one.unnamed and not one.replaces]:
        files = ", ".join(one.file for one in unnamed)
        lines.append(f"  without an IRI or set id, so known by content: {files}")
        lines.append("  for a next version to replace one: tricuspid load --name NAME FILE")
    for one in unnamed:
        for earlier in one.beside:
            lines.append(f"  {one.file} stands beside {earlier}; to replace that: tricuspid load --name {earlier} FILE")
    return lines


def report_text(report: Report, strange: Sequence[Path]) -> str:
    again = f", resumed after batch {report.resumed_at}" if report.resumed_at else ""
    first = f"{report.kind} {report.id}{again}: {report.read:,} read, {report.written:,} written"
    return "\n".join([first, *report_lines(report, strange)])


def report_lines(report: Report, strange: Sequence[Path], new: Sequence[str] = ()) -> list[str]:
    """All but the totals; `new` are lines on releases that replace none."""
    lines = [*counts_text(report), *new, *releases_text(report.releases)]
    if report.superseded:
        lines += [f"{report.superseded:,} superseded: the store has a newer version, or they were deleted since"]
    if report.refused:
        lines += [f"{report.refused:,} refused, among them:"]
    lines += [f"  {text}" for text in report.refusals]
    if report.reasons:
        what = "were not read, or otherwise than they stand" if report.kind == "load" else "reached no concept"
        lines += [f"{report.reasons.total():,} {what}, most often:"]
        lines += [f"  {count:>8,}  {reason}" for reason, count in report.reasons.most_common(_COMMONEST)]
    lines += [f"  {text}" for text in report.notes]
    if strange:
        shown = ", ".join(path.name for path in strange[:_COMMONEST])
        lines += [f"{len(strange)} files are of no format that is read here, such as {shown}"]
        lines += [f"  among them {known}" for known in filter(None, [described(strange)])]
    return lines
