"""tests of care records: makes FHIR resources, and counts the patients of a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from graph.snapshot import fresh_snapshot
from graph.store import Store
from ingest.jobs import Report
from ingest.pseudonym import UNNAMED, Identity
from ingest.run import ingest
from tests.ingest.graphs import quiet

FAULTS = Path(__file__).parent / "faults"
A, B = "http://a.example/fhir", "http://b.example/fhir"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"

Resource = dict[str, Any]


def patient(id_: str = "1", born: str = "1960", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, "birthDate": born} | more


def condition(id_: str = "1", code: str = "90000001", of: str = "Patient/1", **more: Any) -> Resource:
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    return {"resourceType": "Condition", "id": id_, "code": coded, "subject": {"reference": of}} | more


def at(moment: str, version: str = "") -> Resource:
    return {"meta": {"lastUpdated": moment} | ({"versionId": version} if version else {})}


EARLY, LATE = at("2026-01-01T00:00:00Z"), at("2026-01-01T00:30:00.5+00:00")


def bundle(path: Path, *resources: Resource, base: str | None = None, **more: Any) -> Path:
    entries = [{"resource": one} for one in resources]
    if base:
        for one in entries:
            one["fullUrl"] = f"{base}/{one['resource']['resourceType']}/{one['resource']['id']}"  # type: ignore[assignment]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries} | more))
    return path


def deleted(path: Path, *urls: str, when: str | None = "2026-02-01T00:00:00Z") -> Path:
    entries = [{"request": {"method": "DELETE", "url": url}} for url in urls]
    said = {"timestamp": when} if when else {}
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries} | said))
    return path


class Site:
    """A store, with functions that ingest files and count patients."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder

    def take(self, *files: Path, identity: Identity = UNNAMED, full: bool = False) -> Report:
        return ingest(self.store, self.folder / "state", files, quiet, 0, identity, full)[0]

    def patients(self) -> dict[str, int]:
        """The number of patients with each code."""
        snapshot = fresh_snapshot(self.store, self.folder / "state")
        ids = snapshot.concepts["id"].to_pylist()
        found = {id_: len(snapshot.patients.having(BitMap([number]))) for number, id_ in enumerate(ids)}
        return {id_.partition(":")[2]: count for id_, count in found.items() if count}

    def born(self) -> list[int]:
        """The birth years of all patients."""
        years: list[int] = fresh_snapshot(self.store, self.folder / "state").patients.born.tolist()
        return years

    def persons(self) -> int:
        return len(self.born())
