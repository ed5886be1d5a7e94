"""cli: the commands `backup`, `restore` and `check`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import orjson

from cli.stopping import between_batches
from cli.stores import waits
from curation import Finding
from graph.errors import NothingLoaded
from graph.store import Address, Progress, writing


def backup(options: Namespace) -> int:
    from graph.store import backup as run

    refuse_absent(options.store)
    with writing(options.store, waits) as store:
        made = run(store, Path(options.file), _progress())
    rows = sum(table["rows"] for table in made.tables.values())
    print(f"{options.file}: {rows:,} rows written, epoch {made.epoch}")
    return 0


def restore(options: Namespace) -> int:
    from graph.snapshot import fresh_snapshot
    from graph.store import restore as run

    folder = Address(options.store).state
    with writing(options.store, waits, restores=True) as store:
        made = run(Path(options.file), store, folder, _progress())
        epoch = fresh_snapshot(store, folder).epoch
    rows = sum(table["rows"] for table in made.tables.values())
    print(f"{options.store}: {rows:,} rows restored, epoch {epoch}")
    return 0


def check(options: Namespace) -> int:
    """Checks that the store is consistent, and prints the findings. Returns 1 if a finding is a fault, otherwise 0."""
    from curation import check as run

    refuse_absent(options.store)
    with writing(options.store, waits) as store:
        found = []
        for finding in run(store, Address(options.store).state):
            found.append(finding)
            if not options.json:
                print(_line(finding), flush=True)
    faults = sum(finding.wrong > 0 and finding.fault for finding in found)
    if options.json:
        values = {"store": options.store, "faults": faults, "findings": [finding._asdict() for finding in found]}
        sys.stdout.buffer.write(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE))
    else:
        print(f"{options.store}: {faults or 'no'} fault{'s' if faults != 1 else ''} in {len(found)} checks")
    return 1 if faults else 0


def _line(found: Finding) -> str:
    how = "ok" if not found.wrong else "FAULT" if found.fault else "note"
    wrong = f"; {found.wrong:,} wrong, such as {', '.join(found.examples)}" if found.wrong else ""
    return f"{how:<6}{found.looked_at:>12,}  {found.what}{wrong}"


def refuse_absent(address: str) -> None:
    if Address(address).is_absent:
        raise NothingLoaded(address)


def _progress() -> Progress:
    shown = sys.stderr.isatty()

    def progress(table: str, rows: int) -> None:
        between_batches()
        if shown:
            print(f"\r\033[K{table}: {rows:,}", end="", file=sys.stderr, flush=True)

    return progress
