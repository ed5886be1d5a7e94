"""bench: measures the time to read and to load an ontology, compared with pronto, rdflib and fastobo.

Run `python -m bench.owl [--copies 13] [--peers PYTHON]` from the root of the checkout. The RDF/XML file has copies of
MAXO with different identifiers, up to the size of HPO (13 copies are 46 MB). Fastobo reads the OBO file of the same
release, copied in the same way. HPO is available only as OBO Graphs, so the script also writes its names, definitions,
superclasses, synonyms and cross-references as OBO and as RDF/XML. Every reader runs in its own process and counts
labelled classes, named superclasses and synonyms. These counts must be equal. The other readers only parse the file,
and build no closure. `--peers` is a Python interpreter with pronto (which includes fastobo) and rdflib, because pronto
needs an older python-dateutil than Tricuspid.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

from bench.machine import machine
from ontologies.formats import recognise
from ontologies.model import IS_A, Concept, Mapping, Relation, Synonym

ONTOLOGIES = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
_CLOCK = "import json, sys, time, warnings; warnings.simplefilter('ignore'); path = sys.argv[1]\n"
_TELL = "\nprint(json.dumps([seconds, counts]))"
OURS = """
from pathlib import Path
from ontologies.formats import recognise
from ontologies.model import IS_A, Concept, Relation, Synonym
start = time.process_time(); items = list(recognise(Path(path)).read(Path(path))); seconds = time.process_time() - start
counts = [sum(isinstance(i, Concept) and bool(i.label) for i in items),
          sum(isinstance(i, Relation) and i.predicate == IS_A for i in items),
          sum(isinstance(i, Synonym) for i in items)]
"""
SEARCHABLE = """
import resource
from pathlib import Path
from graph.store.open import open_store
from ingest.run import load
def spent(): return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
store = open_store(sys.argv[2]); start, before = time.perf_counter(), spent()
load(store, store.address.state, [Path(path)], lambda file, items: None)
seconds, counts = time.perf_counter() - start, [round(spent() - before, 1)]; store.close()
"""
RDFLIB = """
import rdflib; from rdflib import OWL, RDF, RDFS
start = time.process_time(); graph = rdflib.Graph().parse(path, format="xml"); seconds = time.process_time() - start
classes = [c for c in set(graph.subjects(RDF.type, OWL.Class)) if isinstance(c, rdflib.URIRef)]
gene = "http://www.geneontology.org/formats/oboInOwl#has%sSynonym"
kinds = [rdflib.URIRef(gene % kind) for kind in ("Exact", "Broad", "Narrow", "Related")]
counts = [sum((c, RDFS.label, None) in graph for c in classes),
          sum(isinstance(o, rdflib.URIRef) for c in classes for o in graph.objects(c, RDFS.subClassOf)),
          sum(1 for c in classes for kind in kinds for _ in graph.objects(c, kind))]
"""
PRONTO = """
import pronto
start = time.process_time(); ontology = pronto.Ontology(path); seconds = time.process_time() - start
terms = list(ontology.terms())
counts = [sum(bool(t.name) for t in terms),
          sum(len(list(t.superclasses(distance=1, with_self=False))) for t in terms),
          sum(len(t.synonyms) for t in terms)]
