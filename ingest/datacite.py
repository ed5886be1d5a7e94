"""ingest: defines a common form for DataCite XML and JSON records, and makes records of the graph from this form.

DataCite Metadata Schema 2.2 to 4.6: https://schema.datacite.org/. Creators are counted, and creators with an ORCID
become people of the graph. Contributors are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from graph.kinds import Dataset, Publication
from graph.lexical import language
from ingest import languages
from ingest.dates import date, instant
from ingest.dois import doi
from ingest.people import Contributor, contributed
from ingest.records import Coded, Item, Link, NotRead, RecordKind, Refused, Seen, Text, Unmapped, Version
from ingest.text import line, plain
from ingest.versions import deleted, record_id
from ontologies import identifiers
from ontologies.identifiers import mesh

# https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/resourceTypeGeneral/
_DATA = ("Dataset", "Collection")
_WRITTEN = (
    *("Text", "JournalArticle", "Preprint", "DataPaper", "Book", "BookChapter", "ConferencePaper"),
    *("ConferenceProceeding", "Dissertation", "Report", "PeerReview", "OutputManagementPlan"),
)
# Relations of a data set to texts about it. The relations in the second tuple count only if the source states that the
# other resource is a text.
_ABOUT_IT = ("IsSupplementTo", "IsDocumentedBy", "IsReferencedBy")
_MAYBE_ABOUT_IT = ("IsCitedBy", "IsDescribedBy")
_OTHER_VERSION = ("IsVersionOf", "IsNewVersionOf")
_NO_DESCRIPTION = ("SeriesInformation", "TableOfContents")
_TYPE = re.compile(r"[A-Za-z]{1,40}")
_MESH = re.compile(r"(?:.*[/#:])?([CD][0-9]{6,9})")


class Words(NamedTuple):
    """A title or a description; `kind` is None for a main title."""

    text: str
    kind: str | None
    language: str | None


class Subject(NamedTuple):
    text: str
    scheme: str | None
    code: str | None


class Relation(NamedTuple):
    identifier: str
    kind: str | None
    relation: str | None
    general: str | None


class Work(NamedTuple):
    """A DataCite record. `dates` and `alternate` (identifiers) have pairs of a type and a value.

    `general` is DataCite's type and `specific` is the depositor's type. `state` is the state of the DOI
    (https://support.datacite.org/docs/doi-states). `changed` is the time of the last change of the record.
    """

    doi: str | None
    general: str | None
    specific: str | None
    titles: list[Words]
    descriptions: list[Words]
    subjects: list[Subject]
    dates: list[tuple[str, str]]
    year: str | None
    language: str | None
    version: str | None
    url: str | None
    licence: str | None
    journal: str | None
    related: list[Relation]
    creators: int
    authors: list[Contributor]
    alternate: list[tuple[str, str]]
    state: str = "findable"
    changed: str | None = None


def items(position: str, work: Work) -> Iterator[Item]:
    """Yields the items of a DataCite record of a data set or a publication. For any other type, yields NotRead.

    A record whose DOI is registered but not findable was withdrawn, and counts as deleted.
    """
    own, general = identifiers.doi(work.doi), (work.general or "").replace(" ", "")
    kind: RecordKind = "Dataset" if general in _DATA else "Publication"
    if not own:
        yield Refused(position, "no DOI")
    elif not _TYPE.fullmatch(general):
        yield NotRead("without a type", position)
    elif general not in (*_DATA, *_WRITTEN):
        yield NotRead(general, position)
    elif work.state == "draft":
        yield NotRead("draft", position)
    elif work.state == "registered":
        withdrawn = Version(record_id(kind, f"doi:{own}"), kind, None, None, None, None)
        yield from deleted(withdrawn, instant(work.changed))
    else:
        lost: list[str] = []
        record = _dataset(own, work, lost) if general in _DATA else _publication(own, work, lost)
        yield record
        yield from contributed("DATASET_AUTHOR_OF" if general in _DATA else "AUTHOR_OF", record.id, "", work.authors)
        yield from dict.fromkeys(_abouts(kind, record.id, work, lost))
        if general in _DATA:
            yield from _described_in(record.id, work, lost)
            yield from _versions_of(record.id, work, lost)
        yield from (Unmapped(reason, position) for reason in lost)
        yield Seen(kind)


def _dataset(own: str, work: Work, lost: list[str]) -> Dataset:
    return Dataset(
        f"doi:{own}",
        _title(work) or own,
        _description(work),
        _kind(work),
        line(work.version or ""),
        languages.tag(work.language, lost),
        _issued(work, lost),
        _updated(work, lost),
        line(work.licence or ""),
        line(work.url or ""),
        own,
        work.creators or None,
    )


def _publication(own: str, work: Work, lost: list[str]) -> Publication:
    return Publication(
        f"doi:{own}",
        _title(work) or own,
        _description(work),
        _kind(work),
        line(plain(work.journal)),
        languages.tag(work.language, lost),
        _issued(work, lost),
        _updated(work, lost),
        own,
        next(filter(None, (identifiers.pmid(text) for kind, text in work.alternate if kind.upper() == "PMID")), None),
        work.creators or None,
    )


def _title(work: Work) -> str:
    """Returns the main title of a DataCite record, or else its first title, on one line."""
    ordered = sorted(work.titles, key=lambda title: title.kind is not None)
    return next(filter(None, (plain(title.text).replace("\n", " ") for title in ordered)), "")


def _description(work: Work) -> str | None:
    """Returns the abstract of a DataCite record, or else its first description."""
    described = sorted(_described(work), key=lambda one: one.kind != "Abstract")
    return next(filter(None, (plain(one.text) for one in described)), None)


def _described(work: Work) -> list[Words]:
    return [one for one in work.descriptions if one.kind not in _NO_DESCRIPTION]


def _kind(work: Work) -> str | None:
    return line(plain(work.specific)) or line(work.general or "")


def _dated(work: Work, kind: str, lost: list[str]) -> list[str]:
    return sorted(filter(None, [_date(text, lost) for of, text in work.dates if of == kind]))


def _issued(work: Work, lost: list[str]) -> str | None:
    """Returns the earliest date of issue, else the year of publication."""
    return next(iter(_dated(work, "Issued", lost)), None) or _date(work.year, lost)


def _updated(work: Work, lost: list[str]) -> str | None:
    """Returns the latest of the dates on which a DataCite record says that the work was updated."""
    return next(reversed(_dated(work, "Updated", lost)), None)


def _date(text: str | None, lost: list[str]) -> str | None:
    """Returns a date in ISO 8601; for a range of dates (`2001/2003`), the first date."""
    return date((text or "")[:60].partition("/")[0], lost)


def _abouts(kind: RecordKind, id: str, work: Work, lost: list[str]) -> Iterator[Item]:
    for subject in work.subjects:
        words, code = plain(subject.text).removeprefix("FOS: "), _MESH.fullmatch((subject.code or "")[:200])
        if code and "mesh" in f"{subject.scheme} {subject.code}".lower() and (concept := mesh(code[1])):
            yield Coded(kind, id, "subject", concept, line(words))
        elif words:
            yield Text(kind, id, "subject", words, _spoken(work.language, words))
    described = "description" if kind == "Dataset" else "abstract"
    for field, texts in (("title", work.titles), (described, _described(work))):
        for one in texts:
            own = languages.tag(one.language, lost)
            if words := plain(one.text).replace("\n", " " if field == "title" else "\n"):
                yield Text(kind, id, field, words, _spoken(own or work.language, words))


def _spoken(given: str | None, text: str) -> str | None:
    return language(text) or languages.tag(given)


def _described_in(id: str, work: Work, lost: list[str]) -> Iterator[Link]:
    found = (_article(one, lost) for one in work.related if _is_about(one))
    yield from (Link("DESCRIBED_IN", id, other) for other in dict.fromkeys(found) if other and other != id)


def _versions_of(id: str, work: Work, lost: list[str]) -> Iterator[Link]:
    related = (one for one in work.related if one.kind == "DOI" and one.relation in _OTHER_VERSION)
    found = (doi(one.identifier, lost, typed=True) for one in related)
    yield from (Link("VERSION_OF", id, f"doi:{one}") for one in dict.fromkeys(found) if one and f"doi:{one}" != id)


def _article(one: Relation, lost: list[str]) -> str | None:
    if one.kind == "DOI":
        doi(one.identifier, lost, typed=True)
    if one.kind == "PMID" and (pmid := identifiers.pmid(one.identifier)):
        return f"pubmed:{pmid}"
    return identifiers.article(one.identifier) if one.kind in ("DOI", "PMID", "URL") else None


def _is_about(one: Relation) -> bool:
    if one.general:
        return one.general in _WRITTEN and one.relation in (*_ABOUT_IT, *_MAYBE_ABOUT_IT)
    return one.relation in _ABOUT_IT
