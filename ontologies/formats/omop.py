"""ontologies: reads OMOP vocabulary tables, https://ohdsi.github.io/CommonDataModel/cdm54.html#vocabulary_tables.

The tables are comma-separated, or tab-separated as in Athena's downloads. The CONCEPT table and the other tables in its
folder are read together. Each vocabulary becomes a release, with the synonyms, relations and mappings of its concepts.
A relation belongs to the vocabulary of its first concept. The identifiers of all concepts are in memory, because
relationships refer to concepts by concept_id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from itertools import chain
from pathlib import Path
from sys import intern
from typing import NamedTuple

from ontologies.curies import curie_of
from ontologies.format import Format
from ontologies.model import IS_A, Concept, Item, Refused, Relation, Release, Synonym, replaced
from ontologies.model import Mapping as Match
from ontologies.tables import Broken, Row, header, rows

_CONCEPT = ("concept_id", "concept_name", "vocabulary_id", "concept_code")
_RELATIONSHIP = ("concept_id_1", "concept_id_2", "relationship_id")
_SYNONYM = ("concept_id", "concept_synonym_name", "language_concept_id")
_OF_CONCEPT = ("invalid_reason", "domain_id", "concept_class_id")
_OF_RELATIONSHIP = ("invalid_reason",)
_VOCABULARY = ("vocabulary_id",)
_OF_VOCABULARY = ("vocabulary_version", "vocabulary_name")
COLUMNS: Mapping[str, frozenset[str]] = {
    "concept": frozenset(_CONCEPT + _OF_CONCEPT),
    "concept_relationship": frozenset(_RELATIONSHIP + _OF_RELATIONSHIP),
    "concept_synonym": frozenset(_SYNONYM),
    "vocabulary": frozenset(_VOCABULARY + _OF_VOCABULARY),
}
"""The tables that are read, with the columns that are read."""
_TABLE = re.compile(r"(?i)([a-z_]+?)(?:_seed)?\.(?:csv|tsv|txt)(?:\.(?:gz|bz2|xz|zst))?")
_COMPANIONS = frozenset(
    (
        "concept_ancestor",
        "concept_class",
        "concept_cpt4",
        "concept_relationship",
        "concept_synonym",
        "domain",
        "drug_strength",
        "relationship",
        "vocabulary",
    )
)
_REPLACED_BY = "Concept replaced by"
_SAME_AS = "Concept same_as to"
_MAPS_TO = "Maps to"
_IS_A = ("Is a", "RxNorm is a")
_MATCHES = {_MAPS_TO: "skos:broadMatch", _SAME_AS: "skos:exactMatch"}
#: concept ids of OMOP's Language vocabulary
_LANGUAGES = {
    "4180186": "en",
    "4182503": "nl",
    "4182504": "de",
    "4180190": "fr",
    "4182511": "es",
}
#: the kind of a concept by its concept class or, if the concept class is not listed, by its domain
_KINDS = {
    "Clinical Finding": "finding",
    "Context-dependent": "situation",
    "Substance": "drug",
    "Organism": "organism",
    "Body Structure": "anatomy",
    "Observable Entity": "test",
    "Physical Object": "device",
    "Procedure": "procedure",
    "Condition": "finding",
    "Measurement": "test",
    "Drug": "drug",
    "Device": "device",
    "Unit": "unit",
    "Spec Anatomic Site": "anatomy",
}
_OTHER_KIND = "other"
Ids = dict[str, tuple[str, str]]
"""concept_id -> identifier and vocabulary of the concept"""


class Table(NamedTuple):
    """A vocabulary table in any form.

    `rows` gets the names of the required and the optional columns, and yields the rows as in `ontologies.tables`.
    `unit` is what the number of a row counts: the lines of a file or the rows of a table.
    """

    name: str
    rows: Callable[[tuple[str, ...], tuple[str, ...]], Iterator[Row | Broken]]
    unit: str = "line"

    def place(self, number: int) -> str:
        return f"{self.name} {self.unit} {number}"


Tables = Mapping[str, Table]
"""The vocabulary tables by name."""


def recognise(head: bytes, name: str) -> bool:
    """True for a table with the columns of CONCEPT."""
    return is_concept(header(head))


def is_concept(columns: Set[str]) -> bool:
    """True if a table with these columns is CONCEPT."""
    return columns >= frozenset(_CONCEPT)


def companions(path: Path) -> frozenset[Path]:
    """Returns the other vocabulary tables in the folder of a CONCEPT table."""
    return frozenset(_tables(path).values())


def _tables(path: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for beside in sorted(path.parent.iterdir()):
        match = _TABLE.fullmatch(beside.name)
        if match and match[1].lower() in _COMPANIONS and beside.name != path.name:
            found[match[1].lower()] = beside
    return found


def _releases(ids: Ids, tables: Tables) -> Iterator[Release]:
    """A release for each vocabulary.

    A vocabulary without a version gets the version of the download, which is stated for the vocabulary "None".
    """
    stated: dict[str, tuple[str, str]] = {}
    if table := tables.get("vocabulary"):
        found = table.rows(_VOCABULARY, _OF_VOCABULARY)
        stated = {row.cells[0]: (row.cells[1], row.cells[2]) for row in found if isinstance(row, Row)}
    first = {vocabulary: concept for concept, vocabulary in reversed(ids.values())}
    for vocabulary in sorted(first):
        version, title = stated.get(vocabulary, ("", ""))
        version = version or stated.get("None", ("",))[0]
        prefix = first[vocabulary].partition(":")[0]
        yield Release(f"omop:{vocabulary}", prefix, version, "", "", title or f"{vocabulary} of OMOP")


def _of_its_release(numbered: Iterable[tuple[str, Item]], ids: Ids, releases: dict[str, Release]) -> Iterator[Item]:
    """Yields the items. Yields a release again before an item that belongs to another release than the previous item.

    `numbered` has items, each with a concept_id.
    """
    at = next(reversed(releases), "")
    for number, item in numbered:
        vocabulary = ids[number][1] if number in ids else at
        if vocabulary != at:
            yield releases[vocabulary]
            at = vocabulary
        yield item


def _identifiers(table: Table) -> Ids:
    ids: Ids = {}
    for row in table.rows(_CONCEPT, ()):
        if not isinstance(row, Broken) and row.cells[0] and (identifier := curie_of(row.cells[2], row.cells[3])):
            ids[row.cells[0]] = identifier, intern(row.cells[2].strip())
    return ids


def _concepts(table: Table, ids: Ids, targets: dict[str, list[str]]) -> Iterator[tuple[str, Item]]:
    for row in table.rows(_CONCEPT, _OF_CONCEPT):
        if isinstance(row, Broken):
            yield "", Refused(table.place(row.line), row.reason)
        elif row.cells[0] not in ids:
            yield "", Refused(table.place(row.line), "it needs concept_id, vocabulary_id and concept_code")
        else:
            number, name, _, _, invalid, domain, concept_class = row.cells
            kind = _KINDS.get(concept_class) or _KINDS.get(domain, _OTHER_KIND if domain else "")
            concept = Concept(ids[number][0], name, None, bool(invalid), None, kind, _whole(number))
            yield from ((number, item) for item in replaced(concept, targets.get(number, ())))


def _whole(number: str) -> int | None:
    """The concept_id as a number. None if the text is not a whole number, or too long for 64 bits."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _synonyms(table: Table, ids: Ids) -> Iterator[tuple[str, Item]]:
    """The synonyms. `language` is `und` if _LANGUAGES lacks the language."""
    for row in table.rows(_SYNONYM, ()):
        if isinstance(row, Broken):
            yield "", Refused(table.place(row.line), row.reason)
            continue
        number, text, language = row.cells
        if number not in ids:
            yield "", Refused(table.place(row.line), f"concept_id {number} is not in CONCEPT")
        elif text:
            yield number, Synonym(ids[number][0], text, "exact", _LANGUAGES.get(language, "und"))


