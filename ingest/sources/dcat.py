"""ingest: reads catalogues of data sets in RDF: DCAT, DCAT-AP, HealthDCAT-AP, and what a FAIR Data Point says.

https://www.w3.org/TR/vocab-dcat-3/ and https://healthdataeu.pages.code.europa.eu/healthdcat-ap/. A catalogue and a
series are data sets that list others. Creators who have an ORCID are people of the graph, of
others it keeps how many they are; publishers and contacts are not read.
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

# FAIR Data Points of the first years have these under either name.
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
# The more special first: a catalogue is a data set too.
_KINDS = ("Catalog", "DatasetSeries", "Dataset")
_UNREAD = ("DataService",)

Graph = dict[str, Subject]


def recognise(head: bytes, name: str) -> bool:
    """RDF that names a data set or catalogue of DCAT, and is not the shapes that such are checked by."""
    if not is_rdf(head) or not says(head, DCAT, *_KINDS):
        return False
    return not says(head, _SHACL, "NodeShape", "PropertyShape", "ValidationReport")


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """The items of each data set, series and catalogue, in the order of the file. No patient is in it.

    Raises UnreadableFile for RDF that holds none.
    """
    graph = subjects(path, _WANTED)
    kinds = {name: kind for name, said in graph.items() if (kind := _kind(said, _KINDS))}
    if not kinds:
        raise UnreadableFile(path, "", "there is no data set or catalogue in it; is this the whole file?")
    ids = {name: id for name in kinds if (id := _id(graph, name))}
    listed = _listed(graph, ids)
    for number, (name, kind) in enumerate(kinds.items(), 1):
        if id := ids.get(name):
            lost: list[str] = []
            record = _dataset(graph, name, id, kind, lost)
            others = [other for other in _ids(graph, ids, name, "versionOf") if other != id]
            yield from _items(graph, name, record, listed.get(name, {}), others, lost)
        else:
            yield Refused(f"data set {number}, a {kind}", "no address: name it by an IRI or a DOI")
    for name, said in graph.items():
        if unread := _kind(said, _UNREAD):
            yield NotRead(unread, name)


def _kind(said: Subject, kinds: tuple[str, ...]) -> str | None:
    return next((kind for kind in kinds if DCAT + kind in said.get("type", ())), None)


def _id(graph: Graph, name: str) -> str | None:
    """Its IRI, `doi:` and the DOI where that is one; of a blank node the identifier that is an IRI, else its DOI."""
    given = [name] if not name.startswith("_:") else [text for text in _identifiers(graph, name) if "://" in text]
    if iri := next((text for text in given if not identifiers.doi(text)), None):
        return curie(iri)
    doi = _doi(graph, name, [])
    return f"doi:{doi}" if doi else None


def _doi(graph: Graph, name: str, lost: list[str]) -> str | None:
    return next(filter(None, (dois.doi(one, lost) for one in (name, *_identifiers(graph, name)))), None)


def _identifiers(graph: Graph, name: str) -> Iterator[str]:
    said = graph[name]
    yield from spelled(said, "identifier")
    for other in resources(said, "other"):
        yield from spelled(graph.get(other, {}), "notation")


def _listed(graph: Graph, ids: dict[str, str]) -> dict[str, dict[str, None]]:
    """What each catalogue or series holds, said at either end, as ids."""
    found: dict[str, dict[str, None]] = {name: {} for name in ids}
    for name, id in ids.items():
        for key in ("inSeries", "isPartOf"):
            for whole in resources(graph[name], key):
                found.get(whole, {})[id] = None
        found[name] |= dict.fromkeys(_ids(graph, ids, name, "lists"))
    return found


def _ids(graph: Graph, ids: dict[str, str], name: str, key: str) -> list[str]:
    """The ids of the data sets that one points to."""
    every = (part for part in resources(graph[name], key) if not part.startswith("_:") or part in ids)
    return [*dict.fromkeys(ids.get(part) or curie(part) for part in every)]


def _dataset(graph: Graph, name: str, id: str, kind: str, lost: list[str]) -> Dataset:
    said = graph[name]
    return Dataset(
        id,
        line(_preferred(said, "title")) or id,
        _preferred(said, "description") or None,
        kind,
        _version(said),
        _language(said, lost),
        _date(said, "issued", lost),
        _date(said, "modified", lost),
        _licence(graph, said),
        next(spelled(said, "landingPage", "page"), None),
        _doi(graph, name, lost),
        len(said.get("creator", ())) or None,
    )


def _preferred(said: Subject, key: str) -> str:
    """In English where it is there, else what comes first."""
    every = sorted(texts(said, key), key=lambda text: not text.language.startswith("en"))
    return next(filter(None, (plain(text.value) for text in every)), "")


def _version(said: Subject) -> str | None:
    every = (text for key in ("version", "versionInfo", "hasVersion") for text in texts(said, key))
    return next(filter(None, (line(text.value) for text in every)), None)


def _language(said: Subject, lost: list[str]) -> str | None:
    """An IRI ends in the code: of ISO 639-1, or the EU's in capitals, which is of ISO 639-2."""
    codes = (value.rstrip("/").rpartition("/")[2] for value in spelled(said, "language"))
    return next(filter(None, (languages.tag(code.lower(), lost) for code in codes)), None)


