"""api: value sets with their items, the number of concepts reached, and what is wrong with them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, Batch, open_store
from tests.graph.rows import concepts, edges, nodes, stubs

ONE = """query($id: ID!) { valueSet(id: $id) {
  id version title language created certain reached unknown problem
  items(first: 2) { totalCount nodes { id exact excluded concept { label } valueSet { id reached } } } } }"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A:3 is a code that only one patient has."""
    address = str(tmp_path_factory.mktemp("sets") / "store")
    sets = {
        "a": '{"items":[{"id":"A:1"},{"id":"A:2","exact":true,"excluded":true},{"id":"B:9"}],"certain":true}',
        "a|1": '{"items":[{"id":"A:1","exact":true}]}',
        "a#1": '{"items":[{"id":"A:2"}]}',
        "b": '{"items":[{"id":"valueset:a"},{"id":"valueset:none"}]}',
        "c": '{"items":[{"id":"valueset:c"}]}',
        "parts": '{"items":[],"certain":true,"parts":[{"system":"A","none_of":[{"id":"A:2","exact":true}],'
        '"matches":["[12]"],"obsolete":false},{"all_of":[[{"id":"A:1","exact":true},{"id":"B:9"}]],"child_of":["A:1"],"excluded":true}]}',
        "private": '{"items":[{"id":"A:3"}]}',
    }
    rows = [
        {
            "id": f"valueset:{id_}",
            "version": "1" if "|" in id_ else "2",
            "definition": text,
            "created": "now",
            "job": "j",
        }
        for id_, text in sets.items()
    ]
    rows[0] |= {"title": "Diabetes", "language": "en"}
    with closing(open_store(address)) as store:
        tables = {"Concept": concepts("A:1", "A:2"), "ValueSet": nodes("ValueSet", *rows)}
        tables |= {"Patient": nodes("Patient", {"id": "patient:1"})}
        store.write(Batch(tables, stubs=stubs(("A:3", "")), edges={"IS_A": edges("IS_A", ("A:2", "A:1"))}))
        store.write(Batch(edges={"EVENT": edges("EVENT", ("patient:1", "A:3"), record="r", kind="condition")}))
        return fresh_snapshot(store, Address(address).state)


def asked(snapshot: Snapshot, query: str, role: Role = Role.NONE, **variables: Any) -> Any:
    answer = execute(snapshot, query, variables, role)
    assert "errors" not in answer, answer
    return answer["data"]


def test_a_value_set_has_items_and_the_number_of_its_concepts(snapshot: Snapshot) -> None:
    found = asked(snapshot, ONE, id="valueset:a")["valueSet"]
    assert {name: found[name] for name in ("id", "version", "title", "language", "certain", "reached")} == {
        "id": "valueset:a", "version": "2", "title": "Diabetes", "language": "en", "certain": True, "reached": 1
    }  # fmt: skip
    assert (found["unknown"], found["problem"], found["items"]["totalCount"]) == (["B:9"], None, 3)
    assert found["items"]["nodes"] == [
        {"id": "A:1", "exact": False, "excluded": False, "concept": {"label": "A:1"}, "valueSet": None},
        {"id": "A:2", "exact": True, "excluded": True, "concept": {"label": "A:2"}, "valueSet": None},
    ]


def test_the_conditions_of_a_set_are_shown(snapshot: Snapshot) -> None:
    query = 'query { valueSet(id: "valueset:parts") { reached conditions unknown items { totalCount } } }'
    assert asked(snapshot, query)["valueSet"] == {
        "reached": 1,
        "conditions": [
            "of A and not in exactly A:2 and code matches [12] and not obsolete",
            "except: in exactly A:1 or B:9 and directly below A:1",
        ],
        "unknown": ["B:9"],
        "items": {"totalCount": 0},
    }


def test_an_earlier_version_and_an_unknown_set(snapshot: Snapshot) -> None:
    assert asked(snapshot, ONE, id="valueset:a|1")["valueSet"]["reached"] == 1
    assert asked(snapshot, ONE, id=" valueset:a|2 ")["valueSet"]["id"] == "valueset:a"
    assert asked(snapshot, ONE, id="valueset:none")["valueSet"] is None


def test_a_value_set_has_its_problem(snapshot: Snapshot) -> None:
    found = asked(snapshot, ONE, id="valueset:b")["valueSet"]
    assert found["reached"] is None and found["problem"].startswith("valueset:none: no such value set")
    assert [one["valueSet"] and one["valueSet"]["reached"] for one in found["items"]["nodes"]] == [1, None]
    assert "a part of itself" in asked(snapshot, ONE, id="valueset:c")["valueSet"]["problem"]


def test_the_list_has_current_versions_only(snapshot: Snapshot) -> None:
    query = "query($first: Int!) { valueSets(first: $first) { totalCount nodes { id reached } } }"
    found = asked(snapshot, query, first=10)["valueSets"]
    assert [one["id"] for one in found["nodes"]] == [f"valueset:{name}" for name in ("a", "b", "c", "parts", "private")]
    assert found["totalCount"] == 5 and asked(snapshot, query, first=1)["valueSets"]["nodes"] == found["nodes"][:1]


def test_a_code_of_few_patients_looks_unknown(snapshot: Snapshot) -> None:
    query = 'query { valueSet(id: "valueset:private") { reached items { nodes { id concept { id } } } } }'
    hidden, shown = asked(snapshot, query)["valueSet"], asked(snapshot, query, Role.EXACT)["valueSet"]
    assert (hidden["reached"], hidden["items"]["nodes"][0]["concept"]) == (0, None)
    assert (shown["reached"], shown["items"]["nodes"][0]["concept"]) == (1, {"id": "A:3"})
