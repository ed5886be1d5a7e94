"""tests: the schema file is current and fully described, and api does not import ingest or cli."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

from api.schema import schema

ROOT = Path(__file__).resolve().parents[2]


@cache
def _built() -> GraphQLSchema:
    return build_schema(schema.as_str())


def test_the_schema_file_is_current() -> None:
    written = (ROOT / "api" / "schema.graphql").read_text()
    assert written == schema.as_str() + "\n", "run: python -m api.schema > api/schema.graphql"


def test_everything_is_described() -> None:
    for type_ in _built().type_map.values():
        if type_.name.startswith("__") or not isinstance(
            type_, GraphQLObjectType | GraphQLInputObjectType | GraphQLEnumType
        ):
            continue
        assert type_.description, type_.name
        for name, part in (type_.values if isinstance(type_, GraphQLEnumType) else type_.fields).items():
            assert part.description, f"{type_.name}.{name}"
            for argument, given in getattr(part, "args", {}).items():
                assert given.description, f"{type_.name}.{name}({argument})"


def test_only_lists_whose_description_says_so_can_be_null() -> None:
    """Of all lists and connections, only fields of Query that have arguments can be null, and only with an error."""
    for type_ in _built().type_map.values():
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            result = str(field.type).rstrip("!")
            if type_.name[0] == "_" or not (result.startswith("[") or result.endswith("Connection")):
                continue
            if type_.name == "Query" and field.args:
                assert not str(field.type).endswith("!") and "Null only with an error." in field.description, name
            else:
                assert str(field.type).endswith("!"), f"{type_.name}.{name}"


def _imported(module: str) -> set[str]:
    result = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", result], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_api_imports_neither_ingest_nor_cli() -> None:
    assert not _imported("api.http.app") & {"ingest", "cli", "ladybug", "neo4j"}


def test_a_query_on_the_command_line_needs_no_http() -> None:
    assert not _imported("api.execution.execute") & {"fastapi", "starlette", "uvicorn"}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_every_query_of_the_docs_is_valid(page: Path) -> None:
    for query in re.findall(r"^```graphql\n(.*?)^```", page.read_text(), re.M | re.S):
        assert validate(_built(), parse(query)) == []
