"""cli: the command `link`, which computes neighbours and candidate mappings."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path

import orjson

from cli.meaning import encoder_of
from cli.status import report_text, report_values
from cli.stopping import between_batches
from cli.stores import waits
from curation import write_review
from graph.errors import NothingLoaded
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, writing
from ingest.jobs import Progress, Report
from ingest.link import counting, unencoded
from ingest.link import link as run
from linking.encoding import Encoder, VectorCache

logger = logging.getLogger("tricuspid")


def link(options: Namespace) -> int:
    """Computes the neighbours and candidate mappings of a store, and prints the report of the job.

    With `--sssom FILE`, also writes the candidate mappings to FILE for review.
    """
    if Address(options.store).is_absent:
        raise NothingLoaded(options.store)
    report, snapshot = linked(options.store, encoder_of(options.model), _progress, options.neo4j_vectors)
    if sys.stderr.isatty():
        print(end="\r\033[K", file=sys.stderr)
    if options.sssom:
        queued = write_review(snapshot, Path(options.sssom), report.id)
        print(f"{queued:,} candidate mappings to review: {options.sssom}", file=sys.stderr)
    logger.info("job done", extra={"said": report_values(report, [])})
    if options.json:
        sys.stdout.buffer.write(orjson.dumps(report_values(report, []), option=orjson.OPT_APPEND_NEWLINE))
    else:
        print(report_text(report, []))
    return 0


def linked(address: str, encoder: Encoder, progress: Progress, neo4j_vectors: bool = False) -> tuple[Report, Snapshot]:
    """Computes the neighbours and candidate mappings of the store. Returns the report and the new snapshot.

    The store is not locked while names are encoded, so other writers do not wait for the encoder.
    """
    folder = Address(address).state
    cache = VectorCache(folder / "vectors", encoder)
    while True:
        with writing(address, waits) as store:
            missing = unencoded(store, folder, cache, neo4j_vectors)
            if not missing:
                return run(store, folder, cache, progress, neo4j_vectors), fresh_snapshot(store, folder)
        for what, texts in missing.items():
            cache.fill(texts, counting(progress, what))


def _progress(what: str, done: int) -> None:
    between_batches()
    if sys.stderr.isatty():
        print(f"\r\033[K{what}: {done:,}", end="", file=sys.stderr, flush=True)
