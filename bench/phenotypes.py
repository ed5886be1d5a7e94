"""bench: measures how well HPO phenotypes are found in clinical texts, compared with FastHPOCR, on a gold set.

Run `python -m bench.phenotypes [GOLD]` from the root of the checkout. FastHPOCR (PyPI `fasthpocr`, with `pronto`) is
left out if it is not installed. A prediction is correct if it equals a term that the gold set has for the text. A
*tolerant* comparison also accepts an ancestor or descendant of such a term. Averages are micro-averages over the terms
of all texts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from graph.snapshot import Snapshot, read_snapshot
from graph.store import Address, open_store
from ingest.run import load
from linking.grounding import Dictionary

DATA = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
HPO = DATA / "hp-2024-08-13.json.gz"
DUTCH = DATA / "translations"
GOLD = Path(__file__).parent / "gold" / "phenotypes.jsonl"
SCOPES = {"hasExactSynonym": "EXACT", "hasRelatedSynonym": "RELATED", "hasBroadSynonym": "BROAD"}

Annotate = Callable[[str], set[str]]


class Document(NamedTuple):
    id: str
    language: str
    text: str
    hpo: frozenset[str]
    part: str


class Score(NamedTuple):
    precision: float
    recall: float
    f1: float


def documents(gold: Path) -> list[Document]:
    with gold.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return [
        Document(row["id"], row["language"], row["text"], frozenset(row["hpo"]), row.get("part", "")) for row in rows
    ]


def loaded(folder: Path) -> Snapshot:
    """The snapshot of a store with HPO and its Dutch names."""
    address = str(folder / "store")
    store = open_store(address)
    load(store, Address(address).state, [HPO, *sorted(DUTCH.glob("hp-nl*"))], lambda *_: None)
    store.close()
    return read_snapshot(address)


def ours(snapshot: Snapshot) -> Annotate:
    dictionary = Dictionary(snapshot)
    return lambda text: {
        match.concept
        for match in dictionary.text(text)
        if match.concept.startswith("HP:") and match.assertion == "present"
    }


def fasthpocr(folder: Path) -> Annotate:
    from FastHPOCR.HPOAnnotator import HPOAnnotator  # type: ignore[import-not-found, unused-ignore]
    from FastHPOCR.IndexHPO import IndexHPO  # type: ignore[import-not-found, unused-ignore]

    (folder / "hp.obo").write_text("\n".join(as_obo()), encoding="utf-8")
    IndexHPO(str(folder / "hp.obo"), str(folder)).index()
    annotator: Any = HPOAnnotator(str(next(folder.glob("*.index"))))
    return lambda text: {found.hpoUri for found in annotator.annotate(text, longestMatch=True)}


def as_obo() -> Iterator[str]:
    """Converts HPO's OBO Graphs JSON into the OBO lines that FastHPOCR reads: names, synonyms and parents."""
    graph = json.loads(gzip.decompress(HPO.read_bytes()))["graphs"][0]
    parents: dict[str, list[str]] = {}
    for edge in graph["edges"]:
        if edge["pred"] == "is_a":
            parents.setdefault(edge["sub"], []).append(edge["obj"])
    yield "format-version: 1.2\nontology: hp\n"
    for node in graph["nodes"]:
        meta = node.get("meta", {})
        if "/HP_" in node["id"] and node.get("lbl") and not meta.get("deprecated"):
            yield f"[Term]\nid: {_curie(node['id'])}\nname: {node['lbl']}"
            for synonym in meta.get("synonyms", ()):
                text = synonym["val"].replace("\\", "").replace('"', "'")
                yield f'synonym: "{text}" {SCOPES.get(synonym["pred"], "RELATED")} []'
            yield from (f"is_a: {_curie(parent)}" for parent in parents.get(node["id"], ()) if "/HP_" in parent)
            yield ""


def _curie(iri: str) -> str:
    return iri.rpartition("/")[2].replace("_", ":", 1)


def measure(gold: list[Document], predicted: list[set[str]], near: Callable[[str, str], bool]) -> Score:
    hits = sum(any(near(p, g) for g in document.hpo) for document, ps in zip(gold, predicted, strict=True) for p in ps)
    found = sum(any(near(p, g) for p in ps) for document, ps in zip(gold, predicted, strict=True) for g in document.hpo)
    precision, recall = hits / max(1, sum(map(len, predicted))), found / max(1, sum(len(d.hpo) for d in gold))
    return Score(precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0)


def tolerant(snapshot: Snapshot) -> Callable[[str, str], bool]:
    """A function that returns True if two terms are equal, or if one term is an ancestor of the other."""

    def near(one: str, other: str) -> bool:
        a, b = snapshot.concept(one), snapshot.concept(other)
        if a is None or b is None:
            return one == other
        return a == b or b in snapshot.hierarchy.descendants(a) or a in snapshot.hierarchy.descendants(b)

    return near


def report(name: str, annotate: Annotate, gold: list[Document], snapshot: Snapshot) -> None:
    started = time.perf_counter()
    predicted = [annotate(document.text) for document in gold]
    speed = len(gold) / (time.perf_counter() - started)
    near = tolerant(snapshot)
    for part, language in sorted({(document.part, document.language) for document in gold}):
        kept = [n for n, document in enumerate(gold) if (document.part, document.language) == (part, language)]
        some, theirs = [gold[n] for n in kept], [predicted[n] for n in kept]
        exact, close = measure(some, theirs, str.__eq__), measure(some, theirs, near)
        scores = " | ".join(f"{value:.3f}" for value in (*exact, close.f1))
        print(f"| {name} | {part} | {language} | {len(kept)} | {scores} | {speed:,.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, default=GOLD)
    gold = documents(parser.parse_args().gold)
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TRICUSPID_HOME"] = temporary
        snapshot = loaded(Path(temporary))
        print("| way | part | language | texts | precision | recall | F1 | F1 tolerant | texts/s |")
        print("|---|---|---|--:|--:|--:|--:|--:|--:|")
        report("ours", ours(snapshot), gold, snapshot)
        if find_spec("FastHPOCR"):
            report("FastHPOCR", fasthpocr(Path(temporary)), gold, snapshot)


if __name__ == "__main__":
    main()
