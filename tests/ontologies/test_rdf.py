"""ontologies' tests: RDF that is cut off, nested, too large or wrong gives an error with its place, or is refused."""

from __future__ import annotations

from pathlib import Path
from xml.parsers.expat import ParserCreate

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from ontologies.errors import UnreadableFile
from ontologies.expat import NotXml, feed
from ontologies.files import head
from ontologies.formats import owl, recognise, skos
from ontologies.model import Concept, Refused, Relation
from ontologies.rdf import MAX_DEPTH, MAX_STATEMENT, MAX_TERMS
from tests.ontologies.golden import SAMPLES, stream

SPACES = "".join(
    f' xmlns:{name}="{iri}"'
    for name, iri in {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
    }.items()
)
TURTLE = (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "@prefix t: <http://purl.obolibrary.org/obo/TINY_> .\n"
)


def xml(body: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<rdf:RDF{SPACES}>\n{body}\n</rdf:RDF>'.encode()


def labelled(label: str, number: str = "1") -> str:
    about = f"http://purl.obolibrary.org/obo/TINY_{number}"
    return f'<owl:Class rdf:about="{about}"><rdfs:label>{label}</rdfs:label></owl:Class>'


def laughs(depth: int) -> bytes:
    nested = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, depth))
    return xml(labelled(f"&a{depth - 1};"), f'<!DOCTYPE rdf:RDF [<!ENTITY a0 "ha">{nested}]>')


WHOLE = xml(labelled("one") + "\n" + labelled("two", "2"))
BROKEN = {
    "cut in a tag": (WHOLE[:-30], "line 3"),
    "cut between classes": (WHOLE[: WHOLE.rindex(b"\n")], "line 3: no element found"),
    "cut in a class": (WHOLE[: WHOLE.index(b"</owl:Class>")], "line 2: no element found"),
    "billion laughs": (laughs(10), "entity a1 is external, nested or long"),
    "laughs through a character reference": (
        xml(labelled("&b;"), '<!DOCTYPE rdf:RDF [<!ENTITY a "ha"><!ENTITY b "&#38;a;&#38;a;">]>'),
        "entity b is external, nested or long",
    ),
    "one long entity": (xml(labelled("&a;"), f'<!DOCTYPE rdf:RDF [<!ENTITY a "{"x" * 9999}">]>'), "entity a is"),
    "a file as an entity": (
        xml(labelled("&a;"), '<!DOCTYPE rdf:RDF [<!ENTITY a SYSTEM "file:///etc/hostname">]>'),
        "entity a is external",
    ),
    "deep elements": (xml("<rdf:Description><rdfs:seeAlso>" * 200_000), f"more than {MAX_DEPTH} levels deep"),
    "a NUL in XML": (xml(labelled("a\0b")), "line 2: not well-formed"),
    "Latin-1": (
        xml(labelled("né")).decode().replace("?>", ' encoding="iso-8859-1"?>', 1).encode("latin-1"),
        "Only UTF-8",
    ),
    "an encoding that nobody knows": (
        xml(labelled("one")).replace(b"?>", b' encoding="U.F-8"?>', 1),
        "unknown encoding: U.F-8; it is not a valid XML document",
    ),
    "an encoding of several bytes": (
        xml(labelled("one")).replace(b"?>", b' encoding="shift_jis"?>', 1),
        "multi-byte encodings are not supported; it is not a valid XML document",
    ),
    "Latin-1 that claims UTF-8": (xml(labelled("né")).decode().encode("latin-1"), "line 2: not well-formed"),
    "Latin-1 in Turtle": ((TURTLE + 't:1 rdfs:label "né" .').encode("latin-1"), "line 4"),
    "UTF-16": (xml(labelled("one")).decode().encode("utf-16"), "UTF-8|not well-formed|utf-8|subject"),
    "an enormous literal in XML": (xml(labelled("x" * 2 * MAX_STATEMENT)), "bytes without a statement"),
    "an enormous literal in Turtle": (
        (TURTLE + f't:1 rdfs:label "{"x" * 2 * MAX_STATEMENT}" .').encode(),
        "bytes without a statement",
    ),
    "Turtle cut off": ((TURTLE + 't:1 a owl:Class ; rdfs:label "on').encode(), "line 4"),
    "deep triple terms": ((TURTLE + "t:1 t:2 " + "<<( t:1 t:2 " * 100_000 + "t:3" + " )>>" * 100_000).encode(), "deep"),
    "a deep list": ((TURTLE + "t:1 t:2 " + "( " * 200_000).encode(), "line 4"),
    "a lone surrogate": ((TURTLE + 't:1 rdfs:label "\\uD800" .').encode(), "line 4"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_error_about_a_broken_file_has_file_and_place(name: str, tmp_path: Path) -> None:
    data, reason = BROKEN[name]
    file = tmp_path / "broken.rdf"
    file.write_bytes(data)
    for form in (owl.FORMAT, skos.FORMAT):
        with pytest.raises(UnreadableFile, match=reason) as caught:
            list(form.read(file))
        assert str(file) in str(caught.value) and caught.value.place


def test_an_entity_that_stands_for_a_namespace_is_read(tmp_path: Path) -> None:
    body = '<owl:Class rdf:about="&obo;TINY_1"><rdfs:label>one</rdfs:label></owl:Class>'
    (tmp_path / "a").write_bytes(xml(body, '<!DOCTYPE rdf:RDF [<!ENTITY obo "http://purl.obolibrary.org/obo/">]>'))
    assert Concept("TINY:1", "one", None, False, None) in stream(tmp_path / "a")


def test_triple_terms_of_the_allowed_depth_are_skipped(tmp_path: Path) -> None:
    deep = "<<( t:1 t:2 " * MAX_TERMS + "t:3" + " )>>" * MAX_TERMS
    (tmp_path / "a").write_text(TURTLE + f't:1 a owl:Class ; rdfs:label "one" ; t:2 {deep} .')
    assert [item.label for item in stream(tmp_path / "a") if isinstance(item, Concept)] == ["one"]


def test_a_file_that_does_not_fit_into_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.ttl"
    file.write_text(TURTLE + "".join(f't:{n} a owl:Class ; rdfs:label "{"long " * 100}{n}" .\n' for n in range(100)))
    monkeypatch.setattr("ontologies.rdf.MAX_HELD", 200_000)
    assert len(stream(file)) == 101
    monkeypatch.setattr("ontologies.rdf.MAX_HELD", 180_000)
    with pytest.raises(UnreadableFile, match=r"statement 18.: .* OBO"):
        stream(file)


def test_long_chains_of_blank_nodes_are_read(tmp_path: Path) -> None:
    chain = "[ rdfs:subClassOf " * 50_000 + "t:2" + " ]" * 50_000
    (tmp_path / "a").write_text(TURTLE + f't:1 a owl:Class ; rdfs:label "one" ; rdfs:subClassOf {chain} .')
    assert [item.label for item in stream(tmp_path / "a") if isinstance(item, Concept)] == ["one"]


def test_cycles_and_a_class_described_twice(tmp_path: Path) -> None:
    text = 't:1 a owl:Class ; rdfs:label "one" ; rdfs:subClassOf t:2 .\nt:2 a owl:Class ; rdfs:subClassOf t:1 .\n'
    (tmp_path / "a").write_text(TURTLE + text + 't:2 a owl:Class ; rdfs:label "two" .\n')
    items = stream(tmp_path / "a")
    assert [item.id for item in items if isinstance(item, Concept)] == ["TINY:1", "TINY:2"]
    assert {(item.subject, item.object) for item in items if isinstance(item, Relation)} == {
        ("TINY:1", "TINY:2"),
        ("TINY:2", "TINY:1"),
    }


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("rdfs:label t:9", "label is http://purl.obolibrary.org/obo/TINY_9 instead of a text"),
        ('rdfs:label "a\\u0000b"', "label has a NUL"),
        ('rdfs:subClassOf "t:9"', "subClassOf is the text 't:9' instead of an IRI"),
        ("rdfs:subClassOf t:1", "TINY:1 is a subclass of itself"),
    ],
)
def test_a_wrong_statement_is_refused_once_and_others_are_read(statement: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TURTLE + f't:1 a owl:Class ; rdfs:label "one" ; {statement} .')
    items = stream(tmp_path / "a")
    assert Concept("TINY:1", "one", None, False, None) in items
    refused = [item for item in items if isinstance(item, Refused)]
    assert len(refused) == 1 and refused[0].position == "TINY:1" and reason in refused[0].reason


