"""graph: terminologies are found by their prefixes and by their common names."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyroaring import FrozenBitMap

from graph.errors import UnknownOntology
from graph.snapshot.terminologies import Terminologies
from ontologies.curies import aliases

_CONCEPTS = [("HP", False), ("snomedct", False), ("icd10", True), ("icd10cm", False), ("HP", True)]


def terminologies(concepts: list[tuple[str, bool]]) -> Terminologies:
    """Terminologies with these concepts: the prefix of each, and whether it is a stub."""
    prefix, stub = zip(*concepts, strict=True) if concepts else ((), ())
    known = aliases(prefix)
    table = pa.table({"ontology": pa.array(prefix, pa.string()), "stub": pa.array(stub, pa.bool_())})
    return Terminologies(table, pa.table({"alias": [*known], "prefix": [*known.values()]}))


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("HP", "hp"),
        ("hpo", "hp"),
        ("SNOMED", "snomedct"),
        ("SNOMED CT", "snomedct"),
        ("sctid", "snomedct"),
        ("ICD-10", "icd10"),
        ("ICD-10-CM", "icd10cm"),
        ("", ""),
        ("Nobody", "nobody"),
    ],
)
def test_every_name_gives_one_prefix(name: str, prefix: str) -> None:
    made = terminologies(_CONCEPTS)
    assert made.prefix(name) == made.prefix(made.prefix(name)) == prefix


def test_terminologies_that_are_not_loaded_are_refused() -> None:
    made = terminologies(_CONCEPTS)
    assert made.asked(["ICD-10-CM", "hp", "HPO"]) == {"hp", "icd10cm"}
    assert made.asked(["ICD-10"], stubs=True) == {"icd10"}
    with pytest.raises(UnknownOntology, match=r"'ICD-10' is not loaded: choose one of HP, icd10cm, snomedct$"):
        made.asked(["ICD-10"], stubs=True, hidden=FrozenBitMap([2]))
    assert made.asked([]) == set()
    with pytest.raises(UnknownOntology, match=r"'ICD-10' is not loaded: choose one of HP, icd10cm, snomedct$"):
        made.asked(["HP", "ICD-10"])
    with pytest.raises(UnknownOntology, match=r"'x{60}…' is not loaded: choose one of HP, icd10cm, snomedct$"):
        made.asked(["x" * 5000], stubs=True)
    with pytest.raises(UnknownOntology, match="is not loaded: load it first"):
        terminologies([]).asked(["HP"])


def test_concepts_of_some_terminologies() -> None:
    made = terminologies(_CONCEPTS)
    assert made.concepts(["hpo", "SNOMED CT"]).tolist() == [True, True, False, False, True]
    assert not made.concepts(["nobody"]).any()
