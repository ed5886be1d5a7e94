"""cli: the command `names`: the names that a site gives concepts itself, as the table that `load` reads, or away."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace

from cli.errors import CliError
from cli.stopping import between_batches
from cli.stores import snapshot_of, waits
from graph.snapshot import Snapshot
from graph.store import Address, writing

_COLUMNS = ("text", "concept", "language", "count", "source", "loaded")


def names(given: Namespace) -> int:
    snapshot = snapshot_of(given.store)
    sources = sorted(set(snapshot.site_names["release"].to_pylist()))
    if given.name is not None and given.name not in sources:
        known = f"there are names of {', '.join(sources)}" if sources else "there are none"
        raise CliError(f"no names of {given.name!r} are here: {known}")
    if given.remove:
        return _remove(given)
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(_COLUMNS)
    out.writerows(row for row in _rows(snapshot) if given.name in (None, row[4]))
    return 0


def _rows(snapshot: Snapshot) -> list[tuple[object, ...]]:
    table = snapshot.site_names
    concepts = (snapshot.ids[concept] for concept in table["concept"].to_pylist())
    text, language, count, source = (table[name].to_pylist() for name in ("text", "language", "count", "release"))
    return list(zip(text, concepts, language, count, source, map(snapshot.loaded.get, source), strict=True))


def _remove(given: Namespace) -> int:
    from ingest.site_names import remove

    if given.name is None:
        raise CliError("--remove takes away all names of one source: give --name as well")
    with writing(given.store, waits) as store:
        report = remove(store, Address(given.store).state, given.name, lambda _what, _done: between_batches())
    print(f"{report.counts.total('removed'):,} names of {given.name} removed")
    return 0
