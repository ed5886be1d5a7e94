"""ingest: recognises formats that are not supported, and states a remedy for each of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ingest.omop.files import PARQUET, table_of, zipped_tables
from ingest.xml_records import first_element
from ontologies.errors import UnreadableFile
from ontologies.files import head
from ontologies.tables import header

_BOM = b"\xef\xbb\xbf"
_OWL = b"http://www.w3.org/2002/07/owl#"
_ATHENA = "download it as OMOP vocabulary tables from https://athena.ohdsi.org"
_ROBOT = "convert it with ROBOT: robot convert --input FILE --output FILE.owl"
_OMOP = (
    "to ingest records, give the whole export: a folder or zip with its PERSON table, a DuckDB file, or "
    "postgresql://HOST/DATABASE; to load vocabulary tables, give the same, with its CONCEPT table"
)
_RECORDS = "export the records as FHIR R4"
_PUBLICATIONS = "export publications as PubMed XML or DataCite"


class Unread(NamedTuple):
    """A file format that Tricuspid recognises but does not read, and what the user can do instead.

    `recognise` returns True if a file has this format. It gets the first 64 KiB of the decompressed file, and its name.
    """

    name: str
    remedy: str
    recognise: Callable[[bytes, str], bool]

    def __str__(self) -> str:
        return f"{self.name} ({self.remedy})"


def _starts(pattern: bytes) -> Callable[[bytes, str], bool]:
    """Returns a function that recognises a file that starts with the regular expression `pattern`, after white space
    and comment lines.
    """
    begins = re.compile(rb"(?:\s|#[^\n]*\n)*+(?:" + pattern + rb")", re.IGNORECASE)
    return lambda start, _: begins.match(start.removeprefix(_BOM)) is not None


def _root(*names: str, within: bytes = b"") -> Callable[[bytes, str], bool]:
    """Returns a function that recognises XML whose first element has one of `names` and has `within` in its tag.

    If no names are given, the element may have any name.
    """

    def recognise(start: bytes, _: str) -> bool:
        found = first_element(start)
        return found is not None and (not names or found[0].rpartition(":")[2] in names) and within in found[1]

    return recognise


def _columns(*some: str) -> Callable[[bytes, str], bool]:
    return lambda start, _: header(start) >= set(some)


def _json(keys: bytes, value: bytes = b"") -> Callable[[bytes, str], bool]:
    key = re.compile(rb'"(?:' + keys + rb')"\s*:\s*' + value)

    def recognise(start: bytes, _: str) -> bool:
        text = start.removeprefix(_BOM).lstrip()
        return text[:1] in (b"{", b"[") and key.search(text) is not None

    return recognise


def _any(*some: Callable[[bytes, str], bool]) -> Callable[[bytes, str], bool]:
    return lambda start, name: any(one(start, name) for one in some)


def _dstu1(start: bytes, _: str) -> bool:
    return _root("feed", within=b"http://www.w3.org/2005/Atom")(start, "") and b"http://hl7.org/fhir" in start


def _omop_records(start: bytes, _: str) -> bool:
    columns = header(start)
    return "person_id" in columns and any(column.endswith("_concept_id") for column in columns)


def _omop_parquet(start: bytes, name: str) -> bool:
    return start.startswith(PARQUET) and table_of(name) is not None


def _omop_zip(start: bytes, _: str) -> bool:
    return bool(zipped_tables(start))


_OMOP_PARTS = _any(
    _columns("concept_id_1", "concept_id_2", "relationship_id"),
    _columns("concept_id", "concept_synonym_name"),
    _columns("ancestor_concept_id", "descendant_concept_id"),
    *(
        _columns(f"{kind}_id", f"{kind}_concept_id")
        for kind in ("concept_class", "domain", "relationship", "vocabulary")
    ),
)
_OOAPI = rb"academicSessionId|associationId|organi[sz]ationId|buildingId|roomId|newsItemId|newsFeedId"
UNREAD: tuple[Unread, ...] = (
    Unread("Git LFS pointer", "fetch the file itself: git lfs pull", _starts(rb"version https://git-lfs")),
    Unread(
        "HTML", "a web page was saved instead of the file: download the file again", _starts(rb"<!doctype html|<html\b")
    ),
    Unread(
        "Office document",
        "save the sheet as TSV, or the text as plain text",
        _starts(rb"PK\x03\x04[\x00-\xff]{26}(?:\[Content_Types\]|_rels/|docProps/|xl/|word/)"),
    ),
    Unread("ZIP archive of OMOP CDM tables", _OMOP, _omop_zip),
    Unread("ZIP archive", "unpack it", _starts(rb"PK\x03\x04")),
    Unread("tar archive", "unpack it", lambda start, _: start[257:262] == b"ustar"),
    Unread("OWL functional syntax", _ROBOT, _starts(rb"(?:Prefix|Ontology)\s*\(")),
    Unread("OWL Manchester syntax", _ROBOT, _starts(rb"(?:Prefix|Ontology):\s")),
    Unread("OWL/XML", _ROBOT, _root("Ontology", within=_OWL)),
    Unread(
        "SNOMED CT RF2",
        f"{_ATHENA}, or convert it with the SNOMED OWL Toolkit and then with ROBOT",
        _starts(rb"id\teffectiveTime\tactive\tmoduleId\t"),
    ),
    Unread("MeSH XML", _ATHENA, _root("DescriptorRecordSet", "SupplementalRecordSet", "QualifierRecordSet")),
    Unread(
        "MeSH tree numbers",
        _ATHENA,
        _starts(rb"[A-Z]\d\d(?:\.\d{3})*\t[^\t\n]+\n[A-Z]\d\d[.\t]|[^\n;]+;[A-Z]\d\d\r?\n"),
    ),
    Unread("ICD ClaML", _ATHENA, _root("ClaML")),
    Unread("ICD-10-CM tabular list", _ATHENA, _root("ICD10CM.tabular")),
    Unread("LOINC table", _ATHENA, _columns("loinc_num", "component")),
    Unread("UMLS RRF", f"for each of its terminologies, {_ATHENA}", _starts(rb"(?:C\d{7}|\d+)\|[^\n]*\|\r?\n")),
    Unread("Orphadata XML", "download ORDO in OWL from https://www.orphadata.com", _root("JDBOR")),
    Unread(
        "HPO annotations",
        "load HPO in OBO for its terms; annotations are not supported",
        _columns("database_id", "hpo_id"),
    ),
    Unread("OMOP CDM tables", _OMOP, _any(_omop_records, _omop_parquet, _json(rb"cdm\.person"))),
    Unread("Parquet", "write the table as CSV", _starts(rb"PAR1")),
    Unread("OMOP vocabulary tables without CONCEPT", "give CONCEPT or the folder of CONCEPT", _OMOP_PARTS),
    Unread("HL7 v2", _RECORDS, _starts(rb"\x0b?MSH\|")),
    Unread("HL7 CDA", _RECORDS, _root("ClinicalDocument", within=b"urn:hl7-org:v3")),
    Unread("CDISC ODM", _RECORDS, _root("ODM")),
    Unread(
        "FHIR in another form or version",
        "export it as FHIR R4 in JSON, NDJSON or XML",
        _any(_root(within=b"http://hl7.org/fhir"), _dstu1, _starts(rb"@?prefix fhir:")),
    ),
    Unread("JSON-LD", "convert it to Turtle: riot --output=turtle FILE", _json(rb"@context|@graph")),
    Unread(
        "OOAPI organisations, sessions or places",
        "give courses, programmes or learning outcomes",
        _json(_OOAPI, rb'"'),
    ),
    Unread("JATS XML", _PUBLICATIONS, _root("article", "pmc-articleset")),
    Unread("Crossref XML", _PUBLICATIONS, _root("crossref_result", "doi_records", "doi_batch")),
    Unread("CSL JSON", _PUBLICATIONS, _json(rb"container-title")),
    Unread("BibTeX", _PUBLICATIONS, _starts(rb"@[a-z]+\s*\{[^\s,{}]+,")),
    Unread("RIS", _PUBLICATIONS, _starts(rb"TY  - ")),
    Unread("PubTator", "write one text per line, and run tricuspid ground --texts", _starts(rb"\d+\|[ta]\|")),
)


def unread(path: Path) -> Unread | None:
    """Returns the entry of UNREAD for the format of a file, or None."""
    try:
        start = head(path)
    except (UnreadableFile, OSError):
        return None
    return next((known for known in UNREAD if known.recognise(start, path.name)), None)


def described(paths: Iterable[Path]) -> str:
    """Returns a text about those files in `paths` whose format is in UNREAD: for each format, the number of files, its
    name and the remedy. The text has no file names.

    The most frequent format is first.
    """
    kinds = Counter(known for path in paths if (known := unread(path)))
    return "; ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
