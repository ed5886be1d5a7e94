"""tests of ingest: makes small files, and reads whole graphs without their times, to compare them."""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.store import EDGES, NODES, Store, open_store
from ingest import jobs
from ingest.jobs import Report
from ingest.run import ingest, load, rehearse
from tests.graph.rows import table

DEMONSTRATION = Path(__file__).resolve().parents[2] / "demonstration"
_TIMES = {"started", "finished", "loaded", "sequence"}
Graph = dict[str, list[tuple[Any, ...]]]


def quiet(file: str, items: int) -> None:
    """A progress function that prints nothing."""


def everything(store: Store) -> Graph:
    """All rows of all tables, sorted and without times."""
    columns = {name: kind.arrow.names for kinds in (NODES, EDGES) for name, kind in kinds.items()}
    wanted = {name: [c for c in columns[name] if c not in _TIMES] for name in columns}
    rows = store.counts()
    return {name: table(store, name, *wanted[name]) if rows[name] else [] for name in columns}


def stated(store: Store) -> Graph:
    """As `everything`, without the counts of jobs. The counts depend on the records already in the store."""
    return everything(store) | {"Job": table(store, "Job", "id", "kind", "state", "inputs", "checkpoint")}


def load_into(store: Store, *paths: Path) -> Report:
    return load(store, store.address.state, paths, quiet)[0]


def load_after_dry_run(store: Store, *paths: Path) -> Report:
    """Runs a dry run and then the load. The dry run must have the same report and write nothing."""
    before = store.epoch()
    result, _ = rehearse(store, store.address.state, paths, quiet)
    assert store.epoch() == before
    report = load_into(store, *paths)
    assert (result.counts.rows(), result.releases) == (report.counts.rows(), report.releases)
    assert (result.refusals, result.reasons, result.resumed_at) == (report.refusals, report.reasons, report.resumed_at)
    return report


def ingest_into(store: Store, *paths: Path) -> Report:
    return ingest(store, store.address.state, paths, quiet)[0]


def undisturbed(folder: Path, loaded: Sequence[Path], ingested: Sequence[Path]) -> Graph:
    """The graph of an embedded store after a load and an ingest job that were not interrupted.

    The graph is made once for the same files and settings.
    """
    key = (*loaded, None, *ingested, jobs.BATCH_ITEMS, os.environ.get("TRICUSPID_SECRET"))
    if key not in _UNDISTURBED:
        _UNDISTURBED[key] = _made(folder, loaded, ingested)
    return _UNDISTURBED[key]


_UNDISTURBED: dict[Hashable, Graph] = {}


def _made(folder: Path, loaded: Sequence[Path], ingested: Sequence[Path]) -> Graph:
    store = open_store(str(folder))
    if loaded:
        load_into(store, *loaded)
    if ingested:
        ingest_into(store, *ingested)
    made = everything(store)
    store.close()
    return made


def obo(path: Path, version: str, *terms: str, ontology: str = "tiny") -> Path:
    """Writes an OBO file. Each term is text: its id, then other clauses on separate lines."""
    stanzas = "".join(f"\n[Term]\nid: {term}\n" for term in terms)
    path.write_text(f"format-version: 1.4\ndata-version: {version}\nontology: {ontology}\n{stanzas}")
    return path


def sssom(path: Path, *pairs: tuple[str, str]) -> Path:
    """Writes an SSSOM file with manually curated exact matches."""
    head = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
    said = (f"{a}\tskos:exactMatch\t{b}\tsemapv:ManualMappingCuration\n" for a, b in pairs)
    path.write_text(head + "".join(said))
    return path


def patient(id: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, "birthDate": "1951-04-01", "gender": "female", **fields}


def condition(id: str, code: str | None, verified: str = "confirmed", of: str = "p1", **fields: Any) -> dict[str, Any]:
    """A Condition coded in SNOMED CT, whose display is `about CODE`."""
    coding = [{"system": "http://snomed.info/sct", "code": code, "display": f"about {code}"}] if code else []
    return {
        "resourceType": "Condition",
        "id": id,
        "subject": {"reference": f"Patient/{of}"},
        "verificationStatus": {"coding": [{"code": verified}]},
        "code": {"coding": coding, "text": "free words"},
        "onsetDateTime": "2020-02-03",
        **fields,
    }


def ndjson(path: Path, *resources: Mapping[str, Any] | str) -> Path:
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in resources))
    return path


def trial(path: Path, *conditions: str, title: str = "A trial") -> Path:
    protocol = {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": title},
        "conditionsModule": {"conditions": conditions},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A Sponsor", "class": "OTHER"}},
    }
    path.write_text(json.dumps({"protocolSection": protocol}))
    return path
