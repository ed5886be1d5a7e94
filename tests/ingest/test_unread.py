"""tests: an unsupported format gets an error with its name and a remedy, also if it is all that a folder has."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph.store import Store
from ingest.inputs import NotRecognised
from ingest.sources import SOURCES
from ingest.sources import recognise as recognise_source
from ingest.unread import UNREAD, described, unread
from ontologies.formats import FORMATS, recognise
from tests.ingest.graphs import condition, ingest_into, load_into, ndjson

_XML = '<?xml version="1.0"?>\n<!-- a comment -->\n'
SAMPLES: dict[str, tuple[str, ...]] = {
    "Git LFS pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",),
    "HTML": ("<!DOCTYPE html>\n<html lang=en>", "<html><body>sign in</body></html>"),
    "Office document": ("PK\x03\x04" + "\0" * 26 + "[Content_Types].xml",),
    "ZIP archive of OMOP CDM tables": ("PK\x03\x04" + "\0" * 22 + "\x0a\0\0\0domain.csv",),
    "ZIP archive": ("PK\x03\x04" + "\0" * 26 + "mondo.obo",),
    "tar archive": ("a.json" + "\0" * 251 + "ustar\x0000",),
    "OWL functional syntax": (
        "Prefix(:=<https://example.org/>)\nOntology(<https://example.org/o>\nDeclaration(Class(:A)))",
        "# made by hand\n\nOntology(<https://example.org/o>)",
    ),
    "OWL Manchester syntax": ("Prefix: : <https://example.org/>\nOntology: <https://example.org/o>\nClass: A\n",),
    "OWL/XML": (_XML + '<Ontology xmlns="http://www.w3.org/2002/07/owl#" ontologyIRI="https://example.org/o"/>',),
    "SNOMED CT RF2": ("id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\r\n1\t20200131\t1\t9\t9\r\n",),
    "MeSH XML": (_XML + '<DescriptorRecordSet LanguageCode="eng">',),
    "MeSH tree numbers": ("A01\tBody Regions\nA01.111\tLandmarks\n", "Body Regions;A01\nLandmarks;A01.111\n"),
    "ICD ClaML": (_XML + '<!DOCTYPE ClaML SYSTEM "ClaML.dtd">\n<ClaML version="2.0.0">',),
    "ICD-10-CM tabular list": (_XML + "<ICD10CM.tabular>",),
    "LOINC table": ('"LOINC_NUM","COMPONENT","PROPERTY"\n"1-8","x","y"\n',),
    "UMLS RRF": ("C0000001|ENG|P|L1|PF|S1|Y|A1||M1|D1|MSH|MH|D1|name|0|N||\n",),
    "Orphadata XML": (_XML + '<JDBOR date="2026-01-01" version="1">',),
    "HPO annotations": ("#version: 1\ndatabase_id\tdisease_name\tqualifier\thpo_id\nOMIM:1\ta\t\tHP:1\n",),
    "OMOP CDM tables": (
        "condition_occurrence_id,person_id,condition_concept_id\n1,1,1\n",
        "PERSON_ID\tGENDER_CONCEPT_ID\n1\t0\n",
        '{"cdm.person": [{"person_id": 1}]}',
    ),
    "Parquet": ("PAR1\x15\0",),
    "OMOP vocabulary tables without CONCEPT": (
        "concept_id_1\tconcept_id_2\trelationship_id\n1\t2\tIs a\n",
        "domain_id,domain_name,domain_concept_id\nCondition,Condition,19\n",
    ),
    "HL7 v2": ("MSH|^~\\&|A|B|C|D|20200101||ADT^A01|1|P|2.5\r",),
    "HL7 CDA": (_XML + '<ClinicalDocument xmlns="urn:hl7-org:v3">',),
    "CDISC ODM": (_XML + '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="1">',),
    "FHIR in another form or version": (
        "@prefix fhir: <http://hl7.org/fhir/> .\n<http://hl7.org/fhir/Patient/1> a fhir:Patient .",
        _XML + '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content><Patient xmlns="http://hl7.org/fhir"/>',
    ),
    "JSON-LD": ('{"@context": "https://schema.org/", "@type": "Dataset"}', '[{"@graph": []}]'),
    "OOAPI organisations, sessions or places": ('{"items": [{"roomId": "1"}]}', '[{"organizationId": "1"}]'),
    "JATS XML": (_XML + '<article article-type="research-article">',),
    "Crossref XML": (_XML + "<crossref_result>",),
    "CSL JSON": ('{"type": "article-journal", "container-title": "J"}',),
    "BibTeX": ("@article{Key_2014,\n  doi = {10.1/x}\n}",),
    "RIS": ("TY  - JOUR\nT1  - A title\nER  - \n",),
    "PubTator": ("1|t|A title\n1|a|An abstract\n",),
}
EACH = pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in SAMPLES for text in SAMPLES[kind]])


@EACH
def test_an_unsupported_format_is_recognised_by_its_start(tmp_path: Path, kind: str, text: str) -> None:
    for name, data in {
        "plain": text.encode("latin-1"),
        "packed": gzip.compress(b"\xef\xbb\xbf" + text.encode()),
    }.items():
        if name == "packed" and ("archive" in kind or kind == "Office document"):
            continue
        path = tmp_path / name
        path.write_bytes(data)
        assert (recognise(path), recognise_source(path)) == (None, None)
        found = unread(path)
        assert found and found.name == kind


def test_every_unsupported_format_has_a_sample_and_a_remedy() -> None:
    assert [one.name for one in UNREAD] == list(SAMPLES)
    assert all(one.remedy for one in UNREAD)


@pytest.mark.parametrize(
    "text", ["", "notes", "a,b\n1,2\n", "<a/>", "{}", "[]", '{"openapi": "3", "offeringId": {}}', "# x"]
)
def test_other_files_are_not_recognised(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    assert unread(path) is None
    assert described([path]) == ""


def test_parquet_files_of_the_common_data_model_are_recognised_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "VISIT_OCCURRENCE.parquet").write_bytes(b"PAR1\x15\0")
    found = unread(tmp_path / "VISIT_OCCURRENCE.parquet")
    assert found and found.name == "OMOP CDM tables"


def test_real_files_in_unsupported_formats(shared: Path) -> None:
    real = shared / "ontologies"
    for name, kind in {
        "desc2026-sample.xml": "MeSH XML",
        "icd10cm-tabular-2026-04.xml": "ICD-10-CM tabular list",
        "mesh_terms_2019_tree.txt": "MeSH tree numbers",
        "omop-vocabulary/concept_ancestor_seed.csv": "OMOP vocabulary tables without CONCEPT",
    }.items():
        found = unread(real / name)
        assert found and found.name == kind
    release = [path for path in (real / "rf2").rglob("*.txt") if path.name.startswith(("sct2_", "der2_"))]
    assert described(release).startswith(f"{len(release)} SNOMED CT RF2 (download it as OMOP vocabulary tables")


def test_a_folder_without_supported_files_gives_the_error_of_its_files(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "de-wit"
    folder.mkdir()
    for name, kind in (
        ("a.ofn", "OWL functional syntax"),
        ("b.ofn", "OWL functional syntax"),
        ("c.tsv", "SNOMED CT RF2"),
    ):
        (folder / name).write_text(SAMPLES[kind][0])
    (folder / "notes.txt").write_text("notes")
    for run, known in ((load_into, FORMATS[0].name), (ingest_into, SOURCES[0].title)):
        with pytest.raises(NotRecognised) as result:
            run(store, folder)
        first, _, read = str(result.value).partition("; supported: ")
        assert read.startswith(known)
        assert first.startswith(
            f"{folder}: none of its 4 files is in a supported format (found: 2 OWL functional syntax "
            "(convert it with ROBOT: robot convert --input FILE --output FILE.owl); 1 SNOMED CT RF2 ("
        )
        assert not [name for name in ("a.ofn", "b.ofn", "notes.txt") if name in first]
        assert result.value.__notes__
    with pytest.raises(NotRecognised, match=r"a\.ofn: the file is in no supported format \(found: OWL functional"):
        load_into(store, folder / "a.ofn")
    assert store.epoch() == 0


def test_each_given_folder_must_contain_a_supported_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "good").mkdir()
    ndjson(tmp_path / "good/a.ndjson", condition("c1", "1"))
    (tmp_path / "good/notes.txt").write_text("notes")
    with pytest.raises(NotRecognised, match=r"empty: none of its 0 files is in a supported format"):
        ingest_into(store, tmp_path / "good", tmp_path / "empty")
    assert store.epoch() == 0
    assert ingest_into(store, tmp_path / "good").written == 1
    assert ingest_into(store, tmp_path, tmp_path / "good").read == 1
