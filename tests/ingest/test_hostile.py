"""ingest: for any bytes in a file, a source gives items or UnreadableFile, with limited time and memory."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.lexical import language
from ingest import edn
from ingest.documents import lines
from ingest.fhir import tree
from ingest.records import Item, Refused
from ingest.source import Source
from ingest.sources import SOURCES, fhir_json, fhir_xml, surf
from ingest.text import items, plain
from ontologies.errors import UnreadableFile
from tests.ingest.golden import PSEUDONYM, facts, samples

BY_NAME = {source.name: source for source in SOURCES}
EACH_SOURCE = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
IN_FILE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(source: Source, path: Path) -> list[Item] | UnreadableFile:
    """The items, or the error `UnreadableFile`. Checks that a store can hold every item."""
    try:
        found = list(source.read(path, PSEUDONYM))
    except UnreadableFile as error:
        return error
    for field in (field for item in found for field in item):
        assert not isinstance(field, str) or field.replace("\n", "").isprintable()
        assert not isinstance(field, float) or math.isfinite(field)
        assert not isinstance(field, int) or -(1 << 63) <= field < 1 << 63
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Source, str, bytes]:
    """A sample with some bytes removed, repeated or replaced."""
    sample = draw(st.sampled_from(samples()))
    data = sample.read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        end = start + draw(st.integers(0, 40))
        new = draw(st.one_of(st.binary(max_size=8), st.sampled_from(_TROUBLE), st.just(data[start:end] * 2)))
        data = data[:start] + new + data[end:]
    return BY_NAME[sample.name.split(".")[0]], sample.suffix, data


_TROUBLE = [
    *(b"null", b"[]", b"{}", b'""', b"0", b"-1e999", b"NaN", b"true", b"[[", b"}}", b"\x00", b"\xff", b"\\u0000"),
    *(b"\\ud800", b'"', b"<", b"</", b"&x;", b"<!--", b"<!DOCTYPE x>", b"9" * 40, b"#_", b"\\q", b"\xed\xa0\x80"),
]


@IN_FILE
@given(made=mutated())
def test_a_damaged_sample_gives_items_or_an_error(tmp_path: Path, made: tuple[Source, str, bytes]) -> None:
    source, suffix, data = made
    path = tmp_path / f"sample{suffix}"
    path.write_bytes(data)
    source.recognise(data[:65536], path.name)
    outcome(source, path)


@IN_FILE
@given(data=st.binary(max_size=300))
def test_any_bytes_give_items_or_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    for source in SOURCES:
        source.recognise(data, path.name)
        outcome(source, path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["coding", "code", "x"]), inner),
    max_leaves=6,
)


@IN_FILE
@given(data=st.data())
def test_any_json_value_in_any_place_gives_items_or_an_error(tmp_path: Path, data: st.DataObject) -> None:
    """Replaces a JSON value of a sample by another value, so that the file is valid JSON with a wrong structure."""
    sample = data.draw(st.sampled_from([path for path in samples() if path.suffix == ".json"]))
    root = json.loads(sample.read_text())
    at = root
    while True:
        key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 5)) == 0:
            break
        at = at[key]
    at[key] = data.draw(JSON)
    path = tmp_path / "sample.json"
    path.write_text(json.dumps(root))
    outcome(BY_NAME[sample.name.split(".")[0]], path)


@EACH_SOURCE
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"<a>", b'{"resourceType":"Bundle","entry":[', b"[{:a "])
def test_deep_nesting_is_an_error(tmp_path: Path, source: Source, opening: bytes) -> None:
    path = tmp_path / "deep"
    path.write_bytes(opening * 200_000)
    assert isinstance(outcome(source, path), UnreadableFile)


def test_deep_nesting_within_one_resource_refuses_that_resource(tmp_path: Path) -> None:
    path = tmp_path / "deep.ndjson"
    deep = '{"resourceType": "Patient", "id": "p", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    path.write_text(deep + '\n{"resourceType": "Patient", "id": "q"}\n')
    first, *others = facts(fhir_json.read(path, PSEUDONYM))
    assert isinstance(first, Refused) and first.reason == "nested too deeply"
    assert len(others) == 3


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_an_error_about_a_truncated_file_names_the_file(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / f"cut{sample.suffix}.gz"
    path.write_bytes(gzip.compress(sample.read_bytes())[:-20])
    found = outcome(BY_NAME[sample.name.split(".")[0]], path)
    assert isinstance(found, UnreadableFile) and str(path) in str(found)


@EACH_SOURCE
def test_an_absent_or_empty_file_is_an_error(source: Source, tmp_path: Path) -> None:
    assert isinstance(outcome(source, tmp_path / "absent"), UnreadableFile)
    (tmp_path / "empty").touch()
    assert isinstance(outcome(source, tmp_path / "empty"), UnreadableFile)


def test_lines_that_are_too_long_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(b"a" * 1000 + b"\nshort\n" + b"b" * 17)
    assert list(lines(path, longest=16)) == [(1, None), (2, b"short"), (3, None)]


def test_xml_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    path.write_bytes(b'<Patient xmlns="http://hl7.org/fhir">' + b" " * 1000)
    with path.open("rb") as file, pytest.raises(UnreadableFile, match="larger than 100 bytes"):
        tree.parse(path, file, limit=100)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_xml_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "patient.xml"
    text = f'<?xml version="1.0" encoding="{encoding}"?><Patient xmlns="http://hl7.org/fhir"><id value="p"/></Patient>'
    path.write_bytes(text.encode(encoding))
    assert len(facts(fhir_xml.read(path, PSEUDONYM))) == 3


@pytest.mark.parametrize(
    "text", ['[{:id 1 :name "a"', "[{:id 1]}", "[] []", '["a', "]", "{:id 1}", "[{:id 1}} ", "[" * 70 + "]" * 70]
)
def test_edn_with_unbalanced_brackets_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "courses.edn"
    path.write_text(text)
    assert isinstance(outcome(surf.SOURCE, path), UnreadableFile)


@pytest.mark.parametrize("element", ['"\\ud800"', "#inst 1", "{[] 1}", "{1 2}", '"\\q"'])
def test_an_invalid_edn_element_does_not_affect_others(tmp_path: Path, element: str) -> None:
    path = tmp_path / "courses.edn"
    path.write_text(f"[{{:id {element}}} {{:id 2}}]")
    with path.open("rb") as file:
        first, second = edn.elements(path, file)
    assert isinstance(first, edn.BadElement)
    assert second == {":id": 2}


@given(st.text(alphabet='<>/!-pbr&;l i"=#', max_size=200))
def test_markup_is_removed_from_any_text(text: str) -> None:
    result = plain(text)
    assert result == "\n".join(line.strip() for line in result.split("\n"))
    assert "&" in text or "<b>" not in result
    assert items(result) or not result
    language(result)


@pytest.mark.parametrize("piece", ["<", "<!--", "<p", "<p a='", "&", "&lt", "<style>", "- ", "</", "<a:b"])
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    plain(piece * 100_000)


def test_text_that_resembles_a_tag_is_kept() -> None:
    assert plain("p < 0.05 and a<b, TNF<alpha>, 5 > 3 &amp; &lt;i&gt;") == "p < 0.05 and a<b, TNF<alpha>, 5 > 3 & <i>"
