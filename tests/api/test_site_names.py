"""api and cli: site names: used in search and grounding, listed, and written in the format that `load` reads."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from cli.main import main
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, Batch, open_store
from ingest.run import load
from linking.grounding import Grounder
from linking.search import find_concepts
from tests.graph.rows import edges, nodes
from tests.ingest.graphs import obo, quiet

ASKED = """query($source: String) { siteNames(first: 2, source: $source) {
  totalCount nodes { text language count source loaded concept { id label synonyms { text kind } } } } }"""
TERMS = ("X:1\nname: sugar disorder", "X:2\nname: skin disorder", "X:3\nname: other skin disorder")
NAMES = 'concept,term,times\nX:3,DM,3\nX:1,DM,40\nX:1,"zoet, heel zoet",\nX:2,huid,2\nX:3,huid,5\n'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    (folder / "ward.csv").write_text(NAMES, "utf-8")
    with closing(open_store(str(folder / "store"))) as store:
        paths = [obo(folder / "x.obo", "1", *TERMS, ontology="x"), folder / "ward.csv"]
        load(store, store.address.state, paths, quiet)
        # The concept with the most records is not the one that the site means most often.
        about = edges("STUDY_ABOUT", ("s:1", "X:2"), method="coded", assertion="present")
        store.write(Batch({"Study": nodes("Study", {"id": "s:1"})}, edges={"STUDY_ABOUT": about}))
    return str(folder / "store")


@pytest.fixture(scope="module")
def snapshot(address: str) -> Snapshot:
    with closing(open_store(address)) as store:
        return fresh_snapshot(store, Address(address).state)


def test_a_steward_sees_site_names_with_their_source(snapshot: Snapshot) -> None:
    def asked(role: Role, **given: Any) -> Any:
        return execute(snapshot, ASKED, given, role)

    found = asked(Role.STEWARD, source="site")["data"]["siteNames"]
    assert found["totalCount"] == 5 and all(row["loaded"] for row in found["nodes"])
    result = [tuple(row[name] for name in ("text", "language", "count", "source")) for row in found["nodes"]]
    assert result == [("DM", "und", 40, "site"), ("DM", "und", 3, "site")]
    assert found["nodes"][0]["concept"]["id"] == "X:1"
    assert {"text": "DM", "kind": "LOCAL"} in found["nodes"][0]["concept"]["synonyms"]
    assert asked(Role.EXACT, source="other")["data"]["siteNames"]["totalCount"] == 0
    assert asked(Role.AT_LEAST)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_the_more_frequent_meaning_comes_first(snapshot: Snapshot) -> None:
    def first(text: str) -> list[tuple[str, str]]:
        return [(snapshot.ids[hit.concept], hit.how) for hit in find_concepts(snapshot, text)[0][:2]]

    assert first("dm") == [("X:1", "exact synonym"), ("X:3", "exact synonym")] == first("DM")
    assert first("Huid") == [("X:3", "exact synonym"), ("X:2", "exact synonym")]
    grounder = Grounder(snapshot)
    mentions = grounder.mentions(["dm", "huid"], 2)
    assert [[match.concept for match in some] for some in mentions] == [["X:1", "X:3"], ["X:3", "X:2"]]
    # The counts are 40 and 3. The other evidence from names weighs as much as one more count.
    (sure, other), _ = mentions
    assert 40 / 44 <= sure.score / (sure.score + other.score) <= 41 / 44
    assert [match.concept for match in grounder.text("Al jaren DM, jeuk aan de huid.")] == ["X:1", "X:3"]


def test_exported_site_names_can_be_loaded_again(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["names", "--store", address, "--name", "site"]) == 0
    result = capsys.readouterr().out
    assert result.startswith("text\tconcept\tlanguage\tcount\tsource\tloaded\nDM\tX:1\tund\t40\tsite\t")
    (tmp_path / "again.tsv").write_text(result, "utf-8")
    assert main(["load", "--store", address, "--dry-run", str(tmp_path / "again.tsv")]) == 0
    assert "names: 5 unchanged" in capsys.readouterr().out
    for wrong in (["--name", "other"], ["--remove"]):
        assert main(["names", "--store", address, *wrong]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "tricuspid: no names are loaded as 'other': give one of site",
        "tricuspid: --remove removes all names of one source: give --name as well",
    ]


def test_site_names_are_removed_by_their_source(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Must be the last test in this file: the store has no site names afterwards."""
    assert main(["names", "--store", address, "--name", "site", "--remove"]) == 0
    assert capsys.readouterr().out == "removed 5 names of site\n"
    assert main(["names", "--store", address]) == 0
    assert capsys.readouterr().out == "text\tconcept\tlanguage\tcount\tsource\tloaded\n"
