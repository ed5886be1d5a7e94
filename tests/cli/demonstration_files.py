"""tests of cli: reads the demonstration files without the product's readers, to check these readers."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "demonstration"
PREFIXES = {
    "SCTID": "snomedct",
    "ICD10WHO": "icd10",
    "ICD10": "icd10",
    "RxNorm": "rxnorm",
    "LOINC": "loinc",
    "http://snomed.info/sct": "snomedct",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://loinc.org": "loinc",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://hl7.org/fhir/sid/cvx": "cvx",
}
Edges = dict[str, set[str]]


def curie(prefix: str, code: str) -> str:
    return f"{PREFIXES.get(prefix, prefix)}:{code}"


def spelled(text: str) -> str:
    return curie(*text.split(":", 1))


def table(path: Path) -> list[dict[str, str]]:
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def stanzas(path: Path) -> Iterator[list[tuple[str, str]]]:
    for block in path.read_text(encoding="utf-8").split("[Term]\n")[1:]:
        lines = block.split("\n\n")[0].splitlines()
        yield [(key, value) for line in lines for key, value in [line.split(": ", 1)]]


def obo(path: Path) -> tuple[dict[str, str], Edges, set[str]]:
    """The labels and parents by id, and the ids of deprecated concepts."""
    labels, parents, dead = {}, defaultdict(set), set()
    for stanza in stanzas(path):
        one = dict(stanza)
        labels[spelled(one["id"])] = one["name"]
        parents[spelled(one["id"])] = {spelled(value.split(" ! ")[0]) for key, value in stanza if key == "is_a"}
        if "is_obsolete" in one:
            dead.add(one["id"])
    return labels, parents, dead


def graph(path: Path) -> tuple[dict[str, str], Edges]:
    (content,) = json.loads(path.read_text(encoding="utf-8"))["graphs"]
    labels = {curie("SCTID", node["id"].rsplit("/", 1)[1]): node["lbl"] for node in content["nodes"]}
    parents: Edges = {one: set() for one in labels}
    for edge in content["edges"]:
        subject, parent = (curie("SCTID", edge[end].rsplit("/", 1)[1]) for end in ("sub", "obj"))
        parents[subject].add(parent)
    return labels, parents


def omop(folder: Path) -> tuple[dict[str, str], Edges]:
    rows = {row["concept_id"]: row for row in table(folder / "CONCEPT.csv")}
    names = {number: curie(row["vocabulary_id"], row["concept_code"]) for number, row in rows.items()}
    parents: Edges = {one: set() for one in names.values()}
    for row in table(folder / "CONCEPT_RELATIONSHIP.csv"):
        parents[names[row["concept_id_1"]]].add(names[row["concept_id_2"]])
    return {names[number]: row["concept_name"] for number, row in rows.items()}, parents


def ontologies() -> dict[str, tuple[dict[str, str], Edges]]:
    folder = FOLDER / "terminology"
    files = {path.stem: obo(path)[:2] for path in sorted(folder.glob("*.obo"))}
    return {**files, "snomed": graph(folder / "snomed.json"), "omop": omop(folder / "omop")}


def mappings() -> Iterator[dict[str, str]]:
    for path in sorted((FOLDER / "mappings").glob("*.tsv")):
        for row in table(path):
            yield {**row, "subject": spelled(row["subject_id"]), "object": spelled(row["object_id"])}


def resources(kind: str = "*") -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / "care").glob(f"{kind}.ndjson")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def nested(value: object, key: str) -> Iterator[Any]:
    """Yields every value of `key`, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from nested(one, key)


def codings(value: object) -> Iterator[str]:
    """Yields all codes except FHIR's status codes."""
    for coding in (coding for group in nested(value, "coding") for coding in group):
        if "terminology.hl7.org" not in coding["system"]:
            yield curie(coding["system"], coding["code"])


def below(starts: Iterable[str], parents: Edges) -> set[str]:
    children: Edges = defaultdict(set)
    for child, above in parents.items():
        for one in above:
            children[one].add(child)
    found, new = set(starts), set(starts)
    while new:
        new = {child for one in new for child in children[one]} - found
        found |= new
    return found


def reach(concept: str) -> set[str]:
    """The concept, its descendants, the concepts with an exact or narrower mapping to one of these, and all below."""
    parents = {one: above for _, edges in ontologies().values() for one, above in edges.items()}
    own = below({concept}, parents)
    kept = [row for row in mappings() if not row["predicate_modifier"]]
    to = {
        row["object"]
        for row in kept
        if row["subject"] in own and row["predicate_id"][5:] in {"exactMatch", "narrowMatch"}
    }
    back = {
        row["subject"]
        for row in kept
        if row["object"] in own and row["predicate_id"][5:] in {"exactMatch", "broadMatch"}
    }
    return below(own | to | back, parents)
