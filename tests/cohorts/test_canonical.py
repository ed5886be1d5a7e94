"""The canonical form keeps the answer, is its own canonical form, and is equal for equal questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from cohorts.canonical import canonical, question, question_hash
from cohorts.model import Definition, encode
from tests.cohorts.generated import DEFINITIONS
from tests.cohorts.world import PATIENTS, SMALL_DEFINITIONS, Patient, found

EVALUATORS: list[Callable[[Definition, Patient], Any]] = [found]
"""What answers a definition for a patient; each is asked for the definition and its canonical form."""


@pytest.mark.parametrize("evaluate", EVALUATORS)
def test_the_canonical_form_has_the_same_answer(evaluate: Callable[[Definition, Patient], Any]) -> None:
    @settings(max_examples=400, deadline=None)
    @given(SMALL_DEFINITIONS, PATIENTS)
    def check(definition: Definition, patient: Patient) -> None:
        expected = evaluate(definition, patient)
        assert evaluate(canonical(definition), patient) == expected
        assert evaluate(question(definition), patient) == expected

    check()


@settings(max_examples=150, deadline=None)
@given(DEFINITIONS)
def test_a_canonical_form_is_its_own(definition: Definition) -> None:
    simple = canonical(definition)
    assert encode(canonical(simple)) == encode(simple)
    assert question_hash(definition) == question_hash(simple)
