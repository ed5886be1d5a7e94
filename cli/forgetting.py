"""cli: the command `forget`, which removes a person and keeps the person out of later jobs."""

from __future__ import annotations

from argparse import Namespace

from cli.found import print_json
from cli.keeping import refuse_absent
from cli.stores import waits
from graph.kinds import KINDS
from graph.store import Address, writing


def forget(options: Namespace) -> int:
    from ingest.forgetting import forget as run

    refuse_absent(options.store)
    with writing(options.store, waits) as store:
        done = run(store, Address(options.store).state, options.id)
    if options.json:
        print_json(done._asdict())
    elif done.since:
        print(f"{done.id} was already removed on {done.since}")
    else:
        print(f"removed {done.id} from {_counted(done.records)}; later jobs leave this person out")
        print("older backups still contain this person: delete them")
    return 0


def _counted(records: dict[str, int]) -> str:
    parts = (
        f"{number:,} {KINDS[kind].spoken if number > 1 else KINDS[kind].singular}" for kind, number in records.items()
    )
    return ", ".join(parts) or "no record"
