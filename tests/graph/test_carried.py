"""graph: a snapshot that uses the last one says the same as a snapshot of the store alone, whatever changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from cohorts.engine import answer
from cohorts.model import Definition, Events, Group, Occurs, Person, Rule
from cohorts.results import breakdown
from graph.snapshot import Snapshot, build_snapshot, fresh_snapshot, is_by_number, unlike
from graph.snapshot.numbering import grouped
from graph.store import Batch, Store
from tests.cohorts.random_data import CONCEPTS, definitions, events
from tests.graph import rows
from tests.graph.changing import CHANGES, MEDICINE, STUB, Changing, Some, add, change, forget

_some = st.lists(
    st.one_of(
        events(),
        events().map(lambda e: e | {"concept": STUB, "text": f"seen in {e['unit']}"}),
        events().map(lambda e: e | {"concept": MEDICINE}),
    ),
    max_size=4,
)
_changes = st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 9), _some), min_size=1, max_size=3)


def alone(store: Changing, folder: Path) -> Snapshot:
    """The snapshot of the store, without an earlier one."""
    return Snapshot(build_snapshot(cast("Store", store), folder / str(store.epoch()), store.epoch()))


def by_key(snapshot: Snapshot, some: BitMap) -> list[int]:
    return sorted(snapshot.patients.keys[some.to_array()].tolist())


def said(snapshot: Snapshot, definition: Definition) -> Any:
    found = answer(snapshot, definition)
    sets = [found.patients, found.entered, found.qualified, *found.kept, *found.passed]
    cells = breakdown(snapshot, found, ["sex", "birth", "care_site"])
    return [by_key(snapshot, some) for some in sets], {cell: by_key(snapshot, some) for cell, some in cells.items()}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses the last snapshot even if most patients changed."""
    monkeypatch.setattr("graph.snapshot.carried.MOST", 0)


