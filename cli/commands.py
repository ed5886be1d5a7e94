"""cli: what each command does."""

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
from cli.stores import snapshot_of, waits
from graph.secret import DEMONSTRATION, site_secret
from graph.snapshot import Snapshot
from graph.store import Address, Store, writing
from linking.search import asks_meaning, find_concepts, is_concept

if TYPE_CHECKING:
    from linking.encoding import Meaning

logger = logging.getLogger("tricuspid")


def load(given: Namespace) -> int:
    from graph.settings import settings
    from ingest.run import load as run
    from ingest.run import rehearse
    from ingest.systems import of_setting

    how = {"name": given.name, "systems": of_setting(settings().code_systems)}
    if not given.dry_run:
        return _run(given, partial(run, **how))
    from cli.loading import would_load

    paths = [Path(path) for path in given.paths]
    return would_load(given, lambda store, address: _with_progress(partial(rehearse, **how), store, address, paths))


def ingest(given: Namespace) -> int:
    from graph.settings import settings
    from ingest.pseudonym import Identity
    from ingest.run import ingest as run
    from ingest.systems import of_setting

    source = given.source.rstrip("/")
    own = settings()
    shared, systems = frozenset(own.patient_identifiers.split()), of_setting(own.code_systems)
    identity = Identity(source, own.source.rstrip("/"), shared, systems)
    return _run(given, partial(run, workers=given.workers, identity=identity, full=given.full, people=own.people))


def forget(given: Namespace) -> int:
    from cli.forgetting import forget as run

    return run(given)


def search(given: Namespace) -> int:
    if given.records:
        from cli.records import search_records

        return search_records(given)
    if given.kind:
        raise CliError("--kind is for records: give --records as well")
    snapshot = snapshot_of(given.store)
    ontologies = sorted(snapshot.terminologies.asked(given.ontology, stubs=True))
    meaning, lacking = _meaning_for(given.store, snapshot, given.text, ontologies)
    hits, total = find_concepts(snapshot, given.text, ontologies, given.first, meaning=meaning)
    labels = snapshot.column(snapshot.concepts, "label", [hit.concept for hit in hits])
    rows = [
        {"id": snapshot.ids[hit.concept], "label": label, **hit._asdict(), "members": snapshot.meaning_ids(hit.concept)}
        for hit, label in zip(hits, labels, strict=True)
    ]
    for row in rows:
        del row["concept"]
    lines = [f"{row['id']}\t{row['label']}\t{row['how']}: {row['text']}" for row in rows]
    print_found(given, {"total": total, "hits": rows} | lacking, lines, f"nothing is called {given.text!r} here")
    return 0


def meanings(given: Namespace) -> int:
    from cli.meanings import meanings as write

    return write(given)


def names(given: Namespace) -> int:
    from cli.site_names import names as run

    return run(given)


def mappings(given: Namespace) -> int:
    from curation import STATES, write_mappings

    snapshot = snapshot_of(given.store)
    ontologies = sorted(snapshot.terminologies.asked(given.ontology, stubs=True))
    written = write_mappings(snapshot, Path(given.out), given.state or STATES, ontologies)
    print(f"{written:,} mappings written to {given.out}")
    return 0


def _meaning_for(
    store: str, snapshot: Snapshot, text: str, ontologies: list[str]
) -> tuple[Meaning | None, dict[str, str]]:
    """What the search needs of meaning, and why it is lacking; an exact name needs none, and opens no encoder."""
    if not asks_meaning(text) or is_concept(snapshot, text, ontologies):
        return None, {}
    from cli.serving import understanding_of

    understanding = understanding_of(store)
    meaning = understanding.sought(snapshot)
    return meaning, {} if meaning is not None and meaning.whole else understanding.state()


def query(given: Namespace) -> int:
    from api.execution import execute
    from api.fields import free
    from cli.safety import audit_of, budget_of
    from cli.serving import at_the_command_line, understanding_of
    from graph.settings import settings

    try:
        text = sys.stdin.read() if given.graphql == "-" else given.graphql
    except UnicodeDecodeError:
        raise CliError("the query on the standard input is not UTF-8: write it in that encoding") from None
    try:
        variables = orjson.loads(given.variables)
    except orjson.JSONDecodeError as wrong:
        raise CliError(f"--variables is no JSON: {wrong}") from None
    if not isinstance(variables, dict):
        raise CliError('--variables is no JSON object: write it as {"id": "MONDO:0005148"}')
    snapshot = snapshot_of(given.store)
    reads: list[dict[str, Any]] = []
    caller, known, audit = at_the_command_line(given.role), understanding_of(given.store), audit_of(settings())
    budget = budget_of(settings(), given.store)
    spend = partial(budget.spend, caller) if budget else free
    answer = execute(snapshot, text, variables, caller.role, understanding=known, reads=reads, spend=spend)
    if reads and audit is not None:
        audit.write(caller, text, None, snapshot.epoch, reads)
    print_json(answer)
    return 1 if answer.get("errors") else 0


