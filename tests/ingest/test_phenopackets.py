"""ingest: the rules by which phenopackets become items, and an independent count of the published cases."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest

from graph.kinds import Event, Patient
from graph.snapshot import fresh_snapshot
from graph.store import Store
from ingest.codes import DEATH
from ingest.phenopackets.clinical import EXCLUDED_FEATURE, GENOMIC
from ingest.phenopackets.messages import TimeElement
from ingest.phenopackets.times import BACKWARDS, NO_AGE, NO_AGES, ONSETS, when
from ingest.pseudonym import Identity, Pseudonym
from ingest.records import Item, NotRead, Refused, SamePerson, Seen, Unmapped, Version
from ingest.sources import phenopackets, recognise
from ontologies.errors import UnreadableFile
from tests.graph.rows import table
from tests.ingest.care import Site
from tests.ingest.golden import PSEUDONYM, SAMPLES

FEATURE = {"type": {"id": "HP:0001250", "label": "Seizure"}}


def packet(id_: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": id_, "subject": {"id": "Patient 1"}, "phenotypicFeatures": [FEATURE]} | more


def written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def read(path: Path) -> list[Item]:
    return [*phenopackets.read(path, PSEUDONYM)]


def events(items: list[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


@pytest.mark.parametrize(
    ("time", "text", "lost"),
    [
        ({"timestamp": "2020-03-04T05:06:07Z"}, "2020-03-04", []),
        ({"age": {"iso8601duration": "P3Y02M"}}, "P3Y2M", []),
        ({"age": {"iso8601duration": "P10Y0M0D"}}, "P10Y0M0D", []),
        ({"age": {"iso8601duration": "P3W"}}, "P3W", []),
        ({"age": {"iso8601duration": "PT5H"}}, "P0D", []),
        ({"age": {"iso8601duration": "P1.5Y"}}, None, [NO_AGE]),
        ({"age": {"iso8601duration": "P999Y"}}, None, [NO_AGE]),
        ({"age": {"iso8601duration": "-P3Y"}}, None, [NO_AGE]),
        ({"age": {"iso8601duration": "P"}}, None, [NO_AGE]),
        ({"age": {"iso8601duration": "P3Y\u0664M"}}, None, [NO_AGE]),
        ({"ageRange": {"start": {"iso8601duration": "P3Y"}, "end": {"iso8601duration": "P5Y"}}}, "P3Y/P5Y", []),
        ({"ageRange": {"start": {"iso8601duration": "P3Y"}}}, "P3Y/..", []),
        ({"ageRange": {"start": {"iso8601duration": "P18M"}, "end": {"iso8601duration": "P1Y"}}}, "P18M/P1Y", []),
        ({"ageRange": {"start": {"iso8601duration": "P5Y"}, "end": {"iso8601duration": "P3Y"}}}, None, [BACKWARDS]),
        ({"interval": {"start": "2020-01-01T00:00:00Z", "end": "2019-01-01T00:00:00Z"}}, None, [BACKWARDS]),
        ({"interval": {"start": "2020-01-01T00:00:00Z"}}, "2020-01-01/..", []),
        ({"gestationalAge": {"weeks": 20}}, "../P0D", []),
        ({"ontologyClass": {"id": "HP:0003577"}}, "P0D", []),
        ({"ontologyClass": {"id": "HP:0003674"}}, None, [NO_AGES]),
        ({}, None, []),
    ],
)
def test_a_time_becomes_a_date_or_an_age(time: dict[str, Any], text: str | None, lost: list[str]) -> None:
    found: list[str] = []
    assert when(msgspec.convert(time, TimeElement), str, found) == text
    assert found == lost


def test_onset_classes_have_the_ages_of_their_definitions(shared: Path) -> None:
    """Every number of years or days in a definition is in the interval, or is a bound that is not included."""
    graph = json.loads(gzip.decompress((shared / "ontologies/hp-2024-08-13.json.gz").read_bytes()))["graphs"][0]
    nodes = {node["id"].rpartition("/")[2].replace("_", ":"): node for node in graph["nodes"]}
    for concept, text in ONSETS.items():
        said = nodes[concept]["meta"]["definition"]["val"]
        numbers = {int(n) for n in re.findall(r"\b(\d+)(?= years| to| and \d+ years|$| days)", said)}
        kept = {int(n) for n in re.findall(r"\d+", text)}
        if text == "../P0D":
            assert "birth" in said or "fertilization" in said, concept
        elif concept == "HP:0410280":
            assert text == "P28D/P15Y" and "before the age of 16 years" in said
        else:
            assert all(n in kept or n - 1 in kept for n in numbers), (concept, said, text)


def test_equal_subject_ids_in_two_packets_are_two_patients(tmp_path: Path) -> None:
    items = read(written(tmp_path / "a.json", {"members": [packet("a"), packet("b"), packet("a")]}))
    assert len({item.id for item in items if isinstance(item, Patient)}) == 2
    assert "Patient 1" not in str(items)


def test_a_configured_alternate_identifier_joins_patients(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", packet(subject={"id": "x", "alternateIds": ["MRN:12345"]}))
    joining = Pseudonym(b"a secret for tests only", Identity(identifiers=frozenset({"MRN"})))
    (same,) = [item for item in phenopackets.read(path, joining) if isinstance(item, SamePerson)]
    assert same.other == joining.person("MRN", "12345")
    assert not [item for item in read(path) if isinstance(item, SamePerson)]


def test_the_last_update_is_the_version(tmp_path: Path) -> None:
    dates = [{"timestamp": "2025-01-01T00:00:00Z"}, {"timestamp": "2024-01-01T00:00:00Z"}]
    meta = {"created": "2023-01-01T00:00:00Z", "updates": dates, "phenopacketSchemaVersion": "2.0"}
    (patient, record) = [
        item for item in read(written(tmp_path / "a.json", packet(metaData=meta))) if isinstance(item, Version)
    ]
    assert patient.updated == record.updated == "2025-01-01T00:00:00.000000+00:00"


def test_a_prefix_declared_in_the_file_is_only_a_hint(tmp_path: Path) -> None:
    resources = [
        {"namespacePrefix": "XYZ", "iriPrefix": "http://purl.obolibrary.org/obo/HP_"},
        {"namespacePrefix": "MONDO", "iriPrefix": "http://purl.obolibrary.org/obo/HP_"},
    ]
    features = [{"type": {"id": "XYZ:0001250"}}, {"type": {"id": "MONDO:0005148"}}, {"type": {"id": "hp:0001250"}}]
    path = written(tmp_path / "a.json", packet(phenotypicFeatures=features, metaData={"resources": resources}))
    assert [event.concept for event in events(read(path))] == ["HP:0001250", "MONDO:0005148", "HP:0001250"]


@pytest.mark.parametrize(
    "more",
    [
        {"metaData": {"phenopacketSchemaVersion": "1.0.0"}},
        {"phenotypicFeatures": [FEATURE | {"negated": True}]},
        {"diseases": [{"term": {"id": "MONDO:1"}, "classOfOnset": {"id": "HP:0003577"}}]},
    ],
)
def test_version_1_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    (refused,) = read(written(tmp_path / "a.json", packet(**more)))
    assert isinstance(refused, Refused) and "version 1" in refused.reason


@pytest.mark.parametrize(
    "text",
    [
        "phenotypicFeatures: &a []\nid: *a",
        "phenotypicFeatures: " + "[" * 500 + "]" * 500,
        "phenotypicFeatures: [\n",
        '{"phenotypicFeatures": ' + "[" * 100_000,
        '{"phenotypicFeatures": [{}]',
        '{"phenotypicFeatures": "\udcff"}'.encode("utf-8", "surrogateescape").decode("latin-1") + "\x00",
    ],
)
def test_a_hostile_document_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "a.yaml", text)
    assert recognise(path) is phenopackets.SOURCE
    with pytest.raises(UnreadableFile):
        read(path)
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "a")
        archive.writestr("b", json.dumps(packet()))
    refused, *others = read(tmp_path / "a.zip")
    assert isinstance(refused, Refused) and len(events(others)) == 1


def test_a_yaml_tag_creates_no_object(tmp_path: Path) -> None:
    """The value is read as text, and text is refused in place of a list of features."""
    path = written(tmp_path / "a.yaml", "id: a\nphenotypicFeatures: !!python/name:os.getcwd ''")
    (refused,) = read(path)
    assert isinstance(refused, Refused)


def test_the_reason_of_a_refusal_has_no_text_of_the_document(tmp_path: Path) -> None:
    for text in ("phenotypicFeatures: [\nZonnebloem: {", '{"phenotypicFeatures": [], "id": {"Zonnebloem": 1}}'):
        try:
            assert "Zonnebloem" not in str(read(written(tmp_path / "a.yaml", text)))
        except UnreadableFile as error:
            assert "Zonnebloem" not in str(error)


def test_relatives_are_counted_but_not_stored(tmp_path: Path) -> None:
    family = {"id": "f", "proband": packet("p"), "relatives": [packet("m", subject={"id": "mother"}), packet("n")]}
    items = read(written(tmp_path / "a.json", family))
    assert [item.what for item in items if isinstance(item, NotRead)] == ["Phenopacket of a relative"] * 2
    assert len(events(items)) == 1 and len([item for item in items if isinstance(item, Patient)]) == 1


def test_a_marker_in_a_phenopacket_appears_only_as_the_name_of_a_code(tmp_path: Path) -> None:
    """Such a name is only stored if many patients have it."""
    text = (SAMPLES / "phenopackets.packet.json").read_text()
    for number, place in enumerate(re.finditer(r'(?<=: )"[^"]*"', text)):
        marked = f'{text[: place.start()]}"Zebedeus Qx{number}"{text[place.end() :]}'
        items = read(written(tmp_path / "a.json", marked))
        said = [item._replace(display=None) if isinstance(item, Event) else item for item in items]
        assert "Qx" not in str(said), place[0]
    assert number > 80


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    """The published cases, read without the reader."""
    with tarfile.open(shared / "care/phenopacket-store.tar.gz") as archive:
        return [json.load(archive.extractfile(one)) for one in archive if one.isfile()]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def items(shared: Path) -> list[Item]:
    path = shared / "care/phenopacket-store.tar.gz"
    assert recognise(path) is phenopackets.SOURCE
    return read(path)


def _walked(cases: list[dict[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    for case in cases:
        for feature in case.get("phenotypicFeatures", []):
            yield "excluded" if feature.get("excluded") else "condition", feature["type"]["id"], feature.get("onset")
        for disease in case["diseases"]:
            yield "condition", disease["term"]["id"], disease.get("onset")
        for measured in case.get("measurements", []):
            yield "observation", measured["assay"]["id"], None
        if case["subject"].get("vitalStatus") == {"status": "DECEASED"}:
            yield "death", DEATH, None


def test_the_published_cases_equal_the_count_of_a_plain_script(cases: list[dict[str, Any]], items: list[Item]) -> None:
    walked = Counter(kind for kind, _, _ in _walked(cases))
    lost = Counter(item.reason for item in items if isinstance(item, Unmapped))
    assert Counter(event.kind for event in events(items)) == Counter(
        {k: walked[k] for k in ("condition", "observation", "death")}
    )
    assert walked["death"] == 739
    assert lost[EXCLUDED_FEATURE] == walked["excluded"] == 133_798
    found = [d for case in cases for i in case["interpretations"] for d in i["diagnosis"]["genomicInterpretations"]]
    assert lost[GENOMIC] == len(found)
    assert len(cases) == 10_580 == len({item.id for item in items if isinstance(item, Patient)})
    assert Counter(item.what for item in items if isinstance(item, Seen)) == {"Patient": 10_580, "Phenopacket": 10_580}
    assert not [item for item in items if isinstance(item, Refused | NotRead)]


def test_the_published_cases_keep_their_codes_and_ages(cases: list[dict[str, Any]], items: list[Item]) -> None:
    """With the time as a plain script writes it. Its duration has no leading zeros."""

    def spelled(onset: Any) -> str | None:
        if not onset or "ontologyClass" in onset:
            return onset and ONSETS[onset["ontologyClass"]["id"]]
        return re.sub(r"(\D)0+(\d)", r"\1\2", onset["age"]["iso8601duration"]) if "age" in onset else "../P0D"

    walked = Counter(
        (code.replace("OMIM", "omim").replace("LOINC", "loinc"), spelled(onset))
        for kind, code, onset in _walked(cases)
        if kind != "excluded"
    )
    assert Counter((event.concept, event.start) for event in events(items)) == walked


def test_the_published_cases_give_no_personal_data(cases: list[dict[str, Any]], items: list[Item]) -> None:
    text = "\n".join({str(value) for item in items for value in item})
    names = {case[key] for case in cases for key in ("id",)} | {case["metaData"]["createdBy"] for case in cases}
    assert not [name for name in names if len(name) > 8 and name in text]


def test_an_age_is_never_shown_as_a_date(site: Site, store: Store) -> None:
    """For an unmapped code, the earliest date is shown; ages are not used."""
    ages: tuple[Any, ...] = ({"age": {"iso8601duration": "P3Y"}}, {"ontologyClass": {"id": "HP:0003581"}}, None)
    dates: tuple[Any, ...] = {"timestamp": "2020-05-06T00:00:00Z"}, {"interval": {"start": "2019-01-01T00:00:00Z"}}
    features = [{"type": {"id": "HP:1111111"}} | ({"onset": onset} if onset else {}) for onset in (*ages, *dates)]
    only_ages = [{"type": {"id": "HP:2222222"}, "onset": onset} for onset in ages[:2]]
    report = site.take(written(site.folder / "a.json", packet(phenotypicFeatures=[*features, *only_ages])))
    assert report.refused == 0 and report.written == 2
    starts = {start for (start,) in table(store, "EVENT", "start")}
    assert starts == {"P3Y", "P16Y/..", None, "2020-05-06", "2019-01-01/.."}
    snapshot = fresh_snapshot(store, site.folder / "state")
    ids = snapshot.concepts["id"].to_pylist()
    since = {ids[row["concept"]]: row["since"] for row in snapshot.unmapped.table.to_pylist()}
    assert since == {"HP:1111111": "2019-01-01", "HP:2222222": None}
    assert site.persons() == 1 and site.patients() == {"1111111": 1, "2222222": 1}
    report = site.take(written(site.folder / "b.json", packet("b")), full=True)
    assert site.persons() == 1, "the full export lacks the first person"
