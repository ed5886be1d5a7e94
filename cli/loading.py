"""cli: the option `--dry-run` of the command `load`."""

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


def would_load(options: Namespace, rehearse: Rehearse) -> int:
    """Prints the report of a load that writes nothing. `rehearse` makes the report from a store and its address."""
    exists = Address(options.store).is_server or Path(options.store).is_dir()
    with TemporaryDirectory(prefix="tricuspid-") as folder, reading(options.store if exists else folder) as store:
        # Opening a store creates its secret, if the secret is missing. A dry run must not do so.
        secret = (Address(options.store).state / "secret").exists()
        report, strange = rehearse(store, options.store if secret else folder)
    if options.json:
        print_json({name: value for name, value in report_values(report, strange).items() if name != "job"})
    else:
        print(f"dry run: {report.read:,} read, {report.written:,} would be written")
        for line in report_lines(report, strange, _new(report)):
            print(line)
    return 3 if report.refused else 0


def _new(report: Report) -> list[str]:
    return [f"  {one.file}: {one.id} {one.version}".rstrip() + " is new" for one in report.releases if not one.replaces]
