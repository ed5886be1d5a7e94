"""graph: an uncertain event, or an event with the status `absent`, is stored but not counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import UNSURE, fresh_snapshot, qualified
from graph.store import Batch, Store
from tests.graph import rows

FINDING, TEST, UNKNOWN = "HP:1", "loinc:1", "local:1"
DEFINED = "snomedct:1"


def counted(
    store: Store, folder: Path, events: Sequence[tuple[str, str, str | None]], kind: str | None = None
) -> set[str]:
    """The concepts that the patient has. An event is a concept, a kind of event and a status."""
    defined = [{"id": DEFINED, "label": "defined", "kind": kind, "ontology": "snomedct", "release": "r"}]
    store.write(
        Batch(
            nodes={"Patient": rows.nodes("Patient", {"id": "patient:1"}), "Concept": rows.nodes("Concept", *defined)},
            stubs=rows.stubs((FINDING, "finding"), (TEST, "test"), (UNKNOWN, "")),
        )
    )
    for number, (concept, event, status) in enumerate(events):
        said = {"record": f"record:{number}", "kind": event, "status": status}
        store.write(Batch(edges={"EVENT": rows.edges("EVENT", ("patient:1", concept), **said)}))
    snapshot = fresh_snapshot(store, folder)
    every = range(len(snapshot.ids))
    return {snapshot.ids[number] for number in every if snapshot.reached_patients(number)}


@pytest.mark.parametrize(("word", "status", "whole"), [("absent", "final", "absent final"), ("absent", None, "absent")])
def test_the_status_begins_with_its_certainty(word: str, status: str | None, whole: str) -> None:
    assert qualified(word, status) == whole
    assert qualified(None, status) == status


@pytest.mark.parametrize("word", UNSURE)
def test_uncertain_events_are_not_counted(store: Store, tmp_path: Path, word: str) -> None:
    events = [(FINDING, "condition", f"{word} active"), (UNKNOWN, "allergy", word), (TEST, "condition", None)]
    assert counted(store, tmp_path, events) == {TEST}
    kept = rows.table(store, "EVENT", "target", "status")
    assert kept == [(FINDING, f"{word} active"), (UNKNOWN, word), (TEST, None)]
    snapshot = fresh_snapshot(store, tmp_path)
    for uncertain, patients in (("false", 0), ("true", 1)):
        asked = f'{{ cohort(criteria: {{all: ["{FINDING}"], uncertain: {uncertain}}}) {{ patients {{ count }} }} }}'
        assert execute(snapshot, asked, {}, Role.EXACT)["data"]["cohort"]["patients"]["count"] == patients
    (refused,) = execute(snapshot, asked, {}, Role.STEWARD)["errors"]
    assert refused["extensions"]["code"] == "FORBIDDEN" and "only for the roles exact" in refused["message"]


def test_a_patient_with_a_certain_event_too_is_counted(store: Store, tmp_path: Path) -> None:
    events = [(FINDING, "condition", "provisional active"), (FINDING, "condition", "resolved")]
    assert counted(store, tmp_path, events) == {FINDING}


def test_a_negative_test_is_counted_but_a_negative_finding_is_not(store: Store, tmp_path: Path) -> None:
    events = [(concept, "observation", "absent final") for concept in (FINDING, TEST, UNKNOWN, DEFINED)]
    assert counted(store, tmp_path, events) == {TEST}


@pytest.mark.parametrize(
    ("kind", "counts"), [("test", True), ("procedure", True), ("finding", False), ("organism", False), ("drug", False)]
)
def test_the_kind_of_a_concept_decides_whether_it_is_a_test(
    store: Store, tmp_path: Path, kind: str, counts: bool
) -> None:
    events = [(DEFINED, "observation", "absent final")]
    assert counted(store, tmp_path, events, kind) == ({DEFINED} if counts else set())


def test_a_status_that_only_resembles_absent_is_counted(store: Store, tmp_path: Path) -> None:
    assert counted(store, tmp_path, [(FINDING, "observation", "absented")]) == {FINDING}
