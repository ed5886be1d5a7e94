"""ontologies: the items that the readers of all formats yield."""

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
    """A version of an ontology, mapping set or translation; always the first item of a stream.

    `id` identifies the release: a newer version replaces the stored release with the same id. The id is an IRI such as
    `http://purl.obolibrary.org/obo/mondo`, or the id of a mapping set. The id is empty if the file states no id. A
    stream with several releases begins with all releases, and repeats a release before the items of that release.
    `prefix` is the prefix of the concepts that the release defines; empty for a mapping set or a translation.
    `prefixes` are prefixes that only this release declares, each with its IRI.
    """

    id: str
    prefix: str
    version: str
    iri: str
    licence: str
    title: str
    prefixes: tuple[tuple[str, str], ...] = ()


class Concept(NamedTuple):
    """A live or obsolete concept.

    `id` is a normalised CURIE. `label` is in English or has no language tag. If the concept has only labels in other
    languages, `label` is in the main language of the release. If exactly one concept replaces this concept, its id is
    in `replaced_by`. If several do, each is a Relation (REPLACED_BY). `kind` is the kind of concept according to the
    terminology, such as `disease` or `procedure`; graph.hierarchy.concept_kinds lists the kinds. `kind` may be empty.
    `omop` is the concept_id in OMOP's vocabulary tables.
    """

    id: str
    label: str
    definition: str | None
    deprecated: bool
    replaced_by: str | None
    kind: str = ""
    omop: int | None = None


class Synonym(NamedTuple):
    """Another name of a concept. `language` is a BCP 47 tag; the tag is `en` if the format has no languages."""

    concept: str
    text: str
    kind: SynonymKind
    language: str


class Relation(NamedTuple):
    """A relation between two concepts. In a hierarchy (`IS_A`) the subject is narrower than the object."""

    subject: str
    predicate: str
    object: str


class Mapping(NamedTuple):
    """A statement that two concepts correspond (SSSOM). `predicate` is a CURIE such as `skos:exactMatch`.

    `state` is `accepted`, `rejected` (a negated statement) or `proposed`. `confidence` is a number from 0 to 1, or
    None. `author` and `reviewer` are CURIEs joined by `|`. The labels, `tool`, `date` and `comment` are copied from
    the file. A value that the file does not state is None.
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
    """A site's own name for a concept. `concept` is the identifier as it is written in the file.

    `position` is the position of the name in the file. `times` is the number of uses of the name.
    """

    position: str
    concept: str
    text: str
    language: str
    times: int


class Member(NamedTuple):
    """An item of a value set. `id` is a normalised CURIE, `omop:NUMBER` for a concept_id of OMOP, or a value set's id.

    `exact` means the concept alone, without the concepts below it. `excluded` means that the concepts of this item are
    not in the set. `mapped` adds the concepts that are mapped to the concept. `system` and `code` are empty if the file
    does not state a system and a code.
    """

    id: str
    exact: bool = False
    excluded: bool = False
    mapped: bool = False
    system: str = ""
    code: str = ""


class Part(NamedTuple):
    """The concepts that meet all conditions of the part. A part has at least one condition.

    The concepts are of the code system `system`. The concepts are in at least one member of each set in `all_of`, and
    in no member of `none_of`. The concepts are directly below each concept of `child_of`. The whole code matches each
    regular expression of `matches`. `obsolete` is True for obsolete concepts only, and False for other concepts only.
    If `excluded` is true, the concepts of the part are not in the value set.
    """

    system: str = ""
    all_of: tuple[tuple[Member, ...], ...] = ()
    none_of: tuple[Member, ...] = ()
    child_of: tuple[Member, ...] = ()
    matches: tuple[str, ...] = ()
    obsolete: bool | None = None
    excluded: bool = False


class ValueSet(NamedTuple):
    """A named set of concepts. `version` is empty if the file states no version.

    The set has the concepts of `members` and of `parts`, without the excluded concepts. If a member is not `exact`, the
    set includes the concepts below the member. If `certain` is true, it includes only those concepts that a statement
    places below the member.
    """

    position: str
    name: str
    version: str
    title: str
    language: str
    certain: bool
    members: tuple[Member, ...]
    parts: tuple[Part, ...] = ()


class Refused(NamedTuple):
    """A statement that could not be read. `position` is `line 12` or a JSON path. `reason` includes the remedy."""

    position: str
    reason: str


class NotRead(NamedTuple):
    """An element that looks like a concept, a mapping or a value set (`kind`), but is something else.

    NotRead elements are counted for each reason.
    """

    reason: str
    kind: Literal["terms", "mappings", "value sets"] = "terms"


class Remark(NamedTuple):
    """A remark on a whole export, for the report. `command` reads the rest of the export; it may be empty."""

    text: str
    command: str = ""


Item = Release | Concept | Synonym | Relation | Mapping | Translation | SiteName | ValueSet | Refused | NotRead | Remark


def replaced(concept: Concept, targets: Iterable[str]) -> Iterator[Concept | Relation]:
    """Yields `concept` with its replacement. If `targets` has several replacements, they become relations instead."""
    distinct = list(dict.fromkeys(targets))
    yield concept._replace(replaced_by=distinct[0] if len(distinct) == 1 else None)
    if len(distinct) > 1:
        yield from (Relation(concept.id, REPLACED_BY, target) for target in distinct)
