"""cohorts: attrition by rule and combination, and rules switched off."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cohorts.engine.answer import answer
from cohorts.model import Definition, Group, Occurs, Person, Rule, Window
from cohorts.results import attrition, check
from cohorts.results.attrition import with_rules
from tests.cohorts import naive
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, without_entry, worlds

_any = st.one_of(definitions, definitions, without_entry)


def _indexes(patient: naive.Patient, definition: Definition) -> list[Any]:
    """The entry events for which `also` holds; None stands for the patient as a whole."""
    if not definition.entry:
        return [None] if not definition.also or patient.holds(definition.also, None) else []
    rules = replace(definition, rules=(), limit="all")
    every = {(e["at"], e["span"]): e for wanted in definition.entry for e in patient.select(wanted)}
    some = sorted(every.values(), key=lambda e: e["span"][0])
    some = [e for e in some if patient._observed(e, rules)]
    some = some[:1] if definition.entry_limit == "first" else some
    return [e for e in some if not definition.also or patient.holds(definition.also, e)]


def _combination(patient: naive.Patient, definition: Definition) -> tuple[int, ...] | None:
    held = [
        tuple(n for n, rule in enumerate(definition.rules) if patient.holds(rule.group, index))
        for index in _indexes(patient, definition)
    ]
    return min(held, key=lambda rules: (-len(rules), rules), default=None)


@settings(max_examples=40, deadline=None)
@given(world=worlds, definition=_any)
def test_attrition_equals_a_plain_computation(world: World, definition: Definition) -> None:
    found = attrition(check(world.parts, definition))
    plain: dict[Any, set[int]] = {}
    for patient in world.plain:
        plain.setdefault(_combination(patient, definition), set()).add(patient.number)
    plain.pop(None, None)
    assert {rules: set(patients) for rules, patients in found.combinations.items()} == plain
    assert found == attrition(check(world.whole, definition))


@settings(max_examples=40, deadline=None)
@given(world=worlds, definition=_any, switched=st.sets(st.integers(0, 2)))
def test_switching_rules_off_equals_a_definition_without_them(
    world: World, definition: Definition, switched: set[int]
) -> None:
    on = [rule for rule in range(len(definition.rules)) if rule not in switched]
    less = replace(definition, rules=tuple(definition.rules[rule] for rule in on))
    found, wanted = with_rules(check(world.parts, definition), on), answer(world.parts, less)
    assert (found.patients, found.kept, found.passed) == (wanted.patients, wanted.kept, wanted.passed)
    assert set(found.patients) == naive.patients(world.plain, less)
    assert [some.start.tolist() for some in found.periods] == [some.start.tolist() for some in wanted.periods]


def test_a_patient_counts_for_the_event_for_which_most_rules_hold() -> None:
    """The first A:1 of patient 1 has no later C:1, the second has; patient 2 is a man without C:1."""
    event = {"kind": "condition", "concept": "A:1", "start": "2020-01-01"}
    later, end = event | {"start": "2020-02-01"}, event | {"concept": "C:1", "start": "2020-02-05"}
    people = [Person_("female", None, None, [event, later, end]), Person_("male", None, None, [event])]
    rules = (
        Rule(name="women", group=Group(of=(Person(sex=("female",)),))),
        Rule(name="soon C", group=Group(of=(Occurs(events=of("C:1"), windows=(Window(since=0, until=10),)),))),
    )
    checks = check(snapshot_of(people, part=1), Definition(entry=(of("A:1"),), rules=rules))
    found = attrition(checks)
    assert {rules: set(patients) for rules, patients in found.combinations.items()} == {(0, 1): {0}, (): {1}}
    assert [set(patients) for patients in found.left] == [{0}, {0}]
    assert set(with_rules(checks, []).patients) == {0, 1}


def test_of_equally_many_rules_the_earlier_count() -> None:
    """The first A:1 is after B:1 and the second before C:1, in one order of the rules and in the other."""
    days = {"B:1": "2020-01-01", "A:1": "2020-01-03", "A:2": "2020-05-01", "C:1": "2020-05-03"}
    events = [{"kind": "condition", "concept": concept, "start": day} for concept, day in days.items()]
    snapshot = snapshot_of([Person_(None, None, None, events)])
    occurs = (
        Occurs(events=of("B:1"), windows=(Window(since=-5, until=0),)),
        Occurs(events=of("C:1"), windows=(Window(since=0, until=5),)),
    )
    before, after = (Rule(name="soon", group=Group(of=(member,))) for member in occurs)
    for rules in ((before, after), (after, before)):
        found = attrition(check(snapshot, Definition(entry=(of("A:1"),), rules=rules)))
        assert {key: set(patients) for key, patients in found.combinations.items()} == {(0,): {0}}
        assert [len(patients) for patients in found.alone] == [1, 1] and not found.left[1]
