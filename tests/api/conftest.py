"""tests: a store with the example graph, and functions that run queries on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import Callers, Guard, Issuer, Keys, Tokens, add_key
from api.auth.jwks import Jwks
from api.disclosure import Role
from api.execution import execute
from api.http import create_app
from graph.snapshot import Reader, Snapshot, fresh_snapshot
from graph.store import open_store
from ingest.run import load
from linking.understanding import Understanding
from tests.api.issuer import AUDIENCE, TestIssuer, issuing
from tests.api.server import serving
from tests.example import write_example

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with the example graph and its snapshot."""
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
    """Runs a query and returns its data. Fails if the answer has errors."""

    def asked(query: str, variables: dict[str, Any] | None = None, role: Role = Role.AT_LEAST) -> Any:
        answer = execute(snapshot, query, variables, role)
        assert "errors" not in answer
        return answer["data"]

    return asked


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of the demonstration's terminologies."""
    folder: Path = tmp_path_factory.mktemp("demonstration")
    shown = Path(__file__).resolve().parents[2] / "demonstration"
    with closing(open_store(str(folder))) as store:
        load(store, folder, [shown / "terminology", shown / "translations"], lambda *_: None)
        return fresh_snapshot(store, folder)


@pytest.fixture(scope="session")
def understanding(demo: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """The `Understanding` of the demonstration, with the packaged encoder."""
    warm = Understanding(tmp_path_factory.mktemp("vectors"))
    warm.warm(demo)
    assert warm.state() == {"meaning": "ready"}
    return warm


@pytest.fixture(scope="session")
def codes(snapshot: Snapshot) -> Ask:
    """Runs a query and returns the codes of its errors."""

    def asked(query: str, variables: dict[str, Any] | None = None) -> list[str]:
        errors = execute(snapshot, query, variables).get("errors", [])
        return [error["extensions"]["code"] for error in errors]

    return asked


@pytest.fixture(scope="module")
def issuer() -> Iterator[TestIssuer]:
    with issuing() as one:
        yield one


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys"
    add_key(path, "first", Role.NONE, 1)
    return path


@pytest.fixture(scope="module")
def client(address: str, issuer: TestIssuer, keys: Path) -> Iterator[httpx.Client]:
    tokens = Tokens(Issuer(issuer.url, AUDIENCE, f"{issuer.url}/jwks", "roles"), Jwks(f"{issuer.url}/jwks", pause=0))
    with serving(create_app(Reader(address), guard=Guard(Callers(keys=Keys(keys), tokens=tokens)))) as asking:
        yield asking
