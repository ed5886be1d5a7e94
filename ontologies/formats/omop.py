"""ontologies: reads OMOP vocabulary tables, https://ohdsi.github.io/CommonDataModel/cdm54.html#vocabulary_tables.

Comma-separated, or tab-separated as Athena delivers them. One folder is one release: its CONCEPT table is what is
read, and the tables beside it are read with it. Memory holds the identifier of every concept, as relationships speak
of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ontologies.curies import curie_of
from ontologies.format import Format
from ontologies.model import IS_A, Concept, Item, Mapping, Refused, Relation, Release, Synonym, replaced
from ontologies.tables import Broken, Row, header, rows

_CONCEPT = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
_RELATIONSHIP = ("concept_id_1", "concept_id_2", "relationship_id")
_SYNONYM = ("concept_id", "concept_synonym_name", "language_concept_id")
_TABLE = re.compile(r"(?i)([a-z_]+?)(?:_seed)?\.(?:csv|tsv|txt)(?:\.(?:gz|bz2|xz|zst))?")
_COMPANIONS = frozenset(
    (
        "concept_ancestor",
        "concept_class",
        "concept_cpt4",
        "concept_relationship",
        "concept_synonym",
        "domain",
        "drug_strength",
        "relationship",
        "vocabulary",
    )
)
_REPLACED_BY = "Concept replaced by"
_SAME_AS = "Concept same_as to"
_MAPS_TO = "Maps to"
_IS_A = ("Is a", "RxNorm is a")
_MATCHES = {_MAPS_TO: "skos:broadMatch", _SAME_AS: "skos:exactMatch"}
#: concept ids of OMOP's Language vocabulary
_LANGUAGES = {
    "4180186": "en",
    "4182503": "nl",
    "4182504": "de",
    "4180190": "fr",
    "4182511": "es",
}
#: what a concept is, by its class where that says it, else by its domain
_KINDS = {
    "Clinical Finding": "finding",
    "Context-dependent": "situation",
    "Substance": "drug",
    "Organism": "organism",
    "Body Structure": "anatomy",
    "Observable Entity": "test",
    "Physical Object": "device",
    "Procedure": "procedure",
    "Condition": "finding",
    "Measurement": "test",
    "Drug": "drug",
    "Device": "device",
    "Unit": "unit",
    "Spec Anatomic Site": "anatomy",
}
_OTHER_KIND = "other"
Ids = dict[str, str]


def recognise(head: bytes, name: str) -> bool:
    """A table with the columns of CONCEPT."""
    return header(head) >= frozenset(_CONCEPT)


def companions(path: Path) -> frozenset[Path]:
    """The other vocabulary tables in the folder of a CONCEPT table."""
    return frozenset(_tables(path).values())


def _tables(path: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for beside in sorted(path.parent.iterdir()):
        match = _TABLE.fullmatch(beside.name)
        if match and match[1].lower() in _COMPANIONS and beside.name != path.name:
            found[match[1].lower()] = beside
    return found


def _release(tables: dict[str, Path]) -> Release:
    """The version of the whole delivery is that of the vocabulary called None."""
    version = ""
    if path := tables.get("vocabulary"):
        found = rows(path, ("vocabulary_id",), ("vocabulary_version",))
        version = next((row.cells[1] for row in found if isinstance(row, Row) and row.cells[0] == "None"), "")
    return Release("omop-vocabulary", "", version, "", "", "OMOP Standardized Vocabularies")


def _identifiers(path: Path) -> Ids:
    ids: Ids = {}
    for row in rows(path, _CONCEPT):
        if not isinstance(row, Broken) and (identifier := curie_of(row.cells[2], row.cells[3])):
            ids[row.cells[0]] = identifier
    return ids


def _concepts(path: Path, ids: Ids, targets: dict[str, list[str]]) -> Iterator[Item]:
    for row in rows(path, _CONCEPT, ("invalid_reason", "domain_id", "concept_class_id")):
        if isinstance(row, Broken):
            yield Refused(f"concept line {row.line}", row.reason)
        elif row.cells[0] not in ids or not row.cells[0]:
            yield Refused(f"concept line {row.line}", "it needs concept_id, vocabulary_id and concept_code")
        else:
            number, name, _, _, invalid, domain, concept_class = row.cells
            kind = _KINDS.get(concept_class) or _KINDS.get(domain, _OTHER_KIND if domain else "")
            yield from replaced(Concept(ids[number], name, None, bool(invalid), None, kind), targets.get(number, ()))


def _synonyms(path: Path, ids: Ids) -> Iterator[Item]:
    """`language` is `und` where the concept of the language is not one that we know."""
    for row in rows(path, _SYNONYM):
        if isinstance(row, Broken):
            yield Refused(f"concept_synonym line {row.line}", row.reason)
            continue
        number, text, language = row.cells
        if number not in ids:
            yield Refused(f"concept_synonym line {row.line}", f"concept_id {number} is not in CONCEPT")
        elif text:
            yield Synonym(ids[number], text, "exact", _LANGUAGES.get(language, "und"))


def _statements(path: Path) -> Iterator[tuple[int, str, str, str] | Broken]:
    """Line, number, relationship and number of the statements that are still valid and that we read."""
    for row in rows(path, _RELATIONSHIP, ("invalid_reason",)):
        if isinstance(row, Broken):
            yield row
            continue
        one, two, name, invalid = row.cells
        if not invalid and (name in _IS_A or name == _REPLACED_BY or (name in _MATCHES and one != two)):
            yield row.line, one, name, two


def _replacements(path: Path, ids: Ids) -> dict[str, list[str]]:
    """The number of a concept to the identifiers of what replaces it."""
    found: dict[str, list[str]] = {}
    for statement in _statements(path):
        if not isinstance(statement, Broken) and statement[2] == _REPLACED_BY and statement[3] in ids:
            found.setdefault(statement[1], []).append(ids[statement[3]])
    return found


def _relations(path: Path, ids: Ids) -> Iterator[Item]:
    """A concept maps to one that is equal or broader, so that broader is what is certain."""
    for statement in _statements(path):
        if isinstance(statement, Broken):
            yield Refused(f"concept_relationship line {statement.line}", statement.reason)
            continue
        line, one, name, two = statement
        place, unknown = f"concept_relationship line {line}", [number for number in (one, two) if number not in ids]
        if unknown:
            yield Refused(place, f"concept_id {unknown[0]} is not in CONCEPT")
        elif name in _MATCHES:
            yield _mapping(ids[one], _MATCHES[name], ids[two])
        elif name in _IS_A and ids[one] == ids[two]:
            yield Refused(place, f"{ids[one]} is a kind of itself; remove the row")
        elif name in _IS_A:
            yield Relation(ids[one], IS_A, ids[two])


def _mapping(subject: str, predicate: str, target: str) -> Mapping:
    justification = "semapv:UnspecifiedMatching"
    return Mapping(subject, predicate, target, None, justification, None, None, "accepted", None, None)


def read(path: Path) -> Iterator[Item]:
    """The release, the concepts, then the synonyms and relations of the tables that stand beside CONCEPT."""
    tables = _tables(path)
    yield _release(tables)
    ids = _identifiers(path)
    relationship = tables.get("concept_relationship")
    yield from _concepts(path, ids, _replacements(relationship, ids) if relationship else {})
    if synonym := tables.get("concept_synonym"):
        yield from _synonyms(synonym, ids)
    if relationship:
        yield from _relations(relationship, ids)


FORMAT = Format("OMOP vocabulary tables", "https://ohdsi.github.io/CommonDataModel/", recognise, read, companions)