def _date(said: Subject, key: str, lost: list[str]) -> str | None:
    return next(filter(None, (date(text, lost) for text in spelled(said, key))), None)


def _licence(graph: Graph, said: Subject) -> str | None:
    """Its own, else that of the first distribution that has one."""
    about = (said, *(graph.get(name, {}) for name in resources(said, "distribution")))
    every = (value for one in about for value in spelled(one, "license"))
    return next((line(value) for value in every if not value.startswith("_:")), None)


def _items(
    graph: Graph, name: str, record: Dataset, listed: dict[str, None], others: list[str], lost: list[str]
) -> Iterator[Item]:
    said = graph[name]
    yield record
    yield from contributed("DATASET_AUTHOR_OF", record.id, "", _authors(graph, said))
    yield from dict.fromkeys(_abouts(graph, said, record, lost))
    found = (_article(value, lost) for value in spelled(said, "isReferencedBy", "page"))
    for article in dict.fromkeys(found):
        if article and article != f"doi:{record.doi}":
            yield Link("DESCRIBED_IN", record.id, article)
    yield from (Link("LISTS", record.id, part) for part in listed if part != record.id)
    yield from (Link("VERSION_OF", record.id, other) for other in others)
    yield from (Unmapped(reason, record.id) for reason in lost)
    yield Seen("Dataset")


def _authors(graph: Graph, said: Subject) -> Iterator[Contributor]:
    """Creators that are an ORCID, or have one as an identifier."""
    for name in resources(said, "creator"):
        given = [name, *_identifiers(graph, name)] if name in graph else [name]
        if orcid := next((text for text in given if "orcid" in text.lower() or identifiers.orcid(text)), None):
            yield Contributor(_preferred(graph.get(name, {}), "name"), orcid)


def _article(text: str, lost: list[str]) -> str | None:
    dois.doi(text, lost)
    return identifiers.article(text)


def _abouts(graph: Graph, said: Subject, record: Dataset, lost: list[str]) -> Iterator[Item]:
    for key in ("theme", "code"):
        for value in said.get(key, ()):
            yield from _theme(graph, value, record, key, lost)
    for text in texts(said, "keyword"):
        yield from _words(record, "keyword", text, lost)
    for key in ("title", "description"):
        for text in texts(said, key):
            yield from _words(record, key, text, lost)


def _theme(graph: Graph, value: rdf.Value, record: Dataset, field: str, lost: list[str]) -> Iterator[Item]:
    """A concept that somebody keeps, by its IRI or its identifier, else the words that it is called by."""
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
        yield Unmapped(f"no vocabulary that is known has this {field}", record.id)


def _known(identifier: str) -> str | None:
    """Its CURIE where the Bioregistry knows the prefix."""
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
