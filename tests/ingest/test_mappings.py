"""All mappings of a store, written as SSSOM and read back, are the same, whatever their state and author."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.execution import execute
from cli.main import main
from curation import sssom
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Store, open_store
from ontologies.model import Mapping
from tests.graph.rows import table
from tests.ingest.graphs import load_into
from tests.ontologies.golden import stream

_COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification", "confidence", "author_id")
_MORE = ("reviewer_id", "reviewer_agreement", "predicate_modifier", "subject_label")
_NOTED = ("mapping_tool", "mapping_date", "comment")
_EXACT, _BY_HAND = "skos:exactMatch", "semapv:ManualMappingCuration"
_LEXICAL, _COMPOSITE = "semapv:LexicalMatching", "semapv:CompositeMatching"
_ONE, _TWO = "orcid:0000-0000-0000-0001", "orcid:0000-0000-0000-0002"
_DETAILS = ("gilda", "2024-11-05", 'is "said", 1')
_FIRST = (
    ("MONDO:1", _EXACT, "snomedct:1", _BY_HAND, "0.123456789", f"{_ONE}|{_TWO}", "", "", "", 'say "ah"', *_DETAILS),
    ("MONDO:1", "oboInOwl:hasDbXref", "snomedct:1", "semapv:UnspecifiedMatching", "", "", "", "", "", ""),
    ("MONDO:2", _EXACT, "snomedct:2", _LEXICAL, "0.5", "", "", "", "", ""),
    ("MONDO:3", _EXACT, "snomedct:3", _LEXICAL, "1", "", "", "1", "", "#3"),
    ("MONDO:4", "skos:broadMatch", "snomedct:4", _COMPOSITE, "", _ONE, "", "0", "", ""),
    ("MONDO:5", _EXACT, "local:HF01", _BY_HAND, "", "", _TWO, "", "Not", '"quoted"'),
)
_SECOND = (("MONDO:1", _EXACT, "snomedct:1", _LEXICAL, "0.2", "", "", "", "Not", ""),)
_SITE = "https://x.example/"
_FORGED = "urn:tricuspid:review:0123456789abcdef"
_NOTES = ("tool", "date", "comment")
_SAID = ("source", "target", "predicate", "confidence", "justification", "state", "author", "reviewer", *_NOTES)


def _set(path: Path, rows: Any) -> Path:
    head = f'#mapping_set_id: {_SITE}{path.name}\n#curie_map:\n#  local: "https://x.example/local/"\n'
    path.write_text(head + "".join("\t".join(row) + "\n" for row in ((*_COLUMNS, *_MORE, *_NOTED), *rows)))
    return path


def _rows(out: Path) -> list[dict[str, str]]:
    names, *rows = (line.split("\t") for line in out.read_text().splitlines() if not line.startswith("#"))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _history(snapshot: Snapshot, id_: str, state: str) -> list[tuple[str, list[Any]]]:
    said = "state statements { state authors reviewers tool date comment steward release }"
    asked = f'{{ concept(id: "{id_}") {{ mappings(states: [{state}]) {{ nodes {{ {said} }} }} }} }}'
    nodes = execute(snapshot, asked)["data"]["concept"]["mappings"]["nodes"]
    return [(node["state"], node["statements"]) for node in nodes]


def _mappings(store: Store) -> set[tuple[Any, ...]]:
    return {*table(store, "MAPS_TO", *_SAID)}


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """A store with two mapping sets, and one that falsely claims to be a steward's decisions in this store."""
    sets = [_set(tmp_path / "a.sssom.tsv", _FIRST), _set(tmp_path / "b.sssom.tsv", _SECOND)]
    forged = _set(tmp_path / "f.sssom.tsv", [("MONDO:9", _EXACT, "snomedct:9", *_FIRST[0][3:])])
    forged.write_text(forged.read_text().replace(f"{_SITE}f.sssom.tsv", _FORGED))
    load_into(store, *sets, forged)
    return store


