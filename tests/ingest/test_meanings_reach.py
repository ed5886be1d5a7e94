"""ingest: the snapshot, the edges in the graph and Cypher give the same reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.hierarchy import Level
from graph.snapshot import Snapshot
from graph.store import Store
from tests.example import write_example
from tests.graph.rows import table
from tests.ingest.graphs import load_into, obo, sssom
from tests.ingest.terms import WORDS, picture, terms


def tangled(store: Store, folder: Path) -> None:
    """Adds to the example a cycle through a group, exact mappings in a chain, a replaced concept, narrower mappings."""
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
    """The reach of every concept, by following edges as docs/graph.md describes."""
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
def test_following_edges_gives_the_reach(store: Store, tmp_path: Path, level: Level) -> None:
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
def test_cypher_gives_the_reach(store: Store, tmp_path: Path, session: Any, level: Level) -> None:
    tangled(store, tmp_path)
    for id_, found in reached(picture(store), level).items():
        assert {row[0] for row in session.run(QUERIES[level], {"id": id_})} == found
