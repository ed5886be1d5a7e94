"""cli: one function for each command."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from cli.errors import CliError
from cli.found import print_found, print_json
from cli.stopping import between_batches
from cli.stores import places, snapshot_of, waits
from graph.secret import DEMONSTRATION, site_secret
from graph.snapshot import Snapshot
from graph.store import Address, Store, writing

if TYPE_CHECKING:
    from linking.encoding import Meaning

logger = logging.getLogger("tricuspid")


def load(options: Namespace) -> int:
    from graph.settings import settings
    from ingest.run import load as run
    from ingest.run import rehearse
    from ingest.systems import of_setting

    how = {"name": options.name, "systems": of_setting(settings().code_systems)}
    if not options.dry_run:
        return _run(options, partial(run, **how))
    from cli.loading import would_load

    paths = places(options)
    return would_load(options, lambda store, address: _with_progress(partial(rehearse, **how), store, address, paths))


def ingest(options: Namespace) -> int:
    from graph.settings import settings
    from ingest.pseudonym import Identity
    from ingest.run import ingest as run
    from ingest.systems import of_setting

    source = options.source.rstrip("/")
    own = settings()
    shared, systems = frozenset(own.patient_identifiers.split()), of_setting(own.code_systems)
    identity = Identity(source, own.source.rstrip("/"), shared, systems)
    return _run(options, partial(run, workers=options.workers, identity=identity, full=options.full, people=own.people))


def forget(options: Namespace) -> int:
    from cli.forgetting import forget as run

    return run(options)


def cohort(options: Namespace) -> int:
    from cli.cohorts import cohort as run

    return run(options)


def search(options: Namespace) -> int:
    if options.records:
        from cli.records import search_records

        return search_records(options)
    if options.kind:
        raise CliError("--kind applies to records only: give --records as well")
    from linking.search import find_concepts

    snapshot = snapshot_of(options.store)
    ontologies = sorted(snapshot.terminologies.asked(options.ontology, stubs=True))
    meaning, notice = _meaning_for(options.store, snapshot, options.text, ontologies)
    hits, total = find_concepts(snapshot, options.text, ontologies, options.first, meaning=meaning)
    labels = snapshot.column(snapshot.concepts, "label", [hit.concept for hit in hits])
    rows = [
        {"id": snapshot.ids[hit.concept], "label": label, **hit._asdict(), "members": snapshot.meaning_ids(hit.concept)}
        for hit, label in zip(hits, labels, strict=True)
    ]
    for row in rows:
        del row["concept"]
    lines = [f"{row['id']}\t{row['label']}\t{row['how']}: {row['text']}" for row in rows]
    print_found(options, {"total": total, "hits": rows} | notice, lines, f"no concept matches {options.text!r}")
    return 0


def meanings(options: Namespace) -> int:
    from cli.meanings import meanings as write

    return write(options)


def names(options: Namespace) -> int:
    from cli.site_names import names as run

    return run(options)


def mappings(options: Namespace) -> int:
    from curation import STATES, write_mappings

    snapshot = snapshot_of(options.store)
    ontologies = sorted(snapshot.terminologies.asked(options.ontology, stubs=True))
    written = write_mappings(snapshot, Path(options.out), options.state or STATES, ontologies)
    print(f"{written:,} mappings written to {options.out}")
    return 0


def _meaning_for(
    store: str, snapshot: Snapshot, text: str, ontologies: list[str]
) -> tuple[Meaning | None, dict[str, str]]:
    """Returns the vectors of concept names, to search for `text` by meaning, and a notice that states why some or all
    vectors are missing.

    Both are empty if the search needs no encoder, for example if the text is the exact name of a concept.
    """
    from linking.search import asks_meaning, is_concept

    if not asks_meaning(text) or is_concept(snapshot, text, ontologies):
        return None, {}
    from cli.serving import understanding_of

    understanding = understanding_of(store)
    meaning = understanding.sought(snapshot)
    return meaning, {} if meaning is not None and meaning.whole else understanding.state()


def query(options: Namespace) -> int:
    from api.execution import execute
    from api.fields import free
    from cli.safety import audit_of, budget_of
    from cli.serving import at_the_command_line, understanding_of
    from graph.settings import settings
    from graph.snapshot import patient_records

    try:
        text = sys.stdin.read() if options.graphql == "-" else options.graphql
    except UnicodeDecodeError:
        raise CliError("the query on standard input is not UTF-8: save it as UTF-8") from None
    try:
        variables = orjson.loads(options.variables)
    except orjson.JSONDecodeError as wrong:
        raise CliError(f"--variables is not valid JSON: {wrong}") from None
    if not isinstance(variables, dict):
        raise CliError('--variables is not a JSON object: write it as {"id": "MONDO:0005148"}')
    snapshot = snapshot_of(options.store)
    reads: list[dict[str, Any]] = []
    caller, known, audit = at_the_command_line(options.role), understanding_of(options.store), audit_of(settings())
    budget = budget_of(settings(), options.store)
    spend = partial(budget.spend, caller) if budget else free
    answer = execute(snapshot, text, variables, caller.role, understanding=known, reads=reads, spend=spend,
                     records=patient_records(options.store) if audit else None)  # fmt: skip
    if reads and audit is not None:
        audit.write(caller, text, None, snapshot.epoch, reads)
    print_json(answer)
    return 1 if answer.get("errors") else 0


def ground(options: Namespace) -> int:
    from cli.meaning import ground as run

    return run(options)


def adapt(options: Namespace) -> int:
    from cli.meaning import adapt as run

    return run(options)


def link(options: Namespace) -> int:
    from cli.linking import link as run

    return run(options)


def backup(options: Namespace) -> int:
    from cli.keeping import backup as run

    return run(options)


def restore(options: Namespace) -> int:
    from cli.keeping import restore as run

    return run(options)


def check(options: Namespace) -> int:
    from cli.keeping import check as run

    return run(options)


def refusals(options: Namespace) -> int:
    from cli.curation import refusals as run

    return run(options)


def unmapped(options: Namespace) -> int:
    from cli.curation import unmapped as run

    return run(options)


def status(options: Namespace) -> int:
    from cli.serving import understanding_of
    from cli.status import as_text, summary

    snapshot = snapshot_of(options.store)
    values = summary(options.store, snapshot) | {"meaning": understanding_of(options.store).encoded(snapshot)._asdict()}
    if options.json:
        print_json(values)
    else:
        print(as_text(values))
    return 0


def serve(options: Namespace) -> int:
    from cli.serving import serve as run

    return run(options.store, options.host, options.port, options.processes)


def key(options: Namespace) -> int:
    from cli.safety import key as run

    return run(options)


def demo(options: Namespace) -> int:
    """Loads the demonstration data, prints the demonstration query and the answer, and serves the graph.

    With `--once`, the graph is not served.
    """
    from api.disclosure import role
    from api.execution import execute
    from ingest.run import ingest, load

    site_secret(Address(options.store).state, DEMONSTRATION)
    with as_file(files("demonstration")) as shown:
        for run, parts in (
            (load, ("terminology", "mappings", "translations", "names")),
            (ingest, ("care", "clinic", "trials", "datasets", "courses")),
        ):
            with writing(options.store, waits) as store:
                _refuse_other_data(store)
                report, _ = _with_progress(run, store, options.store, [shown / part for part in parts])
            print(f"{report.kind}: {report.read:,} read, {report.written:,} written", file=sys.stderr)
        _link_demonstration(options.store)
        _save_cohort(options.store, "new-metformin", (shown / "cohort.txt").read_text("utf-8"))
        question = (shown / "question.graphql").read_text()
    print(question)
    print_json(execute(snapshot_of(options.store), question, {}, role("")))
    return 0 if options.once else serve(options)


def _link_demonstration(address: str) -> None:
    from cli.linking import linked
    from cli.meaning import encoder_of
    from graph.errors import NoEncoder

    try:
        encoder = encoder_of("")
    except NoEncoder as absent:
        logger.warning("the demonstration is not linked: %s", absent)
        return
    report, _ = linked(address, encoder, lambda _what, _done: None)
    print(f"{report.kind}: {report.read:,} read, {report.written:,} written", file=sys.stderr)


def _save_cohort(address: str, name: str, text: str) -> None:
    from cohorts.language import parse
    from cohorts.saved import save
    from graph.snapshot import fresh_snapshot

    with writing(address, waits) as store:
        folder = Address(address).state
        _, saved = save(store, folder, fresh_snapshot(store, folder), name, parse(text))
    print(f"saved {saved.id}, version {saved.version}", file=sys.stderr)


def _refuse_other_data(store: Store) -> None:
    """Raises CliError for a store with real releases, because the demonstration releases would replace them."""
    versions = [version for rows in store.scan("Release", ["version"]) for version in rows["version"].to_pylist()]
    if versions and not any("demonstration" in version for version in versions):
        raise CliError(f"{store.address} contains other data: give the demonstration its own store with --store")


def _run(options: Namespace, run: Callable[..., Any]) -> int:
    with writing(options.store, waits) as store:
        if store.recovery:
            logger.warning("%s", store.recovery)
        report, strange = _with_progress(run, store, options.store, places(options))
    from cli.status import logged, report_text, report_values

    logger.info("job done", extra={"said": logged(report, strange)})
    if options.json:
        print_json(report_values(report, strange))
    else:
        print(report_text(report, strange))
    return 3 if report.refused else 0


def _with_progress(run: Callable[..., Any], store: Store, address: str, paths: list[Any]) -> Any:
    from tqdm import tqdm

    with tqdm(unit=" items", unit_scale=True, disable=not sys.stderr.isatty(), leave=False) as bar:

        def progress(file: str, items: int) -> None:
            between_batches()
            bar.set_description(file[:40], refresh=False)
            bar.update(items - bar.n)

        return run(store, Address(address).state, paths, progress)