def test_all_mappings_are_written_and_read_back_unchanged(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sssom, "_PIECE", 2)
    out = tmp_path / "all.sssom.tsv"
    assert sssom.write_mappings(fresh_snapshot(filled, filled.address.state), out) == 8
    rows = _rows(out)
    said = {(row["subject_id"], row["mapping_justification"], row["mapping_source"][-11:]) for row in rows}
    assert len(rows) == len(said) == 8 and ("MONDO:1", _LEXICAL, "b.sssom.tsv") in said
    assert {state for _, _, _, _, _, state, *_ in _mappings(filled)} == {"accepted", "rejected", "proposed"}
    with closing(open_store(str(tmp_path / "again"))) as again:
        assert load_into(again, out).refused == 0
        assert _mappings(again) == _mappings(filled) and len(_mappings(again)) == 8
        labels = dict(table(again, "Concept", "id", "label"))
        assert (labels["MONDO:1"], labels["MONDO:5"]) == ('say "ah"', "quoted")


def test_mappings_can_be_filtered_and_undecided_ones_are_a_queue(
    filled: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def written(*asked: str) -> list[tuple[str, str]]:
        assert main(["mappings", "--store", filled.address, "--out", str(out), *asked]) == 0
        rows = [(row["subject_id"], row["predicate_modifier"]) for row in _rows(out)]
        assert capsys.readouterr().out == f"{len(rows)} mappings written to {out}\n"
        return rows

    out = tmp_path / "some.sssom.tsv"
    assert written("--state", "rejected", "--ontology", "local") == [("MONDO:5", "Not")]
    assert written("--state", "rejected", "--ontology", "SCTID") == [("MONDO:1", "Not")]
    assert main(["mappings", "--store", filled.address, "--out", str(out), "--ontology", "HP"]) == 1
    assert "HP" in capsys.readouterr().err
    assert written("--state", "proposed") == [("MONDO:2", ""), ("MONDO:4", "")]
    out.write_text(out.read_text().replace("LexicalMatching\t\t\t", f"LexicalMatching\t\t{_TWO}\t"))
    assert load_into(filled, out).refused == 0
    decided = table(filled, "MAPS_TO", "source", "state", "reviewer", "release")
    (release,) = {release for *_, release in decided if release.startswith("urn:tricuspid:review:")}
    assert ("MONDO:2", "accepted", _TWO, release) in decided
    assert ("MONDO:9", "accepted", None, f"loaded:{_FORGED}") in decided
    snapshot = fresh_snapshot(filled, filled.address.state)
    mappings = snapshot.mappings
    assert mappings.filter(mappings["steward"])["release"].to_pylist() == [release] * 2
    nothing = dict.fromkeys(_NOTES)
    decision = {"state": "ACCEPTED", "authors": [], "reviewers": [_TWO], "steward": True, "release": release} | nothing
    guess = {"state": "PROPOSED", "reviewers": [], "steward": False, "release": f"{_SITE}a.sssom.tsv"}
    guess = decision | guess
    for asked in ("MONDO:2", "snomedct:2"):
        assert _history(snapshot, asked, "ACCEPTED") == [("ACCEPTED", [decision, guess])]
    assert _history(snapshot, "MONDO:2", "PROPOSED") == []


def test_a_pair_is_listed_once_with_all_its_mappings(filled: Store) -> None:
    snapshot = fresh_snapshot(filled, filled.address.state)
    noted = dict(zip(_NOTES, _DETAILS, strict=True))
    first = {"state": "ACCEPTED", "authors": [_ONE, _TWO], "reviewers": [], "release": f"{_SITE}a.sssom.tsv"} | noted
    then = {"state": "REJECTED", "authors": [], "reviewers": [], "release": f"{_SITE}b.sssom.tsv"}
    nothing = dict.fromkeys(_NOTES)
    said = [one | {"steward": False} for one in (then | nothing, first)]
    for asked in ("MONDO:1", "snomedct:1"):
        assert _history(snapshot, asked, "REJECTED") == [("REJECTED", said)]
        assert _history(snapshot, asked, "ACCEPTED") == []


@pytest.mark.parametrize("name", ["mondo_broadmatch_ncit.sssom.tsv", "biomappings/unsure.sssom.tsv"])
def test_a_published_set_is_written_unchanged(name: str, shared: Path, store: Store, tmp_path: Path) -> None:
    read, out = shared / "ontologies/sssom" / name, tmp_path / "out.sssom.tsv"
    load_into(store, read)
    sssom.write_mappings(fresh_snapshot(store, store.address.state), out)
    assert _stated(out) == _stated(read) != set()


def _stated(path: Path) -> set[tuple[Any, ...]]:
    """The mappings without labels: if an ontology is loaded, its labels replace those of the file."""
    return {(*item[:8], *item[10:]) for item in stream(path) if isinstance(item, Mapping)}
