"""ontologies: reads the metadata of an OBO file in a first pass.

https://owlcollab.github.io/oboformat/doc/obo-syntax.html: chapter 2 has the rules for headers, and chapter 5 has the
rules for identifiers.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ontologies.curies import curie, ontology, speller
from ontologies.errors import BadStatement
from ontologies.model import PART_OF, Release
from ontologies.obo_rules import is_abbreviation, release_prefix, release_version
from ontologies.obo_text import QUOTED, stanzas, unescaped, unfolded, unquoted, word
from ontologies.obsolete import is_bin
from ontologies.releases import obo_address, ontology_iri

_TERM_PREFIX = re.compile(rb"\nid:[ \t]*([^\s:]+:(?://\S+)?)")
_TERM_NAME = re.compile(rb"\nname:[ \t]*([ODRodr][^\r\n]*)")
_NAME = re.compile(r"\nid:[ \t]*(\S+)")
_NAME_ELSEWHERE = re.compile(r"\nxref:[ \t]*([A-Za-z]+:[\w.-]+)")
# The characters that start a description, modifiers or a comment.
_AFTER = '"{!'


class Header:
    """The header frame of an OBO file, the identifiers of relations in its Typedef stanzas, and its main prefix."""

    def __init__(self, path: Path) -> None:
        self._clauses: dict[str, list[str]] = {}
        self._relations: dict[str, str] = {}
        self._prefixes: Counter[str] = Counter()
        self._bins: set[str] = set()
        for number, stanza in stanzas(path):
            self._read(number, stanza)
        self._ontology = word(self._first("ontology"))
        spaces = [value.split() for value in self._clauses.get("idspace", ())]
        self.spell = speller({space[0]: space[1] for space in spaces if len(space) > 1})
        types = [unquoted(value) for value in self._clauses.get("synonymtypedef", ())]
        self.bins = frozenset(self.identifier(name) for name in self._bins)
        self.abbreviations = frozenset(word(value) for value in types if is_abbreviation(value))

    def _read(self, number: int, stanza: bytes) -> None:
        if stanza.startswith(b"Term]"):
            if found := _TERM_PREFIX.search(stanza):
                identifier = found[1].decode("utf-8", "replace")
                self._prefixes[ontology(curie(identifier)) if "://" in identifier else identifier[:-1]] += 1
            if (named := _TERM_NAME.search(stanza)) and is_bin("", unquoted(named[1].decode("utf-8", "replace"))):
                self._bins.update(_NAME.findall(stanza.decode("utf-8", "replace"))[:1])
        elif number == 0:
            for line in unfolded(stanza.decode("utf-8", "replace")):
                tag, _, value = line.partition(":")
                self._clauses.setdefault(tag, []).append(value.strip())
        elif stanza.startswith(b"Typedef]"):
            text = stanza.decode("utf-8", "replace")
            name, elsewhere = _NAME.search(text), _NAME_ELSEWHERE.search(text)
            if name and elsewhere and ":" not in name[1]:
                self._relations[name[1]] = curie(elsewhere[1])

    def _first(self, tag: str) -> str:
        return unquoted(self._clauses.get(tag, [""])[0])

    def _property(self, name: str) -> str:
        """The property with this local name, such as `license`. Files use different prefixes for the namespace."""
        for value in self._clauses.get("property_value", ()):
            predicate, _, rest = value.partition(" ")
            if re.split(r"[:/#]", predicate)[-1] == name:
                quoted = QUOTED.match(rest)
                return unescaped(quoted[1]) if quoted else word(rest)
        return ""

    def release(self) -> Release:
        iri, stated = obo_address(self._ontology), (self._first("data-version"), self._property("versionInfo"))
        version = release_version(*stated)
        id = ontology_iri(iri, *stated, self._first("date"))
        prefix = release_prefix(id, [f"{prefix}:" for prefix, _ in self._prefixes.most_common(1)])
        return Release(id, prefix, version, iri, self._property("license"), self._property("title"))

    def identifier(self, value: str) -> str:
        """The CURIE in a value. An identifier without a prefix belongs to the ontology: `obo:doid#has_symptom`.

        A description, modifiers or a comment may follow the identifier. Raises BadStatement for any other text.
        """
        words = value.split(None, 1)
        if not words:
            raise BadStatement("no identifier; write an identifier after the tag")
        text = words[0]
        if len(words) > 1 and words[1][0] not in _AFTER and unescaped(words[1]).strip():
            raise BadStatement("an identifier must not have white space; write %20, or put ! before a comment")
        if "\\" in text:
            text = unescaped(text)
        if ":" in text:
            return self.spell(text)
        return curie(f"obo:{self._ontology}#{text}" if self._ontology else f"obo:{text}")

    def relation(self, name: str) -> str:
        """The CURIE of a relation. The Typedef may have another identifier for the relation than the statements use."""
        return self._relations.get(name) or (PART_OF if name == "part_of" else self.identifier(name))
