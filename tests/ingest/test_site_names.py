"""ingest: site names are checked, counted, replaced and removed, and move to the concept that replaces theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest

from graph.snapshot import Snapshot
from graph.store import EDGES, NODES, Store
from ingest import site_names
from ingest.run import load, terminologies
from linking.search import find_concepts
from ontologies.errors import UnreadableFile
from ontologies.model import Item, SiteName
from tests.graph.rows import table
from tests.ingest.graphs import load_after_dry_run, load_into, obo, quiet
from tests.ingest.terms import picture

KINDS = ("text", "kind", "language", "count", "release")
TERMS = (
    "X:1\nname: sugar disorder",
    'X:2\nname: Crohn disease\nsynonym: "cor pulmonale" EXACT []',
    "X:3\nname: old sugar\nis_obsolete: true\nreplaced_by: X:4",
    "X:4\nname: less old sugar\nis_obsolete: true\nreplaced_by: X:1",
    "X:5\nname: lost sugar\nis_obsolete: true",
    "X:6\nname: skin disorder",
    "X:7\nname: other skin disorder",
)


def written(folder: Path, *lines: str, name: str = "a-ward.tsv") -> Path:
    """A table of names. In the order of files, this table comes before its terminology."""
    file = folder / name
    file.write_text("\n".join(("name\tCURIE\tlang\tn", *lines)) + "\n", "utf-8")
    return file


def terms(folder: Path) -> Path:
    return obo(folder / "x.obo", "1", *TERMS, ontology="x")


def held(snapshot: Snapshot) -> list[tuple[str, str, int, str]]:
    rows = snapshot.site_names.to_pylist()
    return [(row["text"], snapshot.ids[row["concept"]], row["count"], row["release"]) for row in rows]


def found(snapshot: Snapshot, text: str) -> list[str]:
    return [snapshot.ids[hit.concept] for hit in find_concepts(snapshot, text)[0] if hit.how.startswith("exact")]


def test_every_line_is_counted_and_refusals_have_its_number(store: Store, tmp_path: Path) -> None:
    lines = (
        "suiker\tX:1\tnl\t5",
        "suiker\tX_1\tnl\t2",
        "huid\tX:6\tnl\t3",
        "Huid\thttps://nobody.example/7\tnl\t9",
        "Huid\tX:7\tnl\t9",
        "M. Crohn\tX:2\tnl",
        "mw. Jansen\tX:2\tnl",
        "oude suiker\tX:3\tnl",
        "weg\tX:5\tnl",
        "...\tX:1\tnl",
        "HUID\tY:1\tnl\t2",
        "Cor Pulmonale\tX:2",
        "J. Crohn\tX:2",
    )
    other = obo(tmp_path / "y.obo", "1", "Y:1\nname: something dry", ontology="y")
    report = load_after_dry_run(store, written(tmp_path, *lines), terms(tmp_path), other)
    assert report.refusals == [
        "a-ward.tsv, line 11: the text is empty: write a name, or delete the line",
        f"a-ward.tsv, line 5: {site_names.UNDEFINED}",
        f"a-ward.tsv, line 8: {site_names.PERSONAL}",
        f"a-ward.tsv, line 10: {site_names.OBSOLETE}",
        f"a-ward.tsv, line 14: {site_names.PERSONAL}",
    ]
    assert report.notes == [
        f"a-ward.tsv, line 3: {site_names.REPEATED}",
        f"a-ward.tsv, line 6: {site_names.AMBIGUOUS}",
        f"a-ward.tsv, line 9: {site_names.REPLACED}",
        f"a-ward.tsv, line 12: {site_names.AMBIGUOUS}",
    ]
    assert [*report.reasons.values()] == [1, 2, 1]
    assert (report.read, report.written, report.unchanged, report.refused) == (22, 16, 1, 5)
    snapshot = picture(store)
    assert held(snapshot) == [
        ("Cor Pulmonale", "X:2", 1, "site"),
        ("HUID", "Y:1", 2, "site"),
        ("Huid", "X:7", 9, "site"),
        ("M. Crohn", "X:2", 1, "site"),
        ("huid", "X:6", 3, "site"),
        ("oude suiker", "X:1", 1, "site"),
        ("suiker", "X:1", 7, "site"),
    ]
    assert found(snapshot, "huid") == ["X:7", "X:6", "Y:1"] and found(snapshot, "OUDE suiker") == ["X:1"]
    # Site names are no evidence that two concepts mean the same.
    assert not [pair for pair in table(store, "SAME_AS", "source", "target") if "Y:1" in pair]
    assert not [text for (text,) in table(store, "Refusal", "reason") if "Jansen" in text]


def test_a_source_is_replaced_and_removed(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path), written(tmp_path, "suiker\tX:1\tnl\t5", "huid\tX:6\tnl", "vel\tX:6\tnl"))
    folder = store.address.state
    load(store, folder, [written(tmp_path, "zoet\tX:1", name="b.tsv")], quiet, "letters of 2024")
    report = load_after_dry_run(store, written(tmp_path, "suiker\tX:1\tnl\t6", "huid\tX:6\tnl"))
    (result,) = report.counts.rows()
    assert [result[name] for name in ("read", "unchanged", "added", "removed")] == [2, 1, 1, 2]
    kept = [("huid", "X:6", 1, "site"), ("suiker", "X:1", 6, "site")]
    assert held(picture(store)) == [("zoet", "X:1", 1, "letters of 2024"), *kept]
    assert table(store, "Label", *KINDS)[2:3] == [("suiker", "local", "nl", 6, "site")]
    assert site_names.remove(store, folder, "letters of 2024", quiet).counts.total("removed") == 1
    assert held(picture(store)) == kept and found(picture(store), "zoet") == []
    assert "letters of 2024" not in [id for (id,) in table(store, "Release", "id")]


def test_a_file_of_names_is_read_after_the_terminologies(tmp_path: Path) -> None:
    files = terminologies([written(tmp_path, "a\tX:1"), terms(tmp_path)], None).files
    assert [file.path.name for file in files] == ["x.obo", "a-ward.tsv"]


def test_names_before_the_end_of_a_truncated_file_are_read(tmp_path: Path) -> None:
    def items() -> Iterator[Item]:
        yield SiteName("line 2", "X:1", "suiker", "nl", 1)
        raise UnreadableFile(tmp_path, "line 3", "it is cut off")

    found = site_names.checked(cast(Store, _One()), items())
    assert next(found) == SiteName("line 2", "X:1", "suiker", "nl", 1)
    with pytest.raises(UnreadableFile):
        next(found)


class _One:
    """A store with one concept that has no synonyms."""

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        rows = {"id": ["X:1"], "label": ["sugar disorder"], "deprecated": [False], "replaced_by": [None]}
        whole = pa.table(rows | {"stub": [False]})
        return whole if table == "Concept" else NODES[table].arrow.empty_table()

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        return EDGES[table].arrow.empty_table()
