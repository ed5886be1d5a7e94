"""cli: the command `link`."""

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
from ingest.link import link as run
from ingest.link import told, unencoded
from linking.encoding import Encoder, VectorCache

logger = logging.getLogger("tricuspid")


def link(given: Namespace) -> int:
    """Links the store, prints the report, and writes the review queue where `--sssom` names a file."""
    if Address(given.store).is_absent:
        raise NothingLoaded(given.store)
    report, snapshot = linked(given.store, encoder_of(given.model), _progress, given.neo4j_vectors)
    if sys.stderr.isatty():
        print(end="\r\033[K", file=sys.stderr)
    if given.sssom:
        queued = write_review(snapshot, Path(given.sssom), report.id)
        print(f"{queued:,} candidate mappings to be decided: {given.sssom}", file=sys.stderr)
    logger.info("job done", extra={"said": report_values(report, [])})
    if given.json:
        sys.stdout.buffer.write(orjson.dumps(report_values(report, []), option=orjson.OPT_APPEND_NEWLINE))
    else:
        print(report_text(report, []))
    return 0


def linked(address: str, encoder: Encoder, progress: Progress, neo4j_vectors: bool = False) -> tuple[Report, Snapshot]:
    """Links the store. Nobody who would write waits for the encoder, nor for another process that encodes."""
    folder = Address(address).state
    cache = VectorCache(folder / "vectors", encoder)
    while True:
        with writing(address, waits) as store:
            lacking = unencoded(store, folder, cache, neo4j_vectors)
            if not lacking:
                return run(store, folder, cache, progress, neo4j_vectors), fresh_snapshot(store, folder)
        for what, texts in lacking.items():
            cache.fill(texts, told(progress, what))


def _progress(what: str, done: int) -> None:
    between_batches()
    if sys.stderr.isatty():
        print(f"\r\033[K{what}: {done:,}", end="", file=sys.stderr, flush=True)
