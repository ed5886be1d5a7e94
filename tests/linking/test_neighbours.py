"""linking: neighbours are the nearest concepts of each other, not related or equivalent, with a probability."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import Csr
from graph.snapshot import Snapshot
from graph.store import Batch
from linking.encoding import Meaning
from linking.neighbours import Concepts, Logistic, Spelling, for_fitting, nearest
from linking.neighbours.concepts import Near
from linking.neighbours.neighbours import LEAST, neighbours
from tests.graph.rows import concepts, edges
from tests.linking.pictures import picture, understood

NOTHING = np.zeros(0, np.int64)


Found = dict[tuple[str, str], dict[str, object]]
Example = tuple[Snapshot, Found, tuple[Meaning, Concepts, tuple[Near, Near]]]


def found(snapshot: Snapshot, folder: Path) -> Found:
    return rows(snapshot, *understood(snapshot, folder)[:3])


def rows(snapshot: Snapshot, meaning: Meaning, known: Concepts, near: tuple[Near, Near]) -> Found:
    table = neighbours(meaning, known, near, NOTHING)
    return {(snapshot.ids[row["source"]], snapshot.ids[row["target"]]): row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder = tmp_path_factory.mktemp("neighbours")
    snapshot = picture(folder)
    known = understood(snapshot, folder)[:3]
    return snapshot, rows(snapshot, *known), known


def test_a_neighbour_has_its_names_and_a_probability(example: Example) -> None:
    row = example[1]["MONDO:0005148", "MONDO:0016391"]
    assert row["through"] == "non insulin dependent diabetes mellitus ~ neonatal diabetes mellitus"
    assert isinstance(row["score"], float) and LEAST <= row["score"] < 1
    assert str(row["model"]).startswith("all-MiniLM-L6-v2-")


def test_equivalents_relatives_and_numbered_siblings_are_no_neighbours(
    example: Example,
) -> None:
    pairs = example[1].keys()
    assert ("MONDO:0005148", "snomedct:44054006") not in pairs, "mapped equivalents"
    assert ("MONDO:0005015", "MONDO:0005148") not in pairs, "a parent"
    assert ("MONDO:0005148", "snomedct:73211009") not in pairs, "the parent of an equivalent"
    assert ("MONDO:0005015", "snomedct:44054006") not in pairs, "the child of an equivalent's parent"
    assert ("MONDO:0005147", "MONDO:0005148") not in pairs, "type 1 and type 2"
    assert ("MONDO:0005147", "snomedct:44054006") not in pairs, "type 1 and an equivalent of type 2"


def test_each_pair_is_listed_once_and_only_for_live_concepts(example: Example) -> None:
    snapshot, pairs, _ = example
    ends = {end for pair in pairs for end in pair}
    assert all(source < target for source, target in pairs)
    assert not ends & {"MONDO:0001344", "HP:0003074", "icd10:E11", "loinc:4548-4"}
    assert ends <= set(snapshot.concepts["id"].to_pylist())


def test_concepts_with_an_accepted_mapping_and_their_descendants_are_no_neighbours(tmp_path: Path) -> None:
    pair, below = ("MONDO:0005016", "snomedct:73211009"), ("MONDO:9", "snomedct:73211009")
    kind = edges("IS_A", ("MONDO:9", "MONDO:0005016"))
    more = Batch(nodes={"Concept": concepts("MONDO:9", label="rare diabetes mellitus disorder")}, edges={"IS_A": kind})
    said = Batch(edges={"MAPS_TO": edges("MAPS_TO", pair, predicate="skos:exactMatch", state="accepted")})
    assert {pair, below} <= found(picture(tmp_path / "before", more), tmp_path).keys()
    assert not {pair, below} & found(picture(tmp_path / "after", more, said), tmp_path).keys()


def test_neighbours_are_mutual_and_no_candidate_mappings(example: Example) -> None:
    snapshot, pairs, (meaning, known, near) = example
    ends = [known.rows([snapshot.ids.find(end) or 0])[0] for end in ("MONDO:0005148", "MONDO:0016391")]
    proposed = np.array([min(ends) * len(known.numbers) + max(ends)], np.int64)
    assert neighbours(meaning, known, near, proposed).num_rows == len(pairs) - 1
    blind = [
        Near(np.where(known.numbers[:, None] == known.numbers[ends[0]], -1, some.rows), some.cosines) for some in near
    ]
    table = neighbours(meaning, known, blind, NOTHING)
    assert table.num_rows and known.numbers[ends[0]] not in {*table["source"].to_pylist(), *table["target"].to_pylist()}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 60), st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_the_nearest_equal_a_comparison_of_all(size: int, groups: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(size, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    group = np.sort(rng.integers(groups, size=size)).astype(np.int32)
    some = Concepts(np.arange(size, dtype=np.int32), group, Csr.of_pairs(size, [], []), [""] * size, vectors)
    every = vectors @ vectors.T
    np.fill_diagonal(every, -9)
    for near, same in zip(nearest(some, k), (True, False), strict=True):
        scores = np.where((group[:, None] == group) == same, every, -9)
        best = -np.sort(-scores, axis=1)[:, :k]
        best = np.pad(best, ((0, 0), (0, k - best.shape[1])), constant_values=-9)
        assert np.allclose(np.where(best < -2, -2, best), near.cosines, atol=1e-5)
        assert ((near.rows < 0) == (best < -2)).all()


def test_the_nearest_of_many_columns_are_found_through_the_bound() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(3000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    group = np.repeat([0, 1], 1500).astype(np.int32)
    some = Concepts(np.arange(3000, dtype=np.int32), group, Csr.of_pairs(3000, [], []), [""] * 3000, vectors)
    scores = np.where(group[:, None] != group, vectors @ vectors.T, -9)
    assert (nearest(some, 10)[1].rows == np.argsort(-scores, axis=1, kind="stable")[:, :10]).all()


def test_the_fit_finds_the_weights_that_made_the_examples() -> None:
    rng = np.random.default_rng(7)
    features = rng.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(-1.0 + features @ [2.0, -0.5])))
    fitted = Logistic.fitted(features, rng.random(20_000) < chance)
    assert np.allclose([fitted.constant, *fitted.weights], [-1.0, 2.0, -0.5], atol=0.1)
    assert np.allclose(fitted.chances(features), chance, atol=0.03)


def test_separable_examples_give_finite_weights() -> None:
    fitted = Logistic.fitted([[0.0], [1.0]] * 50, np.array([False, True] * 50))
    assert np.isfinite([fitted.constant, *fitted.weights]).all() and fitted.chances([[1.0]])[0] > 0.9


def test_half_of_the_concepts_are_for_fitting() -> None:
    assert 400 < for_fitting([f"MONDO:{n:07}" for n in range(1000)]).sum() < 600


def test_spelling_is_the_cosine_of_groups_of_three_characters() -> None:
    texts = ["anaemia", "anemia", "fracture", "anaemia"]
    left, right = np.array([0, 0, 0, 1], np.int32), np.array([3, 1, 2, 0], np.int32)
    same, near, far, back = Spelling(texts).cosines(left, right).tolist()
    assert same == pytest.approx(1) and 0.3 < near < 0.9 and far == 0 and back == pytest.approx(near)
    assert len(Spelling([]).cosines(left[:0], right[:0])) == 0