@pytest.mark.parametrize("sample", ["tiny.owl", "tiny.skos.ttl"])
@pytest.mark.parametrize("form", [RdfFormat.RDF_XML, RdfFormat.TURTLE, RdfFormat.N_TRIPLES], ids=str)
def test_all_serialisations_give_the_same_items(sample: str, form: RdfFormat, tmp_path: Path) -> None:
    """The same format claims the file, and the same items are read from it."""
    file = SAMPLES / sample
    given = RdfFormat.TURTLE if file.suffix == ".ttl" else RdfFormat.RDF_XML
    copy = tmp_path / "renamed"
    copy.write_bytes(serialize(parse(path=str(file), format=given), format=form) or b"")
    assert recognise(copy) == recognise(file)
    assert set(stream(copy)) == set(stream(file))


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>owl:Class</body></html>',
        b'<?xml version="1.0"?><Ontology xmlns="http://www.w3.org/2002/07/owl#"><Declaration/></Ontology>',
        b"Prefix(owl:=<http://www.w3.org/2002/07/owl#>)\nOntology(<http://example.org/a>)\n",
        b'{"@context": {"owl": "http://www.w3.org/2002/07/owl#"}, "@type": "owl:Class"}',
        b"@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n<http://example.org/a> a foaf:Document .\n",
    ],
)
def test_files_that_are_no_rdf_ontology_are_not_claimed(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "stranger.owl"
    file.write_bytes(data)
    assert not owl.recognise(head(file), file.name) and not skos.recognise(head(file), file.name)


@pytest.mark.parametrize("encoding", ["no-such", "shift_jis", "hex"])
def test_an_unknown_encoding_is_an_error_of_the_document(encoding: str) -> None:
    with pytest.raises(NotXml) as caught:
        feed(ParserCreate(), f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode(), True)
    assert caught.value.reason == "unknown encoding"


@pytest.mark.parametrize("fault", [ValueError, KeyError])
def test_an_exception_in_a_handler_is_no_error_of_the_document(fault: type[Exception]) -> None:
    def opened(name: str, attributes: dict[str, str]) -> None:
        raise fault(name)

    parser = ParserCreate()
    parser.StartElementHandler = opened
    with pytest.raises(fault):
        feed(parser, b"<a/>", True)
