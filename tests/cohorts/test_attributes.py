"""Every field of the model, kind of event and attribute: a criterion that finds patients, and one that does not.

All answers equal those of the plain evaluator. A field of the model that has no case here fails a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec
import pytest

from cohorts.encoding import encode
from cohorts.engine import answer
from cohorts.language import parse
from cohorts.model import Definition, Events, Group, Person, Rule
from cohorts.parts import parts_of
from graph.events import CODED, NUMBERS, WORDS
from graph.kinds import EventKind
from graph.secret import site_secret, source_hash
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store
from graph.value_sets import Concepts, Item
from tests.cohorts import naive
from tests.cohorts.attributes import CASES, CONCEPTS, CONDITIONS, IN, IS_A, NO_EFFECT, PEOPLE, events_of
from tests.graph import rows
from tests.small import Written

HALVES = (0, 0, 1, 1)
_SEXES = (("female", "women"), ("male", "men"))
_EPOCH = 719163
"""The number of 1970-01-01 in the Gregorian calendar."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("attributes")
    secret, store = site_secret(folder), Written()
    people = [PEOPLE[half] | {"id": f"patient:{n}"} for n, half in enumerate(HALVES)]
    resources = [
        {"id": f"r{n}", "kind": "Patient", "owner": f"patient:{n}", "source": source_hash(secret, IN[half][1])}
        for n, half in enumerate(HALVES)
    ]
    saved = [
        {"id": f"cohort:{name}", "version": 1, "name": name, "definition": encode(_of_sex(sex)).decode(), "hash": "h"}
        for sex, name in _SEXES
    ]
    tables = {"Patient": people, "Resource": resources, "Cohort": [one | {"created": "2026"} for one in saved]}
    nodes = {name: rows.nodes(name, *some) for name, some in tables.items()}
    store.write(Batch(nodes | {"Concept": rows.concepts(*CONCEPTS)}, edges={"IS_A": rows.edges("IS_A", *IS_A)}))
    for n, half in enumerate(HALVES):
        for m, event in enumerate(events_of(half)):
            own = {name: value for name, value in event.items() if name != "concept"}
            pair = (f"patient:{n}", event["concept"])
            store.write(Batch(edges={"EVENT": rows.edges("EVENT", pair, **own, record=f"r{n}-{m}")}))
    return fresh_snapshot(cast("Store", store), folder)


def _of_sex(sex: str) -> Definition:
    return Definition(rules=(Rule(name="sex", group=Group(of=(Person(sex=(sex,)),))),))


@pytest.fixture(scope="module")
def people() -> list[naive.Patient]:
    below = {one: {one} | {narrow for narrow, broad in IS_A if broad == one} for one in CONCEPTS}
    found = []
    for n, half in enumerate(HALVES):
        about = dict(PEOPLE[half])
        born, sex = about.pop("birth_year"), about.pop("sex")
        lists = {f"patient:{n}", *IN[half]}
        found.append(naive.Patient(n, born, sex, events_of(half), below, about, lists))
    return found


def found(snapshot: Snapshot, definition: Definition) -> set[Any]:
    """The patients, or with entry events the times of the patients: patient, first and last day."""
    given = answer(snapshot, definition)
    if not definition.entry:
        return set(given.patients)
    return {times for some in given.periods for times in zip(*(part.tolist() for part in some), strict=True)}


def plainly(people: list[naive.Patient], definition: Definition) -> set[Any]:
    if not definition.entry:
        return naive.patients(people, definition)
    return {(one.number, *(day - _EPOCH for day in span)) for one in people for span in one.times(definition)}


def _differ(snapshot: Snapshot, people: list[naive.Patient], one: Definition, other: Definition) -> set[Any]:
    """The first answer, which is not empty and has nothing in common with the second. Both equal the plain answers."""
    first, second = found(snapshot, one), found(snapshot, other)
    assert first and not first & second
    assert (first, second) == (plainly(people, one), plainly(people, other))
    return first


@pytest.mark.parametrize("name", CASES)
def test_a_field_decides_who_is_found(snapshot: Snapshot, people: list[naive.Patient], name: str) -> None:
    one, other = map(parse, CASES[name])
    _differ(snapshot, people, one, other)
    field = name.partition(".")[2].partition("=")[0]
    structs = {type(part).__name__: part for part in parts_of(one, msgspec.Struct)}
    assert hasattr(structs[name.partition(".")[0]], field), f"the case has no {name}"


@pytest.mark.parametrize("kind", get_args(EventKind))
def test_each_kind_of_event_has_each_attribute(
    snapshot: Snapshot, people: list[naive.Patient], kind: EventKind
) -> None:
    def having(code: str, *where: Any) -> Definition:
        return Definition(entry=(Events(kinds=(kind,), concepts=Concepts((Item(code),)), where=where),))

    yes, no = having("B:1"), having("C:1")
    assert {patient for patient, *_ in _differ(snapshot, people, yes, no)} == {0, 1}
    for texts in CONDITIONS.values():
        one, other = (parse(f"condition with {text}").entry[0].where[0] for text in texts)
        assert _differ(snapshot, people, having("B:1", one), having("B:1", other)) == found(snapshot, yes)
        assert found(snapshot, having("C:1", other)) == found(snapshot, no)


def _fields(struct: type[msgspec.Struct], seen: set[Any]) -> Iterator[str]:
    """Every field of a type of the model and of the types within it; a field of closed words once for each word."""
    if struct in seen:
        return
    seen.add(struct)
    for name, hint in get_type_hints(struct).items():
        inner = list(_leaves(hint))
        words = [word for one in inner if get_origin(one) is Literal for word in get_args(one) if word]
        yield from (f"{struct.__name__}.{name}={word}" for word in words)
        if not words:
            yield f"{struct.__name__}.{name}"
        for one in inner:
            if isinstance(one, type) and issubclass(one, msgspec.Struct):
                yield from _fields(one, seen)


def _leaves(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Literal or not get_args(hint):
        yield hint
        return
    for one in get_args(hint):
        if one not in (NoneType, ...):
            yield from _leaves(one)


def test_every_field_of_the_model_has_a_case() -> None:
    kinds = {f"Events.kinds={kind}" for kind in get_args(EventKind)}
    conditions = {parse(f"condition with {texts[0]}").entry[0].where[0] for texts in CONDITIONS.values()}
    fields = {f"{type(one).__name__}.field={one.field}" for one in conditions}  # type: ignore[union-attr]
    assert set(_fields(Definition, set())) == {*CASES, *NO_EFFECT, *kinds, *fields}


def test_every_attribute_has_a_value_in_the_world() -> None:
    assert all({*CODED, *NUMBERS, *WORDS} <= set(events_of(half)[0]) for half in (0, 1))
