"""bench: GraphQL that no caller means: generated from the schema, or written to be deep, wide, endless or torn."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_enum_type, is_input_object_type, is_list_type
from graphql.type import GraphQLInputType, GraphQLNonNull

from api.errors import Code
from api.execute import execute
from api.schema import schema
from graph.open import open_store
from graph.snapshot_build import fresh_snapshot
from ingest.records import Refused
from ontologies.errors import UnreadableFile
from tests.example import write_example

_QUERY = schema._schema.query_type
_TEXTS = (
    "MONDO:0005148", "diabetes", "", " ", "*", "%", "\\u0000", "\\ud800", "\\u202e", "' OR 1=1 --", "../../etc/passwd",
    "}) { __typename", "${jndi}", "x" * 5000, "a b " * 500, "HP:" * 300, "NaN", "clinicaltrials:NCT00000001",
)  # fmt: skip
_NUMBERS = ("0", "-1", "1", "10", "1000", "2147483647", "2147483648", "-99999999999999999999", "1e400", "0.5", "null")


def hostile(rng: random.Random, many: int) -> Iterator[str]:
    """Queries of the schema's fields with arguments nobody should give, and the shapes by which servers were felled."""
    assert _QUERY is not None
    for _ in range(many):
        yield "{ " + " ".join(_field(rng, _QUERY, rng.randint(1, 6)) for _ in range(rng.randint(1, 4))) + " }"
    names = sorted(_QUERY.fields)
    for size in (3, 50, 3000):
        yield "{" + " ".join(f"a{n}: __typename" for n in range(size)) + "}"
        yield "{ a " + "{ a " * size + "}" * (size + 1)
        yield "[" * size + "{__typename}"
        yield "{ search(text: " + "[" * size + '"x"' + "]" * size + ") { total } }"
        yield "{ __typename " + "@skip(if: false) " * size + "}"
        yield "query(" + " ".join(f'$v{n}: String = "{"x" * n}"' for n in range(size)) + ") { __typename }"
        yield " ".join(f"query Q{n} {{ {rng.choice(names)} }}" for n in range(size))
        yield " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % size} }}" for n in range(size)) + "{ ...F0 }"
        yield "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(size))
        yield (
            "{ __schema { types { " + "fields { type { " * min(size, 200) + "name" + " } }" * min(size, 200) + " } } }"
        )
        yield '{ concept(id: """' + "\\" * size + '""") { id } }'


def _field(rng: random.Random, kind: GraphQLObjectType, depth: int) -> str:
    name, field = rng.choice(sorted(kind.fields.items()))
    alias = f"{rng.choice('abc')}: " if rng.random() < 0.2 else ""
    directive = rng.choice((" @skip(if: true)", " @include(if: $no)", " @nobody")) if rng.random() < 0.05 else ""
    below = get_named_type(field.type)
    inner = ""
    if isinstance(below, GraphQLObjectType) and rng.random() < 0.97:
        chosen = [_field(rng, below, depth - 1) for _ in range(rng.randint(1, 3))] if depth else ["__typename"]
        inner = " { " + " ".join(chosen) + " }"
    return f"{alias}{name}{_arguments(rng, field)}{directive}{inner}"


def _arguments(rng: random.Random, field: GraphQLField) -> str:
    given = [
        f"{name}: {_value(rng, argument.type, 3)}"
        for name, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or rng.random() < 0.5
    ]
    return f"({', '.join(given)})" if given else ""


def _value(rng: random.Random, kind: GraphQLInputType, depth: int) -> str:
    if rng.random() < 0.03:
        return rng.choice(("null", "$no", "{}", "[]", "true", "NOBODY"))
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if is_list_type(kind):
        return "[" + ", ".join(_value(rng, kind.of_type, depth) for _ in range(rng.choice((0, 1, 2, 30)))) + "]"
    if is_enum_type(kind):
        return str(rng.choice(sorted(kind.values)))
    if is_input_object_type(kind):
        fields = [(name, one) for name, one in kind.fields.items() if depth and rng.random() < 0.5]
        return "{" + ", ".join(f"{name}: {_value(rng, one.type, depth - 1)}" for name, one in fields) + "}"
    text = f'"{rng.choice(_TEXTS)}"'
    return {"Int": rng.choice(_NUMBERS), "Float": rng.choice(_NUMBERS), "Boolean": "true"}.get(str(kind), text)


class Asking:
    """Asks what stands in a file of a small graph; an answer without data is a file that cannot be read."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="example-"))
        with closing(open_store(str(folder))) as store:
            write_example(store)
            self._snapshot = fresh_snapshot(store, folder)

    def __call__(self, path: Path) -> Iterator[object]:
        answer = execute(self._snapshot, path.read_bytes().decode("utf-8", "surrogateescape"))
        errors = answer.get("errors", [])
        codes = [error["extensions"]["code"] for error in errors]
        assert Code.INTERNAL not in codes and all(error["message"] for error in errors), answer
        if answer.get("data") is None:
            raise UnreadableFile(path, "", codes[0])
        yield from (Refused("", code) for code in codes)
