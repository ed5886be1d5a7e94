"""ingest: groups of one meaning in the graph: written once, whole after a kill, and the same answer by every way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from graph.backup import backup, restore
from graph.check import check
from graph.hierarchy import Level
from graph.open import open_store, state_folder
from graph.snapshot import Snapshot
from graph.snapshot_build import fresh_snapshot
from graph.store import Batch, Store
from ingest import jobs, meanings
from ingest.meanings import write_meanings
from tests.example import write_example
from tests.graph.rows import edges, table
from tests.ingest.graphs import condition, everything, ingest_into, load_into, ndjson, obo, patient, quiet, sssom

WORDS = "angina asthma bronchitis colitis dermatitis eczema fibrosis gastritis hepatitis".split()
COLUMNS = ("source", "target", "probability", "level", "evidence", "release", "job")


class Killed(BaseException):
    """What no code of ours catches."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 5)


def terms(folder: Path, prefix: str, *words: str, version: str = "1") -> Path:
    """A terminology of as many concepts as there are words, of which these have the names."""
    names = [word if word in words else f"{prefix} has another word {number}" for number, word in enumerate(WORDS)]
    stanzas = [f"{prefix}:{number}\nname: {name}" for number, name in enumerate(names)]
    return obo(folder / f"{prefix.lower()}.obo", version, *stanzas, ontology=prefix.lower())


def pairs(words: list[str]) -> Counter[tuple[str, str]]:
    """Both directions of every pair that these names make."""
    ends = [(f"A:{WORDS.index(word)}", f"B:{WORDS.index(word)}") for word in words]
    return Counter(ends + [(other, one) for one, other in ends])


def same(store: Store) -> Counter[tuple[str, str]]:
    return Counter(table(store, "SAME_AS", "source", "target"))


def states(store: Store) -> list[tuple[Any, ...]]:
    return [row for row in table(store, "Job", "kind", "id", "state", "checkpoint") if row[0] == "meaning"]


def picture(store: Store) -> Snapshot:
    return fresh_snapshot(store, state_folder(store.address))


# Written


def test_a_load_writes_groups_both_ways(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    assert same(store) == pairs(WORDS)
    for *_, probability, level, evidence, release, job in table(store, "SAME_AS", *COLUMNS):
        assert (level, release, [*json.loads(evidence)]) == ("LIKELY", "urn:tricuspid:meanings", ["names"])
        assert 0.8 <= probability < 1
        assert job == states(store)[0][1]


def test_narrower_pairs_are_written_from_the_narrower_one(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "maps.tsv"
    file.write_text("subject_id\tpredicate_id\tobject_id\nA:1\tskos:broadMatch\tB:1\nA:2\tskos:narrowMatch\tB:2\n")
    load_into(store, file)
    rows = table(store, "NARROWER", *COLUMNS[:5])
    assert rows == [
        ("A:1", "B:1", 1.0, "CERTAIN", '{"mapping":1.0}'),
        ("B:2", "A:2", 1.0, "CERTAIN", '{"mapping":1.0}'),
    ]


def test_nothing_is_written_where_there_is_no_group(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS))
    assert states(store) == [] and same(store) == Counter()


def test_nothing_is_written_where_no_group_changed(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    epoch = store.epoch()
    assert write_meanings(store, state_folder(store.address), quiet).epoch == epoch == store.epoch()
    before = states(store)
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), condition("c1", "44054006")))
    assert states(store) == before


