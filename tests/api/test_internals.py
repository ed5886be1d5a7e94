"""tests: each use of a library's internals is in one file, and these internals still exist."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from graphql import GraphQLSchema
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api import listening
from api.execution import internals
from api.schema import schema

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "strawberry": "api/execution/internals.py",
    "uvicorn": "api/listening.py",
    "graphql": None,
    "starlette": None,
}
_INTERNAL = {
    "strawberry": r"strawberry\.(types|schema\.(?!config\b))|strawberry-definition|\bschema\._schema|_converter\b",
    "uvicorn": r"uvicorn\.protocols|uvicorn\.server|server_state",
    "graphql": r"(from|import) graphql\.",
    "starlette": r"(starlette|fastapi)\._|(from|import) fastapi\.",
}


@pytest.mark.parametrize("library", FILES)
def test_only_one_file_uses_the_internals_of_a_library(library: str) -> None:
    found = {
        str(file.relative_to(ROOT))
        for folder in ("api", "cli", "bench")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(_INTERNAL[library], file.read_text(encoding="utf-8"))
    }
    assert found == {FILES[library]} - {None}


@pytest.mark.parametrize("library", ["strawberry-graphql", "graphql-core", "uvicorn"])
def test_the_version_of_the_library_has_an_upper_bound(library: str) -> None:
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    (bounds,) = [one for one in required if re.match(rf"{library}\W", one)]
    assert ",<" in bounds


def _broken(library: str, what: str) -> str:
    return f"{library} has changed {what}: adapt {FILES[library]}, or lower the bound in pyproject.toml"


def test_the_internals_of_strawberry_work() -> None:
    core = internals.core_schema(schema)
    assert isinstance(core, GraphQLSchema) and core.query_type, _broken("strawberry", "Schema._schema")
    field = core.query_type.fields["searchRecords"]
    assert internals.python_name(field) == "search_records", _broken("strawberry", "field.python_name")
    found: Any = internals.resolver(field)
    assert found and found.parent is None and found.info == "info", _broken("strawberry", "field.base_resolver")
    label = core.type_map["Concept"].fields["synonyms"]  # type: ignore[attr-defined]
    assert internals.resolver(label).parent == "root", _broken("strawberry", "parent_parameter")  # type: ignore[union-attr]
    assert internals.argument_names(schema, core.query_type.fields["path"]) == {"from": "from_", "to": "to"}, _broken(
        "strawberry", "field.arguments"
    )
    given = internals.converted(schema, core.query_type.fields["cohort"], {"criteria": {"all": ["a:1"]}})
    assert given["criteria"].all == ["a:1"], _broken("strawberry", "convert_arguments")


def test_the_internals_of_uvicorn_exist() -> None:
    for name in ("connection_made", "data_received", "on_header", "on_headers_complete", "on_message_complete"):
        assert callable(getattr(HttpToolsProtocol, name, None)), _broken("uvicorn", f"HttpToolsProtocol.{name}")
    for name in ("on_response_complete", "send_400_response"):
        assert callable(getattr(HttpToolsProtocol, name, None)), _broken("uvicorn", f"HttpToolsProtocol.{name}")
    for name in ("startup", "shutdown", "on_tick"):
        assert name in vars(uvicorn.Server), _broken("uvicorn", f"Server.{name}")
    assert "response_complete" in RequestResponseCycle.__init__.__code__.co_names, _broken("uvicorn", "its cycle")

    async def made() -> listening.Timed:
        config = uvicorn.Config(lambda: None, log_config=None)
        config.load()
        return listening.timed(1.0)(config=config, server_state=ServerState(), app_state={})

    protocol = asyncio.run(made())
    for name in ("limit_concurrency", "connections", "headers", "cycle", "transport", "loop", "config", "app_state"):
        assert hasattr(protocol, name), _broken("uvicorn", f"HttpToolsProtocol().{name}")
