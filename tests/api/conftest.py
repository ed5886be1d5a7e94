"""tests: the example graph in a store, and what asks it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.disclosure import Role
from api.execute import execute
from graph.meaning.understanding import Understanding
from graph.open import open_store
from graph.snapshot import Snapshot
from graph.snapshot_build import fresh_snapshot
from ingest.run import load
from tests.example import write_example

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store that holds the example, with its snapshot."""
    folder: Path = tmp_path_factory.mktemp("example")
    with closing(open_store(str(folder))) as store:
        write_example(store)
        fresh_snapshot(store, folder)
    return str(folder)


@pytest.fixture(scope="session")
def snapshot(address: str) -> Snapshot:
    with closing(open_store(address)) as store:
        return fresh_snapshot(store, Path(address))


@pytest.fixture(scope="session")
def ask(snapshot: Snapshot) -> Ask:
    """The data that a query is answered with; fails where there are errors."""

    def asked(query: str, variables: dict[str, Any] | None = None, role: Role = Role.AT_LEAST) -> Any:
        answer = execute(snapshot, query, variables, role)
        assert "errors" not in answer
        return answer["data"]

    return asked


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The demonstration's terminologies."""
    folder: Path = tmp_path_factory.mktemp("demonstration")
    shown = Path(__file__).resolve().parents[2] / "cli" / "demonstration"
    with closing(open_store(str(folder))) as store:
        load(store, folder, [shown / "terminology", shown / "translations"], lambda *_: None)
        return fresh_snapshot(store, folder)


@pytest.fixture(scope="session")
def understanding(demo: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """What is understood of the demonstration, with the packaged encoder."""
    warm = Understanding(tmp_path_factory.mktemp("vectors"))
    warm.warm(demo)
    assert warm.state() == {"meaning": "ready"}
    return warm


@pytest.fixture(scope="session")
def codes(snapshot: Snapshot) -> Ask:
    """The codes of the errors that a query is answered with."""

    def asked(query: str, variables: dict[str, Any] | None = None) -> list[str]:
        errors = execute(snapshot, query, variables).get("errors", [])
        return [error["extensions"]["code"] for error in errors]

    return asked
