"""linking: candidate mappings: the pairs, the reasons for them, and earlier decisions about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from graph.snapshot import Snapshot
from graph.store import Batch
from linking.neighbours import proposals
from linking.neighbours.candidates import FEATURES, SHIPPED
from linking.neighbours.logistic import Logistic
from tests.graph.rows import concepts, edges
from tests.linking.pictures import picture, understood

_PAIR = ("MONDO:0005015", "snomedct:73211009")
Found = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for vectors, so that each text is encoded once."""
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, vectors: Path) -> Found:
    return found(picture(tmp_path_factory.mktemp("example")), vectors)


def found(snapshot: Snapshot, folder: Path) -> Found:
    return proposed(snapshot, folder)[0]


def proposed(snapshot: Snapshot, folder: Path) -> tuple[Found, Logistic]:
    """The proposed pairs, and the weights with which they were chosen."""
    meaning, known, near, spelling = understood(snapshot, folder)
    table, weights = proposals(meaning, known, near[1], spelling)
    return {(snapshot.ids[row["source"]], snapshot.ids[row["target"]]): row for row in table.to_pylist()}, weights


def mapped(pair: tuple[str, str], state: str, **said: str) -> Batch:
    return Batch(edges={"MAPS_TO": edges("MAPS_TO", pair, **{"predicate": "skos:exactMatch", "state": state} | said)})


def test_a_pair_is_proposed_with_its_evidence(example: Found) -> None:
    row = example[_PAIR]
    evidence = orjson.loads(row["evidence"])
    assert tuple(evidence) == FEATURES
    assert evidence["children"] == 1, "each has two children, which are mapped to those of the other"
    assert evidence["cosine"] > 0.7 and evidence["numbers"] == 0
    assert 0.5 <= row["confidence"] < 1
    assert row["predicate"] == ("skos:exactMatch" if row["confidence"] >= 0.8 else "skos:closeMatch")
    assert row["justification"] == "semapv:SemanticSimilarityThresholdMatching"
    assert row["through"] == "diabetes mellitus ~ diabetes mellitus disorder"


def test_a_mapped_concept_is_not_proposed_again(example: Found) -> None:
    ends = [end for pair in example for end in pair]
    assert "MONDO:0005148" not in ends and "snomedct:46635009" not in ends
    assert len(ends) == len(set(ends)), "one of each terminology"


@pytest.mark.parametrize("state", ["accepted", "rejected"])
@pytest.mark.parametrize("pair", [_PAIR, _PAIR[::-1]])
def test_decided_pairs_are_not_proposed_again(tmp_path: Path, vectors: Path, state: str, pair: tuple[str, str]) -> None:
    batch = mapped(pair, state, predicate="skos:closeMatch", release="reviewed")
    assert _PAIR not in found(picture(tmp_path, batch), vectors)


def test_undecided_pairs_are_proposed_again(tmp_path: Path, vectors: Path, example: Found) -> None:
    batch = mapped(_PAIR, "proposed", release="candidates")
    assert found(picture(tmp_path, batch), vectors).keys() == example.keys()


def test_an_equal_name_is_a_lexical_match_and_another_number_is_no_match(tmp_path: Path, vectors: Path) -> None:
    more = (concepts("X:1", label="kidney"), concepts("X:2", label="neonatal diabetes mellitus type 7"))
    pairs = found(picture(tmp_path, *(Batch(nodes={"Concept": table}) for table in more)), vectors)
    row = pairs["UBERON:0002113", "X:1"]
    assert row["justification"] == "semapv:LexicalMatching" and row["predicate"] == "skos:exactMatch"
    assert row["through"] == "kidney ~ kidney"
    assert ("MONDO:0005148", "X:2") not in pairs and ("MONDO:0005147", "X:2") not in pairs


def test_the_order_of_words_does_not_matter(tmp_path: Path, vectors: Path) -> None:
    batch = Batch(nodes={"Concept": concepts("X:1", label="system, renal")})
    row = found(picture(tmp_path, batch), vectors)["UBERON:0001008", "X:1"]
    evidence = orjson.loads(row["evidence"])
    assert evidence["words"] == 1 and evidence["exact"] == 0


def test_only_the_best_pair_for_both_concepts_is_proposed(tmp_path: Path, vectors: Path) -> None:
    more = (concepts("X:1", label="kidney"), concepts("X:2", label="kidneys"))
    pairs = found(picture(tmp_path, *(Batch(nodes={"Concept": table}) for table in more)), vectors)
    assert [pair for pair in pairs if "UBERON:0002113" in pair] == [("UBERON:0002113", "X:1")]


def test_a_store_without_names_has_no_candidates(tmp_path: Path) -> None:
    from contextlib import closing

    from graph.snapshot import fresh_snapshot
    from graph.store import open_store

    with closing(open_store(str(tmp_path))) as store:
        store.write(Batch(nodes={"Concept": concepts("X:1", label="...")}))
        assert found(fresh_snapshot(store, tmp_path), tmp_path) == {}


def test_weights_are_learnt_from_the_mappings_in_the_store(tmp_path: Path, vectors: Path) -> None:
    """With about 500 mapped pairs of the same name, an equal name counts more than in the odds that are shipped."""
    names = [f"{a} {b} disease" for a in _WORDS for b in _WORDS if a != b][:520]
    sides = [[(f"{prefix}:{n}", name) for n, name in enumerate(names)] for prefix in ("A", "B")]
    pairs = [(f"A:{n}", f"B:{n}") for n in range(490)]
    tables = [concepts(*(id_ for id_, _ in side)) for side in sides]
    for place, side in enumerate(sides):
        tables[place] = tables[place].set_column(1, "label", [[name for _, name in side]])
    said = edges("MAPS_TO", *pairs, predicate="skos:exactMatch", state="accepted")
    named = (Batch(nodes={"Concept": table}) for table in tables)
    snapshot = picture(tmp_path, *named, Batch(edges={"MAPS_TO": said}))
    rows, learnt = proposed(snapshot, vectors)
    assert learnt != SHIPPED
    assert {(f"A:{n}", f"B:{n}") for n in range(490, 520)} <= rows.keys()
    assert not rows.keys() & set(pairs)


_WORDS = (
    "amber birch cedar delta ember fjord grove heron indigo juniper kelp larch maple nickel ochre pearl quartz raven "
    "slate topaz umber violet willow xenon yarrow zephyr basalt coral"
).split()
