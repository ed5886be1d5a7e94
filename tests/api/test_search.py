"""tests: search: exact matches first, then one ranking, with typing errors and filters."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any
from weakref import ReferenceType, ref

import numpy as np
import pytest
from pyroaring import BitMap

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import Snapshot
from linking.search import find_concepts, ranked
from linking.search.ranking import EXACT, HOW
from linking.understanding import Understanding
from tests.api.conftest import Ask
from tests.small import small_snapshot

_ASKED = (
    "query($t: String!, $of: [String!], $under: ID, $in: [Domain!], $n: Int! = 50, $a: String) { search(text: $t, "
    "ontologies: $of, under: $under, inUse: $in, first: $n, after: $a) "
    "{ totalCount edges { cursor node { id } match { how text } } } }"
)


def _found(answer: Any) -> list[tuple[str, str]]:
    search = answer["search"]
    assert search["totalCount"] == len(search["edges"])
    return [(edge["node"]["id"], edge["match"]["how"]) for edge in search["edges"]]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("type 2 diabetes mellitus", ("MONDO:0005148", "EXACT_LABEL")),
        ("t2dm", ("MONDO:0005148", "EXACT_SYNONYM")),
        ("E11", ("MONDO:0005148", "IDENTIFIER")),
        ("snomedct:46635009", ("MONDO:0005147", "IDENTIFIER")),
        ("diab mell typ 2", ("MONDO:0005148", "WORDS")),
        ("suikerzeikte", ("MONDO:0005015", "SIMILAR_SPELLING")),
        ("diabetic kidny disease", ("MONDO:0005016", "SIMILAR_SPELLING")),
    ],
)
def test_the_first_hit(ask: Ask, text: str, first: tuple[str, str]) -> None:
    assert _found(ask(_ASKED, {"t": text}))[0] == first


@pytest.mark.parametrize(
    ("text", "meant", "how"),
    [
        ("chronisce nierziekte", "MONDO:0005300", "compound"),
        ("hoge bloedruk", "MONDO:0005044", "compound"),
        ("congestif hartfalen", "MONDO:0005009", "compound"),
        ("bloedruk hoge", "MONDO:0005044", "compound"),
        ("chronische nierzeikte", "MONDO:0005300", "similar spelling"),
    ],
)
def test_a_misspelt_word_in_a_dutch_phrase(demo: Snapshot, text: str, meant: str, how: str) -> None:
    (hit, *_), _ = find_concepts(demo, text)
    assert (demo.ids[hit.concept], hit.how) == (meant, how)


def test_exact_matches_come_first(ask: Ask, snapshot: Snapshot) -> None:
    found = _found(ask(_ASKED, {"t": "neonatal diabetes mellitus"}))
    assert found[0] == ("MONDO:0016391", "EXACT_LABEL")
    places = [how.lower().replace("_", " ") in EXACT for _, how in found]
    assert places == sorted(places, reverse=True)


def test_each_group_has_one_hit(ask: Ask, snapshot: Snapshot) -> None:
    """Search shows only the preferred concept of a group: a current one, of MONDO before SNOMED CT."""
    found = [id_ for text in ("neonatal diabetes", "diabetes mellitus") for id_, _ in _found(ask(_ASKED, {"t": text}))]
    assert "MONDO:0001344" not in found and not any(id_.startswith("snomedct:") for id_ in found)
    asked = "query($t: String!) { search(text: $t) { edges { node { id } score members kind records } } }"
    edge = ask(asked, {"t": "type 2 diabetes mellitus"})["search"]["edges"][0]
    assert edge["node"]["id"] == "MONDO:0005148" and edge["score"] == 1
    assert edge["members"] == ["MONDO:0005148", "icd10:E11", "snomedct:44054006"]
    assert (edge["kind"], edge["records"]) == ("DISEASE", 4)


def test_a_search_in_one_terminology_shows_its_concept(ask: Ask) -> None:
    """Also if only a concept of another terminology has the name."""
    found = ask(_ASKED, {"t": "T2DM", "of": ["snomedct"]})
    assert _found(found) == [("snomedct:44054006", "EXACT_SYNONYM")]


def test_a_code_without_a_name_is_not_found(ask: Ask) -> None:
    assert _found(ask(_ASKED, {"t": "loinc:4548-4"})) == []


def test_equal_matches_are_sorted_by_number_of_records(demo: Snapshot) -> None:
    """The number of patients plays no role."""
    hits, _ = find_concepts(demo, "heart failure")
    exact = [hit.concept for hit in hits if hit.how == "exact label"]
    assert [*demo.meanings.use[exact]] == sorted(demo.meanings.use[exact], reverse=True)


def test_up_to_three_letters_are_treated_as_a_prefix(ask: Ask) -> None:
    for text in ("d", "di", "dia"):
        assert {how for _, how in _found(ask(_ASKED, {"t": text}))} == {"PREFIX"}
    assert "SIMILAR_SPELLING" in {how for _, how in _found(ask(_ASKED, {"t": "diabetes mellitus type"}))}


def test_texts_without_any_match(ask: Ask) -> None:
    for text in ("asdfgh", "\0", "?!", "‮"):
        assert _found(ask(_ASKED, {"t": text})) == []


def test_under_leaves_out_the_concept_itself(ask: Ask, codes: Ask) -> None:
    found = dict(_found(ask(_ASKED, {"t": "diabetes", "under": "mondo:0005015"})))
    assert set(found) == {"MONDO:0005147", "MONDO:0005148", "MONDO:0016391"}
    assert codes(_ASKED, {"t": "diabetes", "under": "MONDO:9999999"}) == ["NOT_FOUND"]
    assert "snomedct:73211009" not in dict(
        _found(ask(_ASKED, {"t": "diabetes", "under": "MONDO:0005015", "of": ["snomedct"]}))
    )


def test_under_gives_the_same_hits_for_all_members_of_a_group(tmp_path: Path) -> None:
    """B:1 is certainly equal to A:1, C:1 is likely equal to A:1, and C:2 certainly to A:2. A:2 is below A:1."""
    mapped = [(("B:1", "A:1"), True), (("C:1", "A:1"), False), (("C:2", "A:2"), True)]
    labels = {"A:2": "gout", "C:2": "podagra", "A:1": "gout disease", "C:1": "gout disease"}
    snapshot = small_snapshot(tmp_path, is_a=[("A:2", "A:1")], mapped=mapped, labels=labels)
    for under in ("A:1", "B:1", "C:1"):
        for of, id_ in ((["A"], "A:2"), (["C"], "C:2")):
            found = execute(snapshot, _ASKED, {"t": "gout", "under": under, "of": of})["data"]
            assert [one for one, _ in _found(found)] == [id_]
    assert _found(execute(snapshot, _ASKED, {"t": "gout", "under": "C:2"})["data"]) == []


def test_an_unknown_ontology_is_an_error(ask: Ask, codes: Ask) -> None:
    assert codes(_ASKED, {"t": "diabetes", "of": ["MONDO", "nobody"]}) == ["NOT_FOUND"]
    assert {id_ for id_, _ in _found(ask(_ASKED, {"t": "diabetes", "of": ["ICD-10"]}))} == {"icd10:E11"}


def test_a_search_in_use_keeps_no_reference_to_the_snapshot(tmp_path: Path) -> None:
    def asked() -> ReferenceType[Snapshot]:
        snapshot = small_snapshot(tmp_path, studies=[["A:1"]], events=[["A:1"]] * 10)
        found = execute(snapshot, _ASKED, {"t": "A:1", "in": ["CARE", "RESEARCH"]})
        assert _found(found["data"]) == [("A:1", "EXACT_LABEL")]
        return ref(snapshot)

    snapshot = asked()
    gc.collect()
    assert snapshot() is None


def test_in_use_considers_the_reach(ask: Ask) -> None:
    def of(*domains: str) -> set[str]:
        return {id_ for id_, _ in _found(ask(_ASKED, {"t": "diabetes", "in": domains}))}

    assert of("EDUCATION") >= {"MONDO:0005015", "MONDO:0005148"}
    assert "MONDO:0016391" not in of("RESEARCH") | of("EDUCATION") | of("CARE")
    assert of("RESEARCH", "EDUCATION") == of("RESEARCH") & of("EDUCATION")
    assert of() == {id_ for id_, _ in _found(ask(_ASKED, {"t": "diabetes"}))}


def test_in_use_in_care_hides_concepts_of_few_patients(ask: Ask) -> None:
    asked = {"t": "diabetes mellitus type", "in": ["CARE"]}
    result = {id_ for id_, _ in _found(ask(_ASKED, asked))}
    assert "MONDO:0005148" in result
    assert "MONDO:0005147" not in result
    exact = {id_ for id_, _ in _found(ask(_ASKED, asked, Role.EXACT))}
    assert exact >= result | {"MONDO:0005147"}
    assert {id_ for id_, _ in _found(ask(_ASKED, asked, Role.EXISTS))} == result
    assert _found(ask(_ASKED, asked, Role.NONE)) == []
    shown = ask('{ concept(id: "snomedct:46635009") { patients { withheld } } }')["concept"]
    assert shown["patients"]["withheld"]


def test_reaching_is_the_inverse_of_reach(snapshot: Snapshot) -> None:
    every = range(len(snapshot.ids))
    for concept in every:
        wanted = {other for other in every if concept in snapshot.hierarchy.reach(other)}
        assert set(snapshot.hierarchy.reaching(BitMap([concept]))) == wanted


def test_a_concept_is_listed_once_with_its_best_name(snapshot: Snapshot) -> None:
    for text in ("diabetes", "diabetes mellitus", "kidney disease", "type 2", "diabetic"):
        found = ranked(snapshot, text)
        assert len(np.unique(found.concepts)) == len(found.concepts)
        assert set(found.how.tolist()) <= set(range(len(HOW)))
        some = found.concepts[::2]
        keep = np.zeros(len(snapshot.ids), bool)
        keep[some] = True
        assert ranked(snapshot, text, keep).concepts.tolist() == some.tolist()


def test_meaning_finds_concepts_that_words_do_not(demo: Snapshot, understanding: Understanding) -> None:
    def found(text: str, **more: Any) -> list[tuple[str, str]]:
        answer = execute(demo, _ASKED, {"t": text, **more}, understanding=understanding)
        return _found(answer["data"])

    plain = _found(execute(demo, _ASKED, {"t": "failure of the kidneys"})["data"])
    assert "MEANING" not in {how for _, how in plain}
    meant = [id_ for id_, how in found("failure of the kidneys") if how == "MEANING"]
    assert "MONDO:0001106" in meant
    assert found("kidney failure")[0] == ("MONDO:0001106", "EXACT_LABEL")
    assert {id_.partition(":")[0] for id_, _ in found("failure of the kidneys", of=["HP"])} == {"HP"}


def test_an_answer_without_vectors_says_so(snapshot: Snapshot, tmp_path: Path) -> None:
    def said(understanding: Understanding, text: str = "sugar") -> Any:
        answer = execute(snapshot, _ASKED, {"t": text}, understanding=understanding)
        assert answer["extensions"].keys() <= {"epoch", "cost", "limit", "meaning"}
        return answer["extensions"].get("meaning")

    assert said(Understanding()) == "absent: not requested"
    warming = Understanding(tmp_path)
    assert said(warming) == said(warming, "suikerziekte") == "warming up"
    assert said(warming, "dia") is None
    warming.warm(snapshot)
    assert said(warming) is said(warming, "suikerziekte") is None


def test_an_exact_name_does_not_load_the_encoder(
    demo: Snapshot, understanding: Understanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Understanding(understanding._folder, patience=0)
    with monkeypatch.context() as patched:
        patched.setattr("linking.understanding.open_encoder", lambda model: pytest.fail("the encoder was opened"))
        for more in ({}, {"of": ["MONDO"]}, {"under": "MONDO:0000001"}):
            answer = execute(demo, _ASKED, {"t": "kidney failure", **more}, understanding=asked)
            assert answer["extensions"]["meaning"] == "not opened: an exact match needs no encoder"
        execute(demo, '{ concept(id: "MONDO:0005148") { label } }', understanding=asked)
    answer = execute(demo, _ASKED, {"t": "kidney failure", "of": ["HP"], "n": 5}, understanding=asked)
    assert "meaning" not in answer["extensions"]
    ready = execute(demo, _ASKED, {"t": "kidney failure", "of": ["HP"], "n": 5}, understanding=understanding)
    assert answer == ready


def test_pages_of_a_search_by_meaning_together_are_the_whole_list(demo: Snapshot, understanding: Understanding) -> None:
    whole = execute(demo, _ASKED, {"t": "kidney trouble"}, understanding=understanding)["data"]["search"]
    assert whole["totalCount"] > 5
    pieces: list[Any] = []
    while len(pieces) < whole["totalCount"]:
        after = pieces[-1]["cursor"] if pieces else None
        asked = {"t": "kidney trouble", "n": 3, "a": after}
        page = execute(demo, _ASKED, asked, understanding=understanding)["data"]["search"]
        assert page["totalCount"] == whole["totalCount"]
        pieces += page["edges"]
    assert pieces == whole["edges"]
