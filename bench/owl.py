"""bench: from an ontology's file to what it says, and to a store that can be searched, beside pronto, rdflib, fastobo.

`python -m bench.owl [--copies 13] [--peers PYTHON]` from the root of the checkout. The RDF/XML is MAXO, repeated under
other identifiers up to the size of HPO (13 copies are 46 MB), for want of HPO itself in that format; fastobo reads the
OBO file of the same release, repeated likewise. Every reader runs in a process of its own and counts labelled classes,
named superclasses and synonyms (the rest parse, and build no closure), and the counts must be equal. `--peers` is a
Python with pronto (which brings fastobo) and rdflib: pronto wants an older python-dateutil than we pin.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.search import machine
from graph.open import open_store, state_folder
from ingest.run import load

ONTOLOGIES = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
_CLOCK = "import json, sys, time, warnings; warnings.simplefilter('ignore'); path = sys.argv[1]\n"
_TELL = "\nprint(json.dumps([seconds, counts]))"
OURS = """
from pathlib import Path
from ontologies.curies import curie
from ontologies.formats import recognise
from ontologies.model import IS_A, Concept, Relation, Synonym
start = time.perf_counter()
curie("UBERON:1"), curie("https://example.org/1")  # the Bioregistry is imported and indexed once, whatever is read
print(f"    (once in a process, for the Bioregistry: {time.perf_counter() - start:.1f} s)", file=sys.stderr)
start = time.perf_counter(); items = list(recognise(Path(path)).read(Path(path))); seconds = time.perf_counter() - start
counts = [sum(isinstance(i, Concept) and bool(i.label) for i in items),
          sum(isinstance(i, Relation) and i.predicate == IS_A for i in items),
          sum(isinstance(i, Synonym) for i in items)]
"""
RDFLIB = """
import rdflib; from rdflib import OWL, RDF, RDFS
start = time.perf_counter(); graph = rdflib.Graph().parse(path, format="xml"); seconds = time.perf_counter() - start
classes = [c for c in set(graph.subjects(RDF.type, OWL.Class)) if isinstance(c, rdflib.URIRef)]
gene = "http://www.geneontology.org/formats/oboInOwl#has%sSynonym"
kinds = [rdflib.URIRef(gene % kind) for kind in ("Exact", "Broad", "Narrow", "Related")]
counts = [sum((c, RDFS.label, None) in graph for c in classes),
          sum(isinstance(o, rdflib.URIRef) for c in classes for o in graph.objects(c, RDFS.subClassOf)),
          sum(1 for c in classes for kind in kinds for _ in graph.objects(c, kind))]
"""
PRONTO = """
import pronto
start = time.perf_counter(); ontology = pronto.Ontology(path); seconds = time.perf_counter() - start
terms = list(ontology.terms())
counts = [sum(bool(t.name) for t in terms),
          sum(len(list(t.superclasses(distance=1, with_self=False))) for t in terms),
          sum(len(t.synonyms) for t in terms)]
"""
FASTOBO = """
import fastobo
start = time.perf_counter(); document = fastobo.load(path); seconds = time.perf_counter() - start
frames = [list(f) for f in document if isinstance(f, fastobo.term.TermFrame)]
tags = [[clause.raw_tag() for clause in frame] for frame in frames]
counts = [sum("name" in t for t in tags), sum(t.count("is_a") for t in tags), sum(t.count("synonym") for t in tags)]
"""


def repeated(source: Path, target: Path, copies: int) -> Path:
    """The file with its own terms (`MAXO_`, `MAXO:`) once more for each copy, every time under other identifiers."""
    data = source.read_bytes()
    owl = source.suffix == ".owl"
    start = data.index(b"    <!-- http://purl.obolibrary.org/obo/MAXO_" if owl else b"[Term]")
    end = data.rindex(b"</rdf:RDF>") if owl else data.index(b"[Typedef]")
    body = data[start:end]
    parts = [re.sub(rb"(MAXO[_:])(\d)", rb"\g<1>%d\2" % copy, body) if copy else body for copy in range(copies)]
    target.write_bytes(data[:start] + b"".join(parts) + data[end:])
    return target


def measured(python: str, script: str, path: Path) -> tuple[float, list[int]] | None:
    """Seconds of the best of three runs, and the counts; None where the reader is not installed."""
    best: tuple[float, list[int]] | None = None
    for _ in range(3):
        done = subprocess.run(
            [python, "-c", _CLOCK + script + _TELL, path], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"    {done.stderr.strip().splitlines()[-1]}")
            return None
        seconds, counts = json.loads(done.stdout)
        best = min(best, (seconds, counts)) if best else (seconds, counts)
    if done.stderr.strip():
        print(done.stderr.rstrip())
    return best


def compared(path: Path, peers: dict[str, tuple[str, str]]) -> None:
    ours = measured(sys.executable, OURS, path)
    assert ours
    print(f"{path.name}, {path.stat().st_size / 1e6:.1f} MB; classes, superclasses, synonyms: {ours[1]}")
    print(f"  tricuspid {ours[0]:7.2f} s")
    for name, (python, script) in peers.items():
        if found := measured(python, script, path):
            assert found[1] == ours[1], f"{name} counts {found[1]}"
            print(f"  {name:9} {found[0]:7.2f} s, {found[0] / ours[0]:.1f} times ours")


def searchable(path: Path, folder: Path) -> float:
    store = open_store(str(folder))
    start = time.perf_counter()
    load(store, state_folder(store.address), [path], lambda file, items: None)
    seconds = time.perf_counter() - start
    store.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=13)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        owl = repeated(ONTOLOGIES / "maxo-base.owl", folder / "large.owl", given.copies)
        obo = repeated(ONTOLOGIES / "maxo-base.obo", folder / "large.obo", given.copies)
        compared(owl, {"rdflib": (given.peers, RDFLIB), "pronto": (given.peers, PRONTO)})
        compared(obo, {"fastobo": (given.peers, FASTOBO)})
        hpo = ONTOLOGIES / "hp-2024-08-13.json.gz"
        for file in (owl, hpo):
            print(f"{file.name}: searchable, with closure, after {searchable(file, folder / file.stem):.1f} s")


if __name__ == "__main__":
    main()
