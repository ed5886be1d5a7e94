"""cohorts: every answer equals that of a plain evaluator, on random small patients."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.encoding import decode, encode
from cohorts.engine.answer import answer
from cohorts.model import Definition
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store
from tests.cohorts import naive
from tests.cohorts.random_data import CONCEPTS, IS_A, definitions, patients
from tests.graph import rows
from tests.small import Written

Described = tuple[int | None, str, list[dict[str, Any]]]
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
            assert set(answer(snapshot, definition).patients) == naive.patients(plain, definition)
