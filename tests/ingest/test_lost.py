"""ingest: all readers leave out invalid language tags and DOIs, and count these with their place in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.dois import NO_DOI, doi
from ingest.languages import NO_TAG
from ingest.records import Unmapped
from tests.ingest.test_dates import made

_RELATED = {"relatedIdentifier": "10.5/x", "relatedIdentifierType": "DOI", "relationType": "IsSupplementTo"}
_DATACITE = {
    "doi": "10.5555/a",
    "types": {"resourceTypeGeneral": "Dataset"},
    "language": "Nederlands",
    "titles": [{"title": "x", "lang": "Dutch!"}],
    "relatedIdentifiers": [_RELATED],
}
_OOAPI = {
    "courseId": "c",
    "name": [{"language": "Nederlands", "value": "Zorg bij diabetes"}, {"language": "en", "value": "Care"}],
    "teachingLanguage": "Nederlands",
    "learningOutcomes": [[{"language": "English", "value": "You know heart failure"}]],
    "programs": [{"programId": "p", "name": "x", "teachingLanguage": "Nederlands"}],
}
_PUBMED = (
    "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>x</ArticleTitle>"
    '<ELocationID EIdType="doi">x/y</ELocationID><Language>Nederlands</Language></Article></MedlineCitation>'
    '<PubmedData><ArticleIdList><ArticleId IdType="doi">10.5555/b</ArticleId></ArticleIdList></PubmedData>'
    "</PubmedArticle>"
)
_DCAT = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
    '<https://a.example/d> a dcat:Dataset ; dct:title "x" ; dct:language "Nederlands" ; '
    'dct:identifier "doi:10.5/x" , "7" ; dct:isReferencedBy <https://doi.org/x> .'
)
LOST = {
    "datacite_json": (json.dumps(_DATACITE), [(NO_TAG, "record 1"), (NO_TAG, "record 1"), (NO_DOI, "record 1")]),
    "pubmed": (_PUBMED, [(NO_DOI, "pubmed:1"), (NO_TAG, "pubmed:1")]),
    "dcat": (_DCAT, [(NO_TAG, "https://a.example/d")] + [(NO_DOI, "https://a.example/d")] * 2),
    "ooapi": (
        json.dumps(_OOAPI),
        [
            (NO_TAG, "course:c"),
            (NO_TAG, "course:c, title 1"),
            (NO_TAG, "programme:p"),
            (NO_TAG, "outcome:c-1, text 1"),
        ],
    ),
}


@pytest.mark.parametrize("kind", LOST)
def test_invalid_language_tags_and_dois_are_counted(kind: str, tmp_path: Path) -> None:
    text, lost = LOST[kind]
    items = made(kind, tmp_path / "file", text)
    assert [(item.reason, item.position) for item in items if isinstance(item, Unmapped)] == lost


@pytest.mark.parametrize(
    ("text", "typed", "reasons"),
    [
        ("https://doi.org/10.5555/A", False, []),
        ("info:doi/10.5/a", False, [NO_DOI]),
        ("https://a.example/10.5", False, []),
        ("version 10.1", False, []),
        ("see there", True, [NO_DOI]),
        (" ", True, []),
        (None, True, []),
    ],
)
def test_only_texts_that_claim_to_be_a_doi_are_counted(text: str | None, typed: bool, reasons: list[str]) -> None:
    lost: list[str] = []
    assert doi(text, lost, typed) == ("10.5555/a" if text and "5555" in text else None)
    assert lost == reasons
