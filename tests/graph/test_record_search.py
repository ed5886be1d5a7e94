"""graph: records are found by their texts, scores follow the formula, and hostile texts are answered."""

from __future__ import annotations

import math
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.kinds import RECORDS
from graph.lexical import normalise
from graph.snapshot import Snapshot, fresh_snapshot, texts_of
from graph.snapshot.record_index import WEIGHTS, B
from graph.store import Batch, Store, open_store
from linking.encoding import KeptVectors, VectorCache, Vectors
from linking.search import RecordVectors, find_records, texts
from linking.search.record_search import HOW, MEANT, K
from tests.example import write_example
from tests.graph.rows import concepts, edges, nodes

ARTICLE, DATA = "doi:10.1056/nejmoa0802743", "https://example.org/data/1"
_PUBLICATIONS = (
    {
        "id": ARTICLE,
        "title": "Effects of Intensive Glucose Lowering",
        "abstract": "Results of NCT00000620. " + "Filler of no weight. " * 20 + "Café patients with glycaemia walked.",
        "pmid": "18539917",
    },
    {"id": "doi:10.1/bare", "title": None},
)
_TEXTS = '{"title@nl":"Bloedsuiker van tweehonderd mensen","description@nl":"Gemeten bij suikerziekte."}'
_DATASETS = (
    {"id": DATA, "title": "Glucose of 200 people", "description": "Of people with type 2 diabetes.", "texts": _TEXTS},
)
_ELIGIBLE = {
    "id": "clinicaltrials:NCT00000009",
    "title": "Exercise",
    "summary": "Walking",
    "eligibility": "No glycaemia\n* " + "word " * 60,
}


def written(store: Store, folder: Path) -> Snapshot:
    write_example(store)
    kinds = {"Publication": _PUBLICATIONS, "Dataset": _DATASETS, "Study": (_ELIGIBLE,)}
    said: dict[str, Any] = {"field": "keyword", "text": "zuckerkrankheit", "assertion": "present"}
    about = edges("DATASET_ABOUT", (DATA, "MONDO:0005015"), **said)
    store.write(Batch(nodes={kind: nodes(kind, *rows) for kind, rows in kinds.items()}, edges={"DATASET_ABOUT": about}))
    return fresh_snapshot(store, folder)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("records")
    with closing(open_store(str(folder))) as store:
        return written(store, folder)


def found(snapshot: Snapshot, text: str, *kinds: str, **more: Any) -> list[tuple[str, str, str]]:
    """The id, `how` and field of all hits. Checks that records are unique, scores descend and the total is right."""
    hits, total = find_records(snapshot, text, kinds or RECORDS, end=500, **more)
    ids = [snapshot.records[hit.kind].ids[hit.number] for hit in hits]
    assert len(set(ids)) == len(ids) == total
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True) and all(0 < score <= 1 for score in scores)
    assert all(hit.how in HOW and len(hit.text) <= 164 for hit in hits)
    return [(id_, hit.how, hit.field) for id_, hit in zip(ids, hits, strict=True)]


FIRST = {
    "NCT00000620": ("clinicaltrials:NCT00000620", "identifier", "id"),
    "https://doi.org/10.1056/NEJMoa0802743": (ARTICLE, "identifier", "id"),
    "PMID: 18539917": (ARTICLE, "identifier", "id"),
    "COURSE:1002": ("course:1002", "identifier", "id"),
    DATA: (DATA, "identifier", "id"),
    "zorg voor MENSEN met diabetes!": ("course:1002", "exact title", "title"),
    "zorg voor men\u00adsen met\ufeff diabe\u200dtes": ("course:1002", "exact title", "title"),
    "Bloedsuiker van tweehonderd mensen": (DATA, "exact title", "title@nl"),
    "zorg mensen": ("course:1002", "words", "title"),
    "canagl ren": ("clinicaltrials:NCT02065791", "words", "title"),
    "hormones": ("course:1001", "words", "description"),
    "MED-301": ("course:1001", "words", "code"),
    "suikerziekte": (DATA, "words", "description@nl"),
    "zuckerkrankheit": (DATA, "words", "keyword"),
    "cafe": (ARTICLE, "words", "abstract"),
    "clears the blood": ("course:1003", "words", "outcome:1003-1"),
    "endocrinolgy": ("course:1001", "similar spelling", "title"),
    "hormnes": ("course:1001", "similar spelling", "description"),
    "physiologyofkidney": ("course:1003", "similar spelling", "title"),
    "canagliflozin xyzzy": ("clinicaltrials:NCT02065791", "some words", "title"),
}


