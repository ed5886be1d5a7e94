"""cli: the commands that keep a store: `backup`, `restore` and `check`."""

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


def backup(given: Namespace) -> int:
    from graph.store import backup as run

    refuse_absent(given.store)
    with writing(given.store, waits) as store:
        made = run(store, Path(given.file), _progress())
    _told(given.file, sum(table["rows"] for table in made.tables.values()), "written, of epoch", made.epoch)
    return 0


def restore(given: Namespace) -> int:
    from graph.snapshot import fresh_snapshot
    from graph.store import restore as run

    folder = Address(given.store).state
    with writing(given.store, waits, restores=True) as store:
        made = run(Path(given.file), store, folder, _progress())
        epoch = fresh_snapshot(store, folder).epoch
    _told(given.store, sum(table["rows"] for table in made.tables.values()), "restored; it is now at epoch", epoch)
    return 0


def check(given: Namespace) -> int:
    """Gives 1 where anything is at fault."""
    from curation import check as run

    refuse_absent(given.store)
    with writing(given.store, waits) as store:
        found = []
        for finding in run(store, Address(given.store).state):
            found.append(finding)
            if not given.json:
                print(_line(finding), flush=True)
    faults = sum(finding.wrong > 0 and finding.fault for finding in found)
    if given.json:
        told = {"store": given.store, "faults": faults, "findings": [finding._asdict() for finding in found]}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
    else:
        print(f"{given.store}: {faults or 'no'} fault{'s' if faults != 1 else ''} in {len(found)} checks")
    return 1 if faults else 0


def _line(found: Finding) -> str:
    how = "ok" if not found.wrong else "FAULT" if found.fault else "note"
    wrong = f"; not so: {found.wrong:,}, such as {', '.join(found.examples)}" if found.wrong else ""
    return f"{how:<6}{found.looked_at:>12,}  {found.what}{wrong}"


def _told(where: str, rows: int, what: str, epoch: int) -> None:
    print(f"{where}: {rows:,} rows {what} {epoch}")


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
