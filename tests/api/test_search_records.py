"""tests: the search for records of all kinds by text, and how each record was found."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.execution import execute
from api.fields import cursor
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from ingest.link import link
from linking.encoding import VectorCache, open_encoder
from linking.understanding import Understanding
from tests.api.conftest import Ask
from tests.example import write_example

_ASKED = (
    "query($t: String!, $k: [RecordKind!], $n: Int! = 50, $a: String) { searchRecords(text: $t, kinds: $k, first: $n, "
    "after: $a) { totalCount pageInfo { hasNextPage endCursor } nodes { __typename } edges { cursor score "
    "match { how field text } node { __typename ... on Study { id title } ... on Course { id title } } } } }"
)


def _found(answer: Any) -> list[str]:
    return [edge["node"]["id"] for edge in answer["searchRecords"]["edges"]]


def test_all_fields_of_a_hit(ask: Ask, snapshot: Snapshot) -> None:
    title = "Zorg voor mensen met diabetes"
    match = {"how": "WORDS", "field": "title", "text": title}
    found = ask(_ASKED, {"t": "mensen"})["searchRecords"]
    score = found["edges"][0].pop("score")
    assert 0 < score < 1
    node = {"__typename": "Course", "id": "course:1002", "title": title}
    assert found == {
        "totalCount": 1,
        "pageInfo": {"hasNextPage": False, "endCursor": cursor(snapshot.epoch, 0)},
        "nodes": [{"__typename": "Course"}],
        "edges": [{"cursor": cursor(snapshot.epoch, 0), "match": match, "node": node}],
    }


def test_all_kinds_or_some_kinds(ask: Ask) -> None:
    every = ask(_ASKED, {"t": "diabetes"})
    assert {edge["node"]["__typename"] for edge in every["searchRecords"]["edges"]} == {"Study", "Course"}
    for kinds, prefix in ((["COURSE"], "course:"), (["STUDY", "STUDY"], "clinicaltrials:")):
        wanted = [id_ for id_ in _found(every) if id_.startswith(prefix)]
        assert wanted and _found(ask(_ASKED, {"t": "diabetes", "k": kinds})) == wanted
    assert _found(ask(_ASKED, {"t": "diabetes", "k": []})) == _found(ask(_ASKED, {"t": "diabetes", "k": None}))
    assert _found(ask(_ASKED, {"t": "diabetes", "k": ["DATASET", "PUBLICATION"]})) == []


def test_pages_together_are_the_whole_list(ask: Ask) -> None:
    whole = ask(_ASKED, {"t": "diabetes"})["searchRecords"]
    assert whole["totalCount"] == len(whole["edges"]) > 3
    pieces: list[Any] = []
    while len(pieces) < whole["totalCount"]:
        page = ask(_ASKED, {"t": "diabetes", "n": 2, "a": pieces[-1]["cursor"] if pieces else None})["searchRecords"]
        pieces += page["edges"]
        assert page["pageInfo"]["hasNextPage"] == (len(pieces) < whole["totalCount"])
    assert pieces == whole["edges"]


def test_graphql_core_gives_the_same_answer(snapshot: Snapshot) -> None:
    """With a directive, graphql-core answers the query instead of a plan."""
    asked = _ASKED.replace("totalCount", "totalCount @include(if: true)", 1)
    for text in ("diabetes", "NCT00000620", "zzz", "kidny"):
        assert execute(snapshot, asked, {"t": text}) == execute(snapshot, _ASKED, {"t": text})


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"t": "x" * 401}, "BAD_INPUT"),
        ({"t": "x", "n": 501}, "BAD_INPUT"),
        ({"t": "x", "n": -1}, "BAD_INPUT"),
        ({"t": "x", "a": cursor(1, 1999)}, "BAD_INPUT"),
        ({"t": "x", "a": "?"}, "BAD_INPUT"),
        ({"t": "x", "k": ["PATIENT"]}, "BAD_INPUT"),
        ({"t": None}, "BAD_INPUT"),
    ],
)
def test_wrong_arguments_are_refused(codes: Ask, variables: dict[str, Any], code: str) -> None:
    assert codes(_ASKED, variables) == [code]


def test_the_cost_of_a_search(snapshot: Snapshot) -> None:
    asked = 'searchRecords(text: "diabetes") { edges { score } totalCount }'
    answer = execute(snapshot, f"{{ {asked} }}")
    assert answer["extensions"]["cost"] == 500 + 2 + len(answer["data"]["searchRecords"]["edges"])
    deep = 'searchRecords(text: "diabetes") { nodes { ... on Study { related { score } } } }'
    assert execute(snapshot, f"{{ {deep} }}")["extensions"]["cost"] > 2_500


def test_no_patient_is_found(ask: Ask) -> None:
    for text in ("patient:0001", "record:0001", "female", "1941", "patient"):
        assert _found(ask(_ASKED, {"t": text})) == []


def _note(answer: Any) -> Any:
    assert answer["extensions"].keys() <= {"epoch", "cost", "limit", "meaning"}
    return answer["extensions"].get("meaning")


def test_an_answer_without_vectors_says_so(snapshot: Snapshot, tmp_path: Path) -> None:
    def said(text: str, understanding: Understanding) -> Any:
        return _note(execute(snapshot, _ASKED, {"t": text}, understanding=understanding))

    assert said("sugar", Understanding()) == "absent: not requested"
    absent = "absent: records have no vectors of this model yet; run `tricuspid link`"
    assert said("sugar", Understanding(tmp_path)) == absent
    for text in ("dia", "NCT00000620", "Zorg voor mensen met diabetes"):
        assert said(text, Understanding(tmp_path)) is None


def test_meaning_finds_records_that_words_do_not(tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path))) as store:
        write_example(store)
        before = fresh_snapshot(store, tmp_path)
        link(store, tmp_path, VectorCache(tmp_path / "vectors", open_encoder()), lambda *_: None)
        snapshot = fresh_snapshot(store, tmp_path)
    patient, warm = Understanding(tmp_path / "vectors", patience=0), Understanding(tmp_path / "vectors")
    asked = {"t": "renal function"}
    assert "course:1003" not in _found(execute(snapshot, _ASKED, asked)["data"])
    assert _note(execute(snapshot, _ASKED, asked, understanding=warm)) == "warming up"
    warm.warm(snapshot)
    for understanding in (patient, warm):
        answer = execute(snapshot, _ASKED, asked, understanding=understanding)
        assert _note(answer) is None
        edges = answer["data"]["searchRecords"]["edges"]
        assert ("course:1003", "MEANING") in [(edge["node"]["id"], edge["match"]["how"]) for edge in edges]
        scores = [edge["score"] for edge in edges]
        assert scores == sorted(scores, reverse=True)
    assert before.epoch < snapshot.epoch
