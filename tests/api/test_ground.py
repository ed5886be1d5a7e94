"""tests: grounding of texts and mentions through GraphQL: matches, their explanation, and limits."""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Sequence
from typing import Any

import pytest

from api.auth import Guard
from api.execution import execute
from api.http import create_app
from graph.snapshot import Reader, Snapshot
from linking.grounding import Grounder, Match
from linking.understanding import Understanding
from tests.api.conftest import Ask
from tests.api.server import serving
from tests.api.test_reads import Counting

_MATCH = "concept { id label } score method words start end assertion name"
_ASKED = (
    "query($t: [String!]!, $k: TextKind! = TEXT, $of: [String!], $top: Int! = 5, $least: Float! = 0) { "
    f"ground(texts: $t, kind: $k, ontologies: $of, top: $top, minScore: $least) {{ text matches {{ {_MATCH} }} }} }}"
)


def test_a_text_in_dutch(ask: Ask) -> None:
    text = "Geen suikerziekte; wel diabetic kidney disease."
    grounded = ask(_ASKED, {"t": [text, ""]})["ground"]
    assert [one["text"] for one in grounded] == [text, ""]
    assert grounded[1]["matches"] == []
    said = {match["concept"]["id"]: match for match in grounded[0]["matches"]}
    assert said.keys() >= {"MONDO:0005015", "MONDO:0005016"}
    assert said["MONDO:0005015"]["assertion"] == "NEGATED"
    assert said["MONDO:0005016"]["assertion"] == "PRESENT"
    for match in grounded[0]["matches"]:
        assert text[match["start"] : match["end"]] == match["words"]
        assert 0 < match["score"] <= 1


def test_mentions_with_a_limit_and_a_least_score(ask: Ask) -> None:
    asked = {"t": ["diabetis type 2", "T2DM"], "k": "MENTION"}
    every = ask(_ASKED, asked)["ground"]
    assert every[1]["matches"][0]["concept"]["id"] == "MONDO:0005148"
    assert every[1]["matches"][0]["name"] == "t2dm"
    first = ask(_ASKED, asked | {"top": 1})["ground"]
    assert [one["matches"] for one in first] == [one["matches"][:1] for one in every]
    sure = ask(_ASKED, asked | {"least": 0.5})["ground"]
    assert all(match["score"] >= 0.5 for one in sure for match in one["matches"])
    assert ask(_ASKED, asked | {"least": 1.1})["ground"][0]["matches"] == []


def test_mentions_of_one_document_influence_each_other(ask: Ask) -> None:
    asked = '{ ground(texts: ["DKD", "diabetic kidney disease"], kind: MENTION, top: 1, together: %s) %s }'
    for said, same in (("false", False), ("true", True)):
        short, long = ask(asked % (said, "{ matches { concept { id } } }"))["ground"]
        assert (short["matches"] == long["matches"]) is same


@pytest.mark.parametrize("prefix", ["snomedct", "SCTID", "SNOMED CT", "SNOMED-CT"])
def test_matches_of_some_ontologies_only(ask: Ask, prefix: str) -> None:
    for kind in ("MENTION", "TEXT"):
        asked = {"t": ["diabetes mellitus"], "k": kind, "of": [prefix]}
        matches = ask(_ASKED, asked)["ground"][0]["matches"]
        assert {match["concept"]["id"].partition(":")[0] for match in matches} <= {"snomedct"}
        assert kind == "TEXT" or matches


def test_an_error_about_an_absent_ontology_lists_the_loaded_ontologies(snapshot: Snapshot) -> None:
    """The example has only a code of ICD-10, without a name, so ICD-10 counts as not loaded."""
    for kind, prefix in (("MENTION", "nobody"), ("TEXT", "nobody"), ("TEXT", "ICD-10")):
        answer = execute(snapshot, _ASKED, {"t": ["diabetes"], "k": kind, "of": ["MONDO", prefix]})
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert error["message"] == f"ontology '{prefix}' is not loaded: choose one of MONDO, snomedct, UBERON"


