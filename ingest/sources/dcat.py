"""ingest: reads catalogues of data sets in RDF: DCAT, DCAT-AP, HealthDCAT-AP and FAIR Data Points.

https://www.w3.org/TR/vocab-dcat-3/ and https://healthdataeu.pages.code.europa.eu/healthdcat-ap/. Catalogues and series
are data sets that list other data sets. Creators with an ORCID become people of the graph, and other creators are only
counted. Publishers and contacts are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph.kinds import Dataset
from graph.lexical import language
from ingest import dois, languages
from ingest.dates import date
from ingest.people import Contributor, contributed
from ingest.pseudonym import Pseudonym
from ingest.records import Coded, Item, Link, NotRead, Refused, Seen, Text, Unmapped
from ingest.source import Source
from ingest.text import line, plain
from ontologies import identifiers, rdf
from ontologies.curies import curie, registered
from ontologies.errors import UnreadableFile
from ontologies.formats.owl import SKOS
from ontologies.formats.skos import DCAT
from ontologies.rdf import RDF, Subject, is_rdf, resources, says, spelled, subjects, texts

_DCT = ("http://purl.org/dc/terms/", "http://purl.org/dc/elements/1.1/")
_SHACL = "http://www.w3.org/ns/shacl#"
_HEALTH = "http://healthdataportal.eu/ns/health#"

# Early FAIR Data Points have these properties either in the DCT namespace or in the DCAT namespace.
_EITHER = "title description identifier issued modified language license hasVersion creator".split()
_WANTED = {space + name: name for space in (*_DCT, DCAT) for name in _EITHER}
_WANTED |= {_DCT[0] + name: name for name in ("isReferencedBy", "isPartOf")}
_WANTED |= {DCAT + name: name for name in ("keyword", "theme", "version", "landingPage", "distribution", "inSeries")}
_WANTED |= {space + "isVersionOf": "versionOf" for space in (_DCT[0], DCAT)} | {DCAT + "previousVersion": "versionOf"}
_WANTED |= {DCAT + name: "lists" for name in ("dataset", "catalog", "seriesMember")}
_WANTED |= {SKOS + name: name for name in ("notation", "prefLabel")}
_WANTED |= {_HEALTH + "hasCodeValues": "code", _HEALTH + "healthTheme": "theme", RDF + "type": "type"}
_WANTED |= {
    "http://www.w3.org/ns/adms#identifier": "other",
    "http://xmlns.com/foaf/0.1/page": "page",
    "http://xmlns.com/foaf/0.1/name": "name",
    "http://www.w3.org/2002/07/owl#versionInfo": "versionInfo",
}
# The most specific class is first, because a catalogue is also a data set.
_KINDS = ("Catalog", "DatasetSeries", "Dataset")
_UNREAD = ("DataService",)

Graph = dict[str, Subject]


def recognise(head: bytes, name: str) -> bool:
    """True for RDF with a data set or catalogue of DCAT, except SHACL shapes and reports."""
    if not is_rdf(head) or not says(head, DCAT, *_KINDS):
        return False
    return not says(head, _SHACL, "NodeShape", "PropertyShape", "ValidationReport")


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each data set, series and catalogue, in the order of the file. The file contains no patients.

    Raises UnreadableFile for RDF without a data set, series or catalogue.
    """
    graph = subjects(path, _WANTED)
    kinds = {name: kind for name, properties in graph.items() if (kind := _kind(properties, _KINDS))}
    if not kinds:
        raise UnreadableFile(path, "", "it contains no data set or catalogue; is the file complete?")
    ids = {name: id for name in kinds if (id := _id(graph, name))}
    listed = _listed(graph, ids)
    for number, (name, kind) in enumerate(kinds.items(), 1):
        if id := ids.get(name):
            lost: list[str] = []
            record = _dataset(graph, name, id, kind, lost)
            others = [other for other in _ids(graph, ids, name, "versionOf") if other != id]
            yield from _items(graph, name, record, listed.get(name, {}), others, lost)
        else:
            yield Refused(f"data set {number}, a {kind}", "no identifier: give it an IRI or a DOI")
    for name, properties in graph.items():
        if unread := _kind(properties, _UNREAD):
            yield NotRead(unread, name)


