"""graph: value sets of other value sets and concepts, from the snapshot, and sources of patients; on both engines."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from curation import check
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store, backup, open_store, restore
from graph.value_sets import BadValueSet, Concepts, Item, members
from tests.graph.rows import concepts, edges, nodes, table

LIVER = '{"items":[{"id":"A:1"},{"id":"A:3","excluded":true}]}'


def sets(**definitions: str) -> dict[str, pa.Table]:
    return {
        "ValueSet": nodes(
            "ValueSet",
            *(
                {"id": f"valueset:{id_}", "version": version or "1", "definition": text, "created": "now", "job": "j"}
                for name, text in definitions.items()
                for id_, _, version in [name.partition("__")]
            ),
        )
    }


def snapshot_with(store: Store, folder: Path, **definitions: str) -> Snapshot:
    """A:3 is narrower than A:2, and A:2 than A:1; B:1 has no relations. B:1 has the concept_id 12 of OMOP."""
    rows = concepts("A:1", "A:2", "A:3", "B:1").to_pylist()
    rows[3]["omop"] = 12
    parts = sets(**definitions)
    store.write(
        Batch(
            {"Concept": nodes("Concept", *rows), **parts},
            edges={"IS_A": edges("IS_A", ("A:2", "A:1"), ("A:3", "A:2"))},
        )
    )
    return fresh_snapshot(store, folder)


def of(snapshot: Snapshot, *items: Item) -> set[str]:
    return {snapshot.ids[number] for number in members(snapshot, Concepts(items)).found}


def test_a_value_set_gives_its_concepts(store: Store, tmp_path: Path) -> None:
    whole = '{"items":[{"id":"valueset:liver"},{"id":"B:1"}]}'
    snapshot = snapshot_with(store, tmp_path / "s", liver=LIVER, whole=whole)
    assert of(snapshot, Item("valueset:liver")) == {"A:1", "A:2"}
    assert of(snapshot, Item("valueset:whole")) == {"A:1", "A:2", "B:1"}
    assert of(snapshot, Item("A:1"), Item("valueset:liver", excluded=True)) == {"A:3"}
    assert of(snapshot, Item("valueset:liver"), Item("A:2", exact=True, excluded=True)) == {"A:1"}
    assert of(snapshot, Item("omop:12"), Item("OMOP:12 ", exact=True)) == {"B:1"}
    assert members(snapshot, Concepts((Item("omop:13"), Item("omop:x"), Item("omop:" + "9" * 30)))).unknown
    assert snapshot.concept("omop:12") == snapshot.ids.find("B:1")


def test_an_earlier_version_is_found_by_its_number(store: Store, tmp_path: Path) -> None:
    rows = sets(liver__2=LIVER)
    rows["ValueSet"] = nodes(
        "ValueSet",
        *rows["ValueSet"].to_pylist(),
        {"id": "valueset:liver|1", "version": "1", "definition": '{"items":[{"id":"B:1"}]}', "created": "", "job": ""},
    )
    store.write(Batch(rows))
    snapshot = snapshot_with(store, tmp_path / "s", other=LIVER)
    assert of(snapshot, Item("valueset:liver|1")) == {"B:1"}
    assert of(snapshot, Item("valueset:liver|2")) == of(snapshot, Item("valueset:liver")) == {"A:1", "A:2"}


@pytest.mark.parametrize(
    ("definition", "result"),
    [
        ('{"items":[{"id":"valueset:none"}]}', "valueset:none: no such value set or version is stored"),
        ('{"items":[{"id":"valueset:liver|9"}]}', "valueset:liver|9: no such value set or version"),
        ('{"items":[{"id":"valueset:odd"}]}', r"valueset:odd: it is a part of itself (valueset:odd > valueset:odd)"),
        ('{"items":[{"id":"valueset:round"}]}', "valueset:odd > valueset:round > valueset:odd"),
        ("not JSON", "its stored definition cannot be read"),
    ],
)
def test_unknown_sets_and_loops_are_refused_by_name(tmp_path: Path, definition: str, result: str) -> None:
    store = open_store(str(tmp_path / "store"))
    snapshot = snapshot_with(store, tmp_path, liver=LIVER, odd=definition, round='{"items":[{"id":"valueset:odd"}]}')
    with pytest.raises(BadValueSet) as wrong:
        of(snapshot, Item("valueset:odd"))
    assert result in str(wrong.value)
    assert of(snapshot, Item("valueset:liver")) == {"A:1", "A:2"}
    store.close()


def test_a_very_long_chain_is_refused(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    chain = {f"s{n}": f'{{"items":[{{"id":"valueset:s{n + 1}"}}]}}' for n in range(400)}
    snapshot = snapshot_with(store, tmp_path, **chain, s400=LIVER)
    with pytest.raises(BadValueSet, match="levels below valueset:s0"):
        of(snapshot, Item("valueset:s0"))
    assert of(snapshot, Item("valueset:s390")) == {"A:1", "A:2"}
    store.close()


def test_saved_rows_are_in_backup_and_snapshot_and_pass_check(store: Store, tmp_path: Path) -> None:
    run = {"id": "cohort:a#1", "cohort": "cohort:a", "number": 1, "steps": "[]", "answered": "{}", "reach": "{}"}
    saved = {"Cohort": nodes("Cohort", {"id": "cohort:a", "version": 1, "name": "a", "definition": "{}", "hash": "x"})}
    store.write(Batch(saved | {"CohortRun": nodes("CohortRun", run), "Release": nodes("Release", {"id": "r"})}))
    snapshot = snapshot_with(store, store.address.state, liver=LIVER)
    assert [snapshot.tables[name].num_rows for name in ("ValueSet", "Cohort", "CohortRun")] == [1, 1, 1]
    assert [one for one in check(store, store.address.state) if one.wrong and one.fault] == []
    backup(store, tmp_path / "whole.zip", lambda _table, _rows: None)
    other = open_store(str(tmp_path / "other"))
    restore(tmp_path / "whole.zip", other, other.address.state, lambda _table, _rows: None)
    for name, column in (("ValueSet", "definition"), ("Cohort", "definition"), ("CohortRun", "cohort")):
        assert table(other, name, "id", column) == table(store, name, "id", column) != []
    other.close()


def test_a_person_has_the_sources_of_all_records(store: Store, tmp_path: Path) -> None:
    people = nodes("Patient", *({"id": f"patient:{n}"} for n in range(4)))
    owned = [("r1", "patient:0", "a", None), ("r2", "patient:0", "b", None), ("r3", "patient:1", "b", "2026-01-01")]
    owned += [("r4", "patient:2", "", None), ("r5", "patient:3", "b", None), ("r6", "r5", "b", None)]
    rows = [{"id": id_, "kind": "Condition", "owner": who, "source": s, "deleted": d} for id_, who, s, d in owned]
    store.write(Batch({"Patient": people, "Resource": nodes("Resource", *rows)}))
    same = {"SAME_PERSON": edges("SAME_PERSON", ("patient:3", "patient:2"), how="refer")}
    store.write(Batch(edges=same))
    snapshot = fresh_snapshot(store, tmp_path / "s")
    found = {name: [*some] for name, some in snapshot.patients.by_source.items()}
    assert found == {"a": [0], "b": [0, 2], "": [2]}
