"""bench: generates meaningful and hostile GraphQL queries, with variables, from the schema."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from api.execution import SCHEMA

_HOSTILE_TEXTS = (
    "", " ", "*", "%", "\0", "\u202e", "' OR 1=1 --", "../../etc/passwd", "}) { __typename", "${jndi}", "x" * 5000,
    "a b " * 500, "HP:" * 300, "NaN", "clinicaltrials:NCT00000001",
)  # fmt: skip
_HOSTILE: tuple[Any, ...] = (
    0, -1, 1000, 2**31 - 1, 2**31, -(10**20), 1e308, 0.5, None, True, {}, [], [[]], {"a": 1}, *_HOSTILE_TEXTS,
)  # fmt: skip
_NUMBERS = ("0", "-1", "1", "10", "1000", "2147483647", "2147483648", "-99999999999999999999", "1e400", "0.5", "null")
_CONCEPTS = ("MONDO:0005148", "MONDO:0005015", "MONDO:0005016", "snomedct:44054006", "icd10:E11", "MONDO:0001344")
# Meaningful values of arguments, by field and argument, or by argument only.
_MEANT: dict[str, tuple[Any, ...]] = {
    "study.id": ("clinicaltrials:NCT00000620", "clinicaltrials:NCT02065791"),
    "course.id": ("course:1002", "course:1003"),
    "publication.id": ("doi:10.1056/nejmoa0802743",),
    "dataset.id": ("doi:10.5072/diabetes-1", "https://example.org/catalogue"),
    "programme.id": ("programme:1",), "outcome.id": ("outcome:1001-1",), "organisation.id": ("organisation:acme",),
    "person.id": ("orcid:0000-0000-0000-0001",),
    "id": _CONCEPTS, "ids": _CONCEPTS, "about": ("MONDO:0005015", "MONDO:0005148"), "under": ("MONDO:0005015",),
    "all": _CONCEPTS, "any": _CONCEPTS, "none": ("UBERON:0002113",),
    "from": ("MONDO:0005148", "clinicaltrials:NCT00000620"), "to": ("MONDO:0005015", "course:1002"),
    "text": ("diabetes", "diab mell", "suikerziekte", "kidney"), "texts": ("diabetes mellitus", "geen suikerziekte"),
    "ontologies": ("MONDO", "SCTID"), "languages": ("nl", "en"), "model": ("one", "two"),
    "first": (1, 2, 5), "top": (1, 5), "minScore": (0.0, 0.5), "bornFrom": (1900, 1940), "bornTo": (1990, 2000),
    "after": ("YXQ6MTow",), "system": ("local", "loinc"), "file": ("mondo.obo",), "reason": ("no",),
    "source": ("site",), "status": ("COMPLETED",), "phase": ("PHASE3",), "kind": ("INTERVENTIONAL", "Dataset"),
    "level": ("master",), "language": ("nl", "en"), "name": ("Acme",), "start": ("19", "20"), "issued": ("20",),
    "published": ("20",), "programmes": ("programme:1",), "outcomes": ("outcome:1001-1",),
    "sponsors": ("organisation:acme",), "organisations": ("organisation:acme",),
    "investigators": ("orcid:0000-0000-0000-0001",), "contributors": ("orcid:0000-0000-0000-0001",),
    "teachers": ("orcid:0000-0000-0000-0001",), "studies": ("clinicaltrials:NCT00000620",),
    "publications": ("doi:10.1056/nejmoa0802743",), "datasets": ("doi:10.5072/diabetes-1",),
    "versionOf": ("doi:10.5072/diabetes-1",), "branchesOf": ("MONDO:0005015",), "valueSets": ("MONDO:0005148",),
    "by": ("SEX",), "every": (1, 30), "since": (-365, 0, "2015"), "until": (0, 90, "2020"), "words": ("active",),
    "sex": ("female",), "careSites": ("ward-1",), "patients": ("patient:0001",), "patient": ("patient:0001",),
    "nth": (0, 1, -1), "rules": ("Acme",),
    "valueSet.id": ("valueset:liver",), "unit": ("%", "mmol/mol"), "end": ("2020",),
}  # fmt: skip
_T2 = {"items": [{"id": "snomedct:44054006"}]}
_ONE_OF = frozenset(("ConditionInput", "MemberInput", "ExitInput"))
"""Input types for which exactly one field must be given."""
_COHORT = {
    "entry": [{"kinds": ["CONDITION"], "concepts": _T2}],
    "rules": [{"name": "Acme", "group": {"of": [{"person": {"born": {"low": 1900}}}]}}],
}
_CONDITION = {"kinds": ["CONDITION"]}
_WHOLE: dict[str, Any] = {
    "definedCohort.definition": _COHORT,
    "frequent.other": _COHORT,
    "overlap.other": _COHORT,
    "incidence.outcome": _CONDITION,
    "survival.outcome": _CONDITION,
}
"""Values of arguments for which most random values are refused."""
_ANY: dict[str, list[Any]] = {"Int": [0, 1, 30], "Float": [0.0, 7.5], "String": ["x"], "ID": ["MONDO:0005015"]}
_PYTHON: dict[str, tuple[type, ...]] = {"Int": (int,), "Float": (float, int), "String": (str,), "ID": (str,)}


class Body(NamedTuple):
    """The body of a request."""

    query: str
    variables: dict[str, Any]


_OFTEN = {"about": 0.7, "definition": 1.0, "definedCohort.text": 0.0}
"""The probability that an optional argument is given, for arguments without which some fields are null."""


class Writer:
    """Writes one query and its variables. `hostile` is the probability of an invalid value."""

    def __init__(self, rng: random.Random, hostile: float = 0.0, optional: float = 0.4) -> None:
        self._rng, self._hostile, self._optional = rng, hostile, optional
        self._declared: list[str] = []
        self.variables: dict[str, Any] = {}

    def body(self, selection: str) -> Body:
        declared = f"query({', '.join(self._declared)}) " if self._declared else ""
        return Body(f"{declared}{{ {selection} }}", self.variables)

    def field(self, name: str, field: GraphQLField, below: str) -> str:
        return f"{name}{self._arguments(name, field)}{f' {{ {below} }}' if below else ''}"

    def random_field(self, name: str, field: GraphQLField, depth: int) -> str:
        kind = get_named_type(field.type)
        alias = f"{self._rng.choice('abc')}_{name}: " if self._rng.random() < 0.05 else ""
        return alias + self.field(name, field, "" if is_leaf_type(kind) else self.selection(kind, depth - 1))

    def selection(self, kind: GraphQLNamedType, depth: int) -> str:
        if isinstance(kind, GraphQLUnionType):
            return " ".join(f"... on {one.name} {{ {self.selection(one, depth)} }}" for one in kind.types)
        assert isinstance(kind, GraphQLObjectType)
        fields = [one for one in kind.fields.items() if depth > 0 or is_leaf_type(get_named_type(one[1].type))]
        if not fields:
            return "__typename"
        chosen = self._rng.sample(fields, min(len(fields), self._rng.randint(1, 3)))
        return " ".join(self.random_field(name, field, depth) for name, field in chosen)

    def _arguments(self, of: str, field: GraphQLField) -> str:
        given = [
            f"{name}: {self._argument(f'{of}.{name}', argument)}"
            for name, argument in field.args.items()
            if is_required_argument(argument)
            or self._rng.random() < _OFTEN.get(f"{of}.{name}", _OFTEN.get(name, self._optional))
        ]
        return f"({', '.join(given)})" if given else ""

    def _chance(self, of: str, name: str) -> float:
        return _OFTEN.get(f"{of}.{name}", _OFTEN.get(name, self._optional))

    def _argument(self, of: str, argument: GraphQLArgument) -> str:
        name = f"v{len(self._declared)}"
        self._declared.append(f"${name}: {argument.type}")
        self.variables[name] = self._value(of, argument.type, 3)
        return f"${name}"

    def _value(self, of: str, kind: GraphQLInputType, depth: int) -> Any:
        if self._rng.random() < self._hostile:
            return self._rng.choice(_HOSTILE)
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if is_list_type(kind):
            return [self._value(of, kind.of_type, depth) for _ in range(self._rng.choice((1, 1, 2)))]
        if is_enum_type(kind):
            return self._rng.choice(sorted(kind.values))
        if of in _WHOLE and (not self._optional or self._rng.random() < 0.5):
            return _WHOLE[of]
        if is_input_object_type(kind):
            return {name: self._value(name, one.type, depth - 1) for name, one in self._fields(kind, depth)}
        if str(kind) == "Boolean":
            return self._rng.random() < 0.5
        meant = _MEANT.get(of) or _MEANT.get(of.rpartition(".")[2], ())
        return self._rng.choice([one for one in meant if type(one) in _PYTHON[str(kind)]] or _ANY[str(kind)])

    def _fields(self, kind: GraphQLInputObjectType, depth: int) -> list[tuple[str, GraphQLInputField]]:
        """Returns the fields of the input type `kind` to give a value to. At depth 0, these are only the required
        fields.
        """
        every = list(kind.fields.items())
        if kind.name in _ONE_OF:
            flat = [one for one in every if not any(map(is_required_input_field, _of(one[1].type)))]
            return [self._rng.choice(every if depth > 0 else flat or every)]
        needed = [one for one in every if is_required_input_field(one[1])]
        some = [one for one in every if one not in needed and depth > 0 and self._rng.random() < 0.4]
        return needed + some or every[:1]


def _of(kind: GraphQLInputType) -> list[GraphQLInputField]:
    named = get_named_type(kind)
    return list(named.fields.values()) if is_input_object_type(named) else []


def asked(rng: random.Random, hostile: float = 0.0) -> Body:
    """Returns a query with a few fields of Query and at most six levels."""
    assert SCHEMA.query_type is not None
    writer = Writer(rng, hostile)
    return writer.body(writer.selection(SCHEMA.query_type, rng.randint(1, 6)))


def covering(rng: random.Random) -> Iterator[Body]:
    """Queries that together contain every field of every type, each on the shortest path to its type."""
    for kind, way in _ways().items():
        writer = Writer(rng, optional=0)
        below = " ".join(_flat(writer, name, field) for name, field in kind.fields.items())
        for name, field, on in reversed(way):
            below = writer.field(name, field, f"... on {on} {{ {below} }}" if on else below)
        yield writer.body(below)


def _flat(writer: Writer, name: str, field: GraphQLField) -> str:
    return writer.field(name, field, "" if is_leaf_type(get_named_type(field.type)) else "__typename")


_Way = tuple[tuple[str, GraphQLField, str], ...]


def _ways() -> dict[GraphQLObjectType, _Way]:
    """For every type, returns the path of fields from Query to the type. For a union, also returns the member type."""
    assert SCHEMA.query_type is not None
    ways: dict[GraphQLObjectType, _Way] = {SCHEMA.query_type: ()}
    ahead = deque(ways)
    while ahead:
        kind = ahead.popleft()
        for name, field in kind.fields.items():
            below = get_named_type(field.type)
            members = below.types if isinstance(below, GraphQLUnionType) else (below,)
            for one in members:
                if isinstance(one, GraphQLObjectType) and one not in ways:
                    ways[one] = (*ways[kind], (name, field, one.name if one is not below else ""))
                    ahead.append(one)
    return ways


def shapes(rng: random.Random) -> Iterator[str]:
    """Query shapes that are known to overload servers: deep, wide, cyclic or incomplete."""
    assert SCHEMA.query_type is not None
    names = sorted(SCHEMA.query_type.fields)
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
    for number in _NUMBERS:
        yield f'{{ search(text: "a", first: {number}) {{ totalCount }} }}'
        yield f"{{ cohort(criteria: {{bornTo: {number}}}) {{ __typename }} }}"
    yield '{ concept(id: "\\ud800") { id } concepts(ids: ["\\u0000", NOBODY, $no]) { id @nobody } }'
