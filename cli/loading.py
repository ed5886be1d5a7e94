"""cli: what a load would do, told without loading."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.found import print_json
from cli.status import report_lines, report_values
from graph.store import Address, Store, reading
from ingest.jobs import Report

Rehearse = Callable[[Store, str], tuple[Report, list[Path]]]


def would_load(given: Namespace, rehearse: Rehearse) -> int:
    """Prints the report of the load that would be, made by `rehearse` of a store and a state folder's address."""
    there = Address(given.store).is_server or Path(given.store).is_dir()
    with TemporaryDirectory(prefix="tricuspid-") as folder, reading(given.store if there else folder) as store:
        # A secret is made where none is; that is not to be beside the store.
        secret = (Address(given.store).state / "secret").exists()
        report, strange = rehearse(store, given.store if secret else folder)
    if given.json:
        print_json({name: value for name, value in report_values(report, strange).items() if name != "job"})
    else:
        print(f"nothing is written; of {report.read:,} read, {report.written:,} would be written")
        for line in report_lines(report, strange, _new(report)):
            print(line)
    return 3 if report.refused else 0


def _new(report: Report) -> list[str]:
    return [f"  {one.file}: {one.id} {one.version}".rstrip() + " is new" for one in report.releases if not one.replaces]
