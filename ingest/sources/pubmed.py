"""ingest: reads PubMed XML: articles and books, with their MeSH headings and the trials that they name.

https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/index.html. Authors with an ORCID become people of the graph, and
other authors are only counted. Affiliations as text, investigators and references are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from graph.kinds import Publication
from ingest import dois, languages
from ingest.dates import date
from ingest.people import Contributor, Employer, contributed
from ingest.pseudonym import Pseudonym
from ingest.records import Coded, Item, Link, Refused, Seen, Text, Unmapped, Version, texts
from ingest.source import Source
from ingest.text import line, plain
from ingest.versions import deleted, record_id
from ingest.xml_records import first_element, records, text_at, words
from ontologies import identifiers
from ontologies.identifiers import mesh

_SETS = ("PubmedArticleSet", "PubmedBookArticleSet")
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")
_SKIPPED = (
    *("Affiliation", "InvestigatorList", "PersonalNameSubjectList", "ReferenceList", "CommentsCorrectionsList"),
    *("Initials", "Suffix", "CollectiveName"),
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
# PubMed writes this for a title without a translation.
_NO_TITLE = re.compile(r"\[?\s*not available\s*\]?\.?", re.I)
_VERSION = re.compile(r"[0-9]{1,4}")
_YEAR = re.compile(r"\b(1[5-9]|20)[0-9]{2}\b")
# Elements with a MeSH identifier, and the names of their fields in the graph.
_CODED = (
    ("MeshHeadingList/MeshHeading/DescriptorName", "heading"),
    ("ChemicalList/Chemical/NameOfSubstance", "chemical"),
    ("SupplMeshList/SupplMeshName", "supplementary"),
)


def recognise(head: bytes, name: str) -> bool:
    """True for XML whose first element is a set of PubMed records or a single record."""
    found = first_element(head)
    return found is not None and found[0] in (*_SETS, *_RECORDS[:2])


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each article; one article is in memory at a time. The file contains no patients."""
    latest = ""
    for number, element in enumerate(records(path, _RECORDS, _SKIPPED), 1):
        if isinstance(element, Refused):
            yield element
        elif element.tag == "DeleteCitation":
            yield from _deleted(f"record {number}", element, latest)
        else:
            for item in _article(f"record {number}", element):
                if isinstance(item, Publication):
                    latest = max(latest, item.revised or "")
                yield item


def _deleted(position: str, element: Element, when: str) -> Iterator[Item]:
    """Yields the items that record the deletion of the articles in a DeleteCitation element.

    PubMed states no date of a deletion, so `when` is the latest revision date of the articles before it in the file.
    """
    for number, found in enumerate(element.iterfind("PMID"), 1):
        if pmid := identifiers.pmid(words(found)):
            record = record_id("Publication", f"pubmed:{pmid}")
            yield from deleted(Version(record, "Publication", None, None, None, _version(found)), when or None)
        else:
            yield Refused(f"{position}, PMID {number}", "the deletion does not name a PMID")


def _article(position: str, element: Element) -> Iterator[Item]:
    citation = element.find("MedlineCitation" if element.tag == "PubmedArticle" else "BookDocument")
    if citation is None:
        yield Refused(position, "no MedlineCitation or BookDocument")
        return
    article = citation.find("Article")
    article = citation if article is None else article
    lost: list[str] = []
    pmid, doi = identifiers.pmid(text_at(citation, "PMID")), _doi(element, article, lost)
    if not pmid and not doi:
        yield Refused(position, "no PMID and no DOI")
        return
    id = f"pubmed:{pmid}" if pmid else f"doi:{doi}"
    made = _publication(id, citation, article, doi, pmid, lost)
    yield made
    yield from (Unmapped(reason, id) for reason in lost)
    yield from contributed("AUTHOR_OF", id, "", _authors(article))
    yield from _coded(id, citation)
    for keyword in citation.iterfind("KeywordList/Keyword"):
        if text_of := plain(words(keyword)):
            yield Text("Publication", id, "keyword", text_of, "en")
    # Abstracts, and titles except the vernacular title, are in English, whatever the language of the article.
    vernacular = made.title == plain(text_at(article, "VernacularTitle"))
    for text in texts(made, "en"):
        yield text._replace(language=made.language) if vernacular and text.field == "title" else text
    accessions = (
        words(found) for found in article.iterfind("DataBankList/DataBank/AccessionNumberList/AccessionNumber")
    )
    for study in dict.fromkeys(filter(None, map(identifiers.trial, accessions))):
        yield Link("REPORTS", id, study)
    yield Seen("Publication")


