"""ingest: DCAT catalogues: real catalogues compared with rdflib, files of other kinds, and the stored records."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph

from graph.kinds import Dataset
from graph.store import Store
from ingest.inputs import NotRecognised
from ingest.records import Coded, Item, Link, Refused
from ingest.run import load
from ingest.sources import dcat, recognise
from ontologies import formats
from tests.graph.rows import table
from tests.ingest.golden import PSEUDONYM, SAMPLES
from tests.ingest.graphs import ingest_into, load_into, obo, quiet, stated

KINDS = {DCAT.Catalog: "Catalog", DCAT.Dataset: "Dataset"}
CATALOGUE = SAMPLES / "dcat.catalogue.ttl"


def claimed(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.ttl")) if recognise(path) is dcat.SOURCE]


@pytest.mark.parametrize(
    ("folder", "files", "records"),
    [("fdp-rdf-examples", 7, 7), ("healthdcat-mvd", 1, 22), ("health-ri-metadata", 8, 18)],
)
def test_real_catalogues_equal_a_count_with_rdflib(shared: Path, folder: str, files: int, records: int) -> None:
    paths = claimed(shared / "research" / folder)
    assert len(paths) == files
    total = 0
    for path in paths:
        items, graph = list(dcat.read(path, PSEUDONYM)), Graph().parse(path, format="turtle")
        made = [item for item in items if isinstance(item, Dataset)]
        total += len(made)
        named = {(str(s), kind) for type, kind in KINDS.items() for s in graph.subjects(RDF.type, type)}
        assert {(one.id, one.kind) for one in made} == named
        titles = {str(title) for one, _ in named for title in graph.objects(predicate=DCTERMS.title)}
        assert not [one for one in made if one.title not in titles and one.title != one.id]
        listed = {(str(s), str(o)) for s, o in graph.subject_objects(DCAT.dataset)}
        assert {(i.source, i.target) for i in items if isinstance(i, Link) and i.kind == "LISTS"} == listed
        result = {(str(s), str(o).lower()) for s, o in graph.subject_objects(DCTERMS.isReferencedBy)}
        said = {(i.source, i.target) for i in items if isinstance(i, Link) and i.kind == "DESCRIBED_IN"}
        assert {(s, t.replace("doi:", "https://doi.org/")) for s, t in said} == result
    assert total == records


def test_codes_of_a_real_catalogue(shared: Path) -> None:
    items = list(dcat.read(shared / "research/healthdcat-mvd/health-catalog.ttl", PSEUDONYM))
    coded = Counter(item.concept.partition(":")[0] for item in items if isinstance(item, Coded))
    themes = {"wikidata": 63, "eurovoc": 42, "mesh": 21}
    assert coded == themes | {"icd10": 27, "meddra": 18, "loinc": 10, "atc": 1, "snomedct": 1}
    assert {"icd10:Q87.1", "mesh:D004700"} <= {item.concept for item in items if isinstance(item, Coded)}


def test_real_catalogues_give_no_personal_data(shared: Path) -> None:
    """No item has a name of a contact or creator, an address or a telephone number."""
    for folder in ("fdp-rdf-examples", "healthdcat-mvd", "health-ri-metadata"):
        for path in claimed(shared / "research" / folder):
            said = "\n".join(map(str, dcat.read(path, PSEUDONYM)))
            for secret in ("Granger", "Rowling", "Schneider", "Hoffmann", "mailto:", "tel:", "orcid.org", "Kerpener"):
                assert secret not in said, (path.name, secret)


def test_shapes_and_reports_are_not_claimed(shared: Path) -> None:
    research = shared / "research"
    for path in (*research.glob("healthdcat-mvd/*"), *(research / "health-ri-metadata").rglob("*[sS]hape*.ttl")):
        if path.name != "health-catalog.ttl":
            assert recognise(path) is None, path.name


def test_a_catalogue_cannot_be_loaded_as_a_terminology(store: Store, tmp_path: Path, shared: Path) -> None:
    for path in (CATALOGUE, shared / "research/healthdcat-mvd/health-catalog.ttl"):
        assert formats.recognise(path) is None
        with pytest.raises(NotRecognised) as refused:
            load(store, tmp_path / "state", [path], quiet)
        assert "tricuspid ingest" in refused.value.__notes__[0]


def test_a_thesaurus_that_is_also_a_data_set_is_a_terminology(tmp_path: Path) -> None:
    path = tmp_path / "thesaurus.ttl"
    path.write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix dcat: <http://www.w3.org/ns/dcat#> .\n"
        "<https://example.org/t> a skos:ConceptScheme, dcat:Dataset .\n<https://example.org/t/1> a skos:Concept ."
    )
    found = formats.recognise(path)
    assert found and found.name.startswith("SKOS")


def test_a_catalogue_in_a_store(store: Store, tmp_path: Path) -> None:
    terms = 'MONDO:0005148\nname: type 2 diabetes mellitus\nsynonym: "suikerziekte" EXACT []\nxref: MESH:D003924'
    load_into(store, obo(tmp_path / "mondo.obo", "1", terms, ontology="mondo"))
    report = ingest_into(store, CATALOGUE)
    assert (report.read, report.written, report.refused, report.not_read) == (5, 3, 1, 1)
    sets = dict(table(store, "Dataset", "id", "title"))
    assert sets["https://example.org/data/glucose"] == "Glucose in type 2 diabetes"
    assert sets["https://example.org/data/elsewhere"] is None, "only listed"
    assert table(store, "LISTS", "source", "target") == [
        ("https://example.org/catalogue", "https://example.org/data/elsewhere"),
        ("https://example.org/catalogue", "https://example.org/data/glucose"),
        ("https://example.org/series", "https://example.org/data/glucose"),
    ]
    said = table(store, "DATASET_ABOUT", "target", "method", "field")
    assert {("MONDO:0005148", "coded", "theme"), ("MONDO:0005148", "exact", "keyword")} <= set(said)
    once = stated(store)
    ingest_into(store, CATALOGUE)
    assert stated(store) == once


def test_a_new_version_of_a_catalogue_replaces_its_list(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.ttl"
    text = CATALOGUE.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    ingest_into(store, path)
    path.write_text(text.replace("<data/glucose>, <data/elsewhere>,", ""), encoding="utf-8")
    ingest_into(store, path)
    assert table(store, "LISTS", "source") == [("https://example.org/series",)]


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ('<https://example.org/a> a dcat:Dataset ; dct:identifier "10.5072/A"', "https://example.org/a"),
        ('[] a dcat:Dataset ; dct:identifier "10.5072/A"', "doi:10.5072/a"),
        ('[] a dcat:Dataset ; dct:identifier "10.5072/A", "https://example.org/a"', "https://example.org/a"),
        ("<https://doi.org/10.5072/B> a dcat:Dataset", "doi:10.5072/b"),
        ('[] a dcat:Dataset ; dct:identifier "https://example.org/c"', "https://example.org/c"),
        ('[] a dcat:Dataset ; dct:identifier "c"', None),
        ("<https://example.org/d> a dcat:Dataset, dcat:Catalog", "https://example.org/d"),
    ],
)
def test_the_id_of_a_data_set(tmp_path: Path, said: str, id: str | None) -> None:
    path = tmp_path / "one.ttl"
    prefixes = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
    path.write_text(f"{prefixes}{said} .")
    items: list[Item] = list(dcat.read(path, PSEUDONYM))
    assert [item.id for item in items if isinstance(item, Dataset)] == ([id] if id else [])
    assert [item.position for item in items if isinstance(item, Refused)] == ([] if id else ["data set 1, a Dataset"])
