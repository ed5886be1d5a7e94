"""ontologies: the tagged stream that every format yields, and the words it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

SynonymKind = Literal["exact", "broad", "narrow", "related", "abbreviation"]

IS_A = "rdfs:subClassOf"
PART_OF = "BFO:0000050"
REPLACED_BY = "IAO:0100001"

LABEL = "rdfs:label"
DEFINITION = "IAO:0000115"
SYNONYM = "oboInOwl:hasExactSynonym"


class Release(NamedTuple):
    """One loaded version of one ontology, mapping set or translation; always the first item of a stream.

    `id` is what is replaced when a newer version is loaded: `http://purl.obolibrary.org/obo/mondo`, the id of a mapping
    set; empty where the file states neither. A stream with several releases begins with all of them, and says one
    again before what that one states. `prefix` is that of the concepts it defines, empty for a mapping set or a
    translation. `prefixes` are those that it declares itself and nobody else knows, each with its IRI.
    """

    id: str
    prefix: str
    version: str
    iri: str
    licence: str
    title: str
    prefixes: tuple[tuple[str, str], ...] = ()


class Concept(NamedTuple):
    """A live or deprecated concept. `id` is a CURIE in its one spelling; `label` is English or of no language,
    where there is such a name; else in the language that most concepts of the release have.

    `replaced_by` is set where one concept replaces it; several are Relations (REPLACED_BY). `kind` is what the
    terminology itself says the concept is (`disease`, `procedure`), one of graph.hierarchy.concept_kinds, or empty.
    """

    id: str
    label: str
    definition: str | None
    deprecated: bool
    replaced_by: str | None
    kind: str = ""


class Synonym(NamedTuple):
    """Another name of a concept. `language` is a BCP 47 tag, `en` where the format does not say."""

    concept: str
    text: str
    kind: SynonymKind
    language: str


class Relation(NamedTuple):
    """`subject predicate object`, both concepts; hierarchy is `IS_A`, the subject being the narrower."""

    subject: str
    predicate: str
    object: str


class Mapping(NamedTuple):
    """A statement that two concepts correspond (SSSOM). `predicate` is a CURIE (`skos:exactMatch`).

    `state` is `accepted`, `rejected` (a negated statement) or `proposed`; `confidence` is 0 to 1 or None.
    Authors and reviewers are CURIEs joined by `|`. Labels are what the file said of its two ends, or None. `tool`,
    `date` and `comment` are as the file has them.
    """

    subject: str
    predicate: str
    object: str
    confidence: float | None
    justification: str
    author: str | None
    reviewer: str | None
    state: Literal["accepted", "rejected", "proposed"]
    subject_label: str | None
    object_label: str | None
    tool: str | None = None
    date: str | None = None
    comment: str | None = None


class Translation(NamedTuple):
    """A value of a concept in another language. `predicate` is LABEL, DEFINITION or SYNONYM."""

    concept: str
    predicate: str
    text: str
    language: str
    status: str


class SiteName(NamedTuple):
    """What people of a site call a concept, as they write its identifier; they meant it so many `times`.

    `position` is where it stands in its file.
    """

    position: str
    concept: str
    text: str
    language: str
    times: int


class Refused(NamedTuple):
    """A statement that could not be read. `position` is `line 12` or a JSON path; `reason` says what to mend."""

    position: str
    reason: str


class NotRead(NamedTuple):
    """Something that is no concept as it stands, though it looks like one, or no mapping. `kind` is what it might be.

    What is alike is counted by reason.
    """

    reason: str
    kind: Literal["terms", "mappings"] = "terms"


Item = Release | Concept | Synonym | Relation | Mapping | Translation | SiteName | Refused | NotRead


def replaced(concept: Concept, targets: Iterable[str]) -> Iterator[Concept | Relation]:
    """The concept with the one that replaces it; a split into several is relations instead."""
    distinct = list(dict.fromkeys(targets))
    yield concept._replace(replaced_by=distinct[0] if len(distinct) == 1 else None)
    if len(distinct) > 1:
        yield from (Relation(concept.id, REPLACED_BY, target) for target in distinct)
