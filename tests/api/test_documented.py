"""docs/graphql.md: its queries have the answers shown, its Python reads all pages, and it lists all error codes."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.disclosure import Role
from api.errors import Code
from api.execution import SCHEMA, execute
from api.fields import DEAR
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, open_store
from ingest.run import ingest, load
from tests.ingest.graphs import DEMONSTRATION, quiet

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "graphql.md").read_text(encoding="utf-8")
SHOWN = re.findall(
    r"```graphql\n(.*?)```\n(?:```variables\n(.*?)```\n)?```json\n(.*?)```\n(?:```errors\n(.*?)```)?"
    r"(?:```extensions\n(.*?)```)?",
    PAGE,
    re.DOTALL,
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The demonstration set without its patients."""
    address = str(tmp_path_factory.mktemp("documented") / "store")
    with closing(open_store(address)) as store:
        load(store, Address(address).state, [DEMONSTRATION / "terminology", DEMONSTRATION / "mappings"], quiet)
        public = [DEMONSTRATION / folder for folder in ("courses", "trials", "datasets")]
        ingest(store, Address(address).state, public, quiet)
        return fresh_snapshot(store, Address(address).state)


def answered(snapshot: Snapshot, query: str, variables: Any = None) -> Any:
    return json.loads(json.dumps(execute(snapshot, query, variables, Role.NONE)))


def without_cursors(text: str) -> Any:
    """Removes cursors, because they contain the epoch. The documentation's store also has patients: another epoch."""
    return json.loads(re.sub(r'"endCursor": "[^"]+"', '"endCursor": "…"', text))


def test_queries_are_answered_as_shown(shown: Snapshot) -> None:
    assert len(SHOWN) == PAGE.count("```graphql") == 6
    for query, variables, data, errors, extensions in SHOWN:
        answer = answered(shown, query, json.loads(variables or "{}"))
        assert without_cursors(json.dumps(answer["data"])) == without_cursors(data)
        told = [f"{error['extensions']['code']} {error['message']}" for error in answer.get("errors", [])]
        assert told == errors.splitlines()
        assert json.loads(extensions or "{}").items() <= answer["extensions"].items()


def test_its_python_reads_all_pages(shown: Snapshot, served: str) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    own: dict[str, Any] = {"URL": served}
    exec(code, own)
    answer = answered(shown, "{ studies(first: 500) { nodes { title } } }")
    every = [study["title"] for study in answer["data"]["studies"]["nodes"]]
    assert list(own["titles"]()) == every and len(every) > 10


def test_it_has_the_cost_of_every_field() -> None:
    told = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    assert {field: int(cost.replace(",", "")) for field, cost in told} == DEAR


def test_it_has_every_code_and_so_has_the_schema() -> None:
    every = [(str(code), code.meaning) for code in Code]
    assert re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", PAGE, re.MULTILINE) == every
    told = SCHEMA.type_map["ErrorCode"].values.items()  # type: ignore[attr-defined]
    assert [(name, value.description) for name, value in told] == every


@pytest.fixture
def served(shown: Snapshot) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answered(shown, **body)).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Logs nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