"""
FASTOBO = """
import fastobo
start = time.process_time(); document = fastobo.load(path); seconds = time.process_time() - start
frames = [list(f) for f in document if isinstance(f, fastobo.term.TermFrame)]
tags = [[clause.raw_tag() for clause in frame] for frame in frames]
counts = [sum("name" in t for t in tags), sum(t.count("is_a") for t in tags), sum(t.count("synonym") for t in tags)]
"""


def repeated(source: Path, target: Path, copies: int) -> Path:
    """Writes a file with several copies of each term (`MAXO_`, `MAXO:`). Each copy has its own identifiers."""
    data = source.read_bytes()
    owl = source.suffix == ".owl"
    start = data.index(b"    <!-- http://purl.obolibrary.org/obo/MAXO_" if owl else b"[Term]")
    end = data.rindex(b"</rdf:RDF>") if owl else data.index(b"[Typedef]")
    body = data[start:end]
    parts = [re.sub(rb"(MAXO[_:])(\d)", rb"\g<1>%d\2" % copy, body) if copy else body for copy in range(copies)]
    target.write_bytes(data[:start] + b"".join(parts) + data[end:])
    return target


_SCOPES = {"broad": "Broad", "narrow": "Narrow", "related": "Related"}
_GENE = "http://www.geneontology.org/formats/oboInOwl#"
_SPACES = (
    f'xmlns:o="{_GENE}" xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:p="http://purl.obolibrary.org/obo/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"'
)


def written(source: Path, folder: Path) -> tuple[Path, Path]:
    """Writes the labelled classes of an ontology as OBO and as RDF/XML."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    form = recognise(source)
    assert form
    for item in dict.fromkeys(form.read(source)):
        if isinstance(item, Concept) and item.label:
            found[item.id]["name"] = [item.label]
            found[item.id]["def"] = [item.definition] if item.definition else []
        elif isinstance(item, Relation) and item.predicate == IS_A:
            found[item.subject]["is_a"].append(item.object)
        elif isinstance(item, Synonym):
            found[item.concept][f"synonym {_SCOPES.get(item.kind, 'Exact')}"].append(item.text)
        elif isinstance(item, Mapping):
            found[item.subject]["xref"].append(item.object)
    classes = {id_: facts for id_, facts in found.items() if facts["name"]}
    obo, owl = folder / "hpo.obo", folder / "hpo.owl"
    head = "format-version: 1.4\nontology: hp\n"
    obo.write_text(head + "".join(f"\n[Term]\nid: {id_}\n{_as_obo(facts)}" for id_, facts in classes.items()))
    start = f"<rdf:RDF {_SPACES}>\n<owl:Ontology rdf:about='{_PURL}hp.owl'/>\n"
    body = (f"<owl:Class rdf:about='{_iri(id_)}'>\n{_as_owl(facts)}</owl:Class>\n" for id_, facts in classes.items())
    owl.write_text(start + "".join(body) + "</rdf:RDF>\n")
    return obo, owl


_PURL = "http://purl.obolibrary.org/obo/"


def _iri(identifier: str) -> str:
    return _PURL + identifier.replace(":", "_")


def _as_obo(facts: dict[str, list[str]]) -> str:
    lines = []
    for clause, texts in facts.items():
        tag, _, scope = clause.partition(" ")
        for text in texts:
            quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
            plain = re.sub(r"([{!\\])", r"\\\1", text)
            value = {"def": f"{quoted} []", "synonym": f"{quoted} {scope.upper()} []", "name": plain}
            lines.append(f"{tag}: {value.get(tag, text)}\n")
    return "".join(lines)


def _as_owl(facts: dict[str, list[str]]) -> str:
    lines = []
    for clause, texts in facts.items():
        tag, _, scope = clause.partition(" ")
        name = {"name": "rdfs:label", "def": "p:IAO_0000115", "xref": "o:hasDbXref"}.get(tag, f"o:has{scope}Synonym")
        for text in texts:
            parent = f"<rdfs:subClassOf rdf:resource='{_iri(text)}'/>\n"
            lines.append(parent if tag == "is_a" else f"<{name}>{escape(text)}</{name}>\n")
    return "".join(lines)


def measured(python: str, script: str, path: Path) -> tuple[float, list[int]] | None:
    """Returns the processor time of the best of three runs of `script`, and its counts. None if the reader is not
    installed.
    """
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


def searchable(path: Path, folder: Path) -> tuple[float, float]:
    """Returns the wall and processor time to load a file into an empty embedded store, for the best of three runs."""
    found = []
    for run in range(3):
        asked = [sys.executable, "-c", _CLOCK + SEARCHABLE + _TELL, str(path), str(folder / f"{path.stem}-{run}")]
        seconds, (processor,) = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
        found.append((seconds, processor))
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=13)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        owl = repeated(ONTOLOGIES / "maxo-base.owl", folder / "large.owl", options.copies)
        obo = repeated(ONTOLOGIES / "maxo-base.obo", folder / "large.obo", options.copies)
        compared(owl, {"rdflib": (options.peers, RDFLIB), "pronto": (options.peers, PRONTO)})
        compared(obo, {"fastobo": (options.peers, FASTOBO)})
        hpo = ONTOLOGIES / "hp-2024-08-13.json.gz"
        obo, hpo_owl = written(hpo, folder)
        compared(hpo, {})
        compared(obo, {"fastobo": (options.peers, FASTOBO), "pronto": (options.peers, PRONTO)})
        compared(hpo_owl, {"rdflib": (options.peers, RDFLIB), "pronto": (options.peers, PRONTO)})
        for file in (owl, hpo):
            seconds, processor = searchable(file, folder)
            print(
                f"{file.name}: loaded into a searchable store, with the closure of the hierarchy, in {seconds:.1f} s "
                f"({processor:.1f} s of processor time)"
            )


if __name__ == "__main__":
    main()
