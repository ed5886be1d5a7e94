"""graph: which concepts are listed as not counted, and which never are, on both engines."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.groups import FEWEST_PATIENTS
from graph.hierarchy import Level, closure
from graph.snapshot import WHY, Snapshot, fresh_snapshot, named_alike
from graph.store import Store
from tests.small import CONCEPTS, small_snapshot, write_small

_LABELS = {
    "A:1": "COVID-19",
    "A:2": "Heart failure",
    "A:3": "Disease",
    "B:1": "Suspected COVID-19",
    "B:2": "Failure, hearts",
    "B:3": "Acute failure of the heart",
    "C:1": "Influenza",
    "C:2": "Heart",
}
_MANY, _FEW = FEWEST_PATIENTS, FEWEST_PATIENTS - 1
Listed = list[tuple[str, str, int, int]]


def _listed(snapshot: Snapshot, id_: str, level: Level = Level.LIKELY) -> Listed:
    every, concept = snapshot.not_counted, snapshot.concept(id_)
    assert concept is not None
    rows = [row for row in every.of[concept].tolist() if level is Level.CERTAIN or not every.likely[row]]
    columns = (column[rows].tolist() for column in (every.other, every.why, every.records, every.patients))
    return [(snapshot.ids[other], WHY[why], *held) for other, why, *held in zip(*columns, strict=True)]


def _missed(snapshot: Snapshot, id_: str) -> list[int]:
    numbers: list[int] = snapshot.not_counted.missed[snapshot.concept(id_)].tolist()
    return numbers


@pytest.fixture
def snapshot(store: Store, tmp_path: Path) -> Snapshot:
    """B:2 and A:2 share a name, so they are one group at LIKELY. C:1 and A:1 have a candidate mapping."""
    write_small(
        store,
        labels=_LABELS,
        is_a=[("A:2", "A:3"), ("A:1", "A:3")],
        mapped=[(("C:1", "A:1"), 0.6)],
        studies=[["B:1"], ["B:1", "A:1"], ["B:2"], ["B:3"], ["C:1"], ["A:3"]],
        events=[["B:1"]] * _MANY + [["B:3"]] * _FEW,
    )
    return fresh_snapshot(store, tmp_path)


def test_why_a_concept_is_listed(snapshot: Snapshot) -> None:
    assert _listed(snapshot, "A:1") == [("C:1", "CANDIDATE", 1, 0), ("B:1", "WORDS", 2, _MANY)]
    assert _listed(snapshot, "C:1") == [("A:1", "CANDIDATE", 1, 0)]
    assert _listed(snapshot, "A:2") == [("B:3", "WORDS", 1, _FEW)]
    assert _listed(snapshot, "B:1") == []


def test_likely_equal_concepts_are_listed_only_at_certain(snapshot: Snapshot) -> None:
    assert _listed(snapshot, "A:2", Level.CERTAIN) == [("B:2", "SAME_NAME", 1, 0), ("B:3", "WORDS", 1, _FEW)]
    assert _listed(snapshot, "B:2", Level.CERTAIN) == [("B:3", "WORDS", 1, _FEW)]


def test_a_label_of_general_words_lists_nothing(snapshot: Snapshot) -> None:
    assert _listed(snapshot, "A:3") == []


def test_records_found_through_another_concept_are_not_missed(snapshot: Snapshot) -> None:
    assert _missed(snapshot, "A:1") == [2, 2]
    assert _missed(snapshot, "A:2") == [2, 1]
    assert _missed(snapshot, "B:1") == [0, 0]


def test_names_of_one_member_count_for_the_whole_group(store: Store, tmp_path: Path) -> None:
    write_small(
        store, labels=_LABELS, mapped=[(("C:1", "A:1"), True)], studies=[["B:1"]], is_a=[("B:3", "B:2"), ("B:1", "B:2")]
    )
    snapshot = fresh_snapshot(store, tmp_path)
    assert _listed(snapshot, "A:1") == _listed(snapshot, "C:1") == [("B:1", "WORDS", 1, 0)]


def test_concepts_left_out_of_a_group_are_listed_as_conflicts(store: Store, tmp_path: Path) -> None:
    mapped = [(("B:1", "A:1"), True), (("C:1", "A:1"), False), (("C:2", "B:1"), False)]
    write_small(store, mapped=mapped, studies=[["C:2"], ["A:1"]])
    snapshot = fresh_snapshot(store, tmp_path)
    assert _listed(snapshot, "C:1") == _listed(snapshot, "A:1") == [("C:2", "CONFLICT", 1, 0)]
    assert _listed(snapshot, "C:2") == []
    assert _listed(snapshot, "B:1") == [("C:2", "CONFLICT", 1, 0)]


@pytest.mark.parametrize(("patients", "listed"), [(_FEW, False), (_MANY, True)])
def test_a_code_of_few_patients_is_never_listed(store: Store, tmp_path: Path, patients: int, listed: bool) -> None:
    write_small(store, labels=_LABELS, stubs=["B:1"], events=[["B:1"]] * patients)
    expected: Listed = [("B:1", "WORDS", 0, patients)] if listed else []
    assert _listed(fresh_snapshot(store, tmp_path), "A:1") == expected


def test_a_broader_concept_is_not_listed_for_its_words(store: Store, tmp_path: Path) -> None:
    write_small(store, labels=_LABELS, is_a=[("A:1", "B:1")], studies=[["B:1"]])
    assert _listed(fresh_snapshot(store, tmp_path), "A:1") == []


def test_concepts_with_the_most_records_are_listed_if_many_share_a_name(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes with the same label are listed for each other, so the pairs grow with the square of the codes."""
    monkeypatch.setattr(named_alike, "_MOST_ALIKE", 3)
    codes = [f"D:{number}" for number in range(1, 7)]
    labels = {"A:1": "Visit"} | dict.fromkeys(codes, "Consult visit")
    write_small(store, labels=labels, studies=[*([code] for code in codes), ["D:5"], ["D:5"], ["D:4"]])
    snapshot = fresh_snapshot(store, tmp_path)
    most = [("D:5", 3), ("D:4", 2), ("D:1", 1)]
    for code in codes:
        assert _listed(snapshot, code) == [(one, "SAME_NAME", held, 0) for one, held in most if one != code]
    assert _listed(snapshot, "A:1") == [(one, "WORDS", held, 0) for one, held in most]


