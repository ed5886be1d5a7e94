"""cohorts: answers of parts add up to the answer of the whole, and held lists do not change answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pyarrow as pa
import pytest

from bench import cohort_data
from bench.cohort_questions import CLASSES, Choice, questions
from cohorts.engine.answer import Answer, answer
from cohorts.engine.postings import Postings
from cohorts.model import Definition
from graph.columns import write_sums
from graph.events import index, save_index
from graph.snapshot import Snapshot
from tests.cohorts.test_answer import snapshot_of

PATIENTS, PART = 140_000, 1 << 16
COLUMNS = ("concept", "patient", "day", "day_to", "end", "end_to", "kind", "standing")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    base = snapshot_of(tmp_path_factory.mktemp("base"), [(None, "female", [])])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cohort_data, "EACH", 3)
        yield Snapshot(cohort_data.made(base, PATIENTS, tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="module")
def parted(whole: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The same events in parts of 65,536 patients."""
    folder = tmp_path_factory.mktemp("parted") / whole.folder.name
    shutil.copytree(whole.folder, folder)
    part = whole.events.parts[0]
    columns = {name: part.concept if name == "concept" else part.whole(name) for name in COLUMNS}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index, "PART", PART)
        for old in [*folder.glob("event_?.*"), folder / "manifest.json"]:
            old.unlink()
        save_index(folder, PATIENTS, len(whole.ids), columns, pa.array([], pa.string()))
        write_sums(folder)
        yield Snapshot(folder)


def asked(snapshot: Snapshot) -> list[Definition]:
    choice = Choice(snapshot)
    return [one.definition() for name in CLASSES for one in questions(choice, name, 8)]


def sets(found: Answer) -> list[list[int]]:
    every = [found.patients, found.entered, found.qualified, *found.kept, *found.passed]
    return [one.to_array().tolist() for one in every]


def test_parts_add_up_to_the_whole(whole: Snapshot, parted: Snapshot) -> None:
    assert [part.patients for part in parted.events.parts] == [PART, PART, PATIENTS - 2 * PART]
    some = 0
    for definition in asked(whole):
        right, found = answer(whole, definition), answer(parted, definition)
        assert sets(found) == sets(right)
        some += len(right.patients) > 0
    assert some > 20


def test_held_events_are_limited_and_do_not_change_answers(whole: Snapshot) -> None:
    definitions = asked(whole)
    first = [sets(answer(whole, definition)) for definition in definitions]
    held = whole.derived(Postings)._held
    held._most = 50_000
    held.forget()
    assert [sets(answer(whole, definition)) for definition in definitions] == first
    assert 0 < held._size == sum(map(len, held._lists.values())) <= held._most
    whole.derived(Postings).forget()
    assert [sets(answer(whole, definition)) for definition in definitions] == first
