"""ontologies' tests: special cases of OBO that are not in the small sample."""

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


def test_escapes_are_decoded_and_comments_and_modifiers_removed(tmp_path: Path) -> None:
    name = r'name: a\Wname\twith \"all\" \{of\} it {note="x"} ! said'
    file = written(tmp_path, f"{HEADER}\n[Term]\nid: T:1 ! first\n{name}\n")
    assert concepts(file)["T:1"].label == 'a name\twith "all" {of} it'


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = f'{HEADER}\n[Term]\nid: T:1\nname: one\ndef: "first" []\n\n[Term]\nid: T:2\nname: two\nis_a: T:1\n'
    plain = stream(written(tmp_path, text))
    marked = stream(written(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    assert plain == marked and len(plain) == 4


def test_a_file_without_a_header_has_its_most_common_prefix_and_no_id(tmp_path: Path) -> None:
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


def test_only_the_stanza_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER.encode() + b"\n[Term]\nid: T:1\nname: \xff\n\n[Term]\nid: T:2\nname: two\n")
    items = stream(file)
    assert [item.position for item in items if isinstance(item, Refused)] == ["line 4"]
    assert list(concepts(file)) == ["T:2"]


def test_an_alternative_identifier_claimed_twice_is_refused_once(tmp_path: Path) -> None:
    terms = "".join(f"\n[Term]\nid: T:{n}\nname: {n}\nalt_id: T:9\n" for n in (1, 2))
    items = stream(written(tmp_path, HEADER + terms))
    assert {Concept("T:9", "", None, True, None), *(Relation("T:9", REPLACED_BY, f"T:{n}") for n in (1, 2))} <= {*items}
    assert [item for item in items if isinstance(item, Refused)] == [
        Refused("alternative T:9 of T:2", "it is also an alternative of T:1; keep only one of the two statements")
    ]


@pytest.mark.parametrize(("live", "refused"), [("", 1), ("is_obsolete: true\n", 0)])
def test_an_alternative_identifier_with_its_own_stanza_is_a_concept(live: str, refused: int, tmp_path: Path) -> None:
    file = written(tmp_path, f"{HEADER}\n[Term]\nid: T:9\nname: nine\n{live}\n[Term]\nid: T:1\nname: a\nalt_id: T:9\n")
    items = stream(file)
    assert sum(isinstance(item, Refused) for item in items) == refused
    assert concepts(file)["T:9"].label == "nine"


def test_part_of_is_known_without_a_typedef(tmp_path: Path) -> None:
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: one\nrelationship: part_of T:2\n"))
    assert Relation("T:1", PART_OF, "T:2") in items


def test_a_synonym_without_scope_is_related_and_literature_is_no_mapping(tmp_path: Path) -> None:
    clauses = 'synonym: "uno" []\nxref: PMID:1\nxref: url:http\\://a\nxref: MESH:D1 "one" {source="a"}\n'
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: one\n{clauses}"))
    assert Synonym("T:1", "uno", "related", "en") in items
    assert [item.object for item in items if isinstance(item, Mapping)] == ["mesh:D1"]


def test_unusual_values_are_read_unchanged(shared: Path) -> None:
    """Braces without `=` are part of a name. An identifier with white space is refused, with its line number."""
    file = shared / "faults/obo-odd-values.obo"
    assert [(item.id, item.label) for item in concepts(file).values()] == [
        ("ZZT:0000001", "matches (?!P) but ! stays"),
        ("ZZT:0000002", "alpha-{beta-gamma}"),
        ("ZZT:0000003", "NA"),
        ("ZZT:0000004", "null"),
        ("ZZT:0000005", "N(4)-{beta-D-GlcNAc}"),
    ]
    refused = [item for item in stream(file) if isinstance(item, Refused)]
    assert [item.position for item in refused] == ["line 14"] and "white space" in refused[0].reason
    assert [item.object for item in stream(file) if isinstance(item, Mapping)] == ["snomedct:123456"]


@pytest.mark.parametrize("tag", ["id", "xref", "is_a", "replaced_by", "alt_id", "relationship: part_of"])
def test_an_identifier_followed_by_text_is_refused(tag: str, tmp_path: Path) -> None:
    before, tag = ("", "id:") if tag == "id" else ("id: T:1\nname: one\n", tag if ":" in tag else f"{tag}:")
    good = stream(written(tmp_path, f'{HEADER}\n[Term]\n{before}{tag} T:2 {{a="b c"}} ! said\n'))
    assert not [item for item in good if isinstance(item, Refused)]
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\n{before}{tag} T:2 cut off\n"))
    assert any(isinstance(item, Refused) and "white space" in item.reason for item in items)
    assert "T:2" not in str(items)


def test_literature_with_white_space_is_not_refused(tmp_path: Path) -> None:
    items = stream(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: one\nxref: Wikipedia:Some page\n"))
    assert [type(item) for item in items] == [Release, Concept]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ('a {b} {c="d}", e="f"} ! g', "a {b}"),
        ("pH {low}", "pH {low}"),
        ("a {b} ! c", "a {b}"),
        ("a {b=c}", "a"),
    ],
)
def test_braces_are_modifiers_only_with_an_equals_sign(name: str, label: str, tmp_path: Path) -> None:
    assert concepts(written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\nname: {name}\n"))["T:1"].label == label


@pytest.mark.parametrize(("tag", "value"), [("name", "two"), ("def", '"two" []')])
def test_a_second_value_is_refused_only_if_it_differs(tag: str, value: str, tmp_path: Path) -> None:
    first = value.replace("two", "one")
    file = written(tmp_path, f"{HEADER}\n[Term]\nid: T:1\n{tag}: {first}\n{tag}: {first}\n{tag}: {value}\n")
    items = stream(file)
    assert [item.position for item in items if isinstance(item, Refused)] == ["line 8"]
    assert "one" in concepts(file)["T:1"] and "two" not in concepts(file)["T:1"]
