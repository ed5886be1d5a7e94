"""ingest: the reader gives XML records one at a time, and refuses hostile XML before it takes time or memory."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from ingest import xml_records
from ingest.records import Refused
from ingest.xml_records import first_element, records, text_at
from ontologies.errors import UnreadableFile


def of(path: Path, text: str | bytes, *skipped: str) -> list[Element | Refused]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(records(path, ("r",), skipped))


def texts_of(found: list[Element | Refused]) -> list[str]:
    return [one.reason if isinstance(one, Refused) else text_at(one, "t") for one in found]


def test_records_are_the_outermost_elements_with_the_name(tmp_path: Path) -> None:
    found = of(
        tmp_path / "x", "<a><r><t>o<b>n</b>e</t><r><t>inner</t></r></r>x<b><r xmlns='u:x'><t>two</t></r></b></a>"
    )
    assert texts_of(found) == ["one", "two"]


def test_skipped_elements_are_not_built(tmp_path: Path) -> None:
    (found,) = of(tmp_path / "x", "<r><who><t>person</t></who><t>said</t></r>", "who")
    assert isinstance(found, Element) and "person" not in "".join(found.itertext())
    assert text_at(found, "t") == "said" and found.find("who") is None


@pytest.mark.parametrize(
    "declared",
    ['<!ENTITY a "b">', '<!ENTITY % p SYSTEM "file:///etc/hostname">', '<!ENTITY a SYSTEM "file:///etc/hostname">'],
)
def test_declarations_of_entities_are_refused(tmp_path: Path, declared: str) -> None:
    with pytest.raises(UnreadableFile, match="line 1: a declaration of an entity"):
        of(tmp_path / "x", f"<!DOCTYPE r [{declared}]><r><t>&a;</t></r>")


def test_a_document_type_is_allowed_and_its_dtd_is_not_fetched(tmp_path: Path) -> None:
    found = of(tmp_path / "x", '<!DOCTYPE r SYSTEM "http://localhost:1/none.dtd"><r><t>a&#955;&unknown;b</t></r>')
    assert texts_of(found) == ["aλb"]


def test_only_the_record_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "LARGEST_RECORD", 1000)
    large = ("<t>" + "x" * 2000 + "</t>", "<e/>" * 50, f"<t a='{'y' * 2000}'/>")
    for part in large:
        assert texts_of(of(tmp_path / "x", f"<a><r>{part}</r><r><t>next</t></r></a>")) == [
            "the record is too large",
            "next",
        ]
    assert texts_of(of(tmp_path / "x", f"<r><s>{large[0]}</s><t>kept</t></r>", "s")) == ["kept"]


def test_an_unfinished_tag_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "_CHUNK", 1000)
    monkeypatch.setattr(xml_records, "_LONGEST_TOKEN", 10_000)
    with pytest.raises(UnreadableFile, match="a tag or comment has more than"):
        of(tmp_path / "x", "<a b='" + "x" * 20_000)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="nested more than"):
        of(tmp_path / "x", "<r>" * 300 + "</r>" * 300)


def test_records_before_an_error_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("<a>" + "<r><t>good</t></r>" * 50_000 + "<r></a>")
    found = records(path, ("r",))
    assert texts_of(list(islice(found, 3))) == ["good"] * 3
    with pytest.raises(UnreadableFile, match="mismatched tag"):
        list(found)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><r><t>naïef</t></r>'
    assert texts_of(of(tmp_path / "x", text.encode(encoding))) == ["naïef"]


def test_the_first_element_is_found_after_a_prolog() -> None:
    before = b"\xef\xbb\xbf<?xml version='1.0'?><!-- <a> --><!DOCTYPE b SYSTEM 'c'>\n"
    assert first_element(before + b"<x:b y='z'>") == ("b", b"<x:b y='z'>")
    assert first_element(b"{}") is first_element(b"") is first_element(b"<!-- <a>") is None
    assert first_element(b"<a " * 20_000) is None
