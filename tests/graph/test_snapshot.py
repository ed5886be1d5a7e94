"""graph: the answers of the snapshot of a small graph. Every engine gives the same bytes."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.lexical import Hit
from graph.snapshot import Snapshot, forget_others, fresh_snapshot, newest, snapshot_name
from graph.store import Batch, Store, open_store
from linking.search import find_concepts
from tests.example import write_example
from tests.graph.rows import concepts, edges, nodes, stubs


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("example")
    with closing(open_store(str(folder))) as store:
        write_example(store)
        return fresh_snapshot(store, folder)


def snapshot_of(folder: Path, *batches: Batch) -> Snapshot:
    with closing(open_store(str(folder))) as store:
        for batch in batches:
            store.write(batch)
        return fresh_snapshot(store, folder)


def found(snapshot: Snapshot, text: str, *ontologies: str) -> list[tuple[str, str]]:
    """(concept, how) of every hit, in order. Checks that concepts are unique and the total is right."""
    hits, total = find_concepts(snapshot, text, ontologies)
    ids = [snapshot.ids[hit.concept] for hit in hits]
    assert len(ids) == len(set(ids)) == total
    return [(id_, hit.how) for id_, hit in zip(ids, hits, strict=True)]


def reach(snapshot: Snapshot, concept: str) -> set[str]:
    number = snapshot.concept(concept)
    assert number is not None
    return {snapshot.ids[other] for other in snapshot.hierarchy.reach(number)}


def many() -> Batch:
    ids = [f"A:{number}" for number in range(900)]
    label = [{"id": f"l{number}", "text": f"name {number % 7}", "kind": "exact"} for number in range(900)]
    equivalents = list(zip(ids[::3], ids[1::3], strict=False))
    return Batch(
        nodes={"Concept": concepts(*ids), "Label": nodes("Label", *label)},
        placeholders={"Patient": pa.array([f"p{number % 270}" for number in range(900)])},
        edges={
            "IS_A": edges("IS_A", *((ids[number], ids[number // 3]) for number in range(1, 900))),
            "HAS_LABEL": edges("HAS_LABEL", *((id_, f"l{number}") for number, id_ in enumerate(ids))),
            "MAPS_TO": edges("MAPS_TO", *equivalents, predicate="skos:exactMatch", state="accepted", confidence=0.5),
            "RELATES": edges("RELATES", *equivalents, predicate="RO:1"),
            "EVENT": edges("EVENT", *((f"p{number % 270}", id_) for number, id_ in enumerate(ids)), record="r"),
        },
    )


def files(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in snapshot.folder.iterdir()}


def test_every_engine_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """The order in which the rows are written does not matter. `lineage` is a random text of each store."""
    write_example(store)
    store.write(many())
    other = open_store(str(tmp_path / "other"))
    other.write(many())
    write_example(other)
    one, two = files(fresh_snapshot(store, tmp_path / "one")), files(fresh_snapshot(other, tmp_path / "two"))
    other.close()
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == ["manifest.json", "lineage"]


T2, SNOMED_T2 = "MONDO:0005148", "snomedct:44054006"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("T2DM", (T2, "exact synonym")),
        ("diab mell typ 2", (T2, "words")),
        ("suikerziekte", ("MONDO:0005015", "exact synonym")),
        ("SUIKERZÏEKTE", ("MONDO:0005015", "exact synonym")),
        ("44054006", (T2, "identifier")),
        ("SCTID:44054006", (T2, "identifier")),
        ("snomed:44054006", (T2, "identifier")),
        ("mondo:0005148", (T2, "identifier")),
        ("0005148", (T2, "identifier")),
        ("type 2 diabetes m", (T2, "prefix")),
        ("type 2 diabetes mellitus", (T2, "exact label")),
        ("diabetes tvpe mellitus", (T2, "similar spelling")),
        ("diabetes xyzzy mellitus", ("MONDO:0005015", "some words")),
    ],
)
def test_the_first_that_is_found(example: Snapshot, text: str, first: tuple[str, str]) -> None:
    assert found(example, text)[0] == first


def test_better_ways_of_finding_come_first(example: Snapshot) -> None:
    """Hits of one kind are sorted by score. Each group has one hit, which is its preferred concept."""
    assert found(example, "diabetes mellitus") == [
        ("MONDO:0005015", "exact label"),
        (T2, "prefix"),
        ("MONDO:0005147", "prefix"),
        ("MONDO:0016391", "words"),
    ]


def test_a_hit_tells_the_name_and_its_language(example: Snapshot) -> None:
    (hit, *_), _ = find_concepts(example, "suikerziekte")
    assert (hit.text, hit.language) == ("suikerziekte", "nl")
    (hit, *_), _ = find_concepts(example, "44054006")
    assert (hit.text, hit.language) == (SNOMED_T2, "")


@pytest.mark.parametrize("prefix", ["snomedct", "SNOMEDCT", "sctid", "snomed"])
def test_hits_of_one_terminology(example: Snapshot, prefix: str) -> None:
    hits = found(example, "diabetes mellitus type", prefix)
    assert hits == [
        (SNOMED_T2, "prefix"),
        ("snomedct:46635009", "prefix"),
        ("snomedct:73211009", "similar spelling"),
    ]
    assert found(example, "diabetes mellitus type", "nothing") == []


def test_pages_and_total(example: Snapshot) -> None:
    every, total = find_concepts(example, "diabetes", limit=50)
    assert total == len(every) == 4
    for limit in range(total + 1):
        assert find_concepts(example, "diabetes", limit=limit) == (every[:limit], total)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800:?", "?!", ":", "::", "x" * 100_000, "qx:" * 9999, "‮"])
def test_hostile_texts(example: Snapshot, text: str) -> None:
    assert found(example, text) == []
    assert example.concept(text) is None


def test_a_stub_without_label_is_nameless(example: Snapshot) -> None:
    number = example.concept("loinc:4548-4")
    assert number is not None
    assert number not in example.names.table["concept"].to_pylist()
    assert found(example, "4548-4") == []


def test_a_code_that_is_not_loaded_leads_to_what_is_mapped_to_it(tmp_path: Path) -> None:
    said: dict[str, Any] = {"predicate": "skos:exactMatch", "state": "accepted"}
    other = {"release": "other"}
    mapped = [
        edges("MAPS_TO", (T2, SNOMED_T2), **said),
        edges("MAPS_TO", ("MONDO:1", SNOMED_T2), **said | {"state": "rejected"}),
        edges("MAPS_TO", ("MONDO:2", SNOMED_T2), **said | {"predicate": "skos:broadMatch"}),
        edges("MAPS_TO", (SNOMED_T2, "DOID:9352"), **said, **other),
        edges("MAPS_TO", ("DOID:9352", T2), **said, **other),
    ]
    made = snapshot_of(
        tmp_path,
        Batch(
            nodes={"Concept": concepts(T2, "MONDO:1", "MONDO:2", "DOID:9352")},
            stubs=stubs((SNOMED_T2, "")),
            edges={"MAPS_TO": pa.concat_tables(mapped)},
        ),
    )
    for text in ("44054006", "SCTID:44054006", "snomed:44054006", SNOMED_T2):
        assert [made.ids[number] for number in made.identified(text)] == [SNOMED_T2, "DOID:9352", T2]
    assert [made.ids[number] for number in made.identified("9352")] == ["DOID:9352"]


def test_live_concepts_of_a_code_come_first(tmp_path: Path) -> None:
    gone = nodes("Concept", {"id": "A:7", "label": "gone", "ontology": "A", "deprecated": True})
    live = concepts("B:7", "C:70")
    made = snapshot_of(tmp_path, Batch(nodes={"Concept": pa.concat_tables([gone, live])}, stubs=stubs(("Aa:7", ""))))
    assert [made.ids[number] for number in made.identified("7")] == ["B:7", "Aa:7", "A:7"]


def test_only_accepted_mappings_enter_reach(example: Snapshot) -> None:
    assert reach(example, T2) == {T2, SNOMED_T2, "icd10:E11"}
    assert reach(example, "MONDO:0005147") == {"MONDO:0005147", "snomedct:46635009"}
    assert "HP:0003074" not in reach(example, "MONDO:0005015")


WAYS = [
    ("skos:narrowMatch", {"A", "B", "C"}, {"B", "C"}),
    ("skos:broadMatch", {"A"}, {"B", "C", "A"}),
    ("skos:exactMatch", {"A", "B", "C"}, {"B", "C", "A"}),
    ("owl:equivalentClass", {"A", "B", "C"}, {"B", "C", "A"}),
    ("skos:closeMatch", {"A"}, {"B", "C"}),
    ("skos:relatedMatch", {"A"}, {"B", "C"}),
]


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """For each of WAYS, a mapping between two concepts of its own, A and B. C is narrower than B."""
    numbers = range(len(WAYS))
    said = [edges("MAPS_TO", (f"A:{n}", f"B:{n}"), predicate=WAYS[n][0], state="accepted") for n in numbers]
    below = edges("IS_A", *((f"C:{n}", f"B:{n}") for n in numbers))
    own = concepts(*(f"{letter}:{n}" for letter in "ABC" for n in numbers))
    every = Batch(nodes={"Concept": own}, edges={"MAPS_TO": pa.concat_tables(said), "IS_A": below})
    return snapshot_of(tmp_path_factory.mktemp("mapped"), every)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[0])
def test_which_way_a_mapping_is_reached(mapped: Snapshot, way: tuple[str, set[str], set[str]]) -> None:
    """`A narrowMatch B` says that B is the narrower of the two (SKOS Reference, section 10)."""
    n = WAYS.index(way)
    for letter, wanted in zip("AB", way[1:], strict=True):
        assert reach(mapped, f"{letter}:{n}") == {f"{one}:{n}" for one in wanted}


def test_a_course_is_found_through_its_outcome(example: Snapshot) -> None:
    courses, kidney = example.records["Course"], example.concept("UBERON:0002113")
    assert kidney is not None
    assert [courses.ids[number] for number in courses.about(example.hierarchy.reach(kidney))] == ["course:1003"]


def test_patients_are_who_has_an_event_of_their_own(example: Snapshot) -> None:
    """The eighteenth patient has only a family history of diabetes."""
    patients, hierarchy = example.patients, example.hierarchy
    diabetes, kidney = example.concept("MONDO:0005015"), example.concept("UBERON:0002113")
    assert diabetes is not None and kidney is not None
    assert set(patients.having(hierarchy.reach(diabetes))) == set(range(17))
    assert len(patients.having(hierarchy.reach(kidney))) == 0
    assert example.reached_patients(diabetes) == patients.having(hierarchy.reach(diabetes))
    assert set(patients.everyone) == set(range(18)) and len(patients) == 18


def test_years_of_birth_are_inclusive(example: Snapshot) -> None:
    """Patients 0 to 16 were born in 1940 to 1956. The birth year of the last patient is unknown."""
    born = example.patients.born_between
    assert set(born(1942, 1944)) == {2, 3, 4}
    assert set(born(None, 1941)) == {0, 1}
    assert set(born(1956, None)) == {16}
    assert set(born(1944, 1942)) == set()
    assert set(born(None, None)) == set(range(18))
    assert set(born(0, 9999)) == set(range(17))


def test_sex_that_is_not_known_is_neither(example: Snapshot) -> None:
    of_sex = example.patients.of_sex
    assert set(of_sex("female")) == set(range(0, 17, 2))
    assert set(of_sex("male")) == set(range(1, 17, 2))
    assert set(of_sex("")) == set(of_sex("unknown")) == set()


def test_an_empty_store_has_a_snapshot(store: Store, tmp_path: Path) -> None:
    made = fresh_snapshot(store, tmp_path / "state")
    assert (made.epoch, len(made.ids), len(made.patients), found(made, "a")) == (0, 0, 0, [])


def test_a_snapshot_serves_while_others_take_its_place(tmp_path: Path) -> None:
    """All files are read when the snapshot is opened, including the files that only a later query needs."""
    store = open_store(str(tmp_path))
    write_example(store)
    first = fresh_snapshot(store, tmp_path)
    for number in range(2):
        store.write(Batch(nodes={"Concept": concepts(f"A:{number}")}))
        assert fresh_snapshot(store, tmp_path).epoch == number + 2
    assert fresh_snapshot(store, tmp_path).epoch == 3
    store.close()
    assert sorted(path.name for path in tmp_path.glob("snapshot-*")) == [snapshot_name(2), snapshot_name(3)]
    assert found(first, "SCTID:44054006") == [(T2, "identifier")]
    assert found(first, "T2DM")[0] == (T2, "exact synonym")
    assert isinstance(find_concepts(first, "suikerziekte")[0][0], Hit)


def test_two_that_make_the_same_snapshot_both_have_it(store: Store, tmp_path: Path) -> None:
    write_example(store)
    made: list[Snapshot] = []
    both = [threading.Thread(target=lambda: made.append(fresh_snapshot(store, tmp_path / "state"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [found(one, "suikerziekte") for one in made] == [
        [("MONDO:0005015", "exact synonym"), ("MONDO:0005016", "words")]
    ] * 2
    assert [path.name for path in (tmp_path / "state" / store.identity).iterdir()] == [snapshot_name(1)]


def test_snapshots_of_a_later_epoch_go_too(tmp_path: Path) -> None:
    """They belong to an earlier store in the same place."""
    for epoch in (1, 9, 10, 11):
        (tmp_path / snapshot_name(epoch)).mkdir()
    (tmp_path / "snapshot-0-4").mkdir()
    assert newest(tmp_path) == tmp_path / snapshot_name(11)
    forget_others(tmp_path, tmp_path / snapshot_name(10))
    assert sorted(path.name for path in tmp_path.iterdir()) == [snapshot_name(10), snapshot_name(9)]
