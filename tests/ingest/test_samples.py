"""ingest: every source has a sample that only this source recognises, and gives the items in the golden file."""

from __future__ import annotations

import gzip
import importlib
import json
import re
from pathlib import Path
from typing import get_args

import pytest

import ingest.sources
from graph.kinds import KINDS, EventKind, Patient
from ingest.omop.tables import LEFT_OUT, TABLES
from ingest.records import Medicine, Refused, Seen, Unmapped, Version
from ingest.sources import SOURCES, recognise
from ontologies.files import head
from tests.ingest.golden import PSEUDONYM, SAMPLES, SUFFIX, golden_of, lines_of, samples

FOLDER = Path(ingest.sources.__file__).parent


def test_the_list_of_sources_equals_the_folder() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert {source.name for source in SOURCES} == files
    assert len(SOURCES) == len(files)


def test_every_source_names_its_package_and_its_specification() -> None:
    for source in SOURCES:
        doc = importlib.import_module(f"ingest.sources.{source.name}").__doc__ or ""
        assert doc.startswith("ingest: "), source.name
        assert "https://" in doc, source.name


def test_every_source_has_a_sample() -> None:
    assert {path.name.split(".")[0] for path in samples()} == {source.name for source in SOURCES}


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_exactly_one_source_claims_a_sample(sample: Path) -> None:
    start = head(sample)
    claims = [source.name for source in SOURCES if source.recognise(start, sample.name)]
    assert claims == [sample.name.split(".")[0]]


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_a_sample_gives_its_golden_items(sample: Path) -> None:
    assert lines_of(sample) == golden_of(sample).read_text(encoding="utf-8").splitlines()


def test_every_golden_file_has_a_sample() -> None:
    assert set(SAMPLES.glob(f"*{SUFFIX}")) == {golden_of(sample) for sample in samples()}


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_compression_and_name_change_nothing(sample: Path, tmp_path: Path) -> None:
    packed = tmp_path / f"renamed{''.join(sample.suffixes[-1:])}.gz"
    packed.write_bytes(gzip.compress(sample.read_bytes()))
    assert lines_of(packed) == lines_of(sample)


def test_every_text_and_code_is_in_a_declared_field() -> None:
    lines = [line for sample in samples() for line in golden_of(sample).read_text(encoding="utf-8").splitlines()]
    said = {(item["record_kind"], item["field"]) for name, item in map(json.loads, lines) if name in ("Text", "Coded")}
    assert len(said) > 15 and [one for one in said if one[1] not in KINDS[one[0]].grounded] == []


def test_no_source_claims_other_files(tmp_path: Path) -> None:
    for name, content in {
        "a.json": b'{"openapi": "3.1", "x": {"courseId": 1}}',
        "b.txt": b"",
        "c.xml": b"<a/>",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert recognise(path) is None, name


def test_xml_and_json_of_the_same_bundle_give_the_same_items() -> None:
    assert lines_of(SAMPLES / "fhir_xml.bundle.xml") == lines_of(SAMPLES / "fhir_json.bundle.json")


def test_the_samples_give_no_personal_data() -> None:
    """The samples name one person in all possible fields: as patient, contact, sponsor and teacher, and in notes."""
    secrets = ("Willemijn", "Zonnebloem", "Hendrik", "Verzonnenlaan", "+3160000", "@example.org", "999990019", "belt")
    for sample in samples():
        text = "\n".join(lines_of(sample))
        assert not [secret for secret in (*secrets, "made-up-patient", "voelt zich") if secret in text], sample.name


@pytest.mark.parametrize("sample", [path for path in samples() if "fhir" in path.name], ids=lambda path: path.name)
def test_items_of_a_resource_are_together(sample: Path) -> None:
    """All items between two `Seen` items have the same patient and record."""
    source = recognise(sample)
    assert source
    group: set[tuple[str, str]] = set()
    for item in source.read(sample, PSEUDONYM):
        if isinstance(item, Seen):
            group = set()
        elif not isinstance(item, Medicine | Patient | Refused | Unmapped | Version):
            group.add((getattr(item, "patient", ""), getattr(item, "record", "")))
            assert len(group) == 1


def test_the_documentation_lists_the_kinds_of_events_of_each_source() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    section = page.partition("### Kinds of events\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (yes|–) \| (yes|–) \| (yes|–) \|$", section, re.MULTILINE)
    assert [kind for kind, *_ in rows] == list(get_args(EventKind))
    omop, fhir, packets = ({kind for kind, *made in rows if made[at] == "yes"} for at in range(3))
    assert omop == {table.kind for table in TABLES}
    assert packets == _kinds("phenopackets")
    of_fhir = page.partition("### Events of FHIR\n")[2].partition("\nAn age ")[0]
    assert fhir == set(re.findall(r"`(\w+)` on ", of_fhir)) >= _kinds("fhir")


def test_the_documentation_names_every_table_of_omop_that_is_not_read() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    listed = page.partition("counted as not read:\n")[2].partition("\n\nEvery column")[0]
    assert set(re.findall(r"[A-Z][A-Z_]{3,}", "".join(re.findall(r"^\|(.*?)\|", listed, re.MULTILINE)))) == {
        name.upper() for name in LEFT_OUT
    }


def _kinds(source: str) -> set[str]:
    """The kinds of the events in the golden files of a source."""
    items = [item for path in samples() if path.name.startswith(source) for item in map(json.loads, lines_of(path))]
    return {fields["kind"] for what, fields in items if what == "Event"}
