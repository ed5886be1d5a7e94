"""cli: the command `forget`: one person is removed, and kept out of what is ingested later."""

from __future__ import annotations

from argparse import Namespace

from cli.found import print_json
from cli.keeping import refuse_absent
from cli.stores import waits
from graph.kinds import KINDS
from graph.store import Address, writing


def forget(given: Namespace) -> int:
    from ingest.forgetting import forget as run

    refuse_absent(given.store)
    with writing(given.store, waits) as store:
        done = run(store, Address(given.store).state, given.id)
    if given.json:
        print_json(done._asdict())
    elif done.since:
        print(f"{done.id} was removed on {done.since}, and is kept out of what is ingested")
    else:
        print(f"{done.id} is removed from {_told(done.records)}, and is kept out of what is ingested later")
        print("backups that were made before still hold this person: delete them")
    return 0


def _told(records: dict[str, int]) -> str:
    counted = (
        f"{number:,} {KINDS[kind].spoken if number > 1 else KINDS[kind].singular}" for kind, number in records.items()
    )
    return ", ".join(counted) or "no record"
