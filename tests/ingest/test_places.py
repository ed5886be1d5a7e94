"""ingest: the text of every ABOUT edge is at the edge's position in the stored text, in all languages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from api.execution import execute
from graph.snapshot import read_snapshot
from graph.store import EDGES, NODES, Store
from tests.graph.rows import table
from tests.ingest.graphs import DEMONSTRATION, ingest_into, load_into, obo

ABOUTS = [edge for edge in EDGES.values() if edge.type == "ABOUT"]
PARTS = {"inclusion": "eligibility", "exclusion": "eligibility"}
PARTS |= dict.fromkeys(("primary_outcome", "secondary_outcome", "other_outcome"), "outcome_measures")
# Fields whose values are names, not texts. Their values are not stored.
MENTIONS = {
    "condition",
    "keyword",
    "intervention",
    "subject",
    "theme",
    "code",
    "condition_browse",
    "intervention_browse",
}


class Place(NamedTuple):
    """The text of an ABOUT edge, and the text at its position. None if the field is not stored."""

    field: str
    said: str
    there: str | None


def places(store: Store) -> Iterator[Place]:
    """Yields a `Place` for every ABOUT edge with a position."""
    for edge in ABOUTS:
        columns = ["id", *NODES[edge.start].columns]
        records = {row[0]: dict(zip(columns, row, strict=True)) for row in table(store, edge.start, *columns)}
        for source, field, text, start, end in table(store, edge.name, "source", "field", "text", "start", "end"):
            if start is not None:
                whole = held(records[source], field)
                yield Place(field, text, None if whole is None else whole[start:end])


def held(record: dict[str, Any], field: str) -> str | None:
    texts: dict[str, str] = json.loads(record.get("texts") or "{}")
    whole = texts.get(field, record.get(PARTS.get(field, field)))
    return None if whole is None else str(whole)


def check(found: list[Place]) -> Counter[str]:
    """The number of positions in each stored field. Checks that every position is right."""
    assert [place for place in found if place.there not in (None, place.said)] == []
    assert {place.field for place in found if place.there is None} <= MENTIONS
    return Counter(place.field for place in found if place.there is not None)


def test_every_position_in_the_demonstration_set_is_right(store: Store) -> None:
    folders = ("terminology", "mappings", "translations")
    load_into(store, *(DEMONSTRATION / name for name in folders))
    ingest_into(store, *(DEMONSTRATION / name for name in ("trials", "courses", "datasets")))
    found = check(list(places(store)))
    assert found["title"] and found["summary"] and found["text"] and any("@" in field for field in found)
    said = table(store, "STUDY_ABOUT", "source", "field", "target", "assertion")
    assert {row for row in said if row[1] in PARTS} >= {
        (f"clinicaltrials:NCT990000{number}", field, concept, how) for number, field, concept, how in CRITERIA
    }


CRITERIA = (
    ("01", "inclusion", "MONDO:0005148", "present"),
    ("01", "exclusion", "MONDO:0005147", "excluded"),
    ("01", "exclusion", "MONDO:0005252", "excluded"),
    ("03", "inclusion", "MONDO:0004946", "present"),
    ("03", "exclusion", "MONDO:0018076", "excluded"),
    ("05", "inclusion", "MONDO:0004981", "negated"),
    ("05", "exclusion", "MONDO:0005147", "excluded"),
    ("07", "inclusion", "MONDO:0005009", "present"),
    ("07", "exclusion", "MONDO:0005045", "excluded"),
    ("09", "exclusion", "MONDO:0011382", "excluded"),
    ("09", "exclusion", "MONDO:0004994", "excluded"),
)


COURSE = {
    "courseId": "c1",
    "name": [{"language": "nl-NL", "value": "Zorg bij suikerziekte"}, {"language": "en-GB", "value": "Diabetes care"}],
    "description": [
        {"language": "en-GB", "value": "<p>Of insulin, and of diabetes mellitus.</p>"},
        {"language": "nl-NL", "value": "Over suikerziekte &amp; meer"},
        {"language": "nl-NL", "value": "Nogmaals: suikerziekte"},
    ],
    "learningOutcomes": [[{"language": "nl-NL", "value": "Kent suikerziekte"}, {"language": "en", "value": "Knows"}]],
}


def test_a_course_in_two_languages_has_both_texts(store: Store, tmp_path: Path) -> None:
    sugar = 'MONDO:0005015\nname: diabetes mellitus\nsynonym: "suikerziekte" EXACT []'
    load_into(store, obo(tmp_path / "mondo.obo", "1", sugar, ontology="mondo"))
    (tmp_path / "course.json").write_text(json.dumps(COURSE))
    ingest_into(store, tmp_path / "course.json")
    assert check(list(places(store))) == {
        "title": 1,
        "title@nl-NL": 1,
        "description": 1,
        "description@nl-NL": 1,
        "description@nl-NL#2": 1,
        "text@nl-NL": 1,
    }
    result = execute(read_snapshot(store.address), _ASKED)["data"]["course"]
    texts = {one["field"]: one["text"] for one in result["texts"]} | {"description": result["description"]}
    texts["title"] = result["title"]
    abouts = result["abouts"]["nodes"]
    assert {one["field"] for one in abouts} == {*texts} - {"outcome:c1-1"}
    assert all(texts[one["field"]][one["start"] : one["end"]] == one["text"] for one in abouts)


_ASKED = """{ course(id: "course:c1") {
  title description texts { field text } abouts { nodes { field text start end name } }
} }"""


def test_a_removed_text_is_deleted_with_its_annotations(store: Store, tmp_path: Path) -> None:
    sugar = 'MONDO:0005015\nname: diabetes mellitus\nsynonym: "suikerziekte" EXACT []'
    load_into(store, obo(tmp_path / "mondo.obo", "1", sugar, ontology="mondo"))
    file = tmp_path / "course.json"
    file.write_text(json.dumps(COURSE))
    ingest_into(store, file)
    file.write_text(json.dumps(COURSE | {"description": "none", "name": "Nursing"}))
    ingest_into(store, file)
    assert table(store, "Course", "title", "texts") == [("Nursing", None)]
    assert table(store, "COURSE_ABOUT", "field") == []