@pytest.mark.parametrize(
    ("given", "codes_"),
    [
        ({"t": ["a"] * 100}, []),
        ({"t": ["a"] * 101}, ["BAD_INPUT"]),
        ({"t": ["a"] * 10_000}, ["BAD_INPUT"]),
        ({"t": ["a" * 20_000]}, []),
        ({"t": ["a" * 20_001]}, ["BAD_INPUT"]),
        ({"t": ["diabetes " * 600_000]}, ["BAD_INPUT"]),
        ({"t": ["\0", "‮\ufeff", "?!", "a" * 19_000 + "糖"]}, []),
        ({"t": ["\ud800"]}, ["BAD_INPUT"]),
        ({"t": ["a"], "top": 0}, ["BAD_INPUT"]),
        ({"t": ["a"], "top": -5}, ["BAD_INPUT"]),
        ({"t": ["a"], "top": 51}, ["BAD_INPUT"]),
        ({"t": ["a"], "of": ["x"] * 501}, ["BAD_INPUT"]),
        ({"t": ["a"], "of": []}, []),
        ({"t": ["a"], "of": [""]}, ["NOT_FOUND"]),
        ({"t": ["a"], "of": ["MONDO", "\0", "x" * 5000]}, ["NOT_FOUND"]),
        ({"t": ["a"], "least": -1e300}, []),
        ({"t": None}, ["BAD_INPUT"]),
        ({"t": ["a"], "k": "SENTENCE"}, ["BAD_INPUT"]),
        ({"t": []}, []),
    ],
    ids=range(19),
)
@pytest.mark.parametrize("kind", ["MENTION", "TEXT"])
def test_hostile_input(codes: Ask, kind: str, given: dict[str, Any], codes_: list[str]) -> None:
    assert codes(_ASKED, {"k": kind} | given) == codes_


def test_the_cost_grows_with_the_texts(codes: Ask) -> None:
    often = "query($t: [String!]!) {" + " ".join(f"a{n}: ground(texts: $t) {{ text }}" for n in range(5)) + "}"
    assert codes(often, {"t": ["a"] * 90}) == []
    assert codes(often, {"t": ["a"] * 100}) == ["TOO_LARGE"]
    once = "query($t: [String!]!) { ground(texts: $t) { text } }"
    assert codes(once, {"t": ["a" * 20_000] * 2}) == ["TOO_LARGE"]
    assert codes(once, {"t": ["a" * 2_400] * 100}) == ["TOO_LARGE"]
    assert codes(once, {"t": ["a" * 190] * 100}) == []
    assert codes(once, {"t": "a" * 20_000}) == []
    written = " ".join(['"' + "a" * 100 + '"'] * 3)
    assert codes(f"{{ ground(texts: [{written}]) {{ text }} }}") == []


@pytest.mark.parametrize(("kind", "most"), [("TEXT", 40), ("MENTION", 50)])
def test_grounding_ends_at_the_time_limit(address: str, kind: str, most: int) -> None:
    done: list[str] = []

    class Slow(Grounder):
        def text(self, text: str, language: str | None = None) -> list[Match]:
            done.append(text)
            time.sleep(0.04)
            return []

        def mentions(
            self, texts: Sequence[str], top: int = 5, documents: Sequence[Hashable] | None = None
        ) -> list[list[Match]]:
            return [self.text(text) for text in texts]

    class Known(Understanding):
        def grounder(self, snapshot: Snapshot, ontologies: Collection[str] = ()) -> Grounder:
            return Slow(snapshot)

    with serving(create_app(Reader(address), Known(), Guard(seconds=1))) as client:
        # The first question opens the snapshot, which may take longer than a second.
        client.post("/graphql", json={"query": _ASKED, "variables": {"t": ["a"], "k": kind}})
        done.clear()
        asked = {"query": _ASKED, "variables": {"t": ["a"] * 100, "k": kind}}
        response = client.post("/graphql", json=asked)
        assert (response.status_code, "TOO_SLOW" in response.text) == (503, True)
        time.sleep(2)
    assert 0 < len(done) <= most


def test_the_number_of_reads_does_not_grow_with_the_texts(snapshot: Snapshot) -> None:
    counting = Counting(snapshot.folder)
    reads = []
    for count in (1, 5, 40):
        counting.reads = []
        assert "errors" not in execute(counting, _ASKED, {"t": ["suikerziekte"] * count})
        reads.append(counting.reads)
    assert reads[0] == reads[1] == reads[2]
    assert len(reads[0]) < 5


def test_an_answer_without_vectors_says_so(snapshot: Snapshot) -> None:
    answer = execute(snapshot, _ASKED, {"t": ["diabetes"]})
    counted = {"epoch": snapshot.epoch, "cost": 129, "limit": 50_000}
    assert answer["extensions"] == counted | {"meaning": "absent: not requested"}
    result = execute(snapshot, '{ concept(id: "icd10:E11") { id } }')["extensions"]
    assert result == counted | {"cost": 2}


def test_with_meaning(demo: Snapshot, understanding: Understanding) -> None:
    asked = {"t": ["failure of the kidneys"], "k": "MENTION", "of": ["MONDO"]}
    answer = execute(demo, _ASKED, asked, understanding=understanding)
    assert answer["extensions"].keys() == {"epoch", "cost", "limit"}
    match = answer["data"]["ground"][0]["matches"][0]
    assert match["concept"]["label"] == "kidney failure"
    assert match["name"]
