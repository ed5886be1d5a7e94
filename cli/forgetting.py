"""cli: the command `forget`, which removes a person or patient. Later jobs leave out this person or patient."""

from __future__ import annotations

from argparse import Namespace

from cli.errors import CliError
from cli.found import print_json
from cli.keeping import refuse_absent
from cli.stores import waits
from graph.kinds import KINDS
from graph.settings import settings
from graph.store import Address, writing

PATIENT = "patient"


def forget(options: Namespace) -> int:
    from ingest.forgetting import forget as run
    from ingest.forgetting import forget_patient

    if options.id[:-1] not in ([], [PATIENT]):
        raise CliError("give one ID; write the word patient before an identifier that a source uses for a patient")
    refuse_absent(options.store)
    given, folder = options.id[-1], Address(options.store).state
    is_patient = options.id[0] == PATIENT or given.startswith(f"{PATIENT}:")
    with writing(options.store, waits) as store:
        source = (options.source or settings().source).rstrip("/")
        done = forget_patient(store, folder, given, source) if is_patient else run(store, folder, given)
    if options.json:
        print_json(done._asdict())
    elif done.since:
        print(f"{done.id} was already removed on {done.since}")
    else:
        print(f"removed {done.id} from {_counted(done.records)}; later jobs leave this {_what(is_patient)} out")
        if done.joined:
            print(f"other patients that are the same person were not removed: {', '.join(done.joined)}")
        if not done.rewritten:
            print("the server's files can still contain deleted rows: copy the files with neo4j-admin database copy")
        print(f"older backups still contain this {_what(is_patient)}: delete them")
    return 0


def _what(is_patient: bool) -> str:
    return PATIENT if is_patient else "person"


def _counted(records: dict[str, int]) -> str:
    parts = (
        f"{number:,} {kind if kind not in KINDS else KINDS[kind].spoken if number > 1 else KINDS[kind].singular}"
        for kind, number in records.items()
    )
    return ", ".join(parts) or "no record"
