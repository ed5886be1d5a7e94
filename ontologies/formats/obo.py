"""ontologies: reads OBO 1.4, https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html.

Term stanzas become concepts. Typedef stanzas give the identifiers of relations. Instance stanzas are not read.

The package pronto holds an ontology in memory and stops at the first bad stanza. This reader refuses only the bad
lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ontologies import obsolete
from ontologies.errors import BadStatement
from ontologies.format import Format
from ontologies.model import IS_A, Concept, Item, Refused, Relation, Synonym
from ontologies.obo_header import Header
from ontologies.obo_rules import (
    DESCRIPTIONS,
    EQUIVALENT,
    EXACT,
    MATCHES,
    SCOPES,
    XREF,
    Alternatives,
    is_abbreviation,
    is_concept,
    mapping,
)
from ontologies.obo_text import QUOTED, stanzas, unescaped, unfolded, unquoted, word

_STARTS = re.compile(rb"(?:\A|\n)(?:format-version:[ \t]*[0-9.]+|\[Term\])[ \t]*\r?\n")
_DATATYPE = re.compile(r"\s+xsd:\w+")


def recognise(head: bytes, name: str) -> bool:
    """True for a file with a `format-version` clause or a `[Term]` line. JSON and XML are excluded."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] not in (b"{", b"<") and bool(_STARTS.search(start))


class _Term:
    """The data of a Term stanza that is being read."""

    __slots__ = ("alternatives", "definition", "deprecated", "described", "header", "id", "items", "label", "replaced")

    def __init__(self, header: Header) -> None:
        self.header = header
        self.id, self.label, self.deprecated = "", "", False
        self.definition: str | None = None
        self.described: str | None = None
        self.replaced: list[str] = []
        self.items: list[Item] = []
        self.alternatives: list[str] = []


def _identity(term: _Term, value: str) -> None:
    if term.id:
        raise BadStatement("a second id in one stanza; start a new stanza")
    term.id = term.header.identifier(value)


def _name(term: _Term, value: str) -> None:
    name = unquoted(value)
    if term.label and name != term.label:
        raise BadStatement("a second name in one stanza; make it a synonym")
    term.label = name
    term.deprecated |= obsolete.by_label(name)


def _definition(term: _Term, value: str) -> None:
    quoted = QUOTED.match(value)
    if not quoted:
        raise BadStatement('write the definition in double quotes: def: "..." []')
    definition = unescaped(quoted[1])
    if term.definition and definition != term.definition:
        raise BadStatement("a second definition in one stanza; keep one of the two")
    term.definition = definition


def _synonym(term: _Term, value: str) -> None:
    quoted = QUOTED.match(value)
    if not quoted:
        raise BadStatement('write the synonym in double quotes: synonym: "..." EXACT []')
    scope, _, rest = value[quoted.end() :].partition(" ")
    kind = SCOPES.get(scope.partition("[")[0], "related")
    named = rest.partition("[")[0].strip()
    if named and (named in term.header.abbreviations or is_abbreviation(named)):
        kind = "abbreviation"
    term.items.append(Synonym(term.id, unescaped(quoted[1]), kind, "en"))


def _is_a(term: _Term, value: str) -> None:
    broader = term.header.identifier(value)
    if broader == term.id:
        raise BadStatement(f"{broader} is_a itself; remove the statement")
    term.items.append(Relation(term.id, IS_A, broader))
    term.deprecated |= broader in term.header.bins or obsolete.is_bin(broader)


def _relationship(term: _Term, value: str) -> None:
    relation, _, rest = value.strip().partition(" ")
    target = term.header.identifier(rest)
    term.items.append(Relation(term.id, term.header.relation(relation), target))


def _xref(term: _Term, value: str) -> None:
    if is_concept(term.header.identifier(word(value))):
        target = term.header.identifier(value)
        term.items.append(mapping(term.id, EXACT if EQUIVALENT in value else XREF, target))


def _equivalent(term: _Term, value: str) -> None:
    term.items.append(mapping(term.id, "owl:equivalentClass", term.header.identifier(value)))


def _property(term: _Term, value: str) -> None:
    predicate, _, rest = value.strip().partition(" ")
    spelled = term.header.spell(unescaped(predicate))
    quoted = QUOTED.match(rest)
    term.deprecated |= obsolete.by_property(spelled, [unescaped(quoted[1]) if quoted else word(rest)])
    if spelled in DESCRIPTIONS and quoted:
        term.described = term.described or unescaped(quoted[1])
    if spelled in MATCHES:
        target = term.header.identifier(quoted[1] if quoted else _DATATYPE.sub("", rest))
        term.items.append(mapping(term.id, spelled, target))


def _obsolete(term: _Term, value: str) -> None:
    term.deprecated |= obsolete.by_property("is_obsolete", [word(value)])


def _replaced(term: _Term, value: str) -> None:
    term.replaced.append(term.header.identifier(value))


def _alternative(term: _Term, value: str) -> None:
    term.alternatives.append(term.header.identifier(value))


_CLAUSES: dict[str, Callable[[_Term, str], None]] = {
    "id": _identity,
    "name": _name,
    "def": _definition,
    "synonym": _synonym,
    "is_a": _is_a,
    "relationship": _relationship,
    "xref": _xref,
    "equivalent_to": _equivalent,
    "property_value": _property,
    "is_obsolete": _obsolete,
    "replaced_by": _replaced,
    "alt_id": _alternative,
}


def _filled(term: _Term, text: str, line: int) -> Iterator[Refused]:
    """Reads every clause of a stanza into the term, and yields refusals. The stanza starts at `line`."""
    for number, clause in enumerate(unfolded(text)[1:], start=line + 1):
        tag, colon, value = clause.partition(":")
        handle = _CLAUSES.get(tag)
        if not handle:
            if not colon and clause.strip() and not clause.lstrip().startswith("!"):
                yield Refused(f"line {number}", "not `tag: value`; correct or remove the line")
            continue
        try:
            if not term.id and tag != "id":
                raise BadStatement("the line is before the id; move it after the id")
            handle(term, value)
        except BadStatement as error:
            yield Refused(f"line {number}", str(error))


def _terms(path: Path, header: Header) -> Iterator[_Term | Refused]:
    for line, stanza in stanzas(path):
        if not stanza.startswith(b"Term]"):
            continue
        term = _Term(header)
        try:
            text = stanza.decode()
        except UnicodeDecodeError:
            yield Refused(f"line {line}", "the stanza is not UTF-8; save the file as UTF-8")
            continue
        yield from _filled(term, text, line)
        yield term if term.id else Refused(f"line {line}", "a Term without an id; add an id")


def read(path: Path) -> Iterator[Item]:
    """The release, then each term with its synonyms, relations and mappings, then the alternative identifiers.

    A term without a name and a definition is a reference to a concept of another file, unless it is obsolete.
    """
    header, alternatives = Header(path), Alternatives()
    yield header.release()
    for term in _terms(path, header):
        if isinstance(term, Refused):
            yield term
            continue
        definition = term.definition or term.described
        if term.label or definition or term.deprecated:
            concept = Concept(term.id, term.label, definition, term.deprecated, None)
            yield from alternatives.concept(concept, term.replaced)
        yield from term.items
        for alternative in term.alternatives:
            yield from alternatives.claim(alternative, term.id)
    yield from alternatives.items()


FORMAT = Format("OBO", "https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html", recognise, read)
