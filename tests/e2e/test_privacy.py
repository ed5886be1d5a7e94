"""End-to-end tests: names, addresses, telephone numbers, e-mails and identifiers of persons are not in the store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.status import report_text
from tests.e2e.conftest import Care
from tests.e2e.raw import nictiz_secrets, synthea_secrets


@pytest.fixture(scope="module")
def made_up(synthea: list[Path]) -> set[str]:
    """The secrets in the Synthea files, also short and common names: Synthea's names end in digits."""
    found = synthea_secrets(synthea)
    assert len(found) > 250
    return found


@pytest.fixture(scope="module")
def dutch(nictiz: list[Path]) -> set[str]:
    found = nictiz_secrets(nictiz)
    assert len(found) > 300
    return found


def words(secrets: set[str], text: str) -> set[str]:
    """The secrets that are whole words in the text. ("Wit" is part of many other words.)"""
    return {one for one in secrets if one in text and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)}


def test_the_search_finds_texts_that_are_stored(care: Care) -> None:
    """Without this test, the other tests would prove nothing."""
    assert care.report.written > 20_000
    text = "\n".join(care.texts)
    assert words({"Prediabetes", "snomedct:15777000"}, text) == {"Prediabetes", "snomedct:15777000"}
    assert b"snomedct:15777000" in care.snapshot


def test_no_table_of_the_graph_contains_an_identifier(care: Care, made_up: set[str], dutch: set[str]) -> None:
    text = "\n".join(care.texts)
    assert {secret for secret in made_up if secret in text} == set()
    assert words(dutch, text) == set()


def test_no_file_of_the_snapshot_contains_an_identifier(care: Care, made_up: set[str], dutch: set[str]) -> None:
    assert {secret for secret in made_up if secret.encode() in care.snapshot} == set()
    assert words({secret for secret in dutch if len(secret) > 5}, care.snapshot.decode("latin-1")) == set()


def test_the_report_contains_identifiers_only_in_names_of_files(
    care: Care, made_up: set[str], dutch: set[str], nictiz: list[Path]
) -> None:
    text = report_text(care.report, [])
    for path in nictiz:
        text = text.replace(path.name, "")
    assert {secret for secret in made_up if secret in text} == set()
    assert words(dutch, text) == set()
