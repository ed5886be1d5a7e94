"""tests of ingest: shared fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store import Store
from tests.ingest.care import Site
from tests.ingest.excerpt import Excerpt, make_excerpt


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets one secret for all stores, so that their pseudonyms and job ids are comparable."""
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path)


@pytest.fixture(scope="session")
def excerpt(tmp_path_factory: pytest.TempPathFactory) -> Excerpt:
    """A part of the demonstration. It is made once, so that `undisturbed` makes its graph once."""
    return make_excerpt(tmp_path_factory.mktemp("excerpt"))
