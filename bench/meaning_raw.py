"""bench: compares counts of patients with an independent count from the raw files and the exported groups.

    python -m bench.meaning_raw --store FOLDER

The script uses a store that was filled by `bench.meaning --store FOLDER`. It writes the groups of this store like
`tricuspid meanings`, and counts the patients of thirty concepts at both levels. The independent count uses no other
code of Tricuspid. It reads hierarchies with regular expressions and JSON, and patients from the FHIR bundles. The
script stops at the first difference.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import tempfile
from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.meaning import DIABETES
from bench.meaning_gold import DATA, SEED, filled
from cli.meanings import meanings
from graph.hierarchy import Level
from tests.e2e.raw import codes_of_patients

TERMS = DATA / "ontologies"
_VOCABULARIES = {"SNOMED": "snomedct", "RxNorm": "rxnorm", "LOINC": "loinc"}
Steps = dict[str, set[str]]


def hierarchy() -> Iterator[tuple[str, str]]:
    """Yields the pair (narrower, broader) of every is-a statement in MONDO, HPO, DOID and the OMOP vocabularies."""
    text = gzip.decompress((TERMS / "mondo-2026-08-synonyms.obo.gz").read_bytes()).decode()
    for stanza in text.split("\n[Term]\n")[1:]:
        stanza = stanza.partition("\n[")[0]
        (own,) = re.findall(r"^id: (\S+)", stanza, re.MULTILINE)
        yield from ((own, high) for high in re.findall(r"^is_a: (\S+)", stanza, re.MULTILINE))
    for name in ("hp-2024-08-13.json.gz", "doid-2018-07-05.json.gz"):
        for graph in json.loads(gzip.decompress((TERMS / name).read_bytes()))["graphs"]:
            for edge in graph["edges"]:
                if edge["pred"] == "is_a":
                    low, high = (edge[end].rpartition("/")[2].replace("_", ":") for end in ("sub", "obj"))
                    yield low, high
    yield from _omop(TERMS / "omop-vocabulary")


def _omop(folder: Path) -> Iterator[tuple[str, str]]:
    with (folder / "concept_seed.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["vocabulary_id"] in _VOCABULARIES]
    ids = {row["concept_id"]: f"{_VOCABULARIES[row['vocabulary_id']]}:{row['concept_code']}" for row in rows}
    with (folder / "concept_relationship_seed.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ends = ids.get(row["concept_id_1"]), ids.get(row["concept_id_2"])
            if row["relationship_id"] in ("Is a", "RxNorm is a") and not row["invalid_reason"] and all(ends):
                yield str(ends[0]), str(ends[1])


def steps(groups: Path, level: Level) -> Steps:
    """For each concept, the directly narrower concepts and the concepts with the same meaning."""
    found: Steps = defaultdict(set)
    for low, high in hierarchy():
        found[high].add(low)
    with groups.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if level == Level.LIKELY or row["level"] == "CERTAIN":
                found[row["object_id"]].add(row["subject_id"])
                if row["predicate"] == "SAME_AS":
                    found[row["subject_id"]].add(row["object_id"])
    return found


def reach(start: str, down: Steps) -> set[str]:
    found, edge = {start}, {start}
    while edge := {low for high in edge for low in down.get(high, ())} - found:
        found |= edge
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path, required=True)
    folder = parser.parse_args().store
    snapshot = filled(folder)
    coded = codes_of_patients(sorted((DATA / "care/synthea-fhir-r4").glob("*.json.bz2")))
    reaching = snapshot.hierarchy.reaching(snapshot.patients.concepts).to_array().tolist()
    used = [concept for concept in reaching if snapshot.meanings.illness[concept]]
    asked = [*DIABETES, *(snapshot.ids[n] for n in random.Random(SEED).sample(used, 30 - len(DIABETES)))]
    with tempfile.TemporaryDirectory() as beside:
        groups = Path(beside) / "groups.tsv"
        meanings(Namespace(store=str(folder), file=str(groups), conflicts=False))
        for level in Level:
            down, total = steps(groups, level), 0
            for id_ in asked:
                codes = {one.partition(":")[2] for one in reach(id_, down) if one.startswith("snomedct:")}
                counted = sum(not own.isdisjoint(codes) for own in coded.values())
                number = snapshot.ids.find(id_)
                assert number is not None, id_
                answered = len(snapshot.reached_patients(number, level))
                assert counted == answered, (id_, level, counted, answered)
                total += counted
            print(f"{len(asked)} concepts at {level}: all counts equal, {total:,} patients in all")


if __name__ == "__main__":
    main()