def ground(given: Namespace) -> int:
    from cli.meaning import ground as run

    return run(given)


def adapt(given: Namespace) -> int:
    from cli.meaning import adapt as run

    return run(given)


def link(given: Namespace) -> int:
    from cli.linking import link as run

    return run(given)


def backup(given: Namespace) -> int:
    from cli.keeping import backup as run

    return run(given)


def restore(given: Namespace) -> int:
    from cli.keeping import restore as run

    return run(given)


def check(given: Namespace) -> int:
    from cli.keeping import check as run

    return run(given)


def refusals(given: Namespace) -> int:
    from cli.curation import refusals as run

    return run(given)


def unmapped(given: Namespace) -> int:
    from cli.curation import unmapped as run

    return run(given)


def status(given: Namespace) -> int:
    from cli.serving import understanding_of
    from cli.status import as_text, summary

    snapshot = snapshot_of(given.store)
    told = summary(given.store, snapshot) | {"meaning": understanding_of(given.store).encoded(snapshot)._asdict()}
    if given.json:
        print_json(told)
    else:
        print(as_text(told))
    return 0


def serve(given: Namespace) -> int:
    from cli.serving import serve as run

    return run(given.store, given.host, given.port, given.processes)


def key(given: Namespace) -> int:
    from cli.safety import key as run

    return run(given)


def demo(given: Namespace) -> int:
    """Loads the demonstration set, asks its question, prints the answer, and serves it unless told `--once`."""
    from api.disclosure import role
    from api.execution import execute
    from ingest.run import ingest, load

    site_secret(Address(given.store).state, DEMONSTRATION)
    with as_file(files("demonstration")) as shown:
        for run, parts in (
            (load, ("terminology", "mappings", "translations", "names")),
            (ingest, ("care", "trials", "datasets", "courses")),
        ):
            with writing(given.store, waits) as store:
                _refuse_other_data(store)
                report, _ = _with_progress(run, store, given.store, [shown / part for part in parts])
            print(f"{report.kind}: {report.written:,} of {report.read:,} read and written", file=sys.stderr)
        _link_demonstration(given.store)
        question = (shown / "question.graphql").read_text()
    print(question)
    print_json(execute(snapshot_of(given.store), question, {}, role("")))
    return 0 if given.once else serve(given)


def _link_demonstration(address: str) -> None:
    from cli.linking import linked
    from cli.meaning import encoder_of
    from graph.errors import NoEncoder

    try:
        encoder = encoder_of("")
    except NoEncoder as absent:
        logger.warning("nothing is linked by meaning: %s", absent)
        return
    report, _ = linked(address, encoder, lambda _what, _done: None)
    print(f"{report.kind}: {report.written:,} of {report.read:,} read and written", file=sys.stderr)


def _refuse_other_data(store: Store) -> None:
    """The demonstration's releases would take the place of real ones of the same name."""
    versions = [version for rows in store.scan("Release", ["version"]) for version in rows["version"].to_pylist()]
    if versions and not any("demonstration" in version for version in versions):
        raise CliError(f"{store.address} holds other data: give the demonstration a store of its own by --store")


def _run(given: Namespace, run: Callable[..., Any]) -> int:
    with writing(given.store, waits) as store:
        if store.recovery:
            logger.warning("%s", store.recovery)
        report, strange = _with_progress(run, store, given.store, [Path(path) for path in given.paths])
    from cli.status import logged, report_text, report_values

    logger.info("job done", extra={"said": logged(report, strange)})
    if given.json:
        print_json(report_values(report, strange))
    else:
        print(report_text(report, strange))
    return 3 if report.refused else 0


def _with_progress(run: Callable[..., Any], store: Store, address: str, paths: list[Path]) -> Any:
    from tqdm import tqdm

    with tqdm(unit=" items", unit_scale=True, disable=not sys.stderr.isatty(), leave=False) as bar:

        def progress(file: str, items: int) -> None:
            between_batches()
            bar.set_description(file[:40], refresh=False)
            bar.update(items - bar.n)

        return run(store, Address(address).state, paths, progress)