def _publication(
    id: str, citation: Element, article: Element, doi: str | None, pmid: str | None, lost: list[str]
) -> Publication:
    given = (plain(text_at(article, path)) for path in ("ArticleTitle", "Book/BookTitle", "VernacularTitle"))
    title = next((text for text in given if text and not _NO_TITLE.fullmatch(text)), "")
    sections = (_section(part) for part in article.iterfind("Abstract/AbstractText"))
    kinds = article.iterfind("PublicationTypeList/PublicationType")
    kinds = kinds if article is not citation else citation.iterfind("PublicationType")
    printed = article.find("Journal/JournalIssue/PubDate" if article is not citation else "Book/PubDate")
    return Publication(
        id,
        _unbracketed(title) or id,
        "\n".join(filter(None, sections)) or None,
        line("; ".join(filter(None, map(words, kinds)))),
        line(text_at(article, "Journal/Title")),
        languages.tag(text_at(article, "Language"), lost),
        _date(printed, lost) or _date(article.find("ArticleDate"), lost),
        _date(citation.find("DateRevised"), lost),
        doi,
        pmid,
        sum(1 for _ in article.iterfind("AuthorList/Author")) or None,
        _version(citation.find("PMID")),
    )


def _authors(article: Element) -> Iterator[Contributor]:
    """Yields the authors of an article that have an ORCID.

    An author with `ValidYN="N"` is left out: it is an earlier, wrong spelling of another author.
    """
    for author in article.iterfind("AuthorList/Author"):
        orcid = text_at(author, "Identifier[@Source='ORCID']")
        if orcid and author.get("ValidYN", "Y") == "Y":
            name = f"{text_at(author, 'ForeName')} {text_at(author, 'LastName')}"
            rors = author.iterfind("AffiliationInfo/Identifier[@Source='ROR']")
            yield Contributor(name, orcid, tuple(Employer("", words(ror)) for ror in rors))


def _version(pmid: Element | None) -> int | None:
    given = pmid.get("Version", "") if pmid is not None else ""
    return int(given) if _VERSION.fullmatch(given) else None


def _unbracketed(title: str) -> str:
    """Returns the title without the brackets that PubMed puts around a translated title: `[An article in Dutch].`"""
    inner = title.removesuffix(".")
    return inner[1:-1] if inner[:1] == "[" and inner[-1:] == "]" else title


def _section(part: Element) -> str:
    text, label = plain(words(part)), line(part.get("Label") or "")
    return f"{label}: {text}" if label and text else text


def _coded(id: str, citation: Element) -> Iterator[Item]:
    for path, field in _CODED:
        for named in citation.iterfind(path):
            if concept := mesh(named.get("UI") or ""):
                yield Coded("Publication", id, field, concept, line(words(named)))
            else:
                yield Unmapped(f"no MeSH identifier: {field}", id)


def _doi(element: Element, article: Element, lost: list[str]) -> str | None:
    """Returns the DOI of the article itself, not of the articles that it cites."""
    given = [found for found in article.iterfind("ELocationID[@EIdType='doi']") if found.get("ValidYN") != "N"]
    for path in ("PubmedData", "BookDocument", "PubmedBookData"):
        given += element.iterfind(f"{path}/ArticleIdList/ArticleId[@IdType='doi']")
    return next(filter(None, (dois.doi(words(found), lost, typed=True) for found in given)), None)


def _date(element: Element | None, lost: list[str]) -> str | None:
    """Returns the date in a PubMed element with Year, Month (a number or an English name) and Day.

    Of a MedlineDate, which is free text, only the year is used.
    """
    if element is None:
        return None
    year, month, day = (text_at(element, name) for name in ("Year", "Month", "Day"))
    if free := text_at(element, "MedlineDate")[:100]:
        found = _YEAR.search(free)
        return date(found[0] if found else free, lost)
    named = month[:3].lower()
    number = str(_MONTHS.index(named) + 1) if named in _MONTHS else month
    return date("-".join((year, number, day)).rstrip("-"), lost)


SOURCE = Source("pubmed", "PubMed XML", "https://pubmed.ncbi.nlm.nih.gov/download/", recognise, read, public=True)
