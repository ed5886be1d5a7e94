"""The controlled language: reading what was written gives the same definition, in both languages."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.encoding import MOST_LEVELS, decode, encode
from cohorts.errors import NotUnderstood
from cohorts.language import Label, Language, parse, printed, shown_label
from cohorts.language.reading import labels
from cohorts.language.tokens import MOST_CHARACTERS
from cohorts.language.words import LANGUAGES, rows
from cohorts.model import (
    AfterDays,
    Coded,
    Definition,
    Events,
    Group,
    Number,
    Occurs,
    Person,
    Range,
    Rule,
    WhileExposed,
    Window,
)
from graph.kinds import EventKind
from graph.value_sets import Concepts, Item
from tests.cohorts.generated import DEFINITIONS

ENGLISH = """\
first condition [MONDO:0005148 type 2 diabetes mellitus]
with at least 365 days of observation before
if all of:
  rule "high HbA1c": at least 1 measurement [loinc:4548-4] with value above 7.5 % from 90 days before to 30 days after \
the start
  rule "no insulin": no drug [RxNorm:5856] in the 365 days before the start
  patient is female and is 18 to 65 years old
until 30 days after the end of exposure to [RxNorm:6809], gaps of at most 30 days joined
"""
DUTCH = """\
eerste aandoening [MONDO:0005148 type 2 diabetes mellitus]
met minstens 365 dagen observatie ervoor
als al het volgende:
  regel "high HbA1c": minstens 1 meting [loinc:4548-4] met waarde boven 7,5 % van 90 dagen vóór tot en met 30 dagen na \
het begin
  regel "no insulin": geen geneesmiddel [RxNorm:5856] in de 365 dagen vóór het begin
  patiënt is vrouw en is 18 tot en met 65 jaar oud
