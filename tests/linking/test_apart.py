"""linking: pairs whose names rule them out as neighbours: numbered siblings, one problem in two body parts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from graph.columns import Csr
from graph.hierarchy import Hierarchy
from graph.lexical import normalise
from linking.neighbours import Concepts
from linking.neighbours.apart import elsewhere, places, siblings
from linking.neighbours.kin import Kin

ROW = np.zeros(1, np.int32), np.ones(1, np.int32)


def pair(*named: str) -> tuple[Any, Concepts]:
    """Two concepts. Each text has the names of one concept, separated by ` | `, with the label first."""
    names = [one.split(" | ") for one in named]
    texts = sorted({normalise(name) for some in names for name in some})
    forms = [(row, texts.index(normalise(name))) for row, some in enumerate(names) for name in some]
    labels = [some[0] for some in names]
    numbers = np.arange(2, dtype=np.int32)
    csr = Csr.of_pairs(2, *zip(*forms, strict=True))
    known = Concepts(numbers, numbers * 0, csr, [normalise(label) for label in labels], np.zeros((2, 1), np.float32))
    held = SimpleNamespace(forms=SimpleNamespace(texts=pa.array(texts)))
    return SimpleNamespace(names=held, concepts={"label": pa.chunked_array([labels])}), known


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("hypertrophic cardiomyopathy 3", "hypertrophic cardiomyopathy 4", True),
        ("type 1 diabetes mellitus", "diabetes mellitus type II", True),
        ("hepatitis B", "hepatitis C", True),
        ("hemochromatosis type 1", "hemochromatosis", True),
        ("SCN5A-related arrhythmia", "arrhythmia due to KCNQ1", True),
        ("spastic ataxia 5, autosomal recessive", "autosomal dominant spastic ataxia 3", True),
        ("seizures | SCN epilepsy IVb", "convulsions | SCN epilepsy III", True),
        ("left kidney", "right kidney", True),
        ("nonsyndromic deafness 31", "hearing loss 30", True),
        ("type 2 diabetes mellitus", "diabetes mellitus type II", False),
        ("AML with NPM1 | renal failure", "ALL | renal failure", False),
        ("autosomal recessive osteopetrosis", "autosomal dominant osteopetrosis", False),
        ("asthma", "allergic asthma", False),
        ("complement factor", "factor 2", False),
    ],
)
def test_siblings_differ_only_by_number(one: str, other: str, expected: bool) -> None:
    for ends in ((one, other), (other, one)):
        assert siblings(*pair(*ends), *ROW).tolist() == [expected]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("carcinoma of the lung", "hepatocellular carcinoma", True),
        ("renal agenesis", "kidney failure", False),
        ("fractured cervical vertebra", "fractured lumbar vertebra", True),
        ("contracture of the finger", "abnormality of the hand", False),
        ("contracture of the finger", "contracture of the toe", True),
        ("renal failure", "diabetes mellitus", False),
        ("nephroblastoma", "retinoblastoma", True),
        ("hepatorenal syndrome", "cirrhosis of the liver", False),
    ],
)
def test_elsewhere_means_that_the_body_parts_do_not_overlap(one: str, other: str, expected: bool) -> None:
    assert elsewhere(pair(one, other)[1], *ROW).tolist() == [expected]


def test_only_the_most_specific_body_part_counts() -> None:
    assert places("fractured bone of the finger of the hand") == {"bone", "arm/hand/finger"}
    assert places("tall stature") == frozenset()


def test_a_shared_ancestor_counts_more_the_fewer_descendants_it_has() -> None:
    # 0 is the parent of 1, 2 and 3, and 1 the parent of 4 and 5. 6 and 7 have no parents or children.
    hierarchy = Hierarchy.build(8, np.array([1, 2, 3, 4, 5], np.int32), np.array([0, 0, 0, 1, 1], np.int32))
    kin = Kin(hierarchy, np.arange(8, dtype=np.int32))
    left, right = np.array([4, 4, 6, 0], np.int32), np.array([5, 2, 7, 5], np.int32)
    assert kin.common(left, right) == pytest.approx([1 / 2, 1 / np.log2(7), 0, 1 / np.log2(7)])
    assert kin.related(left, right).tolist() == [False, False, False, True]
