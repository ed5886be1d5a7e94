"""tests: enums have a name for every stored value, and no other names."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from graphql import GraphQLEnumType

from api.execution import SCHEMA
from api.fields import AboutRole, enums
from api.schema.cohort.types import Sex
from api.schema.mapping.types import MappingState
from api.schema.record.types import RecordKind
from graph.hierarchy import KINDS
from graph.kinds import RECORDS
from graph.lexical import names
from graph.snapshot import roles
from linking import understanding
from linking.grounding.assertion import Assertion
from linking.search import ranking as search
from linking.search import record_search
from tests.api.conftest import Ask

ROOT = Path(__file__).resolve().parents[2]


def _texts(*patterns: str) -> set[str]:
    """All matches of these patterns in the code that makes stored values."""
    return {found for text in _code() for one in patterns for found in re.findall(one, text)}


@cache
def _code() -> list[str]:
    folders = ("graph/groups", "linking", "ingest")
    return [file.read_text(encoding="utf-8") for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


_STORED: dict[Any, set[str]] = {
    enums.How: {*search.HOW, *record_search.HOW},
    enums.ConceptKind: {*KINDS} - {""},
    enums.SynonymKind: {*names.KINDS} - {"lexicon"},
    enums.Assertion: {*get_args(Assertion), "excluded"},
    enums.Method: _texts(r'method="([a-z]+)"', r'method = "([a-z]+)"', r'1\.0, "(coded)"', r'else "(lexical)"'),
    enums.ThingKind: {"Concept", *RECORDS},
    enums.JobKind: _texts(r'job_of\(store, "([a-z]+)"', r'Job\(store, "([a-z]+)"'),
    enums.ConflictReason: _texts(
        r'Refusal\(\*pair, "([a-z ,]+)"', r'keep_apart\(\*pair, "([a-z ]+)"', r'why: str = "(rejected)"',
        r'return "(two of one [a-z]+|unlike kinds)"',
    ),
    RecordKind: {*RECORDS},
    AboutRole: {*roles.ROLES},
    MappingState: {"accepted", "rejected", "proposed"},
    Sex: {"female", "male", "other", "unknown"},
}  # fmt: skip


@pytest.mark.parametrize("enum", _STORED, ids=lambda enum: enum.__name__)
def test_every_stored_value_has_a_name(enum: type[Enum]) -> None:
    assert {one.value for one in enum} == _STORED[enum]


def test_names_are_in_upper_case() -> None:
    every = [one for one in SCHEMA.type_map.values() if isinstance(one, GraphQLEnumType) and one.name[0] != "_"]
    assert len(every) > 15
    assert [name for one in every for name in one.values if not re.fullmatch(r"[A-Z_]+", name)] == []


def test_the_enum_has_every_state_of_the_encoder() -> None:
    """A state may be followed by ":" and details."""
    states = [vars(understanding)[name] for name in ("READY", "OFF", "_ABSENT", "_WARMING", "_NONE", "_UNOPENED")]
    result = {state.partition(":")[0] for state in [*states, understanding._partial(1, 2)]}
    assert result == {one.value for one in enums.EncoderState}


def test_answers_and_filters_use_the_same_names(ask: Ask) -> None:
    asked = """query($k: [RecordKind!], $s: [MappingState!]!) { searchRecords(text: "diabetes", kinds: $k) {
      nodes { __typename } } concept(id: "icd10:E11") { mappings(states: $s) { nodes { state } } } }"""
    result = ask(asked, {"k": ["COURSE"], "s": ["REJECTED"]})
    assert {one["__typename"] for one in result["searchRecords"]["nodes"]} == {"Course"}
    assert {one["state"] for one in result["concept"]["mappings"]["nodes"]} == {"REJECTED"}
