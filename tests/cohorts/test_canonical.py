"""The canonical form keeps the answer, is its own canonical form, and is equal for equal questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.canonical.hashes import canonical, definition_hash, question, question_hash
from cohorts.encoding import encode
from cohorts.language import parse
from cohorts.model import Definition
from tests.cohorts import naive, random_data, world
from tests.cohorts.generated import DEFINITIONS
from tests.cohorts.test_answer import described
from tests.cohorts.world import Patient, found

_TWO_OF = "patients: at least 2 of (drug; death; visit)"
_ANY = "patients: any of ({})"
_NO_DRUG = "condition\nprovided that no drug {} the start"
_RULE = "condition\nif all of:\n  {}no drug"
_FIRST = "condition\nonly the first event of each patient"
_LIMITED = "condition\nonly the first included event of each patient"
EVALUATORS: list[Callable[[Definition, Patient], Any]] = [found]
"""What answers a definition for a patient; each is asked for the definition and its canonical form."""


@pytest.mark.parametrize("evaluate", EVALUATORS)
@pytest.mark.parametrize("kind", world.DEFINITIONS)
def test_the_canonical_form_has_the_same_answer(evaluate: Callable[[Definition, Patient], Any], kind: str) -> None:
    answers: set[bool] = set()

    @settings(max_examples=166, deadline=None)
    @given(world.DEFINITIONS[kind])
    def check(definition: Definition) -> None:
        expected = [evaluate(definition, patient) for patient in world.PATIENTS]
        answers.update(map(bool, expected))
        for rewritten in (canonical(definition), question(definition)):
            assert [evaluate(rewritten, patient) for patient in world.PATIENTS] == expected

    check()
    assert answers == {True, False}, "the definitions match some patients"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(random_data.patients, min_size=6, max_size=6), random_data.definitions)
def test_the_canonical_form_has_the_same_answer_with_partial_dates(people: list[Any], definition: Definition) -> None:
    plain = described(people)
    times = [patient.times(definition) for patient in plain] if definition.entry else []
    for rewritten in (canonical(definition), question(definition)):
        assert naive.patients(plain, rewritten) == naive.patients(plain, definition)
        assert times == ([patient.times(rewritten) for patient in plain] if definition.entry else [])


@settings(max_examples=50, deadline=None)
@given(DEFINITIONS)
def test_a_canonical_form_is_its_own(definition: Definition) -> None:
    simple = canonical(definition)
    assert encode(canonical(simple)) == encode(simple)
    assert question_hash(definition) == question_hash(simple)


EQUAL = [
    ("order of members", "patients with drug and female", "patients: female and with drug"),
    ("order and kinds", "condition or drug [A:1; B:1]", "drug or condition or drug [B:1; A:1; A:1]"),
    ("a covered item", "condition [A:1]", "condition [A:1; exactly A:1]"),
    ("a removed item", "condition [A:1; not B:1]", "condition [A:1; B:1; exactly B:1; not B:1; not exactly B:1]"),
    ("nothing left", "patients with condition [A:1; not A:1]", "patients: any of ()"),
    ("reach that is not used", "condition [exactly A:1]", "condition [certain: exactly A:1]"),
    ("properties of one patient", "patients: female and is born since 1950", "patients: born since 1950 and female"),
    ("all in all", "patients with drug and with death", "patients: all of (all of (with drug); with death)"),
    ("any in any", _ANY.format("drug; any of (death; visit)"), _ANY.format("visit; death; drug")),
    ("one member", "patients with drug", "patients: at least 1 of (exactly 1 of (with drug))"),
    ("double negation", "patients: female", "patients: none of (none of (female))"),
    ("negated number", "patients with no drug", "patients: none of (at least 1 drug)"),
    ("negated group", "patients with no drug and with no death", "patients: none of (any of (drug; death))"),
    ("not all", _ANY.format("no drug; no death"), "patients: at most 1 of (drug; death)"),
    ("a negated number of members", _TWO_OF, "patients: none of (at most 1 of (drug; death; visit))"),
    ("an empty group", "patients with drug", "patients with drug and all of () and none of (any of ())"),
    ("any number", "patients with drug", "patients with drug and with at least 0 deaths"),
    ("a negation beside it", "patients: any of ()", "patients with drug and none of (drug)"),
    ("a property or its negation", "patients: all of ()", _ANY.format("female; none of (female)")),
    ("two ranges", "measurement with value from 5 to 7 %", "measurement with value at most 7 %, value at least 5 %"),
    ("outside below", "measurement with value above 7", "measurement with value not at most 7"),
    ("a unit", "measurement with value above 7 %", 'measurement with value above 7 " % "'),
    ("whole years", "condition with starting since 2010", "condition with starting since 2010-01-01"),
    ("alternatives", "condition with starting since 2010", "condition with either (starting since 2010)"),
    ("windows", _NO_DRUG.format("in the 30 days before"), _NO_DRUG.format("since 30 days before the start, before")),
    ("any day", "condition\nprovided that no drug", _NO_DRUG.format("on any day around")),
    ("concepts once", "patients with drug", "patients with drug of different concepts"),
    ("the first of any", "patients with drug", "patients with first drug"),
    ("no last one", "patients without drug", "patients without last drug also outside observation"),
    ("observation without index", "patients with drug", "patients with drug also outside observation"),
    ("two of one", "patients: any of ()", "patients with at least 2 first drugs"),
    ("same dates", "condition", "condition counted as lasting from 0 days after its start to 0 days after its end"),
    ("entry events", "any of (drug; death)", "any of (death; drug; drug; visit [])"),
    ("names of rules", _RULE.format('rule "a" described as "b": '), _RULE.format("")),
    ("equal rules", _RULE.format(""), _RULE.format("none of (drug)\n  patient is anyone\n  ")),
    ("a limit after a limit", _FIRST, f"{_FIRST}\nonly the last included event of each patient"),
    ("limits", _FIRST, _LIMITED),
]


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in EQUAL], ids=[case[0] for case in EQUAL])
def test_the_same_question_has_one_hash(one: str, other: str) -> None:
    assert definition_hash(parse(one)) == definition_hash(parse(other))


DIFFERENT = [
    ("patients with drug", "patients with no drug"),
    ("condition [A:1]", "condition [exactly A:1]"),
    ("condition [A:1]", "condition [certain: A:1]"),
    ("condition", "first condition"),
    (_NO_DRUG.format("before"), _NO_DRUG.format("before").replace("no drug", "no first drug")),
    ("condition\nprovided that no drug", "condition\nprovided that no first drug"),
    ("patients: at least 2 of (drug; drug; death)", "patients: at least 2 of (drug; death)"),
    ("measurement with value above 7", "measurement with value at least 7"),
    ("measurement with value any number", "measurement"),
    (_NO_DRUG.format("before"), _NO_DRUG.format("on or before")),
    ("condition\nonly the first event of each patient", "condition\nonly the last event of each patient"),
    (_RULE.format(""), _RULE.format("no death\n  ")),
    # With a partial date, it can be uncertain whether the drug is before the start.
    ("condition", "condition\nprovided that any of (drug before the start; no drug before the start)"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_questions_have_different_hashes(one: str, other: str) -> None:
    assert definition_hash(parse(one)) != definition_hash(parse(other))
    assert question_hash(parse(one)) != question_hash(parse(other))


@pytest.mark.parametrize(
    "other",
    [
        _RULE.format("no death\n  "),
        _RULE.format("all of (no drug; no death)\n  "),
        "condition\nprovided that all of (no drug; no death)",
        _RULE.format("").replace("\nif", "\nprovided that no death\nif"),
    ],
)
def test_the_order_of_rules_is_no_part_of_the_question(other: str) -> None:
    first = parse(_RULE.format("").replace("no drug", "no drug\n  no death"))
    assert definition_hash(first) != definition_hash(parse(other))
    assert question_hash(first) == question_hash(parse(other))


def test_a_hash_stays_as_it_is() -> None:
    text = "patients with condition [MONDO:0005148] and without drug [RxNorm:5856] and female"
    assert definition_hash(parse(text)).startswith("c7ab9621550a")
