"""graph: nodes that belong to one record, and the identifiers of the record."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from graph.kinds import KINDS
from graph.snapshot import joined
from graph.snapshot.identities import Identities, identities
from tests.graph.rows import edges, nodes


def of(kind: str, *rows: dict[str, Any]) -> tuple[Identities, dict[str, set[str]]]:
    """The identities, and the identifiers of each record, by the id of the record."""
    table = nodes(kind, *rows).sort_by("id")
    same = identities(kind, table)
    known = {id_: {id_} for id_ in same.ids.to_pylist()}
    for other in same.others.to_pylist():
        known[same.ids[other["record"]].as_py()].add(other["id"])
    assert np.array_equal(same.number[same.node], np.arange(len(same.ids)))
    return same, known


def test_nodes_without_further_identifiers_are_separate_records() -> None:
    same, known = of("Course", {"id": "course:2"}, {"id": "course:1"})
    assert known == {"course:1": {"course:1"}, "course:2": {"course:2"}} and same.node.tolist() == [0, 1]
    assert of("Publication")[1] == {}


def test_an_article_has_the_id_of_its_doi() -> None:
    _, known = of("Publication", {"id": "pubmed:1", "pmid": "1", "doi": "x"}, {"id": "pubmed:2", "pmid": "2"})
    assert known == {"doi:x": {"doi:x", "pubmed:1"}, "pubmed:2": {"pubmed:2"}}


def test_a_node_that_states_two_identifiers_joins_their_records() -> None:
    both = {"id": "pubmed:1", "doi": "x", "title": "a", "revised": "2020"}
    same, known = of("Publication", both, {"id": "doi:x", "title": "b", "revised": "2021-02"}, {"id": "doi:y"})
    assert known == {"doi:x": {"doi:x", "pubmed:1"}, "doi:y": {"doi:y"}}
    assert same.node.tolist() == [0, 1], "the node with the latest date comes last"


def test_a_node_without_content_gives_no_values() -> None:
    same, _ = of("Publication", {"id": "doi:x"}, {"id": "pubmed:1", "doi": "x", "title": "a"})
    assert same.node.tolist() == [1]


def test_an_identifier_of_several_articles_joins_none_of_them(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        same, known = of("Publication", *({"id": f"pubmed:{n}", "doi": "x"} for n in (1, 2)), {"id": "doi:x"})
    assert known == {id_: {id_} for id_ in ("doi:x", "pubmed:1", "pubmed:2")} and same.shared == 1
    assert "1 identifiers are stated by several records of kind Publication" in caplog.text


def test_two_numbers_of_one_registry_are_never_joined() -> None:
    same, known = of("Publication", {"id": "doi:x", "pmid": "1"}, {"id": "pubmed:1"}, {"id": "pubmed:2", "doi": "x"})
    assert [*known] == ["doi:x", "pubmed:1", "pubmed:2"] and same.shared == 2


def test_data_sets_with_the_same_doi_are_one_record() -> None:
    _, known = of("Dataset", *({"id": f"https://{n}.example/d", "doi": "x"} for n in "ab"))
    assert known == {"doi:x": {"doi:x", "https://a.example/d", "https://b.example/d"}}


def test_a_replaced_registry_number_leads_to_the_current_number() -> None:
    """This holds for any dates and for chains of replaced numbers."""
    studies = [
        {"id": "clinicaltrials:A", "identifiers": "clinicaltrials:B eudract:1", "title": "a", "updated": "2020"},
        {"id": "clinicaltrials:B", "identifiers": "clinicaltrials:C", "title": "b", "updated": "2030"},
        {"id": "clinicaltrials:C", "title": "c"},
        {"id": "clinicaltrials:D", "identifiers": "eudract:2 ctis:3"},
        {"id": "clinicaltrials:E", "identifiers": "eudract:2"},
        {"id": "eudract:1"},
    ]
    same, known = of("Study", *studies)
    ids = [row["id"] for row in studies]
    assert known == {ids[0]: {*ids[:3], "eudract:1"}, ids[3]: {ids[3], "ctis:3"}, ids[4]: {ids[4]}}
    assert same.node.tolist() == [0, 3, 4] and same.shared == 1


def test_older_nodes_give_the_values_that_the_latest_lacks() -> None:
    older = {"id": "doi:x", "title": "older", "language": "nl", "texts": '{"title@nl": "a", "abstract@nl": "b"}'}
    newer = {
        "id": "pubmed:1",
        "doi": "x",
        "pmid": "1",
        "title": "newer",
        "revised": "2020",
        "texts": '{"title@nl": "c"}',
    }
    table = nodes("Publication", older, newer, {"id": "pubmed:2"})
    (row, other) = joined.records(table, identities("Publication", table)).to_pylist()
    assert (row["id"], row["title"], row["language"], row["pmid"]) == ("doi:x", "newer", "nl", "1")
    assert row["texts"] == '{"abstract@nl":"b","title@nl":"c"}' and other["title"] is None


def test_positions_in_a_text_that_is_not_shown_are_removed() -> None:
    said = {"title": "On asthma", "abstract": "Asthma."}
    table = nodes("Publication", {"id": "doi:x"} | said, {"id": "pubmed:1", "doi": "x", "revised": "2020"} | said)
    table = table.set_column(1, "title", [["Asthma seen", "On asthma"]])
    same = identities("Publication", table)
    rows = [
        edges("PUBLICATION_ABOUT", (id_, "D:1"), field=field, text=text, start=at, end=at + 6)
        for id_, field, text, at in (
            ("doi:x", "title", "Asthma", 0),
            ("pubmed:1", "title", "asthma", 3),
            ("doi:x", "abstract", "Asthma", 0),
            ("pubmed:1", "abstract", "Asthma", 0),
        )
    ]
    columns = ["source", "field", "text", "start", "end"]
    every = joined.abouts(
        pa.concat_tables(rows).select(columns), table, joined.records(table, same), same, KINDS["Publication"]
    )
    assert sorted(map(tuple, (row.values() for row in every.to_pylist())), key=repr) == [
        (0, "abstract", "Asthma", 0, 6),
        (0, "title", "Asthma", None, None),
        (0, "title", "asthma", 3, 9),
    ]
