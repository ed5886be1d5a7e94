"""bench: compares the contents of a store with an independent count of the files that were ingested into it.

Run `python -m bench.counts` from the root of the checkout. The script ingests Synthea, a bulk export, trials, courses
and publications of ../shared/data into one store. It prints both numbers for each kind, and fails if they differ.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from graph.store import Store, open_store
from ingest.counts import OUTCOMES
from ingest.jobs import Report
from ingest.run import ingest
from tests.e2e.raw_counts import Raw, raw

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
WHOLE = (
    "care/synthea-fhir-r4/*.bz2",
    "care/fhir-bulk-ndjson/[A-Z]*.ndjson",
    "research/clinicaltrials-json/NCT*.json",
    "research/clinicaltrials-xml/NCT*.xml",
    "education/surf-ooapi-demo/seeds/data.edn",
    "research/pubmed-biopython/pubmed*.xml",
    "research/datacite-bolognese/datacite*.xml",
)


def chosen(patterns: Sequence[str], first: int | None = None, shared: Path = SHARED) -> list[Path]:
    """Returns the files of each pattern. With `first`, only this number of the smallest files of each pattern."""
    found = [sorted(shared.glob(pattern), key=lambda path: path.stat().st_size)[:first] for pattern in patterns]
    assert all(found), "some files are missing"
    return [path for some in found for path in some]


def compared(store: Store, report: Report, expected: Raw) -> list[tuple[str, int, int]]:
    """Returns the name of each kind of record or event, the count in the store and the count in the files.

    The count in the store includes the records that the job did not read because their kind is not supported.
    """
    held = {row["kind"]: sum(row[name] for name in ("written", "unchanged")) for row in report.counts.rows()}
    not_read = {row["kind"]: row["not_read"] for row in report.counts.rows()}
    rows = [(kind, held.get(kind, 0) + not_read.get(kind, 0), n) for kind, n in sorted(expected.resources.items())]
    events = Counter[tuple[str, str | None]]()
    for piece in store.scan("EVENT", ["kind", "status"]):
        events.update(zip(*(column.to_pylist() for column in piece.columns), strict=True))
    for key in sorted({*events, *expected.events}, key=str):
        rows.append((f"events {key[0]} {key[1]}", events[key], expected.events[key]))
    for kind, ids in expected.records.items():
        titled = sum(piece["title"].drop_null().length() for piece in store.scan(kind, ["title"]))
        rows.append((kind, titled, len(ids)))
    patients = sum(piece.num_rows for piece in store.scan("Patient", ["id"]))
    return [*rows, ("patients", patients, expected.resources["Patient"])]


def whole(report: Report) -> bool:
    return all(row["read"] == sum(row[name] for name in OUTCOMES) for row in report.counts.rows())


def main() -> None:
    files = chosen(WHOLE)
    with tempfile.TemporaryDirectory(prefix="counts-") as folder:
        store = open_store(folder)
        report, _ = ingest(store, store.address.state, files, lambda _file, _items: None)
        found = compared(store, report, raw(files))
        store.close()
    print("| | store | files |\n|---|---:|---:|")
    for name, ours, theirs in found:
        print(f"| {name} | {ours:,} | {theirs:,} |{'' if ours == theirs else ' differs'}")
    print(f"\n{report.refused} refused: {report.refusals}")
    assert whole(report), report.counts.rows()
    assert [row for row in found if row[1] != row[2]] == []


if __name__ == "__main__":
    main()
