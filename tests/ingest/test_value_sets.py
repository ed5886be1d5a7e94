"""ingest: value sets in three formats: their versions, mapped codes, what is not loaded, and hostile files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.snapshot import fresh_snapshot
from graph.store import Store, open_store
from graph.value_sets import Concepts, Item, members
from ingest.inputs import NotRecognised
from ingest.run import load
from ontologies.errors import OntologyError
from ontologies.formats import recognise
from ontologies.model import NotRead, Refused, ValueSet
from tests.graph.rows import table
from tests.ingest.graphs import load_after_dry_run, obo, quiet
from tests.ontologies.golden import SAMPLES, stream

TERMS = ("X:1\nname: one", "X:2\nname: two\nis_a: X:1", "X:3\nname: three\nis_a: X:2")


def file(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def own(path: Path, *ids: str, **more: Any) -> Path:
    return file(path, {"valueSet": "x", "items": [{"id": id_} for id_ in ids], **more})


def rows(store: Store) -> list[tuple[Any, ...]]:
    return [(id_, version, json.loads(text)["items"]) for id_, version, text in _rows(store)]


def _rows(store: Store) -> list[tuple[Any, ...]]:
    return table(store, "ValueSet", "id", "version", "definition")


def found(store: Store, id_: str) -> set[str]:
    snapshot = fresh_snapshot(store, store.address.state)
    return {snapshot.ids[number] for number in members(snapshot, Concepts((Item(id_),))).found}


def test_versions_count_up_when_the_items_change(store: Store, tmp_path: Path) -> None:
    report = load_after_dry_run(
        store, obo(tmp_path / "x.obo", "1", *TERMS, ontology="x"), own(tmp_path / "s.json", "X:1")
    )
    assert (report.refused, report.notes) == (0, [])
    assert rows(store) == [("valueset:x", "1", [{"id": "X:1"}])]
    titled = load_after_dry_run(store, own(tmp_path / "s.json", "X:1", title="now with a title"))
    again = load_after_dry_run(store, own(tmp_path / "s.json", "X:1", title="", language=""))
    assert (titled.written, again.written, again.unchanged) == (1, 0, 1)
    assert table(store, "ValueSet", "id", "version", "title") == [("valueset:x", "1", "now with a title")]
    changed = load_after_dry_run(store, own(tmp_path / "s.json", "X:2"))
    assert (changed.written, changed.counts.total("changed")) == (1, 1)
    assert rows(store) == [("valueset:x", "2", [{"id": "X:2"}]), ("valueset:x|1", "1", [{"id": "X:1"}])]
    assert (found(store, "valueset:x"), found(store, "valueset:x|1")) == ({"X:2", "X:3"}, {"X:1", "X:2", "X:3"})


def test_new_items_with_an_existing_version_are_refused(store: Store, tmp_path: Path) -> None:
    load_after_dry_run(store, own(tmp_path / "a.json", "X:1", version="1.0"))
    refused = load_after_dry_run(store, own(tmp_path / "a.json", "X:2", version="1.0"))
    assert refused.refusals == [
        "a.json, $: version 1.0 of valueset:x is stored with other items: give the new items a new version"
    ]
    assert load_after_dry_run(store, own(tmp_path / "a.json", "X:2", version="2.0")).written == 1
    assert load_after_dry_run(store, own(tmp_path / "a.json", "X:1", version="1.0", title="t")).unchanged == 1
    assert load_after_dry_run(store, own(tmp_path / "a.json", "X:3")).written == 1
    assert [row[:2] for row in rows(store)] == [
        ("valueset:x", "2.1"), ("valueset:x|1.0", "1.0"), ("valueset:x|2.0", "2.0")
    ]  # fmt: skip


def test_a_file_can_have_several_versions_of_a_set(store: Store, tmp_path: Path) -> None:
    two = [{"valueSet": "x", "version": str(n), "items": [{"id": f"X:{n}"}]} for n in (1, 2, 1)]
    report = load_after_dry_run(store, file(tmp_path / "a.json", {"valueSets": two}))
    assert (report.read, report.written, report.unchanged + report.refused) == (3, 2, 1)
    assert [row[0] for row in rows(store)] == ["valueset:x", "valueset:x|1"]


def test_items_that_are_not_loaded_are_reported(store: Store, tmp_path: Path) -> None:
    report = load_after_dry_run(store, own(tmp_path / "a.json", "X:1", "Y:7", "valueset:other"))
    result = "2 of the 3 items are not loaded: load their terminology, such as that of X:1, Y:7"
    assert report.notes == [f"a.json, $: {result}"]
    after = load_after_dry_run(
        store, obo(tmp_path / "x.obo", "1", *TERMS, ontology="x"), own(tmp_path / "a.json", "X:1")
    )
    assert after.notes == []


def test_a_refused_set_does_not_stop_a_terminology(store: Store, tmp_path: Path) -> None:
    load_after_dry_run(store, obo(tmp_path / "x.obo", "1", *TERMS, ontology="x"))
    bad = file(tmp_path / "bad.json", {"valueSet": "bad", "items": []})
    report = load_after_dry_run(store, obo(tmp_path / "x.obo", "2", *TERMS[:2], ontology="x"), bad)
    assert (report.refused, report.counts.total("removed")) == (1, 2)


def test_a_concept_set_of_ohdsi_finds_concepts_by_number_and_by_mapping(store: Store, tmp_path: Path) -> None:
    load_after_dry_run(store, SAMPLES / "omop")
    number = {row[1]: row[0] for row in table(store, "Concept", "id", "omop")}
    assert number[1] == "snomedct:84114007"
    mapped = table(store, "MAPS_TO", "source", "target", "predicate")
    source, target = next((one, other) for one, other, predicate in mapped if predicate == "skos:broadMatch")
    of_target = next(key for key, id_ in number.items() if id_ == target)
    items = [{"concept": {"CONCEPT_ID": of_target}, "includeMapped": True}, {"concept": {"CONCEPT_ID": 987654}}]
    report = load_after_dry_run(store, file(tmp_path / "set.json", {"items": items}))
    assert report.notes == [
        "set.json, $: 1 of the 3 items are not loaded: load their terminology, such as that of omop:987654"
    ]
    assert found(store, "valueset:set") == {source, target}
    items = [{"concept": {"CONCEPT_ID": of_target}, "includeDescendants": True}]
    load_after_dry_run(store, file(tmp_path / "set.json", {"items": items}))
    assert found(store, "valueset:set") >= {source, target}


def test_the_concept_of_a_descendant_filter_is_left_out_only_by_that_filter(tmp_path: Path) -> None:
    def included(*filters: tuple[str, str]) -> list[dict[str, Any]]:
        return [
            {"system": "urn:x", "filter": [{"property": "concept", "op": op, "value": value}]} for op, value in filters
        ]

    store = open_store(str(tmp_path / "store"))
    load(store, store.address.state, [obo(tmp_path / "x.obo", "1", *TERMS, ontology="x")], quiet)
    for name, include, exclude, wanted in (
        ("below", included(("descendent-of", "1")), [], {"X:2", "X:3"}),
        ("both", included(("descendent-of", "2"), ("is-a", "2")), [], {"X:2", "X:3"}),
        ("above", included(("is-a", "1"), ("descendent-of", "2")), [], {"X:1", "X:2", "X:3"}),
        ("without", included(("is-a", "1")), included(("descendent-of", "2")), {"X:1", "X:2"}),
    ):
        compose = {"include": include, "exclude": exclude}
        one = file(tmp_path / "v.json", {"resourceType": "ValueSet", "id": name, "compose": compose})
        load(store, store.address.state, [one], quiet, systems={"urn:x": "X"})
        assert found(store, f"valueset:{name}") == wanted, name
    store.close()


def test_real_value_sets_of_fhir_and_ohdsi(shared: Path) -> None:
    for path in (shared / "care/ohdsi-circe-fixtures/conceptset").glob("dup*.json"):
        (found,) = stream(path)
        assert isinstance(found, ValueSet) and found.members[0].id.startswith("rxnorm:")
    assert recognise(shared / "care/ohdsi-circe-fixtures/conceptset/inClause_VERIFY.json") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"valueSet": "x", "items": [{"id": "X:1"}',
        '{"valueSet": "x", "items": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"valueSets": {"items": 1}, "valueSet": "x"}',
        '{"valueSets": [], "items": ["\\ud800"]}',
        '{"resourceType": "ValueSet", "compose": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"resourceType": "Bundle", "entry": "x", "a": {"resourceType": "ValueSet"}}',
        '{"items": [{"concept": {"CONCEPT_ID": "1; DROP TABLE x"}}]}',
        '{"items": [{"concept": {"CONCEPT_ID": 1e400}}]}',
        '{"resourceType": "ValueSet", "id": "a\\nb", "compose": {"include": [{"valueSet": ["a|b|c d"]}]}}',
        '{"resourceType": "ValueSet", "id": "x", "expansion": {"contains": [{"system": "s", "code": " "}]}}',
    ],
)
def test_hostile_files_are_refused_with_a_reason(text: str, tmp_path: Path) -> None:
    path = file(tmp_path / "x.json", text)
    form = recognise(path)
    assert form is not None
    try:
        items = list(form.read(path))
    except OntologyError as wrong:
        assert str(path) in str(wrong)
        return
    assert all(isinstance(item, Refused) and item.reason for item in items)


def test_a_deeply_nested_expansion_is_read_or_refused(tmp_path: Path) -> None:
    inner = '[{"system": "http://loinc.org", "code": "1", "contains": ' * 300 + "[]" + "}]" * 300
    text = '{"resourceType": "ValueSet", "id": "x", "expansion": {"contains": ' + inner + "}}"
    (item,) = stream(file(tmp_path / "x.json", text))
    assert isinstance(item, Refused) or (isinstance(item, ValueSet) and len(item.members) == 300)


def test_a_bundle_can_begin_with_large_code_systems(tmp_path: Path) -> None:
    codes = {"resourceType": "CodeSystem", "concept": [{"code": str(n)} for n in range(9000)]}
    compose = {"include": [{"system": "http://loinc.org", "concept": [{"code": "1-8"}]}]}
    entries = [{"resource": one} for one in (codes, {"resourceType": "ValueSet", "id": "x", "compose": compose})]
    path = file(tmp_path / "x.json", {"resourceType": "Bundle", "entry": entries})
    assert path.stat().st_size > 1 << 16
    assert [type(item) for item in stream(path)] == [NotRead, ValueSet]
    alone = recognise(file(tmp_path / "y.json", codes))
    assert alone is None


def test_a_cohort_definition_is_no_value_set(tmp_path: Path) -> None:
    circe = {"ConceptSets": [{"id": 0, "name": "x", "expression": {"items": [{"concept": {"CONCEPT_ID": 1}}]}}]}
    store = open_store(str(tmp_path / "store"))
    with pytest.raises(NotRecognised):
        load(store, store.address.state, [file(tmp_path / "c.json", circe)], quiet)
    store.close()