@settings(
    max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(
    st.lists(_some, min_size=3, max_size=6),
    st.lists(_changes, min_size=3, max_size=4),
    st.lists(definitions, min_size=2, max_size=2),
)
def test_it_equals_a_snapshot_of_the_store_alone(first: list[Some], then: list[Any], asked: list[Definition]) -> None:
    store = Changing()
    for some in first:
        add(store, 0, some)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for changes in [[], *then]:
            for make, n, some in changes:
                make(store, n, some)
            store.commit()
            made, right = fresh_snapshot(cast("Store", store), folder / "store"), alone(store, folder)
            names = {file.name for file in (*made.folder.iterdir(), *right.folder.iterdir())} - {"manifest.json"}
            for file in sorted(name for name in names if not is_by_number(name)):
                assert (made.folder / file).read_bytes() == (right.folder / file).read_bytes(), file
            assert unlike(made.folder, right.folder) == []
        for definition in asked:
            assert said(made, definition) == said(right, definition)


def event(concept: str = "A:1", **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("status", "end", "value", "unit", "answer", "days", "visit"))
    return {"concept": concept, "kind": "condition", "start": "2020-01-01", **blank, **more}


def of_people(*some: Some) -> Changing:
    store = Changing()
    for one_of_them in some:
        add(store, 0, one_of_them)
    store.commit()
    return store


def parts(snapshot: Snapshot) -> list[tuple[int, int]]:
    return [(part.file, part.patients) for part in snapshot.events.parts]


def test_a_changed_patient_gets_a_new_number_and_the_others_keep_theirs(tmp_path: Path) -> None:
    store = of_people(*[[event()]] * 12)
    before = fresh_snapshot(cast("Store", store), tmp_path)
    change(store, 1, [event("A:2", unit="mg")])
    add(store, 0, [event()])
    store.commit()
    after = fresh_snapshot(cast("Store", store), tmp_path)
    assert parts(before) == [(0, 12)] and parts(after) == [(0, 12), (1, 2)]
    assert set(after.patients.gone) == {1} and set(after.patients.everyone) == {0, *range(2, 14)}
    kept = [0, *range(2, 12)]
    assert before.patients.keys[kept].tolist() == after.patients.keys[kept].tolist()
    assert after.patients.keys[12] == before.patients.keys[1]
    for name in ("patient", "day", "kind", "offsets", "standing"):
        same = (before.folder / f"event_0.{name}.npy").samefile(after.folder / f"event_0.{name}.npy")
        assert same == (name != "standing")
    assert after.patients.having(BitMap([after.ids.find("A:1") or 0])) == BitMap([0, *range(2, 12), 13])


def test_if_concepts_are_added_only_the_offsets_are_written_again(tmp_path: Path) -> None:
    store = of_people(*[[event("A:2"), event("B:1")]] * 9)
    before = fresh_snapshot(cast("Store", store), tmp_path)
    store.concepts.append("A:10")
    store.commit()
    after = fresh_snapshot(cast("Store", store), tmp_path)
    assert [len(one.events.parts[0].offsets) for one in (before, after)] == [len(CONCEPTS) + 1, len(CONCEPTS) + 2]
    for name in ("patient", "standing", "offsets"):
        same = (before.folder / f"event_0.{name}.npy").samefile(after.folder / f"event_0.{name}.npy")
        assert same == (name != "offsets")
    number = after.ids.find("B:1")
    assert number is not None and len(after.patients.having(BitMap([number]))) == 9


def test_of_a_forgotten_patient_no_file_of_the_snapshot_has_a_trace(tmp_path: Path) -> None:
    """Not even of the events before the last change, which were left in the earlier part."""
    store = of_people(*[[event()]] * 20, [event(value=1234.5, unit="first", text="third")])
    traces = [np.float64(number).tobytes() for number in (1234.5, 6789.5)] + [b"first", b"second", b"third", b"fourth"]
    fresh_snapshot(cast("Store", store), tmp_path)
    change(store, 20, [event(value=6789.5, unit="second", text="fourth", start="2019-02-03")])
    store.commit()
    made = fresh_snapshot(cast("Store", store), tmp_path)
    traces.append(made.patients.keys[21].tobytes())
    assert parts(made) == [(0, 21), (1, 1)] and all(some for some in found_in(made.folder, traces))
    forget(store, 20, [])
    store.commit()
    after = fresh_snapshot(cast("Store", store), tmp_path)
    assert parts(after) == [(2, 20)] and found_in(after.folder, traces) == [[]] * 7
    assert unlike(after.folder, alone(store, tmp_path / "alone").folder) == []


def found_in(folder: Path, traces: Sequence[bytes]) -> list[list[str]]:
    """The files that contain each trace."""
    files = [file for file in folder.iterdir() if file.name != "manifest.json"]
    return [[file.name for file in files if trace in file.read_bytes()] for trace in traces]


def test_all_events_are_read_if_most_patients_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.snapshot.carried.MOST", 8)
    store = of_people(*[[event()]] * 15)
    fresh_snapshot(cast("Store", store), tmp_path)
    change(store, 1, [event("A:2")])
    store.commit()
    assert parts(fresh_snapshot(cast("Store", store), tmp_path)) == [(0, 15), (1, 1)]
    for n in (3, 4):
        change(store, n, [event("A:2")])
    store.commit()
    assert parts(fresh_snapshot(cast("Store", store), tmp_path)) == [(0, 15)]


def test_the_snapshot_of_another_store_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = of_people(*[[event()]] * 9)
    fresh_snapshot(cast("Store", store), tmp_path)
    monkeypatch.setattr(store, "lineage", lambda: "2")
    change(store, 0, [event()])
    store.commit()
    assert parts(fresh_snapshot(cast("Store", store), tmp_path)) == [(0, 9)]


def test_small_parts_are_merged_and_parts_with_many_numbers_that_are_gone_are_written_again() -> None:
    def planned(sizes: list[int], alive: list[int], new: int, most: int = 1000) -> list[tuple[list[int], bool, bool]]:
        found = grouped(sizes, alive, new, [False] * len(sizes), most)
        return [(list(group.parts), group.carried, group.new) for group in found]

    assert planned([900, 20, 8], [900, 20, 8], 5) == [([0], True, False), ([1, 2], False, True)]
    assert planned([900, 200, 8], [900, 200, 8], 0) == [([0], True, False), ([1], True, False), ([2], True, False)]
    assert planned([900, 20], [788, 20], 5) == [([0], True, False), ([1], True, False), ([], False, True)]
    assert planned([900, 20], [787, 20], 5)[0] == ([0], False, False)
    assert planned([900, 20], [900, 0], 0) == [([0], True, False)]
    assert planned([900], [900], 500) == [([0], True, False), ([], False, True)]
    assert planned([900], [900], 500, most=2000) == [([0], False, True)]


def test_every_engine_knows_whose_events_changed(store: Store, tmp_path: Path) -> None:
    """Clause 22 of the store contract."""
    ids = [f"patient:{n}" for n in range(9)]
    people: list[dict[str, Any]] = [{"id": id_, "birth_year": 1950} for id_ in ids]
    first = Batch(
        nodes={"Concept": rows.concepts("A:1", "A:2"), "Patient": rows.nodes("Patient", *people)},
        edges={"EVENT": rows.edges("EVENT", *((id_, "A:1") for id_ in ids), record="r", kind="condition")},
    )
    store.write(first)
    fresh_snapshot(store, tmp_path / "store")
    same = store.lineage()
    retracted = pa.table({"source": ["patient:1", "patient:nobody"], "record": ["r", "r"]})
    more = rows.edges("EVENT", ("patient:2", "A:2"), record="s", kind="condition")
    store.write(Batch(retracted={"EVENT": retracted}, edges={"EVENT": more}))
    store.write(Batch(erased=[("Patient", "patient:3")]))
    changed = [(row["id"], row["changed"]) for row in store.changed(1).to_pylist()]
    assert sorted(changed) == [("patient:1", 2), ("patient:2", 2)] and store.changed(2).num_rows == 0
    made = fresh_snapshot(store, tmp_path / "store")
    right = fresh_snapshot(store, tmp_path / "alone")
    assert parts(made) != parts(right) and unlike(made.folder, right.folder) == []
    store.compact()
    assert store.lineage() == same and store.changed(1).num_rows == 2


def test_a_year_of_birth_changes_the_dates_of_ages(tmp_path: Path) -> None:
    store = of_people(*[[event(start="P30Y")]] * 9)
    fresh_snapshot(cast("Store", store), tmp_path / "store")
    store.people["patient:004"]["birth_year"] = 1970
    store.commit()
    made = fresh_snapshot(cast("Store", store), tmp_path / "store")
    assert parts(made) == [(0, 9), (1, 1)] and unlike(made.folder, alone(store, tmp_path).folder) == []


def test_a_code_that_becomes_a_procedure_changes_events_of_all_patients(tmp_path: Path) -> None:
    """It was looked for and not found: this counts only for tests and procedures."""
    store = of_people(*[[event(STUB, kind="observation", status="absent")]] * 9)
    before = fresh_snapshot(cast("Store", store), tmp_path / "store")
    add(store, 0, [event(STUB, kind="procedure")])
    store.commit()
    made = fresh_snapshot(cast("Store", store), tmp_path / "store")
    code = BitMap([made.ids.find(STUB) or 0])
    assert (len(before.patients.having(code)), len(made.patients.having(code))) == (0, 10)
    assert parts(made) == [(0, 10)]


def test_a_number_that_is_gone_is_in_no_answer(tmp_path: Path) -> None:
    store = of_people(*[[event()]] * 9)
    fresh_snapshot(cast("Store", store), tmp_path)
    change(store, 0, [event(), event()])
    store.commit()
    made = fresh_snapshot(cast("Store", store), tmp_path)
    few, anybody = Occurs(events=Events(), at_least=0, at_most=3), Person()
    for member in (few, anybody, Group(of=(few, anybody), at_least=1, at_most=2)):
        definition = Definition(rules=(Rule(name="rule", group=Group(of=(member,))),))
        assert answer(made, definition).patients == made.patients.everyone == BitMap(range(1, 10))
        also = Definition(also=Group(of=(member,), at_least=1))
        assert answer(made, also).patients == made.patients.everyone
    assert made.patients.born_between(None, None) == made.patients.everyone
