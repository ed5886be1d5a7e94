"""linking: related records: by shared concepts, their parents and equivalents, and by their text without an encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.kinds import RECORDS
from graph.paths import shortest_path, thing
from graph.snapshot import Snapshot
from graph.store import Batch
from linking.encoding import KeptVectors, VectorCache, open_encoder
from linking.search import Related, related, texts
from tests.graph.rows import edges, nodes
from tests.linking.pictures import picture


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return picture(tmp_path_factory.mktemp("related"))


def number(snapshot: Snapshot, kind: str, id_: str) -> int:
    found = snapshot.records[kind].ids.find(id_)
    assert found is not None
    return found


def of(snapshot: Snapshot, kind: str, id_: str, *kinds: str, first: int = 10) -> dict[str, Related]:
    found = related(snapshot, None, kind, number(snapshot, kind, id_), kinds or RECORDS, first)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    return {snapshot.records[one.kind].ids[one.number]: one for one in found}


def test_one_shared_concept_relates_a_course_to_a_study(example: Snapshot) -> None:
    found = of(example, "Course", "course:1002")
    trial = found["clinicaltrials:NCT00000620"]
    assert trial.score == 1 and trial.kind == "Study" and trial.text is None
    assert "MONDO:0005148" in [example.ids[one.concept] for one in trial.shared]
    assert "course:1002" not in found


def test_each_shared_concept_has_its_distance_and_its_share(example: Snapshot) -> None:
    """The study and course 1002 are about type 2 diabetes. Course 1001 is about its parent, diabetes mellitus."""
    found = of(example, "Study", "clinicaltrials:NCT00000620")
    same = {example.ids[one.concept]: one for one in found["course:1002"].shared}
    assert same["MONDO:0005148"][1:3] == (0, 0) and same["MONDO:0005015"][1:3] == (1, 1)
    assert same["MONDO:0005148"].share > same["MONDO:0005015"].share > 0
    assert sum(one.share for one in same.values()) == pytest.approx(1, abs=2e-3), (
        "at most five concepts are shared, so all are listed"
    )
    above = {example.ids[one.concept]: one for one in found["course:1001"].shared}
    assert above["MONDO:0005015"][1:3] == (1, 0)


def test_a_mapped_equivalent_counts_as_the_concept(example: Snapshot) -> None:
    """The trial is coded in ICD-10. The course is about the equivalent concept in MONDO."""
    assert of(example, "Course", "course:1002")["clinicaltrials:NCT01131676"].score > 0.5


def test_a_shared_concept_counts_more_than_a_parent_or_sibling(example: Snapshot) -> None:
    found = of(example, "Study", "clinicaltrials:NCT00000620")
    assert found["course:1002"].score > found["course:1001"].score > 0
    assert "clinicaltrials:NCT00360815" not in found, (
        "nearly all records are about diabetes, so the shared ancestor adds little"
    )


def test_related_records_are_limited_by_kind_and_number(example: Snapshot) -> None:
    assert {one.kind for one in of(example, "Course", "course:1002", "Study").values()} == {"Study"}
    assert len(of(example, "Course", "course:1002", first=2)) == 2
    assert of(example, "Course", "course:1002", first=0) == {}


def test_a_record_without_annotations_has_no_related_records(tmp_path: Path) -> None:
    more = Batch(nodes={"Course": nodes("Course", {"id": "course:2000", "title": "Bookkeeping"})})
    snapshot = picture(tmp_path, more)
    assert of(snapshot, "Course", "course:2000") == {}


def test_a_negated_annotation_relates_no_records(tmp_path: Path) -> None:
    said = edges("STUDY_ABOUT", ("clinicaltrials:NCT00000620", "MONDO:0005148"), method="exact", assertion="negated")
    assert "clinicaltrials:NCT00000620" not in of(
        picture(tmp_path, Batch(edges={"STUDY_ABOUT": said})), "Course", "course:1002"
    )


def test_a_negated_annotation_is_no_step_of_a_path(tmp_path: Path) -> None:
    ends = "clinicaltrials:NCT00000620", "MONDO:0005148"
    for folder, said, steps in (("a", "present", 1), ("b", "negated", None)):
        about = edges("STUDY_ABOUT", ends, method="exact", confidence=0.9, text="T2DM", assertion=said)
        snapshot = picture(tmp_path / folder, Batch(edges={"STUDY_ABOUT": about}))
        start, end = (thing(snapshot, id_) for id_ in ends)
        assert start and end
        found = shortest_path(snapshot, start, end)
        assert (found and len(found)) == steps
        assert found is None or found[0][3:] == ("exact", 0.9, "T2DM", None)


def test_an_empty_store_has_no_relations(tmp_path: Path) -> None:
    from contextlib import closing

    from graph.snapshot import fresh_snapshot
    from graph.store import open_store

    with closing(open_store(str(tmp_path))) as store:
        store.write(Batch(nodes={"Course": nodes("Course", {"id": "course:1", "title": "Anatomy"})}))
        assert related(fresh_snapshot(store, tmp_path), None, "Course", 0, RECORDS, 5) == []


def test_texts_are_compared_without_loading_an_encoder(example: Snapshot, tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, open_encoder())
    for kind in RECORDS:
        cache.of(texts(example, kind))
    kept = KeptVectors.open(tmp_path, cache.encoder.name)
    assert kept is not None
    about = {example.records[one.kind].ids[one.number]: one for one in related(example, kept, "Study", 0, RECORDS, 9)}
    other = about["clinicaltrials:NCT01131676"]
    alone = of(example, "Study", "clinicaltrials:NCT00000620")["clinicaltrials:NCT01131676"].score
    assert other.text is not None and 0.3 < other.text < 1
    shares = sum(one.share for one in other.shared)
    assert shares * other.score == pytest.approx(alone / 2, abs=2e-3), "the rest of the score comes from the texts"
    assert other.score == pytest.approx((alone + other.text) / 2, abs=2e-3)


def test_a_text_that_was_not_encoded_has_no_vector(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, open_encoder())
    vector = cache.of(["kidney"])
    kept = KeptVectors.open(tmp_path, cache.encoder.name)
    assert kept is not None
    vectors, there = kept.of(["liver", "kidney"])
    assert there.tolist() == [False, True] and not vectors[0].any() and np.allclose(vectors[1], vector[0])


@pytest.mark.parametrize("model", [None, "", "no such model", "../elsewhere"])
def test_a_model_without_vectors_in_the_folder_is_none(tmp_path: Path, model: str | None) -> None:
    assert KeptVectors.open(tmp_path, model) is None


def test_the_text_of_a_record_is_its_title_and_the_start_of_its_description(tmp_path: Path) -> None:
    rows = nodes(
        "Course", {"id": "course:9", "title": "Anatomy", "description": "x" * 1000}, {"id": "course:91", "code": "A1"}
    )
    snapshot = picture(tmp_path, Batch(nodes={"Course": rows}))
    said = dict(zip(snapshot.records["Course"].table["id"].to_pylist(), texts(snapshot, "Course"), strict=True))
    assert said["course:9"] == "Anatomy. " + "x" * 300 and said["course:91"] == ""
    assert said["course:1003"] == "Physiology of the kidney"
