"""cli: the command `search --records`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from cli.errors import CliError
from cli.found import print_found
from cli.stores import snapshot_of
from graph.kinds import RECORDS
from graph.snapshot import Snapshot
from linking.search import DEEPEST, RecordHit, RecordVectors, asks_meaning, find_records, is_record


def search_records(options: Namespace) -> int:
    if options.ontology:
        raise CliError("--ontology applies to concepts only: leave it out with --records")
    if not 0 <= options.first <= DEEPEST:
        raise CliError(f"--first is {options.first}: give a number from 0 to {DEEPEST:,}")
    snapshot = snapshot_of(options.store)
    kinds = [kind for kind in RECORDS if not options.kind or kind.lower() in options.kind]
    vectors, notice = _vectors(options.store, snapshot, options.text, kinds)
    hits, total = find_records(snapshot, options.text, kinds, 0, options.first, vectors)
    rows = [_row(snapshot, hit) for hit in hits]
    lines = [f"{row['id']}\t{row['title'] or ''}\t{_found_in(hit)}" for row, hit in zip(rows, hits, strict=True)]
    nothing = f"no record matches {options.text!r}"
    print_found(options, {"total": total, "hits": rows} | notice, lines, nothing)
    return 0


def _row(snapshot: Snapshot, hit: RecordHit) -> dict[str, Any]:
    table = snapshot.records[hit.kind].table
    id_, title = (snapshot.column(table, name, [hit.number])[0] for name in ("id", "title"))
    own = {"how": hit.how, "field": hit.field, "text": hit.text, "score": hit.score}
    return {"kind": hit.kind.lower(), "id": id_, "title": title} | own


def _found_in(hit: RecordHit) -> str:
    """Returns the method and field of a hit, and the matching words.

    Words in the title are left out, because the title is printed already.
    """
    if hit.how in ("identifier", "exact title"):
        return hit.how
    return f"{hit.how} in {hit.field}" + (f": {hit.text}" if hit.field != "title" else "")


def _vectors(
    store: str, snapshot: Snapshot, text: str, kinds: Sequence[str]
) -> tuple[RecordVectors | None, dict[str, str]]:
    """Returns the vectors of records, or a notice that states why there are none.

    If the text is an identifier or an exact title, vectors are not needed.
    """
    if not asks_meaning(text) or is_record(snapshot, text, kinds):
        return None, {}
    from cli.serving import understanding_of

    return understanding_of(store).records(snapshot)
