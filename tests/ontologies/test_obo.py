"""ontologies' tests: the corners of OBO that one small sample does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from ontologies.model import PART_OF, REPLACED_BY, Concept, Mapping, Refused, Relation, Release, Synonym
from tests.ontologies.golden import stream

HEADER = "format-version: 1.4\nontology: tiny\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "written.obo"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def concepts(path: Path) -> dict[str, Concept]:
    return {item.id: item for item in stream(path) if isinstance(item, Concept)}


def test_escapes_are_undone_and_comments_and_modifiers_left_out(tmp_path: Path) -> None:
    name = r'name: a\Wname\twith \"all\" \{of\} it {note="x"} ! said'
    file = written(tmp_path, f"{HEADER}\n[Term]\nid: T:1 ! first\n{name}\n")
    assert concepts(file)["T:1"].label == 'a name\twith "all" {of} it'


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = f'{HEADER}\n[Term]\nid: T:1\nname: one\ndef: "first" []\n\n[Term]\nid: T:2\nname: two\nis_a: T:1\n'
    plain = stream(written(tmp_path, text))
    marked = stream(written(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    assert plain == marked and len(plain) == 4


def test_a_file_without_a_header_has_no_id_and_its_commonest_prefix(tmp_path: Path) -> None:
    file = written(tmp_path, "[Term]\nid: DOID:4\nname: disease\n\n[Term]\nid: HP:1\n\n[Term]\nid: DOID:9\n")
    release = stream(file)[0]
    assert isinstance(release, Release)
    assert (release.id, release.prefix) == ("", "DOID")


@pytest.mark.parametrize(
    ("ontology", "name"),
    [
        ("mondo", "mondo"),
        ("maxo/maxo-base", "maxo"),
        ("mondo/imports/ncbitaxon_import", "mondo/imports/ncbitaxon_import"),
    ],
)
def test_an_edition_replaces_its_ontology_and_an_import_does_not(ontology: str, name: str, tmp_path: Path) -> None:
    release = stream(written(tmp_path, f"format-version: 1.2\nontology: {ontology}\n"))[0]
    assert isinstance(release, Release) and release.id == f"http://purl.obolibrary.org/obo/{name}"


def test_a_stanza_that_is_not_utf_8_is_refused_alone(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER.encode() + b"\n[Term]\nid: T:1\nname: \xff\n\n[Term]\nid: T:2\nname: two\n")
    items = stream(file)
    assert [item.position for item in items if isinstance(item, Refused)] == ["line 4"]
    assert list(concepts(file)) == ["T:2"]


def test_an_alternative_identifier_claimed_twice_is_refused_once(tmp_path: Path) -> None:
    terms = "".join(f"\n[Term]\nid: T:{n}\nname: {n}\nalt_id: T:9\n" for n in (1, 2))
    items = stream(written(tmp_path, HEADER + terms))
    assert {Concept("T:9", "", None, True, None), *(Relation("T:9", REPLACED_BY, f"T:{n}") for n in (1, 2))} <= {*items}
    assert [item for item in items if isinstance(item, Refused)] == [
        Refused("alternative T:9 of T:2", "it is one of T:1 too; keep one of the two")
    ]


@pytest.mark.parametrize(("live", "refused"), [("", 1), ("is_obsolete: true\n", 0)])
def test_a_concept_of_its_own_is_no_alternative(live: str, refused: int, tmp_path: Path) -> None:
    file = written(tmp_path, f"{HEADER}\n[Term]\nid: T:9\nname: nine\n{live}\n[Term]\nid: T:1\nname: a\nalt_id: T:9\n")
    items = stream(file)
    assert sum(isinstance(item, Refused) for item in items) == refused
    assert concepts(file)["T:9"].label == "nine"


def test_part_of_is_known_without_a_typedef(tmp_path: Path) -> None:
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: one\nrelationship: part_of T:2\n"))
    assert Relation("T:1", PART_OF, "T:2") in items


def test_an_unscoped_synonym_is_related_and_evidence_is_no_mapping(tmp_path: Path) -> None:
    clauses = 'synonym: "uno" []\nxref: PMID:1\nxref: url:http\\://a\nxref: MESH:D1 "one" {source="a"}\n'
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: one\n{clauses}"))
    assert Synonym("T:1", "uno", "related", "en") in items
    assert [item.object for item in items if isinstance(item, Mapping)] == ["mesh:D1"]
