"""tests: every error has a code, and an internal error shows no details."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import pytest

from api.execution import execute
from graph.snapshot import Snapshot
from tests.api.conftest import Ask


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "SYNTAX"),
        ("{ concept(id: ", "SYNTAX"),
        ("{ patient }", "INVALID"),
        ("mutation { concept }", "INVALID"),
        ("{ concept(id: 1.5) { id } }", "INVALID"),
        ("query a { __typename } query b { __typename }", "BAD_INPUT"),
        ('{ concept(id: "\udc80") { id } }', "BAD_INPUT"),
        ("{ studies(first: -1) { totalCount } }", "BAD_INPUT"),
        ("{ studies(first: 501) { totalCount } }", "BAD_INPUT"),
        ('{ studies(after: "YXQ6LTE=") { totalCount } }', "BAD_INPUT"),
        ('{ studies(after: "nonsense") { totalCount } }', "BAD_INPUT"),
        ('{ studies(after: "\\u00b2") { totalCount } }', "BAD_INPUT"),
        ('{ search(text: "a", first: 500, after: "YXQ6MToxOTAw") { totalCount } }', "BAD_INPUT"),
        ('{ studies(about: "MONDO:9999999") { totalCount } }', "NOT_FOUND"),
        ('{ courses(about: "") { totalCount } }', "NOT_FOUND"),
        ('{ cohort(criteria: {none: ["MONDO:9999999"]}) { patients { count } } }', "NOT_FOUND"),
    ],
)
def test_codes(codes: Ask, query: str, code: str) -> None:
    assert codes(query) == [code]


def test_long_arguments_are_refused(codes: Ask) -> None:
    ask_ids = "query($ids: [ID!]!) { concepts(ids: $ids) { id } }"
    assert codes(ask_ids, {"ids": ["MONDO:0005148"] * 500}) == []
    assert codes(ask_ids, {"ids": ["MONDO:0005148"] * 501}) == ["BAD_INPUT"]
    ask_text = "query($text: String!) { search(text: $text) { totalCount } }"
    assert codes(ask_text, {"text": "a" * 400}) == []
    assert codes(ask_text, {"text": "a" * 401}) == ["BAD_INPUT"]
    ask_cohort = "query($ids: [ID!]) { cohort(criteria: {any: $ids}) { patients { count } } }"
    assert codes(ask_cohort, {"ids": ["MONDO:0005148"] * 100}) == []
    assert codes(ask_cohort, {"ids": ["MONDO:0005148"] * 101}) == ["BAD_INPUT"]


@pytest.mark.parametrize("value", [None, 1.5, True, {"a": []}, [["x"]], "\udc80"])
def test_variables_of_a_wrong_type_are_refused(codes: Ask, value: Any) -> None:
    assert codes("query($id: ID!) { concept(id: $id) { id } }", {"id": value}) == ["BAD_INPUT"]


def test_an_error_names_the_unknown_id(snapshot: Snapshot) -> None:
    answer = execute(snapshot, '{ cohort(criteria: {all: ["MONDO:9999999"]}) { patients { count } } }')
    assert answer["data"] == {"cohort": None}
    assert "'MONDO:9999999'" in answer["errors"][0]["message"]
    assert answer["errors"][0]["path"] == ["cohort"]


def test_other_fields_are_answered_if_one_field_fails(snapshot: Snapshot) -> None:
    answer = execute(snapshot, '{ studies(first: 501) { totalCount } concept(id: "icd10:E11") { id } }')
    assert answer["data"] == {"studies": None, "concept": {"id": "icd10:E11"}}


class Broken(Snapshot):
    """A snapshot that raises an unexpected error."""

    def column(self, *_: Any) -> NoReturn:
        raise RuntimeError("patient 0007")

    def texts(self, *_: Any) -> NoReturn:
        raise RuntimeError("patient 0007")


def test_an_internal_error_is_logged_but_not_shown(snapshot: Snapshot, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "tricuspid.api"):
        answer = execute(Broken(snapshot.folder), '{ concept(id: "icd10:E11") { id } }')
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert "0007" not in str(answer)
    assert "patient 0007" in caplog.text
