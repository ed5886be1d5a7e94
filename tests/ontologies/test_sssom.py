"""ontologies' tests: mapping sets that state a pair twice, and mapping sets in versions before SSSOM 0.9."""

from __future__ import annotations

from pathlib import Path

import pytest

from ontologies.formats import sssom
from ontologies.model import Item, Mapping, Refused
from tests.ontologies.golden import stream


def written(folder: Path, **cells: str) -> list[Item]:
    file = folder / "m.sssom.tsv"
    row = {"subject_id": "A:1", "predicate_id": "skos:exactMatch", "object_id": "B:1", **cells}
    file.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    return stream(file)[1:]


def test_all_mappings_of_a_pair_are_kept(shared: Path) -> None:
    items = stream(shared / "faults/sssom-duplicates.sssom.tsv")
    found = [(item.subject[-2:], item.object, item.state) for item in items if isinstance(item, Mapping)]
    assert found == [
        ("10", "snomedct:81000001", "accepted"),
        ("10", "snomedct:81000001", "proposed"),
        ("12", "snomedct:81000002", "rejected"),
        ("12", "snomedct:81000002", "accepted"),
        ("07", "snomedct:81000003", "accepted"),
        ("13", "snomedct:81000004", "accepted"),
        ("11", "snomedct:81000005", "accepted"),
        ("02", "snomedct:81000006", "accepted"),
    ]
    assert [item.position for item in items if isinstance(item, Refused)] == ["line 12"]


@pytest.mark.parametrize(
    ("match_type", "justification", "state"),
    [
        ("HumanCurated", "ManualMappingCuration", "accepted"),
        ("Lexical", "LexicalMatching", "proposed"),
        ("sssom:Lexical", "LexicalMatching", "proposed"),
        ("SemanticSimilarity", "SemanticSimilarityThresholdMatching", "proposed"),
        ("Lexical|SemanticSimilarity", "LexicalMatching", "proposed"),
        ("Lexical|HumanCurated", "ManualMappingCuration", "accepted"),
        ("Lexical|Logical", "CompositeMatching", "accepted"),
        ("Logical", "LogicalReasoning", "accepted"),
        ("Complex", "CompositeMatching", "accepted"),
        ("Unspecified", "UnspecifiedMatching", "accepted"),
        ("", "UnspecifiedMatching", "accepted"),
    ],
)
def test_a_match_type_before_sssom_0_9_is_a_justification(
    match_type: str, justification: str, state: str, tmp_path: Path
) -> None:
    (item,) = written(tmp_path, match_type=match_type)
    assert isinstance(item, Mapping) and (item.justification, item.state) == (f"semapv:{justification}", state)


def test_an_unknown_match_type_is_refused(tmp_path: Path) -> None:
    (item,) = written(tmp_path, match_type="Guessed")
    assert isinstance(item, Refused) and item.position == "line 2" and "match_type" in item.reason


def test_a_justification_counts_before_a_match_type(tmp_path: Path) -> None:
    (item,) = written(tmp_path, match_type="Guessed", mapping_justification="semapv:ManualMappingCuration")
    assert isinstance(item, Mapping) and item.justification == "semapv:ManualMappingCuration"


def test_author_and_reviewer_are_separate(tmp_path: Path) -> None:
    (item,) = written(tmp_path, author_id="orcid:1|orcid:2", reviewer_id="orcid:3", match_type="Lexical")
    assert isinstance(item, Mapping)
    assert (item.author, item.reviewer, item.state) == ("orcid:1|orcid:2", "orcid:3", "accepted")


def test_tool_and_date_of_the_set_are_used_if_the_table_lacks_the_column(tmp_path: Path) -> None:
    written(tmp_path, mapping_tool="", comment=" checked ")
    file = tmp_path / "m.sssom.tsv"
    file.write_text("#mapping_tool: gilda\n#mapping_date: '2024-11-05'\n#comment: of the set\n" + file.read_text())
    (item,) = stream(file)[1:]
    assert isinstance(item, Mapping) and (item.tool, item.date, item.comment) == (None, "2024-11-05", "checked")


def test_an_internal_error_is_not_reported_as_a_bad_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sssom, "_state", lambda *said: int("none"))
    with pytest.raises(ValueError, match="int"):
        written(tmp_path)
