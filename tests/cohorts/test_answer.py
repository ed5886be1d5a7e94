"""cohorts: every answer equals that of a plain evaluator, on random small patients."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.encoding import decode, encode
from cohorts.engine.answer import Answer, answer
from cohorts.model import Definition, Group, Occurs
from cohorts.results import Criterion, Event, explain
from graph.events import LOWEST
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store
from tests.cohorts import naive, plain_days
from tests.cohorts.random_data import CONCEPTS, IS_A, definitions, patients
from tests.graph import rows
from tests.small import Written

Described = tuple[int | None, str, list[dict[str, Any]]]
_EPOCH = date(1970, 1, 1).toordinal()
BELOW = {one: {one} for one in CONCEPTS}
for _ in IS_A:
    for narrow, broad in IS_A:
        BELOW[broad] |= BELOW[narrow]


def snapshot_of(folder: Path, described: list[Described]) -> Snapshot:
    """A snapshot of these patients. `patient:001` is number 1."""
    store = Written()
    concepts = [{"id": id_, "label": id_, "ontology": id_[0], "release": "r", "kind": "finding"} for id_ in CONCEPTS]
    people = [{"id": f"patient:{n:03}", "birth_year": born, "sex": sex} for n, (born, sex, _) in enumerate(described)]
    events = [
        rows.edges(
            "EVENT", (f"patient:{n:03}", e["concept"]), record=f"r{n}-{m}", **{k: e[k] for k in e if k != "concept"}
        )
        for n, (_, _, some) in enumerate(described)
        for m, e in enumerate(some)
    ]
    store.write(
        Batch(
            nodes={"Concept": rows.nodes("Concept", *concepts), "Patient": rows.nodes("Patient", *people)},
            edges={"IS_A": rows.edges("IS_A", *IS_A)},
        )
    )
    for event in events:
        store.write(Batch(edges={"EVENT": event}))
    return fresh_snapshot(cast("Store", store), folder)


def _columns(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "concept"}


def described(people: list[Described]) -> list[naive.Patient]:
    return [naive.Patient(n, born, sex, events, BELOW) for n, (born, sex, events) in enumerate(people)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=st.lists(patients, min_size=1, max_size=5), some=st.lists(definitions, min_size=1, max_size=3))
def test_every_answer_equals_a_plain_evaluation(people: list[Described], some: list[Definition]) -> None:
    with TemporaryDirectory() as folder:
        snapshot = snapshot_of(Path(folder), people)
        plain = described(people)
        for definition in some:
            assert decode(encode(definition)) == definition
            found = answer(snapshot, definition)
            assert set(found.patients) == naive.patients(plain, definition)
            possibly = answer(snapshot, definition, possible=True)
            assert set(possibly.patients) == naive.patients(plain, definition, plain_days.POSSIBLE)
            for patient in plain:
                _is_explained(snapshot, definition, patient, found)


def _is_explained(snapshot: Snapshot, definition: Definition, patient: naive.Patient, found: Answer) -> None:
    """An explanation has the result and the times of the answer; each criterion holds as for the plain evaluator."""
    told = explain(snapshot, definition, patient.number)
    assert told.inside == (patient.number in found.patients)
    times = [(period.patient == patient.number, period) for period in found.periods]
    own = [[*zip(one.start[own].tolist(), one.end[own].tolist(), strict=True)] for own, one in times]
    assert [(time.start, time.end) for time in told.times] == [time for some in own for time in some]
    assert bool(told.times) == any(not one.excluded_by for one in told.entries) or not definition.entry
    for entry in told.entries:
        checks = {one.path: one for one in entry.criteria}
        held = [one.holds for one in entry.criteria]
        candidates = _candidates(snapshot, definition, patient, entry.event)
        ways = [_way(checks, path) for path in checks]
        assert held in [
            [patient.holds(one.member, index, how) for one, how in zip(entry.criteria, ways, strict=True)]
            for index in candidates
        ]
        for path, one in checks.items():
            if isinstance(one.member, Group):
                assert one.found == sum(other.holds for at, other in checks.items() if at.rpartition(".of[")[0] == path)
            elif isinstance(one.member, Occurs) and not one.member.distinct:
                assert one.found == len(one.events)
        failed = [path.removesuffix(".group") for path in checks if ".of[" not in path and not checks[path].holds]
        if entry.excluded_by == "also_limit":
            assert "also" not in failed
        elif checks:
            assert failed[:1] == [entry.excluded_by] or (not failed and not entry.excluded_by.startswith("rules"))


def _way(checks: dict[str, Criterion], path: str) -> plain_days.How:
    """How a criterion is compared: within a group that has only an upper limit, in the opposite way."""
    above, found = path.rpartition(".of[")[0], plain_days.SURE
    while above:
        group = checks[above].member
        assert isinstance(group, Group)
        found = found if group.at_most is None or group.at_least else found.opposite
        above = above.rpartition(".of[")[0]
    return found


def _candidates(
    snapshot: Snapshot, definition: Definition, patient: naive.Patient, event: Event | None
) -> list[plain_days.Event | None]:
    """The events of the plain evaluator that look like this one."""
    if event is None:
        return [None]
    day = event.start[0] + (0 if patient.aged else _EPOCH) if event.start[0] > LOWEST else -plain_days.FAR
    seen = snapshot.ids[event.concept], event.kind, day
    some = [one for events in definition.entry for one in patient.select(events)]
    return [one for one in some if (one["concept"], one["kind"], one["span"][0]) == seen]
