"""ontologies' tests: correct and broken lines of MEDIC, and the real dictionary compared with a simple count."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ontologies.formats import recognise
from ontologies.model import Concept, Mapping, Refused, Release, Synonym
from tests.ontologies.golden import stream

GOOD = "D900001||Heart Failure|Cardiac Failure\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("D900001|Heart Failure", "no empty cell"),
        ("D900001||", "no name"),
        ("D900001|| |Cardiac Failure", "no name"),
        ("||Heart Failure", "is not from MeSH"),
        ("D90x||Heart Failure", "is not from MeSH"),
        ("D900001|12345||Heart Failure", "is not from MeSH"),
        ("D٩٠٠٠٠١||Heart Failure", "is not from MeSH"),
        ("D900001||Heart\0Failure", "NUL"),
        ("D900001||Heart \udcff", "UTF-8"),
    ],
)
def test_a_broken_line_is_refused_with_its_number_and_others_are_read(line: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "medic.txt"
    file.write_bytes(f"{GOOD}\n{line}\nC900002||Small\n".encode("utf-8", "surrogateescape"))
    refused = [item for item in stream(file) if isinstance(item, Refused)]
    assert [item.position for item in refused] == ["line 3"]
    assert reason in refused[0].reason
    assert [item.id for item in stream(file) if isinstance(item, Concept)] == ["mesh:D900001", "mesh:C900002"]


@pytest.mark.parametrize(
    ("name", "version"), [("medic-2012-07-06.txt", "2012-07-06"), ("hospital.txt", ""), ("medic", "")]
)
def test_the_file_name_gives_the_version_but_no_id(name: str, version: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(GOOD)
    first = stream(tmp_path / name)[0]
    assert isinstance(first, Release)
    assert (first.id, first.prefix, first.version) == ("", "", version)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    text = f"{GOOD}900100|D900002||Small|Tiny\n"
    (tmp_path / "medic.txt").write_text(text)
    plain = stream(tmp_path / "medic.txt")
    (tmp_path / "medic.txt").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert stream(tmp_path / "medic.txt") == plain and len(plain) == 6


@pytest.mark.parametrize(
    "text",
    [
        "900100|t|A title\n900100|a|An abstract\n",
        "D900001|Heart Failure\n",
        "||Heart Failure\n",
        "a remark\n" + GOOD,
        GOOD + "a remark\nanother\nand a third\n",
        "900100||\n",
    ],
)
def test_similar_files_are_not_claimed(text: str, tmp_path: Path) -> None:
    (tmp_path / "medic.txt").write_text(text)
    assert recognise(tmp_path / "medic.txt") is None


def test_the_real_dictionary_equals_a_simple_count(shared: Path) -> None:
    file = shared / "research/medic-2012-07-06.txt"
    split = [line.split("||") for line in file.read_text("utf-8").splitlines()]
    items = stream(file)
    found = Counter(type(item).__name__ for item in items)
    assert found["Concept"] == len(split) == 11915
    assert found["Synonym"] == sum(names.count("|") for _, names in split)
    assert found["Mapping"] == sum(ids.count("|") for ids, _ in split)
    assert found["Refused"] == 0
    assert Synonym("mesh:D010190", "Cancer of Pancreas", "exact", "en") in items
    ends = {(item.subject, item.object) for item in items if isinstance(item, Mapping)}
    assert {("omim:115200", "mesh:D002311"), ("omim:115200", "mesh:C580047")} <= ends
    assert Concept("omim:270400", "Smith-Lemli-Opitz Syndrome", None, False, None) in items
