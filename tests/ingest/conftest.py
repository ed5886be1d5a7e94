"""tests of ingest: what several of its files ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store import Store
from tests.ingest.care import Site


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are compared need the same pseudonyms and ids of jobs."""
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path)
