"""cli: the commands `refusals` and `unmapped`, which list refused records and unmapped codes for a steward."""

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
from ingest.sources import companions

_UNMAPPED = """query($first: Int!, $system: String) {
  unmappedCodes(first: $first, system: $system) {
    totalCount nodes { id system label events since } others { codes events }
  }
}"""


def refusals(options: Namespace) -> int:
    _check(options)
    snapshot = snapshot_of(options.store)
    ids = snapshot.column(snapshot.tables["Job"], "id", newest_jobs(snapshot))
    if options.job and options.job not in ids:
        raise CliError(f"there is no job {options.job!r}: tricuspid status lists the jobs")
    keyed = keyed_in(Address(options.store).state) if options.folder else None
    paths = names_in(Path(options.folder), keyed, companions) if keyed else {}
    rows = [
        row for job in ids if options.job in ("", job) for row in refused(snapshot, job, options.file, options.reason)
    ]
    table = (
        snapshot.tables["Refusal"]
        .select(["job", "file", "position", "reason"])
        .take(pa.array(rows, pa.int64()))
        .to_pylist()
    )
    if options.folder:
        table = [row | {"file": path} for row in table for path in paths.get(row["file"], [])]
    shown = table[: options.first]
    lines = ["\t".join(value or "" for value in row.values()) for row in shown]
    print_found(options, {"total": len(table), "refusals": shown}, lines, "nothing was refused")
    return 0


def _check(options: Namespace) -> None:
    if role(options.role) not in CURATORS:
        raise CliError(f"the role {options.role} may not use this command: give --role steward or exact")
    if not 0 <= options.first <= MOST:
        raise CliError(f"--first is {options.first}: give a number from 0 to {MOST}")


def unmapped(options: Namespace) -> int:
    _check(options)
    snapshot, reads = snapshot_of(options.store), list[dict[str, Any]]()
    variables = {"first": options.first, "system": options.system}
    answer = execute(snapshot, _UNMAPPED, variables, role(options.role), reads=reads)
    if reads and (audit := audit_of(settings())) is not None:
        audit.write(at_the_command_line(options.role), _UNMAPPED, None, snapshot.epoch, reads)
    if "errors" in answer:
        raise CliError(answer["errors"][0]["message"])
    found = answer["data"]["unmappedCodes"]
    if options.json:
        print_json(found)
        return 0
    lines = [
        f"{row['events']:>10,}  since {row['since'] or '?'}  {row['id']}  {row['label'] or ''}".rstrip()
        for row in found["nodes"]
    ]
    if others := found["others"]:
        codes, events = (others[name] or "a few" for name in ("codes", "events"))
        lines.append(f"and {codes} other codes with {events} events")
    print_found(options, found, lines, "every code is in a loaded terminology or has a mapping")
    return 0
