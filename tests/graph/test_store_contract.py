"""graph: the clauses of docs/store-contract.md, on every engine."""

from __future__ import annotations

import threading
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import RefusedWrite
from graph.store import EDGES, NODES, Batch, Store, open_store
from tests.graph.rows import concepts, edges, nodes, stubs, table


def test_1_a_new_store_is_empty(store: Store) -> None:
    assert store.epoch() == 0
    assert set(store.counts().values()) == {0} and store.counts().keys() == NODES.keys() | EDGES.keys()
    assert table(store, "Concept", "id") == []


def test_2_unknown_ids_are_absent(store: Store) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:1")}))
    found = store.nodes("Concept", pa.array(["A:1", "A:2"]), ["label"])
    assert found.to_pylist() == [{"id": "A:1", "label": "A:1"}]
    nothing = pa.array([], pa.string())
    assert store.nodes("Concept", nothing, ["label"]).num_rows == 0
    assert store.edges("IS_A", nothing, ["source", "target"]).num_rows == 0
    assert store.edges("IS_A", pa.array(["A:2"]), ["source", "target"]).num_rows == 0


def test_3_a_repeated_id_gives_one_row(store: Store) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:1")}))
    assert store.nodes("Concept", pa.array(["A:1", "A:1"]), []).num_rows == 1


@pytest.mark.parametrize("text", ["ziekte van Ménière", "糖尿病", "a\nb\t'\"\\ $x {y} `z`", "", "x" * 70_000])
def test_5_columns_are_read_as_they_were_written(store: Store, text: str) -> None:
    patient = {"id": "p", "birth_year": 1951, "sex": text, "death_year": None}
    store.write(Batch(nodes={"Patient": nodes("Patient", patient), "Concept": concepts("A:1")}))
    said: dict[str, Any] = {"record": "r1", "kind": "observation", "value": 0.1 + 0.2, "unit": text, "end": None}
    store.write(Batch(edges={"EVENT": edges("EVENT", ("p", "A:1"), **said)}))
    assert store.nodes("Patient", pa.array(["p"]), ["birth_year", "sex", "death_year"]).to_pylist() == [patient]
    found = store.edges("EVENT", pa.array(["p"]), ["source", "target", *said]).to_pylist()
    assert found == [{"source": "p", "target": "A:1", **said}]


def test_6_a_scan_gives_every_row(store: Store) -> None:
    ids = [f"A:{number}" for number in range(30_000)]
    pairs = list(zip(ids[1:], ids, strict=False))
    store.write(Batch(nodes={"Concept": concepts(*ids)}, edges={"IS_A": edges("IS_A", *pairs)}))
    assert {row[0] for row in table(store, "Concept", "id")} == set(ids)
    assert set(table(store, "IS_A", "source", "target")) == set(pairs)
    assert tuple(store.counts()[table] for table in ("Concept", "IS_A")) == (30_000, 29_999)


def test_7_a_write_gives_the_next_epoch(store: Store) -> None:
    assert [store.write(Batch(nodes={"Concept": concepts("A:1")})) for _ in range(3)] == [1, 2, 3]
    assert store.epoch() == 3


REFUSED = [
    (Batch(nodes={"Concept": concepts("A:1").drop_columns(["label"])}), "Concept must have the columns id, label"),
    (Batch(nodes={"Concept": concepts("A:1", "")}), "Concept has a row without an id"),
    (Batch(nodes={"Concept": concepts("A:1", "A:2", "A:1")}), "Concept has a duplicate id: A:1"),
    (
        Batch(nodes={"Concept": concepts("A:1")}, edges={"IS_A": edges("IS_A", ("A:1", "A:0"))}),
        "IS_A has an end that is not a Concept: A:0",
    ),
    (
        Batch(nodes={"Concept": concepts("A:1")}, edges={"EVENT": edges("EVENT", ("p", "A:1"), record="x")}),
        "EVENT has an end that is not a Patient: p",
    ),
    (
        Batch(nodes={"Concept": concepts("A:1")}, edges={"IS_A": edges("IS_A", ("A:1", "A:1"), release=None)}),
        "IS_A has a row without release",
    ),
]