@pytest.mark.parametrize(("text", "first"), FIRST.items())
def test_the_first_hit(example: Snapshot, text: str, first: tuple[str, str, str]) -> None:
    assert found(example, text)[0] == first


def test_every_engine_finds_the_same(store: Store, tmp_path: Path, example: Snapshot) -> None:
    snapshot = written(store, tmp_path / "state")
    for text in (*FIRST, "diabetes", "glycaemia", "walking", "of"):
        assert find_records(snapshot, text) == find_records(example, text)


def test_titles_count_more_than_texts_and_texts_more_than_eligibility(example: Snapshot) -> None:
    assert [id_ for id_, _, _ in found(example, "glycaemia")] == [ARTICLE, "clinicaltrials:NCT00000009"]
    ids = [id_ for id_, _, _ in found(example, "glucose")]
    assert set(ids) == {ARTICLE, DATA}
    fields = [field for _, _, field in found(example, "diabetes")]
    assert fields.index("description") > max(place for place, field in enumerate(fields) if field == "title")


def test_records_that_name_a_trial_follow_the_trial(example: Snapshot) -> None:
    wanted = [("clinicaltrials:NCT00000620", "identifier", "id"), (ARTICLE, "words", "abstract")]
    assert found(example, "https://clinicaltrials.gov/study/NCT00000620") == wanted


def test_a_hit_shows_its_words_in_context(example: Snapshot) -> None:
    (hit,), _ = find_records(example, "walked", ["Publication"])
    assert hit.text.startswith("… ") and hit.text.endswith("Café patients with glycaemia walked.")
    (hit,), _ = find_records(example, "glycaemia", ["Study"])
    assert hit.text.startswith("No glycaemia * word") and hit.text.endswith(" …")


def test_a_search_in_some_kinds_only(example: Snapshot) -> None:
    every = found(example, "diabetes")
    for kinds in (("Study",), ("Course", "Dataset"), RECORDS):
        own = {
            id_
            for kind in kinds
            for id_ in map(example.records[kind].ids.__getitem__, range(len(example.records[kind].ids)))
        }
        assert found(example, "diabetes", *kinds) == [hit for hit in every if hit[0] in own]
    assert found(example, "NCT00000620", "Course") == []


@pytest.mark.parametrize("text", ["", " ", "?!", "\0", "qqqq wwww", "vpk210", "‮"])
def test_texts_without_any_match(example: Snapshot, text: str) -> None:
    assert found(example, text) == []


def test_pages_together_are_the_whole_list(example: Snapshot) -> None:
    every, total = find_records(example, "diabetes")
    assert total == len(every) > 4
    pieces = [
        hit for start in range(0, total, 2) for hit in find_records(example, "diabetes", RECORDS, start, start + 2)[0]
    ]
    assert pieces == every


def by_hand(snapshot: Snapshot, words: list[str]) -> dict[tuple[str, int], float]:
    """The score by words of every record, from the formula. No word may be a prefix of another word."""
    every = {
        (kind, n): one
        for kind in RECORDS
        for n, one in enumerate(texts_of(snapshot.records[kind], range(len(snapshot.records[kind].ids))))
    }
    counts = {
        key: {
            part: Counter(word for one in some if one.part == part for word in normalise(one.text).split())
            for part in WEIGHTS
        }
        for key, some in every.items()
    }
    lengths = {part: [sum(count[part].values()) for count in counts.values() if count[part]] for part in WEIGHTS}
    mean = {part: sum(some) / max(len(some), 1) for part, some in lengths.items()}
    scores: dict[tuple[str, int], float] = dict.fromkeys(every, 0.0)
    most = 0.0
    for word in words:
        weighted = {
            key: sum(
                weight * count[part][word] / (1 - B + B * sum(count[part].values()) / mean[part])
                for part, weight in WEIGHTS.items()
                if count[part][word]
            )
            for key, count in counts.items()
        }
        having = sum(one > 0 for one in weighted.values())
        idf = math.log(1 + (len(every) - having + 0.5) / (having + 0.5))
        most += idf
        for key, one in weighted.items():
            scores[key] += idf * one / (K + one)
    return {key: score / most for key, score in scores.items()}


@pytest.mark.parametrize("text", ["glucose", "events diabetes", "type 2 diabetes", "kidney glucose suikerziekte"])
def test_scores_equal_the_formula(example: Snapshot, text: str) -> None:
    wanted = by_hand(example, text.split())
    hits, _ = find_records(example, text)
    assert hits
    for hit in hits:
        assert hit.score == pytest.approx(wanted[hit.kind, hit.number], abs=1e-4)
    best = max(wanted, key=lambda key: wanted[key])
    assert (hits[0].kind, hits[0].number) == best