def _statements(table: Table) -> Iterator[tuple[int, str, str, str] | Broken]:
    """Yields line, first concept_id, relationship and second concept_id of every valid and supported statement."""
    for row in table.rows(_RELATIONSHIP, _OF_RELATIONSHIP):
        if isinstance(row, Broken):
            yield row
            continue
        one, two, name, invalid = row.cells
        if not invalid and (name in _IS_A or name == _REPLACED_BY or (name in _MATCHES and one != two)):
            yield row.line, one, name, two


def _replacements(table: Table, ids: Ids) -> dict[str, list[str]]:
    """Returns, for each concept_id, the identifiers of the concepts that replace this concept."""
    found: dict[str, list[str]] = {}
    for statement in _statements(table):
        if not isinstance(statement, Broken) and statement[2] == _REPLACED_BY and statement[3] in ids:
            found.setdefault(statement[1], []).append(ids[statement[3]][0])
    return found


def _relations(table: Table, ids: Ids) -> Iterator[tuple[str, Item]]:
    """The relations and mappings. The target of `Maps to` is equal or broader, so `Maps to` becomes a broad match."""
    for statement in _statements(table):
        if isinstance(statement, Broken):
            yield "", Refused(table.place(statement.line), statement.reason)
            continue
        line, one, name, two = statement
        place, unknown = table.place(line), [number for number in (one, two) if number not in ids]
        if unknown:
            yield "", Refused(place, f"concept_id {unknown[0]} is not in CONCEPT")
            continue
        subject, target = ids[one][0], ids[two][0]
        if name in _MATCHES:
            yield one, _mapping(subject, _MATCHES[name], target)
        elif name in _IS_A and subject == target:
            yield "", Refused(place, f"{subject} is its own parent; remove the row")
        elif name in _IS_A:
            yield one, Relation(subject, IS_A, target)


def _mapping(subject: str, predicate: str, target: str) -> Match:
    justification = "semapv:UnspecifiedMatching"
    return Match(subject, predicate, target, None, justification, None, None, "accepted", None, None)


def read(path: Path) -> Iterator[Item]:
    """The items of the CONCEPT table and of the other tables in its folder."""
    files = {"concept": path} | _tables(path)
    return read_tables({name: Table(name, partial(rows, file)) for name, file in files.items()})


def read_tables(tables: Tables) -> Iterator[Item]:
    """The releases, then the concepts, then the synonyms and relations from the other tables."""
    ids = _identifiers(tables["concept"])
    releases = {release.id.partition(":")[2]: release for release in _releases(ids, tables)}
    yield from releases.values()
    relationship = tables.get("concept_relationship")
    numbered = [_concepts(tables["concept"], ids, _replacements(relationship, ids) if relationship else {})]
    if synonym := tables.get("concept_synonym"):
        numbered.append(_synonyms(synonym, ids))
    if relationship:
        numbered.append(_relations(relationship, ids))
    yield from _of_its_release(chain(*numbered), ids, releases)


FORMAT = Format("OMOP vocabulary tables", "https://ohdsi.github.io/CommonDataModel/", recognise, read, companions)
