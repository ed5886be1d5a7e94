"""tests end to end: real files through the whole house: first the care records alone, then what gives them meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from graph.open import open_store
from graph.schema import EDGES, NODES
from graph.store import Store
from ingest.jobs import Report
from tests.ingest.graphs import ingest_into, load_into

TERMINOLOGY = (
    "ontologies/mondo-2026-08.obo",
    "ontologies/sssom/mondo_*match_sctid.sssom.tsv",
    "ontologies/sssom/mondo_exactmatch_doid.sssom.tsv",
    "ontologies/omop-vocabulary",
)
CATALOGUES = ("research/clinicaltrials-json", "education/surf-ooapi-demo/seeds/data.edn")


class Care(NamedTuple):
    """What a store holds after care records alone were ingested: every text of every table once, and its files."""

    address: str
    texts: frozenset[str]
    snapshot: bytes
    report: Report


def chosen(shared: Path, *patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(shared.glob(pattern))]
    assert len(found) >= len(patterns)
    return found


def catalogues(shared: Path, trials: int) -> list[Path]:
    """So many trials, and all courses."""
    folder, courses = CATALOGUES
    return [*chosen(shared, f"{folder}/*")[:trials], *chosen(shared, courses)]


@pytest.fixture(scope="session")
def synthea(shared: Path) -> list[Path]:
    return chosen(shared, "care/synthea-fhir-r4/*.bz2")


@pytest.fixture(scope="session")
def nictiz(shared: Path) -> list[Path]:
    return chosen(shared, "care/nictiz-zib2020/examples/*.xml")


@pytest.fixture(scope="session")
def care(synthea: list[Path], nictiz: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Care]:
    folder = tmp_path_factory.mktemp("whole") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRICUSPID_SECRET", "the same secret for every store")
        store = open_store(str(folder))
        report = ingest_into(store, *synthea, *nictiz)
        texts = frozenset(every_text(store))
        store.close()
        held = b"\n".join(path.read_bytes() for path in sorted(folder.glob("snapshot-*/*")))
        yield Care(str(folder), texts, held, report)


@pytest.fixture(scope="session")
def whole(care: Care, shared: Path) -> str:
    """The address of the same store, once terminologies, some trials and courses came in after the patients."""
    store = open_store(care.address)
    load_into(store, *chosen(shared, *TERMINOLOGY))
    ingest_into(store, *catalogues(shared, 40))
    store.close()
    return care.address


def every_text(store: Store) -> Iterator[str]:
    for tables in (NODES, EDGES):
        for name, table in tables.items():
            for piece in store.scan(name, table.arrow.names):
                for column in piece.columns:
                    yield from (value for value in column.unique().to_pylist() if isinstance(value, str))
