"""Findings about definitions: each kind of finding has a definition that has it, and one that is nearly the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from cohorts.language import parse
from cohorts.language.reading import labels
from cohorts.lint import Finding, lint
from cohorts.lint.messages import MESSAGES
from cohorts.model import Dates, Definition, Events, Fixed, Group, Person, Rule, When
from cohorts.parts import places
from graph.snapshot import Numbers, Snapshot
from tests.cohorts.generated import Parts
from tests.small import small_snapshot

NOTES = {"no_limit", "no_exit"}
"""Findings that most short examples have."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A:2 is narrower than A:1; A:3 is obsolete and replaced by A:1; B:1 is a stub; C:1 means the same as A:2."""
    folder: Path = tmp_path_factory.mktemp("snapshot")
    return small_snapshot(
        folder,
        is_a=[("A:2", "A:1")],
        mapped=[(("A:2", "C:1"), True)],
        events=[["A:2"], ["A:2", "B:2"]],
        labels={"A:1": "type 2 diabetes mellitus"},
        stubs=["B:1"],
        replaced={"A:3": "A:1"},
    )


def found(snapshot: Snapshot, text: str) -> dict[str, str]:
    """The path of each finding, except notes, by its code."""
    some = lint(parse(text), snapshot, labels=labels(text))
    assert all(finding.message and finding.remedy for finding in some)
    return {finding.code: finding.path for finding in some if finding.code not in NOTES}


_IF, _RULES, _WINDOW = "condition\nprovided that ", "condition\nif all of:\n", "also.of[0].windows[0]"
FOUND = [
    ("condition [X:1]", "unknown_concept", "entry[0].concepts.items[0]"),
    ("condition [A:3]", "obsolete_concept", "entry[0].concepts.items[0]"),
    ("condition [B:1]", "undefined_concept", "entry[0].concepts.items[0]"),
    ("condition [not A:1]", "empty_set", "entry[0].concepts"),
    ("condition [A:2; not A:1]", "empty_set", "entry[0].concepts"),
    ("condition [A:1; A:2]", "unused_item", "entry[0].concepts.items[1]"),
    ("condition [A:2; not B:2]", "unused_item", "entry[0].concepts.items[1]"),
    ("condition [A:1 type 1 diabetes]", "other_label", "line 1, column 16"),
    ("measurement with value above 5 \"procent\"", "unknown_unit", "entry[0].where[0].unit"),
    ("measurement with unit \"mg/dL\" or \"procent\"", "unknown_unit", "entry[0].where[0].words[1]"),
    ("measurement with value from 7 to 5 %", "empty_range", "entry[0].where[0].range"),
    ("condition with starting from 2012 to 2011-12", "empty_range", "entry[0].where[0].dates"),
    ("condition with either ()", "empty_group", "entry[0].where[0]"),
    ("condition era with value above 5 %", "no_such_field", "entry[0].where[0]"),
    ("condition with refills at least 2", "no_such_field", "entry[0].where[0]"),
    ("drug era with status \"active\"", "no_such_field", "entry[0].where[0]"),
    ("patients with from 3 to 2 drugs", "contradiction", "also.of[0]"),
    ("patients with at least 0 drugs", "always", "also.of[0]"),
    ("patients: patient is anyone", "always", "also.of[0]"),
    ("patients: among nothing", "empty_group", "also.of[0]"),
    ("patients with drug and without drug", "contradiction", "also"),
    ("patients with drug [A:1] and with drug [A:1]", "repeated", "also.of[1]"),
    ("patients with drug and at least 3 of (no death; male)", "contradiction", "also.of[1]"),
    ("patients: any of ()", "empty_group", "also.of[0]"),
    ("patients: female and male", "contradiction", ""),
    ("patients: born since 1990 and born up to 1980", "contradiction", ""),
    (f"{_RULES}  no drug\n  rule \"again\": no drug", "repeated", "rules[1]"),
    (f"{_RULES}  no drug\n  at least 1 drug", "contradiction", "rules"),
    (f"{_RULES}  born since 2000\n  at least 70 years old", "contradiction", ""),
    (f"{_RULES}  born up to 1930\n  at most 18 years old and is indexed since 2010", "contradiction", ""),
    (f"{_RULES}  born since 1950\n  at least 30 years old and is indexed up to 1979", "contradiction", ""),
    (f"{_RULES}  born up to 1950\n  at most 30 years old and is indexed since 1981", "contradiction", ""),
    ("condition\nonly the first event of each patient\nonly the last included event of each patient", "unused_part",
     "limit"),
    ("condition\nonly the last qualified event of each patient", "unused_part", "also_limit"),
    ("patients with drug\nuntil the end", "unused_part", "exit"),
    (f"{_IF}at least 1 drug from 5 days after to 2 days after the start", "window_never", _WINDOW),
    (f"{_IF}at least 1 drug before the start, after the start", "window_never", "also.of[0].windows"),
    (f"{_IF}at least 1 drug up to 60000 days before the start", "window_never", _WINDOW),
    ("patients with drug in the 30 days before the start", "no_index", "also.of[0]"),
    ("patients: at least 18 years old", "no_index", "also.of[0]"),
    (f"{_IF}no drug in the 365 days before the start", "short_observation", _WINDOW),
    (f"{_IF}no drug in the 30 days after the start", "short_observation", _WINDOW),
    (f"{_IF}at least 1 drug since 60 days after the start\nuntil 30 days after the start", "after_exit", _WINDOW),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "path"), FOUND, ids=lambda text: text[:60])
