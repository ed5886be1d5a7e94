"""ontologies: the rules that OBO files, OBO Graphs and OWL share.

Rules: https://owlcollab.github.io/oboformat/doc/obo-syntax.html and https://obofoundry.org/id-policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ontologies.curies import canonical, curie, ontology, registered
from ontologies.model import REPLACED_BY, Concept, Item, Mapping, Refused, Relation, SynonymKind, replaced
from ontologies.releases import SUFFIX, short_name

XREF = "oboInOwl:hasDbXref"
EXACT = "skos:exactMatch"
MATCHES = frozenset(
    (EXACT, "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch", "owl:equivalentClass")
)
#: properties with the definition of a concept, for a concept without IAO:0000115
DESCRIPTIONS = frozenset(
    map(curie, ("http://purl.org/dc/terms/description", "http://purl.org/dc/elements/1.1/description"))
)
#: marks a cross-reference of MONDO as an equivalence: https://mondo.readthedocs.io/en/latest/
EQUIVALENT = "MONDO:equivalentTo"
SCOPES: dict[str, SynonymKind] = {"EXACT": "exact", "BROAD": "broad", "NARROW": "narrow", "RELATED": "related"}
# Prefixes of literature, web pages and people. Ontologies refer to these as evidence for a concept.
_NOT_CONCEPTS = frozenset(
    (
        "pubmed",
        "pmc",
        "doi",
        "isbn",
        "ISBN-10",
        "ISBN-13",
        "issn",
        "orcid",
        "wikipedia.en",
        "github",
        "url",
        "URL",
        "http",
        "https",
    )
)
_VERSION = re.compile(r"(?:version|release)?[-_.]?(v?\d[\w.+-]*)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_concept(identifier: str) -> bool:
    """True if a cross-reference (a normalised CURIE) is a concept, not a web page, an article or a person."""
    prefix, _, local = identifier.partition(":")
    return bool(local) and prefix not in _NOT_CONCEPTS


def mapping(subject: str, predicate: str, target: str) -> Mapping:
    """A mapping from an ontology that states the predicate, but no justification or author."""
    return Mapping(subject, predicate, target, None, "semapv:UnspecifiedMatching", None, None, "accepted", None, None)


def is_abbreviation(synonym_type: str) -> bool:
    """True if a synonym type (id, IRI or name) is an abbreviation or acronym (OMO:0003000, OMO:0003012)."""
    spelled = synonym_type.lower().replace("_", ":")
    return "abbreviation" in spelled or "acronym" in spelled or spelled.endswith(("omo:0003000", "omo:0003012"))


def release_prefix(id: str, identifiers: Iterable[str]) -> str:
    """Returns the registered prefix that equals the name of the ontology.

    If no prefix equals the name, returns the most common prefix of the identifiers; empty if there are no prefixes.
    """
    if id and (known := registered(short_name(id))):
        return known
    counts: dict[str, int] = {}
    for identifier in identifiers:
        if prefix := ontology(identifier):
            counts[prefix] = counts.get(prefix, 0) + 1
    return canonical(max(counts, key=lambda prefix: counts[prefix])) if counts else ""


def release_version(stated: str, version_info: str) -> str:
    """The version of a release. `stated` is an IRI, a path such as `releases/2024-07-29/maxo-base.owl`, or a version.

    A date in `stated` has priority, then `version_info`. Without a date and a `version_info`, the version is the last
    part of `stated` that looks like a version, or the last part if no part looks like a version.
    """
    if found := _DATE.search(stated):
        return found[0]
    parts = [SUFFIX.sub("", part) for part in re.split(r"[/#]", stated) if part]
    versions = (match[1] for part in reversed(parts) if (match := _VERSION.fullmatch(part)))
    return version_info or next(versions, parts[-1] if parts else "")


class Alternatives:
    """The alternative identifiers of an ontology. Each alternative identifier becomes an obsolete concept.

    The owner of an alternative identifier is the concept that states the identifier. The owner replaces the obsolete
    concept. Obsolete concepts are yielded last, because all concepts of the file must be known first.
    """

    def __init__(self) -> None:
        self._live: set[str] = set()
        self._obsolete: list[tuple[Concept, list[str]]] = []
        self._owners: dict[str, list[str]] = {}

    def concept(self, concept: Concept, targets: Iterable[str]) -> Iterator[Item]:
        """Yields a live concept, and stores an obsolete concept for `items`. `targets` replace the concept."""
        if concept.deprecated:
            self._obsolete.append((concept, list(targets)))
            return
        self._live.add(concept.id)
        yield from replaced(concept, targets)

    def claim(self, alternative: str, owner: str) -> Iterator[Refused]:
        owners = self._owners.setdefault(alternative, [])
        if owners and owner not in owners:
            yield Refused(
                f"alternative {alternative} of {owner}",
                f"it is also an alternative of {owners[0]}; keep only one of the two statements",
            )
        owners.append(owner)

    def items(self) -> Iterator[Item]:
        """Yields the obsolete concepts, each with its replacement.

        A stated replacement has priority over an owner. An identifier with two owners has no single replacement.
        """
        obsolete = {concept.id for concept, _ in self._obsolete}
        for concept, targets in self._obsolete:
            owners = self._owners.get(concept.id, [])
            yield from replaced(concept, targets or owners)
            if targets:
                yield from (Relation(concept.id, REPLACED_BY, owner) for owner in owners if owner not in targets)
        for alternative, owners in self._owners.items():
            if alternative in self._live:
                place = f"alternative {alternative} of {owners[0]}"
                yield Refused(place, "it is also a live concept; make that concept obsolete")
            elif alternative not in obsolete:
                yield from replaced(Concept(alternative, "", None, True, None), owners)
