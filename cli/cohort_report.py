"""cli: reports a run of a saved cohort, and what changed since the run before, as values for scripts and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.disclosure import CURATORS, UNCHANGED
from cli.cohort_numbers import Numbers, withheld
from cohorts.runs import Changes, Run

_MOST = 20


def told(numbers: Numbers, run: Run, not_compared: Mapping[str, int]) -> dict[str, Any]:
    """Returns a run of a saved cohort as values for JSON, with its patient counts as the caller in `numbers` may see
    them. `not_compared` counts the values that could not be converted to the unit of a criterion, by reason.
    """
    steps = [{"name": one.name, "patients": numbers.of(one)} for one in run.steps]
    return {
        "cohort": run.cohort,
        "version": run.version,
        "epoch": run.epoch,
        "run": run.number,
        "at": run.at,
        "steps": steps,
        "withheld": withheld(numbers.role) if any(one["patients"] == "withheld" for one in steps) else None,
        "reach_nothing": run.empty,
        "not_compared": dict(not_compared) if numbers.role in UNCHANGED else None,
    }


def changed(numbers: Numbers, found: Changes) -> dict[str, Any]:
    """Returns what changed since an earlier run, as the caller in `numbers` may see it. Only the roles exact and
    records see `same_patients` and `between`, which are described in Changes.
    """
    steps = [
        {"name": (after or before).name, "before": before and numbers.of(before), "after": after and numbers.of(after)}  # type: ignore[union-attr]
        for before, after in found.steps
    ]
    values: dict[str, Any] = {
        "steps": [one for one in steps if one["before"] != one["after"]],
        "versions": list(found.versions) if found.versions[0] != found.versions[1] else None,
        "epochs": list(found.epochs),
        "jobs": [_job(row) for row in found.jobs] if numbers.role in CURATORS else len(found.jobs),
        "answered": {id_: list(pair) for id_, pair in found.answered.items()},
        "reach": {id_: list(pair) for id_, pair in found.reach.items()},
    }
    if numbers.role in UNCHANGED:
        values |= {"same_patients": found.same_patients, "between": found.between}
    return values


def _job(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "kind", "state", "started", "written", "deleted")}


def lines_of(values: dict[str, Any]) -> Iterator[str]:
    """Yields a run as lines of text. `values` is the result of `told`, with the result of `changed` as `changes`."""
    yield f"{values['cohort']} version {values['version']}, epoch {values['epoch']}, run {values['run']}"
    for step in values["steps"]:
        yield f"  {step['patients']:>12}  {step['name']}"
    if values["withheld"]:
        yield f"withheld: {values['withheld']}"
    yield from (f"{id_} reaches no concept of this store" for id_ in values["reach_nothing"])
    for what, number in (values["not_compared"] or {}).items():
        yield f"{number:,} values were not compared: {what}"
    if values["changes"]:
        yield from _changes(values["changes"])


def _changes(found: dict[str, Any]) -> Iterator[str]:
    because = [*_because(found)]
    since = f"since run {found['run']}, epoch {found['epochs'][0]}"
    if not found["steps"]:
        same = {None: "", True: ": the same patients", False: ", but some patients are different"}
        yield f"{since}, no number changed{same[found.get('same_patients')]}"
    else:
        yield f"{since}:"
    for step in found["steps"]:
        before, after = (step[name] if step[name] is not None else "no such step" for name in ("before", "after"))
        yield f"  {before:>12}  to {after}  {step['name']}"
    yield "what changed in between:" if because else "nothing changed in between"
    yield from (f"  {line}" for line in because)
    yield from _effect(found)


def _because(found: dict[str, Any]) -> Iterator[str]:
    if found["versions"]:
        old, new = found["versions"]
        yield f"definition: version {old} to {new}"
    for id_, (before, after) in [*found["answered"].items()][:_MOST]:
        yield f"{id_}: version {_version(before)} to {_version(after)}"
    for id_, (size, now) in [*found["reach"].items()][:_MOST]:
        yield f"reach of {id_}: {size:,} to {now:,} concepts"
    if isinstance(found["jobs"], int):
        yield from [f"{found['jobs']} jobs"] if found["jobs"] else []
        return
    for job in found["jobs"][:_MOST]:
        yield f"job {job['id']}, {job['kind']}: {job['written'] or 0:,} written, {job['deleted'] or 0:,} deleted"


def _effect(found: dict[str, Any]) -> Iterator[str]:
    if (between := found.get("between")) is not None:
        what = "with the earlier definition, value sets and saved cohorts"
        yield f"{what}, there would be {between:,} patients now"


def _version(version: str | None) -> str:
    return "not loaded" if version is None else version or "without a number"
