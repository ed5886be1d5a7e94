"""tests: the concepts with the same meaning as a concept, the reasons, and the conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.execution import execute
from graph.paths.meant import Group
from tests.api.conftest import Ask
from tests.small import small_snapshot

_STEP = "source { id } relation target { id } method score evidence"
_MEANING = f"""query($id: ID!) {{ concept(id: $id) {{ meaning {{
  preferred {{ id }}
  members {{ concept {{ id label }} probability level steps {{ {_STEP} }} }}
  conflicts {{ member {{ id }} concept {{ id }} why }}
}} }} }}"""
T2, SNOMED, ICD = "MONDO:0005148", "snomedct:44054006", "icd10:E11"


def _meaning(ask: Ask, id_: str) -> Any:
    return ask(_MEANING, {"id": id_})["concept"]["meaning"]


def _step(source: str, target: str, score: float | None) -> dict[str, Any]:
    ends = {"source": {"id": source}, "relation": "skos:exactMatch", "target": {"id": target}}
    return ends | {"method": "semapv:ManualMappingCuration", "score": score, "evidence": '{"mapping":1.0}'}


def test_members_by_stated_mappings(ask: Ask) -> None:
    found = _meaning(ask, ICD)
    assert found["preferred"] == {"id": T2}
    own, *others = found["members"]
    named = {"id": ICD, "label": "Type 2 diabetes mellitus"}
    assert own == {"concept": named, "probability": 1.0, "level": "CERTAIN", "steps": []}
    first, last = _step(ICD, T2, 0.95), _step(T2, SNOMED, 1.0)
    assert [(one["concept"]["id"], one["level"], one["steps"]) for one in others] == [
        (T2, "CERTAIN", [first]),
        (SNOMED, "CERTAIN", [first, last]),
    ]


def test_a_computed_member_has_a_probability_and_evidence(ask: Ask) -> None:
    (own, other) = _meaning(ask, "snomedct:73211009")["members"]
    assert (own["concept"]["id"], other["concept"]["id"]) == ("snomedct:73211009", "MONDO:0005015")
    (step,) = other["steps"]
    assert (other["level"], step["method"]) == ("LIKELY", "semapv:CompositeMatching")
    assert 0.8 <= other["probability"] == step["score"] < 1
    assert step["evidence"] == f'{{"names":{round(step["score"], 3)}}}'


def test_a_concept_and_its_replacement(ask: Ask) -> None:
    for id_, other, relation in (
        ("MONDO:0001344", "MONDO:0016391", "IAO:0100001"),
        ("MONDO:0016391", "MONDO:0001344", "^IAO:0100001"),
    ):
        found = _meaning(ask, id_)
        assert found["preferred"] == {"id": "MONDO:0016391"}
        (step,) = found["members"][1]["steps"]
        assert (step["target"]["id"], step["relation"], step["score"]) == (other, relation, None)


def test_every_member_of_a_group_lists_the_same_members(ask: Ask) -> None:
    every = [{one["concept"]["id"] for one in _meaning(ask, id_)["members"]} for id_ in (T2, SNOMED, ICD)]
    assert every == [{T2, SNOMED, ICD}] * 3


def test_a_concept_without_equivalents(ask: Ask) -> None:
    found = _meaning(ask, "UBERON:0002113")
    assert found["preferred"] == {"id": "UBERON:0002113"}
    assert [one["concept"]["id"] for one in found["members"]] == ["UBERON:0002113"]
    assert found["conflicts"] == []


def test_every_concept_of_a_group_lists_its_conflicts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """B:1 is mapped to A:1, and C:1 is likely equal to A:1. C:2 is left out: C:1 is of the same terminology."""
    mapped = [(("B:1", "A:1"), True), (("C:1", "A:1"), False), (("C:2", "B:1"), False)]
    snapshot = small_snapshot(tmp_path_factory.mktemp("conflicts"), mapped=mapped)

    def conflicts_of(id_: str) -> list[tuple[str, str, str]]:
        found = execute(snapshot, _MEANING, {"id": id_})["data"]["concept"]["meaning"]["conflicts"]
        return [(one["member"]["id"], one["concept"]["id"], one["why"]) for one in found]

    for id_ in ("A:1", "B:1", "C:1"):
        assert conflicts_of(id_) == [("B:1", "C:2", "TWO_OF_ONE_TERMINOLOGY")]
    assert conflicts_of("C:2") == [("C:2", "B:1", "TWO_OF_ONE_TERMINOLOGY")]
    assert conflicts_of("A:2") == []


def test_a_path_uses_concepts_with_the_same_meaning(ask: Ask) -> None:
    asked = '{ path(from: "snomedct:73211009", to: "course:1001") { steps { relation score target { id } } } }'
    first, last = ask(asked)["path"]["steps"]
    assert (first["relation"], first["target"]["id"]) == ("skos:exactMatch", "MONDO:0005015")
    assert first["score"] < 1
    assert (last["relation"], last["target"]["id"]) == ("^schema:about", "course:1001")


def test_members_are_limited_and_steps_are_computed_only_on_request(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "{ concept(id: %r) { meaning { size members(first: %d) { concept { id } level } } } }"
    monkeypatch.setattr(Group, "steps", None)
    found = [ask((asked % (ICD, first)).replace("'", '"'))["concept"]["meaning"] for first in (2, 3)]
    assert [(one["size"], [member["concept"]["id"] for member in one["members"]]) for one in found] == [
        (3, [ICD, T2]),
        (3, [ICD, T2, SNOMED]),
    ]


def test_a_page_of_members_that_is_too_long_is_refused(codes: Ask) -> None:
    asked = "query($id: ID!) { concept(id: $id) { meaning { members(first: 501) { level } } } }"
    assert codes(asked, {"id": T2}) == ["BAD_INPUT"]


def test_a_path_uses_the_place_of_a_code_by_its_label(tmp_path: Path) -> None:
    labels = {"MONDO:1": "congestive heart failure", "snomedct:1": "Chronic congestive heart failure"}
    snapshot = small_snapshot(tmp_path, labels=labels, stubs=["snomedct:1"], events=[["snomedct:1"]] * 10)
    asked = "query($a: ID!, $b: ID!) { path(from: $a, to: $b) { steps { relation method score evidence } } }"
    ends = ("snomedct:1", "MONDO:1")
    for (a, b), relation in ((ends, "skos:broadMatch"), (ends[::-1], "skos:narrowMatch")):
        (step,) = execute(snapshot, asked, {"a": a, "b": b})["data"]["path"]["steps"]
        assert (step["relation"], step["method"]) == (relation, "semapv:LexicalMatching")
        assert step["score"] < 1 and step["evidence"].startswith('{"label":')