def _kind(properties: Subject, kinds: tuple[str, ...]) -> str | None:
    return next((kind for kind in kinds if DCAT + kind in properties.get("type", ())), None)


def _id(graph: Graph, name: str) -> str | None:
    """Returns the id of the data set whose RDF node is `name`: its IRI as a CURIE, or `doi:` and its DOI.

    A blank node is identified by an IRI or DOI that it states as an identifier; None if it states neither.
    """
    given = [name] if not name.startswith("_:") else [text for text in _identifiers(graph, name) if "://" in text]
    if iri := next((text for text in given if not identifiers.doi(text)), None):
        return curie(iri)
    doi = _doi(graph, name, [])
    return f"doi:{doi}" if doi else None


def _doi(graph: Graph, name: str, lost: list[str]) -> str | None:
    return next(filter(None, (dois.doi(one, lost) for one in (name, *_identifiers(graph, name)))), None)


def _identifiers(graph: Graph, name: str) -> Iterator[str]:
    properties = graph[name]
    yield from spelled(properties, "identifier")
    for other in resources(properties, "other"):
        yield from spelled(graph.get(other, {}), "notation")


def _listed(graph: Graph, ids: dict[str, str]) -> dict[str, dict[str, None]]:
    """Returns the ids of the data sets in each catalogue or series, by the RDF node of the catalogue or series.

    `ids` has the id of each node. A catalogue can list its data sets, or a data set can name the catalogue.
    """
    found: dict[str, dict[str, None]] = {name: {} for name in ids}
    for name, id in ids.items():
        for key in ("inSeries", "isPartOf"):
            for whole in resources(graph[name], key):
                found.get(whole, {})[id] = None
        found[name] |= dict.fromkeys(_ids(graph, ids, name, "lists"))
    return found


def _ids(graph: Graph, ids: dict[str, str], name: str, key: str) -> list[str]:
    """Returns the ids of the data sets to which the property `key` of the RDF node `name` refers.

    `ids` has the ids of the nodes in the file.
    """
    every = (part for part in resources(graph[name], key) if not part.startswith("_:") or part in ids)
    return [*dict.fromkeys(ids.get(part) or curie(part) for part in every)]


def _dataset(graph: Graph, name: str, id: str, kind: str, lost: list[str]) -> Dataset:
    properties = graph[name]
    return Dataset(
        id,
        line(_preferred(properties, "title")) or id,
        _preferred(properties, "description") or None,
        kind,
        _version(properties),
        _language(properties, lost),
        _date(properties, "issued", lost),
        _date(properties, "modified", lost),
        _licence(graph, properties),
        next(spelled(properties, "landingPage", "page"), None),
        _doi(graph, name, lost),
        len(properties.get("creator", ())) or None,
    )


def _preferred(properties: Subject, key: str) -> str:
    """Returns the English text of the property `key`; without an English text, the first text."""
    every = sorted(texts(properties, key), key=lambda text: not text.language.startswith("en"))
    return next(filter(None, (plain(text.value) for text in every)), "")


def _version(properties: Subject) -> str | None:
    every = (text for key in ("version", "versionInfo", "hasVersion") for text in texts(properties, key))
    return next(filter(None, (line(text.value) for text in every)), None)


def _language(properties: Subject, lost: list[str]) -> str | None:
    """Returns the language of a data set as a BCP 47 tag; None if it states no known language.

    A language can be an IRI that ends in a code of ISO 639-1, or, in an IRI of the EU, of ISO 639-2 in capitals.
    """
    codes = (value.rstrip("/").rpartition("/")[2] for value in spelled(properties, "language"))
    return next(filter(None, (languages.tag(code.lower(), lost) for code in codes)), None)


def _date(properties: Subject, key: str, lost: list[str]) -> str | None:
    return next(filter(None, (date(text, lost) for text in spelled(properties, key))), None)


