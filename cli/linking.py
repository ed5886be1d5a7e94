"""cli: the command `link`."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path

import orjson

from cli.status import report_text, report_values
from cli.stopping import between_batches
from cli.stores import waits
from graph.errors import NothingLoaded
from graph.meaning.encoder import open_encoder
from graph.meaning.vectors import VectorCache
from graph.open import is_server, state_folder
from graph.snapshot_build import fresh_snapshot
from graph.sssom import write_review
from graph.writing import writing
from ingest.link import link as run

logger = logging.getLogger("tricuspid")


def link(given: Namespace) -> int:
    """Links the store, prints the report, and writes the review queue where `--sssom` names a file."""
    if not is_server(given.store) and not Path(given.store).is_dir():
        raise NothingLoaded(given.store)
    encoder, folder = open_encoder(given.model), state_folder(given.store)
    with writing(given.store, waits) as store:
        report = run(store, folder, VectorCache(folder / "vectors", encoder), _progress, given.neo4j_vectors)
        snapshot = fresh_snapshot(store, folder)
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


def _progress(what: str, done: int) -> None:
    between_batches()
    if sys.stderr.isatty():
        print(f"\r\033[K{what}: {done:,}", end="", file=sys.stderr, flush=True)