tot 30 dagen na het einde van blootstelling aan [RxNorm:6809], tussenpozen van hoogstens 30 dagen samengevoegd
"""


def _set(*ids: str) -> Concepts:
    return Concepts(tuple(map(Item, ids)))


def _events(kind: EventKind, *ids: str) -> Events:
    return Events(kinds=(kind,), concepts=_set(*ids))


_HIGH = Number(field="value", range=Range(low=7.5, above=True), unit="%")
_MEASURED = Events(kinds=("observation",), concepts=_set("loinc:4548-4"), where=(_HIGH,))
_BEFORE = Window(since=-365, until=-1)
_RULES = (
    ("high HbA1c", Occurs(events=_MEASURED, windows=(Window(since=-90, until=30),))),
    ("no insulin", Occurs(events=_events("medication", "RxNorm:5856"), at_least=0, at_most=0, windows=(_BEFORE,))),
    ("", Person(sex=("female",), age=Range(low=18, high=65))),
)
EXAMPLE = Definition(
    entry=(Events(kinds=("condition",), concepts=_set("MONDO:0005148"), nth=1),),
    before=365,
    rules=tuple(Rule(name=name, group=Group(of=(member,))) for name, member in _RULES),
    exit=WhileExposed(concepts=_set("RxNorm:6809"), gap=30, surveillance=30),
)


@settings(max_examples=40, deadline=None)
@given(DEFINITIONS)
def test_what_was_written_is_read_as_the_same_definition(definition: Definition) -> None:
    assert decode(encode(definition)) == definition
    for language in LANGUAGES:
        text = printed(definition, language)
        assert parse(text, language) == definition
        assert printed(parse(text, language), language) == text


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (DUTCH, "nl")])
def test_a_definition_reads_as_a_sentence(text: str, language: Language) -> None:
    assert parse(text, language) == EXAMPLE
    known = {"MONDO:0005148": "type 2 diabetes mellitus"}
    assert printed(EXAMPLE, language, known.get) == text


def test_a_question_about_patients_is_one_line() -> None:
    text = (
        "patients with condition [MONDO:0005148] and without drug [RxNorm:5856] and female and born from 1940 to 1970"
    )
    has, has_no = _events("condition", "MONDO:0005148"), _events("medication", "RxNorm:5856")
    born = Person(born=Range(low=1940, high=1970))
    of = (Occurs(events=has), Occurs(events=has_no, at_least=0, at_most=0), Person(sex=("female",)), born)
    assert parse(text) == Definition(also=Group(of=of))
    assert printed(parse(text)) == f"{text}\n"


def test_one_patient_with_two_properties_differs_in_writing_from_two_members() -> None:
    one, two = (Definition(also=Group(of=of)) for of in ((Person(sex=("male",), born=Range(high=1950)),), _TWO))
    assert printed(one) == "patients: male and is born up to 1950\n"
    assert printed(two) == "patients: male and born up to 1950\n"


_TWO = (Person(sex=("male",)), Person(born=Range(high=1950)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_of_a_language_means_two_things(language: Language) -> None:
    phrases = [phrase.lower() for row in rows() for phrase in row.phrases[language]]
    assert len(phrases) == len(set(phrases))


def test_groups_stand_in_blocks_or_in_parentheses() -> None:
    block = parse("condition\nprovided that any of:\n  no drug\n  all of:\n    no death\n    patient is male\n")
    line = parse("condition\nprovided that any of (no drug; all of (no death; patient is male))")
    assert block == line and block.also and block.also.at_least == 1
    assert parse(printed(block)) == block


def test_a_line_is_continued_by_a_line_that_is_indented_more() -> None:
    assert parse("patients with condition [A:1]\n    and without drug [B:1]") == parse(
        "patients with condition [A:1] and without drug [B:1]"
    )


def test_labels_are_for_the_reader_only() -> None:
    text = "first condition [MONDO:0005148 a name, (with) signs: 'all'; not icd10:E11]"
    assert parse(text) == parse("first condition [MONDO:0005148; not icd10:E11]")
    glucose = labels('patients with observation ["loinc:2345-7" Glucose [Mass/volume] in "Serum"; loinc:4548-4]')
    assert [label[:2] for label in glucose] == [("loinc:2345-7", 'Glucose [Mass/volume] in "Serum"')]
    assert labels(text) == [Label("MONDO:0005148", "a name, (with) signs: 'all'", 1, 32)]


@settings(max_examples=66, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_label_can_be_written(name: str) -> None:
    text = printed(EXAMPLE, "nl", lambda _: name)
    assert parse(text, "nl") == EXAMPLE
    assert {label.label for label in labels(text, "nl")} <= {shown_label(name)}


def test_items_have_flags() -> None:
    (events,) = parse("condition [certain: A:1; exactly A:2; not A:3; not exactly A:4]").entry
    flags = [(item.exact, item.excluded) for item in events.concepts.items] if events.concepts else []
    assert events.concepts and events.concepts.certain
    assert flags == [(False, False), (True, False), (False, True), (True, True)]


def test_durations_are_in_days_or_weeks() -> None:
    assert parse("condition\nuntil 2 weeks after the end").exit == AfterDays(days=14, of="end")
    for words, days in (("3 months", 90), ("1 year", 365)):
        with pytest.raises(NotUnderstood, match=f"write days, such as {days} days"):
            parse(f"condition\nuntil {words} after the end")


def test_overlap_is_two_windows() -> None:
    text = "condition\nprovided that no drug overlapping the index event"
    written = "condition\nprovided that no drug on or before the end, ending on or after the start"
    assert parse(text) == parse(written)
    assert printed(parse(written)) == f"{text}\n"


def test_units_are_ucum_codes_or_in_quotes() -> None:
    for unit in ("%", "mmol/mol", "mm[Hg]", "[IU]/L", "10*9/L", "na", "1", "not a unit"):
        number = Number(field="value", range=Range(low=5), unit=unit)
        definition = Definition(entry=(Events(kinds=("observation",), where=(number,)),))
        assert all(parse(printed(definition, language), language) == definition for language in LANGUAGES)
    assert parse("measurement with value at least 5 mm[Hg]") == parse('measurement with value at least 5 "mm[Hg]"')
    assert parse("measurement with value at least 5%") == parse("measurement with value at least 5 %")


def test_a_condition_can_name_another_field() -> None:
    (events,) = parse("drug with route other than [A:1], days of supply at least 30 days").entry
    coded = Coded(field="route", concepts=_set("A:1"), other=True)
    assert events.where == (coded, Number(field="days", range=Range(low=30)))


@pytest.mark.parametrize(
    ("text", "language", "place", "words"),
    [
        ("frist condition", "en", (1, 1), 'found "frist", expected .*; did you mean "first"'),
        ("first conditon", "en", (1, 7), 'did you mean "condition"'),
        ("condition with value ablove 5", "en", (1, 22), 'did you mean "above"'),
        ("patients with drug\nprovidde that no death", "en", (2, 1), 'did you mean "provided that"'),
        ("condition [A1]", "en", (1, 12), 'found "A1", expected .*a CURIE such as MONDO:0005148'),
        ("patients with condition [A:1] and", "en", (1, 31), "found the end of the text"),
        ("condition\nif all of:\nno drug", "en", (3, 1), "found the end of the line, expected an indented line"),
        ("condition\nif all of:\n    no drug\n  no death", "en", (4, 3), "the indentation matches no earlier line"),
        ("condition\nif all of:\n\tno drug", "en", (3, 2), "indent with spaces"),
        ("eerste aandoening", "en", (1, 1), "read this text as Dutch"),
        ("first condition", "nl", (1, 1), "lees deze tekst als Engels"),
        ("patiënten: geboren van 1940 tot 1970", "nl", (1, 29), 'bedoelt u "tot en met"'),
        ("meting met waarde boven 7.5 %", "nl", (1, 25), "schrijf 7,5 met een komma"),
        ("measurement with value above 7,5 %", "en", (1, 30), "write 7.5"),
        ("measurement with value above 1" + "0" * 400, "en", (1, 30), "too large"),
        ("measurement with value above 5 procent", "en", (1, 32), "found \"procent\", expected .*a unit"),
        ("condition with starting since 2010-02-30", "en", (1, 31), "2010-02-30 is not a date"),
        ("condition\nuntil the end\nuntil the start", "en", (3, 1), "stated twice"),
        ("patients: at least 1.5 of (no drug)", "en", (1, 20), "must be a whole number"),
        ("condition\nprovided that no drug in the 0 days before the start", "en", (2, 23), "must be 1 or more"),
        ('condition\nif all of:\n  rule "a\\x": no drug', "en", (3, 8), "backslash"),
        ('condition\nif all of:\n  rule "\\ud800": no drug', "en", (3, 8), "backslash"),
        ("condition with length at least 5 years", "en", (1, 34), "only an age can be in years"),
    ],
)  # fmt: skip
def test_an_error_says_where_and_what(text: str, language: Language, place: tuple[int, int], words: str) -> None:
    with pytest.raises(NotUnderstood, match=words) as caught:
        parse(text, language)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("condition [A:1] " * 70_000, "longer than 100000 characters"),
        ("patients: " + "all of (" * 10_000, f"line 1, column .*more than {MOST_LEVELS} levels"),
        ("condition " + "for which no drug " * 5_000, f"line 1, column .*more than {MOST_LEVELS} levels"),
        ("patients: " + "all of (" * (MOST_LEVELS + 1) + ")" * (MOST_LEVELS + 1), f"more than {MOST_LEVELS} levels"),
        ("[" * (MOST_CHARACTERS - 1), "expected"),
        ('"' + "\\" * (MOST_CHARACTERS - 2), "expected"),
        ("condition" + " " * (MOST_CHARACTERS - 20) + "x", "expected"),
        ("condition" + "\n " * 45_000 + "x", "expected"),
        ("condition with value above 5 " + "[m" * 40_000, "expected"),
        ("condition with value above 5 " + "(m)" * 30_000, "expected"),
        ("at " * 30_000, "expected"),
        ("condition\x00", r"control character U\+0000"),
        ("condition \u202e[A:1]", r"control character U\+202E"),
        ("condition\rdrug", r"control character U\+000D"),
    ],
    ids=lambda text: text[:30],
)
def test_hostile_texts_are_refused_within_a_second(text: str, words: str) -> None:
    parse("patients")
    begun = time.process_time()
    with pytest.raises(NotUnderstood, match=words) as caught:
        parse(text)
    assert time.process_time() - begun < 1
    assert len(str(caught.value)) < 400


def test_a_definition_as_deep_as_allowed_is_read_and_written() -> None:
    inner = Group(of=(), at_least=1)
    for _ in range(MOST_LEVELS - 1):
        inner = Group(of=(Occurs(events=Events(group=inner)), Person()), at_most=1)
    deep = Definition(rules=(Rule(name="deep", group=inner),))
    assert all(parse(printed(deep, language), language) == deep for language in LANGUAGES)
    assert decode(encode(deep)) == deep


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 100_000])
def test_json_that_is_too_deep_is_refused(levels: int) -> None:
    text = '{"also":{"of":[' + '{"is":"group","of":[' * (levels - 1) + "]}" * levels + "}"
    with pytest.raises(msgspec.ValidationError, match=f"more than {MOST_LEVELS} levels"):
        decode(text)


def test_a_text_that_is_as_long_as_allowed_is_read_within_seconds() -> None:
    lines = (f"  at least 1 condition [MONDO:{n:07}] in the 30 days before the start" for n in range(1_300))
    begun = time.process_time()
    assert len(parse("\n".join(["condition", "provided that any of:", *lines])).also.of) == 1_300  # type: ignore[union-attr]
    assert time.process_time() - begun < 3


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([phrase for row in rows() for phrase in row.phrases["en"]] + list('()[]:;,"\n 1%'))))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        parse(" ".join(words))
    except NotUnderstood as refused:
        assert refused.line >= 1 and refused.column >= 1


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([(ENGLISH, "en"), (DUTCH, "nl")]), st.data())
def test_a_damaged_text_is_read_or_refused(example: tuple[str, Language], data: st.DataObject) -> None:
    text, language = example
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", " ", "\n", '"', "[", "]", "(", "9", "x", "\n  "]))
            + text[end:]
        )
    try:
        definition = parse(text, language)
    except NotUnderstood as refused:
        assert 1 <= refused.line <= text.count("\n") + 1
        assert refused.column >= 1 and str(refused)
    else:
        assert parse(printed(definition, language), language) == definition
