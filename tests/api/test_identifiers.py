"""tests: every field that takes an id accepts all its forms; unknown ids get the same answer from all fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLID, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from api.disclosure import Role
from api.execution import SCHEMA, execute
from graph.snapshot import Snapshot
from tests.api.conftest import Ask

T2 = "MONDO:0005148"
FORMS = ["MONDO_0005148", "mondo:0005148", " <http://purl.obolibrary.org/obo/MONDO_0005148>\n"]
TRIAL_FORMS = [
    "NCT00000620",
    "nct00000620 ",
    "https://clinicaltrials.gov/study/NCT00000620",
    "CLINICALTRIALS:nct00000620",
]
_FIELDS = {
    "concept": "query($id: ID!) { concept(id: $id) { id } }",
    "concepts": "query($id: ID!) { concepts(ids: [$id]) { id } }",
    "studies": "query($id: ID!) { studies(about: $id) { nodes { id } } }",
    "publications": "query($id: ID!) { publications(about: $id) { totalCount } }",
    "datasets": "query($id: ID!) { datasets(about: $id) { totalCount } }",
    "courses": "query($id: ID!) { courses(about: $id) { nodes { id } } }",
    "under": 'query($id: ID!) { search(text: "diabetes", under: $id) { totalCount } }',
    "path": 'query($id: ID!) { path(from: $id, to: "course:1002") { steps { source { id } relation } } }',
    "all": "query($id: ID!) { cohort(criteria: {all: [$id]}) { patients { count } criteria { id } } }",
    "any": "query($id: ID!) { cohort(criteria: {any: [$id]}) { patients { count } criteria { id } } }",
    "none": "query($id: ID!) { cohort(criteria: {none: [$id]}) { patients { count } criteria { id } } }",
}


@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_concept_in_any_form(ask: Ask, field: str, form: str) -> None:
    wanted = ask(_FIELDS[field], {"id": T2}, Role.EXACT)
    assert T2 in str(wanted) or wanted
    assert ask(_FIELDS[field], {"id": form}, Role.EXACT) == wanted


@pytest.mark.parametrize("form", TRIAL_FORMS)
def test_a_study_in_any_form(ask: Ask, form: str) -> None:
    found = ask(
        "query($id: ID!) { study(id: $id) { id } path(from: $id, to: $id) { steps { relation } } }", {"id": form}
    )
    assert found == {"study": {"id": "clinicaltrials:NCT00000620"}, "path": {"steps": []}}


@pytest.mark.parametrize("form", [*FORMS, "https://identifiers.org/mondo:0005148"])
def test_search_finds_a_pasted_identifier(ask: Ask, form: str) -> None:
    found: Any = ask("query($t: String!) { search(text: $t) { edges { node { id } match { how } } } }", {"t": form})
    assert found["search"]["edges"][0] == {"node": {"id": T2}, "match": {"how": "IDENTIFIER"}}


@pytest.mark.parametrize("id_", ["MONDO_9999999", "NCT99999999", "10.1000/none", "x" * 1000, "a\0", "", ":" * 500])
def test_an_unknown_id_is_null_or_an_error(ask: Ask, codes: Ask, id_: str) -> None:
    asked = "query($id: ID!) { concept(id: $id) { id } study(id: $id) { id } course(id: $id) { id } }"
    assert ask(asked, {"id": id_}) == {"concept": None, "study": None, "course": None}
    assert ask(_FIELDS["path"], {"id": id_}) == {"path": None}
    for field in ("studies", "under", "all"):
        assert codes(_FIELDS[field], {"id": id_}) == ["NOT_FOUND"]


_LOOK_UP = ("id", "ids", "from", "to")
_OTHERS = {"text": '"diabetes"', "texts": '["diabetes"]', "from": '"course:1002"', "to": '"course:1002"'}


_ELSEWHERE = {("DefinedCohort", "breakdown"), ("DefinedCohort", "explanation")}
"""Fields that are tested in tests/api/test_results.py and tests/api/test_single.py."""


def _of_ids(kind: Any, name: str, path: tuple[str, ...] = (), above: tuple[Any, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the path to each id in an argument: the argument's name, then names of input fields."""
    named = get_named_type(kind)
    if named is GraphQLID:
        yield (*path, name)
    if isinstance(named, GraphQLInputObjectType) and named not in above:
        for field, given in named.fields.items():
            yield from _of_ids(given.type, field, (*path, name), (*above, named))


def _asking_ids() -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                for argument, given in field.args.items():
                    for path in _of_ids(given.type, argument):
                        if (kind.name, name) not in _ELSEWHERE:
                            assert kind is SCHEMA.query_type, f"{kind.name}.{name}: let this test ask it too"
                            yield name, path


def _query(field: str, path: tuple[str, ...]) -> str:
    assert SCHEMA.query_type is not None
    kind = SCHEMA.query_type.fields[field]
    given = '"nobody:1"'
    for name in path[:0:-1]:
        given = f"{{{name}: {given}}}"
    arguments = {name: value for name, value in _OTHERS.items() if name in kind.args} | {path[0]: given}
    leaf = "totalCount" if str(kind.type).endswith("Connection") else "__typename"
    result = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    return f"{{ {field}({result}) {{ {leaf} }} __typename }}"


@pytest.mark.parametrize(("field", "path"), [*_asking_ids()], ids=str)
def test_every_field_gives_the_same_answer_to_an_unknown_id(
    snapshot: Snapshot, field: str, path: tuple[str, ...]
) -> None:
    """A look-up returns null or leaves the id out. As a filter, the id is an error of only that field."""
    answer = execute(snapshot, _query(field, path))
    assert answer["data"]["__typename"] == "Query"
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    if path[0] in _LOOK_UP:
        assert codes == [] and answer["data"][field] in (None, [None], {"totalCount": 0})
    else:
        assert codes == ["NOT_FOUND"] and answer["data"][field] is None


def test_every_argument_with_an_id_was_tested() -> None:
    asked = [*_asking_ids()]
    assert len(asked) > 25
    assert {path[0] for _, path in asked} == {*_LOOK_UP, "about", "under", "where", "criteria"}
