"""docs/cohorts.md: its queries have the answers shown, on the demonstration data."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, open_store
from tests.ingest.graphs import DEMONSTRATION, ingest_into, load_into

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cohorts.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"(?:```cohort-en\n([^`]*)```\n\n)?```graphql\n([^`]*)```\n```json\n([^`]*)```", PAGE)
"""The text of a definition, or nothing, then a query and its answer."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    address = str(tmp_path_factory.mktemp("cohorts") / "store")
    with closing(open_store(address)) as store:
        load_into(store, *(DEMONSTRATION / part for part in ("terminology", "mappings")))
        ingest_into(store, *(DEMONSTRATION / part for part in ("care", "clinic", "trials", "courses")))
        return fresh_snapshot(store, Address(address).state)


def test_queries_are_answered_as_shown(shown: Snapshot) -> None:
    assert len(SHOWN) == PAGE.count("```graphql") == 5
    assert sum(bool(text) for text, *_ in SHOWN) == PAGE.count("```cohort-en") == 3
    for text, query, data in SHOWN:
        answer = execute(shown, query, {"text": text} if text else {}, Role.EXACT)
        assert "errors" not in answer and json.loads(json.dumps(answer["data"])) == json.loads(data)


def test_the_demonstration_has_the_last_text_of_the_page() -> None:
    texts = [text for text, *_ in SHOWN if text]
    assert (DEMONSTRATION / "cohort.txt").read_text(encoding="utf-8") == texts[-1]
