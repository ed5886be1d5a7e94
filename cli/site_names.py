"""cli: the command `names`, which prints a site's own names as a table for `load`, or removes the names."""

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


def names(options: Namespace) -> int:
    snapshot = snapshot_of(options.store)
    sources = sorted(set(snapshot.site_names["release"].to_pylist()))
    if options.name is not None and options.name not in sources:
        known = f"give one of {', '.join(sources)}" if sources else "no names are loaded"
        raise CliError(f"no names are loaded as {options.name!r}: {known}")
    if options.remove:
        return _remove(options)
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(_COLUMNS)
    out.writerows(row for row in _rows(snapshot) if options.name in (None, row[4]))
    return 0


def _rows(snapshot: Snapshot) -> list[tuple[object, ...]]:
    table = snapshot.site_names
    concepts = (snapshot.ids[concept] for concept in table["concept"].to_pylist())
    text, language, count, source = (table[name].to_pylist() for name in ("text", "language", "count", "release"))
    return list(zip(text, concepts, language, count, source, map(snapshot.loaded.get, source), strict=True))


def _remove(options: Namespace) -> int:
    from ingest.site_names import remove

    if options.name is None:
        raise CliError("--remove removes all names of one source: give --name as well")
    with writing(options.store, waits) as store:
        report = remove(store, Address(options.store).state, options.name, lambda _what, _done: between_batches())
    print(f"removed {report.counts.total('removed'):,} names of {options.name}")
    return 0