def _licence(graph: Graph, properties: Subject) -> str | None:
    """Returns the licence of the data set, else the licence of the first distribution that has a licence."""
    about = (properties, *(graph.get(name, {}) for name in resources(properties, "distribution")))
    every = (value for one in about for value in spelled(one, "license"))
    return next((line(value) for value in every if not value.startswith("_:")), None)


def _items(
    graph: Graph, name: str, record: Dataset, listed: dict[str, None], others: list[str], lost: list[str]
) -> Iterator[Item]:
    properties = graph[name]
    yield record
    yield from contributed("DATASET_AUTHOR_OF", record.id, "", _authors(graph, properties))
    yield from dict.fromkeys(_abouts(graph, properties, record, lost))
    found = (_article(value, lost) for value in spelled(properties, "isReferencedBy", "page"))
    for article in dict.fromkeys(found):
        if article and article != f"doi:{record.doi}":
            yield Link("DESCRIBED_IN", record.id, article)
    yield from (Link("LISTS", record.id, part) for part in listed if part != record.id)
    yield from (Link("VERSION_OF", record.id, other) for other in others)
    yield from (Unmapped(reason, record.id) for reason in lost)
    yield Seen("Dataset")


def _authors(graph: Graph, properties: Subject) -> Iterator[Contributor]:
    """Yields the creators with an ORCID. The ORCID is the IRI of the creator or one of its identifiers."""
    for name in resources(properties, "creator"):
        given = [name, *_identifiers(graph, name)] if name in graph else [name]
        if orcid := next((text for text in given if "orcid" in text.lower() or identifiers.orcid(text)), None):
            yield Contributor(_preferred(graph.get(name, {}), "name"), orcid)


def _article(text: str, lost: list[str]) -> str | None:
    dois.doi(text, lost)
    return identifiers.article(text)


def _abouts(graph: Graph, properties: Subject, record: Dataset, lost: list[str]) -> Iterator[Item]:
    for key in ("theme", "code"):
        for value in properties.get(key, ()):
            yield from _theme(graph, value, record, key, lost)
    for text in texts(properties, "keyword"):
        yield from _words(record, "keyword", text, lost)
    for key in ("title", "description"):
        for text in texts(properties, key):
            yield from _words(record, key, text, lost)


def _theme(graph: Graph, value: rdf.Value, record: Dataset, field: str, lost: list[str]) -> Iterator[Item]:
    """Yields the concept of a theme or code with a known IRI or identifier; otherwise its labels as texts to ground."""
    if isinstance(value, rdf.Text):
        yield from _words(record, field, value, lost)
        return
    about = graph.get(value, {})
    codes = (value, *spelled(about, "identifier"))
    names = [text for text in texts(about, "prefLabel") if text.value not in codes]
    if known := next(filter(None, map(_known, codes)), None):
        yield Coded("Dataset", record.id, field, known, line(plain(names[0].value)) if names else None)
    elif names:
        for name in names:
            yield from _words(record, field, name, lost)
    else:
        yield Unmapped(f"{field} is not from a known terminology", record.id)


def _known(identifier: str) -> str | None:
    """Returns `identifier` as a CURIE; None unless the Bioregistry has its prefix."""
    found = curie(identifier.strip())
    prefix, _, local = found.partition(":")
    return found if local and not local.startswith("//") and not prefix.startswith("_") and registered(prefix) else None


def _words(record: Dataset, field: str, text: rdf.Text, lost: list[str]) -> Iterator[Text]:
    if words := plain(text.value):
        spoken = languages.tag(text.language, lost) or language(words) or record.language
        made = Text("Dataset", record.id, field, words, spoken)
        short = made.mention or field == "title"
        yield made._replace(text=line(words) or "") if short else made


SOURCE = Source(
    "dcat", "DCAT (Turtle, N-Triples, RDF/XML)", "https://www.w3.org/TR/vocab-dcat-3/", recognise, read, public=True
)
