"""ontologies' tests: counts of real releases, compared with counts made in another way."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from ontologies.formats import recognise
from ontologies.model import (
    IS_A,
    LABEL,
    REPLACED_BY,
    SYNONYM,
    Concept,
    Item,
    Mapping,
    Refused,
    Relation,
    Release,
    Synonym,
    Translation,
)
from tests.ontologies.golden import stream


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "ontologies"


def counts(items: Iterable[Item]) -> Counter[str]:
    """How many items there are of each kind. Replacements are counted separately from other relations."""
    return Counter(
        REPLACED_BY if isinstance(item, Relation) and item.predicate == REPLACED_BY else type(item).__name__
        for item in items
    )


def of_several(owners: Iterable[tuple[str, str]]) -> int:
    """The number of relations from alternative identifiers that belong to more than one concept."""
    found: dict[str, set[str]] = {}
    for alternative, owner in owners:
        found.setdefault(alternative, set()).add(owner)
    return sum(len(names) for names in found.values() if len(names) > 1)


@pytest.mark.parametrize("name", ["maxo-base", "symp"])
def test_three_formats_of_one_release_give_the_same_items(folder: Path, name: str) -> None:
    """Identifiers, labels, definitions, states, replacements, synonyms, relations and mappings are equal."""
    obo, graphs, owl = (stream(folder / f"{name}.{suffix}") for suffix in ("obo", "json", "owl"))
    assert isinstance(obo[0], Release) and isinstance(graphs[0], Release)
    assert obo[0] == owl[0]
    assert obo[0]._replace(iri="") == graphs[0]._replace(iri="")
    for kind in (Concept, Synonym, Relation, Mapping):
        one, *others = ({item for item in items if isinstance(item, kind)} for items in (obo, graphs, owl))
        assert others == [one, one] and one


def test_hpo_has_the_counts_of_its_json(folder: Path) -> None:
    file = folder / "hp-2024-08-13.json.gz"
    graph: dict[str, Any] = orjson.loads(gzip.decompress(file.read_bytes()))["graphs"][0]
    nodes = [node for node in graph["nodes"] if node.get("type") == "CLASS"]
    metas = [node.get("meta", {}) for node in nodes]
    alternatives = [
        (value["val"], node["id"])
        for node, meta in zip(nodes, metas, strict=True)
        for value in meta.get("basicPropertyValues", ())
        if value["pred"].endswith("hasAlternativeId")
    ]
    known = {re.sub(r".*/([A-Za-z]+)_", r"\1:", node["id"]) for node in nodes if "lbl" in node}
    items = stream(file)
    found = counts(items)
    assert found["Concept"] == len(known) + len({alternative for alternative, _ in alternatives} - known)
    assert of_several(alternatives) == 0
    assert (
        found[REPLACED_BY] == 4
    )  # HP:0000535 has two, and two terms state another replacement than the concept that lists them
    assert found["Synonym"] == sum(len(meta.get("synonyms", ())) for meta in metas)
    assert found["Relation"] == sum(edge["pred"] != "subPropertyOf" for edge in graph["edges"])
    assert found["Refused"] == 0
    assert found["NotRead"] == sum("type" not in node and "lbl" in node for node in graph["nodes"]) == 4
    concepts = {item.id: item for item in items if isinstance(item, Concept)}
    assert concepts["HP:0001250"].label == "Seizure"
    assert concepts["HP:0000057"].replaced_by == "HP:0008665"


@pytest.mark.parametrize(
    "name", ["mondo-2026-08.obo", "mondo-2021-11.obo", "doid-2016-09-01.obo", "cl-basic.obo", "obi.obo", "uberon.obo"]
)
def test_obo_has_the_counts_of_its_lines(folder: Path, name: str) -> None:
    text = (folder / name).read_text("utf-8")
    terms = [part for part in text.split("\n\n") if part.lstrip().startswith("[Term]")]
    lines = Counter(line.partition(":")[0] for term in terms for line in term.split("\n"))
    named = {match[1] for term in terms if (match := re.search(r"^id: (\S+)\nname:", term, re.MULTILINE))}
    alternatives = [(match, term) for term in terms for match in re.findall(r"^alt_id: (\S+)", term, re.MULTILINE)]
    items = stream(folder / name)
    assert sum(isinstance(item, Concept) for item in items) == len(named | {match for match, _ in alternatives})
    assert sum(isinstance(item, Synonym) for item in items) == lines["synonym"]
    assert sum(isinstance(item, Relation) and item.predicate == IS_A for item in items) == lines["is_a"]
    others = [item.predicate for item in items if isinstance(item, Relation) and item.predicate != IS_A]
    assert len(others) - others.count(REPLACED_BY) == lines["relationship"]
    assert others.count(REPLACED_BY) == of_several(alternatives)
    literature = len(
        re.findall(r"^xref: (?:PMID|PMC|DOI|ISBN|url|http|Wikipedia|ORCID)", "\n".join(terms), re.M | re.I)
    )
    mapped = sum(isinstance(item, Mapping) for item in items)
    assert lines["xref"] + lines["equivalent_to"] - literature <= mapped <= lines["xref"] + lines["equivalent_to"]


@pytest.mark.parametrize(
    "name", ["doid-2018-07-05.json.gz", "ordo-2018-07-12.json.gz", "ncit-disease-2018-06-08.json.gz"]
)
def test_obo_graphs_of_older_tools_read_without_refusal(folder: Path, name: str) -> None:
    graphs = orjson.loads(gzip.decompress((folder / name).read_bytes()))["graphs"]
    found = counts(stream(folder / name))
    assert found["Refused"] == 0
    assert found["Relation"] == sum(
        edge["pred"] == "is_a" or "://" in edge["pred"] for graph in graphs for edge in graph["edges"]
    )


def test_every_row_of_a_mapping_set_gives_a_mapping(folder: Path) -> None:
    files = sorted((folder / "sssom").rglob("*.sssom.tsv"))
    total = 0
    for file in files:
        with file.open(encoding="utf-8", newline="") as text:
            lines = (line for line in text if not line.startswith("#"))
            rows = sum(1 for _ in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        found = counts(stream(file))
        assert (found["Mapping"], found["Refused"]) == (rows, 0)
        total += rows
    assert len(files) == 31 and total > 110_000


@pytest.mark.parametrize(
    ("name", "state"), [("positive", "accepted"), ("negative", "rejected"), ("unsure", "proposed")]
)
def test_biomappings_have_the_three_states(folder: Path, name: str, state: str) -> None:
    items = stream(folder / f"sssom/biomappings/{name}.sssom.tsv")
    assert {item.state for item in items if isinstance(item, Mapping)} == {state}


def test_dutch_labels_differ_from_the_english_labels(folder: Path) -> None:
    file = folder / "translations/hp-nl.babelon.tsv"
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    result = [row for row in rows if row["translation_value"].strip() not in ("", row["source_value"].strip())]
    items = [item for item in stream(file) if isinstance(item, Translation)]
    assert len(items) == len([row for row in result if row["translation_status"] != "NOT_TRANSLATED"])
    assert {item.language for item in items} == {"nl"}
    assert sum(item.predicate == LABEL for item in items) > 11_000


def test_dutch_synonyms_come_from_the_template(folder: Path) -> None:
    items = [item for item in stream(folder / "translations/hp-nl.synonyms.tsv") if isinstance(item, Translation)]
    lines = (folder / "translations/hp-nl.synonyms.tsv").read_text("utf-8").splitlines()[2:]
    assert len(items) == sum(not line.endswith("\tNOT_TRANSLATED") and bool(line.split("\t")[1]) for line in lines)
    assert {(item.predicate, item.language) for item in items} == {(SYNONYM, "nl")}


def test_all_omop_concepts_are_read_and_unknown_numbers_are_refused(folder: Path) -> None:
    file = folder / "omop-vocabulary/concept_seed.csv"
    tables = {}
    for name in ("concept", "concept_relationship"):
        with (file.parent / f"{name}_seed.csv").open(encoding="utf-8", newline="") as text:
            tables[name] = list(csv.DictReader(text))
    known = {row["concept_id"] for row in tables["concept"]}
    used = [
        (row["concept_id_1"], row["concept_id_2"])
        for row in tables["concept_relationship"]
        if not row["invalid_reason"]
        and (
            row["relationship_id"] in ("Is a", "RxNorm is a", "Concept replaced by", "Concept same_as to")
            or (row["relationship_id"] == "Maps to" and row["concept_id_1"] != row["concept_id_2"])
        )
    ]
    items = stream(file)
    assert sum(isinstance(item, Concept) for item in items) == len(known)
    assert sum(isinstance(item, Refused) for item in items) == sum(not known.issuperset(pair) for pair in used)


def test_no_format_claims_files_of_other_kinds(folder: Path) -> None:
    strangers = [path for path in folder.iterdir() if path.suffix in (".xml", ".txt")]
    strangers += sorted((folder.parent / "education").rglob("*.json"))[:200]
    assert strangers and {path.name for path in strangers if recognise(path)} == set()
