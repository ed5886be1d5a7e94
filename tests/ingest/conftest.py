"""tests of ingest: what several of its files ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store import Store
from tests.ingest.care import Site


@pytest.fixture
def site(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")
    return Site(store, tmp_path)
