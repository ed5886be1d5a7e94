"""linking: names are found by the cosine of their character n-grams. The tests compute it in a simple, slow way."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.lexical import Ngrams, normalise
from ontologies.formats import recognise
from ontologies.model import Concept

TEXTS = st.lists(st.text("ab cdé ж疾", max_size=14), max_size=25)


def grams(text: str) -> Counter[str]:
    words = [f" {word} " for word in text.split()]
    return Counter(word[at : at + size] for word in words for size in (2, 3, 4) for at in range(len(word) - size + 1))


def cosines(texts: list[str], query: str) -> list[float]:
    counted = [grams(text) for text in texts]
    having = Counter(gram for counts in counted for gram in counts)

    def weights(counts: Counter[str]) -> dict[str, float]:
        return {gram: n * (math.log((1 + len(texts)) / (1 + having[gram])) + 1) for gram, n in counts.items()}

    def length(some: dict[str, float]) -> float:
        return math.sqrt(sum(weight**2 for weight in some.values())) or 1.0

    asked, every = weights(grams(query)), [weights(counts) for counts in counted]
    return [
        sum(weight * asked.get(gram, 0) for gram, weight in one.items()) / length(one) / length(asked) for one in every
    ]


@given(TEXTS, st.text("ab cdéжxyz", max_size=14))
@settings(deadline=None, max_examples=150)
def test_scores_are_cosines(texts: list[str], query: str) -> None:
    wanted = cosines(texts, query)
    index = Ngrams.build(texts)
    np.testing.assert_allclose(index.score(query, range(len(texts))), wanted, atol=1e-5)
    rows, scores = index.search([query], 30)
    for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True):
        assert abs(score - (wanted[row] if row >= 0 else 0)) < 1e-5
    assert abs(scores[0, 0] - max(wanted, default=0)) < 1e-5
    assert (np.diff(scores) <= 0).all()


@given(TEXTS)
@settings(deadline=None, max_examples=60)
def test_a_text_finds_itself_also_in_a_loaded_index(texts: list[str]) -> None:
    index = Ngrams.build(texts)
    rows, scores = index.search(texts, 5)
    for text, row, score in zip(texts, rows[:, 0].tolist(), scores[:, 0].tolist(), strict=True):
        assert (score > 0.9999 and cosines(texts, text)[row] > 0.9999) if text.split() else row == -1
    with TemporaryDirectory() as name:
        index.save(Path(name), "n")
        loaded = Ngrams.load(Path(name), "n")
        assert len(loaded) == len(texts)
        for one, other in zip(loaded.search(texts, 5), (rows, scores), strict=True):
            np.testing.assert_array_equal(one, other)


def test_typing_errors() -> None:
    names = ["diabetes mellitus", "diabetes insipidus", "asthma", "breast carcinoma", "ziekte van parkinson"]
    asked = ["diabtes melitus", "astma", "brest carcinom", "ziekte van parkinsen"]
    rows, _ = Ngrams.build(names).search(asked, 1)
    assert [names[row] for row in rows[:, 0]] == [names[0], names[2], names[3], names[4]]


def test_unknown_grams_lower_the_score() -> None:
    index = Ngrams.build(["asthma", "disease of lung"])
    assert index.score("asthma", [0])[0] > 0.999 > 0.9 > index.score("asthma qqqxxx", [0])[0]


def test_hostile_texts() -> None:
    empty = Ngrams.build([])
    assert empty.search(["asthma", ""], 2)[0].tolist() == [[-1, -1], [-1, -1]]
    assert empty.search([], 2)[0].shape == (0, 2)
    assert empty.score("asthma", []).tolist() == []
    odd = ["", " ", "\0", "a", "\ud800", "x" * 300_000, "y " * 100_000, "𐀁𐀂", "123"]
    index = Ngrams.build(odd)
    rows, scores = index.search([*odd, "?" * 1_000_000, "\n\t"], 3)
    assert rows[3, 0] == 3 and rows[4, 0] == 4 and rows[8, 0] == 8
    assert rows[0].tolist() == rows[9].tolist() == rows[10].tolist() == [-1, -1, -1]
    assert np.isfinite(scores).all()
    assert index.search(["a"], 0)[0].shape == (1, 0)


def test_the_search_finds_nearly_the_best_of_real_names(shared: Path) -> None:
    """The search compares only the nearest words. For a sample, the test compares its results with all cosines."""
    path = shared / "ontologies/hp-2024-08-13.json.gz"
    form = recognise(path)
    assert form is not None
    names = sorted({normalise(item.label) for item in form.read(path) if isinstance(item, Concept)} - {""})
    index = Ngrams.build(names)
    asked = [name[: len(name) // 2] + name[len(name) // 2 + 1 :] for name in names[::150]]
    rows, _ = index.search(asked, 1)
    best = [int(np.argmax(index.score(text, range(len(names))))) for text in asked]
    assert np.mean(rows[:, 0] == best) > 0.97
    assert np.mean(rows[:, 0] == np.arange(len(names))[::150]) > 0.9
