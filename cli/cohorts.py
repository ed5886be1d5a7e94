"""cli: the command `cohort`: saves, lists, shows, copies, tags, runs and compares cohorts."""

from __future__ import annotations

import difflib
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import orjson

from api.disclosure import role
from cli.cohort_numbers import Numbers
from cli.cohort_patients import print_explanation, print_table
from cli.cohort_report import changed, lines_of, told
from cli.errors import CliError
from cli.found import print_found, print_json
from cli.keeping import refuse_absent
from cli.stores import label_of, snapshot_of, waits
from cohorts.encoding import decode, encode
from cohorts.language import Label, labels, parse, printed
from cohorts.lint import lint, shown
from cohorts.model import Definition
from cohorts.runs import answered, changes, keep, run_of, runs
from cohorts.saved import COHORT, current, stored, versions
from cohorts.saved import copy as copied
from cohorts.saved import save as saved_as
from cohorts.saved import tag as tagged
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, Store, writing

_LARGEST = 4 << 20


def cohort(options: Namespace) -> int:
    refuse_absent(options.store)
    return _ACTIONS[options.action](options)


def _save(options: Namespace) -> int:
    definition, names = _definition(Path(options.file), options.language)
    with _changing(options) as here:
        snapshot, saved = saved_as(*here, options.name, definition, options.tag)
    for finding in lint(definition, snapshot, labels=names, language=options.language):
        print(shown(finding, options.language), file=sys.stderr)
    print(f"{saved.id} version {saved.version}")
    return 0


def _copy(options: Namespace) -> int:
    with _changing(options) as here:
        _, saved = copied(*here, options.name, options.new)
    print(f"{saved.id} version {saved.version}")
    return 0


def _tag(options: Namespace) -> int:
    added, removed = ((), options.tags) if options.remove else (options.tags, ())
    with _changing(options) as here:
        _, saved = tagged(*here, options.name, added, removed)
    print(f"{saved.id} {' '.join(saved.tags)}".rstrip())
    return 0


@contextmanager
def _changing(options: Namespace) -> Iterator[tuple[Store, Path, Snapshot]]:
    """Opens the store for writing. Yields the store, its state folder and its current snapshot."""
    with writing(options.store, waits) as store:
        folder = Address(options.store).state
        yield store, folder, fresh_snapshot(store, folder)


def _definition(file: Path, language: Any) -> tuple[Definition, list[Label]]:
    """Returns the cohort definition in a file, and the concept labels that its text contains (none in JSON).

    Raises CliError and NotUnderstood.
    """
    if file.stat().st_size > _LARGEST:
        raise CliError(f"{file} is larger than {_LARGEST >> 20} MiB: a definition is a short text")
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CliError(f"{file} is not UTF-8: save it as UTF-8") from None
    if not text.lstrip().startswith("{"):
        return parse(text, language), labels(text, language)
    try:
        return decode(text), []
    except msgspec.DecodeError as wrong:
        raise CliError(f"{file}: {wrong}; correct the definition") from None


def _list(options: Namespace) -> int:
    snapshot = snapshot_of(options.store)
    numbers = Numbers(snapshot, options.store, role(options.role))
    rows = []
    for saved in (one for one in current(snapshot) if options.tag is None or options.tag in one.tags):
        last = next(reversed(runs(snapshot, saved)), None)
        number = last and numbers.last(saved, last.steps[-1])
        rows.append({"id": saved.id, "version": saved.version, "tags": list(saved.tags), "created": saved.created,
                     "run": last and {"at": last.at, "epoch": last.epoch, "patients": number}})  # fmt: skip
    lines = [_line(row) for row in rows]
    print_found(options, {"cohorts": rows}, lines, "no cohort is saved")
    return 0


def _line(row: dict[str, Any]) -> str:
    run = row["run"]
    last = f"{run['patients']} patients at epoch {run['epoch']}, {run['at']}" if run else "not run yet"
    return f"{row['id']}  version {row['version']}  {last}  {' '.join(row['tags'])}".rstrip()


def _show(options: Namespace) -> int:
    snapshot = snapshot_of(options.store)
    version = "" if options.version is None else f"|{options.version}"
    saved = stored(snapshot, f"{COHORT}{options.name}{version}")
    for one in versions(snapshot, options.name):
        now = "  (this one)" if one.version == saved.version else ""
        print(f"version {one.version}  {one.created}  {one.hash[:12]}{now}", file=sys.stderr)
    if options.language == "json":
        print_json(orjson.loads(encode(saved.definition)))
    else:
        print(printed(saved.definition, options.language, label_of(snapshot)), end="")
    return 0


def _run(options: Namespace) -> int:
    with _changing(options) as (store, folder, snapshot):
        saved = stored(snapshot, COHORT + options.name)
        numbers = Numbers(snapshot, options.store, role(options.role))
        numbers.ask(saved)
        steps, not_compared = answered(snapshot, saved.definition)
        run = run_of(snapshot, saved, steps, numbers.noisy(steps))
        before = next(reversed(runs(snapshot, saved)), None)
        found = changes(snapshot, before, run) if before else None
        numbers.tell(saved, [*run.steps, *(before.steps if before else ())])
        keep(store, folder, snapshot, run)
    values = told(numbers, run, not_compared)
    values["changes"] = found and changed(numbers, found) | {"run": before and before.number}
    if options.json:
        print_json(values)
    else:
        print("\n".join(lines_of(values)))
    return 0


def _diff(options: Namespace) -> int:
    snapshot = snapshot_of(options.store)
    known = [one.version for one in versions(snapshot, options.name)]
    stored(snapshot, COHORT + options.name)
    wanted = options.versions or known[-2:]
    if len(wanted) != 2:
        raise CliError(
            "give two versions" if options.versions else f"{options.name} has only one version: nothing to compare"
        )
    old, new = (stored(snapshot, f"{COHORT}{options.name}|{version}") for version in wanted)
    numbers = Numbers(snapshot, options.store, role(options.role))
    for one in (old, new):
        numbers.ask(one)
    both = [answered(snapshot, one.definition).steps[-1] for one in (old, new)]
    patients = numbers.compared(new, *both)
    label = label_of(snapshot)
    before, after = (printed(one.definition, "en", label).splitlines() for one in (old, new))
    names = [f"{COHORT}{options.name}|{version}" for version in wanted]
    lines = [*difflib.unified_diff(before, after, names[0], names[1], lineterm="", n=1)]
    values = {"epoch": snapshot.epoch, "versions": wanted, "same": old.hash == new.hash, "patients": patients}
    shown = [*lines, *(f"{name}: {number} patients" for name, number in zip(names, patients, strict=True))]
    print_found(options, values | {"diff": lines}, shown, "")
    return 0


def _of_patients(options: Namespace) -> int:
    snapshot, file = snapshot_of(options.store), Path(options.name)
    if file.is_file():
        asked, _ = _definition(file, options.language)
    else:
        asked = stored(snapshot, COHORT + options.name).definition
    show = print_table if options.action == "table" else print_explanation
    return show(options, snapshot, asked)


_ACTIONS: dict[str, Callable[[Namespace], int]] = {
    "save": _save,
    "list": _list,
    "show": _show,
    "copy": _copy,
    "tag": _tag,
    "run": _run,
    "diff": _diff,
    "table": _of_patients,
    "explain": _of_patients,
}
