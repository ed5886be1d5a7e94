"""graph: the rules of a site for groups, read from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import BadSetting
from graph.groups import Rules
from graph.settings import Settings
from graph.snapshot import snapshot_name
from graph.store import Batch
from tests.graph.rows import concepts
from tests.graph.test_snapshot import snapshot_of

VALID = {
    "TRICUSPID_LIKELY": "0.9",
    "TRICUSPID_PHENOTYPES": "off",
    "TRICUSPID_PREFERRED": "disease=DOID,MONDO",
    "TRICUSPID_STEWARDS": "orcid:0000-0000-0000-0001, orcid:0000-0000-0000-0002,",
}


def test_empty_settings_give_the_default_rules() -> None:
    assert Rules.of(Settings.of({})) == Rules.of(Settings.of(dict.fromkeys(VALID, ""))) == Rules()


def test_settings_become_rules() -> None:
    rules = Rules.of(Settings.of(VALID))
    assert (rules.likely, rules.phenotypes) == (0.9, False)
    assert rules.orders() == {"disease": ["doid", "mondo"]}
    assert rules.stewards == {"orcid:0000-0000-0000-0001", "orcid:0000-0000-0000-0002"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("LIKELY", text) for text in ("0", "0.49", "1.01", "-1", "80%", "nan", "inf", "0,9", "high")),
        *(("PHENOTYPES", text) for text in ("yes", "true", "0", "ON", " off")),
        *(("PREFERRED", text) for text in ("MONDO", "disease=", "disease=MONDO;HP", "disease= ")),
    ],
)
def test_an_error_about_a_wrong_value_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"TRICUSPID_{name}"):
        Rules.of(Settings.of({f"TRICUSPID_{name}": text}))


def test_an_order_for_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadSetting, match="TRICUSPID_PREFERRED"):
        Rules.of(Settings.of({"TRICUSPID_PREFERRED": "desease=MONDO"}))


@pytest.mark.parametrize(("name", "text"), VALID.items())
def test_other_rules_give_the_snapshot_another_name(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    plain = snapshot_name(1)
    monkeypatch.setenv(name, text)
    assert snapshot_name(1) != plain
    monkeypatch.setenv(name, "")
    assert snapshot_name(1) == plain


def test_another_spelling_of_a_number_is_the_same_rule() -> None:
    assert Rules.of(Settings.of({"TRICUSPID_LIKELY": "0.80"})).digest() == Rules().digest() == ""


def two_names() -> Batch:
    return Batch(nodes={"Concept": concepts("DOID:1", "MONDO:1", "HP:1", label="gout")})


def test_other_rules_give_other_groups_and_preferred_concepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = snapshot_of(tmp_path / "one", two_names())
    assert {made.ids[one] for one in made.meanings.preferred} == {"MONDO:1"}
    monkeypatch.setenv("TRICUSPID_PREFERRED", "disease=doid")
    made = snapshot_of(tmp_path / "two", two_names())
    assert {made.ids[one] for one in made.meanings.preferred} == {"DOID:1"}
    monkeypatch.setenv("TRICUSPID_PHENOTYPES", "off")
    made = snapshot_of(tmp_path / "two")
    assert {made.ids[one] for one in made.meanings.preferred} == {"DOID:1", "HP:1"}