def test_the_snapshot_that_comes_out_is_that_of_the_last_epoch(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", "colitis"), terms(tmp_path, "B", "colitis"))
    folder = state_folder(store.address)
    made = write_meanings(store, folder, quiet)
    assert made.epoch == store.epoch()
    assert dict(zip(made.counts["table"].to_pylist(), made.counts["rows"].to_pylist(), strict=True))["SAME_AS"] == 2


def test_a_group_that_is_gone_leaves_no_edge(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    load_into(store, terms(tmp_path, "B", version="2"))
    assert same(store) == Counter()


def test_there_and_back_again(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    first = table(store, "SAME_AS", *COLUMNS)
    load_into(store, terms(tmp_path, "B", *WORDS[3:], version="2"))
    assert same(store) == pairs(WORDS[3:])
    load_into(store, terms(tmp_path, "B", *WORDS))
    assert table(store, "SAME_AS", *COLUMNS) == first
    assert {row[2] for row in states(store)} == {"done"}


def test_the_order_of_files_changes_no_group(store: Store, tmp_path: Path) -> None:
    a, b = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    c = sssom(tmp_path / "c.tsv", ("A:1", "B:2"), ("A:3", "B:3"))
    load_into(store, a, b, c)
    first = table(store, "SAME_AS", *COLUMNS[:5])
    for number, order in enumerate(permutations((a, b, c))):
        with closing(open_store(str(tmp_path / f"other{number}"))) as other:
            for file in order:
                load_into(other, file)
            assert table(other, "SAME_AS", *COLUMNS[:5]) == first


@pytest.mark.parametrize(
    "name",
    [
        "https://example.org/meanings",
        "urn:tricuspid:meanings",
        "https://example.org/candidates",
        "https://example.org/neighbours",
    ],
)
def test_a_mapping_set_of_the_name_of_our_release_is_kept(store: Store, tmp_path: Path, name: str) -> None:
    file = sssom(tmp_path / "set.tsv", ("A:1", "B:1"))
    file.write_text(f"#mapping_set_id: {name}\n{file.read_text()}")
    load_into(store, file)
    write_meanings(store, state_folder(store.address), quiet)
    ((release,),) = table(store, "MAPS_TO", "release")
    assert release not in {"urn:tricuspid:meanings", "candidates", "neighbours"}
    assert len(same(store)) == 2


# Killed


def die_at(store: Store, monkeypatch: pytest.MonkeyPatch, batch: int, *, written: bool) -> None:
    """The process seems killed at that batch of groups, before or after it is written."""
    write, count = store.write, iter(range(1, 1_000))

    def until(made: Batch) -> int:
        last = made.nodes["Job"]["kind"][0].as_py() == "meaning" and next(count) == batch
        if last and not written:
            raise Killed
        epoch = write(made)
        if last:
            raise Killed
        return epoch

    monkeypatch.setattr(store, "write", until)


def killed(store: Store, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool, *paths: Path) -> None:
    with monkeypatch.context() as dying:
        die_at(store, dying, batch, written=written)
        with pytest.raises(Killed):
            load_into(store, *paths)


KILLS = pytest.mark.parametrize(("batch", "written"), [(1, False), (1, True), (2, True), (4, True), (5, False)])


@KILLS
def test_the_first_groups_that_were_killed_are_whole_in_the_end(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    files = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    killed(store, monkeypatch, batch, written, *files)
    load_into(store, *files)
    assert same(store) == pairs(WORDS)
    assert {row[2] for row in states(store)} == {"done"}
    with closing(open_store(str(tmp_path / "other"))) as other:
        load_into(other, *files)
        assert everything(store) == everything(other)


@KILLS
def test_later_groups_that_were_killed_are_whole_in_the_end(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS[:4]))
    newer = terms(tmp_path, "B", *WORDS, version="2")
    killed(store, monkeypatch, batch, written, newer)
    load_into(store, newer)
    assert same(store) == pairs(WORDS)


@KILLS
def test_groups_that_were_killed_and_then_went_back_are_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS[:4]))
    killed(store, monkeypatch, batch, written, terms(tmp_path, "B", *WORDS, version="2"))
    load_into(store, terms(tmp_path, "B", *WORDS[:4]))
    assert same(store) == pairs(WORDS[:4])


@KILLS
def test_groups_that_were_killed_between_others_are_whole_when_they_come_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    """What the killed job wrote was swept by the job of the other groups."""
    every = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    killed(store, monkeypatch, batch, written, *every)
    load_into(store, terms(tmp_path, "B", *WORDS[:4], version="2"))
    assert same(store) == pairs(WORDS[:4])
    load_into(store, terms(tmp_path, "B", *WORDS))
    assert same(store) == pairs(WORDS)


def test_a_kill_before_the_snapshot_was_carried_is_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    files = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    with monkeypatch.context() as dying:
        dying.setattr(meanings, "carried_snapshot", die)
        with pytest.raises(Killed):
            load_into(store, *files)
    epoch = store.epoch()
    write_meanings(store, state_folder(store.address), quiet)
    assert (store.epoch(), same(store)) == (epoch, pairs(WORDS))


# Sound, and kept


def test_a_store_with_groups_is_sound(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), condition("c1", "44054006")))
    found = list(check(store, state_folder(store.address)))
    assert [one for one in found if one.wrong] == []
    assert next(one.looked_at for one in found if one.what.startswith("SAME_AS")) == 2 * len(WORDS)