def test_a_definition_has_this_finding(snapshot: Snapshot, text: str, code: str, path: str) -> None:
    assert found(snapshot, text) == {code: path}


CLEAN = [
    "condition [A:1 type 2 diabetes mellitus]",
    "condition [exactly A:1; A:2]",
    "condition [A:1; not A:2]",
    "measurement with value from 5 to 7 %",
    "condition with starting from 2011-12 to 2011",
    "condition or measurement with value above 5 %",
    "payer plan with answer [A:1], qualifier [A:2]",
    "patients with drug [A:1] and without drug [B:2]",
    "patients: female or male and is born from 1980 to 1990",
    "condition\nif all of:\n  born since 1950\n  at least 30 years old and is indexed up to 1980",
    "condition\nif all of:\n  born up to 1950\n  at most 30 years old and is indexed since 1980",
    "condition\nwith at least 365 days of observation before\nprovided that no drug in the 365 days before the start",
    "condition\nprovided that no drug in the 30 days before the start also outside observation",
    "condition\nprovided that at least 1 visit for which no drug in the 30 days before the start",
    "condition\nprovided that at least 1 drug on or before the end, ending on or after the start",
]


@pytest.mark.parametrize("text", CLEAN, ids=lambda text: text[:60])
def test_a_definition_has_no_finding(snapshot: Snapshot, text: str) -> None:
    assert found(snapshot, text) == {}


def test_notes_say_when_patients_enter_and_leave(snapshot: Snapshot) -> None:
    ahead = "condition\nprovided that at least 1 drug in the 30 days after the start"
    assert _codes(snapshot, ahead) == {"no_exit", "no_limit"}
    assert _codes(snapshot, f"{ahead}\nuntil the end") == {"no_limit"}
    assert _codes(snapshot, "first condition") == set()
    assert _codes(snapshot, "condition\nonly the first event of each patient") == set()


def _codes(snapshot: Snapshot, text: str) -> set[str]:
    return {finding.code for finding in lint(parse(text), snapshot)}


def test_what_patients_have_is_said_only_if_the_caller_may_know(snapshot: Snapshot) -> None:
    asked: list[BitMap] = []

    def has_events(concepts: BitMap) -> bool | None:
        asked.append(concepts)
        return bool(snapshot.patients.having(concepts))

    definition = parse("first condition [C:2] with type [B:3]\nuntil 0 days after the end of exposure to [A:1]")
    (nothing,) = lint(definition, snapshot, has_events)
    assert (nothing.code, nothing.path) == ("no_events", "entry[0].concepts")
    assert len(asked) == 2, "the concepts of a condition are not those of events"
    assert lint(definition, snapshot) == lint(definition, snapshot, lambda _: None) == []


def test_a_hidden_concept_is_unknown(snapshot: Snapshot) -> None:
    concept = snapshot.concept("B:2")
    assert concept is not None
    (finding,) = lint(parse("first condition [B:2]"), snapshot, hidden=Numbers([concept]))
    assert finding.code == "unknown_concept"


def test_the_remedy_for_an_obsolete_concept_is_its_replacement(snapshot: Snapshot) -> None:
    (finding,) = lint(parse("first condition [A:3]"), snapshot)
    assert finding == Finding("obsolete_concept", "entry[0].concepts.items[0]", "A:3 is obsolete", "use A:1")


def test_a_text_that_is_no_date_is_found(snapshot: Snapshot) -> None:
    wrong = When(field="start", dates=Dates(since="2010-02-30"))
    definition = Definition(entry=(Events(nth=1, where=(wrong,), fixed=Fixed(end="soon")),))
    paths = [finding.path for finding in lint(definition, snapshot) if finding.code == "not_a_date"]
    assert paths == ["entry[0].where[0].dates.since", "entry[0].fixed.end"]


def test_an_index_that_is_no_date_is_found(snapshot: Snapshot) -> None:
    indexed = Person(dates=Dates(since=":", until="soon"))
    definition = Definition(entry=(Events(nth=1),), rules=(Rule(name="", group=Group(of=(indexed,))),))
    assert [finding.path for finding in lint(definition, snapshot)] == [
        f"rules[0].group.of[0].dates.{name}" for name in ("since", "until")
    ]


@settings(max_examples=40, deadline=None)
@given(Parts({(Dates, "since"): st.none() | st.text(max_size=9)}).of(Definition))
def test_every_definition_can_be_checked(snapshot: Snapshot, definition: Definition) -> None:
    paths = [place.path for place in places(definition)] + list(Definition.__struct_fields__)
    for finding in lint(definition, snapshot, lambda _: False):
        assert finding.path in paths or finding.path.rpartition(".")[0] in paths


def test_the_page_lists_every_finding() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs/cohort-language.md").read_text(encoding="utf-8").partition("## Findings")[2]
    listed = {name for row in re.findall(r"^\| (`.+?) \|", page, re.M) for name in re.findall(r"`([a-z_]+)`", row)}
    assert listed == {key.partition(".")[0] for key in MESSAGES}
