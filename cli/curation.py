"""cli: the commands `refusals` and `unmapped`: what was not taken in, for whoever looks after the data."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pyarrow as pa

from api.disclosure import CURATORS, role
from api.execution import execute
from api.fields import MOST
from api.schema import newest_jobs, refused
from cli.errors import CliError
from cli.found import print_found, print_json
from cli.safety import audit_of
from cli.serving import at_the_command_line
from cli.stores import snapshot_of
from graph.settings import settings
from graph.store import Address
from ingest.inputs import names_in
from ingest.secret import keyed_in

_UNMAPPED = """query($first: Int!, $system: String) {
  unmappedCodes(first: $first, system: $system) {
    totalCount nodes { id system label events since } others { codes events }
  }
}"""


def refusals(given: Namespace) -> int:
    _check(given)
    snapshot = snapshot_of(given.store)
    ids = snapshot.column(snapshot.tables["Job"], "id", newest_jobs(snapshot))
    if given.job and given.job not in ids:
        raise CliError(f"no job is called {given.job!r} here: tricuspid status lists them")
    paths = names_in(Path(given.folder), keyed_in(Address(given.store).state)) if given.folder else {}
    rows = [row for job in ids if given.job in ("", job) for row in refused(snapshot, job, given.file, given.reason)]
    table = (
        snapshot.tables["Refusal"]
        .select(["job", "file", "position", "reason"])
        .take(pa.array(rows, pa.int64()))
        .to_pylist()
    )
    if given.folder:
        table = [row | {"file": path} for row in table for path in paths.get(row["file"], [])]
    shown = table[: given.first]
    lines = ["\t".join(value or "" for value in row.values()) for row in shown]
    print_found(given, {"total": len(table), "refusals": shown}, lines, "nothing was refused")
    return 0


def _check(given: Namespace) -> None:
    if role(given.role) not in CURATORS:
        raise CliError(f"{given.role} may not see this: give --role steward or exact")
    if not 0 <= given.first <= MOST:
        raise CliError(f"--first is {given.first}: give 0 to {MOST}")


def unmapped(given: Namespace) -> int:
    _check(given)
    snapshot, reads = snapshot_of(given.store), list[dict[str, Any]]()
    asked = {"first": given.first, "system": given.system}
    answer = execute(snapshot, _UNMAPPED, asked, role(given.role), reads=reads)
    if reads and (audit := audit_of(settings())) is not None:
        audit.write(at_the_command_line(given.role), _UNMAPPED, None, snapshot.epoch, reads)
    if "errors" in answer:
        raise CliError(answer["errors"][0]["message"])
    found = answer["data"]["unmappedCodes"]
    if given.json:
        print_json(found)
        return 0
    lines = [
        f"{row['events']:>10,}  since {row['since'] or '?'}  {row['id']}  {row['label'] or ''}".rstrip()
        for row in found["nodes"]
    ]
    if others := found["others"]:
        codes, events = (others[name] or "a few" for name in ("codes", "events"))
        lines.append(f"besides {codes} other codes with {events} events")
    print_found(given, found, lines, "every code is mapped, or of a loaded terminology")
    return 0