def test_an_unchanged_index_is_reused(tmp_path: Path) -> None:
    files = ("record_words.arrow", "record_rows.csr", "record_titles.arrow", "record_ngrams.keys.npy")

    def places(snapshot: Snapshot) -> list[int]:
        return [(snapshot.folder / file).stat().st_ino for file in files]

    with closing(open_store(str(tmp_path))) as store:
        one = written(store, tmp_path)
        before, answer = places(one), find_records(one, "diabetes")
        store.write(Batch(nodes={"Concept": concepts("A:1", "A:2")}))
        two = fresh_snapshot(store, tmp_path)
        assert places(two) == before and find_records(two, "diabetes") == answer
        store.write(Batch(nodes={"Course": nodes("Course", {"id": "course:9", "title": "Hepatology"})}))
        three = fresh_snapshot(store, tmp_path)
    assert not set(places(three)) & set(before)
    assert found(three, "hepatology") == [("course:9", "exact title", "title")] and not found(two, "hepatology")


class _Letters:
    """An encoder with 27 numbers, which count the letters of a text."""

    name, width = "letters", 27

    def encode(self, some: list[str], progress: object = None) -> Vectors:
        vectors = np.ones((len(some), 27), np.float32)
        for row, text in enumerate(some):
            for letter in text.lower():
                vectors[row, 1 + "abcdefghijklmnopqrstuvwxyz".find(letter)] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_meaning_is_combined_with_words(example: Snapshot, tmp_path: Path) -> None:
    encoder: Any = _Letters()
    cache = VectorCache(tmp_path, encoder)
    cache.of([text for kind in ("Study", "Course") for text in texts(example, kind)])
    kept = KeptVectors.open(tmp_path, "letters")
    assert kept is not None
    vectors = RecordVectors(example, kept, encoder.encode)
    text = "canagliflozin"
    alone, wanted = find_records(example, text), dict[tuple[str, int], float]()
    (asked,) = encoder.encode([text])
    for kind in ("Study", "Course"):
        cosines = encoder.encode(texts(example, kind)) @ asked
        wanted |= {(kind, n): MEANT * float(cosine) for n, cosine in enumerate(cosines)}
    for hit in alone[0]:
        wanted[hit.kind, hit.number] = (1 - MEANT) * hit.score + wanted.get((hit.kind, hit.number), 0)
    hits, total = find_records(example, text, vectors=vectors)
    assert total > alone[1] == 1
    assert {hit.how for hit in hits} == {"words", "meaning"}
    for hit in hits:
        assert hit.score == pytest.approx(wanted[hit.kind, hit.number], abs=1e-3)
        assert hit.how == "words" or (hit.field == "title" and hit.score >= MEANT * 0.4 - 1e-4)
    assert {hit.kind for hit in hits} <= {"Study", "Course"}, "the others have no vector"
    assert {hit.kind for hit in find_records(example, text, ["Course"], vectors=vectors)[0]} == {"Course"}
    named, _ = find_records(example, "NCT00360815", vectors=vectors)
    assert [hit.how for hit in named] == ["identifier"]


@given(st.text(max_size=420))
def test_any_text_is_answered(example: Snapshot, text: str) -> None:
    hits, total = find_records(example, text)
    assert len(hits) == total <= 12
    assert find_records(example, text) == (hits, total)


@pytest.mark.parametrize(
    "text", ["(((" * 100, "a" * 1_000_000, "dia " * 250_000, ":" * 99_999, "\ud800" * 300, ".*" * 200]
)
def test_hostile_texts_are_answered_within_a_second(example: Snapshot, text: str) -> None:
    began = time.perf_counter()
    find_records(example, text)
    assert time.perf_counter() - began < 1


def test_hostile_texts_of_records_are_indexed(tmp_path: Path) -> None:
    rows = [
        {"id": "course:1", "title": "x" * 100_000, "description": "\0\u202e\ufeff " * 1000},
        {"id": "course:2", "title": "(a|b)*", "texts": "{}"},
        {"id": "course:3", "title": "", "description": ""},
        {"id": "course:4", "title": "دیابت نوع ۲", "description": "糖尿病"},
    ]
    with closing(open_store(str(tmp_path))) as store:
        store.write(Batch(nodes={"Course": nodes("Course", *rows)}))
        snapshot = fresh_snapshot(store, tmp_path)
    assert [id_ for id_, _, _ in found(snapshot, "(a|b)*")] == ["course:2"]
    assert [id_ for id_, _, _ in found(snapshot, "糖尿病")] == ["course:4"]
    assert [id_ for id_, _, _ in found(snapshot, "دیابت")] == ["course:4"]
    assert found(snapshot, "x" * 64) == [("course:1", "similar spelling", "title")], "no word is so long"