def test_a_backup_holds_groups(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    said = sssom(tmp_path / "m.tsv", ("A:1", "C:1"))
    said.write_text(said.read_text().replace("exactMatch", "broadMatch"))
    load_into(store, said)
    backup(store, tmp_path / "all.zip", quiet)
    with closing(open_store(str(tmp_path / "other"))) as other:
        restore(tmp_path / "all.zip", other, state_folder(other.address), quiet)
        assert everything(other) == everything(store)
        assert same(other) == pairs(WORDS) and table(other, "NARROWER", "source", "target") == [("A:1", "C:1")]
        write_meanings(other, state_folder(other.address), quiet)
        assert everything(other) == everything(store), "nothing is new"


# The same answer by every way


def tangled(store: Store, folder: Path) -> None:
    """The example, and a loop through a group, a chain of exact mappings, a replaced one and narrower mappings."""
    write_example(store)
    load_into(store, terms(folder, "A", *WORDS), terms(folder, "B", *WORDS[:6]))
    stanzas = ["C:1\nname: upper\nis_a: C:2", "C:2\nname: middle\nis_a: C:3", "C:3\nname: lower\nis_a: C:1"]
    gone = "C:4\nname: obsolete upper\nis_obsolete: true\nreplaced_by: C:2"
    load_into(store, obo(folder / "c.obo", "1", *stanzas, gone, ontology="c"))
    load_into(store, sssom(folder / "e.tsv", ("A:1", "C:1"), ("C:3", "D:1"), ("D:1", "E:1"), ("D:2", "B:5")))
    file = folder / "n.tsv"
    head = "subject_id\tpredicate_id\tobject_id"
    file.write_text(f"{head}\nA:2\tskos:broadMatch\tB:3\nMONDO:0005015\tskos:narrowMatch\tD:2\n")
    load_into(store, file)


def walked(store: Store, level: Level) -> dict[str, set[str]]:
    """Of every concept what the edges lead down to, as docs/graph.md has it."""
    steps: dict[str, set[str]] = {}
    for name in ("IS_A", "SAME_AS", "NARROWER"):
        columns = ("source", "target", *(("level",) if name != "IS_A" else ()))
        for source, target, *own in table(store, name, *columns):
            if level == Level.LIKELY or own in ([], ["CERTAIN"]):
                steps.setdefault(target, set()).add(source)
    return {id_: _down(id_, steps) for (id_,) in table(store, "Concept", "id")}


def _down(start: str, steps: dict[str, set[str]]) -> set[str]:
    found, edge = {start}, {start}
    while edge:
        edge = {low for high in edge for low in steps.get(high, ())} - found
        found |= edge
    return found


def reached(snapshot: Snapshot, level: Level) -> dict[str, set[str]]:
    ids = snapshot.concepts["id"].to_pylist()
    return {id_: {ids[low] for low in snapshot.hierarchy.reach(row, level)} for row, id_ in enumerate(ids)}


@pytest.mark.parametrize("level", Level)
def test_the_edges_lead_where_reach_does(store: Store, tmp_path: Path, level: Level) -> None:
    tangled(store, tmp_path)
    found = reached(picture(store), level)
    assert walked(store, level) == found
    assert found["A:1"] == found["D:1"] == found["C:4"] >= {"C:1", "C:2", "C:3", "E:1"}
    assert ("B:1" in found["E:1"]) == (level == Level.LIKELY)


QUERIES = {
    Level.LIKELY: "MATCH (c:Concept {id: $id}) (()<-[:IS_A|SAME_AS|NARROWER]-())* (d) RETURN DISTINCT d.id",
    Level.CERTAIN: (
        "MATCH (c:Concept {id: $id}) (()<-[r:IS_A|SAME_AS|NARROWER WHERE r.level IS NULL OR r.level = 'CERTAIN']-())* "
        "(d) RETURN DISTINCT d.id"
    ),
}


@pytest.fixture
def session(store: Store) -> Iterator[Any]:
    import neo4j

    with neo4j.GraphDatabase.driver(store.address) as driver, driver.session() as opened:
        yield opened


@pytest.mark.parametrize("address", ["neo4j"], indirect=True)
@pytest.mark.parametrize("level", Level)
def test_cypher_gives_what_reach_gives(store: Store, tmp_path: Path, session: Any, level: Level) -> None:
    tangled(store, tmp_path)
    for id_, found in reached(picture(store), level).items():
        assert {row[0] for row in session.run(QUERIES[level], {"id": id_})} == found


def test_edges_that_another_job_left_are_swept(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    left = {
        "probability": 1.0,
        "level": "CERTAIN",
        "evidence": "{}",
        "release": "urn:tricuspid:meanings",
        "job": "killed",
    }
    store.write(Batch(edges={"SAME_AS": edges("SAME_AS", ("A:1", "A:2"), **left)}))
    write_meanings(store, state_folder(store.address), quiet)
    assert same(store) == pairs(WORDS)
