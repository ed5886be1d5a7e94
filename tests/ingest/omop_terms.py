"""tests of OMOP CDM: small vocabulary tables made by hand, and what a store has after they are loaded."""

from __future__ import annotations

from typing import Any

from graph.store import Store
from tests.graph.rows import table
from tests.ingest.omop_rows import Export, Row


def concept(id: int, name: str, vocabulary: str, code: str, **more: Any) -> Row:
    row = {"concept_id": id, "concept_name": name, "domain_id": "Condition", "vocabulary_id": vocabulary}
    return row | {"concept_class_id": "Disorder", "concept_code": code, "invalid_reason": None} | more


def relationship(one: int, name: str, two: int) -> Row:
    return {"concept_id_1": one, "concept_id_2": two, "relationship_id": name, "invalid_reason": None}


def synonym(id: int, name: str, language: int = 4180186) -> Row:
    return {"concept_id": id, "concept_synonym_name": name, "language_concept_id": language}


VOCABULARY: Export = {
    "concept": [
        concept(1, "Heart failure", "SNOMED", "84114007"),
        concept(2, 'Heart "disease", any', "SNOMED", "56265001"),
        concept(3, "Heart failure, unspecified", "ICD10CM", "I50.9"),
        concept(4, "Pump failure", "SNOMED", "1", invalid_reason="U"),
        concept(5, "no code", "SNOMED", ""),
    ],
    "concept_relationship": [
        relationship(1, "Is a", 2),
        relationship(3, "Maps to", 1),
        relationship(4, "Concept replaced by", 1),
        relationship(1, "Is a", 99),
    ],
    "concept_synonym": [synonym(1, "hartfalen", 4182503), synonym(1, "cardiac failure"), synonym(98, "lost")],
    "vocabulary": [
        {"vocabulary_id": "SNOMED", "vocabulary_name": "SNOMED CT", "vocabulary_version": "2026-01-01"},
        {"vocabulary_id": "None", "vocabulary_name": "OMOP", "vocabulary_version": "v5.0 15-JAN-26"},
    ],
    "concept_ancestor": [{"ancestor_concept_id": 2, "descendant_concept_id": 1}],
}
REFUSED = [
    ("concept row 5", "it needs concept_id, vocabulary_id and concept_code"),
    ("concept_synonym row 3", "concept_id 98 is not in CONCEPT"),
    ("concept_relationship row 4", "concept_id 99 is not in CONCEPT"),
]
"""Position and reason of each row that is refused. In a CSV file, row 5 is line 6."""


def stored(store: Store) -> tuple[list[tuple[Any, ...]], ...]:
    """Everything that a load states, without the job."""
    return (
        table(store, "Release", "id", "prefix", "version", "title"),
        table(store, "Concept", "id", "label", "deprecated", "replaced_by", "kind", "stub", "release", "omop"),
        table(store, "Label", "id", "text", "kind", "language", "release"),
        table(store, "HAS_LABEL", "source", "target"),
        table(store, "IS_A", "source", "target", "release"),
        table(store, "MAPS_TO", "source", "target", "predicate", "state", "release"),
    )
