"""ingest: prefixes of local code systems, declared by a setting or by a mapping set."""

from __future__ import annotations

import pytest

from ingest.systems import declared_prefix, joined, of_map, of_setting

CODES = "https://hospital.example/codes"


def test_a_setting_declares_prefixes() -> None:
    systems = of_setting(f"local={CODES}, lab=urn:oid:1.2.3.4.5 ,")
    assert declared_prefix(f"{CODES}/|2026", systems) == "local"
    assert declared_prefix("urn:oid:1.2.3.4.5", systems) == "lab"
    assert declared_prefix(f"{CODES}/other", systems) is None
    assert of_setting("") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("local", "write PREFIX=SYSTEM"),
        ("local=codes", "is an address"),
        (f"1={CODES}", "begins with a letter"),
        (f"oid.x={CODES}", "begins with a letter"),
        (f"snomed={CODES}", "known terminology"),
        (f"dhd.diagnose={CODES}", "known terminology"),
        ("local=http://snomed.info/sct", "known as snomedct"),
        (f"local={CODES},lab={CODES}/", "twice"),
        (f"local={CODES},local={CODES}/b", "twice"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        of_setting(text)


def test_a_map_declares_what_is_not_known_by_itself() -> None:
    told = {"local": f"{CODES}/", "SCTID": "http://snomed.info/id/", "sct": "http://snomed.info/sct/", "x": "y"}
    assert of_map(told) == {CODES: "local"}


def test_a_prefix_of_two_systems_is_of_neither_unless_a_setting_says() -> None:
    one, other = {f"{CODES}/1": "local"}, {f"{CODES}/2": "local"}
    assert joined({}, [one, other]) == {}
    assert joined(other, [one, other]) == other
    assert joined({}, [one, one]) == one
