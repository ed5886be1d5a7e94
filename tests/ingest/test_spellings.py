"""tests of ingest: an ontology makes the same graph from OBO, OBO Graphs, RDF/XML, Turtle and N-Triples."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from graph.store import EDGES, NODES, open_store
from tests.graph.rows import table
from tests.ingest.graphs import Graph, load_into

TABLES = ("Concept", "Label", "Release", "IS_A", "PART_OF", "RELATES", "HAS_LABEL", "MAPS_TO", "Refusal")
#: Columns that differ: each load is a new job, and a release in another format has another IRI.
_APART = {"job", "loaded", "iri"}


def loaded(folder: Path, file: Path) -> Graph:
    """Loads one file into a new store, and returns the rows."""
    store = open_store(str(folder))
    try:
        load_into(store, file)
        columns = {name: kind.arrow.names for kinds in (NODES, EDGES) for name, kind in kinds.items()}
        return {name: table(store, name, *(c for c in columns[name] if c not in _APART)) for name in TABLES}
    finally:
        store.close()


@pytest.mark.parametrize("name", ["maxo-base", "symp"])
def test_every_format_gives_the_same_store(shared: Path, name: str, tmp_path: Path) -> None:
    """Compares all tables. The test makes the Turtle and N-Triples files from RDF/XML."""
    given = [shared / f"ontologies/{name}.{suffix}" for suffix in ("obo", "json", "owl")]
    for suffix, form in (("ttl", RdfFormat.TURTLE), ("nt", RdfFormat.N_TRIPLES)):
        given.append(tmp_path / f"{name}.{suffix}")
        given[-1].write_bytes(serialize(parse(path=str(given[2]), format=RdfFormat.RDF_XML), format=form) or b"")
    made = {file.suffix: loaded(tmp_path / f"store{file.suffix}", file) for file in given}
    first = made[".obo"]
    assert all(first[kind] for kind in ("Concept", "Label", "Release", "IS_A", "HAS_LABEL", "MAPS_TO"))
    for suffix, graph in made.items():
        for kind in TABLES:
            assert graph[kind] == first[kind], f"{kind} of {name}{suffix}"
