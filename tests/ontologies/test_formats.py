"""ontologies' tests: each sample is claimed by one format only, and read exactly, also if it is compressed."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import shutil
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import pytest
from backports import zstd

import ontologies.formats
from ontologies.files import head
from ontologies.formats import FORMATS, recognise, recognised
from ontologies.model import Concept, Item, Refused, Relation, Release
from tests.ontologies.golden import GOLDEN, SAMPLE_FILES, SAMPLES, VALUE_SETS, as_lines, golden, stream

MODULES = sorted(path.stem for path in Path(ontologies.formats.__file__).parent.glob("*.py") if path.stem != "__init__")
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}


def test_the_list_of_formats_is_the_folder_of_formats() -> None:
    """A format that is not in the list is never used."""
    listed = [importlib.import_module(f"ontologies.formats.{name}").FORMAT for name in MODULES]
    assert sorted(form.name for form in FORMATS) == sorted(form.name for form in listed)


@pytest.mark.parametrize("module", MODULES)
def test_every_format_cites_its_specification(module: str) -> None:
    assert "http" in (importlib.import_module(f"ontologies.formats.{module}").__doc__ or "")


@pytest.mark.parametrize("sample", SAMPLE_FILES, ids=lambda path: path.name)
def test_exactly_one_format_claims_a_sample(sample: Path) -> None:
    claims = [form.name for form in FORMATS if form.recognise(head(sample), sample.name)]
    assert len(claims) == 1
    assert [form.name for form in FORMATS if form.recognise(head(sample), "renamed")] == claims


@pytest.mark.parametrize("sample", SAMPLE_FILES, ids=lambda path: path.name)
def test_a_sample_gives_the_items_in_its_golden_file(sample: Path) -> None:
    assert as_lines(stream(sample)) == golden(sample).read_text("utf-8").splitlines()


def test_every_golden_file_belongs_to_a_sample() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {golden(sample).name for sample in SAMPLE_FILES}


@pytest.mark.parametrize("suffix", COMPRESSIONS)
@pytest.mark.parametrize("sample", SAMPLE_FILES, ids=lambda path: path.name)
def test_a_compressed_copy_reads_the_same(sample: Path, suffix: str, tmp_path: Path) -> None:
    """For OMOP, the tables in the folder of CONCEPT are compressed too."""
    for beside in sample.parent.iterdir() if sample.name == "CONCEPT.csv" else [sample]:
        (tmp_path / (beside.name + suffix)).write_bytes(COMPRESSIONS[suffix](beside.read_bytes()))
    assert as_lines(stream(tmp_path / (sample.name + suffix))) == as_lines(stream(sample))


def test_obo_and_obo_graphs_give_the_same_items() -> None:
    def said(name: str) -> set[Item]:
        return {item for item in stream(SAMPLES / name) if not isinstance(item, Refused)}

    assert said("tiny.obo") == said("tiny.json")


def test_the_releases_come_first() -> None:
    for sample in (one for one in SAMPLE_FILES if not one.name.endswith(tuple(f"{name}.json" for name in VALUE_SETS))):
        items = stream(sample)
        first = list(takewhile(lambda item: isinstance(item, Release), items))
        assert first and {item for item in items if isinstance(item, Release)} == {*first}
        assert len(first) == 1 or sample.parent.name == "omop"


def test_a_folder_of_omop_tables_is_read_as_a_whole() -> None:
    """The other tables are read together with CONCEPT. They are not claimed again or reported as unknown."""
    found = list(recognised(sorted((SAMPLES / "omop").iterdir())))
    assert [(path.name, form and form.name) for path, form in found] == [("CONCEPT.csv", "OMOP vocabulary tables")]


def test_omop_tables_with_commas_equal_those_with_tabs(tmp_path: Path) -> None:
    for table in (SAMPLES / "omop").iterdir():
        rows = [line.split("\t") for line in table.read_text("utf-8").splitlines()]
        quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
        (tmp_path / f"{table.stem.lower()}_seed.csv").write_text("\n".join(quoted), "utf-8")
    assert as_lines(stream(tmp_path / "concept_seed.csv")) == as_lines(stream(SAMPLES / "omop/CONCEPT.csv"))


def test_a_concept_table_alone_has_concepts_and_no_relations(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "omop/CONCEPT.csv", tmp_path / "CONCEPT.csv")
    kinds = {type(item).__name__ for item in stream(tmp_path / "CONCEPT.csv")}
    assert kinds == {"Release", "Concept", "Refused"}


@pytest.mark.parametrize("text", ["", "\n", "{}", '{"resourceType": "Bundle"}', "a\tb\nc\td\n", "<rdf/>", "id: x\n"])
def test_no_format_claims_a_file_in_an_unknown_format(text: str, tmp_path: Path) -> None:
    file = tmp_path / "tiny.obo"
    file.write_text(text)
    assert recognise(file) is None


def test_unusual_cells_of_omop_tables_are_read_as_text(shared: Path) -> None:
    """Quotes, `null`, `NA`, leading zeros and texts that look like numbers are not changed."""
    items = stream(shared / "faults/omop-odd/CONCEPT.csv")
    assert [(item.id, item.label) for item in items if isinstance(item, Concept)] == [
        ("snomedct:00123", 'Rocky"s 5" nail'),
        ("snomedct:00124", 'quoted "all" through'),
        ("snomedct:00125", '"starts quoted only'),
        ("snomedct:00126", "null"),
        ("icd10cm:E11.9", "Old code"),
        ("icd10cm:NA", "NA"),
        ("ucum:/[HPF]", "unit per 1E5"),
        ("icd10cm:1E10", "code in science"),
    ]
    assert [item.replaced_by for item in items if isinstance(item, Concept) and item.deprecated] == ["icd10cm:NA"]
    assert [(item.subject, item.object) for item in items if isinstance(item, Relation)] == [
        ("snomedct:00123", "snomedct:00124")
    ]
    assert not [item for item in items if isinstance(item, Refused)]