@pytest.mark.parametrize(("batch", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_8_a_refused_write_changes_nothing(store: Store, batch: Batch, words: str) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:9")}))
    with pytest.raises(RefusedWrite) as refused:
        store.write(batch)
    assert str(refused.value).startswith(f"a batch was refused and not written: {words}")
    assert (store.epoch(), table(store, "Concept", "id")) == (1, [("A:9",)])


def example() -> Batch:
    return Batch(
        nodes={"Concept": concepts("A:1", "A:2"), "Patient": nodes("Patient", {"id": "p", "birth_year": 1980})},
        stubs=stubs(("B:1", "named")),
        placeholders={"Organisation": pa.array(["o"])},
        edges={
            "IS_A": edges("IS_A", ("A:2", "A:1")),
            "MAPS_TO": edges("MAPS_TO", ("A:1", "B:1"), predicate="skos:exactMatch", state="accepted"),
            "EVENT": pa.concat_tables(
                [edges("EVENT", ("p", "B:1"), record="r1"), edges("EVENT", ("p", "A:2"), record="r1")]
            ),
        },
    )


def everything(store: Store) -> dict[str, Any]:
    return {
        "Concept": table(store, "Concept", "id", "label", "stub", "release"),
        "Patient": table(store, "Patient", "id", "birth_year"),
        "Organisation": table(store, "Organisation", "id", "name"),
        "IS_A": table(store, "IS_A", "source", "target", "release"),
        "MAPS_TO": table(store, "MAPS_TO", "source", "target", "predicate", "state"),
        "EVENT": table(store, "EVENT", "source", "target", "record"),
    }


def test_9_writing_twice_equals_writing_once(store: Store) -> None:
    store.write(example())
    once = everything(store)
    store.write(example())
    assert everything(store) == once
    assert len(once["EVENT"]) == 2


def test_10_a_node_replaces_its_earlier_version(store: Store) -> None:
    first = {"id": "p", "birth_year": 1980, "sex": "male", "death_year": 2020}
    store.write(Batch(nodes={"Patient": nodes("Patient", first)}))
    store.write(Batch(nodes={"Patient": nodes("Patient", {"id": "p", "sex": "female"})}))
    assert table(store, "Patient", "id", "birth_year", "sex", "death_year") == [("p", None, "female", None)]


def test_11_edges_replace_those_of_the_same_asserter(store: Store) -> None:
    store.write(example())
    store.write(Batch(edges={"EVENT": edges("EVENT", ("p", "A:1"), record="r1")}))
    store.write(Batch(edges={"EVENT": edges("EVENT", ("p", "A:1"), record="r2")}))
    assert table(store, "EVENT", "target", "record") == [("A:1", "r1"), ("A:1", "r2")]
    gone = pa.table({"source": ["p"], "record": ["r1"]})
    store.write(Batch(retracted={"EVENT": gone}))
    assert table(store, "EVENT", "target", "record") == [("A:1", "r2")]
    assert table(store, "IS_A", "source", "target") == [("A:2", "A:1")]


def test_11_every_column_of_the_key_distinguishes_asserters(store: Store) -> None:
    store.write(example())
    other = edges("MAPS_TO", ("A:1", "B:1"), predicate="skos:closeMatch", state="accepted")
    elsewhere = edges("MAPS_TO", ("A:1", "B:1"), predicate="skos:exactMatch", state="rejected", release="other")
    store.write(Batch(edges={"MAPS_TO": pa.concat_tables([other, elsewhere])}))
    assert table(store, "MAPS_TO", "predicate", "state", "release") == [
        ("skos:closeMatch", "accepted", "r"),
        ("skos:exactMatch", "accepted", "r"),
        ("skos:exactMatch", "rejected", "other"),
    ]


def test_12_stubs_and_placeholders_do_not_change_existing_nodes(store: Store) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:1", label="own")}, stubs=stubs(("B:1", ""), ("B:2", "two"))))
    bare = {"Patient": pa.array(["p", "p"])}
    store.write(Batch(nodes={"Patient": nodes("Patient", {"id": "p", "birth_year": 1980})}, placeholders=bare))
    store.write(Batch(stubs=stubs(("A:1", "x"), ("B:1", "one"), ("B:2", "x")), placeholders=bare))
    assert table(store, "Concept", "id", "label", "stub") == [
        ("A:1", "own", False),
        ("B:1", "one", True),
        ("B:2", "two", True),
    ]
    assert table(store, "Patient", "id", "birth_year") == [("p", 1980)]


def test_12_a_stub_gets_the_same_label_in_any_order(store: Store) -> None:
    given = [
        stubs(("A:1", "b")),
        stubs(("A:1", "a")),
        stubs(("A:1", "")),
        stubs(("A:1", "d"), job="j"),
        stubs(("A:1", "c"), job="k"),
    ]
    orders = [*permutations(given)]
    for step in zip(*orders, strict=True):
        every = pa.concat_tables(step)
        own = pa.array([f"A:{number}" for number in range(len(orders))])
        store.write(Batch(stubs=every.set_column(every.column_names.index("id"), "id", own)))
    found = table(store, "Concept", "label", "job", "stub", "release")
    assert found == [("c", "k", True, None)] * len(orders)


def test_12_the_label_of_a_terminology_is_kept(store: Store) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:1", label="own", job="old")}))
    store.write(Batch(swept=[("r", "new")]))
    store.write(Batch(stubs=stubs(("A:1", "a"), job="j")))
    assert table(store, "Concept", "label", "stub", "release") == [("own", True, "r")]


def test_13_a_sweep_removes_the_earlier_statements_of_a_release(store: Store) -> None:
    label = nodes("Label", *({"id": i, "text": i, "release": r, "job": "old"} for i, r in (("l1", "r"), ("l2", "s"))))
    releases = nodes("Release", *({"id": id, "job": job} for id, job in (("r", "old"), ("s", "old"), ("t", "new"))))
    said = {"job": "old"}
    store.write(
        Batch(
            nodes={"Concept": concepts("A:1", "A:2", "A:3", job="old"), "Label": label, "Release": releases},
            edges={
                "IS_A": edges("IS_A", ("A:2", "A:1"), ("A:3", "A:1"), **said),
                "HAS_LABEL": pa.concat_tables(
                    [edges("HAS_LABEL", ("A:1", "l1"), **said), edges("HAS_LABEL", ("A:1", "l2"), release="s", **said)]
                ),
            },
        )
    )
    fresh = concepts("A:1", "A:2", job="new")
    store.write(Batch(nodes={"Concept": fresh}, edges={"IS_A": edges("IS_A", ("A:2", "A:1"), job="new")}))
    stale = {"IS_A": 1, "HAS_LABEL": 1, "Concept": 1}
    assert {name: rows for name, rows in store.stale("r", "new").items() if rows} == stale
    store.write(Batch(swept=[("r", "new"), ("t", "new")]))
    assert not any(store.stale("r", "new").values())
    assert table(store, "Concept", "id", "stub") == [("A:1", False), ("A:2", False), ("A:3", True)]
    assert table(store, "IS_A", "source", "target") == [("A:2", "A:1")]
    assert table(store, "Label", "id") == [("l2",)]
    assert table(store, "HAS_LABEL", "source", "target") == [("A:1", "l2")]
    assert table(store, "Release", "id") == [("s",), ("t",)]


@pytest.mark.parametrize("prefix", [None, "A", "B"])
def test_18_a_release_gets_another_id(store: Store, prefix: str | None) -> None:
    release, label = nodes("Release", {"id": "r"}, {"id": "new"}), nodes("Label", {"id": "l", "release": "r"})
    said = {"HAS_LABEL": edges("HAS_LABEL", ("A:1", "l")), "IS_A": edges("IS_A", ("A:1", "A:2"), ("A:2", "A:3"))}
    defined = concepts("A:1", "A:2", "A:3")
    store.write(Batch(nodes={"Release": release, "Concept": defined, "Label": label}, edges=said))
    store.write(Batch(renamed=[("r", "new", prefix)]))
    now = "r" if prefix == "B" else "new"
    for kind in ("Concept", "Label", "HAS_LABEL", "IS_A"):
        assert {*table(store, kind, "release")} == {(now,)}
    assert table(store, "Release", "id") == ([("new",)] if prefix is None else [("new",), ("r",)])


def test_19_an_erased_node_is_deleted_with_its_edges(store: Store) -> None:
    there = {"Study": nodes("Study", {"id": "s:1"}), "Organisation": nodes("Organisation", {"id": "o:1"})}
    people = nodes("Person", {"id": "orcid:1", "name": "Anna Example"}, {"id": "orcid:2", "name": "Bo Example"})
    joined = {
        "INVESTIGATES": edges("INVESTIGATES", ("s:1", "orcid:1"), ("s:1", "orcid:2")),
        "AFFILIATED": edges("AFFILIATED", ("orcid:1", "o:1"), record="s:1"),
    }
    store.write(Batch(there | {"Person": people}, edges=joined))
    assert store.edges("INVESTIGATES", pa.array(["s:1"]), ["target"]).num_rows == 2
    gone = [("Person", "orcid:1"), ("Person", "orcid:3")]
    assert store.write(Batch({"Forgotten": nodes("Forgotten", {"id": "h", "since": "2026"})}, erased=gone)) == 2
    assert table(store, "Person", "id") == [("orcid:2",)]
    assert table(store, "INVESTIGATES", "source", "target") == [("s:1", "orcid:2")]
    assert table(store, "AFFILIATED", "source") == []


def test_20_a_listed_stub_is_deleted_if_nothing_refers_to_it(store: Store) -> None:
    there = {"Concept": concepts("m:1", "m:2"), "Patient": nodes("Patient", {"id": "patient:1"}, {"id": "patient:2"})}
    pairs = [("patient:1", "s:1"), ("patient:1", "s:2"), ("patient:2", "s:2"), ("patient:1", "m:1")]
    store.write(
        Batch(there, stubs(("s:1", ""), ("s:2", ""), ("s:3", "")), edges={"EVENT": edges("EVENT", *pairs, record="r")})
    )
    gone = ["s:1", "s:2", "m:1", "m:2", "s:9"]
    store.write(Batch(erased=[("Patient", "patient:1")], unused=gone))
    assert {id for (id,) in table(store, "Concept", "id")} == {"m:1", "m:2", "s:2", "s:3"}


def test_21_compacting_changes_only_files(store: Store, tmp_path: Path) -> None:
    store.write(Batch({"Organisation": nodes("Organisation", {"id": "organisation:forgotten"}, {"id": "o:2"})}))
    store.write(Batch(erased=[("Organisation", "organisation:forgotten")]))
    epoch = store.epoch()
    if store.compact():
        found = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert not [path for path in found if b"organisation:forgotten" in path.read_bytes()]
    assert table(store, "Organisation", "id") == [("o:2",)] and store.epoch() == epoch
    assert store.write(Batch({"Organisation": nodes("Organisation", {"id": "o:3"})})) == epoch + 1


def test_14_written_data_is_there_after_reopening(address: str) -> None:
    store = open_store(address)
    store.write(example())
    once = everything(store)
    store.close()
    store.close()
    again = open_store(address)
    assert (everything(again), again.epoch(), again.recovery) == (once, 1, None)
    again.close()


def test_15_readers_see_complete_batches(store: Store) -> None:
    """A reader counts concepts while a writer adds 500 concepts at a time."""
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            with store.read_transaction() as epoch:
                seen.append((epoch * 500, len(table(store, "Concept", "id"))))

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(12):
        store.write(Batch(nodes={"Concept": concepts(*(f"A:{number}-{i}" for i in range(500)))}))
    done.set()
    reader.join()
    assert seen
    assert all(counted == written for written, counted in seen)
