"""graph: tables, readers, answers, backup and documentation come from one declaration of a kind of record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest

from graph.declaration import Field, Said, kind
from graph.kinds import KINDS, Role, documented

ROOT = Path(__file__).resolve().parents[2]


def test_a_new_kind_works_in_every_part(address: str, tmp_path: Path) -> None:
    at = str(tmp_path / "own") if "://" not in address else address
    command = [sys.executable, "-m", "tests.graph.made_up", at, str(tmp_path)]
    result, again, page = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    stored, answer = result
    assert stored == [[["biobank:1", 200, True]], [["biobank:1", "doi:10.5072/d"]]]
    assert answer["biobank"] == {
        **{"id": "biobank:1", "title": "Serum of 200 people", "samples": 200, "cold": True, "site": "Utrecht"},
        "abouts": {
            "nodes": [
                {"concept": {"id": "X:1"}, "field": "purpose", "role": "OUTCOME"},
                {"concept": {"id": "X:2"}, "field": "disease", "role": "SUBJECT"},
                {"concept": {"id": "X:2"}, "field": "rules", "role": "CRITERION"},
            ]
        },
        "datasets": {"nodes": [{"id": "doi:10.5072/d"}]},
    }
    assert answer["biobanks"] == {"totalCount": 1, "nodes": [{"id": "biobank:1"}]}
    assert [answer[roles]["totalCount"] for roles in ("subjects", "criteria", "purposes")] == [1, 1, 0]
    found = {asked: [edge["match"]["field"] for edge in answer[asked]["edges"]] for asked in ("purpose", "disease")}
    assert found == {"purpose": ["purpose"], "disease": ["disease"]}
    assert answer["dataset"] == {"biobanks": {"nodes": [{"id": "biobank:1", "samples": 200}]}}
    assert again == result
    assert "### Biobank\n\nA collection of samples.\n" in page
    assert "| samples | integer | How many samples it has: `200`. | |" in page
    assert "| purpose | text | What may be found with it. | OUTCOME |" in page
    assert "| disease | names | Diseases that it is on, each a name: `Asthma`. | SUBJECT |" in page
    assert "| rules | text in `texts` | Who may have samples. | CRITERION |" in page
    assert "| KEEPS (`KEEPS`) | to Dataset | Data sets that it keeps, by id: `doi:10.5072/diabetes-1`. | |" in page


def test_the_page_of_the_graph_equals_the_declarations() -> None:
    text = documented.PAGE.read_text(encoding="utf-8")
    assert documented.page(text, KINDS) == text, "run: python -m graph.kinds.documented"


def _two_types() -> None:
    @kind()
    class Wrong(NamedTuple):
        id: Annotated[str | int, Said("Its number")]


def _no_words() -> None:
    @kind()
    class Wrong(NamedTuple):
        id: Annotated[str, Said("Its number")]
        title: str


def _no_place() -> None:
    @kind(fields=(Field("rules", Said("Its rules", grounded=Role.CRITERION), text=True),))
    class Wrong(NamedTuple):
        id: Annotated[str, Said("Its number")]


@pytest.mark.parametrize(
    ("declared", "message"),
    [(_two_types, "Wrong.id: the type of a column"), (_no_words, "title: describe"), (_no_place, "Wrong: a field")],
)
def test_a_wrong_declaration_is_refused_at_import(declared: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        declared()