def test_a_label_of_too_many_concepts_is_not_compared_with_others(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_alike, "_MOST_ALIKE", 1)
    write_small(store, labels={"A:1": "Visit", "A:2": "Visit", "B:1": "Consult visit"}, studies=[["B:1"]])
    assert _listed(fresh_snapshot(store, tmp_path), "A:1") == []


def test_a_deep_hierarchy_is_not_walked_for_each_concept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain from D:140 down to D:101 with a loop and a branch in it; D:201 has the name of D:101, and so on."""
    ids, equivalents = ([f"D:{first + number}" for number in range(40)] for first in (101, 201))
    labels = {id_: f"disease of {id_[-2:]}" for id_ in [*ids, *equivalents]}
    studies = [*([equivalent] for equivalent in equivalents), ["D:209", "D:130"], ["D:230", "D:120"], ["D:130"]]
    is_a = [*pairwise(ids), ("D:114", "D:110"), ("D:230", "D:120")]
    walks, walk = list[int](), closure.Closure._of

    def counted(self: closure.Closure, concept: int) -> Any:
        if len(self.narrower[int(self.group[concept])]):
            walks.append(concept)
        return walk(self, concept)

    monkeypatch.setattr(closure.Closure, "_of", counted)
    found = []
    for room in (1 << 20, 0):
        monkeypatch.setattr(closure, "_MOST_BYTES", room)
        walks.clear()
        snapshot = small_snapshot(tmp_path / str(room), labels=labels, is_a=is_a, studies=studies)
        made = len(walks)
        found.append([(_listed(snapshot, id_), _missed(snapshot, id_)) for id_ in ids])
    assert made < len(ids)
    assert found[0] == found[1]
    assert found[0][8] == ([("D:209", "SAME_NAME", 2, 0)], [2, 2])
    assert found[0][29] == ([], [0, 0])


def test_an_empty_store(store: Store, tmp_path: Path) -> None:
    snapshot = fresh_snapshot(store, tmp_path)
    assert (len(snapshot.not_counted.other), len(snapshot.not_counted.missed)) == (0, 0)


_PAIRS = st.tuples(st.sampled_from(CONCEPTS), st.sampled_from(CONCEPTS)).filter(lambda pair: pair[0] != pair[1])
_WORDS = st.lists(st.sampled_from(("heart", "failure", "acute", "covid")), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    labels=st.fixed_dictionaries(dict.fromkeys(CONCEPTS, _WORDS)),
    is_a=st.lists(_PAIRS, max_size=4),
    mapped=st.lists(st.tuples(_PAIRS, st.sampled_from((True, 0.6, 0.9))), max_size=4, unique_by=lambda one: one[0]),
    held=st.lists(st.sampled_from(CONCEPTS), max_size=4, unique=True),
)
def test_listed_concepts_equal_a_simple_implementation(
    tmp_path_factory: pytest.TempPathFactory, labels: Any, is_a: Any, mapped: Any, held: Any
) -> None:
    """Compared with a simple implementation. Concepts of these terminologies have no known kind."""
    folder = tmp_path_factory.mktemp("words")
    snapshot = small_snapshot(folder, labels=labels, is_a=is_a, mapped=mapped, studies=[[one] for one in held])
    words = [frozenset(labels[id_].split()) for id_ in CONCEPTS]
    for level in Level:
        reach = [snapshot.hierarchy.reach(concept, level) for concept in range(len(CONCEPTS))]
        likely = [snapshot.hierarchy.reach(concept, Level.LIKELY) for concept in range(len(CONCEPTS))]
        for concept, id_ in enumerate(CONCEPTS):
            listed = {other: why for other, why, _, _ in _listed(snapshot, id_, level)}
            for other, other_id in enumerate(CONCEPTS):
                if other in reach[concept] or other_id not in held:
                    assert other_id not in listed
                elif words[concept] == words[other]:
                    assert listed[other_id] == "SAME_NAME"
                elif words[concept] < words[other] and concept not in likely[other]:
                    assert other_id in listed
