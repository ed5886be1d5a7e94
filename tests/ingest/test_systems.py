"""ingest: prefixes of local code systems, declared by a setting or by a mapping set."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import BadSetting
from graph.snapshot import fresh_snapshot
from ingest.pseudonym import Identity
from ingest.run import load
from ingest.systems import Systems, declared_prefix, joined, of_map, of_setting
from tests.graph.rows import table
from tests.ingest.care import Site, condition, patient
from tests.ingest.graphs import ndjson, obo, quiet, sssom

CODES = "https://hospital.example/codes"


def test_a_setting_declares_prefixes() -> None:
    systems = of_setting(f"local={CODES}, lab=urn:oid:1.2.3.4.5 ,")
    assert declared_prefix(f"{CODES}/|2026", systems) == "local"
    assert declared_prefix("urn:oid:1.2.3.4.5", systems) == "lab"
    assert declared_prefix(f"{CODES}/other", systems) is None
    assert of_setting("") == {}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("local", "write PREFIX=SYSTEM"),
        ("local=codes", "must be an address"),
        (f"1={CODES}", "choose another prefix: a letter"),
        (f"oid.x={CODES}", "choose another prefix: a letter"),
        (f"snomed={CODES}", "known terminology"),
        (f"dhd.diagnose={CODES}", "known terminology"),
        ("local=http://snomed.info/sct", "already has the prefix snomedct"),
        (f"local={CODES},lab={CODES}/", "twice"),
        (f"local={CODES},local={CODES}/b", "twice"),
    ],
)
def test_a_wrong_setting_is_refused(text: str, result: str) -> None:
    with pytest.raises(BadSetting, match=result):
        of_setting(text)


def test_a_prefix_map_declares_only_unknown_systems() -> None:
    result = {"local": f"{CODES}/", "SCTID": "http://snomed.info/id/", "mine": "http://snomed.info/id/", "x": "y"}
    assert of_map(result) == {"local": CODES}


def test_a_setting_counts_before_releases_and_the_first_release_before_others() -> None:
    one, other = {"local": f"{CODES}/1"}, {"local": f"{CODES}/2", "x": f"{CODES}/1"}
    assert joined({}, [one, other]) == {f"{CODES}/1": "local"}
    assert joined({f"{CODES}/2": "local"}, [one, other]) == {f"{CODES}/2": "local", f"{CODES}/1": "x"}


@pytest.fixture
def hospital(site: Site) -> Site:
    """A disease, and a patient with one record with two hospital codes and another with a SNOMED CT code."""
    obo(site.folder / "t.obo", "1", "MONDO:0000001", ontology="mondo")
    local = {"coding": [{"system": f"{CODES}|1", "code": code} for code in ("HF01", "XX99")]}
    ndjson(site.folder / "c.ndjson", patient(), condition() | {"code": local}, condition("2"))
    return site


def mapping_set(file: Path, prefix: str = "local", system: str = f"{CODES}/", code: str = "HF01") -> Path:
    sssom(file, (f"{prefix}:{code}", "MONDO:0000001"))
    declared = f"#curie_map:\n#  {prefix}: {system}\n" if system else ""
    file.write_text(f"#mapping_set_id: https://maps.example/{file.stem}\n{declared}{file.read_text()}")
    return file


def reached(site: Site) -> int:
    """The number of patients in the reach of the disease."""
    snapshot = fresh_snapshot(site.store, site.folder / "state")
    return len(snapshot.reached_patients(snapshot.concept("MONDO:0000001") or 0))


def loaded(site: Site, *files: Path, systems: Systems | None = None) -> None:
    load(site.store, site.folder / "state", files, quiet, systems=systems or {})


def test_events_read_before_a_mapping_set_declares_their_system_are_joined(hospital: Site) -> None:
    hospital.take(hospital.folder / "c.ndjson")
    loaded(hospital, hospital.folder / "t.obo", mapping_set(hospital.folder / "a.sssom.tsv"))
    assert reached(hospital) == 1
    events = table(hospital.store, "EVENT", "target")
    assert len(events) == 3 and ("local:HF01",) in events and ("snomedct:90000001",) in events
    hospital.take(hospital.folder / "c.ndjson")
    assert {("local:HF01",), ("local:XX99",)} < set(table(hospital.store, "EVENT", "target"))


def test_a_setting_declares_a_system_and_counts_before_mapping_sets(hospital: Site) -> None:
    """The mapping sets use another prefix for the system, or the prefix for another system. The setting decides."""
    systems = of_setting(f"own={CODES}")
    said = [("local", f"{CODES}/", "HF01"), ("own", "", "XX99"), ("own", "urn:x:y", "ZZ00")]
    maps = [mapping_set(hospital.folder / f"{code}.tsv", prefix, system, code) for prefix, system, code in said]
    loaded(hospital, hospital.folder / "t.obo", *maps, systems=systems)
    sources = {source for (source,) in table(hospital.store, "MAPS_TO", "source")}
    assert {"own:HF01", "own:XX99"} < sources and len(sources) == 3 and "own:ZZ00" not in sources
    hospital.take(hospital.folder / "c.ndjson", identity=Identity(systems=systems))
    assert reached(hospital) == 1
